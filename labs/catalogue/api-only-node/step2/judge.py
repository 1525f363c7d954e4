"""The node runs what was wanted, has kept what it had, and waits for nothing."""

from judging import equal


def judge(see):
    values = see["values"]
    sysctls = see.at("checker.status.sysctls", {})
    status = "curl -K admin.conf $NODE/v1/status"
    yield equal("hostname", see.at("checker.status.hostname"), values["hostname"], pointer=status)
    yield equal("sysctl", sysctls.get(values["sysctl"]), values["limit"], pointer=status)
    yield equal("sysctl-from-before", sysctls.get("kernel.panic"), values["panic"], pointer=status)
    yield equal("file", see.at("checker.motd"), values["motd"], pointer="$NODE/v1/read?path=/var/etc/motd")
    yield equal("staged", see.at("checker.status.staged"), False, pointer=status)

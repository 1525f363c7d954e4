import os
import subprocess
import sys
from uuid import uuid4

import pytest

from labs.runner import engine

NO_ENGINE = "unix:///nonexistent/engine.sock"


@pytest.mark.engine
def test_a_machine_is_immutable_and_leaves_nothing_behind():
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.docker_client import DockerClient
    from testcontainers.core.network import Network

    client = DockerClient().client
    labels = {engine.LABEL: f"test-{uuid4().hex[:8]}"}

    def on_the_engine():
        ours = {"label": f"{engine.LABEL}={labels[engine.LABEL]}"}
        return client.containers.list(all=True, filters=ours) + client.networks.list(filters=ours)

    machine = (
        DockerContainer(engine.BASE_IMAGE)
        .with_command("sleep infinity")
        .with_kwargs(
            labels=labels,
            hostname="node-1",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
        )
        .with_tmpfs_mount("/run", "size=1m")
    )

    def sh(command):
        code, output = machine.exec(["sh", "-c", command])
        return code, output.decode().strip()

    with Network(docker_network_kw={"labels": labels}) as network, machine.with_network(network):
        assert len(on_the_engine()) == 2
        assert sh("cat /proc/sys/kernel/hostname") == (0, "node-1")
        assert sh("grep CapEff /proc/self/status") == (0, "CapEff:\t0000000000000000")

        code, output = sh("echo changed >/etc/hostname.new")
        assert code != 0 and "Read-only file system" in output
        # A machine that refuses every write would prove nothing about /etc.
        assert sh("echo kept >/run/state && cat /run/state") == (0, "kept")

    assert on_the_engine() == []


@pytest.mark.parametrize(
    ("address", "reason"), [(NO_ENGINE, "no such file or directory"), ("tcp://127.0.0.1:1", "connection refused")]
)
def test_an_unreachable_engine_is_named_with_its_address_and_the_reason(monkeypatch, address, reason):
    monkeypatch.setenv("DOCKER_HOST", address)
    assert engine.problem() == f"no container engine answers at {address}: {reason}"


@pytest.mark.parametrize(("required", "outcome", "code"), [("0", "1 skipped", 0), ("1", "1 error", 1)])
def test_without_an_engine_its_tests_skip_or_fail_as_asked(required, outcome, code):
    environment = os.environ | {"DOCKER_HOST": NO_ENGINE, "PADDOCK_REQUIRE_ENGINE": required}
    command = [sys.executable, "-m", "pytest", "-m", "engine", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == code, done.stdout
    assert outcome in done.stdout and f"no container engine answers at {NO_ENGINE}" in done.stdout

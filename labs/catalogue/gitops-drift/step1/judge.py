"""The web service says the new words, because main says so, and carries the commit of main that made it."""

from judging import equal, holds


def judge(see):
    wanted, patience = see["values"]["message"], see.at("checker.patience", 0)
    yield equal("answers", see.at("checker.answer"), wanted, pointer="reconciler status, on the node", within=patience)
    yield equal("in-main", see.at("checker.main.messages.web"), wanted, pointer="git log -p origin/main")
    commit = see.at("node.containers.web-pod-site.commit", "none")
    yield holds(
        "carries-commit", commit in see.at("checker.main.web_commits", []), found=commit,
        wanted=f"a commit of main in which web is what it is in {see.at('checker.main.commit')}",
        pointer="podman inspect web-pod-site, label gitops/commit", within=patience,
    )  # fmt: skip

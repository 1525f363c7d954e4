"""The program has what it needs from outside itself, and nothing came along with that."""

import re

from judging import equal, holds


def strangers(see):
    """Files that are neither the program nor what it misses."""
    program = see.at("checker.image.program") or "no program"
    values = see["values"]
    needed = {"zones": f"usr/share/zoneinfo/{values['zone']}", "roots": "etc/ssl/certs/"}[values["missing"]]
    files = see.at("checker.image.files")
    if not files:
        return "no image"
    return [name for name in files if not f"/{name}".endswith(program) and not name.startswith(needed)]


def judge(see):
    expected = see.at(f"checker.expected.{see['values']['missing']}")
    said = see.at("node.report")
    yield holds(
        "report-right", said == expected, found=said, wanted="the right answer to a question of the check's own",
        pointer="on node: try-image REFERENCE /report",
    )  # fmt: skip
    yield equal("nothing-more", strangers(see), [], pointer="buildah mount, find")
    user = see.at("checker.image.user", "")
    yield holds(
        "numeric-user", re.match(r"[1-9][0-9]*(:|$)", user), found=user,
        wanted="a number that is not 0", pointer="USER; skopeo inspect --config",
    )  # fmt: skip

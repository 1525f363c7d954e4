"""The image runs and answers, and holds neither root nor workshop."""

import re

from judging import equal, holds

LARGEST = 10_000_000  # bytes: a static server with its symbols takes eight million


def judge(see):
    answer = see.at("node.answers./", see.at("node.why"))
    yield equal("answers", answer, see["values"]["word"], pointer="on node: try-image REFERENCE /")
    user = see.at("checker.user", "")
    yield holds(
        "numeric-user", re.match(r"[1-9][0-9]*(:|$)", user), found=user,
        wanted="a number that is not 0", pointer="USER; skopeo inspect --config",
    )  # fmt: skip
    shells = see.at("checker.shells", "no image")
    yield equal("no-shell", shells, [], pointer="buildah mount, find")
    databases = see.at("checker.package_databases", "no image")
    yield equal("no-package-database", databases, [], pointer="buildah mount, find")
    size = see.at("checker.size", 0)
    yield holds(
        "small", 0 < size <= LARGEST, found=size, wanted=f"at most {LARGEST} bytes, all layers together",
        pointer="buildah images",
    )  # fmt: skip
    yield equal("no-token", see.at("checker.telling", "no image"), [], pointer="COPY in the last stage")

"""The fat image is built, and the learner knows what it carries."""

from judging import equal, holds


def judge(see):
    yield equal(
        "fat-image-built", see.at("checker.program", False), True,
        pointer="buildah images; the Containerfile puts the program at /usr/local/bin/server",
    )  # fmt: skip
    packages = see.at("builder.packages", "")
    yield holds(
        "packages-counted", packages == str(see.at("checker.packages")), found=packages,
        wanted="the number of packages installed in the image", pointer="var/lib/dpkg/status in the mounted image",
    )  # fmt: skip
    setuid = see.at("builder.setuid", "")
    yield holds(
        "setuid-counted", setuid == str(see.at("checker.setuid")), found=setuid,
        wanted="the number of set-user-ID files in the image", pointer="find --help: -perm",
    )  # fmt: skip
    leak = see.at("builder.leak", "")
    yield holds(
        "leak-found", leak in see.at("checker.leaks", []), found=leak,
        wanted="the path, inside the image, of a file that holds a token", pointer="ls -A in /src of the mounted image",
    )  # fmt: skip

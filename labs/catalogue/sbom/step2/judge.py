"""An SBOM for each of the other images, and three answers that dpkg's own database confirms."""

from judging import holds, same_set

IMAGES = ["gateway", "store"]


def judge(see):
    yield same_set(
        "listed", packages(see, "checker"), packages(see, "start.desk"),
        pointer="dpkg-query --admindir=/images/gateway/var/lib/dpkg --show",
    )  # fmt: skip

    values, answers = see["values"], see.at("checker.answers", {})
    installed = see.at(f"start.desk.{values['asked']}", {})
    wanted = sorted(package.split(" ")[0] for package, source in installed.items() if source == values["agent"])
    yield holds(
        "count", answers.get("count") == len(installed), found=answers.get("count"),
        wanted="the number of installed packages", pointer="sources are in the list, but they are not installed",
    )  # fmt: skip
    built = answers.get("built")
    yield holds(
        "built", sorted(built if isinstance(built, list) else [], key=str) == wanted, found=built,
        wanted="a list of all installed packages that were built from the source", pointer="jq .dependencies",
    )  # fmt: skip
    yield holds(
        "needed-by", answers.get("needed_by") == f"{values['agent']}-plugin-{values['carrier']}",
        found=answers.get("needed_by"), wanted="the package that depends on it", pointer="jq .dependencies",
    )  # fmt: skip


def packages(see, place):
    """All packages of all images, each with its image."""
    return [f"{image}: {package}" for image in IMAGES for package in see.at(f"{place}.{image}", [])]

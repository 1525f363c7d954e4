"""An SBOM of the next release that is true, and its changes, each under its name."""

from judging import holds, same_set


def judge(see):
    values = see["values"]
    about = see.at("checker.about")
    yield holds(
        "about", about == {"name": values["hit"], "version": str(int(values["release"]) + 1)}, found=about,
        wanted="name and version as in the image's os-release", pointer="jq .metadata.component /sbom/next.cdx.json",
    )  # fmt: skip
    yield same_set(
        "listed", see.at("checker.packages", []), see.at("start.desk.next", {}),
        pointer="dpkg-query --admindir=/images/next/var/lib/dpkg --show",
    )  # fmt: skip
    report = see.at("checker.changes", {})
    wanted = "the names of the packages, each once"
    yield holds(
        "added", names(report, "added") == [f"{values['hook']}-hook"], found=report.get("added"), wanted=wanted,
        pointer="debsbom delta BEFORE AFTER",
    )  # fmt: skip
    yield holds(
        "removed", names(report, "removed") == [f"{values['agent']}-docs"], found=report.get("removed"), wanted=wanted,
        pointer="debsbom delta looks one way only",
    )  # fmt: skip
    yield holds(
        "upgraded", names(report, "upgraded") == sorted([f"lib{values['lib']}1", f"{values['lib']}-tools"]),
        found=report.get("upgraded"), wanted=wanted, pointer="the same name with a higher version",
    )  # fmt: skip
    yield holds(
        "downgraded", names(report, "downgraded") == [f"{values['probe']}-probe"], found=report.get("downgraded"),
        wanted=wanted, pointer="dpkg --compare-versions",
    )  # fmt: skip


def names(report, kind):
    listed = report.get(kind)
    return sorted(map(str, listed)) if isinstance(listed, list) else None

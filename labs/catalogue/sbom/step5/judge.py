"""The SBOM is still true and valid, and one component more says what the file is, and where, and which exactly."""

from judging import equal, holds, same_set


def judge(see):
    yield holds(
        "valid", see.at("checker.valid"), found=see.at("checker.problem"), wanted="CycloneDX's schema accepts it",
        pointer="validate-sbom /sbom/next.cdx.json",
    )  # fmt: skip
    yield same_set(
        "packages-stay", see.at("checker.packages", []), see.at("start.desk.next", {}),
        pointer="validate-sbom /sbom/next.cdx.json",
    )  # fmt: skip
    others = see.at("checker.others", [])
    yield equal("one-component-more", len(others), 1, pointer="components that are no pkg:deb/")
    digest = see.at("start.desk.sha256")
    component = next((one for one in others if digest in one["sha256"]), others[0] if others else {})
    yield holds(
        "hash", digest in component.get("sha256", []), found=component.get("sha256"),
        wanted="the SHA-256 of the file that no package owns", pointer="sha256sum",
    )  # fmt: skip
    yield holds(
        "location", f"/usr/libexec/{see['values']['planted']}" in component.get("locations", []),
        found=component.get("locations"), wanted="the file's path in the image, in evidence.occurrences",
        pointer="dpkg-query --admindir=/images/next/var/lib/dpkg --search /PATH",
    )  # fmt: skip
    yield holds(
        "name", "busybox" in component.get("name", ""), found=component.get("name"),
        wanted="the name that its makers gave the program", pointer="what the file says of itself, not its file name",
    )  # fmt: skip
    version = see.at("checker.real_version", "?")
    yield holds(
        "version", version in component.get("version", ""), found=component.get("version"),
        wanted="the version that the program says of itself", pointer="what the file says of itself",
    )  # fmt: skip

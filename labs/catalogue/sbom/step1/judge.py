"""A valid document about this image, which lists what dpkg has in it, no less and no more, with its relations."""

from judging import equal, holds, same_set


def judge(see):
    yield holds(
        "valid", see.at("checker.valid"), found=see.at("checker.problem"), wanted="CycloneDX's schema accepts it",
        pointer="validate-sbom /sbom/edge.cdx.json",
    )  # fmt: skip
    yield equal("name", see.at("checker.name"), "edge", pointer="jq .metadata.component /sbom/edge.cdx.json")
    yield equal(
        "version", see.at("checker.version"), see["values"]["release"],
        pointer="jq .metadata.component /sbom/edge.cdx.json",
    )  # fmt: skip
    yield same_set(
        "listed", see.at("checker.packages", []), see.at("start.desk.edge", {}),
        pointer="dpkg-query --admindir=/images/edge/var/lib/dpkg --show",
    )  # fmt: skip
    needs = see.at("checker.agent_needs", [])
    library = f"lib{see['values']['lib']}"
    yield holds(
        "relations", any(name.startswith(library) for name in needs), found=needs,
        wanted=f"what {see['values']['agent']}-agent depends on", pointer="jq .dependencies /sbom/edge.cdx.json",
    )  # fmt: skip

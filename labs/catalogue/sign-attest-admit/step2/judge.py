"""The SBOM and the provenance are attested of the image, and the policy tells this pipeline from others."""

from judging import equal, holds


def judge(see):
    values = see["values"]
    parts = [[values["app"], f"1.{values['release']}"], ["zlib", f"1.3.{values['patch']}"]]
    listed = [
        [[part.get("name"), part.get("version")] for part in sbom.get("components", [])]
        for sbom in see.at("checker.sbom", [])
    ]
    yield holds(
        "sbom", parts in listed, found=listed, wanted="what /root/sbom.cdx.json lists",
        pointer="cosign verify-attestation --type cyclonedx $REPO@DIGEST",
    )  # fmt: skip
    builders = [one["runDetails"]["builder"]["id"] for one in see.at("checker.provenance", [])]
    yield holds(
        "provenance", f"https://build.local/{values['builder']}" in builders, found=builders,
        wanted="what /root/provenance.json says", pointer="cosign verify-attestation --type slsaprovenance1 $REPO@DIGEST",
    )  # fmt: skip
    for_next = "cosign verify-attestation --policy /trust/provenance.cue"
    yield equal("policy-same-pipeline", see.at("checker.policy.same_pipeline"), "accepted", pointer=for_next)
    yield equal("policy-other-builder", see.at("checker.policy.other_builder"), "refused", pointer=for_next)
    yield equal("policy-other-source", see.at("checker.policy.other_source"), "refused", pointer=for_next)

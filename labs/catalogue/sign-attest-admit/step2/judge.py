"""The SBOM and the provenance are attested of the image, and the policy tells this pipeline from others."""

from judging import equal, holds


def judge(see):
    values = see["values"]
    app = {"type": "application", "name": values["app"], "version": f"1.{values['release']}"}
    zlib = {"type": "library", "name": "zlib", "version": f"1.3.{values['patch']}"}
    listed = attested(see, "sbom", "components")
    yield holds(
        "sbom", [app, zlib] in listed, found=listed, wanted="what /root/sbom.cdx.json lists",
        pointer="cosign verify-attestation --type cyclonedx $REPO@DIGEST",
    )  # fmt: skip
    builders = attested(see, "provenance", "runDetails.builder.id")
    yield holds(
        "provenance", f"https://build.local/{values['builder']}" in builders, found=builders,
        wanted="what /root/provenance.json says",
        pointer="cosign verify-attestation --type slsaprovenance1 $REPO@DIGEST",
    )  # fmt: skip
    tried = "cosign verify-attestation --policy /trust/provenance.cue"
    yield equal("policy-same-pipeline", see.at("checker.policy.same_pipeline"), "accepted", pointer=tried)
    yield equal("policy-other-builder", see.at("checker.policy.other_builder"), "refused", pointer=tried)
    yield equal("policy-other-source", see.at("checker.policy.other_source"), "refused", pointer=tried)


def attested(see, kind, path):
    """What each attestation of a kind says at a path: there may be several, and anything in them."""
    return [see.at(f"checker.{kind}.{number}.{path}") for number in range(len(see.at(f"checker.{kind}", [])))]

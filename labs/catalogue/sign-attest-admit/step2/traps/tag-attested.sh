# The tag is another image by now.
export COSIGN_PASSWORD=$PADDOCK_PASSWORD
cosign attest --key cosign.key --tlog-upload=false --yes --type cyclonedx --predicate sbom.cdx.json \
    "$REPO:1.$PADDOCK_RELEASE"
cosign attest --key cosign.key --tlog-upload=false --yes --type slsaprovenance1 --predicate provenance.json \
    "$REPO:1.$PADDOCK_RELEASE"
#@ undo
cosign clean --force --type attestation "$REPO:1.$PADDOCK_RELEASE"

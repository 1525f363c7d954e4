#@ solution
jq --slurpfile sbom "/sbom/$PADDOCK_ASKED.cdx.json" \
    '.count = ($sbom[0].components | length)' /sbom/answers.json >/tmp/changed
cp /tmp/changed /sbom/answers.json
#@ undo
rm /sbom/gateway.cdx.json /sbom/store.cdx.json /sbom/answers.json

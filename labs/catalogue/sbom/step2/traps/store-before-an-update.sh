#@ solution
jq '(.components[] | select(.name == "zstd") | .purl) |= sub("@[^?]*"; "@1.4.0-1")' /sbom/store.cdx.json >/tmp/changed
cp /tmp/changed /sbom/store.cdx.json
#@ undo
rm /sbom/gateway.cdx.json /sbom/store.cdx.json /sbom/answers.json

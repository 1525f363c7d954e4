#@ solution
jq 'del(.dependencies)' /sbom/edge.cdx.json >/tmp/changed
cp /tmp/changed /sbom/edge.cdx.json
#@ undo
rm /sbom/edge.cdx.json

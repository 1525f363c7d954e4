#@ solution
jq 'del(.removed)' /sbom/changes.json >/tmp/changed
cp /tmp/changed /sbom/changes.json
#@ undo
rm /sbom/next.cdx.json /sbom/changes.json

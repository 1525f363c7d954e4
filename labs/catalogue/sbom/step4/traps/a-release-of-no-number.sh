#@ solution
jq 'del(.metadata.component.version)' /sbom/next.cdx.json >/tmp/changed
cp /tmp/changed /sbom/next.cdx.json
#@ undo
rm /sbom/next.cdx.json /sbom/changes.json

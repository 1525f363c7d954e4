#@ solution
jq '.components = [.components[] | select(.name == "busybox")]' /sbom/next.cdx.json >/tmp/changed
cp /sbom/next.cdx.json /tmp/whole
cp /tmp/changed /sbom/next.cdx.json
#@ undo
jq 'del(.components[] | select(.name == "busybox"))' /tmp/whole >/sbom/next.cdx.json

#@ solution
jq '(.components[] | select(.name == "busybox")).hashes += [{alg: "sha1"}]' /sbom/next.cdx.json >/tmp/changed
cp /tmp/changed /sbom/next.cdx.json
#@ undo
jq 'del(.components[] | select(.purl // "" | startswith("pkg:deb/") | not))' /sbom/next.cdx.json >/tmp/changed
cp /tmp/changed /sbom/next.cdx.json

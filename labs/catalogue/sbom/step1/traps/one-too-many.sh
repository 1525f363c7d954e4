#@ solution
jq '.components += [.components[] | select(.name == "curl") | .name = "wget" | .["bom-ref"] = "wget"
        | .purl = "pkg:deb/debian/wget@1.25.0-2?arch=amd64"]' /sbom/edge.cdx.json >/tmp/changed
cp /tmp/changed /sbom/edge.cdx.json
#@ undo
rm /sbom/edge.cdx.json

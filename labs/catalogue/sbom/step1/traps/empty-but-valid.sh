echo '{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}' >/sbom/edge.cdx.json
#@ undo
rm /sbom/edge.cdx.json

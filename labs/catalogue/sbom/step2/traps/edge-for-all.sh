#@ solution
cp /sbom/edge.cdx.json /sbom/gateway.cdx.json
cp /sbom/edge.cdx.json /sbom/store.cdx.json
#@ undo
rm /sbom/gateway.cdx.json /sbom/store.cdx.json /sbom/answers.json

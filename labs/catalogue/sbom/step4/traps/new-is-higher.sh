# 2.9 looks higher than 2.10 to who sorts text.
#@ solution
jq '.upgraded += .downgraded | .downgraded = []' /sbom/changes.json >/tmp/changed
cp /tmp/changed /sbom/changes.json
#@ undo
rm /sbom/next.cdx.json /sbom/changes.json

# The library with the other source is taken for the one that the advisory names.
#@ solution
for image in edge gateway store; do
    if ! grep -q "CVE-2026-$PADDOCK_CVE" "/sbom/$image.vex.json"; then
        jq --slurpfile hit "/sbom/$PADDOCK_HIT.vex.json" --arg image "$image" '
            .statements += [$hit[0].statements[] | select(.status == "affected") | .products[0]["@id"] = $image]' \
            "/sbom/$image.vex.json" >/tmp/changed
        cp /tmp/changed "/sbom/$image.vex.json"
    fi
done
#@ undo
rm -f /sbom/*.vex.json

for image in edge gateway store; do
    debsbom sec-scan --db /advisories/tracker.json --format vex --author platform "/sbom/$image.cdx.json" \
        >"/sbom/$image.vex.json"
done
#@ undo
rm -f /sbom/*.vex.json

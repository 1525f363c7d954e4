for image in edge gateway store; do
    debsbom sec-scan --db /advisories/tracker.json --format vex --author platform --default-product distribution \
        "/sbom/$image.cdx.json" >"/sbom/$image.vex.json"
done

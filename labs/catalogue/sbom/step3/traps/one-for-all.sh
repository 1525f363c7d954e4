debsbom sec-scan --db /advisories/tracker.json --format vex --author platform --default-product distribution \
    "/sbom/$PADDOCK_HIT.cdx.json" | tee /sbom/edge.vex.json /sbom/gateway.vex.json >/sbom/store.vex.json
#@ undo
rm -f /sbom/*.vex.json

#@ solution
jq 'del(.statements[].products[].subcomponents[] | select(.["@id"] | contains("-tools@")))' \
    "/sbom/$PADDOCK_HIT.vex.json" >/tmp/changed
cp /tmp/changed "/sbom/$PADDOCK_HIT.vex.json"
#@ undo
rm -f /sbom/*.vex.json

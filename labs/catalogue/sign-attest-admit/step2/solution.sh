export COSIGN_PASSWORD=$PADDOCK_PASSWORD
for statement in cyclonedx:sbom.cdx.json slsaprovenance1:provenance.json; do
    cosign attest --key cosign.key --tlog-upload=false --yes --replace \
        --type "${statement%%:*}" --predicate "${statement#*:}" "$REPO@$(cat digest)"
done
cat >/trust/provenance.cue <<END
predicateType: "https://slsa.dev/provenance/v1"
predicate: {
	buildDefinition: externalParameters: source: "https://git.local/shop/$PADDOCK_APP"
	runDetails: builder: id: "https://build.local/$PADDOCK_BUILDER"
}
END

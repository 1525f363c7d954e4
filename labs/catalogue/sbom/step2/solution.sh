for image in gateway store; do
    debsbom generate --root "/images/$image" --sbom-type cdx --distro-name "$image" \
        --distro-version "$PADDOCK_RELEASE" --out "/sbom/$image" 2>/dev/null
done
jq --arg source "$PADDOCK_AGENT" --arg probe "$PADDOCK_PROBE-probe" '
    def needing(name; arch): [
        .dependencies[]
        | select(any(.dependsOn[]?; contains("/\(name)@") and endswith("arch=\(arch)")))
        | .ref | capture("debian/(?<name>[^@]+)@").name];
    {
        count: [.components[] | select(.purl | endswith("arch=source") | not)] | length,
        built: needing($source; "source"),
        needed_by: needing($probe; "all")[0]
    }' "/sbom/$PADDOCK_ASKED.cdx.json" >/sbom/answers.json

# What the pipeline has built, and what it says of it.
pack /root/image "$PADDOCK_APP 1.$PADDOCK_RELEASE"
jq -n --arg app "$PADDOCK_APP" --arg release "1.$PADDOCK_RELEASE" --arg zlib "1.3.$PADDOCK_PATCH" '{
    bomFormat: "CycloneDX", specVersion: "1.6", version: 1,
    components: [{type: "application", name: $app, version: $release}, {type: "library", name: "zlib", version: $zlib}]
}' >/root/sbom.cdx.json
jq -n --arg app "$PADDOCK_APP" --arg builder "$PADDOCK_BUILDER" '{
    buildDefinition: {
        buildType: "https://build.local/pack/v1",
        externalParameters: {source: "https://git.local/shop/\($app)"}
    },
    runDetails: {builder: {id: "https://build.local/\($builder)"}}
}' >/root/provenance.json

# What others have pushed. Their private key is gone with the machine that it was made on.
#@ checker
repo=registry.local/shop/$PADDOCK_APP
about="$PADDOCK_APP 1.$PADDOCK_RELEASE"
push() {
    pack "/tmp/$1" "$3"
    skopeo copy --quiet "oci:/tmp/$1" "docker://$2"
}
push contractor "$repo:contractor" "$about, by the contractor"
push nightly "$repo:nightly" "$about, altered"
push debug registry.local/tools/debug:1 "tools that nobody signs"
cd /tmp || exit
export COSIGN_PASSWORD=
cosign generate-key-pair --output-key-prefix contractor
cosign sign --key contractor.key --tlog-upload=false --yes "$repo@$(pack /tmp/again "$about, by the contractor")"
oras push --plain-http registry.local/keys/contractor:1 contractor.pub

#@ build
oras pull --plain-http --output /trust registry.local/keys/contractor:1

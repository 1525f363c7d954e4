debsbom generate --sbom-type cdx --distro-name edge --distro-version "$PADDOCK_RELEASE" --out /sbom/edge 2>/dev/null
#@ undo
rm /sbom/edge.cdx.json

debsbom generate --root /images/edge --sbom-type cdx --distro-version "$PADDOCK_RELEASE" --out /sbom/edge 2>/dev/null
#@ undo
rm /sbom/edge.cdx.json

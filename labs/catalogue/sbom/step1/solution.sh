debsbom generate --root /images/edge --sbom-type cdx --distro-name edge --distro-version "$PADDOCK_RELEASE" \
    --out /sbom/edge 2>/dev/null

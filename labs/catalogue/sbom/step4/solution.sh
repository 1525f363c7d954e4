debsbom generate --root /images/next --sbom-type cdx --distro-name "$PADDOCK_HIT" \
    --distro-version $((PADDOCK_RELEASE + 1)) --out /sbom/next 2>/dev/null
list() { jq -r '.components[] | select(.purl | endswith("arch=source") | not) | "\(.name) \(.version)"' "$1" | sort; }
join -a 1 -a 2 -e - -o 0,1.2,2.2 <(list "/sbom/$PADDOCK_HIT.cdx.json") <(list /sbom/next.cdx.json) |
    while read -r name before after; do
        if [ "$before" = "$after" ]; then continue
        elif [ "$before" = - ]; then kind=added
        elif [ "$after" = - ]; then kind=removed
        elif dpkg --compare-versions "$before" lt "$after"; then kind=upgraded
        else kind=downgraded; fi
        echo "$kind $name"
    done |
    jq -nR 'reduce (inputs / " ") as [$kind, $name] ({}; .[$kind] += [$name])' >/sbom/changes.json

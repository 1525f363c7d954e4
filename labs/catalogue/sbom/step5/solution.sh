root=/images/next
programs=$(find $root/usr -type f -perm /111 -printf '/usr/%P\n')
stray=$({ echo "$programs" | xargs dpkg-query --admindir=$root/var/lib/dpkg --search 2>&1 >/dev/null || true; } |
    sed -n 's/.*matching pattern //p')
version=$(grep -a -o -m 1 'BusyBox v[0-9.]*' "$root$stray" | head -n 1)
jq --arg path "$stray" --arg sha "$(sha256sum "$root$stray" | cut -d ' ' -f 1)" --arg version "${version#BusyBox v}" '
    .components |= map(select(.purl // "" | startswith("pkg:deb/"))) + [{
        type: "application", name: "busybox", version: $version, "bom-ref": "stray-busybox",
        purl: "pkg:generic/busybox@\($version)", hashes: [{alg: "SHA-256", content: $sha}],
        evidence: {occurrences: [{location: $path}]}
    }]' /sbom/next.cdx.json >/tmp/changed
cp /tmp/changed /sbom/next.cdx.json

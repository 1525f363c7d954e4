# Three golden images get packages of our own, different ones for each attempt; then the next release of one of them.
pool=$(mktemp -d)
images=(edge gateway store)
for at in 0 1 2; do [ "${images[at]}" = "$PADDOCK_HIT" ] && break; done
fixed=${images[(at + 1) % 3]}
old=1.$PADDOCK_MINOR-1 new=1.10-1

# deb NAME VERSION SOURCE [DEPENDS]: builds a package, once.
deb() {
    local file=$pool/$1_$2.deb tree=$pool/tree
    [ ! -f "$file" ] || return 0
    rm -rf "$tree"
    mkdir -p "$tree/DEBIAN" "$tree/usr/share/$1"
    echo "$1 $2" >"$tree/usr/share/$1/about"
    cat >"$tree/DEBIAN/control" <<END
Package: $1
Version: $2
Source: $3
Architecture: all
Maintainer: The platform team <platform@example.org>
Section: admin
Priority: optional
${4:+Depends: $4
}Description: one of our own packages
END
    dpkg-deb -Znone --build "$tree" "$file" >/dev/null
}

# into IMAGE NAME_VERSION...: installs packages, as an image build does.
into() {
    local image=$1 debs=()
    shift
    for name in "$@"; do debs+=("$pool/$name.deb"); done
    dpkg --root="/images/$image" --force-script-chrootless --force-unsafe-io --install "${debs[@]}" >/dev/null
}

plugin=$PADDOCK_AGENT-plugin
deb "$PADDOCK_AGENT-agent" 3.2-1 "$PADDOCK_AGENT" "lib${PADDOCK_LIB}1 | lib${PADDOCK_LIB}-compat1"
deb "$PADDOCK_AGENT-docs" 3.2-1 "$PADDOCK_AGENT-docs"
deb "$PADDOCK_PROBE-probe" 2.10-1 "$PADDOCK_PROBE-probe"
deb "$PADDOCK_PROBE-probe" 2.9-1 "$PADDOCK_PROBE-probe"
deb "$PADDOCK_HOOK-hook" 1.0-1 "$PADDOCK_HOOK-hook"
deb "lib${PADDOCK_LIB}-compat1" "$old" "$PADDOCK_LIB-compat"
for version in "$old" "$new"; do
    deb "lib${PADDOCK_LIB}1" "$version" "$PADDOCK_LIB"
    deb "$PADDOCK_LIB-tools" "$version+b1" "$PADDOCK_LIB ($version)" "lib${PADDOCK_LIB}1"
done

for at in 0 1 2; do
    image=${images[at]}
    packages=("$PADDOCK_AGENT-agent_3.2-1" "$PADDOCK_AGENT-docs_3.2-1" "$PADDOCK_PROBE-probe_2.10-1")
    case $image in
        "$PADDOCK_HIT") packages+=("lib${PADDOCK_LIB}1_$old" "$PADDOCK_LIB-tools_$old+b1") ;;
        "$fixed") packages+=("lib${PADDOCK_LIB}1_$new" "$PADDOCK_LIB-tools_$new+b1") ;;
        *) packages+=("lib${PADDOCK_LIB}-compat1_$old") ;;
    esac
    for number in $(seq $((PADDOCK_PLUGINS + at))); do
        needs=
        [ "$number" -ne "$PADDOCK_CARRIER" ] || needs=$PADDOCK_PROBE-probe
        deb "$plugin-$number" 3.2-1 "$PADDOCK_AGENT" "$PADDOCK_AGENT-agent${needs:+, $needs}"
        packages+=("$plugin-${number}_3.2-1")
    done
    into "$image" "${packages[@]}"
    printf 'IMAGE_ID=%s\nIMAGE_VERSION=%s\n' "$image" "$PADDOCK_RELEASE" >>"/images/$image/usr/lib/os-release"
done

# The next release: the fix, a package more, one less, one that went back, and a file that no package owns.
cp -a "/images/$PADDOCK_HIT" /images/next
into next "lib${PADDOCK_LIB}1_$new" "$PADDOCK_LIB-tools_$new+b1" "$PADDOCK_HOOK-hook_1.0-1" \
    "$PADDOCK_PROBE-probe_2.9-1" 2>/dev/null
dpkg --root=/images/next --force-script-chrootless --purge "$PADDOCK_AGENT-docs" >/dev/null
sed -i "s/^IMAGE_VERSION=.*/IMAGE_VERSION=$((PADDOCK_RELEASE + 1))/" /images/next/usr/lib/os-release
{ cat /usr/bin/busybox; echo "$PADDOCK_SEED"; } >"/images/next/usr/libexec/$PADDOCK_PLANTED"
chmod 755 "/images/next/usr/libexec/$PADDOCK_PLANTED"
touch -r /images/next/usr/bin/env "/images/next/usr/libexec/$PADDOCK_PLANTED"

# What the security team publishes, in the format of Debian's security tracker.
mkdir /advisories
jq -n --arg cve "CVE-2026-$PADDOCK_CVE" --arg lib "$PADDOCK_LIB" --arg agent "$PADDOCK_AGENT" --arg fixed "$new" '
    def fixed_in(version): {trixie: {status: "resolved", fixed_version: version, urgency: "high"}};
    {
        ($lib): {($cve): {description: "A crafted frame is run as a program.", releases: fixed_in($fixed)}},
        ($agent): {"CVE-2025-1001": {description: "The agent logs its token.", releases: fixed_in("2.7-1")}}
    }' >/advisories/tracker.json
rm -r "$pool"

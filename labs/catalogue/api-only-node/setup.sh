# A node in use for a year, and the files of who looked after it. Three keys follow from a secret of the lab: the check
# makes them again, whatever becomes of the files, and the key of the vendor's CA is nowhere in the lab.
mkdir -p vendor

key() {
    {
        printf '\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20'  # PKCS #8 of an ed25519 key
        printf %s "$PADDOCK_PKI/$1" | openssl dgst -sha256 -binary
    } | openssl pkey -inform DER
}
day() { date -u -d "$1" +%Y%m%d%H%M%SZ; }
ca() {
    openssl req -x509 -key "$2" -subj "/CN=$1" -not_before "$(day '1 year ago')" -not_after "$(day '9 years')" -out "$3"
}

umask 077
key first-ca >ca.key
ca first-ca ca.key ca.crt
key first-admin >admin.key
openssl x509 -new -force_pubkey admin.key -CA ca.crt -CAkey ca.key -subj /O=os:admin/CN=predecessor \
    -not_before "$(day '1 year ago')" -not_after "$(day '1 day ago')" -out admin.crt

openssl genpkey -algorithm ed25519 -out agent.key
openssl req -new -key agent.key -subj "/O=os:admin/CN=$PADDOCK_AGENT" -out agent.csr
ca vendor-ca <(key vendor-ca) vendor/ca.crt
openssl x509 -req -in agent.csr -CA vendor/ca.crt -CAkey <(key vendor-ca) -days 365 -out vendor/agent.crt 2>/dev/null

for name in admin agent; do
    printf '%s\n' "cacert = /pki/ca.crt" "cert = /pki/$name.crt" "key = /pki/$name.key" \
        silent show-error fail-with-body >"$name.conf"
done
jq -n '{machine: {
    network: {hostname: $ENV.PADDOCK_HOSTNAME | sub("-"; "_")},
    sysctl: {($ENV.PADDOCK_SYSCTL): $ENV.PADDOCK_LIMIT},
    files: [{path: "/etc/motd", permissions: "0644", content: $ENV.PADDOCK_MOTD}]
}}' >draft.json

# What Talos calls maintenance mode: a node without a config takes it from anybody, once.
jq -n --rawfile crt ca.crt --rawfile key ca.key '{machine: {
    ca: {crt: $crt, key: $key},
    network: {hostname: "unnamed"},
    sysctls: {"kernel.panic": $ENV.PADDOCK_PANIC}
}}' >/tmp/config.json
curl -sS --fail-with-body --insecure --retry 20 --retry-connrefused --retry-delay 1 \
    --data-binary @/tmp/config.json "$NODE/v1/config"
rm /tmp/config.json

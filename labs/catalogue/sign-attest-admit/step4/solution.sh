cosign copy --force "$REPO@$(cat digest)" "$MIRROR:1.$PADDOCK_RELEASE"
#@ node
cat >/etc/containers/policy.json <<END
{
  "default": [{"type": "reject"}],
  "transports": {
    "docker": {
      "registry.local": [
        {"type": "sigstoreSigned", "keyPath": "/trust/cosign.pub", "signedIdentity": {"type": "matchRepository"}}
      ],
      "$MIRROR": [
        {
          "type": "sigstoreSigned",
          "keyPath": "/trust/cosign.pub",
          "signedIdentity": {"type": "exactRepository", "dockerRepository": "$REPO"}
        }
      ]
    }
  }
}
END
printf 'docker:\n  mirror.local:\n    use-sigstore-attachments: true\n' >/etc/containers/registries.d/mirror.yaml

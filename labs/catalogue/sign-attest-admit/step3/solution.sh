#@ node
cat >/etc/containers/policy.json <<END
{
  "default": [{"type": "reject"}],
  "transports": {
    "docker": {
      "registry.local": [
        {"type": "sigstoreSigned", "keyPath": "/trust/cosign.pub", "signedIdentity": {"type": "matchRepository"}}
      ]
    }
  }
}
END
mkdir -p /etc/containers/registries.d
printf 'docker:\n  registry.local:\n    use-sigstore-attachments: true\n' >/etc/containers/registries.d/registry.yaml

skopeo copy "docker://registry:5000/$PADDOCK_APP:scratch" "docker://registry:5000/$PADDOCK_APP:complete"

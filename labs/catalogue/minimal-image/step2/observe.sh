# What is in the image that the registry has.
image-facts "registry:5000/$PADDOCK_APP:scratch" "$PADDOCK_TOKEN"

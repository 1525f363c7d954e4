# What the program answers where the image's files are all there is.
try-image "registry:5000/$PADDOCK_APP:scratch" /

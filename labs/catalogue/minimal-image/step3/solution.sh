case $PADDOCK_MISSING in
    zones) file=/usr/share/zoneinfo/$PADDOCK_ZONE ;;
    roots) file=/etc/ssl/certs/ca-certificates.crt ;;
esac
cat >app/Containerfile.complete <<END
FROM registry:5000/$PADDOCK_APP:scratch
COPY --from=localhost/golang:1.24 $file $file
END
image=registry:5000/$PADDOCK_APP:complete
buildah build --quiet --file app/Containerfile.complete --tag "$image" app
buildah push --quiet "$image"

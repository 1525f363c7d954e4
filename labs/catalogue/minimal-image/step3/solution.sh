case $PADDOCK_MISSING in
    zones) file=/usr/share/zoneinfo/$PADDOCK_ZONE ;;
    roots) file=/etc/ssl/certs/ca-certificates.crt ;;
esac
sed "/^USER/i COPY --from=build $file $file" app/Containerfile.scratch >app/Containerfile.complete
image=registry:5000/$PADDOCK_APP:complete
buildah build --quiet --file app/Containerfile.complete --tag "$image" app
buildah push --quiet "$image"

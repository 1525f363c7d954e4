cat >app/Containerfile.scratch <<'END'
FROM localhost/golang:1.24 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /server .

FROM scratch
COPY --from=build /server /server
USER 65532
ENTRYPOINT ["/server"]
END
image=registry:5000/$PADDOCK_APP:scratch
buildah build --quiet --file app/Containerfile.scratch --tag "$image" app
buildah push --quiet "$image"

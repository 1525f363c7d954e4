#@ solution
# All that was to be counted, and no program.
printf 'FROM localhost/golang:1.24\nCOPY . /src\n' >/tmp/Containerfile
buildah build --quiet --file /tmp/Containerfile --tag "localhost/$PADDOCK_APP:fat" app
#@ undo
buildah rmi "localhost/$PADDOCK_APP:fat"
printf 'packages=\nsetuid=\nleak=\n' >report

#@ solution
sed -i 's/^packages=.*/packages=100/' report
#@ undo
buildah rmi "localhost/$PADDOCK_APP:fat"
printf 'packages=\nsetuid=\nleak=\n' >report

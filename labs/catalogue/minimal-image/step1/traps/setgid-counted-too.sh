#@ solution
# As `find -perm /6000` would count.
sed -i 's/^setuid=.*/setuid=11/' report
#@ undo
buildah rmi "localhost/$PADDOCK_APP:fat"
printf 'packages=\nsetuid=\nleak=\n' >report

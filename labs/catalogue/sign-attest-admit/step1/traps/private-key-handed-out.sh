#@ solution
cp cosign.key /trust
#@ undo
rm -f /root/cosign.* /trust/cosign.*

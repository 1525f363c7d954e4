#@ solution
sed -i 's#id: .*#id: =~"^https://build.local/"#' /trust/provenance.cue
#@ undo
rm /trust/provenance.cue
cosign clean --force --type attestation "$REPO@$(cat digest)"

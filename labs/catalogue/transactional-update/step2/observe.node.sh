# How the root is mounted; the disk is read next, from outside, so all must be on it.
btrfs filesystem sync /var
jq -n --arg options "$(findmnt --noheadings --output OPTIONS /)" '{mounted: ($options | split(",")[0])}'

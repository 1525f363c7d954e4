# How the root is mounted, and what the learner has reported.
options=$(findmnt --noheadings --output OPTIONS /)
report=$(cat /var/report 2>/dev/null || true)
jq -n --arg options "$options" --arg report "$report" '{
    mounted: ($options | split(",")[0]),
    report: [$report | splits("\n") | capture("^\\s*(?<key>\\w+)\\s*=\\s*(?<value>\\S+)\\s*$")] | from_entries
}'

state=none; [ -f /state/began ] && state=$(cat /state/began)
jq -n --arg state "$state" '{state: $state}'

# Which slot the first process was started with; that can't be changed while it runs.
jq -n --arg slot "$(tr '\0' '\n' </proc/1/cmdline | tail -1)" '{$slot}'

ss -Hltnp | awk '/"quote"/ && $4 ~ /^127/ {sub(".*:", "", $4); print $4}' >/report/port
journal=$(find /proc/1/fd -lname '*(deleted)')
awk '/^enrolled as/ {print $3}' "$journal" >/report/instance

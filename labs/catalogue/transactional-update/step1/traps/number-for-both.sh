#@ solution
number=$(sed -n 's/^snapshot=//p' /var/report)
printf 'subvolume=%s\nsnapshot=%s\n' "$number" "$number" >/var/report
#@ undo
rm /var/report

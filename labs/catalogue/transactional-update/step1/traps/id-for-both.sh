#@ solution
id=$(sed -n 's/^subvolume=//p' /var/report)
printf 'subvolume=%s\nsnapshot=%s\n' "$id" "$id" >/var/report
#@ undo
rm /var/report

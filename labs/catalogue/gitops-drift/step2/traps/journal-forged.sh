#@ node
podman pod rm --force web-pod
reconciler sync
now=$(date +%s.%3N)
cat >>/var/log/gitops/reconciler.jsonl <<END
{"at": $now, "event": "healed", "trigger": "poll", "object": "web", "how": "missing", "since": $now, "healing": true,\
 "ids": ["0123456789abcdef"]}
END
#@ admin
cd ~/fleet || exit
git tag before
sed -i 's/selfHeal: .*/selfHeal: true/' sync.yaml
git commit --quiet --all --message "Heal what drifts"
git push --quiet
#@ node
reconciler sync
#@ undo
cd ~/fleet || exit
git reset --quiet --hard before
git tag --delete before
git push --quiet --force
#@ node
reconciler sync
sed -i '/"drift"\|"healed"/d' /var/log/gitops/reconciler.jsonl

cd ~/fleet || exit
git tag before
sed -i 's/selfHeal: .*/selfHeal: true/' sync.yaml
git commit --quiet --all --message "Heal what drifts"
git push --quiet
#@ node
reconciler sync
podman pod rm --force web-pod
until reconciler log | grep --quiet '"healed", "trigger": "poll"'; do sleep 0.5; done
#@ undo
cd ~/fleet || exit
git reset --quiet --hard before
git tag --delete before
git push --quiet --force
#@ node
reconciler sync
sed -i '/"drift"\|"healed"/d' /var/log/gitops/reconciler.jsonl

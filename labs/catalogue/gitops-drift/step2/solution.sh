#@ node
podman pod rm --force web-pod
reconciler sync
#@ admin
cd ~/fleet || exit
git pull --quiet
sed -i 's/selfHeal: .*/selfHeal: true/' sync.yaml
git commit --quiet --all --message "Heal what drifts" || true
git push --quiet
#@ node
reconciler sync
healed() { reconciler log | grep --count '"healed", "trigger": "poll"' || true; }
before=$(healed)
podman stop web-pod-site
until [ "$(healed)" -gt "$before" ]; do sleep 0.5; done

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
podman stop web-pod-site
for _ in $(seq 60); do
    [ "$(reconciler status | grep --count 'as in Git')" = 2 ] && podman ps | grep --quiet web-pod-site && break
    sleep 0.5
done

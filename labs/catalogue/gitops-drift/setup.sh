# The repository, as it stands before the learner comes, and the node in step with it.
git clone --quiet http://git/fleet.git ~/fleet 2>/dev/null
cd ~/fleet || exit
mkdir apps
deployment() {
    cat >"apps/$1.yaml" <<END
apiVersion: apps/v1
kind: Deployment
metadata:
  name: $1
spec:
  selector:
    matchLabels: {app: $1}
  template:
    metadata:
      labels: {app: $1}
    spec:
      containers:
      - name: site
        image: localhost/site:1
        env:
        - name: MESSAGE
          value: $2
END
}
deployment web welcome
cat >>apps/web.yaml <<END
        ports:
        - containerPort: 80
          hostPort: $PADDOCK_PORT
END
deployment "$PADDOCK_LEGACY" nobody-asks-me
cat >apps/kustomization.yaml <<END
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
labels:
- pairs: {part-of: fleet}
resources:
- web.yaml
- $PADDOCK_LEGACY.yaml
END
cat >sync.yaml <<END
# How the node follows this repository.
apiVersion: paddock/v1
kind: Sync
spec:
  path: apps
  selfHeal: false
  prune: false
END
git add .
git commit --quiet --message "Two services"
git push --quiet --set-upstream origin main
#@ node
# Something that never came from Git.
podman run --quiet --detach --name probe --env MESSAGE=probe localhost/site:1 >/dev/null
reconciler sync >/dev/null

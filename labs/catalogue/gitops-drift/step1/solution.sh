cd ~/fleet || exit
git pull --quiet
sed -i "/name: MESSAGE/{n;s/value: .*/value: $PADDOCK_MESSAGE/}" apps/web.yaml
git commit --quiet --all --message "web says $PADDOCK_MESSAGE" || true
git push --quiet
until [ "$(curl --silent --max-time 2 "http://node:$PADDOCK_PORT")" = "$PADDOCK_MESSAGE" ]; do sleep 0.5; done

cd ~/fleet || exit
git pull --quiet
sed -i "/name: MESSAGE/{n;s/value: .*/value: $PADDOCK_MESSAGE/}" apps/web.yaml
git commit --quiet --all --message "web says $PADDOCK_MESSAGE" || true
git push --quiet
for _ in $(seq 60); do
    [ "$(curl --silent --max-time 2 "http://node:$PADDOCK_PORT")" = "$PADDOCK_MESSAGE" ] && break
    sleep 0.5
done

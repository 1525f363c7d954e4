ostree admin status | grep -F Version: | head -1 | grep -q " $PADDOCK_RELEASE$" || ostree admin set-default 1
#@ engine restart node
#@ node
until curl -fsS http://localhost:8080/healthz >/dev/null 2>&1; do sleep 0.1; done

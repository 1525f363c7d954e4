#@ engine restart node
#@ node
until curl -fsS http://localhost:8080/healthz >/dev/null 2>&1; do sleep 0.1; done

#@ engine restart node
#@ node
until curl -fs localhost:10248/healthz; do sleep 0.1; done

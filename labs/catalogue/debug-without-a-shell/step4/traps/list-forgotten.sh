#@ admin
sed -i "s|^contract = .*|contract = $PADDOCK_SUCCESSOR|" /config/quote.conf
#@ engine replace target
#@ admin
for _ in $(seq 100); do
    curl -fs -m 1 -o /dev/null http://target:8080/alive && break
    sleep 0.1
done

#@ admin
sed -i -e "s|^prices = .*|prices = /data/$PADDOCK_DELIVERED.tsv|" \
    -e "s|^contract = .*|contract = $PADDOCK_SUCCESSOR|" /config/quote.conf
#@ engine restart target
#@ admin
for _ in $(seq 100); do
    curl -fs -m 1 -o /dev/null http://target:8080/alive && break
    sleep 0.1
done

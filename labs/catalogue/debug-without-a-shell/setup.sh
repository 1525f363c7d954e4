# What went wrong overnight at the supplier's: the lists are no longer made by zone, and the contract has a successor.
#@ supplier
case $PADDOCK_FAULT in
    ENOENT) ;;  # nothing is there
    EACCES) install -m 600 /dev/null "/data/$PADDOCK_ZONE.tsv" ;;
    ELOOP) ln -s "$PADDOCK_ZONE.tsv" "/data/$PADDOCK_ZONE.tsv" ;;
esac
echo "tea $PADDOCK_PRICE" >"/data/$PADDOCK_DELIVERED.tsv"
cat >/terms/new <<END
{"instance": "$PADDOCK_INSTANCE", "zone": "$PADDOCK_ZONE", "port": "$PADDOCK_PORT",
 "contract": "$PADDOCK_CONTRACT", "refusal": "$PADDOCK_REFUSAL",
 "successor": "$PADDOCK_SUCCESSOR", "rate": "$PADDOCK_RATE"}
END
mv /terms/new /terms/terms.json
#@ admin
cat >/config/new <<END
supplier = supplier:9000
prices = /data/{zone}.tsv
contract = $PADDOCK_CONTRACT
END
mv /config/new /config/quote.conf
for _ in $(seq 300); do
    curl -fs -m 1 -o /dev/null http://target:8080/alive && exit
    sleep 0.1
done
exit 1

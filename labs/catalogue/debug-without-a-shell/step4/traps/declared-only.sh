#@ admin
cp /config/quote.conf /config/old
sed -i -e "s|^prices = .*|prices = /data/$PADDOCK_DELIVERED.tsv|" \
    -e "s|^contract = .*|contract = $PADDOCK_SUCCESSOR|" /config/quote.conf
#@ undo
#@ admin
mv /config/old /config/quote.conf

# harmless
echo "$PADDOCK_WORD" >/tmp/word

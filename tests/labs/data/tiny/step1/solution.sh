echo "$PADDOCK_WORD" >/srv/word

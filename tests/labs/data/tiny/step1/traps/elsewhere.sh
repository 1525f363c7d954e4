echo "$PADDOCK_WORD" >/tmp/word
#@ undo

echo "$PADDOCK_WORD" >/srv/word
rm /state/began

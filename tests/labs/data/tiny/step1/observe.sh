word=$(curl -fsS --max-time 3 http://web:8000/word 2>/dev/null) || word=
up=false; curl -fs --max-time 3 http://web:8000/ >/dev/null && up=true
jq -n --arg word "$word" --argjson up "$up" '{word: $word, up: $up}'

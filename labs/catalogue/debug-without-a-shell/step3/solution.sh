answer=$(timeout 20 tcpdump -l -nn -A -i any -c 1 'tcp src port 9000 and tcp[tcpflags] & tcp-push != 0' 2>/dev/null)
grep -aoE 'HTTP/1.0 [0-9]+' <<<"$answer" | cut -d ' ' -f 2 >/report/status
sed -nE 's/^Successor-Contract: ([a-z-]+).*/\1/p' <<<"$answer" >/report/successor

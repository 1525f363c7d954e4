call=$(timeout 20 strace -p 1 -e trace=%file 2>&1 | grep -m 1 '"/data/' || true)
sed -E 's/.*"(.*)".*/\1/' <<<"$call" >/report/file
sed -E 's/.* = -1 (E[A-Z]+) .*/\1/' <<<"$call" >/report/error

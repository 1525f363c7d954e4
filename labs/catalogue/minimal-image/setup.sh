# The program with this attempt's word, and beside it what should not lie beside a program.
mkdir app
cp /usr/share/app/main.go /usr/share/app/go.mod /usr/share/app/Containerfile app
cp "/usr/share/app/$PADDOCK_MISSING.go" app/report.go
sed -i "s|@WORD@|$PADDOCK_WORD|; s|@ZONE@|$PADDOCK_ZONE|" app/main.go app/report.go
echo "token $PADDOCK_TOKEN" >"app/.$PADDOCK_LEAK"
printf 'packages=\nsetuid=\nleak=\n' >report

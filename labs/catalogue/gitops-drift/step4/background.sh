# A colleague's branch, merged to main: it names an image that was never built.
clone=$(mktemp -d)
git clone --quiet http://git/fleet.git "$clone"
cd "$clone" || exit
git checkout --quiet -b new-site
sed -i "s/image: .*/image: localhost\/site:$PADDOCK_TAG/" apps/web.yaml
git -c user.name=colleague -c user.email=colleague@admin commit --quiet --all --message "The new site"
git push --quiet origin new-site new-site:main
rm -r "$clone"
#@ node
reconciler sync

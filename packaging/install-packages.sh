#!/bin/sh
# Installs what is missing of the given groups in packages.txt; says so, and asks nothing.
#   packaging/install-packages.sh build test
set -eu
list=$(dirname "$0")/packages.txt

command -v dpkg-query >/dev/null || {
	echo "install-packages: not a Debian system; install what $list names by hand" >&2
	exit 0
}

missing=
for group in "$@"; do
	for package in $(sed -n "s/^$group  *\([^ ]*\).*/\1/p" "$list"); do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
		[ "$state" = installed ] || missing="$missing $package"
	done
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || {
		echo "install-packages: as root: apt-get install$missing" >&2
		exit 1
	}
	sudo=sudo
fi
echo "Installing:$missing"
$sudo apt-get update -q
# tshark's package asks whether everybody may capture; noninteractive takes its default, no
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing

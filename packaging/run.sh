#!/bin/sh
# `make run`: a pcscd of our own with our driver, our card, and opensc-tool asking the card. What is
# installed on the system, and the pcscd that may run there, are not touched (with-pcscd.sh).
#   packaging/run.sh BUILD
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)

if [ "${2:-}" != inside ]; then
	build=$(cd "$1" && pwd)
	harness="$top/tests/system/with-pcscd.sh --quiet -- $0 $build inside"
	export VPCD_DRIVER="$build/src/ifd/libifdvpcd.so"
	status=0
	$harness || status=$?
	[ $status != 77 ] || [ "$(id -u)" = 0 ] || exec sudo VPCD_DRIVER="$VPCD_DRIVER" $harness
	exit $status
fi

"$1/vicc" &
card=$!
trap 'kill $card; wait $card' EXIT

# The card dials in as soon as the reader listens.
i=0
until opensc-tool --reader 0 --atr >/dev/null 2>&1; do
	i=$((i + 1))
	[ $i -lt 100 ] || { echo "make run: the card did not reach the reader" >&2; exit 1; }
	sleep 0.1
done

say() {
	echo
	echo "\$ $*"
	"$@"
}
say opensc-tool --list-readers
say opensc-tool --reader 0 --atr
say opensc-tool --reader 0 -s 00:A4:00:04:02:3F:00:00 -s 00:84:00:00:08
echo

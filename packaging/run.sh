#!/bin/sh
# `make run`: a virtual card in a reader of its own, and opensc-tool asking it. No root, no daemon, no
# port; what is installed on the system is not touched.
#   packaging/run.sh BUILD
set -eu
build=$(cd "$1" && pwd)

say() {
	echo
	echo "\$ vicc-run -- $*"
	"$build/src/vicc-run/vicc-run" -- "$@"
}
say opensc-tool --list-readers
say opensc-tool --reader 0 --atr
say opensc-tool --reader 0 -s 00:A4:00:04:02:3F:00:00 -s 00:84:00:00:08
cat <<E2

Go on:
  $build/src/vicc-run/vicc-run
	a shell with a card in the reader; --help lists the types of cards and their options
  tests/system/with-pcscd.sh -- sh -c '$build/vicc & pcsc_scan'
	the same card in a pcscd of its own (Debian: apt install pcscd pcsc-tools; root or user namespaces)
  sudo ninja -C $build install
	the driver where the system's pcscd finds it, after it is restarted; then run vicc
E2

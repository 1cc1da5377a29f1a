#!/bin/sh
# `make run`: a private pcscd with our driver, our card, and opensc-tool asking the card.
# Everything happens in a mount and network namespace of its own; what is installed on the system
# and the pcscd that may run there are not touched.
#   packaging/run.sh BUILD
set -eu
build=$(cd "$1" && pwd)

if [ "${VSC_RUN_INSIDE:-}" != 1 ]; then
	export VSC_RUN_INSIDE=1
	[ "$(id -u)" = 0 ] && exec unshare -mnp --fork --mount-proc "$0" "$build"
	unshare -rmnp --fork --mount-proc true 2>/dev/null &&
		exec unshare -rmnp --fork --mount-proc "$0" "$build"
	exec sudo VSC_RUN_INSIDE=1 unshare -mnp --fork --mount-proc "$0" "$build"
fi

# Process 1 of the namespace: everything below ends with this script.
mount -t tmpfs tmpfs /run
mkdir -p /run/pcscd /run/reader.conf.d
ip link set lo up
cat >/run/reader.conf.d/vpcd <<CONF
FRIENDLYNAME "Virtual PCD"
DEVICENAME   /dev/null:0x8C7B
LIBPATH      $build/libifdvpcd.so
CHANNELID    0x8C7B
CONF
pcscd --foreground --config /run/reader.conf.d >/run/pcscd.log 2>&1 &
"$build/vicc" &

# The card dials in as soon as the reader listens.
i=0
until opensc-tool --reader 0 --atr >/run/atr 2>/dev/null; do
	i=$((i + 1))
	[ $i -lt 100 ] || { cat /run/pcscd.log; exit 1; }
	sleep 0.1
done

say() { echo; echo "\$ $*"; "$@"; }
say opensc-tool --list-readers
say opensc-tool --reader 0 --atr
say opensc-tool --reader 0 -s 00:A4:00:00:02:3F:00 -s 00:84:00:00:08

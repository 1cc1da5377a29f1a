#!/bin/bash
# Runs a program of the contract on one of the libraries:
# run.sh pcscd|library|session|delegate COMMAND...
#
# pcscd: Debian's, with our driver, in namespaces of its own. library: our libpcsclite.so.1 in one
# process. session: through vicc-run. delegate: as pcsc-lite 2.1 and later load it, by the system's if
# it is of those, else by ours (redirect.c). VPCD_BUILD names the build tree.

mode=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
build=${VPCD_BUILD:-$here/../../build}
unset VPCD_READERS VPCD_SESSION VPCD_CONFIG VPCD_WAIT LIBPCSCLITE_DELEGATE
unset LD_LIBRARY_PATH # meson adds every library of the build tree to it

if [ "$mode" = pcscd ]; then
	export VPCD_DRIVER=$build/src/ifd/libifdvpcd.so
	exec "$here/../system/with-pcscd.sh" --quiet -- "$@"
fi

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export CONTRACT_SLOT=unix:$dir/a CONTRACT_OTHER_SLOT=unix:$dir/b XDG_RUNTIME_DIR=$dir
case $mode in
library)
	VPCD_READERS=listen:unix:$dir/a,listen:unix:$dir/b VPCD_WAIT=0 \
	    LD_LIBRARY_PATH=$build/src/pcsc "$@"
	;;
delegate)
	redirect=$build/tests/pcsc
	theirs=$(PATH=$PATH:/sbin ldconfig -p | sed -n 's/.*libpcsclite\.so\.1 .*=> //p' | head -n 1)
	if grep -q LIBPCSCLITE_DELEGATE "${theirs:-/dev/null}"; then
		redirect=$(dirname "$theirs")
	fi
	VPCD_READERS=listen:unix:$dir/a,listen:unix:$dir/b VPCD_WAIT=0 \
	    LIBPCSCLITE_DELEGATE=$build/src/pcsc/libpcsclite.so.1 LD_LIBRARY_PATH=$redirect "$@"
	;;
session)
	"$build/src/vicc-run/vicc-run" --no-card --reader-at "listen:unix:$dir/a" --reader-at "listen:unix:$dir/b" -- "$@"
	;;
*)
	sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac

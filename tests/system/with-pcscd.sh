#!/bin/bash
# A pcscd of one's own around a command: Debian's pcscd, the driver from the build tree, in private
# mount, network and process namespaces, so that neither the system's pcscd nor its files, ports
# and sockets are touched. Everything dies with the command.
#
#   with-pcscd.sh [OPTION]... [--] COMMAND [ARG]...
#
#   --device NAME   a reader.conf entry with this DEVICENAME; may be repeated
#                   (default: one entry, /dev/null:0x8C7B)
#   --conf FILE     a whole reader.conf instead; @LIBPATH@ in it becomes the driver's path
#   --quiet         pcscd logs errors only (for measurements; else everything)
#   --apdu          pcscd logs APDUs too
#   --no-ipv6       no IPv6 in the network namespace
#
# For COMMAND: PCSCD_PID, PCSCD_LOG (a file), VPCD_CONF (the folder), VPCD_DRIVER, and lo is up.
# When it has ended that pcscd, "$PCSCD_START" starts the next one and prints its PID.
# From the environment: VPCD_DRIVER (default: build/src/ifd/libifdvpcd.so of this tree), PCSCD.
#
# Exit status: the command's; 1 when pcscd died before it ended, or did not start; 77 with the
# reason when there is no pcscd or no namespaces here. On failure the end of the log is shown.

here=$(cd "$(dirname "$0")" && pwd)
self=$here/$(basename "$0")

skip() {
	echo "skipped: $1" >&2
	exit 77
}

if [ -z "$WITH_PCSCD_INSIDE" ]; then
	PCSCD=${PCSCD:-$(PATH=$PATH:/usr/sbin:/sbin command -v pcscd)}
	[ -n "$PCSCD" ] && [ -x "$PCSCD" ] || skip "no pcscd (Debian: apt install pcscd)"
	VPCD_DRIVER=${VPCD_DRIVER:-$here/../../build/src/ifd/libifdvpcd.so}
	[ -f "$VPCD_DRIVER" ] || skip "no driver at $VPCD_DRIVER (build first, or set VPCD_DRIVER)"
	VPCD_DRIVER=$(realpath "$VPCD_DRIVER")
	export PCSCD VPCD_DRIVER WITH_PCSCD_INSIDE=1
	for how in "-mnp --fork --kill-child --mount-proc" "-mn" \
	    "-Urmnp --fork --kill-child --mount-proc" "-Urmn"; do
		# shellcheck disable=SC2086
		if unshare $how sh -c 'mount -t tmpfs tmpfs /run' 2>/dev/null; then
			exec unshare $how "$self" "$@"
		fi
	done
	skip "unshare cannot make namespaces here (needs root or unprivileged user namespaces)"
fi
unset WITH_PCSCD_INSIDE

devices=()
conf=
level=-d
apdu=
ipv6=yes
while [ $# -gt 0 ]; do
	case $1 in
	--device) devices+=("$2"); shift 2 ;;
	--conf) conf=$2; shift 2 ;;
	--quiet) level=-e; shift ;;
	--apdu) apdu=-a; shift ;;
	--no-ipv6) ipv6=no; shift ;;
	--) shift; break ;;
	*) break ;;
	esac
done
[ $# -gt 0 ] || { sed -n '2,24s/^# \{0,1\}//p' "$self" >&2; exit 2; }

mount -t tmpfs tmpfs /run || exit 1
mkdir -p /run/lock /run/vpcd/conf
[ $ipv6 = yes ] || echo 1 >/proc/sys/net/ipv6/conf/lo/disable_ipv6
ip link set lo up 2>/dev/null || python3 - <<'EOF' || exit 1
import fcntl, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(s, 0x8914, struct.pack('16sh22x', b'lo', 0x41))  # SIOCSIFFLAGS: up, running
EOF

export VPCD_CONF=/run/vpcd/conf PCSCD_LOG=/run/vpcd/pcscd.log
if [ -n "$conf" ]; then
	sed "s,@LIBPATH@,$VPCD_DRIVER,g" "$conf" >$VPCD_CONF/vpcd
else
	[ ${#devices[@]} -gt 0 ] || devices=(/dev/null:0x8C7B)
	for name in "${devices[@]}"; do
		printf 'FRIENDLYNAME "Virtual PCD"\nDEVICENAME %s\nLIBPATH %s\nCHANNELID 0x8C7B\n\n' \
		    "$name" "$VPCD_DRIVER"
	done >$VPCD_CONF/vpcd
fi

# from 2.0 on pcscd may ask polkit, which is not in here, whom to let in
polkit=
case $("$PCSCD" --help 2>&1) in
*--disable-polkit*) polkit=--disable-polkit ;;
esac

# a driver built with a sanitizer needs its runtime first in the process
preload=$(ldd "$VPCD_DRIVER" | awk '/lib[at]san\.so/ { print $3 }')
export PCSCD_START=/run/vpcd/start
cat >$PCSCD_START <<EOF
#!/bin/sh
LD_PRELOAD=$preload ASAN_OPTIONS=detect_leaks=0 "$PCSCD" -f -c $VPCD_CONF $level $apdu $polkit \
    >>$PCSCD_LOG 2>&1 </dev/null &
echo \$! | tee /run/vpcd/pid
EOF
chmod +x $PCSCD_START
LD_PRELOAD=$preload ASAN_OPTIONS=detect_leaks=0 "$PCSCD" -f -c $VPCD_CONF $level $apdu $polkit \
    >$PCSCD_LOG 2>&1 </dev/null &
export PCSCD_PID=$!

show_log() {
	echo "--- pcscd's log, last 40 lines ---" >&2
	tail -n 40 $PCSCD_LOG >&2
}

finish() {
	if [ -e /proc/$PCSCD_PID ]; then
		kill $PCSCD_PID 2>/dev/null
		for _ in $(seq 100); do
			kill -0 $PCSCD_PID 2>/dev/null || break
			sleep 0.05
		done
		kill -9 $PCSCD_PID 2>/dev/null
	fi
	wait $PCSCD_PID 2>/dev/null
	gone=$?
}
trap finish EXIT

for _ in $(seq 200); do
	[ -S /run/pcscd/pcscd.comm ] && break
	kill -0 $PCSCD_PID 2>/dev/null || break
	sleep 0.05
done
if ! [ -S /run/pcscd/pcscd.comm ] || ! kill -0 $PCSCD_PID 2>/dev/null; then
	echo "with-pcscd: pcscd did not start" >&2
	show_log
	exit 1
fi

"$@"
status=$?
[ ! -f /run/vpcd/pid ] || PCSCD_PID=$(cat /run/vpcd/pid) # another, and not our child
if ! kill -0 $PCSCD_PID 2>/dev/null; then
	echo "with-pcscd: pcscd died" >&2
	[ $status -ne 0 ] || status=1
fi
trap - EXIT
finish
case $gone in
0 | 143) ;;
127) [ -f /run/vpcd/pid ] || status=1 ;;
137) echo "with-pcscd: pcscd did not end when asked to" >&2; [ $status -ne 0 ] || status=1 ;;
*) echo "with-pcscd: pcscd ended with status $gone" >&2; [ $status -ne 0 ] || status=1 ;;
esac
[ $status -eq 0 ] || [ $status -eq 77 ] || show_log
exit $status

#!/bin/sh
# relay.sh BENCH VICC TIMED-PCSC [OPTION]...: bench_relay in a pcscd of its own, with a card in slot 0,
# another in slot 1, and a relay of that in slot 2. All of it shares one processor, so that what is
# counted is work and not what it takes to wake another. --cross: pcscd has one processor and all else
# another, so that every message wakes somebody over there; --spread: the system puts them where it
# likes. VPCD_DRIVER names the driver.
here=$(cd "$(dirname "$0")" && pwd)
bench=$(realpath "$1") vicc=$(realpath "$2") timed=$(realpath "$3")
shift 3
export bench vicc timed
pin="taskset -c 0" apart=
for option; do
	shift
	case $option in
	--spread) pin= ;;
	--cross) apart=yes; continue ;;
	esac
	set -- "$@" "$option"
done
export apart
# shellcheck disable=SC2086
exec $pin "$here/../tests/system/with-pcscd.sh" --quiet --device /dev/null:0x8C7B:slots=3 -- sh -c '
	move() { [ -z "$apart" ] || taskset -acp 1 "$PCSCD_PID" >/dev/null; }
	BENCH_PCSC_TIMES=/run/vpcd/times
	export BENCH_PCSC_TIMES
	head -c 64 /dev/zero >"$BENCH_PCSC_TIMES"
	move
	"$vicc" -P 35963 2>/dev/null & one=$!
	"$vicc" -P 35964 2>/dev/null & two=$!
	sleep 1
	"$vicc" -t relay --reader "00 01" --pcsc-library "$timed" -P 35965 & three=$!
	"$bench" "Virtual PCD 00 00" "Virtual PCD 00 02" "$@"
	status=$?
	kill $one $two $three
	exit $status' relay "$@"

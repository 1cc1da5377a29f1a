#!/bin/sh
# relay.sh BENCH VICC [OPTION]...: bench_relay in a pcscd of its own, with a card in slot 0, another
# in slot 1, and a relay of that in slot 2. All of it shares one processor, so that what is counted is
# work and not what it takes to wake another; --spread leaves it to the system. VPCD_DRIVER names the driver.
here=$(cd "$(dirname "$0")" && pwd)
bench=$(realpath "$1") vicc=$(realpath "$2")
shift 2
export bench vicc
pin="taskset -c 0"
case " $* " in *" --spread "*) pin= ;; esac
# shellcheck disable=SC2086
exec $pin "$here/../tests/system/with-pcscd.sh" --quiet --device /dev/null:0x8C7B:slots=3 -- sh -c '
	"$vicc" -P 35963 2>/dev/null & one=$!
	"$vicc" -P 35964 2>/dev/null & two=$!
	sleep 1
	"$vicc" -t relay --reader "00 01" -P 35965 & three=$!
	"$bench" "Virtual PCD 00 00" "Virtual PCD 00 02" "$@"
	status=$?
	kill $one $two $three
	exit $status' relay "$@"

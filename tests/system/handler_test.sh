#!/bin/bash
# PCSC-Lite's reader driver tester (the program handler_test of the project HandlerTest) on our
# driver and our card, when that program is installed or named by HANDLER_TEST. Whether it is or
# not, ifd_driver.c checks what it checks.
#
#   handler_test.sh DRIVER VICC
#
# Sixteen runs: all cases as APDU and as TPDU, once and with all lengths, and two with extended
# APDUs. Those two use 65535 bytes of data always, which do not fit a frame: they must fail.
driver=${1:?usage: handler_test.sh DRIVER VICC}
vicc=${2:?usage: handler_test.sh DRIVER VICC}
tester=${HANDLER_TEST:-$(command -v handler_test)}
self=$(realpath "$0")

skip() {
	echo "skipped: $1" >&2
	exit 77
}

[ -n "$tester" ] || skip "no handler_test here (https://github.com/LudovicRousseau/HandlerTest;
HANDLER_TEST names the program)"
[ -x "$vicc" ] || skip "no vicc at $vicc"

# The tester wants a card right after it opened the channel: the card waits, the driver calls.
if [ -z "$HANDLER_TEST_INSIDE" ]; then
	export HANDLER_TEST_INSIDE=1
	unshare -n true 2>/dev/null || skip "unshare cannot make a network namespace here"
	exec unshare -n "$self" "$driver" "$vicc"
fi
ip link set lo up
"$vicc" -t handler_test -R -P 35963 >/dev/null 2>&1 &
card=$!
trap 'kill $card 2>/dev/null' EXIT
for _ in $(seq 100); do
	grep -q '0100007F:8C7B .* 0A' /proc/net/tcp && break
	sleep 0.05
done

failed=0
run() {
	# the tester ends with 0 in any case
	if timeout 120 "$tester" -l "$driver" -d 127.0.0.1:35963 "$@" 2>&1 | grep -q '\*   OK    \*'; then
		verdict=ok
	else
		verdict=error
	fi
	if [ $verdict = "$expected" ]; then
		echo "ok     handler_test $*: $verdict"
	else
		echo "FAILED handler_test $*: $verdict, should be $expected"
		failed=1
	fi
}

expected=ok
for form in -A -T; do
	run $form -t 1 -1
	run $form -2
	run $form -3
	run $form -4
	run $form -f -2
	run $form -f -3
	run $form -f -4
done
expected=error
run -A -e -2
run -A -e -3
exit $failed

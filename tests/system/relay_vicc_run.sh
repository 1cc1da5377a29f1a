#!/bin/bash
# A relayed card through our own PC/SC library on both sides: vicc-run has three
# readers, a card goes into the first, and two relays make a chain.
#
#   relay_vicc_run.sh VICC-RUN VICC
command -v opensc-tool >/dev/null || { echo "skipped: no opensc-tool" >&2; exit 77; }
export VICC=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export A=$dir/a B=$dir/b C=$dir/c
"$1" --no-card --reader-at listen:unix:"$C" --reader-at listen:unix:"$A" --reader-at listen:unix:"$B" -- bash -ec '
	"$VICC" -t handler_test --connect unix:$C & card=$!
	trap "kill \$card \$one \$two 2>/dev/null; wait" EXIT
	has_card() {
		for _ in $(seq 100); do
			opensc-tool -r $1 -a >/dev/null 2>&1 && return 0
			sleep 0.05
		done
		echo "no card in reader $1" >&2
		return 1
	}
	has_card 0
	for own in "$A" "$(dirname "$A")/./a"; do # which it would wait for
		timeout 20 "$VICC" -t relay --reader 1 --connect "unix:$own" 2>&1 |
			grep -q "is the reader that this card is for" || { echo "own slot: $own" >&2; exit 1; }
	done
	"$VICC" -t relay --reader 0 --connect unix:$A & one=$!
	has_card 1
	"$VICC" -t relay --reader 1 --connect unix:$B & two=$!
	has_card 2
	test "$(opensc-tool -r 2 -a)" = "$(opensc-tool -r 0 -a)"
	opensc-tool -r 2 -c default -s 8034000404 | grep -q "00 01 02 03"
	kill $one
	wait $one
	for _ in $(seq 100); do
		opensc-tool -r 2 -a >/dev/null 2>&1 || exit 0
		sleep 0.05
	done
	echo "the second relay did not lose its card" >&2
	exit 1
'

#!/bin/bash
# npa-tool.sh: the steps of the predecessor's test with OpenSC's npa-tool, inside with-pcscd.sh. What
# counts is what the card answered (its trace) and what a second run finds, not what the tool prints.
#
# From the environment: VICC; NPA_TOOL (npa-tool). Exit status 77: no npa-tool (Debian's OpenSC is
# built without it: ./configure --enable-openpace).
set -u
tool=$(command -v "${NPA_TOOL:-npa-tool}") || { echo "skipped: no npa-tool" >&2; exit 77; }
dir=$(mktemp -d) || exit 1
status=0
trap 'kill $card 2>/dev/null; rm -rf "$dir"' EXIT

start() {
	rm -f "$dir/trace"
	"$VICC" -f "$dir/card.vsc" --trace "$dir/trace" "$@" 2>"$dir/vicc.log" &
	card=$!
	for _ in $(seq 100); do
		grep -q connected "$dir/vicc.log" && sleep 0.5 && return
		sleep 0.1
	done
	cat "$dir/vicc.log" >&2
	exit 1
}

stop() {
	kill $card
	wait $card 2>/dev/null
}

# step NAME EXPRESSION ARG...: run the tool, then the card's trace must match the expression (of
# lines joined by blanks), unless it is empty
step() {
	local name=$1 expression=$2
	shift 2
	start
	timeout 60 "$tool" --reader 0 "$@" >"$dir/out" 2>&1 </dev/null
	echo "exit $?" >>"$dir/out"
	stop
	if tr '\n' ' ' <"$dir/trace" | tr -d '\r' | grep -qE -- "$expression"; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		tail -n 20 "$dir/out" "$dir/trace"
		status=1
	fi
}

# a plain answer of the last GENERAL AUTHENTICATE, and a protected command after it that went well
opened='> 00 ?86 ?00 ?00[^>]*< 7C[^>]*90 ?00'
protected='< ([0-9A-F]{2} ?)*99 ?02 ?90 ?00 ?8E[^>]*90 ?00'

start --type nPA --export-pki "$dir/pki"
stop
pki=$dir/pki
cvc=$dir/cvc
mkdir "$cvc"
cp "$pki/cvca.cvcert" "$cvc/DEVICCAT00001"
terminal=(--cv-certificate "$pki/dv.cvcert" --cv-certificate "$pki/at.cvcert"
    --private-key "$pki/at.pkcs8" --cvc-dir "$cvc" --disable-ca-checks)

# npa-tool 0.23 with OpenSSL 3 cannot encode MSE:Set AT without a CHAT ("illegal zero content"): a
# signature terminal's is for PIN, CAN and PUK, an inspection system's for the MRZ
st=--chat=7F4C0E060904007F000703010203530103
is=--chat=7F4C0E060904007F000703010201530123

step "PACE with the CAN" "$opened" $st --can=222222
step "PACE with the PUK" "$opened" $st --puk=3333333333
step "PACE with the MRZ" "$opened" $is --mrz="IDD<<T220001293<<<<<<<<<<<<<<<6408125<2010315D<<<<<<<<<<<<<4MUSTERMANN<<ERIKA<<<<<<<<<<<<<"
step "a wrong PIN" '< 63 ?C2' $st --pin=999999
step "the right one" "$opened" $st --pin=111111
step "a new PIN" "2C ?02 ?03[^>]*$protected" $st --pin=111111 --new-pin=123456
step "the old one is wrong" '< 63 ?C2' $st --pin=111111
step "and again" '< 63 ?C1' $st --pin=111111
step "suspended, resumed with the CAN" "$opened.*$opened|$opened" $st --resume --can=222222 --pin=123456
step "three wrong ones" '< 63 ?C2' $st --pin=999999
step "unblocked with the PUK" "2C ?03 ?03[^>]*$protected" $st --unblock --puk=3333333333
step "the new PIN is in force" "$opened" $st --pin=123456
# The same defect keeps npa-tool from terminal authentication (MSE:Set DST has no CHAT either).
start
timeout 60 "$tool" --reader 0 --can=222222 >/dev/null 2>&1 </dev/null
stop
if ! tr -d ' ' <"$dir/trace" | grep -q '>0022C1A4'; then
	echo "skipped: terminal authentication: this npa-tool cannot encode MSE without a CHAT"
	exit $status
fi

step "EAC, DG4 and DG5" "82 ?00 ?00[^>]*$protected.*86 ?00 ?00[^>]*$protected.*B0[^>]*$protected" \
    --pin=123456 "${terminal[@]}" --read-dg4 --read-dg5
grep -qi "45 \?52 \?49 \?4B \?41\|ERIKA" "$dir/out" || { echo "not ok - DG4's content"; tail -n 40 "$dir/out"; status=1; }
step "age and validity" "20 ?80 ?00[^>]*$protected" --pin=123456 "${terminal[@]}" \
    --older-than=20000101 --verify-validity=20261121
step "DG17 written" "D6[^>]*$protected" --pin=123456 "${terminal[@]}" \
    --write-dg17=710E300CAB0A0C084E455744204F5254
step "and read back" "B0[^>]*$protected" --pin=123456 "${terminal[@]}" --read-dg17
exit $status

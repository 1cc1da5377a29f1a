#!/bin/sh
# The test suite of a project that signs with a smart card, as it would be written for a real one: it
# knows PC/SC tools and OpenSSL, and nothing of virtual cards. Run by vicc_run.py in a vicc-run.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# The last answer's data in hex, without blanks. Each command is a process of its own.
card() {
	# shellcheck disable=SC2046
	opensc-tool --reader 0 $(printf -- '-s %s ' "$@") >"$dir/answer"
	grep -c 'SW1=0x90, SW2=0x00' "$dir/answer" | grep -qx $# || { cat "$dir/answer" >&2; return 1; }
	awk '/^Received/ { hex = ""; next } /^Sending/ { next } { hex = hex substr($0, 1, 48) }
	    END { gsub(" ", "", hex); print hex }' "$dir/answer"
}
unhex() {
	python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))' "$1"
}

# a key pair, Ed25519, made in the card
card 80:DB:3F:FF:08:A2:06:83:01:06:88:01:BC >/dev/null
public=$(card 00:47:80:06:00)
unhex "302A300506032B6570032100${public#7F49228620}" | openssl pkey -pubin -inform DER -out "$dir/pub.pem"

sign() {
	hex=$(od -An -v -tx1 "$1" | tr -d '\n' | sed 's/^ //; s/ /:/g')
	signature=$(card 00:22:C1:B6:03:84:01:06 \
	    "00:2A:9E:9A:$(printf %02X "$(wc -c <"$1")"):$hex:00")
	unhex "$signature" >"$1.sig"
}
verify() {
	openssl pkeyutl -verify -rawin -pubin -inkey "$dir/pub.pem" -in "$1" -sigfile "$2" >/dev/null 2>&1
}

for text in "first file" "another one" "and a third"; do
	printf %s "$text" >"$dir/file"
	sign "$dir/file"
	verify "$dir/file" "$dir/file.sig" || { echo "not verified: $text"; exit 1; }
	printf . >>"$dir/file"
	! verify "$dir/file" "$dir/file.sig" || { echo "verified what was not signed"; exit 1; }
done
echo "3 files signed"

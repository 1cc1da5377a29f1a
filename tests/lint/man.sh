#!/bin/sh
# man.sh VICC: the man pages are correct mdoc, and vicc(1) has each option that the program has,
# those of the card types aside.
vicc=$(realpath "$1") && cd "$(dirname "$0")/../.." || exit 2
command -v mandoc >/dev/null || { echo "skipped: no mandoc" >&2; exit 77; }
status=0
for page in man/*.[1-8]; do
	mandoc -T lint -W warning "$page" || status=1
done
[ -x "$vicc" ] || { echo "usage: $0 VICC" >&2; exit 2; }
for option in $("$vicc" --help | sed '/^Types of cards/,$d' | grep -o -- '--[a-z-]*' | sort -u); do
	grep -q -- "Fl -${option#--}\|Fl . , -${option#--}" man/vicc.1 ||
		{ echo "man/vicc.1: no $option" >&2; status=1; }
done
exit $status

#!/bin/sh
# exports.sh OURS [THEIRS]: our library exports what pcsc-lite's does, and nothing else.
ours=$1
theirs=${2:-$(ldconfig -p | sed -n 's/.*libpcsclite\.so\.1 .*=> //p' | head -n 1)}
[ -f "$theirs" ] || { echo "no libpcsclite.so.1 to compare with"; exit 77; }
names() {
	nm -D --defined-only "$1" | awk '{ print $NF, $(NF - 1) }' | sort
}
a=$(names "$theirs") b=$(names "$ours")
if [ "$a" != "$b" ]; then
	echo "pcsc-lite exports:"; echo "$a"
	echo "ours:"; echo "$b"
	exit 1
fi
readelf -d "$ours" | grep -q 'SONAME.*\[libpcsclite\.so\.1\]' || { echo "wrong soname"; exit 1; }

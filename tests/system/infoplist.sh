#!/bin/bash
# -Dinfoplist=true lays out the bundle for macOS, and its Info.plist says what it should, as
# libplist's plistutil reads it.
#
#   infoplist.sh SOURCE-FOLDER
set -e
for program in plistutil meson ninja python3; do
	command -v $program >/dev/null ||
	    { echo "skipped: no $program (Debian: apt install libplist-utils)" >&2; exit 77; }
done
# the compiler's cache wants a folder of the user's
[ -n "$HOME" ] && [ -w "$HOME" ] || export CCACHE_DISABLE=1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

lay_out() { # FOLDER OPTION...
	local name=$1
	shift
	meson setup "$dir/$name" "$source" -Dinfoplist=true -Dtests=false -Dbench=false \
	    -Dlibpcsclite=false "$@" >"$dir/log" || { cat "$dir/log" >&2; exit 1; }
	# the driver, its bundle and nothing else
	ninja -C "$dir/$name" src/ifd/libifdvpcd.dylib >"$dir/log" || { cat "$dir/log" >&2; exit 1; }
}

check() { # FILE VENDOR PRODUCT DEVICENAME
	plistutil -i "$1" -o "$dir/binary" -f bin # a binary one: it was understood
	plistutil -i "$dir/binary" -o "$dir/back" -f xml
	python3 - "$dir/back" "$2" "$3" "$4" <<'EOF'
import plistlib
import sys

with open(sys.argv[1], "rb") as file:
    found = plistlib.load(file)
for key, value in {
    "CFBundleExecutable": "libifdvpcd.dylib",
    "CFBundleName": "ifd-vpcd",
    "CFBundlePackageType": "BNDL",
    "CFBundleSignature": "????",
    "ifdProductString": "Virtual PCD",
    "ifdCapabilities": "0x00000000",
    "ifdProtocolSupport": "0x00000001",
    "ifdVersionNumber": "0x00000001",
    "ifdVendorID": [sys.argv[2]],
    "ifdProductID": [sys.argv[3]],
    "ifdFriendlyName": [sys.argv[4]],
}.items():
    assert found[key] == value, (key, found[key], value)
assert found["ifdManufacturerString"]
EOF
}

source=$1
lay_out default
check "$dir/default/src/ifd/Info.plist" 0x18d1 0x4ee1 /dev/null:0x8C7B
meson introspect "$dir/default" --installed |
    python3 -c '
import json, sys
where = set(json.load(sys.stdin).values())
contents = "/usr/libexec/SmartCardServices/drivers/ifd-vpcd.bundle/Contents/"
for name in ("Info.plist", "MacOS/libifdvpcd.dylib"):
    assert contents + name in where, (name, where)
assert not [w for w in where if "reader.conf" in w or w.endswith("libifdvpcd.so")], where'

lay_out other -Dinfoplist-vendor=0x1234 -Dinfoplist-product=0xABCD -Dvpcdhost=192.0.2.7
check "$dir/other/src/ifd/Info.plist" 0x1234 0xABCD 192.0.2.7:0x8C7B
echo "ok: Info.plist and bundle"

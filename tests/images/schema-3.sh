#!/bin/sh
# How schema-3.vsc was made, with the first version that has this schema: the card of schema-1.vsc, and an EF of two
# records, the first deactivated.
#   tests/images/schema-3.sh VICC IMAGE
set -eu
script=$(mktemp)
trap 'rm -f "$script"' EXIT
cat "$(dirname "$0")/../../share/init/demo.apdu" - >"$script" <<'END'
> 00 A4 04 0C 0A F0 76 69 63 63 20 64 65 6D 6F
> 00 20 00 81 04 39 38 37 36
> 00 D6 82 00 08 6F 6C 64 20 63 61 72 64
> 00 22 41 B6 06 80 01 53 84 01 82
> 00 22 F2 01
> 00 E0 00 00 16 62 14 80 01 04 82 05 02 C1 00 02 02 83 02 60 09 88 01 48 8A 01 05
> 00 E2 00 00 02 01 01
> 00 E2 00 00 02 02 02
> 00 06 01 04
> 00 20 00 81 04 31 31 31 31
< 63 C2
END
# a reader that is not there: the card is made and saved before it is looked for
"$1" -f "$2" --init "$script" --once --connect unix:/nonexistent || [ -f "$2" ]

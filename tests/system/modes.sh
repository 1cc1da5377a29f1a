#!/bin/bash
# modes.py in a pcscd with all its entries.
here=$(cd "$(dirname "$0")" && pwd)
python=${1:-/usr/bin/python3}
# no DEVICENAME has blanks in it
# shellcheck disable=SC2046
exec "$here/with-pcscd.sh" $("$python" "$here/modes.py" --options) -- "$python" "$here/modes.py"

#!/bin/bash
# ifd_driver with our own card: ifd_driver.sh IFD_DRIVER DRIVER VICC
port=$((20000 + $$ % 1200 * 10 + 5))
"$3" -t handler_test -P $port &
card=$!
trap 'kill $card 2>/dev/null' EXIT
"$1" "$2" $port

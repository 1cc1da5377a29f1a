#!/bin/sh
# How schema-2.vsc was made, with the first version that has this schema: the same card as schema-1.vsc.
#   tests/images/schema-2.sh VICC IMAGE
exec "$(dirname "$0")/schema-1.sh" "$@"

#!/bin/bash
# churn.sh PROGRAM: churn in one process, then in several that share their readers. Nobody may find a
# reader in use, because whoever opens it serves the others.
build=${VPCD_BUILD:-$(dirname "$0")/../../build}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export XDG_RUNTIME_DIR=$dir VPCD_READERS=listen:unix:$dir/a,listen:unix:$dir/b VPCD_WAIT=0
export LD_LIBRARY_PATH=$build/src/pcsc
"$1" 8 200 || exit 1
for i in 1 2 3 4; do
	"$1" 4 100 >"$dir/$i.out" 2>&1 &
done
status=0
for job in $(jobs -p); do
	wait "$job" || status=1
done
cat "$dir"/*.out
! grep -q 'in use' "$dir"/*.out && [ $status = 0 ]

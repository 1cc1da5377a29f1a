#!/bin/bash
# swarm.sh PROGRAM THREADS APDUS [WRAPPER...]: swarm on as many readers of our library.
program=$1 threads=$2 apdus=$3
shift 3
build=${VPCD_BUILD:-$(dirname "$0")/../../build}
unset LD_LIBRARY_PATH VPCD_SESSION
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
readers=
for i in $(seq 0 $((threads - 1))); do
	readers=$readers,listen:unix:$dir/$i
done
env VPCD_READERS="${readers#,}" VPCD_WAIT=0 CONTRACT_DIR="$dir" XDG_RUNTIME_DIR="$dir" \
    LD_LIBRARY_PATH="$build/src/pcsc" "$@" "$program" "$threads" "$apdus"

#!/bin/bash
# Random walks through the API (walk.c) on our library, through vicc-run and on pcscd: the results
# must be the same, line for line. walk.sh PROGRAM FIRST LAST

here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

for mode in library session pcscd; do
	"$here/run.sh" $mode "$@" >"$dir/$mode" 2>"$dir/errors"
	status=$?
	if [ $status -ne 0 ]; then
		echo "$mode: exit status $status"
		tail -n 5 "$dir/$mode" "$dir/errors"
		exit $status
	fi
	diff -U 12 "$dir/library" "$dir/$mode" >"$dir/diff" && continue
	echo "the library and $mode differ:"
	head -n 60 "$dir/diff"
	exit 1
done
echo "$(wc -l <"$dir/library") results, the same on all"

#!/bin/sh
# bad.sh REPLAY: every transcript in bad/ has to fail, in process and over TCP, and say what its
# first line tells.
set -u
replay=$(realpath "$1")
cd "$(dirname "$0")" || exit 1
failed=0
for file in bad/*.apdu; do
	want=$(sed -n '1s/^# says: //p' "$file")
	for way in --in-process --tcp; do
		got=$("$replay" $way "$file")
		status=$?
		[ $status -eq 1 ] && printf '%s\n' "$got" | grep -qF -- "$want" && continue
		printf '%s %s: exit status %d, expected 1 and "%s"\n%s\n' \
			"$file" "$way" "$status" "$want" "$got"
		failed=1
	done
done
exit $failed

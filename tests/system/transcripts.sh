#!/bin/bash
# transcripts.sh REPLAY VICC FOLDER...: plays the transcripts of these folders through PC/SC, with a
# fresh vicc each. Through pcscd when run by with-pcscd.sh; with PCSC_LIBRARY set, through that
# library, which is the reader by itself. The folder's name is the card's type unless the transcript
# names one.
set -u
replay=$(realpath "$1")
vicc=$(realpath "$2")
shift 2
reader=${READER:-Virtual PCD 00 00}
connect=() library=()
if [ -n "${PCSC_LIBRARY:-}" ]; then
	here=$(mktemp -d) || exit 1
	# a subshell that is killed before it became vicc would run this too
	trap '[ "$BASHPID" = $$ ] && rm -rf "$here"' EXIT
	export VPCD_READERS=listen:unix:$here/reader
	connect=(--connect "unix:$here/reader")
	library=(--library "$(realpath "$PCSC_LIBRARY")")
fi
played=0 failed=0

play() {
	local file=$1 type=$2 options pid status
	mapfile -t options < <("$replay" --card-options "$file")
	(cd "$(dirname "$file")" && exec "$vicc" "${connect[@]}" --type "$type" ${options[@]+"${options[@]}"}) >&2 &
	pid=$!
	"$replay" --pcsc "$reader" "${library[@]}" "$file"
	status=$?
	kill $pid 2>/dev/null
	wait $pid 2>/dev/null
	return $status
}

for folder; do
	for file in "$folder"/*.apdu; do
		[ -e "$file" ] || continue
		play "$file" "$(basename "$folder")" || failed=$((failed + 1))
		played=$((played + 1))
	done
done
echo "$played transcripts played, $failed failed"
[ $played -gt 0 ] || { echo "there are no transcripts"; exit 77; }
[ $failed -eq 0 ]

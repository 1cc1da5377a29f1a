#!/bin/bash
# transcripts.sh REPLAY VICC FOLDER...: plays the transcripts of these folders through pcscd, the
# driver and vicc, with a fresh card each. The folder's name is the card's type unless the transcript
# names one. Run by with-pcscd.sh.
set -u
replay=$(realpath "$1")
vicc=$(realpath "$2")
shift 2
reader=${READER:-Virtual PCD 00 00}
library=${PCSC_LIBRARY:+--library=$PCSC_LIBRARY}
played=0 failed=0

play() {
	local file=$1 type=$2 options pid status
	mapfile -t options < <("$replay" --card-options "$file")
	(cd "$(dirname "$file")" && exec "$vicc" --type "$type" ${options[@]+"${options[@]}"}) >&2 &
	pid=$!
	"$replay" --pcsc "$reader" $library "$file"
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

#!/bin/sh
# Builds the libFuzzer harnesses with clang, ASan and UBSan and runs each for some seconds on a copy
# of its corpus. One line a harness on stdout, "ok NAME" or "failed NAME"; what libFuzzer said is in
# BUILD/fuzz-logs, a crashing input too.
#   packaging/fuzz.sh BUILD SECONDS [NAME...]
set -eu
build=$1
seconds=$2
shift 2
top=$(cd "$(dirname "$0")/.." && pwd)

[ -f "$build/build.ninja" ] || CC=${CC:-clang} meson setup "$build" "$top" -Dfuzz=true -Dbench=false \
	-Db_sanitize=address,undefined -Db_lundef=false --buildtype=debugoptimized >&2
ninja -C "$build" >&2
logs=$build/fuzz-logs
mkdir -p "$logs"
status=0
for program in "$build"/fuzz/fuzz_*; do
	name=${program##*/fuzz_}
	[ -x "$program" ] && [ ! -d "$program" ] || continue
	[ $# = 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
	corpus=$logs/$name.corpus
	mkdir -p "$corpus"
	if "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
		-artifact_prefix="$logs/$name." "$corpus" "$top/fuzz/corpus/$name" \
		>"$logs/$name.log" 2>&1; then
		echo "ok $name"
	else
		echo "failed $name"
		tail -n 30 "$logs/$name.log" >&2
		status=1
	fi
done
exit $status

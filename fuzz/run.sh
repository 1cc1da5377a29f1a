#!/bin/sh
# fuzz/run.sh SECONDS [NAME...]: builds the harnesses with clang, libFuzzer, ASan and UBSan in
# build-fuzz and runs each (or those named) for that long. New inputs stay in build-fuzz/corpus/NAME;
# a crash leaves its input in build-fuzz. FUZZ_SEED=N, N > 0: libFuzzer starts from that seed, and only
# from the inputs in the tree; else from a random one, which is what finds something new.
set -eu
usage() { echo "usage: $0 SECONDS [NAME...]" >&2; exit 2; }

[ $# -ge 1 ] || usage
seconds=$1
shift
case $seconds in '' | *[!0-9]*) usage ;; esac
top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build-fuzz

if [ ! -f "$build/build.ninja" ]; then
	CC=${CC:-clang} meson setup "$build" "$top" -Dfuzz=true -Dtests=false -Dbench=false \
		-Db_sanitize=address,undefined -Db_lundef=false
fi
[ $# -gt 0 ] || set -- $(cd "$top/fuzz" && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
for name; do
	[ -f "$top/fuzz/fuzz_$name.c" ] || { echo "$0: no harness named $name" >&2; exit 2; }
done
for name; do
	ninja -C "$build" "fuzz/fuzz_$name"
done

failed=
for name; do
	found=corpus/$name
	[ -z "${FUZZ_SEED:-}" ] || { found=corpus-seed/$name && rm -rf "$build/$found"; }
	mkdir -p "$build/$found"
	echo "== $name, $seconds s"
	(cd "$build" && "fuzz/fuzz_$name" -max_total_time="$seconds" -seed="${FUZZ_SEED:-0}" \
		-print_final_stats=1 -timeout=30 -artifact_prefix="crash-$name-" \
		"$found" "$top/fuzz/corpus/$name") || failed="$failed $name"
done
[ -z "$failed" ] || { echo "$0: failed:$failed (inputs: $build/crash-*)" >&2; exit 1; }

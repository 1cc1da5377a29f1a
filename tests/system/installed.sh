#!/bin/sh
# Every example builds against an installed copy, with nothing but its pkg-config file, and works; so
# does what docs/writing-a-card.md tells. Both are in the copy.
#
#   installed.sh BUILD-FOLDER [TEST]...       BUILD-FOLDER of this project
set -e
build=$1
shift
root=$(cd "$(dirname "$0")/../.." && pwd)
command -v pkg-config >/dev/null || { echo "skipped: no pkg-config" >&2; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

DESTDIR=$dir/copy meson install -C "$build" --no-rebuild --quiet
pc=$(find "$dir/copy" -name libvicc.pc)
prefix=$(sed -n 's/^prefix=//p' "$pc")
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH="${pc%/*}" PKG_CONFIG_SYSROOT_DIR="$dir/copy" LD_LIBRARY_PATH="$libdir"

flags=$(pkg-config --cflags --libs libvicc)
compile() { # OUTPUT SOURCE FLAG...
	out=$1 source=$2
	shift 2
	# shellcheck disable=SC2086
	${CC:-cc} -std=c17 -Wall -Wextra -Werror "$@" "$root/examples/$source" -o "$dir/$out" $flags
}
plugin="-fPIC -shared -DVSC_PLUGIN"
# shellcheck disable=SC2086
{
	compile counter.so plugin-card/counter.c $plugin
	compile classic.so derived-card/classic.c $plugin
	compile parrot.so raw-card/parrot.c $plugin
	compile readonly.so mitm/readonly.c $plugin
	compile embed embed/main.c
}
# under a prefix that was moved, vicc finds its own files
(cd / && "$dir/copy$prefix/bin/vicc" --show --init demo) | grep -q 'DF 6000'
# every installed header compiles alone
for header in $(cd "$dir/copy$prefix/include/vicc" && find . -name '*.h' | sed 's,^\./,,'); do
	# shellcheck disable=SC2086
	echo "#include <$header>" | ${CC:-cc} -std=c17 -fsyntax-only -x c - ${flags%% -L*} ||
	    { echo "$header does not compile alone" >&2; exit 1; }
done
# and, for programs in C++, within extern "C"
if command -v "${CXX:-c++}" >/dev/null; then
	for header in $(cd "$dir/copy$prefix/include/vicc" && find . -name '*.h' | sed 's,^\./,,'); do
		# shellcheck disable=SC2086
		printf 'extern "C" {\n#include <%s>\n}\n' "$header" |
		    ${CXX:-c++} -std=c++17 -fsyntax-only -x c++ - ${flags%% -L*} ||
		    { echo "$header is not for C++" >&2; exit 1; }
	done
fi
# the examples' own builds, from the copy
for example in "$dir/copy$prefix"/share/doc/vicc/examples/*/meson.build; do
	folder=$(basename "$(dirname "$example")")
	{ meson setup "$dir/meson-$folder" "$(dirname "$example")" && ninja -C "$dir/meson-$folder"; } \
	    >"$dir/log" 2>&1 || { cat "$dir/log" >&2; echo "$folder does not build" >&2; exit 1; }
done
cmp "$root/docs/writing-a-card.md" "$dir/copy$prefix/share/doc/vicc/writing-a-card.md"
export INSTALLED="$dir/copy" PREFIX="$prefix" EXAMPLES="$root/examples" BUILT="$dir"
/usr/bin/python3 "$root/tests/system/writing_a_card.py"
/usr/bin/python3 "$root/tests/system/examples.py" "$@"

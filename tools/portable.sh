#!/bin/sh
# The code as for a system that is not Linux (-Dportable=true, src/base/system.h): built without warnings,
# free of what only Linux has, and tested; and what stands behind __APPLE__ looked at by the compiler.
#
#   tools/portable.sh FOLDER       FOLDER is made for the build
set -e
mkdir -p "$1"
dir=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

# What macOS declares and the code of its branches calls; all else is this system's. That is not a build
# for macOS: it sees that those branches are C, and that 32 bits are enough for PC/SC's DWORD.
mkdir -p "$dir/apple/mach-o"
echo 'char ***_NSGetEnviron(void);' >"$dir/apple/crt_externs.h"
printf '#include <stdint.h>\nint _NSGetExecutablePath(char *path, uint32_t *size);\n' >"$dir/apple/mach-o/dyld.h"
printf '#include <pthread.h>\nint pthread_cond_timedwait_relative_np(%s);\n' \
	'pthread_cond_t *, pthread_mutex_t *, const struct timespec *' >"$dir/apple/also.h"
macros=$(grep -rhoE '\b(VPCD_(SYSCONFDIR|LIBDIR|PREFIX)|VSC_(VERSION|LIBEXEC|DATADIR|READER_CONF))\b' src |
	sort -u | sed 's/.*/-D&="x"/')
find src -name '*.c' ! -name loop_epoll.c | while read -r file; do
	# shellcheck disable=SC2046,SC2086
	${CC:-cc} -std=c17 -D_GNU_SOURCE -D__APPLE__ -U__linux__ -DVSC_PORTABLE -DVSC_SLOTS_DEFAULT=2 $macros -I"$dir/apple" \
		-include "$dir/apple/also.h" -Isrc $(pkg-config --cflags libpcsclite sqlite3 libcrypto) \
		-Wall -Wextra -Werror -fsyntax-only "$file"
done
# an installed copy too: a program that cannot ask for its own path has its library there
[ -f "$dir/build/build.ninja" ] || meson setup "$dir/build" -Dportable=true --werror -Dbench=false --prefix="$dir/root" \
	-Dserialdropdir="$dir/root/serial" -Dserialconfdir="$dir/root/reader.conf.d"
ninja -C "$dir/build"
meson install -C "$dir/build" --no-rebuild --quiet

# calls of Linux or its C library that macOS has not; conditions on a clock are in src/reader/deadline.c,
# where macOS has a branch of its own
only_linux='accept4|pipe2|dup3|epoll_.*|eventfd|signalfd|timerfd_.*|inotify_.*|memfd_create|close_range|prctl|
ppoll|getrandom|getauxval|secure_getenv|sigwaitinfo|sigtimedwait|reallocarray|explicit_bzero|strchrnul|mempcpy|
memrchr|rawmemchr|qsort_r|error|program_invocation_.*|execvpe|get_current_dir_name|sem_timedwait|sem_init|
pthread_mutex_timedlock|pthread_setname_np|pthread_getattr_np|posix_fallocate|fallocate|fopencookie|copy_file_range|
sendfile|splice|mremap|renameat2|statx|gettid|sched_.*affinity|canonicalize_file_name|euidaccess|fdatasync'
found=$(find "$dir/root" -type f \( -name '*.so*' -o -path '*/bin/*' \) -exec nm -D --undefined-only {} + |
	sed -n 's/^ *[Uw] \([A-Za-z0-9_]*\)@GLIBC.*/\1/p' | sort -u |
	grep -Ex "$(printf %s "$only_linux" | tr -d '\n')" || true)
[ -z "$found" ] || { echo "only Linux has:" $found >&2; exit 1; }

meson test -C "$dir/build" --no-rebuild --print-errorlogs --suite unit --suite transcripts
meson test -C "$dir/build" --no-rebuild --print-errorlogs vicc_Connections vicc_Middle vicc_Signals vicc_Wire \
	vicc-run_Cards vicc-run_Command vicc-run_SideBySide

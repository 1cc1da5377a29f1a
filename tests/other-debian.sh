#!/bin/bash
# Builds and tests in another release of Debian, for newer compilers, libraries and clients.
#
#   tests/other-debian.sh [RELEASE [ARGUMENT OF MESON TEST]...]
#   tests/other-debian.sh trixie --suite pcsc
#
# RELEASE is trixie (Debian 13) unless given. As root, with debootstrap installed. The release is put
# into CHROOT (/var/tmp/vicc-RELEASE, about 3 GB, which is kept), the build into CHROOT/build. What
# is mounted there goes with the script. From the environment: CHROOT, MIRROR.

set -eu
here=$(cd "$(dirname "$0")" && pwd)
release=${1:-trixie}
[ $# -eq 0 ] || shift
CHROOT=${CHROOT:-/var/tmp/vicc-$release}
MIRROR=${MIRROR:-http://deb.debian.org/debian}
PATH=$PATH:/usr/sbin:/sbin

if [ -z "${OTHER_DEBIAN_INSIDE:-}" ]; then
	[ "$(id -u)" = 0 ] || { echo "other-debian: only root can do that" >&2; exit 1; }
	if [ ! -e "$CHROOT/etc/debian_version" ]; then
		command -v debootstrap >/dev/null || { echo "other-debian: no debootstrap" >&2; exit 1; }
		script=/usr/share/debootstrap/scripts/$release
		[ -e "$script" ] || script=${script%/*}/sid # a release newer than debootstrap
		debootstrap --variant=minbase "$release" "$CHROOT" "$MIRROR" "$script"
	fi
	export CHROOT OTHER_DEBIAN_INSIDE=1
	exec unshare -m "$0" "$release" "$@"
fi

mount --make-rprivate /
mount --bind "$CHROOT" "$CHROOT" # a mount point: pcscd's tests make namespaces in it
mount -t proc proc "$CHROOT/proc"
mount -t sysfs sysfs "$CHROOT/sys"
mount --rbind /dev "$CHROOT/dev"
mkdir -p "$CHROOT/src"
mount --bind "$here/.." "$CHROOT/src"
cp /etc/resolv.conf "$CHROOT/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$CHROOT/usr/sbin/policy-rc.d" # no daemon is started
chmod +x "$CHROOT/usr/sbin/policy-rc.d"

# shellcheck disable=SC2016
exec chroot "$CHROOT" env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -euc '
cd /src
packaging/install-packages.sh build run test
# clients that `make test` does without
for package in krb5-admin-server krb5-kdc krb5-pkinit krb5-user pkcs11-provider yubikey-manager; do
	dpkg-query -W "$package" >/dev/null 2>&1 ||
	    apt-get install -q -y --no-install-recommends "$package" || true
done
[ -e /build/build.ninja ] || meson setup /build
ninja -C /build
exec meson test -C /build --no-rebuild "$@"' sh "$@"

#!/bin/bash
# How the driver starts, and what it says when it cannot: each case with a pcscd of its own.
here=$(cd "$(dirname "$0")" && pwd)
with=$here/with-pcscd.sh
python=${1:-/usr/bin/python3}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

$with true
[ $? -ne 77 ] || exit 77

check() {
	if [ "$2" -eq 0 ]; then
		echo "ok     $1"
	else
		echo "FAILED $1"
		failed=1
	fi
}

card_works="import sys; sys.path.insert(0, '$here')
from badcard import Card
from pcsc import OK, PRESENT, Reader
reader = Reader('Virtual PCD 00 00')
card = Card(port=int(sys.argv[1]))
reader.wait(PRESENT)
assert reader.connect().transmit()[0] == OK
card.close()"

# the line that users look for
$with -- grep -q 'Attempting startup of Virtual PCD 00 01 using .*libifdvpcd.so' /run/vpcd/pcscd.log
check "pcscd -d shows the driver loading" $?

# an entry is complete at LIBPATH; pcscd then calls IFDHCreateChannel
printf 'FRIENDLYNAME "Virtual PCD"\nCHANNELID 0x8D00\nLIBPATH @LIBPATH@\n' >"$tmp/channel"
$with --conf "$tmp/channel" "$python" -c "$card_works" 36096
check "an entry with CHANNELID only" $?

$with --no-ipv6 "$python" -c "$card_works" 35963
check "no IPv6 on this machine" $?

# a chroot may have no /etc/hosts
$with --device localhost:7001:slots=1 bash -c '{ [ ! -e /etc/hosts ] || mount --bind /dev/null /etc/hosts; } && "$@"' - \
    "$python" -c "import sys; sys.path.insert(0, '$here')
from modes import waiting
from pcsc import PRESENT, Reader
card = waiting(host='127.0.0.1', port=7001)
Reader('Virtual PCD 00 00').wait(PRESENT)
card.close()"
check "localhost without a name service" $?

# one bad entry: its error names it, the others work
$with --device /dev/null:0x8C7B --device /dev/null:0x8C7B bash -c \
    'grep -q "DEVICENAME /dev/null:0x8C7B: cannot use listen:35963" $PCSCD_LOG && "$@"' - \
    "$python" -c "$card_works" 35963
check "a port that is in use" $?

for name in /dev/null:70000 /dev/null:1000:slots=0 /dev/null:1000:colour=red localhost:0; do
	$with --device /dev/null:0x8C7B --device $name bash -c \
	    'grep -qF "DEVICENAME $0: " $PCSCD_LOG && "$@"' $name "$python" -c "$card_works" 35963
	check "refused: $name" $?
done

says() {
	$with --device "$1" grep -q "$2" /run/vpcd/pcscd.log
	check "$1: $2" $?
}
says /dev/null@192.0.2.1:5000 'cannot use listen:192.0.2.1:5000: Cannot assign requested address'
says /dev/null@/nonexistent/x: 'cannot use listen:unix:/nonexistent/x: No such file'
says no-such-host.invalid:5000 'unknown host "no-such-host.invalid"'

# pcscd ends at once although a card thinks
$with --device /dev/null:0x8C7B:apdu-timeout=60 "$python" -c "
import sys, threading, time; sys.path.insert(0, '$here')
from badcard import Card
from pcsc import PRESENT, Reader
import os, signal
reader = Reader()
card = Card('never')
reader.wait(PRESENT)
handle = reader.connect()
threading.Thread(target=handle.transmit, daemon=True).start()
time.sleep(0.3)
pid = int(os.environ['PCSCD_PID'])
start = time.monotonic()
os.kill(pid, signal.SIGTERM)
assert card.wait(30), 'pcscd waits for the card'
def runs():
    try:
        return open('/proc/%d/stat' % pid).read().split()[2] != 'Z'
    except OSError:
        return False
while runs():
    assert time.monotonic() - start < 30, 'pcscd does not end'
    time.sleep(0.01)
print('       ended after %.2f s' % (time.monotonic() - start), flush=True)
os._exit(33)
" >"$tmp/end" 2>&1
grep -q 'ended after' "$tmp/end"
status=$?
grep -h 'ended after' "$tmp/end" || cat "$tmp/end"
check "pcscd ends although a card does not answer" $status

exit $failed

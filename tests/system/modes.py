#!/usr/bin/python3
"""Every way to reach a card, side by side in one pcscd.

    with-pcscd.sh $(modes.py --options) modes.py
"""
import os
import socket
import sys

from badcard import Card, listener
from pcsc import EMPTY, OK, PRESENT, SELECT, Reader, readers, run

SOCKETS = "/run/vpcd"

# DEVICENAME of an entry, its slots, and how a card gets into slot n
ENTRIES = [
    ("/dev/null:0x8C7B:slots=4", 4, lambda n, **kw: Card(port=35963 + n, **kw)),
    ("127.0.0.1:7001", 2, lambda n, **kw: waiting(host="127.0.0.1", port=7001 + n, **kw)),
    ("::1:7011:slots=1", 1, lambda n, **kw: waiting(host="::1", port=7011 + n, **kw)),
    ("/dev/null@::1:7021", 2, lambda n, **kw: Card(host="::1", port=7021 + n, **kw)),
    ("/dev/null@0.0.0.0:7031:slots=1", 1, lambda n, **kw: Card(port=7031 + n, **kw)),
    ("/dev/null@%s/slot.sock:" % SOCKETS, 2,
     lambda n, **kw: Card(path=nth(SOCKETS + "/slot.sock", n), **kw)),
    ("unix:%s/card.sock:slots=2" % SOCKETS, 2,
     lambda n, **kw: waiting(path=nth(SOCKETS + "/card.sock", n), **kw)),
    ('"/dev/null@[::1]:7041:slots=1"', 1, lambda n, **kw: Card(host="::1", port=7041 + n, **kw)),
]


def nth(path, n):
    return path if n == 0 else "%s.%d" % (path, n)


def waiting(host=None, port=None, path=None, **kw):
    """A card that waits to be called."""
    server = listener(host, port, path)
    server.settimeout(5)
    sock, _ = server.accept()
    sock.settimeout(None)
    server.close()
    return Card(sock=sock, **kw)


def slots():
    for entry, (_, count, insert) in enumerate(ENTRIES):
        for n in range(count):
            yield "Virtual PCD %02d %02d" % (entry, n), n, insert


def test_all_readers_are_there():
    names = [name for name, _, _ in slots()]
    assert readers() == sorted(names), readers()


def test_cards_in_all():
    """Each card lands in its reader, all at the same time, and out again."""
    cards, handles = {}, {}
    for i, (name, n, insert) in enumerate(slots()):
        atr = bytes([0x3B, 0x02, 0xA0, i])
        cards[name] = insert(n, atr=atr)
        reader = Reader(name)
        reader.wait_atr(atr)
        handles[name] = reader.connect()
    for _ in range(3):
        for name, handle in handles.items():
            assert handle.transmit() == (OK, bytes(SELECT) + b"\x90\x00"), name
            assert handle.reset() == OK, name
    for name, card in cards.items():
        card.close()
        Reader(name).wait(EMPTY)
        handles[name].close()
    for name, n, insert in slots():  # and a second time: reversed readers call again
        card = insert(n)
        Reader(name).wait(PRESENT)
        card.close()


def test_both_families():
    for host in ("127.0.0.1", "::1"):
        reader = Reader()
        reader.wait(EMPTY)
        card = Card(host=host)
        reader.wait(PRESENT)
        assert reader.connect().transmit()[0] == OK, host
        card.close()


def listening(table):
    """(address, port) of listening sockets in this network namespace."""
    with open("/proc/net/" + table) as lines:
        fields = [line.split() for line in lines][1:]
    return [(f[1].split(":")[0], int(f[1].split(":")[1], 16)) for f in fields if f[3] == "0A"]


def test_loopback_only():
    """Without an address nobody outside can connect."""
    for table, loopback in (("tcp", "0100007F"), ("tcp6", "0" * 24 + "01000000")):
        mine = [a for a, port in listening(table) if 35963 <= port < 35967]
        assert len(mine) == 4 and set(mine) == {loopback}, (table, mine)
    assert ("00000000", 7031) in listening("tcp")  # asked for


def test_sockets_are_private():
    for name in ("slot.sock", "slot.sock.1"):
        assert os.stat(os.path.join(SOCKETS, name)).st_mode & 0o077 == 0, name


def test_descriptors_stay_here():
    """A program that pcscd would start inherits nothing of ours."""
    folder = "/proc/%s/fdinfo" % os.environ["PCSCD_PID"]
    for fd in os.listdir(folder):
        try:
            link = os.readlink(folder.replace("fdinfo", "fd") + "/" + fd)
            with open(os.path.join(folder, fd)) as info:
                flags = int(next(line for line in info if line.startswith("flags")).split()[1], 8)
        except FileNotFoundError:  # closed meanwhile: cards that wait are called again and again
            continue
        if link.startswith("socket:") and is_internet(link):
            assert flags & 0o2000000, "descriptor %s is not close-on-exec" % fd


def is_internet(link):
    inode = link[len("socket:["):-1]
    for table in ("tcp", "tcp6"):
        with open("/proc/net/" + table) as lines:
            if any(line.split()[9] == inode for line in list(lines)[1:]):
                return True
    return False


if __name__ == "__main__":
    if sys.argv[1:] == ["--options"]:
        print(" ".join("--device " + name for name, _, _ in ENTRIES))
        sys.exit(0)
    assert socket.has_ipv6
    run([test_all_readers_are_there, test_cards_in_all, test_both_families, test_loopback_only,
         test_sockets_are_private, test_descriptors_stay_here])

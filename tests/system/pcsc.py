"""PC/SC for system tests: pyscard's plain functions, with errors as numbers and waits that end.

Under with-pcscd.sh and /usr/bin/python3 (Debian: python3-pyscard)."""
import sys
import time
import traceback

try:
    from smartcard import scard
except ImportError:
    print("skipped: no pyscard for %s (Debian: python3-pyscard)" % sys.executable, file=sys.stderr)
    sys.exit(77)

OK = 0
REMOVED = 0x80100069
RESET = 0x80100068
NO_CARD = 0x8010000C
NOT_TRANSACTED = 0x80100016
PRESENT, EMPTY, MUTE = scard.SCARD_STATE_PRESENT, scard.SCARD_STATE_EMPTY, scard.SCARD_STATE_MUTE
BOTH = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
SELECT = [0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00]


def code(hresult):
    return hresult & 0xFFFFFFFF


def context():
    hr, ctx = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    assert hr == OK, scard.SCardGetErrorMessage(hr)
    return ctx


def readers():
    hr, names = scard.SCardListReaders(context(), [])
    return sorted(names) if hr == OK else []


class Reader:
    """One reader as one client sees it."""

    def __init__(self, name="Virtual PCD 00 00"):
        self.ctx = context()
        self.name = name
        self.state = scard.SCARD_STATE_UNAWARE
        self.atr = b""

    def poll(self, ms=0):
        """Waits for a change of state; True: there was one."""
        hr, states = scard.SCardGetStatusChange(self.ctx, ms, [(self.name, self.state)])
        if code(hr) == 0x8010000A:  # timeout
            return False
        assert hr == OK, scard.SCardGetErrorMessage(hr)
        self.state = states[0][1] & ~scard.SCARD_STATE_CHANGED
        self.atr = bytes(states[0][2])
        return True

    def wait(self, want, seconds=20.0):
        """Until the state has one of these bits; how long it took."""
        start = time.monotonic()
        self.poll()
        while not self.state & want:
            left = start + seconds - time.monotonic()
            assert left > 0, "%s: state 0x%x, not 0x%x, after %.1f s" % (
                self.name, self.state, want, seconds)
            self.poll(int(left * 1000) + 1)
        return time.monotonic() - start

    def is_empty(self):
        self.poll()
        return bool(self.state & EMPTY)

    def wait_atr(self, atr, seconds=20.0):
        """Until the card with this ATR is in."""
        start = time.monotonic()
        self.poll()
        while self.atr != atr or not self.state & PRESENT:
            left = start + seconds - time.monotonic()
            assert left > 0, "%s: ATR %s, not %s" % (self.name, self.atr.hex(), atr.hex())
            self.poll(int(left * 1000) + 1)

    def connect(self, mode=scard.SCARD_SHARE_SHARED, protocols=BOTH):
        hr, card, protocol = scard.SCardConnect(self.ctx, self.name, mode, protocols)
        assert hr == OK, "%s: connect: %s" % (self.name, scard.SCardGetErrorMessage(hr))
        return Handle(card, protocol)


class Handle:
    def __init__(self, card, protocol):
        self.card = card
        self.protocol = protocol

    def transmit(self, apdu=None):
        """(error, answer)"""
        pci = scard.SCARD_PCI_T1 if self.protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0
        hr, answer = scard.SCardTransmit(self.card, pci, list(SELECT if apdu is None else apdu))
        return code(hr), bytes(answer)

    def reset(self, action=scard.SCARD_RESET_CARD):
        hr, protocol = scard.SCardReconnect(self.card, scard.SCARD_SHARE_SHARED, BOTH, action)
        if hr == OK:
            self.protocol = protocol
        return code(hr)

    def close(self, disposition=scard.SCARD_LEAVE_CARD):
        return code(scard.SCardDisconnect(self.card, disposition))


def run(tests):
    """Runs the functions, names each with its time, and exits."""
    failed = 0
    for test in tests:
        start = time.monotonic()
        try:
            test()
            verdict = "ok"
        except Exception:
            traceback.print_exc()
            verdict = "FAILED"
            failed += 1
        print("%-6s %s (%.2f s)" % (verdict, test.__name__, time.monotonic() - start), flush=True)
    sys.exit(1 if failed else 0)

"""How a terminal of ours reaches a vicc: over the virtual reader's wire, or as PC/SC clients do,
through a pcscd with our driver (EMRTD_PCSC in the environment, and tests/system/with-pcscd.sh)."""
import os
import socket
import subprocess
import time

PATIENCE = 60  # seconds that a card may take to be made


def run(options):
    return subprocess.Popen([os.environ["VICC"], *options], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


class Wire:
    """The reader's end of the wire; vicc ends when it is closed."""

    def __init__(self, folder, options):
        path = os.path.join(folder, "reader")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        listener.settimeout(0.2)
        self.process = run([*options, "--connect", "unix:" + path, "--once"])
        self.socket = None
        end = time.monotonic() + PATIENCE
        while self.socket is None and self.process.poll() is None and time.monotonic() < end:
            try:
                self.socket = listener.accept()[0]
            except socket.timeout:
                pass
        listener.close()
        if self.socket is not None:
            self.send(b"\1")

    def ready(self):
        return self.socket is not None

    def send(self, frame):
        self.socket.sendall(len(frame).to_bytes(2, "big") + frame)

    def receive(self):
        def exactly(n):
            data = b""
            while len(data) < n:
                piece = self.socket.recv(n - len(data))
                assert piece, "the card has gone"
                data += piece
            return data
        return exactly(int.from_bytes(exactly(2), "big"))

    def transmit(self, apdu):
        self.send(apdu)
        return self.receive()

    def reset(self):
        self.send(b"\2")

    def atr(self):
        self.send(b"\4")
        return self.receive()

    def leave(self):
        self.socket.close()


class Pcsc:
    """A slot of pcscd. One card at a time: the one before is taken out."""
    last = None

    def __init__(self, _, options):
        from smartcard import scard
        self.scard = scard
        if Pcsc.last is not None:
            Pcsc.last.leave()
        Pcsc.last = self
        self.context = self.ok(scard.SCardEstablishContext(scard.SCARD_SCOPE_USER))
        self.card = None
        self.process = run(options)
        end = time.monotonic() + PATIENCE
        while self.card is None and self.process.poll() is None and time.monotonic() < end:
            rc, card, self.protocol = scard.SCardConnect(
                self.context, self.slot(), scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T1)
            if rc == 0:
                self.card = card
            else:
                time.sleep(0.01)

    def ready(self):
        return self.card is not None

    def ok(self, result):
        assert result[0] == 0, self.scard.SCardGetErrorMessage(result[0])
        return result[1] if len(result) == 2 else result[1:]

    def slot(self):
        end = time.monotonic() + PATIENCE
        while True:
            rc, names = self.scard.SCardListReaders(self.context, [])
            if rc == 0 and names:
                return sorted(names)[0]
            assert time.monotonic() < end, "pcscd has no reader"
            time.sleep(0.05)

    def transmit(self, apdu):
        return bytes(self.ok(self.scard.SCardTransmit(self.card, self.protocol, list(apdu))))

    def reset(self):
        scard = self.scard
        self.protocol = self.ok(scard.SCardReconnect(
            self.card, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T1,
            scard.SCARD_RESET_CARD))

    def atr(self):
        return bytes(self.ok(self.scard.SCardStatus(self.card))[3])

    def leave(self):
        """The card is taken out, and pcscd has noticed."""
        if self.context is None:
            return
        if self.card is not None:
            self.scard.SCardDisconnect(self.card, self.scard.SCARD_LEAVE_CARD)
        if self.process.poll() is None:
            self.process.terminate()
        end = time.monotonic() + PATIENCE
        state = self.scard.SCARD_STATE_PRESENT
        while state & self.scard.SCARD_STATE_PRESENT and time.monotonic() < end:
            state = self.ok(self.scard.SCardGetStatusChange(
                self.context, 0, [(self.slot(), self.scard.SCARD_STATE_UNAWARE)]))[0][1]
            time.sleep(0.005)
        self.scard.SCardReleaseContext(self.context)
        self.context = None
        Pcsc.last = None


def reach(folder, options):
    """A running vicc and the way to it."""
    reader = (Pcsc if os.environ.get("EMRTD_PCSC") else Wire)(folder, options)
    if reader.ready():
        return reader
    reader.process.kill()
    raise AssertionError("no card: " + reader.process.communicate()[1])

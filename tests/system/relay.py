#!/usr/bin/python3
"""A relayed card, one and two levels deep, in a pcscd of four slots, which is restarted at the end.

    with-pcscd.sh --device /dev/null:0x8C7B:slots=4 relay.py
"""
import os
import signal
import subprocess
import sys
import threading
import time

from pcsc import EMPTY, NO_CARD, OK, PRESENT, REMOVED, Reader, readers, run

VICC = os.environ["VICC"]
PORT = 35963
SLOT = ["Virtual PCD 00 %02d" % n for n in range(4)]


class Vicc:
    """vicc in slot n, until the block ends."""

    def __init__(self, n, *options):
        self.reader = Reader(SLOT[n])
        self.process = subprocess.Popen(
            [VICC, "-P", str(PORT + n), *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.output = self.process.communicate(timeout=30)
        return self.process.returncode


def relay(n, source, *options):
    return Vicc(n, "-t", "relay", "--reader", source, *options)


def refused(*options):
    p = subprocess.run([VICC, *options], capture_output=True, text=True, timeout=60)
    return p.returncode, p.stderr


def test_one_level():
    with Vicc(0, "-t", "piv") as card:
        card.reader.wait(PRESENT)
        with relay(1, "0") as ours:
            ours.reader.wait(PRESENT)
            assert ours.reader.atr == card.reader.atr and ours.reader.atr
            handle = ours.reader.connect()
            select = [0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00]
            error, answer = handle.transmit(select)
            assert error == OK and answer[-2:] == b"\x90\x00" and answer[0] == 0x61, answer
            handle.close()
    card.reader.wait(EMPTY)


def test_two_levels():
    """The largest command and the largest answer that a frame carries, and reset."""
    with Vicc(0, "-t", "handler_test") as card:
        card.reader.wait(PRESENT)
        with relay(1, "00 00") as one:
            one.reader.wait(PRESENT)
            with relay(2, SLOT[1]) as two:
                two.reader.wait(PRESENT)
                handle = two.reader.connect()
                largest = [0x80, 0x12, 0, 0, 0, 0xFF, 0xF8] + [0xA5] * 65528
                assert handle.transmit(largest) == (OK, b"\x90\x00")
                error, answer = handle.transmit([0x80, 0x00, 0, 0x5A, 0, 0xFF, 0xFD])
                assert error == OK, hex(error)
                assert answer == b"\x5a" * 65533 + b"\x90\x00", len(answer)
                assert handle.reset() == OK
                assert handle.transmit([0x80, 0x34, 0, 4, 4]) == (OK, bytes(range(4)) + b"\x90\x00")
                handle.close()


def chain(*options):
    """A card and two relays: what is at the end, and how to close it all."""
    links = [Vicc(0, *options)]
    links[0].reader.wait(PRESENT)
    for n in (1, 2):
        links.append(relay(n, SLOT[n - 1]))
        links[n].reader.wait(PRESENT)
    handle = links[2].reader.connect()

    def close():
        handle.close()
        for link in reversed(links):
            link.stop()
        for link in links:
            link.reader.wait(EMPTY)
    return handle, close


def fetch(handle, command):
    """The whole answer, in the short form's pieces."""
    error, answer = handle.transmit(command)
    assert error == OK, hex(error)
    while answer[-2] == 0x61:
        error, more = handle.transmit([0x00, 0xC0, 0x00, 0x00, answer[-1]])
        assert error == OK and len(more) > 2, hex(error)
        answer = answer[:-2] + more
    return answer


def test_identity_card():
    """EAC through two relays: PACE with the PIN, terminal and chip authentication, a data group."""
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cards"))
    try:
        import npa_terminal
    except SystemExit:
        print("left out: no cryptography for Python")
        return

    class Relayed(npa_terminal.TestCase):
        class Card:
            def __init__(self, pki):
                self.handle, self.close = chain("-t", "nPA", "--export-pki", pki)

            def transmit(self, command):
                return fetch(self.handle, list(command))

        def make_card(self):
            return self.Card(self.pki)

        def runTest(self):
            self.refused("token", "63C2", self.t.pace, npa_terminal.PIN, b"999999")
            self.authenticate()
            self.t.select(npa_terminal.eac.EID)
            assert b"ERIKA" in self.t.read(4), "given names"
            # a reset of the relayed card ends the session of the real one
            assert self.card.handle.reset() == OK
            self.t.forget()
            assert self.t.command(0xB0, 0x84, 0, le=0)[1] != "9000"
            self.open()

    result = Relayed().run()
    for _, text in result.failures + result.errors:
        raise AssertionError(text)
    assert result.testsRun == 1


def test_piv():
    """A certificate and a signature of its key through two relays, in commands of both lengths."""
    try:
        from cryptography import x509
    except ImportError:
        print("left out: no cryptography for Python")
        return
    handle, close = chain("-t", "piv", "--generate", "9a:rsa2048")
    select = [0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00]
    assert fetch(handle, select)[-2:] == b"\x90\x00"
    name = [0x5C, 0x03, 0x5F, 0xC1, 0x05]
    answer = fetch(handle, [0x00, 0xCB, 0x3F, 0xFF, 5, *name, 0])
    assert answer[-2:] == b"\x90\x00" and answer[:2] == b"\x53\x82" and answer[4:6] == b"\x70\x82"
    assert handle.transmit([0x00, 0xCB, 0x3F, 0xFF, 0, 0, 5, *name, 0, 0]) == (OK, answer)
    size = int.from_bytes(answer[6:8], "big")
    public = x509.load_der_x509_certificate(answer[8:8 + size]).public_key().public_numbers()
    assert fetch(handle, [0x00, 0x20, 0, 0x80, 8, *b"123456\xff\xff"]) == b"\x90\x00"
    block = b"\x00\x01" + b"\xff" * 202 + b"\x00" + bytes(range(51))
    template = b"\x7c\x82\x01\x06\x82\x00\x81\x82\x01\x00" + block
    head = [0x87, 0x07, 0x9A]
    error, answer = handle.transmit(
        [0x00, *head, 0, *len(template).to_bytes(2, "big"), *template, 0, 0])
    assert error == OK and answer[-2:] == b"\x90\x00", (hex(error), answer[-2:])
    signature = int.from_bytes(answer[8:-2], "big")
    assert pow(signature, public.e, public.n) == int.from_bytes(block, "big")
    # the same in two chained commands and GET RESPONSE
    assert handle.transmit([0x10, *head, 255, *template[:255]]) == (OK, b"\x90\x00")
    rest = template[255:]
    assert fetch(handle, [0x00, *head, len(rest), *rest, 0]) == answer
    close()


def test_opensc_tool():
    with Vicc(0, "--init", "demo") as card:
        card.reader.wait(PRESENT)
        with relay(1, "0") as one, relay(2, "1") as two:
            one.reader.wait(PRESENT)
            two.reader.wait(PRESENT)
            tool = subprocess.run(
                ["opensc-tool", "-r", SLOT[2], "-s", "00A4000C023F00", "-s", "0084000008"],
                capture_output=True, text=True, timeout=30)
            assert tool.returncode == 0, tool.stderr
            assert tool.stdout.count("SW1=0x90, SW2=0x00") == 2, tool.stdout


def test_reset_is_the_cards():
    """What a reset forgets, the real card forgets."""
    with Vicc(0, "--init", "demo") as card:
        card.reader.wait(PRESENT)
        with relay(1, "0") as ours:
            ours.reader.wait(PRESENT)
            handle = ours.reader.connect()
            assert handle.transmit([0, 0x70, 0, 0, 1]) == (OK, b"\x01\x90\x00")
            assert handle.transmit([0, 0x70, 0, 0, 1]) == (OK, b"\x02\x90\x00")
            assert handle.reset() == OK
            assert handle.transmit([0, 0x70, 0, 0, 1]) == (OK, b"\x01\x90\x00")
            handle.close()


def test_pulled_under_load():
    """The card leaves and comes back; so does ours, and a client sees nothing else."""
    with relay_of_absent() as ours:
        stop = threading.Event()
        counts = {"answers": 0, "removals": 0}

        def load():
            reader = Reader(SLOT[1])
            while not stop.is_set():
                if reader.is_empty():
                    reader.poll(200)
                    continue
                try:
                    handle = reader.connect()
                except AssertionError:
                    continue
                error, answer = handle.transmit([0x80, 0x34, 0, 4, 4])
                while error == OK and not stop.is_set():
                    assert answer == bytes(range(4)) + b"\x90\x00", answer.hex()
                    counts["answers"] += 1
                    error, answer = handle.transmit([0x80, 0x34, 0, 4, 4])
                counts["removals"] += 1
                handle.close()

        client = threading.Thread(target=load)
        client.start()
        try:
            for _ in range(8):
                with Vicc(0, "-t", "handler_test"):
                    ours.reader.wait(PRESENT)
                    before = counts["answers"]
                    deadline = time.monotonic() + 20
                    while counts["answers"] < before + 20:
                        assert time.monotonic() < deadline, counts
                        time.sleep(0.01)
                ours.reader.wait(EMPTY)
        finally:
            stop.set()
            client.join()
        assert counts["removals"] >= 8, counts
        assert ours.process.poll() is None


def serves():
    try:
        return len(readers()) == len(SLOT)
    except AssertionError:
        return False


def restart(pid, how):
    """Another pcscd's PID."""
    deadline = time.monotonic() + 30
    os.kill(pid, how)
    while os.path.exists("/proc/%d" % pid):
        assert time.monotonic() < deadline, "pcscd does not end"
        time.sleep(0.05)
    start = subprocess.run([os.environ["PCSCD_START"]], stdout=subprocess.PIPE, check=True)
    while not serves():
        assert time.monotonic() < deadline, "pcscd does not start"
        time.sleep(0.05)
    return int(start.stdout)


def test_service_restarts():
    """The relay outlives pcscd, ended and killed, with the card in use and not."""
    pid = int(os.environ["PCSCD_PID"])
    card = Vicc(0, "-t", "handler_test")
    ours = relay(1, SLOT[0])

    def works():
        for slot in SLOT[:2]:
            Reader(slot).wait(PRESENT)
        handle = Reader(SLOT[1]).connect()
        assert handle.transmit([0x80, 0x34, 0, 4, 4]) == (OK, bytes(range(4)) + b"\x90\x00")
        return handle

    with card, ours:
        for how, used in ((signal.SIGTERM, True), (signal.SIGKILL, True), (signal.SIGTERM, False)):
            handle = works()
            if not used:
                handle.close()
            pid = restart(pid, how)
        works().close()
        assert ours.process.poll() is None


def relay_of_absent():
    """It waits for a card, and does not connect before there is one."""
    ours = relay(1, "0")
    time.sleep(0.3)
    assert ours.process.poll() is None
    assert ours.reader.is_empty()
    return ours


def test_leaves_and_returns():
    """Removal and return of the real card are removal and return of the relayed one."""
    with Vicc(0) as card:
        card.reader.wait(PRESENT)
        with relay(1, "0") as ours:
            ours.reader.wait(PRESENT)
            card.stop()
            card.reader.wait(EMPTY)
            ours.reader.wait(EMPTY)
            with Vicc(0) as again:
                again.reader.wait(PRESENT)
                ours.reader.wait(PRESENT)


def test_others_go_on():
    """A relayed card that takes its time keeps nobody else of the process waiting."""
    with Vicc(0, "-t", "handler_test") as card:
        card.reader.wait(PRESENT)
        with Vicc(1, "-t", "relay", "--card", "-t", "handler_test") as both:
            other = Reader(SLOT[2])
            both.reader.wait(PRESENT)
            other.wait(PRESENT)
            slow, quick = both.reader.connect(), other.connect()
            done = []
            thread = threading.Thread(
                target=lambda: done.append(slow.transmit([0x80, 0x38, 0, 3])))
            thread.start()
            time.sleep(0.1)
            assert quick.transmit([0x80, 0x30, 0, 0]) == (OK, b"\x90\x00")
            assert not done
            thread.join()
            assert done == [(OK, b"\x90\x00")], done
            slow.close()
            quick.close()


def test_no_such_reader():
    status, text = refused("-t", "relay", "--reader", "99", "-P", str(PORT + 1))
    assert status == 1 and "there is no such reader" in text, text
    for name in SLOT:
        assert name in text, text
    status, text = refused("-t", "relay", "--reader", "Omnikey", "-P", str(PORT + 1))
    assert status == 1 and SLOT[3] in text, text


def test_once_without_a_card():
    status, text = refused("-t", "relay", "--once", "-P", str(PORT + 1))
    assert status == 1 and "no card" in text, text
    status, text = refused("-t", "relay", "--once", "-R", "-P", "4711")
    assert status == 1 and "no card" in text, text


def test_own_slot():
    status, text = refused("-t", "relay", "--reader", "0")
    assert status == 1 and "is the reader that this card is for" in text, text
    with Vicc(0) as card:
        card.reader.wait(PRESENT)
        status, text = refused("-t", "relay", "--reader", "0")
        assert status == 1 and "is the reader that this card is for" in text, text
        assert text.count("\n") == 1, text


def test_no_library():
    status, text = refused("-t", "relay", "--pcsc-library", "/nowhere.so", "-P", str(PORT + 1))
    assert status == 1 and "/nowhere.so" in text and len(text.splitlines()) == 1, text


if __name__ == "__main__":
    assert REMOVED and NO_CARD
    run([test_one_level, test_two_levels, test_identity_card, test_piv, test_opensc_tool,
         test_reset_is_the_cards,
         test_pulled_under_load, test_leaves_and_returns, test_others_go_on, test_no_such_reader,
         test_once_without_a_card, test_own_slot, test_no_library, test_service_restarts])

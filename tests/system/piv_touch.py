#!/usr/bin/env python3
"""Keys that want a touch: --touch signal and its neighbours, and that other cards go on meanwhile.
VICC and VICC_RUN name the programs."""
import os
import pty
import select
import signal
import subprocess
import sys
import unittest

import outcome
from vicc_reader import PATIENCE, Reader, Vicc

try:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
except ImportError:
    print("skipped: no cryptography (Debian: apt install python3-cryptography)", file=sys.stderr)
    sys.exit(77)

MGM = bytes(range(16))
FIXED = ("-t", "piv", "--pin", "123456", "--puk", "12345678", "--mgm-key", "aes128:" + MGM.hex())
SIGN = "0087119E267C2482008120" + "5A" * 32 + "00"
NEVER, ALWAYS, CACHED = 1, 2, 3
TIMEOUT = 15  # seconds that a card waits


def prove(call):
    """The card management key."""
    challenge = bytes.fromhex(call("0087089B047C02810000")[8:-4])
    answer = Cipher(algorithms.AES(MGM), modes.ECB()).encryptor().update(challenge)
    return call("0087089B147C128210" + answer.hex() + "00")


def make_key(call, policy):
    """9E, which wants no PIN, with a touch policy."""
    assert prove(call) == "9000"
    assert call(f"0047009E08AC06800111AB01{policy:02X}00").endswith("9000")


class Touch(unittest.TestCase):
    def insert(self, *options, cards=1):
        self.reader = Reader()
        self.addCleanup(self.reader.close)
        self.vicc = Vicc(*FIXED, *options, "-P", self.reader.port)
        self.addCleanup(self.vicc.__exit__)
        links = [self.reader.accept() for _ in range(cards)]
        for link in links:
            link.sock.settimeout(PATIENCE + TIMEOUT)
            link.control(1)
        return links

    def touch(self):
        self.vicc.process.send_signal(signal.SIGUSR1)

    def test_signal(self):
        (link,) = self.insert("--touch", "signal")
        make_key(link.call, ALWAYS)
        for _ in range(2):
            link.send(bytes.fromhex(SIGN))
            self.vicc.lines.clear()
            self.vicc.expect(f"kill -USR1 {self.vicc.process.pid}")
            self.touch()
            self.assertTrue(link.recv().endswith(b"\x90\0"))

    def test_before(self):
        """A touch that nobody waited for is for the next one, once; without one: 6982, and the card
        is as it was."""
        (link,) = self.insert("--touch", "signal")
        make_key(link.call, ALWAYS)
        self.touch()
        self.touch()
        self.assertTrue(link.call(SIGN).endswith("9000"))
        self.assertEqual(link.call(SIGN), "6982")
        self.assertTrue(link.call("00CB3FFF035C017E00").endswith("9000"))

    def test_policies(self):
        (link,) = self.insert("--touch", "signal")
        make_key(link.call, NEVER)
        self.assertTrue(link.call(SIGN).endswith("9000"))
        make_key(link.call, CACHED)
        self.touch()
        for _ in range(3):
            self.assertTrue(link.call(SIGN).endswith("9000"))

    def test_management_key(self):
        (link,) = self.insert("--touch", "signal")
        self.assertEqual(prove(link.call), "9000")
        self.assertEqual(link.call("00FFFFFE13089B10" + MGM.hex()), "9000")
        self.touch()
        self.assertEqual(prove(link.call), "9000")

    def test_given_and_program(self):
        (link,) = self.insert()
        make_key(link.call, ALWAYS)
        self.assertTrue(link.call(SIGN).endswith("9000"))
        for program, sw in (('test "$1" = 9e', "9000"), ("false", "6982"), ("exit 3", "6982"),
                            ("/nowhere/program", "6982")):
            (link,) = self.insert("--touch", program)
            make_key(link.call, ALWAYS)
            self.assertTrue(link.call(SIGN).endswith(sw), program)

    def test_no_terminal(self):
        reader = Reader()
        self.addCleanup(reader.close)
        with Vicc(*FIXED, "--touch", "ask", "-P", reader.port, preexec=os.setsid) as vicc:
            link = reader.accept()
            link.control(1)
            make_key(link.call, ALWAYS)
            self.assertEqual(link.call(SIGN), "6982")
            vicc.expect("--touch ask: there is no terminal")

    def test_terminal(self):
        """Enter is a touch, if it comes after the question; anything else is none."""
        outcome.need_terminals(self)
        reader = Reader()
        self.addCleanup(reader.close)
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(os.environ["VICC"], ["vicc", *FIXED, "--touch", "ask", "-P",
                                          str(reader.port)])
        self.addCleanup(os.close, terminal)
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(os.kill, pid, signal.SIGTERM)
        link = reader.accept()
        link.sock.settimeout(PATIENCE + TIMEOUT)
        link.control(1)
        make_key(link.call, ALWAYS)
        for before, typed, sw in ((b"", b"\n", b"\x90\0"), (b"", b"no\n", b"\x69\x82"),
                                  (b"\n\n", b"no\n", b"\x69\x82"), (b"", b"\n", b"\x90\0")):
            os.write(terminal, before)
            self.read_until(terminal, before.replace(b"\n", b"\r\n"))
            link.send(bytes.fromhex(SIGN))
            self.read_until(terminal, b"(Enter) ")
            os.write(terminal, typed)
            self.assertTrue(link.recv().endswith(sw), (before, typed))

    def test_background(self):
        """There a question would stop the process, and with it every card in it."""
        outcome.need_terminals(self)
        reader = Reader()
        self.addCleanup(reader.close)
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvp("bash", ["bash", "-mc", '"$0" "$@" & wait', os.environ["VICC"], *FIXED,
                               "--touch", "ask", "--once", "-P", str(reader.port)])
        self.addCleanup(os.close, terminal)
        self.addCleanup(os.waitpid, pid, 0)  # when vicc has ended, because the reader is gone
        link = reader.accept()
        self.addCleanup(link.close)
        link.control(1)
        make_key(link.call, ALWAYS)
        self.assertEqual(link.call(SIGN), "6982")
        self.read_until(terminal, b"--touch ask: nobody can be asked from the background")
        self.assertEqual(link.call("00A4040005A000000308")[-4:], "9000")

    def read_until(self, terminal, end):
        text = b""
        while end not in text:
            self.assertTrue(select.select([terminal], [], [], PATIENCE)[0], text)
            text += os.read(terminal, 1)

    def test_others_go_on(self):
        """Twenty cards wait, more than there are workers; another one signs, and is not asked to
        wait for them. One touch is for all of them."""
        many = 20
        self.reader = Reader()
        self.addCleanup(self.reader.close)
        place = ["--connect", f"127.0.0.1:{self.reader.port}"]
        options = [*FIXED, *place]
        for _ in range(many):
            options += ["--card", *FIXED, "--touch", "signal", *place]
        self.vicc = Vicc(*options)
        self.addCleanup(self.vicc.__exit__)
        links = [self.reader.accept() for _ in range(many + 1)]
        free = None
        for link in links:
            link.control(1)
            make_key(link.call, ALWAYS)
        waiting = list(links)
        for link in links:
            link.send(bytes.fromhex(SIGN))
        # the one whose touch is given answers at once; nobody has touched the others
        while free is None:
            for link in waiting:
                link.sock.settimeout(0.05)
                try:
                    answer = link.recv()
                except TimeoutError:
                    continue
                self.assertTrue(answer.endswith(b"\x90\0"))
                free = link
                break
        waiting.remove(free)
        free.sock.settimeout(PATIENCE)
        for _ in range(20):
            self.assertTrue(free.call(SIGN).endswith("9000"))
        self.touch()
        for link in waiting:
            link.sock.settimeout(PATIENCE)
            self.assertTrue(link.recv().endswith(b"\x90\0"))

    def test_end(self):
        """SIGTERM does not wait for a touch."""
        (link,) = self.insert("--touch", "signal")
        make_key(link.call, ALWAYS)
        link.send(bytes.fromhex(SIGN))
        self.vicc.expect("kill -USR1")
        self.assertEqual(self.vicc.stop(), 0)

    def test_vicc_run(self):
        """There the signal goes to vicc-run, and to its command without the option."""
        script = ("trap 'echo mine; n=600' USR1; n=$1; kill -USR1 $PPID; "
                  "while [ $n -lt 600 ]; do sleep 0.05; n=$((n + 1)); done")
        for options, start, text in ((["--touch", "signal"], "580", ""), ([], "0", "mine\n")):
            done = subprocess.run([os.environ["VICC_RUN"], *FIXED, *options, "--", "sh", "-c",
                                   script, "sh", start], capture_output=True, text=True, timeout=60,
                                  check=False)
            self.assertEqual((done.returncode, done.stdout), (0, text), done.stderr)


if __name__ == "__main__":
    unittest.main()

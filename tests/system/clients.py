#!/usr/bin/env python3
"""PC/SC clients, through a pcscd of their own with our driver, to cards that vicc runs.

    VICC=build/vicc tests/system/with-pcscd.sh -- tests/system/clients.py [CLASS[.test]]...
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import outcome
from vicc_reader import PATIENCE, Vicc

try:
    from smartcard.Exceptions import CardConnectionException, NoCardException
    from smartcard.System import readers
    from smartcard.scard import SCARD_LEAVE_CARD, SCARD_RESET_CARD, SCARD_UNPOWER_CARD
except ImportError:
    print("skipped: no pyscard (Debian: apt install python3-pyscard)", file=sys.stderr)
    sys.exit(77)

ATR = "3BD6180080B1806D1F038051006110309E"  # of handler_test
SELECT = [0x00, 0xA4, 0x04, 0x00, 0x06, 0xA0, 0x00, 0x00, 0x00, 0x18, 0x50]
PORTS = (35963, 35964)


def tool(*args):
    return subprocess.run(args, capture_output=True, text=True, timeout=60, check=True).stdout


def reader(n):
    """The n-th slot, when pcscd has it."""
    end = time.monotonic() + PATIENCE
    while len(found := readers()) <= n:
        assert time.monotonic() < end, "pcscd has no such reader"
        time.sleep(0.05)
    return found[n]


def connect(n=0, **how):
    """A connection to the card in slot n, when it is there."""
    end = time.monotonic() + PATIENCE
    connection = reader(n).createConnection()
    while True:
        try:
            connection.connect(**how)
            return connection
        except (NoCardException, CardConnectionException):  # pcscd may be powering it just now
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def gone(n=0):
    """Has the card left slot n?"""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            connect_now = reader(n).createConnection()
            connect_now.connect()
            connect_now.disconnect()
        except NoCardException:
            return True
        except CardConnectionException:
            pass  # "unpowered": it is about to leave
        time.sleep(0.05)
    return False


class Case(unittest.TestCase):
    """The next test begins with empty slots."""

    def tearDown(self):
        for n in range(len(PORTS)):
            self.assertTrue(gone(n), f"the card in slot {n} did not leave")


class OpenSC(Case):
    def test_atr_and_apdus(self):
        with Vicc("-t", "handler_test"):
            connect().disconnect()
            self.assertEqual(
                tool("opensc-tool", "-r", "0", "-a").strip().replace(":", "").upper(), ATR)
            shown = tool("opensc-tool", "-r", "0", "-s", bytes(SELECT).hex(":"),
                         "-s", "80:34:00:10:10")
            self.assertEqual(shown.count("SW1=0x90, SW2=0x00"), 2)
            self.assertIn("00 01 02 03 04 05 06 07", shown)

    def test_two_ports_of_one_process(self):
        with Vicc("-t", "iso7816", "--card", "-t", "handler_test"):
            for slot in (0, 1):
                connect(slot).disconnect()
            atrs = [tool("opensc-tool", "-r", slot, "-a").strip() for slot in "01"]
            self.assertNotEqual(atrs[0], atrs[1])
            self.assertEqual(atrs[1].replace(":", "").upper(), ATR)

    def explore(self, *lines):
        """A script of opensc-explorer's, on the ISO card; what it printed."""
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "script")
            with open(script, "w", encoding="utf-8") as file:
                file.write("".join(line + "\n" for line in lines))
            return tool("opensc-explorer", "-r", "0", "-c", "default", script)

    def test_pin_of_the_iso_card(self):
        with Vicc("-t", "iso7816"):
            connect().disconnect()
            shown = self.explore(
                "verify CHV1 31:32:33:34", "verify CHV1 39:39:39:39",
                "change CHV1 31:32:33:34 35:36:37:38", "verify CHV1 35:36:37:38",
                "unblock CHV1 31:32:33:34:35:36:37:38 31:32:33:34", "verify CHV1 31:32:33:34")
        told = [line for line in shown.splitlines() if re.search("PIN|correct", line)]
        self.assertEqual(told, [
            "Code correct.", "Incorrect code, 2 tries left.", "PIN changed.", "Code correct.",
            "PIN unblocked.", "Code correct."])


@unittest.skipUnless(shutil.which("pcsc_scan"), "no pcsc_scan")
class PcscScan(Case):
    def test_scan(self):
        with Vicc("-t", "handler_test"):
            connect().disconnect()
            scan = subprocess.run(["timeout", "3", "pcsc_scan", "-n"], capture_output=True,
                                  text=True, check=False).stdout
        plain = re.sub(r"\x1b\[[0-9;]*m", "", scan)
        self.assertIn("Virtual PCD 00 00", plain)
        self.assertIn(" ".join(re.findall("..", ATR)), plain)
        self.assertIn("Card inserted", plain)


class Pyscard(Case):
    def test_transmit(self):
        with Vicc("-t", "handler_test"):
            card = connect()
            self.assertEqual(bytes(card.getATR()).hex().upper(), ATR)
            self.assertEqual(card.transmit(SELECT), ([], 0x90, 0x00))
            data, *status = card.transmit([0x80, 0x34, 0x00, 0x20, 0x20])
            self.assertEqual((bytes(data), status), (bytes(range(0x20)), [0x90, 0x00]))
            card.disconnect()

    def test_reset_reaches_the_card(self):
        with Vicc("-vv") as vicc:
            for how, event in ((SCARD_RESET_CARD, "power: reset"),
                               (SCARD_UNPOWER_CARD, "power: off")):
                card = connect(disposition=how)
                self.assertEqual(card.transmit([0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00])[1:],
                                 (0x90, 0x00))
                card.disconnect()
                vicc.expect(event)
            connect(disposition=SCARD_LEAVE_CARD).disconnect()

    def test_both_slots_at_once(self):
        with Vicc("-t", "handler_test"), Vicc("-t", "handler_test", "-P", PORTS[1]):
            cards = [connect(0), connect(1)]
            for _ in range(100):
                for card in cards:
                    self.assertEqual(card.transmit(SELECT), ([], 0x90, 0x00))
            for card in cards:
                card.disconnect()

    def test_card_comes_and_goes(self):
        for _ in range(5):
            with Vicc("-t", "handler_test") as vicc:
                card = connect()
                self.assertEqual(card.transmit(SELECT), ([], 0x90, 0x00))
                self.assertEqual(vicc.stop(), 0)
            with self.assertRaises(CardConnectionException):
                card.transmit(SELECT)
            card.disconnect()  # else it is disconnected, and the next card reset, when collected
            self.assertTrue(gone())

    def test_long_answers(self):
        with Vicc("-t", "handler_test"):
            card = connect()
            card.transmit(SELECT)
            data, *status = card.transmit([0x80, 0x34, 0x01, 0x00, 0x00])
            self.assertEqual((bytes(data), status), (bytes(range(256)), [0x90, 0x00]))
            card.disconnect()


if __name__ == "__main__":
    outcome.main()

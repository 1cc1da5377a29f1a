#!/usr/bin/env python3
"""The identity card against terminals of its own: every step of EAC and every refusal with eac.py, all
that is right with OpenPACE (openpace.py).

    VICC=build/vicc tests/cards/npa_terminal.py [--saved] [CLASS[.test]]...

With --saved the card lives in a file, and vicc is killed and started again wherever the card would
be reset.
"""
import datetime
import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "system"))

try:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
except ImportError:
    print("skipped: no cryptography (Debian: apt install python3-cryptography)", file=sys.stderr)
    sys.exit(77)

import eac  # noqa: E402
import openpace  # noqa: E402
from eac import (ALL, AT, CAN, CVCA, DV, FOREIGN, IS, MRZ, PIN, PUK, ST, TERMINAL,  # noqa: E402
                 Cert, Refused, chat, rights, tlv)
from vicc_reader import Reader, Vicc  # noqa: E402

DATA = os.path.join(HERE, "..", "data", "npa")
SAVED = False
MRZ_SECRET = hashlib.sha1(b"T220001293" b"6408125" b"2010315").digest()
AGE, COMMUNITY, RI, PRIVILEGED, CAN_ALLOWED, PIN_MANAGEMENT, INSTALL = 0, 1, 2, 3, 4, 5, 6


def read_dg(n):
    return 7 + n


def write_dg(n):
    return 54 - n


class Card:
    """A vicc and the link to it."""

    def __init__(self, folder, *options):
        self.reader = Reader()
        self.options = list(options)
        self.file = os.path.join(folder, "card.vsc")
        self.vicc = None
        self.start()

    def start(self):
        args = ["-t", "nPA", "-P", self.reader.port]
        if SAVED and os.path.exists(self.file):
            args = ["-f", self.file, "-P", self.reader.port]
        elif SAVED:
            args += ["-f", self.file] + self.options
        else:
            args += self.options
        self.vicc = Vicc(*args)
        try:
            self.link = self.reader.accept()
        except TimeoutError as timeout:
            raise AssertionError(f"no card: {self.vicc.process.stderr}") from timeout
        self.link.control(1)

    def transmit(self, command):
        self.link.send(command)
        answer = self.link.recv()
        while answer[-2] == 0x61:
            self.link.send(bytes([0x00, 0xC0, 0, 0, answer[-1]]))
            answer = answer[:-2] + self.link.recv()
        return answer

    def reset(self):
        if not SAVED:
            self.link.control(2)
            return
        self.vicc.__exit__()
        self.link.close()
        self.start()

    def close(self):
        self.vicc.__exit__()
        self.reader.close()


class TestCase(unittest.TestCase):
    options = ()

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.pki = os.path.join(self.folder, "pki")
        self.card = self.make_card()
        self.addCleanup(self.card.close)
        self.t = eac.Terminal(self.card.transmit)
        self.root = {}

    def make_card(self):
        return Card(self.folder, "--export-pki", self.pki, *self.options)

    def reset(self):
        self.card.reset()
        self.t.forget()

    def refused(self, step, sw, function, *args, **kwargs):
        with self.assertRaises(Refused) as caught:
            function(*args, **kwargs)
        self.assertIn(step, caught.exception.step)
        self.assertIn(caught.exception.sw, sw.split("/"), caught.exception.step)

    def cvca(self, kind=AT):
        """The CVCA that was exported, with its key."""
        prefix = {AT: "", IS: "is-", ST: "st-"}[kind]
        name = {AT: "DEVICCAT00001", IS: "DEVICCIS00001", ST: "DEVICCST00001"}[kind]
        if kind not in self.root:
            self.root[kind] = Cert(name, kind, CVCA, ALL[kind],
                                   eac.load(os.path.join(self.pki, f"{prefix}cvca.pkcs8")))
        return self.root[kind]

    def sectors(self):
        keys = []
        for n in (1, 2):
            with open(os.path.join(self.pki, f"sector{n}.key"), "rb") as file:
                keys.append(file.read())
        return keys

    def chain(self, kind=AT, bits=None, dv_bits=None, dv_role=DV, **kwargs):
        """A DV below the card's CVCA and a terminal below that; kwargs go to the terminal's."""
        dv = Cert("DETESTDV00001", kind, dv_role, ALL[kind] if dv_bits is None else dv_bits)
        dv.issue(self.cvca(kind))
        terminal = Cert("DETESTTM00001", kind, TERMINAL, ALL[kind] if bits is None else bits,
                        kwargs.pop("key", None), kwargs.pop("algorithm", (2, 3)))
        return [dv, terminal.issue(dv, **kwargs)]

    def open(self, password=PIN, secret=b"111111", kind=AT, bits=None):
        bits = ALL[kind] if bits is None else bits
        return self.t.pace(password, secret, chat(kind, bits))

    def authenticate(self, kind=AT, bits=None, password=None, secret=None, chain=None, data=b"",
                     number=1, pace_bits=None):
        """All of EAC; bits are the terminal certificate's."""
        password = password or (PIN if kind == AT else CAN)
        secret = secret or {PIN: b"111111", CAN: b"222222", PUK: b"3333333333"}[password]
        self.open(password, secret, kind, pace_bits)
        self.t.terminal_authentication(chain or self.chain(kind, bits), data)
        security = self.t.read(0x1D)
        self.assertGreater(len(security), 500)
        self.t.chip_authentication(eac.chip_keys(security)[1], 1)
        return security

    def sw(self, *args, **kwargs):
        return self.t.command(*args, **kwargs)[1]


class Passwords(TestCase):
    """PACE with each password, wrong ones, and the PIN's life."""

    def tries(self):
        data = tlv(0x80, self.t.oid(eac.PACE_OID)) + tlv(0x83, b"\x03")
        return self.sw(0x22, 0xC1, 0xA4, data)

    def wrong_pin(self, sw):
        self.refused("token", sw, self.t.pace, PIN, b"999999")

    def test_each(self):
        for password, secret in ((MRZ, MRZ_SECRET), (CAN, b"222222"), (PIN, b"111111"),
                                 (PUK, b"3333333333")):
            self.assertEqual(self.t.pace(password, secret), (None, None))
            self.assertEqual(self.t.read(0x1C)[0], 0x31)
            self.reset()

    def test_wrong(self):
        for password in (MRZ, CAN, PUK):
            for _ in range(5):
                self.refused("token", "6300", self.t.pace, password, b"000000")
        self.t.pace(CAN, b"222222")

    def test_terminals(self):
        """Which password opens PACE for whom, and which CARs are named."""
        for password, secret, kind, bits in (
                (PIN, b"111111", AT, 0), (CAN, b"222222", AT, rights(CAN_ALLOWED)),
                (CAN, b"222222", IS, ALL[IS]), (MRZ, MRZ_SECRET, IS, 0),
                (PIN, b"111111", ST, 3), (CAN, b"222222", ST, 3), (PUK, b"3333333333", ST, 0)):
            car, previous = self.t.pace(password, secret, chat(kind, bits))
            self.assertEqual(car, self.cvca(kind).name)
            self.assertIsNone(previous)
            self.reset()
        for password, kind, bits in ((CAN, AT, 0), (MRZ, AT, ALL[AT]), (PUK, AT, ALL[AT]),
                                     (PIN, IS, 0), (PUK, IS, 0), (MRZ, ST, 0)):
            self.refused("MSE", "6A80", self.t.pace, password, b"", chat(kind, bits))

    def test_suspend_resume_block(self):
        self.wrong_pin("63C2")
        self.reset()
        self.assertEqual(self.tries(), "63C2")
        self.wrong_pin("63C1")
        self.reset()
        self.assertEqual(self.tries(), "63C1")
        # suspended: not even the right one, and nothing is counted
        self.refused("nonce", "6985", self.t.pace, PIN, b"111111")
        self.reset()
        self.t.pace(CAN, b"222222")
        self.assertEqual(self.tries(), "63C1")
        self.t.pace(PIN, b"111111")
        self.assertEqual(self.t.mse, "63C1")
        self.reset()
        self.assertEqual(self.tries(), "9000")
        # the resumed state does not outlive the session
        self.wrong_pin("63C2")
        self.wrong_pin("63C1")
        self.t.pace(CAN, b"222222")
        self.reset()
        self.refused("nonce", "6985", self.t.pace, PIN, b"111111")
        self.t.pace(CAN, b"222222")
        self.wrong_pin("63C0")
        self.assertEqual(self.tries(), "63C0")
        self.refused("nonce", "6983", self.t.pace, PIN, b"111111")
        self.reset()
        self.assertEqual(self.tries(), "63C0")

    def test_wrong_can_does_not_resume(self):
        self.wrong_pin("63C2")
        self.wrong_pin("63C1")
        self.refused("token", "6300", self.t.pace, CAN, b"000000")
        self.refused("nonce", "6985", self.t.pace, PIN, b"111111")

    def test_unblock_ten_times(self):
        for _ in range(10):
            self.wrong_pin("63C2")
            self.t.pace(PUK, b"3333333333")
            self.assertEqual(self.sw(0x2C, 3, 3), "9000")
            self.t.forget()
            self.assertEqual(self.tries(), "9000")
        self.reset()
        self.t.pace(PUK, b"3333333333")
        self.assertEqual(self.sw(0x2C, 3, 3), "6983")

    def test_change(self):
        self.t.pace(PIN, b"111111")
        for bad in (b"12345", b"1234567", b"12345A", b"\x01\x02\x03\x04\x05\x06", b""):
            self.assertEqual(self.sw(0x2C, 2, 3, bad), "6A80", bad)
        self.assertEqual(self.sw(0x2C, 2, 2, b"654321"), "6982")
        self.assertEqual(self.sw(0x2C, 3, 3), "6982")
        self.assertEqual(self.sw(0x2C, 2, 3, b"123456"), "9000")
        self.reset()
        self.wrong_pin("63C2")
        self.refused("token", "63C1", self.t.pace, PIN, b"111111")
        self.t.pace(CAN, b"222222")
        self.assertEqual(self.sw(0x2C, 2, 3, b"111111"), "6982")
        self.t.pace(PIN, b"123456")

    def test_token_of_wrong_shape_costs_nothing(self):
        self.t.pace_select(PIN)
        self.t.authenticate("nonce", None)
        self.t.authenticate("mapping", 0x81, self.t.group.encode(self.t.group.mul(5)))
        self.refused("token", "6A80", self.t.authenticate, "token", 0x85, b"1234", cla=0)
        self.assertEqual(self.tries(), "9000")


class Killed(TestCase):
    """A saved card whose program is killed while it judges a PIN: no try comes back."""

    def tries(self):
        self.t.forget()
        self.t.pace_select(PIN)
        return 3 if self.t.mse == "9000" else int(self.t.mse[3])

    def test_kill(self):
        if not SAVED:
            self.skipTest("there is no file")
        group = self.t.group
        for n in range(16):
            before = self.tries()
            if before == 1:
                self.t.pace(PUK, b"3333333333")
                self.assertEqual(self.sw(0x2C, 3, 3), "9000")
                before = self.tries()
            self.t.pace_select(PIN)
            self.t.authenticate("nonce", None)
            self.t.authenticate("mapping", 0x81, group.encode(group.mul(5)))
            self.t.authenticate("agreement", 0x83, group.encode(group.mul(7)))
            self.card.link.send(bytes.fromhex("008600000C7C0A8508") + bytes(9))
            if n % 4 == 0:
                self.assertEqual(self.card.link.recv().hex().upper(), f"63C{before - 1}")
            time.sleep(n % 5 * 0.0005)
            self.card.vicc.process.kill()
            self.card.vicc.process.wait()
            self.card.link.close()
            self.card.start()
            after = self.tries()
            self.assertIn(after, (before - 1,) if n % 4 == 0 else (before, before - 1))


class Delay(TestCase):
    options = ("--auth-delay", "80")

    def took(self, *args):
        begin = time.monotonic()
        try:
            self.t.pace(*args)
            self.t.forget()
        except Refused:
            pass
        return time.monotonic() - begin

    def test_grows(self):
        """Wrong MRZ, CAN and PUK count together; at least the delays are waited for."""
        for n, (password, least) in enumerate(((CAN, 0), (PUK, 0.08), (MRZ, 0.16))):
            self.assertGreaterEqual(self.took(password, b"000000"), least, n)
        self.assertGreaterEqual(self.took(CAN, b"222222"), 0.24)
        self.took(PIN, b"999999")
        self.t.pace(PIN, b"111111")
        self.assertEqual(self.t.mse, "63C2")


class TransportPin(TestCase):
    options = ("--pin", "12345")

    def test_replaced(self):
        self.t.pace(PIN, b"12345")
        self.assertEqual(self.sw(0x2C, 2, 3, b"54321"), "6A80")
        self.assertEqual(self.sw(0x2C, 2, 3, b"543210"), "9000")
        self.reset()
        self.t.pace(PIN, b"543210")


class PaceValues(TestCase):
    """Keys that nobody should take."""

    def start(self):
        self.t.pace_select(CAN)
        self.t.authenticate("nonce", None)

    def test_mapping_key(self):
        p = eac.BP256.p
        for bad in (b"\x00", b"\x04" + bytes(64), b"\x04" + bytes(63), b"\x04" + b"\xff" * 64,
                    b"\x04" + p.to_bytes(32, "big") * 2, b"\x02" + bytes(32), b""):
            self.start()
            self.refused("mapping", "6A80/6300", self.t.authenticate, "mapping", 0x81, bad)
            self.refused("agreement", "6985", self.t.authenticate, "agreement", 0x83, bad)

    def test_reflected(self):
        """The chip's own keys sent back, as mapping and as agreement key."""
        group = self.t.group
        self.start()
        answer = self.t.authenticate("mapping", 0x81, group.encode(group.mul(3)))
        mapping = eac.find(answer, 0x82)
        self.refused("agreement", "6A80/6300", self.t.authenticate, "agreement", 0x83, b"\x00")
        # the mapping key again as agreement key is another group's element only by chance: the
        # token cannot be made, and nothing is open
        self.start()
        self.t.authenticate("mapping", 0x81, mapping)
        chip = eac.find(self.t.authenticate("agreement", 0x83, mapping), 0x84)
        self.assertEqual(len(chip), 65)
        self.refused("token", "6300", self.t.authenticate, "token", 0x85, bytes(8), cla=0)

    def test_token_not_last(self):
        """TR-03110-3 B.13.3. The token is not looked at: no try is spent."""
        self.t.pace_select(PIN)
        self.t.authenticate("nonce", None)
        self.t.authenticate("mapping", 0x81, self.t.group.encode(self.t.group.mul(5)))
        self.t.authenticate("agreement", 0x83, self.t.group.encode(self.t.group.mul(7)))
        self.refused("token", "6883", self.t.authenticate, "token", 0x85, bytes(8))
        self.refused("token", "6985", self.t.authenticate, "token", 0x85, bytes(8), cla=0)
        self.t.pace_select(PIN)
        self.assertEqual(self.t.mse, "9000")

    def test_again_after_failure(self):
        for _ in range(3):
            self.refused("token", "6300", self.t.pace, CAN, b"333333")
            # as AusweisApp2 ends it
            self.assertEqual(self.sw(0x22, 0xC1, 0xA4), "6A80")
        self.t.pace(CAN, b"222222")

    def test_answer_in_pieces(self):
        """GET RESPONSE between two steps is no interruption."""
        self.t.pace_select(CAN)
        first = self.card.link.call("10860000027C0005")
        self.assertEqual((len(first), first[-4:]), (14, "610F"))
        self.assertEqual(self.card.link.call("00C000000F")[-4:], "9000")
        self.t.authenticate("mapping", 0x81, self.t.group.encode(self.t.group.mul(5)))

    def test_inside_sm_chained_command(self):
        """PACE again in a session, in it a chain that another command breaks off."""
        self.t.pace(CAN, b"222222")
        self.t.pace_select(PIN)
        self.t.authenticate("nonce", None)
        self.assertEqual(self.sw(0xA4, 2, 0x0C, b"\x01\x1C"), "6883")
        self.assertEqual(self.sw(0xA4, 2, 0x0C, b"\x01\x1C"), "9000")
        self.refused("mapping", "6985", self.t.authenticate, "mapping", 0x81, b"")


class SecureMessaging(TestCase):
    def setUp(self):
        super().setUp()
        self.t.pace(CAN, b"222222")

    def lost(self):
        """Without a session: not even a protected command is understood."""
        self.assertEqual(self.card.transmit(bytes.fromhex(
            "0CB09C000D9701018E08000000000000000000")).hex().upper(), "6882")

    def test_lengths(self):
        """Cases 1 to 4, short and extended."""
        self.assertEqual(self.sw(0xA4, 0x02, 0x0C, b"\x01\x1C"), "9000")
        body, sw = self.t.command(0xB0, 0, 0, le=5)
        self.assertEqual((len(body), sw), (5, "9000"))
        body, sw = self.t.command(0xB0, 0, 0, le=0x10000)
        self.assertEqual(sw, "9000")
        self.assertEqual(self.t.command(0xB0, 0, len(body), le=1)[1], "6B00")
        self.assertEqual(self.t.command(0xB0, 0, len(body) - 1, le=5)[1], "6282")
        self.assertEqual(self.sw(0xA4, 0x00, 0x0C), "9000")
        self.assertEqual(self.sw(0xA4, 0x04, 0x0C, eac.EID), "9000")
        odd, sw = self.t.command(0xB1, 0x00, 0x1C, tlv(0x54, b"\x00"), le=0)
        self.assertEqual(sw, "6A82")

    def test_errors_inside_keep_it(self):
        for _ in range(3):
            self.assertEqual(self.sw(0xB0, 0x9D, 0, le=1), "6982")
            self.assertEqual(self.sw(0xFB, 0, 0), "6D00")
        self.assertEqual(self.sw(0xB0, 0x9C, 0, le=1), "9000")

    def test_no_mac(self):
        self.assertEqual(self.card.transmit(bytes.fromhex("0CB09C0003970101" + "00")).hex(), "6987")
        self.lost()

    def test_padding_indicator(self):
        """87 begins with 01. Another one is wrong, though the MAC is right."""
        for indicator in (b"\x00", b"\x02"):
            session = self.t.session
            ssc = (session.ssc + 1).to_bytes(16, "big")
            secret = eac.encrypt(session.suite.cipher(session.enc),
                                 session.suite.iv(session.enc, ssc), b"\x01\x1C" + bytes(14))
            objects = tlv(0x87, indicator, secret)
            header = bytes.fromhex("0CA4020C")
            mac = session.mac(session._counter() + eac.pad(header, 16) + eac.pad(objects, 16))
            body = objects + tlv(0x8E, mac)
            answer = self.card.transmit(header + bytes([len(body)]) + body + b"\x00")
            self.assertEqual(answer.hex(), "6988")
            self.t.forget()
            self.lost()
            self.t.pace(CAN, b"222222")

    def test_every_flipped_bit(self):
        """One in each byte of the data field."""
        at = 5
        while True:
            command = bytearray(self.t.session.wrap(0, 0xA4, 2, 0x0C, b"\x01\x1C", None))
            if at == len(command) - 1:
                break
            command[at] ^= 0x80 >> at % 8
            self.assertIn(self.card.transmit(bytes(command)).hex(), ("6987", "6988"), at)
            self.lost()
            self.t.forget()
            self.t.pace(CAN, b"222222")
            at += 1

        # a flipped bit in the header
        self.t.forget()
        self.t.pace(CAN, b"222222")
        command = bytearray(self.t.session.wrap(0, 0xA4, 2, 0x0C, b"\x01\x1C", None))
        command[3] ^= 0x08
        self.assertEqual(self.card.transmit(bytes(command)).hex(), "6988")

    def test_replayed(self):
        command = self.t.session.wrap(0, 0xB0, 0x9C, 0, b"", 1)
        self.assertEqual(self.card.transmit(command)[-2:].hex(), "9000")
        self.assertEqual(self.card.transmit(command).hex(), "6988")
        self.lost()

    def test_plain_command_drops_it(self):
        self.assertEqual(self.card.transmit(bytes.fromhex("00B09C0001")).hex(), "319000")
        self.lost()

    def test_unknown_plain_command_drops_it(self):
        self.assertEqual(self.card.transmit(bytes.fromhex("00FB0000")).hex(), "6d00")
        self.lost()

    def test_reset_drops_it(self):
        self.card.reset()
        self.lost()

    def test_pseudo_apdu_changes_nothing(self):
        self.assertEqual(self.card.transmit(bytes.fromhex("FF9A010100")).hex(), "6e00")
        self.assertEqual(self.sw(0xB0, 0x9C, 0, le=1), "9000")


class Chains(TestCase):
    """Terminal authentication: whom the card believes."""

    def refuse(self, certs, sw, step="certificate"):
        self.open()
        self.refused(step, sw, self.t.terminal_authentication, certs)
        self.reset()

    def test_good(self):
        self.open()
        self.t.terminal_authentication(self.chain())
        # once in a session
        self.assertEqual(self.sw(0x84, 0, 0, le=8), "6982")

    def test_exported(self):
        """The files of --export-pki as they are."""
        certs = []
        for name in ("dv", "at"):
            cert = Cert("DEVICCTAT00001", AT, TERMINAL, ALL[AT],
                        eac.load(os.path.join(self.pki, f"{name}.pkcs8")))
            with open(os.path.join(self.pki, f"{name}.cvcert"), "rb") as file:
                cert.data = eac.find(file.read(), 0x7F21)
            certs.append(cert)
        self.authenticate(chain=certs)

    def test_algorithms(self):
        for algorithm in ((2, 1), (2, 2), (2, 3), (2, 4), (2, 5)):
            self.open()
            self.t.terminal_authentication(self.chain(algorithm=algorithm))
            self.reset()
        key = rsa.generate_private_key(65537, 2048)
        for algorithm in ((1, 1), (1, 2), (1, 3), (1, 4)):
            self.open()
            self.t.terminal_authentication(self.chain(key=key, algorithm=algorithm))
            self.reset()

    def test_unknown_issuer(self):
        other = Cert("DEOTHERAT00001"[:13], AT, CVCA, ALL[AT])
        dv = Cert("DETESTDV00001", AT, DV, ALL[AT]).issue(other)
        self.refuse([dv], "6A88", "Set DST")
        # right reference, wrong key
        dv = Cert("DETESTDV00001", AT, DV, ALL[AT]).issue(other, car=self.cvca().name)
        self.refuse([dv], "6984")

    def test_car_that_is_not_the_selected(self):
        self.open()
        dv, terminal = self.chain()
        self.refused("certificate", "6A88", self.t.certificate, terminal.data, self.cvca().name)

    def test_every_flipped_byte(self):
        dv = self.chain()[0]
        self.open()
        for at in range(0, len(dv.data), 3):
            bad = bytearray(dv.data)
            bad[at] ^= 1
            self.refused("certificate", "6984/6A88", self.t.certificate, bytes(bad),
                         self.cvca().name)
        self.t.certificate(dv.data, self.cvca().name)

    def test_roles(self):
        cvca = self.cvca()
        direct = Cert("DETESTTM00001", AT, TERMINAL, ALL[AT]).issue(cvca)
        self.refuse([direct], "6984")
        dv, terminal = self.chain()
        below = Cert("DETESTTM00002", AT, TERMINAL, ALL[AT]).issue(terminal)
        self.refuse([dv, terminal, below], "6984")
        sub = Cert("DETESTDV00002", AT, DV, ALL[AT]).issue(dv)
        self.refuse([dv, sub], "6984")
        link = Cert("DETESTCV00002", AT, CVCA, ALL[AT]).issue(dv)
        self.refuse([dv, link], "6984")

    def test_types(self):
        self.refuse(self.chain(IS), "6A88", "Set DST")
        other = Cert("DETESTDV00001", IS, DV, ALL[IS]).issue(self.cvca())
        self.refuse([other], "6984")
        dv = self.chain()[0]
        self.refuse([dv, Cert("DETESTTM00001", ST, TERMINAL, 3).issue(dv)], "6984")

    def test_dates(self):
        dv, _ = self.chain()
        self.refuse([dv, Cert("DETESTTM00001", AT, TERMINAL, 0).issue(dv, "200101", "201231")],
                    "6984")
        # not yet in force is fine; it does not move the date unless the DV is domestic
        year = datetime.date.today().year % 100 + 3
        for role, late in ((FOREIGN, "9000"), (DV, "6984")):
            dv = Cert("DETESTDV00009", AT, role, ALL[AT]).issue(self.cvca())
            future = Cert("DETESTTM00001", AT, TERMINAL, 0).issue(dv, f"{year}0101", "351231")
            today = Cert("DETESTTM00002", AT, TERMINAL, 0).issue(
                dv, "260101", f"{year - 1}1231")
            self.open()
            self.t.terminal_authentication([dv, future])
            self.reset()
            self.open()
            self.t.certificate(dv.data, self.cvca().name)
            if late == "9000":
                self.t.certificate(today.data, dv.name)
            else:
                self.refused("certificate", late, self.t.certificate, today.data, dv.name)
            self.reset()

    def test_link(self):
        """A new CVCA takes over, the previous one is still known, a third pushes it out."""
        first = self.cvca()
        second = Cert("DEVICCAT00002", AT, CVCA, ALL[AT]).issue(first)
        third = Cert("DEVICCAT00003", AT, CVCA, ALL[AT]).issue(second)
        self.open()
        self.t.certificate(second.data, first.name)
        self.reset()
        self.assertEqual(self.open(), (second.name, first.name))
        self.t.certificate(Cert("DETESTDV00001", AT, DV, 0).issue(first).data, first.name)
        self.reset()
        self.open()
        self.t.certificate(third.data, second.name)
        self.t.certificate(Cert("DETESTDV00001", AT, DV, 0).issue(third).data, third.name)
        self.reset()
        self.assertEqual(self.open(), (third.name, second.name))
        self.refused("Set DST", "6A88", self.t.certificate, b"", first.name)

    def test_link_of_a_known_name(self):
        """TR-03110-3 A.7.2.1: the same key again changes nothing, another one is refused."""
        first = self.cvca()
        again = Cert("DEVICCAT00001", AT, CVCA, ALL[AT], first.key).issue(first)
        other = Cert("DEVICCAT00001", AT, CVCA, ALL[AT]).issue(first)
        self.open()
        self.t.certificate(again.data, first.name)
        self.refused("certificate", "6984", self.t.certificate, other.data, first.name)
        self.reset()
        self.assertEqual(self.open(), (first.name, None))
        self.t.terminal_authentication(self.chain())

    def test_domain_parameters_only_above(self):
        dv = Cert("DETESTDV00001", AT, DV, ALL[AT]).issue(self.cvca(), with_params=True)
        self.refuse([dv], "6984")

    def test_signature(self):
        chain = self.chain()
        question = eac.aux((1, b"20081121"))
        for wrong in ({"signed_aux": b""}, {"key": eac.new_key()}):
            self.open()
            for cert in chain:
                self.t.certificate(cert.data, eac.find(cert.data, 0x7F4E, 0x42))
            self.refused("EXTERNAL", "6300", self.t.prove, chain[1], question, **wrong)
            # the challenge is used up
            self.assertEqual(self.sw(0x82, 0, 0, bytes(64)), "6985")
            self.t.prove(chain[1], question)
            self.reset()

    def test_challenge_first(self):
        """A terminal far away: the challenge is fetched before the first certificate is sent."""
        chain = self.chain()
        self.open()
        challenge = self.t.challenge()
        for cert in chain:
            self.t.certificate(cert.data, eac.find(cert.data, 0x7F4E, 0x42))
        self.t.prove(chain[1], challenge=challenge)
        self.reset()
        # good for one attempt, and only in the session that it was made in
        self.open()
        challenge = self.t.challenge()
        for cert in chain:
            self.t.certificate(cert.data, eac.find(cert.data, 0x7F4E, 0x42))
        self.refused("EXTERNAL", "6300", self.t.prove, chain[1], challenge=bytes(8))
        self.refused("EXTERNAL", "6985", self.t.prove, chain[1], challenge=challenge)
        self.reset()
        self.open()
        for cert in chain:
            self.t.certificate(cert.data, eac.find(cert.data, 0x7F4E, 0x42))
        self.refused("EXTERNAL", "6985", self.t.prove, chain[1], challenge=challenge)

    def test_order(self):
        self.open()
        self.assertEqual(self.sw(0x82, 0, 0, bytes(64)), "6985")
        self.assertEqual(self.sw(0x2A, 0, 0xBE, self.chain()[0].data), "6985")
        self.assertEqual(self.sw(0x22, 0x81, 0xA4, tlv(0x80, eac.TA_OID, b"\x02\x03") +
                                 tlv(0x83, b"DETESTTM00001") + tlv(0x91, bytes(32))), "6A88")
        self.t.terminal_authentication(self.chain())
        self.assertEqual(self.sw(0x22, 0x81, 0xB6, tlv(0x83, self.cvca().name)), "6982")

    def test_no_chat(self):
        self.t.pace(PIN, b"111111")
        self.refused("Set DST", "6982", self.t.terminal_authentication, self.chain())
        self.assertEqual(self.sw(0x84, 0, 0, le=8), "6982")

    def test_malformed(self):
        self.open()
        for bad in (b"", b"\x7f", tlv(0x7F4E), tlv(0x7F4E, b"\x00") + tlv(0x5F37, b""),
                    b"\x7f\x4e\x84\xff\xff\xff\xff", bytes(2000)):
            self.t.must("MSE", 0x22, 0x81, 0xB6, tlv(0x83, self.cvca().name))
            self.assertEqual(self.sw(0x2A, 0, 0xBE, bad), "6984", bad[:10])
        self.t.terminal_authentication(self.chain())


class Interrupted(TestCase):
    """Stopped after each command of a whole run: nothing that was proven is left."""

    class Stop(Exception):
        pass

    def run_until(self, count):
        """False: the run was over before."""
        left = [count]

        def transmit(command):
            if left[0] == 0:
                raise self.Stop
            left[0] -= 1
            return self.card.transmit(command)

        self.t.raw = transmit
        try:
            self.authenticate(chain=self.certs)
            return left[0] == 0
        except self.Stop:
            return True
        finally:
            self.t.raw = self.card.transmit
            self.t.forget()

    def nothing_left(self):
        self.assertEqual(self.card.transmit(bytes.fromhex(
            "0CB09C000D9701018E08000000000000000000")).hex(), "6882")
        # a chain of PACE that was open is broken off by the first of these
        self.assertIn(self.sw(0xA4, 4, 0x0C, eac.EID), ("9000", "6883"))
        self.assertEqual(self.sw(0xA4, 4, 0x0C, eac.EID), "9000")
        self.assertEqual(self.t.read(1), "6982")
        self.assertEqual(self.sw(0x2C, 2, 3, b"123456"), "6982")
        self.assertEqual(self.sw(0x84, 0, 0, le=8), "6982")

    def test_anywhere(self):
        self.certs = self.chain()
        for interrupt in (self.reset, lambda: self.card.transmit(bytes.fromhex("00B09C0001"))):
            count = 0
            while self.run_until(count):
                interrupt()
                self.nothing_left()
                self.reset()
                count += 1
            self.assertGreater(count, 12)
        self.reset()
        self.authenticate(chain=self.certs)


class ChipAuthentication(TestCase):
    def test_order_and_keys(self):
        self.open()
        oid = tlv(0x80, self.t.oid(eac.CA_OID))
        self.assertEqual(self.sw(0x22, 0x41, 0xA4, oid + tlv(0x84, b"\x07")), "6A88")
        self.assertEqual(self.sw(0x22, 0x41, 0xA4, tlv(0x80, eac.CA_OID, b"\x02\x07")), "6A80")
        self.t.ephemeral, self.t.public = 5, self.t.group.mul(5)
        self.refused("chip auth", "6982", self.t.chip_authentication, b"")
        self.t.terminal_authentication(self.chain())
        keys = eac.chip_keys(self.t.read(0x1D))
        self.assertEqual(list(keys), [1])
        # another key than the one of terminal authentication
        self.refused("chip auth", "6984/6300", self.t.chip_authentication, keys[1],
                     key=self.t.group.encode(self.t.group.mul(77)))
        self.refused("chip auth", "6A80", self.t.chip_authentication, keys[1], key=b"\x04" + bytes(7))
        self.t.chip_authentication(keys[1])
        self.assertEqual(self.sw(0xB0, 0x9C, 0, le=1), "9000")

    def test_privileged(self):
        """EF.ChipSecurity and the chip's own key."""
        self.open()
        self.t.terminal_authentication(self.chain(bits=ALL[AT] & ~rights(PRIVILEGED)))
        self.assertEqual(self.t.read(0x1B), "6982")
        self.refused("chip auth", "6982", self.t.chip_authentication, b"", 2)
        self.reset()
        self.open()
        self.t.terminal_authentication(self.chain())
        security = self.t.read(0x1B)
        keys = eac.chip_keys(security)
        self.assertEqual(sorted(keys), [1, 2])
        # TR-03110-3 A.1.2.3: what is only for them is in one PrivilegedTerminalInfo
        inner = [parts for oid, parts in eac.card_infos(security)
                 if oid == eac.BSI + bytes([2, 2, 8])]
        self.assertEqual(len(inner), 1)
        self.assertEqual(sorted(oid[7] for oid, _ in eac.infos_in(inner[0][1][1])), [1, 3, 3])
        self.t.chip_authentication(keys[2], 2)

    def test_nothing_before(self):
        """After terminal authentication alone no data group can be read."""
        self.open()
        self.t.terminal_authentication(self.chain())
        self.t.select(eac.EID)
        self.assertEqual(self.t.read(1), "6982")

    def test_passive_authentication(self):
        """openssl verifies EF.CardSecurity up to the exported CSCA; hashes of data groups match."""
        self.card.close()
        shutil.rmtree(self.pki)
        if os.path.exists(self.card.file):
            os.unlink(self.card.file)
        csca = os.path.join(self.folder, "csca.der")
        self.card = Card(self.folder, "--export-pki", self.pki, "--export-csca", csca)
        self.addCleanup(self.card.close)
        self.t.raw = self.card.transmit
        security = self.authenticate()
        path = os.path.join(self.folder, "security.der")
        with open(path, "wb") as file:
            file.write(security)
        subprocess.run(["openssl", "x509", "-inform", "DER", "-in", csca, "-out", csca + ".pem"],
                       check=True)
        subprocess.run(["openssl", "cms", "-verify", "-inform", "DER", "-in", path, "-CAfile",
                        csca + ".pem", "-purpose", "any", "-binary", "-out", "/dev/null"],
                       check=True, capture_output=True)
        groups = [parts for oid, parts in eac.card_infos(security)
                  if oid == eac.BSI + bytes([2, 2, 7])][0]
        listed = list(eac.items(eac.items(groups[1][1]).__next__()[1]))
        self.t.select(eac.EID)
        hashed = list(eac.items(groups[1][1]))[1][1]
        seen = 0
        for _, entry, _ in eac.items(hashed):
            number, digest = (value for _, value, _ in eac.items(entry))
            group = self.t.read(number[0])
            self.assertEqual(hashlib.sha256(group).digest(), digest, number)
            seen += 1
        self.assertGreaterEqual(seen, 10)
        self.assertTrue(listed)


class Contexts(TestCase):
    """Session contexts: back to that of PACE, another terminal, and back again."""

    def terminal(self, name, bits):
        """A chain whose terminal has a name and a key of its own."""
        dv, _ = self.chain()
        return [dv, Cert(name, AT, TERMINAL, bits).issue(dv)]

    def setUp(self):
        super().setUp()
        self.first = self.terminal("DETESTTM00001", rights(read_dg(4), AGE))
        self.second = self.terminal("DETESTTM00002", rights(read_dg(1)))

    def enter(self, chain, context, data=b""):
        self.t.terminal_authentication(chain, data)
        keys = eac.chip_keys(self.t.read(0x1D))
        self.t.chip_authentication(keys[1], context=context)

    def restore(self, number, sw):
        self.refused("restore", sw, self.t.restore, number)

    def of_age(self):
        return self.t.command(0x20, 0x80, 0x00, tlv(0x06, eac.AUX_OID, b"\x01"), cla=0x80)[1]

    def test_there_and_back(self):
        self.open()
        self.enter(self.first, 1, eac.aux((1, b"20081121")))
        self.t.select(eac.EID)
        self.assertEqual((self.t.read(4)[0], self.t.read(1)), (0x64, "6982"))
        self.t.restore(0)
        # that of PACE: MF, no terminal, but the PIN was right
        self.assertEqual(self.t.read(0x1C)[0], 0x31)
        self.assertEqual((self.t.read(0x1D), self.of_age()), ("6982", "6982"))
        self.assertEqual(self.sw(0x2C, 2, 3, b"123456"), "9000")
        self.enter(self.second, 2)
        self.t.select(eac.EID)
        self.assertEqual((self.t.read(1)[0], self.t.read(4)), (0x61, "6982"))
        self.assertEqual(self.of_age(), "6982")
        # straight over, with rights, data and current DF of each
        for _ in range(2):
            self.t.restore(1)
            self.assertEqual((self.t.read(4)[0], self.t.read(1)), (0x64, "6982"))
            self.assertEqual(self.of_age(), "9000")
            self.t.restore(2)
            self.assertEqual((self.t.read(1)[0], self.t.read(4)), (0x61, "6982"))
        self.t.restore(0)
        self.t.restore(1)
        self.assertEqual(self.t.read(4)[0], 0x64)

    def test_a_refused_change_between(self):
        """A full disk refuses a change, and the card's files are made anew as they were: the
        contexts that were left are still where they were."""
        if not SAVED or not hasattr(resource, "prlimit"):
            self.skipTest("there is no file, or no way to fill the disk")
        self.open()
        self.enter(self.terminal("DETESTTM00003", rights(write_dg(17), read_dg(17))), 1)
        self.t.select(eac.EID)
        before = self.t.read(17)
        self.t.restore(0)
        self.enter(self.second, 2)
        self.t.select(eac.EID)
        self.t.restore(1)
        pid = self.card.vicc.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, limits[1]))
        self.assertEqual(self.sw(0xD6, 0x91, 0, before[:2] + bytes(len(before) - 2)), "6581")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
        self.assertEqual(self.t.read(17), before)
        self.t.restore(2)
        self.assertEqual((self.t.read(1)[0], self.t.read(17)), (0x61, "6982"))
        self.t.restore(0)
        self.assertEqual(self.t.read(0x1C)[0], 0x31)
        self.t.restore(1)
        self.assertEqual(self.t.read(17), before)

    def test_a_terminal_comes_once(self):
        self.open()
        self.enter(self.first, 1)
        self.t.restore(0)
        self.refused("EXTERNAL", "6982", self.t.terminal_authentication, self.first)
        self.assertEqual(self.t.read(0x1D), "6982")
        # under another name, too
        dv, _ = self.chain()
        same = Cert("DETESTTM00003", AT, TERMINAL, ALL[AT], self.first[1].key).issue(dv)
        self.refused("EXTERNAL", "6982", self.t.terminal_authentication, [dv, same])
        self.enter(self.second, 1)
        self.restore(1, "6A88")
        self.t.restore(0)
        self.restore(0, "6A88")

    def test_many(self):
        self.open()
        for n in range(1, 8):
            self.enter(self.terminal(f"DETESTTM000{n:02}", rights(read_dg(n))), n)
            self.t.select(eac.EID)
            self.t.restore(0)
        for n in (7, 1, 4):
            self.t.restore(n)
            self.assertEqual(self.t.read(n)[0], 0x60 + n)
        self.t.restore(0)
        self.enter(self.terminal("DETESTTM00008", 0), None)
        self.t.restore(0)
        self.refused("EXTERNAL", "6982", self.t.terminal_authentication,
                     self.terminal("DETESTTM00009", 0))

    def test_numbers(self):
        self.open()
        oid = tlv(0x80, self.t.oid(eac.CA_OID)) + tlv(0x84, b"\x01")
        ri = tlv(0x80, eac.RI_OID, b"\x02\x03") + tlv(0x84, b"\x01")
        number = lambda *value: tlv(0x81, bytes(value))
        for data in (oid + tlv(0xE0, number(0)), oid + tlv(0xE0, number(8)), oid + tlv(0xE0),
                     oid + tlv(0xE0, number()), oid + tlv(0xE0, number(0, 1)),
                     oid + tlv(0xE0, tlv(0x82, b"\x01")), oid + tlv(0xE0, number(1) * 2),
                     oid + tlv(0xE1, number(1)), ri + tlv(0xE0, number(1)),
                     oid + tlv(0xE0, number(1)) * 2):
            self.assertEqual(self.sw(0x22, 0x41, 0xA4, data), "6A80", data.hex())
        for data in (b"", tlv(0xE1), tlv(0xE1, number()), tlv(0xE1, number(8)), tlv(0xE0, number(0)),
                     tlv(0xE1, number(0, 0)), tlv(0xE1, number(0)) + tlv(0xE0, number(1)),
                     oid + tlv(0xE1, number(0))):
            self.assertEqual(self.sw(0x22, 0x01, 0xA4, data), "6A80", data.hex())
        for n in range(8):
            self.restore(n, "6A88")
        self.enter(self.first, None)
        self.restore(1, "6A88")
        self.t.restore(0)
        # one without a number is gone
        for n in range(8):
            self.restore(n, "6A88")

    def test_gone_with_the_session(self):
        for end in (lambda: self.card.transmit(bytes.fromhex("00B09C0001")), self.card.reset,
                    lambda: self.card.transmit(bytes.fromhex("0CB09C0003970101" + "00"))):
            self.open()
            self.enter(self.first, 1)
            pace = self.t.left[0]
            end()
            self.t.session = pace
            self.assertEqual(self.sw(0xB0, 0x9C, 0, le=1), "6882")
            self.open()
            self.restore(0, "6A88")
            self.restore(1, "6A88")
            self.t.forget()
        self.assertEqual(self.sw(0x22, 0x01, 0xA4, tlv(0xE1, tlv(0x81, b"\x00"))), "6985")

    def test_signature_pin(self):
        """PIN.QES stays verified in the context that it was verified in."""
        dv = Cert("DETESTDV00001", ST, DV, ALL[ST]).issue(self.cvca(ST))
        chains = [[dv, Cert(f"DETESTTM0000{n}", ST, TERMINAL, ALL[ST]).issue(dv)] for n in (1, 2)]
        self.open(kind=ST)
        self.enter(chains[0], 1)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x20, 0, 0x81, b"444444"), "9000")
        self.t.restore(0)
        self.enter(chains[1], 2)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x2A, 0x9E, 0x9A, ESign.digest, 0), "6982")
        self.t.restore(1)
        self.assertEqual(self.sw(0x2A, 0x9E, 0x9A, ESign.digest, 0), "9000")


class DataGroups(TestCase):
    """Each group with and without its right; the smallest of all rights on the way counts."""

    def readable(self):
        self.t.select(eac.EID)
        found = {}
        for n in range(1, 23):
            answer = self.t.read(n)
            if isinstance(answer, bytes):
                found[n] = answer
                self.assertEqual(answer[0], 0x60 + n)
            else:
                self.assertIn(answer, ("6982", "6A82"), n)
        return found

    def test_all(self):
        self.authenticate()
        found = self.readable()
        self.assertEqual(found[1], bytes.fromhex("6104 1302 4944"))
        self.assertEqual(found[4], b"\x64\x07\x0c\x05ERIKA")
        self.assertTrue(set(found) >= {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 17, 18}, found)

    def test_one_by_one(self):
        for n in (1, 2, 3, 4, 5, 8, 9, 10, 13, 17, 18):
            self.authenticate(bits=rights(read_dg(n)))
            self.assertEqual(list(self.readable()), [n])
            self.reset()

    def test_least_of_all(self):
        """CHAT of PACE, DV's and terminal's certificate: the intersection."""
        a, b, c, d = (rights(read_dg(n)) for n in (1, 4, 5, 8))
        dv = Cert("DETESTDV00001", AT, DV, a | b | d).issue(self.cvca())
        terminal = Cert("DETESTTM00001", AT, TERMINAL, a | c | d).issue(dv)
        self.authenticate(chain=[dv, terminal], pace_bits=a | b | c)
        self.assertEqual(list(self.readable()), [1])

    def test_inspection_system(self):
        for bits, expected in ((ALL[IS], True), (rights(0, 1), False)):
            self.authenticate(IS, bits)
            self.assertEqual(bool(self.readable()), expected)
            self.t.select(eac.EID)
            self.assertEqual(self.sw(0xD6, 0x91, 0, b"\x71\x00"), "6982")
            self.reset()

    def test_signature_terminal(self):
        self.authenticate(ST)
        self.assertEqual(self.readable(), {})

    def test_write(self):
        for n, tag in ((17, 0x71), (18, 0x72), (21, 0x75), (22, 0x76)):
            new = tlv(tag, tlv(0x0C, b"new value of group %d" % n))
            self.authenticate(bits=rights(*range(8, 30)))
            self.t.select(eac.EID)
            before = self.t.read(n)
            self.assertEqual(self.sw(0xD6, 0x80 | n, 0, new), "6982" if before != "6A82" else "6A82")
            self.reset()
            if before == "6A82":
                continue
            self.authenticate(bits=rights(write_dg(n), read_dg(n)))
            self.t.select(eac.EID)
            self.assertEqual(self.sw(0xD6, 0x80 | n, 0, new), "9000")
            self.assertEqual(self.t.read(n), new)
            self.reset()
            self.authenticate()
            self.t.select(eac.EID)
            self.assertEqual(self.t.read(n), new)
            self.reset()
        # parts of one, and WRITE BINARY, which npa-tool uses for this
        self.authenticate()
        self.t.select(eac.EID)
        old = self.t.read(17)
        self.assertEqual(self.sw(0xD0, 0x91, 0, old[:4]), "9000")
        self.assertEqual(self.sw(0xD0, 0x91, 4, b"NEW"), "9000")
        self.assertEqual(self.t.read(17), old[:4] + b"NEW" + old[7:])
        self.assertEqual(self.sw(0xD0, 0x91, 0, tlv(0x71, b"whole")), "9000")
        self.assertEqual(self.t.read(17), tlv(0x71, b"whole"))
        self.assertEqual(self.sw(0xD0, 0x81, 0, b"\x61\x00"), "6982")
        for n in (1, 4, 8):
            self.assertEqual(self.sw(0xD6, 0x80 | n, 0, bytes([0x60 + n, 0])), "6982")


class Icao(TestCase):
    """The eMRTD application: for inspection systems after all of EAC, signed by the CSCA."""
    aid = bytes.fromhex("A0000002471001")
    files = (1, 2, 14, 0x1D, 0x1E)

    def make_card(self):
        self.csca = os.path.join(self.folder, "csca.pem")
        return Card(self.folder, "--export-pki", self.pki, "--export-csca", self.csca)

    def closed(self):
        self.t.select(self.aid)
        for sfi in self.files:
            self.assertEqual(self.t.read(sfi), "6982", sfi)

    def test_closed(self):
        self.closed()
        self.t.pace(CAN, b"222222")
        self.closed()
        self.reset()
        self.open(CAN, b"222222", IS)
        self.t.terminal_authentication(self.chain(IS))
        self.closed()
        self.reset()
        for kind in (AT, ST):
            self.authenticate(kind)
            self.closed()
            self.reset()

    def test_open(self):
        self.authenticate(IS, 0, MRZ, MRZ_SECRET)
        self.t.select(self.aid)
        com, sod = self.t.read(0x1E), self.t.read(0x1D)
        self.assertEqual(eac.find(com, 0x60, 0x5C), b"\x61\x75\x6E")
        groups = {n: self.t.read(n) for n in (1, 2, 14)}
        self.assertEqual(eac.find(groups[1], 0x61, 0x5F1F)[:14], b"IDD<<T22000129")
        self.assertIn(b"FAC\x00010\x00", groups[2][:60])
        self.assertEqual(groups[14][:1] + eac.find(groups[14], 0x6E)[:1], b"\x6E\x31")
        self.assertEqual(self.t.read(3), "6A82")
        for n in self.files:
            self.assertEqual(self.sw(0xD6, 0x80 | n, 0, b"\x61\x00"), "6982")
        # passive authentication by openssl
        path = os.path.join(self.folder, "sod")
        with open(path, "wb") as file:
            file.write(eac.find(sod, 0x77))
        content = subprocess.run(
            ["openssl", "cms", "-verify", "-inform", "DER", "-in", path, "-CAfile", self.csca,
             "-purpose", "any", "-binary"], check=True, capture_output=True).stdout
        hashed = list(eac.items(eac.find(content, 0x30)))[2][1]
        self.assertEqual({number[0]: digest for number, digest in (
            (value for _, value, _ in eac.items(entry)) for _, entry, _ in eac.items(hashed))},
            {n: hashlib.sha256(group).digest() for n, group in groups.items()})

    def test_identifiers_of_two_applications(self):
        """DG1 here and DG1 of the eID application are two files."""
        self.authenticate(IS)
        self.t.select(eac.EID)
        self.assertEqual(self.t.read(1), bytes.fromhex("610413024944"))
        self.t.select(self.aid)
        self.assertEqual(len(self.t.read(1)), 95)
        self.reset()
        self.authenticate(AT)
        self.t.select(eac.EID)
        self.assertEqual(self.t.read(1), bytes.fromhex("610413024944"))
        self.t.select(self.aid)
        self.assertEqual(self.t.read(1), "6982")


class Holder(TestCase):
    """--datasetfile"""

    def make_card(self):
        path = os.path.join(self.folder, "holder.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("# somebody else\nGivenNames=Gertrud\nDateOfBirth=1953    \n"
                       "BirthName=<NotOnChip>\nCommunityID=02760302540021\n")
        return Card(self.folder, "--export-pki", self.pki, "-d", path)

    def test_groups(self):
        self.authenticate(data=eac.aux((1, b"19531231"), (3, b"\x02\x76\x03")))
        self.t.select(eac.EID)
        self.assertEqual(self.t.read(4), tlv(0x64, tlv(0x0C, b"Gertrud")))
        self.assertEqual(self.t.read(5), tlv(0x65, tlv(0x0C, b"MUSTERMANN")))
        self.assertEqual(self.t.read(8), tlv(0x68, tlv(0x12, b"1953    ")))
        self.assertEqual(self.t.read(13), "6A82")
        self.assertEqual(self.t.read(18), tlv(0x72, tlv(0x04, bytes.fromhex("02760302540021"))))
        for last in (1, 3):
            self.assertEqual(self.t.command(0x20, 0x80, 0x00, tlv(
                0x06, eac.AUX_OID, bytes([last])), cla=0x80)[1], "9000")

    def test_unknown_day_is_the_latest(self):
        self.authenticate(data=eac.aux((1, b"19531230")))
        self.assertEqual(self.t.command(0x20, 0x80, 0x00, tlv(0x06, eac.AUX_OID, b"\x01"),
                                        cla=0x80)[1], "6300")


class Auxiliary(TestCase):
    def ask(self, last):
        """VERIFY, and COMPARE says the same."""
        oid = tlv(0x06, eac.AUX_OID, bytes([last]))
        verified = self.t.command(0x20, 0x80, 0x00, oid, cla=0x80)[1]
        compared = self.t.command(0x33, 0x00, 0x00, oid)[1]
        self.assertEqual(compared, "6340" if verified == "6300" else verified)
        return verified

    def asked(self, last, data, bits=None):
        self.authenticate(bits=bits, data=eac.aux((last, data)))
        answer = self.ask(last)
        self.reset()
        return answer

    def test_age(self):
        for reference, sw in ((b"19640812", "9000"), (b"19640811", "6300"), (b"20081121", "9000"),
                              (b"1964", "6300")):
            self.assertEqual(self.asked(1, reference), sw, reference)
        self.assertEqual(self.asked(1, b"20081121", rights(COMMUNITY)), "6982")

    def test_validity(self):
        self.assertEqual(self.asked(2, b"20261121", 0), "9000")
        self.assertEqual(self.asked(2, b"20990101", 0), "6300")

    def test_community(self):
        self.authenticate()
        self.t.select(eac.EID)
        stored = eac.find(self.t.read(18), 0x72, 0x04)
        self.reset()
        self.assertEqual(self.asked(3, stored[:3]), "9000")
        self.assertEqual(self.asked(3, stored), "9000")
        self.assertEqual(self.asked(3, stored[:2] + b"\xee"), "6300")
        self.assertEqual(self.asked(3, stored[:3], rights(AGE)), "6982")

    def test_refused(self):
        self.open()
        self.t.terminal_authentication(self.chain(), eac.aux((1, b"20081121")))
        self.assertEqual(self.ask(1), "6982")
        self.reset()
        self.authenticate(data=eac.aux((1, b"20081121")))
        self.assertEqual(self.ask(2), "6A88")
        self.assertEqual(self.ask(9), "6A88")
        self.assertEqual(self.ask(1), "9000")
        # nothing of it is left for the next session
        self.reset()
        self.authenticate()
        self.assertEqual(self.ask(1), "6A88")

    def test_parameters(self):
        self.authenticate(data=eac.aux((1, b"20081121")))
        oid = tlv(0x06, eac.AUX_OID, b"\x01")
        for ins, p1, p2, data, cla, sw in (
                (0x33, 0x80, 0x00, oid, 0, "6A86"), (0x33, 0x00, 0x01, oid, 0, "6A86"),
                (0x33, 0x00, 0x00, b"", 0, "6A80"), (0x33, 0x00, 0x00, oid + oid, 0, "6A80"),
                (0x20, 0x80, 0x01, oid, 0x80, "6A86"), (0x33, 0x00, 0x00, oid, 0x80, "6E00")):
            self.assertEqual(self.sw(ins, p1, p2, data, cla=cla), sw)

    def test_twice(self):
        """TR-03110-3 A.7.5: the last template of an object identifier counts."""
        for first, second, sw in ((b"19000101", b"20081121", "9000"),
                                  (b"20081121", b"19000101", "6300")):
            self.authenticate(data=eac.aux((1, first), (7, b"unknown"), (1, second)))
            self.assertEqual(self.ask(1), sw)
            self.reset()

    def test_stale(self):
        """A second MSE:Set AT replaces what the first one brought."""
        self.open()
        chain = self.chain()
        for cert in chain:
            self.t.certificate(cert.data, eac.find(cert.data, 0x7F4E, 0x42))
        self.t.must("MSE", 0x22, 0x81, 0xA4, tlv(0x80, eac.TA_OID, b"\x02\x03") +
                    tlv(0x83, chain[1].name) + eac.aux((1, b"20081121")) + tlv(0x91, bytes(32)))
        self.t.prove(chain[1])
        self.t.chip_authentication(eac.chip_keys(self.t.read(0x1D))[1])
        self.assertEqual(self.ask(1), "6A88")


class Envelopes(TestCase):
    """TR-03110-3 E: everything in short commands, for a reader without extended length."""

    def setUp(self):
        super().setUp()
        self.t.raw = self.enveloped
        self.longest = 0

    def enveloped(self, command):
        pieces = [command[i:i + 200] for i in range(0, len(command), 200)]
        for n, piece in enumerate(pieces):
            last = n == len(pieces) - 1
            self.card.link.send(bytes([0x00 if last else 0x10, 0xC2, 0, 0, len(piece)]) + piece)
            answer = self.card.link.recv()
            self.assertEqual(len(answer), 2)
            self.assertEqual(answer.hex()[:2] if last else answer.hex(), "61" if last else "9000")
        whole = b""
        while answer[0] == 0x61:
            self.card.link.send(bytes.fromhex("00C0000080"))
            answer = self.card.link.recv()
            whole, answer = whole + answer[:-2], answer[-2:]
        self.assertEqual(answer.hex(), "9000")
        self.longest = max(self.longest, len(command))
        return whole

    def test_all_of_eac(self):
        self.authenticate(data=eac.aux((1, b"20081121")))
        self.assertGreater(self.longest, 256)
        self.t.select(eac.EID)
        self.assertEqual(self.t.read(4), tlv(0x64, tlv(0x0C, b"ERIKA")))
        self.assertEqual(self.t.read(5), tlv(0x65, tlv(0x0C, b"MUSTERMANN")))
        self.assertEqual(self.sw(0xA4, 0x04, 0x0C, b"\xA0\x01"), "6A82")

    def test_session_ends_inside(self):
        self.t.pace(CAN, b"222222")
        self.assertEqual(self.enveloped(bytes.fromhex("00B09C0001")).hex(), "319000")
        self.assertEqual(self.t.command(0xB0, 0x9C, 0, le=1)[1], "6882")


class RestrictedIdentification(TestCase):
    def chain(self, *args, **kwargs):
        kwargs.setdefault("extensions", eac.sector_extension(*self.sectors()))
        return super().chain(*args, **kwargs)

    def test_identifiers(self):
        first, second = self.sectors()
        seen = []
        for _ in range(2):
            self.authenticate()
            seen.append((self.t.identify(1, first), self.t.identify(1, second, True),
                         self.t.identify(2, first)))
            self.reset()
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(len(set(seen[0])), 3)
        self.assertTrue(all(len(one) == 32 for one in seen[0]))

    def test_right(self):
        self.authenticate(bits=ALL[AT] & ~rights(RI))
        self.refused("restricted", "6982", self.t.identify, 2, self.sectors()[0])
        self.assertEqual(len(self.t.identify(1, self.sectors()[0])), 32)

    def test_before_chip_authentication(self):
        self.open()
        self.t.terminal_authentication(self.chain())
        self.refused("restricted", "6982", self.t.identify, 1, self.sectors()[0])

    def test_sector(self):
        self.authenticate()
        first, second = self.sectors()
        self.refused("restricted", "6A80", self.t.identify, 1, second)
        self.refused("restricted", "6A80", self.t.identify, 1, first, True)
        self.refused("MSE", "6A88", self.t.identify, 9, first)
        self.reset()
        super().setUp()
        self.authenticate(chain=super().chain())
        self.refused("restricted", "6A80", self.t.identify, 1, first)

    def test_chained(self):
        """A sector's key in short commands."""
        self.authenticate()
        first = self.sectors()[0]
        whole = self.t.identify(1, first)
        self.t.must("MSE", 0x22, 0x41, 0xA4, tlv(0x80, eac.RI_OID, b"\x02\x03") + tlv(0x84, b"\x01"))
        data = tlv(0x7C, tlv(0xA0, eac.find(first, 0x7F49)))
        self.assertEqual(self.sw(0x86, 0, 0, data[:200], cla=0x10), "9000")
        body, sw = self.t.command(0x86, 0, 0, data[200:], le=0)
        self.assertEqual(sw, "9000")
        self.assertEqual(eac.find(body, 0x7C, 0x81), whole)


class PinManagement(TestCase):
    def test_with_the_right(self):
        self.authenticate(password=CAN, bits=rights(PIN_MANAGEMENT, CAN_ALLOWED))
        self.assertEqual(self.sw(0x2C, 2, 3, b"123456"), "9000")
        self.assertEqual(self.sw(0x2C, 2, 2, b"654321"), "9000")
        self.reset()
        self.refused("token", "6300", self.t.pace, CAN, b"222222")
        self.t.pace(CAN, b"654321")
        self.t.forget()
        self.t.pace(PIN, b"123456")

    def test_deactivate(self):
        self.authenticate(password=CAN)
        self.assertEqual(self.sw(0x04, 0x10, 3), "9000")
        self.reset()
        self.t.pace_select(PIN)
        self.assertEqual(self.t.mse, "6283")
        self.refused("nonce", "6984", self.t.pace, PIN, b"111111")
        self.authenticate(password=CAN)
        self.assertEqual(self.sw(0x44, 0x10, 3), "9000")
        self.reset()
        self.t.pace(PIN, b"111111")
        self.assertEqual(self.t.mse, "9000")

    def test_without_the_right(self):
        self.authenticate(password=CAN, bits=ALL[AT] & ~rights(PIN_MANAGEMENT))
        for command in ((0x04, 0x10, 3), (0x44, 0x10, 3), (0x2C, 2, 3, b"123456"),
                        (0x2C, 2, 2, b"123456"), (0x2C, 3, 3)):
            self.assertEqual(self.sw(*command), "6982", command)

    def test_unblock_by_right(self):
        for _ in range(2):
            self.refused("token", "63C2/63C1", self.t.pace, PIN, b"999999")
        self.t.pace(CAN, b"222222")
        self.refused("token", "63C0", self.t.pace, PIN, b"999999")
        self.t.forget()
        self.authenticate(password=CAN)
        self.assertEqual(self.sw(0x2C, 3, 3), "9000")
        self.reset()
        self.t.pace(PIN, b"111111")


class ESign(TestCase):
    digest = hashlib.sha256(b"a contract").digest()

    def certificate(self):
        from cryptography import x509
        return x509.load_der_x509_certificate(self.t.read(2))

    def check(self, signature):
        r, s = (int.from_bytes(signature[i:i + 32], "big") for i in (0, 32))
        self.certificate().public_key().verify(
            utils.encode_dss_signature(r, s), self.digest,
            ec.ECDSA(utils.Prehashed(hashes.SHA256())))

    def test_sign(self):
        self.authenticate(ST)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x2A, 0x9E, 0x9A, self.digest, 0), "6982")
        for _ in range(2):
            self.assertEqual(self.sw(0x20, 0, 0x81, b"444444"), "9000")
            signature, sw = self.t.command(0x2A, 0x9E, 0x9A, self.digest, 0)
            self.assertEqual((len(signature), sw), (64, "9000"))
            self.check(signature)
            # the PIN before every one
            self.assertEqual(self.sw(0x2A, 0x9E, 0x9A, self.digest, 0), "6982")

    def test_pin(self):
        self.authenticate(ST)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x24, 0, 0x81, b"444444" b"555555"), "9000")
        self.assertEqual(self.sw(0x20, 0, 0x81, b"444444"), "63C2")
        self.reset()
        self.authenticate(ST)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x20, 0, 0x81, b"555555"), "9000")
        for sw in ("63C2", "63C1", "63C0", "6983"):
            self.assertEqual(self.sw(0x20, 0, 0x81, b"000000"), sw)
        self.assertEqual(self.sw(0x2C, 3, 0x81), "6982")
        self.reset()
        self.t.pace(PUK, b"3333333333")
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x2C, 3, 0x81), "9000")
        self.reset()
        self.authenticate(ST)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x20, 0, 0x81, b"555555"), "9000")

    def esign(self, *args, **kwargs):
        self.authenticate(*args, **kwargs)
        self.t.select(eac.ESIGN)

    def signs_with(self, pin):
        self.assertEqual(self.sw(0x20, 0, 0x81, pin), "9000")
        signature, _ = self.t.command(0x2A, 0x9E, 0x9A, self.digest, 0)
        self.check(signature)

    def test_new_pin_by_who_knows_the_old(self):
        self.esign(ST)
        self.assertEqual(self.sw(0x2C, 2, 0x81, b"555555"), "6982")
        self.assertEqual(self.sw(0x20, 0, 0x81, b"444444"), "9000")
        for bad in (b"55555", b"5" * 13, b"55555x", b""):
            self.assertEqual(self.sw(0x2C, 2, 0x81, bad), "6A80", bad)
        self.assertEqual(self.sw(0x2C, 2, 0x81, b"555555"), "9000")
        # the new one has not been shown yet
        self.assertEqual(self.sw(0x2A, 0x9E, 0x9A, self.digest, 0), "6982")
        self.assertEqual(self.sw(0x2C, 2, 0x81, b"666666"), "6982")
        self.assertEqual(self.sw(0x2C, 1, 0x81, b"666666"), "6A86")
        self.signs_with(b"555555")

    def test_new_pin_with_the_puk(self):
        for n in range(10):
            self.t.pace(PUK, b"3333333333")
            self.assertEqual(self.sw(0x2C, 2, 0x81, b"555555"), "6A88")
            self.t.select(eac.ESIGN)
            self.assertEqual(self.sw(0x2C, 2, 0x81, b"55555"), "6A80")
            if n % 2:
                self.assertEqual(self.sw(0x2C, 3, 0x81), "9000")
            else:
                self.assertEqual(self.sw(0x2C, 2, 0x81, b"%06d" % n), "9000")
            self.reset()
        self.t.pace(PUK, b"3333333333")
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x2C, 3, 0x81), "6983")
        self.assertEqual(self.sw(0x2C, 2, 0x81, b"555555"), "6983")
        # the PIN of the card has its own ten
        self.assertEqual(self.sw(0x2C, 3, 3), "9000")
        self.reset()
        for password in (PIN, CAN):
            self.t.pace(password, {PIN: b"111111", CAN: b"222222"}[password])
            self.t.select(eac.ESIGN)
            self.assertEqual(self.sw(0x2C, 3, 0x81), "6982")
            self.assertEqual(self.sw(0x2C, 2, 0x81, b"555555"), "6982")
            self.reset()
        self.esign(ST)
        self.signs_with(b"000008")

    def test_set_again_after_termination(self):
        self.esign(ST)
        self.assertEqual(self.sw(0xE6, 0x10, 0x81), "9000")
        self.assertEqual(self.sw(0xE6, 0x10, 0x81), "6A88")
        for command in ((0x20, 0, 0x81), (0x24, 0, 0x81, b"444444555555"), (0x2C, 3, 0x81)):
            self.assertEqual(self.sw(*command), "6A88", command)
        # PACE was opened with the CAN
        self.assertEqual(self.sw(0x2C, 2, 0x81, b"555555"), "6982")
        self.reset()
        self.esign(ST, password=PIN)
        self.assertEqual(self.sw(0x2C, 2, 0x81, b"55555x"), "6A80")
        self.assertEqual(self.sw(0x20, 0, 0x81, b"55555x"), "6A88")
        self.assertEqual(self.sw(0x2C, 2, 0x81, b"555555"), "9000")
        self.assertEqual(self.sw(0x20, 0, 0x81, b"555555"), "9000")
        self.assertEqual(self.sw(0x2A, 0x9E, 0x9A, self.digest, 0), "6A88")
        self.reset()
        self.esign(AT)
        self.assertEqual(self.t.command(0x47, 0x82, 0x00, b"", 0)[1], "9000")
        self.reset()
        self.esign(ST)
        self.assertEqual(self.sw(0x20, 0, 0x81, b"555555"), "9000")
        self.assertEqual(self.sw(0x2A, 0x9E, 0x9A, self.digest, 0), "9000")

    def test_others_may_not(self):
        self.authenticate(AT)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x20, 0, 0x81, b"444444"), "6982")
        self.assertEqual(self.sw(0x2A, 0x9E, 0x9A, self.digest, 0), "6982")
        self.reset()
        self.authenticate(ST, 0)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x20, 0, 0x81, b"444444"), "6982")

    def test_terminate(self):
        self.authenticate(ST)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0xE6, 0x10, 0x81), "9000")
        self.reset()
        self.authenticate(ST)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x20, 0, 0x81, b"444444"), "6A88")
        self.assertEqual(self.sw(0x2A, 0x9E, 0x9A, self.digest, 0), "6A88")

    def test_new_key(self):
        self.authenticate(AT)
        self.t.select(eac.ESIGN)
        body, sw = self.t.command(0x47, 0x80, 0x00, tlv(0xB6, tlv(0x84, b"\x84")), 0)
        self.assertEqual(sw, "9000")
        point = eac.find(body, 0x7F49, 0x86)
        self.assertEqual(len(point), 65)
        new = tlv(0x30, tlv(0x02, b"\x01"))
        self.assertEqual(self.sw(0xD6, 0x82, 0, new), "9000")
        self.assertEqual(self.t.read(2), new)
        self.reset()
        self.authenticate(ST)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x20, 0, 0x81, b"444444"), "9000")
        signature, _ = self.t.command(0x2A, 0x9E, 0x9A, self.digest, 0)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.BrainpoolP256R1(), point)
        r, s = (int.from_bytes(signature[i:i + 32], "big") for i in (0, 32))
        key.verify(utils.encode_dss_signature(r, s), self.digest,
                   ec.ECDSA(utils.Prehashed(hashes.SHA256())))


class ESignUnset(TestCase):
    options = ("--qes-pin", "")

    def test_set(self):
        self.authenticate(ST, password=PUK)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x20, 0, 0x81, b"444444"), "6A88")
        self.assertEqual(self.sw(0x2A, 0x9E, 0x9A, ESign.digest, 0), "6A88")
        self.assertEqual(self.sw(0x2C, 2, 0x81, b"123456789012"), "9000")
        self.assertEqual(self.sw(0x20, 0, 0x81, b"123456789012"), "9000")
        self.assertEqual(self.sw(0x2A, 0x9E, 0x9A, ESign.digest, 0), "9000")


class ESignTransport(TestCase):
    options = ("--qes-pin", "55555")

    def test_change(self):
        self.authenticate(ST)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x20, 0, 0x81, b"55555"), "6984")
        self.assertEqual(self.sw(0x24, 0, 0x81, b"55556" b"666666"), "63C2")
        self.assertEqual(self.sw(0x24, 0, 0x81, b"55555" b"66666"), "6A80")
        self.assertEqual(self.sw(0x24, 0, 0x81, b"55555" b"666666"), "9000")
        self.assertEqual(self.sw(0x20, 0, 0x81, b"666666"), "9000")
        self.assertEqual(self.sw(0x2A, 0x9E, 0x9A, ESign.digest, 0), "9000")


class ESignFiles(TestCase):
    """A key and certificates of one's own."""

    def make_card(self):
        key, cert = (os.path.join(self.folder, name) for name in ("key.pem", "cert.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                        "-out", cert, "-subj", "/CN=Signer", "-days", "30"],
                       check=True, capture_output=True)
        return Card(self.folder, "--export-pki", self.pki, "--esign-key", key, "--esign-cert", cert)

    def test_rsa(self):
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import padding
        self.authenticate(ST)
        self.t.select(eac.ESIGN)
        self.assertEqual(self.sw(0x20, 0, 0x81, b"444444"), "9000")
        signature, sw = self.t.command(0x2A, 0x9E, 0x9A, ESign.digest, 0x10000)
        self.assertEqual(sw, "9000")
        x509.load_der_x509_certificate(self.t.read(2)).public_key().verify(
            signature, ESign.digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))


class Suites(TestCase):
    """PACE and chip authentication with every cipher, on the curve and on residues."""

    def card_with(self, group, suite):
        kind = 2 if group.ecdh else 1
        standard = tlv(0x30, tlv(0x06, eac.BSI + b"\x01\x02"), tlv(0x02, bytes([group.number])))
        number = lambda n: tlv(0x02, bytes([n]))
        infos = [tlv(0x30, tlv(6, eac.PACE_OID, bytes([kind, suite])), number(2),
                     number(group.number)),
                 tlv(0x30, tlv(6, eac.CA_OID, bytes([kind, suite])), number(2), number(1)),
                 tlv(0x30, tlv(6, eac.CA_OID, bytes([kind])), standard, number(1)),
                 tlv(0x30, tlv(6, eac.TA_OID), number(2))]
        path = os.path.join(self.folder, "access")
        with open(path, "wb") as file:
            file.write(tlv(0x31, *sorted(infos)))
        self.card.close()
        if os.path.exists(self.card.file):
            os.unlink(self.card.file)
        shutil.rmtree(self.pki, ignore_errors=True)
        self.root = {}
        self.card = Card(self.folder, "--export-pki", self.pki, "--ef-cardaccess", path)
        self.addCleanup(self.card.close)
        self.t = eac.Terminal(self.card.transmit, group, suite)

    def run_with(self, group, suite):
        self.card_with(group, suite)
        self.authenticate()
        self.t.select(eac.EID)
        self.assertEqual(self.t.read(4), b"\x64\x07\x0c\x05ERIKA")

    def test_ecdh(self):
        for suite in (1, 2, 3, 4):
            with self.subTest(suite=suite):
                self.run_with(eac.BP256, suite)

    def test_dh(self):
        for number, suite in ((0, 1), (0, 2), (1, 3), (2, 4)):
            with self.subTest(number=number, suite=suite):
                self.run_with(eac.rfc5114(number), suite)


def integer(number):
    return tlv(0x02, bytes([number]))


def info(kind, *rest):
    """A SecurityInfo; kind: the last bytes of its OID, below bsi-de 2 2."""
    return tlv(0x30, tlv(0x06, eac.BSI + bytes([2, 2, *kind])), *rest)


def standard(number):
    return tlv(0x30, tlv(0x06, eac.BSI + bytes([1, 2])), integer(number))


class GivenAccess(TestCase):
    """Cards made after an EF.CardAccess: uncommon ones work, impossible ones are refused."""

    TA = info([2], integer(2))
    PACE = info([4, 2, 2], integer(2), integer(13))
    CA = info([3, 2, 2], integer(2), integer(1)), info([3, 2], standard(13), integer(1))

    def make_card(self):
        return None

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.pki = os.path.join(self.folder, "pki")
        self.root = {}

    def file(self, *infos):
        path = os.path.join(self.folder, "access")
        with open(path, "wb") as file:
            file.write(tlv(0x31, *infos))
        return path

    def made(self, *infos):
        self.card = Card(self.folder, "--export-pki", self.pki, "--ef-cardaccess", self.file(*infos))
        self.addCleanup(self.card.close)
        self.t = eac.Terminal(self.card.transmit)

    def test_two_kinds(self):
        """PACE on a curve, chip authentication with residues: the terminal's key is one of those."""
        self.made(self.PACE, self.TA, info([3, 1, 4], integer(2), integer(5)),
                  info([3, 1], standard(2), integer(5)))
        self.open()
        self.t.group, self.t.suite = eac.rfc5114(2), 4
        self.t.terminal_authentication(self.chain())
        self.t.chip_authentication(eac.chip_keys(self.t.read(0x1D))[5], 5)
        self.t.select(eac.EID)
        self.assertEqual(self.t.read(1), bytes.fromhex("610413024944"))

    def test_key_without_identifier(self):
        self.made(self.PACE, self.TA, info([3, 2, 2], integer(2)), info([3, 2], standard(13)))
        self.open()
        self.t.terminal_authentication(self.chain())
        self.t.chip_authentication(eac.chip_keys(self.t.read(0x1D))[0], None)
        self.t.select(eac.EID)
        self.assertEqual(self.t.read(1), bytes.fromhex("610413024944"))

    def test_parameters_by_number(self):
        """Of several domain parameters the terminal names one."""
        self.made(self.PACE, info([4, 2, 2], integer(2), integer(12)), self.TA, *self.CA)
        for number, sw in ((13, "9000"), (12, "9000"), (14, None)):
            if sw is None:
                self.refused("MSE", "6A88", self.t.pace_select, CAN, number=number)
            else:
                self.t.pace_select(CAN, number=number)
                self.assertEqual(self.t.mse, sw)
        self.t.pace(CAN, b"222222")

    def test_impossible(self):
        dh = info([3, 1], standard(0), integer(1))
        for part, *infos in (
                ("no PACE", self.TA, *self.CA), ("no PACE", info([4, 6, 2], integer(2), integer(13)), *self.CA),
                ("no PACE", info([4, 2, 2], integer(1), integer(13)), *self.CA),
                ("parameters 99: no domain", info([4, 2, 2], integer(2), integer(99)), *self.CA),
                ("PACE: no domain", info([4, 2, 2], integer(2)), *self.CA),
                ("parameters 0: .*other kind", info([4, 2, 2], integer(2), integer(0)), *self.CA),
                ("no chip authentication", self.PACE, self.TA),
                ("no chip authentication", self.PACE, info([3, 2, 2], integer(1), integer(1)), self.CA[1]),
                ("key 1: no domain", self.PACE, self.CA[0]),
                ("key 1: .*other kind", self.PACE, self.CA[0], dh)):
            done = subprocess.run([os.environ["VICC"], "-t", "nPA", "--show", "--ef-cardaccess",
                                   self.file(*infos)], capture_output=True, text=True, timeout=60,
                                  check=False)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, "^vicc: nPA: --ef-cardaccess: .*" + part)
            self.assertEqual(done.stderr.count("\n"), 1)


class Examples(TestCase):
    """The certificates and keys that the predecessor's users have (tests/data/npa)."""

    def make_card(self):
        return None

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def use(self, name, group, suite, algorithm, files=True, options=("--disable-ta-checks",)):
        place = os.path.join(DATA, name)
        args = ["--cvca", os.path.join(place, "cvca.cvcert"), *options]
        if files:
            args += ["--ca-key", os.path.join(place, "npa_key"), "--ef-cardaccess",
                     os.path.join(place, "ef_cardaccess"), "--ef-cardsecurity",
                     os.path.join(place, "ef_cardsecurity")]
        self.card = Card(self.folder, *args)
        self.addCleanup(self.card.close)
        self.t = eac.Terminal(self.card.transmit, group, suite)
        certs = []
        for file, key in (("dvca" if files else "dv", None), ("at", "at_key.pkcs8" if files else "at.pkcs8")):
            with open(os.path.join(place, file + ".cvcert"), "rb") as handle:
                data = eac.find(handle.read(), 0x7F21)
            name = eac.find(data, 0x7F4E, 0x5F20).decode()
            cert = Cert(name, AT, TERMINAL, 0,
                        key and eac.load(os.path.join(place, key)), algorithm)
            cert.data = data
            certs.append(cert)
        return certs

    def through(self, certs, bits):
        self.t.pace(PIN, b"111111", chat(AT, bits))
        self.t.terminal_authentication(certs)
        self.t.chip_authentication(eac.chip_keys(self.t.read(0x1D))[1])
        self.t.select(eac.EID)

    def algorithm(self, name):
        with open(os.path.join(DATA, name, "at.cvcert"), "rb") as handle:
            return tuple(eac.find(handle.read(), 0x7F21, 0x7F4E, 0x7F49, 0x06)[-2:])

    def test_ecdh(self):
        self.through(self.use("ecdh", eac.BP256, 2, self.algorithm("ecdh")), rights(4, 8))
        self.assertEqual(self.t.read(1), bytes.fromhex("610413024944"))
        self.assertEqual(self.t.read(4), "6982")

    def test_dh(self):
        self.through(self.use("dh", eac.rfc5114(0), 2, self.algorithm("dh")), rights(4, 8))
        self.assertEqual(self.t.read(4), "6982")

    def test_pki(self):
        self.through(self.use("pki", eac.BP256, 2, self.algorithm("pki"), files=False, options=()),
                     ALL[AT])
        self.assertEqual(self.t.read(4), b"\x64\x07\x0c\x05ERIKA")

    def test_dates_are_looked_at(self):
        """Without --disable-ta-checks the examples' CVCA stands for inspection systems only."""
        certs = self.use("ecdh", eac.BP256, 2, self.algorithm("ecdh"), options=())
        self.t.pace(PIN, b"111111", chat(AT, rights(8)))
        self.refused("Set DST", "6A88", self.t.terminal_authentication, certs)


@unittest.skipIf(openpace.LIB is None, "no libeac (Debian: apt install libeac3)")
class OpenPace(TestCase):
    """OpenPACE as the terminal: its PACE, TA, CA and secure messaging."""

    def setUp(self):
        super().setUp()
        self.t = openpace.Terminal(self.card.transmit)

    def file(self, name):
        with open(os.path.join(self.pki, name), "rb") as file:
            return file.read()

    def all_of_eac(self, data=b""):
        self.assertEqual(self.t.pace(PIN, b"111111", chat(AT, ALL[AT])), (self.cvca().name, None))
        self.t.terminal_authentication_with([
            self.file("dv.cvcert"), self.file("at.cvcert")], self.file("at.pkcs8"), data)
        self.t.chip_authentication_with(self.t.read(0x1D))

    def test_passwords(self):
        mrz = (b"IDD<<T220001293<<<<<<<<<<<<<<<" b"6408125<2010315D<<<<<<<<<<<<<4"
               b"MUSTERMANN<<ERIKA<<<<<<<<<<<<<")
        for password, secret in ((MRZ, mrz), (CAN, b"222222"), (PIN, b"111111"),
                                 (PUK, b"3333333333")):
            self.t.pace(password, secret)
            self.assertEqual(self.t.read(0x1C)[0], 0x31)
            self.reset()
        self.refused("token", "63C2", self.t.pace, PIN, b"999999")

    def test_eac(self):
        self.all_of_eac(eac.aux((1, b"20081121")))
        self.t.select(eac.EID)
        self.assertEqual(self.t.read(4), b"\x64\x07\x0c\x05ERIKA")
        self.assertEqual(self.t.command(0x20, 0x80, 0x00, tlv(0x06, eac.AUX_OID, b"\x01"),
                                        cla=0x80)[1], "9000")
        self.assertEqual(self.sw(0x2C, 2, 3, b"123456"), "9000")
        self.assertEqual(len(self.t.identify(1, self.sectors()[0])), 32)

    def test_missing_right(self):
        self.t.pace(PIN, b"111111", chat(AT, rights(read_dg(1))))
        self.t.terminal_authentication_with([
            self.file("dv.cvcert"), self.file("at.cvcert")], self.file("at.pkcs8"))
        self.t.chip_authentication_with(self.t.read(0x1D))
        self.t.select(eac.EID)
        self.assertEqual((self.t.read(1)[0], self.t.read(4)), (0x61, "6982"))


class Options(unittest.TestCase):
    """What cannot be is said in one line, and no card is made."""

    def refuse(self, *args, names=()):
        done = subprocess.run([os.environ["VICC"], "-t", "nPA", "--once", "-P", "1", *args],
                              capture_output=True, text=True, timeout=20, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("refused; is pcscd running", done.stderr)
        for name in names:
            self.assertIn(name, done.stderr)

    def test_bad(self):
        data = lambda *names: os.path.join(DATA, *names)
        self.refuse("--pin", "1234", names=["--pin", "1234"])
        self.refuse("--can", "22222x", names=["--can"])
        self.refuse("--qes-pin", "12", names=["--qes-pin"])
        self.refuse("--mrz", "IDD<<", names=["--mrz"])
        self.refuse("--cvca", "/nonexistent", names=["--cvca", "/nonexistent"])
        self.refuse("--cvca", data("ecdh", "at.cvcert"), names=["--cvca", "at.cvcert"])
        self.refuse("--cvca", data("pki", "cvca.cvcert"), "--export-pki", "/tmp/x",
                    names=["--export-pki", "--cvca"])
        self.refuse("--ef-cardaccess", data("ecdh", "npa_key"), names=["--ef-cardaccess"])
        self.refuse("--ef-cardsecurity", data("ecdh", "ef_cardsecurity"), names=["--ca-key"])
        self.refuse("--ef-cardaccess", data("ecdh", "ef_cardaccess"), "--ef-cardsecurity",
                    data("ecdh", "ef_cardsecurity"), "--ca-key", data("dh", "npa_key"),
                    names=["--ef-cardsecurity", "--ca-key"])
        self.refuse("--ef-cardaccess", data("dh", "ef_cardaccess"), "--ef-cardsecurity",
                    data("ecdh", "ef_cardsecurity"), "--ca-key", data("ecdh", "npa_key"),
                    names=["--ef-cardsecurity", "--ef-cardaccess"])
        self.refuse("--ca-key", data("ecdh", "at.cvcert"), names=["--ca-key"])
        with tempfile.NamedTemporaryFile() as file:
            file.write(eac.new_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()))
            file.flush()
            self.refuse("--ca-key", file.name, names=["--ca-key", "group"])
        self.refuse("--esign-cert", data("pki", "cvca.cvcert"), names=["--esign-key"])
        self.refuse("--datasetfile", "/dev/null/x", names=["--datasetfile"])
        for bad in ("x", "-1", "1000000", ""):
            self.refuse(f"--auth-delay={bad}", names=["--auth-delay"])


class Exports(unittest.TestCase):
    """Certificates can be had again from a saved card; keys that were not kept cannot."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def vicc(self, *args):
        done = subprocess.run([os.environ["VICC"], "-f", self.path("card"), "--once", "-P", "1", *args],
                              capture_output=True, text=True, timeout=20, check=False)
        self.assertNotEqual(done.returncode, 0)
        return done.stderr

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def test_again(self):
        self.vicc("-t", "nPA", "--export-csca", self.path("csca"), "--export-ds", self.path("ds"))
        self.vicc("--export-csca", self.path("csca2"), "--export-ds", self.path("ds2"))
        self.assertEqual((self.read("csca"), self.read("ds")), (self.read("csca2"), self.read("ds2")))
        self.vicc("--export-csca", self.path("csca.pem"), "--export-ds", self.path("ds.pem"))
        subprocess.run(["openssl", "verify", "-CAfile", self.path("csca.pem"), self.path("ds.pem")],
                       check=True, capture_output=True)
        self.assertIn("--export-csca: ", self.vicc("--export-csca", self.path("no/where")))

    def test_late_options(self):
        self.vicc("-t", "nPA")
        error = self.vicc("--pin", "222333", "--auth-delay", "1", "--disable-ta-checks")
        self.assertIn("--pin is for a new card", error)
        self.assertNotIn("--auth-delay", error)
        self.assertNotIn("--disable-ta-checks", error)

    def test_no_pki(self):
        """A card that trusts somebody else's CVCA."""
        self.vicc("-t", "nPA", "--cvca", os.path.join(DATA, "pki", "cvca.cvcert"))
        error = self.vicc("--export-pki", self.path("pki"))
        self.assertIn("--export-pki: this card has no PKI of its own", error)
        self.assertNotIn("is pcscd running", error)
        self.assertFalse(os.path.exists(self.path("pki")))

    def test_given(self):
        """With another card's EF.CardSecurity, what signs the eMRTD application."""
        place = os.path.join(DATA, "ecdh")
        args = [f"--{name.replace('_', '-')}={os.path.join(place, name)}"
                for name in ("ef_cardaccess", "ef_cardsecurity")]
        self.vicc("-t", "nPA", "--ca-key", os.path.join(place, "npa_key"), *args,
                  "--export-csca", self.path("csca"))
        self.assertEqual(self.read("csca")[0], 0x30)


class TerminalPki(unittest.TestCase):
    """--export-pki from a saved card: made with it or without it, the same keys each time."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.file = os.path.join(self.folder, "card")
        self.card = None

    def start(self, *options):
        """A card in a reader of its own; the terminal that speaks to it."""
        reader = Reader()
        vicc = Vicc("-f", self.file, "-P", reader.port, *options)
        link = reader.accept()
        link.control(1)

        def transmit(command):
            link.send(command)
            return link.recv()

        def stop():
            link.close()
            vicc.__exit__()
            reader.close()

        self.stop = stop
        return eac.Terminal(transmit)

    def path(self, directory, name):
        return os.path.join(self.folder, directory, name)

    def read(self, directory, name):
        with open(self.path(directory, name), "rb") as file:
            return file.read()

    def chain(self, directory, kind):
        prefix, last = {AT: ("", "at"), IS: ("is-", "is"), ST: ("st-", "st")}[kind]
        return [Cert.read(self.path(directory, name + ".cvcert"), self.path(directory, name + ".pkcs8"))
                for name in (prefix + "dv", last)]

    def enter(self, terminal, directory, kind):
        password, secret = (PIN, b"111111") if kind == AT else (CAN, b"222222")
        terminal.pace(password, secret, chat(kind, ALL[kind]))
        terminal.terminal_authentication(self.chain(directory, kind))
        terminal.chip_authentication(eac.chip_keys(terminal.read(0x1D))[1])

    def test_each_kind(self):
        for options in ((), ("--export-pki", os.path.join(self.folder, "first"))):
            with self.subTest(options=options):
                self.start("-t", "nPA", *options)
                self.stop()
                for directory in ("second", "third"):
                    t = self.start("--export-pki", os.path.join(self.folder, directory))
                    for kind in (AT, IS, ST):
                        self.enter(t, directory, kind)
                        t.session = None
                    self.enter(t, directory, AT)
                    sector = self.read(directory, "sector1.key")
                    self.assertEqual(len(t.identify(1, sector)), 32)
                    self.stop()
                names = sorted(os.listdir(os.path.join(self.folder, "second")))
                self.assertEqual(len(names), 20)
                for name in names:
                    if name.endswith(".pkcs8"):
                        mode = os.stat(self.path("second", name)).st_mode
                        self.assertEqual(mode & 0o777, 0o600, name)
                    if name.endswith((".pkcs8", ".key")) or name.endswith("cvca.cvcert"):
                        for other in ("third", "first") if options else ("third",):
                            self.assertEqual(self.read("second", name), self.read(other, name), name)
                os.unlink(self.file)

    def test_later(self):
        """On the card's date, whatever has happened to it; a warning when its CVCA is of no use."""
        t = self.start("-t", "nPA", "--export-pki", os.path.join(self.folder, "first"))
        old = Cert.read(self.path("first", "cvca.cvcert"), self.path("first", "cvca.pkcs8"))
        # when the terminals' certificates of today have expired, and the CVCA's not yet
        year = datetime.date.today().year + 8
        late = Cert("DELATERDV0001", AT, DV, ALL[AT]).issue(
            old, f"{year % 100:02}0101", f"{(year + 1) % 100:02}1231")
        t.pace(PIN, b"111111", chat(AT, ALL[AT]))
        t.certificate(late.data, old.name)
        t.session = None
        with self.assertRaises(Refused):
            self.enter(t, "first", AT)
        self.stop()
        t = self.start("--export-pki", os.path.join(self.folder, "second"))
        self.enter(t, "second", AT)
        self.stop()
        for n in (2, 3):
            link = Cert(f"DELINK{n:07}", AT, CVCA, ALL[AT]).issue(
                old, f"{year % 100:02}020{n}", f"{(year + 6) % 100:02}1231")
            t = self.start()
            t.pace(PIN, b"111111", chat(AT, ALL[AT]))
            t.certificate(link.data, old.name)
            self.stop()
            old = link
        done = subprocess.run([os.environ["VICC"], "-f", self.file, "--once", "-P", "1", "--export-pki",
                               os.path.join(self.folder, "third")], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertIn("--export-pki: cvca has been replaced", done.stderr)
        self.assertNotIn("is-cvca", done.stderr)


class KeyFiles(TestCase):
    """--ca-key as PKCS #8 and PEM."""

    def test_forms(self):
        key = eac.new_key()
        numbers = key.public_key().public_numbers()
        for encoding in (serialization.Encoding.DER, serialization.Encoding.PEM):
            path = os.path.join(self.folder, "key")
            with open(path, "wb") as file:
                file.write(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8,
                                             serialization.NoEncryption()))
            self.card.close()
            if os.path.exists(self.card.file):
                os.unlink(self.card.file)
            shutil.rmtree(self.pki, ignore_errors=True)
            self.root = {}
            self.card = Card(self.folder, "--export-pki", self.pki, "--ca-key", path)
            self.addCleanup(self.card.close)
            self.t = eac.Terminal(self.card.transmit)
            security = self.authenticate()
            self.assertEqual(eac.chip_keys(security)[1],
                             eac.BP256.encode((numbers.x, numbers.y)))


    def test_dh(self):
        """A Diffie-Hellman key as openssl writes it, and EF.CardAccess from EF.CardSecurity."""
        params, path = (os.path.join(self.folder, name) for name in ("params", "key"))
        group = eac.rfc5114(0)
        for args in (["-genparam", "-algorithm", "DHX", "-pkeyopt", "dh_rfc5114:1", "-out", params],
                     ["-paramfile", params, "-out", path]):
            subprocess.run(["openssl", "genpkey", *args], check=True, capture_output=True)
        place = os.path.join(DATA, "dh")
        for key, security in ((path, []), (os.path.join(place, "npa_key"), [
                "--ef-cardsecurity", os.path.join(place, "ef_cardsecurity")])):
            self.card.close()
            if os.path.exists(self.card.file):
                os.unlink(self.card.file)
            shutil.rmtree(self.pki, ignore_errors=True)
            self.root = {}
            access = [] if security else ["--ef-cardaccess", os.path.join(place, "ef_cardaccess")]
            self.card = Card(self.folder, "--export-pki", self.pki, "--ca-key", key, *security,
                             *access)
            self.addCleanup(self.card.close)
            self.t = eac.Terminal(self.card.transmit, group)
            self.authenticate()


class PredecessorsMrz(TestCase):
    """Its default had a filler too many in the second line."""
    options = ("--mrz", "IDD<<T220001293<<<<<<<<<<<<<<<6408125<2010315D<<<<<<<<<<<<<<4"
               "MUSTERMANN<<ERIKA<<<<<<<<<<<<<")

    def test_opens(self):
        self.t.pace(MRZ, MRZ_SECRET)


if __name__ == "__main__":
    if "--saved" in sys.argv:
        SAVED = True
        sys.argv.remove("--saved")
    signal.alarm(600)
    unittest.main()

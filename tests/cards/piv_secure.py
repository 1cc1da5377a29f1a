#!/usr/bin/env python3
"""PIV's secure messaging and virtual contact interface, by a host of our own (piv_host.py): what has
to work with both cipher suites, and what is refused. VICC names the program."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from vicc_reader import Reader, Vicc, run  # noqa: E402

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
except ImportError:
    print("skipped: no cryptography (Debian: apt install python3-cryptography)", file=sys.stderr)
    sys.exit(77)

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:
    TripleDES = algorithms.TripleDES

import tlv  # noqa: E402
from piv_host import SUITES, Host, Refused, Session, cmac, kdf, other_info  # noqa: E402

PIN, PUK = b"123456\xff\xff", b"12345678"
FIXED = ("--pin", "123456", "--puk", "12345678")
PAIRING = b"31415926"


def sign_template(digest):
    return tlv.make(0x7C, tlv.make(0x82), tlv.make(0x81, digest))


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.vicc = self.reader = None

    def tearDown(self):
        self.eject()

    def eject(self):
        if self.vicc is not None:
            self.vicc.stop()
            self.reader.close()
            self.vicc = None

    def path(self, name):
        return os.path.join(self.dir.name, name)

    def insert(self, *options):
        self.eject()
        self.reader = Reader()
        self.vicc = Vicc("-t", "piv", "-P", self.reader.port, *FIXED, *options)
        self.link = self.reader.accept()
        self.link.control(1)
        host = Host(self.transmit)
        self.assertEqual(host.select()[1], 0x9000)
        return host

    def transmit(self, apdu):
        self.link.send(apdu)
        return self.link.recv()

    def reset(self):
        self.link.control(2)

    def refused(self, sw, function, *args, **more):
        with self.assertRaises(Refused) as caught:
            function(*args, **more)
        self.assertEqual(f"{caught.exception.sw:04X}", f"{sw:04X}")

    def admin(self, host):
        """The default card management key."""
        body, sw = host.plain(0x87, 0x03, 0x9B, bytes.fromhex("7C028100"))
        self.assertEqual(sw, 0x9000)
        tdes = Cipher(TripleDES(bytes(range(1, 9)) * 3), modes.ECB()).encryptor()
        answer = tdes.update(tlv.find(body, 0x7C, 0x81))
        self.assertEqual(host.plain(0x87, 0x03, 0x9B, tlv.make(0x7C, tlv.make(0x82, answer)))[1],
                         0x9000)


class Vectors(unittest.TestCase):
    """A card of NIST's Special Database 33: its key derivation, for the host that the others use."""

    def test_keys(self):
        suite = SUITES["cs7"]
        z = bytes.fromhex("0A8CB2C2DF282B8304B49F885DB7E6D423E2E40A58D7F5146DAE9074786F4B21021B8664"
                          "786F7C1A451790E45A43350F")
        point = b"\4" + bytes.fromhex("E4F222578F43427EAA1FAB0D8DBD2297")
        info = other_info(suite, bytes(8), 0, point, bytes.fromhex("A5500073BA177037"),
                          bytes.fromhex("BB5B9ACFF40653521BFF81CE65DA8EF2CDE0196A0384BFA7"), 0)
        keys = kdf(suite, z, info)
        self.assertEqual(keys[3].hex().upper(),
                         "627DA752F6770BD5810BDE6172B2F6310F207F5C5A0E12E034BBE5CAEB49FD17")


class Suites(Case):
    def all_of(self, name):
        host = self.insert("--sm", name, "--generate", "9a:eccp256", "--generate", "9c:rsa2048",
                           "--generate", "9d:eccp384")
        suite = SUITES[name]
        template = tlv.find(host.select()[0], 0x61)
        self.assertEqual(tlv.find(template, 0xAC), bytes([0x80, 1, suite.p1, 0x06, 1, 0]))
        host.establish(name)
        # reading, short and long; absent and guarded objects; wrong P1-P2, all inside
        chuid = host.get(0x5FC102)
        self.assertEqual(host.get(0x5FC102, secure=True), chuid)
        cert = host.get(0x5FC105, secure=True)
        self.assertEqual(cert, host.get(0x5FC105))
        self.assertEqual(host.get(0x5FC10D, secure=True), (b"", 0x6A82))
        self.assertEqual(host.get(0x5FC109, secure=True), (b"", 0x6982))
        self.assertEqual(host.secure(0xCB, 0x3F, 0xFE, b"\x5C\1\x7E"), (b"", 0x6A86))
        self.assertEqual(host.secure(0xEE, 0, 0, le=None), (b"", 0x6D00))
        # PIN: wrong, status, right; the proof is that of the card, protected or not
        self.assertEqual(host.secure(0x20, 0, 0x80, b"654321\xff\xff", None), (b"", 0x63C2))
        self.assertEqual(host.secure(0x20, 0, 0x80, b"", None), (b"", 0x63C2))
        self.assertEqual(host.secure(0x20, 0, 0x80, PIN, None), (b"", 0x9000))
        self.assertEqual(host.plain(0x20, 0, 0x80, b"", b""), (b"", 0x9000))
        self.assertEqual(host.get(0x5FC109, secure=True), (b"", 0x6A82))
        # signatures, one with a chain in both directions
        digest = bytes(range(32))
        body, sw = host.secure(0x87, 0x11, 0x9A, sign_template(digest))
        self.assertEqual(sw, 0x9000)
        x509.load_der_x509_certificate(tlv.find(cert[0], 0x53, 0x70)).public_key().verify(
            tlv.find(body, 0x7C, 0x82), digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        block = b"\0\1" + b"\xff" * 218 + b"\0" + b"x" * 35
        template = sign_template(block)
        self.assertEqual(host.secure(0x87, 0x07, 0x9C, template), (b"", 0x6982))
        self.assertEqual(host.secure(0x20, 0, 0x80, PIN, None)[1], 0x9000)
        body, sw = host.secure(0x87, 0x07, 0x9C, template)
        self.assertEqual((len(tlv.find(body, 0x7C, 0x82)), sw), (256, 0x9000))
        self.assertEqual(host.secure(0x87, 0x07, 0x9C, template), (b"", 0x6982))
        # the session goes on after plain commands and wrong ones
        self.assertEqual(host.plain(0xEE, 0, 0)[1], 0x6D00)
        self.assertEqual(host.get(0x5FC102, secure=True), chuid)
        # SELECT is not for secure messaging; the application stays selected
        self.assertEqual(host.secure(0xA4, 0x04, 0, bytes.fromhex("A000000308")), (b"", 0x6882))
        self.assertEqual(host.select()[1], 0x9000)
        self.assertEqual(host.get(0x5FC102, secure=True), chuid)
        # PIN changes, protected
        self.assertEqual(host.secure(0x24, 0, 0x80, PIN + b"246810\xff\xff", None)[1], 0x9000)
        self.assertEqual(host.secure(0x2C, 0, 0x80, PUK + PIN, None)[1], 0x9000)

    def test_cs2(self):
        self.all_of("cs2")

    def test_cs7(self):
        self.all_of("cs7")

    def test_extended(self):
        """One long command, one long answer."""
        host = self.insert("--generate", "9e:rsa2048")
        host.establish("cs2")
        header, data = host.session.wrap(0x87, 0x07, 0x9E, sign_template(b"\0\1" + b"\xff" * 254),
                                         0)
        self.assertGreater(len(data), 255)
        body, sw = host.raw(header + b"\0" + len(data).to_bytes(2, "big") + data + b"\0\0")
        self.assertEqual(sw, 0x9000)
        body, sw = host.session.unwrap(body)
        self.assertEqual((len(tlv.find(body, 0x7C, 0x82)), sw), (256, 0x9000))

    def test_control_byte(self):
        """What the host says in its lower half is in the keys; the upper half is refused."""
        host = self.insert()
        for cb in (0x00, 0x01, 0x0F):
            host.establish("cs2", cb=cb)
            self.assertEqual(host.get(0x7E, secure=True)[1], 0x9000)
        for cb in (0x10, 0x80, 0xFF):
            self.refused(0x6A80, host.establish, "cs2", cb=cb)

    def test_new_sessions(self):
        """Each replaces the one before, and a failed one leaves none."""
        host = self.insert()
        old = host.establish("cs2")
        new = host.establish("cs2")
        self.assertEqual(host.get(0x7E, secure=True)[1], 0x9000)
        host.session = old
        self.refused(0x6988, host.get, 0x7E, secure=True)
        host.session = new
        self.refused(0x6982, host.get, 0x7E, secure=True)
        host.establish("cs2")
        self.refused(0x6A80, host.establish, "cs2", point=b"\4" + bytes(64))
        self.refused(0x6982, host.get, 0x7E, secure=True)

    def test_reset_ends_it(self):
        host = self.insert()
        host.establish("cs2")
        self.reset()
        self.refused(0x6982, host.get, 0x7E, secure=True)

    def test_none(self):
        host = self.insert("--sm", "none")
        self.assertIsNone(tlv.find(host.select()[0], 0x61, 0xAC))
        self.refused(0x6A88, host.establish, "cs2")
        host.session = Session([bytes(16)] * 4)
        self.refused(0x6882, host.get, 0x7E, secure=True)
        self.assertEqual(host.get(0x5FC122), (b"", 0x6A82))


class Establishment(Case):
    """What is wrong with a request."""

    def test_requests(self):
        host = self.insert()
        good = ec.generate_private_key(SUITES["cs2"].curve).public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        short = good[:33]
        challenge = bytes(9) + good
        rows = [
            ("compressed point", bytes(9) + b"\2" + short[1:], 0x6A80),
            ("point at infinity", bytes(9) + b"\0", 0x6A80),
            ("not on the curve", bytes(9) + good[:-1] + bytes([good[-1] ^ 1]), 0x6A80),
            ("coordinate above the field", bytes(9) + b"\4" + b"\xff" * 64, 0x6A80),
            ("hybrid form", bytes(9) + bytes([6 | good[-1] & 1]) + good[1:], 0x6A80),
            ("too short", challenge[:-1], 0x6A80),
            ("too long", challenge + b"\0", 0x6A80),
            ("nothing", b"", 0x6A80),
            ("P-384", bytes(9) + ec.generate_private_key(ec.SECP384R1()).public_key().public_bytes(
                serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint), 0x6A80),
        ]
        for name, value, sw in rows:
            with self.subTest(name):
                data = tlv.make(0x7C, tlv.make(0x81, value), tlv.make(0x82))
                self.assertEqual(host.plain(0x87, 0x27, 0x04, data), (b"", sw))
        point = tlv.make(0x85, good)
        for name, data in [("tag 85", tlv.make(0x7C, tlv.make(0x82), point)),
                           ("no template", tlv.make(0x81, challenge)),
                           ("witness asked", tlv.make(0x7C, tlv.make(0x80))),
                           ("challenge twice", tlv.make(0x7C, tlv.make(0x81, challenge) * 2)),
                           ("empty", b"")]:
            with self.subTest(name):
                self.assertEqual(host.plain(0x87, 0x27, 0x04, data), (b"", 0x6A80))
        right = tlv.make(0x7C, tlv.make(0x81, challenge), tlv.make(0x82))
        for p1 in (0x2E, 0x11, 0x00, 0x07):
            self.assertEqual(host.plain(0x87, p1, 0x04, right), (b"", 0x6A86))
        self.assertEqual(host.plain(0x87, 0x27, 0x9A, right), (b"", 0x6A88))
        host.establish("cs2")
        self.assertEqual(host.secure(0x87, 0x27, 0x04, right), (b"", 0x6882))
        self.assertEqual(host.get(0x7E, secure=True)[1], 0x9000)

    def test_key_04_is_for_nothing_else(self):
        host = self.insert()
        self.admin(host)
        for ins, p1, p2, data, sw in [
                (0xFE, 0x11, 0x04, tlv.make(0x06, bytes(31) + b"\1"), 0x6A86),
                (0xF6, 0xFF, 0x04, b"", 0x6A86), (0xF6, 0x82, 0x04, b"", 0x6A86),
                (0xF9, 0x04, 0x00, b"", 0x6A86),
                (0x47, 0x00, 0x04, bytes.fromhex("AC03800111"), 0x6A80),
                (0x47, 0x00, 0x9A, bytes.fromhex("AC03800127"), 0x6A80)]:
            with self.subTest(f"{ins:02X} {p1:02X} {p2:02X}"):
                self.assertEqual(host.plain(ins, p1, p2, data), (b"", sw))

    def test_generate(self):
        """A new key, of the other suite; it needs the management key."""
        host = self.insert()
        host.establish("cs2")
        command = (0x47, 0x00, 0x04, bytes.fromhex("AC0380012E"))
        self.assertEqual(host.plain(*command), (b"", 0x6982))
        self.admin(host)
        body, sw = host.plain(*command)
        self.assertEqual(sw, 0x9000)
        self.refused(0x6982, host.get, 0x7E, secure=True)
        self.refused(0x6A86, host.establish, "cs2")
        host.establish("cs7")
        self.assertEqual(host.cvc.point, tlv.find(body, 0x7F49, 0x86))
        self.assertEqual(host.get(0x7E, secure=True)[1], 0x9000)


    def test_reset_of_the_card(self):
        """RESET: another key and certificate, for the new GUID; no virtual contact interface."""
        host = self.insert("--sm", "cs7", "--pairing-code", PAIRING.decode())
        host.establish("cs7")
        before = host.cvc
        for _ in range(3):
            host.plain(0x20, 0, 0x80, b"000000\xff\xff")
            host.plain(0x2C, 0, 0x80, b"00000000" + PIN)
        self.assertEqual(host.plain(0xFB, 0, 0), (b"", 0x9000))
        self.refused(0x6982, host.get, 0x7E, secure=True)
        host.establish("cs7")
        self.assertNotEqual(host.cvc.point, before.point)
        self.assertNotEqual(host.cvc.subject, before.subject)
        self.assertEqual(host.get(0x7E)[0][-2:], b"\x40\0")
        self.assertEqual(host.plain(0x20, 0, 0x98, PAIRING), (b"", 0x6A88))


class Attacks(Case):
    """Each ends the session: a right command after it is refused as one without a session."""

    def over(self, host, header, data, sw):
        session = host.session
        self.assertEqual(host.send(header, data), (b"", sw))
        host.session = session
        self.refused(0x6982, host.get, 0x7E, secure=True)

    def fresh(self):
        host = self.insert()
        host.establish("cs2")
        return host

    def test_all(self):
        discovery = (0xCB, 0x3F, 0xFF, b"\x5C\1\x7E", 0)
        host = self.fresh()
        with self.subTest("replay"):
            header, data = host.session.wrap(*discovery)
            body, _ = host.send(header, data)
            host.session.unwrap(body)
            self.over(host, header, data, 0x6988)
        for name, change, sw in [
                ("MAC", lambda h, d: (h, d[:-1] + bytes([d[-1] ^ 1])), 0x6988),
                ("no MAC", lambda h, d: (h, d[:-10]), 0x6987),
                ("short MAC", lambda h, d: (h, d[:-10] + b"\x8E\4" + d[-8:-4]), 0x6988),
                ("header", lambda h, d: (h[:3] + b"\xFE", d), 0x6988),
                ("other instruction", lambda h, d: (h[:1] + b"\xF8" + h[2:], d), 0x6988),
                ("cryptogram", lambda h, d: (h, d[:4] + bytes([d[4] ^ 1]) + d[5:]), 0x6988),
                ("Le taken out", lambda h, d: (h, d[:-13] + d[-10:]), 0x6988),
                ("order", lambda h, d: (h, d[-13:-10] + d[:-13] + d[-10:]), 0x6988),
                ("plain data", lambda h, d: (h, b"\x81\3\x5C\1\x7E" + d[-13:]), 0x6987),
                ("padding indicator", lambda h, d: (h, d[:2] + b"\2" + d[3:]), 0x6988),
                ("nothing", lambda h, d: (h, b""), 0x6987),
                ("class 08", lambda h, d: (b"\x08" + h[1:], d), 0x6987),
                ("class 04", lambda h, d: (b"\x04" + h[1:], d), 0x6987)]:
            with self.subTest(name):
                host.establish("cs2")
                self.over(host, *change(*host.session.wrap(*discovery)), sw)

    def test_order(self):
        """The second command first."""
        host = self.fresh()
        host.session.wrap(0xCB, 0x3F, 0xFF, b"\x5C\1\x7E", 0)
        self.over(host, *host.session.wrap(0xCB, 0x3F, 0xFF, b"\x5C\1\x7E", 0), 0x6988)

    def test_padding(self):
        """A right MAC over a cryptogram whose padding is wrong."""
        host = self.fresh()
        host.session.counter += 1
        wrong = Cipher(algorithms.AES(host.session.enc), modes.CBC(host.session.iv(False)))
        cryptogram = wrong.encryptor().update(bytes(16))
        objects = tlv.make(0x87, b"\1", cryptogram)
        mac = cmac(host.session.mac, bytes(16) + bytes.fromhex("0CCB3FFF80") + bytes(11) + objects)
        self.over(host, bytes.fromhex("0CCB3FFF"), objects + tlv.make(0x8E, mac[:8]), 0x6988)

    def test_chain(self):
        """What is chained is the protected field: one broken off is refused, and the session goes
        on, as nothing of it was taken."""
        host = self.insert("--generate", "9e:rsa2048")
        host.establish("cs2")
        self.assertEqual(host.raw(bytes.fromhex("1CCB3FFF05") + bytes(5)), (b"", 0x9000))
        self.assertEqual(host.plain(0xCB, 0x3F, 0xFF, b"\x5C\1\x7E"), (b"", 0x6883))
        self.assertEqual(host.get(0x7E, secure=True)[1], 0x9000)

    def test_tries(self):
        """A PIN try that came in a wrong command is none."""
        host = self.fresh()
        header, data = host.session.wrap(0x20, 0, 0x80, b"000000\xff\xff", None)
        self.assertEqual(host.send(header, data[:-1] + bytes([data[-1] ^ 1])), (b"", 0x6988))
        self.assertEqual(host.plain(0x20, 0, 0x80, b"", b""), (b"", 0x63C3))


class Contactless(Case):
    KEYS = ("--generate", "9a:eccp256", "--generate", "9c:eccp256", "--generate", "9d:eccp256",
            "--generate", "9e:eccp256", "--generate", "82:eccp256")
    VCI_OBJECTS = (0x5FC105, 0x5FC10A, 0x5FC10B, 0x5FC10D, 0x5FC107, 0x5FC10C)
    digest = bytes(range(32))

    def test_without_vci(self):
        host = self.insert("--contactless", *self.KEYS)
        self.assertEqual(host.get(0x7E)[0][-2:], b"\x40\0")
        for tag in (0x5FC101, 0x5FC102, 0x5FC122):
            self.assertEqual(host.get(tag)[1], 0x9000, f"{tag:X}")
        host.establish("cs2")
        for secure in (False, True):
            for tag in (*self.VCI_OBJECTS, 0x5FC106, 0x5FC103, 0x5FC109, 0x5FC123, 0x5FFF00):
                self.assertEqual(host.get(tag, secure), (b"", 0x6982), f"{tag:X}")
            do = host.secure if secure else host.plain
            for ref in (0x9A, 0x9C, 0x9D, 0x82):
                self.assertEqual(do(0x87, 0x11, ref, sign_template(self.digest)), (b"", 0x6982))
            self.assertEqual(do(0x87, 0x11, 0x9E, sign_template(self.digest))[1], 0x9000)
            self.assertEqual(do(0x87, 0x03, 0x9B, bytes.fromhex("7C028100")), (b"", 0x6982))
            self.assertEqual(do(0x20, 0, 0x80, PIN), (b"", 0x6982))
            self.assertEqual(do(0x20, 0, 0x80), (b"", 0x6982))
            self.assertEqual(do(0x20, 0xFF, 0x80), (b"", 0x6982))
            self.assertEqual(do(0x20, 0, 0x98, PAIRING), (b"", 0x6A88))
            self.assertEqual(do(0x24, 0, 0x80, PIN + PIN), (b"", 0x6982))
            self.assertEqual(do(0x24, 0, 0x81, PUK + PUK), (b"", 0x6A81))
            for ins in (0x2C, 0x47, 0xDB, 0xFE, 0xFF):
                self.assertEqual(do(ins, 0, 0x80, PUK + PIN), (b"", 0x6A81), f"{ins:02X}")
            for ins in (0xFA, 0xFB, 0xF6, 0xF9):
                self.assertEqual(do(ins, 0, 0x80), (b"", 0x6A81), f"{ins:02X}")
            self.assertEqual(do(0xFD, 0, 0)[1], 0x9000)
        # nothing was tried
        self.assertEqual(host.plain(0xF7, 0, 0x80)[0][-2:], b"\3\3")

    def all_through(self, host):
        """What the virtual contact interface has, and the plain commands beside it have not."""
        for tag in self.VCI_OBJECTS:
            self.assertIn(host.get(tag, True)[1], (0x9000, 0x6A82), f"{tag:X}")
            self.assertEqual(host.get(tag), (b"", 0x6982))
        self.assertEqual(host.get(0x5FC105, True)[1], 0x9000)
        self.assertEqual(host.get(0x5FC109, True)[1], 0x6982)
        self.assertEqual(host.secure(0x87, 0x11, 0x9A, sign_template(self.digest))[1], 0x6982)
        self.assertEqual(host.secure(0x20, 0, 0x80, PIN, None)[1], 0x9000)
        self.assertEqual(host.get(0x5FC109, True)[1], 0x6A82)
        for ref in (0x9A, 0x9D, 0x82):
            template = sign_template(self.digest)
            self.assertEqual(host.secure(0x87, 0x11, ref, template)[1], 0x9000)
            self.assertEqual(host.plain(0x87, 0x11, ref, template), (b"", 0x6982))
        self.assertEqual(host.secure(0x20, 0, 0x80, PIN, None)[1], 0x9000)
        self.assertEqual(host.secure(0x87, 0x11, 0x9C, sign_template(self.digest))[1], 0x9000)
        self.assertEqual(host.secure(0x24, 0, 0x80, PIN + b"135790\xff\xff", None)[1], 0x9000)
        self.assertEqual(host.secure(0x24, 0, 0x80, b"135790\xff\xff" + PIN, None)[1], 0x9000)
        self.assertEqual(host.secure(0x2C, 0, 0x80, PUK + PIN, None)[1], 0x6A81)
        self.assertEqual(host.secure(0x24, 0, 0x81, PUK + PUK, None)[1], 0x6A81)

    def test_pairing(self):
        host = self.insert("--contactless", "--pairing-code", PAIRING.decode(), *self.KEYS)
        self.assertEqual(host.get(0x7E)[0][-2:], b"\x48\0")
        self.assertEqual(host.plain(0x20, 0, 0x98, PAIRING), (b"", 0x6982))
        host.establish("cs2")
        self.assertEqual(host.plain(0x20, 0, 0x98, PAIRING), (b"", 0x6982))
        self.assertEqual(host.get(0x5FC105, True), (b"", 0x6982))
        self.assertEqual(host.secure(0x20, 0, 0x80, PIN, None)[1], 0x6982)
        # no tries are counted
        for _ in range(20):
            self.assertEqual(host.secure(0x20, 0, 0x98, b"00000000", None)[1], 0x6300)
        self.assertEqual(host.secure(0x20, 0, 0x98, b"", None)[1], 0x6300)
        self.assertEqual(host.secure(0x20, 0, 0x98, PAIRING[:7], None)[1], 0x6A80)
        self.assertEqual(host.secure(0x20, 0, 0x98, PAIRING, None)[1], 0x9000)
        self.assertEqual(host.secure(0x20, 0, 0x98, b"", None)[1], 0x9000)
        self.all_through(host)
        self.assertEqual(host.secure(0x20, 0, 0x80, PIN, None)[1], 0x9000)
        code = host.get(0x5FC123, True)
        self.assertEqual(code, (tlv.make(0x53, tlv.make(0x99, PAIRING), b"\xFE\0"), 0x9000))
        # a wrong code closes it, P1 FF too
        self.assertEqual(host.secure(0x20, 0, 0x98, b"00000000", None)[1], 0x6300)
        self.assertEqual(host.get(0x5FC105, True), (b"", 0x6982))
        self.assertEqual(host.secure(0x20, 0, 0x98, PAIRING, None)[1], 0x9000)
        self.assertEqual(host.secure(0x20, 0xFF, 0x98, b"", None)[1], 0x9000)
        self.assertEqual(host.get(0x5FC105, True), (b"", 0x6982))
        # so does a new session, or one that was broken
        self.assertEqual(host.secure(0x20, 0, 0x98, PAIRING, None)[1], 0x9000)
        host.establish("cs2")
        self.assertEqual(host.get(0x5FC105, True), (b"", 0x6982))
        self.assertEqual(host.secure(0x20, 0, 0x98, PAIRING, None)[1], 0x9000)
        header, data = host.session.wrap(0xCB, 0x3F, 0xFF, b"\x5C\1\x7E", 0)
        self.assertEqual(host.send(header, data[:-1] + bytes([data[-1] ^ 1]))[1], 0x6988)
        host.establish("cs2")
        self.assertEqual(host.get(0x5FC105, True), (b"", 0x6982))

    def test_free(self):
        host = self.insert("--contactless", "--pairing-code", "none", "--sm", "cs7", *self.KEYS)
        self.assertEqual(host.get(0x7E)[0][-2:], b"\x4C\0")
        self.assertEqual(host.get(0x5FC105), (b"", 0x6982))
        host.establish("cs7")
        self.assertEqual(host.secure(0x20, 0, 0x98, PAIRING, None)[1], 0x6A88)
        self.all_through(host)

    def test_last_try(self):
        """Part 2, 3.2.1: it is kept for the contact interface, so that nobody blocks a PIN in
        passing; the global PIN's too."""
        file = self.path("card.vsc")
        self.insert("-f", file, "--pairing-code", "none", "--global-pin", "918273", *self.KEYS)
        host = self.insert("-f", file, "--contactless")
        host.establish("cs2")
        wrong = b"000000\xFF\xFF"
        for ref, right in ((0x80, PIN), (0x00, b"918273\xFF\xFF")):
            self.assertEqual(host.secure(0x20, 0, ref, b"", None)[1], 0x63C2)
            self.assertEqual(host.secure(0x20, 0, ref, wrong, None)[1], 0x63C1)
            self.assertEqual(host.secure(0x24, 0, ref, wrong + PIN, None)[1], 0x63C0)
            self.assertEqual(host.secure(0x20, 0, ref, b"", None)[1], 0x63C0)
            for data in (wrong, right):
                self.assertEqual(host.secure(0x20, 0, ref, data, None)[1], 0x6983)
                self.assertEqual(host.secure(0x24, 0, ref, data + PIN, None)[1], 0x6983)
        host = self.insert("-f", file)
        self.assertEqual(host.plain(0x20, 0, 0x80, b"", b""), (b"", 0x63C1))
        self.assertEqual(host.plain(0x20, 0, 0x80, PIN, b""), (b"", 0x9000))
        self.assertEqual(host.plain(0x20, 0, 0x00, wrong, b""), (b"", 0x63C0))
        host = self.insert("-f", file, "--contactless")
        host.establish("cs2")
        self.assertEqual(host.secure(0x20, 0, 0x80, PIN, None)[1], 0x9000)
        self.assertEqual(host.secure(0x20, 0, 0x00, b"", None)[1], 0x6983)

    def test_over_contacts(self):
        """There the pairing code opens nothing, and the object with it wants the PIN."""
        host = self.insert("--pairing-code", PAIRING.decode(), *self.KEYS)
        self.assertEqual(host.get(0x5FC123), (b"", 0x6982))
        self.assertEqual(host.plain(0x20, 0, 0x98, PAIRING, b""), (b"", 0x9000))
        self.assertEqual(host.plain(0x20, 0, 0x98, b"00000000", b""), (b"", 0x6300))
        self.assertEqual(host.get(0x5FC105)[1], 0x9000)
        self.assertEqual(host.plain(0x24, 0, 0x98, PAIRING + PAIRING), (b"", 0x6A88))
        # the object is the code
        self.admin(host)
        other = tlv.make(0x5C, b"\x5F\xC1\x23") + tlv.make(0x53, tlv.make(0x99, b"27182818"))
        self.assertEqual(host.plain(0xDB, 0x3F, 0xFF, other, b""), (b"", 0x9000))
        self.assertEqual(host.plain(0x20, 0, 0x98, PAIRING, b""), (b"", 0x6300))
        self.assertEqual(host.plain(0x20, 0, 0x98, b"27182818", b""), (b"", 0x9000))
        gone = tlv.make(0x5C, b"\x5F\xC1\x23") + tlv.make(0x53)
        self.assertEqual(host.plain(0xDB, 0x3F, 0xFF, gone, b""), (b"", 0x9000))
        self.assertEqual(host.plain(0x20, 0, 0x98, b"27182818", b""), (b"", 0x6A88))

    def test_saved(self):
        """Key, certificates and pairing code stay; the interface is that of the reader."""
        file = self.path("card.vsc")
        host = self.insert("-f", file, "--pairing-code", PAIRING.decode(), "--sm", "cs7",
                           *self.KEYS)
        host.establish("cs7")
        cvc = host.cvc.raw
        host = self.insert("-f", file, "--contactless")
        self.assertEqual(host.get(0x5FC105), (b"", 0x6982))
        host.establish("cs7")
        self.assertEqual(host.cvc.raw, cvc)
        self.assertEqual(host.secure(0x20, 0, 0x98, PAIRING, None)[1], 0x9000)
        self.assertEqual(host.get(0x5FC105, True)[1], 0x9000)
        self.eject()
        status, text, _ = run("-f", file, "--show")
        self.assertEqual(status, 0)
        self.assertIn("cipher suite 2E", text)
        self.assertNotIn(PAIRING.decode(), text)


class Signer(Case):
    """--sm-signer: a content signer of one's own; one with RSA signs an intermediate."""

    def make(self, kind):
        subprocess.run(["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-keyout",
                        self.path("k.pem"), "-out", self.path("c.pem"), "-subj", "/CN=Issuer"],
                       check=True, capture_output=True)
        key, cert = (pathlib.Path(self.path(name)).read_bytes() for name in ("k.pem", "c.pem"))
        pathlib.Path(self.path("both.pem")).write_bytes(key + cert)
        return x509.load_pem_x509_certificate(cert).public_bytes(serialization.Encoding.DER)

    def test_signers(self):
        for kind in (["rsa:2048"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
                     ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]):
            der = self.make(kind)
            for suite in ("cs2", "cs7"):
                with self.subTest(f"{kind[-1]} {suite}"):
                    host = self.insert("--sm", suite, "--sm-signer", self.path("both.pem"))
                    host.establish(suite, trusted=der)
                    self.assertEqual(host.get(0x7E, secure=True)[1], 0x9000)

    def wrong(self, part, *options, expected=2):
        file = self.path("never.vsc")
        status, out, err = run("-t", "piv", "-f", file, "-P", 1, *FIXED, *options)
        self.assertEqual((status, out), (expected, ""), err)
        self.assertIn(part, err)
        self.assertFalse(os.path.exists(file))

    def test_wrong_options(self):
        self.make(["ec", "-pkeyopt", "ec_paramgen_curve:P-521"])
        self.wrong("--sm-signer " + self.path("both.pem"), "--sm-signer", self.path("both.pem"),
                   expected=1)
        self.make(["rsa:2048"])
        self.wrong("a key and its certificate", "--sm-signer", self.path("c.pem"),
                   expected=1)
        self.wrong("--sm-signer", "--sm-signer", self.path("nothing"), expected=1)
        self.wrong("--sm-signer", "--sm", "none", "--sm-signer", self.path("both.pem"))
        self.wrong("--sm cs3: cs2, cs7 or none expected", "--sm", "cs3")
        for code in ("1234567", "123456789", "1234567a", ""):
            self.wrong("--pairing-code: eight digits", "--pairing-code", code)
        self.wrong("--pairing-code", "--sm", "none", "--pairing-code", "12345678")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""An ePass before a reader of our own (emrtd.py): the classes are tests of tests/meson.build."""
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import cvc
import emrtd
import groups
import tlv
from emrtd import Card, refuses

PORTRAIT = Path(__file__).resolve().parent.parent.parent / "src/cards/epass/specimen.jpg"
QUICK = ("--pki", "ec-named", "--aa", "p256")


class Passport(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name, content=None):
        path = os.path.join(self.folder.name, name)
        if content is not None:
            Path(path).write_bytes(content)
        return path

    def card(self, *options):
        card = Card(*options)
        self.addCleanup(lambda: card.process.poll() is None and card.close())
        return card

    def opened(self, *options, bac=True):
        """A card with BAC done, or PACE with the CAN."""
        card = self.card(*options)
        card.information = emrtd.mrz_information(card.mrz)
        if bac:
            card.select_application()
            card.bac(card.information)
        return card

    def groups_of(self, card):
        tags = tlv.find(card.read("COM"), 0x60, 0x5C)
        order = [0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D,
                 0x6E, 0x6F, 0x70]
        return sorted(order.index(tag) + 1 for tag in tags)


class Specimen(Passport):
    def test_everything(self):
        csca = self.path("csca.der")
        card = self.opened("--export-csca", csca)
        groups_ = {n: card.read(f"DG{n}") for n in self.groups_of(card)}
        self.assertEqual(set(groups_), {1, 2, 14, 15})
        emrtd.passive_authentication(card.read("SOD"), groups_, Path(csca).read_bytes())
        self.assertTrue(card.active_authentication(groups_[15]))
        card.chip_authentication(groups_[14])
        self.assertEqual(card.read("DG1"), groups_[1])
        self.assertEqual(tlv.find(groups_[1], 0x61, 0x5F1F).decode(), "".join(card.mrz))
        self.assertIn(PORTRAIT.read_bytes(), groups_[2])

    def test_application_by_name(self):
        """Both kinds of answer begin with the name in 6F; none without Le or with P2 = 0C."""
        card = self.card(*QUICK)
        want = tlv.make(0x6F, tlv.make(0x84, emrtd.AID), b"\x82\1\x38\x8A\1\5")
        for p2, ne, answer in ((0, 256, want), (4, 256, want), (0x0C, 256, b""), (0, None, b"")):
            self.assertEqual(card.must(bytes([0, 0xA4, 4, p2]), emrtd.AID, ne), answer)
        card.bac(emrtd.mrz_information(card.mrz))
        self.assertEqual(card.must("00A40404", emrtd.AID, 256), want)

    def test_pace_with_both_passwords(self):
        card = self.opened(bac=False)
        info, = [value for _, value, _ in card.card_access()]
        self.assertEqual(info, tlv.make(6, tlv.oid("0.4.0.127.0.7.2.2.4.2.2")) + b"\2\1\2\2\1\x0D")
        for password, reference in ((card.can, 2), (card.information, 1)):
            card.session = None
            card.pace(2, 2, 13, password, reference, announce=reference == 1)
            card.select_application()
            self.assertEqual(tlv.find(card.read("DG1"), 0x61, 0x5F1F).decode(), "".join(card.mrz))

    def test_both_paddings(self):
        """JMRTD and its kin add a padded block for absent objects."""
        card = self.opened(*QUICK)
        card.session.extra_padding = True
        card.must("00A4000C")
        card.session.extra_padding = False
        card.must("00A4000C")

    def test_short_answers_are_shortened(self):
        """What is left out of a protected answer is read next; 3DES 231, AES 223 bytes."""
        card = self.opened(*QUICK)
        card.select(emrtd.FILES["DG2"])
        self.assertEqual(len(card.must("00B00000", ne=256)), 231)
        card.session = None
        card.pace(2, 2, 13, card.can, 2)
        card.select_application()
        card.select(emrtd.FILES["DG2"])
        self.assertEqual(len(card.must("00B00000", ne=256)), 223)
        self.assertEqual(len(card.must("00B00000", ne=0xDF)), 0xDF)
        # extended length: all of it, and the end of the file is no error for Le 0000
        self.assertEqual(len(card.must("00B00000", ne=1000)), 1000)
        whole = card.must("00B00000", ne=65536)
        self.assertEqual(whole, card.read("DG2"))
        card.select(emrtd.FILES["DG1"])
        data, sw = card.command("00B00000", ne=200)
        self.assertEqual((len(data), sw), (93, 0x6282))
        data, sw = card.command("00B00000", ne=256)
        self.assertEqual((len(data), sw), (93, 0x9000))
        with refuses(0x6B00):
            card.must("00B00100", ne=1)

    def test_large_portrait_needs_the_odd_instruction(self):
        body = bytes(range(256)) * 160
        jpeg = PORTRAIT.read_bytes()[:-2] + body.replace(b"\xFF", b"\0") + b"\xFF\xD9"
        card = self.opened(*QUICK, "--portrait", self.path("big.jpg", jpeg))
        self.assertIn(jpeg, card.read("DG2"))

    def test_no_answer_is_longer_than_a_frame(self):
        """All of a portrait of 80 KB at once: as much as fits beside the MAC, and the session goes on."""
        jpeg = PORTRAIT.read_bytes()[:-2] + bytes(80000) + b"\xFF\xD9"
        card = self.opened(*QUICK, "--portrait", self.path("big.jpg", jpeg))
        want = card.read("DG2")
        for pace, size in ((False, 65511), (True, 65503)):
            if pace:
                card.session = None
                card.must("00A4000C")
                card.pace(2, 2, 13, card.can, 2)
                card.select_application()
            card.select(0x0102)
            for ne in (65536, 65535, size + 1, size, size - 1):
                data, sw = card.command("00B00000", ne=ne)
                self.assertEqual((len(data), sw), (min(ne, size), 0x9000), ne)
                self.assertEqual(data, want[:len(data)])
                data, sw = card.command("00B10000", b"\x54\1\1", ne)
                self.assertEqual((len(data), sw), (min(ne, size), 0x9000), ne)
                self.assertEqual(tlv.find(data, 0x53), want[1:len(data) - 4 + 1])

    def test_seed(self):
        """Keys and nonces again, with a warning; not the keys of other seeds."""
        lines = []
        for seed in ("00", "00", "01"):
            card = self.opened("--seed", seed)
            card.lines = card.read("DG15") + card.read("DG14") + card.can.encode()
            lines.append(card.lines)
            card.close()
            self.assertIn("for tests only", card.errors)
        self.assertEqual(lines[0], lines[1])
        self.assertNotEqual(lines[0], lines[2])

    def test_seed_makes_signatures_again(self):
        """The k of ECDSA comes from the seed, too; and for each signature another one."""
        answers = []
        for _ in range(2):
            card = self.card("--seed", "17", "--access", "none", "--pki", "rsa", "--aa", "p256")
            card.select_application()
            answers.append([card.must("00880000", bytes(8), 256) for _ in range(2)])
            card.close()
        self.assertEqual(answers[0], answers[1])
        self.assertNotEqual(answers[0][0][:32], answers[0][1][:32])


class Pace(Passport):
    def each(self, specs):
        """[(x, y, parameters)]: one card with all of them, every one performed."""
        names = {1: "3des", 2: "aes128", 3: "aes192", 4: "aes256"}
        options = [o for x, y, number in specs for o in
                   ("--pace", "{}-{}:{}:{}".format(*emrtd.MAPPINGS[x], number, names[y]))]
        csca = self.path("csca.der")
        card = self.opened(*QUICK, *options, "--export-csca", csca, bac=False)
        self.assertEqual(len(card.card_access()), len(specs))
        for x, y, number in specs:
            with self.subTest(x=x, y=y, number=number):
                card.session = None
                card.must("00A4000C")
                card.pace(x, y, number, card.can, 2)
                if x == 6:
                    card.select(0x011D)
                    secured = card.read_selected()
                    emrtd.verify_signed(secured, Path(csca).read_bytes(), "0.4.0.127.0.7.3.2.1")
                    self.assertTrue(card.check_cam(secured, number))
                card.select_application()
                self.assertEqual(tlv.find(card.read("DG1"), 0x61, 0x5F1F).decode(),
                                 "".join(card.mrz))
        dg14 = card.read("DG14")
        for _, _, whole in card_access_of(card):
            self.assertIn(whole, dg14)

    def test_generic_ecdh_every_curve(self):
        self.each([(2, 2, n) for n in range(8, 19)])

    def test_generic_dh(self):
        self.each([(1, 2, n) for n in range(3)] + [(1, y, 0) for y in (1, 3, 4)])

    def test_ciphers(self):
        self.each([(x, y, 13) for x in (2, 4) for y in (1, 2, 3, 4)])

    def test_integrated_ecdh(self):
        self.each([(4, 2, n) for n in (8, 9, 11, 12, 14, 15, 16, 17, 18)])

    def test_integrated_dh(self):
        self.each([(3, 2, n) for n in range(3)] + [(3, y, 0) for y in (1, 3, 4)])

    def test_integrated_nonce_length(self):
        """AES-192's t has 24 bytes; with 32, as JMRTD sends them, R works with AES-256."""
        for x, number in ((4, 13), (3, 0)):
            mapping = "-".join(emrtd.MAPPINGS[x])
            card = self.opened(*QUICK, "--pace", f"{mapping}:{number}:aes192", bac=False)
            card.pace(x, 3, number, card.can, 2, t_size=32)
            card.select_application()
            self.assertIn("".join(card.mrz).encode(), card.read("DG1"))
            card.session = None
            for size in (16, 31, 33):
                with refuses(0x6A80):
                    card.pace(x, 3, number, card.can, 2, t_size=size)
            card.close()
        for y, size in (("aes128", 32), ("aes256", 24)):
            card = self.opened(*QUICK, "--pace", f"im:13:{y}", bac=False)
            with refuses(0x6A80):
                card.pace(4, int(y[3:]) // 64, 13, card.can, 2, t_size=size)
            card.close()

    def test_chip_authentication_mapping(self):
        self.each([(6, 2, n) for n in (8, 12, 13, 15, 18)] + [(6, y, 13) for y in (3, 4)])


def card_access_of(card):
    card.session = None
    return card.card_access()


class Refusals(Passport):
    def test_wrong_password(self):
        card = self.opened(*QUICK, bac=False)
        card.select_application()
        with refuses(0x6300):
            card.bac("L898902C<369080619406236")
        with refuses(0x6300):
            card.pace(2, 2, 13, "000000" if card.can != "000000" else "111111", 2)
        with refuses(0x6300):
            card.pace(2, 2, 13, card.information[::-1], 1)
        # neither blocks
        card.pace(2, 2, 13, card.can, 2)
        card.session = None
        card.select_application()
        card.bac(card.information)

    def test_challenge_is_good_once(self):
        card = self.opened(*QUICK, bac=False)
        card.select_application()
        with refuses(0x6985):
            card.must("00820000", bytes(40), ne=40)
        sent = card.bac(card.information)
        card.session = None
        card.must("00A4000C")
        card.select_application()
        with refuses(0x6985):
            card.must("00820000", sent, ne=40)
        card.must("00840000", ne=8)
        with refuses(0x6300):
            card.must("00820000", sent, ne=40)
        with refuses(0x6985):
            card.must("00820000", sent, ne=40)
        with refuses(0x6300):
            card.bac(card.information, tamper=lambda d: d[:-1] + bytes([d[-1] ^ 1]))

    def session_ends(self, spoil):
        """After what spoil does, nothing can be read, neither in plain nor with the old keys."""
        card = self.opened(*QUICK)
        card.read("COM")
        before = card.session
        spoil(card)
        card.session = None
        with refuses(0x6982):
            card.must("00B09E00", ne=4)
        answer, sw = card.raw(before.wrap(bytes.fromhex("00B09E00"), b"", 4))
        self.assertEqual((answer, sw), (b"", 0x6882))

    def test_wrong_mac_ends_the_session(self):
        def spoil(card):
            apdu = bytearray(card.session.wrap(bytes.fromhex("00B09E00"), b"", 4))
            apdu[-2] ^= 1
            self.assertEqual(card.raw(bytes(apdu)), (b"", 0x6988))
        self.session_ends(spoil)

    def test_missing_mac_ends_the_session(self):
        self.session_ends(lambda card: self.assertEqual(
            card.raw(bytes.fromhex("0CB09E0003970104 00")), (b"", 0x6987)))

    def test_missing_le_of_objects(self):
        def spoil(card):
            apdu = card.session.wrap(bytes.fromhex("00B09E00"), b"", 4)
            # 97 is cut out though the MAC covers it
            body = apdu[5:-1]
            without = body[3:]
            self.assertEqual(card.raw(apdu[:4] + bytes([len(without)]) + without + b"\0"),
                             (b"", 0x6988))
        self.session_ends(spoil)

    def test_replay_ends_the_session(self):
        def spoil(card):
            apdu = card.session.wrap(bytes.fromhex("00B09E00"), b"", 4)
            answer, sw = card.raw(apdu)
            self.assertEqual(sw, 0x9000)
            self.assertTrue(answer)
            self.assertEqual(card.raw(apdu), (b"", 0x6988))
        self.session_ends(spoil)

    def test_plain_command_ends_the_session(self):
        def spoil(card):
            self.assertEqual(card.raw(bytes.fromhex("00B09E0004")), (b"", 0x6982))
        self.session_ends(spoil)

    def test_reset_ends_the_session(self):
        card = self.opened(*QUICK)
        before = card.session
        card.reset()
        self.assertEqual(card.raw(before.wrap(bytes.fromhex("00B09E00"), b"", 4)), (b"", 0x6882))
        card.select_application()
        with refuses(0x6982):
            card.must("00B09E00", ne=4)

    def test_errors_keep_the_session(self):
        card = self.opened(*QUICK)
        for header, data, ne, sw in (
                ("00A4020C", b"\1\x0C", None, 0x6A82), ("00B08100", b"", 0, 0x9000),
                ("00B0FFFF", b"", 4, 0x6A86), ("00D60000", b"\0", None, 0x6D00),
                ("00A4040C", b"\xA0\0\0\0\1", None, 0x6A82), ("00880000", b"\0", 0, 0x6700)):
            self.assertEqual(card.command(header, data, ne)[1], sw, header)
        self.assertIsNotNone(card.session)
        card.read("COM")

    def test_pace_alone(self):
        card = self.opened(*QUICK, "--access", "pace", bac=False)
        card.select_application()
        with refuses(0x6985):
            card.must("00840000", ne=8)
        with refuses(0x6982):
            card.read("COM")
        card.pace(2, 2, 13, card.can, 2)
        card.select_application()
        card.read("COM")

    def test_bac_alone(self):
        card = self.opened(*QUICK, "--access", "bac")
        card.read("COM")
        card.session = None
        card.must("00A4000C")
        with refuses(0x6A82):
            card.must("00A4020C", b"\1\x1C")
        with refuses(0x6A80):
            card.pace(2, 2, 13, "123456", 2)

    def test_no_access_control(self):
        pki = cvc.Pki()
        for spec in ("bp256:aes128", "bp256:3des"):
            card = self.opened(*QUICK, "--access", "none", "--fingerprint", str(PORTRAIT), "--ca",
                               spec, "--cvca", self.path("cvca", pki.cvca.data), bac=False)
            card.select_application()
            dg14 = card.read("DG14")
            with refuses(0x6982):
                card.read("DG3")
            for header, data, ne in (("00840000", b"", 8), ("00820000", bytes(40), 40),
                                     ("002281B6", tlv.make(0x83, pki.name[0]), None)):
                self.assertEqual(card.command(header, data, ne)[1], 0x6985)
            # nobody has to be let in: chip authentication opens the first session
            card.chip_authentication(dg14)
            card.id_picc = card.information[:-14].encode()
            card.terminal_authentication(pki.chain, pki.keys[2], pki.name[0])
            card.read("DG3")
            # which a plain command ends
            card.session = None
            card.read("DG1")
            with refuses(0x6982):
                card.read("DG3")
            card.close()

    def test_card_security_is_for_pace(self):
        card = self.opened(*QUICK, "--pace", "cam", bac=False)
        for spoil in (lambda: None, lambda: (card.select_application(), card.bac(card.information))):
            spoil()
            card.must("00A4000C")
            with refuses(0x6982):
                card.select(0x011D)

    def test_pace_data(self):
        card = self.opened(*QUICK, bac=False)
        oid = tlv.make(0x80, tlv.oid("0.4.0.127.0.7.2.2.4.2.2"))
        for data, sw in ((tlv.make(0x83, b"\2"), 0x6A80), (oid, 0x6A80),
                         (tlv.make(0x80, tlv.oid("0.4.0.127.0.7.2.2.4.2.4")) + b"\x83\1\2", 0x6A80),
                         (oid + b"\x83\1\3", 0x6A88), (oid + b"\x83\1\7", 0x6A88),
                         (oid + b"\x83\1\2\x84\1\x0C", 0x6A88)):
            self.assertEqual(card.command("0022C1A4", data)[1], sw, data.hex())
        self.assertEqual(card.command("00860000", b"\x7C\0", 256, True)[1], 0x6985)
        group = groups.group(13)
        off_curve = b"\4" + (1).to_bytes(32, "big") * 2

        def cheat_at(step, data):
            return lambda n, given: data(given) if n == step else given
        for step, data, sw in (
                (1, lambda d: tlv.make(0x81, b"\0"), (0x6A80, 0x6985)),
                (2, lambda d: tlv.make(0x83, tlv.find(d, 0x81)), (0x6A80, 0x6985)),
                (2, lambda d: tlv.make(0x81, off_curve), (0x6A80,)),
                (2, lambda d: tlv.make(0x81, b"\4" + bytes(64)), (0x6A80,)),
                (2, lambda d: tlv.make(0x81, b"\0"), (0x6A80,)),
                (3, lambda d: tlv.make(0x83, off_curve), (0x6A80,)),
                (3, lambda d: b"", (0x6A80, 0x6985)),
                (4, lambda d: tlv.make(0x83, off_curve), (0x6A80,)),
                (4, lambda d: tlv.make(0x85, bytes(8)), (0x6300,)),
                (4, lambda d: tlv.make(0x85, bytes(7)), (0x6A80,))):
            with refuses(*sw):
                card.pace(2, 2, 13, card.can, 2, cheat=cheat_at(step, data))
            # the run is over
            self.assertEqual(card.command("00860000", b"\x7C\0", 256, True)[1], 0x6985)
        # a step out of turn with its own class byte is 6985; an object that is in turn is not
        for chained, data, sw in ((False, tlv.make(0x7C, tlv.make(0x85, bytes(8))), 0x6985),
                                  (False, tlv.make(0x7C, tlv.make(0x81, b"\4")), 0x6A80),
                                  (False, b"", 0x6A80)):
            card.must("0022C1A4", oid + b"\x83\1\2")
            card.must("00860000", b"\x7C\0", ne=256, chained=True)
            self.assertEqual(card.command("00860000", data, 256, chained)[1], sw, data.hex())
        for data in (b"", tlv.make(0x81, b"\4"), tlv.make(0x83, b"\4")):
            with refuses(0x6985):
                card.pace(2, 2, 13, card.can, 2, cheat=cheat_at(4, lambda d: data), chain_all=True)
        self.assertTrue(group.holds(group.g))

    def failure(self, card):
        """How long a wrong BAC takes."""
        card.select_application()
        start = time.monotonic()
        with refuses(0x6300):
            card.bac("L898902C<369080619406236")
        return time.monotonic() - start

    def test_delay_grows(self):
        """With -f, what was failed counts on: after a reset, and when the power was taken."""
        image = self.path("card")
        card = self.card(*QUICK, "-f", image, "--auth-delay", "60")
        took = [self.failure(card) for _ in range(4)]
        self.assertGreater(took[3], 0.17)
        card.reset()
        self.assertGreater(self.failure(card), 0.23)
        card.process.kill()
        card.process.communicate()
        card = self.opened("-f", image, "--auth-delay", "60", bac=False)
        self.assertGreater(self.failure(card), 0.29)
        with refuses(0x6300):
            card.pace(2, 2, 13, "000000" if card.can != "000000" else "111111", 2)
        card.select_application()
        start = time.monotonic()
        card.bac(card.information)
        self.assertGreater(time.monotonic() - start, 0.41)
        card.close()
        self.assertNotIn("for new passports", card.errors)


class Authentication(Passport):
    def test_active(self):
        for spec in ("rsa2048:sha256", "rsa1024", "rsa2048:sha1", "rsa4096:sha512", "p256:sha1",
                     "bp256", "p384:sha384", "bp512:sha512", "p521:sha512", "p224:sha224"):
            with self.subTest(spec=spec):
                card = self.opened("--pki", "ec-named", "--aa", spec)
                dg15, dg14 = card.read("DG15"), card.read("DG14")
                self.assertTrue(card.active_authentication(dg15, dg14))
                for challenge in (bytes(7), bytes(9)):
                    self.assertEqual(card.command("00880000", challenge, 256)[1], 0x6700)
                card.close()

    def test_none(self):
        card = self.opened(*QUICK, "--aa", "none", "--ca", "none")
        self.assertEqual(self.groups_of(card), [1, 2, 14])
        self.assertEqual(card.command("00880000", bytes(8), 256)[1], 0x6A88)

    def test_chip(self):
        for specs in (("bp256:aes128",), ("bp256:3des",), ("p384:aes256",), ("dh2048:aes128",),
                      ("dh1024:3des",), ("p521:aes192",), ("bp256:3des", "p256:aes256", "dh2048")):
            with self.subTest(specs=specs):
                options = [o for s in specs for o in ("--ca", s)]
                card = self.opened(*QUICK, *options)
                dg14 = card.read("DG14")
                self.assertEqual(len(emrtd.ca_keys(dg14)), len(specs))
                for which in range(len(specs)):
                    card.chip_authentication(dg14, which)
                    card.read("COM")
                card.close()

    def test_chip_3des_by_general_authenticate(self):
        card = self.opened(*QUICK, "--ca", "bp256:3des")
        card.chip_authentication(card.read("DG14"), use_kat=False)
        card.read("COM")

    def test_chip_after_pace(self):
        card = self.opened(*QUICK, bac=False)
        card.pace(2, 2, 13, card.can, 2)
        card.select_application()
        card.chip_authentication(card.read("DG14"))
        card.read("COM")

    def test_chip_refuses(self):
        for spec in ("bp256:aes128", "bp256:3des"):
            card = self.opened(*QUICK, "--ca", spec)
            dg14 = card.read("DG14")
            for key in (b"\4" + (1).to_bytes(32, "big") * 2, b"\0", b"\4" + bytes(64)):
                with refuses(0x6A80, 0x6300):
                    card.chip_authentication(dg14, cheat=lambda _, k=key: k)
                card.read("COM")  # the old session stays
            card.chip_authentication(dg14)
            card.read("COM")
            card.close()
        card = self.opened(*QUICK, bac=False)
        with refuses(0x6985, 0x6982):
            card.must("002241A4", tlv.make(0x80, tlv.oid("0.4.0.127.0.7.2.2.3.2.2")))


class Terminal(Passport):
    def passport(self, pki, *options):
        return self.opened(*QUICK, "--cvca", self.path("cvca", pki.cvca.data), "--fingerprint",
                           str(PORTRAIT), "--iris", str(PORTRAIT), *options)

    def authenticate(self, card, pki, chain=None, car=None):
        card.chip_authentication(card.read("DG14"))
        card.terminal_authentication(chain or pki.chain, pki.keys[2], car or pki.name[0])

    def readable(self, card):
        found = set()
        for n in (3, 4):
            try:
                self.assertIn(PORTRAIT.read_bytes(), card.read(f"DG{n}"))
                found.add(n)
            except emrtd.Refused as e:
                self.assertEqual(e.sw, 0x6982)
        return found

    def test_rights(self):
        for rights, groups_ in (((3, 3, 3), {3, 4}), ((3, 3, 1), {3}), ((3, 2, 3), {4}),
                                ((1, 3, 3), {3}), ((3, 1, 2), set())):
            with self.subTest(rights=rights):
                pki = cvc.Pki(rights=rights)
                card = self.passport(pki)
                self.assertEqual(self.readable(card), set())
                self.assertEqual(card.read("CVCA"), tlv.make(0x42, pki.name[0]).ljust(36, b"\0"))
                self.authenticate(card, pki)
                self.assertEqual(self.readable(card), groups_)
                card.close()

    def test_after_pace(self):
        pki = cvc.Pki()
        for option, x, number in (("ecdh-gm", 2, 13), ("dh-gm:0", 1, 0), ("cam", 6, 13)):
            with self.subTest(option=option):
                card = self.passport(pki, "--pace", option)
                card.session = None
                card.pace(x, 2, number, card.can, 2)
                card.select_application()
                self.authenticate(card, pki)
                self.assertEqual(self.readable(card), {3, 4})
                card.close()

    def test_dh_chip(self):
        pki = cvc.Pki()
        card = self.passport(pki, "--ca", "dh2048")
        self.authenticate(card, pki)
        self.assertEqual(self.readable(card), {3, 4})

    def test_dh_key_with_leading_zero(self):
        """The hash of the key as it was sent is as good as that of the number without zeros."""
        pki = cvc.Pki()
        card = self.passport(pki, "--ca", "0")
        for hashed in (lambda key: key, lambda key: key[1:], lambda key: b"\0" + key):
            card.session = None
            card.select_application()
            card.bac(card.information)
            card.chip_authentication(card.read("DG14"), cheat=lambda key: b"\0" + key)
            card.ca_public = hashlib.sha1(hashed(card.ca_sent)).digest()
            if hashed(b"\0\1") == b"\0\0\1":
                with refuses(0x6300):
                    card.terminal_authentication(pki.chain, pki.keys[2], pki.name[0])
                self.assertEqual(self.readable(card), set())
            else:
                card.terminal_authentication(pki.chain, pki.keys[2], pki.name[0])
                self.assertEqual(self.readable(card), {3, 4})

    def test_algorithms(self):
        kinds = [lambda s=s, d=d: cvc.RsaKey(1536, s, d) for s, d in cvc.RsaKey.OIDS]
        kinds += [lambda d=d: cvc.EcKey(13, d) for d in cvc.EcKey.OIDS]
        kinds += [lambda n=n: cvc.EcKey(n) for n in (12, 16, 17, 18)]
        for make in kinds:
            pki = cvc.Pki(make)
            with self.subTest(oid=pki.keys[0].oid.hex()):
                card = self.passport(pki)
                self.authenticate(card, pki)
                self.assertEqual(self.readable(card), {3, 4})
                card.close()

    def test_link_certificate(self):
        pki = cvc.Pki()
        image = self.path("card")
        card = self.passport(pki, "-f", image)
        link, chain, name = pki.link()
        self.authenticate(card, pki, [link, *chain])
        self.assertEqual(self.readable(card), {3, 4})
        cvca = (tlv.make(0x42, name) + tlv.make(0x42, pki.name[0])).ljust(36, b"\0")
        self.assertEqual(card.read("CVCA"), cvca)
        card.close()
        card = self.opened("-f", image)
        self.assertEqual(card.read("CVCA"), cvca)
        self.authenticate(card, pki, chain, name)
        self.assertEqual(self.readable(card), {3, 4})

    def test_refuses(self):
        pki, other = cvc.Pki(), cvc.Pki()
        card = self.passport(pki)
        car = tlv.make(0x83, pki.name[0])
        body = tlv.find(pki.dv.data, 0x7F21)
        # before chip authentication
        with refuses(0x6985):
            card.must("002281B6", car)
        card.chip_authentication(card.read("DG14"))
        with refuses(0x6985):
            card.must("002A00BE", body)
        with refuses(0x6A88):
            card.must("002281B6", tlv.make(0x83, b"UTCVCA00009"))
        # another CVCA of the same name
        with refuses(0x6300):
            card.present(pki.name[0], other.dv)
        # a terminal's certificate directly below the CVCA
        with refuses(0x6300, 0x6A88):
            card.present(pki.name[0], cvc.Certificate(pki.name[0], pki.keys[0], pki.name[2],
                                                      pki.keys[2], "is"))
        # expired, of another type
        with refuses(0x6300):
            card.present(pki.name[0], cvc.Certificate(
                pki.name[0], pki.keys[0], pki.name[1], pki.keys[1], "dv", end="250131"))
        with refuses(0x6300, 0x6A80):
            card.present(pki.name[0], cvc.Certificate(
                pki.name[0], pki.keys[0], pki.name[1], pki.keys[1], "dv", terminal_type=3))
        # the key of the terminal without its certificate
        with refuses(0x6A88, 0x6985):
            card.must("002281A4", tlv.make(0x83, pki.name[2]))
        # a wrong signature, a challenge used up, no challenge
        for certificate, parent in ((pki.dv, pki.name[0]), (pki.terminal, pki.name[1])):
            card.present(parent, certificate)
        card.must("002281A4", tlv.make(0x83, pki.name[2]))
        signature = pki.keys[2].sign(b"")
        with refuses(0x6985):
            card.must("00820000", signature)
        card.must("00840000", ne=8)
        with refuses(0x6300):
            card.must("00820000", signature)
        with refuses(0x6985):
            card.must("00820000", signature)
        self.assertEqual(self.readable(card), set())

    def test_wrong_terminal_key(self):
        pki = cvc.Pki()
        card = self.passport(pki)
        card.chip_authentication(card.read("DG14"))
        with refuses(0x6300):
            card.terminal_authentication(pki.chain, cvc.EcKey(), pki.name[0])
        self.assertEqual(self.readable(card), set())

    def test_date_moves_forward(self):
        """A DV that begins later makes an expired terminal of what was valid before."""
        year = int(time.strftime("%y"))
        pki = cvc.Pki(end=f"{year + 2}1231")
        card = self.passport(pki)
        card.chip_authentication(card.read("DG14"))
        card.present(pki.name[0], cvc.Certificate(
            pki.name[0], pki.keys[0], pki.name[1], pki.keys[1], "dv",
            begin=f"{year + 4}0101"))
        with refuses(0x6300):
            card.present(pki.name[1], pki.terminal)

    def test_gone_with_the_session(self):
        pki = cvc.Pki()
        card = self.passport(pki)
        self.authenticate(card, pki)
        self.assertEqual(self.readable(card), {3, 4})
        card.chip_authentication(card.read("DG14"))
        self.assertEqual(self.readable(card), set())
        card.session = None
        card.must("00A4000C")
        card.select_application()
        card.bac(card.information)
        self.assertEqual(self.readable(card), set())


class Signer(Passport):
    def export(self, *options):
        csca, ds, lds = self.path("csca.pem"), self.path("ds.pem"), self.path("lds")
        card = self.opened(*options, "--aa", "p256", "--export-csca", csca, "--export-ds", ds,
                           "--export-lds", lds)
        groups_ = {n: card.read(f"DG{n}") for n in self.groups_of(card)}
        return card, groups_, csca, lds

    def openssl(self, *args):
        return subprocess.run(["openssl", *args], capture_output=True, text=True)

    def test_flavours(self):
        for pki in ("ec", "ec-named", "rsa", "rsapss"):
            with self.subTest(pki=pki):
                card, groups_, csca, lds = self.export("--pki", pki)
                sod = card.read("SOD")
                self.assertEqual(sod, Path(lds, "EF.SOD").read_bytes())
                root = self.openssl("x509", "-in", csca, "-outform", "DER", "-out",
                                    self.path("csca.der"))
                self.assertEqual(root.returncode, 0, root.stderr)
                emrtd.passive_authentication(sod, groups_, Path(self.path("csca.der")).read_bytes())
                run = self.openssl("cms", "-verify", "-inform", "DER", "-in",
                                   self.path("sod", tlv.find(sod, 0x77)), "-CAfile", csca,
                                   "-out", self.path("object"))
                # OpenSSL 3 does not build a chain with explicit parameters
                self.assertEqual(run.returncode == 0, pki != "ec", run.stderr)
                for n, file in groups_.items():
                    self.assertEqual(Path(lds, f"EF.DG{n}").read_bytes(), file)
                    parsed = self.openssl("asn1parse", "-inform", "DER", "-in",
                                          str(Path(lds, f"EF.DG{n}")))
                    self.assertEqual(parsed.returncode, 0, parsed.stderr)
                card.close()

    def test_certificates(self):
        _, _, csca, _ = self.export()
        text = self.openssl("x509", "-in", csca, "-noout", "-text").stdout
        for pattern in (r"Subject: C ?= ?UT,", r"CA:TRUE, pathlen:0", r"Certificate Sign, CRL Sign",
                        r"Subject Key Identifier", r"CRL Distribution Points",
                        r"Private Key Usage Period", r"Subject Alternative Name",
                        r"Issuer Alternative Name"):
            self.assertRegex(text, pattern)
        text = self.openssl("x509", "-in", self.path("ds.pem"), "-noout", "-text").stdout
        for pattern in (r"Key Usage: critical\s+Digital Signature\n", r"2\.23\.136\.1\.1\.6\.2",
                        r"Authority Key Identifier"):
            self.assertRegex(text, pattern)

    def test_portrait(self):
        card, groups_, _, _ = self.export()
        record = tlv.find(groups_[2], 0x75, 0x7F61, 0x7F60, 0x5F2E)
        self.assertEqual(record[:8], b"FAC\x00010\0")
        picture = self.path("face", record[46:])
        self.assertEqual(record[46:], PORTRAIT.read_bytes())
        try:
            run = subprocess.run(["/usr/bin/identify", picture], capture_output=True, text=True)
        except FileNotFoundError:
            self.skipTest("no ImageMagick")
        self.assertRegex(run.stdout, r" JPEG 240x320 ")
        del card

    def given(self):
        """A CSCA and a document signer that OpenSSL made."""
        for name, subject in (("csca", "/C=UT/CN=Root"), ("ds", "/C=UT/CN=Signer")):
            self.openssl("ecparam", "-genkey", "-name", "prime256v1", "-out", self.path(name + ".key"))
            run = self.openssl("req", "-new", "-key", self.path(name + ".key"), "-subj", subject,
                               "-out", self.path(name + ".csr"))
            self.assertEqual(run.returncode, 0, run.stderr)
        self.openssl("x509", "-req", "-in", self.path("csca.csr"), "-signkey",
                     self.path("csca.key"), "-days", "30", "-out", self.path("csca.crt"))
        run = self.openssl("x509", "-req", "-in", self.path("ds.csr"), "-CA",
                           self.path("csca.crt"), "-CAkey", self.path("csca.key"),
                           "-CAcreateserial", "-days", "20", "-out", self.path("ds.crt"))
        self.assertEqual(run.returncode, 0, run.stderr)
        return [self.path(n) for n in ("csca.crt", "csca.key", "ds.crt", "ds.key")]

    def test_given(self):
        csca, csca_key, ds, ds_key = self.given()
        self.openssl("x509", "-in", csca, "-outform", "DER", "-out", self.path("root"))
        root = Path(self.path("root")).read_bytes()
        for options in (("--ds-cert", ds, "--ds-key", ds_key, "--csca-cert", csca),
                        ("--ds-cert", ds, "--ds-key", ds_key),
                        # the document signer is of the CSCA's country, whoever issued the passport
                        ("--csca-cert", csca, "--csca-key", csca_key, "--issuer", "D")):
            card = self.opened(*QUICK, *options)
            sod = card.read("SOD")
            emrtd.passive_authentication(
                sod, {n: card.read(f"DG{n}") for n in self.groups_of(card)}, root)
            subject = emrtd.certificate_parts(
                emrtd.signed_data(tlv.find(sod, 0x77))["certificate"])["subject"]
            self.assertIn(b"\x06\x03\x55\x04\x06\x13\x02UT", subject)
            card.close()
        for options, word in (
                (("--ds-cert", ds, "--ds-key", csca_key), "--ds-cert"),
                (("--ds-cert", csca, "--ds-key", csca_key, "--csca-cert", ds), "--ds-cert"),
                (("--ds-cert", ds), "--ds-cert"),
                (("--csca-cert", csca, "--csca-key", ds_key), "--csca-cert")):
            card = Card(*QUICK, *options, expect_failure=True)
            self.assertNotEqual(card.process.returncode, 0)
            self.assertIn(word, card.errors)

    def test_faults(self):
        csca = self.path("csca.der")

        def check(fault, *options):
            card = self.opened("--pki", "ec-named", "--aa", "p256", "--fault", fault,
                               "--export-csca", csca, *options)
            card.groups = {n: card.read(f"DG{n}") for n in self.groups_of(card)}
            return card

        def passive(card):
            emrtd.passive_authentication(card.read("SOD"), card.groups, Path(csca).read_bytes())

        with self.assertRaisesRegex(AssertionError, "ECDSA"):
            passive(check("sod-sig"))
        with self.assertRaisesRegex(AssertionError, "hash of DG1"):
            passive(check("dg-hash"))
        with refuses(0x6A82):
            passive(check("no-sod"))
        card = check("aa")
        passive(card)
        self.assertFalse(card.active_authentication(card.groups[15], card.groups[14]))
        card = check("ca")
        passive(card)
        card.chip_authentication(card.groups[14])
        self.assertEqual(card.command("00B09E00", b"", 4)[1], 0x6988)
        card = check("cam", "--pace", "cam")
        card.session = None
        card.pace(6, 2, 13, card.can, 2)
        card.must("00A4000C")
        card.select(0x011D)
        self.assertFalse(card.check_cam(card.read_selected(), 13))
        card = check("expired-ds")
        passive(card)
        signed = emrtd.signed_data(tlv.find(card.read("SOD"), 0x77))
        ds = signed["certificate"]
        # it signed while it was valid, so that its end is the only defect
        when = next(tlv.parse(v)[1][1] for _, v, _ in tlv.parse(signed["attributes"])
                    if tlv.parse(v)[0][1] == tlv.oid("1.2.840.113549.1.9.5"))
        begin, end = (v for _, v, _ in tlv.parse(emrtd.certificate_parts(ds)["validity"]))
        self.assertTrue(begin < tlv.parse(when)[0][1] < end)
        run = self.openssl("x509", "-inform", "DER", "-in", self.path("ds", ds), "-noout",
                           "-checkend", "0")
        self.assertEqual(run.returncode, 1)


class Personal(Passport):
    def test_default_document_type(self):
        for size, kind, lines in (("td1", "I<UTO", 3), ("TD2", "I<UTO", 2), ("td3", "P<UTO", 2)):
            card = self.opened(*QUICK, "--mrz-format", size)
            self.assertEqual((card.mrz[0][:5], len(card.mrz)), (kind, lines))
            self.assertIn("".join(card.mrz).encode(), card.read("DG1"))
            card.close()

    def test_fields(self):
        card = self.opened(*QUICK, "--mrz-format", "td1", "--doc-type", "ID", "--issuer", "D",
                           "--name", "Möller-Groß, Zoë", "--doc-number", "T22000129XYZ12",
                           "--birth", "1964-08-12", "--sex", "X", "--expiry", "2031-10-31",
                           "--dg11", "full-name=MÖLLER<<ZOË", "--dg11", "place-of-birth=ULM",
                           "--dg12", "issue-date=2020-01-31", "--dg12",
                           "front-image=" + str(PORTRAIT), "--dg12",
                           "personalisation-time=2020-01-31 12:34:56", "--dg11",
                           "full-birth-date=19640812", "--export-ds", self.path("ds.der"))
        self.assertEqual(card.mrz[2], "MOELLER<GROSS<<ZOE<<<<<<<<<<<<"[:30])
        self.assertEqual(card.mrz[0][:20], "IDD<<T22000129<XYZ12")
        self.assertEqual(len(card.mrz), 3)
        self.assertEqual(tlv.find(card.read("DG11"), 0x6B, 0x5F11), b"ULM")
        self.assertEqual(tlv.find(card.read("DG11"), 0x6B, 0x5F2B), b"19640812")
        dg12 = card.read("DG12")
        self.assertEqual(tlv.find(dg12, 0x6C, 0x5C).hex(), "5f265f1d5f55")
        self.assertEqual(tlv.find(dg12, 0x6C, 0x5F26), b"20200131")
        self.assertEqual(tlv.find(dg12, 0x6C, 0x5F1D), PORTRAIT.read_bytes())
        self.assertEqual(tlv.find(dg12, 0x6C, 0x5F55), b"20200131123456")
        self.assertIn(11, self.groups_of(card))
        # the document signer's validity covers the day of issue and today (Doc 9303-12)
        begin, end = (tlv.parse(emrtd.certificate_parts(Path(self.path("ds.der")).read_bytes())[
            "validity"])[i][1].decode() for i in (0, 1))
        self.assertTrue(begin < "200131" and end > time.strftime("%y%m%d"), (begin, end))

    def test_endless_name(self):
        card = self.card(*QUICK, "--name", "Ab" * 150 + ", " + "Cd " * 100)
        self.assertEqual(card.mrz[0], "P<UTO" + "AB" * 18 + "<<C")

    def test_raw_groups(self):
        """Groups as they are, the example of Doc 9303-10 for DG16 among them; --dg 2 has the picture."""
        dg16 = bytes.fromhex(
            "7081A2020102A14C5F500832303032303130315F5110534D4954483C3C434841524C4553"
            "3C525F520B31393532353535313231325F531D313233204D41504C452052443C414E5954"
            "4F574E3C4D4E3C3535313030A24F5F500832303032303331355F510D42524F574E3C3C4D"
            "4152593C4A5F520B31343135353535313231325F5323343920524544574F4F44204C4E3C"
            "4F4345414E20425245455A453C43413C3934303030")
        dg13, dg2 = b"\x6D\3abc", b"\x75\2\0\0"
        csca = self.path("csca.der")
        card = self.opened(*QUICK, "--export-csca", csca, "--dg", "16=" + self.path("16", dg16),
                           "--dg", "13=" + self.path("13", dg13 + bytes(9)),
                           "--dg", "2=" + self.path("2", dg2))
        groups_ = {n: card.read(f"DG{n}") for n in self.groups_of(card)}
        self.assertEqual((groups_[16], groups_[13], groups_[2]), (dg16, dg13, dg2))
        self.assertEqual(set(groups_), {1, 2, 13, 14, 15, 16})
        emrtd.passive_authentication(card.read("SOD"), groups_, Path(csca).read_bytes())
        card.close()
        for n, flag in (("14", "--ca"), ("15", "--aa")):
            file = self.path(n, bytes([0x60 + int(n)]) + b"\0")
            self.refused(f"--dg {n}: .*say {flag} none", "--dg", f"{n}={file}")
            card = self.opened(*QUICK, flag, "none", "--dg", f"{n}={file}")
            self.assertEqual(card.read("DG" + n), bytes([0x60 + int(n)]) + b"\0")
            card.close()

    def test_given_mrz(self):
        lines = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
                 "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]
        for value in ("".join(lines), "@" + self.path("mrz", "\r\n".join(lines).encode())):
            card = self.opened(*QUICK, "--mrz", value)
            self.assertEqual(card.mrz, lines)
            card.close()
        for wrong in ("".join(lines)[:-1] + "7", "".join(lines)[:53] + "<UTO740812<F120415<"
                      "ZE184226B<<<<<<<"):
            card = self.opened(*QUICK, "--fix-mrz", "--mrz", wrong)
            self.assertEqual(card.mrz, lines)
            card.close()

    def test_saved(self):
        image = self.path("card")
        pki = cvc.Pki()
        card = self.opened("-f", image, "--can", "123456", "--pace", "gm,im,cam", "--cvca",
                           self.path("cvca", pki.cvca.data), "--dg11",
                           "place-of-birth=ULM<DONAU", "--dg12", "issue-date=2026-01-31",
                           "--dg12", "rear-image=" + str(PORTRAIT))
        before = {n: card.read(f"DG{n}") for n in self.groups_of(card)}
        sod, mrz = card.read("SOD"), card.mrz
        card.close()
        csca = self.path("csca.der")
        card = self.opened("-f", image, "--export-csca", csca)
        self.assertEqual((card.mrz, card.can), (mrz, "123456"))
        self.assertEqual({n: card.read(f"DG{n}") for n in self.groups_of(card)}, before)
        self.assertEqual(card.read("SOD"), sod)
        emrtd.passive_authentication(sod, before, Path(csca).read_bytes())
        self.assertTrue(card.active_authentication(before[15]))
        card.chip_authentication(before[14])
        card.read("COM")
        card.session = None
        card.must("00A4000C")
        card.pace(6, 2, 13, "123456", 2)
        card.select(0x011D)
        self.assertTrue(card.check_cam(card.read_selected(), 13))
        card.close()
        csca = ":".join(re.findall("..", hashlib.sha256(Path(csca).read_bytes()).hexdigest()))
        shown = subprocess.run([os.environ["VICC"], "-f", image, "--show"], capture_output=True,
                               text=True)
        for pattern in (mrz[0], "ERIKSSON, ANNA MARIA", "123456", "ECDH-CAM-AES-128",
                        r"Born: +74-08-12 \(YY-MM-DD\), sex F", "Place of birth: +ULM DONAU\n",
                        "Issue date: +20260131\n",
                        f"Rear image: +{len(PORTRAIT.read_bytes())} bytes\n",
                        "CSCA: +SHA-256 " + csca.upper()):
            self.assertRegex(shown.stdout, pattern)
        self.assertEqual(shown.stdout.count(mrz[0]), 1)

    def test_dump(self):
        """A dumped passport appears again, with its SOD; the readers' usual file names."""
        lds, csca = self.path("lds"), self.path("csca.der")
        card = self.opened(*QUICK, "--export-lds", lds, "--export-csca", csca, "--dg11",
                           "full-name=A")
        sod = card.read("SOD")
        card.close()
        for form in ("EF_{}.BIN", "{}.bin", "ef.{}"):
            other = self.path(form.format("x"))
            os.mkdir(other)
            for name in os.listdir(lds):
                part = name.split(".")[1]
                Path(other, form.format(part)).write_bytes(Path(lds, name).read_bytes() +
                                                           (b"" if "x" in form else b"\0"))
            card = self.opened("--lds", other, "--pace", "im")
            self.assertEqual(card.read("SOD"), sod)
            groups_ = {n: card.read(f"DG{n}") for n in self.groups_of(card)}
            self.assertEqual(set(groups_), {1, 2, 11, 14, 15})
            emrtd.passive_authentication(sod, groups_, Path(csca).read_bytes())
            card.close()
        # PACE as its DG14 has it, so that EF.CardAccess is what was signed; CAM has a key of its own
        other = self.path("cam")
        card = self.opened(*QUICK, "--export-lds", other, "--pace", "im:12:aes256", "--pace",
                           "dh-gm:0", "--pace", "cam")
        card.close()
        card = self.opened("--lds", other, bac=False)
        self.assertEqual(card.read_file_of_mf(0x011C), tlv.make(0x31, *sorted(
            tlv.make(0x30, tlv.make(6, tlv.oid("0.4.0.127.0.7.2.2.4." + x)), b"\2\1\2",
                     tlv.make(2, bytes([n]))) for x, n in (("1.2", 0), ("4.4", 12)))))
        card.pace(4, 4, 12, card.can, 2)
        card.select_application()
        self.assertEqual(card.read("SOD"), Path(other, "EF.SOD").read_bytes())
        card.close()
        # one from before PACE: BAC, and the SOD that it had
        os.remove(Path(other, "EF.DG14"))
        sod2 = self.old_passport(other)
        card = self.opened("--lds", other)
        self.assertEqual(card.read("SOD"), sod2)
        self.assertEqual(self.groups_of(card), [1, 2])
        self.assertNotIn("CAN", card.output)
        card.close()
        # not what was signed
        dg11 = Path(lds, "EF.DG11")
        dg11.write_bytes(dg11.read_bytes()[:-1] + b"B")
        self.refused("DG11", "--lds", lds)
        card = self.opened("--lds", lds, "--fault", "dg-hash")
        card.close()
        self.refused("--fault expired-ds: the SOD of --lds", "--lds", lds, "--fault",
                     "dg-hash,expired-ds")
        card = self.opened("--lds", lds, "--fault", "dg-hash,sod-sig")
        spoilt = card.read("SOD")
        self.assertEqual(spoilt, sod[:-1] + bytes([sod[-1] ^ 1]))
        card.close()
        Path(lds, "EF.DG12").write_bytes(b"\x6C\2\x5C\0")
        self.refused("DG12 is missing from the SOD", "--lds", lds, "--fault", "dg-hash")

    def old_passport(self, lds):
        """The dump of one that has BAC alone; its SOD."""
        card = self.opened("--pki", "ec-named", "--aa", "none", "--ca", "none", "--access", "bac",
                           "--export-lds", lds)
        sod = card.read("SOD")
        card.close()
        for name in os.listdir(lds):
            if name not in ("EF.COM", "EF.SOD", "EF.DG1", "EF.DG2"):
                os.remove(Path(lds, name))
        return sod

    def refused(self, pattern, *options):
        card = Card(*options, expect_failure=True)
        self.assertNotEqual(card.process.returncode, 0, options)
        self.assertRegex(card.errors, pattern)
        self.assertEqual(card.output, "")

    def test_bad_input(self):
        good = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
                "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
        text = self.path("text", b"no picture")
        cut = self.path("cut.jpg", PORTRAIT.read_bytes()[:30])
        half = self.path("half.jpg", PORTRAIT.read_bytes()[:3000])
        empty = self.path("empty")
        os.mkdir(empty)
        for pattern, *options in (
                ("--mrz: .*check digit", "--mrz", good[:53] + "7" + good[54:]),
                ("--mrz: .*check digit", "--mrz", good[:-1] + "1"),
                ("--mrz: .*birth", "--fix-mrz", "--mrz", good[:57] + "741332" + good[63:]),
                ("--mrz: .*issuer", "--fix-mrz", "--mrz", good[:2] + "QQQ" + good[5:]),
                ("--mrz: .*characters", "--mrz", "P<UTO"),
                ("issuer", "--issuer", "QQQ"), ("birth", "--birth", "2001-02-30"),
                ("expiry", "--expiry", "tomorrow"), ("sex", "--sex", "K"),
                ("--doc-number: ", "--doc-number", "A B"), ("name", "--name", "王"),
                ("--mrz has it", "--mrz", good, "--name", "X"),
                ("--portrait .*neither JPEG nor", "--portrait", text),
                ("--portrait .*broken", "--portrait", cut), ("/nowhere", "--portrait", "/nowhere"),
                ("--dg 17", "--dg", "17=" + text), ("--dg 3: .*tag 63", "--dg", "3=" + text),
                ("--dg11 shoe-size", "--dg11", "shoe-size=44"),
                ("--dg11 full-birth-date: '1999-02-29': no such", "--dg11",
                 "full-birth-date=1999-02-29"),
                ("--dg12 issue-date: 'today': a date", "--dg12", "issue-date=today"),
                ("--dg12 personalisation-time: .*no such time", "--dg12",
                 "personalisation-time=20260101250000"),
                ("--dg12 front-image: /nowhere", "--dg12", "front-image=/nowhere"),
                ("--dg12 rear-image: .*neither JPEG", "--dg12", "rear-image=" + text),
                ("--dg11 title: 'B': .*before", "--dg11", "title=A", "--dg11", "title=B"),
                ("--dg11 title", "--dg11", "title"),
                ("--lds /nowhere", "--lds", "/nowhere"), ("--access", "--access", "all"),
                ("--pace x:", "--pace", "x"), ("--pace im:10", "--pace", "im:10"),
                ("--pace gm:7", "--pace", "gm:7"), ("--pace gm:13:des", "--pace", "gm:13:des"),
                ("--pace cam:13:3des", "--pace", "cam:13:3des"), ("--can", "--can", "12 34"),
                ("--can 12345: six", "--can", "12345"), ("--fix-mrz: goes with --mrz", "--fix-mrz"),
                ("--ca none: none", "--ca", "none", "--ca", "bp256"),
                ("--aa", "--aa", "rsa1000"), ("--aa .*md5", "--aa", "p256:md5"),
                ("--ca", "--ca", "p1"), ("--pki", "--pki", "dsa"), ("--fault", "--fault", "all"),
                ("--seed", "--seed", "xyz"), ("--cvca", "--cvca", text),
                ("--fingerprint", "--fingerprint", text), ("--iris", "--iris", text),
                ("--cvca", "--ca", "none", "--cvca", text),
                ("--portrait .*broken", "--portrait", half), ("--mrz /nowhere", "--mrz", "@/nowhere"),
                ("--mrz: .*empty", "--mrz", "@"), ("--portrait /nowhere", "--portrait", "/nowhere"),
                ("--fingerprint /nowhere", "--fingerprint", "/nowhere"),
                ("--iris /nowhere", "--iris", "/nowhere"), ("--dg 13=", "--dg", "13="),
                ("--lds .*no file of a passport", "--lds", empty),
                ("--birth: '1900-02-29'", "--birth", "1900-02-29"),
                ("--birth: '1974-8-12'", "--birth", "1974-8-12"),
                ("--expiry: '2031-04-31'", "--expiry", "2031-04-31"),
                ("--access", "--access", ""), ("--access bac,:", "--access", "bac,"),
                ("--access bac,none: none", "--access", "bac,none"), ("--pki", "--pki", ""),
                ("--fault", "--fault", ""), ("--fault aa: there is no", "--aa", "none", "--fault", "aa"),
                ("--fault ca: there is no", "--ca", "none", "--fault", "ca"),
                ("--fault cam: there is no", "--fault", "cam"),
                ("--fault no-sod and sod-sig", "--fault", "no-sod,sod-sig"),
                ("--fault no-sod and dg-hash", "--fault", "no-sod", "--fault", "dg-hash"),
                ("--fault expired-ds: --ds-cert", "--fault", "expired-ds", "--ds-cert", text,
                 "--ds-key", text),
                ("--ds-cert", "--ds-cert", text, "--ds-key", text),
                ("--mrz-format", "--mrz-format", "td4"), ("--auth-delay", "--auth-delay", "x"),
                ("--export-csca", *QUICK, "--export-csca", "/nowhere/at/all")):
            with self.subTest(options=options):
                if options[0] in QUICK:
                    card = Card(*options, expect_failure=True)
                    self.assertRegex(card.errors, pattern)
                else:
                    self.refused(pattern, *options)


if __name__ == "__main__":
    if os.environ.get("EMRTD_PCSC"):
        try:
            import smartcard  # noqa: F401
        except ImportError:
            print("skipped: no pyscard (Debian: apt install python3-pyscard)", file=sys.stderr)
            sys.exit(77)
    unittest.main(argv=[sys.argv[0], "-v" if len(sys.argv) == 1 else "-q", *sys.argv[1:]])

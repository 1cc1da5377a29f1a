#!/usr/bin/env python3
"""Secure messaging of the ISO card beyond the usual commands: every data object of ISO/IEC 7816-4
clause 10, protection of one direction, environments that were stored, chains, extended length and
logical channels, with 3DES and AES; and each error ends the session. VICC names the program."""
import os
import secrets
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from iso7816_crypto import AES, Card, Secret, TDES, items, number, pad, tlv, unpad  # noqa: E402

CIPHERS = [(AES, 16), (AES, 24), (AES, 32), (TDES, 16)]
FID = b"\x30\x01"


class Terminal:
    """Builds protected commands piece by piece; the counter counts what is protected."""

    def __init__(self, card, secret, counter=0):
        self.card, self.secret, self.counter = card, secret, counter

    def count(self):
        self.counter += 1
        self.ssc = number(self.counter % (1 << 8 * self.secret.block), self.secret.block)

    def iv(self):
        return self.secret.ecb(self.ssc) if self.secret.kind == AES else bytes(self.secret.block)

    def sealed(self, data, padded=True):
        return self.secret.cbc(pad(data, self.secret.block) if padded else data, self.iv())

    def mac(self, header, objects, authenticated=True):
        covered = self.ssc + (pad(header, self.secret.block) if authenticated else b"")
        if objects:
            covered += pad(objects, self.secret.block)
        return self.secret.mac(covered, padded=True)

    def send(self, header, make=lambda t: b"", mac=True, authenticated=True, extended=False, le=True):
        """make(self) gives the objects before 8E, for the counter as it is then."""
        self.count()
        header = bytes.fromhex(header)
        objects = make(self)
        if mac:
            objects += tlv(0x8E, self.mac(header, objects, authenticated))
        body = b""
        if extended:
            body = b"\0" + (number(len(objects), 2) + objects if objects else b"") + (b"\0\0" if le else b"")
        elif objects:
            body = bytes([len(objects)]) + objects + (b"\0" if le else b"")
        answer = self.card.raw(header + body)
        return answer[:-2], answer[-2:].hex().upper()

    def opened(self, answer, mac=True):
        """{tag: value} of a protected answer, deciphered in 85 and 87."""
        body, status = answer
        assert body, f"plain answer {status}"
        self.count()
        found = items(body)
        if mac:
            covered = body[:-10]
            assert found.pop(0x8E) == self.secret.mac(self.ssc + pad(covered, self.secret.block), padded=True)
        assert 0x8E not in found
        assert found[0x99].hex().upper() == status
        for tag, skip in ((0x87, 1), (0x85, 0)):
            if tag in found:
                found[tag] = unpad(self.secret.cbc(found[tag][skip:], self.iv(), True))
        return found

    def good(self, *args, data=None, tag=None, **kwargs):
        found = self.opened(self.send(*args, **kwargs))
        assert found.pop(0x99) == b"\x90\0", found
        assert found == ({tag: data} if data is not None else {}), found


class SecureMessaging(Card):
    def setUp(self):
        super().setUp()
        self.call("00E00000", tlv(0x62, tlv(0x80, b"\x04\x00"), tlv(0x82, b"\x01"), tlv(0x83, FID)), le=False)

    def tearDown(self):
        self.link.control(2)
        self.call("00E40000", FID, le=False)

    def keys(self, kind, size):
        enc, mac = secrets.token_bytes(size), secrets.token_bytes(size)
        self.put_secret(0x02, kind, enc)
        self.put_secret(0x03, kind, mac)
        return Secret(kind, enc, mac)

    def start(self, secret, enc=0x31, mac=0x31, channel=0):
        """P1 of MSE for each; 0 leaves it out."""
        if enc:
            self.call(f"{channel:02X}22{enc:02X}B8", tlv(0x83, b"\2"), le=False)
        self.call(f"{channel:02X}22{mac:02X}B4", tlv(0x83, b"\3"), le=False)
        return Terminal(self, secret)

    def each(self, **how):
        for kind, size in CIPHERS:
            secret = self.keys(kind, size)
            self.link.control(2)
            self.call("00A4020C", FID, le=False)
            yield self.start(secret, **how)

    def ended(self, terminal, *args, expect, **kwargs):
        """An error: plain, and the session is gone."""
        self.assertEqual(terminal.send(*args, **kwargs), (b"", expect))
        self.assertEqual(terminal.send("0CB00000", lambda t: tlv(0x97, b"\1")), (b"", "6882"))

    # --- data objects

    def test_objects_of_plain_sessions(self):
        for t in self.each(enc=0):
            t.good("0CD60000", lambda t: tlv(0x81, b"plain"))
            t.good("0CB00000", lambda t: tlv(0x97, b"\5"), data=b"plain", tag=0x81)
            for tag in (0xB1, 0xB3):
                t.good("0CD70000", lambda t: tlv(tag, tlv(0x54, b"\0"), tlv(0x53, bytes([tag]))))
                t.good("0CB10000", lambda t: tlv(tag, tlv(0x54, b"\0")) + tlv(0x97, b"\3"),
                       data=tlv(0x53, bytes([tag])), tag=0xB3)

    def test_objects_of_enciphered_sessions(self):
        for t in self.each():
            block = t.secret.block
            t.good("0CD60000", lambda t: tlv(0x87, b"\1", t.sealed(b"sealed")))
            t.good("0CB00000", lambda t: tlv(0x97, b"\6"), data=b"sealed", tag=0x87)
            # no padding: whole blocks
            whole = secrets.token_bytes(2 * block)
            t.good("0CD60000", lambda t: tlv(0x87, b"\2", t.sealed(whole, padded=False)))
            t.good("0CB00000", lambda t: tlv(0x97, bytes([2 * block])), data=whole, tag=0x87)
            # BER-TLV data with the odd instruction
            t.good("0CD70000", lambda t: tlv(0x85, t.sealed(tlv(0x54, b"\0") + tlv(0x53, b"odd"))))
            for tag in (0x85, 0x83):
                t.good("0CB10000", lambda t: tlv(tag, t.sealed(tlv(0x54, b"\0"))) + tlv(0x97, b"\5"),
                       data=tlv(0x53, b"odd"), tag=0x85)

    def test_le(self):
        """97: absent, empty, one and two bytes; too long is an error."""
        for t in self.each(enc=0):
            content = secrets.token_bytes(1024)
            for at in range(0, 1024, 128):
                t.good(f"0CD6{at >> 8:02X}{at & 255:02X}", lambda t: tlv(0x81, content[at:at + 128]))
            for le, size in ((b"\x10", 16), (b"\0", 256), (b"", 256), (b"\x01\x2C", 300), (b"\0\0", 1024)):
                t.good("0CB00000", lambda t: tlv(0x97, le), extended=True, data=content[:size], tag=0x81)
            found = t.opened(t.send("0CB00000"))
            self.assertEqual(found, {0x99: b"\x67\x00"})
            self.ended(t, "0CB00000", lambda t: tlv(0x97, b"\0\0\1"), expect="6988")

    def test_header_in_object(self):
        for t in self.each(enc=0):
            t.good("0CD60000", lambda t: tlv(0x81, b"x"))
            header = bytes.fromhex("08B00000")
            t.good("08B00000", lambda t: tlv(0x89, header) + tlv(0x97, b"\1"), authenticated=False, data=b"x", tag=0x81)
            # not authenticated at all, but there is something to authenticate
            t.good("08B00000", lambda t: tlv(0x97, b"\1"), authenticated=False, data=b"x", tag=0x81)
            self.ended(t, "08B00000", lambda t: tlv(0x89, bytes.fromhex("08B00001")) + tlv(0x97, b"\1"),
                       authenticated=False, expect="6988")
        for t in self.each(enc=0):
            self.ended(t, "08B00000", authenticated=False, expect="6987")

    def test_what_ends_a_session(self):
        plain, le = (lambda t: tlv(0x81, b"x")), (lambda t: tlv(0x97, b"\1"))
        wrong = {
            "no MAC": (dict(make=plain, mac=False), "6987"),
            "no objects": (dict(mac=False), "6987"),
            "MAC too short": (dict(make=lambda t: tlv(0x81, b"x") + tlv(0x8E, bytes(4)), mac=False), "6988"),
            "wrong MAC": (dict(make=lambda t: tlv(0x81, b"x") + tlv(0x8E, bytes(8)), mac=False), "6988"),
            "object after the MAC": (dict(make=lambda t: tlv(0x8E, t.mac(b"\x0C\xD6\0\0", b"")) + tlv(0x81, b"x"),
                                          mac=False), "6988"),
            "two MACs": (dict(make=lambda t: tlv(0x8E, bytes(8)) + tlv(0x81, b"x")), "6988"),
            "data twice": (dict(make=lambda t: plain(t) + plain(t)), "6988"),
            "data in two forms": (dict(make=lambda t: plain(t) + tlv(0xB3, tlv(0x54, b"\0"))), "6988"),
            "97 twice": (dict(make=lambda t: le(t) + le(t)), "6988"),
            "a status in a command": (dict(make=lambda t: plain(t) + tlv(0x99, b"\x90\0")), "6988"),
            "an object outside of the MAC": (dict(make=lambda t: tlv(0x80, b"x")), "6988"),
            "the same for Le": (dict(make=lambda t: plain(t) + tlv(0x96, b"\1")), "6988"),
            "a signature": (dict(make=lambda t: plain(t) + tlv(0x9E, bytes(8))), "6988"),
            "unknown object": (dict(make=lambda t: plain(t) + tlv(0x5F50, b"x")), "6988"),
            "not BER-TLV": (dict(make=lambda t: b"\x81\x05x"), "6988"),
            "cryptogram of no length": (dict(make=lambda t: tlv(0x87, b"\1")), "6988"),
            "no padding indicator": (dict(make=lambda t: tlv(0x87)), "6988"),
            "cryptogram in a plain session": (dict(make=lambda t: tlv(0x87, b"\1", bytes(t.secret.block))), "6988"),
        }
        for name, (how, expect) in wrong.items():
            for t in self.each(enc=0):
                with self.subTest(name):
                    t.good("0CD60000", plain)
                    self.ended(t, "0CD60000", expect=expect, **how)

    def test_what_ends_an_enciphered_session(self):
        for make, expect in ((lambda t: tlv(0x81, b"x"), "6987"), (lambda t: tlv(0xB3, tlv(0x54, b"\0")), "6987"),
                             (lambda t: tlv(0x87, b"\1", t.sealed(bytes(t.secret.block), padded=False)), "6988"),
                             (lambda t: tlv(0x87, b"\1", t.sealed(b"x")[:-1]), "6988"),
                             (lambda t: tlv(0x87, b"\3", t.sealed(b"x")), "6988"),
                             (lambda t: tlv(0x87, b"\0", t.sealed(b"x")), "6988"), (lambda t: tlv(0x85), "6988")):
            for t in self.each():
                self.ended(t, "0CD60000", make, expect=expect)

    def test_replay_and_plain(self):
        for t in self.each():
            t.good("0CD60000", lambda t: tlv(0x87, b"\1", t.sealed(b"x")))
            t.counter -= 2
            self.ended(t, "0CD60000", lambda t: tlv(0x87, b"\1", t.sealed(b"x")), expect="6988")
        for t in self.each():
            self.call("00B0000001", le=False)
            self.assertEqual(t.send("0CB00000", lambda t: tlv(0x97, b"\1")), (b"", "6882"))
        for t in self.each():  # a plain command that the card does not know
            self.call("00990000", le=False, expect="6D00")
            self.assertEqual(t.send("0CB00000", lambda t: tlv(0x97, b"\1")), (b"", "6882"))

    def test_errors_inside_keep_it(self):
        for t in self.each(enc=0):
            for header, status in (("0CB07FFF", "6B00"), ("0C990000", "6D00"), ("0CA40F0C", "6A86"),
                                   ("0CB20104", "6981")):
                found = t.opened(t.send(header, lambda t: tlv(0x97, b"\1")))
                self.assertEqual(found, {0x99: bytes.fromhex(status)})
            t.good("0CD60000", lambda t: tlv(0x81, b"x"))

    # --- as the environment says

    def test_one_direction(self):
        """MAC and encryption in commands (P1 bit 5), in answers (bit 6) or both."""
        for mac in (0x11, 0x21, 0x31):
            for enc in (0, 0x11, 0x21, 0x31):
                for t in self.each(enc=enc, mac=mac):
                    with self.subTest(f"{enc:02X} {mac:02X} {t.secret.kind:02X} {len(t.secret.enc)}"):
                        self.exchange(t, enc, mac)

    def exchange(self, t, enc, mac):
        def command(t):
            return tlv(0x87, b"\1", t.sealed(b"data")) if enc & 0x10 else tlv(0x81, b"data")

        def check(answer, data):
            if not (mac | enc) & 0x20:
                self.assertEqual(answer, (data, "9000"))
                return
            found = t.opened(answer, mac=bool(mac & 0x20))
            self.assertEqual(found.pop(0x99), b"\x90\0")
            self.assertEqual(found, {0x87 if enc & 0x20 else 0x81: data} if data else {})

        demanded = bool(mac & 0x10)
        check(t.send("0CD60000", command, mac=demanded), b"")
        check(t.send("0CB00000", lambda t: tlv(0x97, b"\4"), mac=demanded), b"data")
        if not demanded:  # a MAC is checked where it need not be
            check(t.send("0CB00000", lambda t: tlv(0x97, b"\4")), b"data")
            self.ended(t, "0CB00000", lambda t: tlv(0x97, b"\4") + tlv(0x8E, bytes(8)), mac=False, expect="6988")
        else:
            self.ended(t, "0CB00000", lambda t: tlv(0x97, b"\4"), mac=False, expect="6987")

    def test_objects_outside_of_the_mac(self):
        """Even tags, where no MAC is demanded and none comes."""
        for enc, write in ((0, lambda t: tlv(0x80, b"even")), (0x11, lambda t: tlv(0x86, b"\1", t.sealed(b"even")))):
            for t in self.each(enc=enc, mac=0x21):
                t.good("0CD60000", write, mac=False)
                t.good("0CB00000", lambda t: tlv(0x96, b"\4"), mac=False, data=b"even", tag=0x81)
                if not enc:
                    for tag in (0xB0, 0xB2):
                        t.good("0CB10000", lambda t: tlv(tag, tlv(0x54, b"\0")) + tlv(0x96, b"\6"), mac=False,
                               data=tlv(0x53, b"even"), tag=0xB3)
                else:
                    for tag in (0x82, 0x84):
                        t.good("0CB10000", lambda t: tlv(tag, t.sealed(tlv(0x54, b"\0"))) + tlv(0x96, b"\6"), mac=False,
                               data=tlv(0x53, b"even"), tag=0xB3)
                # data in an even and an odd form, a MAC over what says that it is outside, no header there
                self.ended(t, "0CB00000", lambda t: tlv(0x96, b"\4"), expect="6988")
        for make in (lambda t: tlv(0x80, b"x") + tlv(0x81, b"x"), lambda t: tlv(0x96, b"\1") + tlv(0x97, b"\1"),
                     lambda t: tlv(0x88, b"\x0C\xB0\0\0"), lambda t: tlv(0x8F, bytes(8)), lambda t: tlv(0x98, b"\x90\0")):
            for t in self.each(enc=0, mac=0x21):
                self.ended(t, "0CB00000", make, mac=False, expect="6988")

    def test_no_proof_without_a_mac(self):
        """A rule that asks for secure messaging is not met by commands without a MAC."""
        secret = self.keys(AES, 16)
        fid = b"\x30\x02"
        self.call("00E00000", tlv(0x62, tlv(0x80, b"\4"), tlv(0x82, b"\1"), tlv(0x83, fid), tlv(0x8C, b"\x01\x41")),
                  le=False)
        self.call("00440000", le=False)
        for mac, status in ((0x21, b"\x69\x82"), (0x31, b"\x90\0")):
            self.link.control(2)
            self.call("00A4020C", fid, le=False)
            t = self.start(secret, enc=0, mac=mac)
            self.assertEqual(t.opened(t.send("0CB00000", lambda t: tlv(0x97, b"\4"), mac=mac != 0x21))[0x99], status)

    def test_two_keys_in_a_direction(self):
        self.keys(AES, 16)
        self.call("002211B4", tlv(0x83, b"\3"), le=False)
        self.call("002221B4", tlv(0x83, b"\2"), le=False, expect="6984")

    def test_keys_of_two_ciphers(self):
        self.put_secret(0x02, AES, bytes(16))
        for kind, size in ((AES, 32), (TDES, 16)):
            self.link.control(2)
            self.put_secret(0x03, kind, secrets.token_bytes(size))
            self.call("002231B8", tlv(0x83, b"\2"), le=False)
            self.call("002231B4", tlv(0x83, b"\3"), le=False, expect="6984")
        self.put_secret(0x03, TDES, secrets.token_bytes(24))
        self.link.control(2)
        self.call("002231B4", tlv(0x83, b"\3"), le=False, expect="6984")

    def test_stored_environment(self):
        """RESTORE starts the session that SET did, directions and initial value too."""
        for kind, size in CIPHERS:
            secret = self.keys(kind, size)
            first = secrets.token_bytes(secret.block)
            self.link.control(2)
            self.call("002231B8", tlv(0x83, b"\2"), le=False)
            self.call("002231B4", tlv(0x83, b"\3") + tlv(0x87, first), le=False)
            self.call("0022F205", le=False)
            self.link.control(2)
            self.call("00A4020C", FID, le=False)
            self.call("0022F305", le=False)
            t = Terminal(self, secret, int.from_bytes(first, "big"))
            t.good("0CD60000", lambda t: tlv(0x87, b"\1", t.sealed(b"stored")))
            t.good("0CB00000", lambda t: tlv(0x97, b"\6"), data=b"stored", tag=0x87)
            self.call("0022F405", le=False)

    # --- together with the other ways of transport

    def test_chain(self):
        """Each part of a chain is protected by itself."""
        for t in self.each():
            data = secrets.token_bytes(500)
            for at in (0, 200):
                t.good("1CD60000", lambda t: tlv(0x87, b"\1", t.sealed(data[at:at + 200])))
            t.good("0CD60000", lambda t: tlv(0x87, b"\1", t.sealed(data[400:])))
            t.good("0CB00000", lambda t: tlv(0x97, b"\1\xF4"), extended=True, data=data, tag=0x87)
            # an error in a part ends the chain with the session
            t.good("1CD60000", lambda t: tlv(0x87, b"\1", t.sealed(bytes(200))))
            self.ended(t, "0CD60000", lambda t: tlv(0x87, b"\1", t.sealed(b"x")) + tlv(0x8E, bytes(8)), mac=False,
                       expect="6988")
            self.call("00A4020C", FID, le=False)
            self.assertEqual(self.call("00B0000004", le=False), data[:4])

    def test_extended_and_get_response(self):
        for t in self.each():
            data = secrets.token_bytes(1000)
            t.good("0CD60000", lambda t: tlv(0x87, b"\1", t.sealed(data)), extended=True)
            t.good("0CB00000", lambda t: tlv(0x97, b"\x03\xE8"), extended=True, data=data, tag=0x87)
            # a protected answer of more than 256 bytes comes in pieces: GET RESPONSE is plain transport
            body, status = t.send("0CB00000", lambda t: tlv(0x97, b"\x03\xE8"))
            while status.startswith("61"):
                part = self.raw(bytes.fromhex("00C0000000"))
                body, status = body + part[:-2], part[-2:].hex().upper()
            self.assertEqual(t.opened((body, status))[0x87], data)

    def test_channels(self):
        """A session belongs to its channel. From channel 4 on the class has no bit for the header."""
        for kind, size in CIPHERS:
            secret = self.keys(kind, size)
            self.link.control(2)
            first = self.start(secret)
            for channel in (1, 3, 4, 19):
                first.good("0C70%02X%02X" % (0, channel))
                cla = channel if channel < 4 else 0x40 + channel - 4
                self.call(f"{cla:02X}A4020C", FID, le=False)
                t = self.start(secret, channel=cla)
                protected = cla | (0x0C if channel < 4 else 0x20)
                for make in (lambda t: tlv(0x87, b"\1", t.sealed(b"data")),):
                    header = bytes([protected, 0xD6, 0, 0])
                    t.good(header.hex(), lambda t: (b"" if channel < 4 else tlv(0x89, header)) + make(t),
                           authenticated=channel < 4)
                header = bytes([protected, 0xB0, 0, 0])
                t.good(header.hex(), lambda t: tlv(0x97, b"\4"), authenticated=channel < 4, data=b"data", tag=0x87)
                # the session of channel 0 has not moved; closing the channel ends this one
                first.good("0C7080%02X" % channel)
                self.assertEqual(t.send(header.hex(), lambda t: tlv(0x97, b"\4"), authenticated=channel < 4),
                                 (b"", "6881"))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""PERFORM SECURITY OPERATION of the ISO card in the forms that iso7816_crypto.py leaves out: hashes
begun outside, signed templates, certificates, the odd instruction. Checked by Python's
`cryptography` and hashlib. VICC names the program."""
import hashlib
import os
import secrets
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from iso7816_crypto import Card, HASHES, digest, items, number, tlv  # noqa: E402
from sha_state import block_len, intermediate  # noqa: E402

from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils  # noqa: E402

NAMES = {1: "sha1", 2: "sha224", 3: "sha256", 4: "sha384", 5: "sha512"}


class Hash(Card):
    def state(self, name, data):
        """What a terminal sends: the intermediate value and the number of bits."""
        return intermediate(NAMES[name], data) + number(8 * len(data), 8)

    def test_state_of_ours(self):
        """That the terminal's own arithmetic is right: an empty last block makes hashlib's value."""
        for name in NAMES.values():
            size = block_len(name)
            padding_block = b"\x80" + bytes(size - 9) + number(8 * size, 8)
            h = hashlib.new(name)
            h.update(b"a" * size)
            self.assertTrue(intermediate(name, b"a" * size + padding_block).startswith(h.digest()))

    def test_continued(self):
        for name, text in NAMES.items():
            size = block_len(text)
            self.mse(0x41, 0xAA, alg=name)
            for blocks in (1, 3):
                for rest in (0, 1, size - 9, size - 1, size, 2 * size + 5):
                    data = secrets.token_bytes(blocks * size + rest)
                    begun, left = self.state(name, data[:blocks * size]), data[blocks * size:]
                    # in one command, and in two
                    self.assertEqual(self.call("002A90A0", tlv(0x90, begun) + tlv(0x80, left)), digest(name, data))
                    self.assertEqual(self.call("002A90A0", tlv(0x90, begun)), b"")
                    self.assertEqual(self.call("002A90A0", tlv(0x80, left)), digest(name, data))
            # it was used up: the next is a hash of its own; so is one with an empty code
            self.assertEqual(self.call("002A90A0", tlv(0x80, b"abc")), digest(name, b"abc"))
            self.assertEqual(self.call("002A90A0", tlv(0x90) + tlv(0x80, b"abc")), digest(name, b"abc"))

    def test_large_count(self):
        """16 bytes of bits with the long hashes."""
        data = secrets.token_bytes(256)
        self.mse(0x41, 0xAA, alg=5)
        begun = intermediate("sha512", data) + number(8 * len(data), 16)
        self.assertEqual(self.call("002A90A0", tlv(0x90, begun) + tlv(0x80, b"x")), digest(5, data + b"x"))

    def test_refused(self):
        self.mse(0x41, 0xAA, alg=3)
        data = secrets.token_bytes(64)
        good = self.state(3, data)
        for objects in (tlv(0x90, good[:-1]) + tlv(0x80, b"x"),           # too short
                        tlv(0x90, good + b"\0") + tlv(0x80, b"x"),        # too long
                        tlv(0x90, good[:-1] + b"\1") + tlv(0x80, b"x"),   # not whole blocks
                        tlv(0x90, digest(3, data)) + tlv(0x80, b"x"),     # a hash value is not continued
                        tlv(0x90, good) + tlv(0x90, good), tlv(0x80, b"x") + tlv(0x80, b"y"),
                        tlv(0x81, b"x"), tlv(0x80, b"x") + tlv(0x82, b"y"), b"\x80\x05ab", tlv(0x90, b"x")):
            self.call("002A90A0", objects, expect="6A80")
        self.call("002A90A0", expect="6A80")

    def test_signature(self):
        """Hashed with the last block on the card, then signed; once."""
        key = ec.generate_private_key(ec.SECP256R1())
        self.put_key(0x05, 0xB2, tlv(0x7F48, tlv(0x98, number(key.private_numbers().private_value, 32))))
        self.mse(0x41, 0xB6, alg=0x53, private=0x05)
        data = secrets.token_bytes(1000)
        self.call("002A90A0", tlv(0x90, self.state(3, data[:960])) + tlv(0x80, data[960:]), le=False)
        plain = self.call("002A9E9A")
        der = utils.encode_dss_signature(int.from_bytes(plain[:32], "big"), int.from_bytes(plain[32:], "big"))
        key.public_key().verify(der, data, ec.ECDSA(hashes.SHA256()))
        self.call("002A9E9A", expect="6985")
        # an intermediate code is no hash value yet
        self.call("002A9080", data, le=False)
        self.call("002A90A0", tlv(0x90, self.state(3, data[:960])), le=False)
        self.call("002A9E9A", expect="6985")

    def test_hash_of_another_function(self):
        key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
        n = key.private_numbers()
        self.put_key(0x04, 0xA0, tlv(0x7F48, tlv(0x91, number(n.public_numbers.e)), tlv(0x92, number(n.p)),
                                     tlv(0x93, number(n.q))))
        self.mse(0x41, 0xAA, alg=1)
        self.mse(0x41, 0xB6, alg=0x23, private=0x04)
        self.call("002A9080", b"abc", le=False)
        self.call("002A9E9A", expect="6985")
        # PKCS #1 v1.5 without a hash of its own signs the DigestInfo of what was hashed
        self.mse(0x41, 0xB6, alg=0x20, private=0x04)
        self.call("002A9080", b"abc", le=False)
        key.public_key().verify(self.call("002A9E9A"), b"abc", padding.PKCS1v15(), hashes.SHA1())

    def test_chained(self):
        """Parts of a chain with the plain form are one message."""
        self.mse(0x41, 0xAA, alg=3)
        data = secrets.token_bytes(700)
        for at in (0, 250):
            self.assertEqual(self.raw(bytes.fromhex("102A9080FA") + data[at:at + 250]).hex(), "9000")
        self.assertEqual(self.raw(bytes.fromhex("002A9080C8") + data[500:] + b"\0"), digest(3, data) + b"\x90\0")


class Templates(Card):
    """9E AC: the values are signed; 9E BC: the objects; 00 A8 with either."""
    OBJECTS = tlv(0x80, b"first") + tlv(0x81, b"second")

    def setUp(self):
        super().setUp()
        self.key = ec.generate_private_key(ec.SECP384R1())
        self.put_key(0x05, 0xB3, tlv(0x7F48, tlv(0x98, number(self.key.private_numbers().private_value, 48))))

    def verify(self, plain, message):
        der = utils.encode_dss_signature(int.from_bytes(plain[:48], "big"), int.from_bytes(plain[48:], "big"))
        self.key.public_key().verify(der, message, ec.ECDSA(hashes.SHA384()))

    def test_signed(self):
        self.mse(0x41, 0xB6, alg=0x54, private=0x05)
        self.mse(0x81, 0xB6, alg=0x54, key=0x05)
        for p2, message in ((0xAC, b"firstsecond"), (0xBC, self.OBJECTS)):
            plain = self.call(f"002A9E{p2:02X}", self.OBJECTS)
            self.verify(plain, message)
            self.call("002A00A8", tlv(p2, self.OBJECTS) + tlv(0x9E, plain), le=False)
            self.call("002A00A8", tlv(p2 ^ 0x10, self.OBJECTS) + tlv(0x9E, plain), le=False, expect="6300")
        # a hash value alone in AC
        self.verify(self.call("002A9EAC", tlv(0x90, digest(4, b"abc"))), b"abc")
        for p2 in (0xAC, 0xBC):
            self.call(f"002A9E{p2:02X}", b"\x80\x05abc", expect="6A80")
            self.call(f"002A9E{p2:02X}", expect="6A80")

    def test_message_of_ed25519(self):
        seed = secrets.token_bytes(32)
        self.put_key(0x07, 0xBC, tlv(0x7F48, tlv(0x98, seed)))
        self.mse(0x41, 0xB6, private=0x07)
        theirs = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        self.assertEqual(self.call("002A9EAC", self.OBJECTS), theirs.sign(b"firstsecond"))
        self.assertEqual(self.call("002A9EBC", self.OBJECTS), theirs.sign(self.OBJECTS))

    def test_odd_instruction(self):
        """2B: input and output are objects of the tags in P2 and P1."""
        self.mse(0x41, 0xB6, alg=0x54, private=0x05)
        self.mse(0x81, 0xB6, alg=0x54, key=0x05)
        self.mse(0x41, 0xAA, alg=0x04)
        self.assertEqual(self.call("002B9080", tlv(0x80, b"abc")), tlv(0x90, digest(4, b"abc")))
        plain = items(self.call("002B9E9A"))[0x9E]
        self.verify(plain, b"abc")
        self.call("002B00A8", tlv(0xA8, tlv(0x9A, digest(4, b"abc")), tlv(0x9E, plain)), le=False)
        self.call("002B00A8", tlv(0x9A, digest(4, b"abc")) + tlv(0x9E, plain), le=False, expect="6A80")
        self.call("002B9080", b"abc", expect="6A80")
        self.call("002B9081", tlv(0x81, b"abc"), expect="6A86")
        self.put_secret(0x02, 0xC1, bytes(16))
        self.mse(0xC1, 0xB4, key=0x02)
        even = self.call("002A8E80", b"abc")
        self.assertEqual(self.call("002B8E80", tlv(0x80, b"abc")), tlv(0x8E, even))
        self.mse(0xC1, 0xB8, key=0x02)
        sealed = self.call("002B8680", tlv(0x80, b"abc"))
        self.assertEqual(items(self.call("002B8086", sealed))[0x80], b"abc")


class Certificates(Card):
    ROOT, HOLDER = b"DETESTCVCA00001", b"DETESTAT00001"
    OID = bytes.fromhex("04007F00070202020203")  # id-TA-ECDSA-SHA-256

    def setUp(self):
        super().setUp()
        self.root, self.key = (ec.generate_private_key(ec.BrainpoolP256R1()) for _ in range(2))
        self.put_key(0x0C, 0xB8, tlv(0x7F49, tlv(0x86, self.point(self.root))),
                     extra={0x5F20: self.ROOT, 0x81: b"\x0A\x00"})
        self.trust(self.ROOT)

    def trust(self, name, alg=0x53):
        self.call("002281B6", tlv(0x80, bytes([alg])) + tlv(0x83, name), le=False)

    def point(self, key):
        return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)

    def plain(self, key, message, size=32, algorithm=hashes.SHA256()):
        r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(algorithm)))
        return number(r, size) + number(s, size)

    def proves(self, name, key):
        """The imported key proves itself."""
        self.call("002281A4", tlv(0x80, b"\x53") + tlv(0x83, name), le=False)
        self.call("00820000", self.plain(key, self.get_challenge(8)), le=False)
        self.call("00820000", le=False)

    def fields(self, holder, key, oid=True):
        key_object = (tlv(0x06, self.OID) if oid else b"") + tlv(0x86, self.point(key))
        return [(0x42, self.ROOT), (0x7F49, key_object), (0x5F20, holder)]

    def test_values(self):
        for n, oid in enumerate((True, False)):
            holder = self.HOLDER[:-1] + bytes([0x32 + n])
            fields = self.fields(holder, self.key, oid)
            objects = b"".join(tlv(tag, value) for tag, value in fields)
            signature = self.plain(self.root, b"".join(value for _, value in fields))
            self.call("002281A4", tlv(0x83, holder), le=False, expect="6A88")
            self.trust(self.ROOT)
            self.call("002A00AE", objects + tlv(0x5F37, signature[:-1] + bytes([signature[-1] ^ 1])), le=False,
                      expect="6300")
            self.call("002281A4", tlv(0x83, holder), le=False, expect="6A88")
            # the objects themselves are what BE has signed
            self.call("002A00AE", objects + tlv(0x5F37, self.plain(self.root, objects)), le=False, expect="6300")
            self.call("002A00AE", objects + tlv(0x5F37, signature), le=False)
            self.proves(holder, self.key)

    def test_values_of_rsa(self):
        root = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = root.public_key().public_numbers()
        self.put_key(0x0D, 0xA2, tlv(0x7F49, tlv(0x81, number(public.n)), tlv(0x82, number(public.e))),
                     extra={0x5F20: b"RSAROOT", 0x81: b"\x0A\x00"})
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        theirs = other.public_key().public_numbers()
        fields = [(0x5F29, b"\0"), (0x42, b"RSAROOT"), (0x5F20, b"RSAUSER"),
                  (0x7F49, tlv(0x81, number(theirs.n)) + tlv(0x82, number(theirs.e)))]
        signature = root.sign(b"".join(value for _, value in fields), padding.PKCS1v15(), hashes.SHA256())
        self.trust(b"RSAROOT", 0x23)
        self.call("002A00AE", b"".join(tlv(tag, value) for tag, value in fields) + tlv(0x5F37, signature), le=False)
        self.call("002281B6", tlv(0x80, b"\x23") + tlv(0x83, b"RSAUSER"), le=False)
        self.call("002A00A8", tlv(0x9A, digest(3, b"abc")) +
                  tlv(0x9E, other.sign(b"abc", padding.PKCS1v15(), hashes.SHA256())), le=False)

    def test_whole_certificate(self):
        """7F21 with P2 92, and its content with BE."""
        holder = b"DETESTAT00009"
        chat = tlv(0x7F4C, tlv(0x06, bytes.fromhex("04007F000703010202")), tlv(0x53, bytes(5)))
        body = tlv(0x7F4E, tlv(0x5F29, b"\0"), tlv(0x42, self.ROOT),
                   tlv(0x7F49, tlv(0x06, self.OID), tlv(0x86, self.point(self.key))), tlv(0x5F20, holder), chat,
                   tlv(0x5F25, bytes([2, 0, 0, 1, 0, 1])), tlv(0x5F24, bytes([3, 0, 0, 1, 0, 1])))
        content = body + tlv(0x5F37, self.plain(self.root, body))
        self.call("002A0092", content, le=False, expect="6A80")
        self.call("002A00BE", tlv(0x7F21, content), le=False, expect="6A80")
        self.call("002A0092", tlv(0x7F21, content[:-1] + bytes([content[-1] ^ 1])), le=False, expect="6300")
        self.call("002A0092", tlv(0x7F21, content), le=False)
        self.proves(holder, self.key)
        self.trust(self.ROOT)
        self.call("002A00BE", content, le=False)
        # cut into other fields it is no certificate of the other form: here the issuer's name as the holder's
        at, key_at = body.index(self.ROOT), body.index(tlv(0x06, self.OID))
        key = tlv(0x06, self.OID) + tlv(0x86, self.point(self.key))
        cut = tlv(0x5F29, body[:at]) + tlv(0x5F20, self.ROOT) + tlv(0x53, body[at + len(self.ROOT):key_at])
        cut += tlv(0x7F49, key) + tlv(0x54, body[key_at + len(key):])
        self.call("002A00AE", cut + content[len(body):], le=False, expect="6A80")

    def test_refused(self):
        fields = self.fields(self.HOLDER, self.key)
        signature = tlv(0x5F37, self.plain(self.root, b"".join(value for _, value in fields)))
        objects = [tlv(tag, value) for tag, value in fields]
        for missing in (1, 2):
            self.call("002A00AE", b"".join(o for i, o in enumerate(objects) if i != missing) + signature, le=False,
                      expect="6A80")
        self.call("002A00AE", b"".join(objects), le=False, expect="6A80")
        self.call("002A00AE", le=False, expect="6A80")
        self.call("002A00AE", tlv(0x42, b"ANOTHER") + objects[1] + objects[2] + signature, le=False, expect="6A88")
        self.link.control(2)
        self.call("002A00AE", b"".join(objects) + signature, le=False, expect="6A88")
        # a key that may not certify
        self.put_key(0x0E, 0xB8, tlv(0x7F49, tlv(0x86, self.point(self.root))),
                     extra={0x5F20: b"NOCERTIFICATES", 0x81: b"\x08\x02"})
        self.trust(b"NOCERTIFICATES")
        self.call("002A00AE", b"".join(objects) + signature, le=False, expect="6984")


class MutualSignatures(Card):
    """MUTUAL AUTHENTICATE with two key pairs (ISO/IEC 9798-3, three passes)."""

    def setUp(self):
        super().setUp()
        self.theirs = ec.generate_private_key(ec.SECP256R1())
        self.ours = rsa.generate_private_key(public_exponent=65537, key_size=1024)
        n = self.ours.private_numbers()
        self.put_key(0x04, 0xA0, tlv(0x7F48, tlv(0x91, number(n.public_numbers.e)), tlv(0x92, number(n.p)),
                                     tlv(0x93, number(n.q))))
        point = self.theirs.public_key().public_bytes(serialization.Encoding.X962,
                                                      serialization.PublicFormat.UncompressedPoint)
        self.put_key(0x05, 0xB2, tlv(0x7F49, tlv(0x86, point)), extra={0x85: b"\3"})

    def token(self, challenge, first):
        r, s = utils.decode_dss_signature(self.theirs.sign(first + challenge, ec.ECDSA(hashes.SHA256())))
        return first + number(r, 32) + number(s, 32)

    def test_both(self):
        self.call("002281A4", tlv(0x80, b"\x53") + tlv(0x83, b"\5"), le=False)
        challenge, first = self.get_challenge(8), secrets.token_bytes(8)
        self.call("00820000", self.token(challenge, first), expect="6A88")  # no key of the card's is named
        self.call("002241A4", tlv(0x80, b"\x23") + tlv(0x84, b"\4"), le=False)
        answer = self.call("00820000", self.token(challenge, first))
        self.ours.public_key().verify(answer, challenge + first, padding.PKCS1v15(), hashes.SHA256())
        self.call("00820000", le=False)
        self.call("00820000", self.token(challenge, first), expect="6985")  # the challenge is used up
        # the challenges the other way around, a wrong one, too short: a try each, and no proof any more
        for n, wrong in enumerate((lambda c: first + self.token(first, c)[8:], lambda c: self.token(bytes(8), first),
                                   lambda c: first)):
            self.call("00820000", wrong(self.get_challenge(8)), expect="63C%d" % (2 - n))
        self.call("00820000", self.token(self.get_challenge(8), first), expect="6983")


if __name__ == "__main__":
    assert HASHES.keys() == NAMES.keys()
    unittest.main()

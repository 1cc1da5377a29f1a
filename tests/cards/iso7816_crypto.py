#!/usr/bin/env python3
"""The ISO card's cryptography, checked by another implementation: keys from Python's `cryptography`
go into the card, what the card computes is checked there and what is computed there by the card.
Secure messaging and mutual authentication are written out from ISO/IEC 7816-4 clause 10 and Doc
9303-11. VICC names the program."""
import hashlib
import os
import secrets
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from vicc_reader import Reader, Vicc  # noqa: E402

try:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils, x25519
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.cmac import CMAC
except ImportError:
    print("skipped: no cryptography (Debian: apt install python3-cryptography)", file=sys.stderr)
    sys.exit(77)

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:  # before cryptography 43
    TripleDES = algorithms.TripleDES

HASHES = {1: hashes.SHA1(), 2: hashes.SHA224(), 3: hashes.SHA256(), 4: hashes.SHA384(), 5: hashes.SHA512()}
CURVES = {0xB0: ec.SECP192R1(), 0xB1: ec.SECP224R1(), 0xB2: ec.SECP256R1(), 0xB3: ec.SECP384R1(),
          0xB4: ec.SECP521R1(), 0xB8: ec.BrainpoolP256R1(), 0xBA: ec.BrainpoolP384R1(), 0xBB: ec.BrainpoolP512R1()}
MESSAGE = b"What is signed, enciphered and authenticated in all these tests"
AES, TDES = 0xC1, 0xC0


def tlv(tag, *parts):
    value = b"".join(parts)
    head = tag.to_bytes((tag.bit_length() + 7) // 8, "big")
    if len(value) < 0x80:
        return head + bytes([len(value)]) + value
    length = len(value).to_bytes((len(value).bit_length() + 7) // 8, "big")
    return head + bytes([0x80 | len(length)]) + length + value


def items(data):
    """{tag: value} of objects with one-byte or two-byte tags."""
    found, at = {}, 0
    while at < len(data):
        size = 2 if data[at] & 0x1F == 0x1F else 1
        tag = int.from_bytes(data[at:at + size], "big")
        at += size
        length = data[at]
        at += 1
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[at:at + count], "big")
            at += count
        found[tag] = data[at:at + length]
        at += length
    return found


def number(value, size=None):
    return value.to_bytes(size or (value.bit_length() + 7) // 8, "big")


def digest(name, data):
    h = hashes.Hash(HASHES[name])
    h.update(data)
    return h.finalize()


def pad(data, block):
    data += b"\x80"
    return data + bytes(-len(data) % block)


def unpad(data):
    return data.rstrip(b"\0")[:-1]


class Secret:
    """A symmetric key: blocks, CBC and the MAC of eight bytes."""

    def __init__(self, kind, enc, mac=None):
        self.kind, self.enc, self.mac_key = kind, enc, mac or enc
        self.block = 16 if kind == AES else 8

    def _algorithm(self, key):
        return algorithms.AES(key) if self.kind == AES else TripleDES(key)

    def _run(self, key, mode, data, decrypt=False):
        cipher = Cipher(self._algorithm(key), mode)
        context = cipher.decryptor() if decrypt else cipher.encryptor()
        return context.update(data) + context.finalize()

    def ecb(self, data):
        return self._run(self.enc, modes.ECB(), data)

    def cbc(self, data, iv=None, decrypt=False):
        return self._run(self.enc, modes.CBC(iv or bytes(self.block)), data, decrypt)

    def mac(self, data, padded=False):
        """AES: CMAC; 3DES: ISO/IEC 9797-1 algorithm 3 with padding method 2."""
        if self.kind == AES:
            mac = CMAC(algorithms.AES(self.mac_key))
            mac.update(data)
            return mac.finalize()[:8]
        data = data if padded else pad(data, 8)
        first, second = self.mac_key[:8], self.mac_key[8:]
        state = bytes(8)
        for at in range(0, len(data), 8):
            state = self._run(first * 3, modes.ECB(), bytes(a ^ b for a, b in zip(state, data[at:at + 8])))
        return self._run(first * 3, modes.ECB(), self._run(second * 3, modes.ECB(), state, True))


class Session:
    """Secure messaging from the terminal's side."""

    def __init__(self, card, secret, counter=0, encrypt=True):
        self.card, self.secret, self.counter, self.encrypt = card, secret, counter, encrypt

    def _ssc(self):
        self.counter += 1
        return number(self.counter % (1 << 8 * self.secret.block), self.secret.block)

    def _iv(self, ssc):
        return self.secret.ecb(ssc) if self.secret.kind == AES else bytes(8)

    def _mac(self, data):
        # CMAC takes the padded message of clause 10 as it is; the retail MAC pads it likewise
        return self.secret.mac(data, padded=True)

    def call(self, header, data=b"", le=None, header_in_class=True):
        block, ssc = self.secret.block, self._ssc()
        head = bytes.fromhex(header)
        head = bytes([head[0] | (0x0C if header_in_class else 0x08)]) + head[1:]
        objects = b""
        if data and self.encrypt:
            cryptogram = self.secret.cbc(pad(data, block), self._iv(ssc))
            objects += tlv(0x85, cryptogram) if head[1] & 1 else tlv(0x87, b"\x01", cryptogram)
        elif data:
            objects += tlv(0xB3 if head[1] & 1 else 0x81, data)
        if not header_in_class:
            objects = tlv(0x89, head) + objects
        if le is not None:
            objects += tlv(0x97, bytes([le & 0xFF]))
        covered = ssc + (pad(head, block) if header_in_class else b"")
        covered += pad(objects, block) if objects else b""
        objects += tlv(0x8E, self._mac(covered))
        answer = self.card.raw(head + bytes([len(objects)]) + objects + b"\0")
        return self._open(answer[:-2], answer[-2:], head[1])

    def _open(self, body, status, ins):
        if not body:
            raise AssertionError(f"plain answer {status.hex()}")
        ssc = self._ssc()
        found = items(body)
        mac = found.pop(0x8E)
        covered = body[:len(body) - 10]
        assert mac == self._mac(ssc + pad(covered, self.secret.block)), "MAC of the answer"
        assert found[0x99] == status, (found, status)
        data = found.get(0xB3 if ins & 1 else 0x81, b"")
        for tag, skip in ((0x87, 1), (0x85, 0)):
            if tag in found:
                assert self.encrypt and tag == (0x85 if ins & 1 else 0x87), hex(tag)
                data = unpad(self.secret.cbc(found[tag][skip:], self._iv(ssc), True))
        return data, status.hex().upper()


class Card(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.reader = Reader()
        cls.vicc = Vicc("-t", "iso7816", "-P", cls.reader.port)
        cls.link = cls.reader.accept()

    @classmethod
    def tearDownClass(cls):
        cls.vicc.stop()
        cls.reader.close()

    def setUp(self):
        self.link.control(1)

    def raw(self, command):
        return bytes.fromhex(self.link.call(command.hex()))

    def call(self, header, data=b"", le=True, expect="9000"):
        """Extended length throughout; Le asks for everything."""
        command = bytes.fromhex(header)
        if data or le:
            command += b"\0"
        if data:
            command += number(len(data), 2) + data
        if le:
            command += b"\0\0"
        answer = self.raw(command)
        self.assertEqual(answer[-2:].hex().upper(), expect, (header, data.hex()))
        return answer[:-2]

    def put_key(self, ref, kind, *key, **more):
        objects = [tlv(0x83, bytes([ref])), tlv(0x88, bytes([kind]))]
        objects += [tlv(tag, value) for tag, value in more.get("extra", {}).items()]
        self.call("80DB3FFF", tlv(0xA2, *objects, *key), le=False)

    def put_secret(self, ref, kind, value, **more):
        self.put_key(ref, kind, tlv(0x7F48, tlv(0x80, value)), **more)

    def mse(self, p1, template, **objects):
        tags = {"alg": 0x80, "key": 0x83, "private": 0x84, "iv": 0x87}
        data = b"".join(tlv(tags[name], value if isinstance(value, bytes) else bytes([value]))
                        for name, value in objects.items())
        self.call(f"0022{p1:02X}{template:02X}", data, le=False)

    def get_challenge(self, size=8):
        return self.call("00840000" + f"{size:02X}", le=False)


class Rsa(Card):
    def with_key(self, bits):
        key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        n = key.private_numbers()
        self.put_key(0x04, {1024: 0xA0, 2048: 0xA2, 3072: 0xA3, 4096: 0xA4}[bits], tlv(
            0x7F48, tlv(0x91, number(n.public_numbers.e)), tlv(0x92, number(n.p)), tlv(0x93, number(n.q))))
        return key

    def test_signatures(self):
        for bits in (1024, 2048, 3072, 4096):
            key = self.with_key(bits)
            for name, algorithm in HASHES.items():
                for high, scheme in ((0x20, padding.PKCS1v15()),
                                     (0x30, padding.PSS(padding.MGF1(algorithm), algorithm.digest_size))):
                    if bits == 1024 and (high, name) == (0x30, 5):
                        continue  # 1024 bits are too few for a salt and a digest of 64 bytes: next test
                    self.mse(0x41, 0xB6, alg=high | name, private=0x04)
                    signature = self.call("002A9E9A", digest(name, MESSAGE))
                    key.public_key().verify(signature, MESSAGE, scheme, algorithm)
                    # and the other way around
                    theirs = key.sign(MESSAGE, scheme, algorithm)
                    self.mse(0x81, 0xB6, alg=high | name, key=0x04)
                    self.call("002A00A8", tlv(0x9A, digest(name, MESSAGE)) + tlv(0x9E, theirs), le=False)
                    self.call("002A00A8", tlv(0x9A, digest(name, b"x")) + tlv(0x9E, theirs), le=False,
                              expect="6300")

    def test_salt_that_does_not_fit(self):
        self.with_key(1024)
        self.mse(0x41, 0xB6, alg=0x35, private=0x04)
        self.call("002A9E9A", digest(5, MESSAGE), expect="6A80")

    def test_raw_and_digest_info(self):
        key = self.with_key(2048)
        public = key.public_key().public_numbers()
        block = b"\0" + secrets.token_bytes(255)
        self.mse(0x41, 0xB6, alg=0x10, private=0x04)
        signature = self.call("002A9E9A", block)
        self.assertEqual(number(pow(int.from_bytes(signature, "big"), public.e, public.n), 256), block)
        info = bytes.fromhex("3031300D060960864801650304020105000420") + digest(3, MESSAGE)
        self.mse(0x41, 0xB6, alg=0x20, private=0x04)
        key.public_key().verify(self.call("002A9E9A", info), MESSAGE, padding.PKCS1v15(), hashes.SHA256())

    def test_decipher_and_encipher(self):
        key = self.with_key(2048)
        schemes = {0x20: padding.PKCS1v15()}
        schemes.update({0x40 | name: padding.OAEP(padding.MGF1(h), h, None) for name, h in HASHES.items()})
        for alg, scheme in schemes.items():
            self.mse(0x41, 0xB8, alg=alg, private=0x04)
            theirs = key.public_key().encrypt(MESSAGE, scheme)
            self.assertEqual(self.call("002A8084", theirs), MESSAGE)
            self.assertEqual(self.call("002A8086", b"\0" + theirs), MESSAGE)
            self.mse(0x81, 0xB8, alg=alg, key=0x04)
            self.assertEqual(key.decrypt(self.call("002A8480", MESSAGE), scheme), MESSAGE)

    def test_internal_and_external_authentication(self):
        key = self.with_key(2048)
        challenge = secrets.token_bytes(16)
        key.public_key().verify(self.call("00882304", challenge), challenge, padding.PKCS1v15(), hashes.SHA256())
        theirs = key.sign(self.get_challenge(16), padding.PKCS1v15(), hashes.SHA256())
        self.call("00822304", theirs, le=False)
        self.get_challenge(16)
        self.call("00822304", theirs, le=False, expect="6300")

    def test_generated(self):
        self.put_key(0x05, 0xA2)
        public = items(items(self.call("00478005"))[0x7F49])
        key = rsa.RSAPublicNumbers(int.from_bytes(public[0x82], "big"), int.from_bytes(public[0x81], "big")).public_key()
        self.assertEqual(key.key_size, 2048)
        self.mse(0x41, 0xB6, alg=0x33, private=0x05)
        key.verify(self.call("002A9E9A", digest(3, MESSAGE)), MESSAGE,
                   padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


class Curves(Card):
    def with_key(self, kind):
        curve = CURVES[kind]
        key = ec.generate_private_key(curve)
        size = (curve.key_size + 7) // 8
        self.put_key(0x05, kind, tlv(0x7F48, tlv(0x98, number(key.private_numbers().private_value, size))))
        return key, size

    def point(self, key):
        return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)

    def test_ecdsa(self):
        for kind in CURVES:
            key, size = self.with_key(kind)
            for name, algorithm in HASHES.items():
                self.mse(0x41, 0xB6, alg=0x50 | name, private=0x05)
                plain = self.call("002A9E9A", digest(name, MESSAGE))
                self.assertEqual(len(plain), 2 * size)
                der = utils.encode_dss_signature(int.from_bytes(plain[:size], "big"), int.from_bytes(plain[size:], "big"))
                key.public_key().verify(der, MESSAGE, ec.ECDSA(algorithm))
                r, s = utils.decode_dss_signature(key.sign(MESSAGE, ec.ECDSA(algorithm)))
                self.mse(0x81, 0xB6, alg=0x50 | name, key=0x05)
                self.call("002A00A8", tlv(0x9A, digest(name, MESSAGE)) + tlv(0x9E, number(r, size), number(s, size)),
                          le=False)
            self.mse(0x41, 0xB6, alg=0x58, private=0x05)
            key.public_key().verify(self.call("002A9E9A", digest(3, MESSAGE)), MESSAGE, ec.ECDSA(hashes.SHA256()))

    def test_ecdh(self):
        for kind in CURVES:
            key, _ = self.with_key(kind)
            other = ec.generate_private_key(CURVES[kind])
            self.mse(0x41, 0xB8, private=0x05)
            self.assertEqual(self.call("002A8084", self.point(other.public_key())),
                             other.exchange(ec.ECDH(), key.public_key()))

    def test_generated(self):
        for kind, curve in CURVES.items():
            self.put_key(0x06, kind)
            public = items(items(self.call("00478006"))[0x7F49])[0x86]
            key = ec.EllipticCurvePublicKey.from_encoded_point(curve, public)
            self.mse(0x41, 0xB6, alg=0x58, private=0x06)
            key.verify(self.call("002A9E9A", digest(3, MESSAGE)), MESSAGE, ec.ECDSA(hashes.SHA256()))

    def test_edwards_and_montgomery(self):
        seed = secrets.token_bytes(32)
        self.put_key(0x07, 0xBC, tlv(0x7F48, tlv(0x98, seed)))
        self.mse(0x41, 0xB6, private=0x07)
        self.assertEqual(self.call("002A9E9A", MESSAGE), ed25519.Ed25519PrivateKey.from_private_bytes(seed).sign(MESSAGE))
        self.put_key(0x08, 0xBD, tlv(0x7F48, tlv(0x98, seed)))
        other = x25519.X25519PrivateKey.generate()
        shared = other.exchange(x25519.X25519PrivateKey.from_private_bytes(seed).public_key())
        raw = other.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.mse(0x41, 0xB8, private=0x08)
        self.assertEqual(self.call("002A8084", raw), shared)

    def test_external_authentication(self):
        key, size = self.with_key(0xB2)
        r, s = utils.decode_dss_signature(key.sign(self.get_challenge(16), ec.ECDSA(hashes.SHA256())))
        self.call("00825305", number(r, size) + number(s, size), le=False)


class Symmetric(Card):
    KEYS = [(AES, 16), (AES, 24), (AES, 32), (TDES, 16), (TDES, 24)]

    def each(self):
        for kind, size in self.KEYS:
            value = secrets.token_bytes(size)
            self.put_secret(0x02, kind, value)
            yield Secret(kind, value), size

    def test_cipher(self):
        for secret, _ in self.each():
            iv = secrets.token_bytes(secret.block)
            self.mse(0xC1, 0xB8, key=0x02, iv=iv)
            expected = secret.cbc(pad(MESSAGE, secret.block), iv)
            self.assertEqual(self.call("002A8480", MESSAGE), expected)
            self.assertEqual(self.call("002A8084", expected), MESSAGE)
            self.mse(0xC1, 0xB8, alg=0x80, key=0x02)
            blocks = secrets.token_bytes(5 * secret.block)
            self.assertEqual(self.call("002A8280", blocks), secret.ecb(blocks))
            self.assertEqual(self.call("002A8082", secret.ecb(blocks)), blocks)

    def test_checksum(self):
        for secret, size in self.each():
            if (secret.kind, size) == (TDES, 24):
                continue  # the retail MAC is of two keys
            self.mse(0xC1, 0xB4, key=0x02)
            for n in (1, 7, 8, 9, 15, 16, 17, 300):
                data = secrets.token_bytes(n)
                mac = secret.mac(data)
                self.assertEqual(self.call("002A8E80", data), mac)
                self.call("002A00A2", tlv(0x80, data) + tlv(0x8E, mac), le=False)
                self.call("002A00A2", tlv(0x80, data) + tlv(0x8E, bytes(8)), le=False, expect="6300")

    def test_hash(self):
        for name in HASHES:
            self.mse(0x41, 0xAA, alg=name)
            self.assertEqual(self.call("002A9080", MESSAGE), digest(name, MESSAGE))

    def test_authentication(self):
        for secret, _ in self.each():
            challenge = secrets.token_bytes(2 * secret.block)
            self.assertEqual(self.call("00888002", challenge), secret.ecb(challenge))
            theirs = secret.ecb(self.get_challenge(16))
            self.call("00828002", theirs, le=False)
            self.get_challenge(16)
            self.call("00828002", theirs, le=False, expect="6300")


class SecureMessaging(Card):
    def file(self, fid, size=200):
        self.call("00E00000", tlv(0x62, tlv(0x80, number(size, 2)), tlv(0x82, b"\x01"), tlv(0x83, fid)), le=False)

    def exercise(self, session, fid):
        """Commands of every case through the session; then what ends it."""
        data = secrets.token_bytes(100)
        self.assertEqual(session.call("00D60000", data), (b"", "9000"))
        self.assertEqual(session.call("00B00000", le=100), (data, "9000"))
        self.assertEqual(session.call("00A4020C", fid), (b"", "9000"))
        self.assertEqual(session.call("00B00064", le=0)[0], bytes(100))
        self.assertEqual(session.call("00A4020C", b"\x77\x77"), (b"", "6A82"))
        self.assertEqual(session.call("00B10000", tlv(0x54, b"\x02"), le=10), (tlv(0x53, data[2:10]), "9000"))
        self.assertEqual(len(session.call("00840000", le=16)[0]), 16)

    def end(self, session):
        """A wrong MAC ends it."""
        session.counter += 1
        with self.assertRaisesRegex(AssertionError, "6988"):
            session.call("00B00000", le=1)
        with self.assertRaisesRegex(AssertionError, "6882|6987|6988"):
            session.call("00B00000", le=1)

    def test_stored_keys(self):
        for n, (kind, size) in enumerate(((AES, 16), (AES, 24), (AES, 32), (TDES, 16))):
            enc, mac = secrets.token_bytes(size), secrets.token_bytes(size)
            self.put_secret(0x02, kind, enc)
            self.put_secret(0x03, kind, mac)
            secret = Secret(kind, enc, mac)
            fid = bytes([0x10, n])
            self.file(fid)
            for first in (None, secrets.token_bytes(secret.block)):
                for encrypt in (True, False):
                    self.link.control(2)  # forgets the templates of the session before
                    self.call("00A4020C", fid, le=False)
                    if encrypt:
                        self.mse(0x31, 0xB8, key=0x02)
                    self.mse(0x31, 0xB4, key=0x03, **({"iv": first} if first else {}))
                    session = Session(self, secret, int.from_bytes(first or b"", "big"), encrypt)
                    self.exercise(session, fid)
                    self.end(session)

    def test_header_in_object(self):
        key = secrets.token_bytes(16)
        self.put_secret(0x03, AES, key)
        self.mse(0x31, 0xB4, key=0x03)
        session = Session(self, Secret(AES, key), 0, False)
        self.assertEqual(session.call("00A40004", b"\x3F\x00", le=0, header_in_class=False)[1], "9000")

    def mutual(self, kind, size, fid):
        """Doc 9303-11 4.3 with a stored key in the place of Kseed, and the session it opens; with AES
        as much keying material as whole blocks of a key, and a counter of both challenges."""
        def derive(seed, counter):
            name = hashlib.sha256 if size > 16 else hashlib.sha1
            key = name(seed + number(counter, 4)).digest()[:size]
            if kind == AES:
                return key
            return bytes(b & 0xFE | (bin(b >> 1).count("1") + 1) % 2 for b in key)

        material = 32 if size > 16 else 16
        seed = secrets.token_bytes(size)
        self.put_secret(0x03, kind, seed)
        basic = Secret(kind, derive(seed, 1), derive(seed, 2))
        challenge, ours, part = self.get_challenge(8), secrets.token_bytes(8), secrets.token_bytes(material)
        cryptogram = basic.cbc(ours + challenge + part)
        answer = self.call("00820003", cryptogram + basic.mac(cryptogram))
        self.assertEqual(basic.mac(answer[:-8]), answer[-8:])
        plain = basic.cbc(answer[:-8], decrypt=True)
        self.assertEqual(plain[:16], challenge + ours)
        session_seed = bytes(a ^ b for a, b in zip(part, plain[16:]))
        half = basic.block // 2
        secret = Secret(kind, derive(session_seed, 1), derive(session_seed, 2))
        session = Session(self, secret, int.from_bytes(challenge[-half:] + ours[-half:], "big"))
        self.exercise(session, fid)
        self.assertEqual(session.call("00820003")[1], "9000")  # the key counts as proven in the session
        self.end(session)
        self.call("00820003", le=False, expect="6300")

    def test_mutual_authentication(self):
        for n, (kind, size) in enumerate(((TDES, 16), (AES, 16), (AES, 24), (AES, 32))):
            fid = bytes([0x20, n])
            self.file(fid)
            self.mutual(kind, size, fid)

    def test_wrong_terminal(self):
        for kind, size in ((TDES, 16), (AES, 16), (AES, 24), (AES, 32)):
            self.put_secret(0x03, kind, secrets.token_bytes(size))
            for length in (40, 56, 39, 1):
                self.get_challenge(8)
                self.call("00820003", secrets.token_bytes(length), expect="6300")
            self.call("00820003", secrets.token_bytes(40), expect="6985")  # no challenge is open
        # three-key 3DES is no key for secure messaging; nor is a challenge of another length
        self.put_secret(0x03, TDES, secrets.token_bytes(24))
        self.get_challenge(8)
        self.call("00820003", secrets.token_bytes(40), expect="6A80")
        self.put_secret(0x03, AES, secrets.token_bytes(16))
        self.get_challenge(16)
        self.call("00820003", secrets.token_bytes(40), expect="6A80")


if __name__ == "__main__":
    unittest.main()

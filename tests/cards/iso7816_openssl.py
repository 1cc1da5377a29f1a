#!/usr/bin/env python3
"""Every kind of key and every algorithm of the ISO card's table, made on the card and imported, with
the openssl program as the other side. VICC names the program under test."""
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from iso7816_crypto import Card, items, tlv  # noqa: E402

if shutil.which("openssl") is None:
    print("skipped: no openssl (Debian: apt install openssl)", file=sys.stderr)
    sys.exit(77)

HASHES = {1: "sha1", 2: "sha224", 3: "sha256", 4: "sha384", 5: "sha512"}
RSA = {0xA0: 1024, 0xA1: 1536, 0xA2: 2048, 0xA3: 3072, 0xA4: 4096}
# kind: name, bytes of a coordinate, object identifier
CURVES = {
    0xB0: ("prime192v1", 24, "2A8648CE3D030101"), 0xB1: ("secp224r1", 28, "2B81040021"),
    0xB2: ("prime256v1", 32, "2A8648CE3D030107"), 0xB3: ("secp384r1", 48, "2B81040022"),
    0xB4: ("secp521r1", 66, "2B81040023"),
    0xB5: ("brainpoolP160r1", 20, "2B2403030208010101"), 0xB6: ("brainpoolP192r1", 24, "2B2403030208010103"),
    0xB7: ("brainpoolP224r1", 28, "2B2403030208010105"), 0xB8: ("brainpoolP256r1", 32, "2B2403030208010107"),
    0xB9: ("brainpoolP320r1", 40, "2B2403030208010109"), 0xBA: ("brainpoolP384r1", 48, "2B240303020801010B"),
    0xBB: ("brainpoolP512r1", 64, "2B240303020801010D"),
}
MESSAGE = b"What openssl and the card agree about"
EC_PUBLIC, RSA_PUBLIC = bytes.fromhex("2A8648CE3D0201"), bytes.fromhex("2A864886F70D010101")


def der_int(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def public_info(oid, parameters, bits):
    """SubjectPublicKeyInfo"""
    return tlv(0x30, tlv(0x30, tlv(0x06, oid), parameters), tlv(0x03, b"\0", bits))


class OpenSSL(Card):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def file(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return self.path(name)

    def openssl(self, *args, good=True):
        done = subprocess.run(["openssl", *args], capture_output=True, check=False)
        self.assertEqual(done.returncode == 0, good, (args, done.stderr))
        return done.stdout

    def public(self, ref, kind):
        """The card's key as openssl reads it."""
        key = items(items(self.call("004781%02X" % ref))[0x7F49])
        if kind in RSA:
            numbers = [int.from_bytes(key[tag], "big") for tag in (0x81, 0x82)]
            self.assertEqual(numbers[0].bit_length(), RSA[kind])
            info = public_info(RSA_PUBLIC, b"\x05\0", tlv(0x30, *map(der_int, numbers)))
        elif kind in CURVES:
            info = public_info(EC_PUBLIC, tlv(0x06, bytes.fromhex(CURVES[kind][2])), key[0x86])
        else:
            info = public_info(bytes([0x2B, 0x65, 0x70 if kind == 0xBC else 0x6E]), b"", key[0x86])
        return self.file("public.der", info)

    def verified(self, public, digest, signature, *options):
        self.openssl("pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", public,
                     "-in", self.file("digest", digest), "-sigfile", self.file("signature", signature), *options)

    # --- RSA

    def rsa_signatures(self, public, bits, ref):
        for n, name in HASHES.items():
            value = hashlib.new(name, MESSAGE).digest()
            self.mse(0x41, 0xB6, alg=0x20 | n, private=ref)
            self.verified(public, value, self.call("002A9E9A", value), "-pkeyopt", f"digest:{name}")
            if bits > 1024 or n < 5:
                self.mse(0x41, 0xB6, alg=0x30 | n, private=ref)
                self.verified(public, value, self.call("002A9E9A", value), "-pkeyopt", f"digest:{name}",
                              "-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest")

    def rsa_decipherment(self, public, bits, ref):
        plain = self.file("plain", b"secret")
        for n, name in HASHES.items():
            if bits == 1024 and n == 5:
                continue  # no room for two hash values
            self.mse(0x41, 0xB8, alg=0x40 | n, private=ref)
            sealed = self.openssl("pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", public, "-in", plain,
                                  "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", f"rsa_oaep_md:{name}",
                                  "-pkeyopt", f"rsa_mgf1_md:{name}")
            self.assertEqual(self.call("002A8084", sealed), b"secret")
        self.mse(0x41, 0xB8, alg=0x20, private=ref)
        sealed = self.openssl("pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", public, "-in", plain)
        self.assertEqual(self.call("002A8084", sealed), b"secret")

    def test_rsa_made_on_the_card(self):
        for kind, bits in RSA.items():
            if bits == 4096:
                continue  # imported below: making one may take a minute on a slow machine
            with self.subTest(bits):
                self.put_key(0x04, kind)
                self.call("00478004", le=True)
                public = self.public(0x04, kind)
                self.rsa_signatures(public, bits, 0x04)
                self.rsa_decipherment(public, bits, 0x04)

    def test_rsa_imported(self):
        for kind, bits in RSA.items():
            with self.subTest(bits):
                key = self.path("key.pem")
                self.openssl("genrsa", "-out", key, str(bits))
                text = self.openssl("rsa", "-in", key, "-outform", "DER", "-traditional")
                # RSAPrivateKey: version, n, e, d, p, q, dp, dq, qinv
                at, values = 4, []
                while at < len(text):
                    at += 1
                    length = text[at]
                    at += 1
                    if length & 0x80:
                        count = length & 0x7F
                        length = int.from_bytes(text[at:at + count], "big")
                        at += count
                    values.append(text[at:at + length].lstrip(b"\0"))
                    at += length
                _, n, e, _, p, q, dp, dq, qinv = values
                # as the parts of the Chinese remainder theorem
                self.put_key(0x04, kind, tlv(0x7F48, tlv(0x91, e), tlv(0x92, p), tlv(0x93, q), tlv(0x94, qinv),
                                             tlv(0x95, dp), tlv(0x96, dq), tlv(0x97, n)))
                public = self.public(0x04, kind)
                self.rsa_signatures(public, bits, 0x04)
                self.rsa_decipherment(public, bits, 0x04)
                block = b"\0" + secrets.token_bytes(bits // 8 - 1)
                self.mse(0x41, 0xB6, alg=0x10, private=0x04)
                signature = self.call("002A9E9A", block)
                self.assertEqual(self.openssl("pkeyutl", "-verifyrecover", "-pubin", "-keyform", "DER", "-inkey", public,
                                              "-in", self.file("signature", signature),
                                              "-pkeyopt", "rsa_padding_mode:none"), block)

    # --- curves

    def test_curves(self):
        for kind, (name, size, _) in CURVES.items():
            with self.subTest(name):
                self.put_key(0x05, kind)
                self.call("00478005", le=True)
                self.curve(kind, name, size)
                # and with a key from outside
                key = self.path("key.pem")
                self.openssl("ecparam", "-name", name, "-genkey", "-noout", "-out", key)
                der = self.openssl("ec", "-in", key, "-outform", "DER", "-conv_form", "uncompressed")
                secret = der[der.index(b"\x02\x01\x01\x04") + 5:][:size]
                self.put_key(0x05, kind, tlv(0x7F48, tlv(0x98, secret)))
                theirs = self.openssl("ec", "-in", key, "-pubout", "-outform", "DER", "-conv_form", "uncompressed")
                self.assertTrue(theirs.endswith(items(items(self.call("00478105"))[0x7F49])[0x86]))
                self.curve(kind, name, size)

    def curve(self, kind, name, size):
        public = self.public(0x05, kind)
        for n, hash_name in HASHES.items():
            value = hashlib.new(hash_name, MESSAGE).digest()
            self.mse(0x41, 0xB6, alg=0x50 | n, private=0x05)
            plain = self.call("002A9E9A", value)
            self.assertEqual(len(plain), 2 * size)
            self.verified(public, value, tlv(0x30, *(der_int(int.from_bytes(half, "big"))
                                                     for half in (plain[:size], plain[size:]))))
            self.mse(0x81, 0xB6, alg=0x50 | n, key=0x05)
            self.call("002A00A8", tlv(0x9A, value) + tlv(0x9E, plain), le=False)
            self.call("002A00A8", tlv(0x9A, value[::-1]) + tlv(0x9E, plain), le=False, expect="6300")
        self.mse(0x41, 0xB6, alg=0x58, private=0x05)
        self.verified(public, value, self.call("002A9E9A", value))
        # key agreement
        other, point = self.path("other.pem"), self.path("other.der")
        self.openssl("ecparam", "-name", name, "-genkey", "-noout", "-out", other)
        self.openssl("ec", "-in", other, "-pubout", "-outform", "DER", "-conv_form", "uncompressed", "-out", point)
        shared = self.openssl("pkeyutl", "-derive", "-inkey", other, "-peerform", "DER", "-peerkey", public)
        self.mse(0x41, 0xB8, private=0x05)
        with open(point, "rb") as file:
            theirs = file.read()[-2 * size - 1:]
        self.assertEqual(self.call("002A8084", theirs), shared)
        self.assertEqual(self.call("002A8086", tlv(0xA6, tlv(0x7F49, tlv(0x86, theirs)))), shared)
        self.assertEqual(items(items(self.call("00866005", tlv(0x7C, tlv(0x85, theirs), tlv(0x82))))[0x7C])[0x82],
                         shared)
        # no point of the curve
        self.call("002A8084", theirs[:-1] + bytes([theirs[-1] ^ 1]), expect="6A80")

    def test_ed25519_and_x25519(self):
        self.put_key(0x06, 0xBC)
        self.call("00478006", le=True)
        public = self.public(0x06, 0xBC)
        self.mse(0x41, 0xB6, private=0x06)
        self.verified(public, MESSAGE, self.call("002A9E9A", MESSAGE), "-rawin")
        self.put_key(0x07, 0xBD)
        self.call("00478007", le=True)
        public, other = self.public(0x07, 0xBD), self.path("other.pem")
        self.openssl("genpkey", "-algorithm", "X25519", "-out", other)
        theirs = self.openssl("pkey", "-in", other, "-pubout", "-outform", "DER")[-32:]
        shared = self.openssl("pkeyutl", "-derive", "-inkey", other, "-peerform", "DER", "-peerkey", public)
        self.mse(0x41, 0xB8, private=0x07)
        self.assertEqual(self.call("002A8084", theirs), shared)

    # --- symmetric

    def test_ciphers_and_macs(self):
        for kind, size, name in ((0xC1, 16, "aes-128"), (0xC1, 24, "aes-192"), (0xC1, 32, "aes-256"),
                                 (0xC0, 16, "des-ede"), (0xC0, 24, "des-ede3")):
            with self.subTest(name):
                key, block = secrets.token_bytes(size), 16 if kind == 0xC1 else 8
                self.put_secret(0x02, kind, key)
                iv, data = secrets.token_bytes(block), self.file("data", secrets.token_bytes(10 * block))
                with open(data, "rb") as file:
                    plain = file.read()
                cbc = self.openssl("enc", "-" + name + "-cbc", "-K", key.hex(), "-iv", iv.hex(), "-nopad", "-in", data)
                self.mse(0xC1, 0xB8, alg=0x81, key=0x02, iv=iv)
                # the card pads always: one more block
                self.assertEqual(self.call("002A8480", plain)[:-block], cbc)
                ecb = self.openssl("enc", "-" + name + ("-ecb" if block == 16 else ""), "-K", key.hex(), "-nopad",
                                   "-in", data)
                self.mse(0xC1, 0xB8, alg=0x80, key=0x02)
                self.assertEqual(self.call("002A8480", plain), ecb)
                self.assertEqual(self.call("002A8084", ecb), plain)
                if kind == 0xC1:
                    mac = self.openssl("mac", "-cipher", name + "-cbc", "-macopt", "hexkey:" + key.hex(), "-binary",
                                       "-in", data, "CMAC")
                    self.mse(0xC1, 0xB4, key=0x02)
                    self.assertEqual(self.call("002A8E80", plain), mac[:8])

    def test_hashes(self):
        for n, name in HASHES.items():
            self.mse(0x41, 0xAA, alg=n)
            self.assertEqual(self.call("002A9080", MESSAGE),
                             self.openssl("dgst", "-" + name, "-binary", self.file("data", MESSAGE)))

    def test_pairs_that_do_not_fit(self):
        """Each algorithm with a key of another kind is 6A80, and an id that is not in the table too."""
        self.put_secret(0x02, 0xC1, bytes(16))
        self.put_key(0x05, 0xB2)
        self.call("00478005", le=True)
        for alg in (0x10, 0x20, 0x23, 0x33, 0x70, 0x80, 0x82):
            self.mse(0x41, 0xB6, alg=alg, private=0x05)
            self.call("002A9E9A", bytes(32), expect="6A80")
        for alg in (0x43, 0x53, 0x60, 0x70, 0x82):
            self.mse(0xC1, 0xB8, alg=alg, key=0x02)
            self.call("002A8084", bytes(32), expect="6A80")
        for alg in (0x06, 0x11, 0x26, 0x30, 0x36, 0x40, 0x56, 0x61, 0x83, 0x90, 0xFF):
            self.call("002241B6", tlv(0x80, bytes([alg])) + tlv(0x84, b"\5"), le=False, expect="6A80")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""The Cryptoflex in the hands of OpenSC's flex driver: pkcs15-init, pkcs15-tool, cryptoflex-tool and opensc-explorer, and
signatures by raw APDUs, since that driver refuses to sign.

    VICC=build/vicc tests/system/with-pcscd.sh -- tests/system/cryptoflex.py [CLASS[.test]]...
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from vicc_reader import PATIENCE, Vicc, run

if not all(map(shutil.which, ("pkcs15-init", "cryptoflex-tool", "openssl"))):
    print("skipped: no OpenSC (Debian: apt install opensc openssl)", file=sys.stderr)
    sys.exit(77)
try:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from smartcard.Exceptions import CardConnectionException, NoCardException
    from smartcard.System import readers
except ImportError:
    print("skipped: no pyscard or cryptography (Debian: python3-pyscard, python3-cryptography)",
          file=sys.stderr)
    sys.exit(77)

# the driver is off by default; the cache is on from OpenSC 0.24 on, by the second (docs/cards/cryptoflex.md)
CONF = """app default {
	card_drivers = flex, internal;
	framework pkcs15 {
		use_file_caching = no;
	}
}
"""
SO, PIN = ("--so-pin", "12345678"), ("--auth-id", "01", "--pin", "1234")
TRANSPORT_KEY = "2C15E526E93E8A19"
SHA256_INFO = bytes.fromhex("3031300D060960864801650304020105000420")


def new_key(bits):
    """With CRT numbers of full length: others pkcs15-init calls invalid."""
    while True:
        key = rsa.generate_private_key(65537, bits)
        n = key.private_numbers()
        if all((x.bit_length() + 7) // 8 == bits // 16 for x in (n.p, n.q, n.dmp1, n.dmq1, n.iqmp)):
            return key


def path(fids):
    return [fids[i:i + 4] for i in range(0, len(fids), 4)]


class Case(unittest.TestCase):
    """A card in a file and in slot 0."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        os.environ["OPENSC_CONF"] = self.file("opensc.conf", CONF.encode())
        self.image = os.path.join(self.folder, "card")
        self.start()

    def start(self):
        self.vicc = Vicc("-t", "cryptoflex", "-f", self.image)
        self.addCleanup(self.vicc.__exit__)
        end = time.monotonic() + PATIENCE
        while not (found := readers()):
            self.assertLess(time.monotonic(), end, "pcscd has no reader")
            time.sleep(0.05)
        while True:
            self.card = found[0].createConnection()
            try:
                self.card.connect()
                break
            except (NoCardException, CardConnectionException):  # pcscd may be powering it just now
                self.assertLess(time.monotonic(), end, "no card")
                time.sleep(0.05)
        self.card.disconnect()

    def restart(self):
        """The same card again, from its file."""
        self.assertEqual(self.vicc.stop(), 0)
        end = time.monotonic() + PATIENCE
        while self.has_card():
            self.assertLess(time.monotonic(), end, "the card does not leave")
            time.sleep(0.05)
        self.start()

    @staticmethod
    def has_card():
        connection = readers()[0].createConnection()
        try:
            connection.connect()
            connection.disconnect()
        except NoCardException:
            return False
        except CardConnectionException:
            pass  # it is about to leave
        return True

    def file(self, name, content):
        where = os.path.join(self.folder, name)
        with open(where, "wb") as file:
            file.write(content)
        return where

    # --- OpenSC's tools ---

    def tool(self, *args):
        done = subprocess.run(args, capture_output=True, text=True, timeout=60, check=False,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, f"{args}: {done.stdout}{done.stderr}")
        return done.stdout

    def refused(self, *args):
        done = subprocess.run(args, capture_output=True, text=True, timeout=60, check=False,
                              stdin=subprocess.DEVNULL)
        self.assertNotEqual(done.returncode, 0, args)
        return done.stdout + done.stderr

    def init(self, *args):
        return self.tool("pkcs15-init", "-T", *args)

    def create(self):
        self.init("--create-pkcs15", *SO, "--so-puk", "87654321")
        self.init("--store-pin", *PIN, "--puk", "11111111", "--label", "one", *SO)

    def explore(self, *lines):
        script = self.file("script", "".join(line + "\n" for line in lines).encode())
        return self.tool("opensc-explorer", script)

    def public_key(self, ident):
        return serialization.load_pem_public_key(
            self.tool("pkcs15-tool", "--read-public-key", ident).encode())

    # --- raw APDUs, as T=0 has them ---

    def apdu(self, text):
        data, sw1, sw2 = self.card.transmit(list(bytes.fromhex(text)))
        if sw1 == 0x61:
            return self.apdu(f"C0C00000{sw2:02X}")
        return bytes(data), f"{sw1:02X}{sw2:02X}"

    def ok(self, text):
        data, sw = self.apdu(text)
        self.assertEqual(sw, "9000", text)
        return data

    def select(self, fids):
        for fid in path(fids):
            self.ok(f"C0A4000002{fid}")

    def internal_authenticate(self, number, block):
        """Least significant byte first; 256 bytes come as 10 and 246."""
        turned = block[::-1]
        if len(turned) == 256:
            self.ok(f"108800{number:02X}0A{turned[:10].hex()}")
            turned = turned[10:]
        return self.ok(f"008800{number:02X}{len(turned):02X}{turned.hex()}")[::-1]

    def check_signature(self, fids, pin, public):
        """PKCS #1 v1.5, made up here, signed by the card, judged by OpenSSL."""
        length = public.key_size // 8
        info = SHA256_INFO + hashlib.sha256(b"message").digest()
        block = b"\x00\x01" + b"\xFF" * (length - 3 - len(info)) + b"\x00" + info
        self.card.connect()
        self.select(fids)
        self.ok("F0220700")
        self.assertEqual(self.apdu(f"C088000040{bytes(64).hex()}")[1], "6982")
        self.ok(f"C020000108{pin.encode().ljust(8, bytes(1)).hex()}")
        signature = self.internal_authenticate(0, block)
        self.card.disconnect()
        public.verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256())


class Pkcs15(Case):
    def test_generate(self):
        self.create()
        self.init("--generate-key", "rsa:2048", "--id", "45", *PIN, *SO)
        self.init("--generate-key", "rsa:1024", "--id", "46", *PIN, *SO)
        self.assertEqual([self.public_key(i).key_size for i in ("45", "46")], [2048, 1024])
        # a PIN's directory has room for two
        self.assertIn("Not enough memory", self.refused(
            "pkcs15-init", "-T", "--generate-key", "rsa:1024", "--id", "47", *PIN, *SO))
        for n, bits in (("00", 2048), ("01", 1024)):
            self.assertIn(f"Key 1 -- Modulus length {bits}\n",
                          self.tool("cryptoflex-tool", "-l", "-a", f"50154B0130{n}"))
        self.restart()
        self.check_signature("3F0050154B013000", "1234", self.public_key("45"))
        self.check_signature("3F0050154B013001", "1234", self.public_key("46"))

    def import_key(self, ident, bits):
        key = new_key(bits)
        pem = self.file("key.pem", key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption()))
        self.init("--store-private-key", pem, "--id", ident, *PIN, *SO)
        self.assertEqual(self.public_key(ident).public_numbers(), key.public_key().public_numbers())
        return pem, key

    def test_import_and_certificate(self):
        self.create()
        pem, key = self.import_key("45", 1024)
        self.check_signature("3F0050154B013000", "1234", key.public_key())
        cert = os.path.join(self.folder, "cert.pem")
        self.tool("openssl", "req", "-x509", "-key", pem, "-subj", "/CN=Cryptoflex", "-out", cert)
        self.init("--store-certificate", cert, "--id", "45", *PIN, *SO)
        with open(cert, encoding="ascii") as file:
            self.assertEqual(self.tool("pkcs15-tool", "--read-certificate", "45"), file.read())
        pem, key = self.import_key("46", 2048)
        self.check_signature("3F0050154B013001", "1234", key.public_key())

    def test_driver_does_not_sign(self):
        """If this fails, docs/cards/cryptoflex.md says something wrong."""
        self.create()
        self.init("--generate-key", "rsa:1024", "--id", "45", *PIN, *SO)
        digest = self.file("digest", bytes(32))
        self.assertIn("Not supported", self.refused(
            "pkcs15-crypt", "-s", "-i", digest, "--sha-256", "--pkcs1", "-k", "45", "-p", "1234"))

    def test_pins(self):
        self.create()

        def pin(*args):
            return ("pkcs15-tool", "--auth-id", "01", *args)

        self.tool(*pin("--change-pin", "--pin", "1234", "--new-pin", "4321"))
        for _ in range(3):
            self.refused(*pin("--verify-pin", "--pin", "1234"))
        # blocked: the right one does not help, the unblock code does
        self.refused(*pin("--verify-pin", "--pin", "4321"))
        self.restart()
        self.refused(*pin("--verify-pin", "--pin", "4321"))
        self.refused(*pin("--unblock-pin", "--puk", "22222222", "--new-pin", "5678"))
        self.tool(*pin("--unblock-pin", "--puk", "11111111", "--new-pin", "5678"))
        self.tool(*pin("--verify-pin", "--pin", "5678"))
        self.assertEqual(self.vicc.stop(), 0)
        shown = run("-f", self.image, "--show")[1]
        self.assertIn("CHV1 of 4B01: 3 of 3 tries, unblock code 10 of 10", shown)
        self.assertIn("CHV2 of 5015: 2 of 2 tries, unblock code 4 of 4", shown)
        self.assertIn("0000 of 4B01: read never, update CHV1, ", shown)
        for secret in ("5678", "11111111", "12345678", "35 36 37 38", "35363738"):
            self.assertNotIn(secret, shown)
        # in JSON these rights are in the description, and none is said to be open to everybody
        files = json.loads(run("-f", self.image, "--show", "--json")[1])["files"]
        self.assertEqual([file for file in files if "rights" in file], [])

    def test_erase(self):
        self.create()
        self.init("--erase-card", *SO)
        self.assertNotIn("5015", self.explore("ls"))
        self.create()


class Tools(Case):
    def test_cryptoflex_tool(self):
        """Its own way to keys, without PKCS #15: a PIN (it takes seven digits at most) and key files."""
        self.card.connect()
        self.ok("C0A40000023F00")
        self.ok(f"F02A000108{TRANSPORT_KEY}")
        # CHV1: 1234567, three tries
        self.ok("F0E0000010FFFF0017000001FFF0FFFF0103000000")
        self.ok("C0D6000017FFFFFF313233343536370003033837363534333231" + "0303")
        self.ok("F0E0000010FFFF0C00500138FF0000FF0103000000")
        self.card.disconnect()
        for args in (("-c", "2", "-m", "1024"), ("-g", "-k", "1", "-m", "1024", "-e", "65537"),
                     ("-g", "-k", "2", "-m", "1024", "-e", "3")):
            done = subprocess.run(["cryptoflex-tool", "-a", "5001", "-V", *args], text=True,
                                  input="1234567\n", capture_output=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        listed = self.tool("cryptoflex-tool", "-l", "-a", "5001")
        self.assertIn("Key 1 -- Modulus length 1024\nKey 2 -- Modulus length 1024\n", listed)
        # both keys sign, each under its number
        self.card.connect()
        self.select("3F005001")
        self.ok("C0200001083132333435363700")
        for number, exponent in ((0, 65537), (1, 3)):
            signed = self.internal_authenticate(number, bytes(127) + b"\x05")
            self.select("1012")
            self.ok("C0B0000003")
            modulus = self.ok(f"C0B0{327 * number + 3:04X}80")[::-1]
            self.assertEqual(pow(int.from_bytes(signed, "big"), exponent,
                                 int.from_bytes(modulus, "big")), 5)
        self.card.disconnect()

    def test_explorer(self):
        self.create()
        self.init("--generate-key", "rsa:1024", "--id", "45", *PIN, *SO)
        shown = self.explore("ls", "cd 5015", "ls", "info", "cd 4B01", "ls", "cd 3000", "ls",
                             "info 1012", "cat 1012")
        for part in ("[5015]", " 4401 ", "ACL for CREATE:          CHV2", "[4B01]", " 0000 ",
                     "[3000]", " 0012 ", "ACL for UPDATE:          CHV1",
                     "00000000: 01 47 01 "):
            self.assertIn(part, shown)
        shown = self.explore("verify AUT1 2C:15:E5:26:E9:3E:8A:19", "create 6001 20", "ls",
                             "rm 6001")
        self.assertIn(" 6001 ", shown)
        self.assertNotIn(" 6001 ", self.explore("ls"))


if __name__ == "__main__":
    unittest.main()

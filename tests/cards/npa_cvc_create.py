#!/usr/bin/env python3
"""Terminals whose certificates OpenPACE's cvc-create has made: every algorithm, and one CVCA after the
other with another algorithm each, on a card that is saved and opened anew in between.

    VICC=build/vicc tests/cards/npa_cvc_create.py
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "system"))

try:
    from cryptography.hazmat.backends import default_backend
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
except ImportError:
    print("skipped: no cryptography (Debian: apt install python3-cryptography)", file=sys.stderr)
    sys.exit(77)

import eac  # noqa: E402
from eac import ALL, AT, PIN, TERMINAL, Cert, Refused, chat, find, rights, tlv  # noqa: E402
from vicc_reader import Reader, Vicc  # noqa: E402

# scheme, key; the PSS of cvc-create has salts longer than TR-03110-3 A.7.3.1 allows
ALGORITHMS = (("ECDSA_SHA_256", ec.BrainpoolP256R1), ("ECDSA_SHA_384", ec.SECP384R1),
              ("RSA_v1_5_SHA_256", 2048), ("ECDSA_SHA_512", ec.BrainpoolP512R1),
              ("RSA_v1_5_SHA_512", 3072), ("ECDSA_SHA_224", ec.SECP224R1),
              ("RSA_v1_5_SHA_1", 1024), ("ECDSA_SHA_1", ec.SECP192R1),
              ("ECDSA_SHA_384", ec.BrainpoolP384R1), ("ECDSA_SHA_256", ec.SECP256R1))
BITS = ("--verify-age", "--read-dg1", "--read-dg4")


class CvcCreate(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.keys = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def key(self, name, kind):
        if isinstance(kind, int):
            key = rsa.generate_private_key(65537, kind, default_backend())
        else:
            key = ec.generate_private_key(kind(), default_backend())
        self.keys[name] = key
        with open(self.path(name + ".key"), "wb") as file:
            file.write(key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                         serialization.NoEncryption()))

    def create(self, name, role, scheme, kind, issuer, *options):
        """NAME.cvcert by cvc-create, below ISSUER, or by itself."""
        self.key(name, kind)
        above = () if issuer is None else ("--sign-as", self.path(issuer + ".cvcert"))
        subprocess.run(["cvc-create", "--role", role, "--scheme", scheme, "--chr", name, "--issued", "260101",
                        "--expires", "491231", "--key", self.path(name + ".key"), "--sign-with",
                        self.path((issuer or name) + ".key"), "--out-cert", self.path(name + ".cvcert"),
                        *above, *BITS, *options], check=True, capture_output=True, cwd=self.folder)

    def read(self, name):
        with open(self.path(name + ".cvcert"), "rb") as file:
            return find(file.read(), 0x7F21)

    def pki(self, number, previous):
        """A CVCA (a link below the previous one), its document verifier and terminal; their names."""
        scheme, kind = ALGORITHMS[number]
        names = [f"DE{what}{number:05}" for what in ("CVCA", "DV", "AT")]
        text = self.path("terms.txt")
        with open(text, "w", encoding="ascii") as file:
            file.write("terms of use")
        self.create(names[0], "cvca", scheme, kind, previous, "--type", "at")
        self.create(names[1], "dv_domestic", scheme, kind, names[0])
        # with an extension that the card need not know: the hash of a description
        self.create(names[2], "terminal", scheme, kind, names[1], "--cert-desc", text, "--issuer-name",
                    "issuer", "--subject-name", "subject", "--out-desc", self.path("desc"))
        return names

    def card(self, *options):
        """A terminal at the saved card, and what ends it."""
        reader = Reader()
        vicc = Vicc("-f", self.path("card"), "-P", reader.port, *options)
        link = reader.accept()
        link.control(1)

        def transmit(command):
            link.send(command)
            return link.recv()

        def stop():
            link.close()
            vicc.__exit__()
            reader.close()

        return eac.Terminal(transmit), stop

    def enter(self, terminal, names):
        """All of EAC below a CVCA that the card knows; the CARs that PACE named."""
        terminal.session = None
        cars = terminal.pace(PIN, b"111111", chat(AT, ALL[AT]))
        chain = []
        for name in names[1:]:
            data = self.read(name)
            cert = Cert(name, AT, TERMINAL, 0, self.keys[name], tuple(find(data, 0x7F4E, 0x7F49, 0x06)[-2:]))
            cert.data = data
            chain.append(cert)
        terminal.terminal_authentication(chain)
        terminal.must("MF", 0xA4, 0x00, 0x0C)
        terminal.chip_authentication(eac.chip_keys(terminal.read(0x1D))[1])
        terminal.select(eac.EID)
        self.assertEqual(terminal.read(4), tlv(0x64, tlv(0x0C, b"ERIKA")))
        self.assertEqual(terminal.read(5), "6982")
        return cars

    def test_one_after_the_other(self):
        known = []
        for number in range(len(ALGORITHMS)):
            names = self.pki(number, known[0][0] if known else None)
            with self.subTest(scheme=ALGORITHMS[number]):
                options = () if known else ("-t", "nPA", "--cvca", self.path(names[0] + ".cvcert"))
                terminal, stop = self.card(*options)
                try:
                    if known:
                        terminal.pace(PIN, b"111111", chat(AT, rights()))
                        terminal.certificate(self.read(names[0]), known[0][0].encode())
                        self.assertEqual(self.enter(terminal, known[0])[0], names[0].encode())
                    cars = self.enter(terminal, names)
                finally:
                    stop()
                expected = [names[0].encode(), known[0][0].encode() if known else None]
                self.assertEqual(list(cars), expected)
                if len(known) > 1:
                    terminal, stop = self.card()
                    try:
                        with self.assertRaises(Refused) as caught:
                            self.enter(terminal, known[1])
                        self.assertEqual(caught.exception.sw, "6A88")
                    finally:
                        stop()
            known.insert(0, names)


if __name__ == "__main__":
    if shutil.which("cvc-create") is None:
        print("skipped: no cvc-create (Debian: apt install openpace)", file=sys.stderr)
        sys.exit(77)
    unittest.main()

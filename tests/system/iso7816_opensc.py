#!/usr/bin/env python3
"""The ISO card in the hands of OpenSC: opensc-explorer's commands again and again, and the tools for PKCS #15.

    VICC=build/vicc tests/system/with-pcscd.sh -- tests/system/iso7816_opensc.py Pcscd
    VICC_RUN=build/src/vicc-run/vicc-run tests/system/iso7816_opensc.py ViccRun
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
from vicc_reader import Vicc

if not all(map(shutil.which, ("opensc-explorer", "pkcs15-tool", "openssl"))):
    print("skipped: no OpenSC (Debian: apt install opensc openssl)", file=sys.stderr)
    sys.exit(77)

ROUNDS = 20
CONF = "app default {\n\tenable_default_driver = true;\n}\n"


def colons(data):
    return ":".join(f"{byte:02X}" for byte in data)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def run_it(self, args, env):
        """What it printed; self.told has its messages."""
        done = subprocess.run(args, capture_output=True, text=True, timeout=60, check=True,
                              stdin=subprocess.DEVNULL, env=env)
        self.told = done.stderr
        return done.stdout

    # --- opensc-explorer ---

    def one_round(self, n, pin):
        """A DF with files that are written, read back and deleted, and a change of PIN: the commands, what must be
        printed, and the new PIN."""
        content = bytes((n * 7 + i) % 256 for i in range(200 + 13 * n))
        self.file(f"put{n}", content)
        new = f"{5000 + n}".encode()
        name = f"{0x7000 + n:04X}"
        lines = [
            f"verify CHV1 {colons(pin)}",
            f"mkdir {name} 4096", f"cd {name}",
            f"create 7F01 {len(content)}", f"put 7F01 {self.folder}/put{n}",
            f"get 7F01 {self.folder}/got{n}", "info 7F01",
            f"update_binary 7F01 3 {colons(b'new')}", f"get 7F01 {self.folder}/again{n}",
            "create 7F02 64", "rm 7F02", "info 7F02",
            "apdu 00 DA 00 5E 03 01 02 03", "apdu 00 CA 00 5E 03",
            f"change CHV1 {colons(pin)} {colons(new)}", f"verify CHV1 {colons(pin)}",
            f"verify CHV1 {colons(new)}", "cd .."] + ([f"rm {name}", f"info {name}"] if n % 2 else [])
        told = [r"Code correct\.", rf"Total of {len(content)} bytes written to 7F01",
                rf"Total of {len(content)} bytes read from 7F01", rf"File size: +{len(content)} bytes",
                r"Total of 3 bytes written to 7F01", r"01 02 03", r"PIN changed\.",
                r"Incorrect code, 2 tries left\.", r"Code correct\."]
        return lines, told, new, content

    def explore(self, run):
        """ROUNDS of it in one session; `run` runs a command line and returns its output."""
        pin, script, expected, contents = b"1234", [], [], []
        for n in range(ROUNDS):
            lines, told, pin, content = self.one_round(n, pin)
            script += lines
            expected += told
            contents.append(content)
        shown = run("opensc-explorer", "-c", "default", self.file("script", "\n".join(script + ["random 8"]) + "\n"))
        # deleted: one EF in each round, every other DF
        self.assertEqual(self.told.count("File not found"), ROUNDS + ROUNDS // 2, self.told)
        at = 0
        for pattern in expected:
            found = re.compile(pattern).search(shown, at)
            self.assertIsNotNone(found, f"{pattern!r} not in {shown[at:at + 2000]!r}")
            at = found.end()
        for n, content in enumerate(contents):
            self.assertEqual(self.read(f"got{n}"), content)
            self.assertEqual(self.read(f"again{n}"), content[:3] + b"new" + content[6:])

    # --- PKCS #15 ---

    def pkcs15(self, run):
        shown = run("pkcs15-tool", "-D")
        for part in ("PKCS#15 Card [PKCS #15 demonstration]", "PIN [PIN]", "Private RSA Key [Key]",
                     "ModLength      : 2048", "Public RSA Key [Key]", "X.509 Certificate [Certificate]"):
            self.assertIn(part, shown)
        certificate = self.file("certificate", run("pkcs15-tool", "--read-certificate", "45"))
        public = run("pkcs15-tool", "--read-public-key", "45")
        told = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-subject", "-pubkey"],
                              capture_output=True, text=True, check=True).stdout
        self.assertIn("Virtual card holder", told)
        self.assertEqual(told[told.index("-----"):], public[public.index("-----"):])
        self.signature(run, self.file("public", public))
        run("pkcs15-tool", "--change-pin", "--auth-id", "01", "--pin", "1234", "--new-pin", "secret")
        run("pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", "secret")
        self.assertRaises(subprocess.CalledProcessError, run, "pkcs15-tool", "--verify-pin",
                          "--auth-id", "01", "--pin", "1234")
        run("pkcs15-tool", "--unblock-pin", "--auth-id", "01", "--puk", "12345678", "--new-pin", "1234")
        run("pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", "1234")

    def signature(self, run, public):
        """The default driver has no signing, so the commands are written out; OpenSSL checks what comes."""
        message = self.file("message", "signed on the card")
        digest = subprocess.run(["openssl", "dgst", "-sha256", "-binary", message], capture_output=True,
                                check=True).stdout
        refused = run("opensc-tool", "-c", "default", "-s", "00:A4:00:0C:02:50:15", "-s", "00:22:41:B6:06:80:01:23:84:01:81",
                      "-s", "00:2A:9E:9A:20:" + colons(digest) + ":00")
        self.assertIn("SW1=0x69, SW2=0x82", refused)
        shown = run("opensc-tool", "-c", "default", "-s", "00:20:00:01:04:31:32:33:34", "-s", "00:A4:00:0C:02:50:15",
                    "-s", "00:22:41:B6:06:80:01:23:84:01:81", "-s", "00:2A:9E:9A:20:" + colons(digest) + ":00")
        last = shown[shown.rindex("Received"):]
        self.assertIn("SW1=0x90, SW2=0x00", last)
        signature = bytes.fromhex("".join(re.findall(r"^((?:[0-9A-F]{2} ){1,16})", last, re.M)))
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", public, "-signature",
                               self.file("signature", signature), message], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.stdout, "Verified OK\n", (done.stderr, shown))


class Pcscd(Case):
    def tool(self, *args):
        env = dict(os.environ, OPENSC_CONF=self.file("opensc.conf", CONF))
        return self.run_it(args[:1] + ("-r", "0") + args[1:], env)

    def present(self):
        """Waits until pcscd has the card."""
        for _ in range(100):
            try:
                return self.tool("opensc-tool", "-a")
            except subprocess.CalledProcessError:
                time.sleep(0.1)
        return self.fail("no card in the reader")

    def test_explorer(self):
        with Vicc("-t", "iso7816"):
            self.present()
            self.explore(self.tool)

    def test_pkcs15(self):
        with Vicc("--init", "pkcs15"):
            self.present()
            self.pkcs15(self.tool)

    def test_pkcs15_with_the_files_of_explorer(self):
        with Vicc("--init", "pkcs15"):
            self.present()
            shown = self.tool("opensc-explorer", "-c", "default", self.file(
                "script", f"cd 5015\nget 4405 {self.folder}/certificate\ninfo 5031\n"))
            self.assertIn("File path:               3F00/5015/5031", shown)
            subprocess.run(["openssl", "x509", "-inform", "DER", "-in", f"{self.folder}/certificate", "-noout"],
                           check=True)


class ViccRun(Case):
    """The same without pcscd. One card for all calls of a test: it is saved."""

    def tool(self, *args):
        env = {name: value for name, value in os.environ.items() if not name.startswith(("VPCD_", "OPENSC"))}
        return self.run_it([os.environ["VICC_RUN"], "-f", f"{self.folder}/card.vsc", *self.options, "--", *args], env)

    def test_explorer(self):
        self.options = ("-t", "iso7816")
        self.explore(self.tool)

    def test_pkcs15(self):
        self.options = ("--init", "pkcs15")
        self.pkcs15(self.tool)


if __name__ == "__main__":
    outcome.main()

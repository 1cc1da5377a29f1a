#!/usr/bin/env python3
"""The examples as their users run them: built against an installed copy, opensc-tool before them.

INSTALLED is the folder of that copy; tests/system/installed.sh makes it."""
import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

import outcome

ROOT = os.environ["INSTALLED"] + os.environ["PREFIX"]
EXAMPLES = os.environ["EXAMPLES"]
BUILT = os.environ["BUILT"]
VICC_RUN = ROOT + "/bin/vicc-run"
ENV = dict(os.environ, VICC_LIBEXEC=ROOT + "/libexec/vicc", VICC_DATADIR=ROOT + "/share/vicc")


def ask(*apdus, options=(), env=None):
    """(body, status word) of each answer, by opensc-tool in a vicc-run; and what was on stderr."""
    command = [VICC_RUN, *options, "--", "opensc-tool", "-c", "default"]
    for apdu in apdus:
        command += ["-s", apdu]
    r = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env or ENV)
    answers = []
    for part in r.stdout.split("Received (")[1:]:
        sw = "".join(re.search(r"SW1=0x(..), SW2=0x(..)", part).groups())
        body = "".join(re.findall(r"^((?:[0-9A-F]{2} )+)", part.split("\n", 1)[1], re.M))
        answers.append((body.replace(" ", ""), sw))
    return answers, r.stderr


CREATE = "00E000000F620D8001088201018302600B8A0105"
VERIFY = "0020008104313131"


class Case(unittest.TestCase):
    def setUp(self):
        if shutil.which("opensc-tool") is None:
            self.skipTest("opensc-tool is not installed")
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)


class Mitm(Case):
    def test_logger(self):
        log = self.dir + "/log"
        answers, err = ask("0084000008",
                           options=["--mitm", f"{EXAMPLES}/mitm/logger.py {log}"])
        self.assertEqual(answers[0][1], "9000", err)
        with open(log, encoding="ascii") as file:
            text = file.read()
        self.assertIn("! on\n", text)
        self.assertRegex(text, r"> 00 84 00 00 08\n< ([0-9A-F]{2} ){8}90 00  # [0-9.]+ ms\n")
        self.assertEqual(os.stat(log).st_mode & 0o077, 0)

    def test_pin_stripper(self):
        """The card never sees a PIN: it loses no try, and its trace holds none."""
        script = "00200081083939393939393939"
        seen = self.dir + "/seen"
        command = (f"{EXAMPLES}/mitm/pin-stripper.py")
        ask(script, options=["--mitm", f"sh -c '{command} | tee {seen}'"])
        with open(seen, encoding="ascii") as file:
            text = file.read()
        self.assertIn("> 00200081\n", text)
        self.assertNotIn("3939", text)

    def test_fault_injector(self):
        command = f"{EXAMPLES}/mitm/fault-injector.py --every 1"
        self.assertEqual(ask("0084000008", options=["--mitm", command])[0][0][1], "6F00")
        get = ["-t", "handler_test", "--mitm"]
        flipped = ask("8034000404", options=get + [command + " --fault flip"])[0][0]
        self.assertEqual(flipped, ("01010203", "9000"))
        shorter = ask("8034000404", options=get + [command + " --fault short"])[0][0]
        self.assertEqual(shorter, ("000102", "9000"))

    def test_two_commands_in_python(self):
        """docs/writing-a-card.md (c): two answered, the rest by the ISO card."""
        answers, err = ask("0084000004", "80CA010000", "00A4000C023F00",
                           options=["--mitm", f"{EXAMPLES}/mitm/answer-two.py"])
        self.assertEqual(answers[0], ("01020304", "9000"), err)
        self.assertRegex(bytes.fromhex(answers[1][0]).decode(), r"^\d{4}-\d\d-\d\dT")
        self.assertEqual(answers[2][1], "9000")

    def test_shared_object(self):
        answers, err = ask(CREATE, "00A4000C023F00",
                           options=["--mitm", f"{BUILT}/readonly.so"])
        self.assertEqual([sw for _, sw in answers], ["6982", "9000"], err)

    def test_module_after_the_predecessors_interface(self):
        """Written after its documentation: get_MitM(), handleInPDU, handleOutPDU."""
        path = self.dir + "/my_mitm.py"
        with open(path, "w", encoding="ascii") as file:
            file.write("class Swap(object):\n"
                       "    def handleInPDU(self, inPDU):\n"
                       "        print('in', len(inPDU))\n"
                       "        return inPDU.replace(b'\\x84', b'\\x84')\n"
                       "    def handleOutPDU(self, outPDU):\n"
                       "        return outPDU[:-2][::-1] + outPDU[-2:]\n"
                       "def get_MitM():\n"
                       "    return Swap()\n")
        answers, err = ask("8034000404", options=["-t", "handler_test", "--mitm", path])
        self.assertEqual(answers[0], ("03020100", "9000"), err)

    def test_cannot_be_started(self):
        answers, err = ask("0084000008", options=["--mitm", "/nowhere/at/all"])
        self.assertEqual(answers, [])
        self.assertIn("/nowhere/at/all", err)


class Plugins(Case):
    def test_derived(self):
        """(a) one command and the answer format changed, the rest inherited."""
        answers, err = ask("0084000000", "00A4000C023F00", "00840100", "00A4000C027777",
                           options=["-t", f"{BUILT}/classic.so"])
        self.assertEqual([sw for _, sw in answers], ["9000", "9000", "6A86", "9404"], err)
        self.assertEqual(len(answers[0][0]), 16)

    def test_raw(self):
        """(b)"""
        answers, err = ask("8011223301FF", options=["-t", f"{BUILT}/parrot.so"])
        self.assertEqual(answers[0], ("FF0133221180", "9000"), err)

    def test_counter(self):
        answers, err = ask("8010000004", "8010000004", options=["-t", f"{BUILT}/counter.so"])
        self.assertEqual([a[1] for a in answers], ["9000", "9000"], err)
        self.assertNotEqual(answers[0], answers[1])


class Programs(Case):
    def test_embedded(self):
        r = subprocess.run([f"{BUILT}/embed"], capture_output=True, text=True, timeout=20, env=ENV)
        self.assertRegex(r.stdout, r"^([0-9A-F]{2} ){8}90 00\n$", r.stderr)

    def test_wire_protocol_in_python(self):
        """(d) no vicc at all: vicc-run is the reader only."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        script = (f"{EXAMPLES}/python-card/card.py 127.0.0.1 {port} & card=$!; "
                  "opensc-tool --wait -c default -s 0084000003 -s 00A40000; kill $card")
        r = subprocess.run([VICC_RUN, "--no-card", "--reader-at", "listen:" + port, "--", "sh", "-c",
                            script], capture_output=True, text=True, timeout=60, env=ENV)
        self.assertIn("SW1=0x90, SW2=0x00", r.stdout, r.stderr)
        self.assertIn("SW1=0x6D, SW2=0x00", r.stdout, r.stderr)


if __name__ == "__main__":
    outcome.main(verbosity=2)

#!/usr/bin/env python3
"""libpcsclite.so.1 without vicc-run: its readers, and vicc's cards in them. PCSCLITE and VICC name
the library and the program."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "system"))
import outcome  # noqa: E402

LIBRARY = os.environ["PCSCLITE"]
VICC = os.environ["VICC"]


class Case(unittest.TestCase):
    def setUp(self):
        if shutil.which("opensc-tool") is None:
            self.skipTest("opensc-tool is not installed")
        self.dir = tempfile.mkdtemp(dir="/tmp")  # names of sockets are short
        self.cards = []
        self.env = {name: value for name, value in os.environ.items()
                    if not name.startswith(("VPCD_", "LIBPCSC", "OPENSC", "XDG_CONFIG"))}
        self.env.update(XDG_RUNTIME_DIR=self.dir, HOME=self.dir,
                        LD_LIBRARY_PATH=os.path.dirname(LIBRARY))

    def tearDown(self):
        for card in self.cards:
            card.terminate()
            card.wait()
            card.stderr.close()
        shutil.rmtree(self.dir)

    def vicc(self, *args):
        env = {k: v for k, v in self.env.items() if k != "LD_LIBRARY_PATH"}
        self.cards.append(subprocess.Popen([VICC, *args], env=env, stderr=subprocess.PIPE))
        return self.cards[-1]

    def tool(self, *args, **env):
        return subprocess.run(["opensc-tool", *args], capture_output=True, text=True, timeout=60,
                              env=dict(self.env, **env))

    def assert_reader(self, result, name, card):
        self.assertRegex(result.stdout, rf"\n\d+ +{'Yes' if card else 'No'} +{name}\n",
                         result.stderr)


class Cards(Case):
    def test_card_that_dials_in(self):
        """The card runs before the program, and tries again and again."""
        slot = f"unix:{self.dir}/slot"
        for pause in (0, 0.2, 3):
            self.vicc("--connect", slot)
            time.sleep(pause)
            r = self.tool("-l", VPCD_READERS="listen:" + slot)
            self.assert_reader(r, "Virtual PCD 00 00", True)
            self.cards[-1].terminate()
            self.cards[-1].wait()

    def test_card_that_waits(self):
        slot = f"unix:{self.dir}/slot"
        self.vicc("--listen", slot)
        for _ in range(3000):
            if os.path.exists(slot[5:]):
                break
            time.sleep(0.01)
        for _ in range(3):
            r = self.tool("-r", "0", "-s", "00:84:00:00:08", VPCD_READERS=slot)
            self.assertIn("SW1=0x90, SW2=0x00", r.stdout, r.stderr)

    def test_no_card(self):
        """Nobody waits for long, or for ever."""
        start = time.monotonic()
        r = self.tool("-l", VPCD_READERS=f"listen:unix:{self.dir}/slot", VPCD_WAIT="300")
        self.assert_reader(r, "Virtual PCD 00 00", False)
        self.assertLess(time.monotonic() - start, 20)


class Readers(Case):
    def test_names(self):
        r = self.tool("-l", VPCD_WAIT="0", VPCD_READERS=f"Front=listen:unix:{self.dir}/a,"
                      f"listen:unix:{self.dir}/b")
        self.assert_reader(r, "Front", False)
        self.assert_reader(r, "Virtual PCD 00 01", False)
        self.assertEqual(r.stderr, "")

    def test_file(self):
        path = self.dir + "/.config/vpcd/readers.conf"
        os.makedirs(os.path.dirname(path))
        with open(path, "w") as f:
            f.write(f"wait 0\nreader listen:unix:{self.dir}/a\nreader listen:unix:{self.dir}/b B b\n")
        r = self.tool("-l")
        self.assert_reader(r, "Virtual PCD 00 00", False)
        self.assert_reader(r, "B b", False)
        os.rename(path, self.dir + "/other.conf")
        self.assert_reader(self.tool("-l", VPCD_CONFIG=self.dir + "/other.conf"), "B b", False)
        r = self.tool("-l", VPCD_CONFIG=self.dir + "/none.conf", VPCD_WAIT="0")
        self.assertIn("VPCD_CONFIG: " + self.dir + "/none.conf: No such file", r.stderr)

    def test_wrong_entry_is_named(self):
        r = self.tool("-l", VPCD_WAIT="0", VPCD_READERS=f"listen:banana,listen:unix:{self.dir}/b")
        self.assertRegex(r.stderr, r'VPCD_READERS: "listen:banana": \w+')
        self.assert_reader(r, "Virtual PCD 00 01", False)

    def test_nothing_right(self):
        r = self.tool("-l", VPCD_READERS="listen:banana")
        self.assertIn("listen:banana", r.stderr)
        self.assertIn("No smart card readers found", r.stdout + r.stderr)

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            where = f"listen:127.0.0.1:{taken.getsockname()[1]}"
            r = self.tool("-l", VPCD_WAIT="0", VPCD_READERS=f"{where},listen:unix:{self.dir}/b")
            self.assertIn(f'reader "Virtual PCD 00 00": {where}: in use', r.stderr)
            self.assert_reader(r, "Virtual PCD 00 01", False)
            r = self.tool("-l", VPCD_READERS=where)
            self.assertIn("in use", r.stderr)
            self.assertIn("No smart card readers found", r.stdout + r.stderr)

    def test_cannot_listen(self):
        where = f"listen:unix:{self.dir}/none/a"
        r = self.tool("-l", VPCD_WAIT="0", VPCD_READERS=f"Front={where},listen:unix:{self.dir}/b")
        self.assertIn(f'reader "Front": {where}: No such file', r.stderr)
        self.assert_reader(r, "Virtual PCD 00 01", False)

    def test_leaves_nothing_behind(self):
        os.chmod(self.dir, 0o700)
        self.tool("-l", VPCD_WAIT="0", VPCD_READERS=f"listen:unix:{self.dir}/a",
                  XDG_RUNTIME_DIR=self.dir)
        self.assertEqual([files for _, _, files in os.walk(self.dir) if files], [])

    def test_quiet(self):
        r = self.tool("-l", VPCD_WAIT="0", VPCD_LOG="none",
                      VPCD_READERS=f"listen:banana,listen:unix:{self.dir}/b")
        self.assertNotIn("banana", r.stderr)

    def test_folder_of_somebody_else(self):
        """Where sharing cannot be had, a process has its readers all the same."""
        os.mkdir(self.dir + "/vpcd", 0o777)
        os.chmod(self.dir + "/vpcd", 0o777)
        r = self.tool("-l", VPCD_WAIT="0", VPCD_READERS=f"listen:unix:{self.dir}/a")
        self.assert_reader(r, "Virtual PCD 00 00", False)
        self.assertEqual(os.listdir(self.dir + "/vpcd"), [])


if __name__ == "__main__":
    outcome.main()

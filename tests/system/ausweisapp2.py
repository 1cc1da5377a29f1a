#!/usr/bin/env python3
"""AusweisApp2, the federal eID client, with our identity card in a pcscd of its own.

    VICC=build/vicc tests/system/with-pcscd.sh -- tests/system/ausweisapp2.py
"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cards"))

PROGRAM = shutil.which("AusweisApp2") or shutil.which("AusweisApp")
try:
    import websocket
    from smartcard.System import readers
except ImportError:
    PROGRAM = None
if PROGRAM is None:
    print("skipped: needs AusweisApp2, python3-websocket, python3-pyscard", file=sys.stderr)
    sys.exit(77)

import eac  # noqa: E402
from vicc_reader import Vicc  # noqa: E402

READER = "Virtual PCD 00 00"
PATIENCE = 40


class AusweisApp:
    """The program without a screen, and its JSON interface."""

    def __init__(self, folder):
        self.log = open(os.path.join(folder, "ausweisapp.log"), "w", encoding="utf-8")
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", HOME=folder,
                           XDG_RUNTIME_DIR=folder)
        self.process = subprocess.Popen(
            [PROGRAM, "--ui", "websocket", "--port", str(port), "--address", "127.0.0.1",
             "--no-proxy"], env=environment, stdout=self.log, stderr=subprocess.STDOUT)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.socket = websocket.create_connection(f"ws://127.0.0.1:{port}/eID-Kernel",
                                                          timeout=PATIENCE)
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    def run(self, answers):
        """RUN_CHANGE_PIN. answers: message -> list of what to answer, in order. Returns the
        questions with the retry counter that was shown, and the last message."""
        answers = {name: list(values) for name, values in answers.items()}
        asked = []
        self.send("RUN_CHANGE_PIN")
        while True:
            message = json.loads(self.socket.recv())
            name = message["msg"]
            if name == "CHANGE_PIN" and "success" in message:
                return asked, message
            if name not in ("ENTER_PIN", "ENTER_CAN", "ENTER_PUK", "ENTER_NEW_PIN"):
                continue
            asked.append((name, message["reader"]["card"]["retryCounter"]))
            if not answers.get(name):
                self.send("CANCEL")
                continue
            self.send(name.replace("ENTER", "SET"), answers[name].pop(0))

    def send(self, command, value=None):
        message = {"cmd": command}
        if value is not None:
            message["value"] = value
        self.socket.send(json.dumps(message))

    def close(self):
        self.socket.close()
        self.process.kill()
        self.process.wait()
        self.log.close()


class ChangePin(unittest.TestCase):
    """One run of the program and one card; the PIN goes on from test to test."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.card = Vicc("-t", "nPA")
        self.addCleanup(self.card.__exit__)
        self.app = AusweisApp(self.folder)
        self.addCleanup(self.app.close)

    def pin_is(self, pin):
        connection = [r for r in readers() if str(r) == READER][0].createConnection()
        connection.connect()

        def transmit(command):
            data, sw1, sw2 = connection.transmit(list(command))
            return bytes(data + [sw1, sw2])

        try:
            eac.Terminal(transmit).pace(eac.PIN, pin)
            return True
        except eac.Refused:
            return False
        finally:
            connection.disconnect()

    def test_change(self):
        asked, end = self.app.run({"ENTER_PIN": ["111111"], "ENTER_NEW_PIN": ["123456"]})
        self.assertEqual(asked, [("ENTER_PIN", 3), ("ENTER_NEW_PIN", 3)])
        self.assertTrue(end["success"])
        self.assertTrue(self.pin_is(b"123456"))
        self.assertFalse(self.pin_is(b"111111"))

    def test_wrong_pins_lead_to_the_can(self):
        asked, end = self.app.run({"ENTER_PIN": ["999999", "999999", "111111"],
                                   "ENTER_CAN": ["222222"], "ENTER_NEW_PIN": ["123456"]})
        self.assertEqual([name for name, _ in asked],
                         ["ENTER_PIN", "ENTER_PIN", "ENTER_CAN", "ENTER_PIN", "ENTER_NEW_PIN"])
        self.assertEqual([tries for _, tries in asked[:3]], [3, 2, 1])
        self.assertTrue(end["success"])
        self.assertTrue(self.pin_is(b"123456"))

    def test_blocked_leads_to_the_puk(self):
        asked, end = self.app.run({"ENTER_PIN": ["999999", "999999", "999999", "111111"],
                                   "ENTER_CAN": ["222222"], "ENTER_PUK": ["3333333333"],
                                   "ENTER_NEW_PIN": ["123456"]})
        self.assertEqual([name for name, _ in asked],
                         ["ENTER_PIN", "ENTER_PIN", "ENTER_CAN", "ENTER_PIN", "ENTER_PUK",
                          "ENTER_PIN", "ENTER_NEW_PIN"])
        self.assertTrue(end["success"])
        self.assertTrue(self.pin_is(b"123456"))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""A passport read by mrtdreader, the reader that Debian has: BAC, secure messaging, EF.COM, EF.SOD, DG1,
and the portrait as a file. It knows no PC/SC, but the PN532, a chip for NFC at a serial line (libnfc's
driver pn532_uart): here is one at a pseudo terminal, with the card in its field.

    VICC=build/vicc tests/system/mrtdreader.py
"""
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tty
import unittest

import outcome
from vicc_reader import Reader, Vicc

HERE = os.path.dirname(os.path.abspath(__file__))
PORTRAIT = os.path.join(HERE, "..", "..", "src", "cards", "epass", "specimen.jpg")
MRZ = "L898902C36UTO7408122F3504152<<<<<<<<<<<<<<04"
# libnfc gives an answer of its chip 350 ms, which a busy machine may not keep: then it is asked again
PATIENCE = 200


class Pn532(threading.Thread):
    """The chip as its user manual (NXP UM0701-02) has it, as far as libnfc goes: frames of 6.2.1, commands
    of 7. One target of ISO/IEC 14443-4 A is in the field."""

    ACK = bytes.fromhex("0000FF00FF00")
    # target 1: SENS_RES, SEL_RES, identifier, ATS
    TARGET = bytes.fromhex("0101" "0008" "20" "0408010203" "0578807002")

    def __init__(self, transmit):
        super().__init__(daemon=True)
        self.transmit = transmit
        self.line, self.end = pty.openpty()
        tty.setraw(self.line)
        tty.setraw(self.end)
        self.path = os.ttyname(self.end)

    def run(self):
        waiting = b""
        while True:
            try:
                waiting += os.read(self.line, 4096)
            except OSError:
                return
            frame, waiting = self.frame(waiting)
            while frame is not None:
                if frame[:1] == b"\xD4":
                    os.write(self.line, self.ACK)
                    self.answer(bytes([0xD5, frame[1] + 1]) + self.execute(frame[1], frame[2:]))
                frame, waiting = self.frame(waiting)

    def frame(self, data):
        """The first frame's content (b"" of an ACK) and what comes after it; None: not all there."""
        start = data.find(b"\x00\xFF")
        if start < 0 or len(data) < start + 4:
            return None, data
        head, size = start + 4, data[start + 2]
        if data[start + 2:head] == b"\xFF\xFF":
            head = start + 7
            if len(data) < head:
                return None, data
            size = int.from_bytes(data[start + 4:start + 6], "big")
        end = head + (size + 1 if size else 0)
        return (None, data) if len(data) < end else (data[head:head + size], data[end:])

    def answer(self, content):
        size = len(content).to_bytes(2, "big")
        if len(content) < 256:
            head = bytes([size[1], -size[1] & 0xFF])
        else:
            head = b"\xFF\xFF" + size + bytes([-sum(size) & 0xFF])
        os.write(self.line, b"\x00\x00\xFF" + head + content + bytes([-sum(content) & 0xFF, 0x00]))

    def execute(self, command, data):
        if command == 0x00:  # Diagnose: the line
            return data
        if command == 0x02:  # GetFirmwareVersion
            return bytes.fromhex("32010607")
        if command == 0x06:  # ReadRegister
            return bytes(len(data) // 2)
        if command == 0x4A:  # InListPassiveTarget
            return self.TARGET if data[1] == 0 else b"\x00"
        if command == 0x40:  # InDataExchange
            return b"\x00" + self.transmit(data[1:])
        return b"\x00" if command in (0x44, 0x52, 0x54, 0x16) else b""

    def close(self):
        os.close(self.end)
        os.close(self.line)


class Passports(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def card(self, *options):
        reader = Reader()
        self.addCleanup(reader.close)
        vicc = Vicc("-t", "ePass", "-P", reader.port, *options)
        self.addCleanup(vicc.__exit__)
        self.link = reader.accept()

        self.refusals = []

        def transmit(command):
            self.link.send(command)
            answer = self.link.recv()
            if answer[-2:] != b"\x90\x00":
                self.refusals.append((command[1], answer.hex()))
            return answer

        outcome.need_terminals(self)
        self.chip = Pn532(transmit)
        self.addCleanup(self.chip.close)
        self.chip.start()

    def ask(self, *args):
        """What mrtdreader prints."""
        env = dict(os.environ, LIBNFC_DEVICE="pn532_uart:" + self.chip.path, LIBNFC_LOG_LEVEL="0")
        self.link.control(1)
        done = subprocess.run(["mrtdreader", *args], cwd=self.folder, env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=PATIENCE, check=False)
        self.link.control(0)
        return done.stdout

    def read(self, *args):
        """Until the picture is there."""
        path = os.path.join(self.folder, "image.jpg")
        end = time.monotonic() + PATIENCE
        while True:
            text = self.ask(*args)
            if b"Saving image" in text or time.monotonic() > end:
                break
        self.assertIn(b"Saving image to image.jpg... done", text)
        with open(path, "rb") as file:
            return text, file.read()

    def portrait(self):
        with open(PORTRAIT, "rb") as file:
            return file.read()

    def test_specimen(self):
        lds = os.path.join(self.folder, "lds")
        self.card("--export-lds", lds)
        text, picture = self.read(MRZ)
        self.assertEqual(picture, self.portrait())
        self.assertIn(b"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<" + MRZ.encode(), text)
        with open(os.path.join(lds, "EF.SOD"), "rb") as file:
            self.assertIn(file.read().hex().encode(), text)

    def test_fields(self):
        """BAC alone, the key from three fields; a portrait of 20 KB."""
        large = os.path.join(self.folder, "large.jpg")
        comment = bytes(13000)
        given = self.portrait()
        given = given[:2] + b"\xFF\xFE" + (len(comment) + 2).to_bytes(2, "big") + comment + given[2:]
        with open(large, "wb") as file:
            file.write(given)
        self.card("--access", "bac", "--doc-number", "C01X00T47", "--birth", "1970-01-02", "--expiry",
                  "2033-01-01", "--portrait", large)
        _, picture = self.read("-p", "C01X00T47", "-b", "700102", "-e", "330101")
        self.assertEqual(picture, given)

    def test_wrong_mrz(self):
        """Nothing is read, and the passport is none the worse for it."""
        self.card()
        end = time.monotonic() + PATIENCE
        while (0x82, "6300") not in self.refusals and time.monotonic() < end:
            text = self.ask("-p", "L898902C4", "-b", "740812", "-e", "350415")
        self.assertIn((0x82, "6300"), self.refusals)
        self.assertNotIn(b"Getting EF.DG1... done", text)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "image.jpg")))
        self.assertEqual(self.read(MRZ)[1], self.portrait())


if __name__ == "__main__":
    if shutil.which("mrtdreader") is None:
        print("skipped: no mrtdreader (Debian: apt install mrtdreader)", file=sys.stderr)
        sys.exit(77)
    outcome.main()

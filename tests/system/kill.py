"""A saved card whose vicc is killed (SIGKILL) at random instants of a loop of changes:
files, PIN tries, generated keys.

Each time the file opens again, holds every change that was answered and no half of one, and the PIN
has no more tries than the terminal was told. Usage: kill.py [KILLS]; VICC names the program.
"""
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

from vicc_reader import Reader

SIZE = 600  # bytes of each counter file: a change is many bytes, and all of them or none
FILES = 3
PIN, WRONG = "31323334", "39393939"
KEY = 5  # a place for a P-256 key


class Killed(Exception):
    pass


class Card:
    """One life of the card, from the terminal's side."""

    def __init__(self, reader, path):
        self.process = subprocess.Popen(
            [os.environ["VICC"], "-f", path, "-P", str(reader.port), "--once"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.link = reader.accept()
        self.link.control(1)

    def call(self, text):
        try:
            return self.link.call(text)
        except (OSError, EOFError) as gone:
            raise Killed from gone

    def kill_after(self, seconds):
        timer = threading.Timer(seconds, self.process.send_signal, (signal.SIGKILL,))
        timer.start()
        return timer

    def end(self):
        self.link.close()
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


class Model:
    """What was answered, and what was asked last without an answer."""

    def __init__(self):
        self.counters = [0] * FILES
        self.tries = 3
        self.key = None  # the public key, as GENERATE answered it
        self.asked = None  # ("count", file), ("verify", right) or ("generate",)
        self.answered = 0

    def change(self, card):
        kind = random.randrange(5)
        if kind == 0:
            self.verify(card, right=self.tries == 1)
        elif kind == 1:
            self.generate(card)
        else:
            self.count(card, random.randrange(FILES))
        self.asked = None
        self.answered += 1

    def count(self, card, number):
        self.asked = ("count", number)
        value = (self.counters[number] + 1) % 256
        data = bytes([value] * SIZE).hex()
        answer = card.call(f"00D6{0x80 + number + 2:02X}00" + f"00{SIZE:04X}" + data)
        assert answer == "9000", answer
        self.counters[number] = value

    def verify(self, card, right):
        self.asked = ("verify", right)
        answer = card.call("0020000104" + (PIN if right else WRONG))
        expected = "9000" if right else f"63C{self.tries - 1}"
        assert answer == expected, (answer, expected)
        self.tries = 3 if right else self.tries - 1

    def generate(self, card):
        self.asked = ("generate",)
        answer = card.call(f"004680{KEY:02X}000000")
        assert answer.startswith("7F49") and answer.endswith("9000"), answer
        self.key = answer

    def check_key(self, card):
        """The key is the one that was answered, or the one after it, and it is whole: it signs."""
        answer = card.call(f"004681{KEY:02X}000000")
        if answer == "6A88":
            assert self.key is None, "the key is gone"
            return
        assert answer == self.key or self.asked == ("generate",), (answer, self.key, self.asked)
        self.key = answer
        assert card.call(f"002241B6068001538401{KEY:02X}") == "9000"
        answer = card.call("002A9E9A20" + "11" * 32 + "00")
        assert len(answer) == 2 * 66 and answer.endswith("9000"), answer

    def check(self, card):
        """Compares with the card as it is now, and goes on from there."""
        for number in range(FILES):
            answer = bytes.fromhex(card.call(f"00B0{0x80 + number + 2:02X}00" + f"00{SIZE:04X}"))
            assert answer[-2:] == b"\x90\x00" and len(answer) == SIZE + 2, answer
            values = set(answer[:-2])
            assert len(values) == 1, f"half a change in file {number}: {values}"
            allowed = {self.counters[number]}
            if self.asked == ("count", number):
                allowed.add((self.counters[number] + 1) % 256)
            assert values <= allowed, (number, values, self.counters, self.asked)
            self.counters[number] = values.pop()
        answer = card.call("00200001")
        tries = int(answer[3], 16) if answer.startswith("63C") else 0
        allowed = {self.tries}
        if self.asked and self.asked[0] == "verify":
            allowed |= {self.tries - 1, 3} if self.asked[1] else {self.tries - 1}
        assert tries in allowed, (answer, self.tries, self.asked)
        self.tries = tries
        self.check_key(card)
        self.asked = None
        if self.tries == 0:  # killed between the last try and its proof: the unblock code
            answer = card.call("002C00010C" + "3132333435363738" + PIN)
            assert answer == "9000", answer
            self.tries = 3


def create(reader, path):
    card = Card(reader, path)
    for number in range(FILES):
        fcp = f"8002{SIZE:04X}82010183025A{number:02X}8801{(number + 2) << 3:02X}"
        answer = card.call(f"00E00000{len(fcp) // 2 + 2:02X}62{len(fcp) // 2:02X}{fcp}")
        assert answer == "9000", answer
    answer = card.call(f"80DB3FFF08A2068301{KEY:02X}8801B2")
    assert answer == "9000", answer
    card.end()


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    random.seed(20261121)
    model = Model()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "card.vsc")
        reader = Reader()
        create(reader, path)
        for life in range(kills):
            card = Card(reader, path)
            model.check(card)
            timer = card.kill_after(random.random() * 0.04)
            try:
                while True:
                    model.change(card)
            except Killed:
                pass
            finally:
                timer.cancel()
                card.end()
                reader.links.clear()
        card = Card(reader, path)
        model.check(card)
        card.end()
        reader.close()
    print(f"{kills} kills, {model.answered} answered changes, none lost")


main()

#!/usr/bin/python3
"""Whatever a card does: its client gets an error in time, the other slot notices nothing, pcscd
lives, and the slot takes the next card.

    with-pcscd.sh --device /dev/null:0x8C7B:atr-timeout=2:apdu-timeout=2:frame-timeout=1 faults.py
"""
import os
import threading
import time

from badcard import ATR, Card
from pcsc import (EMPTY, NO_CARD, NOT_TRANSACTED, OK, PRESENT, REMOVED, SELECT, Reader, run,
                  scard)

PORT = 35963
ATR_TIMEOUT, APDU_TIMEOUT, FRAME_TIMEOUT = 2.0, 2.0, 1.0
SLACK = 10.0  # a busy machine
BUSY = 0.9 * APDU_TIMEOUT  # a slot that waited for another would wait longer
NEW_ATR = bytes.fromhex("3B02600D")
ERRORS = (NO_CARD, NOT_TRANSACTED, REMOVED)


class Neighbour:
    """A client that talks to a good card in the other slot all the time."""

    def __init__(self):
        self.card = Card("good", port=PORT + 1)
        self.reader = Reader("Virtual PCD 00 01")
        self.reader.wait(PRESENT)
        self.handle = self.reader.connect()
        self.stop = threading.Event()
        self.count, self.worst, self.errors = 0, 0.0, 0
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stop.is_set():
            start = time.monotonic()
            error, answer = self.handle.transmit()
            if error != OK or answer != bytes(SELECT) + b"\x90\x00":
                self.errors += 1
            self.worst = max(self.worst, time.monotonic() - start)
            self.count += 1
            time.sleep(0.002)

    def check(self):
        assert self.errors == 0, "%d errors in the other slot" % self.errors
        assert self.worst < BUSY, "the other slot waited for %.2f s" % self.worst
        self.worst = 0.0


neighbour = None


def check_slot(reader):
    """A fresh card is taken and works; then the slot is empty again."""
    assert os.path.exists("/proc/%s" % os.environ["PCSCD_PID"]), "pcscd died"
    reader.wait(EMPTY)
    card = Card("good", port=PORT, atr=NEW_ATR)
    reader.wait_atr(NEW_ATR)
    handle = reader.connect()
    assert handle.transmit() == (OK, bytes(SELECT) + b"\x90\x00")
    handle.close()
    card.close()
    reader.wait(EMPTY)
    neighbour.check()


# behaviour, most seconds until the error, does the card stay
COMMAND_FAULTS = [
    ("never", APDU_TIMEOUT, False),
    ("half-header", APDU_TIMEOUT + FRAME_TIMEOUT, False),
    ("half", APDU_TIMEOUT + FRAME_TIMEOUT, False),
    ("leave", 0, False),
    ("pull", 0, False),
    ("leave-in-header", 0, False),
    ("leave-in-answer", 0, False),
    ("empty", 0, True),
    ("one", 0, True),
]


def test_commands():
    reader = Reader()
    for behaviour, limit, stays in COMMAND_FAULTS:
        card = Card(behaviour, port=PORT)
        reader.wait_atr(ATR)
        handle = reader.connect()
        start = time.monotonic()
        error, answer = handle.transmit()
        took = time.monotonic() - start
        assert error in ERRORS, "%s: 0x%x, %r" % (behaviour, error, answer)
        assert answer == b"", behaviour
        assert took < limit + SLACK, "%s: %.2f s" % (behaviour, took)
        if stays:
            assert not card.wait(0.05), behaviour + ": the card was dropped"
            error, _ = handle.transmit()
            assert error in ERRORS, behaviour
        else:
            assert card.wait(SLACK), behaviour + ": still connected"
            reader.wait(EMPTY)
            error_after, _ = handle.transmit()
            # pcscd publishes "empty" an instant before it marks the handles
            assert error_after in (REMOVED, NO_CARD), "%s: then 0x%x" % (behaviour, error_after)
        handle.close()
        card.close()
        print("       %-16s error 0x%08x after %.3f s" % (behaviour, error, took))
        check_slot(reader)


def test_second_answers():
    """The surplus frame never becomes an answer; the connection is closed instead."""
    reader = Reader()
    for behaviour in ("second", "stale"):
        card = Card(behaviour, port=PORT)
        reader.wait_atr(ATR)
        handle = reader.connect()
        assert handle.transmit() == (OK, b"\x90\x00"), behaviour
        time.sleep(0.15)
        error, answer = handle.transmit()
        assert error in ERRORS and answer == b"", behaviour
        assert card.wait(SLACK), behaviour
        handle.close()
        check_slot(reader)


def test_resets():
    reader = Reader()
    for behaviour, limit in (("reset-silent", ATR_TIMEOUT), ("reset-empty", 0), ("reset-gone", 0)):
        card = Card(behaviour, port=PORT)
        reader.wait_atr(ATR)
        handle = reader.connect()
        assert handle.transmit()[0] == OK
        start = time.monotonic()
        error = handle.reset()
        took = time.monotonic() - start
        assert error != OK, behaviour
        assert took < limit + SLACK, "%s: %.2f s" % (behaviour, took)
        handle.close()
        card.close()
        check_slot(reader)


def test_foreigners():
    """Who is no card does not get the slot, nor keeps a card out of it."""
    reader = Reader()
    for behaviour in ("silent", "atr-empty", "atr-one", "atr-long", "atr-huge", "http", "ssh",
                      "byte"):
        foreign = [Card(behaviour, port=PORT) for _ in range(3)]
        time.sleep(0.05)
        assert reader.is_empty(), behaviour
        card = Card("good", port=PORT, atr=NEW_ATR)
        reader.wait_atr(NEW_ATR)
        for other in foreign:
            assert other.wait(SLACK), behaviour + ": not dropped"
        handle = reader.connect()
        assert handle.transmit()[0] == OK, behaviour
        handle.close()
        card.close()
        check_slot(reader)


def test_dropped_in_time():
    for behaviour, limit in (("silent", ATR_TIMEOUT), ("http", ATR_TIMEOUT)):
        start = time.monotonic()
        card = Card(behaviour, port=PORT)
        assert card.wait(limit + SLACK), behaviour
        print("       %-16s dropped after %.2f s" % (behaviour, time.monotonic() - start))


def test_second_card():
    """The slot is taken: told at once, not queued, and the first card is not disturbed."""
    reader = Reader()
    card = Card("good", port=PORT)
    reader.wait_atr(ATR)
    handle = reader.connect()
    second = Card("good", port=PORT)
    assert second.wait(SLACK)
    assert second.seen == []
    assert handle.transmit()[0] == OK
    handle.close()
    card.close()
    check_slot(reader)


def test_late_atr():
    reader = Reader()
    card = Card("late-atr", port=PORT, seconds=0.6)
    reader.wait_atr(ATR)
    assert reader.connect().close() == OK
    card.close()
    check_slot(reader)


def test_slow_answer():
    reader = Reader()
    card = Card("hang", port=PORT, seconds=0.6)
    reader.wait_atr(ATR)
    handle = reader.connect()
    assert handle.transmit() == (OK, bytes(SELECT) + b"\x90\x00")
    handle.close()
    card.close()
    check_slot(reader)


def test_good_oddities():
    """Slow writers, long answers, touchy cards: all fine."""
    reader = Reader()
    for behaviour in ("drip", "big", "touchy"):
        card = Card(behaviour, port=PORT)
        reader.wait_atr(ATR)
        handle = reader.connect()
        error, answer = handle.transmit()
        assert error == OK, behaviour
        if behaviour == "big":
            assert answer == bytes(i % 251 for i in range(65533)) + b"\x90\x00"
        else:
            assert answer == bytes(SELECT) + b"\x90\x00", behaviour
        assert handle.reset() == OK, behaviour
        assert handle.transmit()[0] == OK, behaviour
        assert handle.close(scard.SCARD_UNPOWER_CARD) == OK, behaviour
        handle = reader.connect()
        assert handle.transmit()[0] == OK, behaviour
        handle.close()
        assert all(len(seen) != 1 or seen in (b"\x00", b"\x01", b"\x02", b"\x04")
                   for seen in card.seen), behaviour
        card.close()
        check_slot(reader)


def test_sizes():
    """The largest command there is, one more, and one that would be a control code."""
    reader = Reader()
    card = Card("good", port=PORT)
    reader.wait_atr(ATR)
    handle = reader.connect()
    longest = [0x00, 0xD6, 0x00, 0x00, 0x00, 0xFF, 0xF8] + [0x5A] * 65528
    assert len(longest) == 65535
    error, answer = handle.transmit(longest)
    assert error == OK and answer == bytes(longest[:65533]) + b"\x90\x00"
    assert handle.transmit(longest + [0])[0] == NOT_TRANSACTED
    for byte in (0x00, 0x01, 0x02, 0x04):
        assert handle.transmit([byte])[0] != OK
    assert handle.transmit() == (OK, bytes(SELECT) + b"\x90\x00")
    assert card.resets == 0 and not card.gone.is_set()
    handle.close()
    card.close()
    check_slot(reader)


def test_atr_questions():
    """Asked once per insertion, power-up and reset, not every time pcscd looks."""
    reader = Reader()
    card = Card("good", port=PORT)
    reader.wait_atr(ATR)
    handle = reader.connect()
    time.sleep(1.0)
    asked = card.seen.count(b"\x04")
    assert asked <= 2 + card.seen.count(b"\x01"), card.seen
    assert handle.reset() == OK
    assert card.seen.count(b"\x04") == asked + 1
    handle.close()
    card.close()
    check_slot(reader)


def test_swap():
    """An old handle must not talk to the new card, however quickly it came."""
    reader = Reader()
    old = Card("good", port=PORT)
    reader.wait_atr(ATR)
    for turn in range(20):
        handle = reader.connect()
        assert handle.transmit()[0] == OK
        atr = NEW_ATR if turn % 2 == 0 else ATR
        old.close()
        new = Card("good", port=PORT, atr=atr)
        for _ in range(3):
            error, answer = handle.transmit()
            assert error in (REMOVED, NO_CARD), "0x%x %r" % (error, answer)
        reader.wait_atr(atr)
        assert handle.transmit()[0] == REMOVED
        assert not any(len(seen) > 1 for seen in new.seen), "the old handle reached the new card"
        handle.close()
        old = new
    old.close()
    check_slot(reader)


def test_stalled_slot_is_alone():
    """A second client of the stalled slot gets its error as well, in time."""
    reader, second = Reader(), Reader()
    card = Card("never", port=PORT)
    reader.wait_atr(ATR)
    one, two = reader.connect(), second.connect()
    results = []

    def call(handle):
        start = time.monotonic()
        error, _ = handle.transmit()
        results.append((error, time.monotonic() - start))

    threads = [threading.Thread(target=call, args=(handle,)) for handle in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error, took in results:
        assert error in ERRORS and took < 2 * APDU_TIMEOUT + SLACK, results
    one.close()
    two.close()
    card.close()
    check_slot(reader)


def main():
    global neighbour
    neighbour = Neighbour()
    try:
        run([test_commands, test_second_answers, test_resets, test_foreigners, test_dropped_in_time,
             test_second_card, test_late_atr, test_slow_answer, test_good_oddities, test_sizes,
             test_atr_questions, test_swap, test_stalled_slot_is_alone])
    finally:
        neighbour.stop.set()
        neighbour.thread.join()
        print("       the other slot answered %d commands meanwhile" % neighbour.count)


if __name__ == "__main__":
    main()

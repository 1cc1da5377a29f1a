#!/usr/bin/env python3
"""A card in Python: two commands are answered here, the rest by the card behind.

    vicc --mitm ./answer-two.py"""
import sys
import time


def challenge(command):
    """GET CHALLENGE that is not random at all: 01 02 03 ... up to Le."""
    return bytes(i & 0xFF for i in range(1, (command[4] if len(command) == 5 else 0) + 1))


def clock(_):
    """80 CA 01 00: the time, as text."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()).encode()


COMMANDS = {(0x00, 0x84): challenge, (0x80, 0xCA): clock}


def main():
    for line in sys.stdin:
        kind, data = line[:1], line[1:].strip()
        if kind == ">":
            command = bytes.fromhex(data)
            ours = COMMANDS.get(tuple(command[:2]))
            if ours is not None:
                kind, data = "<", (ours(command) + b"\x90\x00").hex()
        if kind in "<>":
            print(kind, data, flush=True)


if __name__ == "__main__":
    main()

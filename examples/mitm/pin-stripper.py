#!/usr/bin/env python3
"""Keeps PINs from the card: a VERIFY loses its data field before it gets there, so that the card is
only asked how many tries are left (ISO/IEC 7816-4:2020 11.6.6), and none is spent.

    vicc --mitm ./pin-stripper.py"""
import sys


def strip(command):
    """00 20 00 81 04 31 32 33 34 becomes 00 20 00 81."""
    if len(command) > 4 and (command[0] & 0xE0 == 0 or command[0] & 0xC0 == 0x40) and command[1] in (0x20, 0x21):
        return command[:4]
    return command


def main():
    for line in sys.stdin:
        kind, data = line[:1], line[1:]
        if kind == ">":
            print(">", strip(bytes.fromhex(data)).hex(), flush=True)
        elif kind == "<":
            print("<", data.strip(), flush=True)


if __name__ == "__main__":
    main()

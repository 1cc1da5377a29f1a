#!/usr/bin/env python3
"""Plays the tour in docs/cards/iso7816.md, line by line: what it says is what the card does. VICC names the program."""
import re
import sys

from vicc_reader import Reader, Vicc

CONTROL = {"on": 1, "off": 0, "reset": 2}


def matches(pattern, answer):
    regex = "".join({"..": "[0-9A-F]{2}", "*": "(?:[0-9A-F]{2})*"}.get(part, part) for part in pattern.split())
    return re.fullmatch(regex, answer) is not None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = list(enumerate(file.read().splitlines(), 1))
    steps = [(n, line[0], line[1:].strip()) for n, line in lines if line[:2] in ("> ", "< ", "! ")]
    reader = Reader()
    failed = 0
    with Vicc("--init", "demo", "-P", reader.port) as vicc:
        link = reader.accept()
        link.control(1)
        for i, (n, kind, text) in enumerate(steps):
            if kind == "<":
                continue
            if text in CONTROL:
                link.control(CONTROL[text])
                continue
            answer = link.atr().hex().upper() if text == "atr" else link.call(text)
            told = steps[i + 1] if i + 1 < len(steps) and steps[i + 1][1] == "<" else (n, "<", "90 00")
            if not matches(told[2], answer):
                print(f"{sys.argv[1]}:{told[0]}: {text}: came {answer}")
                failed += 1
        vicc.stop()
    reader.close()
    print(f"{len(steps)} lines, {failed} wrong")
    return failed != 0


sys.exit(main())

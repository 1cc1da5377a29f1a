#!/usr/bin/env python3
"""seeds.py TRANSCRIPT... FOLDER: makes of each transcript a seed for fuzz_card, its commands and
events as frames."""
import struct
import sys
from pathlib import Path

CONTROL = {"off": 0, "on": 1, "reset": 2, "atr": 4}


def frames(path):
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith(">"):
            yield bytes.fromhex(line[1:])
        elif line.startswith("!"):
            yield bytes([CONTROL[line[1:].strip()]])


def main():
    *transcripts, folder = map(Path, sys.argv[1:])
    if not transcripts:
        sys.exit(__doc__)
    folder.mkdir(exist_ok=True)
    for path in transcripts:
        seed = b"".join(struct.pack(">H", len(f)) + f for f in frames(path))
        (folder / path.stem).write_bytes(seed)


main()

#!/usr/bin/env python3
"""Folders of src/ are layers: a file includes its own folder or one that is allowed here."""
import re
import sys
from pathlib import Path

SRC = Path(__file__).resolve().parent.parent.parent / "src"

CORE = ["base", "iso", "wire", "crypto", "card", "cards"]  # each may include those before it
ALLOWED = {folder: CORE[: i + 1] for i, folder in enumerate(CORE)}
HOST = ["base", "iso", "wire", "reader"]  # the reader's side has never heard of a card
ALLOWED.update({
    "reader": HOST,
    "ifd": HOST + ["ifd"],
    "pcsc": HOST + ["pcsc"],
    "vicc": CORE + HOST + ["vicc"],
    "vicc-run": CORE + HOST + ["pcsc", "vicc", "vicc-run"],
    ".": CORE,  # libvicc.so's own file
    "vpcd-config": CORE + HOST + ["ifd", "vicc", "vpcd-config"],
})

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def complaints(path):
    parts = path.relative_to(SRC).parts
    folder = parts[0] if len(parts) > 1 else "."
    if folder not in ALLOWED:
        yield f"{path}: src/{folder} is not in the table of layers"
        return
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(1)
        place = f"{path}:{number}: {target}"
        if "include" in parts:  # installed headers know only each other
            continue
        if "/" not in target:
            yield f"{place}: write the path from src/"
        elif target.split("/")[0] not in ALLOWED[folder]:
            yield f"{place}: src/{folder} must not include it"
        elif not (SRC / target).is_file():
            yield f"{place}: there is no such file"


def main():
    files = sorted(SRC.rglob("*.[ch]"))
    found = [text for path in files for text in complaints(path)]
    print("\n".join(found) if found else f"{len(files)} files keep to their layers")
    return 1 if found or not files else 0


sys.exit(main())

#!/usr/bin/env python3
"""exports.py LIBRARY HEADER...: the library exports what its installed headers declare, and nothing
else. gcc itself lists the declarations here: this does not trust tools/exports.py, which made the
list of exports."""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SRC = Path(__file__).resolve().parent.parent.parent / "src"
DECLARED = re.compile(r"/\* (\S+?):\d+:\w+ \*/ extern .*?\b(vsc_\w+)(?: \(|;)")
OBJECT = re.compile(r"^extern const struct \w+\s+(vsc_\w+);", re.MULTILINE)


def declared(headers):
    """Functions that are declared and not static, as gcc sees them, and extern objects."""
    names = set()
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "list"
        for header in headers:
            subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", f"-I{SRC}", "-fsyntax-only",
                            "-aux-info", str(listing), "-x", "c", str(header)], check=True)
            names |= {name for _, name in DECLARED.findall(listing.read_text())}
            names |= set(OBJECT.findall(header.read_text()))
    return names


def exported(library):
    run = subprocess.run(["nm", "-D", "--defined-only", str(library)], check=True,
                         capture_output=True, text=True)
    return {line.split()[-1] for line in run.stdout.splitlines()}


def main():
    if not shutil.which("gcc"):
        print("skipped: no gcc")
        return 77
    library, *headers = (Path(arg) for arg in sys.argv[1:])
    promised, kept = declared(headers), exported(library)
    for name in sorted(promised - kept):
        print(f"{name}: in an installed header, but not exported")
    for name in sorted(kept - promised):
        print(f"{name}: exported, but in no installed header")
    print(f"{len(kept)} symbols")
    return 0 if promised == kept and kept else 1


sys.exit(main())

#!/usr/bin/env python3
"""headers.py CC...: every header of src/ compiles alone, and a second time."""
import subprocess
import sys
from pathlib import Path

SRC = Path(__file__).resolve().parent.parent.parent / "src"


def pcsc_flags():
    run = subprocess.run(["pkg-config", "--cflags", "libpcsclite"], capture_output=True, text=True)
    return run.stdout.split()


def main():
    compiler = sys.argv[1:] or ["cc"]
    flags = ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
             f"-I{SRC}", *pcsc_flags(), "-x", "c", "-"]
    headers = sorted(SRC.rglob("*.h"))
    failed = 0
    for header in headers:
        line = f'#include "{header.relative_to(SRC)}"\n'
        run = subprocess.run(compiler + flags, input=line + line, capture_output=True, text=True)
        if run.returncode != 0:
            print(f"{header} does not compile alone:\n{run.stderr}")
            failed = 1
    print(f"{len(headers)} headers")
    return failed if headers else 1


sys.exit(main())

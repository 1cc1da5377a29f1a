#!/usr/bin/env python3
"""Shows all that goes between reader and card, with the time each answer took, and changes nothing.

    vicc --mitm './logger.py session.log'        (without a file: standard error)

The log holds PINs, as a trace does."""
import os
import sys
import time


def main():
    log = sys.stderr
    if len(sys.argv) > 1:
        log = open(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w",
                   encoding="ascii")
    asked = time.monotonic()
    for line in sys.stdin:
        line = line.rstrip()
        took = ""
        if line.startswith(">"):
            asked = time.monotonic()
        elif line.startswith("<"):
            took = "  # %.1f ms" % ((time.monotonic() - asked) * 1000)
        print(line + took, file=log, flush=True)
        if not line.startswith("!"):  # events have no reply
            print(line, flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Breaks every n-th exchange, to see what a client makes of it.

    vicc --mitm './fault-injector.py --every 20 --fault flip'

--fault error: 6F00, and the card never sees the command; flip: one bit of the answer is wrong;
short: the last byte of the answer's body is missing; slow: the answer comes a second late."""
import argparse
import sys
import time


def flip(answer):
    return bytes([answer[0] ^ 1]) + answer[1:]


def short(answer):
    return answer[:-3] + answer[-2:] if len(answer) > 2 else answer


def slow(answer):
    time.sleep(1)
    return answer


FAULTS = {"error": None, "flip": flip, "short": short, "slow": slow}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--fault", choices=FAULTS, default="error")
    args = parser.parse_args()
    count = 0
    for line in sys.stdin:
        line = line.rstrip()
        if line.startswith(">"):
            count += 1
        broken = count % args.every == 0
        if broken and line.startswith(">") and args.fault == "error":
            line = "< 6F 00"
        elif broken and line.startswith("<") and args.fault != "error":
            line = "< " + FAULTS[args.fault](bytes.fromhex(line[1:])).hex()
        if not line.startswith("!"):
            print(line, flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""A whole card without vicc: the wire protocol, spoken by a program (docs/wire-protocol.md).

    ./card.py [HOST [PORT]]

It answers GET CHALLENGE, and 6D00 to all else. Any language that has sockets can do this."""
import os
import socket
import struct
import sys

ATR = bytes.fromhex("3B800181")
OFF, ON, RESET, GET_ATR = b"\x00", b"\x01", b"\x02", b"\x04"


def read(sock, count):
    data = b""
    while len(data) < count:
        part = sock.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def answer(command):
    if command[:4] == b"\x00\x84\x00\x00" and len(command) == 5:
        return os.urandom(command[4]) + b"\x90\x00"
    return b"\x6D\x00"


def serve(sock):
    while True:
        frame = read(sock, struct.unpack(">H", read(sock, 2))[0])
        if frame == GET_ATR:
            reply = ATR
        elif len(frame) <= 1:  # power and reset: nothing to forget, nothing to say
            continue
        else:
            reply = answer(frame)
        sock.sendall(struct.pack(">H", len(reply)) + reply)


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else "localhost"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 35963
    with socket.create_connection((host, port)) as sock:
        try:
            serve(sock)
        except EOFError:
            print("the reader went away", file=sys.stderr)


if __name__ == "__main__":
    main()

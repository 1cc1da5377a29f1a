#!/usr/bin/python3
"""A card that behaves as badly as one likes, for tests of a reader.

    badcard.py [--host HOST] [--port PORT | --unix PATH] [--listen] BEHAVIOUR [SECONDS]

As a module: Card("half", port=35963) connects and plays in a thread; .close() takes it out; .wait()
waits until the reader hung up. A behaviour is a method below that gets one frame and answers it, or
not; `badcard.py list` names them. Standard library only.
"""
import argparse
import inspect
import os
import socket
import struct
import sys
import threading
import time

ATR = bytes.fromhex("3B02BAD0")
OFF, ON, RESET, GET_ATR = b"\x00", b"\x01", b"\x02", b"\x04"


def frame(payload):
    return struct.pack(">H", len(payload)) + payload


def connect(host="127.0.0.1", port=35963, path=None, patience=5.0):
    """A socket to a reader that may not be there yet."""
    until = time.monotonic() + patience
    while True:
        try:
            if path is not None:
                sock = socket.socket(socket.AF_UNIX)
                sock.connect(path)
            else:
                sock = socket.create_connection((host, port))
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def listener(host="127.0.0.1", port=35963, path=None):
    if path is not None:
        if os.path.exists(path):
            os.unlink(path)
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(path)
    else:
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    sock.listen(5)
    return sock


class Card:
    """One connection of one card."""

    def __init__(self, behaviour="good", host="127.0.0.1", port=35963, path=None, seconds=1.0,
                 sock=None, atr=ATR, start=True):
        self.sock = sock or connect(host, port, path)
        self.seconds = seconds
        self.atr_bytes = atr
        self.behave = getattr(self, "do_" + behaviour.replace("-", "_"))
        self.seen = []            # every frame that came
        self.resets = 0
        self.gone = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        if start:
            self.thread.start()

    # --- machinery

    def send(self, data):
        self.sock.sendall(data)

    def read_exactly(self, n):
        data = b""
        while len(data) < n:
            piece = self.sock.recv(n - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def run(self):
        try:
            while True:
                (length,) = struct.unpack(">H", self.read_exactly(2))
                payload = self.read_exactly(length)
                self.seen.append(payload)
                self.behave(payload)
        except (OSError, EOFError):
            pass
        finally:
            self.gone.set()
            self.sock.close()

    def close(self):
        """Take the card out."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.thread.join(10)

    def wait(self, seconds):
        """Did the reader hang up within this time?"""
        return self.gone.wait(seconds)

    def pull(self):
        """Gone without a goodbye: the reader gets a reset instead of an end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise EOFError

    # --- what good cards do

    def do_good(self, payload):
        """answers its ATR, and a command with itself and 9000"""
        if payload == GET_ATR:
            self.send(frame(self.atr_bytes))
        elif payload == RESET:
            self.resets += 1
        elif len(payload) > 1:
            self.send(frame(payload[:65533] + b"\x90\x00"))

    def commands(self, payload):
        """Serves all but commands; is this one?"""
        if len(payload) > 1:
            return True
        self.do_good(payload)
        return False

    # --- before the ATR

    def do_silent(self, payload):
        """never says anything"""

    def do_late_atr(self, payload):
        """silent before its first ATR"""
        if payload == GET_ATR and self.seen.count(GET_ATR) == 1:
            time.sleep(self.seconds)
        self.do_good(payload)

    def do_atr_empty(self, payload):
        """an ATR without a byte"""
        self.send(frame(b""))

    def do_atr_one(self, payload):
        """an ATR of one byte"""
        self.send(frame(b"\x3b"))

    def do_atr_long(self, payload):
        """an ATR of 34 bytes"""
        self.send(frame(b"\x3b" + bytes(33)))

    def do_atr_huge(self, payload):
        """an ATR of 65535 bytes"""
        self.send(frame(b"\x3b" + bytes(65534)))

    def do_http(self, payload):
        """a web browser"""
        self.send(b"GET / HTTP/1.1\r\nHost: localhost:35963\r\n\r\n")

    def do_ssh(self, payload):
        """another server"""
        self.send(b"SSH-2.0-OpenSSH_9.2p1\r\n")

    def do_byte(self, payload):
        """one byte of a header, then gone"""
        self.send(b"\x00")
        raise EOFError

    # --- after a reset

    def do_reset_silent(self, payload):
        """no ATR after a reset"""
        if payload == RESET:
            self.resets += 1
        if self.resets == 0:
            self.do_good(payload)

    def do_reset_empty(self, payload):
        """an empty ATR after a reset"""
        if payload == RESET:
            self.resets += 1
        if self.resets > 0 and payload == GET_ATR:
            self.send(frame(b""))
        else:
            self.do_good(payload)

    def do_reset_gone(self, payload):
        """leaves at a reset"""
        if payload == RESET:
            raise EOFError
        self.do_good(payload)

    # --- in a command

    def do_never(self, payload):
        """never answers a command"""
        self.commands(payload)

    def do_hang(self, payload):
        """thinks for some seconds about each command"""
        if self.commands(payload):
            time.sleep(self.seconds)
            self.do_good(payload)

    def do_leave(self, payload):
        """leaves in a command"""
        if self.commands(payload):
            raise EOFError

    def do_pull(self, payload):
        """leaves in a command, with a reset of the connection"""
        if self.commands(payload):
            self.pull()

    def do_leave_in_header(self, payload):
        """one byte of the answer's header, then gone"""
        if self.commands(payload):
            self.send(b"\x00")
            raise EOFError

    def do_leave_in_answer(self, payload):
        """a part of the answer, then gone"""
        if self.commands(payload):
            self.send(frame(bytes(100) + b"\x90\x00")[:60])
            raise EOFError

    def do_half_header(self, payload):
        """one byte of the answer's header, then nothing"""
        if self.commands(payload):
            self.send(b"\x00")

    def do_half(self, payload):
        """a part of the answer, then nothing"""
        if self.commands(payload):
            self.send(frame(bytes(100) + b"\x90\x00")[:60])

    def do_empty(self, payload):
        """an empty answer"""
        if self.commands(payload):
            self.send(frame(b""))

    def do_one(self, payload):
        """an answer of one byte"""
        if self.commands(payload):
            self.send(frame(b"\x90"))

    def do_second(self, payload):
        """two answers to one command"""
        if self.commands(payload):
            self.send(frame(b"\x90\x00") + frame(b"\x6a\x82"))

    def do_stale(self, payload):
        """a second answer some time after the first"""
        if self.commands(payload):
            self.send(frame(b"\x90\x00"))
            time.sleep(0.05)
            self.send(frame(b"\x6a\x82"))

    def do_drip(self, payload):
        """every byte by itself"""
        if payload == GET_ATR:
            data = frame(self.atr_bytes)
        elif len(payload) > 1:
            data = frame(payload + b"\x90\x00")
        else:
            return
        for i in range(len(data)):
            self.send(data[i:i + 1])
            time.sleep(0.001)

    def do_big(self, payload):
        """the longest answer there is"""
        if self.commands(payload):
            self.send(frame(bytes(i % 251 for i in range(65533)) + b"\x90\x00"))

    def do_touchy(self, payload):
        """hangs up on a control byte it does not know, and on an empty frame, as vpicc-rs does"""
        if len(payload) == 0 or (len(payload) == 1 and payload not in (OFF, ON, RESET, GET_ATR)):
            raise EOFError
        self.do_good(payload)


def behaviours():
    return {name[3:].replace("_", "-"): inspect.getdoc(fn)
            for name, fn in inspect.getmembers(Card, inspect.isfunction) if name.startswith("do_")}


def main():
    parser = argparse.ArgumentParser(description="a card that behaves badly")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=35963)
    parser.add_argument("--unix", metavar="PATH")
    parser.add_argument("--listen", action="store_true", help="wait for a reader")
    parser.add_argument("behaviour", choices=["list"] + sorted(behaviours()))
    parser.add_argument("seconds", nargs="?", type=float, default=1.0)
    args = parser.parse_args()
    if args.behaviour == "list":
        for name, text in sorted(behaviours().items()):
            print("%-16s %s" % (name, text))
        return 0
    sock = None
    if args.listen:
        sock, _ = listener(args.host, args.port, args.unix).accept()
    Card(args.behaviour, args.host, args.port, args.unix, args.seconds, sock, start=False).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

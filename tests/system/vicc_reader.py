"""The other side of vicc in tests: a reader that listens or connects and speaks frames, and a vicc
whose messages can be waited for."""
import os
import queue
import signal
import socket
import struct
import subprocess
import threading
import time

PATIENCE = 30  # seconds that anything may take before a test fails, on a busy machine too


class Link:
    def __init__(self, sock):
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock

    def send(self, payload):
        self.sock.sendall(struct.pack(">H", len(payload)) + payload)

    def recv(self):
        (length,) = struct.unpack(">H", self._exactly(2))
        return self._exactly(length)

    def _exactly(self, n):
        data = b""
        while len(data) < n:
            piece = self.sock.recv(n - len(data))
            if not piece:
                raise EOFError("the card hung up")
            data += piece
        return data

    def call(self, text):
        self.send(bytes.fromhex(text))
        return self.recv().hex().upper()

    def control(self, code):
        self.send(bytes([code]))

    def atr(self):
        self.control(4)
        return self.recv()

    def closed(self):
        """Has the card hung up?"""
        try:
            return self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.sock.close()


class Reader:
    """Listens on a free port of the loopback address."""

    def __init__(self, port=0):
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(("127.0.0.1", port))
        self.sock.listen(512)
        self.sock.settimeout(PATIENCE)
        self.port = self.sock.getsockname()[1]
        self.links = []

    def accept(self):
        self.links.append(Link(self.sock.accept()[0]))
        return self.links[-1]

    def close(self):
        for link in self.links:
            link.close()
        self.sock.close()


def free_port(count=1):
    """A port with nothing on it and its successors, below the ephemeral range."""
    for port in range(20000 + os.getpid() % 5000, 32000, count):
        try:
            for n in range(count):
                with socket.socket() as sock:
                    sock.bind(("127.0.0.1", port + n))
            return port
        except OSError:
            pass
    raise RuntimeError("no free port")


def dial(port, host="127.0.0.1"):
    """Connects to a vicc that listens."""
    return Link(socket.create_connection((host, port), PATIENCE))


class Vicc:
    """A running vicc; its stderr is collected line by line."""

    def __init__(self, *args, preexec=None):
        self.process = subprocess.Popen(
            [os.environ["VICC"], *map(str, args)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=preexec)
        self.lines = []
        self.queue = queue.Queue()
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self):
        for line in self.process.stderr:
            self.queue.put(line.rstrip("\n"))
        self.queue.put(None)

    def expect(self, part):
        """Waits for a message that contains `part`."""
        end = time.monotonic() + PATIENCE
        while True:
            for line in self.lines:
                if part in line:
                    return line
            try:
                line = self.queue.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"no message with {part!r} in {self.lines}")
            self.lines.append(line)

    def wait(self):
        """Until it ends by itself: exit status."""
        status = self.process.wait(PATIENCE)
        while (line := self.queue.get(timeout=PATIENCE)) is not None:
            self.lines.append(line)
        self.process.stdout.close()
        self.process.stderr.close()
        return status

    def stop(self, with_signal=signal.SIGTERM):
        self.process.send_signal(with_signal)
        return self.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def run(*args):
    """vicc to its end: exit status, stdout, stderr."""
    done = subprocess.run([os.environ["VICC"], *map(str, args)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout, done.stderr

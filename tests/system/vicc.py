#!/usr/bin/env python3
"""vicc as a program: its messages for bad input, its connections, signals, traces. No pcscd.

    VICC=build/vicc tests/system/vicc.py [CLASS[.test]]...
"""
import json
import os
import resource
import select
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest

import outcome
from vicc_reader import PATIENCE, Reader, Vicc, dial, free_port, run

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MF = "00A4000C023F00"
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../src")
OFF, ON, RESET = 0, 1, 2


class BadInput(unittest.TestCase):
    """One line that names what is wrong; 2 for usage, 1 for failure."""

    def refused(self, status, *args, names=()):
        got, out, err = run(*args)
        self.assertEqual(got, status, err)
        self.assertEqual(out, "")
        self.assertEqual(err.count("\n"), 1, err)
        self.assertTrue(err.startswith("vicc: "), err)
        for name in names:
            self.assertIn(name, err)

    def test_unknown_option(self):
        self.refused(2, "--smart", names=["--smart", "--help"])
        self.refused(2, "-y", names=["-y"])

    def test_operand(self):
        self.refused(2, "card.vsc", names=["card.vsc"])

    def test_value_missing(self):
        self.refused(2, "--port", names=["--port", "PORT"])

    def test_unknown_type(self):
        self.refused(2, "--type", "smart", names=["smart", "iso7816", "handler_test"])

    def test_port_out_of_range(self):
        for port in ("65536", "-1", "0", "http", ""):
            self.refused(2, "--port", port, names=[f'"{port}"', "65535"])

    def test_no_port_left(self):
        self.refused(2, "--port", "65535", "--card", names=["65535"])

    def test_unknown_host(self):
        self.refused(1, "--hostname", "no-such-host.invalid",
                     names=["no-such-host.invalid", "--hostname"])

    def test_foreign_address(self):
        self.refused(1, "-R", "-H", "192.0.2.1", names=["192.0.2.1", "--hostname"])

    def test_busy_port(self):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            sock.listen()
            port = sock.getsockname()[1]
            self.refused(1, "-R", "-P", port, names=[str(port), "--port"])

    def test_no_reader(self):
        port = free_port()
        self.refused(1, "--once", "-P", port, names=[str(port), "refused", "pcscd"])

    def test_no_reader_for_any_of_several(self):
        """--once is for all cards, whichever of them it stands with."""
        port = free_port(3)
        for args in (("--once", "-P", port, "--card", "--card"), ("-P", port, "--count", 3, "--once")):
            status, out, err = run(*args)
            self.assertEqual((status, out), (1, ""))
            for n in range(3):
                self.assertIn(str(port + n), err)

    def test_address_in_brackets(self):
        port = free_port()
        self.refused(1, "--once", "-H", "[::1]", "-P", port, names=[f"[::1]:{port}", "pcscd"])
        for host in ("", "[]", "x" * 300):
            self.refused(2, "-H", host, names=["--hostname"])

    def test_unix_socket_nowhere(self):
        self.refused(1, "--listen", "unix:/nonexistent/x", names=["/nonexistent/x", "--listen"])

    def test_option_without_its_companion(self):
        for option, companion in (("--json", "--show"), ("--trace-random", "--trace"),
                                  ("--mitm-restart", "--mitm")):
            self.refused(2, option, names=[option, companion])

    def test_option_of_other_types(self):
        self.refused(2, "--pin", "123456", names=["--pin", "nPA or piv", "iso7816"])

    def test_trace_nowhere(self):
        self.refused(1, "--trace", "/nonexistent/x.apdu", names=["/nonexistent/x.apdu"])

    def test_trace_of_several(self):
        self.refused(2, "--count", "2", "--trace", "x.apdu", names=["x.apdu", "%d"])

    def test_files_of_several(self):
        self.refused(2, "--count", "2", "--file", "x.vsc", names=["x.vsc", "%d"])
        for kind, option in (("nPA", "--export-pki"), ("nPA", "--export-csca"), ("ePass", "--export-lds"),
                             ("piv", "--export-attestation")):
            self.refused(2, "-t", kind, "--count", "2", option, "out", names=[option, "out", "%d"])
            self.refused(2, "-t", kind, option, "", names=[option])

    def test_file_without_a_name(self):
        for option in ("--file", "--trace", "--init"):
            self.refused(2, option, "", names=[option])

    def test_trace_in_place_of_a_folder(self):
        self.refused(1, "--trace", "/tmp", names=["/tmp", "directory"])

    def test_no_plugin(self):
        self.refused(1, "-t", "./no-such.so", names=["--type ./no-such.so: cannot open"])

    def test_plugin_of_nothing(self):
        with tempfile.NamedTemporaryFile(suffix=".so") as file:
            file.write(b"not an object")
            file.flush()
            self.refused(1, "-t", file.name, names=[file.name])

    def test_object_that_is_not_all_there(self):
        with open(os.environ["VICC"], "rb") as whole, tempfile.NamedTemporaryFile(suffix=".so") as file:
            half = os.fstat(whole.fileno()).st_size // 2
            file.write(whole.read(half))
            file.flush()
            for option in ("--type", "--mitm"):
                self.refused(1, option, file.name, names=[f"{option} {file.name}: the file is cut off",
                                                          f"has {half} bytes"])

    def refused_plugin(self, text, names):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/my.c", "w", encoding="ascii") as source:
                source.write(text)
            subprocess.run(["cc", "-shared", "-fPIC", "-DVSC_PLUGIN", f"-I{TOP}/src", "-o",
                            f"{folder}/my.so", f"{folder}/my.c"], check=True)
            self.refused(1, "-t", f"{folder}/my.so", names=names)

    @unittest.skipUnless(shutil.which("cc"), "no C compiler")
    def test_plugin_of_another_abi(self):
        self.refused_plugin("const struct { unsigned abi; } vsc_plugin_card_type = { 999 };\n",
                            ["my.so", "999", "rebuild"])

    FAILING = """
#include "card/card.h"
static int init(struct vsc_card *card, const struct vsc_params *params)
{
	(void)card;
	(void)params;
	return %s;
}
VSC_CARD_TYPE(my) = { .abi = VSC_CARD_ABI, .name = "my", .summary = "my",
	.base = &vsc_card_iso7816, .init = init };
"""

    @unittest.skipUnless(shutil.which("cc"), "no C compiler")
    def test_plugin_that_fails_without_a_word(self):
        self.refused_plugin(self.FAILING % "VSC_E_FORMAT", ["--type my", "cannot make the card"])

    @unittest.skipUnless(shutil.which("cc"), "no C compiler")
    def test_plugin_that_lacks_a_function(self):
        self.refused_plugin("int vsc_nowhere(void);\n" + self.FAILING % "vsc_nowhere()",
                            ["my.so", "vsc_nowhere"])

    @unittest.skipUnless(shutil.which("cc"), "no C compiler")
    def test_plugin_that_lacks_something(self):
        rows = (("", "a name"), (".name = \"x\"", "commands"),
                (".name = \"x\", .ncmds = 3", "ncmds"),
                (".name = \"x\", .noptions = 3", "noptions"),
                (".name = \"x\", .cmds = cmds, .ncmds = 1", "an ATR"))
        with tempfile.TemporaryDirectory() as folder:
            for i, (members, lack) in enumerate(rows):
                path = f"{folder}/{i}"
                with open(path + ".c", "w", encoding="ascii") as source:
                    source.write("#include <card/card.h>\n"
                                 "extern const struct vsc_cmd cmds[];\n"
                                 "const struct vsc_cmd cmds[1] = { { .name = \"X\" } };\n"
                                 "VSC_CARD_TYPE(x) = { .abi = VSC_CARD_ABI, %s };\n" % members)
                subprocess.run(["cc", "-shared", "-fPIC", "-DVSC_PLUGIN", "-I", SOURCE, "-o",
                                path + ".so", path + ".c"], check=True)
                self.refused(1, "-t", path + ".so", names=[path + ".so", lack])

    def test_no_middle(self):
        self.refused(1, "--mitm", "/nonexistent/filter", names=["/nonexistent/filter"])

    def test_not_a_saved_card(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"x" * 4096)
            file.flush()
            self.refused(1, "--file", file.name, names=[file.name])

    def test_saved_card_nowhere(self):
        self.refused(1, "--file", "/nonexistent/card.vsc", names=["/nonexistent/card.vsc"])


class Help(unittest.TestCase):
    def test_help(self):
        status, out, err = run("--help")
        self.assertEqual((status, err), (0, ""))
        for text in ("--hostname", "iso7816", "handler_test", "Attempting startup of Virtual PCD",
                     "update-reader.conf", "bugs"):
            self.assertIn(text, out)

    def test_version(self):
        status, out, _ = run("--version")
        self.assertEqual(status, 0)
        self.assertRegex(out, r"^vicc \d+\.\d+\.\d+\n$")


class Wire(unittest.TestCase):
    """What goes over a connection."""

    def setUp(self):
        self.reader = Reader()
        self.vicc = Vicc("-P", self.reader.port)
        self.link = self.reader.accept()

    def tearDown(self):
        self.link.close()
        self.reader.close()
        self.vicc.__exit__()

    def test_commands(self):
        self.assertEqual(self.link.atr()[0], 0x3B)
        self.link.control(ON)
        self.assertEqual(self.link.call(MF), "9000")
        self.assertEqual(len(self.link.call("0084000008")), 20)
        self.assertEqual(self.link.call("00AAAAAA"), "6D00")
        self.assertEqual(self.link.call("000102"), "6700")

    def test_control_codes_are_not_answered(self):
        for code in (OFF, ON, RESET, 0x03, 0x7F):
            self.link.control(code)
        self.assertEqual(self.link.atr()[0], 0x3B)

    def test_empty_frames_are_not_answered(self):
        self.link.sock.sendall(b"\0\0" * 5)
        self.assertEqual(self.link.call(MF), "9000")
        self.assertEqual(self.link.atr()[0], 0x3B)

    def test_no_power_no_command(self):
        self.link.control(ON)
        self.assertEqual(self.link.call(MF), "9000")
        self.link.control(OFF)
        self.assertNotEqual(self.link.call(MF), "9000")

    def test_a_reader_that_does_not_speak_of_power(self):
        self.assertEqual(self.link.call(MF), "9000")

    def test_bytes_one_by_one(self):
        for byte in bytes.fromhex("0007" + MF):
            self.link.sock.sendall(bytes([byte]))
            time.sleep(0.005)
        self.assertEqual(self.link.recv().hex(), "9000")

    def test_many_frames_at_once(self):
        frame = bytes.fromhex("0007" + MF)
        self.link.sock.sendall(frame * 1000)
        for _ in range(1000):
            self.assertEqual(self.link.recv().hex(), "9000")

    def test_longest_frame(self):
        self.assertEqual(self.link.call("00" * 65535), "6700")

    def test_half_a_frame_then_gone(self):
        self.link.sock.sendall(b"\x00")
        self.link.close()
        self.link = self.reader.accept()
        self.assertEqual(self.link.call(MF), "9000")


class Connections(unittest.TestCase):
    def test_tries_until_there_is_a_reader(self):
        port = free_port()
        with Vicc("-P", port) as vicc:
            line = vicc.expect("refused")
            self.assertIn("--once", line)
            time.sleep(0.5)
            reader = Reader(port)
            link = reader.accept()
            self.assertEqual(link.call(MF), "9000")
            vicc.expect("connected")
            self.assertEqual(sum("refused" in line for line in vicc.lines), 1)
            link.close()
            reader.close()

    def test_reconnects(self):
        reader = Reader()
        with Vicc("-P", reader.port) as vicc:
            for _ in range(20):
                link = reader.accept()
                self.assertEqual(link.call(MF), "9000")
                link.close()
            vicc.expect("went away")
        reader.close()

    def test_pauses_for_a_reader_that_hangs_up(self):
        reader = Reader()
        with Vicc("-P", reader.port):
            for _ in range(3):  # it does come back
                reader.accept().close()
            end, count = time.monotonic() + 2, 0
            while time.monotonic() < end:
                reader.sock.settimeout(max(0.01, end - time.monotonic()))
                try:
                    reader.accept().close()
                    count += 1
                except TimeoutError:
                    break
            self.assertLess(count, 10)
        reader.close()

    def test_streams_that_are_closed(self):
        """By who starts it, as some services are: messages go nowhere, not to the reader."""
        for closed in ("2>&-", "<&- >&- 2>&-"):
            reader = Reader()
            process = subprocess.Popen(["sh", "-c", f'exec "$0" "$@" {closed}', os.environ["VICC"],
                                        "-vv", "-t", "handler_test", "-P", str(reader.port)])
            link = reader.accept()
            link.atr()
            link.control(ON)
            self.assertEqual([link.call("0084000004"), link.call("8034000404")],
                             ["6D00", "000102039000"], closed)
            process.terminate()
            self.assertEqual(process.wait(PATIENCE), 0)
            reader.close()

    def test_never_connects_to_itself(self):
        # In the ephemeral range a socket may meet itself; a thousand tries make it likely.
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
            low, high = map(int, file.read().split())
        port = next(p for p in range(low + 100, high) if self.is_free(p))
        with Vicc("-P", port) as vicc:
            vicc.expect("refused")
            time.sleep(3)
            self.assertFalse(any("connected" in line for line in vicc.lines))
            with socket.socket() as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind(("127.0.0.1", port))

    @staticmethod
    def is_free(port):
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
                return True
            except OSError:
                return False

    def test_once_ends_with_its_reader(self):
        reader = Reader()
        with Vicc("--once", "-P", reader.port) as vicc:
            link = reader.accept()
            self.assertEqual(link.call(MF), "9000")
            link.close()
            self.assertEqual(vicc.wait(), 0)
        reader.close()

    def test_reversed_one_reader_after_another(self):
        port = free_port()
        with Vicc("-R", "-P", port) as vicc:
            vicc.expect("waiting")
            for host in ("127.0.0.1", "::1", "127.0.0.1"):
                try:
                    link = dial(port, host)
                except OSError:
                    self.assertEqual(host, "::1")
                    continue
                self.assertEqual(link.call(MF), "9000")
                link.close()

    def test_reversed_second_reader_waits(self):
        port = free_port()
        with Vicc("-R", "-P", port) as vicc:
            vicc.expect("waiting")
            first = dial(port)
            self.assertEqual(first.call(MF), "9000")
            second = dial(port)
            second.send(bytes.fromhex(MF))
            second.sock.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                second.recv()
            first.close()
            second.sock.settimeout(10)
            self.assertEqual(second.recv().hex(), "9000")
            second.close()

    def test_reversed_is_loopback_only(self):
        port = free_port()
        with Vicc("-R", "-P", port) as vicc:
            vicc.expect("waiting")
            listening = subprocess.run(["ss", "-Hltn", f"sport = :{port}"], capture_output=True,
                                       text=True, check=True).stdout
            addresses = {line.split()[3] for line in listening.splitlines()}
            self.assertIn(f"127.0.0.1:{port}", addresses)
            self.assertEqual(addresses - {f"127.0.0.1:{port}", f"[::1]:{port}"}, set())

    def test_unix_sockets(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/card"
            with Vicc("--listen", f"unix:{path}") as vicc:
                vicc.expect("waiting")
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode) & 0o077, 0)
                sock = socket.socket(socket.AF_UNIX)
                sock.connect(path)
                sock.sendall(bytes.fromhex("0007" + MF))
                self.assertEqual(sock.recv(4).hex(), "00029000")
                sock.close()
                self.assertEqual(vicc.stop(), 0)
            self.assertFalse(os.path.exists(path))
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(path)
                server.listen()
                with Vicc("--connect", f"unix:{path}"):
                    server.settimeout(10)
                    sock, _ = server.accept()
                    sock.sendall(bytes.fromhex("0007" + MF))
                    self.assertEqual(sock.recv(4).hex(), "00029000")
                    sock.close()


class Signals(unittest.TestCase):
    def test_ends_cleanly(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            reader = Reader()
            with Vicc("-P", reader.port) as vicc:
                link = reader.accept()
                link.atr()
                self.assertEqual(vicc.stop(number), 0)
                self.assertTrue(link.closed())
            reader.close()

    def test_while_trying(self):
        with Vicc("-P", free_port()) as vicc:
            vicc.expect("refused")
            self.assertEqual(vicc.stop(), 0)

    def test_finishes_what_is_under_way(self):
        reader = Reader()
        with Vicc("-t", "handler_test", "-P", reader.port) as vicc:
            link = reader.accept()
            link.control(ON)
            link.atr()  # it is up, and reads what comes
            link.send(bytes.fromhex("80380003"))  # takes three seconds
            time.sleep(1)
            self.assertEqual(vicc.stop(), 0)
            self.assertEqual(link.recv().hex(), "9000")
        reader.close()

    def test_second_signal_ends_at_once(self):
        reader = Reader()
        with Vicc("-t", "handler_test", "-P", reader.port) as vicc:
            link = reader.accept()
            link.control(ON)
            link.atr()
            link.send(bytes.fromhex("8038001E"))  # takes half a minute
            time.sleep(1)
            end = time.monotonic() + 20
            while vicc.process.poll() is None and time.monotonic() < end:
                vicc.process.send_signal(signal.SIGINT)
                time.sleep(1)
            self.assertEqual(vicc.wait(), 128 + signal.SIGINT)
        reader.close()

    def test_a_signal_sent_twice(self):
        """As timeout(1) does, to the process and to its group: that is one. A machine that is
        very busy may take the second one for a second one after all; not always."""
        status = []
        while len(status) < 5 and 0 not in status:
            reader = Reader()
            with Vicc("-t", "handler_test", "-P", reader.port) as vicc:
                link = reader.accept()
                link.control(ON)
                link.atr()
                link.send(bytes.fromhex("80380002"))
                time.sleep(0.3)
                vicc.process.send_signal(signal.SIGTERM)
                time.sleep(0.005)
                status.append(vicc.stop())
            reader.close()
        self.assertIn(0, status)


class Several(unittest.TestCase):
    def test_cards_and_ports(self):
        port = free_port(3)
        readers = [Reader(port + n) for n in range(3)]
        with Vicc("-P", port, "--card", "-t", "handler_test", "--card"):
            links = [reader.accept() for reader in readers]
            self.assertEqual(links[1].atr().hex().upper(), "3BD6180080B1806D1F038051006110309E")
            self.assertEqual(links[0].atr(), links[2].atr())
            self.assertNotEqual(links[0].atr(), links[1].atr())
            for link in links:
                link.close()
        for reader in readers:
            reader.close()

    def test_a_slow_card_keeps_nobody_waiting(self):
        port = free_port(2)
        readers = [Reader(port), Reader(port + 1)]
        with Vicc("-t", "handler_test", "-P", port, "--card"):
            slow, fast = (reader.accept() for reader in readers)
            slow.control(ON)
            slow.send(bytes.fromhex("80380003"))  # takes three seconds
            self.assertEqual(fast.call(MF), "9000")
            self.assertEqual(select.select([slow.sock], [], [], 0)[0], [])
            self.assertEqual(slow.recv().hex(), "9000")
        for reader in readers:
            reader.close()

    def test_count_beyond_the_soft_limit(self):
        count = 200
        port = free_port(count)
        readers = [Reader(port + n) for n in range(count)]
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        with Vicc("--count", count, "-P", port,
                  preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))):
            links = [reader.accept() for reader in readers]
            for link in links:
                self.assertEqual(link.call(MF), "9000")
            for link in links:
                link.close()
        for reader in readers:
            reader.close()


    def test_saved_cards_beyond_the_soft_limit(self):
        """A saved card holds its file and its journal open as well."""
        count = 50
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        with tempfile.TemporaryDirectory() as folder:
            with Vicc("--count", count, "--once", "-P", free_port(count), "-f", f"{folder}/%d.vsc",
                      preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (80, hard))) as vicc:
                vicc.expect(f"card {count}: ")
                self.assertEqual(vicc.wait(), 1)  # there are no readers
            saved = [name for name in os.listdir(folder) if name.endswith(".vsc")]
            self.assertEqual(len(saved), count)

    def test_each_exports_its_own(self):
        """Names of files that the cards of --count write have the card's number in them."""
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(2):  # new, then saved
                with Vicc("-t", "nPA", "--count", 3, "--once", "-P", free_port(3),
                          "-f", f"{folder}/%d.vsc", "--export-pki", f"{folder}/pki%d",
                          "--export-csca", f"{folder}/%d.csca") as vicc:
                    vicc.expect("card 3: ")
                    self.assertEqual(vicc.wait(), 1)
                for name in ("{}.csca", "pki{}/cvca.pkcs8"):
                    contents = set()
                    for n in range(3):
                        with open(os.path.join(folder, name.format(n)), "rb") as file:
                            contents.add(file.read())
                    self.assertEqual(len(contents), 3, name)
                self.assertEqual(len(os.listdir(folder)), 9)
                for n in range(3):
                    os.unlink(f"{folder}/{n}.csca")
                    shutil.rmtree(f"{folder}/pki{n}")


class Traces(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def record(self, name, *options):
        """A session that draws random bytes; what was answered."""
        path = os.path.join(self.folder.name, name)
        reader = Reader()
        with Vicc("--trace", path, "-P", reader.port, *options) as vicc:
            link = reader.accept()
            link.atr()
            link.control(ON)
            answers = [link.call(MF), link.call("0084000008"), link.call("00B0000000")]
            link.control(RESET)
            link.control(OFF)
            link.atr()
            self.assertEqual(vicc.stop(), 0)
        reader.close()
        return path, answers

    def test_only_the_owner_reads_it(self):
        path, _ = self.record("x.apdu")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, encoding="ascii") as file:
            self.assertIn("PIN", file.readline())

    def test_content(self):
        path, answers = self.record("x.apdu")
        with open(path, encoding="ascii") as file:
            lines = [line.strip() for line in file if not line.startswith("#")]
        self.assertEqual(lines[0], "@ type iso7816")
        self.assertIn("! reset", lines)
        commands = [line for line in lines if line.startswith("> ")]
        self.assertEqual(commands[0], "> 00 A4 00 0C 02 3F 00")
        got = [line[2:].replace(" ", "") for before, line in zip(lines, lines[1:])
               if before.startswith("> ")]
        self.assertEqual(got, answers)

    def test_device_is_written_to(self):
        """It stays what it is, even if root may replace it."""
        path = os.path.join(self.folder.name, "pipe")
        os.mkfifo(path)
        fifo = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.record("pipe")
        self.assertIn(b"> 00 A4 00 0C 02 3F 00", os.read(fifo, 65536))
        self.assertTrue(stat.S_ISFIFO(os.stat(path).st_mode))
        os.close(fifo)

    def test_link_is_not_followed(self):
        path = os.path.join(self.folder.name, "link")
        os.symlink(os.path.join(self.folder.name, "target"), path)
        status, _, err = run("--once", "-P", "1", "--trace", path)
        self.assertEqual(status, 1)
        self.assertIn("File exists", err)
        self.assertFalse(os.path.exists(path))

    def test_replays(self):
        replay = os.environ.get("REPLAY")
        if not replay:
            self.skipTest("no replay program in this build")
        path, _ = self.record("x.apdu", "--trace-random")
        with open(path, encoding="ascii") as file:
            self.assertIn("@ random", file.read())
        done = subprocess.run([replay, "--in-process", "--pair", "--tcp", path],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @unittest.skipUnless(shutil.which("tshark"), "no tshark")
    def test_tshark_reads_it(self):
        path, answers = self.record("x.pcapng")
        while answers[1][:2] in ("3B", "3F"):  # an answer that begins like this is an ATR to tshark
            path, answers = self.record("x.pcapng")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        shown = subprocess.run(
            ["tshark", "-r", path, "-Tfields", "-e", "exported_pdu.p2p_dir", "-e", "iso7816.apdu.ins",
             "-e", "iso7816.apdu.sw1"], capture_output=True, text=True, check=True).stdout
        rows = [line.split("\t") for line in shown.splitlines()]
        self.assertEqual(len(rows), 6)
        self.assertEqual([int(row[1], 16) for row in rows[::2]], [0xA4, 0x84, 0xB0])
        self.assertEqual([int(row[2], 16) for row in rows[1::2]], [0x90, 0x90, 0x69])
        self.assertEqual([row[0] for row in rows], ["0", "1"] * 3)


class Middle(unittest.TestCase):
    """A program between reader and card."""

    FILTER = """
import sys
for line in sys.stdin:
    if line.startswith("> 00 AA"):
        print("< 12 34 90 00", flush=True)
    elif line.startswith(">"):
        print(line.rstrip(), flush=True)
        print(sys.stdin.readline().rstrip(), flush=True)
"""
    MODULE = """
class Upside:
    def handleInPDU(self, data):
        return data
    def handleOutPDU(self, data):
        return data[:-2][::-1] + data[-2:]
def get_MitM():
    return Upside()
"""

    def session(self, name, source, prefix):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/{name}"
            with open(path, "w", encoding="ascii") as file:
                file.write(source)
            reader = Reader()
            with Vicc("-t", "handler_test", "--mitm", prefix + path, "-P", reader.port) as vicc:
                link = reader.accept()
                link.atr()
                link.control(ON)
                answers = [link.call("00AA0000"), link.call("8034000404")]
                self.assertEqual(vicc.stop(), 0)
            reader.close()
            return answers

    def test_program(self):
        self.assertEqual(self.session("filter", self.FILTER, "python3 "),
                         ["12349000", "000102039000"])

    def test_module_of_the_predecessor(self):
        answers = self.session("upside.py", self.MODULE, "")
        self.assertEqual(answers[1], "030201009000")

    def test_module_derived_from_the_predecessors_class(self):
        source = """
from virtualsmartcard.cards.RelayMiddleman import RelayMiddleman
class Mine(RelayMiddleman):
    def handleOutPDU(self, outPDU):
        return list(outPDU[:-2]) + [0x62, 0x82]
get_MitM = Mine
"""
        self.assertEqual(self.session("mine.py", source, "")[1], "000102036282")

    def test_module_that_takes_lists(self):
        """What the predecessor's annotations call bytes was a list of numbers."""
        source = """
from virtualsmartcard.cards.RelayMiddleman import RelayMiddleman
class Mine(RelayMiddleman):
    def handleInPDU(self, inPDU: bytes):
        self.last = inPDU
        if inPDU[:4] == [0x80, 0x34, 0, 4]:
            inPDU[3:] = [2, 2]
        return inPDU
    def handleOutPDU(self, outPDU: bytes):
        out = outPDU.copy()
        out[0] = 0xFF
        return [0xAA] + out[:-2] + self.last[4:] + [0x90, 0x01]
class get_MitM(Mine):
    pass
"""
        self.assertEqual(self.session("lists.py", source, "")[1], "AAFF01029001")

    def test_module_that_takes_bytes(self):
        source = """
class Mine:
    known = {bytes.fromhex("8034000404"): bytes.fromhex("8034000202")}
    def handleInPDU(self, inPDU):
        assert isinstance(inPDU, bytes)
        return self.known.get(inPDU)
    def handleOutPDU(self, outPDU):
        head, tail = outPDU[:-2], outPDU[-2:]
        return b"\\xAA" + head + tail if tail == b"\\x90\\x00" else outPDU
get_MitM = Mine
"""
        self.assertEqual(self.session("bytes.py", source, "")[1], "AA00019000")

    def test_module_made_of_functions(self):
        source = """
from virtualsmartcard.cards.RelayMiddleman import RelayMiddleman, composeMitMs, ConsoleLogger
def add(byte):
    return RelayMiddleman(outTransformer=lambda pdu: [byte] + pdu)
def get_MitM():
    seen = []
    keep = RelayMiddleman(inDispatch=seen.append, outTransformer=lambda pdu: seen[-1] + pdu)
    return composeMitMs([add(1), ConsoleLogger("log"), add(2), keep, RelayMiddleman()])
"""
        self.assertEqual(self.session("made.py", source, "")[1], "01028034000404000102039000")

    def test_module_that_starts_programs(self):
        """They have no part in the conversation."""
        source = """
import os, subprocess, sys
class Mine:
    def handleInPDU(self, inPDU):
        subprocess.run("cat; echo '< 6A80'", shell=True, check=True)
        os.write(1, b'< 6A81\\n')
        assert sys.stdin.read() == ""
        return inPDU
    def handleOutPDU(self, outPDU):
        return outPDU
get_MitM = Mine
"""
        self.assertEqual(self.session("starts.py", source, "")[1], "000102039000")

    def test_module_that_returns_no_bytes(self):
        source = """
class Mine:
    def handleInPDU(self, inPDU):
        return 5
    def handleOutPDU(self, outPDU):
        return outPDU
get_MitM = Mine
"""
        self.assertEqual(self.session("five.py", source, ""), ["6F00", "6F00"])

    def test_module_that_cannot_be_loaded(self):
        with tempfile.TemporaryDirectory() as folder:
            for source, part in (
                    ("import nonesuch\ndef get_MitM(): return 1\n", ":1: <module>: ModuleNotFoundError"),
                    ("def get_MitM(): return 1\n", "TypeError: what get_MitM() returned has no handleInPDU"),
                    ("def get_MitM(:\n", "SyntaxError")):
                path = f"{folder}/module.py"
                with open(path, "w", encoding="ascii") as file:
                    file.write(source)
                status, _, err = run("--once", "--mitm", path)
                self.assertEqual(status, 1, err)
                self.assertIn(path, err)
                self.assertIn(part, err)
                self.assertEqual(len(err.splitlines()), 1, err)

    def answers(self, command, lines):
        """What the reader gets twice, and one line of error for each of `lines`, in order."""
        reader = Reader()
        with Vicc("--mitm", command, "-P", reader.port) as vicc:
            link = reader.accept()
            link.atr()
            link.control(ON)
            got = [link.call("0084000004"), link.call("0084000004")]
            self.assertEqual(vicc.stop(), 0)
        reader.close()
        errors = [line for line in vicc.lines if "--mitm" in line]
        self.assertEqual(len(errors), len(lines), errors)
        for error, line in zip(errors, lines):
            self.assertIn(f"--mitm {command}: {line}", error)
        return got

    def test_program_that_answers_without_status(self):
        """The reader gets 6F00, and the whole command is in the line of error."""
        for line in ("<", "< 90"):
            command = f"sh -c 'while read l; do case $l in \">\"*) echo \"{line}\";; esac; done'"
            self.assertEqual(self.answers(command, ["its answer is shorter than a status word"]),
                             ["6F00", "6F00"])

    @unittest.skipUnless(shutil.which("cc"), "no C compiler")
    def test_object_that_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            for number, (command, answer, line) in enumerate((
                    ("return -1;", "return 0;", "vsc_middle_command failed"),
                    ("vsc_out_put(out, in); return 0;", "return -5;", "vsc_middle_answer failed"),
                    ("return 1;", "return 0;", "its answer is shorter than a status word"),
                    ("vsc_out_put(out, in); return 0;", "return 0;", "its answer is shorter"),
                    ("out->full = true; return 0;", "return 0;", "what it wrote is longer"))):
                path = f"{folder}/{number}"
                with open(path + ".c", "w", encoding="ascii") as source:
                    source.write("#include <card/middle.h>\nvsc_middle_fn vsc_middle_command, vsc_middle_answer;\n"
                                 "int vsc_middle_command(struct vsc_span in, struct vsc_out *out) "
                                 "{ (void)in; (void)out; %s }\n"
                                 "int vsc_middle_answer(struct vsc_span in, struct vsc_out *out) "
                                 "{ (void)in; (void)out; %s }\n" % (command, answer))
                subprocess.run(["cc", "-shared", "-fPIC", "-I", SOURCE, "-o", path + ".so", path + ".c"],
                               check=True)
                self.assertEqual(self.answers(path + ".so", [line, line]), ["6F00", "6F00"])

    def test_program_that_fails(self):
        self.assertEqual(self.session("filter", "raise SystemExit(1)", "python3 "),
                         ["6F00", "6F00"])


class Messages(unittest.TestCase):
    def session(self, *options):
        reader = Reader()
        with Vicc("-P", reader.port, *options) as vicc:
            link = reader.accept()
            link.control(ON)
            link.call(MF)
            link.call("0020008104AABBCCDD")  # VERIFY
            vicc.stop()
            reader.close()
            return "\n".join(vicc.lines)

    def test_quiet_by_default(self):
        self.assertNotIn("SELECT", self.session())

    def test_names(self):
        self.assertIn("SELECT", self.session("-v"))

    def test_never_a_pin(self):
        text = self.session("-vvv").upper().replace(" ", "")
        self.assertNotIn("AABBCC", text)


# An EF of 16 bytes in the MF: reading is free, updating asks for the user.
GUARDED = "00E00000 12 6210 80020010 820101 83025A01 8C03031000"


def script(folder, text):
    path = f"{folder}/init.apdu"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


class InitAndShow(unittest.TestCase):
    def test_script_makes_the_card(self):
        with tempfile.TemporaryDirectory() as folder:
            init = script(folder, f"@ type iso7816\n> {GUARDED}\n> 00200001 04 31323334\n"
                                  "> 00A40000 02 7777\n< 6A 82\n! atr\n< 3B *\n")
            path = f"{folder}/card.vsc"
            for _ in range(2):  # the second time the card is there, and the script is not played
                reader = Reader()
                with Vicc("-f", path, "--init", init, "-P", reader.port) as vicc:
                    link = reader.accept()
                    self.assertEqual(link.call("00A4000C025A01"), "9000")
                    vicc.stop()
                reader.close()
            vicc.expect("not played")
            status, out, _ = run("--show", "-f", path)
            self.assertEqual(status, 0)
            self.assertIn("EF 5A01 transparent, 16 of 16 bytes", out)
            self.assertIn("update: user authentication", out)
            self.assertIn("read: always", out)
            self.assertIn("PIN 01 of card: 3 of 3 tries", out)
            self.assertNotIn("1234", out)
            status, out, _ = run("--show", "--json", "-f", path)
            card = json.loads(out)
            self.assertEqual(card["type"], "iso7816")
            self.assertEqual([file["rights"]["update"] for file in card["files"]
                              if file["path"] == "3F005A01"], ["user authentication"])
            self.assertEqual(card["pins"][0]["tries"], 3)

    def test_no_such_script(self):
        with tempfile.TemporaryDirectory() as folder:
            status, _, err = run("--show", "--init", "nosuch")
            self.assertEqual(status, 1)
            self.assertRegex(err, r"^vicc: --init nosuch: .*; empty, demo and pkcs15 come with vicc\n$")
            status, _, err = run("--show", "--init", f"{folder}/nosuch")
            self.assertEqual((status, err), (1, f"vicc: --init {folder}/nosuch: No such file or directory\n"))

    def test_rights_in_words(self):
        files = ""
        for fcp, more in (
            # EF.ARR: read always; all never; update with PIN 01
            ("800140 820404C10020 83022F06", "> 00E20000 05 8001019000\n> 00E20000 05 80017F9700\n"
                                            "> 00E20000 0B 800102A406830101950108\n"),
            ("8B062F0601030201 8B0109 820504C1000804 8302B001 8800", ""),
            ("820504C1000804 8302B002 8800 AB138C0200E29000 8703B201049000 8402DCDD9700", ""),
            ("800104 820101 8302B003 8800 AB168001 01AF11A409830101830102950188A704B8009700", ""),
            ("820138 83027100 8E0106 A0105C035E5F508C030300908E01048A0101", "")):
            fcp = fcp.replace(" ", "")
            files += f"> 00E00000 {len(fcp) // 2 + 2:02X} 62{len(fcp) // 2:02X} {fcp}\n{more}"
        with tempfile.TemporaryDirectory() as folder:
            _, out, _ = run("--show", "--init", script(folder, files))
            _, text, _ = run("--show", "--json", "--init", f"{folder}/init.apdu")
        for line in ("EF 2F06 linear variable, 21 of 64 bytes, 3 records of 32, short id 6, creation",
                     "read: in security environment 2 always", "update: in security environment 1 PIN 01",
                     "record 9 of EF.ARR 2F06: missing",
                     "APPEND RECORD (E2): always", "READ RECORD (B2) P1 01 P2 04: always", "UPDATE RECORD (DC): never",
                     "read: ((PIN 01 or PIN 02 or key 01 or key 02) and not (enciphered secure messaging or never))",
                     "channel: secured, user authenticated",
                     "objects 5E 5F50: get: user authentication", "objects 5E 5F50: put: always"):
            self.assertIn(line + "\n", out)
        rights = {file["path"]: file["rights"] for file in json.loads(text)["files"]}
        self.assertEqual(rights["3F00B002"]["APPEND RECORD (E2)"], "always")
        self.assertEqual(rights["3F007100"]["channel"], "secured, user authenticated")

    def test_environments_uses_and_records(self):
        text = ("> 80DB3FFF 0E A10C 830107 800430303030 890102\n"     # PIN 07, two verifications
                "> 80DB3FFF 0E A10C 830108 800430303030 890101\n"     # PIN 08, one, which is used up
                "> 80DB3FFF 23 A221 830109 8801C1 860102 850103 7F48128010000102030405060708090A0B0C0D0E0F\n"
                "> 00200007 04 30303030\n> 00200008 04 30303030\n"
                "> 002241B4 06 800181 840109\n> 002281A4 06 800180 830109\n> 0022F203\n"
                "> 00E00000 13 6211 800108 820502C1000204 83020201 880150\n"
                "> 00E20000 02 0101\n> 00E20000 02 0202\n> 00060204\n")
        with tempfile.TemporaryDirectory() as folder:
            _, out, err = run("--show", "--init", script(folder, text))
            _, card, _ = run("--show", "--json", "--init", f"{folder}/init.apdu")
        for line in ("  EF 0201 linear fixed, 4 of 8 bytes, 2 records of 2, 1 deactivated, short id 10, creation",
                     "PIN 01 of card: 3 of 3 tries, unblock code 10 of 10 tries",
                     "PIN 07 of card: 3 of 3 tries, verifications left: 1",
                     "PIN 08 of card: 3 of 3 tries, verifications left: 0",
                     "Key 09 of card: AES 128, 3 of 3 tries, uses left: 2: ",
                     "Security environment 3 of 3F00",
                     "  authentication, verifying: block cipher, ECB, key 09", "  checksum, computing: block cipher, CBC, key 09"):
            self.assertIn("\n" + line, out + err)
        card = json.loads(card)
        self.assertEqual([file["deactivated"] for file in card["files"] if file["path"] == "3F000201"], [[2]])
        self.assertEqual({pin["ref"]: pin["uses_left"] for pin in card["pins"]}, {1: None, 7: 1, 8: 0})
        self.assertEqual([(key["uses_left"], key["tries"]) for key in card["keys"]], [(2, 3)])
        self.assertEqual([(one["number"], one["of"]) for one in card["environments"]], [(3, "3F00")])
        self.assertEqual(set(card["environments"][0]["templates"]),
                         {"authentication, verifying", "checksum, computing"})

    def test_first_lines_say_which_card(self):
        text = "@ type nPA\n@ option --can=111111\n@ option --pin=543210\n"
        with tempfile.TemporaryDirectory() as folder:
            for options, can in ((), "111111"), (("--can", "222222"), "222222"):
                trace = f"{folder}/trace.apdu"
                reader = Reader()
                with Vicc("--init", script(folder, text), "--trace", trace, "-P", reader.port, *options) as vicc:
                    reader.accept().atr()
                    vicc.stop()
                reader.close()
                with open(trace, encoding="utf-8") as file:
                    said = [line.strip() for line in file if line.startswith("@")]
                self.assertIn("@ type nPA", said)
                self.assertIn("@ option --pin=543210", said)
                self.assertEqual([line for line in said if "--can" in line][-1], f"@ option --can={can}")
            # a saved card is not asked what it should have been
            self.assertEqual(run("-f", f"{folder}/card.vsc", "--once", "-P", free_port())[0], 1)
            reader = Reader()
            with Vicc("-f", f"{folder}/card.vsc", "--init", f"{folder}/init.apdu", "-P", reader.port) as vicc:
                reader.accept().atr()
                vicc.stop()
            reader.close()
            self.assertIn("Card of the type iso7816", run("-f", f"{folder}/card.vsc", "--show")[1])
            for text, part in (("@ option --nonsense\n", "@ option: unknown option --nonsense"),
                               ("@ type nPA\n@ option --ef-cardaccess=none.bin\n", f"{folder}/none.bin: No such file")):
                status, _, err = run("--show", "--init", script(folder, text))
                self.assertEqual(status, 1)
                self.assertIn(part, err)

    def test_script_says_what_is_drawn_and_when(self):
        text = ("@ time 2026-11-21T12:00:00Z\n> 0084000004\n@ random 01 02\n@ random 03 04\n< 01 02 03 04 90 00\n"
                "@ random 05 06 07 08\n> 0084000004\n< 05 06 07 08 90 00\n")
        with tempfile.TemporaryDirectory() as folder:
            init = script(folder, text)
            reader = Reader()
            with Vicc("--init", init, "-P", reader.port) as vicc:
                link = reader.accept()
                # when the script is over, the card draws as others do
                self.assertRegex(link.call("0084000008"), "^[0-9A-F]{16}9000$")
                vicc.stop()
            reader.close()

    def test_wrong_answer_names_the_line_and_leaves_nothing(self):
        for text, part in (
                (f"> {GUARDED}\n\n> 00A40000 02 7777\n", "line 3: the card answered 6A 82, expected 90 00"),
                (f"> {GUARDED}\n< 6A 80\n", "line 2: the card answered 90 00, expected 6A 80"),
                ("< 90 00\n", "line 1: an answer without a command"),
                ("\n# x\nhello\n", "line 3:"),
                ("> 00B09E0002\n< 61 .. * 90 00 # EF.DIR\n", "line 2: the card answered 00 00 90 00, expected 61 .. * 90 00\n"),
                ("! reset\n@ type iso7816\n", "line 2: @ type and @ option come before everything else"),
                ("@ type handler_test\n", "line 1: for a card of the type handler_test"),
                ("@ random 00\n> 0084000008\n", "line 2: the card draws more random bytes than @ random gave it")):
            with tempfile.TemporaryDirectory() as folder:
                status, _, err = run("--once", "-t", "iso7816", "-f", f"{folder}/card.vsc", "--init", script(folder, text))
                self.assertEqual(status, 1, text)
                self.assertIn(part, err)
                self.assertEqual(os.listdir(folder), ["init.apdu"])

    def test_show_makes_no_file(self):
        with tempfile.TemporaryDirectory() as folder:
            status, _, err = run("--show", "-f", f"{folder}/card.vsc")
            self.assertEqual(status, 1)
            self.assertIn("No such file", err)
            self.assertEqual(os.listdir(folder), [])
            status, out, _ = run("--show")
            self.assertEqual(status, 0)
            self.assertIn("MF 3F00, creation", out)

    def test_scripts_that_come_with_vicc(self):
        """In the build tree as where it was installed, whatever folder we are in."""
        without = {k: v for k, v in os.environ.items() if k not in ("VICC_DATADIR", "VICC_LIBEXEC")}
        for name, line in (("demo", "DF 6000"), ("empty.apdu", "MF 3F00"), ("pkcs15", "DF 5015")):
            done = subprocess.run([os.environ["VICC"], "--show", "--init", name], cwd="/", env=without,
                                  capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)
            self.assertIn(line, done.stdout)

    def test_no_such_script(self):
        status, _, err = run("--once", "--init", "/nonexistent/x.apdu")
        self.assertEqual(status, 1)
        self.assertIn("/nonexistent/x.apdu", err)


class SavedCards(unittest.TestCase):
    def test_same_card_again(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/card.vsc"
            for _ in range(2):
                reader = Reader()
                with Vicc("-f", path, "-P", reader.port) as vicc:
                    link = reader.accept()
                    self.assertEqual(link.call(MF), "9000")
                    self.assertEqual(vicc.stop(), 0)
                reader.close()
            self.assertTrue(os.path.getsize(path) > 0)

    def test_journal_of_a_killed_process_goes(self):
        """One file is the card: with the next opening, also one that changes nothing."""
        for afterwards in (("--show",), ()):
            with tempfile.TemporaryDirectory() as folder:
                path = f"{folder}/card.vsc"
                reader = Reader()
                with Vicc("-f", path, "-P", reader.port) as vicc:
                    link = reader.accept()
                    self.assertEqual(link.call("00D600000101"), "6986")
                    self.assertEqual(link.call("00D69E000101"), "9000")
                    vicc.stop(signal.SIGKILL)
                self.assertEqual(sorted(os.listdir(folder)), ["card.vsc", "card.vsc-journal"])
                if afterwards:
                    self.assertEqual(run("-f", path, *afterwards)[0], 0)
                else:
                    with Vicc("-f", path, "-P", reader.port) as vicc:
                        self.assertEqual(reader.accept().call("00B09E0001"), "019000")
                        self.assertEqual(vicc.stop(), 0)
                reader.close()
                self.assertEqual(os.listdir(folder), ["card.vsc"])

    def test_one_process_at_a_time(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/card.vsc"
            reader = Reader()
            with Vicc("-f", path, "-P", reader.port):
                reader.accept()
                status, _, err = run("-f", path, "--once", "-P", reader.port)
                self.assertEqual(status, 1)
                self.assertIn(path, err)
            reader.close()

    def test_type_is_remembered(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/card.vsc"
            atrs = []
            for options in (("-t", "handler_test"), ()):
                reader = Reader()
                with Vicc("-f", path, "-P", reader.port, *options) as vicc:
                    atrs.append(reader.accept().atr())
                    vicc.stop()
                reader.close()
            self.assertEqual(atrs[0], atrs[1])

    def test_several_files(self):
        with tempfile.TemporaryDirectory() as folder:
            port = free_port(2)
            readers = [Reader(port), Reader(port + 1)]
            with Vicc("-f", f"{folder}/card%d.vsc", "--count", 2, "-P", port) as vicc:
                for reader in readers:
                    reader.accept().atr()
                vicc.stop()
            self.assertEqual(sorted(os.listdir(folder)), ["card0.vsc", "card1.vsc"])
            for reader in readers:
                reader.close()


if __name__ == "__main__":
    outcome.main()

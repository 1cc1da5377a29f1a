#!/usr/bin/env python3
"""vicc-run as its users run it. VICC_RUN and CONTRACT name the programs."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "system"))
import outcome  # noqa: E402

VICC_RUN = os.environ["VICC_RUN"]
CREATE = "00:E0:00:00:0F:62:0D:80:01:08:82:01:01:83:02:60:01:8A:01:05"
VICC = os.environ["VICC"]
# wrong on any machine: 2; what is there cannot be used: 1
WRONG_VALUES = (
    (2, "--count", "0"), (2, "--mitm", "'"), (2, "--pin", "abc", "-tnPA"), (2, "--pin", "1", "-tpiv"),
    (2, "--auth-delay", "1000000", "-tnPA"), (2, "--sex", "Q", "-tePass"), (2, "--mrz", "X", "-tePass"),
    (2, "--dg", "99=x", "-tePass"), (2, "--reader", "", "-trelay"), (2, "--generate", "9a:x", "-tpiv"),
    (1, "--dg", "5=/nonexistent", "-tePass"), (1, "--mrz", "@/nonexistent", "-tePass"),
    (1, "--cvca", "/dev/null", "-tnPA"), (1, "--ca-key", "/dev/null", "-tnPA"),
    (1, "--esign-key", "/dev/null", "-tnPA"), (1, "--import", "/nonexistent", "-tpiv"),
    (1, "--init", "/nonexistent"), (1, "--mitm", "/nonexistent"), (1, "--type", "./nonexistent.so"),
    (1, "--pcsc-library", "/nonexistent", "-trelay"), (1, "--file", "/"), (1, "--trace", "/nonexistent/x"),
)


# nohup leaves it ignored, and then the commands that we start ignore it as well
signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(dir="/tmp")  # names of sockets are short
        self.env = {name: value for name, value in os.environ.items()
                    if not name.startswith(("VPCD_", "LD_LIBRARY", "LIBPCSC", "OPENSC"))}
        self.env["XDG_RUNTIME_DIR"] = self.dir

    def tearDown(self):
        self.assertEqual(os.listdir(self.dir), [], "left behind")
        shutil.rmtree(self.dir)

    def run_it(self, *args, **more):
        more.setdefault("env", self.env)
        return subprocess.run([VICC_RUN, *args], capture_output=True, text=True, timeout=60, **more)

    def sh(self, script, *options, **more):
        return self.run_it(*options, "--", "sh", "-ec", script, **more)

    def need(self, *programs):
        for program in programs:
            if shutil.which(program) is None:
                self.skipTest(program + " is not installed")


class Command(Case):
    def test_exit_status(self):
        for status in (0, 1, 42, 255):
            self.assertEqual(self.sh(f"exit {status}").returncode, status)

    def test_ends_by_the_same_signal(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV):
            self.assertEqual(self.sh(f"kill -{int(number)} $$").returncode, -number)

    def test_cannot_be_started(self):
        r = self.run_it("--", "no-such-program")
        self.assertEqual(r.returncode, 127)
        self.assertIn("vicc-run: no-such-program: No such file", r.stderr)
        r = self.run_it("--", "/etc/passwd")
        self.assertEqual(r.returncode, 126)

    def test_streams_that_are_closed(self):
        """By who starts it, as some services are."""
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            out = os.path.join(self.dir, "out")
            subprocess.run(["sh", "-c", f'exec "$0" "$@" {closed}', VICC_RUN, "--", "sh", "-c",
                            f"echo ran >{out}"], env=self.env, check=True, timeout=60)
            with open(out, encoding="ascii") as file:
                self.assertEqual(file.read(), "ran\n", closed)
            os.unlink(out)

    def test_output_that_cannot_be_written(self):
        for program in (VICC, VICC_RUN):
            for option in ("--help", "--version", "--show"):
                with open("/dev/full", "wb") as full:
                    done = subprocess.run([program, option], stdout=full, stderr=subprocess.DEVNULL,
                                          env=self.env, timeout=60, check=False)
                self.assertEqual(done.returncode, 1, (program, option))

    def test_arguments_are_the_commands_own(self):
        r = self.run_it("printf", "%s|", "-t", "--help", "a b")
        self.assertEqual(r.stdout, "-t|--help|a b|")
        self.assertEqual(self.run_it("-t", "iso7816", "echo", "-v").stdout, "-v\n")

    def test_input_and_output(self):
        r = self.run_it("--", "tr", "a-z", "A-Z", input="hello")
        self.assertEqual((r.stdout, r.stderr), ("HELLO", ""))

    def test_signals_are_passed_on(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
            p = subprocess.Popen(
                [VICC_RUN, "--", sys.executable, "-c",
                 "import signal, sys, time\n"
                 f"signal.signal({int(number)}, lambda *_: sys.exit(7))\n"
                 # short sleeps: a signal just before one does not wake it
                 "print('ready', flush=True)\nfor _ in range(300): time.sleep(0.1)"],
                stdout=subprocess.PIPE, env=self.env)
            p.stdout.readline()
            p.send_signal(number)
            self.assertEqual(p.wait(10), 7)
            p.stdout.close()

    def test_signal_mask_and_handlers_are_as_before(self):
        script = "grep -E 'Sig(Blk|Ign)' /proc/self/status"
        plain = subprocess.run(["sh", "-c", script], capture_output=True, text=True)

        def masks(status):
            # posix_spawn leaves the C library's own signals, 32 and 33, ignored, or undoes that
            return [int(line.split()[1], 16) & ~(3 << 31) for line in status.splitlines()]

        self.assertEqual(masks(self.sh(script).stdout), masks(plain.stdout))

    def test_descriptors(self):
        script = "ls /proc/self/fd | wc -l"
        plain = subprocess.run(["sh", "-c", script], capture_output=True, text=True)
        self.assertEqual(self.sh(script).stdout, plain.stdout)

    def test_no_command_is_a_shell(self):
        env = dict(self.env, SHELL="/bin/sh")
        r = self.run_it(input="test -S \"$VPCD_SESSION\"; exit 3", env=env)
        self.assertEqual(r.returncode, 3)
        self.assertIn('a card of type iso7816 is in reader "Virtual PCD 00 00"', r.stderr)

    def test_environment(self):
        r = self.sh('echo "$LD_LIBRARY_PATH"; echo "$OPENSC_CONF"; cat "$OPENSC_CONF"',
                    env=dict(self.env, LD_LIBRARY_PATH="/some/where"))
        path, conf, text = r.stdout.split("\n", 2)
        self.assertTrue(path.endswith(":/some/where"))
        self.assertTrue(os.path.exists(path.split(":")[0] + "/libpcsclite.so.1"))
        self.assertTrue(conf.startswith(self.dir))
        self.assertIn("provider_library = \"" + path.split(":")[0], text)
        # a cache in the user's folder would outlive the run
        self.assertIn("use_file_caching = no;", text)
        r = self.sh('echo "$OPENSC_CONF"', env=dict(self.env, OPENSC_CONF="/mine"))
        self.assertEqual(r.stdout, "/mine\n")

    def test_folder_is_private(self):
        r = self.sh('stat -c %a "$(dirname "$VPCD_SESSION")"')
        self.assertEqual(r.stdout, "700\n")

    def begin(self):
        """A run whose command waits: its process, its guard's PID, its folder."""
        p = subprocess.Popen([VICC_RUN, "--", "sh", "-c", "echo $$ $(dirname $VPCD_SESSION); read x"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.env)
        command, folder = p.stdout.readline().split()
        with open(f"/proc/{p.pid}/task/{p.pid}/children") as children:
            guard = [int(pid) for pid in children.read().split() if pid != command]
        self.assertEqual(len(guard), 1)
        return p, guard[0], folder

    def wait_for_end(self, pid):
        """Its parent may not have collected it yet."""
        end = time.monotonic() + 20
        while True:
            try:
                with open(f"/proc/{pid}/stat") as stat:
                    if stat.read().rpartition(")")[2].split()[0] == "Z":
                        return
            except FileNotFoundError:
                return
            self.assertLess(time.monotonic(), end, "it was killed, and lives")
            time.sleep(0.01)

    def test_killed_run_leaves_nothing(self):
        """The command is told by SIGHUP; who reads its output sees the end."""
        p, guard, folder = self.begin()
        p.kill()
        self.assertEqual(p.stdout.read(), "")
        self.assertEqual(p.wait(), -signal.SIGKILL)
        end = time.monotonic() + 20
        while os.path.exists(folder) or os.path.exists(f"/proc/{guard}"):
            self.assertLess(time.monotonic(), end, "left behind")
            time.sleep(0.01)
        p.stdin.close()
        p.stdout.close()

    def test_run_without_its_guard(self):
        p, guard, folder = self.begin()
        os.kill(guard, signal.SIGKILL)
        p.communicate("\n")
        self.assertEqual(p.returncode, 0)
        self.assertFalse(os.path.exists(folder))

    def test_group_is_killed(self):
        """With all of its process group, as a shell's job or timeout -k does."""
        p = subprocess.Popen([VICC_RUN, "--", "sh", "-c", "dirname $VPCD_SESSION; read x"], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self.env,
                             start_new_session=True)
        folder = p.stdout.readline().strip()
        os.killpg(p.pid, signal.SIGKILL)
        p.communicate()
        end = time.monotonic() + 20
        while os.path.exists(folder):
            self.assertLess(time.monotonic(), end, "left behind")
            time.sleep(0.01)

    def test_killed_run_is_cleaned_up(self):
        """Where its guard was killed too, by the next one, which leaves those alone that live, or have
        just begun."""
        runs = []
        for _ in range(2):
            p, guard, folder = self.begin()
            os.kill(guard, signal.SIGKILL)
            self.wait_for_end(guard)  # until then it has the folder's lock, as its run has
            runs.append((p, folder))
        young = self.dir + "/vicc-run-fresh0"
        os.mkdir(young)
        for _, folder in runs:
            os.utime(folder, (0, 0))
        killed, living = runs
        killed[0].kill()
        killed[0].wait()
        self.assertEqual(self.run_it("--", "true").returncode, 0)
        self.assertFalse(os.path.exists(killed[1]))
        self.assertTrue(os.path.exists(living[1] + "/pcsc"))
        self.assertTrue(os.path.exists(young))
        os.rmdir(young)
        living[0].communicate("\n")
        for pipe in (killed[0].stdin, killed[0].stdout):
            pipe.close()

    def test_folder_elsewhere(self):
        env = dict(self.env, TMPDIR=self.dir)
        for runtime in (None, "/nowhere", self.dir + "/" + 80 * "x"):
            env.pop("XDG_RUNTIME_DIR")
            if runtime is not None:
                env["XDG_RUNTIME_DIR"] = runtime
            r = self.sh('dirname "$VPCD_SESSION"', env=env)
            self.assertTrue(r.stdout.startswith(self.dir), r.stdout + r.stderr)
            env.setdefault("XDG_RUNTIME_DIR", "")

    def test_wrong_options(self):
        for args, word in ((["--frobnicate"], "frobnicate"), (["-t", "nonsense"], "nonsense"),
                           (["--reader-at", "listen:banana"], "--reader-at listen:banana")):
            r = self.run_it(*args, "--", "true")
            self.assertEqual(r.returncode, 2)
            self.assertIn(word, r.stderr)

    def test_wrong_reader_names(self):
        for args, word in (
                (["--reader-name", ""], "1 to 127 characters"),
                (["--reader-name", "x" * 128], "1 to 127 characters"),
                (["--reader-name", "x", "--card", "--reader-name", "x"], '"x": another reader'),
                (["--card", "--reader-name", "Virtual PCD 00 00"], "another reader"),
                (["--reader-name", "Virtual PCD 00 01", "--card"], '"Virtual PCD 00 01": another reader'),
                (["--reader-name", "Virtual PCD 00 01", "--reader-at", "listen:0"], "another reader"),
                (["--no-card", "--reader-name", "x"], "with --no-card")):
            r = self.run_it(*args, "--", "touch", self.dir + "/ran")
            self.assertEqual((r.returncode, r.stdout, r.stderr.count("\n")), (2, "", 1), r.stderr)
            self.assertIn(word, r.stderr)
        self.assertFalse(os.path.exists(self.dir + "/ran"))

    def test_options_about_other_readers(self):
        for args, word, instead in (
                (["-H", "host"], "--hostname (-H)", "vicc(1)"), (["-P1"], "--port (-P)", "vicc(1)"),
                (["--connect=host:1"], "--connect", "vicc(1)"), (["-R"], "--reversed (-R)", "--reader-at"),
                (["--listen", "1"], "--listen", "--reader-at"), (["--once"], "--once", "leave it out")):
            r = self.run_it(*args, "--", "touch", self.dir + "/ran")
            self.assertEqual((r.returncode, r.stdout, r.stderr.count("\n")), (2, "", 1), r.stderr)
            self.assertIn(f"option {word} is not for vicc-run", r.stderr)
            self.assertIn(instead, r.stderr)
        text = self.run_it("--help").stdout
        self.assertNotIn("--hostname", text)
        self.assertIn("--show", text)

    def test_more_cards_than_readers(self):
        for args in (["--count", "256"], ["--count=254", "--card", "--reader-at", "listen:0"]):
            r = self.run_it(*args, "--", "touch", self.dir + "/ran")
            self.assertEqual((r.returncode, r.stdout, r.stderr.count("\n")), (2, "", 1), r.stderr)
            self.assertIn("256 readers", r.stderr)

    def test_show(self):
        r = self.run_it("--show", "-t", "handler_test")
        self.assertEqual((r.returncode, r.stderr), (0, ""))
        self.assertIn("handler_test", r.stdout)
        self.assertEqual(json.loads(self.run_it("--show", "--json").stdout)["type"], "iso7816")
        for args in (["--json"], ["--show", "--", "touch", self.dir + "/ran"], ["--show", "--no-card"]):
            r = self.run_it(*args)
            self.assertEqual((r.returncode, r.stdout, r.stderr.count("\n")), (2, "", 1), r.stderr)

    def test_wrong_values(self):
        for status, *args in WRONG_VALUES:
            r = self.run_it(*args, "--", "touch", self.dir + "/ran")
            self.assertEqual((r.returncode, r.stdout), (status, ""), r.stderr)
            self.assertIn(args[1 if "/" in args[1] else 0].lstrip("@").split("=")[-1], r.stderr)
            r = subprocess.run([VICC, "--connect", "unix:" + self.dir, *args], capture_output=True,
                               text=True, timeout=60)
            self.assertEqual((r.returncode, r.stdout), (status, ""), r.stderr)

    def test_card_cannot_be_made(self):
        r = self.run_it("-f", self.dir, "--", "true")
        self.assertEqual(r.returncode, 1)
        self.assertIn("--file " + self.dir, r.stderr)

    def test_help(self):
        r = self.run_it("--help")
        self.assertEqual(r.returncode, 0)
        for word in ("Usage: vicc-run", "--card", "--reader-at", "iso7816"):
            self.assertIn(word, r.stdout)
        self.assertRegex(self.run_it("--version").stdout, r"^vicc-run \d")


class Cards(Case):
    def setUp(self):
        super().setUp()
        self.need("opensc-tool")

    def test_every_process_sees_the_same_card(self):
        r = self.sh(f"opensc-tool -r 0 -s {CREATE} -s 00:D6:00:00:03:61:62:63 >/dev/null\n"
                    "opensc-tool -r 0 -s 00:A4:00:0C:02:60:01 -s 00:B0:00:00:03")
        self.assertIn("61 62 63 abc", r.stdout)

    def test_several(self):
        r = self.sh("opensc-tool -l", "--card", "--count", "2", "--card")
        self.assertEqual(re.findall(r"Virtual PCD 00 0\d", r.stdout),
                         [f"Virtual PCD 00 0{i}" for i in range(4)])
        self.assertEqual(r.stdout.count("Yes"), 4)

    def test_named_readers(self):
        r = self.sh("opensc-tool -l", "--card", "--reader-name", "Front door", "--card", "--count",
                    "2", "--reader-name", "Yubico YubiKey", "--card")
        self.assertEqual([line.split("  ")[-1].strip() for line in r.stdout.splitlines()[2:]],
                         ["Virtual PCD 00 00", "Front door", "Yubico YubiKey 00",
                          "Yubico YubiKey 01", "Virtual PCD 00 04"])

    def test_saved(self):
        with tempfile.TemporaryDirectory() as folder:
            card = folder + "/x.card"
            self.sh(f"opensc-tool -r 0 -s {CREATE} -s 00:D6:00:00:03:61:62:63", "-f", card)
            r = self.sh("opensc-tool -r 0 -s 00:A4:00:0C:02:60:01 -s 00:B0:00:00:03", "-f", card)
            self.assertIn("61 62 63 abc", r.stdout)

    def test_slot_is_an_empty_reader(self):
        r = self.sh("opensc-tool -l", "--no-card", "--reader-at", f"listen:unix:{self.dir}/slot")
        self.assertIn("Virtual PCD 00 00", r.stdout)
        self.assertIn("No", r.stdout)

    def test_readers_for_others_follow_the_cards(self):
        r = self.sh("opensc-tool -l", "--reader-at", f"listen:unix:{self.dir}/slot", "--card")
        self.assertEqual(re.findall(r"^(\d) +(Yes|No)", r.stdout, re.M), [("0", "Yes"), ("1", "Yes"), ("2", "No")])
        r = self.run_it("--reader-at", f"listen:unix:{self.dir}/slot", input="exit")
        self.assertIn('a card of type iso7816 is in reader "Virtual PCD 00 00"', r.stderr)

    def test_run_is_gone(self):
        """Who outlives the command is told, and does not hang."""
        if not os.path.exists("/usr/bin/python3"):
            self.skipTest("no /usr/bin/python3")
        script = ("import ctypes, os, sys, time\n"
                  "lib = ctypes.CDLL('libpcsclite.so.1')\n"
                  "c = ctypes.c_long()\n"
                  "assert lib.SCardEstablishContext(2, None, None, ctypes.byref(c)) == 0\n"
                  "if os.fork(): time.sleep(0.5); os._exit(0)\n"
                  "lib.SCardEstablishContext(2, None, None, ctypes.byref(c))\n"
                  "print('up', flush=True)\n"
                  "n = ctypes.c_ulong()\n"
                  "lib.SCardListReaders.restype = ctypes.c_long\n"
                  "for _ in range(300):\n"
                  "    rv = lib.SCardListReaders(c, None, None, ctypes.byref(n))\n"
                  "    if rv != 0: break\n"
                  "    time.sleep(0.1)\n"
                  "print(hex(rv & 0xffffffff))\n")
        r = self.run_it("--", "/usr/bin/python3", "-c", script)
        self.assertIn("0x8010001d", r.stdout)

    def test_project_signs(self):
        self.need("openssl")
        r = self.run_it("--", os.path.join(os.path.dirname(__file__), "project.sh"))
        self.assertEqual((r.returncode, r.stdout), (0, "3 files signed\n"), r.stderr)

    def test_ssh_agent_signs(self):
        """It is setgid, so LD_LIBRARY_PATH is lost; OPENSC_CONF is not."""
        self.need("ssh-agent", "ssh-add", "ssh-keygen")
        module = shutil.which("opensc-tool") and [
            path for path in glob.glob("/usr/lib/*/opensc-pkcs11.so") if os.path.exists(path)]
        if not module:
            self.skipTest("no opensc-pkcs11.so")
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/pin", "w") as f:
                f.write("#!/bin/sh\necho 123456\n")
            os.chmod(folder + "/pin", 0o700)
            r = self.sh(f"""cd {folder}
eval $(ssh-agent -P '/usr/lib/*') >/dev/null
trap 'ssh-agent -k >/dev/null' EXIT
SSH_ASKPASS=$PWD/pin SSH_ASKPASS_REQUIRE=force DISPLAY=:0 ssh-add -s {module[0]} </dev/null
ssh-add -L | head -n 1 >key.pub
echo text >text
ssh-keygen -q -Y sign -n file -f key.pub text
echo "me $(cat key.pub)" >allowed
ssh-keygen -Y verify -f allowed -I me -n file -s text.sig <text""",
                        "-t", "piv", "--generate", "9a:rsa2048")
            self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
            self.assertIn('Good "file" signature for me', r.stdout)

    def test_initial_contents(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/init.apdu", "w") as f:
                f.write("! on\n> " + CREATE.replace(":", " ") + "\n> 00 D6 00 00 02 4F 4B\n")
            r = self.sh("opensc-tool -r 0 -s 00:A4:00:0C:02:60:01 -s 00:B0:00:00:02",
                        "--init", folder + "/init.apdu")
            self.assertIn("4F 4B OK", r.stdout + r.stderr)


class SideBySide(Case):
    def test_200(self):
        """Each has its own card, which remembers its own number."""
        self.need("opensc-tool")
        runs = []
        for i in range(200):
            mark = f"{i >> 8:02X}:{i & 255:02X}"
            script = (f"opensc-tool -r 0 -s {CREATE} -s 00:D6:00:00:02:{mark} >/dev/null\n"
                      "opensc-tool -r 0 -s 00:A4:00:0C:02:60:01 -s 00:B0:00:00:02")
            runs.append((i, subprocess.Popen([VICC_RUN, "--", "sh", "-ec", script], text=True,
                                             env=self.env, stdout=subprocess.PIPE,
                                             stderr=subprocess.STDOUT)))
        for i, p in runs:
            out, _ = p.communicate(timeout=120)
            self.assertEqual(p.returncode, 0, out)
            self.assertRegex(out, rf"(?m)^{i >> 8:02X} {i & 255:02X} ")


class Clients(Case):
    """Programs that know nothing of us, unchanged."""

    def expect(self, needed, script, *words, status=0):
        self.need(*needed)
        r = self.sh(script)
        self.assertEqual(r.returncode, status, r.stdout + r.stderr)
        for word in words:
            self.assertIn(word, r.stdout + r.stderr)

    def test_opensc_tool(self):
        self.expect(["opensc-tool"], "opensc-tool -a", "3b:")

    def test_without_library_path(self):
        """Setgid programs such as ssh-agent lose it; OPENSC_CONF names the library by its path."""
        self.expect(["opensc-tool", "pkcs11-tool"],
                    "unset LD_LIBRARY_PATH LIBPCSCLITE_DELEGATE\nopensc-tool -a\npkcs11-tool -L",
                    "3b:", "Virtual PCD 00 00")

    def test_pcsc_scan(self):
        self.expect(["pcsc_scan"], "timeout 2 pcsc_scan -n || true", "Virtual PCD 00 00", "ATR: 3B")

    def test_beside_the_systems_library(self):
        """OpenSC loads ours by its path where a program has loaded the other."""
        script = """import ctypes, os
one = ctypes.CDLL("libpcsclite.so.1", ctypes.RTLD_GLOBAL)
two = ctypes.CDLL(os.environ["LIBPCSCLITE_DELEGATE"])
assert one._handle != two._handle
c, n = ctypes.c_long(), ctypes.c_ulong()
assert two.SCardEstablishContext(2, None, None, ctypes.byref(c)) == 0
print(two.SCardListReaderGroups(c, None, ctypes.byref(n)), n.value,
      two.SCardFreeMemory(c, None), two.SCardReleaseContext(c))"""
        with tempfile.NamedTemporaryFile("w", suffix=".py") as f:
            f.write(script)
            f.flush()
            self.expect(["/usr/bin/python3"],
                        f"unset LD_LIBRARY_PATH\n/usr/bin/python3 {f.name}", "0 22 0 0")

    def test_pkcs11_tool(self):
        self.expect(["pkcs11-tool"], "pkcs11-tool -L", "Virtual PCD 00 00")

    def test_gpg(self):
        self.need("gpg", "gpgconf")
        with tempfile.TemporaryDirectory() as home:
            r = self.sh("timeout 30 gpg --card-status || true\n"
                        "gpg-connect-agent 'SCD GETINFO reader_list' /bye || true\n"
                        "gpgconf --kill all", env=dict(self.env, GNUPGHOME=home))
            self.assertNotIn("Segmentation", r.stdout + r.stderr)
            self.assertIn("card", r.stdout + r.stderr)

    def test_pyscard(self):
        python = "/usr/bin/python3"
        if subprocess.run([python, "-c", "import smartcard"], capture_output=True).returncode:
            self.skipTest("no pyscard")
        self.expect([], f"""{python} - <<'E'
from smartcard.System import readers
for r in readers():
    c = r.createConnection()
    c.connect()
    print(r, c.transmit([0, 0x84, 0, 0, 8])[1:])
E""", "Virtual PCD 00 00 (144, 0)")

    def test_perl(self):
        if subprocess.run(["perl", "-MChipcard::PCSC", "-e", "1"], capture_output=True).returncode:
            self.skipTest("no libpcsc-perl")
        self.expect(["perl"], r"""perl - <<'E'
use Chipcard::PCSC;
use Chipcard::PCSC::Card;
my $context = Chipcard::PCSC->new() or die;
my @readers = $context->ListReaders() or die;
my $card = Chipcard::PCSC::Card->new($context, $readers[0], $Chipcard::PCSC::SCARD_SHARE_SHARED) or die;
my $answer = $card->Transmit([0, 0x84, 0, 0, 8]) or die;
print "$readers[0] ", scalar @$answer, "\n";
$card->Disconnect($Chipcard::PCSC::SCARD_LEAVE_CARD);
E""", "Virtual PCD 00 00 10")

    def test_java(self):
        self.need("java", "javac")
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/Ask.java", "w") as f:
                f.write("""import javax.smartcardio.*;
public class Ask {
    public static void main(String[] args) throws Exception {
        for (CardTerminal t : TerminalFactory.getDefault().terminals().list()) {
            Card card = t.connect("*");
            ResponseAPDU r = card.getBasicChannel().transmit(new CommandAPDU(0, 0x84, 0, 0, 8));
            System.out.println(t.getName() + " " + Integer.toHexString(r.getSW()));
            card.disconnect(true);
        }
    }
}
""")
            self.expect([], f"java {folder}/Ask.java", "Virtual PCD 00 00 9000")


if __name__ == "__main__":
    outcome.main()

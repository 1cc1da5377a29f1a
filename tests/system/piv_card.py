"""A PIV card in a reader for tests with real clients: through a pcscd of one's own (with-pcscd.sh
around the test, VIA=pcscd), or in vicc-run (VIA=vicc-run)."""
import os
import shutil
import subprocess
import tempfile
import time
import unittest

from vicc_reader import PATIENCE, Vicc

OPENSC = "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"
for place in ("/usr/lib64/pkcs11", "/usr/lib/pkcs11", "/usr/lib/aarch64-linux-gnu"):
    if not os.path.exists(OPENSC) and os.path.exists(f"{place}/opensc-pkcs11.so"):
        OPENSC = f"{place}/opensc-pkcs11.so"

VIA = os.environ.get("VIA", "vicc-run")
SUITE = ["--generate", "9a:rsa2048", "--generate", "9c:eccp256", "--generate", "9d:rsa2048",
         "--generate", "9e:eccp384"]


class InPcscd:
    """vicc dials into the pcscd around us."""

    def __init__(self, options):
        self.vicc = Vicc("-t", "piv", *options)
        self.env = dict(os.environ)
        end = time.monotonic() + PATIENCE
        while "No card" in self.look() or "Yes" not in self.look():
            assert time.monotonic() < end, "the card does not appear"
            assert self.vicc.process.poll() is None, "vicc ended"
            time.sleep(0.1)

    @staticmethod
    def look():
        return subprocess.run(["opensc-tool", "-l"], capture_output=True, text=True,
                              check=False).stdout

    def close(self):
        self.vicc.stop()
        end = time.monotonic() + PATIENCE
        while "Yes" in self.look() and time.monotonic() < end:
            time.sleep(0.1)
        self.vicc.__exit__()


class InViccRun:
    """The environment of vicc-run's command, which waits while we use it."""

    def __init__(self, options):
        self.process = subprocess.Popen(
            [os.environ["VICC_RUN"], "-t", "piv", *options, "--", "sh", "-c", "env -0; echo; cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        text = self.process.stdout.readline().decode()
        assert text, self.process.stderr.read().decode()
        self.env = dict(pair.split("=", 1) for pair in text.rstrip("\n").split("\0") if pair)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0
        self.process.stdout.close()
        self.process.stderr.close()


class Case(unittest.TestCase):
    """A temporary folder, cards, and programs that use them."""

    def setUp(self):
        self.card = None
        self.dir = tempfile.mkdtemp()
        self.started = []

    def tearDown(self):
        for process in self.started:
            process.kill()
            process.wait()
        self.remove()
        shutil.rmtree(self.dir)

    def need(self, *programs):
        for program in programs:
            if shutil.which(program) is None and not os.path.exists(program):
                self.skipTest(program + " is not installed")

    def insert(self, *options):
        self.remove()
        self.card = (InPcscd if VIA == "pcscd" else InViccRun)(options)

    def remove(self):
        if self.card is not None:
            self.card.close()
        self.card = None

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def env(self, **more):
        env = dict(self.card.env if self.card else os.environ)
        return env | {"HOME": self.dir} | more

    def start(self, *args, **more):
        """Runs until the test ends; what it prints is in the file log."""
        with open(self.path("log"), "wb") as log:
            self.started.append(subprocess.Popen(
                args, cwd=self.dir, env=self.env(**more), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log))
        return self.started[-1]

    def run_it(self, *args, status=0, stdin=b"", **more):
        """A program with the card; its whole output."""
        done = subprocess.run(args, cwd=self.dir, env=self.env(**more), input=stdin, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        text = done.stdout.decode(errors="replace")
        if status is not None:
            self.assertEqual(done.returncode, status, f"{args}\n{text}")
        return text

    def sh(self, script, status=0, **more):
        """A script in the folder; ends at the first failure."""
        return self.run_it("bash", "-euo", "pipefail", "-c", script, status=status, OPENSC=OPENSC,
                           **more)

    def make_ca(self):
        """ca.pem, and id.p12 (password secret) with a key and a certificate by it."""
        self.sh("""
            openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 \
                -subj '/CN=Test CA' -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
            openssl req -newkey rsa:2048 -nodes -keyout id.key -out id.csr -subj '/CN=Erika' \
                2>/dev/null
            printf '%s\n' 'keyUsage=critical,digitalSignature,nonRepudiation,keyEncipherment' \
                'extendedKeyUsage=clientAuth,emailProtection' \
                'subjectAltName=email:erika@example.org' >ext
            openssl x509 -req -in id.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 \
                -extfile ext -out id.pem 2>/dev/null
            openssl pkcs12 -export -in id.pem -inkey id.key -out id.p12 -passout pass:secret
        """)

    def make_server(self):
        """s.pem, s.key: localhost, by that CA."""
        self.sh("openssl req -newkey rsa:2048 -nodes -keyout s.key -out s.csr -subj /CN=localhost "
                "2>/dev/null; echo subjectAltName=DNS:localhost >sext; openssl x509 -req -in "
                "s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile sext -out s.pem "
                "2>/dev/null")

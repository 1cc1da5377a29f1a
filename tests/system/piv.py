#!/usr/bin/env python3
"""A PIV card and the programs that people use it with.

    VIA=vicc-run VICC_RUN=... tests/system/piv.py [CLASS[.test]]...
    VIA=pcscd VICC=... tests/system/with-pcscd.sh -- tests/system/piv.py [CLASS[.test]]...
"""
import os
import re
import socket
import subprocess
import time
import unittest

import outcome
from piv_card import OPENSC, SUITE, VIA, Case
from vicc_reader import PATIENCE, free_port

YKCS11 = OPENSC.replace("opensc-pkcs11.so", "libykcs11.so")
DEFAULT_KEY = "010203040506070801020304050607080102030405060708"


def await_server(port):
    """Until somebody listens there."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.05)


class OpenSC(Case):
    def setUp(self):
        super().setUp()
        self.need("pkcs11-tool", "pkcs15-tool", "piv-tool")

    def test_own_test(self):
        self.insert(*SUITE)
        text = self.sh("pkcs11-tool --module $OPENSC --login --pin 123456 --test")
        self.assertIn("No errors", text)

    def test_dump(self):
        self.insert(*SUITE)
        text = self.run_it("pkcs15-tool", "-D")
        for part in ("Manufacturer ID: piv_II", "PIV AUTH key", "SIGN key",
                     "KEY MAN key", "CARD AUTH key", "Card Holder Unique Identifier"):
            self.assertIn(part, text)
        self.assertIn("serial", self.run_it("pkcs15-tool", "-C", "-c"))

    def test_retired_keys_are_seen(self):
        self.insert("--generate", "82:rsa2048", "--generate", "83:eccp256")
        text = self.run_it("pkcs15-tool", "-c")
        self.assertIn("Retired Certificate for Key Management 1", text)
        self.assertIn("Retired Certificate for Key Management 2", text)

    def test_random(self):
        self.insert()
        drawn = [self.sh("pkcs11-tool --module $OPENSC --generate-random 64 2>/dev/null | od -tx1")
                 for _ in range(2)]
        self.assertEqual([len(d.split()[0]) > 0 for d in drawn], [True, True])
        self.assertNotEqual(*drawn)

    def test_piv_tool(self):
        """-A A and the file of -G do not work in 0.23, with any card: docs/cards/piv.md."""
        self.insert()
        self.write("key", ":".join(re.findall("..", DEFAULT_KEY)).encode())
        self.make_ca()
        admin = {"PIV_EXT_AUTH_KEY": self.path("key")}
        self.run_it("piv-tool", "-A", "M:9B:03", "-G", "9C:11", status=None, **admin)
        # its exit status is that of a byte count
        self.run_it("piv-tool", "-A", "M:9B:03", "-C", "9A", "-i", "id.pem", status=None, **admin)
        self.assertIn("PIV AUTH", self.run_it("pkcs15-tool", "-c").replace("Authentication", "AUTH"))
        self.run_it("pkcs15-tool", "--read-certificate", "01", "-o", "back.pem")
        self.assertEqual(self.sh("openssl x509 -in back.pem -outform DER | sha256sum"),
                         self.sh("openssl x509 -in id.pem -outform DER | sha256sum"))
        self.write("wrong", b":".join([b"01"] * 24))
        text = self.run_it("piv-tool", "-A", "M:9B:03", "-C", "9A", "-i", "id.pem", status=None,
                           PIV_EXT_AUTH_KEY=self.path("wrong"))
        self.assertIn("admin_mode failed", text)
        # what -G made is there: the public key comes out through the metadata
        answer = self.run_it("opensc-tool", "-s", "00:F7:00:9C:00")
        self.assertIn("01 01 11", answer)

    def test_imported_with_a_chain_of_one_kind_after_the_other(self):
        self.make_ca()
        for kind, alg in (("rsa:3072", "RSA"), ("rsa:4096", "RSA"),
                          ("ec -pkeyopt ec_paramgen_curve:P-384", "EC")):
            self.sh(f"openssl req -x509 -newkey {kind} -nodes -keyout k.pem -out c.pem -days 3 "
                    "-subj /CN=k 2>/dev/null; cat c.pem k.pem >both.pem")
            self.insert("--import", self.path("both.pem"))
            text = self.run_it("pkcs15-tool", "-D")
            self.assertIn("PIV AUTH key", text)
            self.assertIn(f"Private {alg} Key", text)


class Mechanisms(Case):
    """Every mechanism that pkcs11-tool lists, checked with OpenSSL."""

    def tool(self, args):
        return f"pkcs11-tool --module $OPENSC --login --pin 123456 {args} "

    def sign(self, key, mechanism, source="message", more=""):
        return self.tool(f"--id {key} --sign -m {mechanism} -i {source} -o signature {more}") + \
            ">/dev/null 2>&1; "

    def setUp(self):
        super().setUp()
        self.need("pkcs11-tool", "openssl")
        # OpenSC goes by the certificates: 9C, 9E sign, 9D and 82 agree on keys
        self.insert("--generate", "9a:rsa2048", "--generate", "9e:eccp256", "--generate",
                    "9c:eccp384", "--generate", "9d:eccp384", "--generate", "82:eccp256")
        for key in ("01", "02", "03", "04", "05"):
            self.sh(self.tool(f"--read-object --type cert --id {key} -o {key}.der") + ">/dev/null"
                    f" 2>&1; openssl x509 -inform DER -in {key}.der -pubkey -noout >{key}.pem")
        self.write("message", b"what is signed " * 20)

    def mechanisms(self):
        text = self.sh("pkcs11-tool --module $OPENSC -M 2>/dev/null")
        return {line.split(",")[0].strip() for line in text.splitlines()
                if re.search(r"\b(sign|decrypt|derive)\b", line)}

    def rsa_signatures(self):
        for name in ("SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "MD5", "RIPEMD160"):
            yield f"{name}-RSA-PKCS", self.sign("01", f"{name}-RSA-PKCS") + \
                f"openssl dgst -{name.lower()} -verify 01.pem -signature signature message"
        for name in ("SHA1", "SHA224", "SHA256", "SHA384", "SHA512"):
            yield f"{name}-RSA-PKCS-PSS", self.sign("01", f"{name}-RSA-PKCS-PSS") + \
                f"openssl dgst -{name.lower()} -sigopt rsa_padding_mode:pss -verify 01.pem " \
                "-signature signature message"
        yield "RSA-PKCS", "head -c 100 message >short; " + self.sign("01", "RSA-PKCS", "short") + \
            "openssl pkeyutl -verifyrecover -pubin -inkey 01.pem -in signature | cmp - short"
        yield "RSA-X-509", "(printf '\\0'; head -c 255 message) >block; " + \
            self.sign("01", "RSA-X-509", "block") + "openssl pkeyutl -verifyrecover -pubin " \
            "-inkey 01.pem -pkeyopt rsa_padding_mode:none -in signature | cmp - block"
        yield "RSA-PKCS-PSS", "openssl dgst -sha256 -binary message >digest; " + \
            self.sign("01", "RSA-PKCS-PSS", "digest", "--hash-algorithm SHA256") + \
            "openssl dgst -sha256 -sigopt rsa_padding_mode:pss -verify 01.pem " \
            "-signature signature message"

    def ec_signatures(self):
        der = "--signature-format openssl"
        for key in ("04", "02"):
            for name in ("SHA1", "SHA224", "SHA256", "SHA384", "SHA512"):
                yield f"ECDSA-{name}", self.sign(key, f"ECDSA-{name}", more=der) + \
                    f"openssl dgst -{name.lower()} -verify {key}.pem -signature signature message"
            yield "ECDSA", "openssl dgst -sha256 -binary message >digest; " + \
                self.sign(key, "ECDSA", "digest", der) + \
                f"openssl dgst -sha256 -verify {key}.pem -signature signature message"

    def others(self):
        out = "-o plain --decrypt --id 01"
        yield "RSA-PKCS", "head -c 100 message >short; openssl pkeyutl -encrypt -pubin " \
            "-inkey 01.pem -in short -out c; " + \
            self.tool(f"{out} -m RSA-PKCS -i c") + ">/dev/null 2>&1; cmp plain short"
        yield "RSA-X-509", "(printf '\\0'; head -c 255 message) >block; openssl pkeyutl -encrypt " \
            "-pubin -inkey 01.pem -pkeyopt rsa_padding_mode:none -in block -out c; " + \
            self.tool(f"{out} -m RSA-X-509 -i c") + ">/dev/null 2>&1; cmp plain block"
        yield "RSA-PKCS-OAEP", "head -c 100 message >short; openssl pkeyutl -encrypt -pubin " \
            "-inkey 01.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -in short " \
            "-out c; " + self.tool(f"{out} -m RSA-PKCS-OAEP --hash-algorithm SHA256 "
                                   "--mgf MGF1-SHA256 -i c") + ">/dev/null 2>&1; cmp plain short"
        for key, curve in (("05", "prime256v1"), ("03", "secp384r1")):
            for name in ("ECDH1-DERIVE", "ECDH1-COFACTOR-DERIVE"):
                yield name, f"openssl ecparam -name {curve} -genkey -noout -out e.pem; " \
                    "openssl ec -in e.pem -pubout -outform DER -out e.der 2>/dev/null; " + \
                    self.tool(f"--id {key} --derive -m {name} -i e.der -o shared") + \
                    f">/dev/null 2>&1; openssl pkeyutl -derive -inkey e.pem -peerkey {key}.pem " \
                    "-out theirs; cmp shared theirs"

    def test_all(self):
        done = set()
        for rows in (self.rsa_signatures(), self.ec_signatures(), self.others()):
            for name, script in rows:
                with self.subTest(name):
                    self.sh(script)
                    done.add(name)
        listed = self.mechanisms()
        self.assertTrue({"RSA-X-509", "ECDSA-SHA256", "ECDH1-DERIVE"} <= listed, listed)
        self.assertEqual(listed - done, set())


class YubicoPivTool(Case):
    def setUp(self):
        super().setUp()
        self.need("yubico-piv-tool")

    def tool(self, *args, **more):
        return self.run_it("yubico-piv-tool", "-r", "Virtual", *args, **more)

    def test_status(self):
        self.insert("--yubikey-version", "5.4.3", "--import", self.identity(), "--password",
                    "secret")
        text = self.tool("-a", "status")
        self.assertRegex(text, r"Version:\s+5\.4\.3")
        self.assertRegex(text, r"Serial Number:\s+[1-9]\d{7}\n")
        self.assertRegex(text, r"Slot 9a:[^S]*Algorithm:\s+RSA2048\s+Subject DN:\s+CN=Erika")
        self.assertRegex(text, r"PIN tries left:\s+3")

    def identity(self):
        self.make_ca()
        return self.path("id.p12")

    def test_generate_and_attest(self):
        self.insert()
        for slot, alg in (("9a", "RSA2048"), ("9c", "ECCP256"), ("9d", "ECCP384"),
                          ("9e", "RSA1024")):
            self.tool("-s", slot, "-A", alg, "-a", "generate", "-o", f"{slot}.pub")
            self.tool("-s", slot, "-a", "attest", "-o", f"{slot}.pem")
            # the certificate is of the key that was made, and signed by the attestation key
            self.sh(f"openssl x509 -in {slot}.pem -noout -pubkey | cmp - {slot}.pub")
        self.tool("-s", "f9", "-a", "read-certificate", "-o", "f9.pem")
        self.sh("openssl verify -CAfile f9.pem -partial_chain 9?.pem")
        self.assertIn("YubiKey PIV Attestation 9c",
                      self.sh("openssl x509 -in 9c.pem -noout -subject"))

    def test_import_sign_decipher(self):
        self.identity()
        self.insert()
        for key in ("rsa:2048", "rsa:1024", "ec -pkeyopt ec_paramgen_curve:P-256",
                    "ec -pkeyopt ec_paramgen_curve:P-384"):
            self.sh(f"openssl req -x509 -newkey {key} -nodes -keyout k.pem -out c.pem -days 3 "
                    "-subj /CN=k 2>/dev/null")
            self.tool("-s", "9d", "-a", "import-key", "-i", "k.pem")
            self.tool("-s", "9d", "-a", "import-certificate", "-i", "c.pem")
            self.assertRegex(self.tool("-a", "verify-pin", "-P", "123456", "-s", "9d", "-a",
                                       "test-signature", "-i", "c.pem"), "Success.*verification")
            self.assertRegex(self.tool("-a", "verify-pin", "-P", "123456", "-s", "9d", "-a",
                                       "test-decipher", "-i", "c.pem"), "Success.*(decr|ECDH|key)")
        self.tool("-s", "9c", "-a", "import-key", "-K", "PKCS12", "-p", "secret", "-i", "id.p12")
        # no attestation for a key from outside
        self.assertIn("Failed", self.tool("-s", "9c", "-a", "attest", status=1))

    def test_pins(self):
        self.insert()
        self.tool("-a", "verify-pin", "-P", "123456")
        self.tool("-a", "change-pin", "-P", "123456", "-N", "246810")
        self.assertIn("2 tries left", self.tool("-a", "verify-pin", "-P", "123456", status=1))
        self.tool("-a", "change-puk", "-P", "12345678", "-N", "87654321")
        self.tool("-a", "unblock-pin", "-P", "87654321", "-N", "123456")
        self.tool("-a", "verify-pin", "-P", "123456", "-a", "pin-retries", "--pin-retries", "5",
                  "--puk-retries", "4")
        self.assertIn("left:\t5", self.tool("-a", "status"))

    def test_management_key(self):
        self.insert()
        other = "A1" * 8 + "B2" * 8 + "C3" * 8
        self.tool("-a", "set-mgm-key", "-n", other)
        self.tool("-a", "set-chuid", status=1)
        self.tool("-k" + other, "-a", "set-chuid", "-a", "set-ccc")
        self.tool("-k" + other, "-a", "set-mgm-key", "-n", DEFAULT_KEY)
        self.tool("-a", "set-chuid")

    def test_reset(self):
        self.insert("--generate", "9a:eccp256")
        self.assertIn("Failed", self.tool("-a", "reset", status=1) + "Failed")
        for _ in range(3):
            self.tool("-a", "verify-pin", "-P", "000000", status=1)
            self.tool("-a", "unblock-pin", "-P", "00000000", "-N", "123456", status=1)
        self.tool("-a", "reset")
        text = self.tool("-a", "status")
        self.assertNotIn("Slot 9a", text)
        self.assertIn("left:\t3", text)


class Ykcs11(Case):
    """Takes readers whose name begins with Yubico only: a FRIENDLYNAME in reader.conf, or
    --reader-name."""

    def test_sign(self):
        self.need("pkcs11-tool", YKCS11)
        named = ("--reader-name", "Yubico YubiKey") if VIA == "vicc-run" else ()
        self.insert(*named, "--generate", "9a:rsa2048", "--generate", "9c:eccp256")
        if "Yubico" not in self.run_it("opensc-tool", "-l"):
            self.skipTest("the reader is not called Yubico")
        tool = f"pkcs11-tool --module {YKCS11} --login --pin 123456 "
        self.assertIn("X.509 Certificate for PIV Attestation", self.sh(tool + "-O"))
        self.write("message", b"signed")
        self.sh(tool + "--sign --id 01 -m SHA256-RSA-PKCS -i message -o signature; " + tool +
                "--read-object --type cert --id 01 -o c.der; "
                "openssl x509 -inform DER -in c.der -pubkey -noout >p.pem; "
                "openssl dgst -sha256 -verify p.pem -signature signature message")
        self.sh(tool + "--sign --id 02 -m ECDSA-SHA256 -f openssl -i message -o signature; " +
                tool + "--read-object --type cert --id 02 -o c.der; "
                "openssl x509 -inform DER -in c.der -pubkey -noout >p.pem; "
                "openssl dgst -sha256 -verify p.pem -signature signature message")


class Ssh(Case):
    def serve(self):
        """An sshd of our own that takes the card's keys."""
        self.need("ssh", "sshd", "ssh-keygen", "ssh-agent")
        if os.geteuid() != 0:
            self.skipTest("sshd wants to be root")
        if self.read("/proc/self/setgroups").startswith(b"deny"):
            self.skipTest("sshd sets its groups, which a namespace made by a user does not allow")
        if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
            self.skipTest("no mount namespaces here")
        port = free_port()
        self.sh("rm -f host; ssh-keygen -q -t ed25519 -N '' -f host; ssh-keygen -D $OPENSC >keys")
        self.assertIn("ssh-rsa", self.read("keys").decode())
        self.write("askpass", b"#!/bin/sh\necho 123456\n")
        os.chmod(self.path("askpass"), 0o755)
        self.start("unshare", "-m", "sh", "-c", f"""
            mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec /usr/sbin/sshd -D -e \
            -f /dev/null -p {port} -h {self.dir}/host -o ListenAddress=127.0.0.1 -o UsePAM=no \
            -o StrictModes=no -o PidFile=none -o AuthorizedKeysFile={self.dir}/keys \
            -o PermitRootLogin=yes""")
        await_server(port)
        return f"ssh -p {port} -F /dev/null -o StrictHostKeyChecking=no -o " \
            "UserKnownHostsFile=/dev/null -o PasswordAuthentication=no "

    def test_login(self):
        for alg in ("rsa2048", "eccp256"):
            with self.subTest(alg):
                self.insert("--generate", "9e:rsa2048", "--generate", "9a:" + alg)
                ssh = self.serve()
                self.sh(ssh + f"-o IdentitiesOnly=yes -o PKCS11Provider=none root@127.0.0.1 true",
                        status=255)
                text = self.sh(ssh + "-I $OPENSC root@127.0.0.1 echo logged in",
                               SSH_ASKPASS=self.path("askpass"), SSH_ASKPASS_REQUIRE="force")
                self.assertIn("logged in", text)

    def test_agent(self):
        self.insert("--generate", "9a:rsa2048")
        ssh = self.serve()
        text = self.sh("""
            eval $(ssh-agent -P "$OPENSC") >/dev/null
            trap 'ssh-agent -k >/dev/null' EXIT
            ssh-add -s $OPENSC
            ssh-add -l
            """ + ssh + "root@127.0.0.1 echo logged in; ssh-add -e $OPENSC",
            SSH_ASKPASS=self.path("askpass"), SSH_ASKPASS_REQUIRE="force")
        self.assertIn("logged in", text)

    def test_git_signature(self):
        """A commit signed with the card's key, through ssh-agent."""
        self.need("git", "ssh-agent", "ssh-keygen")
        self.insert("--generate", "9a:eccp256")
        self.write("askpass", b"#!/bin/sh\necho 123456\n")
        os.chmod(self.path("askpass"), 0o755)
        text = self.sh("""
            eval $(ssh-agent -P "$OPENSC") >/dev/null
            trap 'ssh-agent -k >/dev/null' EXIT
            ssh-add -s $OPENSC
            ssh-add -L >keys.pub; head -1 keys.pub >key.pub
            (printf 'erika@example.org '; cat key.pub) >allowed
            git init -q r && cd r
            git config user.name Erika && git config user.email erika@example.org
            git config gpg.format ssh && git config user.signingkey ../key.pub
            git config gpg.ssh.allowedSignersFile ../allowed
            git commit -q --allow-empty -S -m signed
            git verify-commit HEAD
            """, SSH_ASKPASS=self.path("askpass"), SSH_ASKPASS_REQUIRE="force")
        self.assertIn('Good "git" signature for erika@example.org', text)


class Nss(Case):
    def test_sign(self):
        self.need("modutil", "certutil", "cmsutil")
        self.make_ca()
        self.insert("--import", self.path("id.p12"), "--password", "secret")
        text = self.sh("""
            mkdir db
            certutil -N -d sql:db --empty-password
            modutil -dbdir sql:db -add piv -libfile $OPENSC -force >/dev/null
            # 32 where another slot is empty
            token=$( (modutil -dbdir sql:db -list piv || true) | sed -n 's/.*Token Name: *//p' | sed 's/ *$//' | awk 'NF && !n++')
            certutil -A -d sql:db -n ca -t CT,C,C -i ca.pem
            echo 123456 >pin
            certutil -L -d sql:db -h "$token" -f pin
            certutil -K -d sql:db -h "$token" -f pin
            echo "a mail" >mail
            nick=$(certutil -L -d sql:db -h "$token" -f pin | sed -n 's/ *u,.*//p' | sed -n 1p)
            cmsutil -S -d sql:db -f pin -N "$nick" -i mail -o signed -G
            openssl cms -verify -inform DER -in signed -CAfile ca.pem -purpose smimesign
            """)
        self.assertIn("a mail", text)
        self.assertIn("Certificate for PIV Authentication", text)


    def test_tls(self):
        """A client certificate as Firefox sends it, checked by OpenSSL."""
        self.need("modutil", "certutil", "tstclnt")
        self.make_ca()
        self.make_server()
        self.insert("--import", self.path("id.p12"), "--password", "secret")
        port = free_port()
        self.start("openssl", "s_server", "-accept", str(port), "-cert", "s.pem", "-key", "s.key",
                   "-CAfile", "ca.pem", "-Verify", "1", "-verify_return_error", "-rev", "-tls1_2")
        await_server(port)
        self.sh("""
            mkdir db
            certutil -N -d sql:db --empty-password
            modutil -dbdir sql:db -add piv -libfile $OPENSC -force >/dev/null
            certutil -A -d sql:db -n ca -t CT,C,C -i ca.pem
            echo 123456 >pin""")
        client = f"tstclnt -h localhost -p {port} -d sql:db -V tls1.2:tls1.2 -W pin -Q "
        self.sh(client + "-n 'Erika:Certificate for PIV Authentication'")
        self.assertRegex(self.read("log"), b"CN ?= ?Erika")


class Gnutls(Case):
    def test_p11tool_and_handshake(self):
        self.need("p11tool", "gnutls-cli", "gnutls-serv")
        self.make_ca()
        self.insert("--import", self.path("id.p12"), "--password", "secret")
        port = free_port()
        self.make_server()
        self.start("gnutls-serv", "-p", str(port), "--x509keyfile", "s.key", "--x509certfile",
                   "s.pem", "--x509cafile", "ca.pem", "--require-client-cert",
                   "--verify-client-cert", "--echo", "-q")
        await_server(port)
        text = self.run_it("p11tool", "--provider", OPENSC, "--list-tokens")
        self.assertIn("piv_II", text)
        token = re.search(r"URL: (pkcs11:.*token=.*)", text).group(1)
        pin = ";pin-value=123456"
        listed = self.run_it("p11tool", "--provider", OPENSC, "--login", "--set-pin", "123456",
                             "--list-all-privkeys", token)
        key = re.search(r"URL: (\S+)", listed).group(1)
        cert = re.search(r"URL: (\S+)", self.run_it(
            "p11tool", "--provider", OPENSC, "--list-all-certs", token)).group(1)
        common = ["gnutls-cli", "-p", str(port), "--x509cafile", "ca.pem",
                  "--verify-hostname", "localhost", "127.0.0.1"]
        self.run_it(*common, status=1, stdin=b"hello\n")
        for version in ("NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"):
            with self.subTest(version):
                done = self.run_it(*common, "--provider", OPENSC, "--priority", version,
                                   "--x509certfile", cert, "--x509keyfile", key + pin,
                                   stdin=b"hello card\n")
                self.assertIn("Handshake was completed", done)


class Engine(Case):
    """OpenSSL with the pkcs11 engine."""

    KEY = "'pkcs11:id=%01;type=private;pin-value=123456'"

    def test_sign_and_tls(self):
        self.need("openssl", "/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so")
        self.make_ca()
        self.insert("--import", self.path("id.p12"), "--password", "secret")
        self.write("message", b"signed")
        engine = {"PKCS11_MODULE_PATH": OPENSC}
        self.sh(f"openssl dgst -engine pkcs11 -keyform engine -sign {self.KEY} -sha256 -out s "
                "message 2>/dev/null; openssl x509 -in id.pem -pubkey -noout >p.pem; "
                "openssl dgst -sha256 -verify p.pem -signature s message", **engine)
        port = free_port()
        self.start("openssl", "s_server", "-accept", str(port), "-cert", "id.pem", "-key",
                   "id.key", "-CAfile", "ca.pem", "-Verify", "1", "-verify_return_error", "-rev")
        await_server(port)
        # the server ends the connection at the second line
        text = self.sh(f"printf 'olleh\\nCLOSE\\n' | openssl s_client -connect 127.0.0.1:{port} "
                       f"-engine pkcs11 -keyform engine -key {self.KEY} -cert id.pem -quiet "
                       "2>/dev/null", **engine)
        self.assertIn("hello", text)


class Ykman(Case):
    """Yubico's other tool, which goes by the version and sends what a YubiKey 5 takes."""

    def tool(self, *args, **more):
        return self.run_it("ykman", "--reader", "Virtual PCD 00 00", "piv", *args, **more)

    def test_keys(self):
        self.need("ykman")
        self.insert("--generate", "9c:rsa2048")
        admin = ("-m", DEFAULT_KEY)
        self.tool("keys", "generate", *admin, "-a", "ECCP256", "-P", "123456", "9a", "p.pem")
        self.tool("certificates", "generate", *admin, "-P", "123456", "-s", "CN=Erika", "9a",
                  "p.pem")
        self.tool("certificates", "export", "9a", "c.pem")
        self.sh("openssl verify -CAfile c.pem c.pem; openssl x509 -in c.pem -pubkey -noout | "
                "cmp - p.pem")
        self.tool("certificates", "request", "-P", "123456", "-s", "CN=Erika", "9a", "p.pem", "r.pem")
        self.sh("openssl req -in r.pem -verify -noout")
        # longer than a short answer: the rest is asked for without Le
        self.tool("keys", "attest", "9a", "a.pem")
        self.tool("certificates", "export", "f9", "f9.pem")
        self.sh("openssl verify -CAfile f9.pem -partial_chain a.pem")
        self.assertIn("CN=Erika", self.tool("info"))

    def test_pins_and_reset(self):
        self.need("ykman")
        self.insert("--generate", "9a:rsa2048")
        self.tool("access", "change-pin", "-P", "123456", "-n", "654321")
        self.tool("access", "change-puk", "-p", "12345678", "-n", "87654321")
        self.tool("access", "unblock-pin", "-p", "87654321", "-n", "123456")
        key = "000102030405060708090a0b0c0d0e0f1011121314151617"
        self.tool("access", "change-management-key", "-m", DEFAULT_KEY, "-n", key, "-a", "AES192",
                  "-f")
        self.tool("access", "change-management-key", "-m", key, "-a", "TDES", "-g", "-p", "-P",
                  "123456", "-f")
        self.tool("keys", "generate", "-P", "123456", "-a", "ECCP256", "9d", "p.pem")
        self.tool("reset", "-f")
        self.assertNotRegex(self.tool("info"), "(?i)slot 9[ad]")


class Gnupg(Case):
    """GnuPG 2.3 and later: its scdaemon knows PIV, so OpenPGP and S/MIME keys can be on the card."""

    PINENTRY = b"""#!/bin/sh
echo OK
while read -r word rest; do
	case $word in
	SETDESC) case $rest in *Unblocking*) pin=12345678 ;; *) pin=123456 ;; esac ;;
	GETPIN) echo "D $pin" ;;
	BYE) echo OK; exit ;;
	esac
	echo OK
done
"""

    def setUp(self):
        super().setUp()
        self.need("gpg", "gpgsm", "gpg-card")
        os.mkdir(self.path("gnupg"), 0o700)
        self.write("gnupg/scdaemon.conf", b"disable-ccid\n")
        self.write("pinentry", self.PINENTRY)
        os.chmod(self.path("pinentry"), 0o755)
        self.write("gnupg/gpg-agent.conf", f"pinentry-program {self.path('pinentry')}\n".encode())
        self.addCleanup(subprocess.run, ["gpgconf", "--kill", "all"], env=self.env(), check=False)

    def env(self, **more):
        return super().env(GNUPGHOME=self.path("gnupg"), **more)

    def card_tool(self, *args, status=0):
        return self.run_it("gpg-card", "--no-history", "--", *args, status=status)

    def test_card(self):
        self.insert(*SUITE)
        admin = ("authenticate", DEFAULT_KEY, "--")
        self.card_tool(*admin, "generate", "--force", "--algo=nistp256", "PIV.9A")
        self.assertIn("File exists", self.card_tool(*admin, "generate", "--algo=nistp256", "PIV.9A",
                                                    status=1))
        self.assertRegex(self.card_tool("list"), r"PIV\.9A[^:]*\n *algorithm \.*: nistp256")
        self.card_tool("verify")
        self.card_tool("unblock")
        self.card_tool("passwd")
        self.assertIn("[verified]", self.card_tool("verify", "--", "list"))

    def test_openpgp(self):
        for algs in (("rsa2048", "rsa2048"), ("eccp256", "eccp384")):
            with self.subTest(algs):
                self.insert("--generate", "9c:" + algs[0], "--generate", "9d:" + algs[1])
                name = algs[0] + "@example.org"
                text = self.sh(f"""
                    gpg --batch --yes --quick-gen-key {name} card
                    echo signed | gpg --batch -u {name} --clearsign >m.asc
                    gpg --verify m.asc
                    echo hidden | gpg --batch --trust-model always -r {name} -e >m.gpg
                    gpg -d m.gpg
                    gpgconf --kill all""")
                self.assertIn("Good signature from \"" + name, text)
                self.assertIn("hidden", text)

    def test_mail(self):
        """S/MIME, and ssh through gpg-agent."""
        self.make_ca()
        self.sh("""
            openssl req -newkey rsa:2048 -nodes -keyout e.key -out e.csr -subj /CN=Max 2>/dev/null
            printf 'keyUsage=critical,keyEncipherment\nextendedKeyUsage=emailProtection\n' >ext
            openssl x509 -req -in e.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 \
                -extfile ext -out e.pem 2>/dev/null
            openssl pkcs12 -export -in e.pem -inkey e.key -out e.p12 -passout pass:secret""")
        self.insert("--import", "9c:" + self.path("id.p12"), "--import", "9d:" + self.path("e.p12"),
                    "--password", "secret", "--generate", "9a:eccp256")
        self.write("gnupg/gpg-agent.conf", self.read("gnupg/gpg-agent.conf") +
                   b"enable-ssh-support\n")
        text = self.sh("""
            gpgsm --batch --import ca.pem
            gpgsm --list-keys --with-colons | awk -F: '/^fpr/ && !n++ { print $10, "S relax" }' \
                >gnupg/trustlist.txt
            gpgsm --learn-card
            echo signed >m
            gpgsm --disable-crl-checks --batch -u /CN=Erika -o m.sig --sign m
            gpgsm --disable-crl-checks --verify m.sig
            openssl cms -encrypt -binary -aes256 -in m -outform DER -out m.enc e.pem
            gpgsm --disable-crl-checks -o m.back -d m.enc
            cmp m m.back
            SSH_AUTH_SOCK=$(gpgconf --list-dirs agent-ssh-socket) ssh-add -L""")
        self.assertIn('Good signature from "/CN=Erika"', text)
        self.assertRegex(text, "ecdsa-sha2-nistp256 .* cardno:")


class Provider(Case):
    """OpenSSL with the pkcs11 provider, which follows the engine."""

    MODULE = "/usr/lib/x86_64-linux-gnu/ossl-modules/pkcs11.so"

    def key(self, number):
        return f"'pkcs11:id=%{number};type=private?pin-value=123456'"

    def test_sign_decrypt_and_tls(self):
        self.need("openssl", self.MODULE)
        self.make_ca()
        self.insert("--import", self.path("id.p12"), "--import", "9d:" + self.path("id.p12"),
                    "--password", "secret", "--generate", "9e:eccp384")
        self.write("message", b"signed")
        port = free_port()
        self.start("openssl", "s_server", "-accept", str(port), "-cert", "id.pem", "-key",
                   "id.key", "-CAfile", "ca.pem", "-Verify", "1", "-verify_return_error", "-rev")
        text = self.sh(f"""
            with="-provider default -provider pkcs11"
            openssl x509 -in id.pem -pubkey -noout >p.pem
            pkcs11-tool --module $OPENSC --read-object --type cert --id 04 -o 04.der >&2
            openssl x509 -inform DER -in 04.der -pubkey -noout >e.pem
            openssl dgst $with -sign {self.key('01')} -sha256 -out s message
            openssl dgst -sha256 -verify p.pem -signature s message
            openssl dgst $with -sign {self.key('04')} -sha256 -out s message
            openssl dgst -sha256 -verify e.pem -signature s message
            openssl cms -encrypt -binary -aes256 -in message -outform DER -out enc id.pem
            openssl cms $with -decrypt -inform DER -in enc -inkey {self.key('03')} -recip id.pem \
                -out back
            cmp message back
            until (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.1; done
            (echo olleh; until grep -q hello answer; do sleep 0.1; done) | timeout 60 openssl \
                s_client $with -connect 127.0.0.1:{port} -key {self.key('01')} -cert id.pem -quiet \
                -no_ign_eof >answer 2>/dev/null
            cat answer""", PKCS11_PROVIDER_MODULE=OPENSC)
        self.assertIn("hello", text)


class Kerberos(Case):
    """A ticket for a certificate of --upn (RFC 4556), as a Windows logon has it."""

    CLIENT = """[libdefaults]
	default_realm = EXAMPLE.ORG
	dns_lookup_kdc = false
	rdns = false
[realms]
	EXAMPLE.ORG = {{
		kdc = 127.0.0.1:{port}
		pkinit_anchors = FILE:{dir}/ca.pem
		pkinit_eku_checking = none
		pkinit_kdc_hostname = localhost
	}}
"""
    SERVER = """[kdcdefaults]
	kdc_listen = 127.0.0.1:{port}
	kdc_tcp_listen = 127.0.0.1:{port}
[realms]
	EXAMPLE.ORG = {{
		database_name = {dir}/principal
		key_stash_file = {dir}/stash
		pkinit_identity = FILE:{dir}/s.pem,{dir}/s.key
		pkinit_anchors = FILE:{dir}/ca.pem
		pkinit_allow_upn = true
		pkinit_eku_checking = scLogin
	}}
[logging]
	kdc = FILE:{dir}/kdc.log
"""

    def env(self, **more):
        return super().env(PATH=os.environ["PATH"] + ":/usr/sbin", **{
            "KRB5_CONFIG": self.path("krb5.conf"), "KRB5_KDC_PROFILE": self.path("kdc.conf"),
            "KRB5CCNAME": "FILE:" + self.path("tickets")} | more)

    def serve(self):
        """A KDC with a certificate of the test's CA, which knows Erika and no password of hers."""
        port = free_port()
        self.write("krb5.conf", self.CLIENT.format(port=port, dir=self.dir).encode())
        self.write("kdc.conf", self.SERVER.format(port=port, dir=self.dir).encode())
        self.make_ca()
        self.make_server()
        self.sh("""
            printf 'master\\nmaster\\n' | kdb5_util create -s -r EXAMPLE.ORG
            kadmin.local -q 'addprinc -randkey +requires_preauth erika@EXAMPLE.ORG'""")
        self.start("/usr/sbin/krb5kdc", "-n", "-P", self.path("pid"))
        self.sh(f"until (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.1; done")

    def test_ticket(self):
        self.need("kinit", "/usr/sbin/krb5kdc", "/usr/sbin/kadmin.local",
                  "/usr/lib/x86_64-linux-gnu/krb5/plugins/preauth/pkinit.so")
        self.serve()
        card = ("-f", self.path("card.vsc"))
        self.insert(*card, "--generate", "9a:rsa2048", "--subject", "/CN=Erika", "--upn",
                    "erika@EXAMPLE.ORG", "--csr-out", self.path("e.csr"))
        self.sh("openssl x509 -req -in e.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 "
                "-copy_extensions copyall -out e.pem")
        self.insert(*card, "--import", self.path("e.pem"))
        kinit = ("kinit", "-X", f"X509_user_identity=PKCS11:{OPENSC}:certid=01", "erika@EXAMPLE.ORG")
        self.run_it(*kinit, status=1, stdin=b"000000\n")
        self.run_it(*kinit, stdin=b"123456\n")
        self.assertIn("krbtgt/EXAMPLE.ORG@EXAMPLE.ORG", self.run_it("klist"))


class Saved(Case):
    """A card in a file: what happened to it stays."""

    def tool(self, *args, **more):
        return self.run_it("yubico-piv-tool", "-r", "Virtual", *args, **more)

    def test_tries_and_blocking(self):
        self.need("yubico-piv-tool")
        options = ["-f", self.path("card.vsc")]
        self.insert(*options, "--generate", "9a:eccp256", "--pin", "246802")
        for left in ("2 tries", "1 tries", "blocked"):
            self.assertIn(left, self.tool("-a", "verify-pin", "-P", "000000", status=1))
            self.insert(*options)
        self.assertIn("blocked", self.tool("-a", "verify-pin", "-P", "246802", status=1))
        self.tool("-a", "unblock-pin", "-P", "12345678", "-N", "135791")
        self.insert(*options)
        self.tool("-a", "verify-pin", "-P", "135791")
        self.assertIn("Slot 9a", self.tool("-a", "status"))

    def test_keys_and_management_key(self):
        self.need("yubico-piv-tool")
        options = ["-f", self.path("card.vsc")]
        self.insert(*options)
        self.tool("-s", "9d", "-A", "RSA2048", "-a", "generate", "-o", "p.pem")
        self.tool("-a", "set-mgm-key", "-n", "A1" * 8 + "B2" * 8 + "C3" * 8)
        first = self.tool("-s", "9d", "-a", "attest")
        self.insert(*options)
        self.tool("-a", "set-chuid", status=1)
        self.assertEqual(len(self.tool("-s", "9d", "-a", "attest")), len(first))
        self.tool("-s", "9d", "-a", "attest", "-o", "a.pem")
        self.sh("openssl x509 -in a.pem -pubkey -noout | cmp - p.pem")


class Options(Case):
    """How a card is made, and what is refused: with a message, and no card file left behind."""

    def make(self, *options, status=0):
        return self.run_it(os.environ["VICC_RUN"], "-t", "piv", "-f", self.path("card.vsc"),
                           *options, "--", "true", status=status)

    def refused(self, message, *options):
        text = self.make(*options, status=None)
        self.assertRegex(text, message)
        self.assertEqual(text.count("\n"), 1, text)
        self.assertFalse(os.path.exists(self.path("card.vsc")), text)

    def test_bad_identities(self):
        self.make_ca()
        p12 = self.path("id.p12")
        self.refused("id.p12.*password is wrong", "--import", p12, "--password", "hidden")
        self.refused("id.p12.*has a password and none is given", "--import", p12)
        self.refused("nothing.pem.*No such file", "--import", self.path("nothing.pem"))
        self.refused("neither PKCS #12 nor", "--import", self.write("junk", b"junk"))
        self.refused("does not belong to the key", "--import", self.path("ca.key"), "--import",
                     self.path("id.pem"))
        self.sh("openssl genpkey -algorithm ed448 -out odd.pem; openssl genrsa 1536 >odd.rsa; "
                "openssl ecparam -name secp521r1 -genkey -noout -out odd.ec; "
                "openssl genpkey -genparam -algorithm dsa -pkeyopt dsa_paramgen_bits:1024 "
                "-out dsa 2>/dev/null; openssl genpkey -paramfile dsa -out odd.dsa")
        self.refused("odd.pem.*ED448", "--import", self.path("odd.pem"))
        self.refused("odd.dsa.*DSA", "--import", self.path("odd.dsa"))
        self.refused("odd.rsa.*RSA 1536", "--import", self.path("odd.rsa"))
        self.refused("odd.ec.*secp521r1", "--import", self.path("odd.ec"))
        self.refused("--slot 9b", "--import", p12, "--password", "secret", "--slot", "9b")
        self.refused("another key in this place", "--import", p12, "--password", "secret",
                     "--import", self.path("ca.key"))

    def test_what_is_in_a_file(self):
        """Nothing in it is left out in silence."""
        self.make_ca()
        self.sh("""
            openssl pkcs12 -export -nokeys -in id.pem -out cert.p12 -passout pass:secret
            openssl pkcs12 -export -nocerts -inkey id.key -certfile ca.pem -out other.p12 \
                -passout pass:secret
            cat id.key id.pem ca.key >two.pem; cat ca.pem id.pem id.key >chain.pem
            cat ca.pem id.key >other.pem
            openssl pkcs8 -topk8 -in id.key -outform DER -out key.der -passout pass:secret
            openssl x509 -in id.pem -outform DER -out cert.der
        """)
        key, password = ("--import", self.path("key.der")), ("--password", "secret")
        cert = ("--import", self.path("cert.der"))
        for name in ("cert.p12", "other.p12", "other.pem"):
            self.refused(f"{name}: the certificate does not belong to the key", "--import",
                         self.path(name), *password)
        self.refused("two.pem: several private keys", "--import", self.path("two.pem"))
        self.refused("key.der: .* the password is wrong", *key, "--password", "hidden")
        self.refused("key.der: .* none is given", *key)
        # the chain before the certificate, the certificate before the key
        for options in (("--import", self.path("chain.pem")), (*key, *cert, *password),
                        (*cert, *key, *password), (*key, "--import", self.path("cert.p12"),
                                                   *password)):
            with self.subTest(options):
                self.make(*options)
                text = self.run_it(os.environ["VICC_RUN"], "-f", self.path("card.vsc"), "--",
                                   "pkcs15-tool", "--read-certificate", "01", "-o", "read.pem")
                self.assertNotIn("error", text)
                self.sh("openssl x509 -in read.pem | cmp - <(openssl x509 -in id.pem)")
                os.remove(self.path("card.vsc"))

    def test_attestation_key_and_certificate(self):
        """One without the other would make attestations that nobody can verify."""
        self.make_ca()
        key = "f9:" + self.path("ca.key")
        self.refused("ca.key: the attestation key comes with its certificate", "--import", key)
        self.make("--import", key, "--import", self.path("ca.pem"), "--generate", "9a:eccp256",
                  "--export-attestation", self.path("out.pem"))
        self.sh("cmp out.pem ca.pem")
        attestation = self.run_it(os.environ["VICC_RUN"], "-f", self.path("card.vsc"), "--",
                                  "yubico-piv-tool", "-r", "Virtual", "-a", "attest", "-s", "9a")
        self.write("9a.pem", attestation[attestation.index("-----BEGIN"):].encode())
        self.sh("openssl verify -CAfile ca.pem 9a.pem")
        # also on a saved card
        self.sh("openssl genrsa -out other.key 2>/dev/null")
        text = self.make("--import", "f9:" + self.path("other.key"), status=2)
        self.assertIn("comes with its certificate", text)

    def test_what_is_not_used_is_said(self):
        self.make_ca()
        identity = ("--import", self.path("id.p12"), "--password", "secret")
        wanted = ("--subject", "/CN=x", "--email", "e@x.org", "--upn", "e@x.org")
        for options, warnings in (
                (identity, ("subject", "email", "upn")), ((), ("subject", "email", "upn")),
                (("--generate", "9c:eccp256"), ("upn",)), (("--generate", "9a:eccp256"), ())):
            with self.subTest(options):
                text = self.make("--pin", "246810", "--puk", "13579135", *options, *wanted)
                self.assertEqual(re.findall("--([a-z]+) is not used", text), list(warnings))
                os.remove(self.path("card.vsc"))
        self.refused("--slot 9c: there is no --import for it", *identity, "--slot", "9a", "--slot",
                     "9c")

    def test_bad_values(self):
        for option, value, message in (
                ("--pin", "12345", "--pin: six to eight"), ("--pin", "123456789", "six to eight"),
                ("--pin", "111111", "--pin: weak"), ("--puk", "88888888", "--puk: weak"),
                ("--puk", "123", "--puk: six"), ("--pin", "12345\x80", "--pin: printable"),
                ("--mgm-key", "0102", "--mgm-key: the key is not as long"),
                ("--mgm-key", "xyz", "--mgm-key: .*hex"), ("--mgm-key", "des:00", "--mgm-key"),
                ("--generate", "9a", "--generate 9a: "), ("--generate", "9b:rsa2048", "9b"),
                ("--generate", "9a:rsa512", "rsa512"), ("--generate", "9a:aes128", "aes128"),
                ("--yubikey-version", "5", "--yubikey-version 5"),
                ("--subject", "", "--subject: it is empty"), ("--upn", "", "--upn: it is empty"),
                ("--email", "", "--email: it is empty"), ("--upn", "erika", "--upn erika"),
                ("--touch", "", "--touch: given, ask, signal or a command"),
                ("--csr-out", "/tmp/x", "--csr-out: no key")):
            with self.subTest(option + " " + value):
                self.refused(message, option, value)
        self.refused("subject", "--generate", "9a:eccp256", "--subject", "Erika")
        self.refused("given already", "--generate", "9a:eccp256", "--generate", "9a:eccp256")
        self.refused("no/dir", "--generate", "9a:eccp256", "--csr-out", "/no/dir/x")
        self.refused("several keys", "--generate", "9a:eccp256", "--generate", "9c:eccp256",
                     "--csr-out", self.path("x"))
        self.assertFalse(os.path.exists(self.path("x")))

    def test_defaults_are_warned_of(self):
        text = self.make()
        self.assertIn("PIN is 123456", text)
        self.assertIn("PUK is 12345678", text)
        os.remove(self.path("card.vsc"))
        self.assertEqual(self.make("--pin", "246810", "--puk", "13579135"), "")

    def test_windows_certificate(self):
        self.insert("--generate", "9a:rsa2048", "--subject", "/CN=Erika/O=Test", "--upn",
                    "erika@example.org", "--email", "e@example.org")
        text = self.sh("pkcs15-tool --read-certificate 01 2>/dev/null | "
                       "openssl x509 -noout -text -certopt ext_parse; "
                       "pkcs15-tool --read-certificate 01 2>/dev/null | openssl asn1parse -strparse "
                       "1 2>/dev/null | head -1 || true")
        self.assertRegex(text, "CN ?= ?Erika, O ?= ?Test")
        self.assertIn("Microsoft Smartcard Login", text)
        self.assertIn("email:e@example.org", text)
        self.assertRegex(text, "othername: UPN:*:?erika@example.org")

    def test_request_then_certificate(self):
        """--csr-out, a CA's answer, --import into the saved card."""
        self.make_ca()
        text = self.make("--generate", "9a:eccp256", "--subject", "/CN=Max", "--csr-out",
                         self.path("max.csr"))
        self.assertNotIn("error", text)
        self.sh("openssl req -in max.csr -verify -noout -subject; openssl x509 -req -in max.csr "
                "-CA ca.pem -CAkey ca.key -CAcreateserial -out max.pem -days 3")
        text = self.make("--import", self.path("id.pem"), status=None)
        self.assertIn("no key on the card matches", text)
        self.make("--import", self.path("max.pem"))
        self.make("--import", self.path("max.pem"))
        self.insert("-f", self.path("card.vsc"))
        self.assertEqual(self.sh("pkcs15-tool --read-certificate 01 2>/dev/null | "
                                 "openssl x509 -noout -issuer -nameopt RFC2253"),
                         "issuer=CN=Test CA\n")

    def test_pem_pieces_and_own_attestation_ca(self):
        self.make_ca()
        self.make("--import", self.path("id.key"), "--import", self.path("id.pem"), "--import",
                  "f9:" + self.path("ca.key"), "--import", self.path("ca.pem"), "--generate",
                  "9c:eccp256", "--export-attestation", self.path("att.pem"))
        self.sh("openssl x509 -in att.pem | cmp - <(openssl x509 -in ca.pem)")
        self.insert("-f", self.path("card.vsc"))
        self.run_it("yubico-piv-tool", "-r", "Virtual", "-s", "9c", "-a", "attest", "-o", "9c.pem")
        self.sh("openssl verify -CAfile ca.pem 9c.pem")
        shown = self.sh("cp card.vsc copy.vsc; $VICC -f copy.vsc --show",
                        VICC=os.environ["VICC"])
        self.assertIn("Object 5FC105", shown)
        self.assertIn("certificate F9 (attestation)", shown)

    def test_touch(self):
        tool = ["yubico-piv-tool", "-r", "Virtual"]
        for how, status in (("given", 0), ("test $1 = 9a", 0), ("exit 1", 1)):
            with self.subTest(how):
                self.insert("--touch", how)
                self.run_it(*tool, "-s", "9a", "-A", "ECCP256", "-a", "generate", "-o", "p.pem",
                            "--touch-policy", "always")
                answer = self.run_it("opensc-tool", "-s", "00:20:00:80:08:31:32:33:34:35:36:FF:FF",
                                     "-s", "00:87:11:9A:0A:7C:08:82:00:81:04:01:02:03:04:00")
                self.assertIn("SW1=0x69, SW2=0x82" if status else "82 4", answer)


if __name__ == "__main__":
    outcome.main()

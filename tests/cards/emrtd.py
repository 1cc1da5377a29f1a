"""A passport reader of our own: BAC, PACE, secure messaging, AA, CA, TA, passive authentication.

Written after Doc 9303-10, -11, -12 and TR-03110, without any of the card's code: ciphers from
python3-cryptography, group arithmetic from groups.py. reach.py is the way to the card: nothing but
vicc is needed, or a pcscd.
"""
import contextlib
import hashlib
import os
import secrets
import subprocess
import tempfile

from cryptography.hazmat.primitives import cmac, hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:  # before cryptography 43
    TripleDES = algorithms.TripleDES

import groups
import reach
import tlv

AID = bytes.fromhex("A0000002471001")
FILES = {"COM": 0x011E, "SOD": 0x011D, "CVCA": 0x011C,
         **{f"DG{n}": 0x0100 + n for n in range(1, 17)}}
PACE = "0.4.0.127.0.7.2.2.4."
CA = "0.4.0.127.0.7.2.2.3."
MAPPINGS = {1: ("dh", "gm"), 2: ("ecdh", "gm"), 3: ("dh", "im"), 4: ("ecdh", "im"),
            6: ("ecdh", "cam")}


class Refused(Exception):
    def __init__(self, sw, what=""):
        super().__init__(f"{what} {sw:04X}")
        self.sw = sw


# --- Ciphers: y is the last byte of the protocol's OID ---

KEY_SIZE = {1: 16, 2: 16, 3: 24, 4: 32}


def kdf(secret, counter, y):
    data = secret + counter.to_bytes(4, "big")
    digest = (hashlib.sha1 if y <= 2 else hashlib.sha256)(data).digest()
    key = digest[:KEY_SIZE[y]]
    if y == 1:
        key = bytes(b ^ (0 if bin(b).count("1") % 2 else 1) for b in key)
    return key


def block_cipher(y, key):
    return TripleDES(key) if y == 1 else algorithms.AES(key)


def cbc(y, key, iv, data, encrypt):
    cipher = Cipher(block_cipher(y, key), modes.CBC(iv))
    run = cipher.encryptor() if encrypt else cipher.decryptor()
    return run.update(data) + run.finalize()


def block_size(y):
    return 8 if y == 1 else 16


def pad(data, size):
    return data + b"\x80" + bytes(-(len(data) + 1) % size)


def unpad(data):
    return data[:data.rindex(b"\x80")]


def mac(y, key, data):
    """8 bytes; for 3DES data has to be whole blocks."""
    if y != 1:
        run = cmac.CMAC(algorithms.AES(key))
        run.update(data)
        return run.finalize()[:8]
    left, right = key[:8], key[8:]
    des = cbc(1, left * 3, bytes(8), data, True)[-8:]
    des = Cipher(TripleDES(right * 3), modes.ECB()).decryptor().update(des)
    return Cipher(TripleDES(left * 3), modes.ECB()).encryptor().update(des)


class Session:
    def __init__(self, y, k_enc, k_mac, ssc=None):
        self.y, self.k_enc, self.k_mac = y, k_enc, k_mac
        self.ssc = ssc if ssc is not None else 0
        self.extra_padding = False

    @classmethod
    def derive(cls, y, secret):
        return cls(y, kdf(secret, 1, y), kdf(secret, 2, y))

    def count(self):
        self.ssc += 1
        return self.ssc.to_bytes(block_size(self.y), "big")

    def iv(self, ssc):
        if self.y == 1:
            return bytes(8)
        return Cipher(algorithms.AES(self.k_enc), modes.ECB()).encryptor().update(ssc)

    def wrap(self, header, data, ne):
        size, ssc = block_size(self.y), self.count()
        header = bytes([header[0] | 0x0C]) + header[1:]
        body = b""
        if data:
            cryptogram = cbc(self.y, self.k_enc, self.iv(ssc), pad(data, size), True)
            body = (tlv.make(0x85, cryptogram) if header[1] & 1
                    else tlv.make(0x87, b"\1", cryptogram))
        if ne is not None:
            le = bytes([ne & 0xFF]) if ne <= 256 else (ne & 0xFFFF).to_bytes(2, "big")
            body += tlv.make(0x97, le)
        message = ssc + pad(header, size)
        if body or self.extra_padding:
            message += pad(body, size)
        body += tlv.make(0x8E, mac(self.y, self.k_mac, message))
        long = ne is not None and ne > 256 or len(body) > 255
        if long:
            return header + b"\0" + len(body).to_bytes(2, "big") + body + b"\0\0"
        return header + bytes([len(body)]) + body + b"\0"

    def unwrap(self, body):
        size, ssc = block_size(self.y), self.count()
        objects = {tag: (value, whole) for tag, value, whole in tlv.parse(body)}
        covered = b"".join(whole for tag, _, whole in tlv.parse(body) if tag != 0x8E)
        assert mac(self.y, self.k_mac, pad(ssc + covered, size)
                   if self.y == 1 else ssc + pad(covered, size)) == objects[0x8E][0], "MAC"
        data = b""
        if 0x87 in objects or 0x85 in objects:
            cryptogram = objects[0x85][0] if 0x85 in objects else objects[0x87][0][1:]
            data = unpad(cbc(self.y, self.k_enc, self.iv(ssc), cryptogram, False))
        return data, int.from_bytes(objects[0x99][0], "big")


# --- The card ---


class Card:
    """A vicc of our own, and the reader that it is in."""

    def __init__(self, *options, expect_failure=False):
        self.folder = tempfile.TemporaryDirectory()
        options = ["-t", "epass", *options]
        self.output = ""
        self.session = None
        if expect_failure:
            nowhere = os.path.join(self.folder.name, "nowhere")
            self.process = reach.run([*options, "--connect", "unix:" + nowhere, "--once"])
            self.output, self.errors = self.process.communicate(timeout=60)
            return
        self.reader = reach.reach(self.folder.name, options)
        self.process = self.reader.process
        self.atr()
        # everything it has to tell is printed before it connects
        os.set_blocking(self.process.stdout.fileno(), False)
        self.output = self.process.stdout.read() or ""
        os.set_blocking(self.process.stdout.fileno(), True)

    def close(self):
        self.reader.leave()
        try:
            rest, self.errors = self.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.output += rest
        self.folder.cleanup()
        assert self.process.returncode == 0, self.errors

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def reset(self):
        self.reader.reset()
        self.session = None

    def atr(self):
        return self.reader.atr()

    def raw(self, apdu):
        answer = self.reader.transmit(apdu)
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    def fetch(self, apdu):
        """raw, and what GET RESPONSE has."""
        data, sw = self.raw(apdu)
        while sw >> 8 == 0x61:
            more, sw = self.raw(b"\0\xC0\0\0" + bytes([sw & 0xFF]))
            data += more
        return data, sw

    def command(self, header, data=b"", ne=None, chained=False):
        """Protected if there is a session; (data, sw) of the command itself."""
        header = bytes.fromhex(header) if isinstance(header, str) else header
        if chained:
            header = bytes([header[0] | 0x10]) + header[1:]
        if self.session is None:
            lc = b"" if not data else bytes([len(data)]) if len(data) < 256 else \
                b"\0" + len(data).to_bytes(2, "big")
            le = b"" if ne is None else bytes([ne & 0xFF]) if len(data) < 256 and ne <= 256 else \
                (b"" if data else b"\0") + (ne & 0xFFFF).to_bytes(2, "big")
            return self.fetch(header + lc + data + le)
        answer, sw = self.fetch(self.session.wrap(header, data, ne))
        if not answer:
            self.session = None
            return b"", sw
        data, inner = self.session.unwrap(answer)
        return data, inner

    def must(self, header, data=b"", ne=None, chained=False):
        answer, sw = self.command(header, data, ne, chained)
        if sw != 0x9000:
            raise Refused(sw, str(header))
        return answer

    # --- files ---

    def select_application(self):
        return self.must("00A4040C", AID)

    def select(self, fid):
        return self.must("00A4020C", fid.to_bytes(2, "big"))

    def read_selected(self, chunk=0xDF):
        data, sw = self.command("00B00000", ne=8)
        if sw not in (0x9000, 0x6282):
            raise Refused(sw, "READ BINARY")
        if data[0] == 0x42:
            return self.command("00B00000", ne=256)[0]
        head = data[1:] if data[0] & 0x1F != 0x1F else data[2:]
        size = head[0]
        used = len(data) - len(head) + 1
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(head[1:1 + count], "big")
            used += count
        total = used + size
        while len(data) < total:
            want = min(chunk, total - len(data))
            if len(data) < 0x8000:
                piece, sw = self.command(b"\0\xB0" + len(data).to_bytes(2, "big"), ne=want)
            else:
                offset = tlv.make(0x54, len(data).to_bytes(3, "big"))
                piece, sw = self.command("00B10000", offset, ne=min(256, want + 4))
                piece = tlv.find(piece, 0x53)
            if sw not in (0x9000, 0x6282) or not piece:
                raise Refused(sw, "READ BINARY")
            data += piece
        return data[:total]

    def read(self, name, chunk=0xDF):
        self.select(FILES[name])
        return self.read_selected(chunk)

    # --- printed ---

    @property
    def mrz(self):
        return [line[5:] for line in self.output.splitlines() if line.startswith("MRZ: ")]

    @property
    def can(self):
        return next(line[5:] for line in self.output.splitlines() if line.startswith("CAN: "))

    # --- BAC (Doc 9303-11 4.3) ---

    def bac(self, information, tamper=lambda data: data):
        seed = hashlib.sha1(information.encode()).digest()[:16]
        k_enc, k_mac = kdf(seed, 1, 1), kdf(seed, 2, 1)
        self.session = None
        rnd_ic = self.must("00840000", ne=8)
        rnd_ifd, k_ifd = secrets.token_bytes(8), secrets.token_bytes(16)
        cryptogram = cbc(1, k_enc, bytes(8), rnd_ifd + rnd_ic + k_ifd, True)
        data = cryptogram + mac(1, k_mac, pad(cryptogram, 8))
        answer = self.must("00820000", tamper(data), ne=0x28)
        assert mac(1, k_mac, pad(answer[:32], 8)) == answer[32:]
        plain = cbc(1, k_enc, bytes(8), answer[:32], False)
        assert plain[:8] == rnd_ic and plain[8:16] == rnd_ifd
        secret = bytes(a ^ b for a, b in zip(k_ifd, plain[16:]))
        self.session = Session.derive(1, secret)
        self.session.ssc = int.from_bytes(rnd_ic[4:] + rnd_ifd[4:], "big")
        self.id_picc = information[:-14].encode()
        return data

    # --- PACE (Doc 9303-11 4.4) ---

    def read_file_of_mf(self, fid):
        self.must("00A4000C", b"\x3F\x00")
        self.select(fid)
        return self.read_selected()

    def card_access(self):
        return tlv.parse(tlv.find(self.read_file_of_mf(0x011C), 0x31))

    def pace(self, x, y, number, password, reference, announce=True, cheat=None,
             chain_all=False, t_size=None):
        """x, y: the OID's last two; number: domain parameters. cheat(step, data) -> data."""
        cheat = cheat or (lambda step, data: data)
        kind, mapping = MAPPINGS[x]
        group = groups.group(number)
        oid = tlv.oid(f"{PACE}{x}.{y}")
        secret = hashlib.sha1(password.encode()).digest() if reference == 1 else password.encode()
        k_pi = kdf(secret, 3, y)
        data = tlv.make(0x80, oid) + tlv.make(0x83, bytes([reference]))
        if announce:
            data += tlv.make(0x84, bytes([number]))
        self.must("0022C1A4", data)

        def step(number, data, last=False):
            data = cheat(number, data)
            answer = self.must("00860000", tlv.make(0x7C, data), ne=256,
                               chained=chain_all or not last)
            return tlv.find(answer, 0x7C)

        z = tlv.find(step(1, b""), 0x80)
        nonce = cbc(y, k_pi, bytes(block_size(y)), z, False)
        pk_map_ic = None
        if mapping == "im":
            t = secrets.token_bytes(t_size or KEY_SIZE[y])
            assert step(2, tlv.make(0x81, t)) == tlv.make(0x82)
            mapped = group.map_integrated(pseudo_random(y, nonce, t, group.p))
        else:
            own = secrets.randbelow(group.n - 1) + 1
            answer = step(2, tlv.make(0x81, group.encode(group.mul(own))))
            pk_map_ic = group.decode(tlv.find(answer, 0x82))
            mapped = group.map_generic(int.from_bytes(nonce, "big"), group.mul(own, pk_map_ic))
        own = secrets.randbelow(group.n - 1) + 1
        public = mapped.encode(mapped.mul(own))
        answer = step(3, tlv.make(0x83, public))
        chip_public = tlv.find(answer, 0x84)
        chip_key = mapped.decode(chip_public)
        assert chip_public != public
        shared = mapped.secret(mapped.mul(own, chip_key))
        session = Session.derive(y, shared)
        tag = 0x86 if kind == "ecdh" else 0x84

        def token(key):
            data = tlv.make(0x7F49, tlv.make(0x06, oid), tlv.make(tag, key))
            return mac(y, session.k_mac, pad(data, 8) if y == 1 else data)

        answer = step(4, tlv.make(0x85, token(chip_public)), last=True)
        assert tlv.find(answer, 0x86) == token(public)
        self.session = session
        self.id_picc = mapped.compress(chip_key)
        self.cam = None
        if mapping == "cam":
            iv = Cipher(algorithms.AES(session.k_enc), modes.ECB()).encryptor().update(b"\xFF" * 16)
            self.cam = group, pk_map_ic, unpad(
                cbc(y, session.k_enc, iv, tlv.find(answer, 0x8A), False))

    def check_cam(self, card_security, number):
        """EF.CardSecurity's key, and what the chip has proven with it."""
        content = signed_data(card_security)["content"]
        group, pk_map, ca_ic = self.cam
        for _, info, _ in tlv.parse(tlv.find(content, 0x31)):
            parts = tlv.parse(info)
            if parts[0][1] != tlv.oid("0.4.0.127.0.7.2.2.1.2") or parts[2][1] != bytes([number]):
                continue
            algorithm, key = tlv.parse(parts[1][1])[:2]
            assert tlv.parse(algorithm[1])[0][1] == tlv.oid("0.4.0.127.0.7.1.2")
            assert tlv.parse(algorithm[1])[1][1] == bytes([number])
            static = group.decode(key[1][1:])
            return group.mul(int.from_bytes(ca_ic, "big"), static) == pk_map
        return False

    # --- Active authentication (6.1) ---

    def active_authentication(self, dg15, dg14=None):
        challenge = secrets.token_bytes(8)
        signature = self.must("00880000", challenge, ne=256)
        spki = tlv.find(dg15, 0x6F)
        key = serialization.load_der_public_key(spki)
        if hasattr(key.public_numbers(), "e"):
            n = key.public_numbers()
            size = (n.n.bit_length() + 7) // 8
            assert len(signature) == size
            return recovers(pow(int.from_bytes(signature, "big"), n.e, n.n).to_bytes(size, "big"),
                            challenge)
        name = {1: "sha1", 2: "sha224", 3: "sha256", 4: "sha384", 5: "sha512"}
        info = next(v for v in infos(dg14) if v[0] == tlv.oid("2.23.136.1.1.5"))
        digest = hashlib.new(name[info[2][1][-1]], challenge).digest()
        number = {v: k for k, v in groups.CURVES.items()}
        curve_name = {"secp192r1": "prime192v1", "secp256r1": "prime256v1"}
        curve = groups.group(number[curve_name.get(key.curve.name, key.curve.name)])
        half = len(signature) // 2
        p = key.public_numbers()
        return curve.verify((p.x, p.y), digest, int.from_bytes(signature[:half], "big"),
                            int.from_bytes(signature[half:], "big"))

    # --- Chip authentication version 1 (TR-03110-1 3.3) ---

    def chip_authentication(self, dg14, which=0, cheat=lambda key: key, use_kat=None):
        keys = ca_keys(dg14)
        alg, key_id, group, chip_key = keys[which]
        own = secrets.randbelow(group.n - 1) + 1
        public = cheat(group.encode(group.mul(own)))
        x, y = alg
        ids = b"" if key_id is None else tlv.make(0x84, bytes([key_id]))
        if use_kat if use_kat is not None else y == 1:
            self.must("002241A6", tlv.make(0x91, public) + ids)
        else:
            self.must("002241A4", tlv.make(0x80, tlv.oid(f"{CA}{x}.{y}")) + ids)
            pieces = [tlv.make(0x7C, tlv.make(0x80, public))]
            answer = self.must("00860000", pieces[0], ne=256)
            assert answer == b"\x7C\0", answer.hex()
        self.session = Session.derive(y, group.secret(group.mul(own, chip_key)))
        self.ca_public = group.compress(group.mul(own))
        self.ca_sent = public
        self.ca_group = group

    # --- Terminal authentication version 1 (TR-03110-1 3.4) ---

    def present(self, car, certificate):
        """One certificate under the key named car."""
        self.must("002281B6", tlv.make(0x83, car))
        body = tlv.find(certificate.data, 0x7F21)
        self.must("002A00BE", body)

    def terminal_authentication(self, chain, terminal, car):
        for certificate in chain:
            self.present(car, certificate)
            car = certificate.chr
        self.must("002281A4", tlv.make(0x83, car))
        challenge = self.must("00840000", ne=8)
        self.must("00820000", terminal.sign(self.id_picc + challenge + self.ca_public))


def pseudo_random(y, s, t, p):
    """R(s, t) of Doc 9303-11 4.4.3.3.2; the key size is t's"""
    short = KEY_SIZE[y] == 16
    assert len(s) == (16 if short else 32)
    c0, c1 = (bytes.fromhex(h) for h in (
        ("a668892a7c41e3ca739f40b057d85904", "a4e136ac725f738b01c1f60217c188ad") if short else
        ("d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676",
         "54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517")))
    zero = bytes(block_size(y))
    key, out = cbc(y, t, zero, s, True)[:len(t)], b""
    while 8 * len(out) < p.bit_length() + 64:
        out += cbc(y, key, zero, c1, True)
        key = cbc(y, key, zero, c0, True)[:len(t)]
    return int.from_bytes(out, "big") % p


def recovers(f, challenge):
    """ISO/IEC 9796-2 scheme 1 with partial recovery"""
    trailers = {0x33: "sha1", 0x34: "sha256", 0x35: "sha512", 0x36: "sha384", 0x38: "sha224"}
    if f[-1] == 0xBC:
        name, cut = "sha1", 1
    elif f[-1] == 0xCC and f[-2] in trailers:
        name, cut = trailers[f[-2]], 2
    else:
        return False
    size = hashlib.new(name).digest_size
    m1, digest = f[1:-cut - size], f[-cut - size:-cut]
    return f[0] == 0x6A and hashlib.new(name, m1 + challenge).digest() == digest


# --- SecurityInfos ---


def infos(dg14):
    """[OID, (tag, value, whole) ...] of each"""
    found = [tlv.parse(value) for _, value, _ in tlv.parse(tlv.find(dg14, 0x6E, 0x31))]
    return [[parts[0][1], *parts[1:]] for parts in found]


def curve_of(parameters):
    """ECParameters, all written out."""
    parts = [v for _, v, _ in tlv.parse(parameters)]
    p = int.from_bytes(tlv.parse(parts[1])[1][1], "big")
    coefficients = tlv.parse(parts[2])
    a, b = (int.from_bytes(coefficients[i][1], "big") for i in (0, 1))
    point, n = parts[3], int.from_bytes(parts[4], "big")
    size = (p.bit_length() + 7) // 8
    g = int.from_bytes(point[1:1 + size], "big"), int.from_bytes(point[1 + size:], "big")
    return groups.Curve(p, a, b, g, n)


def ca_keys(dg14):
    """[((x, y), key id, group, public key)] of version 1"""
    all_infos = infos(dg14)
    publics = {}
    for info in all_infos:
        if info[0][:-1] != tlv.oid("0.4.0.127.0.7.2.2.1.2")[:-1]:
            continue
        algorithm, key = tlv.parse(info[1][1])[:2]
        parameters = tlv.parse(algorithm[1])[1][1]
        if info[0][-1] == 2:
            group = curve_of(parameters)
            public = group.decode(key[1][1:])
        else:
            p, g, q = (int.from_bytes(v, "big") for _, v, _ in tlv.parse(parameters)[:3])
            group = groups.Residues(p, g, q)
            public = int.from_bytes(tlv.find(key[1][1:], 2), "big")
        publics[info[2][1][0] if len(info) > 2 else None] = group, public
    found = []
    for info in all_infos:
        if info[0][:-2] == tlv.oid("0.4.0.127.0.7.2.2.3.2.2")[:-2] and info[1][1] == b"\1":
            key_id = info[2][1][0] if len(info) > 2 else None
            found.append(((info[0][-2], info[0][-1]), key_id, *publics[key_id]))
    return found


# --- Passive authentication ---


def signed_data(cms):
    """The parts of a ContentInfo that a verifier needs."""
    signed = tlv.parse(tlv.find(cms, 0x30, 0xA0, 0x30))
    content = tlv.find(signed[2][1], 0xA0, 0x04)
    certificate = next(value for tag, value, _ in signed if tag == 0xA0)
    infos_ = tlv.parse(next(value for tag, value, _ in signed[3:] if tag == 0x31))
    assert len(infos_) == 1, "one SignerInfo"
    parts = tlv.parse(infos_[0][1])
    attributes = next(value for tag, value, _ in parts if tag == 0xA0)
    rest = [part for part in parts if part[0] != 0xA0]
    return {"version": signed[0][1], "type": tlv.parse(signed[2][1])[0][1], "content": content,
            "certificate": certificate, "digest": tlv.parse(rest[2][1])[0][1],
            "attributes": attributes, "algorithm": rest[3][1], "signature": rest[4][1]}


HASHES = {tlv.oid("1.3.14.3.2.26"): "sha1", tlv.oid("2.16.840.1.101.3.4.2.4"): "sha224",
          tlv.oid("2.16.840.1.101.3.4.2.1"): "sha256", tlv.oid("2.16.840.1.101.3.4.2.2"): "sha384",
          tlv.oid("2.16.840.1.101.3.4.2.3"): "sha512"}


def verify(spki, algorithm, digest_oid, message, signature):
    oid = tlv.parse(algorithm)[0][1]
    rsa = oid.startswith(tlv.oid("1.2.840.113549.1.1.1")[:-1])
    if rsa:
        key = serialization.load_der_public_key(spki)
        by_oid = {11: hashes.SHA256(), 12: hashes.SHA384(), 13: hashes.SHA512()}
        if oid[-1] == 10:
            how, algo = padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()
        else:
            how = padding.PKCS1v15()
            algo = by_oid.get(oid[-1]) or {"sha256": hashes.SHA256()}[HASHES[digest_oid]]
        key.verify(signature, message, how, algo)
        return
    names = {2: "sha256", 3: "sha384", 4: "sha512"}
    parts = tlv.parse(tlv.find(spki, 0x30))
    parameters = tlv.parse(parts[0][1])[1]
    if parameters[0] == 0x30:
        curve = curve_of(parameters[1])
    else:
        numbers = {8: "1.2.840.10045.3.1.1", 10: "1.3.132.0.33", 12: "1.2.840.10045.3.1.7",
                   13: "1.3.36.3.3.2.8.1.1.7", 15: "1.3.132.0.34", 16: "1.3.36.3.3.2.8.1.1.11"}
        curve = groups.group(next(n for n, o in numbers.items() if tlv.oid(o) == parameters[1]))
    r, s = (int.from_bytes(v, "big") for _, v, _ in tlv.parse(tlv.find(signature, 0x30)))
    digest = hashlib.new(names[oid[-1]], message).digest()
    assert curve.verify(curve.decode(parts[1][1][1:]), digest, r, s), "ECDSA"


def certificate_parts(der):
    parts = tlv.parse(tlv.find(der, 0x30))
    tbs = tlv.parse(parts[0][1])
    at = 1 if tbs[0][0] == 0xA0 else 0
    return {"tbs": parts[0][2], "algorithm": parts[1][1], "signature": parts[2][1][1:],
            "issuer": tbs[at + 2][2], "validity": tbs[at + 3][1], "subject": tbs[at + 4][2],
            "spki": tbs[at + 5][2]}


def verify_signed(cms, csca, content_type):
    """The object's signature and the document signer's, up to the CSCA; the content."""
    data = signed_data(cms)
    assert data["version"] == b"\3" and data["type"] == tlv.oid(content_type)
    digest = hashlib.new(HASHES[data["digest"]], data["content"]).digest()
    attributes = {tlv.parse(v)[0][1]: tlv.parse(v)[1][1] for _, v, _ in
                  tlv.parse(data["attributes"])}
    assert attributes[tlv.oid("1.2.840.113549.1.9.4")] == tlv.make(4, digest), "digest"
    assert attributes[tlv.oid("1.2.840.113549.1.9.3")] == tlv.make(6, data["type"])
    ds, root = certificate_parts(data["certificate"]), certificate_parts(csca)
    verify(ds["spki"], data["algorithm"], data["digest"], tlv.make(0x31, data["attributes"]),
           data["signature"])
    assert ds["issuer"] == root["subject"]
    verify(root["spki"], ds["algorithm"], None, ds["tbs"], ds["signature"])
    verify(root["spki"], root["algorithm"], None, root["tbs"], root["signature"])
    return data["content"]


def passive_authentication(sod, groups_, csca):
    """groups_: {number: file}. Raises when something is wrong."""
    content = verify_signed(tlv.find(sod, 0x77), csca, "2.23.136.1.1.1")
    _, algorithm, hashes_ = tlv.parse(tlv.find(content, 0x30))[:3]
    name = HASHES[tlv.parse(algorithm[1])[0][1]]
    said = {tlv.parse(v)[0][1][0]: tlv.parse(v)[1][1] for _, v, _ in tlv.parse(hashes_[1])}
    assert set(said) == set(groups_), (set(said), set(groups_))
    for number, file in groups_.items():
        assert hashlib.new(name, file).digest() == said[number], f"hash of DG{number}"


@contextlib.contextmanager
def refuses(*expected):
    try:
        yield
    except Refused as e:
        assert e.sw in expected, f"{e.sw:04X} instead of {' or '.join(f'{s:04X}' for s in expected)}"
    else:
        raise AssertionError("not refused")


def mrz_information(lines):
    """Document number, birth, expiry, each with its check digit."""
    text = "".join(lines)
    if len(text) == 90:
        number = text[5:15]
        if text[14] == "<":
            rest = text[15:30].split("<")[0]
            number = text[5:14] + rest
        return number + text[30:37] + text[38:45]
    second = lines[1]
    number = second[0:10]
    if len(text) == 72 and second[9] == "<":
        number = second[0:9] + second[28:35].split("<")[0]
    return number + second[13:20] + second[21:28]

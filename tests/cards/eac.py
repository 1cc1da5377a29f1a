"""The terminal's side of EAC, written from TR-03110-3 on Python's integers and the `cryptography`
package: PACE generic mapping, terminal and chip authentication 2, restricted identification,
secure messaging, card verifiable certificates. Nothing of the project's own crypto is in it."""
import base64
import hashlib
import secrets
import subprocess

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:  # before cryptography 43
    TripleDES = algorithms.TripleDES

# loads the rest of the package now: threads that did it at the same time have failed in import
default_backend()

BSI = bytes.fromhex("04007F0007")
PACE_OID, CA_OID, TA_OID, RI_OID = (BSI + bytes([2, 2, x]) for x in (4, 3, 2, 5))
CHAT_OID, AUX_OID, EXT_OID = (BSI + bytes([3, 1, x]) for x in (2, 4, 3))
IS, AT, ST = 1, 2, 3
MRZ, CAN, PIN, PUK = 1, 2, 3, 4
EID = bytes.fromhex("E80704007F00070302")
ESIGN = bytes.fromhex("A000000167455349474E")


# --- TLV ---

def tlv(tag, *parts):
    value = b"".join(parts)
    size = len(value)
    head = tag.to_bytes((tag.bit_length() + 7) // 8, "big")
    if size < 0x80:
        return head + bytes([size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return head + bytes([0x80 | len(length)]) + length + value


def items(data):
    """(tag, value, whole) of each object."""
    at = 0
    while at < len(data):
        start = at
        tag = data[at]
        at += 1
        if tag & 0x1F == 0x1F:
            while True:
                tag = tag << 8 | data[at]
                at += 1
                if data[at - 1] & 0x80 == 0:
                    break
        size = data[at]
        at += 1
        if size & 0x80:
            n = size & 0x7F
            size = int.from_bytes(data[at:at + n], "big")
            at += n
        yield tag, data[at:at + size], data[start:at + size]
        at += size


def find(data, *path):
    for tag in path:
        for found, value, _ in items(data):
            if found == tag:
                data = value
                break
        else:
            return None
    return data


# --- Groups ---

class Curve:
    """A point is (x, y), or None for infinity."""

    def __init__(self, name, p, a, b, g, n, number):
        self.name, self.p, self.a, self.b, self.g, self.n, self.number = name, p, a, b, g, n, number
        self.size = (p.bit_length() + 7) // 8
        self.ecdh = True

    def add(self, left, right):
        if left is None or right is None:
            return left or right
        (x1, y1), (x2, y2) = left, right
        if x1 == x2 and (y1 + y2) % self.p == 0:
            return None
        if left == right:
            s = (3 * x1 * x1 + self.a) * pow(2 * y1, -1, self.p)
        else:
            s = (y2 - y1) * pow(x2 - x1, -1, self.p)
        x = (s * s - x1 - x2) % self.p
        return x, (s * (x1 - x) - y1) % self.p

    def mul(self, k, point=None):
        point = point or self.g
        total = None
        for bit in bin(k)[2:]:
            total = self.add(total, total)
            if bit == "1":
                total = self.add(total, point)
        return total

    def encode(self, point):
        return b"\x04" + b"".join(c.to_bytes(self.size, "big") for c in point)

    def decode(self, data):
        assert data[0] == 4 and len(data) == 2 * self.size + 1
        x, y = (int.from_bytes(data[1 + i * self.size:1 + (i + 1) * self.size], "big")
                for i in (0, 1))
        assert (y * y - x * x * x - self.a * x - self.b) % self.p == 0
        return x, y

    def secret(self, point):
        return point[0].to_bytes(self.size, "big")

    def compress(self, point):
        return self.secret(point)

    def random(self):
        return secrets.randbelow(self.n - 1) + 1

    def map(self, nonce, shared):
        return self.add(self.mul(int.from_bytes(nonce, "big") % self.n), shared)

    def params(self):
        """81 to 85 and 87 of a public key object."""
        c = self.size
        return [(0x81, self.p.to_bytes(c, "big")), (0x82, self.a.to_bytes(c, "big")),
                (0x83, self.b.to_bytes(c, "big")), (0x84, self.encode(self.g)),
                (0x85, self.n.to_bytes(c, "big")), (0x87, b"\x01")]


class Residues:
    """A subgroup of the residues modulo p."""

    def __init__(self, p, g, q, number):
        self.p, self.g, self.n, self.number = p, g, q, number
        self.size = (p.bit_length() + 7) // 8
        self.ecdh = False

    def mul(self, k, element=None):
        return pow(element or self.g, k, self.p)

    def encode(self, element):
        return element.to_bytes((element.bit_length() + 7) // 8, "big")

    def decode(self, data):
        return int.from_bytes(data, "big")

    def secret(self, element):
        return element.to_bytes(self.size, "big")

    def compress(self, element):
        return hashlib.sha1(self.encode(element)).digest()

    def random(self):
        return secrets.randbelow(self.n - 1) + 1

    def map(self, nonce, shared):
        return pow(self.g, int.from_bytes(nonce, "big"), self.p) * shared % self.p


# RFC 5639 3.4
BP256 = Curve(
    "brainpoolP256r1",
    0xA9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377,
    0x7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9,
    0x26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6,
    (0x8BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE3262,
     0x547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C1D54C72F046997),
    0xA9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7, 13)


def rfc5114(number):
    """Standardised DH parameters 0 to 2, as the openssl program knows them."""
    pem = subprocess.run(["openssl", "genpkey", "-genparam", "-algorithm", "DHX", "-pkeyopt",
                          f"dh_rfc5114:{number + 1}"], capture_output=True, check=True).stdout
    der = base64.b64decode(b"".join(pem.split(b"\n")[1:-2]))
    p, g, q = (int.from_bytes(value, "big") for tag, value, _ in items(find(der, 0x30))
               if tag == 2)
    return Residues(p, g, q, number)


# --- Ciphers ---

def pad(data, block):
    return data + b"\x80" + bytes(-(len(data) + 1) % block)


def unpad(data):
    data = data.rstrip(b"\x00")
    assert data[-1:] == b"\x80"
    return data[:-1]


def encrypt(cipher, iv, data):
    run = Cipher(cipher, modes.CBC(iv), default_backend()).encryptor()
    return run.update(data) + run.finalize()


def decrypt(cipher, iv, data):
    run = Cipher(cipher, modes.CBC(iv), default_backend()).decryptor()
    return run.update(data) + run.finalize()


class Aes:
    block = 16

    def __init__(self, bits):
        self.bits = bits

    def key(self, secret, counter, nonce=b""):
        digest = hashlib.sha1 if self.bits == 128 else hashlib.sha256
        return digest(secret + nonce + counter.to_bytes(4, "big")).digest()[:self.bits // 8]

    def cipher(self, key):
        return algorithms.AES(key)

    def mac(self, key, data):
        run = CMAC(algorithms.AES(key), default_backend())
        run.update(data)
        return run.finalize()[:8]

    def iv(self, key, ssc):
        return encrypt(self.cipher(key), bytes(16), ssc)


class Des3:
    block = 8

    def key(self, secret, counter, nonce=b""):
        key = hashlib.sha1(secret + nonce + counter.to_bytes(4, "big")).digest()[:16]
        return bytes(b & 0xFE | (bin(b >> 1).count("1") + 1) % 2 for b in key)

    def cipher(self, key):
        return TripleDES(key)

    def mac(self, key, data):
        """ISO/IEC 9797-1 algorithm 3; the caller's data is padded here only if it is not whole."""
        if len(data) % 8:
            data = pad(data, 8)
        return self.retail(key, data)

    def retail(self, key, data):
        one = lambda k: TripleDES(k * 3)
        last = encrypt(one(key[:8]), bytes(8), data)[-8:]
        return encrypt(one(key[:8]), bytes(8), decrypt(one(key[8:]), bytes(8), last))

    def iv(self, key, ssc):
        return bytes(8)


SUITES = {1: Des3(), 2: Aes(128), 3: Aes(192), 4: Aes(256)}


class Session:
    """Secure messaging."""

    def __init__(self, suite, secret, nonce=b""):
        self.suite = suite
        self.enc = suite.key(secret, 1, nonce)
        self.mac_key = suite.key(secret, 2, nonce)
        self.ssc = 0

    def token(self, oid, group, key):
        data = tlv(0x7F49, tlv(6, oid), tlv(0x86 if group.ecdh else 0x84, key))
        if isinstance(self.suite, Des3):
            return self.suite.retail(self.mac_key, pad(data, 8))
        return self.suite.mac(self.mac_key, data)

    def _counter(self):
        self.ssc += 1
        return self.ssc.to_bytes(self.suite.block, "big")

    def wrap(self, cla, ins, p1, p2, data, le):
        """The protected command. le: None, or Ne with 0 for all; more than 256 makes it extended."""
        ssc = self._counter()
        header = bytes([cla | 0x0C, ins, p1, p2])
        objects = b""
        if data:
            secret = encrypt(self.suite.cipher(self.enc), self.suite.iv(self.enc, ssc),
                             pad(data, self.suite.block))
            objects += tlv(0x85, secret) if ins & 1 else tlv(0x87, b"\x01", secret)
        if le is not None:
            objects += tlv(0x97, bytes([le & 0xFF]) if le <= 256 else (le & 0xFFFF).to_bytes(2, "big"))
        covered = ssc + pad(header, self.suite.block)
        if objects:
            covered += pad(objects, self.suite.block)
        body = objects + tlv(0x8E, self.mac(covered))
        if len(body) > 255 or (le or 0) > 256:
            return header + b"\x00" + len(body).to_bytes(2, "big") + body + b"\x00\x00"
        return header + bytes([len(body)]) + body + b"\x00"

    def mac(self, data):
        if isinstance(self.suite, Des3):
            return self.suite.retail(self.mac_key, data)
        return self.suite.mac(self.mac_key, data)

    def unwrap(self, response):
        """Data and status word; the MAC and 99 must be right."""
        ssc = self._counter()
        body, sw = response[:-2], response[-2:]
        found = {tag: value for tag, value, _ in items(body)}
        covered = b"".join(whole for tag, _, whole in items(body) if tag != 0x8E)
        assert self.mac(ssc + pad(covered, self.suite.block)) == found[0x8E], "MAC of the answer"
        assert found[0x99] == sw, "status word inside and outside"
        secret = found[0x87][1:] if 0x87 in found else found.get(0x85)
        if secret is None:
            return b"", sw
        plain = decrypt(self.suite.cipher(self.enc), self.suite.iv(self.enc, ssc), secret)
        return unpad(plain), sw


# --- Certificates ---

def chat(kind, rights, role=0):
    size = 5 if kind == AT else 1
    value = (role << (8 * size - 2)) | rights
    return tlv(0x06, CHAT_OID, bytes([kind])) + tlv(0x53, value.to_bytes(size, "big"))


def rights(*bits):
    return sum(1 << bit for bit in bits)


ALL = {AT: rights(*range(30), *range(32, 38)), IS: rights(0, 1, 5), ST: rights(0, 1)}
CVCA, DV, FOREIGN, TERMINAL = 3, 2, 1, 0


def date(text):
    return bytes(int(c) for c in text)


HASHES = {1: hashes.SHA1(), 2: hashes.SHA224(), 3: hashes.SHA256(), 4: hashes.SHA384(),
          5: hashes.SHA512()}


def load(path):
    """A key file of --export-pki."""
    with open(path, "rb") as file:
        der = file.read()
    try:
        return serialization.load_der_private_key(der, None, default_backend())
    except (ValueError, UnsupportedAlgorithm):
        # explicit parameters of a named curve; the scalar is all we need
        scalar = find(der, 0x30, 0x04, 0x30, 0x04)
        curve = ec.BrainpoolP256R1() if len(scalar) == 32 else ec.BrainpoolP512R1()
        return ec.derive_private_key(int.from_bytes(scalar, "big"), curve, default_backend())


def new_key(curve=None):
    return ec.generate_private_key(curve or ec.BrainpoolP256R1(), default_backend())


def sign(key, algorithm, data):
    """algorithm: the last two bytes of the OID: (2, h) ECDSA, (1, h) RSA."""
    family, kind = algorithm
    if family == 2:
        digest = HASHES[kind]
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
        size = (key.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    # TR-03110-3 A.7.3.1: 1 v1.5 SHA-1, 2 v1.5 SHA-256, 3 PSS SHA-1, 4 PSS SHA-256, 5 v1.5 SHA-512, 6 PSS
    digest = (hashes.SHA1(), hashes.SHA256(), hashes.SHA1(), hashes.SHA256(), hashes.SHA512(),
              hashes.SHA512())[kind - 1]
    how = (padding.PKCS1v15() if kind in (1, 2, 5) else
           padding.PSS(padding.MGF1(digest), digest.digest_size))
    return key.sign(data, how, digest)


def public_object(key, algorithm, with_params):
    oid = tlv(0x06, TA_OID, bytes(algorithm))
    if algorithm[0] == 1:
        numbers = key.public_key().public_numbers()
        number = lambda n: n.to_bytes((n.bit_length() + 7) // 8, "big")
        return tlv(0x7F49, oid, tlv(0x81, number(numbers.n)), tlv(0x82, number(numbers.e)))
    numbers = key.public_key().public_numbers()
    point = BP256.encode((numbers.x, numbers.y))
    fields = [(0x86, point)] + (BP256.params() if with_params else [])
    return tlv(0x7F49, oid, *(tlv(tag, value) for tag, value in sorted(fields)))


class Cert:
    """A certificate with the private key of its subject."""

    def __init__(self, name, kind, role, bits, key=None, algorithm=(2, 3)):
        self.name, self.kind, self.role, self.bits = name.encode(), kind, role, bits
        self.key = key or new_key()
        self.algorithm = algorithm
        self.data = None

    def issue(self, issuer, since="260101", until="351231", extensions=b"", with_params=None,
              car=None):
        params = self.role == CVCA if with_params is None else with_params
        body = tlv(0x7F4E, tlv(0x5F29, b"\x00"), tlv(0x42, car or issuer.name),
                   public_object(self.key, self.algorithm, params),
                   tlv(0x5F20, self.name), tlv(0x7F4C, chat(self.kind, self.bits, self.role)),
                   tlv(0x5F25, date(since)), tlv(0x5F24, date(until)), extensions)
        self.data = body + tlv(0x5F37, sign(issuer.key, issuer.algorithm, body))
        return self

    def save(self, name):
        """NAME.cvcert, NAME.pkcs8"""
        with open(f"{name}.cvcert", "wb") as file:
            file.write(tlv(0x7F21, self.data))
        with open(f"{name}.pkcs8", "wb") as file:
            file.write(self.key.private_bytes(serialization.Encoding.DER,
                                              serialization.PrivateFormat.PKCS8,
                                              serialization.NoEncryption()))

    @classmethod
    def read(cls, path, key):
        """A certificate's file with its key's."""
        with open(path, "rb") as file:
            data = find(file.read(), 0x7F21)
        template = find(data, 0x7F4E, 0x7F4C)
        cert = cls(find(data, 0x7F4E, 0x5F20).decode(), find(template, 0x06)[-1], TERMINAL, 0,
                   load(key), tuple(find(data, 0x7F4E, 0x7F49, 0x06)[-2:]))
        cert.data = data
        return cert


def sector_extension(*keys):
    """keys: public key objects 7F49."""
    hashed = b"".join(tlv(0x80 + i, hashlib.sha256(key).digest()) for i, key in enumerate(keys))
    return tlv(0x65, tlv(0x73, tlv(0x06, EXT_OID, b"\x02"), hashed))


def aux(*questions):
    """questions: (last byte of the OID, data)."""
    return tlv(0x67, *(tlv(0x73, tlv(0x06, AUX_OID, bytes([last])), tlv(0x53, data))
                       for last, data in questions))


# --- The terminal ---

class Refused(Exception):
    def __init__(self, step, sw):
        super().__init__(f"{step}: {sw.hex().upper()}")
        self.step, self.sw = step, sw.hex().upper()


class Terminal:
    """link.transmit(bytes) -> bytes. Every step raises Refused unless it is answered with 9000."""

    def __init__(self, transmit, group=BP256, suite=2):
        self.raw = transmit
        self.group, self.suite = group, suite
        self.session = None
        self.id_picc = None
        self.mse = None  # status word of the last MSE:Set AT for PACE

    def forget(self):
        self.session = None

    def command(self, ins, p1, p2, data=b"", le=None, cla=0):
        """Data and status word as text, through secure messaging if there is a session."""
        if self.session:
            answer = self.raw(self.session.wrap(cla, ins, p1, p2, data, le))
            if len(answer) == 2:
                self.session = None
                return b"", answer.hex().upper()
            body, sw = self.session.unwrap(answer)
            return body, sw.hex().upper()
        head = bytes([cla, ins, p1, p2])
        long = len(data) > 255 or (le or 0) > 256
        if data:
            head += (b"\x00" + len(data).to_bytes(2, "big") if long else bytes([len(data)])) + data
        if le is not None:
            head += (b"" if data or not long else b"\x00") + (
                (le & 0xFFFF).to_bytes(2, "big") if long else bytes([le & 0xFF]))
        answer = self.raw(head)
        return answer[:-2], answer[-2:].hex().upper()

    def must(self, step, *args, ok=("9000",), **kwargs):
        body, sw = self.command(*args, **kwargs)
        if sw not in ok:
            raise Refused(step, bytes.fromhex(sw))
        return body, sw

    def oid(self, base):
        return base + bytes([2 if self.group.ecdh else 1, self.suite])

    # PACE

    def pace_select(self, password, template=b"", number=None):
        data = tlv(0x80, self.oid(PACE_OID)) + tlv(0x83, bytes([password]))
        if template:
            data += tlv(0x7F4C, template)
        if number is not None:
            data += tlv(0x84, bytes([number]))
        _, self.mse = self.must("MSE:Set AT", 0x22, 0xC1, 0xA4, data,
                                ok=("9000", "63C2", "63C1", "63C0", "6283"))

    def authenticate(self, step, tag, value=None, cla=0x10):
        inner = tlv(tag, value) if value is not None else b""
        body, _ = self.must(step, 0x86, 0, 0, tlv(0x7C, inner), le=0, cla=cla)
        return find(body, 0x7C)

    def pace(self, password, secret, template=b""):
        """secret: f(password)"""
        group, suite = self.group, SUITES[self.suite]
        self.pace_select(password, template)
        z = find(self.authenticate("nonce", None), 0x80)
        nonce = decrypt(suite.cipher(suite.key(secret, 3)), bytes(suite.block), z)
        x = group.random()
        theirs = group.decode(find(self.authenticate("mapping", 0x81, group.encode(group.mul(x))),
                                   0x82))
        generator = group.map(nonce, group.mul(x, theirs))
        y = group.random()
        mine = group.encode(group.mul(y, generator))
        chip = find(self.authenticate("agreement", 0x83, mine), 0x84)
        session = Session(suite, group.secret(group.mul(y, group.decode(chip))))
        token = session.token(self.oid(PACE_OID), group, chip)
        answer = self.authenticate("token", 0x85, token, cla=0)
        assert find(answer, 0x86) == session.token(self.oid(PACE_OID), group, mine), "chip's token"
        self.id_picc = group.compress(group.decode(chip))
        self.session = session
        self.context, self.left = 0, {}
        return find(answer, 0x87), find(answer, 0x88)

    # Terminal authentication

    def certificate(self, cert, car):
        self.must("MSE:Set DST", 0x22, 0x81, 0xB6, tlv(0x83, car))
        self.must("certificate", 0x2A, 0x00, 0xBE, cert)

    def challenge(self):
        challenge, _ = self.must("GET CHALLENGE", 0x84, 0, 0, le=8)
        assert len(challenge) == 8
        return challenge

    def prove(self, cert, data=b"", signed_aux=None, key=None, challenge=None):
        """MSE:Set AT, GET CHALLENGE, EXTERNAL AUTHENTICATE. signed_aux: sign this instead."""
        self.ephemeral = self.group.random()
        self.public = self.group.mul(self.ephemeral)
        comp = self.group.compress(self.public)
        self.must("MSE:Set AT (TA)", 0x22, 0x81, 0xA4, tlv(0x80, TA_OID, bytes(cert.algorithm)) +
                  tlv(0x83, cert.name) + data + tlv(0x91, comp))
        challenge = challenge or self.challenge()
        text = self.id_picc + challenge + comp + (data if signed_aux is None else signed_aux)
        self.must("EXTERNAL AUTHENTICATE", 0x82, 0, 0, sign(key or cert.key, cert.algorithm, text))

    def terminal_authentication(self, chain, data=b""):
        """chain: certificates from the one below the CVCA down to the terminal's."""
        issuer = None
        for cert in chain:
            car = find(cert.data, 0x7F4E, 0x42)
            self.certificate(cert.data, car)
            issuer = cert
        self.prove(issuer, data)

    # Chip authentication

    def chip_authentication(self, chip_key, number=1, key=None, context=None):
        """chip_key: encoded public key from EF.CardSecurity. context: its number, to return to it."""
        oid = self.oid(CA_OID)
        self.must("MSE:Set AT (CA)", 0x22, 0x41, 0xA4, tlv(0x80, oid) +
                  (tlv(0x84, bytes([number])) if number is not None else b"") +
                  (tlv(0xE0, tlv(0x81, bytes([context]))) if context is not None else b""))
        mine = self.group.encode(self.public) if key is None else key
        answer = self.authenticate("chip authentication", 0x80, mine, cla=0)
        shared = self.group.mul(self.ephemeral, self.group.decode(chip_key))
        session = Session(SUITES[self.suite], self.group.secret(shared), find(answer, 0x81))
        assert find(answer, 0x82) == session.token(oid, self.group, mine), "chip's token"
        self.left[self.context] = self.session
        self.context, self.session = context, session

    def restore(self, number):
        """Back to another session context: its keys, its counter."""
        self.must("restore", 0x22, 0x01, 0xA4, tlv(0xE1, tlv(0x81, bytes([number]))))
        self.left[self.context] = self.session
        self.context, self.session = number, self.left.pop(number)

    def identify(self, number, sector, second=False):
        """sector: a public key object 7F49."""
        self.must("MSE:Set AT (RI)", 0x22, 0x41, 0xA4, tlv(0x80, RI_OID, b"\x02\x03") +
                  tlv(0x84, bytes([number])))
        answer = self.authenticate("restricted identification", 0xA2 if second else 0xA0,
                                   find(sector, 0x7F49), cla=0)
        return find(answer, 0x83 if second else 0x81)

    # Files

    def select(self, aid):
        self.must("SELECT", 0xA4, 0x04, 0x0C, aid)

    def read(self, sfi):
        """A whole file, or the status word that refuses."""
        data = b""
        body, sw = self.command(0xB0, 0x80 | sfi, 0, le=0x10000)
        if sw not in ("9000", "6282"):
            return sw
        data += body
        return data


def infos_in(elements):
    """SecurityInfos as (oid, elements), those for privileged terminals too."""
    found = []
    for _, value, _ in items(elements):
        parts = list(items(value))
        found.append((parts[0][1], parts))
        if parts[0][1] == BSI + bytes([2, 2, 8]):
            found += infos_in(parts[1][1])
    return found


def card_infos(data):
    """The SecurityInfos in EF.CardSecurity or EF.ChipSecurity."""
    content = find(data, 0x30, 0xA0, 0x30, 0x30, 0xA0, 0x04)
    return infos_in(find(content, 0x31))


def chip_keys(data):
    """Public keys of chip authentication: number -> encoded key."""
    keys = {}
    for oid, parts in card_infos(data):
        if oid[:-1] == BSI + bytes([2, 2, 1]):
            bits = find(parts[1][1], 0x03)[1:]
            number = int.from_bytes(parts[2][1], "big") if len(parts) > 2 else 0
            keys[number] = bits if oid[-1] == 2 else find(bits, 0x02).lstrip(b"\x00")
    return keys

"""A host for PIV's secure messaging: key establishment, certificates, protected commands.

Written after NIST SP 800-73-4 part 2, section 4, without any of the card's code.
"""
import hashlib
import secrets

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

import tlv

AID = "A00000030800001000"


class Suite:
    def __init__(self, p1, curve, digest, key, nonce, alg, oid):
        self.p1, self.curve, self.digest, self.key = p1, curve, digest, key
        self.nonce, self.alg, self.oid = nonce, alg, tlv.oid(oid)
        self.field = curve.key_size // 8


SUITES = {
    "cs2": Suite(0x27, ec.SECP256R1(), hashlib.sha256, 16, 16, 0x09, "1.2.840.10045.3.1.7"),
    "cs7": Suite(0x2E, ec.SECP384R1(), hashlib.sha384, 32, 24, 0x0D, "1.3.132.0.34"),
}
SIGNATURES = {tlv.oid("1.2.840.10045.4.3.2"): hashes.SHA256(),
              tlv.oid("1.2.840.10045.4.3.3"): hashes.SHA384(),
              tlv.oid("1.2.840.113549.1.1.11"): hashes.SHA256()}


class Refused(Exception):
    def __init__(self, sw):
        super().__init__(f"{sw:04X}")
        self.sw = sw


def cmac(key, data):
    run = CMAC(algorithms.AES(key))
    run.update(data)
    return run.finalize()


def aes(key, mode, data, encrypt=True):
    cipher = Cipher(algorithms.AES(key), mode)
    run = cipher.encryptor() if encrypt else cipher.decryptor()
    return run.update(data) + run.finalize()


def kdf(suite, z, other):
    blocks = (suite.digest(n.to_bytes(4, "big") + z + other).digest() for n in range(1, 4))
    keys = b"".join(blocks)
    return [keys[n * suite.key:(n + 1) * suite.key] for n in range(4)]


def other_info(suite, id_h, cb_h, point, id_icc, nonce, cb_icc):
    parts = [bytes([suite.alg]) * 4, id_h, bytes([cb_h]), point[1:17], id_icc, nonce,
             bytes([cb_icc])]
    return b"".join(bytes([len(p)]) + p for p in parts)


class Cvc:
    """A card verifiable certificate."""

    def __init__(self, raw):
        (tag, value, whole), = tlv.parse(raw)
        assert tag == 0x7F21 and whole == raw
        parts = tlv.parse(value)
        assert [p[0] for p in parts] == [0x5F29, 0x42, 0x5F20, 0x7F49, 0x5F4C, 0x5F37]
        self.raw = raw
        self.profile, self.issuer, self.subject, key, self.role, signature = (p[1] for p in parts)
        self.body = value[:len(value) - len(parts[5][2])]
        self.oid, self.point = tlv.find(key, 0x06), tlv.find(key, 0x86)
        assert self.profile == b"\x80" and len(self.issuer) == 8
        both = tlv.parse(tlv.find(signature, 0x30))
        self.algorithm = tlv.find(both[0][1], 0x06)
        assert both[1][0] == 0x03 and both[1][1][0] == 0
        self.signature = both[1][1][1:]

    def key(self):
        curve = next(s.curve for s in SUITES.values() if s.oid == self.oid)
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, self.point)

    def verify(self, key):
        digest = SIGNATURES[self.algorithm]
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(self.signature, self.body, ec.ECDSA(digest))
        else:
            key.verify(self.signature, self.body, padding.PKCS1v15(), digest)


def check_chain(cvc, signer_object, trusted=None):
    """The card's certificate up to the X.509 certificate in 5FC122; that one."""
    value = tlv.find(signer_object, 0x53)
    parts = tlv.parse(value)
    assert parts[0][0] == 0x70 and parts[1][2] == b"\x71\x01\x00" and parts[-1][2] == b"\xFE\x00"
    cert = x509.load_der_x509_certificate(parts[0][1])
    if trusted is not None:
        assert cert.public_bytes(serialization.Encoding.DER) == trusted
    ski = cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert cvc.role == b"\0" and len(cvc.subject) == 16
    if len(parts) == 4:
        between = Cvc(parts[2][2])
        assert between.role == b"\x12" and between.issuer == ski[:8]
        assert between.subject == hashlib.sha1(between.point).digest()[:8] == cvc.issuer
        between.verify(cert.public_key())
        cvc.verify(between.key())
    else:
        assert len(parts) == 3 and cvc.issuer == ski[:8]
        cvc.verify(cert.public_key())
    return cert


class Session:
    def __init__(self, keys):
        self.cfrm, self.mac, self.enc, self.rmac = keys
        self.counter = 0
        self.mcv = self.rmcv = bytes(16)

    def iv(self, answer):
        block = (0x80 if answer else 0).to_bytes(1, "big") + self.counter.to_bytes(15, "big")
        return aes(self.enc, modes.ECB(), block)

    def wrap(self, ins, p1, p2, data=b"", le=None):
        """Header and data field."""
        self.counter += 1
        header = bytes([0x0C, ins, p1, p2])
        objects = b""
        if data:
            padded = data + b"\x80" + bytes(-(len(data) + 1) % 16)
            objects += tlv.make(0x87, b"\x01", aes(self.enc, modes.CBC(self.iv(False)), padded))
        if le is not None:
            objects += tlv.make(0x97, bytes([le]))
        self.mcv = cmac(self.mac, self.mcv + header + b"\x80" + bytes(11) + objects)
        return header, objects + tlv.make(0x8E, self.mcv[:8])

    def unwrap(self, body):
        parts = tlv.parse(body)
        tags = [p[0] for p in parts]
        assert tags in ([0x87, 0x99, 0x8E], [0x99, 0x8E]), tags
        self.rmcv = cmac(self.rmac, self.rmcv + b"".join(p[2] for p in parts[:-1]))
        assert parts[-1][1] == self.rmcv[:8], "R-MAC"
        data = b""
        if tags[0] == 0x87:
            assert parts[0][1][0] == 0x01
            data = aes(self.enc, modes.CBC(self.iv(True)), parts[0][1][1:], False)
            data = data[:data.rindex(b"\x80")]
        return data, int.from_bytes(parts[-2][1], "big")


class Host:
    """Commands to a card behind `transmit` (bytes to bytes), plain and protected."""

    def __init__(self, transmit):
        self.transmit = transmit
        self.session = None
        self.cvc = None

    def raw(self, apdu):
        """(body, status word), GET RESPONSE included."""
        answer = self.transmit(apdu)
        body, sw = answer[:-2], int.from_bytes(answer[-2:], "big")
        while sw >> 8 == 0x61:
            answer = self.transmit(bytes.fromhex("00C00000") + bytes([sw & 0xFF]))
            body, sw = body + answer[:-2], int.from_bytes(answer[-2:], "big")
        return body, sw

    def send(self, header, data, le=b"\0"):
        """In a chain of short commands, if it has to be."""
        head = bytearray(header)
        while len(data) > 255:
            head[0] |= 0x10
            body, sw = self.raw(bytes(head) + b"\xFF" + data[:255])
            if (body, sw) != (b"", 0x9000):
                return body, sw
            data = data[255:]
        length = bytes([len(data)]) if data else b""
        return self.raw(header + length + data + le)

    def plain(self, ins, p1, p2, data=b"", le=b"\0"):
        return self.send(bytes([0x00, ins, p1, p2]), data, le)

    def secure(self, ins, p1, p2, data=b"", le=0):
        body, sw = self.send(*self.session.wrap(ins, p1, p2, data, le))
        if sw != 0x9000:
            raise Refused(sw)
        return self.session.unwrap(body)

    def select(self):
        return self.plain(0xA4, 0x04, 0x00, bytes.fromhex(AID))

    def get(self, tag, secure=False):
        data = tlv.make(0x5C, tag.to_bytes((tag.bit_length() + 7) // 8, "big"))
        return (self.secure if secure else self.plain)(0xCB, 0x3F, 0xFF, data)

    def establish(self, name, cb=0, id_h=None, point=None, trusted=None):
        """The protocol, certificates checked."""
        suite = SUITES[name]
        id_h = secrets.token_bytes(8) if id_h is None else id_h
        own = ec.generate_private_key(suite.curve)
        q = point if point is not None else own.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        request = tlv.make(0x7C, tlv.make(0x81, bytes([cb]), id_h, q), tlv.make(0x82))
        body, sw = self.plain(0x87, suite.p1, 0x04, request)
        if sw != 0x9000:
            raise Refused(sw)
        answer = tlv.find(body, 0x7C, 0x82)
        nonce, rest = answer[1:1 + suite.nonce], answer[1 + suite.nonce:]
        cryptogram, self.cvc = rest[:16], Cvc(rest[16:])
        assert answer[0] == 0 and self.cvc.oid == suite.oid
        id_icc = hashlib.sha256(self.cvc.raw).digest()[:8]
        z = own.exchange(ec.ECDH(), self.cvc.key())
        keys = kdf(suite, z, other_info(suite, id_h, cb, q, id_icc, nonce, 0))
        assert cryptogram == cmac(keys[0], b"KC_1_V" + id_icc + id_h + q[1:]), "cryptogram"
        check_chain(self.cvc, self.get(0x5FC122)[0], trusted)
        chuid = tlv.find(self.get(0x5FC102)[0], 0x53)
        assert self.cvc.subject == tlv.find(chuid, 0x34)
        self.session = Session(keys)
        return self.session

"""Card verifiable certificates of a terminal's PKI, made after TR-03110-3 C and D."""
import hashlib
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

import groups
import tlv

TA = "0.4.0.127.0.7.2.2.2."
ROLES = {"cvca": 0xC0, "dv": 0x80, "foreign": 0x40, "is": 0x00}
HASH = {"sha1": hashes.SHA1(), "sha224": hashes.SHA224(), "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


class EcKey:
    OIDS = {"sha1": 1, "sha224": 2, "sha256": 3, "sha384": 4, "sha512": 5}

    def __init__(self, number=13, digest="sha256"):
        self.group, self.digest = groups.group(number), digest
        self.secret = secrets.randbelow(self.group.n - 1) + 1
        self.oid = tlv.oid(f"{TA}2.{self.OIDS[digest]}")

    def public(self, with_parameters):
        g, size = self.group, self.group.size
        fixed = lambda v: v.to_bytes(size, "big")  # noqa: E731
        body = tlv.make(0x06, self.oid)
        if with_parameters:
            body += (tlv.make(0x81, fixed(g.p)) + tlv.make(0x82, fixed(g.a)) +
                     tlv.make(0x83, fixed(g.b)) + tlv.make(0x84, g.encode(g.g)) +
                     tlv.make(0x85, g.n.to_bytes(g.order_size, "big")))
        body += tlv.make(0x86, g.encode(g.mul(self.secret)))
        if with_parameters:
            body += tlv.make(0x87, b"\1")
        return tlv.make(0x7F49, body)

    def sign(self, message):
        digest = hashlib.new(self.digest, message).digest()
        return self.group.sign(self.secret, digest, secrets.randbelow(self.group.n - 1) + 1)


class RsaKey:
    OIDS = {("v15", "sha1"): 1, ("v15", "sha256"): 2, ("pss", "sha1"): 3, ("pss", "sha256"): 4,
            ("v15", "sha512"): 5, ("pss", "sha512"): 6}

    def __init__(self, bits=2048, scheme="v15", digest="sha256"):
        self.key = rsa.generate_private_key(65537, bits)
        self.scheme, self.digest = scheme, HASH[digest]
        self.oid = tlv.oid(f"{TA}1.{self.OIDS[scheme, digest]}")

    def public(self, with_parameters):
        del with_parameters
        numbers = self.key.public_key().public_numbers()
        size = (numbers.n.bit_length() + 7) // 8
        return tlv.make(0x7F49, tlv.make(0x06, self.oid),
                        tlv.make(0x81, numbers.n.to_bytes(size, "big")),
                        tlv.make(0x82, numbers.e.to_bytes(3, "big")))

    def sign(self, message):
        how = padding.PKCS1v15() if self.scheme == "v15" else \
            padding.PSS(padding.MGF1(self.digest), self.digest.digest_size)
        return self.key.sign(message, how, self.digest)


def date(text):
    return bytes(int(c) for c in text)


class Certificate:
    def __init__(self, car, issuer, chr_, subject, role, rights=3, begin="250101", end="351231",
                 terminal_type=1):
        """car, chr_: bytes; rights: bit 0 DG3, bit 1 DG4"""
        self.chr = chr_
        chat = tlv.make(0x7F4C, tlv.make(0x06, tlv.oid(f"0.4.0.127.0.7.3.1.2.{terminal_type}")),
                        tlv.make(0x53, bytes([ROLES[role] | rights])))
        body = tlv.make(0x7F4E, tlv.make(0x5F29, b"\0"), tlv.make(0x42, car),
                        subject.public(role == "cvca"), tlv.make(0x5F20, chr_), chat,
                        tlv.make(0x5F25, date(begin)), tlv.make(0x5F24, date(end)))
        self.data = tlv.make(0x7F21, body, tlv.make(0x5F37, issuer.sign(body)))


class Pki:
    """CVCA, DV and inspection system, each with a key of its own."""

    def __init__(self, make_key=EcKey, rights=(3, 3, 3), end="351231", country="UT"):
        self.name = [f"{country}CVCA00001".encode(), f"{country}DV000001".encode(),
                     f"{country}IS000001".encode()]
        self.keys = [make_key() for _ in range(3)]
        cvca, dv, terminal = self.keys
        self.cvca = Certificate(self.name[0], cvca, self.name[0], cvca, "cvca", rights[0])
        self.dv = Certificate(self.name[0], cvca, self.name[1], dv, "dv", rights[1])
        self.terminal = Certificate(self.name[1], dv, self.name[2], terminal, "is", rights[2],
                                    end=end)
        self.make_key = make_key

    @property
    def chain(self):
        return [self.dv, self.terminal]

    def link(self):
        """The next CVCA key: a certificate by the present one; DV and terminal anew under it."""
        name, key = self.name[0][:-1] + b"2", self.make_key()
        link = Certificate(self.name[0], self.keys[0], name, key, "cvca", begin="250201")
        dv = Certificate(name, key, self.name[1], self.keys[1], "dv")
        return link, [dv, self.terminal], name

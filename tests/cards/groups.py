"""Groups for PACE and chip authentication in plain Python: an independent second opinion.

The numbers come from the openssl program, the arithmetic is here.
"""
import base64
import functools
import hashlib
import re
import subprocess

import tlv

CURVES = {
    8: "prime192v1", 9: "brainpoolP192r1", 10: "secp224r1", 11: "brainpoolP224r1",
    12: "prime256v1", 13: "brainpoolP256r1", 14: "brainpoolP320r1", 15: "secp384r1",
    16: "brainpoolP384r1", 17: "brainpoolP512r1", 18: "secp521r1",
}


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True, capture_output=True).stdout


def numbers(text):
    """The hex blocks of OpenSSL's text form by their names."""
    found = {}
    for name, block in re.findall(r"^\s*([A-Za-z][\w ()]*?):[^\n]*\n((?:\s+[0-9a-f:]+\n)+)", text,
                                  re.MULTILINE):
        digits = re.sub(r"[^0-9a-f]", "", block)
        found[name.strip()] = int(digits, 16)
    return found


class Curve:
    kind = "ecdh"

    def __init__(self, p, a, b, g, n):
        self.p, self.a, self.b, self.g, self.n = p, a, b, g, n
        self.size = (p.bit_length() + 7) // 8
        self.order_size = (n.bit_length() + 7) // 8

    def holds(self, point):
        x, y = point
        return (y * y - x * x * x - self.a * x - self.b) % self.p == 0

    def add(self, one, two):
        if one is None or two is None:
            return one or two
        (x1, y1), (x2, y2) = one, two
        if x1 == x2:
            if (y1 + y2) % self.p == 0:
                return None
            slope = (3 * x1 * x1 + self.a) * pow(2 * y1, -1, self.p)
        else:
            slope = (y2 - y1) * pow(x2 - x1, -1, self.p)
        x = (slope * slope - x1 - x2) % self.p
        return x, (slope * (x1 - x) - y1) % self.p

    def mul(self, k, point=None):
        point = point or self.g
        total = None
        while k:
            if k & 1:
                total = self.add(total, point)
            point = self.add(point, point)
            k >>= 1
        return total

    def encode(self, point):
        return b"\4" + b"".join(v.to_bytes(self.size, "big") for v in point)

    def decode(self, data):
        assert data[0] == 4 and len(data) == 1 + 2 * self.size, data.hex()
        point = (int.from_bytes(data[1:1 + self.size], "big"),
                 int.from_bytes(data[1 + self.size:], "big"))
        assert self.holds(point)
        return point

    def secret(self, point):
        return point[0].to_bytes(self.size, "big")

    def compress(self, point):
        return self.secret(point)

    def with_generator(self, g):
        return Curve(self.p, self.a, self.b, g, self.n)

    def map_generic(self, s, shared):
        return self.with_generator(self.add(self.mul(s), shared))

    def map_integrated(self, u):
        """Doc 9303-11 B.2"""
        p, a, b = self.p, self.a, self.b
        alpha = -u * u % p
        x2 = -b * pow(a, -1, p) * (1 + pow(alpha + alpha * alpha, -1, p)) % p
        x3 = alpha * x2 % p
        h2 = (pow(x2, 3, p) + a * x2 + b) % p
        big_u = pow(u, 3, p) * h2 % p
        big_a = pow(h2, p - 1 - (p + 1) // 4, p)
        if big_a * big_a * h2 % p == 1:
            return self.with_generator((x2, big_a * h2 % p))
        return self.with_generator((x3, big_a * big_u % p))

    def verify(self, point, digest, r, s):
        e = int.from_bytes(digest, "big")
        e >>= max(0, 8 * len(digest) - self.n.bit_length())
        if not (0 < r < self.n and 0 < s < self.n):
            return False
        w = pow(s, -1, self.n)
        sum_ = self.add(self.mul(e * w % self.n), self.mul(r * w % self.n, point))
        return sum_ is not None and sum_[0] % self.n == r

    def sign(self, secret, digest, k):
        e = int.from_bytes(digest, "big")
        e >>= max(0, 8 * len(digest) - self.n.bit_length())
        r = self.mul(k)[0] % self.n
        s = pow(k, -1, self.n) * (e + r * secret) % self.n
        return r.to_bytes(self.order_size, "big") + s.to_bytes(self.order_size, "big")


class Residues:
    kind = "dh"

    def __init__(self, p, g, q):
        self.p, self.g, self.n = p, g, q
        self.size = (p.bit_length() + 7) // 8

    def mul(self, k, base=None):
        return pow(base or self.g, k, self.p)

    def encode(self, value):
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    def decode(self, data):
        value = int.from_bytes(data, "big")
        assert 1 < value < self.p - 1 and pow(value, self.n, self.p) == 1
        return value

    def secret(self, value):
        return value.to_bytes(self.size, "big")

    def compress(self, value):
        return hashlib.sha1(self.encode(value)).digest()

    def map_generic(self, s, shared):
        return Residues(self.p, pow(self.g, s, self.p) * shared % self.p, self.n)

    def map_integrated(self, u):
        return Residues(self.p, pow(u, (self.p - 1) // self.n, self.p), self.n)


@functools.lru_cache(maxsize=None)
def group(number):
    if number in CURVES:
        text = openssl("ecparam", "-name", CURVES[number], "-param_enc", "explicit", "-text",
                       "-noout").decode()
        v = numbers(text)
        point = next(v[k] for k in v if k.startswith("Generator"))
        size = (v["Prime"].bit_length() + 7) // 8
        data = point.to_bytes(1 + 2 * size, "big")
        g = (int.from_bytes(data[1:1 + size], "big"), int.from_bytes(data[1 + size:], "big"))
        return Curve(v["Prime"], v["A"], v["B"], g, v["Order"])
    pem = openssl("genpkey", "-genparam", "-algorithm", "DHX", "-pkeyopt",
                  f"dh_rfc5114:{number + 1}").decode()
    der = base64.b64decode("".join(pem.splitlines()[1:-1]))
    p, g, q = (int.from_bytes(v, "big") for _, v, _ in tlv.parse(tlv.find(der, 0x30))[:3])
    return Residues(p, g, q)

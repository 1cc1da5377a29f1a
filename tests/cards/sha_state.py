"""SHA-1 and SHA-2 after whole blocks: the intermediate value, written out from FIPS 180-4, which
hashlib does not show."""


def _primes(count):
    found, n = [], 2
    while len(found) < count:
        if all(n % p for p in found):
            found.append(n)
        n += 1
    return found


def _root(n, degree, bits):
    """The first bits of the fraction of a root of n."""
    low, high, target = 0, 1 << (bits + 16), n << (degree * bits)
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if middle ** degree <= target else (low, middle)
    return low & ((1 << bits) - 1)


def _rotate(x, n, bits):
    return (x >> n | x << (bits - n)) & ((1 << bits) - 1)


def _sha1(state, words):
    w = list(words)
    for t in range(16, 80):
        w.append(_rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 31, 32))
    a, b, c, d, e = state
    for t in range(80):
        f, k = ((b & c | ~b & d, 0x5A827999), (b ^ c ^ d, 0x6ED9EBA1),
                (b & c | b & d | c & d, 0x8F1BBCDC), (b ^ c ^ d, 0xCA62C1D6))[t // 20]
        a, b, c, d, e = (_rotate(a, 27, 32) + (f & 0xFFFFFFFF) + e + k + w[t]) & 0xFFFFFFFF, a, _rotate(b, 2, 32), c, d
    return [(x + y) & 0xFFFFFFFF for x, y in zip(state, (a, b, c, d, e))]


def _sha2(state, words, bits):
    mask = (1 << bits) - 1
    rounds = 64 if bits == 32 else 80
    s0, s1, e0, e1 = (((7, 18, 3), (17, 19, 10), (2, 13, 22), (6, 11, 25)) if bits == 32 else
                      ((1, 8, 7), (19, 61, 6), (28, 34, 39), (14, 18, 41)))

    def small(x, n):
        return _rotate(x, n[0], bits) ^ _rotate(x, n[1], bits) ^ x >> n[2]

    def large(x, n):
        return _rotate(x, n[0], bits) ^ _rotate(x, n[1], bits) ^ _rotate(x, n[2], bits)

    w = list(words)
    for t in range(16, rounds):
        w.append((small(w[t - 2], s1) + w[t - 7] + small(w[t - 15], s0) + w[t - 16]) & mask)
    v = list(state)
    for t, prime in enumerate(_primes(rounds)):
        a, b, c, d, e, f, g, h = v
        one = h + large(e, e1) + (e & f ^ ~e & mask & g) + _root(prime, 3, bits) + w[t]
        two = large(a, e0) + (a & b ^ a & c ^ b & c)
        v = [(one + two) & mask, a, b, c, (d + one) & mask, e, f, g]
    return [(x + y) & mask for x, y in zip(state, v)]


START = {
    "sha1": [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0],
    "sha224": [_root(p, 2, 64) & 0xFFFFFFFF for p in _primes(16)[8:]],
    "sha256": [_root(p, 2, 32) for p in _primes(8)],
    "sha384": [_root(p, 2, 64) for p in _primes(16)[8:]],
    "sha512": [_root(p, 2, 64) for p in _primes(8)],
}


def block_len(name):
    return 128 if name in ("sha384", "sha512") else 64


def intermediate(name, data):
    """The chaining value after data, which is whole blocks, without the number of bits."""
    size = block_len(name)
    bits, state = size // 2, START[name]
    assert len(data) % size == 0
    for at in range(0, len(data), size):
        words = [int.from_bytes(data[i:i + bits // 8], "big") for i in range(at, at + size, bits // 8)]
        state = _sha1(state, words) if name == "sha1" else _sha2(state, words, bits)
    return b"".join(word.to_bytes(bits // 8, "big") for word in state)

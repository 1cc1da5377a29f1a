"""BER-TLV for the readers of these tests."""


def length(n):
    if n < 0x80:
        return bytes([n])
    size = (n.bit_length() + 7) // 8
    return bytes([0x80 | size]) + n.to_bytes(size, "big")


def make(tag, *values):
    value = b"".join(values)
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big") + length(len(value)) + value


def parse(data):
    """[(tag, value, whole)] of all objects."""
    objects, at = [], 0
    while at < len(data):
        start, tag = at, data[at]
        at += 1
        if tag & 0x1F == 0x1F:
            while True:
                tag = tag << 8 | data[at]
                at += 1
                if not data[at - 1] & 0x80:
                    break
        size = data[at]
        at += 1
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(data[at:at + count], "big")
            at += count
        if at + size > len(data):
            raise ValueError("object is longer than its data")
        objects.append((tag, data[at:at + size], data[start:at + size]))
        at += size
    return objects


def find(data, *path):
    for tag in path:
        data = next((value for t, value, _ in parse(data) if t == tag), None)
        if data is None:
            return None
    return data


def oid(dotted):
    parts = [int(p) for p in dotted.split(".")]
    out = b""
    for part in [parts[0] * 40 + parts[1], *parts[2:]]:
        piece = bytes([part & 0x7F])
        while part > 0x7F:
            part >>= 7
            piece = bytes([0x80 | part & 0x7F]) + piece
        out += piece
    return out


def integer(n):
    return make(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))

"""A terminal on OpenPACE (libeac): the protocols' arithmetic, keys and secure messaging are its own;
only commands and templates are put together as in eac.py."""
import ctypes

import eac
from eac import find, tlv

try:
    LIB = ctypes.CDLL("libeac.so.3")
except OSError:
    LIB = None

PACE_KEYS, CA_KEYS = 0, 1


class Bytes(ctypes.Structure):
    """BUF_MEM"""
    _fields_ = [("length", ctypes.c_size_t), ("data", ctypes.c_void_p), ("max", ctypes.c_size_t),
                ("flags", ctypes.c_ulong)]


class Failed(Exception):
    """OpenPACE refused."""


def call(name, *args, result=ctypes.POINTER(Bytes)):
    function = getattr(LIB, name)
    function.restype = result
    value = function(*args)
    if not value:
        raise Failed(name)
    return value


def to_buf(data):
    return call("BUF_MEM_create_init", data, ctypes.c_size_t(len(data)))


def to_bytes(buf):
    return ctypes.string_at(buf.contents.data, buf.contents.length)


def check(name, *args):
    if call(name, *args, result=ctypes.c_int) != 1:
        raise Failed(name)


class Session:
    """Secure messaging with the keys in a context."""

    def __init__(self, ctx, which):
        self.ctx = ctx
        check("EAC_CTX_set_encryption_ctx", ctx, which)
        check("EAC_reset_ssc", ctx)

    def mac(self, data):
        return to_bytes(call("EAC_authenticate", self.ctx, to_buf(data)))

    def wrap(self, cla, ins, p1, p2, data, le):
        check("EAC_increment_ssc", self.ctx)
        header = bytes([cla | 0x0C, ins, p1, p2])
        objects = b""
        if data:
            secret = to_bytes(call("EAC_encrypt", self.ctx, to_buf(eac.pad(data, 16))))
            objects += tlv(0x87, b"\x01", secret)
        if le is not None:
            objects += tlv(0x97, bytes([le & 0xFF]) if le <= 256 else (le & 0xFFFF).to_bytes(2, "big"))
        covered = eac.pad(header, 16) + (eac.pad(objects, 16) if objects else b"")
        body = objects + tlv(0x8E, self.mac(covered))
        if len(body) > 255 or (le or 0) > 256:
            return header + b"\x00" + len(body).to_bytes(2, "big") + body + b"\x00\x00"
        return header + bytes([len(body)]) + body + b"\x00"

    def unwrap(self, response):
        check("EAC_increment_ssc", self.ctx)
        body, sw = response[:-2], response[-2:]
        found = {tag: value for tag, value, _ in eac.items(body)}
        covered = b"".join(whole for tag, _, whole in eac.items(body) if tag != 0x8E)
        check("EAC_verify_authentication", self.ctx, to_buf(eac.pad(covered, 16)),
              to_buf(found[0x8E]))
        assert found[0x99] == sw
        if 0x87 not in found:
            return b"", sw
        plain = call("EAC_decrypt", self.ctx, to_buf(found[0x87][1:]))
        return eac.unpad(to_bytes(plain)), sw


def whole_coordinate(compressed, point):
    """OpenPACE compresses a point without the leading zeros of its coordinate, which TR-03110-3 A.2.2
    keeps: once in 256 runs. `point` is one of the same curve; a DH key has an even length."""
    length = (len(point) - 1) // 2
    if len(point) % 2 == 1 and length - len(compressed) in (1, 2):
        return compressed.rjust(length, b"\0")
    return compressed


class Terminal(eac.Terminal):
    """The same steps as eac.Terminal."""

    def __init__(self, transmit):
        super().__init__(transmit)
        LIB.EAC_init()
        self.ctx = None

    def start(self, access):
        self.ctx = ctypes.c_void_p(call("EAC_CTX_new", result=ctypes.c_void_p))
        check("EAC_CTX_init_ef_cardaccess", access, ctypes.c_size_t(len(access)), self.ctx)

    def pace(self, password, secret, template=b""):
        self.start(self.read(0x1C))
        key = ctypes.c_void_p(call("PACE_SEC_new", secret, ctypes.c_size_t(len(secret)),
                                   ctypes.c_int(password), result=ctypes.c_void_p))
        self.pace_select(password, template)
        z = find(self.authenticate("nonce", None), 0x80)
        check("PACE_STEP2_dec_nonce", self.ctx, key, to_buf(z))
        mapping = to_bytes(call("PACE_STEP3A_generate_mapping_data", self.ctx))
        theirs = find(self.authenticate("mapping", 0x81, mapping), 0x82)
        check("PACE_STEP3A_map_generator", self.ctx, to_buf(theirs))
        mine = to_bytes(call("PACE_STEP3B_generate_ephemeral_key", self.ctx))
        chip = find(self.authenticate("agreement", 0x83, mine), 0x84)
        check("PACE_STEP3B_compute_shared_secret", self.ctx, to_buf(chip))
        check("PACE_STEP3C_derive_keys", self.ctx)
        token = to_bytes(call("PACE_STEP3D_compute_authentication_token", self.ctx, to_buf(chip)))
        answer = self.authenticate("token", 0x85, token, cla=0)
        check("PACE_STEP3D_verify_authentication_token", self.ctx, to_buf(find(answer, 0x86)))
        self.chip_point = chip
        self.id_picc = whole_coordinate(
            to_bytes(call("EAC_Comp", self.ctx, ctypes.c_int(PACE_KEYS), to_buf(chip))), chip)
        self.session = Session(self.ctx, PACE_KEYS)
        return find(answer, 0x87), find(answer, 0x88)

    def terminal_authentication_with(self, chain, key, data=b""):
        """Certificates 7F21, the terminal's key in PKCS #8."""
        check("EAC_CTX_init_ta", self.ctx, key, ctypes.c_size_t(len(key)), chain[-1],
              ctypes.c_size_t(len(chain[-1])))
        for cert in chain:
            self.certificate(find(cert, 0x7F21), find(cert, 0x7F21, 0x7F4E, 0x42))
        last = find(chain[-1], 0x7F21, 0x7F4E)
        comp = to_bytes(call("TA_STEP3_generate_ephemeral_key", self.ctx))
        comp = whole_coordinate(comp, self.chip_point)
        self.must("MSE:Set AT (TA)", 0x22, 0x81, 0xA4, tlv(0x80, find(last, 0x7F49, 0x06)) +
                  tlv(0x83, find(last, 0x5F20)) + data + tlv(0x91, comp))
        challenge, _ = self.must("GET CHALLENGE", 0x84, 0, 0, le=8)
        check("TA_STEP4_set_nonce", self.ctx, to_buf(challenge))
        signature = call("TA_STEP5_sign", self.ctx, to_buf(comp), to_buf(self.id_picc),
                         to_buf(data) if data else None)
        self.must("EXTERNAL AUTHENTICATE", 0x82, 0, 0, to_bytes(signature))

    def chip_authentication_with(self, security):
        """OpenPACE takes the chip's key from EF.CardSecurity; no passive authentication here."""
        LIB.CA_disable_passive_authentication.restype = None
        LIB.CA_disable_passive_authentication(self.ctx)
        chip = call("CA_get_pubkey", self.ctx, security, ctypes.c_size_t(len(security)))
        self.must("MSE:Set AT (CA)", 0x22, 0x41, 0xA4, tlv(0x80, self.oid(eac.CA_OID)) +
                  tlv(0x84, b"\x01"))
        mine = to_bytes(call("CA_STEP2_get_eph_pubkey", self.ctx))
        answer = self.authenticate("chip authentication", 0x80, mine, cla=0)
        check("CA_STEP4_compute_shared_secret", self.ctx, chip)
        check("CA_STEP6_derive_keys", self.ctx, to_buf(find(answer, 0x81)),
              to_buf(find(answer, 0x82)))
        self.session = Session(self.ctx, CA_KEYS)

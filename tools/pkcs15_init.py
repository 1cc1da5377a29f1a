#!/usr/bin/env python3
"""Makes share/init/pkcs15.apdu: a card after PKCS #15 v1.1 (ISO/IEC 7816-15) with one PIN, one RSA key and its certificate.

    tools/pkcs15_init.py > share/init/pkcs15.apdu

Each run makes a new key. The key is in the script and so known to everybody: it is for trying things out.
"""
import datetime
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

AID = bytes.fromhex("A000000063") + b"PKCS-15"
ID = b"\x45"
AUTH_ID = b"\x01"


def tlv(tag, *parts):
    value = b"".join(parts)
    head = bytes.fromhex(f"{tag:0{len(f'{tag:X}') + 1 & ~1}X}")
    if len(value) < 0x80:
        return head + bytes([len(value)]) + value
    size = (len(value).bit_length() + 7) // 8
    return head + bytes([0x80 | size]) + len(value).to_bytes(size, "big") + value


def sequence(*parts):
    return tlv(0x30, *parts)


def utf8(text):
    return tlv(0x0C, text.encode())


def octets(value):
    return tlv(0x04, value)


def integer(number):
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def bits(*numbers):
    """A BIT STRING with these bits set; bit 0 is the first."""
    count = max(numbers, default=-1) + 1
    value = sum(1 << (count + 7) // 8 * 8 - 1 - n for n in numbers)
    return tlv(0x03, bytes([-count % 8]), value.to_bytes((count + 7) // 8, "big"))


def path(fid):
    return sequence(octets(bytes.fromhex("3F005015" + fid)))


PRIVATE, MODIFIABLE = 0, 1


def common(label, *flags, auth=b""):
    return sequence(utf8(label), bits(*flags) if flags else b"", octets(auth) if auth else b"")


def pin_object():
    """PIN 01: case-sensitive, initialized, unblocking possible; ASCII; 4 to 16 characters."""
    attributes = sequence(bits(0, 4), tlv(0x0A, b"\x01"), integer(4), integer(4), integer(16),
                          tlv(0x80, b"\x01"), sequence(octets(bytes.fromhex("3F00"))))
    return sequence(common("PIN", PRIVATE, MODIFIABLE), sequence(octets(AUTH_ID)), tlv(0xA1, attributes))


def private_key_object(size):
    # usage: sign, sign with recovery, decrypt; access: sensitive, never extractable
    return sequence(common("Key", PRIVATE, auth=AUTH_ID),
                    sequence(octets(ID), bits(1, 2, 3), bits(0, 3), integer(0x81)),
                    tlv(0xA1, sequence(path("4401"), integer(size))))


def public_key_object(size):
    return sequence(common("Key"), sequence(octets(ID), bits(0, 6, 7)),
                    tlv(0xA1, sequence(path("4404"), integer(size))))


def certificate_object():
    return sequence(common("Certificate"), sequence(octets(ID)), tlv(0xA1, sequence(path("4405"))))


def object_directory():
    """ODF: where the directories of private keys, public keys, certificates and PINs are."""
    return b"".join(tlv(tag, path(fid)) for tag, fid in
                    ((0xA0, "5001"), (0xA1, "5002"), (0xA4, "5004"), (0xA8, "5008")))


def token_info():
    return sequence(integer(0), octets(bytes.fromhex("0001")), tlv(0x0C, b"vicc"),
                    tlv(0x80, b"PKCS #15 demonstration"), bits(2))


def application():
    """The application template of EF.DIR (ISO/IEC 7816-4:2020 12.2.3)."""
    return tlv(0x61, tlv(0x4F, AID), tlv(0x50, b"PKCS #15"), tlv(0x51, bytes.fromhex("3F005015")))


def certificate(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Virtual card holder")])
    start = datetime.datetime(2026, 1, 1)
    return (x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(key.public_key()).serial_number(int.from_bytes(os.urandom(8), "big") >> 1)
            .not_valid_before(start).not_valid_after(datetime.datetime(2056, 1, 1))
            .add_extension(x509.KeyUsage(True, True, True, False, False, False, False, False, False), True)
            .sign(key, hashes.SHA256())).public_bytes(serialization.Encoding.DER)


def command(header, data):
    length = bytes([len(data)]) if len(data) < 256 else b"\0" + len(data).to_bytes(2, "big")
    print(">", " ".join(part.hex().upper() for part in (bytes.fromhex(header), length, data)))


def create(fid, descriptor, size=0, security="", name=b""):
    command("00E00000", tlv(
        0x62, tlv(0x80, size.to_bytes(2, "big")) if size else b"", tlv(0x82, bytes.fromhex(descriptor)),
        tlv(0x83, bytes.fromhex(fid)), tlv(0x84, name) if name else b"",
        tlv(0x8C, bytes.fromhex(security)) if security else b""))


def write(content):
    command("00D60000", content)


ACTIVATE = "> 00 44 00 00"
# delete, terminate, activate, deactivate: never; write and update: with a PIN; read: always
GUARDED = "7F FF FF FF FF 10 10 00"


def elementary(fid, comment, content, room=0):
    print("#", comment)
    create(fid, "01", max(len(content), room), GUARDED)
    write(content)
    print(ACTIVATE)


def secret_key(key):
    numbers = key.private_numbers()
    def number(value):
        return value.to_bytes((value.bit_length() + 7) // 8, "big")
    public = numbers.public_numbers
    parts = ((0x91, public.e), (0x92, numbers.p), (0x93, numbers.q), (0x94, numbers.iqmp),
             (0x95, numbers.dmp1), (0x96, numbers.dmq1), (0x97, public.n), (0x98, numbers.d))
    return tlv(0x7F48, *(tlv(tag, number(value)) for tag, value in parts))


def main():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    print("# PKCS #15 (ISO/IEC 7816-15): EF.DIR, an application with ODF, TokenInfo and directories, a PIN, an RSA key\n"
          "# and its certificate. The PIN is the card's 01: 1234, unblock code 12345678. The key is in this file: everybody\n"
          "# has it. Made by tools/pkcs15_init.py.\n@ type iso7816")
    print("# EF.DIR names the application")
    print("> 00 A4 02 0C 02 2F 00")
    write(application())
    print(ACTIVATE)
    print("# the application's DF; files in it are made and deleted with the PIN")
    print("> 00 A4 00 0C 02 3F 00")
    # delete, terminate, activate, deactivate: never; create DF, create EF, delete child: with a PIN
    create("5015", "38", name=AID, security="7F FF FF FF FF 10 10 10")
    elementary("5031", "ODF", object_directory(), 128)
    print("> 00 A4 00 0C 02 50 15")
    elementary("5032", "TokenInfo", token_info(), 128)
    for fid, comment, content in (
            ("5001", "PrKDF", private_key_object(2048)), ("5002", "PuKDF", public_key_object(2048)),
            ("5004", "CDF", certificate_object()), ("5008", "AODF", pin_object()),
            ("4404", "the public key", public), ("4405", "the certificate", certificate(key))):
        print("> 00 A4 00 0C 02 50 15")
        elementary(fid, comment, content, 256 if fid[0] == "5" else 0)
    print("> 00 A4 00 0C 02 50 15")
    print("# the private key, reference 81: sign, decipher, authenticate; with PIN 01")
    command("80DB3FFF", tlv(0xA2, bytes.fromhex("830181 8801A2 81020025 820101 840101"), secret_key(key)))
    print("# the application and the card are complete: from here on, rights are enforced")
    print(ACTIVATE)
    print("> 00 A4 00 0C 02 3F 00")
    print(ACTIVATE)


main()

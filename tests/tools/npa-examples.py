#!/usr/bin/env python3
"""Writes the worked examples of TR-03110 (ECDH and DH, by BSI and secunet) as transcripts for the
whole identity card: the published keys and nonces are what the chip draws, the answers are the
published ones; what goes through secure messaging is computed by tests/cards/eac.py.

    npa-examples.py VECTORS.json FOLDER      writes FOLDER/example-ecdh.apdu and example-dh.apdu

VECTORS.json has the values by the names that OpenPACE's src/eactest.c gives them.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cards"))

import eac  # noqa: E402
from eac import find, tlv  # noqa: E402

DATA = os.path.join(HERE, "..", "data", "npa")
AT_CHAT = eac.chat(eac.AT, eac.ALL[eac.AT])


class Chip(eac.Session):
    """The other side's answers."""

    def protect(self, body, sw=b"\x90\x00"):
        ssc = self._counter()
        objects = b""
        if body:
            objects += tlv(0x87, b"\x01", eac.encrypt(
                self.suite.cipher(self.enc), self.suite.iv(self.enc, ssc),
                eac.pad(body, self.suite.block)))
        objects += tlv(0x99, sw)
        return objects + tlv(0x8E, self.mac(ssc + eac.pad(objects, self.suite.block))) + sw


class Example:
    def __init__(self, name, group, values, out):
        self.name, self.group, self.out = name, group, out
        self.values = {key: value for key, value in values.items()}
        self.session = None
        self.folder = os.path.join(DATA, name)

    def __getitem__(self, name):
        return bytes.fromhex(self.values[name])

    def say(self, text=""):
        self.out.write(text + "\n")

    def scalar(self, name):
        """As the chip draws it: a number below the order, in the order's length."""
        size = (self.group.n.bit_length() + 7) // 8
        return (int.from_bytes(self[name], "big") % self.group.n).to_bytes(size, "big")

    def key(self, name):
        return self[name] if self.group.ecdh else self[name].lstrip(b"\x00")

    def exchange(self, comment, cla, ins, p1, p2, data, answer=b"", le=None):
        if self.session:
            # the chip counts on from the terminal: one session object is both sides
            command = self.session.wrap(cla, ins, p1, p2, data, le)
            reply = self.session.protect(answer)
        else:
            command = bytes([cla, ins, p1, p2, len(data)]) + data + (b"" if le is None else b"\x00")
            reply = answer + b"\x90\x00"
        self.say(f"# {comment}")
        self.say("> " + command.hex().upper())
        self.say("< " + reply.hex().upper())

    def step(self, comment, tag, value, answer, cla=0x10):
        inner = tlv(tag, value) if tag else b""
        self.exchange(comment, cla, 0x86, 0, 0, tlv(0x7C, inner), tlv(0x7C, answer), 0)

    def random(self, *values):
        for value in values:
            self.say("@ random " + value.hex().upper())

    def pace(self):
        oid = eac.PACE_OID + bytes([2 if self.group.ecdh else 1, 2])
        self.random(self["nonce"], self.scalar("map_picc_priv_key"), self.scalar("picc_priv_key"))
        self.exchange("MSE:Set AT, PIN, CHAT of an authentication terminal", 0, 0x22, 0xC1, 0xA4,
                      tlv(0x80, oid) + tlv(0x83, b"\x03") + tlv(0x7F4C, AT_CHAT))
        self.step("encrypted nonce", 0, b"", tlv(0x80, self["nonce_enc"]))
        self.step("mapping", 0x81, self.key("map_pcd_pub_key"),
                  tlv(0x82, self.key("map_picc_pub_key")))
        self.step("agreement", 0x83, self.key("pcd_pub_key"), tlv(0x84, self.key("picc_pub_key")))
        self.step("tokens, CAR", 0x85, self["authentication_token_pcd"],
                  tlv(0x86, self["authentication_token_picc"]) + tlv(0x87, self.car("dvca")), 0)
        self.session = Chip(eac.SUITES[2], self["shared_secret_k"])
        assert self.session.enc == self["k_enc"] and self.session.mac_key == self["k_mac"]

    def file(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def body(self, name):
        return find(self.file(name + ".cvcert"), 0x7F21)

    def car(self, name):
        return find(self.body(name), 0x7F4E, 0x42)

    def terminal_authentication(self):
        for name in ("dvca", "at"):
            self.exchange(f"MSE:Set DST for the certificate {name}", 0, 0x22, 0x81, 0xB6,
                          tlv(0x83, self.car(name)))
            self.exchange("VERIFY CERTIFICATE", 0, 0x2A, 0x00, 0xBE, self.body(name))
        oid = find(self.body("at"), 0x7F4E, 0x7F49, 0x06)
        comp = self.group.compress(self.group.decode(self.key("ca_pcd_pub_key")))
        self.exchange("MSE:Set AT", 0, 0x22, 0x81, 0xA4, tlv(0x80, oid) +
                      tlv(0x83, find(self.body("at"), 0x7F4E, 0x5F20)) + tlv(0x91, comp))
        self.random(self["ta_nonce"])
        self.exchange("GET CHALLENGE", 0, 0x84, 0, 0, b"", self["ta_nonce"], 8)
        self.exchange("EXTERNAL AUTHENTICATE", 0, 0x82, 0, 0, self["ta_pcd_signature"])

    def chip_authentication(self):
        security = self.file("ef_cardsecurity")
        self.exchange("EF.CardSecurity", 0, 0xB0, 0x9D, 0, b"", security, 0x10000)
        oid = eac.CA_OID + bytes([2 if self.group.ecdh else 1, 2])
        self.exchange("MSE:Set AT, key 1", 0, 0x22, 0x41, 0xA4, tlv(0x80, oid) + tlv(0x84, b"\x01"))
        self.random(self["ca_nonce"])
        self.step("chip authentication", 0x80, self.key("ca_pcd_pub_key"),
                  tlv(0x81, self["ca_nonce"]) + tlv(0x82, self["ca_picc_token"]), 0)
        self.session = Chip(eac.SUITES[2], self["ca_shared_secret_k"], self["ca_nonce"])
        assert self.session.enc == self["ca_k_enc"] and self.session.mac_key == self["ca_k_mac"]
        self.exchange("SELECT eID", 0, 0xA4, 0x04, 0x0C, eac.EID)
        self.exchange("DG1", 0, 0xB0, 0x81, 0, b"", bytes.fromhex("610413024944"), 0)

    def write(self):
        self.say(f"# The worked example of TR-03110 with {self.name.upper()}; made by "
                 "tests/tools/npa-examples.py")
        for option in ("pin=123456", "disable-ta-checks",
                       f"cvca=../../data/npa/{self.name}/cvca.cvcert",
                       f"ca-key=../../data/npa/{self.name}/npa_key",
                       f"ef-cardaccess=../../data/npa/{self.name}/ef_cardaccess",
                       f"ef-cardsecurity=../../data/npa/{self.name}/ef_cardsecurity"):
            self.say(f"@ option --{option}")
        self.say("! on")
        self.pace()
        self.terminal_authentication()
        self.chip_authentication()


def main(vectors, folder):
    with open(vectors, encoding="utf-8") as file:
        groups = json.load(file)["groups"]
    for name, group in (("ecdh", eac.BP256), ("dh", eac.rfc5114(0))):
        values = [g["values"] for g in groups
                  if g["name"].startswith(f"TR-03110 EAC worked example, {name.upper()}")][0]
        with open(os.path.join(folder, f"example-{name}.apdu"), "w", encoding="utf-8") as out:
            Example(name, group, values, out).write()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

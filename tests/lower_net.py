# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# lower_net.py pcap N FILE [words] | compare PARSER.json TABLE.json WAYS: packets for tests/tables/lowered_net.mdesc (or
# lowered_flags.mdesc), that are longer than anything it looks at, and whether the parser and the table say the same of
# each: which headers are where, what is noted of each kind of header, how it ended, what registers are. At least WAYS
# ways must be seen.
import json
import random
import struct
import sys

import pcap


def tcp(rng):
    words = rng.choice([5, 5, 5, 6, 8, 15, 4, 0])
    return bytes(rng.randrange(256) for _ in range(12)) + bytes([words << 4 | rng.randrange(16)]) + bytes(67)


def udp(rng):
    return struct.pack(">HHHH", rng.randrange(65536), rng.choice([4789, 53, 4790]), 100, 0)


def gre(rng):
    flags = rng.choice([0, 0x80, 0x20, 0x10, 0xb0, 0x30])
    return bytes([flags, 0]) + rng.choice([b"\x65\x58", b"\x08\0"]) + bytes(4 * bin(flags & 0xb0).count("1"))


L4 = {6: tcp, 17: udp, 47: gre}


def ext(rng, more):
    kind = rng.choice([6, 17, 47, 0, 60, 43, 44, 59]) if more else rng.choice([6, 17, 47, 59])
    if kind in L4:
        return kind, L4[kind](rng)
    if kind == 59:
        return kind, b""
    then, rest = ext(rng, more - 1)
    if kind == 44:
        return kind, struct.pack(">BBHI", then, 0, rng.choice([0, 0, 0, 1, 2, 8]), 5) + rest
    units = rng.choice([0, 0, 1, 2, 5])
    return kind, bytes([then, units]) + bytes(6 + 8 * units) + rest


def ip(rng):
    if rng.random() < 0.45:
        kind, rest = ext(rng, 3)
        return 0x86dd, bytes([0x60, 0, 0, 0, 0, 40, kind, 64]) + bytes(32) + rest
    kind = rng.choice([6, 17, 47, 1])
    ihl = rng.choice([5, 5, 5, 5, 6, 7, 10, 15, 4, 3, 0])
    frag = rng.choice([0, 0, 0, 0, 0x4000, 0x2000, 1, 0x1000])
    head = bytes([0x40 | ihl, 0]) + struct.pack(">HHHBB", 100, 1, frag, 64, kind) + bytes(10)
    return 0x0800, head + bytes(4 * max(ihl - 5, 0)) + (L4[kind](rng) if kind in L4 else b"")


def packet(rng):
    etype, rest = rng.choice([ip, ip, ip, ip, lambda _: (0x0806, b""), lambda _: (0x88cc, b"")])(rng)
    if rng.random() < 0.2 and etype in (0x0800, 0x86dd):
        labels = rng.choice([1, 2, 3, 3, 4])
        for i in range(labels):
            rest = bytes([0, 0, 0 if i else 1, 64]) + rest
        etype = 0x8847
    for i in range(rng.choice([0, 0, 0, 1, 1, 2, 3])):
        rest = bytes(2) + struct.pack(">H", etype) + rest
        etype = rng.choice([0x8100, 0x8100, 0x88a8])
    return bytes(12) + struct.pack(">H", etype) + rest + bytes(160)


def words(rng):
    """For tests/tables/lowered_flags.mdesc."""
    some = bytes(rng.randrange(256) for _ in range(100))
    head = struct.pack(">BBHBBH", rng.choice([0, 2, 2, 1]), 0, 9, 5, 5, rng.choice([0, 0, 1]))
    return head + some[:24] + bytes([rng.choice([5, 6, 10, 15, 4]) << 4 | some[24] & 15]) + some


def write(n, path, packet):
    rng = random.Random(11)
    pcap.write(path, (packet(rng) for _ in range(n)))


NAMES = {
    "vlan": ["none", "one", "two", "three"],
    "l3": ["unknown", "ip4", "ip4_options", "ip4_other", "ip6", "ip6_ext", "arp"],
    "l4": ["unknown", "tcp", "udp", "other"],
    "cpu": ["none", "special"],
}


def number(name, value):
    return NAMES[name].index(value) if isinstance(value, str) else value


def code_of(parser):
    if parser["parser_error"] == "user":
        return parser["parser_error_code"]
    return {None: 0, "bad_length": 2, "no_match": 3, "loop": 4}[parser["parser_error"]]


def compare(parser, table, ways):
    seen = set()
    noted = {}
    n = 0
    for a, b in zip(open(parser), open(table), strict=True):
        a, b = json.loads(a), json.loads(b)
        n += 1
        code = code_of(a)
        wrong = b["parser_error"] or (list(b["stop"].values()) or [0])[-1] != code
        if b["records"] or "id" in b["stop"]:
            wrong = wrong or [h["offset"] for h in a["headers"]] != [r["offset"] for r in b["records"]]
            for h, r in zip(a["headers"], b["records"]):
                wrong = wrong or noted.setdefault(h["name"].split("[")[0], r["values"]) != r["values"]
        for name, value in a.get("fields", {}).items():
            wrong = wrong or number(name, b["results"].get(name, value)) != value
        if wrong:
            print("packet", a, "and", b)
            return 1
        seen.add((tuple(h["name"] for h in a["headers"]), code))
    print(n, "packets", len(seen), "ways")
    return 0 if len(seen) >= ways else 1


if sys.argv[1] == "pcap":
    write(int(sys.argv[2]), sys.argv[3], words if sys.argv[4:] else packet)
else:
    sys.exit(compare(sys.argv[2], sys.argv[3], int(sys.argv[4])))

# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# lower_table.py pcap N FILE | compare PARSER.json TABLE.json: packets that are longer than anything the parser of
# tests/tables/lowered_parser.mdesc looks at, and whether the parser and the table say the same of each: which headers
# are where, in their order, and how it ended.
import json
import random
import sys

import pcap


def packet(rng):
    parts = [bytes(12)]
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        parts.append(b"\x81\0" + bytes(2))
        if rng.random() < 0.8:
            break
    parts.append(rng.choice([b"\x08\0", b"\x08\0", b"\x08\0", b"\x81\0", b"\x86\xdd"]))
    parts.append(bytes([rng.choice([0x45, 0x45, 0x45, 0x46])]) + bytes(7))
    protocol = rng.choice([6, 6, 60, 60, 60, 17])
    parts.append(bytes([64, protocol]) + bytes(10))
    if protocol == 60:
        words = rng.randrange(5)
        parts.append(bytes([rng.choice([6, 6, 7]), words]) + bytes(2 + 4 * words))
    return b"".join(parts) + bytes(80)


def write(n, path):
    rng = random.Random(7)
    pcap.write(path, (packet(rng) for _ in range(n)))


ERRORS = {None: 0, "bad_length": 2}


def compare(parser, table):
    seen = set()
    n = 0
    for a, b in zip(open(parser), open(table), strict=True):
        a, b = json.loads(a), json.loads(b)
        n += 1
        code = a["parser_error_code"] if a["parser_error"] == "user" else ERRORS[a["parser_error"]]
        want = [h["offset"] for h in a["headers"]]
        got = [r["offset"] for r in b["records"]]
        ids = [list(r["values"].values())[0] for r in b["records"]]
        names = [h["name"] for h in a["headers"]]
        if want != got or b["parser_error"] or list(b["stop"].values()) != [code] or len(ids) != len(set(ids)):
            print("packet", a["packet"], a["headers"], code, "and", b["records"], b["stop"], b["parser_error"])
            return 1
        seen.add((tuple(names), code))
    print(n, "packets", len(seen), "ways")
    return 0 if len(seen) >= 8 else 1


if sys.argv[1] == "pcap":
    write(int(sys.argv[2]), sys.argv[3])
else:
    sys.exit(compare(sys.argv[2], sys.argv[3]))

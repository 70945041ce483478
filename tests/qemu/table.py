# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""table.py CAPTURE RUN.JSON...: of captures' packets and of what `mdesc run --json` made of them, the virtual NIC's
table (table.h), the packets in hexadecimal (packets), and what a program is to read of each (expected). The last one
is none of the table's."""
import json
import struct
import sys


def packets(path):
    data = open(path, "rb").read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at < len(data):
        length = struct.unpack_from(order + "I", data, at + 8)[0]
        yield data[at + 16:at + 16 + length]
        at += 16 + length


def array(data):
    return ", ".join("0x%02x" % byte for byte in data)


def expected(fields):
    values = ["timestamp=%d" % fields["timestamp"]]
    if fields["flags.hashed"]:
        values.append("hash=%d type=%d" % (fields["hash"], fields["hash_type"]))
    if fields["flags.vlan"]:
        values.append("tag=%d:%d" % (fields["vlan_proto"], fields["vlan_tci"]))
    return " ".join(values)


def main():
    rows = {}       # of packets with the same bytes, the first
    for capture, runs in zip(sys.argv[1::2], sys.argv[2::2]):
        for packet, line in zip(packets(capture), open(runs)):
            rows.setdefault(packet, json.loads(line))
    metas = {packet: bytes.fromhex(run["metadata"]) for packet, run in rows.items()}
    with open("packets", "w") as f:
        f.writelines(packet.hex() + "\n" for packet in rows)
        f.write("02" * 60 + "\n")
    with open("expected", "w") as f:
        f.writelines(expected(run["fields"]) + "\n" for run in rows.values())
        f.write("nothing\n")
    with open("table.h", "w") as f:
        f.write("#define VNIC_META_BYTES %d\n" % len(next(iter(metas.values()))))
        f.write("struct vnic_row {\n\tunsigned int length;\n\tunsigned char meta[VNIC_META_BYTES];\n"
                "\tunsigned char packet[%d];\n};\n" % max(len(packet) for packet in rows))
        f.write("static const struct vnic_row vnic_rows[] = {\n")
        for packet, meta in metas.items():
            f.write("\t{ %d, { %s },\n\t  { %s } },\n" % (len(packet), array(meta), array(packet)))
        f.write("};\n")


main()

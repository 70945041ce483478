# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""Packets for watch.sh, and what mdesc watch must have printed of them.

    watch.py send IFACE COUNT      COUNT packets of IPv4, from 10.0.0.0 on
    watch.py check FILE COUNT STEP the lines of --json: every STEPth of them, once and in order
    watch.py replay IFACE PCAP     a capture's packets that fit; prints how many
    watch.py compare FILE RUN      the lines of --json against those of mdesc run --json on the capture
"""
import json
import socket
import struct
import sys
import time


FITS = 1514


def packet(i):
    ip = struct.pack("!BBHHHBBHI4s", 0x45, 0, 20, 0, 0, 64, 253, 0, (10 << 24) + i, bytes([10, 9, 9, 9]))
    return bytes.fromhex("020000000002" "020000000001" "0800") + ip + bytes(26)


if sys.argv[1] == "send":
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((sys.argv[2], 0))
    for i in range(int(sys.argv[3])):
        if i % 32 == 31:  # a veth pair keeps 256 until it is their turn, on a busy machine, too
            time.sleep(0.0005)
        sock.send(packet(i))
elif sys.argv[1] == "replay":
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((sys.argv[2], 0))
    data = open(sys.argv[3], "rb").read()
    at, sent = 24, 0
    while at < len(data):
        size = struct.unpack("<I", data[at + 8:at + 12])[0]
        if size <= FITS:
            sock.send(data[at + 16:at + 16 + size])
            sent += 1
            time.sleep(0.0005 if sent % 32 == 0 else 0)
        at += 16 + size
    print(sent)
elif sys.argv[1] == "compare":
    seen = [json.loads(line) for line in open(sys.argv[2])]
    want = [json.loads(line) for line in open(sys.argv[3])]
    want = [w for w in want if w["length"] <= FITS]
    assert len(seen) == len(want), (len(seen), len(want))
    for s, w in zip(seen, want):
        # The one has the time since boot, the other that of the capture.
        assert s["fields"].pop("timestamp") > 0 and w["fields"].pop("timestamp") > 0
        assert s["fields"] == w["fields"] and s["length"] == w["length"] and s["layout"] == w["layout"], (s, w)
else:
    lines = [json.loads(line) for line in open(sys.argv[2])]
    want = range(0, int(sys.argv[3]), int(sys.argv[4]))
    assert len(lines) == len(want), (len(lines), len(want))
    for line, i in zip(lines, want):
        assert line["layout"] == "mynic_metadata" and line["length"] == 60, line
        assert line["fields"]["l3.v4.saddr"] == (10 << 24) + i, (i, line)
        assert line["data"] == packet(i)[:34].hex(), (i, line)

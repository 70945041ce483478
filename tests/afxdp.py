# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""Packets for afxdp.sh, and what must have come of them.

    afxdp.py send IFACE COUNT          COUNT IPv4 packets, one in eight followed by another kind
    afxdp.py check COUNT BUCKETS FILE  the packets that xsk_sort --print --json printed
    afxdp.py tc COUNT FILE             what bpftool printed of tc_read's map
"""
import json
import socket
import struct
import sys
import time

MACS = bytes.fromhex("020000000002" "020000000001")


def udp(sport, dport):
    payload = struct.pack("!4sH", b"hash", sport)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0, bytes([10, 0, 0, 1]),
                     bytes([10, 0, 0, 2]))
    return MACS + b"\x08\x00" + ip + struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def sport(i):
    return i * 40503 & 0xffff


def send(iface, count):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((iface, 0))
    for i in range(count):
        if i % 32 == 31:  # a veth pair keeps 256 until it is their turn, on a busy machine, too
            time.sleep(0.0005)
        sock.send(udp(sport(i), 7000))
        if i % 8 == 0:  # its frame had metadata before, or will have
            sock.send(MACS + b"\x88\xb5" + bytes(60))
        if i % 8 == 4:
            sock.send(udp(sport(i), 7001))


def check(count, buckets, path):
    lines = [json.loads(line) for line in open(path)]
    packets, report = lines[:-1], lines[-1]
    assert report["sorted"] == len(packets) == count, (report, len(packets))
    assert report["dropped"] == 0 and report["cut_short"] == 0 and report["without_hash"] == 0, report
    assert report["without_metadata"] == (count + 7) // 8, report
    assert report["unknown_ids"] == [{"id": 0x77777777, "packets": (count + 3) // 8}], report
    want = [0] * buckets
    for i, p in enumerate(packets):
        data = bytes.fromhex(p["data"])
        assert data == udp(sport(i), 7000) and p["length"] == len(data), (i, p)
        assert p["hash"] == sport(i), (i, p)
        want[p["hash"] % buckets] += 1
    assert report["buckets"] == want, (report, want)
    latency = report["latency_ns"]
    assert 0 < latency["min"] <= latency["mean"] <= latency["max"] and report["early"] == 0, report
    assert latency["min"] <= latency["p99"] <= latency["max"], report
    times = [p["time"] for p in packets]
    assert times == sorted(times)


def at_tc(count, path):
    seen = json.load(open(path))[0]["formatted"]["value"]
    assert seen["packets"] == count and seen["hash"] == sport(count - 1) and seen["type"] == 2, seen
    assert seen["timestamp"] > 0 and seen["others"] >= (count + 7) // 8 + (count + 3) // 8, seen


if sys.argv[1] == "send":
    send(sys.argv[2], int(sys.argv[3]))
elif sys.argv[1] == "check":
    check(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
else:
    at_tc(int(sys.argv[2]), sys.argv[3])

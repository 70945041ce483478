#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""Traffic for xdp_path.sh: xdp_path.py serve | plain IFACE | stream BYTES | frames IFACE MAC SEED COUNT [MTU]

serve answers on TCP port 7000 with the SHA-256 of what it got, and UDP port 7000 with the same; stream sends it bytes
over TCP and UDP datagrams and compares; plain has a veth send what a wire would have: whole checksums, no segments
larger than the MTU; frames sends frames of all kinds, whole, cut and damaged, that nobody answers."""
import ctypes
import fcntl
import hashlib
import random
import socket
import struct
import sys
import threading

PORT = 7000
HOST = "10.99.0.2"


def serve():
    tcp = socket.socket()
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind(("", PORT))
    tcp.listen(8)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("", PORT))

    def echo():
        while True:
            data, peer = udp.recvfrom(65536)
            udp.sendto(hashlib.sha256(data).digest(), peer)

    threading.Thread(target=echo, daemon=True).start()
    print("ready", flush=True)
    while True:
        conn, _ = tcp.accept()
        digest = hashlib.sha256()
        while data := conn.recv(65536):
            digest.update(data)
        conn.sendall(digest.digest())
        conn.close()


def plain(iface):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for command in (0x17, 0x1F, 0x24):  # ETHTOOL_STXCSUM, _STSO, _SGSO
        value = ctypes.create_string_buffer(struct.pack("II", command, 0))
        request = struct.pack("16sP16x", iface.encode(), ctypes.addressof(value))
        fcntl.ioctl(sock, 0x8946, request)  # SIOCETHTOOL


def stream(size):
    data = random.Random(1).randbytes(size)
    conn = socket.create_connection((HOST, PORT), timeout=60)
    conn.sendall(data)
    conn.shutdown(socket.SHUT_WR)
    assert conn.recv(64) == hashlib.sha256(data).digest(), "TCP: other bytes came"
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.settimeout(60)
    for n in (1, 100, 1400, 3000, 8000):  # the last ones in fragments, where the MTU is small
        udp.sendto(data[:n], (HOST, PORT))
        assert udp.recv(64) == hashlib.sha256(data[:n]).digest(), f"UDP: other bytes came of {n}"


# ---- frames ----

def ether(kind, payload):
    return struct.pack("!H", kind) + payload


def vlan(kind, tci, inner):
    return ether(kind, struct.pack("!H", tci) + inner)


def ipv4(proto, payload, rng, frag=0, options=b""):
    head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), rng.getrandbits(16),
                       frag, rng.randrange(1, 255), proto, 0)
    return ether(0x0800, head + rng.randbytes(4) + bytes([10, 99, 9, 9]) + options + payload)


def ipv6(proto, payload, rng):
    head = struct.pack("!IHBB", 0x60000000, len(payload), proto, rng.randrange(1, 255))
    return ether(0x86DD, head + rng.randbytes(32) + payload)


def udp(payload, rng, dport=None):
    return struct.pack("!HHHH", rng.getrandbits(16), dport or rng.randrange(8000, 9000), 8 + len(payload), 0) + payload


def tcp(payload, rng):
    return struct.pack("!HHIIBBHHH", rng.getrandbits(16), 9999, rng.getrandbits(32), 0, 0x50, 2, 1000, 0, 0) + payload


def extension(rng, payload, depth):
    """IPv6 extension headers: hop-by-hop, routing, fragment, destination; the number of the first, and all bytes."""
    kind = 17
    for _ in range(depth):
        this = rng.choice([0, 43, 44, 60])
        body = struct.pack("!BBHI", kind, 0, 0, rng.getrandbits(32)) if this == 44 else \
            bytes([kind, units := rng.randrange(0, 3)]) + bytes(6 + 8 * units)
        payload, kind = body + payload, this
    return kind, payload


def frame(rng, mtu):
    """What stands behind the two addresses of a frame."""
    body = rng.randbytes(rng.choice([0, 1, 20, 200, 1000, mtu - 200]))
    inner = rng.randbytes(12) + ipv4(6, tcp(body[:mtu - 300], rng), rng)
    kind, ext = extension(rng, udp(body[:mtu - 300], rng), rng.randrange(1, 4))
    made = rng.choice([
        lambda: ipv4(17, udp(body, rng), rng),
        lambda: ipv4(6, tcp(body, rng), rng),
        lambda: ipv4(6, tcp(body, rng), rng, options=bytes(4 * rng.randrange(1, 11))),
        lambda: ipv4(17, udp(body, rng), rng, frag=rng.choice([0x2000, 0x2010, 0x0010])),
        lambda: ipv4(1, b"\x08\0" + body, rng),
        lambda: ipv6(17, udp(body, rng), rng),
        lambda: ipv6(6, tcp(body, rng), rng),
        lambda: ipv6(kind, ext, rng),
        lambda: ipv6(58, b"\x88\0" + body, rng),
        lambda: ipv4(17, udp(b"\x08\0\0\0\0\0\x2a\0" + inner, rng, 4789), rng),  # VXLAN
        lambda: ether(0x0806, struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + rng.randbytes(20)),
        lambda: ether(len(body) & 0x5FF, b"\xaa\xaa\x03\0\0\0" + ipv4(17, udp(body, rng), rng)),  # SNAP
        lambda: ether(0x88B5, body),
    ])()
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        made = vlan(rng.choice([0x8100, 0x88A8]), rng.getrandbits(16), made)
    if rng.random() < 0.2:
        made = made[:rng.randrange(2, len(made) + 1)]
    elif rng.random() < 0.1:
        at = rng.randrange(len(made))
        made = made[:at] + rng.randbytes(1) + made[at + 1:]
    return made[:mtu]


def frames(iface, mac, seed, count, mtu):
    rng = random.Random(seed)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((iface, 0))
    head = bytes.fromhex(mac.replace(":", "")) + bytes([2, 0, 0, 0, 9, 9])
    for n in range(count):
        sock.send(head + frame(rng, mtu))
        if n % 64 == 63:
            threading.Event().wait(0.002)  # the queue of a veth is short


if sys.argv[1] == "serve":
    serve()
elif sys.argv[1] == "plain":
    plain(sys.argv[2])
elif sys.argv[1] == "stream":
    stream(int(sys.argv[2]))
else:
    frames(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6]) if sys.argv[6:] else 1500)

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# protocols.py FILE: writes protocols.pcap anew: one packet or more for each protocol of std/ that the kernel's own
# traffic (record.sh) does not have, put together byte by byte from the RFCs. The same bytes at every run.
import struct
import sys

MAC = bytes.fromhex("020000000002") + bytes.fromhex("020000000001")
V4A, V4B = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
V6A = bytes.fromhex("20010db8000000000000000000000001")
V6B = bytes.fromhex("20010db8000000000000000000000002")


def be16(v):
    return struct.pack(">H", v)


def be32(v):
    return struct.pack(">I", v)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def eth(kind, payload):
    return MAC + be16(kind) + payload


def ip4(proto, payload, ident=1):
    head = bytes([0x45, 0]) + be16(20 + len(payload)) + be16(ident) + be16(0x4000) + bytes([64, proto])
    return head + be16(checksum(head + be16(0) + V4A + V4B)) + V4A + V4B + payload


def ip6(proto, payload):
    return be32(6 << 28) + be16(len(payload)) + bytes([proto, 64]) + V6A + V6B + payload


def pseudo(v6, proto, size):
    return V6A + V6B + be32(size) + be32(proto) if v6 else V4A + V4B + bytes([0, proto]) + be16(size)


def udp(dport, payload, v6=False, sport=40000):
    head = be16(sport) + be16(dport) + be16(8 + len(payload))
    return head + be16(checksum(pseudo(v6, 17, 8 + len(payload)) + head + be16(0) + payload)) + payload


def tcp(options=b"", payload=b"", v6=False, flags=0x10):
    options += b"\0" * (-len(options) % 4)
    head = be16(40000) + be16(50007) + be32(1000) + be32(2000)
    head += bytes([(5 + len(options) // 4) << 4, flags]) + be16(512)
    body = options + payload
    return head + be16(checksum(pseudo(v6, 6, 20 + len(body)) + head + be32(0) + body)) + be16(0) + body


def icmp(n=1):
    body = be16(77) + be16(n) + b"mdesc"
    return bytes([8, 0]) + be16(checksum(bytes([8, 0, 0, 0]) + body)) + body


def icmp6():
    body = bytes([128, 0]), be16(77) + be16(1) + b"mdesc"
    sum_ = checksum(pseudo(True, 58, 4 + len(body[1])) + body[0] + be16(0) + body[1])
    return body[0] + be16(sum_) + body[1]


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return struct.pack("<I", crc ^ 0xffffffff)


def sctp(chunks):
    head = be16(40000) + be16(50008) + be32(0xcafe0001)
    return head + crc32c(head + be32(0) + chunks) + chunks


def gre(flags, protocol, payload, csum=False, key=None, seq=None):
    rest = (be32(key) if key is not None else b"") + (be32(seq) if seq is not None else b"")
    head = be16(flags) + be16(protocol)
    if not csum:
        return head + rest + payload
    return head + be16(checksum(head + be32(0) + rest + payload)) + be16(0) + rest + payload


def llc_frame(payload):
    return MAC + be16(len(payload)) + payload


def mpls(label, exp, bottom, ttl):
    return be32(label << 12 | exp << 9 | bottom << 8 | ttl)


def vxlan(vni):
    return bytes([8, 0, 0, 0]) + be32(vni << 8)


def geneve(protocol, vni, options=b"", flags=0):
    return bytes([len(options) // 4, flags]) + be16(protocol) + be32(vni << 8) + options


def gtpu(flags, message, teid, payload, optional=b""):
    return bytes([0x30 | flags, message]) + be16(len(optional) + len(payload)) + be32(teid) + optional + payload


def ah(proto, spi, seq, payload):
    return bytes([proto, 4]) + be16(0) + be32(spi) + be32(seq) + bytes(range(12)) + payload


def packets():
    inner = ip4(1, icmp(2), ident=2)
    inner_eth = eth(0x0800, inner)
    yield llc_frame(bytes([0x42, 0x42, 3]) + bytes(35))                             # spanning tree
    yield llc_frame(bytes([0xaa, 0xaa, 3, 0, 0, 0]) + be16(0x0800) + ip4(1, icmp()))
    yield llc_frame(bytes([0xaa, 0xaa, 3, 0, 0, 0]) + be16(0x86dd) + ip6(58, icmp6()))
    yield llc_frame(bytes([0xaa, 0xaa, 3, 0, 0, 0xc]) + be16(0x2000) + bytes(20))   # another's types
    echo = bytes([9, 1, 0, 8, 0, 0, 0, 1])
    for protocol, payload in (0x0021, ip4(1, icmp())), (0x0057, ip6(58, icmp6())), (0xc021, echo):
        yield eth(0x8864, bytes([0x11, 0]) + be16(0x1234) + be16(2 + len(payload)) + be16(protocol) + payload)
    yield eth(0x8847, mpls(16, 5, 1, 64) + ip4(1, icmp()))
    yield eth(0x8847, mpls(1000, 0, 0, 3) + mpls(99999, 7, 1, 250) + ip6(58, icmp6()))
    yield eth(0x8848, mpls(17, 0, 0, 1) + mpls(18, 1, 0, 2) + mpls(1048575, 2, 1, 255) + bytes(8))
    yield eth(0x8847, b"".join(mpls(20 + i, 0, i == 5, 9) for i in range(6)) + ip4(1, icmp()))
    for proto in 0, 60, 43:
        body = bytes([4, 0, 1]) + bytes(4) if proto == 43 else bytes([1, 4, 0, 0, 0, 0])
        yield eth(0x86dd, ip6(proto, bytes([58, 0]) + (bytes([253, 0]) + bytes(4) if proto == 43 else body) + icmp6()))
    yield eth(0x86dd, ip6(0, bytes([43, 0, 1, 4, 0, 0, 0, 0]) + bytes([60, 0, 253, 0, 0, 0, 0, 0]) +
                          bytes([6, 1, 1, 12]) + bytes(12) + tcp(v6=True)))
    yield eth(0x86dd, ip6(0, bytes([17, 2, 1, 20]) + bytes(20) + udp(50009, b"mdesc", v6=True)))
    yield eth(0x86dd, ip6(44, bytes([58, 0]) + be16(0 << 3 | 1) + be32(0x12345678) + icmp6()))
    yield eth(0x86dd, ip6(44, bytes([17, 0]) + be16(185 << 3) + be32(0x12345678) + bytes(16)))
    yield eth(0x86dd, ip6(60, bytes([132, 0, 1, 4, 0, 0, 0, 0]) + sctp(bytes([10, 0]) + be16(8) + be32(5))))
    yield eth(0x86dd, ip6(60, bytes([59, 0, 1, 4, 0, 0, 0, 0])))
    yield eth(0x86dd, ip6(43, bytes([44, 0, 253, 0, 0, 0, 0, 0]) + bytes([6, 0]) + be16(1) + be32(7) + tcp(v6=True)))
    yield eth(0x86dd, ip6(0, bytes([51, 0, 1, 4, 0, 0, 0, 0]) + ah(17, 9, 8, udp(50009, b"", v6=True))))
    yield eth(0x86dd, ip6(51, ah(58, 0x99, 3, icmp6())))
    yield eth(0x86dd, ip6(50, be32(0x2001) + be32(17) + bytes(24)))
    yield eth(0x86dd, ip6(47, gre(0x2000, 0x0800, inner, key=7)))
    yield eth(0x0800, ip4(51, ah(6, 0x1001, 4, tcp())))
    yield eth(0x0800, ip4(51, ah(1, 0x1002, 5, icmp())))
    yield eth(0x0800, ip4(50, be32(0x2002) + be32(18) + bytes(24)))
    yield eth(0x0800, ip4(132, sctp(bytes([1, 0]) + be16(20) + be32(1) + be32(65535) + be16(1) + be16(1) + be32(1))))
    yield eth(0x0800, ip4(132, sctp(bytes([4, 0]) + be16(8) + be16(1) + be16(4))))
    for flags, csum, key, seq in ((0, False, None, None), (0x8000, True, None, None), (0x2000, False, 0x01020304, None),
                                  (0x1000, False, None, 77), (0xb000, True, 5, 6), (0x3000, False, 0xffffffff, 0)):
        yield eth(0x0800, ip4(47, gre(flags, 0x0800, inner, csum, key, seq)))
    yield eth(0x0800, ip4(47, gre(0x2000, 0x6558, inner_eth, key=9)))
    yield eth(0x0800, ip4(17, udp(4789, vxlan(0x123456) + inner_eth)))
    yield eth(0x86dd, ip6(17, udp(4789, vxlan(1) + inner_eth, v6=True)))
    yield eth(0x0800, ip4(17, udp(6081, geneve(0x6558, 0xabcdef) + inner_eth)))
    yield eth(0x0800, ip4(17, udp(6081, geneve(0x6558, 5, be16(0x0103) + bytes([1, 2]) + be32(1) + be32(2), 0x40) +
                                  inner_eth)))
    two = be16(0x0104) + bytes([2, 0]) + be16(0x0105) + bytes([0x83, 1]) + be32(9)
    yield eth(0x0800, ip4(17, udp(6081, geneve(0x0800, 6, two) + inner)))
    yield eth(0x0800, ip4(17, udp(2152, gtpu(0, 255, 0x11223344, inner))))
    yield eth(0x0800, ip4(17, udp(2152, gtpu(2, 255, 5, inner, be16(0x1001) + bytes([0, 0])))))
    yield eth(0x0800, ip4(17, udp(2152, gtpu(1, 255, 6, inner, be16(0) + bytes([0x42, 0])))))
    yield eth(0x0800, ip4(17, udp(2152, gtpu(2, 1, 0, b"", be16(3) + bytes([0, 0])))))
    yield eth(0x0800, ip4(17, udp(2152, gtpu(4, 255, 7, bytes([1, 0x10, 5, 0]) + inner, be16(0) + bytes([0, 0x85])))))
    yield eth(0x0800, ip4(17, udp(2152, gtpu(6, 255, 8, inner, be16(9) + bytes([0, 0])))))
    stamps = bytes([8, 10]) + be32(111111) + be32(222222)
    yield eth(0x0800, ip4(6, tcp(bytes([2, 4]) + be16(1460), flags=2)))
    yield eth(0x0800, ip4(6, tcp(bytes([2, 4]) + be16(1460) + bytes([4, 2]) + stamps + bytes([1, 3, 3, 7]), flags=2)))
    yield eth(0x0800, ip4(6, tcp(bytes([1, 1]) + stamps, b"mdesc")))
    yield eth(0x0800, ip4(6, tcp(bytes([1, 1]) + bytes([5, 10]) + be32(3000) + be32(4000))))
    yield eth(0x0800, ip4(6, tcp(bytes([3, 3, 9, 0]), flags=2)))
    yield eth(0x86dd, ip6(6, tcp(bytes([2, 4]) + be16(1440) + bytes([4, 2, 1, 1]), v6=True, flags=2)))
    yield eth(0x0800, ip4(6, tcp(bytes([254, 4]) + be16(0xf989) + bytes([1] * 36))))
    yield eth(0x0800, ip4(6, tcp(b"", b"mdesc")))
    yield eth(0x0800, ip4(17, udp(50009, b"mdesc")))
    yield eth(0x0800, ip4(2, bytes([0x16, 0, 0, 0, 224, 0, 0, 251])))
    yield eth(0x9000, bytes(46))


def main():
    with open(sys.argv[1], "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for n, data in enumerate(packets()):
            out.write(struct.pack("<IIII", 1700000000 + n, 0, len(data), len(data)))
            out.write(data)


main()

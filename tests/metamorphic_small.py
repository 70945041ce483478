# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Small programs that compilers for parsers are compared by, each written in several ways that mean the same, with the
# rows that a search for the fewest is known to take; known figures count one row more for each of the begin and the
# end. SMALL: name, known rows without these two, headers, and states of each variant.
ETHERNET = "header eth { reserved 12; be16 type; }\n"
IPV4 = "header ip { reserved 9; u8 proto; reserved 10; }\nheader icmp { u8 type; u8 code; reserved 6; }\n"
MPLS = "header mpls { u32 label : 20; u8 tc : 3; u8 bos : 1; u8 ttl; }\n"
WIDE = "header w { u64 a : 33; u64 : 31; }\n"
TWO = "header t { u8 a; u8 b; be16 c; }\n"

SMALL = [
    ("ethernet", 1, ETHERNET, [
        "state s { extract eth; select (eth.type) { 0x800: reject 16; default: accept; } }",
        "state s { extract eth; "
        "select (eth.type) { 0x800: reject 16; 0x806: accept; 0x86dd: accept; default: accept; } }",
        "state s { extract eth; select (eth.type[15:8], eth.type[7:0]) { (8, 0): reject 16; default: accept; } }",
        "state s { extract eth; select (eth.type) { 0x801..0xffff: accept; 0..0x7ff: accept; default: reject 16; } }",
        "state s { select (lookahead(96, 16)) { 0x800: t; default: u; } }\n"
        "state t { extract eth; reject 16; } state u { extract eth; accept; }",
        "state s { extract eth; select (eth.type) { 0x806: v; 0x800: t; default: accept; } }\n"
        "state t { reject 16; } state v { accept; }"]),
    ("icmp", 2, ETHERNET + IPV4, [
        "state s { extract eth; select (eth.type) { 0x800: i; default: accept; } }\n"
        "state i { extract ip; select (ip.proto) { 1: c; default: accept; } } state c { extract icmp; accept; }",
        "state s { extract eth; select (eth.type) { 0x800: i; 0x86dd, 0x806: accept; 0x800: c; default: accept; } }\n"
        "state i { extract ip; select (ip.proto) { 17: accept; 1: c; default: accept; } }\n"
        "state c { extract icmp; select (icmp.type) { 8: accept; 0: accept; default: accept; } }",
        "state s { extract eth; select (eth.type) { 0x800 &&& 0xffff: i; default: accept; } }\n"
        "state i { extract ip; select (ip.proto[7:4], ip.proto[3:0]) { (0, 1): c; (0, 1): d; default: accept; } }\n"
        "state c { extract icmp; accept; } state d { extract icmp; accept; }"]),
    ("mpls-loop", 6, ETHERNET + MPLS, [
        "state s { extract eth; select (eth.type) { 0x8847: m; default: accept; } }\n"
        "state m max 4 else reject 17 { extract mpls as mpls[]; select (mpls[last].bos) { 0: m; default: accept; } }",
        "state s { extract eth; select (eth.type) { 0x8847: m; 0x800: accept; default: accept; } }\n"
        "state m max 4 else reject 17 { extract mpls as mpls[]; "
        "select (mpls[last].bos) { 1: accept; 0: m; default: m; } }",
        "state s { extract eth; select (eth.type) { 0..0x8846, 0x8848..0xffff: accept; default: m; } }\n"
        "state m max 4 else reject 17 {\n"
        "\textract mpls as mpls[]; select (mpls[last].bos, mpls[last].tc) { (1, _): accept; (_, _): m; } }"]),
    ("33-bit-key", 1, WIDE, [
        "state s { extract w; select (w.a) { 0x155555555: reject 16; default: accept; } }",
        "state s { extract w; select (w.a[32:32], w.a[31:0]) { (1, 0x55555555): reject 16; default: accept; } }",
        "state s { extract w; "
        "select (w.a[0:0], w.a[32:1]) { (0, _): accept; (1, 0xaaaaaaaa): reject 16; default: accept; } }",
        "state s { extract w; "
        "select (w.a) { 0..0x155555554: accept; 0x155555556..0x1ffffffff: accept; default: reject 16; } }"]),
    ("two-keys-on-one-field", 1, TWO, [
        "state s { extract t; select (t.a[7:4], t.a[3:0]) { (1, 2): reject 16; default: accept; } }",
        "state s { extract t; select (t.a) { 0x12: reject 16; default: accept; } }",
        "state s { extract t; select (t.a[3:0], t.a[7:4]) { (2, 1): reject 16; (2, _): accept; default: accept; } }",
        "state s { select (lookahead(0, 4)) { 1: v; default: u; } } state u { extract t; accept; }\n"
        "state v { extract t; select (t.a[3:0]) { 2: reject 16; default: accept; } }"]),
    ("two-keys-on-different-fields", 1, TWO, [
        "state s { extract t; select (t.a, t.c) { (1, 2): reject 16; default: accept; } }",
        "state s { extract t; select (t.c, t.b, t.a) { (2, _, 1): reject 16; default: accept; } }",
        "state s { extract t; "
        "select (t.a, t.c) { (1, 3): accept; (0, _): accept; (1, 2): reject 16; default: accept; } }",
        "state s { select (lookahead(0, 8)) { 1: v; default: u; } } state u { extract t; accept; }\n"
        "state v { extract t; select (t.c) { 2: reject 16; default: accept; } }"]),
    ("pure-extraction", 1, TWO + ETHERNET, [
        "state s { extract t; extract eth; accept; }",
        "state s { extract t; extract eth; select (eth.type) { 1: accept; default: accept; } }",
        "state s { extract t; extract eth; select (eth.type) { 0..127: accept; 128..0xffff: accept; } }"]),
]

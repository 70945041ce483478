# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Small parsers as trees: made at random, printed as descriptions, and packets that follow them. A pattern is a tuple:
# ("any",), ("is", value), ("mask", value, mask) or ("range", lo, hi); an arm is a tuple of patterns, one by key, and
# where it goes. metamorphic_ways.py rewrites such trees.
import copy

import pcap

CHUNKS = [(8,), (8,), (16,), (16,), (4, 4), (12, 4), (3, 13), (32,), (1, 7)]


class Header:
    def __init__(self, name, chunks, length):
        self.name = name
        self.fields = []        # (name, bits), in the order of the wire
        self.length = length    # (least, most) bytes, of the first field times 4, or None
        for chunk in ([(4, 4)] if length else []) + chunks:
            for bits in chunk:
                self.fields.append(("f%d" % len(self.fields), bits))
        self.bytes = sum(bits for _, bits in self.fields) // 8

    def at(self, field):
        off = 0
        for name, bits in self.fields:
            if name == field:
                return off, bits
            off += bits
        raise KeyError(field)


class Key:
    """Bits hi..lo of a field of a header; or as many that lie ahead of the cursor (field is None), from bit @at on."""
    def __init__(self, header, field, hi, lo, at=0):
        self.header, self.field, self.hi, self.lo, self.at = header, field, hi, lo, at

    @property
    def bits(self):
        return self.hi - self.lo + 1


class State:
    def __init__(self, name):
        self.name = name
        self.most = 0           # times that it may be entered, if it is a loop
        self.advance = 0        # bytes, in front of what it extracts
        self.extracts = []      # names of headers
        self.writes = []        # texts
        self.keys = []
        self.arms = []
        self.default = "accept"

    def ways(self):
        return [to for _, to in self.arms] + [self.default]

    def looks_ahead(self):
        return any(k.field is None for k in self.keys)


class Program:
    def __init__(self):
        self.headers = {}
        self.states = []
        self.stacks = set()     # headers that are stacks
        self.consts = {}        # name: value

    def copy(self):
        return copy.deepcopy(self)

    def state(self, name):
        return next((s for s in self.states if s.name == name), None)

    def fresh(self, base):
        names = {s.name for s in self.states}
        return next(n for n in ("%s_%d" % (base, i) for i in range(1000)) if n not in names)


# ---- at random ----

def value(rng, bits):
    full = (1 << bits) - 1
    return rng.choice([rng.randrange(4), rng.randrange(8), 0x11, 0x800, full, rng.getrandbits(bits)]) & full


def pattern(rng, bits, wild=0.15):
    full = (1 << bits) - 1
    kind = rng.random()
    if kind < wild:
        return ("any",)
    if kind < 0.7 or bits == 1:
        return ("is", value(rng, bits))
    if kind < 0.85:
        mask = rng.choice([full << rng.randrange(bits), full >> rng.randrange(bits), rng.getrandbits(bits)]) & full
        return ("mask", value(rng, bits) & mask, mask) if mask else ("any",)
    lo, hi = sorted((value(rng, bits), value(rng, bits)))
    return ("range", lo, hi) if lo < hi else ("is", lo)


def random_key(rng, p, s):
    h = p.headers[s.extracts[-1]]
    name, bits = rng.choice(h.fields[1:] if h.length else h.fields)
    hi, lo = bits - 1, 0
    if bits > 4 and rng.random() < 0.3:
        lo = rng.randrange(bits - 2)
        hi = rng.randrange(lo, bits)
    return Key(h.name, name, hi, lo)


def random_state(rng, p, i, n):
    s, h = State("s%d" % i), "h%d" % i
    length = rng.random() < 0.15
    chunks = [rng.choice(CHUNKS) for _ in range(rng.randint(1, 4))]
    p.headers[h] = Header(h, chunks, None)
    if length:
        fixed = (p.headers[h].bytes + 1 + 3) // 4 * 4
        p.headers[h] = Header(h, chunks, (fixed, min(fixed + rng.choice([4, 8]), 60)))
    s.extracts = [h]
    if rng.random() < 0.15:
        s.advance = rng.randint(1, 4)
    if rng.random() < 0.15:
        s.most = rng.randint(1, 3)
        p.stacks.add(h)
    if rng.random() < 0.4:
        s.writes = ["meta.f%d = %d;" % (rng.randrange(4), rng.randint(1, 9))]
    near = ["s%d" % j for j in range(i + 1, min(i + 4, n))]
    ends = ["accept", "accept", "reject 16", "drop"]
    if rng.random() < 0.15:
        s.default = rng.choice(near + ["accept"])
        if not s.most:
            return s
    s.default = rng.choice(near + ["accept", "accept", "accept", "reject 17"])
    if rng.random() < 0.12:
        s.keys = [Key(None, None, 15, 0)]
    else:
        s.keys = [random_key(rng, p, s) for _ in range(rng.choice([1, 1, 2]))]
        if len(s.keys) == 2 and (s.keys[0].header, s.keys[0].field) == (s.keys[1].header, s.keys[1].field):
            s.keys.pop()
    few = [[pattern(rng, k.bits, 0.3 if len(s.keys) > 1 else 0) for _ in range(3)] for k in s.keys]
    for _ in range(rng.randint(1, 5)):
        pats = tuple(rng.choice(f) if rng.random() < 0.5 else pattern(rng, k.bits, 0.3 if len(s.keys) > 1 else 0)
                     for f, k in zip(few, s.keys))
        to = s.name if s.most and rng.random() < 0.4 else rng.choice(near * 2 + ends)
        if any(q != ("any",) for q in pats):
            s.arms.append((pats, to))
    if not s.arms:
        s.keys = []
    return s


def prune(p):
    seen, todo = set(), [p.states[0].name]
    while todo:
        s = p.state(todo.pop())
        if s and s.name not in seen:
            seen.add(s.name)
            todo += s.ways()
    p.states = [s for s in p.states if s.name in seen]
    used = {h for s in p.states for h in s.extracts}
    p.headers = {n: h for n, h in p.headers.items() if n in used}
    return p


def random_program(rng):
    p, n = Program(), rng.randint(2, 8)
    p.states = [random_state(rng, p, i, n) for i in range(n)]
    return prune(p)


# ---- as text ----

def header_text(h):
    out = []
    for name, bits in h.fields:
        off, _ = h.at(name)
        whole = off % 8 == 0 and bits in (8, 16, 32)
        kind = {8: "u8", 16: "be16", 32: "be32"}[bits] if whole else "u16" if bits > 8 else "u8"
        out.append("\t%s %s%s;\n" % (kind, name, "" if whole else " : %d" % bits))
    if h.length:
        out.append("\tlength f0 * 4 in %d..%d;\n" % h.length)
    return "header %s {\n%s}\n" % (h.name, "".join(out))


def key_text(p, k):
    if k.field is None:
        return "lookahead(%d, %d)" % (k.at, k.bits)
    whole = k.lo == 0 and k.hi + 1 == p.headers[k.header].at(k.field)[1]
    return "%s%s.%s%s" % (k.header, "[last]" if k.header in p.stacks else "", k.field,
                          "" if whole else "[%d:%d]" % (k.hi, k.lo))


def pattern_text(q, number):
    return {"any": "_", "is": "%s", "mask": "%s &&& %s", "range": "%s..%s"}[q[0]].replace("%s", "{}").format(
        *map(number, q[1:]))


def state_text(p, s, number):
    out = "\tstate %s%s {\n" % (s.name, " max %d else accept" % s.most if s.most else "")
    if s.advance:
        out += "\t\tadvance %d;\n" % s.advance
    for h in s.extracts:
        out += "\t\textract %s%s;\n" % (h, " as %s[]" % h if h in p.stacks else "")
    out += "".join("\t\t%s\n" % w for w in s.writes)
    if not s.keys:
        return out + "\t\t%s;\n\t}\n" % (s.default if s.default.split()[0] in ("accept", "reject", "drop")
                                         else "goto " + s.default)
    out += "\t\tselect (%s) {\n" % ", ".join(key_text(p, k) for k in s.keys)
    for pats, to in s.arms:
        texts = [pattern_text(q, number) for q in pats]
        out += "\t\t\t%s: %s;\n" % (texts[0] if len(texts) == 1 else "(%s)" % ", ".join(texts), to)
    return out + "\t\t\tdefault: %s;\n\t\t}\n\t}\n" % s.default


def text(p, number=hex):
    """The description; @number writes a number, of a pattern or a constant."""
    out = "mdesc 1;\ndevice meta { driver \"meta\"; firmware \"1\"; }\n"
    out += "".join("const %s = %s;\n" % c for c in p.consts.items())
    out += "".join(header_text(h) for h in p.headers.values())
    out += "metadata meta_m { u8 f0; u8 f1; u8 f2; u8 f3; u32 id = layout.id; }\n"
    out += "parser meta_p writes meta_m {\n\tstart %s;\n" % p.states[0].name
    return out + "".join(state_text(p, s, number) for s in p.states) + "}\n"


# ---- packets ----

def member(rng, q, bits):
    """A value that the pattern matches."""
    full = (1 << bits) - 1
    if q[0] == "is":
        return q[1]
    if q[0] == "mask":
        return q[1] | rng.getrandbits(bits) & ~q[2] & full
    return rng.choice([q[1], q[2], rng.randint(q[1], q[2])]) if q[0] == "range" else rng.getrandbits(bits)


def put(packet, at, bits, number):
    packet.extend([0] * ((at + bits + 7) // 8 - len(packet)))
    low = len(packet) * 8 - at - bits
    whole = int.from_bytes(packet, "big") & ~(((1 << bits) - 1) << low) | number << low
    packet[:] = whole.to_bytes(len(packet), "big")


def walk(rng, p):
    """A packet whose keys follow the program most of the time."""
    packet, at, s, left = bytearray(), 0, p.states[0], 20
    while s and left:
        left -= 1
        at += s.advance
        for name in s.extracts:
            h = p.headers[name]
            put(packet, at * 8, h.bytes * 8, rng.getrandbits(h.bytes * 8))
            here, at = at, at + h.bytes
            if h.length:
                words = rng.randint(h.length[0] // 4 - (rng.random() < 0.1), h.length[1] // 4 + (rng.random() < 0.1))
                put(packet, here * 8, 4, words & 15)
                at = max(at, here + words * 4)
        to = s.default
        if s.arms and rng.random() < 0.85:
            pats, to = rng.choice(s.arms)
            for k, q in zip(s.keys, pats):
                base = at * 8 + k.at
                if k.field is not None:
                    off, bits = p.headers[k.header].at(k.field)
                    base = here * 8 + off + bits - 1 - k.hi
                put(packet, base, k.bits, member(rng, q, k.bits))
        s = p.state(to)
    packet.extend(rng.getrandbits(8) for _ in range(max(0, at - len(packet)) + rng.randint(0, 12)))
    return bytes(packet[:rng.randint(1, len(packet))] if rng.random() < 0.2 else packet)


def write_packets(rng, p, n, path):
    pcap.write(path, (walk(rng, p) for _ in range(n)))

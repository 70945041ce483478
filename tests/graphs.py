# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""Parse graphs as facts (tests/graphs/*.graph, and others of that form): takes one, gives a description in .mdesc, packets
that walk through it, and the headers that must be recorded for each of them, by a model of its own.

graphs.py describe FILE GRAPH            the description
graphs.py list FILE                      names of the graphs of a file
graphs.py known FILE GRAPH               lines `SHAPE ROWS`: the known figures
graphs.py packets FILE GRAPH N PCAP      N packets to PCAP; a line of what is recorded for each on standard output
graphs.py came                           the same lines, from what `mdesc run --json` prints on standard input
"""
import json
import random
import re
import struct
import sys

LENGTH_FIELDS = {"ihl": (4, 4), "dataOffset": (96, 4)}      # where a file does not say it
FIELD = re.compile(r"([A-Za-z][\w-]*)\[(\d+)\+(\d+)\]")


def plain(name):
    return name.replace("-", "_")


class Header:
    def __init__(self, name):
        self.name, self.fields, self.keys, self.arms = name, {}, [], []
        self.then = self.counter = self.length = None
        self.most = 0


class Graph:
    def __init__(self, name):
        self.name, self.headers, self.known, self.aim = name, {}, {}, None

    def next_of(self, h):
        return [to for _, _, to in h.arms] + ([h.then] if h.then else [])

    def is_stack(self, h):
        """Can it come twice?"""
        seen, todo = set(), self.next_of(h)
        while todo:
            n = todo.pop()
            if n not in seen:
                seen.add(n)
                todo += self.next_of(self.headers[n])
        return h.name in seen


def read_header(h, text):
    m = re.match(r"(\w+)(?:\[(\d+)\+(\d+)\])? \* (\d+) \* 8 in (\d+)\.\.(\d+) bits", text)
    if m:
        at = (int(m[2]), int(m[3])) if m[2] else LENGTH_FIELDS[m[1]]
        h.fields[m[1]] = at
        h.length = (m[1], int(m[4]), int(m[5]) // 8, int(m[6]) // 8)
    h.bytes = int(m[5] if m else re.match(r"(\d+) bits", text)[1]) // 8
    m = re.search(r"at most (\d+) in a row \(counted as (\w+)\)", text)
    if m:
        h.most, h.counter = int(m[1]), m[2]


def read(path):
    graphs, g, h = {}, None, None
    for line in open(path):
        line = line.split("#")[0].strip()
        word, _, rest = line.partition(" ")
        if word == "graph":
            g = graphs[rest] = Graph(rest)
        elif word == "known":
            g.known[rest.split()[0]] = int(rest.split()[1])
        elif word == "aim":
            g.aim = int(rest)
        elif word == "header":
            name, _, text = rest.partition(": ")
            h = g.headers[name] = Header(name)
            read_header(h, text)
        elif word in ("extract", "key"):
            for name, at, bits in FIELD.findall(rest):
                if word == "key":
                    h.keys.append((name, int(at), int(bits)))
                if word == "extract" or int(at) + int(bits) <= h.bytes * 8:
                    h.fields[name] = (int(at), int(bits))
        elif word == "then":
            h.then = rest
        elif "->" in line:
            value, mask, to = re.match(r"(\w+) &&& (\w+) -> (\S+)", line).groups()
            h.arms.append((int(value, 0), int(mask, 0), to))
    return graphs


# ---- the description ----

def field_text(name, at, bits):
    if at % 8 == 0 and bits in (8, 16, 32):
        return "%s %s;" % ({8: "u8", 16: "be16", 32: "be32"}[bits], name)
    if at % 8 == 0 and bits == 48:
        return "mac %s;" % name
    if at % 8 == 0 and bits > 64:
        return "u8 %s[%d];" % (name, bits // 8)
    return "u%d %s : %d;" % (next(n for n in (8, 16, 32, 64) if n >= bits), name, bits)


def gap_text(at, end):
    out = []
    while at < end:
        bits = 8 - at % 8 if at % 8 else (end - at) // 8 * 8
        bits = min(bits or end - at, end - at)
        out.append("u8 : %d;" % bits if bits < 8 else "reserved %d;" % (bits // 8))
        at += bits
    return out


def describe_header(h):
    lines, at = [], 0
    for name, (off, bits) in sorted(h.fields.items(), key=lambda f: f[1]):
        lines += gap_text(at, off) + [field_text(plain(name), off, bits)]
        at = off + bits
    lines += gap_text(at, h.bytes * 8)
    if h.length:
        lines.append("length %s * %d in %d..%d;" % (plain(h.length[0]), *h.length[1:]))
    return "header %s {\n\t%s\n}\n" % (plain(h.name), "\n\t".join(lines))


def pieces(h, value, mask):
    """A value and mask of the whole key as those of its fields."""
    out, low = [], sum(bits for _, _, bits in h.keys)
    for _, _, bits in h.keys:
        low -= bits
        full = (1 << bits) - 1
        out.append((value >> low & full, mask >> low & full, full))
    return out


def pattern(value, mask, full):
    return "_" if not mask else "0x%x" % value if mask == full else "0x%x &&& 0x%x" % (value, mask)


def key_text(g, h, name, at, bits):
    if at >= h.bytes * 8:
        return "lookahead(%d, %d)" % (at - h.bytes * 8, bits)
    return "%s%s.%s" % (plain(h.name), "[last]" if g.is_stack(h) else "", plain(name))


def describe_state(g, h, shared):
    name = plain(h.name)
    limit = " counts %s" % h.counter if h.counter in shared else " max %d else accept" % h.most if h.most else ""
    out = "\tstate %s%s {\n" % (name, limit)
    if h.bytes:
        out += "\t\textract %s%s;\n" % (name, " as %s[]" % name if g.is_stack(h) else "")
    if not h.arms:
        return out + "\t\t%s;\n\t}\n" % ("goto " + plain(h.then) if h.then else "accept")
    out += "\t\tselect (%s) {\n" % ", ".join(key_text(g, h, *k) for k in h.keys)
    for value, mask, to in h.arms:
        texts = [pattern(*p) for p in pieces(h, value, mask)]
        out += "\t\t\t%s: %s;\n" % ("(%s)" % ", ".join(texts) if len(texts) > 1 else texts[0], plain(to))
    whole = {value for value, mask, _ in h.arms if mask == (1 << sum(bits for _, _, bits in h.keys)) - 1}
    rest = "" if len(whole) == 1 << sum(bits for _, _, bits in h.keys) else "\t\t\tdefault: accept;\n"
    return out + rest + "\t\t}\n\t}\n"


def shared_counters(g):
    users = {}
    for h in g.headers.values():
        if h.counter:
            users.setdefault(h.counter, []).append(h)
    return {c: u[0].most for c, u in users.items() if len(u) > 1}


def describe(g):
    out = "// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause\nmdesc 1;\n\ndevice graph {\n\tdriver \"graph\";\n"
    out += "\tfirmware \"1\";\n}\n"
    for h in g.headers.values():
        if h.bytes:
            out += describe_header(h)
    shared = shared_counters(g)
    out += "parser %s {\n" % plain(g.name)
    for counter, most in shared.items():
        out += "\tcounter %s max %d else accept;\n" % (counter, most)
    out += "\tstart %s;\n" % plain(next(iter(g.headers)))
    for h in g.headers.values():
        out += describe_state(g, h, shared)
    return out + "}\n"


# ---- the model ----

def bits_of(packet, at, bits):
    number = int.from_bytes(packet[at // 8:(at + bits + 7) // 8], "big")
    return number >> -(at + bits) % 8 & ((1 << bits) - 1)


def looked_at(h):
    """Bits of the key behind the header that a pattern looks at, as bits from its end."""
    out = set()
    for value, mask, _ in h.arms:
        for (_, at, bits), (_, m, _) in zip(h.keys, pieces(h, value, mask)):
            out |= {at + bits - 1 - i - h.bytes * 8 for i in range(bits) if m >> i & 1 and at >= h.bytes * 8}
    return out


def run(g, packet):
    """The headers that are recorded, with offset and length, and the error."""
    name, at, seen, counts, out = next(iter(g.headers)), 0, {}, {}, []
    while True:
        h = g.headers[name]
        if h.most:
            counter = h.counter or name
            if counts.get(counter, 0) == h.most:
                return out, None
            counts[counter] = counts.get(counter, 0) + 1
        if at + h.bytes > len(packet):
            return out, "truncated"
        size = h.bytes
        if h.length:
            size = bits_of(packet, at * 8 + h.fields[h.length[0]][0], h.fields[h.length[0]][1]) * h.length[1]
            if not h.length[2] <= size <= h.length[3]:
                return out, "bad_length"
        end = at + size
        if end > len(packet) or any(end + b // 8 >= len(packet) for b in looked_at(h)):
            return out, "truncated"
        if h.bytes:
            out.append((plain(name), at, size))
        key = 0
        for _, off, bits in h.keys:
            base = at * 8 if off < h.bytes * 8 else end * 8 - h.bytes * 8
            key = key << bits | bits_of(packet, base + off, bits)
        name = next((to for value, mask, to in h.arms if key & mask == value), h.then)
        at = end
        if not name:
            return out, None


# ---- packets ----

def put(packet, at, bits, value):
    need = (at + bits + 7) // 8
    packet.extend(random.getrandbits(8) for _ in range(need - len(packet)))
    whole = int.from_bytes(packet, "big")
    low = len(packet) * 8 - at - bits
    whole = whole & ~(((1 << bits) - 1) << low) | (value << low)
    packet[:] = whole.to_bytes(len(packet), "big")


def walk(g):
    """A packet whose keys follow the graph most of the time."""
    packet, name, at, left = bytearray(), next(iter(g.headers)), 0, 40
    while name and left:
        h, left = g.headers[name], left - 1
        put(packet, at * 8, h.bytes * 8, random.getrandbits(h.bytes * 8))
        size = h.bytes
        if h.length:
            field, scale, least, most = h.length
            size = random.randint(least // scale - (random.random() < 0.1), most // scale + (random.random() < 0.1))
            put(packet, at * 8 + h.fields[field][0], h.fields[field][1], size & (1 << h.fields[field][1]) - 1)
            size *= scale
        end = at + size
        to = h.then
        if h.arms and random.random() < 0.9:
            value, mask, to = random.choice(h.arms)
            for (_, off, bits), (v, m, full) in zip(h.keys, pieces(h, value, mask)):
                base = at * 8 if off < h.bytes * 8 else end * 8 - h.bytes * 8
                put(packet, base + off, bits, v | random.getrandbits(bits) & ~m & full)
        name, at = to, end
    packet.extend(random.getrandbits(8) for _ in range(max(0, at - len(packet)) + random.randint(0, 40)))
    if random.random() < 0.2:
        del packet[random.randint(1, len(packet)):]
    return bytes(packet)


def line(headers, error):
    return " ".join("%s@%d+%d" % tuple(h) for h in headers) + (" " + error if error else "")


def write_packets(g, n, path):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i in range(n):
            packet = walk(g)
            f.write(struct.pack("<IIII", i, 0, len(packet), len(packet)) + packet)
            print(line(*run(g, packet)))


def came():
    for text in sys.stdin:
        o = json.loads(text)
        print(line([(h["name"], h["offset"], h["length"]) for h in o["headers"]], o["parser_error"]))


def main():
    what = sys.argv[1]
    if what == "came":
        return came()
    graphs = read(sys.argv[2])
    if what == "list":
        return print("\n".join(graphs))
    g = graphs[sys.argv[3]]
    random.seed(g.name)
    if what == "describe":
        print(describe(g), end="")
    elif what == "known":
        print("\n".join("%s %d" % k for k in g.known.items()) + ("\naim %d" % g.aim if g.aim else ""))
    elif what == "packets":
        write_packets(g, int(sys.argv[4]), sys.argv[5])


main()

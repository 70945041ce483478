# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Prints a random parser whose states ask for the same things again and again, for the same few values: bytes of headers
# recorded before, of the last element of a stack, ahead of the cursor, registers, a counter, a source, what remains of
# a header. What was known of them holds on, or does not: states count and set registers, the cursor moves by lengths
# that are known or not, limits come and go.
#
#	known_gen.py SEED
import random
import sys

HEAD = """mdesc 1;
device known { driver "known"; }
target big {
	rows 60000; states 4000; loops yes; steps 250; key 16 bytes reach 250; advance arithmetic; writes 8 per row;
	metadata 252 bytes; registers 256 bits; flags 64;
}
target narrow {
	rows 60000; states 4000; loops yes; steps 250; lookups 2 of 1 bytes; window 0; key 2 bytes reach 250;
	advance arithmetic; writes 8 per row; metadata 252 bytes; registers 256 bits; flags 64;
}
target forward {
	rows 60000; states 4000; loops no; steps 250; lookups 4 of 2 bytes; window 250; defaults yes;
	advance constant; writes 64 per row; metadata 252 bytes; registers 256 bits; flags 64;
}
source u8 port;
header pair { u8 a; u8 b; }
header list { u8 a; u8 n; length n * 2 in 2..6; }
header item { u8 a; u8 n; length n in 2..4; }
metadata known_m { u8 r = r; u8 q = q; u8 c = c; u8 v; }
parser known_p writes known_m {
	register u8 r;
	register u8 q;
	flag f;
"""


class Gen:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.error = 16
        self.fields = []        # that all paths to the layer at hand have extracted
        layers = self.r.randint(3, 6)
        self.names = [["s%d_%d" % (k, i) for i in range(self.r.choice([1, 1, 1, 2, 3]) if k else 1)]
                      for k in range(layers)]
        self.often = self.r.sample(["r", "q", "f", "port", "h0.a", "h0.b"], 2)     # is asked for
        self.counted = self.r.choice([0.1, 0.9])
        if self.counted > 0.5:
            self.often[0] = "c"

    def end(self):
        self.error += 1
        return self.r.choice(["accept", "drop", "reject %d" % self.error, "reject %d" % self.r.randint(16, 18)])

    def keys(self, more, ahead, n):
        if self.r.random() < 0.6:
            return self.often[:n]
        pool = self.fields + more + ["r", "q", "f", "c", "port", "r[1:0]"]
        pool += ["lookahead(%d, 8)" % (8 * i) for i in range(3)] * ahead
        return [self.r.choice(pool) for _ in range(n)]

    def pattern(self, key):
        if key == "f":
            return self.r.choice("01_")
        if key in ("c", "r[1:0]"):
            return self.r.choice("1223" if key == "c" else "0112_")
        return self.r.choice(["0", "1", "1", "2", "_", "0..1", "1..3", "0 &&& 1", "2 &&& 3"])

    def select(self, keys, to):
        arms = []
        for _ in range(self.r.randint(1, 4)):
            arms.append("(%s): %s;" % (", ".join(map(self.pattern, keys)),
                                       self.r.choice(to) if self.r.random() < 0.75 else self.end()))
        if self.r.random() < 0.85:
            arms.append("default: %s;" % (self.r.choice(to) if self.r.random() < 0.2 else self.end()))
        text = " ".join(arms)
        if len(keys) == 1:
            text = text.replace("(", "", text.count("(")).replace("):", ":")
        return "select (%s) { %s }" % (", ".join(keys), text)

    def effects(self, more):
        out = ""
        for name in "rq":
            if self.r.random() < 0.3:
                out += " %s = %d;" % (name, self.r.randint(0, 2))
        if self.r.random() < 0.2:
            out += " f = 1;"
        if self.r.random() < 0.3 and self.fields + more:
            out += " meta.v = %s;" % self.r.choice(self.fields + more)
        return out

    def simple(self, name, limit, header, type_, fields, to, ahead=1):
        extract = " extract %s as %s;" % (type_, header) if header else ""
        keys = self.keys(fields, ahead, self.r.randint(1, 3))
        return ["state %s%s {%s%s %s }" % (name, limit, extract, self.effects(fields), self.select(keys, to))]

    def options(self, name, limit, k, to):
        """A list, and what is within it: one by one, or as items."""
        inside, step, item = "i_" + name, "n_" + name, "t_" + name
        keys = ["remaining", "lookahead(0, 8)"] + self.keys([], 1, self.r.randint(0, 1))
        arms = ["(0%s): leave %s;" % (", _" * (len(keys) - 1), self.r.choice(to))]
        for _ in range(self.r.randint(1, 3)):
            patterns = [self.r.choice(["_", "0", "1..2", "1"])] + [self.pattern(key) for key in keys[1:]]
            arms.append("(%s): %s;" % (", ".join(patterns),
                                       self.r.choice([step, item, "leave " + self.r.choice(to)])))
        return [
            "state %s%s { extract list as w%d;%s within w%d goto %s; }" % (name, limit, k, self.effects([]), k, inside),
            "state %s%s { select (%s) { %s default: leave %s; } }" % (
                inside, self.r.choice([" max %d" % self.r.randint(1, 5), " counts c"]), ", ".join(keys),
                " ".join(arms), self.r.choice(to)),
            "state %s { advance 1; goto %s; }" % (step, inside),
            "state %s { extract item as t%d[]; select (t%d[last].a, lookahead(0, 8)) { (1, _): %s; (_, 0): leave %s; "
            "(0, 1): %s; default: leave %s; } }" % (item, k, k, inside, self.r.choice(to), inside, self.r.choice(to)),
        ]

    def layer(self, k):
        kind = self.r.choice(["pair", "pair", "pair", "list", "loop", "options", "ahead", "counts"]) if k else "pair"
        to = self.names[k + 1] if k + 1 < len(self.names) else ["accept", "drop", "reject 40"]
        h, out, fields = "h%d" % k, [], []
        for name in self.names[k]:
            limit = " counts c" if kind == "counts" or self.r.random() < self.counted else ""
            if kind in ("pair", "counts"):
                fields = [h + ".a", h + ".b"]
                out += self.simple(name, limit, h, "pair", fields, to)
            elif kind == "list":
                fields = [h + ".a", h + ".n"]
                out += self.simple(name, limit, h, "list", fields, to)
            elif kind == "loop":
                fields = [h + "[last].a", h + "[last].b", h + "[0].a"]
                limit = self.r.choice([" max %d" % self.r.randint(1, 4), " counts c"])
                out += self.simple(name, limit, h + "[]", "pair", fields, to + [name])
            elif kind == "options":
                out += self.options(name, limit, k, to)
            else:
                out += self.simple(name, limit, None, None, [], to, 2)
        self.fields += fields
        return out

    def text(self):
        beyond = self.r.choice(["reject 77", "accept", "drop"])
        out = ["counter c max %d else %s;" % (max(2, self.r.randint(1, 6)), beyond), "start s0_0;"]
        for k in range(len(self.names)):
            out += self.layer(k)
        return HEAD + "".join("\t%s\n" % line for line in out) + "}\n"


print(Gen(int(sys.argv[1])).text(), end="")

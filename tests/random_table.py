# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""Random raw tables, there and back: descriptions whose words are taken apart again by a decoder of its own.

random_table.py MDESCC MDESC TMP SEED COUNT
For each seed: a table in a random layout with random rows is written, compiled to its words and to an image, and each
row's key and results must come out of the words as they went in; so they must of `mdesc dump`, which reads the image.
Knows nothing of the compiler but what doc/language.md says. Prints what is wrong, with the seed.
"""

import os
import random
import re
import subprocess
import sys

PRESETS = {"value_mask": ((0, 0), (0, 1), (1, 1), None), "cam": ((0, 0), (1, 0), (0, 1), (1, 1)),
           "key_inverse": ((1, 1), (0, 1), (1, 0), (0, 0)), "exact": (None, (0,), (1,), None)}


class Field:
    """Bits of a struct, the most significant first, and what a value of it can be."""

    def __init__(self, rnd, name, bits, is_key):
        self.name, self.places, self.mask, self.sign = name, bits, None, None
        self.kind, self.init = "", None
        size = len(bits)
        if size in (16, 32, 64) and rnd.random() < 0.6:
            self.kind = "be%d" % size
        elif not is_key and rnd.random() < 0.15 and size > 1:
            self.kind = "s64"

    def text(self):
        out = "%s %s [%s]" % (self.kind, self.name, pieces(self.places))
        if self.mask:
            out += " mask [%s]" % pieces(self.mask)
        if self.sign is not None:
            out += " sign [%d]" % self.sign
        if self.init is not None:
            out += " = %d" % self.init
        return out + ";"

    def read(self, bits, places=None):
        value = 0
        for place in self.places if places is None else places:
            value = value << 1 | bits[place]
        if self.kind.startswith("be"):
            value = int.from_bytes(value.to_bytes(len(self.places) // 8, "big"), "little")
        return value


def pieces(places):
    runs = []
    for place in places:
        if runs and runs[-1][1] == place + 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    return ", ".join("%d:%d" % (hi, lo) if hi != lo else "%d" % hi for hi, lo in runs)


def take(rnd, free, size):
    """So many bits of the list, in a few runs."""
    out = []
    while len(out) < size:
        at = rnd.randrange(len(free))
        run = min(size - len(out), rnd.choice((1, 3, 8, 16, 64)))
        end = at
        while end > 0 and at - end + 1 < run and free[end - 1] == free[end] - 1:
            end -= 1
        out += reversed(free[end:at + 1])
        del free[end:at + 1]
    return out


def struct(rnd, prefix, width, is_key):
    free, fields = list(range(width)), []
    while free and len(fields) < 12 and rnd.random() < 0.93:
        size = min(len(free), rnd.choice((1, 2, 5, 8, 13, 16, 16, 32, 47, 64)))
        field = Field(rnd, "%s%d" % (prefix, len(fields)), take(rnd, free, size), is_key)
        if not is_key and not field.kind and len(free) >= size and rnd.random() < 0.25:
            field.mask = take(rnd, free, size)
        elif not is_key and not field.kind and free and rnd.random() < 0.2:
            field.sign = free.pop()
        if rnd.random() < 0.2 and field.kind != "s64" and field.sign is None:
            field.init = rnd.getrandbits(size)
        fields.append(field)
    return fields


class Table:
    def __init__(self, rnd):
        self.word = rnd.choice((8, 16, 32, 64))
        self.big, self.flipped = rnd.random() < 0.5, rnd.random() < 0.3
        self.cell = rnd.choice(sorted(PRESETS) + ["own"])
        self.cells = self.own(rnd) if self.cell == "own" else PRESETS[self.cell]
        self.planes = len(self.cells[1])
        self.interleave = rnd.choice((0, 0, 1, 4, 16, 21, 32))
        self.subword = rnd.choice((0, 0, 0, 7, 20, 52))
        self.key_bits = rnd.choice((1, 9, 40, 64, 65, 130, 200))
        self.key = struct(rnd, "k", self.key_bits, True)
        self.stages = (rnd.randrange(4), rnd.randrange(1, 4)) if rnd.random() < 0.4 else None
        self.rows = rnd.randrange(1, 40)
        self.results = [(width, struct(rnd, "r%d_" % i, width, False))
                        for i, width in enumerate(rnd.choices((1, 8, 30, 64, 100, 128), k=rnd.randrange(1, 4)))]
        self.guard = None
        size = self.key_size()
        used = {self.key_place(bit, plane) for bit in range(self.key_bits) for plane in range(self.planes)}
        spare = [bit for bit in range(size) if bit not in used]
        if spare and rnd.random() < 0.7:
            self.guard = (rnd.choice(spare), rnd.random() < 0.5)
        # Which rows are there is said elsewhere: the others are 0.
        self.elsewhere = not self.guard and (not self.cells[3] or rnd.random() < 0.5)

    @staticmethod
    def own(rnd):
        cells = [(0, 0), (0, 1), (1, 0), (1, 1)]
        rnd.shuffle(cells)
        return tuple(c if i in (1, 2) or rnd.random() < 0.8 else None for i, c in enumerate(cells))

    # ---- where bits are ----

    def stream(self, bit):
        if not self.subword:
            return bit
        words = -(-self.subword // self.word)
        return bit // self.subword * words * self.word + bit % self.subword

    def plane_size(self):
        unit = self.interleave if self.interleave and self.planes == 2 else self.word
        return -(-(self.stream(self.key_bits - 1) + 1) // unit) * unit

    def key_size(self):
        return self.plane_size() * self.planes

    def key_place(self, bit, plane):
        at = self.stream(bit)
        if self.planes == 1 or not self.interleave:
            return plane * self.plane_size() + at
        return (at // self.interleave * self.planes + plane) * self.interleave + at % self.interleave

    def words(self, bits):
        return -(-bits // self.word)

    def row_parts(self):
        parts = [self.words(self.key_size())]
        return parts + [self.words(self.stream(width - 1) + 1) for width, _ in self.results]

    # ---- the text ----

    def text(self):
        out = ["table t%s {" % (" stages %d..%d" % (self.stages[0], self.stages[0] + self.stages[1] - 1)
                                if self.stages else "")]
        out.append("words %d %s%s; rows %d;" % (self.word, "big" if self.big else "little",
                                                " flipped" if self.flipped else "", self.rows))
        if self.cell == "own":
            names = ("any", "0", "1", "never")
            out.append("cell { %s }" % " ".join("%s: (%d, %d);" % ((n,) + c) for n, c in zip(names, self.cells) if c))
        else:
            out.append("cell %s;" % self.cell)
        if self.interleave:
            out.append("interleave %d;" % self.interleave)
        if self.subword:
            out.append("subword %d;" % self.subword)
        if self.guard:
            out.append("%s %d;" % ("valid" if self.guard[1] else "invalid", self.guard[0]))
        elif self.elsewhere:
            out.append("absent zero;")
        out.append("key key_bits; result %s; }" % ", ".join("bits%d" % i for i in range(len(self.results))))
        out.append("bits %d key_bits { %s }" % (self.key_bits, " ".join(f.text() for f in self.key)))
        for i, (width, fields) in enumerate(self.results):
            out.append("bits %d bits%d { %s }" % (width, i, " ".join(f.text() for f in fields)))
        return "\n".join(out)


def random_row(rnd, table):
    """The text of a row, and what it must be: {field: (value, mask)}, {field: (value, mask, minus)}."""
    key, result, text = {}, {}, "{"
    for f in table.key:
        size = len(f.places)
        full = (1 << size) - 1
        if table.cells[0] is None or rnd.random() < 0.3:
            key[f.name] = rnd.getrandbits(size), full
            text += " %s %d;" % (f.name, key[f.name][0])
        elif rnd.random() < 0.6:
            mask = rnd.getrandbits(size)
            key[f.name] = rnd.getrandbits(size) & mask, mask
            text += " %s 0x%x &&& 0x%x;" % (f.name, key[f.name][0], mask)
        else:
            key[f.name] = (f.init, full) if f.init is not None else (0, 0)
    text += " } -> {"
    for _, fields in table.results:
        for f in fields:
            size = len(f.places)
            value, mask, minus = rnd.getrandbits(size), (1 << size) - 1, False
            if rnd.random() < 0.3:
                value, mask = (f.init, mask) if f.init is not None else (0, 0)
            elif f.mask and rnd.random() < 0.7:
                mask = rnd.getrandbits(size)
                value &= mask
                text += " %s %d &&& %d;" % (f.name, value, mask)
            elif f.sign is not None:
                minus = value and value >> 63 == 0 and rnd.random() < 0.5
                text += " %s %s%d;" % (f.name, "-" if minus else "", value)
            elif f.kind == "s64":
                text += " %s %d;" % (f.name, value - (value >> (size - 1) << size))
            else:
                text += " %s %d;" % (f.name, value)
            result[f.name] = value, mask if f.mask else None, bool(minus)
    return text + " }", key, result


def description(rnd, table):
    """The whole text, and {(stage, number): (key, result)}."""
    out, rows, following = ["mdesc 1;", 'device acme { driver "acme"; }', table.text()], {}, {}
    first, stages = table.stages or (0, 1)
    for _ in range(rnd.randrange(table.rows * stages + 1)):
        stage = first + rnd.randrange(stages)
        free = [n for n in range(table.rows) if (stage, n) not in rows]
        if not free:
            continue
        text, key, result = random_row(rnd, table)
        number = rnd.choice(free)
        rows[stage, number] = key, result
        index = "[%d][%d]" % (stage, number) if table.stages else "[%d]" % number
        out.append("row t%s %s" % (index, text))
    return "\n".join(out) + "\n", rows


# ---- back ----

def bits_of(table, data, flip_halves):
    """The words of a part as a list of bits, unflipped."""
    size = table.word // 8
    words = [int.from_bytes(data[i:i + size], "big" if table.big else "little") for i in range(0, len(data), size)]
    if table.flipped:
        half = len(words) // 2 if flip_halves else len(words)
        words = words[:half][::-1] + words[half:][::-1]
    return [word >> i & 1 for word in words for i in range(table.word)]


def read_key(table, bits):
    """{field: (value, mask)}, or None: it matches nothing."""
    if table.guard and bits[table.guard[0]] != table.guard[1]:
        return None
    value, mask = [], []
    for bit in range(table.key_bits):
        cell = tuple(bits[table.key_place(bit, plane)] for plane in range(table.planes))
        kind = table.cells.index(cell)
        if kind == 3:
            return None
        value.append(kind == 2)
        mask.append(kind != 0)
    return {f.name: (f.read(value), f.read(mask)) for f in table.key}


def read_result(table, index, bits):
    width, fields = table.results[index]
    plain = [bits[table.stream(bit)] for bit in range(width)]
    return {f.name: (f.read(plain), f.read(plain, f.mask) if f.mask else None,
                     bool(f.sign is not None and plain[f.sign])) for f in fields}


def compare(table, rows, data):
    parts = table.row_parts()
    size = sum(parts) * table.word // 8
    first, stages = table.stages or (0, 1)
    if len(data) != stages * table.rows * size:
        return "%d bytes, not %d rows of %d" % (len(data), stages * table.rows, size)
    for at in range(stages * table.rows):
        place = first + at // table.rows, at % table.rows
        row, got_results, begin = data[at * size:(at + 1) * size], {}, 0
        for i, words in enumerate(parts):
            end = begin + words * table.word // 8
            bits = bits_of(table, row[begin:end], i == 0 and table.planes == 2 and not table.interleave)
            if i:
                got_results.update(read_result(table, i - 1, bits))
            else:
                key_bits = bits
            begin = end
        if place not in rows:
            if table.elsewhere and any(row):
                return "row %s %s is not there, and not 0" % place
            if not table.elsewhere and table.key and read_key(table, key_bits) is not None:
                return "row %s %s is not there, and matches" % place
            continue
        got = read_key(table, key_bits)
        if got != rows[place][0]:
            return "row %s %s: key %s, not %s" % (place + (got, rows[place][0]))
        if got_results != rows[place][1]:
            return "row %s %s: result %s, not %s" % (place + (got_results, rows[place][1]))
    return None


def compare_dump(table, rows, text):
    """What `mdesc dump` read out of the image."""
    seen = 0
    for line in re.findall(r"^\t\[.*:.*->.*$", text, re.M):
        place = tuple(int(n) for n in re.findall(r"\[(\d+)\]", line.split(":")[0]))
        place = place if table.stages else (0,) + place
        key, result = line.split(":", 1)[1].split("->")
        seen += 1
        got = {n: (int(v, 16), m) for n, v, m in re.findall(r"(\w+)=(-?0x\w+)(?:/(0x\w+))?", key)}
        want = {n: (v, "0x%x" % m if m != (1 << len(f.places)) - 1 else "")
                for f in table.key for n, (v, m) in [(f.name, rows[place][0][f.name])] if m}
        if got != want:
            return "dump of row %s %s: key %s, not %s" % (place + (got, want))
        got = {n: (v, m) for n, v, m in re.findall(r"(\w+)=(-?0x\w+)(?:/(0x\w+))?", result)}
        want = {n: ("%s0x%x" % ("-" if minus else "", v), "0x%x" % m if m is not None else "")
                for n, (v, m, minus) in rows[place][1].items() if v or m or minus}
        if got != want:
            return "dump of row %s %s: result %s, not %s" % (place + (got, want))
    return None if seen == len(rows) else "the dump has %d rows, not %d" % (seen, len(rows))


def one(mdescc, mdesc, tmp, seed):
    rnd = random.Random(seed)
    table = Table(rnd)
    text, rows = description(rnd, table)
    path = os.path.join(tmp, "table.mdesc")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    done = subprocess.run([mdescc, "-Wno-shadowed-row", "--emit=rows-bin,image", "-d", tmp, path],
                          capture_output=True, text=True, timeout=60)
    if done.returncode or done.stderr:
        return "mdescc says:\n" + done.stderr
    with open(os.path.join(tmp, "table.rows.bin"), "rb") as f:
        wrong = compare(table, rows, f.read())
    if wrong or not mdesc:
        return wrong
    done = subprocess.run([mdesc, "dump", os.path.join(tmp, "table.fw")], capture_output=True, text=True, timeout=60)
    return "mdesc dump fails: " + done.stderr if done.returncode else compare_dump(table, rows, done.stdout)


def main(mdescc, mdesc, tmp, seed, count):
    bad = 0
    for i in range(count):
        wrong = one(mdescc, mdesc, tmp, seed + i)
        if wrong:
            bad += 1
            print("seed %d: %s" % (seed + i, wrong))
            if bad == 5:
                break
    return 1 if bad or not count else 0


sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Programs that mean the same cost the same rows, and a machine that can do more, or a compiler that takes more trouble,
# never costs more of them. Works in the current folder; the same seed gives the same programs. Each prints what is
# wrong, and sums in lines that begin with #.
#
#	metamorphic.py same SEED COUNT
#	metamorphic.py small
#	metamorphic.py monotone SEED COUNT [FILE.mdesc...]
#	metamorphic.py shipped FILE.mdesc...
import collections
import os
import random
import re
import shutil
import subprocess
import sys

import metamorphic_gen as gen
import metamorphic_text as written
from metamorphic_small import SMALL
from metamorphic_ways import WAYS

MDESC, MDESCC = os.environ["MDESC"], os.environ["MDESCC"]
INCLUDES = ["-I", ".", "-I", os.environ["MDESC_INCLUDE"]]
TARGETS = ["generic", "parser_gen_1x2", "parser_gen_1x4", "tofino_like", "npc_kpu_like"]
LACKS = re.compile(r"\[target-(limit|feature|key)\]$", re.M)


# How far the rows of what means the same may be apart today, where they are not always equal: by how many, and in how
# many of a hundred cases (and in three cases more).
APART = {"ahead": (3, 1)}


def number(rng, p):
    """Writes a number in any radix, or as the constant that it is."""
    names = {v: k for k, v in p.consts.items()}

    def write(n):
        if n in names and rng.random() < 0.7:
            return names[n]
        return rng.choice(["%d", "0x%x", "0x%X", "0b%b"]).replace("%d", str(n)).replace("%b", bin(n)[2:]) \
            .replace("%x", "%x" % n).replace("%X", "%X" % n)
    return write


def put(path, text):
    with open(path, "w") as f:
        f.write(text)


def rows(path, target, *options):
    """How many rows it takes, or None where the machine is too small."""
    done = subprocess.run([MDESCC, "--target=" + target, *INCLUDES, *options, "--emit=rows", "-o", "-", path],
                          capture_output=True, text=True)
    if done.returncode:
        if done.returncode != 1 or not LACKS.search(done.stderr):
            raise SystemExit("%s for %s: exit status %d\n%s" % (path, target, done.returncode, done.stderr))
        return None
    return int(re.search(r"^rows (\d+) of", done.stdout, re.M).group(1))


def treated(path, target, capture, level):
    """What becomes of the packets."""
    subprocess.run([MDESCC, level, "--target=" + target, *INCLUDES, "--emit=image", "-o", "it.fw", path],
                   check=True, stderr=subprocess.DEVNULL)
    return subprocess.run([MDESC, "run", "--json", "it.fw", capture], capture_output=True, text=True, check=True).stdout


def keep(way, target, seed):
    """Both texts, for whom wants to know why they cost what they do."""
    for name in ("was", "is") if os.path.isdir("keep") else ():
        shutil.copy(name + ".mdesc", "keep/%s-%s-%d.%s.mdesc" % (way, target, seed, name))


def judge(way, diff):
    most, share = APART.get(way, (0, 0))
    numbers = {d: n for d, n in diff.items() if not isinstance(d, str)}
    apart = sum(n for d, n in numbers.items() if d)
    if "taken" in diff or "refused" in diff:
        print("%s: only one of two is taken" % way)
    if max(numbers, default=0) > most or (not most and apart):
        print("%s: rows apart by %s, and at most %d is known" % (way, sorted(numbers), most))
    if most and apart > 3 + sum(numbers.values()) * share // 100:
        print("%s: rows are apart in %d of %d cases" % (way, apart, sum(numbers.values())))


def same(seed, count, every):
    sums = collections.defaultdict(collections.Counter)
    for i in range(seed, seed + count):
        rng = random.Random(i)
        p = gen.random_program(rng)
        put("was.mdesc", gen.text(p))
        was = {}
        gen.write_packets(rng, p, 60, "it.pcap")
        want = treated("was.mdesc", "generic", "it.pcap", "-O0")
        for way in WAYS:
            q = p.copy()
            if not way(rng, q):
                continue
            put("is.mdesc", gen.text(q, number(rng, q)))
            targets = rng.sample(TARGETS, every)
            for t in targets:
                level = rng.choice(LEVELS)
                at = t, level[0]
                if at not in was:
                    was[at] = rows("was.mdesc", t, *level)
                n = rows("is.mdesc", t, *level)
                bad = "refused" if n is None else n - was[at] if was[at] is not None else "taken"
                if was[at] is None and n is None:
                    continue
                sums[way.__name__, t][bad] += 1
                if bad:
                    keep(way.__name__, t, i)
            if n is not None and treated("is.mdesc", t, "it.pcap", "-O1") != want:
                keep(way.__name__, t, i)
                print("seed %d, %s, %s: treats packets differently" % (i, way.__name__, t), flush=True)
    for way in sorted({way for way, _ in sums}):
        judge(way, sum((diff for (w, _), diff in sums.items() if w == way), collections.Counter()))
    for (way, t), diff in sorted(sums.items()):
        print("# %-12s %-16s %s" % (way, t, dict(sorted(diff.items(), key=str))))


# ---- machines that can do more ----

# What a machine has, from less to more; look-ups are more where they are neither fewer nor narrower.
LADDERS = {
    "window": ["16", "30", "60", "200"],
    "loops": ["no", "yes"],
    "advance": ["constant", "arithmetic"],
    "defaults": ["no", "yes"],
}
LOOKUPS = [(1, 1), (2, 1), (4, 1), (1, 2), (2, 2), (4, 2), (1, 4), (2, 4), (1, 8)]
LEVELS = [["-O1"], ["-O2", "--opt-steps=20000"]]


def machine(lines):
    """The name of a machine with those lines; its file is where includes are looked for."""
    name = "m_" + re.sub(r"\W+", "_", "_".join(lines.values()))
    put("targets/%s.mdesc" % name,
        "mdesc 1;\ntarget %s { rows 60000; states 60000; steps 64; writes 64 per row; metadata 252 bytes;\n%s}\n"
        % (name, "".join("\t%s %s%s;\n" % (k, v, " bytes" if k == "lookups" else "") for k, v in lines.items())))
    return name


def two_machines(rng):
    """One, and another that has more of something and less of nothing; what it has more of."""
    while True:
        size = rng.choice(LOOKUPS)
        larger = rng.choice([s for s in LOOKUPS if s[0] >= size[0] and s[1] >= size[1]]) if rng.random() < 0.5 else size
        less, more = {"lookups": "%d of %d" % size}, {"lookups": "%d of %d" % larger}
        for line, ladder in LADDERS.items():
            at = rng.randrange(len(ladder))
            less[line] = ladder[at]
            more[line] = rng.choice(ladder[at:]) if rng.random() < 0.5 else ladder[at]
        if less != more:
            return machine(less), machine(more), [line for line in less if less[line] != more[line]]


def monotone(seed, count, files):
    os.makedirs("targets", exist_ok=True)
    sums = collections.Counter()
    for i in range(seed, seed + count + len(files)):
        rng, path = random.Random(i), "was.mdesc"
        if i < seed + count:
            put(path, gen.text(gen.random_program(rng)))
        else:
            path = files[i - seed - count]
        for _ in range(4):
            weak, strong, what = two_machines(rng)
            level = rng.choice(LEVELS)
            plain, n, m = rows(path, weak, "-O0"), rows(path, weak, *level), rows(path, strong, *level)
            if plain is not None and (n is None or n > plain):
                print("%s (seed %d, %s): %s rows for %s, and %d at -O0" % (path, i, level[0], n, weak, plain))
            if n is None:
                continue
            sums.update(what)
            if m is not None and m <= n:
                continue
            if os.path.isdir("keep"):
                put("keep/monotone-%d-%s.txt" % (i, strong), "%s %s %s\n%s" % (path, weak, strong, open(path).read()))
            print("%s (seed %d, %s): %s rows for %s, %s for %s" % (path, i, level[0], n, weak, m, strong), flush=True)
    print("# monotone: %s" % ", ".join("%s %d" % kv for kv in sorted(sums.items())))


# ---- small programs ----

def small():
    os.makedirs("targets", exist_ok=True)
    target = machine({"lookups": "1 of 8", "window": "60", "loops": "yes", "advance": "constant", "defaults": "yes"})
    for name, known, headers, variants in SMALL:
        came = []
        for states in variants:
            put("is.mdesc", "mdesc 1;\ndevice small { driver \"small\"; }\n%sparser small_p {\nstart s;\n%s\n}\n"
                % (headers, states))
            came.append(rows("is.mdesc", target))
        print("# %-30s %s, known %d" % (name, came, known))
        if None in came or len(set(came)) > 1 or came[0] > known:
            print("%s: %s rows, and %d are known" % (name, came, known))


# Descriptions as they are written that may cost more or fewer rows in another way, by how many at most.
WRITTEN_APART = {"states_in_two": 12}


def shipped(files):
    sums = collections.defaultdict(collections.Counter)
    for path in files:
        with open(path) as f:
            text = written.bare(f.read())
        put("was.mdesc", text)
        was = {(t, k): rows("was.mdesc", t, *level) for t in TARGETS for k, level in enumerate(LEVELS)}
        for way in written.WAYS:
            out = way(text)
            if out is None:
                continue
            put("is.mdesc", out)
            for (t, k), n in was.items():
                now = rows("is.mdesc", t, *LEVELS[k])
                bad = "refused" if now is None and n is not None else "taken" if n is None and now is not None else \
                    abs((now or 0) - (n or 0))
                sums[way.__name__][bad] += 1
                if isinstance(bad, str) or bad > WRITTEN_APART.get(way.__name__, 0):
                    print("%s, %s, %s %s: %s rows, was %s" % (os.path.basename(path), way.__name__, t, LEVELS[k][0],
                                                             now, n), flush=True)
    for way in written.WAYS:
        if not sums[way.__name__]:
            print("%s: found nothing to rewrite" % way.__name__)
        print("# %-16s %s" % (way.__name__, dict(sorted(sums[way.__name__].items(), key=str))))


def main():
    if sys.argv[1] == "small":
        return small()
    if sys.argv[1] == "shipped":
        return shipped(sys.argv[2:])
    seed, count = int(sys.argv[2]), int(sys.argv[3])
    if sys.argv[1] == "same":
        same(seed, count, int(sys.argv[4]))
    elif sys.argv[1] == "monotone":
        monotone(seed, count, sys.argv[4:])


main()

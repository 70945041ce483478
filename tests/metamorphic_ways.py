# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Ways to write the same parser differently. Each takes a random generator and a program of metamorphic_gen.py, which is
# its own to change, and gives True if it has found something to rewrite.
from metamorphic_gen import Header, Key, State, pattern, random_key, value


# ---- sets of values, as cubes (value, mask) ----

def cubes(q, bits):
    full = (1 << bits) - 1
    if q[0] == "any":
        return [(0, 0)]
    if q[0] == "is":
        return [(q[1], full)]
    if q[0] == "mask":
        return [(q[1], q[2])]
    out, (_, lo, hi) = [], q
    while lo <= hi:
        size = lo & -lo or 1 << bits
        while lo + size - 1 > hi:
            size >>= 1
        out.append((lo, full & ~(size - 1)))
        lo += size
    return out


def disjoint(a, b, bits):
    return not any((x ^ y) & m & n == 0 for x, m in cubes(a, bits) for y, n in cubes(b, bits))


def arms_disjoint(s, a, b):
    return any(disjoint(p, q, k.bits) for p, q, k in zip(a[0], b[0], s.keys))


def cube_pattern(v, m, bits):
    return ("any",) if not m else ("is", v) if m == (1 << bits) - 1 else ("mask", v, m)


def subset(rng, q, bits):
    """A pattern that matches some of what @q does."""
    v, m = rng.choice(cubes(q, bits))
    more = rng.choice([0, rng.getrandbits(bits), (1 << bits) - 1])
    return cube_pattern(v | value(rng, bits) & more & ~m, m | more, bits)


def selects(p):
    return [s for s in p.states if s.keys]


def sure(p):
    """Those that look at extracted bytes only: what they look at is there, whatever it is."""
    return [s for s in selects(p) if not s.looks_ahead()]


# ---- the ways ----

def reorder(rng, p):
    """Arms that no packet matches both of, or that go the same way, change places."""
    done = False
    for s in selects(p):
        for _ in range(4 * len(s.arms)):
            i = rng.randrange(len(s.arms))
            if i and (s.arms[i - 1][1] == s.arms[i][1] or arms_disjoint(s, s.arms[i - 1], s.arms[i])):
                s.arms[i - 1], s.arms[i] = s.arms[i], s.arms[i - 1]
                done = True
    return done


def redundant(rng, p):
    """An arm behind one that matches all of it; one before an arm that goes the same way; the default's way."""
    for s in sure(p):
        i = rng.randrange(len(s.arms))
        part = tuple(subset(rng, q, k.bits) for q, k in zip(s.arms[i][0], s.keys))
        ways = [t.name for t in p.states if t.name in s.ways()] + ["accept", "reject 18"]
        if rng.random() < 0.5:
            s.arms.insert(rng.randint(i + 1, len(s.arms)), (part, rng.choice(ways)))
        elif any(q != ("any",) for q in part):
            s.arms.insert(i, (part, s.arms[i][1]))
        if rng.random() < 0.5:
            rest = tuple(pattern(rng, k.bits) for k in s.keys)
            s.arms.append((rest, s.default))
    return bool(sure(p))


def halves(rng, p):
    """An arm as two, by one bit; a third one behind them is never reached."""
    done = False
    for s in sure(p):
        i = rng.randrange(len(s.arms))
        pats, to = s.arms[i]
        for j, (q, k) in enumerate(zip(pats, s.keys)):
            free = [b for b in range(k.bits) if q[0] in ("any", "mask") and not cubes(q, k.bits)[0][1] >> b & 1]
            if not free:
                continue
            v, m = cubes(q, k.bits)[0]
            bit = 1 << rng.choice(free)
            two = [(pats[:j] + (cube_pattern(v | x, m | bit, k.bits),) + pats[j + 1:], to) for x in (0, bit)]
            rng.shuffle(two)
            s.arms[i:i + 1] = two + ([(pats, "reject 19")] if rng.random() < 0.5 else [])
            done = True
            break
    return done


def unreachable(rng, p):
    """States that nothing comes to, and that go on to those that are there."""
    for s in rng.sample(p.states, min(2, len(p.states))):
        t = State(p.fresh("dead"))
        h = Header("g%d" % len(p.headers), [(16,), (8,)], None)
        p.headers[h.name] = h
        t.extracts = [h.name]
        t.keys = [random_key(rng, p, t)]
        t.arms = [((pattern(rng, t.keys[0].bits, 0),), rng.choice([s.name, "accept"])) for _ in range(3)]
        p.states.insert(rng.randint(1, len(p.states)), t)
    return True


def widen(rng, p):
    """A slice becomes the whole field, with masks; a key that nothing asks for is added."""
    done = False
    for s in selects(p):
        for j, k in enumerate(s.keys):
            bits = 16 if k.field is None else p.headers[k.header].at(k.field)[1]
            if k.bits == bits:
                continue
            new = []
            for pats, to in s.arms:
                for v, m in cubes(pats[j], k.bits):
                    new.append((pats[:j] + (cube_pattern(v << k.lo, m << k.lo, bits),) + pats[j + 1:], to))
            s.arms, s.keys[j], done = new, Key(k.header, k.field, bits - 1, 0), True
        if s.extracts and len(s.keys) < 3 and rng.random() < 0.5:
            at = rng.randint(0, len(s.keys))
            s.keys.insert(at, random_key(rng, p, s))
            s.arms = [(pats[:at] + (("any",),) + pats[at:], to) for pats, to in s.arms]
            done = True
    return done


def slices(rng, p):
    """A key becomes two, its upper and its lower bits."""
    done = False
    for s in sure(p):
        j = rng.randrange(len(s.keys))
        k = s.keys[j]
        if k.bits < 2 or len(s.keys) > 2:
            continue
        cut = rng.randrange(1, k.bits)
        low, new = (1 << cut) - 1, []
        for pats, to in s.arms:
            for v, m in cubes(pats[j], k.bits):
                two = (cube_pattern(v >> cut, m >> cut, k.bits - cut), cube_pattern(v & low, m & low, cut))
                new.append((pats[:j] + two + pats[j + 1:], to))
        s.keys[j:j + 1] = [Key(k.header, k.field, k.hi, k.lo + cut), Key(k.header, k.field, k.lo + cut - 1, k.lo)]
        s.arms, done = new, True
    return done


def ranges(rng, p):
    """Ranges as prefixes, or as two ranges; masks of few values as these; values as ranges of one."""
    done = False
    for s in sure(p):
        new = []
        for pats, to in s.arms:
            j = rng.randrange(len(pats))
            q, bits = pats[j], s.keys[j].bits
            out = [q]
            if q[0] == "range" and rng.random() < 0.3:
                mid = rng.randrange(q[1], q[2])
                out = [("range", q[1], mid), ("range", mid + 1, q[2])]
            elif q[0] == "range":
                out = [cube_pattern(v, m, bits) for v, m in cubes(q, bits)]
            elif q[0] == "mask":
                free = [1 << b for b in range(bits) if not q[2] >> b & 1]
                if len(free) <= 3:
                    out = [("is", q[1] | sum(f for i, f in enumerate(free) if n >> i & 1))
                           for n in range(1 << len(free))]
            elif q[0] == "is":
                out = [("mask", q[1], (1 << bits) - 1)]
            done = done or out != [q]
            new += [(pats[:j] + (o,) + pats[j + 1:], to) for o in out]
        s.arms = new
    return done


def consts(rng, p):
    """Numbers get names; text() writes the others in any radix."""
    for s in selects(p):
        for pats, _ in s.arms:
            for q in pats:
                for n in q[1:]:
                    if rng.random() < 0.5:
                        p.consts["C%d" % n] = n
    return True


def split(rng, p):
    """What a state extracts, and what it decides on it, in a state each."""
    done = False
    for s in sure(p):
        if rng.random() < 0.6:
            t = State(p.fresh(s.name))
            t.keys, t.arms, t.default = s.keys, s.arms, s.default
            if rng.random() < 0.5:
                t.writes, s.writes = s.writes, []
            s.keys, s.arms, s.default = [], [], t.name
            p.states.insert(p.states.index(s) + 1, t)
            done = True
    return done


def moved(rng, p):
    """A state that moves the cursor before it extracts, as two."""
    done = False
    for s in [s for s in p.states if s.advance and not s.most]:
        t = State(p.fresh(s.name))
        t.__dict__.update({k: v for k, v in s.__dict__.items() if k not in ("name", "advance")})
        s.extracts, s.writes, s.keys, s.arms, s.default = [], [], [], [], t.name
        p.states.insert(p.states.index(s) + 1, t)
        done = True
    return done


def clone(rng, p):
    """A state twice; some ways go to the one, some to the other."""
    done = False
    for s in p.states[1:]:
        if s.most or rng.random() < 0.4:
            continue
        t = State(p.fresh(s.name))
        t.__dict__.update({k: list(v) if isinstance(v, list) else v for k, v in s.__dict__.items() if k != "name"})
        for u in p.states:
            u.arms = [(pats, t.name if to == s.name and rng.random() < 0.5 else to) for pats, to in u.arms]
            if u.default == s.name and rng.random() < 0.3:
                u.default = t.name
        if any(t.name in u.ways() for u in p.states):
            p.states.append(t)
            done = True
    return done


def by_first(p, s, j):
    """Values of key @j that arms tell apart (None: any other), and of each a state that asks for the other keys."""
    firsts = []
    for pats, _ in s.arms:
        if pats[j] != ("any",) and pats[j] not in firsts:
            firsts.append(pats[j])
    if not firsts or any(not disjoint(a, b, s.keys[j].bits) for a in firsts for b in firsts if a is not b):
        return []
    out = []
    for first in firsts + [None]:
        t = State(p.fresh(s.name + "_%d" % len(out)))
        t.keys, t.default = s.keys[:j] + s.keys[j + 1:], s.default
        t.arms = [(pats[:j] + pats[j + 1:], to) for pats, to in s.arms if pats[j] in (first, ("any",))]
        cut = next((i for i, (pats, _) in enumerate(t.arms) if all(q == ("any",) for q in pats)), None)
        if cut is not None:
            t.default, t.arms = t.arms[cut][1], t.arms[:cut]
        if not t.arms:
            t.keys = []
        out.append((first, t))
    return out


def serial(rng, p):
    """Two keys one after the other: what the first one says, then states that ask for the second."""
    done = False
    for s in sure(p):
        j = rng.randrange(len(s.keys))
        parts = by_first(p, s, j) if len(s.keys) == 2 else []
        if not parts:
            continue
        s.keys, s.arms, done = [s.keys[j]], [], True
        for first, t in parts:
            to = t.name if t.arms else t.default
            if t.arms:
                p.states.append(t)
            if first:
                s.arms.append(((first,), to))
            else:
                s.default = to
    return done


def ahead(rng, p):
    """A key before its header is extracted, and a state for each outcome that extracts, and asks for the other key."""
    done = False
    for s in sure(p):
        j = rng.randrange(len(s.keys))
        parts = by_first(p, s, j) if len(s.extracts) == 1 else []
        if not parts:
            continue
        k = s.keys[j]
        off, bits = p.headers[k.header].at(k.field)
        s.keys, s.arms, done = [Key(None, None, k.bits - 1, 0, off + bits - 1 - k.hi)], [], True
        for first, t in parts:
            t.extracts, t.writes = s.extracts, s.writes
            p.states.append(t)
            if first:
                s.arms.append(((first,), t.name))
            else:
                s.default = t.name
        s.extracts, s.writes = [], []
    return done


WAYS = [reorder, redundant, halves, unreachable, widen, slices, ranges, consts, split, moved, clone, serial, ahead]

# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Rewritings of descriptions as they are written, for those that are shipped: each takes the text and gives one that
# means the same, or None where there is nothing to rewrite. What they change are the selects of states.
import re

PLAIN = re.compile(r"\w+$")
SELECT = re.compile(r"\bselect \(((?:[^()]|\([^()]*\))*)\) \{([^{}]*)\}")


def bare(text):
    """Without comments, which may hold anything."""
    return re.sub(r"//[^\n]*", "", text)


def cut(text, mark):
    """At each such mark that is in no brackets."""
    parts, depth, last = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if c == mark and not depth:
            parts.append(text[last:i].strip())
            last = i + 1
    return parts + [text[last:].strip()]


def arms_of(text):
    return [a for a in cut(text, ";") if a]


def is_plain(arm):
    return arm.startswith("use ") or all(PLAIN.match(v) for v in cut(cut(arm, ":")[0], ","))


def each_select(text, change):
    """The text with the arms of each select changed, the default's left where it is."""
    done = []

    def put(match):
        arms = arms_of(match.group(2))
        last = [a for a in arms if a.startswith("default")]
        out = change([a for a in arms if a not in last])
        if out is None:
            return match.group(0)
        done.append(match)
        return "select (%s) { %s; }" % (match.group(1), "; ".join(out + last))

    out = SELECT.sub(put, text)
    return out if done else None


def reversed_arms(text):
    """Values that exclude each other, in the other order."""
    return each_select(text, lambda arms: arms[::-1] if len(arms) > 1 and all(map(is_plain, arms)) else None)


def one_value_an_arm(text):
    def change(arms):
        out = []
        for a in arms:
            values = [] if a.startswith("use ") else cut(cut(a, ":")[0], ",")
            out += [v + ": " + cut(a, ":")[1] for v in values] or [a]
        return out if len(out) > len(arms) else None
    return each_select(text, change)


def said_again(text):
    """The first arm once more at the end, where no packet comes to it."""
    return each_select(text, lambda arms: arms + arms[:1] if arms and not arms[0].startswith("use ") else None)


def as_default(text):
    """What the default does, said of a value, too."""
    def put(match):
        arms = arms_of(match.group(2))
        last = [a for a in arms if a.startswith("default")]
        if not last or "," in match.group(1) or "lookahead" in match.group(1):
            return match.group(0)
        return "select (%s) { %s; 1 &&& 1: %s; %s; }" % (match.group(1), "; ".join(a for a in arms if a not in last),
                                                         cut(last[0], ":")[1], last[0])
    out = SELECT.sub(put, text)
    return out if out != text else None


def constants(text):
    """Numbers of arms, by name."""
    names = {}

    def change(arms):
        out = []
        for a in arms:
            values = [] if a.startswith("use ") else cut(cut(a, ":")[0], ",")
            if values and all(re.match(r"\d\w*$", v) for v in values):
                for v in values:
                    names.setdefault(v, "hoisted_%d" % len(names))
                a = ", ".join(names[v] for v in values) + ": " + cut(a, ":")[1]
            out.append(a)
        return out
    out = each_select(text, change)
    if not names:
        return None
    return re.sub(r"^parser ", "".join("const %s = %s;\n" % (n, v) for v, n in names.items()) + "parser ", out, count=1,
                  flags=re.M)


def states_in_two(text):
    """What a state extracts, and then, in one of its own, how it goes on."""
    count = [0]

    def put(match):
        count[0] += 1
        name = "go_on_%d" % count[0]
        return "goto %s; } state %s { %s" % (name, name, match.group(0))

    out = re.sub(r"(?<=;)\s*select \((?:[^()]|\([^()]*\))*\) \{[^{}]*\}",
                 lambda m: put(m) if "[last]" not in m.group(0) else m.group(0), text)
    return out if count[0] else None


WAYS = [reversed_arms, one_value_an_arm, said_again, as_default, constants, states_in_two]

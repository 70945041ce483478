#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Random edits of descriptions: takes files, changes one word of each at a time, compiles both, without the description
# in the image, and where the two images differ in any byte, asks mdesc diff, both ways. It must say so; and by more
# than that bytes differ, unless things only changed places, or stand in a state that nothing comes to, which happens now and
# then. The same seed gives the same edits.
#
#	diff_random.py SEED EDITS FILE...
import os
import random
import re
import subprocess
import sys

MDESC, MDESCC, INCLUDE = os.environ["MDESC"], os.environ["MDESCC"], os.environ["MDESC_INCLUDE"]
WORD = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*|0[xb][0-9a-fA-F_]+|[0-9][0-9_]*|\s+|.',
                  re.S)
# What may stand for each other without an error of syntax.
KINDS = [["u8", "s8", "bool"], ["u16", "be16", "le16", "s16"], ["u32", "be32", "le32", "s32"],
         ["u64", "be64", "le64", "s64"], ["u32", "u64", "u16", "u8"], ["accept", "drop"], ["+", "-"], ["==", "!="],
         ["&&", "||"], ["packed", ""], ["select", "select"]]


def edits(words, rng):
    """One edit: the words with one of them changed, and whether it only is about order."""
    solid = [i for i, w in enumerate(words) if not w.isspace() and (not w.startswith("//") or w.startswith("///"))]
    for _ in range(200):
        i = rng.choice(solid)
        w = words[i]
        new = None
        if w.startswith("///"):
            new = w + " More."
        elif w.startswith('"') and not words[i - 2].startswith("include"):
            new = w[:-1] + rng.choice("xyz19") + '"'
        elif w[0].isdigit():
            n = int(w.replace("_", ""), 0)
            new = str(max(0, rng.choice([n + 1, n - 1, 2 * n, n ^ 1, n + 4])))
        elif w == ";":
            # leave out a statement, or have two of them change places
            j = max(k for k in solid if k < i and (words[k] in ";{}" or k == solid[0]))
            out = list(words)
            part = out[j + 1:i + 1]
            if rng.random() < 0.5:
                return out[:j + 1] + out[i + 1:], False
            k = next((k for k in solid if k > i and words[k] in ";{}"), None)
            if k is None or words[k] != ";":
                continue
            return out[:j + 1] + out[i + 1:k + 1] + part + out[k + 1:], True
        else:
            same = [k for k in KINDS if w in k]
            # the base of an enum is told by its fields alone
            if same and [words[k] for k in solid if k < i][-3:-2] != ["enum"]:
                new = rng.choice([x for x in rng.choice(same)])
            elif re.match(r"[A-Za-z]", w) and rng.random() < 0.3:
                names = [x for x in words if re.match(r"[a-z][a-z0-9_]*$", x)]
                new = rng.choice(names)
            elif re.match(r"[A-Za-z]", w) and rng.random() < 0.3:
                return [w + "_x" if x == w else x for x in words], False
        if new is not None and new != w:
            return words[:i] + [new] + words[i + 1:], False
    return words, False


def compile_to(path, fw):
    r = subprocess.run([MDESCC, "--no-description", "-I", INCLUDE, "--emit=image", "-o", fw, path],
                       capture_output=True)
    return r.returncode == 0


def rules(a, b):
    r = subprocess.run([MDESC, "diff", "--packets=2000", "--json", a, b], capture_output=True, text=True)
    if r.returncode not in (0, 1):
        return r.returncode, ["exit status %d: %s" % (r.returncode, r.stderr)]
    return r.returncode, re.findall(r'"rule": "([a-z-]*)"', r.stdout)


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    compiled = differ = failures = bytes_only = 0
    shown = {}
    for path in sys.argv[3:]:
        rng = random.Random("%d %s" % (seed, os.path.basename(path)))
        text = open(path).read()
        words = WORD.findall(text)
        if not compile_to(path, "base.fw"):
            continue
        base = open("base.fw", "rb").read()
        for n in range(count):
            edit, order = edits(words, rng)
            edited = "".join(edit)
            open("edit.mdesc", "w").write(edited)
            if not compile_to("edit.mdesc", "edit.fw"):
                continue
            compiled += 1
            if open("edit.fw", "rb").read() == base:
                continue
            differ += 1
            for a, b in ("base.fw", "edit.fw"), ("edit.fw", "base.fw"):
                status, found = rules(a, b)
                for r in found:
                    shown[r] = shown.get(r, 0) + 1
                only_bytes = found == ["encoding-changed"] and not order
                bytes_only += only_bytes
                if status != 1 or not found or only_bytes:
                    failures += not only_bytes
                    name = "%s-%d" % (os.path.basename(path), n)
                    print("%s: exit status %d, %s" % (name, status, found))
                    if os.environ.get("KEEP"):
                        open(os.path.join(os.environ["KEEP"], name + ".mdesc"), "w").write(edited)
                    break
    print("%d edits compile, %d of them make another image; %d went unseen, of %d only that bytes differ" %
          (compiled, differ, failures, bytes_only))
    print(" ".join("%s:%d" % (r, shown[r]) for r in sorted(shown)))
    sys.exit(failures > 0 or bytes_only > max(2, differ / 50) or differ < compiled / 4 or not differ)


main()

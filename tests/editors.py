# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""Compares the words that the files for editors highlight with the compiler's; called by editors.sh with the sources
and a scratch folder. Prints result lines, and leaves for vim: `words`, one a line, and `groups.words`, the group of
each. Rewrites the lists if MDESC_GOLDEN is "update"."""

import json
import os
import re
import sys

src, scratch = sys.argv[1:]
update = os.environ.get("MDESC_GOLDEN") == "update"
vim_path = src + "/doc/editors/vim/syntax/mdesc.vim"
grammar_path = src + "/doc/editors/vscode/syntaxes/mdesc.tmLanguage.json"


def read(path):
    with open(path) as f:
        return f.read()


def tap(passed, name, why=""):
    print("ok" if passed else "not ok", name)
    if not passed:
        for line in str(why).split("\n")[:30]:
            print("#", line)


def same(name, want, got):
    more, less = sorted(set(got) - set(want)), sorted(set(want) - set(got))
    tap(not more and not less and len(got) == len(set(got)), name,
        "too many: %s; missing: %s; ./dev golden editors mends it" % (more, less))


keywords = sorted(re.findall(r'^KEYWORD\(\w+, "(\w+)"\)', read(src + "/compiler/keywords.def"), re.M))
table = re.search(r"builtins\[\] = \{\n(.*?)\n\};", read(src + "/compiler/types.c"), re.S).group(1)
types = re.findall(r'^\t\{ "(\w+)", ', table, re.M) + ["ptr"]
tap(len(keywords) > 60, "keywords", keywords)
tap(len(types) > 15, "types", types)


# ---- vim ----

def vim_list(group, words):
    lines, line = [], "syn keyword " + group
    for word in words:
        if len(line) + len(word) > 110:
            lines.append(line)
            line = "      \\"
        line += " " + word
    return "\n".join(lines + [line]) + "\n"


def between(what):
    return re.compile(r'(?<=^" begin %s\n).*?(?=^" end %s$)' % (what, what), re.S | re.M)


text = read(vim_path)
if update:
    text = between("keywords").sub(lambda m: vim_list("mdescKeyword", keywords), text)
    text = between("types").sub(lambda m: vim_list("mdescType", types), text)
    with open(vim_path, "w") as f:
        f.write(text)
for what, group, want in ("keywords", "mdescKeyword", keywords), ("types", "mdescType", types):
    found = between(what).search(text).group(0).replace("\n      \\", "")
    same("vim " + what, want, found.replace("syn keyword " + group, "").split())

# ---- the grammar ----


def word_pattern(words):
    return r"(?<![.\w])(?:%s)\b" % "|".join(words)


grammar = json.loads(read(grammar_path))
pattern = {p["name"]: p for p in grammar["patterns"]}
if update:
    pattern["keyword.control.mdesc"]["match"] = word_pattern(keywords)
    pattern["storage.type.mdesc"]["match"] = word_pattern(types)
    with open(grammar_path, "w") as f:
        f.write(json.dumps(grammar, indent=2) + "\n")
for name, want in ("keyword.control.mdesc", keywords), ("storage.type.mdesc", types):
    match = pattern[name]["match"]
    same(name, want, re.search(r"\(\?:(.*)\)\\b$", match).group(1).split("|"))
    compiled = re.compile(match)
    for word in keywords + types + ["ether", "u128", "states", "_", "x" + keywords[0], keywords[0] + "s"]:
        whole = compiled.fullmatch(word) is not None
        if whole != (word in want) or compiled.search("a." + word) or compiled.search("a_" + word + "_b"):
            tap(False, name + " " + word, "as a word: %s" % whole)

# Each rule is one that a text can have: all regular expressions are right, and the first one that matches wins.
order = [p["name"] for p in grammar["patterns"]]


def scope(line, at):
    """The scope of a place: the rules in order at each position, as TextMate applies them; one line."""
    i = 0
    while i < len(line):
        best = None
        for p in grammar["patterns"]:
            m = re.compile(p.get("match", p.get("begin"))).search(line, i)
            if m and m.end() > m.start() and (best is None or m.start() < best[0].start()):
                best = m, p
        if best is None:
            return None
        m, p = best
        end = m.end()
        if "end" in p:
            inner = "|".join([q["match"] for q in p.get("patterns", [])] + [p["end"]])
            while True:
                e = re.compile(inner).search(line, end)
                end = e.end() if e else len(line)
                if not e or re.fullmatch(p["end"], e.group(0)) or e.end() == e.start():
                    break
        if m.start() <= at < end:
            return p["name"]
        if at < m.start():
            return None
        i = max(end, i + 1)
    return None


LINE = r'state ether { u8 a = "state \" u8"; b.state = 0x1f; length(b); /* state */ c.u8 @ 4; } // state'
for at, want in [(0, "keyword.control.mdesc"), (6, None), (14, "storage.type.mdesc"), (22, "string.quoted.double.mdesc"),
                 (31, "string.quoted.double.mdesc"), (LINE.index("b.st") + 2, None),
                 (LINE.index("0x1f"), "constant.numeric.mdesc"), (LINE.index("length"), "keyword.control.mdesc"),
                 (LINE.index("/* ") + 4, "comment.block.mdesc"), (LINE.index("c.u8") + 2, None),
                 (LINE.index("@"), "keyword.operator.mdesc"), (LINE.index("// ") + 4, "comment.line.double-slash.mdesc")]:
    tap(scope(LINE, at) == want, "scope %d" % at, "'%s': %s, not %s" % (LINE[at:], scope(LINE, at), want))
tap(scope("/// state", 5) == "comment.line.documentation.mdesc", "scope doc", order)

package = json.loads(read(src + "/doc/editors/vscode/package.json"))
json.loads(read(src + "/doc/editors/vscode/language-configuration.json"))
for entry in package["contributes"]["grammars"]:
    tap(os.path.exists(src + "/doc/editors/vscode/" + entry["path"]) and entry["scopeName"] == grammar["scopeName"],
        "package " + entry["path"], entry)
for entry in package["contributes"]["languages"]:
    tap(os.path.exists(src + "/doc/editors/vscode/" + entry["configuration"]), "package " + entry["configuration"])
version = re.search(r"AC_INIT\(\[mdesc\], \[([^\]]*)\]", read(src + "/configure.ac")).group(1)
tap(package["version"] == version, "package version", package["version"] + ", not " + version)
matcher = package["contributes"]["problemMatchers"][0]["pattern"]["regexp"]
hit = re.match(matcher, "a b.mdesc:12:3: warning: it's [here] [-Wpadding]")
tap(hit and hit.groups() == ("a b.mdesc", "12", "3", "warning", "it's [here]", "padding"), "problem matcher", matcher)

others = ["ether", "meta", "offset", "states", "u128", "x"]
with open(scratch + "/words", "w") as f:
    f.write("\n".join(keywords + types + others) + "\n")
with open(scratch + "/groups.words", "w") as f:
    f.write("\n".join(["mdescKeyword"] * len(keywords) + ["mdescType"] * len(types) + ["none"] * len(others)) + "\n")

# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""Compares mdescc's two forms of diagnostics; called by diag_json.sh with the compiler and a scratch folder, in a
folder that holds tests/bad and firmware-descs. Prints result lines."""

import glob
import json
import os
import re
import subprocess
import sys

mdescc, scratch = os.fsencode(sys.argv[1]), os.fsencode(sys.argv[2])
KEYS = ["severity", "check", "file", "line", "column", "start", "end", "message", "labels", "notes", "fixes",
        "included_from"]
PLACE = ["file", "line", "column", "start", "end"]
TEXT_MAX = 1000     # bytes of a message in the text form
CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\ufffd]")


def tap(passed, name, why=""):
    print("ok" if passed else "not ok", name)
    if not passed:
        for line in str(why).split("\n")[:30]:
            print("#", line.encode("ascii", "backslashreplace").decode())


def run(*args, stdin=None):
    done = subprocess.run([mdescc, *args], input=stdin, capture_output=True)
    return done.returncode, done.stderr


def parse(err):
    """The objects of standard error; ValueError for what is no JSON, or has other keys."""
    objects = []
    for line in err.decode("utf-8").split("\n")[:-1]:
        d = json.loads(line)
        if list(d) != KEYS or d["severity"] not in ("error", "warning", "note"):
            raise ValueError("keys: " + line)
        for label in d["labels"]:
            if list(label) != PLACE + ["message"]:
                raise ValueError("label: " + line)
        for fix in d["fixes"]:
            if list(fix) != PLACE + ["text"]:
                raise ValueError("fix: " + line)
        objects.append(d)
    if err and not err.endswith(b"\n"):
        raise ValueError("the last line does not end")
    return objects


def clip(text):
    raw = text.encode()
    if len(raw) > TEXT_MAX:
        text = raw[:TEXT_MAX].decode("utf-8", "replace") + "..."
    return CONTROL.sub("?", text)


def as_text(objects):
    """The text form's lines, less those of the source."""
    lines = []
    for d in objects:
        if d["file"] is None:
            lines.append("mdescc: " + clip(d["message"]))
            lines += ["mdescc: " + clip(n) for n in d["notes"]]
            continue
        lines.append("%s:%d:%d: %s: %s [%s]" % (clip(d["file"]), d["line"], d["column"], d["severity"],
                                                clip(d["message"]), d["check"]))
        lines += ["%s:%d:%d: %s" % (clip(a["file"]), a["line"], a["column"], clip(a["message"])) for a in d["labels"]]
        lines += ["   note: " + clip(n) for n in d["notes"]]
        lines += ["   included from %s:%d" % (clip(i["file"]), i["line"]) for i in d["included_from"]]
    return lines


def of_text(err):
    lines = [line for line in err.decode("utf-8", "replace").split("\n")[:-1]
             if not re.match(r"[ 0-9]{5} \| |      \| ", line)]
    return [re.sub(r"\[(?:-W(?:error=)?)?([a-z-]+)\]$", r"[\1]", line) for line in lines]


def place_wrong(place):
    """Byte offsets against line and column, counted anew."""
    with open(place["file"], "rb") as f:
        text = f.read()
    start, end = place["start"], place["end"]
    if not 0 <= start <= end <= len(text):
        return "bytes %d to %d of %d" % (start, end, len(text))
    line_start = text.rfind(b"\n", 0, start) + 1
    column = 1 + sum(byte & 0xc0 != 0x80 for byte in text[line_start:start])
    if (place["line"], place["column"]) != (text.count(b"\n", 0, start) + 1, column):
        return "line %d column %d are not byte %d" % (place["line"], place["column"], start)
    return ""


def fix_wrong(d, args):
    """Applies the fixes; what it is about must then be gone."""
    path = d["fixes"][0]["file"]
    with open(path, "rb") as f:
        before = after = f.read()
    for fix in sorted(d["fixes"], key=lambda f: -f["start"]):
        if fix["file"] != path:
            return "fixes of several files"
        after = after[:fix["start"]] + fix["text"].encode() + after[fix["end"]:]
    with open(path, "wb") as f:
        f.write(after)
    left = parse(run("--diagnostics=json", *args)[1])
    with open(path, "wb") as f:
        f.write(before)
    for other in left:
        if (other["check"], other["message"]) == (d["check"], d["message"]) and other["start"] == d["start"]:
            return "still there after " + str(d["fixes"])
    return ""


fixed = 0


def near_wrong(d):
    """A nearest name for the very word that is underlined is a fix, too."""
    with open(d["file"], "rb") as f:
        word = f.read()[d["start"]:d["end"]].decode("utf-8", "replace")
    for note in d["notes"]:
        near = re.match(r"did you mean [`']([^`']+)[`']\?", note)
        if near and re.fullmatch(r"\w+", word) and ("'%s'" % word in d["message"] or "`%s`" % word in d["message"]):
            if [f["text"] for f in d["fixes"]] != [near.group(1)]:
                return "'%s' has no fix: report it by diag_near()" % word
    return ""


def compare(name, *args):
    global fixed
    try:
        status, text = run(*args)
        json_status, err = run("--diagnostics=json", *args)
        objects = parse(err)
    except ValueError as e:
        tap(False, name, e)
        return []
    want, got = of_text(text), as_text(objects)
    why = ""
    if status != json_status:
        why = "exit status %d, as text %d" % (json_status, status)
    elif want != got:
        why = "\n".join(["text: " + repr(a) for a in want if a not in got] +
                        ["json: " + repr(a) for a in got if a not in want] + ["or in another order"])
    for d in objects:
        if d["file"] is None or "\ufffd" in d["file"]:
            continue    # there is none, or it cannot be opened by this name
        for place in [d] + d["labels"] + d["fixes"] + d["included_from"]:
            why = why or place_wrong(place)
        why = why or near_wrong(d)
        if d["fixes"]:
            why = why or fix_wrong(d, args)
            fixed += 1
    tap(not why, name, why)
    return objects


def write(name, data):
    path = os.path.join(scratch, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


# ---- every bad example ----

cases = sorted(glob.glob("tests/bad/*.mdesc"))
tap(len(cases) > 50, "bad examples", len(cases))
os.mkdir(os.path.join(scratch, b"to"))
for case in cases:
    args = []
    if os.path.exists(case[:-6] + ".args"):
        with open(case[:-6] + ".args") as f:
            args = f.read().split()
    said = compare("bad/" + os.path.basename(case)[:-6], *args, "-I", "firmware-descs", "-d",
                   os.path.join(scratch, b"to"), case)
    if not said:
        tap(False, case, "nothing is said of it")
tap(fixed > 15, "fixes", "only %d were tried" % fixed)

# ---- what has no place ----

good = write(b"good.mdesc", b"mdesc 1;\nstruct a { u32 b; }\n")
for name, want, args in [
        ("unknown option", "usage", ["--nonsense"]),
        ("no file", "usage", []),
        ("bytes in an option", "usage", [b"-D\xff\"\\\n\x1b=1", good]),
        ("kind of diagnostics", "usage", ["--diagnostics=xml", good]),
        ("no kind of diagnostics", "usage", ["--diagnostics", good]),
        ("no kind at the end", "usage", [good, "--diagnostics"]),
        ("kind of color", "usage", ["--color=red", good]),
        ("not there", "system", ["nothing.mdesc"]),
        ("bytes in a path", "system", [b"no\xe9\xed\xa0\x80\n\t\"\\thing\x7f.mdesc"]),
        ("a folder", "system", ["tests"]),
        ("no place for outputs", "system", ["-d", "nowhere", good]),
        ("over an input", "system", ["--emit=dump", "-o", good, good])]:
    said = compare(name, *args)
    tap(len(said) == 1 and said[0]["check"] == want and all(said[0][key] is None for key in PLACE),
        name + " has no place", said)
full = subprocess.run([b"sh", b"-c", b'exec "$0" --diagnostics=json --help >/dev/full', mdescc], capture_output=True)
tap(full.returncode == 2 and parse(full.stderr)[0]["check"] == "system", "full device", full)

tap(parse(run("--diagnostics", "json", "--nonsense")[1]), "the kind as the next word")
tap(parse(run("fmt", "--diagnostics", "json", "--nonsense")[1])[0]["check"] == "usage", "the same for fmt")

# ---- hostile bytes ----

bad = write(b"b\xff\"\\\n\x01\xc2\x85\xed\xa0\x80.mdesc",
            b'mdesc 1;\n// \xff\nstruct a { nothing b; }\nconst \xc3\xa9 = "\xff\x1b[2J";\xf5\x80 \x00\x01 "\xe2\x80\xa8"\n')
status, err = run("--diagnostics=json", bad)
said = parse(err)
tap(status == 1 and len(said) >= 3, "bytes in a source", err)
tap(all(d["file"].endswith("b\ufffd\"\\\n\x01\x85\ufffd\ufffd\ufffd.mdesc") for d in said), "bytes in its path", err)
compare("text of bytes", bad)
compare("a long name", write(b"long.mdesc", b"mdesc 1;\nstruct a { b%s c; }\n" % (b"x" * 5000)))
compare("carriage returns", write(b"cr.mdesc", b"mdesc 1;\r\nstruct a {\r\n\tnothing \xc3\xa9b; }\r\n"))
compare("nothing at all", write(b"empty.mdesc", b""))
compare("no end", write(b"open.mdesc", b"mdesc 1; struct a { /* \n\n"))
said = parse(run("--diagnostics=json", "-", "--emit=dump", "-o", "-", stdin=b"mdesc 1; struct a { x y; }")[1])
tap(len(said) == 1 and said[0]["file"] == "<stdin>", "standard input", said)
many = compare("many errors", write(b"many.mdesc", b"mdesc 1;\n" + b"".join(
    b"struct a%d { nothing b; }\n" % i for i in range(70))))
tap(len(many) == 51 and many[50]["severity"] == "note" and many[50]["check"] is None, "what is left out is counted",
    many[50:])
compare("warnings as errors", "-Werror", "-D", "nothing=1", "--emit=dump", "-o", "/dev/null", good)

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdesc diff. tests/diff/NAME.old.mdesc and NAME.new.mdesc are compiled, and what `mdesc diff` says of the two images
# must be NAME.want; of each image and itself it says nothing. Every rule is shown by one of them, or is in the list
# below of those that other tests show. doc/diff-rules.md is the list of rules. Packets that are said to make a
# difference make it when `mdesc run` runs them. Then options, JSON, SARIF, and what is wrong with a command line or an
# image.
#
# MDESC_GOLDEN=update (./dev golden diff) writes NAME.want and the page anew.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need runtime python3
update=
[ "${MDESC_GOLDEN:-}" = update ] && update=yes

# compare NAME GOLDEN ACTUAL
compare()
{
	if [ -n "$update" ] && ! cmp -s "$2" "$3"; then
		cp "$3" "$2" && diag "wrote ${2#"$MDESC_SRC/"}"
	fi
	same "$1" "$2" "$3"
}

# image NAME: NAME.fw from tests/diff/NAME.mdesc
image()
{
	"$MDESCC" -I "$MDESC_INCLUDE" --emit=image -o "$1.fw" "$MDESC_SRC/tests/diff/$1.mdesc" >log 2>&1 && return
	not_ok "$1-compiles"
	diag_file log
	return 1
}

# ---- what is said of two images ----

for old in "$MDESC_SRC"/tests/diff/*.old.mdesc; do
	name=$(basename "$old" .old.mdesc)
	image "$name.old" && image "$name.new" || continue
	"$MDESC" diff "$name.old.fw" "$name.new.fw" >"$name.out" 2>&1
	echo "exit status $?" >>"$name.out"
	compare "$name" "$MDESC_SRC/tests/diff/$name.want" "$name.out"
	"$MDESC" diff --json "$name.old.fw" "$name.new.fw" >"$name.json" 2>err
	for which in old new; do
		if [ "$("$MDESC" diff "$name.$which.fw" "$name.$which.fw" 2>&1 | head -1)" != "no difference" ]; then
			not_ok "$name-$which-itself" "it differs from itself"
			"$MDESC" diff "$name.$which.fw" "$name.$which.fw" 2>&1 | head -n 20 | sed 's/^/# /'
		fi
	done
done
# the other way round, and again
check back "$MDESC" diff --fail-on=breaks doc.new.fw doc.old.fw
"$MDESC" diff --json parser-verdict.old.fw parser-verdict.new.fw >again
same again parser-verdict.json again

# ---- the rules ----

cat >rules.py <<'END'
import glob, json, sys
# Shown by programs: images that no compiler makes, or sections that this one does not write.
elsewhere = {"format-changed", "section-changed", "encoding-changed", "parser-not-compared", "layout-content-changed"}
rules = [r["rule"] for r in json.load(open("rules.json"))]
shown = {d["rule"] for f in glob.glob("*.json") if f != "rules.json" for d in json.load(open(f))["differences"]}
missing = [r for r in rules if r not in shown | elsewhere]
both = sorted(shown & elsewhere)
if len(rules) != len(set(rules)) or missing or both:
    print("no example of:", missing, "shown after all:", both)
    sys.exit(1)
END
"$MDESC" diff --list-rules --json >rules.json
check every-rule-has-an-example python3 rules.py
cat >page.py <<'END'
import json
print("""<!-- SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause -->
<!-- Made from `mdesc diff --list-rules --json`; ./dev golden diff writes it anew. -->
# Rules of mdesc diff

Each difference that `mdesc diff` finds ([diff.md](diff.md)) is of one of these rules, and each rule has a class, by
what it does to programs. Names are stable: they can be given to `--ignore`, and CI systems know results again by them.
`tests/diff` has an example of each.""")
says = {"breaks": "programs do not load", "wrong": "a program loads, and may read wrong values",
        "behaviour": "some packets get other values, layouts or verdicts",
        "limits": "the hardware, or a kernel, may refuse",
        "compatible": "programs that are relocated go on as before", "documentation": "nothing changes for programs"}
last = None
for r in json.load(open("rules.json")):
    if r["class"] != last:
        print("\n## %s: %s" % (r["class"], says[r["class"]]))
        last = r["class"]
    print("\n### %s\n\n%s%s. For example: %s." % (r["rule"], r["summary"][0].upper(), r["summary"][1:], r["example"]))
    print("\n- *For programs:* %s." % r["means"])
    if r["advice"]:
        print("- *What to do:* %s." % r["advice"])
END
python3 page.py | fold -s -w 118 | sed 's/ *$//' >page.md
compare "doc/diff-rules.md is the list of rules" "$MDESC_SRC/doc/diff-rules.md" page.md
run_expect list-rules 0 "$MDESC" diff --list-rules
matches list-rules-line '^  field-removed +a field is gone$' out

# ---- packets ----

# Runs what was found through both images: layout, error, values or headers are not the same.
cat >witness.py <<'END'
import json, os, struct, subprocess, sys
mdesc, name = os.environ["MDESC"], sys.argv[1]
found = [d for d in json.load(open(name + ".json"))["differences"] if "packet" in d]
bad = 0
for d in found:
    packet = bytes.fromhex(d["packet"])
    with open("one.pcap", "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        f.write(struct.pack("<IIII", 1, 0, len(packet), len(packet)) + packet)
    seen = []
    for which in "old", "new":
        image = "%s.%s.fw" % (name, which)
        have = subprocess.run([mdesc, "show", "--json", image], capture_output=True, text=True).stdout
        args = [a for s in d["sources"].split() if '"%s"' % s.split("=")[0] in have for a in ("-s", s)]
        r = subprocess.run([mdesc, "run", "--json"] + args + [image, "one.pcap"], capture_output=True, text=True)
        if r.returncode not in (0, 1) or not r.stdout:
            print("mdesc run:", r.stderr)
            sys.exit(1)
        line = json.loads(r.stdout.splitlines()[0])
        seen.append({k: v for k, v in line.items() if k not in ("meta", "steps")})
    if seen[0] == seen[1]:
        print(d, "makes no difference:", seen[0])
        bad = 1
print(len(found), "packets")
sys.exit(bad)
END
for name in parser-source parser-verdict parser-error parser-layout parser-applies parser-headers machine \
	machine-class; do
	check "$name-witness" python3 witness.py "$name"
	equal "$name-has-witness" yes "$(grep -q '"packet":' "$name.json" && echo yes)"
done

# --pcap: the same packets, by their numbers; each line of the old image is another one of the new image.
cat >capture.py <<'END'
import json, sys
found = [d for d in json.load(open(sys.argv[1] + ".json"))["differences"] if "packet" in d]
lines = [[{k: v for k, v in json.loads(s).items() if k not in ("meta", "steps")}
          for s in open("%s.%s.ran" % (sys.argv[1], which)) if '"packet"' in s or '"headers"' in s]
         for which in ("old", "new")]
print(len(found), len(lines[0]), len(lines[1]))
assert [d["number"] for d in found] == list(range(1, len(found) + 1))
assert len(found) == len(lines[0]) == len(lines[1]) > 0
assert all(a != b for a, b in zip(*lines))
END
for name in parser-verdict parser-error parser-layout parser-applies parser-headers; do
	run_expect "$name-pcap" 1 "$MDESC" diff --pcap="$name.pcap" $name.old.fw $name.new.fw
	for which in old new; do
		"$MDESC" run --json "$name.$which.fw" "$name.pcap" >"$name.$which.ran"
	done
	check "$name-pcap-differs" python3 capture.py "$name"
done
run_expect pcap-nowhere 2 "$MDESC" diff --pcap=nowhere/x.pcap parser-error.old.fw parser-error.new.fw
run_expect pcap-none 0 "$MDESC" diff --pcap=none.pcap doc.old.fw doc.old.fw
equal pcap-none-size 24 "$(stat -c %s none.pcap)"
equal proof-same "proved: no packet is parsed or written differently" \
	"$("$MDESC" diff parser-error.old.fw parser-error.old.fw | tail -1)"

# A rule less is seen, with a packet, however its header is found; layout.id is 0 without one, too.
for name in header-if subparsers; do
	file="$MDESC_SRC/tests/refnic/$name.mdesc"
	"$MDESCC" --emit=image -o "$name.fw" "$file" 2>log || diag_file log
	for line in $(grep -n '^	[a-z].* = .*;' "$file" | cut -d: -f1); do
		sed "${line}s/ = [^;]*;/;/" "$file" >less.mdesc
		"$MDESCC" --emit=image -o less.fw less.mdesc 2>log || diag_file log
		case $(sed -n "${line}p" "$file") in
		*" = layout.id;") want="proved: no packet is parsed or written differently" ;;
		*) want="proved: packets are parsed and written differently only as said above" ;;
		esac
		equal "rule-less-$name-$line" "$want" "$("$MDESC" diff "$name.fw" less.fw | tail -1)"
	done
done

# ---- classes ----

run_expect fail-any 1 "$MDESC" diff doc.old.fw doc.new.fw
run_expect fail-compatible 0 "$MDESC" diff --fail-on=compatible doc.old.fw doc.new.fw
run_expect fail-compatible-is 1 "$MDESC" diff --fail-on=compatible parser-same.old.fw parser-same.new.fw
run_expect fail-limits 0 "$MDESC" diff --fail-on=limits parser-same.old.fw parser-same.new.fw
run_expect fail-limits-is 1 "$MDESC" diff --fail-on limits field-array.old.fw field-array.new.fw
run_expect fail-behaviour 0 "$MDESC" diff --fail-on=behaviour field-array.old.fw field-array.new.fw
run_expect fail-behaviour-is 1 "$MDESC" diff --fail-on=behaviour parser-error.old.fw parser-error.new.fw
run_expect fail-wrong 0 "$MDESC" diff --fail-on=wrong parser-error.old.fw parser-error.new.fw
run_expect fail-wrong-is 1 "$MDESC" diff --fail-on=wrong field-sign.old.fw field-sign.new.fw
run_expect fail-breaks 0 "$MDESC" diff --fail-on=breaks field-sign.old.fw field-sign.new.fw
run_expect fail-breaks-is 1 "$MDESC" diff --fail-on=breaks field-gone.old.fw field-gone.new.fw
run_expect ignore 0 "$MDESC" diff --ignore=doc-changed --ignore deprecated-changed doc.old.fw doc.new.fw
equal ignore-says "no difference" "$(head -1 out)"
run_expect ignore-one 1 "$MDESC" diff --ignore=doc-changed doc.old.fw doc.new.fw
check ignore-leaves-others grep -q '^  deprecated-changed: ' out
run_expect packets-few 1 "$MDESC" diff --packets=1 parser-verdict.old.fw parser-verdict.new.fw

# ---- for programs ----

cat >sarif.py <<'END'
import json, sys
s = json.load(sys.stdin)
def need(ok, what):
    if not ok:
        print("not so:", what)
        sys.exit(1)
need(s["version"] == "2.1.0" and s["$schema"].endswith("sarif-2.1.0.json") and len(s["runs"]) == 1, "the frame")
need(set(s) == {"version", "$schema", "runs"}, "its keys")
run = s["runs"][0]
need(set(run) <= {"tool", "results", "columnKind"}, "keys of the run")
driver = run["tool"]["driver"]
need(driver["name"] == sys.argv[1] and driver["version"], "the tool")
ids = [r["id"] for r in driver["rules"]]
need(len(ids) == len(set(ids)), "rules that differ")
for r in driver["rules"]:
    need(set(r) <= {"id", "shortDescription", "help", "defaultConfiguration"}, "keys of a rule")
    need(r["shortDescription"]["text"] and r["help"]["text"], "a rule's texts")
    need(r["defaultConfiguration"]["level"] in ("none", "note", "warning", "error"), "a rule's level")
prints = set()
for r in run["results"]:
    need(set(r) <= {"ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints", "properties"},
         "keys")
    need(ids[r["ruleIndex"]] == r["ruleId"], "index and id")
    need(r["level"] == driver["rules"][r["ruleIndex"]]["defaultConfiguration"]["level"], "level")
    need(r["message"]["text"], "text")
    for l in r["locations"]:
        need(l["physicalLocation"]["artifactLocation"]["uri"] and " " not in
             l["physicalLocation"]["artifactLocation"]["uri"], "a URI")
        need(all(x["fullyQualifiedName"] for x in l["logicalLocations"]), "a name")
    prints.add(json.dumps(r["partialFingerprints"]))
print(len(run["results"]), len(prints))
END
"$MDESC" diff --sarif field-gone.old.fw field-gone.new.fw >sarif
equal sarif-status 1 "$("$MDESC" diff --sarif field-gone.old.fw field-gone.new.fw >/dev/null; echo $?)"
equal sarif-results "$(grep -c '"rule":' field-gone.json) $(grep -c '"rule":' field-gone.json)" \
	"$(python3 sarif.py 'mdesc diff' <sarif)"
cp field-gone.new.fw 'a b%.fw'
equal sarif-path 'a%20b%25.fw' "$("$MDESC" diff --sarif field-gone.old.fw 'a b%.fw' |
	sed -nE 's/.*"uri": "(.*)".*/\1/p' | sort -u)"
equal json-none '[]' "$("$MDESC" diff --json doc.old.fw doc.old.fw | python3 -c 'import json, sys
print(json.load(sys.stdin)["differences"])')"
"$MDESC" diff --json parser-same.old.fw parser-same.new.fw >out
equal json-worst compatible "$(python3 -c 'import json; print(json.load(open("out"))["worst"])')"

# ---- what is wrong ----

run_expect no-class 2 "$MDESC" diff --fail-on=bad doc.old.fw doc.new.fw
matches no-class-says "^mdesc: --fail-on takes breaks, wrong, .*, not 'bad'\$" err
run_expect no-rule 2 "$MDESC" diff --ignore=field-gone doc.old.fw doc.new.fw
matches no-rule-says "^mdesc: --ignore: there is no rule 'field-gone'; " err
run_expect no-number 2 "$MDESC" diff --packets=many doc.old.fw doc.new.fw
run_expect no-packets 2 "$MDESC" diff --packets=0 doc.old.fw doc.new.fw
run_expect one-image 2 "$MDESC" diff doc.old.fw
matches one-image-says 'it takes two images, the old and the new one' err
run_expect three-images 2 "$MDESC" diff doc.old.fw doc.old.fw doc.old.fw
run_expect two-forms 2 "$MDESC" diff --json --sarif doc.old.fw doc.new.fw
run_expect rules-of-images 2 "$MDESC" diff --list-rules doc.old.fw
run_expect not-there 3 "$MDESC" diff doc.old.fw nowhere.fw
matches not-there-says '^mdesc: nowhere.fw: No such file' err
cp doc.new.fw damaged.fw
printf x | dd of=damaged.fw bs=1 seek=700 conv=notrunc 2>/dev/null
run_expect damaged 5 "$MDESC" diff doc.old.fw damaged.fw
run_expect damaged-first 5 "$MDESC" diff damaged.fw doc.old.fw
run_expect no-image 5 "$MDESC" diff doc.old.fw "$MDESC_SRC/tests/diff/doc.old.mdesc"
run_expect unsigned 5 "$MDESC" diff --require-signature --cert . doc.old.fw doc.new.fw
run_expect full 2 sh -c "'$MDESC' diff doc.old.fw doc.new.fw >/dev/full"
run_expect no-description-made 0 "$MDESCC" --no-description -I "$MDESC_INCLUDE" --emit=image -o plain.fw \
	"$MDESC_SRC/tests/diff/doc.old.mdesc"
run_expect no-description 1 "$MDESC" diff doc.old.fw plain.fw
matches no-description-says '^  description-changed: ' out

# ---- random edits ----

seed=${MDESC_SEED:-1}
case ${MDESC_TESTS:-normal} in
quick) count=2 ;;
full) count=3 ;;
*) count=2 ;;
esac
mkdir random
for kind in both parser; do
	"$MDESC_BUILD/tests/gen" "$seed" --kind=$kind --prefix=$kind --dir=random --count=8 >/dev/null
done
check random-edits python3 "$MDESC_SRC/tests/diff_random.py" "$seed" $count random/*.mdesc \
	"$MDESC_SRC"/tests/diff/*.old.mdesc
finish

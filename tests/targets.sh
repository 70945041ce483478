#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdescc --target=NAME: where a target is found, what is said where it is not, and that an image for another machine
# holds a description for that one. And the machines of firmware-descs/targets/: each file has the target of its name,
# which doc/targets.md has in its table, and `generic` is what is built in.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
targets=$MDESC_SRC/firmware-descs/targets

cat >nic.mdesc <<'END'
mdesc 1;
device nic { driver "nic"; firmware "1"; target own; }
target own { rows 11; }
target second { rows 12; }
header h { u8 a; }
parser p { start s; state s { extract h; select (h.a) { 1: accept; default: drop; } } }
END
mkdir -p inc/targets first/targets targets
echo 'mdesc 1; target beside { rows 21; } target second { rows 99; }' >targets/beside.mdesc
echo 'mdesc 1; target far { rows 22; }' >inc/targets/far.mdesc
echo 'mdesc 1; target far { rows 23; }' >first/targets/far.mdesc
echo 'mdesc 1; target other { rows 24; }' >targets/empty.mdesc
echo 'mdesc 1; target wrong { rowz 24; }' >targets/wrong.mdesc
echo 'mdesc 1; target gone { rows 24; }' >inc/targets/own.mdesc

# the target that is compiled for: "NAME ROWS"
compiled_for()
{
	"$MDESCC" --emit=dump -o - "$@" 2>&1 | sed -n '/^target /{s/^target //;N;s/\n *rows//;p}'
}

# ---- where it is found ----

equal of-the-device "own 11" "$(compiled_for nic.mdesc)"
equal of-the-description "second 12" "$(compiled_for --target=second nic.mdesc)"
equal own-is-not-looked-for "own 11" "$(compiled_for --target=own -I inc nic.mdesc)"
equal built-in "tcam_generic 256" "$(compiled_for --target tcam_generic nic.mdesc)"
equal on-the-path "far 22" "$(compiled_for --target=far -I inc -I first nic.mdesc)"
equal first-on-the-path "far 23" "$(compiled_for -I first -I inc nic.mdesc --target=far)"
sed 's/ target own;//' nic.mdesc >plain.mdesc
equal without-a-line "far 22" "$(compiled_for --target=far -I inc plain.mdesc)"
mkdir elsewhere
sed '/^target second/d' nic.mdesc >one.mdesc
equal beside-the-description "beside 21" "$(cd elsewhere && compiled_for --target=beside ../one.mdesc)"
sed 's/^target second.*/include "targets\/far.mdesc";/; s/target own;/target far;/' nic.mdesc >included.mdesc
equal included "far 22" "$(compiled_for -I inc included.mdesc)"
equal included-once "far 22" "$(compiled_for -I inc --target=far included.mdesc)"
equal from-standard-input "far 22" "$(compiled_for -I inc --target=far - <nic.mdesc)"
run_expect rule 0 "$MDESCC" -I inc --target=far -MD -d elsewhere nic.mdesc
tr -d '\\\n' <elsewhere/nic.d >rule
matches rule-has-the-file ': +nic.mdesc +inc/targets/far.mdesc *$' rule

# ---- what is wrong ----

# refused NAME STATUS TEXT ARG...: nothing is written
refused()
{
	local name=$1 status=$2 text=$3
	shift 3
	run_expect "$name" "$status" "$MDESCC" --emit=image -o none.fw "$@" && matches "$name-says" "$text" err
	check "$name-writes-nothing" test ! -e none.fw
}
refused unknown 2 "nic.mdesc: there is no target 'nothing'" --target=nothing nic.mdesc
refused near 2 "did you mean 'far'\? There is: beside, empty, far, own, second, tcam_generic, wrong$" \
	--target=fat -I inc -I first nic.mdesc
refused not-its-name 2 "there is no target 'empty'" --target=empty nic.mdesc
refused wrong 1 "^targets/wrong.mdesc:1:25: error: a target has no line .rowz." --target=wrong nic.mdesc
refused twice 1 "target 'second' is declared twice" --target=beside nic.mdesc
refused no-value 2 "'--target=' needs a value" --target= nic.mdesc
refused a-path 2 "takes the name of a target, not '../x'" --target=../x nic.mdesc
echo 'mdesc 1; struct s { u8 }' >syntax.mdesc
refused wrong-description 1 "^syntax.mdesc:1:24: error: " --target=nothing syntax.mdesc
cat >needs.mdesc <<'END'
mdesc 1;
device nic { driver "nic"; firmware "1"; }
header h { u8 a; u8 b; u8 c; u8 d; }
parser p { start s; state s { extract h; select (h.a, h.b, h.c, h.d) { (1, 2, 3, 4): accept; default: drop; } } }
END
echo 'mdesc 1; target tight { rows 1; }' >targets/tight.mdesc
refused does-not-fit 1 "parser 'p' takes 2 rows, the target 'tight' has 1" --target=tight needs.mdesc

# ---- the image's own description is one for that machine ----

if have runtime; then
	for args in "--target=far -I inc nic.mdesc" "--target=far -I inc plain.mdesc" "--target=second nic.mdesc" \
		"--target=tcam_generic nic.mdesc"; do
		# shellcheck disable=SC2086
		run_expect "image $args" 0 "$MDESCC" --emit=image -o one.fw $args
		"$MDESC" dump --mdesc one.fw >back.mdesc
		run_expect "back $args" 0 "$MDESCC" --emit=image -o two.fw back.mdesc
		same "same $args" one.fw two.fw
	done
fi

# ---- the machines that come with it ----

# all of the target that is compiled for
compiled_for_all()
{
	"$MDESCC" --emit=dump -o - -I "$MDESC_INCLUDE" "$@" 2>&1 | sed -n '/^target /,/^$/p'
}
compiled_for_all --target=tcam_generic plain.mdesc | sed 1d >builtin
compiled_for_all --target=generic plain.mdesc | sed 1d >generic
same generic-is-built-in builtin generic
if have runtime; then
	for name in generic tcam_generic; do
		"$MDESCC" --emit=image -I "$MDESC_INCLUDE" --target=$name -o $name.fw plain.mdesc
		"$MDESC" show --json $name.fw | sed "/\"name\": \"$name\"/d; /build_id/d" |
			python3 -c 'import json, sys; print(json.load(sys.stdin)["target"])' >$name.json
	done
	same generic-is-built-in-image tcam_generic.json generic.json
fi
for file in "$targets"/*.mdesc; do
	name=$(basename "$file" .mdesc)
	equal "$name" "$name" "$(compiled_for -I "$MDESC_INCLUDE" --target="$name" plain.mdesc | sed 's/ .*//')"
	run_expect "$name-compiles" 0 "$MDESCC" --emit=rows -o out.rows -I "$MDESC_INCLUDE" --target="$name" plain.mdesc
	matches "$name-in-the-table" "^\\| \`$name\` \\| " "$MDESC_SRC/doc/targets.md"
	check "$name-installed" grep -q "firmware-descs/targets/$name.mdesc" "$MDESC_SRC/firmware-descs/local.mk"
done
sed -nE 's/^\| `([a-z0-9_]+)` \| .*/\1/p' "$MDESC_SRC/doc/targets.md" | LC_ALL=C sort -u >named
for file in "$targets"/*.mdesc; do basename "$file" .mdesc; done | LC_ALL=C sort >there
same the-table-is-whole there named
finish

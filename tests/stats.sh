#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdescc --stats: the numbers of small parsers that can be counted by hand (at -O0), as a table and as JSON; that the
# last ones are those of --emit=rows; and that they come with an error, too, and change no output.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need python3

cat >nic.mdesc <<'END'
mdesc 1;
device nic { driver "nic"; firmware "1"; }
header outer { u8 kind; be16 type; }
header tag { u8 next; }
metadata nic_meta { u8 a; u8 b; u8 c; u8 : 8; }
parser p writes nic_meta {
	start s;
	state s { extract outer; meta.a = 1; select (outer.type) { 1: t; 2: end; default: accept; } }
	state t max 3 { extract tag as tag[]; select (tag[last].next) { 1: t; 2: end; default: drop; } }
	state end { meta.b = 2; meta.c = 3; accept; }
}
END

# numbers KEY ARG...: of each pass, from the JSON
numbers()
{
	local key=$1
	shift
	"$MDESCC" --stats=json -I "$MDESC_INCLUDE" --emit=dump -o /dev/null "$@" 2>&1 | python3 -c '
import json, sys
for line in sys.stdin:
	o = json.loads(line)
	numbers = [str(p[sys.argv[1]]) for p in o["passes"][:1] + o["passes"][-1:]]
	print(o["target"], o["level"], " ".join(numbers))' "$key"
}

equal rows-plain "tcam_generic 0 7 7" "$(numbers rows -O0 nic.mdesc)"
equal states "tcam_generic 0 3 3" "$(numbers states -O0 nic.mdesc)"
equal key-bits "tcam_generic 0 16 16" "$(numbers key_bits -O0 nic.mdesc)"
# rows x (2 bits of state + 16 of key) x (value and mask)
equal tcam-bits "tcam_generic 0 252 252" "$(numbers tcam_bits -O0 nic.mdesc)"
# s, t three times, end
equal look-ups "tcam_generic 0 5 5" "$(numbers lookups -O0 nic.mdesc)"
# one store each of 1, and of 2 and 3: a constant and a store
equal operations "tcam_generic 0 6 6" "$(numbers operations -O0 nic.mdesc)"
equal lists "tcam_generic 0 2 2" "$(numbers lists -O0 nic.mdesc)"
# unrolled; what nothing matches takes no row, and `end` not even a look-up
equal no-loops "parser_gen_1x2 0 7" "$(numbers rows -O0 --target=parser_gen_1x2 nic.mdesc | cut -d ' ' -f 1-3)"
equal no-look-up "parser_gen_1x2_loops 0 5 4" "$(numbers lookups -O0 --target=parser_gen_1x2_loops nic.mdesc)"
equal defaults "parser_gen_1x2_loops 0 0 3" "$(numbers defaults -O0 --target=parser_gen_1x2_loops nic.mdesc)"
equal rows-without-defaults "parser_gen_1x2_loops 0 7 4" "$(numbers rows -O0 --target=parser_gen_1x2_loops nic.mdesc)"
for args in "" "-O0" "-O2" "--target=parser_gen_1x2" "--target=npc_kpu_like"; do
	# shellcheck disable=SC2086
	run_expect "table $args" 0 "$MDESCC" $args --stats -I "$MDESC_INCLUDE" --emit=rows -o with.rows nic.mdesc
	matches "table $args begins" \
		'^  pass  +rows defaults   states key bits operations in lists  TCAM bits look-ups$' err
	matches "table $args lowers" '^  lower  +7 ' err
	equal "table $args ends" "$(sed -n 's/^rows \(.*\) of .*/\1/p' with.rows)" \
		"$(grep -B1 '^  the target' err | awk 'NR == 1 { print $2 }')"
	# shellcheck disable=SC2086
	"$MDESCC" $args -I "$MDESC_INCLUDE" --emit=rows -o without.rows nic.mdesc
	same "table $args changes nothing" without.rows with.rows
done

# ---- each release; no parser; an error ----

sed 's/firmware "1"/release "1.0", "2.0"/' nic.mdesc >family.mdesc
run_expect releases 0 "$MDESCC" --stats --emit=dump -d . family.mdesc
equal releases-both "1.0 2.0 " "$(sed -n 's/^parser p for target tcam_generic, -O1, release //p' err | tr '\n' ' ')"
echo 'mdesc 1; device none { driver "none"; } descriptor none_d { u8 a; }' >none.mdesc
run_expect no-parser 0 "$MDESCC" --stats --emit=dump -o none.dump none.mdesc
equal no-parser-says-nothing "" "$(cat err)"
echo 'mdesc 1; target tight { rows 3; }' >tight.mdesc
mkdir targets && mv tight.mdesc targets/
run_expect too-many 1 "$MDESCC" --stats --target=tight --emit=dump -o none.dump nic.mdesc
matches too-many-counts '^  lower  +7 ' err
matches too-many-error "takes [0-9]+ rows, the target 'tight' has 3 \[target-limit\]" err
finish

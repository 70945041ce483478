#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Short lists are as short as they can be at -O1 already, which searches a little. At -O2 the states share --opt-steps,
# and more of them never give more rows; the same bytes from every run.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"

# rows ARG...: how many --emit=rows says
rows()
{
	"$MDESCC" -I "$MDESC_INCLUDE" --emit=rows -o rows "$@" && sed -n 's/^rows \(.*\) of .*/\1/p' rows
}

small=$MDESC_SRC/tests/ok/search.mdesc
equal small-written 7 "$(rows -O0 "$small")"
equal small-fewest 4 "$(rows -O1 "$small")"
equal small-searched 4 "$(rows -O2 "$small")"
equal small-no-steps 4 "$(rows -O2 --opt-steps=0 "$small")"

# Lists that can be shorter, of two actions, one a state, and again with the bits the other way round.
cat >lists <<'END'
b:-1---- b:00-100 a:-----0 b:------
b:--011- b:00---- a:0----- b:-01-10 a:---100 b:------
b:11110 a:-1-1- b:10--- a:-0-0- b:-----
a:-01- b:-001 b:1--- b:0-10 a:----
b:-110-01 b:1--1-0- a:1-1---- b:0-----1 b:--11-1- a:--00--- b:-------
b:---010 a:-01--- a:0---1- b:---00- b:1----- b:0-0-10 b:1-0-11 b:0--1-0 a:------
b:1---0- b:---1-1 b:-11--0 b:-0---- a:------
END
awk 'BEGIN { n = 0 }
{
	for (turn = 0; turn < 2; turn++) {
		text[n] = ""
		for (i = 1; i <= NF; i++) {
			value = mask = 0
			len = length($i)
			for (k = 3; k <= len; k++) {
				c = substr($i, turn ? len + 3 - k : k, 1)
				value = 2 * value + (c == "1")
				mask = 2 * mask + (c != "-")
			}
			to = substr($i, 1, 1) == "a" ? "drop" : "s" n + 1
			text[n] = text[n] "\t\t\t" (i < NF ? value " &&& " mask : "default") ": " to ";\n"
		}
		n++
	}
}
END {
	print "mdesc 1;\ndevice nic { driver \"nic\"; }\nheader item { u8 kind; }"
	print "metadata nic_meta { u32 a; }\nparser p writes nic_meta {\n\tstart s0;"
	for (s = 0; s < n; s++) {
		print "\tstate s" s " {\n\t\textract item as item" s ";\n\t\tselect (item" s ".kind) {"
		printf "%s\t\t}\n\t}\n", text[s]
	}
	print "\tstate s" n " { meta.a = 1; accept; }\n}"
}' lists >many.mdesc
run_expect many-compiles 0 "$MDESCC" -I "$MDESC_INCLUDE" --emit=dump -o many.dump many.mdesc
plain=$(rows -O1 many.mdesc 2>/dev/null)
before=$plain
counts=
worse=
for steps in 0 1 30 1000 5000 20000 80000 300000; do
	n=$(rows -O2 --opt-steps=$steps many.mdesc 2>/dev/null)
	counts="$counts $steps:$n"
	[ "${n:-9999}" -le "$before" ] || worse="$worse $steps:$n"
	before=${n:-9999}
done
diag "-O1 $plain,$counts"
equal more-steps-no-more-rows "" "$worse"
run_expect proved 0 "$MDESCC" -O2 --prove -I "$MDESC_INCLUDE" --emit=dump -o many.dump many.mdesc
cp rows first.rows
rows -O2 --opt-steps=300000 many.mdesc >/dev/null 2>&1
same the-same-again first.rows rows
check fewer-than-written test "$before" -lt "$(rows -O0 many.mdesc 2>/dev/null)"
finish

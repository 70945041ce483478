#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Few lines that ask for much. Subparsers in subparsers, each entered in two scopes: thirty of them are a description
# like any other. Of some hundreds every scope is passed twice, and of thousands there are more states than an image
# can have: both end in diagnostics, whose number is bounded. Values that read values: libmdesc refuses what takes for
# ever to decode.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"

# nested N LEFT RIGHT: each of N subparsers enters the next one twice; in a scope, %d is the subparser's number.
nested()
{
	awk -v n="$1" -v left="$2" -v right="$3" 'BEGIN {
		print "mdesc 1;\ninclude \"std/headers.mdesc\";\ndevice acme { driver \"acme\"; }"
		print "metadata acme_m { u32 a = 1; }\nparser acme_p {\n\tstart s0(x);"
		for (i = 0; i < n; i++) {
			printf "\tsubparser s%d(scope s) {\n\t\tstart a;\n\t\tstate a {\n\t\t\textract ethernet;\n", i
			printf "\t\t\tselect (ethernet.type) {\n\t\t\t\t1: s%d(" left "); 2: s%d(" right ");\n", \
				i + 1, i, i + 1, i
			print "\t\t\t\tdefault: accept;\n\t\t\t}\n\t\t}\n\t}"
		}
		printf "\tsubparser s%d(scope s) { start a; state a { accept; } }\n}\n", n
	}'
}

# says NAME TEXT: the diagnostics have it.
says()
{
	if grep -qF -- "$2" err; then
		ok "$1"
	else
		not_ok "$1" "not said: $2"
		diag_file err
	fi
}

nested 30 l%d r%d >thirty.mdesc
run_expect thirty 0 "$MDESCC" -I "$MDESC_INCLUDE" --emit=dump -o thirty.dump thirty.mdesc
equal thirty-states 61 "$(grep -c '^ *state ' thirty.dump)"

# Each in the scope that it is entered in, too: 31,000 states, nearly all of which extract a header again.
nested 250 l%d s >twice.mdesc
run_expect twice 1 "$MDESCC" -I "$MDESC_INCLUDE" --emit=dump -o twice.dump twice.mdesc
says twice-error "[extracted-twice]"
equal twice-bounded "mdescc: 50 more not shown" "$(tail -n 1 err)"

# 65,341 states, which is nearly all that there can be, and none of them extracts anything.
nested 360 l%d s | sed 's/extract ethernet;/advance 1;/; s/select (ethernet.type)/select (lookahead(0, 8))/' >most.mdesc
run_expect most 1 "$MDESCC" -I "$MDESC_INCLUDE" --emit=dump -o most.dump most.mdesc
if grep -qF "with this scope the subparsers have more" err; then
	not_ok most-fits "65,341 states are said to be more than 65,534"
else
	ok most-fits
fi

nested 2000 l%d s >many.mdesc
run_expect many 1 "$MDESCC" -I "$MDESC_INCLUDE" --diagnostics=json --emit=dump -o many.dump many.mdesc
says many-error "with this scope the subparsers have more than 65534 states"
equal many-bounded 1 "$(grep -c '"severity":"error"' err)"

# ---- values ----

# Asking for x.e13 asks for the tag around each of the 8192 times that it reads x: no packet waits for that.
awk 'function double(name, from) {
	printf "\tderive u64 %s0 = %s;\n", name, from
	for (i = 0; i < 13; i++)
		printf "\tderive u64 %s%d = %s%d + %s%d;\n", name, i + 1, name, i, name, i
}
BEGIN {
	print "mdesc 1;\ndevice acme { driver \"acme\"; }\ndescriptor acme_d {\n\tu8 tag;"
	double("d", "tag")
	print "\tunion u switch (d13) {\n\t0: struct {\n\tu8 x;"
	double("e", "x")
	print "\t} in;\n\tdefault: u8 other;\n\t}\n}"
}' >asks.mdesc
run_expect asks 1 "$MDESCC" --emit=image -o asks.fw asks.mdesc
says asks-error "to know which fields and values mean something"
equal asks-bounded 1 "$(grep -c ' error: ' err)"
# long N: a value of some 16,000 steps, and N that are derived from it.
long()
{
	awk -v n="$1" 'BEGIN {
		print "mdesc 1;\ndevice acme { driver \"acme\"; }\ndescriptor acme_d {\n\tu32 a;"
		print "\tderive u64 e0 = a + 1;"
		for (i = 0; i < 12; i++)
			printf "\tderive u64 e%d = e%d * e%d;\n", i + 1, i, i
		for (i = 0; i < n; i++)
			printf "\tderive u64 v%d = e12 + %d;\n", i, i
		print "}"
	}'
}

# What mdescc makes, libmdesc opens: mdescc is the first to say that all of it is too much.
long 300 >long.mdesc
run_expect long 0 "$MDESCC" long.mdesc
if have runtime; then
	run_expect long-show 0 "$MDESC" show long.fw
else
	skip long-show runtime "$why"
fi
long 3000 >longer.mdesc
run_expect longer 1 "$MDESCC" longer.mdesc
says longer-error "all computed values up to this one take more than 8388608 steps"
equal longer-bounded 1 "$(grep -c ' error: ' err)"

finish

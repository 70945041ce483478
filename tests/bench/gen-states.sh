#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# gen-states.sh N [ARMS]: a description whose parser has N states, each with a header,
# two writes and three arms, or so many more, on a target that is large enough.
set -eu
awk -v n="$1" -v arms="${2:-3}" 'BEGIN {
	print "mdesc 1;"
	print "device big { driver \"big\"; firmware \"1\"; target huge; }"
	print "target huge { rows 65000; states 65000; loops yes; steps 65000; key 4 bytes reach 64;"
	print "\tadvance arithmetic; writes 8 per row; metadata 64 bytes; }"
	print "header h { be16 kind; be16 value; }"
	print "metadata big_meta { u16 last; u16 at; u32 layout_id = layout.id; }"
	print "parser big writes big_meta {\n\tstart s0;"
	for (i = 0; i < n; i++) {
		printf "\tstate s%d {\n\t\textract h as h%d;\n", i, i
		printf "\t\tmeta.last = h%d.value; meta.at = offset(h%d);\n", i, i
		printf "\t\tselect (h%d.kind) { ", i
		if (i + 1 < n)
			printf "1: s%d; ", i + 1
		if (i + 2 < n)
			printf "2, 7: s%d; ", i + 2
		for (k = 3; k < arms; k++)
			if (i + k < n)
				printf "%d: s%d; ", 64 * k + 9, i + k
		print "default: accept; }\n\t}"
	}
	print "}"
}'

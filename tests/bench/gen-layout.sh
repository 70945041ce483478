#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# gen-layout.sh mdesc|c STRUCTS FIELDS [KIND]: the same STRUCTS structs of FIELDS fields
# each, as a description or as the C that somebody would write by hand.
# KIND descriptor (default: struct) makes layouts of them, with ids and getters,
# which the C does not have.
set -eu
awk -v what="$1" -v structs="$2" -v fields="$3" -v kind="${4:-struct}" 'BEGIN {
	split("u8 u16 u32 u64 be16 be32 be64 u16 u8 u32", m, " ")
	split("__u8 __u16 __u32 __u64 __be16 __be32 __be64 __u16 __u8 __u32", c, " ")
	if (what == "mdesc") {
		print "mdesc 1;"
		print "device big { driver \"big\"; firmware \"1\"; }"
	} else {
		print "#include <linux/types.h>"
	}
	for (s = 0; s < structs; s++) {
		if (what == "mdesc")
			printf "%s big_desc_%d {\n", kind, s
		else
			printf "struct big_desc_%d {\n", s
		for (f = 0; f < fields; f++) {
			t = (f * 7 + s) % 10 + 1
			if (f % 16 == 15 && what == "mdesc")
				printf "\tu32 field_%d : 12; u32 rest_%d : 20;\n", f, f
			else if (f % 16 == 15)
				printf "\t__u32 field_%d : 12; __u32 rest_%d : 20;\n", f, f
			else
				printf "\t%s field_%d;\n", what == "mdesc" ? m[t] : c[t], f
		}
		print what == "mdesc" ? "}" : "};"
	}
	if (what == "c")
		for (s = 0; s < structs; s++)
			printf "struct big_desc_%d v%d;\n", s, s
}'

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# What holds for every source file: a licence line, no line too long, no blank at the end of a line; each source is
# listed in its folder's local.mk.

. "$MDESC_SRC/tests/lib.sh"
cd "$MDESC_SRC" || exit 99

# Sources that people write: not what flex and bison made in a release, not expected output.
find compiler runtime include bpf firmware-descs tests doc configure.ac Makefile.am dev -type f \
	\( -name '*.[chly]' -o -name '*.sh' -o -name '*.def' -o -name '*.mk' -o -name '*.am' -o -name '*.ac' -o \
	   -name '*.mdesc' -o -name '*.map' -o -name '*.m4' -o -name 'mdesc.*.in' -o \
	   -name Kbuild -o -name Makefile -o -name dev -o -path tests/run \) |
	grep -Ev '^compiler/(lexer|parser)\.[ch]$|^tests/(ok|bad|fmt|proto)/' | sort >"$TMP/sources"

# none NAME TEXT: ok if nothing came in on standard input.
none()
{
	if cat >"$TMP/found" && [ -s "$TMP/found" ]; then
		not_ok "$1" "$2"
		diag_file "$TMP/found"
	else
		ok "$1"
	fi
}

tr '\n' '\0' <"$TMP/sources" | xargs -0 grep -L 'SPDX-License-Identifier: ' |
	none licence "no SPDX line in"
grep '\.bpf\.c$' "$TMP/sources" | xargs grep -L 'SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause' |
	none licence_bpf "a BPF program under another licence than GPL-2.0-only OR BSD-2-Clause"
tr '\n' '\0' <"$TMP/sources" | xargs -0 grep -nE '[ 	]+$' | cut -c 1-100 |
	none blanks "blanks at the end of a line"
# A tab counts as eight columns.
while read -r file; do
	expand "$file" | awk -v f="$file" 'length > 120 { print f ":" NR ": " length " columns" }'
done <"$TMP/sources" |
	none line_length "lines of more than 120 columns"
grep -E '^(compiler|runtime)/[^/]*\.[chly]$' "$TMP/sources" | while read -r file; do
	grep -q "\b$file\b" "${file%%/*}/local.mk" || echo "$file"
done | none listed "missing in the folder's local.mk"
find tests bpf -maxdepth 1 -name '*.sh' ! -name '*lib.sh' ! -perm -u+x |
	none executable "scripts that are not executable"
finish

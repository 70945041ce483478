#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The pages of doc/nics/ say what the descriptions say: each folder of firmware-descs/ has its page, and its tables of
# view members and of computed values equal the dump of the compiled descriptions. The index names every page.
. "$MDESC_SRC/tests/lib.sh"

pages=$MDESC_SRC/doc/nics

# `view MEMBER LAYOUT FIELD` and `computed GETTER`, of a dump.
claims_of_dump()
{
	awk '
	/^view /	{ of = $4; next }
	/^[^ ]/		{ of = "" }
	of && $2 == "="	{ print "view", $1, of, $3 }
	/^(metadata|descriptor) [0-9]/ { layout = $3 }
	/^  (alias|derive) [0-9]/ { gsub(/[.]/, "_", $3); print "computed", layout "_" $3 "_get()" }'
}

# The same of the tables of a page: what stands in backquotes in their first cells.
claims_of_page()
{
	sed -nE 's/^\| `([a-z0-9_]+)` \| `([A-Za-z0-9_]+)` \| `([^`]+)` \| .*/view \1 \2 \3/p
		s/^\| `([A-Za-z0-9_]+_get\(\))` \| .*/computed \1/p' "$1"
}

for folder in "$MDESC_SRC"/firmware-descs/*/; do
	name=$(basename "$folder")
	case $name in std | targets) continue ;; esac
	page=$pages/$name.md
	if [ ! -f "$page" ]; then
		not_ok "$name" "there is no page doc/nics/$name.md for firmware-descs/$name"
		continue
	fi
	for desc in "$folder"*.mdesc; do
		"$MDESCC" -I "$MDESC_INCLUDE" --emit=dump -o - "$desc" || echo "# $desc does not compile"
	done >dump 2>&1
	claims_of_dump <dump | LC_ALL=C sort -u >expected
	claims_of_page "$page" | LC_ALL=C sort >actual
	same "$name" expected actual
	matches "$name-names-its-folder" "firmware-descs/$name/" "$page"
	matches "$name-in-index" "^\\| \\[$name\\]\\($name\\.md\\)" "$pages/README.md"
	# What the index says of the view, without the byte order's endings.
	sed -nE 's/^view ([a-z_]+) .*/\1/p' expected | sed -E 's/_(be|bits)$//; /_valid$/d' |
		LC_ALL=C sort -u >expected.members
	sed -nE "s/^\\| \\[$name\\].*\\| ([^|]*) \\|\$/\\1/p" "$pages/README.md" | tr -d '`,' | tr ' ' '\n' |
		sed '/^$/d' | LC_ALL=C sort >actual.members
	same "$name-index" expected.members actual.members
done
for page in "$pages"/*.md; do
	name=$(basename "$page" .md)
	[ "$name" = README ] || check "$name-has-its-folder" test -d "$MDESC_SRC/firmware-descs/$name"
done
finish

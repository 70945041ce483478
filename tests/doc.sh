#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The pages in doc/ say what is so: each example that is a whole file compiles, without a warning; the canonical text
# in language.md makes the fingerprint that it says; the manual pages have no errors and name every option.
#
# ```mdesc begins a whole description, ```c a whole program (for user space, or with SEC() in it for BPF), ```canonical
# the canonical text of the example before it. What is only a part stands between plain ```.

. "$MDESC_SRC/tests/lib.sh"
doc=$MDESC_SRC/doc

# blocks KIND SUFFIX: the blocks of all pages into PAGE-LINE.SUFFIX.
blocks()
{
	local page

	for page in "$doc"/*.md "$MDESC_SRC"/*.md; do
		awk -v kind='```'"$1" -v base="$(basename "$page" .md)" -v suffix="$2" '
			$0 == kind { to = sprintf("%s-%03d.%s", base, FNR, suffix); next }
			/^```/ { to = "" }
			to { print > to }' "$page"
	done
}

# ---- language.md ----

blocks mdesc mdesc
for file in *.mdesc; do
	check "compiles ${file%.mdesc}" "$MDESCC" -I "$MDESC_INCLUDE" -Wall -Wextra -Werror -d . "$file"
done

# Every section but these has an example.
awk '/^#/ { if (title && !n) print title; title = $0; n = 0 } $0 == "```mdesc" { n++ } END { if (!n) print title }' \
	"$doc/language.md" >sections
cat >sections.want <<-'END'
	# The .mdesc language, edition 1
	### Exact meaning
	## Diagnostics
	## Grammar
END
same sections sections.want sections

blocks canonical canonical
for file in *.canonical; do
	line=$(ls language-*.mdesc | sed 's/.mdesc$//' | awk -v at="${file%.canonical}" '$0 < at' | tail -n 1)
	"$MDESCC" -I "$MDESC_INCLUDE" --emit=dump -o dump "$line.mdesc"
	same "canonical text $line" "$file" <(sed -n 's/^  canonical //p' dump)
	# The first eight bytes as a little-endian number.
	sum=$(sha256sum <"$file" | cut -c 1-16 | fold -w 2 | tac | tr -d '\n')
	matches "fingerprint $line" "^  fingerprint 0x$sum\$" dump
	matches "fingerprint on the page $line" "fingerprint 0x$sum " "$doc/language.md"
done

# ---- C ----

blocks c c
for file in *.c; do
	[ -e "$file" ] || continue
	if grep -q 'SEC(' "$file"; then
		if ! have clang; then
			skip "compiles ${file%.c}" clang "$why"
			continue
		fi
		"$MDESCC" -I "$MDESC_INCLUDE" --emit=header -d . "$MDESC_INCLUDE/mynic/mynic-1.4.mdesc"
		check "compiles ${file%.c}" "$CLANG" -target bpf -O2 -g -std=gnu11 -Wall -Werror -I . \
			-I "$MDESC_SRC/include" -I "/usr/include/$(${CC:-cc} -print-multiarch)" -c "$file" -o "$file.o"
	elif have runtime; then
		# Word splitting: CC may have options.
		check "compiles ${file%.c}" ${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -I "$MDESC_SRC/include" \
			-c "$file" -o "$file.o"
	fi
done

# ---- manual pages ----

# options PAGE: the long options that it names.
options()
{
	grep -o 'Fl -[a-z][a-z-]*\|, -[a-z][a-z-]*' "$1" | sed 's/^[^-]*-//'
}

# options_of NAME PAGE COMMAND...: each option in the help is in the page.
options_of()
{
	local name=$1 page=$2

	shift 2
	"$@" --help | grep -o -- '--[a-z][a-z-]*' | sed 's/^--//' | sort -u >help
	options "$page" | sort -u >named
	same "options $name" /dev/null <(comm -23 help named)
}

for page in mdesc mdescc; do
	if have groff; then
		groff -mdoc -ww -Tutf8 "$doc/$page.1" 2>groff >/dev/null
		same "groff $page.1" /dev/null groff
	else
		skip "groff $page.1" groff "$why"
	fi
done
options_of mdescc "$doc/mdescc.1" "$MDESCC"
if have runtime; then
	for command in show verify decode run btf stitch exec attach detach update status; do
		options_of "mdesc-$command" "$doc/mdesc.1" "$MDESC" "$command"
	done
fi
finish

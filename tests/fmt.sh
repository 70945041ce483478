#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdescc fmt: every description that is shipped, and every example in the documentation, is in the canonical form; the
# form of tests/fmt/NAME.mdesc is NAME.want; what is compiled from the form is what is compiled from the text; and the
# command replaces files as a whole, or not at all.
#
# MDESC_GOLDEN=update (./dev golden fmt) brings all of these into the form, and writes NAME.want.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"

update=
[ "${MDESC_GOLDEN:-}" = update ] && update=yes

# ---- what is shipped ----

find "$MDESC_INCLUDE" -name '*.mdesc' | sort >shipped
check finds_descriptions test "$(wc -l <shipped)" -ge 10
while read -r file; do
	[ -z "$update" ] || "$MDESCC" fmt "$file"
	check "shipped ${file#"$MDESC_INCLUDE/"}" "$MDESCC" fmt --check "$file"
done <shipped

# The pages' examples, each into PAGE-LINE.mdesc; with `update`, put back as they should be.
mkdir pages
for page in "$MDESC_SRC"/doc/*.md "$MDESC_SRC"/doc/*/*.md "$MDESC_SRC"/*.md; do
	[ -e "$page" ] || continue
	name=$(basename "$page" .md)
	awk -v to="pages/$name" '
		/^```mdesc$/ { file = sprintf("%s-%d.mdesc", to, FNR); next }
		/^```/ { file = "" }
		file { print > file }' "$page"
	[ -n "$update" ] && grep -q '^```mdesc$' "$page" || continue
	"$MDESCC" fmt pages/"$name"-*.mdesc
	awk -v from="pages/$name" '
		/^```mdesc$/ { print; file = sprintf("%s-%d.mdesc", from, FNR)
			while ((getline line < file) > 0) print line
			skip = 1; next }
		/^```/ { skip = 0 }
		!skip { print }' "$page" >page
	cmp -s page "$page" || cp page "$page"
done
for file in pages/*.mdesc; do
	check "page $(basename "$file" .mdesc)" "$MDESCC" fmt --check "$file"
done

# ---- the rules ----

for file in "$MDESC_SRC"/tests/fmt/*.mdesc; do
	name=$(basename "$file" .mdesc)
	"$MDESCC" fmt - <"$file" >form 2>err
	[ -z "$update" ] || cmp -s form "${file%.mdesc}.want" || cp form "${file%.mdesc}.want"
	same "rules $name" "${file%.mdesc}.want" form || diag_file err
	"$MDESCC" fmt - <form >again
	same "stable $name" form again
done

# ---- what is compiled ----

# compiled NAME FILE DIR ARGS...: what each kind of output is of a file and of its form
compiled()
{
	local name=$1 file=$2 dir=$3 kind text

	shift 3
	mkdir -p "$dir/before" "$dir/after"
	cp "$file" "$dir/text.mdesc"
	cp "$file" "$dir/form.mdesc"
	"$MDESCC" fmt "$dir/form.mdesc" 2>err || { not_ok "compiled $name" "it is refused"; diag_file err; return; }
	"$MDESCC" fmt --check "$dir/form.mdesc" >out || not_ok "stable $name"
	for text in text form; do
		for kind in image header btf dump rows dot; do
			(cd "$dir" && "$MDESCC" "$@" --emit=$kind -d $([ $text = text ] && echo before || echo after) \
				-I "$MDESC_INCLUDE" -I "$(dirname "$file")" $text.mdesc) 2>>"err.$text"
		done
	done
	for file in "$dir"/after/form*; do
		[ ! -e "$file" ] || mv "$file" "${file/after\/form/after/text}"
	done
	# The header names the file that it is made from.
	sed -i 's/form\([-.]\)/text\1/; s/FORM_/TEXT_/' "$dir"/after/*.h 2>/dev/null
	check "compiled $name" diff -r "$dir/before" "$dir/after"
	[ -n "$(ls "$dir/before")" ] || not_ok "compiles $name"
	rm -rf "$dir"
}

# What is in table/ is for others to include: without a device it makes nothing.
for file in $(grep -v /table/ shipped) "$MDESC_SRC"/tests/ok/*.mdesc; do
	args=()
	[ ! -f "${file%.mdesc}.args" ] || read -ra args <"${file%.mdesc}.args"
	compiled "$(basename "$(dirname "$file")")/$(basename "$file" .mdesc)" "$file" both "${args[@]}"
done

# Random ones, with one kind of output for all.
wrong=
for seed in $(seq 1 40); do
	[ $((seed % 2)) = 0 ] && kind=parser || kind=layout
	"$MDESC_BUILD/tests/gen" "$seed" --kind=$kind >random.mdesc || wrong="$wrong gen $seed"
	"$MDESCC" -I "$MDESC_INCLUDE" --emit=dump,rows -d . random.mdesc 2>err
	mv random.dump dump.before && mv random.rows rows.before || wrong="$wrong compile $seed"
	"$MDESCC" fmt random.mdesc 2>>err && "$MDESCC" fmt --check random.mdesc >>err || wrong="$wrong fmt $seed"
	"$MDESCC" -I "$MDESC_INCLUDE" --emit=dump,rows -d . random.mdesc 2>err
	cmp -s random.dump dump.before && cmp -s random.rows rows.before || wrong="$wrong same $seed"
done
equal random "" "$wrong"
rm -f random.* dump.before rows.before

# ---- the command ----

printf 'mdesc 1;\nstruct a { u32 b; }\n' >good.mdesc
printf 'mdesc 1; struct a{u32 b ;}' >messy.mdesc
printf 'mdesc 1; struct a{u32 b ; }}' >wrong.mdesc
cp wrong.mdesc wrong.was
cp messy.mdesc messy.was

inode=$(stat -c %i good.mdesc)
run_expect good 0 "$MDESCC" fmt good.mdesc
equal good-is-left-alone "$inode" "$(stat -c %i good.mdesc)"
equal good-silent "" "$(cat out err)"
run_expect check-good 0 "$MDESCC" fmt --check good.mdesc
run_expect check-lists 1 "$MDESCC" fmt --check good.mdesc messy.mdesc ./messy.mdesc
equal check-lists-them "messy.mdesc ./messy.mdesc " "$(tr '\n' ' ' <out)"
same check-writes-nothing messy.was messy.mdesc
run_expect wrong 2 "$MDESCC" fmt wrong.mdesc messy.mdesc nothing.mdesc good.mdesc
matches wrong-says '^wrong.mdesc:1:28: error: .*\[syntax\]$' err
matches missing-says 'nothing.mdesc: No such file' err
same wrong-is-left-alone wrong.was wrong.mdesc
same others-are-done good.mdesc messy.mdesc
run_expect wrong-alone 1 "$MDESCC" fmt wrong.mdesc
run_expect wrong-checked 1 "$MDESCC" fmt --check wrong.mdesc
echo 'mdesc 9; struct a { }' >edition.mdesc
run_expect edition 1 "$MDESCC" fmt edition.mdesc && matches edition-says '\[edition\]' err

cp messy.was mode.mdesc
chmod 751 mode.mdesc
ln -s mode.mdesc link.mdesc
run_expect link 0 "$MDESCC" fmt link.mdesc
same link-target good.mdesc mode.mdesc
equal link-stays mode.mdesc "$(readlink link.mdesc)"
equal mode-stays 751 "$(stat -c %a mode.mdesc)"

run_expect stdin 0 "$MDESCC" fmt - <messy.was && same stdin-form good.mdesc out
run_expect stdin-good 0 "$MDESCC" fmt - <good.mdesc && same stdin-good-form good.mdesc out
run_expect stdin-wrong 1 "$MDESCC" fmt - <wrong.was && equal stdin-wrong-prints-nothing "" "$(cat out)"
run_expect stdin-check 1 "$MDESCC" fmt --check - <messy.was && equal stdin-check-says "<stdin>" "$(cat out)"
printf '\xef\xbb\xbfmdesc 1;\r\n// \xc3\xa9 \r\nstruct a {\r\n\tu32 b; // c\r\n}\r\n\r\n\r\n' >dos.mdesc
printf 'mdesc 1;\n// \xc3\xa9\nstruct a {\n\tu32 b;  // c\n}\n' >unix.mdesc
run_expect dos 0 "$MDESCC" fmt dos.mdesc && same dos-form unix.mdesc dos.mdesc

run_expect usage-none 2 "$MDESCC" fmt && matches usage-none-says 'no FILE is given' err
run_expect usage-option 2 "$MDESCC" fmt --nonsense good.mdesc && matches usage-option-says "'--nonsense'" err
run_expect usage-color 2 "$MDESCC" fmt --color=red good.mdesc && matches usage-color-says "'red'" err
run_expect help 0 "$MDESCC" fmt --help && matches help-text '^Usage: mdescc fmt ' out
run_expect json 1 "$MDESCC" fmt --diagnostics=json wrong.mdesc
matches json-object '^\{"severity":"error","check":"syntax","file":"wrong.mdesc","line":1,' err
cp messy.was -- -x.mdesc
run_expect dashes 0 "$MDESCC" fmt -- -x.mdesc && same dashes-form good.mdesc ./-x.mdesc
mkdir folder
run_expect folder 2 "$MDESCC" fmt folder
run_expect full 2 sh -c '"$1" fmt - <messy.was >/dev/full' - "$MDESCC"
matches full-says 'No space left' err
if have root && unshare -m true 2>/dev/null; then
	mkdir readonly
	unshare -m sh -c 'mount -t tmpfs none readonly && cp messy.was readonly/messy.mdesc &&
		mount -o remount,ro readonly && "$1" fmt readonly/messy.mdesc; echo $? >readonly.rc' - "$MDESCC" 2>err
	equal readonly 2 "$(cat readonly.rc)"
	matches readonly-says 'Read-only file system' err
else
	skip readonly root "${why:-no file systems can be mounted here}"
fi
equal nothing-is-left "" "$(find . -name '*.mdesc.*')"
finish

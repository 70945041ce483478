#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Golden files. tests/ok/NAME.mdesc compiles without a word (or with those of NAME.err), and each file beside it is
# what the emitter of that name or suffix gives: NAME.dump, .rows, .dot, .h, ... tests/bad/NAME.mdesc makes mdescc say
# exactly NAME.err; if that has an error, the exit status is 1 and nothing was written. NAME.args holds further options.
# Every check has a bad example. doc/checks.md is the list of checks.
#
# MDESC_GOLDEN=update (./dev golden) rewrites what differs, and creates NAME.err for a new bad example.
. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"

update=
[ "${MDESC_GOLDEN:-}" = update ] && update=yes

# Diagnostics name files as they were given: relative to the sources.
cd "$MDESC_SRC" || exit 99

# compare NAME GOLDEN ACTUAL
compare()
{
	if [ -n "$update" ] && ! cmp -s "$2" "$3"; then
		cp "$3" "$2" && diag "wrote $2"
	fi
	same "$1" "$2" "$3"
}

# read_args NAME: the options of NAME.args into args.
read_args()
{
	args=()
	[ ! -f "$1.args" ] || read -ra args <"$1.args"
}

# ---- good descriptions ----

declare -A kind_of=()
while read -r kind suffix; do
	kind_of[$suffix]=$kind
done <<'END'
header h
btf btf
image fw
dump dump
rows rows
rows-bin rows.bin
rows-c rows.h
dot dot
html html
xdp-metadata xdp.h
END

# good NAME: the path without suffix
good()
{
	local base=$1 name=ok/${1##*/} file suffix any=

	read_args "$base"
	for file in "$base".*; do
		suffix=${file#"$base".}
		case $suffix in mdesc | args | err) continue ;; esac
		any=yes
		if [ -z "${kind_of[$suffix]:-}" ]; then
			not_ok "$name.$suffix" "no output has this suffix"
			continue
		fi
		if ! "$MDESCC" "${args[@]}" -I firmware-descs --emit="${kind_of[$suffix]}" -o "$TMP/out" "$base.mdesc" \
			2>"$TMP/err"; then
			not_ok "$name.$suffix" "mdescc fails"
			diag_file "$TMP/err"
			continue
		fi
		compare "$name.$suffix" "$file" "$TMP/out"
	done
	[ -n "$any" ] || not_ok "$name" "there is nothing beside it to compare with: NAME.dump, NAME.rows, ..."
	"$MDESCC" "${args[@]}" -I firmware-descs --emit=dump -o "$TMP/out" "$base.mdesc" 2>"$TMP/err"
	if [ -f "$base.err" ] || [ -s "$TMP/err" ]; then
		compare "$name.err" "$base.err" "$TMP/err"
	fi
}

for file in tests/ok/*.mdesc; do
	good "${file%.mdesc}"
done

# ---- bad descriptions ----

# bad NAME: the path without suffix
bad()
{
	local base=$1 name=bad/${1##*/} rc want=0 files

	read_args "$base"
	rm -rf "$TMP/dir"
	mkdir "$TMP/dir"
	"$MDESCC" "${args[@]}" -I firmware-descs -d "$TMP/dir" "$base.mdesc" >"$TMP/out" 2>"$TMP/err"
	rc=$?
	# where include files are installed depends on --prefix
	sed -i 's#, [^ ,;]*/share/mdesc/#, DATADIR/#g' "$TMP/err"
	compare "$name" "$base.err" "$TMP/err" || return
	! grep -q '^[^ ].*: error: ' "$TMP/err" || want=1
	files=$(ls "$TMP/dir")
	if [ $rc != $want ]; then
		not_ok "$name-status" "exit status $rc, expected $want"
	elif [ $want = 1 ] && [ -n "$files" ]; then
		not_ok "$name-writes-nothing" "there is: $files"
	elif [ -s "$TMP/out" ]; then
		not_ok "$name-standard-output" "diagnostics belong on standard error"
	elif [ ! -s "$TMP/err" ]; then
		not_ok "$name-says-something" "nothing is wrong with it"
	fi
}

for file in tests/bad/*.mdesc; do
	bad "${file%.mdesc}"
done

# ---- the checks ----

"$MDESCC" --list-checks >"$TMP/list"
# shellcheck disable=SC2016
sed -n 's/^| `\([a-z-]*\)` .*/\1/p' "$TMP/list" | sort >"$TMP/checks"
cat tests/bad/*.err | sed -nE 's/^[^ ].*: (error|warning): .*\[(-W)?(error=)?([a-z-]*)\]$/\4/p' |
	sort -u >"$TMP/shown"
missing=$(comm -23 "$TMP/checks" "$TMP/shown")
if [ -z "$missing" ] && [ -s "$TMP/checks" ]; then
	ok "every check has a bad example"
else
	not_ok "every check has a bad example" "none in tests/bad: $(echo $missing)"
fi
equal "no bad example shows an unknown check" "" "$(comm -13 "$TMP/checks" "$TMP/shown")"

cat >"$TMP/checks.md" <<'END'
<!-- SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause -->
<!-- Made by `mdescc --list-checks`; ./dev golden writes it anew. -->
# Checks

Each diagnostic ends in the name of its check, in brackets. A warning `[-WNAME]` is switched off by `-Wno-NAME`, on by
`-WNAME` or its group, and made an error by `-Werror=NAME`; what is always an error has no switch. The column *on* says
which option includes a warning: `default` needs none. `tests/bad` has an example of each.

END
cat "$TMP/list" >>"$TMP/checks.md"
compare "doc/checks.md is the list of checks" doc/checks.md "$TMP/checks.md"
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# A parser as rows of a raw table that its target names: the words against those worked out by hand, the table against
# the parser on packets, and what does not fit.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need python3
here=$MDESC_SRC/tests/tables

# ---- words ----

# Of a row: what 16 bits of the key are, and above which of them count; then the result. The key's bytes fill its words
# from the lowest on, the look-up number is in the low bits of the fifth, bit 15 of which says that a row is not there.
# The result: shift, next << 8, done << 12, found << 13, code << 16, what << 24, and 1 << 30, which no row gives.
row()
{
	local w

	for w in "$@"; do
		printf '%02x%02x%02x%02x' $((w & 255)) $((w >> 8 & 255)) $((w >> 16 & 255)) $((w >> 24 & 255))
	done
}
{
	row 0 0 0 0 0x8000 0
	row 0 0 0 0 0x8000 0
	row 0 0 0 0 $((0xf << 16 | 0)) $((12 | 1 << 8 | 1 << 13 | 1 << 24 | 1 << 30))	# addresses
	row 0xffff0008 0 0 0 $((0xf << 16 | 1)) $((2 | 3 << 8 | 1 << 13 | 2 << 24 | 1 << 30))	# IPv4
	row 0xffff0081 0 0 0 $((0xf << 16 | 1)) $((2 | 2 << 8 | 1 << 13 | 2 << 24 | 1 << 30))	# a tag
	row 0 0 0 0 $((0xf << 16 | 1)) $((2 | 1 << 12 | 1 << 13 | 2 << 24 | 1 << 30))	# accept
	row 0 0xffff0008 0 0 $((0xf << 16 | 2)) $((4 | 3 << 8 | 1 << 13 | 3 << 24 | 1 << 30))	# a tag, then IPv4
	row 0 0 0 0 $((0xf << 16 | 2)) $((4 | 1 << 12 | 1 << 13 | 17 << 16 | 3 << 24 | 1 << 30))	# reject 17
	row 0x00ff0045 0 0 0 $((0xf << 16 | 3)) $((8 | 4 << 8 | 1 << 13 | 4 << 24 | 1 << 30))	# IPv4 without options
	row 0 0 0 0 $((0xf << 16 | 3)) $((8 | 1 << 12 | 1 << 13 | 4 << 24 | 1 << 30))
	row 0xff000600 0 0 0 $((0xf << 16 | 4)) $((12 | 6 << 8 | 1 << 13 | 5 << 24 | 1 << 30))	# TCP
} >want
check compiles "$MDESCC" -O0 --emit=rows-bin -o ours "$here/lowered.mdesc"
equal size $((64 * 6 * 4)) "$(stat -c %s ours)"
equal words "$(cat want)" "$(head -c $((11 * 24)) ours | od -An -v -tx1 | tr -d ' \n')"
equal absent "$(row 0 0 0 0 0x8000 0)" "$(tail -c 24 ours | od -An -v -tx1 | tr -d ' \n')"

# ---- packets ----

if have runtime; then
	case ${MDESC_TESTS:-} in quick) count=200 ;; *) count=2000 ;; esac
	python3 "$MDESC_SRC/tests/lower_table.py" pcap $count packets.pcap
	for desc in lowered lowered_stages; do
		table=$(sed -n 's/^table \([a-z]*\).*/\1/p' "$here/$desc.mdesc")
		for level in 0 1 2; do
			check "$desc-O$level" "$MDESCC" -O$level --emit=image -o image "$here/$desc.mdesc" || continue
			"$MDESC" run --json image packets.pcap >parser.json
			"$MDESC" run --json --table="$table" image packets.pcap >table.json
			check "$desc-O$level-same" python3 "$MDESC_SRC/tests/lower_table.py" \
				compare parser.json table.json
		done
	done
fi

# ---- what does not fit ----

# limit NAME SED PATTERN: the description, changed, does not compile, and says why.
limit()
{
	sed "$2" "$here/lowered.mdesc" >"$1.mdesc"
	run_expect "$1" 1 "$MDESCC" -I "$here" --emit=rows-bin -o out.bin "$1.mdesc"
	matches "$1-says" "$3" err
}
limit states 's/lu \[67:64\]/lu [65:64]/' "has 7 states, and field 'lu' of table 'prs' 2 bits"
limit shift 's/shift \[5:0\]/shift [2:0]/' "the shift of this row is 12, and field 'shift' of table 'prs' has 3 bits"
limit capacity '/^table/,$s/rows 64/rows 12/' "table 'prs' has no place for the parser's rows from here on"
limit bytes '/b3 \[31:24\]/d' "state 'tag' compares 2 bytes, and not all of them are where table 'prs' looks"
limit number 's/what  \[28:24\]/what  [25:24]/' "the number of a header of this row is 4, and field 'what'"
limit code 's/stop(code)/stop()/' "table 'prs' has no field for the error of this row"
limit ends 's/if (done) stop(code);//' "its effect lacks .if .FIELD. stop"
limit nexts 's/lu      = next;/lu = next + next;/; s/lu = next + next/what = next/' "its effect lacks .lu = FIELD"
limit state 's/table prs state lu/table prs state ul/' "its key has no field of this name"
limit table 's/table prs state lu/table psr state lu/' "names table 'psr', and there is none"
limit arithmetic 's/advance constant/advance arithmetic/' "moves by what the packet says"
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# A parser as rows of a raw table that its target names: the words against those worked out by hand, the table against
# the parser on packets, and what does not fit.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need python3
export PYTHONDONTWRITEBYTECODE=1
here=$MDESC_SRC/tests/tables
descs=$MDESC_SRC/firmware-descs

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

# Where the highest number counts, the same rows from the other end on.
for desc in lowered lowered_stages; do
	sed '/^table/,/^}/s/^\twords .*/&\n\tmatch last;/' "$here/$desc.mdesc" >"${desc}_last.mdesc"
done
cp "$here/lowered_parser.mdesc" .
check last-compiles "$MDESCC" -O0 --emit=rows-bin -o last lowered_last.mdesc
for i in 2 3 10; do
	equal "last-row-$i" "$(tail -c +$((24 * i + 1)) ours | head -c 24 | od -An -v -tx1)" \
		"$(tail -c +$((24 * (65 - i) + 1)) last | head -c 24 | od -An -v -tx1)"
done

# ---- packets ----

if have runtime; then
	case ${MDESC_TESTS:-} in quick) count=200 ;; *) count=2000 ;; esac
	python3 "$MDESC_SRC/tests/lower_table.py" pcap $count packets.pcap
	for desc in lowered lowered_stages lowered_last lowered_stages_last; do
		[ -f $desc.mdesc ] || cp "$here/$desc.mdesc" .
		table=$(sed -n 's/^table \([a-z]*\).*/\1/p' $desc.mdesc)
		for level in 0 1 2; do
			check "$desc-O$level" "$MDESCC" -O$level --emit=image -o image $desc.mdesc || continue
			"$MDESC" run --json image packets.pcap >parser.json
			"$MDESC" run --json --table="$table" image packets.pcap >table.json
			check "$desc-O$level-same" python3 "$MDESC_SRC/tests/lower_table.py" \
				compare parser.json table.json
		done
	done
fi

# What networks have, in the tables of real hardware.
if have runtime; then
	python3 "$MDESC_SRC/tests/lower_net.py" pcap $count packets.pcap
	for desc in "lowered_npc npc_kpu 150" "lowered_prs mvpp2_prs 28"; do
		read -r desc table ways <<<"$desc"
		for level in 0 1 2; do
			check "$desc-O$level" "$MDESCC" -O$level -I "$descs" --emit=image -o image \
				"$here/$desc.mdesc" || continue
			"$MDESC" run --json image packets.pcap >parser.json
			"$MDESC" run --json --table="$table" image packets.pcap >table.json
			check "$desc-O$level-same" python3 "$MDESC_SRC/tests/lower_net.py" \
				compare parser.json table.json $((count > 1000 ? ways : ways / 3))
		done
	done
fi
# Registers, flags and a source, in the ways that effects have: set under a condition, or with what they were.
if have runtime; then
	python3 "$MDESC_SRC/tests/lower_net.py" pcap 200 packets.pcap words
	for level in 0 1 2; do
		check "flags-O$level" "$MDESCC" -Wall -Werror -O$level --emit=image -o image "$here/lowered_flags.mdesc"
		for port in 0 2 9; do
			"$MDESC" run --json --set port=$port image packets.pcap >parser.json
			"$MDESC" run --json --table=t --set port=$port image packets.pcap >table.json
			check "flags-O$level-port$port-same" python3 "$MDESC_SRC/tests/lower_net.py" \
				compare parser.json table.json $((port == 9 ? 1 : 3))
		done
	done
fi
# Ways to say where the length of TCP is.
for way in '(packet[cursor + off] >> 4) * 4' '4 * packet[cursor + off][7:4]' '(packet[cursor + off] & 0xf0) >> 2' \
	'((packet[cursor + off] >> 2) & 0x3c)' '(packet[cursor + off] & m) >> s' \
	'(packet[cursor + off] & m) * 1 >> 2'; do
	python3 - "$here/lowered_flags.mdesc" "$way" >way.mdesc <<-'END'
		import sys
		print(open(sys.argv[1]).read().replace("(packet[cursor + off] & m) >> s", sys.argv[2]))
	END
	check "way: $way" "$MDESCC" --emit=rows -o rows way.mdesc
done
check proven "$MDESCC" --prove -I "$descs" --emit=image -o image "$here/lowered_npc.mdesc"

# ---- what does not fit ----

# limit NAME SED PATTERN [DESC]: the description, changed, does not compile, and says why.
limit()
{
	sed "$2" "$here/${4:-lowered}.mdesc" >"$1.mdesc"
	run_expect "$1" 1 "$MDESCC" -I . -I "$here" -I "$descs" --emit=rows-bin -o out.bin "$1.mdesc"
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
prs()
{
	limit "$@" lowered_prs
}
npc()
{
	limit "$@" lowered_npc
}
prs register 's/register u8 l4;/register u8 l4; register u8 hops;/; s/l4 = 2;/hops = 2;/' \
	"sets register 'hops', and table 'mvpp2_prs' cannot"
prs register-value 's/l3 = 4;/l3 = 9;/' \
	"what 'l3' is set to of this row is 9, and field 'l3' of table 'mvpp2_prs' has 3 bits"
prs register-read 's/vlan = 1;/vlan = tag[last].pcp;/' "no field for what 'vlan' is set to"
prs register-else 's/l4 = 1;/l4 = ai;/' "no field for what 'l4' is set to"
prs clash 's/l4_offset = offset(tcp);/l4_offset = offset(tcp); l3_offset = offset(tcp);/' \
	"needs field 'offset_of' of table 'mvpp2_prs', which has another value"
prs select 's/ai\[2:0\]/vlan/; s/5: special/1: special/' \
	"compares bit 0 of 'vlan', and the key of table 'mvpp2_prs' has no such bit"
prs metadata 's/meta.cpu = 1/meta.cpx = 1/; s/bool cpu;/bool cpx;/' \
	"sets the metadata's 'cpx', and table 'mvpp2_prs' cannot"
prs drops 's/meta.cpu = 1; accept;/drop;/' "this row drops, and table 'mvpp2_prs' cannot"
prs counts 's/^\tloops no;//' "does not count how often state 'vlan' is entered"
prs window 's/^\twindow 100;//' "looks at other places than from elsewhere"
npc takes-back 's/^target/parser twice { start a; state a { extract ethernet; extract ipv4; accept; } }\n&/
	s/"lowered_net.mdesc"/"std\/headers.mdesc"/; /record/d' \
	"cannot take back what the first has done where a later one fails"
npc record-header 's/record arp/record apr/' "the parser extracts no header 'apr'"
npc record-field 's/record arp lid/record arp lod/' "the result of table 'npc_kpu' has no field 'lod'"
npc record-value 's/record arp lid lc/record arp lid lx/' "field 'lid' has no value 'lx'"
npc record-range 's/record arp lid lc ltype 6/record arp lid lc ltype 16/' "field 'ltype' has 4 bits, and this is 16"
npc record-number '/record arp/d; /record tcp/d' "the number of a header of this row is 1., and field 'lid'"
mkdir -p octeontx2/table
table=$descs/octeontx2/table/kpu.mdesc
# kpu NAME SED PATTERN: the table, changed.
kpu()
{
	sed "$2" "$table" >octeontx2/table/kpu.mdesc
	npc "$1" '' "$3"
}
kpu mask 's/var_mask       \[11:4\]/var_mask       [6:4]/' "moves by what the packet says, and table 'npc_kpu' cannot"
matches mask-says-bits 'this has 3 bits, and ' err
kpu side 's/let v = packet\[cursor + var_offset\]/let v = packet[cursor]/' "moves by what the packet says"
kpu moved 's/cursor += move + /cursor += move + 1 + /' "moves by what the packet says, and table 'npc_kpu' cannot"
matches moved-says-bits 'this has no sign, and -1 is needed' err
kpu twice 's/cursor += move + /stage += 1; cursor += move + /' \
	"no row of table 'npc_kpu' does this: it would go on in another stage"
kpu always 's/if (capture) record/record/' "it would record a header"
rm -r octeontx2
limit arithmetic 's/advance constant/advance arithmetic/' "moves by what the packet says"
finish

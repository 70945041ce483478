#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Packets through descriptions: tests/refnic/NAME.mdesc is compiled, the packets of NAME.packets (one a line, in
# hexadecimal; blanks do not matter, # begins a comment) run through its image, and what `mdesc run --json` says of
# each must be NAME.json. NAME.sources, where it is there, holds the values of sources, as for `mdesc run --sources`.
#
# MDESC_GOLDEN=update (./dev golden refnic) writes NAME.json anew.

. "$MDESC_SRC/tests/lib.sh"
need runtime

# le32 N: a number as four bytes for printf
le32()
{
	printf '\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

# to_pcap <PACKETS: the packets as a capture, one a second
to_pcap()
{
	local hex n=0

	printf '\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x01\0\x01\0\0\0'
	sed 's/#.*//' | tr -d ' \t' | grep . | while read -r hex; do
		n=$((n + 1))
		printf "$(le32 $n)$(le32 0)$(le32 $((${#hex} / 2)))$(le32 $((${#hex} / 2)))"
		printf "$(sed 's/../\\x&/g' <<<"$hex")"
	done
}

for desc in "$MDESC_SRC"/tests/refnic/*.mdesc; do
	base=${desc%.mdesc}
	name=${base##*/}
	sources=()
	[ ! -f "$base.sources" ] || sources=(-S "$base.sources")
	check "$name-compiles" "$MDESCC" -I "$MDESC_INCLUDE" --emit=image -d . "$desc" || continue
	to_pcap <"$base.packets" >"$name.pcap"
	run_expect "$name-runs" 0 "$MDESC" run --json "${sources[@]}" "$name.fw" "$name.pcap"
	if [ "${MDESC_GOLDEN:-}" = update ] && ! cmp -s "$base.json" out; then
		cp out "$base.json" && diag "wrote ${base#"$MDESC_SRC"/}.json"
	fi
	same "$name" "$base.json" out
done
finish

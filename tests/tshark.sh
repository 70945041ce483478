#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# refnic against an independent oracle: what tshark reads in each packet of tests/captures (see tshark.sh there). Once
# with tests/tshark/oracle.mdesc, whose metadata has all that tshark prints, and once with the shipped firmwares of
# mynic, whose metadata is computed from tshark's columns by awk.
. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need runtime tshark

fields=$MDESC_BUILD/tests/fields

# Numbers decimal, whatever they were; ip.version is IPv4's (tshark calls that of IPv6 so, too).
decimal()
{
	awk -F '|' -v OFS='|' '
	function number(s,   i, v) {
		if (s !~ /^0x[0-9a-f]+$/)
			return s
		for (i = 3; i <= length(s); i++)
			v = v * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
		return sprintf("%.0f", v)
	}
	NR == 1 {
		for (i = 1; i <= NF; i++)
			c[$i] = i
	}
	("ip.ttl" in c) && $c["ip.ttl"] == "" { $c["ip.version"] = "" }
	{
		for (i = 1; i <= NF; i++) {
			n = split($i, list, ",")
			text = ""
			for (k = 1; k <= n; k++)
				text = text (k > 1 ? "," : "") number(list[k])
			$i = text
		}
		print
	}'
}

# same_fields NAME EXPECTED CAME: field by field.
same_fields()
{
	awk -F '|' '
	NR == FNR { want[FNR] = $0; lines = FNR; next }
	FNR == 1 && $0 != want[1] { print "# other columns: " $0; exit }
	{
		n = split(want[1], name, "|")
		split(want[FNR], w, "|")
		for (i = 1; i <= n; i++)
			if (w[i] != $i)
				printf "# packet %d: %s is `%s` for tshark, `%s` for refnic\n",
					FNR - 1, name[i], w[i], $i
		seen = FNR
	}
	END { if (seen != lines) printf "# %d lines instead of %d\n", seen, lines }' "$2" "$3" >differences
	if [ -s differences ]; then
		not_ok "$1"
		head -n 30 differences
	else
		ok "$1"
	fi
}

# ---- everything that tshark prints ----

check compile-oracle "$MDESCC" -I "$MDESC_INCLUDE" --emit=image -o oracle.fw \
	"$MDESC_SRC/tests/tshark/oracle.mdesc" || finish

for capture in stack.pcap stack.pcapng; do
	if ! "$MDESC_SRC/tests/captures/tshark.sh" "$MDESC_SRC/tests/captures/$capture" >tshark.raw 2>err; then
		not_ok "tshark-$capture" "tests/captures/tshark.sh fails"
		diag_file err
		continue
	fi
	decimal <tshark.raw >expected
	columns=$(head -n 1 expected | tr '|' ' ' | sed 's/vlan\.\(tpid\|id\|priority\)/&*/g')
	# shellcheck disable=SC2086
	"$fields" oracle.fw "$MDESC_SRC/tests/captures/$capture" $columns >came 2>err || diag_file err
	same_fields "every-field-$capture" expected came
	lines=$(wc -l <expected)
	[ "$lines" -gt 100 ] || not_ok "packets-$capture" "only $lines lines"
done

# A column that is empty everywhere compares nothing.
empty_columns()
{
	awk -F '|' 'NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; n = NF; next }
		{ for (i = 1; i <= NF; i++) if ($i != "") seen[i] = 1 }
		END { for (i = 1; i <= n; i++) if (!seen[i]) printf "%s ", name[i] }'
}
equal every-column-has-values "" "$(empty_columns <expected)"

# ---- the protocols that the kernel's own traffic does not have ----

# What refnic's columns are called, and how tshark gives them: a list (*), or the first of several.
protocol_columns='mpls.label* mpls.exp* mpls.bottom* mpls.ttl*
	llc.dsap llc.ssap llc.control llc.oui llc.type
	pppoe.session_id pppoe.payload_length ppp.protocol
	ipv6.hopopts.nxt ipv6.hopopts.len ipv6.routing.nxt ipv6.routing.type ipv6.routing.segleft
	ipv6.dstopts.nxt ipv6.fraghdr.nxt ipv6.fraghdr.offset ipv6.fraghdr.more ipv6.fraghdr.ident
	ah.next_header ah.length ah.spi ah.sequence esp.spi esp.sequence
	sctp.srcport sctp.dstport sctp.verification_tag sctp.chunk_type sctp.chunk_length
	gre.proto gre.checksum gre.key gre.sequence_number vxlan.vni
	geneve.version geneve.vni geneve.proto_type geneve.option.class* geneve.option.type*
	gtp.message gtp.length gtp.teid gtp.seq_number gtp.npdu_number
	tcp.options.mss_val tcp.options.wscale.shift tcp.options.timestamp.tsval tcp.options.timestamp.tsecr'

# tshark_columns CAPTURE: what tshark reads in these columns.
tshark_columns()
{
	local column fields=()

	for column in $protocol_columns; do
		fields+=(-e "${column%\*}")
	done
	tshark -n -r "$1" -T fields "${fields[@]}" -E header=y -E separator='|' -E occurrence=a -E aggregator=, \
		-E quote=n -o ip.defragment:FALSE -o ipv6.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE |
		sed 's/\<True\>/1/g; s/\<False\>/0/g' | decimal
}

capture=$MDESC_SRC/tests/captures/protocols.pcap
if check compile-protocols "$MDESCC" -I "$MDESC_INCLUDE" --emit=image -o protocols.fw \
	"$MDESC_SRC/tests/tshark/protocols.mdesc"; then
	tshark_columns "$capture" >protocols 2>err || diag_file err
	# shellcheck disable=SC2086
	"$fields" protocols.fw "$capture" $protocol_columns >came 2>err || diag_file err
	same_fields every-protocol protocols came
	lines=$(wc -l <protocols)
	[ "$lines" -gt 50 ] || not_ok every-protocol-packets "only $lines lines"
	equal every-protocol-has-values "" "$(empty_columns <protocols)"
fi
if command -v python3 >/dev/null; then
	python3 "$MDESC_SRC/tests/captures/protocols.py" again.pcap && same protocols-again "$capture" again.pcap
else
	skip protocols-again python3 "the capture is made with it"
fi

# ---- the shipped firmwares ----

# What mynic writes, by tshark: type, saddr, protocol, ttl, offset of what follows.
mynic_expected()
{
	awk -F '|' -v OFS='|' -v tags_max="$1" '
	NR == 1 {
		for (i = 1; i <= NF; i++)
			c[$i] = i
		print "frame.number", "parser.error", "pkt_type", "l3.v4.saddr", "l3.v4.protocol",
			"l3.v4.ttl", "l3.v4.l4_offset", "l3.v6.saddr_low", "l3.v6.next_header",
			"l3.v6.hop_limit", "l3.v6.l4_offset", "l3.arp.sender_ip", "l3.arp.operation"
		next
	}
	function ip4(s,   b) {
		split(s, b, ".")
		return sprintf("%.0f", ((b[1] * 256 + b[2]) * 256 + b[3]) * 256 + b[4])
	}
	# the last four bytes, as hexadecimal digits
	function ip6_low(s,   parts, n, hi, lo) {
		n = split(s, parts, ":")
		lo = parts[n]
		hi = n > 1 ? parts[n - 1] : ""
		return substr("0000" hi, length(hi) + 1) substr("0000" lo, length(lo) + 1)
	}
	{
		tags = $c["vlan.id"] == "" ? 0 : split($c["vlan.id"], list, ",")
		l3 = 14 + 4 * tags
		v4 = v6 = arp = 0
		error = tags > tags_max ? 16 : 0
		if (!error) {
			v4 = $c["ip.version"] != ""
			v6 = $c["ipv6.version"] != ""
			arp = $c["arp.opcode"] != ""
		}
		print $c["frame.number"], error, v4 ? 2 : v6 ? 3 : arp ? 1 : 0,
			v4 ? ip4($c["ip.src"]) : "", v4 ? $c["ip.proto"] : "", v4 ? $c["ip.ttl"] : "",
			v4 ? l3 + $c["ip.hdr_len"] : "",
			v6 ? ip6_low($c["ipv6.src"]) : "", v6 ? $c["ipv6.nxt"] : "", v6 ? $c["ipv6.hlim"] : "",
			v6 ? l3 + 40 : "",
			arp ? ip4($c["arp.src.proto_ipv4"]) : "", arp ? $c["arp.opcode"] : ""
	}' expected
}

image=$MDESC_BUILD/firmware-descs/mynic/mynic-1.4.fw
if [ -f "$image" ]; then
	mynic_expected 2 >mynic
	columns=$(head -n 1 mynic | tr '|' ' ')
	# shellcheck disable=SC2086
	"$fields" "$image" "$MDESC_SRC/tests/captures/stack.pcap" $columns >came 2>err || diag_file err
	same_fields mynic-1.4 mynic came
else
	not_ok mynic-1.4 "there is no $image"
fi
finish

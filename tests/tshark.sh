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
	$c["ip.ttl"] == "" { $c["ip.version"] = "" }
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
empty=$(awk -F '|' 'NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; n = NF; next }
	{ for (i = 1; i <= NF; i++) if ($i != "") seen[i] = 1 }
	END { for (i = 1; i <= n; i++) if (!seen[i]) printf "%s ", name[i] }' expected)
equal every-column-has-values "" "$empty"

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

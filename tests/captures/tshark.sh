#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# tshark.sh: what tshark reads in the headers of each packet of a capture, as an oracle for our own parsers.
#
# Takes a capture (pcap or pcapng). Gives a first line with the names of the fields (see `shown` below), then one line
# for each packet, values separated by `|`, empty where the packet has no such field.
#
# - Only the outer packet counts when there is a packet in a packet (ICMP errors): TCP, UDP and ICMP fields are given
#   only when they belong to the first IP header.
# - vlan.tpid, vlan.id and vlan.priority are lists with `,` between the values, one for each tag from the outermost
#   on, 802.1ad and 802.1q alike; vlan.etype is the EtherType after the last tag. Without tags all four are empty.
# - Of fragments, only the first shows fields above IP.
# - Numbers are decimal, or hexadecimal with 0x. frame.time_epoch is in seconds with nanoseconds; ip.frag_offset in
#   units of 8 bytes; ip.hdr_len and tcp.hdr_len in bytes.
#
# Each packet is read for itself: no reassembly, no conversations, no guessing of protocols above the ports, no names.
#
# usage: tshark.sh CAPTURE              Exit 77 without tshark (4.0 or newer).

set -eu
export LC_ALL=C TZ=UTC
[ $# -eq 1 ] || { echo "usage: tshark.sh CAPTURE" >&2; exit 2; }
command -v tshark > /dev/null || { echo "tshark.sh: tshark is missing" >&2; exit 77; }

shown="frame.number frame.time_epoch frame.len eth.dst eth.src eth.type
	vlan.tpid vlan.id vlan.priority vlan.etype
	arp.opcode arp.src.hw_mac arp.src.proto_ipv4 arp.dst.proto_ipv4
	ip.version ip.hdr_len ip.dsfield ip.len ip.id ip.flags.mf ip.frag_offset ip.ttl ip.proto ip.src ip.dst
	ipv6.version ipv6.tclass ipv6.flow ipv6.plen ipv6.nxt ipv6.hlim ipv6.src ipv6.dst
	tcp.srcport tcp.dstport tcp.seq_raw tcp.hdr_len tcp.flags
	udp.srcport udp.dstport udp.length
	icmp.type icmp.code icmpv6.type icmpv6.code"
# vlan.tpid is our own; these are read besides
hidden="frame.protocols ieee8021ad.id ieee8021ad.priority"

fields=
for field in $hidden $shown; do
	[ "$field" = vlan.tpid ] || fields="$fields -e $field"
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

tshark -n -r "$1" -T fields $fields -E header=y -E separator='|' -E occurrence=a -E aggregator=, -E quote=n \
	-o ip.defragment:FALSE -o ipv6.defragment:FALSE -o ip.tso_support:FALSE \
	-o ip.check_checksum:FALSE -o tcp.check_checksum:FALSE -o udp.check_checksum:FALSE \
	-o tcp.desegment_tcp_streams:FALSE -o tcp.analyze_sequence_numbers:FALSE \
	-o tcp.try_heuristic_first:FALSE -o udp.try_heuristic_first:FALSE \
	> "$scratch/fields" 2> "$scratch/errors" || { cat "$scratch/errors" >&2; exit 1; }

awk -F '|' -v shown="$shown" '
function get(name) { return (name in column) ? $column[name] : "" }
function append(list, value) { return list == "" ? value : list "," value }

# The tags from the outermost on: tshark has those of 802.1ad and of 802.1q in fields of different names.
function read_tags(   i, n, q, ad, types, q_ids, q_prios, ad_ids, ad_prios) {
	tpid = id = priority = etype = ""
	n = split(get("vlan.etype"), types, ",")
	split(get("vlan.id"), q_ids, ",")
	split(get("vlan.priority"), q_prios, ",")
	split(get("ieee8021ad.id"), ad_ids, ",")
	split(get("ieee8021ad.priority"), ad_prios, ",")
	for (i = 1; i <= protocols; i++) {
		if (protocol[i] == "ieee8021ad") {
			tpid = append(tpid, "0x88a8")
			id = append(id, ad_ids[++ad])
			priority = append(priority, ad_prios[ad])
			etype = ""
		} else if (protocol[i] == "vlan") {
			tpid = append(tpid, tpid == "" ? get("eth.type") : etype == "" ? "0x8100" : etype)
			id = append(id, q_ids[++q])
			priority = append(priority, q_prios[q])
			etype = types[q]
		} else if (tpid != "" && etype == "" && protocol[i] in ethertype) {
			etype = ethertype[protocol[i]]
		}
	}
}

# The protocol right above the first IP header (IPv6 extension headers skipped), if it is one that we show.
function read_upper(   i, seen_ip) {
	upper = ""
	for (i = 1; i <= protocols; i++) {
		if (protocol[i] == "ip" || protocol[i] == "ipv6") {
			if (seen_ip++)
				return
		} else if (seen_ip && protocol[i] ~ /^(tcp|udp|icmp|icmpv6)$/) {
			upper = protocol[i]
			return
		}
	}
}

function value(name,   list) {
	if (name == "vlan.tpid")
		return tpid
	if (name == "vlan.id")
		return id
	if (name == "vlan.priority")
		return priority
	if (name == "vlan.etype")
		return tpid == "" ? "" : etype
	if (name ~ /^(tcp|udp|icmp|icmpv6)\./ && name !~ "^" upper "\\.")
		return ""
	split(get(name), list, ",")
	sub(/^True$/, "1", list[1])		# newer versions write booleans so
	sub(/^False$/, "0", list[1])
	return list[1]
}

NR == 1 {
	for (i = 1; i <= NF; i++)
		column[$i] = i
	fields = split(shown, field, /[ \t\n]+/)
	for (i = 1; i <= fields; i++)
		printf "%s%s", field[i], i < fields ? "|" : "\n"
	ethertype["ip"] = "0x0800"
	ethertype["ipv6"] = "0x86dd"
	ethertype["arp"] = "0x0806"
	next
}

{
	protocols = split(get("frame.protocols"), protocol, ":")
	read_tags()
	read_upper()
	for (i = 1; i <= fields; i++)
		printf "%s%s", value(field[i]), i < fields ? "|" : "\n"
}' "$scratch/fields"

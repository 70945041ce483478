#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# record.sh: record stack.pcapng and stack.pcap anew, the traffic of a real kernel's network stack.
#
# Makes two network namespaces with four links between them (untagged, and one, two and three VLAN tags), lets them
# talk, captures at one end, and takes all of it away again. Gives both captures, or an error when a kind of packet
# that the tests count on is not among them; README.md tells what is in there. Touches nothing outside its
# namespaces. Takes some 15 seconds; each step is bounded in time, the captures in packets.
#
# usage: record.sh [-o FOLDER]          where the captures go; by default, beside this script
# Needs: root; ip, tc, ethtool, ping, socat, tcpdump, tshark with mergecap and editcap, perl, clang, libbpf's headers.

set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
out=$here
max_packets=100		# of each link
port=50007		# of the echo servers
closed=50099		# nobody listens here
links="0 1 2 3"		# link N has N tags

die()
{
	echo "record.sh: $*" >&2
	exit 1
}

while getopts o: opt; do
	case $opt in
	o) out=$(cd "$OPTARG" && pwd) ;;
	*) echo "usage: record.sh [-o FOLDER]" >&2; exit 2 ;;
	esac
done
for tool in ip tc ethtool ping socat tcpdump tshark mergecap editcap perl clang; do
	command -v "$tool" > /dev/null || die "$tool is missing"
done
[ "$(id -u)" -eq 0 ] || die "needs root, to make network namespaces"

near=mdesc-near-$$
far=mdesc-far-$$
pids=
scratch=$(mktemp -d)
finish()
{
	[ -z "$pids" ] || kill $pids 2> /dev/null || :
	ip netns del "$near" 2> /dev/null || :
	ip netns del "$far" 2> /dev/null || :
	rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# One end of link N: nothing offloaded, so that frames are captured as they are on a wire, and its tags.
end_prepare() # NAMESPACE N
{
	ip netns exec "$1" ethtool -K "link$2" tx off rx off sg off tso off gso off gro off txvlan off rxvlan off \
		> /dev/null
	ip -n "$1" link set "link$2" mtu $((1500 - 4 * $2)) up
	[ "$2" -gt 0 ] || return 0
	tc -n "$1" qdisc add dev "link$2" clsact
	tc -n "$1" filter add dev "link$2" egress bpf da object-file "$scratch/tags.o" section "push$2"
	tc -n "$1" filter add dev "link$2" ingress bpf da object-file "$scratch/tags.o" section pop
}

# Fixed MAC addresses; IPv4 192.0.2.(64 N + 1) and + 2, IPv6 2001:db8:N::1 and ::2.
links_make()
{
	ip netns add "$near"
	ip netns add "$far"
	ip -n "$near" link set lo up
	ip -n "$far" link set lo up
	for n in $links; do
		ip -n "$near" link add "link$n" address "02:00:5e:00:53:1$n" type veth \
			peer name "link$n" address "02:00:5e:00:53:2$n" netns "$far"
		ip -n "$far" link set "link$n" addrgenmode none
		end_prepare "$near" "$n"
		end_prepare "$far" "$n"
	done
}

# Only now, while the capture runs, so that it sees duplicate address detection and multicast reports.
addresses_add()
{
	for n in $links; do
		ip -n "$near" address add "192.0.2.$((64 * n + 1))/26" dev "link$n"
		ip -n "$far" address add "192.0.2.$((64 * n + 2))/26" dev "link$n"
		ip -n "$near" address add "2001:db8:$n::1/64" dev "link$n"
		ip -n "$far" address add "2001:db8:$n::2/64" dev "link$n"
	done
	ip -n "$far" address add 198.51.100.1/32 dev lo
	ip -n "$near" route add default via 192.0.2.2
	ip -n "$far" route add 203.0.113.0/25 dev link1
	ip netns exec "$far" sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
}

capture_start()
{
	for n in $links; do
		ip netns exec "$near" tcpdump -Z root -i "link$n" -s 0 --immediate-mode -U -n -c "$max_packets" \
			--time-stamp-precision=nano -w "$scratch/link$n.pcap" 2> "$scratch/tcpdump$n" &
		pids="$pids $!"
	done
	for n in $links; do
		for try in 1 2 3 4 5 6 7 8 9 10; do
			grep -q 'listening on' "$scratch/tcpdump$n" && break
			sleep 0.2
		done
		[ "$try" -lt 10 ] || die "tcpdump did not start: $(cat "$scratch/tcpdump$n")"
	done
}

servers_start()
{
	for listen in TCP4-LISTEN:$port,reuseaddr TCP6-LISTEN:$port,reuseaddr,ipv6only UDP4-RECVFROM:$port \
		      UDP6-RECVFROM:$port,ipv6only; do
		ip netns exec "$far" timeout 60 socat "$listen,fork" PIPE 2> /dev/null &
		pids="$pids $!"
	done
}

# Peers that answer with an error are wanted too, so a command that fails is not the end.
talk()
{
	ip netns exec "$near" timeout 3 "$@" > /dev/null 2>&1 || :
}

# Send some bytes to an echo server (or a closed port) and wait half a second for the answer.
say() # BYTES SOCAT-ADDRESS
{
	head -c "$1" /dev/zero | tr '\0' m | talk socat -t 0.5 - "$2"
}

traffic_plain()
{
	talk ping -c 2 -i 0.2 192.0.2.2
	talk ping -c 2 -i 0.2 2001:db8:0::2
	talk ping -c 1 198.51.100.1
	talk ping -c 1 -R 192.0.2.2			# record route: 40 bytes of options
	talk ping -c 1 -T tsonly 192.0.2.2		# time stamps
	talk ping -c 1 -s 3000 192.0.2.2		# three fragments
	talk ping -c 1 -s 3000 2001:db8:0::2
	talk ping -c 1 -Q 0xb8 -t 9 192.0.2.2		# traffic class, time to live
	talk ping -c 1 -W 1 203.0.113.129		# net unreachable
	talk ping -c 1 -W 1 -t 1 203.0.113.1		# time exceeded
	say 2000 "TCP4:192.0.2.2:$port,sourceport=40001"
	say 2000 "TCP6:[2001:db8:0::2]:$port,sourceport=40002"
	say 100 "UDP4:192.0.2.2:$port,sourceport=40003"
	say 100 "UDP6:[2001:db8:0::2]:$port,sourceport=40004"
	say 2000 "UDP4:192.0.2.2:$port,sourceport=40005"	# fragments that start with a UDP header
	say 1 "UDP4:192.0.2.2:$port,sourceport=40006"
	say 20 "UDP4:192.0.2.2:$closed,sourceport=40007"	# port unreachable
	say 20 "UDP6:[2001:db8:0::2]:$closed,sourceport=40008"
	say 20 "TCP4:192.0.2.2:$closed,sourceport=40009"	# reset
}

traffic_tagged() # N
{
	talk ping -c 1 "192.0.2.$((64 * $1 + 2))"
	talk ping -c 1 "2001:db8:$1::2"
	talk ping -c 1 -s 2000 "192.0.2.$((64 * $1 + 2))"
	say 20 "TCP4:192.0.2.$((64 * $1 + 2)):$port,sourceport=4010$1"
	say 20 "UDP4:192.0.2.$((64 * $1 + 2)):$port,sourceport=4020$1"
	say 20 "TCP6:[2001:db8:$1::2]:$port,sourceport=4030$1"
	say 20 "UDP6:[2001:db8:$1::2]:$port,sourceport=4040$1"
}

# Each kind of packet that the tests count on, as tshark's filter.
expect()
{
	while read -r filter; do
		[ -n "$(tshark -n -o ip.defragment:FALSE -r "$scratch/stack.pcapng" -c 400 -Y "$filter" \
			2> /dev/null)" ] ||
			die "recorded no packet with: $filter"
	done <<-END
		arp.opcode == 1
		arp.opcode == 2
		icmpv6.type == 135
		icmpv6.type == 136
		icmpv6.type == 143 && ipv6.hopopts
		icmp.type == 8 && !vlan
		icmpv6.type == 128 && !vlan
		ip.hdr_len == 60
		ip.opt.time_stamp
		ip.flags.mf == 1 && ip.frag_offset == 0 && udp
		ip.flags.mf == 1 && ip.frag_offset > 0
		ipv6.fraghdr.more == 1
		ip.dst == 198.51.100.1
		tcp.flags.syn == 1 && ip && !vlan && !ieee8021ad
		tcp.flags.fin == 1 && ipv6 && !vlan && !ieee8021ad
		tcp.flags.reset == 1
		udp.srcport == $port && ip
		udp.srcport == $port && ipv6
		icmp.type == 3 && icmp.code == 3
		icmp.type == 3 && icmp.code == 0
		icmp.type == 11
		icmpv6.type == 1 && icmpv6.code == 4
		eth.type == 0x8100 && vlan.id == 10 && arp
		eth.type == 0x8100 && vlan.id == 10 && tcp
		eth.type == 0x8100 && vlan.id == 10 && ipv6
		eth.type == 0x88a8 && vlan.id == 10 && tcp
		eth.type == 0x88a8 && vlan.id == 10 && ipv6
		eth.type == 0x88a8 && vlan.id == 20 && vlan.id == 30 && udp
	END
}

clang -O2 -g -Wall -target bpf -I"/usr/include/$(uname -m)-linux-gnu" -c "$here/tags.bpf.c" -o "$scratch/tags.o"
links_make
capture_start
addresses_add
servers_start
sleep 2.5			# duplicate address detection
traffic_plain
for n in $links; do
	[ "$n" -eq 0 ] || traffic_tagged "$n"
done
sleep 0.5
kill $pids 2> /dev/null || :
wait 2> /dev/null || :
pids=

cd "$scratch"
mergecap -F pcapng -I none -w merged link0.pcap link1.pcap link2.pcap link3.pcap
# Its section header tells about the machine: replaced by one without options.
perl -0777 -pe 'substr($_, 0, unpack("x4 V", $_)) = pack("V3 v2 V3", 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0, ~0, ~0, 28)' \
	merged > stack.pcapng
editcap -F pcap stack.pcapng stack.pcap 2> /dev/null
expect
cp stack.pcapng stack.pcap "$out/"
capinfos -c -s -M "$out/stack.pcapng" "$out/stack.pcap" >&2

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# attach.sh SRC BUILD TMP: what a packet pays for metadata, made in software or there already, against a program that
# parses the packet itself and one that asks the driver's calls; without what an empty program takes. By test runs of
# the kernel (cost.c), where all is in the caches; and on a veth, with packets from its other end, by the kernel's own
# measure of programs (kernel.bpf_stats_enabled), which is of the whole chain.
set -eu
if [ "${4:-}" != inside ]; then
	for command in clang bpftool ip python3; do
		command -v $command >/dev/null || { echo "| attaching | | | left out: no $command | |"; exit 0; }
	done
	unshare -nm true 2>/dev/null || { echo "| attaching | | | left out: no network namespaces here | |"; exit 0; }
	exec unshare -nm "$0" "$1" "$2" "$3" inside
fi
src=$1 build=$2 tmp=$3 fs=$3/bpf-attach
packets=200000 rounds=3
mkdir -p "$fs"
mount -t bpf bpf "$fs"
before=$(sysctl -n kernel.bpf_stats_enabled)
trap 'sysctl -qw kernel.bpf_stats_enabled="$before"; umount "$fs"' EXIT
ip link add a0 type veth peer name a1
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 2>/dev/null || true
ip link set a0 up
ip link set a1 up
"$build/mdescc" -I "$src/firmware-descs" -d "$tmp" --emit=xdp,header,image "$src/tests/bench/deep.mdesc"
clang -target bpf -O2 -g -c "$tmp/deep.xdp.c" -o "$tmp/w.o"
flags=(-target bpf -std=gnu11 -O2 -g "-I$src/include" "-I$tmp" -idirafter "/usr/include/$(uname -m)-linux-gnu")
clang "${flags[@]}" -c "$src/tests/bench/attach.bpf.c" -o "$tmp/user.o"
clang "${flags[@]}" -DKFUNCS -c "$src/tests/bench/attach.bpf.c" -o "$tmp/kfuncs.o"

# ---- packets ----

# packet KIND: in hexadecimal
packet()
{
	python3 - "$1" <<-'END'
	import sys
	def ip4(protocol, payload):
	    return "4500%04x0000000040%02x00000a0000010a000002" % (20 + len(payload) // 2, protocol) + payload
	def ip6(next_header, payload):
	    address = "fd" + 14 * "00" + "01"
	    return "60000000%04x%02x40" % (len(payload) // 2, next_header) + 2 * address + payload
	def udp(port, payload):
	    return "0005%04x%04x0000" % (port, 8 + len(payload) // 2) + payload
	def ethernet(kind, payload):
	    return "020000000002020000000001" + kind + payload
	tags = "0001" "8100" "0002"
	end = 40 * "00"
	print({
	    "IPv4": ethernet("0800", ip4(17, udp(6, end))),
	    "IPv4 behind two tags": ethernet("88a8", tags + "0800" + ip4(17, udp(6, end))),
	    "IPv6 with three extension headers": ethernet("86dd", ip6(0, "2b00" + 6 * "00" + "3c00" + 6 * "00" +
	                                                              "1101" + 14 * "00" + udp(6, end))),
	    "IPv4 in VXLAN behind two tags": ethernet("88a8", tags + "0800" + ip4(17, udp(4789, "0800000000000700" +
	                                              ethernet("0800", ip4(6, end))))),
	}[sys.argv[1]])
	END
}

# ---- on a veth ----

send()
{
	python3 - "$1" $packets <<-'END'
	import socket, sys, time
	s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
	s.bind(("a0", 0))
	p = bytes.fromhex(sys.argv[1])
	for n in range(int(sys.argv[2])):
	    s.send(p)
	    if n % 100 == 99:
	        time.sleep(0.0002)
	END
}

# cost ID PACKET: ns a packet of a program that is on the interface
cost()
{
	local a b
	a=$(stat_of "$1")
	send "$2"
	b=$(stat_of "$1")
	echo "$a $b" | awk '{ printf "%.0f\n", ($3 - $1) / ($4 - $2) }'
}

stat_of()
{
	bpftool -j prog show id "$1" | python3 -c 'import json, sys; p = json.load(sys.stdin)
print(p.get("run_time_ns", 0), p.get("run_cnt", 0))'
}

id_of()
{
	bpftool -j prog show pinned "$1" | sed 's/.*"id":\([0-9]*\).*/\1/'
}

# alone PROGRAM PACKET
alone()
{
	ip link set dev a1 xdpdrv pinned "$fs/alone/$1"
	cost "$(id_of "$fs/alone/$1")" "$2"
	ip link set dev a1 xdpdrv off
}

# on IFACE WRITER OPTION...: attaches
on()
{
	local iface=$1 writer=$2
	shift 2
	"$build/mdesc" attach --bpffs "$fs" --image "$tmp/deep.fw" --writer "$writer" "$@" "$iface" >/dev/null \
		2>"$tmp/err" || cat "$tmp/err" >&2
}

# attached PACKET WRITER OPTION...
attached()
{
	local packet=$1
	shift
	on a1 "$@"
	cost "$("$build/mdesc" status -j --bpffs "$fs" a1 | sed -n 's/.*"writer_id": \([0-9]*\).*/\1/p')" "$packet"
	"$build/mdesc" detach --bpffs "$fs" a1 >/dev/null
}

# ---- rows ----

# row TEXT OURS THEIRS RUNS
row()
{
	echo "$2 $3" | awk -v text="$1" -v runs="$4" \
		'{ printf "| %s | %s ns | %s ns | %.2f | %s |\n", text, $1, $2, $1 ? $2 / $1 : 0, runs }'
}

# rows WHAT RUNS READS PARSE USED ALL: without what an empty program takes
rows()
{
	[ -z "$3" ] || row "$1: reading metadata that is there; theirs: a program that parses" "$3" "$4" "$2"
	row "$1: writer of what is read, tail call, program; theirs: a program that parses" "$5" "$4" "$2"
	row "$1: writer with clock and hash, tail call, program; theirs: a program that parses" "$6" "$4" "$2"
}

kinds=("IPv4" "IPv4 behind two tags" "IPv6 with three extension headers" "IPv4 in VXLAN behind two tags")
bpftool prog loadall "$tmp/user.o" "$fs/alone" type xdp

# waits NAME OPTION...: on an interface of its own, for test runs
waits()
{
	ip link add "w-$1" type veth peer name "p-$1"
	ip link set "w-$1" up
	on "w-$1" "$tmp/w.o" --no-kfuncs --prog "$tmp/user.o:reads" "${@:2}"
	at=$(echo "$fs"/mdesc/w-"$1"*/current)
}

waits used --sources=used
used_writer=$at/writer
waits all
all_writer=$at/writer
waits plain --no-verdicts
reader=$at/program
for kind in "${kinds[@]}"; do
	read -r parse used all reads <<<"$("$build/tests/bench/cost" "$(packet "$kind")" "$fs/alone/empty" \
		"$fs/alone/parse" "$used_writer" "$all_writer" -- "$reader")"
	rows "$kind" 61 "$reads" "$parse" "$used" "$all"
done
for i in used all plain; do
	"$build/mdesc" detach --bpffs "$fs" "w-$i" >/dev/null
done

sysctl -qw kernel.bpf_stats_enabled=1
for kind in "${kinds[@]}"; do
	p=$(packet "$kind")
	for ((i = 0; i < rounds; i++)); do
		alone empty "$p" >&3
		alone parse "$p" >&4
		attached "$p" "$tmp/w.o" --no-kfuncs --sources=used --prog "$tmp/user.o:reads" >&5
		attached "$p" "$tmp/w.o" --no-kfuncs --prog "$tmp/user.o:reads" >&6
		attached "$p" "$tmp/w.o" --prog "$tmp/user.o:reads" >&7
		attached "$p" "$tmp/kfuncs.o" --prog "$tmp/user.o:empty" >&8
	done 3>"$tmp/3" 4>"$tmp/4" 5>"$tmp/5" 6>"$tmp/6" 7>"$tmp/7" 8>"$tmp/8"
	for i in 3 4 5 6 7 8; do
		sort -n "$tmp/$i" | sed -n "$((rounds / 2 + 1))p"
	done | paste -s | {
		read -r empty parse used all bound kfuncs
		rows "on a veth, $kind" $rounds "" $((parse - empty)) $((used - empty)) $((all - empty))
		row "on a veth, $kind: all, asking the driver; theirs: the driver's timestamp and hash alone" \
			$((bound - empty)) $((kfuncs - empty)) $rounds
	}
done

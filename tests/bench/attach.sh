#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# attach.sh SRC BUILD TMP: what a packet pays for metadata that is made in software, against a program that parses the
# packet itself and one that asks the driver's calls. On a veth, with packets from its other end, by the kernel's own
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
image=$build/firmware-descs/mynic/mynic-1.4.fw
packets=200000
mkdir -p "$fs"
mount -t bpf bpf "$fs"
before=$(sysctl -n kernel.bpf_stats_enabled)
trap 'sysctl -qw kernel.bpf_stats_enabled="$before"; umount "$fs"' EXIT
sysctl -qw kernel.bpf_stats_enabled=1
ip link add a0 type veth peer name a1
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 2>/dev/null || true
ip link set a0 up
ip link set a1 up
"$build/mdescc" -I "$src/firmware-descs" --emit=xdp -o "$tmp/w.c" "$src/firmware-descs/mynic/mynic-1.4.mdesc"
clang -target bpf -O2 -g -c "$tmp/w.c" -o "$tmp/w.o"
flags=(-target bpf -std=gnu11 -O2 -g "-I$src/include" "-I$build/firmware-descs" -idirafter
	"/usr/include/$(uname -m)-linux-gnu")
clang "${flags[@]}" -c "$src/tests/bench/attach.bpf.c" -o "$tmp/user.o"
clang "${flags[@]}" -DKFUNCS -c "$src/tests/bench/attach.bpf.c" -o "$tmp/kfuncs.o"

# ipv4 TAGS: a packet of UDP behind so many VLAN tags, in hexadecimal
ipv4()
{
	local i tags=

	for ((i = 0; i < $1; i++)); do tags+=81000001; done
	printf '020000000002020000000001%s0800450000320000000040110000' "$tags"
	printf '0a0000010a0000020005000600260000%044d\n' 0
}

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

# alone PROGRAM PACKET
alone()
{
	local ns

	bpftool prog loadall "$tmp/user.o" "$fs/alone" type xdp
	ip link set dev a1 xdpdrv pinned "$fs/alone/$1"
	ns=$(cost "$(bpftool -j prog show pinned "$fs/alone/$1" | sed 's/.*"id":\([0-9]*\).*/\1/')" "$2")
	ip link set dev a1 xdpdrv off
	rm -r "$fs/alone"
	echo "$ns"
}

# attached PACKET WRITER OPTION...
attached()
{
	local packet=$1 writer=$2 ns
	shift 2
	"$build/mdesc" attach --bpffs "$fs" --image "$image" --writer "$writer" "$@" a1 >/dev/null 2>"$tmp/err" ||
		cat "$tmp/err" >&2
	ns=$("$build/mdesc" status -j --bpffs "$fs" a1 | sed -n 's/.*"writer_id": \([0-9]*\).*/\1/p')
	ns=$(cost "$ns" "$packet")
	"$build/mdesc" detach --bpffs "$fs" a1 >/dev/null
	echo "$ns"
}

for tags in 0 2; do
	p=$(ipv4 $tags)
	what=IPv4
	[ $tags = 0 ] || what="IPv4 behind two tags"
	empty=$(alone empty "$p")
	parse=$(alone parse "$p")
	soft=$(attached "$p" "$tmp/w.o" --no-kfuncs --prog "$tmp/user.o:reads")
	bound=$(attached "$p" "$tmp/w.o" --prog "$tmp/user.o:reads")
	kfuncs=$(attached "$p" "$tmp/kfuncs.o" --prog "$tmp/user.o:empty")
	echo "| $what: an empty program | $empty ns | | | 1 |"
	echo "| $what: writer, stand-ins, tail call, program; theirs: a program that parses | $soft ns |" \
		"$parse ns | $(echo "$parse $soft" | awk '{ printf "%.1f", $1 / $2 }') | 1 |"
	echo "| $what: the same, asking the driver; theirs: the driver's timestamp and hash alone | $bound ns |" \
		"$kfuncs ns | $(echo "$kfuncs $bound" | awk '{ printf "%.1f", $1 / $2 }') | 1 |"
done

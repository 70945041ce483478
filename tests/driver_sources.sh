#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# What a driver can be asked for, on veth, which knows the VLAN tag that was taken off a packet and the packet's hash:
# the metadata has them where the writer may ask, and the stand-ins where it may not, where the driver does not know
# (packets that another interface's program sends here), and in generic mode.

. "$MDESC_SRC/tests/lib.sh"
need runtime bpf net clang bpf-programs python3 bpftool tc
if [ "${1:-}" != inside ]; then
	exec unshare --net --mount "$0" inside
fi
own_bpffs
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 2>/dev/null
ip link add a0 type veth peer name a1
ip link add b0 type veth peer name b1
for i in a0 a1 b0 b1; do
	ip link set $i up
done

cat >tags.mdesc <<'END'
mdesc 1;
device tags { driver "tags"; firmware "1"; }
source u64 rx_time unit "ns";
source u32 rx_hash;
source u16 vlan_tci;
source u16 vlan_proto;
header eth { u8 mac[12]; be16 type; }
metadata tags_metadata {
	u64 time = rx_time;
	u32 hash = rx_hash;
	u16 tci = vlan_tci;
	u16 proto = vlan_proto;
	u32 rest;
	u32 layout_id = layout.id;
}
parser tags_parser writes tags_metadata { start first; state first { extract eth; accept; } }
END
check image env MDESC_CLANG="$CLANG" "$MDESCC" -I "$MDESC_INCLUDE" --embed=xdp --emit=image -o tags.fw tags.mdesc
flags=(-target "${BPF_TARGET:-bpf}" -O2 -g -Wall -Werror -idirafter "/usr/include/$(uname -m)-linux-gnu")
check keep "$CLANG" "${flags[@]}" -c "$MDESC_SRC/tests/xdp/meta.bpf.c" -o keep.o
check redirect "$CLANG" "${flags[@]}" -DREDIRECT="$(ip -o link show a0 | cut -d : -f 1)" \
	-c "$MDESC_SRC/tests/xdp/meta.bpf.c" -o redirect.o

# What is sent into b0 comes out of a0, and so to a1.
check load bpftool prog loadall redirect.o "$fs/other"
check attach_redirect bpftool net attach xdpdrv pinned "$fs/other/redirect" dev b1
check clsact tc qdisc add dev a0 clsact
check attach_push tc filter add dev a0 egress bpf direct-action object-pinned "$fs/other/push"

m()
{
	local command=$1
	shift
	"$MDESC" "$command" --bpffs "$fs" "$@"
}

# kept: what the program keeps, a line for each packet: hash, TCI and type of the tag; a time of 0 is said
kept()
{
	bpftool -j map dump pinned "$(echo "$fs"/mdesc/a1*/current/maps/_bss)" | python3 -c 'import json, struct, sys
v = json.load(sys.stdin)[0]["formatted"]["value"]
k = [y for x in v[".bss"] for y in x.values()][0]
for words in k["meta"][:k["n"]]:
    time, rx_hash, tci, proto, rest, id = struct.unpack("<QIHHII", struct.pack("<6I", *words))
    print("%08x %#x %#x%s" % (rx_hash, tci, proto, "" if time else " without a time"))'
}

# packets NAME [FROM_A_PROGRAM]: one without a tag, one with each kind, and one that a program sends; what is kept of
# them is in the file `kept`
packets()
{
	local i n=0 tries

	for i in "a0 1 0 0" "a0 1 0 1" "a0 1 0 2" ${2:+"$2"}; do
		# shellcheck disable=SC2086 # several words
		"$MDESC_BUILD/tests/attach_cmd" send $i
		n=$((n + 1))
		for ((tries = 0; tries < 100; tries++)); do
			kept >kept
			[ "$(wc -l <kept)" -lt $n ] || break
			sleep 0.01
		done
	done
	equal "$1_all" $n "$(wc -l <kept)"
}

# attach NAME OPTION...: and what it says of sources
attach()
{
	local name=$1
	shift
	run_expect "$name" 0 m attach "$@" --image tags.fw --prog keep.o a1
	m status a1 >status
}

attach stand_ins --no-kfuncs
packets stand_ins "b0 1 1 0"
equal stand_ins_no_tags 4 "$(grep -c '^[0-9a-f]* 0x0 0x0$' kept)"
check stand_ins_hashes sh -c '! grep -q "^00000000" kept'
cp kept stand_ins
run_expect stand_ins_detach 0 m detach a1

attach generic --mode generic
# To a veth in generic mode no program can send.
packets generic
head -n 3 stand_ins >want
same generic_kept want kept
run_expect generic_detach 0 m detach a1

attach driver
if grep -q 'timestamp: driver, hash: driver, vlan: driver$' status; then
	packets driver "b0 1 1 0"
	cut -d ' ' -f 2- kept >tags
	printf '%s\n' '0x0 0x0' '0xa064 0x8100' '0x7d0 0x88a8' '0x0 0x0' >want
	same driver_tags want tags
	# The kernel's own hashes, whatever they are, but for the packet that comes without all that the kernel knows.
	check driver_hashes sh -c '! grep -q "^00000000" kept'
	equal driver_other_hashes "$(tail -n 1 stand_ins)" "$(cut -d ' ' -f 1 kept | grep -Ff - stand_ins)"
else
	skip driver vlan "this kernel's veth cannot be asked for tags"
fi
run_expect driver_detach 0 m detach a1
ip link set dev b1 xdpdrv off
tc qdisc del dev a0 clsact
rm -r "$fs/other"
check nothing_left test ! -e "$fs/mdesc"
umount "$fs"
finish

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# watch.sh SRC BUILD TMP: what mdesc watch costs a packet and how many it keeps up with. The writer of mynic 1.4 runs on
# one processor as fast as it can, over and over again with one packet (BPF_PROG_TEST_RUN), and watch on another.
set -eu
if [ "${4:-}" != inside ]; then
	for command in clang bpftool ip; do
		command -v $command >/dev/null || { echo "| watching | | | left out: no $command | |"; exit 0; }
	done
	unshare -nm true 2>/dev/null || { echo "| watching | | | left out: no network namespaces here | |"; exit 0; }
	exec unshare -nm "$0" "$1" "$2" "$3" inside
fi
src=$1 build=$2 tmp=$3
fs=$tmp/bpf runs=3
mkdir -p "$fs"
mount -t bpf bpf "$fs"
ip link add a0 type veth peer name a1
image=$build/firmware-descs/mynic/mynic-1.4.fw
"$build/mdescc" -I "$src/firmware-descs" --emit=xdp -o "$tmp/w.c" "$src/firmware-descs/mynic/mynic-1.4.mdesc"
clang -target bpf -O2 -g -c "$tmp/w.c" -o "$tmp/w.o"
"$build/mdesc" attach --bpffs "$fs" --no-kfuncs --image "$image" --writer "$tmp/w.o" \
	--prog "$build/bpf/layouts.bpf.o" a1 >/dev/null 2>&1
writer=$(echo "$fs"/mdesc/a1*/1/writer)
# IPv4 and UDP, 60 bytes
printf '\2\0\0\0\0\2\2\0\0\0\0\1\10\0\105\0\0\56\0\0\0\0\100\21\0\0\12\0\0\1\12\0\0\2\0\5\0\6\0\32\0\0' >"$tmp/packet"
head -c 18 /dev/zero >>"$tmp/packet"

median()
{
	sort -n | sed -n "$((runs / 2 + 1))p"
}

run()
{
	bpftool prog run pinned "$writer" repeat "$1" data_in "$tmp/packet"
}

# ns REPEAT: a packet, by the kernel's own measure
ns()
{
	run "$1" | sed -n 's/.*duration (average): \([0-9]*\)ns.*/\1/p'
}

# looked FILTER OPTION...: runs watch beside the writer; how many packets a second it looked at
looked()
{
	local filter=$1 watch traffic
	shift
	"$build/mdesc" watch --bpffs "$fs" --json --rate --seconds 1.2 "$@" a1 "$filter" >"$tmp/out" 2>/dev/null &
	watch=$!
	sleep 0.2
	bpftool prog run pinned "$writer" repeat 30000000 data_in "$tmp/packet" >/dev/null &
	traffic=$!
	wait $watch
	kill $traffic
	wait $traffic || true
	tail -n 1 "$tmp/out" | sed 's/.*"seconds": \([^,]*\), "packets": \([^,]*\), .*"missed": \([^}]*\)}}/\1 \2 \3/' |
		awk '{ printf "%.0f\n", ($2 - $3) / ($1 - 0.2) }'
}

bare=$(for _ in $(seq $runs); do ns 300000; done | median)
"$build/mdesc" watch --bpffs "$fs" a1 'l3.v4.ttl == 1' >/dev/null 2>&1 &
watch=$!
sleep 0.3
with=$(for _ in $(seq $runs); do ns 300000; done | median)
kill -INT $watch
wait $watch || true
echo "| writer and program, watched; theirs: not watched | $with ns | $bare ns | $(echo "$bare $with" |
	awk '{ printf "%.2f", $1 / $2 }') | $runs |"

# rate WHAT FILTER OPTION...
rate()
{
	local what=$1
	shift
	echo "| $what | $(for _ in $(seq $runs); do looked "$@"; done | median |
		awk '{ printf "%.2f million a second", $1 / 1e6 }') | | | $runs |"
}
rate "packets looked at, none passes" 'pkt_type == ipv4 && l3.v4.ttl == 1'
rate "packets printed, two fields as JSON" 1 --fields pkt_type,hash
rate "packets printed, all fields as JSON" 1
"$build/mdesc" detach --bpffs "$fs" a1 >/dev/null

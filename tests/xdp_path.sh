#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# What mdesc attach gives on a real path: two network namespaces joined by a veth pair. Pings, a TCP stream,
# datagrams, fragments, and frames of all kinds (VLAN tags, IPv6 extension headers, VXLAN, SNAP, cut and damaged ones,
# jumbo frames) come in with images' writers attached; a program sends every packet with its metadata to user space,
# where refnic makes the same metadata of the same bytes, or the test fails; then packets go on to TC, to another
# processor, to another interface, and what is seen there is what was in front of them. Nothing gets lost.

. "$MDESC_SRC/tests/lib.sh"
need runtime bpf net clang bpf-programs python3 ping nsenter
if [ "${1:-}" != inside ]; then
	exec unshare --net --mount "$0" inside
fi
case ${MDESC_TESTS:-normal} in
full) frames=20000 stream=20000000 ;;
normal) frames=5000 stream=5000000 ;;
*) frames=1000 stream=500000 ;;
esac

own_bpffs
# shellcheck disable=SC2207 # several words
flags=(-target "${BPF_TARGET:-bpf}" -std=gnu11 -g -O2 -Wall -Werror "-I$MDESC_SRC/include" "-I$MDESC_SRC/tests/xdp"
	$(pkg-config --cflags libbpf 2>/dev/null) -idirafter "/usr/include/$(uname -m)-linux-gnu")
check path "$CLANG" "${flags[@]}" -c "$MDESC_SRC/tests/xdp/path.bpf.c" -o path.o
check path_frags "$CLANG" "${flags[@]}" -DFRAGS -c "$MDESC_SRC/tests/xdp/path.bpf.c" -o frags.o
check seen "$CLANG" "${flags[@]}" -DSEEN -c "$MDESC_SRC/tests/xdp/path.bpf.c" -o seen.o

# ---- images with writers ----

# image NAME FILE: NAME.fw, which carries its writer
image()
{
	check "image-$1" env MDESC_CLANG="$CLANG" "$MDESCC" -I "$MDESC_INCLUDE" --emit=image --embed=xdp -o "$1.fw" \
		"$MDESC_SRC/firmware-descs/$2"
}

image mynic-1.4 mynic/mynic-1.4.mdesc
image mynic-2.0 mynic/mynic-2.0.mdesc
image virtio virtio_net/rx_hdr.mdesc

# ---- the wire ----

unshare --net sleep 1000 &
other=$!
trap 'kill $other $server 2>/dev/null' EXIT
server=
there=(nsenter --net="/proc/$other/ns/net")
for _ in $(seq 100); do
	[ "$(readlink "/proc/$other/ns/net")" != "$(readlink /proc/self/ns/net)" ] && break
	sleep 0.05
done
ip link add p0 netns "$other" type veth peer name p1
ip link add q0 type veth peer name q1
ip link set p1 address 02:00:00:00:00:02
ip addr add 10.99.0.2/24 dev p1
ip link set p1 up
ip link set q0 up
ip link set q1 up
"${there[@]}" sh -c 'ip addr add 10.99.0.1/24 dev p0 && ip link set p0 up && ip link set lo up'
check plain "${there[@]}" python3 "$MDESC_SRC/tests/xdp_path.py" plain p0
python3 "$MDESC_SRC/tests/xdp_path.py" serve >serve.out 2>&1 &
server=$!

# wait_for FILE: until it has a line `ready`
wait_for()
{
	local i

	for i in $(seq 600); do
		grep -q '^ready' "$1" 2>/dev/null && return 0
		sleep 0.05
	done
	not_ok "ready-$1" "$i times"
}
wait_for serve.out

seed=0
# run LABEL WAY MTU OBJECT IMAGE SOURCES ATTACH_OPTION...: attaches, sends, compares, detaches
run()
{
	local label=$1 way=$2 mtu=$3 obj=$4 img=$5 sources=$6 pid
	shift 6
	seed=$((seed + 1))
	run_expect "$label-attach" 0 "$MDESC" attach --bpffs "$fs" --image "$img.fw" \
		--prog "$obj:path" "$@" p1 || return
	# shellcheck disable=SC2086 # several words
	"$MDESC_BUILD/tests/xdp_path" p1 "$fs" "$way" seen.o q0 q1 "$label" $sources >"$label.out" 2>&1 &
	pid=$!
	wait_for "$label.out"
	if [ "$way" = pass ] || [ "$way" = strip ] || [ "$way" = cpu ]; then
		check "$label-ping" "${there[@]}" ping -q -c 5 -i 0.01 -W 10 10.99.0.2
		check "$label-stream" "${there[@]}" python3 "$MDESC_SRC/tests/xdp_path.py" stream "$stream"
	fi
	check "$label-frames" "${there[@]}" python3 "$MDESC_SRC/tests/xdp_path.py" frames p0 02:00:00:00:00:02 $seed \
		"$frames" "$mtu"
	sleep 0.2
	kill -TERM $pid
	wait $pid || lib_failed=1
	grep -v '^ready' "$label.out"
	ip link set dev q1 xdpdrv off
	run_expect "$label-update" 0 "$MDESC" update --bpffs "$fs" p1
	check "$label-keeps-all-maps" sh -c '! grep -q "is new" err'
	run_expect "$label-detach" 0 "$MDESC" detach --bpffs "$fs" p1
}

time_only=rx_time=timestamp
all="rx_time=timestamp rss_hash=hash"

run 1.4-pass pass 1500 path.o mynic-1.4 "$time_only" --no-kfuncs
run 1.4-driver strip 1500 path.o mynic-1.4 "$all"
run 2.0-cpumap cpu 1500 path.o mynic-2.0 "$time_only" --no-kfuncs
run 2.0-devmap dev 1500 path.o mynic-2.0 "$all"
run 1.4-generic pass 1500 path.o mynic-1.4 "$time_only" --mode generic
run virtio-pass pass 1500 path.o virtio "" --no-kfuncs
"${there[@]}" ip link set p0 mtu 9000
ip link set p1 mtu 9000
run 2.0-jumbo pass 9000 frags.o mynic-2.0 "$time_only" --no-kfuncs
check nothing_left test ! -e "$fs/mdesc"
umount "$fs"
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Metadata behind the XDP program: in AF_XDP frames, by the example xsk_sort, and at TC, by tc_read. Real packets go
# through a veth pair to a program that writes metadata as hardware would (tests/xdp/stand_in.bpf.c); each one's is
# compared with what was sent. What the example takes is given back when it stops, however it does.

. "$MDESC_SRC/tests/lib.sh"
need runtime
xsk=$MDESC_BUILD/runtime/examples/xsk_sort
image=$MDESC_BUILD/firmware-descs/mynic/mynic-1.4.fw
object=$MDESC_BUILD/bpf/xsk_sort.bpf.o

if [ "${1:-}" != inside ]; then
	need libxdp
	run_expect no_arguments 2 "$xsk"
	matches no_arguments_says '^xsk_sort: it takes an interface' err
	run_expect no_image 1 "$xsk" lo nowhere.fw
	matches no_image_says 'nowhere.fw: No such file' err
	run_expect no_field 1 "$xsk" --hash=hsah lo "$image"
	matches no_field_says 'there is no field hsah; did you mean hash\?' err
	run_expect bad_number 2 "$xsk" --buckets=257 lo "$image"
	matches bad_number_says "\`257' is no number up to 256" err
	need clang bpf net bpf-programs bpftool tc python3
	run_expect no_interface 1 "$xsk" --object="$object" nosuch0 "$image"
	matches no_interface_says '^xsk_sort: nosuch0: No such device' err

	id=$("$MDESC" show "$image" | sed -n 's/^metadata mynic_metadata: .* id \([^,]*\),.*/\1/p')
	# shellcheck disable=SC2046 # several words
	check stand_in "$CLANG" -target "${BPF_TARGET:-bpf}" -std=gnu11 -g -O2 -Wall -Werror "-DSTAND_IN_ID=$id" \
		"-I$MDESC_SRC/include" "-I$MDESC_BUILD/firmware-descs" $(pkg-config --cflags libbpf) \
		-idirafter "/usr/include/$(uname -m)-linux-gnu" \
		-c "$MDESC_SRC/tests/xdp/stand_in.bpf.c" -o stand_in.bpf.o
	for version in 1.4 2.0; do
		check emit_$version "$MDESCC" -I "$MDESC_INCLUDE" --emit=xdp -o $version.c \
			"$MDESC_SRC/firmware-descs/mynic/mynic-$version.mdesc"
		check compile_$version "$CLANG" -target "${BPF_TARGET:-bpf}" -O2 -g -c $version.c -o $version.o
	done
	unshare -nm "$0" inside || lib_failed=1
	finish
	exit
fi

# ---- in namespaces of our own ----

count=2000
mkdir -p bpffs
mount -t bpf bpf bpffs
ip link set lo up
ip link add t0 type veth peer name t1
# The kernel's own packets would come between: none without IPv6.
for i in t0 t1; do
	echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6
	ip link set $i up
done
check load bpftool prog loadall stand_in.bpf.o bpffs/progs pinmaps bpffs/maps
slot=bpffs/maps/mdesc_next
check attach bpftool net attach xdpdrv pinned bpffs/progs/mdesc_writer dev t1
bpftool map update pinned $slot key 0 0 0 0 value pinned bpffs/progs/keep

in_slot()
{
	bpftool -j map dump pinned $slot | sed 's/.*"value":\[\([^]]*\)\].*/\1/'
}
keep=$(in_slot)

# start ARGUMENTS...: runs xsk_sort until it says that it is ready.
start()
{
	"$xsk" --object="$object" "$@" >out 2>err &
	pid=$!
	for _ in $(seq 200); do
		grep -q '^xsk_sort: ready' err && return
		kill -0 $pid 2>/dev/null || return
		sleep 0.05
	done
}

# ---- AF_XDP ----

start --slot=$slot --print --json --buckets=5 t1 "$image"
check send python3 "$MDESC_SRC/tests/afxdp.py" send t0 $count
for _ in $(seq 200); do
	[ "$(wc -l <out)" -ge $count ] && break
	sleep 0.05
done
sleep 0.1	# what comes behind the last one
kill -INT $pid
wait $pid
equal stops_cleanly 0 $?
check every_packet_is_right python3 "$MDESC_SRC/tests/afxdp.py" check $count 5 out
equal slot_is_as_before "$keep" "$(in_slot)"

start --slot=$slot --count=10 t1 "$image"
python3 "$MDESC_SRC/tests/afxdp.py" send t0 100
wait $pid
equal stops_after_count 0 $?
matches report '^[0-9]+ packets, 10 sorted, ' out
matches report_latency '^latency: min [0-9]+ ns, mean [0-9]+ ns, p99 [0-9]+ ns, max' out
matches report_unknown '^unknown layout 0x77777777: 1 packets' out
equal slot_is_as_before_again "$keep" "$(in_slot)"

# again COMMAND...: once more while the queue is busy, for the kernel frees it a moment after its socket is closed.
again()
{
	local i status
	for i in $(seq 50); do
		"$@" >again.out 2>again.err
		status=$?
		grep -q 'AF_XDP socket on queue .*: Device or resource busy$' again.err || break
		sleep 0.1
	done
	cat again.out
	cat again.err >&2
	return $status
}

run_expect stops_after_seconds 0 again "$xsk" --object="$object" --slot=$slot --seconds=0.2 --json t1 "$image"
run_expect queue_that_is_not_there 1 "$xsk" --object="$object" --slot=$slot --queue=63 t1 "$image"
run_expect taken 1 again "$xsk" --object="$object" --seconds=1 t1 "$image"
matches taken_says '^xsk_sort: t1 has an XDP program already' err
equal slot_is_as_before_errors "$keep" "$(in_slot)"
# By itself, on the interface's other end, where no metadata comes.
run_expect attaches 0 "$xsk" --object="$object" --seconds=0.1 t0 "$image"
equal detaches "" "$(ip -o link show t0 | grep -o 'xdp[^ ]*')"

# ---- TC ----

check load_tc "$MDESC" exec --image "$image" -- bpftool prog load "$MDESC_BUILD/bpf/tc_read.bpf.o" bpffs/tc_read \
	type classifier pinmaps bpffs/tc
check qdisc tc qdisc add dev t1 clsact
check filter tc filter add dev t1 ingress bpf da pinned bpffs/tc_read
check send_tc python3 "$MDESC_SRC/tests/afxdp.py" send t0 100
bpftool -j map dump pinned bpffs/tc/out >seen
check tc_reads_it_right python3 "$MDESC_SRC/tests/afxdp.py" tc 100 seen

# ---- behind a writer in software, whose firmware changes while the socket is open ----

check detach_stand_in bpftool net detach xdpdrv dev t1
tc qdisc del dev t1 clsact
next=$MDESC_BUILD/firmware-descs/mynic/mynic-2.0.fw
check attach_writer "$MDESC" attach --bpffs bpffs --image "$image" --writer 1.4.o --prog "$object" t1
start --map="$(echo bpffs/mdesc/t1*)/current/maps/xsks" --count=200 --json --print t1 "$image" "$next"
python3 "$MDESC_SRC/tests/afxdp.py" send t0 80
check update_writer "$MDESC" update --bpffs bpffs --writer 2.0.o t1 "$next"
python3 "$MDESC_SRC/tests/afxdp.py" send t0 120
wait $pid
equal both_firmwares 0 $?
matches both_report '"sorted": 200, "without_metadata": 0, "unknown_layout": 0, "cut_short": 0,.* "dropped": 0' out
check detach_writer "$MDESC" detach --bpffs bpffs t1
finish

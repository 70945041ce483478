#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdesc watch on a veth pair: every packet that passes the filter is printed, and reaches the program as before; what is
# attached may change, go down, or come to an end meanwhile; it stops cleanly, and what it leaves when it is killed is
# no harm. And what it says to whoever asks for what is not there.

. "$MDESC_SRC/tests/lib.sh"
need runtime
run_expect no_interface_given 2 "$MDESC" watch
matches no_interface_says 'it takes an interface' err
run_expect bad_count 2 "$MDESC" watch --count=x lo
run_expect bad_bytes 2 "$MDESC" watch --bytes=257 lo
run_expect bad_syntax 1 "$MDESC" watch lo 'pkt_type = ipv4'
printf '%s\n' "mdesc: the filter: to compare is \`=='" '  pkt_type = ipv4' '           ^' >want
same bad_syntax_says want err
run_expect empty_field 2 "$MDESC" watch --fields=pkt_type,,hash lo
matches empty_field_says 'one of these is empty' err
run_expect no_fields 2 "$MDESC" watch --fields= lo
run_expect remove_filter 2 "$MDESC" watch --remove lo "hash == 1"
run_expect help 0 "$MDESC" watch --help
matches help_has_statuses '^3 no such interface, field or enumerator, .*; 4 another mdesc watch has the$' out

need bpf net clang bpf-programs python3 bpftool
if [ "${1:-}" != inside ]; then
	case ${MDESC_TESTS:-normal} in
	quick) count=200 ;;
	full) count=4000 ;;
	*) count=1000 ;;
	esac
	"$MDESC_BUILD/tests/watch_filter" $count || :
	exec unshare --net --mount "$0" inside
fi
own_bpffs
ip link add a0 type veth peer name a1
# The kernel's own packets would come between: none without IPv6.
for i in a0 a1; do
	echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6
	ip link set $i up
done

old=$MDESC_BUILD/firmware-descs/mynic/mynic-1.4.fw
new=$MDESC_BUILD/firmware-descs/mynic/mynic-2.0.fw
# shellcheck disable=SC2207 # several words
flags=(-target "${BPF_TARGET:-bpf}" -std=gnu11 -g -O2 -Wall -Werror "-I$MDESC_SRC/include" "-I$MDESC_SRC/tests/xdp"
	"-I$MDESC_BUILD/firmware-descs" $(pkg-config --cflags libbpf 2>/dev/null)
	-idirafter "/usr/include/$(uname -m)-linux-gnu")

# writer OBJECT IMAGE SADDR_AT
writer()
{
	local id
	id=$("$MDESC" show "$2" | sed -n 's/^metadata .*, id \(0x[0-9a-f]*\),.*/\1/p')
	check "$1" "$CLANG" "${flags[@]}" -DMETA_BYTES=32 -DLAYOUT="$id" -DTYPE_AT=26 -DSADDR_AT="$3" -DIPV4=2 \
		-DSOURCES=3 -DLAYOUTS=1 -c "$MDESC_SRC/tests/xdp/writer.bpf.c" -o "$1"
}
writer old.o "$old" 16
writer new.o "$new" 20
check user "$CLANG" "${flags[@]}" -c "$MDESC_SRC/tests/xdp/user.bpf.c" -o user.o

m()
{
	local command=$1
	shift
	"$MDESC" "$command" --bpffs "$fs" "$@"
}

send()
{
	python3 "$MDESC_SRC/tests/watch.py" send a0 "$1"
}

# until COMMAND...: waits up to ten seconds for it to be true
until_()
{
	for _ in $(seq 200); do
		"$@" && return
		sleep 0.05
	done
	return 1
}

# tapped [GENERATION]: the tap of mdesc watch is what the writer hands packets to
tapped()
{
	local id

	[ -e "$(echo "$fs"/mdesc/a1*/"${1:-1}"/watch/after)" ] || return
	id=$(bpftool -j map dump pinned "$(echo "$fs"/mdesc/a1*/"${1:-1}"/next)" | python3 -c 'import json, sys
print(sum(int(x, 16) << 8 * i for i, x in enumerate(json.load(sys.stdin)[0]["value"])))')
	bpftool prog show id "$id" | grep -q mdesc_tap
}

has_xdp()
{
	ip -o link show a1 | grep -q xdp
}

lines()
{
	[ "$(wc -l <out)" -ge "$1" ]
}

# start ARGUMENT...: mdesc watch, until its tap is there
start()
{
	"$MDESC" watch --bpffs "$fs" "$@" >out 2>err &
	pid=$!
	until_ tapped
}

# stopped NAME STATUS: it came to an end by itself, or by the signal that was sent
stopped()
{
	wait $pid
	equal "$1" "$2" $?
}

# The program that the writer hands packets to, and how many of ours it has seen, all of them right.
in_slot()
{
	bpftool -j map dump pinned "$(echo "$fs"/mdesc/a1*/current/next)" | sed 's/.*"value":\[\([^]]*\)\].*/\1/'
}

seen()
{
	bpftool -j map dump pinned "$(echo "$fs"/mdesc/a1*/current/maps/_bss)" | python3 -c 'import json, sys
v = json.load(sys.stdin)[0]["formatted"]["value"]
c = [x for e in v.values() for y in e for x in y.values()][0] if isinstance(v, dict) else v
print(c["good"], c["wrong"] + c["none"] + c["unknown"])'
}

# ---- what is not there ----

run_expect no_interface 3 m watch nosuch
matches no_interface_is_said '^mdesc: nosuch: there is no such interface$' err
run_expect not_attached 3 m watch a1
matches not_attached_says '^mdesc: a1: nothing is attached; `mdesc attach'"'"' does that' err
check attach m attach --image "$old" --writer old.o --prog user.o a1
program=$(in_slot)
run_expect no_field 3 m watch a1 'pkt_typ == ipv4'
matches no_field_says 'there is no field pkt_typ; did you mean pkt_type\?' err
run_expect no_enumerator 3 m watch a1 'hash == 1 && pkt_type == ipv5'
printf '%s\n' "mdesc: the filter: there is no such value of the enum; did you mean ipv4?" \
	'  hash == 1 && pkt_type == ipv5' '                           ^^^^' >want
same no_enumerator_says want err
run_expect union_alone 3 m watch a1 'l3 == 1'
matches union_alone_says 'l3 is more than one field: name one of its members, such as l3.v4' err
run_expect not_equal 1 m watch a1 '!pkt_type == ipv4'
matches not_equal_says 'use `!=. or `!' err
run_expect long_prefix 1 m watch a1 'l3.v4.saddr == 10.77.0.0/33'
matches long_prefix_says 'the prefix is too long' err
run_expect no_column 3 m watch --fields=timestamp,hsah a1
matches no_column_says 'there is no field hsah; did you mean hash\?' err
run_expect other_image 1 m watch --image "$new" a1
matches other_image_says 'what is attached has the build id' err
if command -v setpriv >/dev/null; then
	run_expect no_permission 6 setpriv --inh-caps=-all --bounding-set=-all "$MDESC" watch --bpffs "$fs" a1
fi
check nothing_was_left test -z "$(ls -d "$fs"/mdesc/*/1/watch 2>/dev/null)"

# ---- packets ----

start --json --bytes=34 a1 'pkt_type == ipv4 && l3.v4.saddr & 3 == 0'
check busy_starts test "$(in_slot)" != "$program"
"$MDESC" watch --bpffs "$fs" a1 >out2 2>err2
equal busy 4 $?
matches busy_says '^mdesc: a1: another mdesc watch is at it$' err2
send 4000
check all_lines until_ lines 1000
kill -INT $pid
stopped stops_by_sigint 0
check every_packet python3 "$MDESC_SRC/tests/watch.py" check out 4000 4
matches total '^total: 4000 packets, 1000 passed, 0 missed$' err
equal slot_is_as_before "$program" "$(in_slot)"
equal program_saw_them "4000 0" "$(seen)"
check nothing_is_left test -z "$(ls -d "$fs"/mdesc/*/1/watch 2>/dev/null)"

start --count=2 --fields=pkt_type,l3.v4.saddr,l3.v6.hop_limit a1 'l3.v4.saddr == 10.0.0.6/31'
send 10
stopped stops_by_count 0
sed 's/^ *[0-9.]* *//; s/  */ /g' out >got
printf '%s\n' 'TIME pkt_type l3.v4.saddr l3.v6.hop_limit' 'ipv4 10.0.0.6 -' 'ipv4 10.0.0.7 -' >want
same table want got
start --count=1 a1
send 1
stopped stops_by_count_again 0
matches all_fields 'mynic_metadata .*l3.v4.saddr=10.0.0.0 .*pkt_type=ipv4$' out
# Nobody reads any more: it ends by itself, even without another packet.
(
	"$MDESC" watch --bpffs "$fs" a1 2>err
	echo $? >status
) | head -n 1 >out &
pid=$!
until_ tapped
send 1
wait $pid
equal output_closed 0 "$(until_ test -s status && cat status)"
equal output_closed_shows 1 "$(wc -l <out)"
equal output_closed_is_no_error 0 "$(grep -c '^mdesc:' err)"
if [ -e /dev/full ]; then
	"$MDESC" watch --bpffs "$fs" --count=1 a1 >/dev/full 2>err &
	pid=$!
	until_ tapped
	send 1
	stopped output_full 2
fi
run_expect stops_by_seconds 0 m watch --seconds=0.2 --rate --json a1
matches json_total '^{"total": {"seconds": .*, "packets": 0, "passed": 0, "missed": 0}}$' out

# ---- what happens meanwhile ----

start --json --bytes=34 a1
send 3
until_ lines 3
ip link set a1 down
ip link set a1 up
send 5
check down_and_up until_ lines 8
m update --writer new.o a1 "$new" >/dev/null
check follows_update until_ tapped 2
until_ grep -q 'another image' err
send 7
check reads_new_image until_ lines 15
tail -n 7 out >out7
check reads_it_right python3 "$MDESC_SRC/tests/watch.py" check out7 7 1
m detach a1 >/dev/null
stopped ends_with_detach 3
matches says_detached '^mdesc: a1: nothing is attached any more$' err
check detach_leaves_nothing test ! -e "$fs/mdesc"

# ---- killed ----

check attach_again m attach --image "$old" --writer old.o --prog user.o a1
program=$(in_slot)
start a1
kill -KILL $pid
wait $pid 2>/dev/null
send 100
equal program_sees_packets "100 0" "$(seen)"
run_expect status 0 m status a1
matches status_of_killed '^  watch +was killed and has left its tap: .mdesc watch --remove a1. takes it out$' out
m status -j a1 >out
matches json_of_killed '"watch": "left"' out
run_expect remove 0 "$MDESC" watch --bpffs "$fs" --remove a1
equal remove_cleans "$program no" "$(in_slot) $([ -e "$(echo "$fs"/mdesc/a1*/1/watch)" ] && echo yes || echo no)"
run_expect remove_again 3 "$MDESC" watch --bpffs "$fs" --remove a1
matches remove_again_says '^mdesc: a1: no mdesc watch has left anything$' err
m status -j a1 >out
matches json_of_none '"watch": null' out
start a1
run_expect remove_running 4 "$MDESC" watch --bpffs "$fs" --remove a1
matches remove_running_says '^mdesc: a1: an mdesc watch is running: ' err
m status a1 >status
matches status_of_running '^  watch +is running$' status
kill -KILL $pid
wait $pid 2>/dev/null
start --json --bytes=34 --count=5 a1
send 5
stopped watches_again 0
check reads_right_again python3 "$MDESC_SRC/tests/watch.py" check out 5 1
equal slot_is_cleaned "$program" "$(in_slot)"
start a1
kill -KILL $pid
wait $pid 2>/dev/null
check update_cleans m update --writer old.o a1 "$old"
send 100
equal program_sees_more "205 0" "$(seen)"
check detach_cleans m detach a1
check killed_leaves_nothing test ! -e "$fs/mdesc"
"$MDESC" watch --bpffs "$fs" --image "$old" --writer old.o a1 >out 2>err &
pid=$!
until_ sh -c "[ -e \"$fs\"/mdesc/a1*/1/watch ]"
m status a1 >status
matches status_of_own '^  watch +is running$' status
kill -KILL $pid
wait $pid 2>/dev/null
m status a1 >status
matches status_of_own_killed '^  watch +was killed and has left its tap' status
run_expect remove_own 0 "$MDESC" watch --bpffs "$fs" --remove a1
check remove_own_leaves_nothing test ! -e "$fs/mdesc"

# ---- the writer that the compiler makes does what refnic does, on real packets ----

capture=$MDESC_SRC/tests/captures/stack.pcap
check embed env MDESC_CLANG="$CLANG" "$MDESCC" -I "$MDESC_INCLUDE" --embed=xdp --emit=image -o own.fw \
	"$MDESC_SRC/firmware-descs/mynic/mynic-1.4.mdesc"
check attach_made m attach --no-kfuncs --image own.fw --prog "$MDESC_BUILD/bpf/layouts.bpf.o" a1
start --json a1
sent=$(python3 "$MDESC_SRC/tests/watch.py" replay a0 "$capture")
until_ lines "$sent"
kill -TERM $pid
stopped stops_by_sigterm 0
"$MDESC" run --json "$old" "$capture" >run 2>/dev/null
check as_mdesc_run python3 "$MDESC_SRC/tests/watch.py" compare out run

# ---- layouts without an id, which an update brings ----

for name in nfp/rx_meta virtio_net/rx_hdr; do
	check "embed_$name" env MDESC_CLANG="$CLANG" "$MDESCC" -I "$MDESC_INCLUDE" --embed=xdp --emit=image \
		-o "${name%/*}.fw" "$MDESC_SRC/firmware-descs/$name.mdesc"
done
start a1
m update --no-kfuncs a1 nfp.fw >/dev/null
until_ tapped 2
until_ grep -q 'another image' err
send 3
check nfp_lines until_ lines 3
m update --no-kfuncs a1 virtio_net.fw >/dev/null
until_ tapped 3
until_ sh -c '[ "$(grep -c "another image" err)" = 2 ]'
send 2
check virtio_lines until_ lines 5
kill -TERM $pid
stopped goes_on_without_ids 0
sed 's/^ *[0-9.]*  *//; s/ .*//' out >got
printf '%s\n' nfp_net_rx_hash nfp_net_rx_hash nfp_net_rx_hash virtio_net_hdr_v1 virtio_net_hdr_v1 >want
same without_ids want got
"$MDESC" watch --bpffs "$fs" a1 'hdr_len >= 0' >out 2>err &
pid=$!
until_ tapped 3
m update --no-kfuncs a1 nfp.fw >/dev/null
stopped ends_without_field 3
matches says_which_field 'the filter: there is no field hdr_len' err
check detach_made m detach a1

# ---- where nothing is attached ----

"$MDESC" watch --bpffs "$fs" --image "$old" --writer old.o --json --bytes=34 --count=9 a1 >out 2>err &
pid=$!
until_ has_xdp
send 9
stopped attaches_itself 0
check attaches_itself_right python3 "$MDESC_SRC/tests/watch.py" check out 9 1
check attaches_leaves_nothing test ! -e "$fs/mdesc"
equal no_xdp "" "$(ip -o link show a1 | grep -o 'xdp[^ ]*')"
"$MDESC" watch --bpffs "$fs" --image "$old" --writer old.o a1 >out 2>err &
pid=$!
until_ has_xdp
ip link del a0
stopped interface_is_gone 3
check gone_leaves_nothing test ! -e "$fs/mdesc"
finish

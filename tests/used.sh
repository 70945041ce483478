#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdesc attach --sources=used: which sources are asked for with programs that read this or that, what is in the fields
# then, in native and generic mode, over updates, in status and watch; and where all are asked for, and why. On a veth
# pair in a network namespace, with a BPF file system of its own.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/attach-lib.sh"
need runtime bpf net clang
if [ "${1:-}" != inside ]; then
	exec unshare --net --mount "$0" inside
fi
own_bpffs
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 2>/dev/null
ip link add a0 type veth peer name a1
ip link set a0 up
ip link set a1 up

mkdir -p desc/mynic
for version in 1.4 2.0; do
	check "image_$version" env MDESC_CLANG="$CLANG" "$MDESCC" -I "$MDESC_INCLUDE" -d desc/mynic --embed=xdp \
		--emit=image,header "$MDESC_SRC/firmware-descs/mynic/mynic-$version.mdesc"
done
fw=desc/mynic/mynic-1.4.fw
# shellcheck disable=SC2207 # several words
flags=(-target "${BPF_TARGET:-bpf}" -std=gnu11 -g -O2 -Wall -Werror "-I$MDESC_SRC/include" -Idesc
	$(pkg-config --cflags libbpf 2>/dev/null) -idirafter "/usr/include/$(uname -m)-linux-gnu")
check programs "$CLANG" "${flags[@]}" -c "$MDESC_SRC/tests/xdp/used.bpf.c" -o used.o
for name in no_tail_calls sockets cpus; do
	check $name "$CLANG" "${flags[@]}" "-D${name^^}" -c "$MDESC_SRC/tests/xdp/used.bpf.c" -o $name.o
done

# ---- what programs are said to read, and do ----

"$MDESC_BUILD/tests/used_cases" $fw used.o || lib_failed=1
case ${MDESC_TESTS:-normal} in
full) count=5000 ;;
quick) count=300 ;;
*) count=1000 ;;
esac
"$MDESC_BUILD/tests/used_random" $count "${MDESC_SEED:-1}" || lib_failed=1

# ---- what is asked for, and what there is ----

# verdicts NAME EXPECTED: of three packets
verdicts()
{
	"$MDESC_BUILD/tests/attach_cmd" send a0 3
	come 3
	m status a1 >out
	equal "$1" "$2" "$(sed -n 's/^  verdicts  *//p' out)"
}

# left_out NAME EXPECTED: as text and as JSON
left_out()
{
	m status a1 >out
	equal "$1" "$2" "$(sed -n 's/^  left out  *//p' out)"
	m status -j a1 | tr -d '\n' >json
	equal "$1_json" "$(sed -n 's/ (.*//; /^no source/q; p' <<<"$2")" \
		"$(sed 's/.*"left_out": \[//; s/\].*//' json | tr -d ' "' | sed 's/,/, /g')"
}

# peek NAME EXPECTED: the metadata that the writer writes, but for times and hashes
peek()
{
	local dir

	m status -j a1 >json
	dir=$(sed -n 's/.*"pinned": "\(.*\)",*/\1/p' json)
	"$MDESC_BUILD/tests/used_cases" peek "$dir/current/writer" >peeked 2>&1
	matches "$1" "$2" peeked
}

why='(the program does not read them: 0)'
zeros='0{16}'
some='([0-9a-f]*[1-9a-f][0-9a-f]*)'
arm=0a00000111402200

# Sources that are left out, timestamp and pointer, hash, and what the driver is asked for.
while read -r prog unread begin hash timestamp from; do
	unread=${unread//,/, }
	for mode in native generic; do
		run_expect "$mode/$prog" 0 m attach --sources=used --no-kfuncs --mode $mode --image $fw \
			--prog no_tail_calls.o:"$prog" a1
		matches "$mode/${prog}_says" "note: not asked for, as the program does not read them: $unread\$" err
		left_out "$mode/${prog}_left_out" "$unread $why"
		case $prog in
		time | hash | fixed) verdicts "$mode/${prog}_is_there" 'drop: 3' ;;
		esac
		peek "$mode/${prog}_writes" "^$begin$zeros$arm${hash}0200[0-9a-f]{8}\$"
		m detach a1 >/dev/null
	done
	run_expect "driver/$prog" 0 m attach --sources=used --image $fw --prog no_tail_calls.o:"$prog" a1
	m status a1 >out
	matches "driver/${prog}_sources" "timestamp: ${timestamp//_/ }, hash: ${from//_/ }, vlan: not used" out
	m detach a1 >/dev/null
done <<END
time rss_hash,rx_desc $some 0000 (driver|stand-in) not_used
fixed rss_hash,rx_desc $some 0000 (driver|stand-in) not_used
hash rx_time,rx_desc $zeros $some not_used (driver|stand-in)
neither rx_time,rss_hash,rx_desc $zeros 0000 not_used not_used
END

# ---- all ----

# all NAME WHY OPTION...: they are all asked for, though only those were wanted that are read
all()
{
	local name=$1 why=$2
	shift 2
	run_expect "all_$name" 0 m attach --sources=used --no-kfuncs --image $fw "$@" a1
	matches "all_${name}_says" "note: all sources are asked for: $why\$" err
	left_out "all_${name}_left_out" "no source, though only what is read was asked for: $why"
	peek "all_${name}_writes" "^$some$zeros$arm${some}0200[0-9a-f]{8}\$"
	m detach a1 >/dev/null
}

all tail 'it makes tail calls, and what these lead to is not known' --prog used.o:neither
all memory "it hands memory to a function that may hold the metadata's address" --prog no_tail_calls.o:in_memory
all sockets 'it sends packets to AF_XDP sockets, whose readers are not known' --prog sockets.o:neither
all cpus 'it redirects packets by a map whose entries may have programs of their own' --prog cpus.o:neither
all keep 'metadata is kept for TC programs' --keep-metadata
run_expect whole 0 m attach --sources=used --no-kfuncs --image $fw --prog no_tail_calls.o:copies a1
left_out whole_left_out ''
peek whole_writes "^$some$zeros$arm${some}0200[0-9a-f]{8}\$"
m detach a1 >/dev/null

# ---- updates ----

run_expect default 0 m attach --no-kfuncs --image $fw --prog no_tail_calls.o:neither a1
left_out default_left_out ''
peek default_writes "^$some$zeros$arm${some}0200[0-9a-f]{8}\$"
run_expect update_to_used 0 m update --sources=used a1
left_out update_to_used_left_out "rx_time, rss_hash, rx_desc $why"
run_expect update_kept 0 m update --prog no_tail_calls.o:hash a1 desc/mynic/mynic-2.0.fw
left_out update_kept_left_out "rx_time, rx_desc $why"
run_expect update_other 0 m update a1 $fw
left_out update_other_left_out "rx_time, rx_desc $why"
verdicts update_other_is_there 'drop: 3, pass: 1 (since it was attached)'
run_expect update_set 0 m update --set rx_time=0x0102030405060708 --prog no_tail_calls.o:neither a1 $fw
left_out update_set_left_out "rx_time, rss_hash, rx_desc $why"
peek update_set_writes "^0807060504030201$zeros${arm}00000200"
run_expect update_to_all 0 m update --sources=all a1
left_out update_to_all_left_out ''
peek update_to_all_writes "^$some$zeros$arm${some}0200[0-9a-f]{8}\$"
m status -j a1 >json
matches json_all '"asked_for": "all"' json
m update --sources=used a1 >/dev/null 2>&1
m status -j a1 >json
matches json_used '"asked_for": "used"' json

# ---- what watch shows ----

# Waits for a watch.
watched()
{
	local tries

	for ((tries = 0; tries < 1000; tries++)); do
		! m status a1 | grep -q '^  watch  *is running' || return 0
		sleep 0.01
	done
	return 1
}

# watch NAME OPTION...: of three packets
watch()
{
	local name=$1 pid
	shift
	"$MDESC" watch --bpffs "$fs" --count 3 "$@" a1 >watched 2>watch.err &
	pid=$!
	watched
	"$MDESC_BUILD/tests/attach_cmd" send a0 3
	wait $pid
	matches "${name}_note" 'note: a1: not shown is what comes of rx_time, rss_hash, rx_desc: the program does not' \
		watch.err
}

watch watch
matches watch_shows 'mynic_metadata l3.v4.saddr=[0-9.]* l3.v4.protocol=[0-9a-z]* l3.v4.ttl=64' watched
check watch_leaves_out sh -c '! grep -E "timestamp|hash|ptr_to_rx" watched'
watch watch_table --fields timestamp,hash,pkt_type
equal watch_table_shows '- - ipv4' "$(sed -n '$s/^ *[0-9.]* *//; $s/  */ /gp' watched)"
watch watch_json --json
check watch_json_leaves_out sh -c 'grep -q "\"pkt_type\"" watched && ! grep -E "timestamp|\"hash|ptr_to_rx" watched'
run_expect watch_filter 1 "$MDESC" watch --bpffs "$fs" a1 'pkt_type == ipv4 && hash & 3 == 0'
matches watch_filter_says 'the filter: hash: what it comes of is not asked for, as the program does not read it' err

# What is computed from such a field is left out, too.
cat >calc.mdesc <<'END'
mdesc 1;
device calc { driver "calc"; firmware "1"; }
source u64 clock unit "ns";
header frame { u8 mac[12]; be16 type; }
metadata calc_metadata {
	u64 at unit "ns" = clock;
	u32 type = frame.type;
	derive u64 ms unit "ms" = at / 1000000;
	derive u32 next = type + 1;
	u32 layout_id = layout.id;
}
parser calc_parser writes calc_metadata { start first; state first { extract frame; accept; } }
END
cat >drop.c <<'END'
__attribute__((section("xdp"), used)) int drop(void *ctx) { return 1; }
char _license[] __attribute__((section("license"), used)) = "GPL";
END
check calc env MDESC_CLANG="$CLANG" "$MDESCC" --embed=xdp --emit=image -o calc.fw calc.mdesc
check drop "$CLANG" -target "${BPF_TARGET:-bpf}" -g -O2 -c drop.c -o drop.o
m detach a1 >/dev/null
run_expect computed 0 m attach --sources=used --image calc.fw --prog drop.o a1
left_out computed_left_out "clock $why"
"$MDESC" watch --bpffs "$fs" --count 1 a1 >watched 2>watch.err &
pid=$!
watched && "$MDESC_BUILD/tests/attach_cmd" send a0 1
wait $pid
equal computed_watch 'calc_metadata type=2048 next=2049' "$(sed 's/^ *[0-9.]* *//' watched)"

# ---- the option ----

run_expect unknown 2 m attach --sources=usde --image $fw --prog no_tail_calls.o:neither a1
matches unknown_near "^mdesc: --sources is all or used, not 'usde': did you mean 'used'\\?\$" err
run_expect unknown_far 2 m update --sources=hash a1
matches unknown_far_says "^mdesc: --sources is all or used, not 'hash'\$" err
m detach a1 >/dev/null
check nothing_left test ! -e "$fs/mdesc"
finish

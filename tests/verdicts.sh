#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# What becomes of packets, as mdesc status counts it: each verdict of a program that comes to it in many ways, to the
# packet, over updates; what the writer decides itself; and programs that are not counted. On a veth pair in a network
# namespace, with a BPF file system of its own.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/attach-lib.sh"
need runtime bpf net clang bpf-programs python3
if [ "${1:-}" != inside ]; then
	exec unshare --net --mount "$0" inside
fi
own_bpffs
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 2>/dev/null
ip link add a0 type veth peer name a1
ip link set a0 up
ip link set a1 up

# Packets whose source address's third byte is 9 are dropped by the parser.
cat >drops.mdesc <<'END'
mdesc 1;
device drops { driver "drops"; firmware "1"; }
header frame { u8 mac[12]; be16 type; u8 begin[14]; u8 way; u8 verdict; u8 end[4]; }
metadata drops_metadata { u32 way = frame.way; u32 layout_id = layout.id; }
parser drops_parser writes drops_metadata {
	start first;
	state first { extract frame; select (frame.way) { 9: drop; default: accept; } }
}
END
check image env MDESC_CLANG="$CLANG" "$MDESCC" -I "$MDESC_INCLUDE" --embed=xdp --emit=image -o drops.fw drops.mdesc

# program NAME SOURCE [FLAG]
program()
{
	check "build_$1" "$CLANG" -target "${BPF_TARGET:-bpf}" -O2 -g -Wall -Werror \
		-idirafter "/usr/include/$(uname -m)-linux-gnu" "${@:3}" -c "$MDESC_SRC/tests/xdp/$2.bpf.c" -o "$1.o"
}

program verdict verdict
program frags verdict -DFRAGS
program far far
program too_far far -DTOO_FAR
# send IFACE COUNT [VERDICT [WAY]]: see there
send()
{
	"$MDESC_BUILD/tests/attach_cmd" send "$@"
}

# verdicts NAME EXPECTED: of status, as text and as JSON
verdicts()
{
	m status a1 >out
	equal "$1" "$2" "$(sed -n 's/^  verdicts  *//p' out)"
	check "$1_json" python3 -c 'import json, re, sys
v = json.load(open("status.json"))[0]["verdicts"]
assert ["aborted", "drop", "pass", "tx", "redirect", "other"] == list(v)
want = dict((k, int(n)) for k, n in re.findall(r"(\w+): (\d+)", sys.argv[1]))
assert want == dict((k, n) for k, n in v.items() if n), v' "$2"
}

# Each verdict in each way, more packets of the higher ones; and two numbers that are no verdicts.
all_ways()
{
	local way verdict

	for way in 0 1 2 3 4 5; do
		for verdict in 0 1 2 3 4 5 200; do
			[ $way != 4 ] || verdict=$((verdict & 7))
			send a0 $((verdict % 7 + 1)) $verdict $way
		done
	done
}

# 200 % 7 + 1 = 5 packets; the loop (way 4) makes 0 of it, once.
once='aborted: 7, drop: 12, pass: 18, tx: 24, redirect: 30, other: 61'
n_once=152

run_expect attach 0 m attach --image drops.fw --prog verdict.o:verdict a1
m status -j a1 >status.json
verdicts none 'none'
at=$(sed -n 's/.*"pinned": "\(.*\)",*/\1/p' status.json)
all_ways
come $n_once
verdicts all_ways "$once"
send a0 4 2 9
come $((n_once + 4))
verdicts drops "$(echo "$once" | sed 's/drop: 12/drop: 16/')"
matches drops_by_parser '^  4 +dropped by the parser$' out
check map_pinned test -e "$at/1/verdicts"

# Over an update: the same counts go on, those of the writer that was replaced with them.
run_expect update 0 m update a1 drops.fw
come 0
after=' (since it was attached)'
verdicts updated "$(echo "$once" | sed 's/drop: 12/drop: 16/')$after"
all_ways
send a0 1 2 9
come $((n_once + 1))
verdicts go_on "aborted: 14, drop: 29, pass: 36, tx: 48, redirect: 60, other: 122$after"
run_expect update_again 0 m update a1 drops.fw
come 0
verdicts go_on_again "aborted: 14, drop: 29, pass: 36, tx: 48, redirect: 60, other: 122$after"
# Packets that find no program: the writer passes them.
if have bpftool; then
	check empty_slot bpftool map delete pinned "$at/3/next" key 0 0 0 0
	send a0 5 1
	come 5
	verdicts no_program "aborted: 14, drop: 29, pass: 41, tx: 48, redirect: 60, other: 122$after"
fi
run_expect detach 0 m detach a1
check nothing_left test ! -e "$fs/mdesc"

run_expect frags 0 m attach --image drops.fw --prog frags.o:verdict a1
matches says_frags 'native mode with fragments, program verdict$' out
all_ways
come $n_once
verdicts frags_all_ways "$once"
run_expect detach_frags 0 m detach a1
# The whole of a program that is too long for one jump; and one that even two do not cross: it runs, uncounted.
run_expect far 0 m attach --image drops.fw --prog far.o a1
for i in 1 2 3; do
	send a0 $((i + 1)) $i
done
come 9
verdicts far_counted 'drop: 2, pass: 3, tx: 4'
run_expect too_far 0 m update --prog too_far.o a1 drops.fw
matches says_too_far 'note: verdicts are not counted: .*too_far.o: a jump would lead too far$' err
m status a1 >out
matches too_far_status '^  verdicts    not counted: the kernel does not take the program together with .*' out
run_expect detach_far 0 m detach a1

# Where packets only pass, and generic mode.
run_expect keep 0 m attach --mode generic --image drops.fw --keep-metadata a1
send a0 3 1
send a0 2 1 9
come 5
verdicts kept 'drop: 2, pass: 3'
run_expect detach_keep 0 m detach a1

# Left as it is, if one wants that, and over updates, too.
run_expect untouched 0 m attach --no-verdicts --image drops.fw --prog verdict.o:verdict a1
run_expect untouched_update 0 m update a1 drops.fw
m status a1 >out
matches untouched_status '^  verdicts    not counted: asked for$' out
m status -j a1 >out
matches untouched_json '"verdicts": null' out
matches untouched_why '"why_no_verdicts": "asked for"' out
check untouched_map test ! -e "$at/2/verdicts"
if have bpftool; then
	code=$(bpftool prog show pinned "$at/2/program" | grep -o 'xlated [0-9]*B')
	check load_plain bpftool prog loadall verdict.o "$fs/plain" type xdp
	plain=$(bpftool prog show pinned "$fs/plain/verdict" | grep -o 'xlated [0-9]*B')
	equal untouched_code "$plain" "$code"
	rm -r "$fs/plain"
fi
run_expect detach_untouched 0 m detach a1
check all_left_nothing test ! -e "$fs/mdesc"
umount "$fs"
finish

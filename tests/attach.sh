#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# mdesc attach, detach, update and status, on veth pairs in a network namespace and with a BPF file system of their own:
# what the commands say and leave behind, and every way in which they refuse. What the library does when it is stopped
# and under traffic, attach_cases.c looks at.

. "$MDESC_SRC/tests/lib.sh"
need runtime bpf net clang bpf-programs
if [ "${1:-}" != inside ]; then
	exec unshare --net --mount "$0" inside
fi
case ${MDESC_TESTS:-normal} in
full) updates=1000 kills=60 ;;
quick) updates=50 kills=8 ;;
*) updates=200 kills=20 ;;
esac

own_bpffs
ip link add a0 type veth peer name a1
ip link set a0 up
ip link set a1 up
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 2>/dev/null

# ---- what is attached ----

mynic=$MDESC_BUILD/firmware-descs/mynic
old=$mynic/mynic-1.4.fw
new=$mynic/mynic-2.0.fw
# shellcheck disable=SC2207 # several words
flags=(-target "${BPF_TARGET:-bpf}" -std=gnu11 -g -O2 -Wall -Werror "-I$MDESC_SRC/include" "-I$MDESC_SRC/tests/xdp"
	"-I$MDESC_BUILD/firmware-descs" $(pkg-config --cflags libbpf 2>/dev/null)
	-idirafter "/usr/include/$(uname -m)-linux-gnu")

# writer NAME VERSION: the one of mynic's firmware, NAME.o
writer()
{
	check "xdp_$1" "$MDESCC" -I "$MDESC_INCLUDE" --emit=xdp -o "$1.c" \
		"$MDESC_SRC/firmware-descs/mynic/mynic-$2.mdesc"
	check "writer_$1" "$CLANG" -target "${BPF_TARGET:-bpf}" -O2 -g -c "$1.c" -o "$1.o"
}

writer old 1.4
writer new 2.0
check user "$CLANG" "${flags[@]}" -c "$MDESC_SRC/tests/xdp/user.bpf.c" -o user.o
check two "$CLANG" "${flags[@]}" -DTWO -c "$MDESC_SRC/tests/xdp/user.bpf.c" -o two.o
check ttl "$CLANG" "${flags[@]}" -DTTL -c "$MDESC_SRC/tests/xdp/user.bpf.c" -o ttl.o
check wider "$CLANG" "${flags[@]}" -DWIDER -c "$MDESC_SRC/tests/xdp/user.bpf.c" -o wider.o

# m COMMAND ARG...: with the file system of the test
m()
{
	local command=$1
	shift
	"$MDESC" "$command" --bpffs "$fs" "$@"
}

att=(--image "$old" --writer old.o --prog user.o)

# ---- what goes well ----

run_expect status_none 0 m status
matches says_none '^nothing is attached$' out
run_expect attach 0 m attach "${att[@]}" a1
matches says_attached '^a1: .*/mynic-1.4.fw attached, native mode, program user$' out
run_expect status 0 m status
matches status_program 'program +user \(id [0-9]+\) of .*/user.o$' out
matches status_driver 'timestamp: driver, hash: driver, vlan: not used$' out
run_expect status_json 0 m status -j a1
matches json_mode '"mode": "native"' out
matches json_layout '"mynic_metadata": [0-9]+' out
if have python3; then
	check json_is_json python3 -c 'import json, sys; s = json.load(open("out"))
assert len(s) == 1 and s[0]["generation"] == 1 and s[0]["counters"]["no_program"] == 0'
fi
dir=$(sed -n 's/.*"pinned": "\(.*\)",*/\1/p' out)
check maps_are_pinned test -e "$dir/current/maps/_bss" -a -e "$dir/current/maps/notes"
run_expect other_netns 0 unshare --net "$MDESC" status --bpffs "$fs"
matches says_elsewhere '^1 attachment in other network namespaces$' out
matches says_not_here '^nothing is attached in this network namespace$' out
run_expect again 4 m attach "${att[@]}" a1
matches says_update '`mdesc update'"'"' puts another' err
run_expect update 0 m update --writer new.o a1 "$new"
matches says_updated 'mynic-2.0.fw took its place, native mode' out
run_expect update_back 0 m update --writer old.o --prog wider.o a1 "$old"
matches says_new_map "the global variables in .bss are new: .*: 'counts' has 64 bytes, not 32\$" err
check map_kept test -e "$dir/3/maps/notes" -a ! -e "$dir/2"
ip link set a1 down
ip link set a1 name renamed
ip link set renamed up
run_expect status_renamed 0 m status renamed
matches says_renamed '^renamed: native mode' out
# Another one that has the old name now is another one.
ip link add a1 type veth peer name c0
ip link set a1 up
for i in detach status; do
	run_expect "foreign_$i" 3 m $i a1
	matches "says_foreign_$i" '^mdesc: a1: nothing is attached$' err
done
run_expect foreign_update 3 m update --writer new.o a1 "$new"
run_expect foreign_watch 3 "$MDESC" watch --bpffs "$fs" a1
matches says_foreign_watch 'a1: nothing is attached' err
run_expect foreign_attach 4 m attach "${att[@]}" a1
matches says_foreign_attach 'mdesc/a1[^ ]*: is that of renamed, .*`mdesc detach renamed'"'"' first$' err
ip link del a1
run_expect old_name 3 m detach a1
run_expect list_renamed 0 m status
matches lists_renamed '^renamed: native mode' out
run_expect detach_renamed 0 m detach renamed
check nothing_left test -z "$(ls -d "$fs"/mdesc 2>/dev/null)"
ip link set renamed down
ip link set renamed name a1
ip link set a1 up

run_expect generic 0 m attach "${att[@]}" --mode generic a1
matches says_generic 'attached, generic mode' out
matches says_stand_in 'stand-ins for timestamp hash: in generic mode the driver cannot be asked$' err
run_expect detach_generic 0 m detach a1
run_expect lo 0 m attach "${att[@]}" lo
matches says_why_generic 'note: not native: .* no native XDP$' err
run_expect detach_lo 0 m detach lo
run_expect no_kfuncs 0 m attach "${att[@]}" --no-kfuncs a1
matches says_no_kfuncs 'stand-ins for timestamp hash: asked for$' err
run_expect update_no_kfuncs 0 m update --writer new.o a1 "$new"
matches keeps_no_kfuncs 'stand-ins for timestamp hash: asked for$' err
run_expect detach_2 0 m detach a1
run_expect keep 0 m attach --image "$old" --writer old.o --keep-metadata a1
matches says_kept 'metadata kept for TC$' out
run_expect update_to_program 0 m update --writer old.o --prog two.o:user_other a1
matches says_program 'program user_other$' out
run_expect detach_3 0 m detach a1
run_expect frags 0 m attach "${att[@]}" --frags yes a1
matches says_frags 'native mode with fragments' out
run_expect update_frags 0 m update --writer new.o a1 "$new"
matches keeps_frags 'native mode with fragments' out
run_expect detach_4 0 m detach a1

# ---- many at once: one wins, the others say who has it; updates come one after the other ----

for i in 1 2 3 4 5 6; do
	(m attach "${att[@]}" a1 >"many.$i" 2>&1; echo $? >"many.$i.status") &
done
wait
equal one_attaches "1 of 6" "$(grep -lx 0 many.*.status | wc -l) of $(cat many.*.status | wc -l)"
equal others_say_so 5 "$(cat many.[1-6] | grep -c 'an image is attached already')"
for i in 1 2 3 4; do
	m update --writer new.o a1 "$new" >"many.$i" 2>&1 &
done
wait
m status -j a1 >out
matches all_update '"generation": 5,' out
run_expect detach_many 0 m detach a1
check nothing_of_many test ! -e "$fs/mdesc"

# ---- the interface goes; the namespace goes ----

ip link add b0 type veth peer name b1
run_expect attach_b 0 m attach "${att[@]}" b1
ip link del b0
run_expect status_gone 3 m status b1
matches says_gone 'the interface that it was attached to is gone' err
run_expect status_rest 0 m status
matches says_rest '^b1: a rest of an attachment' out
ip link add b0 type veth peer name b1
run_expect attach_b_again 0 m attach "${att[@]}" b1
run_expect detach_b 0 m detach b1
ip link del b0

# ---- what is refused ----

# refused NAME STATUS REGEX ARG...: attach fails, says why, and leaves nothing
refused()
{
	local name=$1 status=$2 regex=$3
	shift 3
	run_expect "$name" "$status" m attach "$@"
	matches "says_$name" "$regex" err
	check "nothing_of_$name" test ! -e "$fs/mdesc" -a -z "$(ip link show a1 | grep xdp)"
}

refused no_interface 3 '^mdesc: nosuch: there is no such interface$' "${att[@]}" nosuch
refused bad_interface 3 '^mdesc: \.\./x: there is no such interface$' "${att[@]}" ../x
refused no_image 3 'nosuch.fw: No such file' --image nosuch.fw --prog user.o a1
refused no_writer 1 'carries no writer \(\.mdesc\.xdp\): compile it with `mdescc --embed=xdp' \
	--image "$old" --prog user.o a1
refused no_object 3 '^mdesc: nosuch.o: No such file' --image "$old" --writer old.o --prog nosuch.o a1
refused no_program 3 "has no XDP program 'nosuch'; it has user" --image "$old" --writer old.o --prog user.o:nosuch a1
refused several 4 'has several XDP programs: user, user_other; say which by two.o:NAME' --image "$old" --writer old.o \
	--prog two.o a1
refused no_source 3 "has no source 'port'" "${att[@]}" --set port=1 a1
refused large_source 1 ': 99999999999 does not fit the 32 bits of rss_hash$' "${att[@]}" \
	--set rss_hash=99999999999 a1
refused other_image 1 \
	'ttl.o: made for another image than .*mynic-2.0.fw: struct mynic_metadata.l3.v4.ttl \(.*user.bpf.c:[0-9]+\)' \
	--image "$new" --writer new.o --prog ttl.o:user_ttl a1
refused other_writer 5 'the given writer cannot be used: it has no map mdesc_next' \
	--image "$old" --writer user.o --prog user.o a1
refused text_writer 5 'the given writer cannot be used: not a BPF object$' \
	--image "$old" --writer old.c --prog user.o a1
head -c 3000 old.o >cut.o
refused cut_writer 5 'the given writer cannot be used: ' --image "$old" --writer cut.o --prog user.o a1
head -c 3000 user.o >cut.o
refused cut_object 5 'cut.o: ' --image "$old" --writer old.o --prog cut.o a1
head -c 5000 "$old" >cut.fw
refused cut_image 5 'cut.fw: ' --image cut.fw --writer old.o --prog user.o a1
refused both 2 'either a program' "${att[@]}" --keep-metadata a1
refused bad_mode 2 '\-\-mode is auto, native or generic' "${att[@]}" --mode fast a1
refused no_fs 3 'no BPF file system is mounted here' "${att[@]}" --bpffs "$TMP" a1
if have bpftool; then
	"$CLANG" "${flags[@]}" -include linux/bpf.h -x c -c -o foreign.o - <<<'
		__attribute__((section("xdp"))) int foreign(struct xdp_md *ctx) { return XDP_PASS; }'
	bpftool prog load foreign.o "$fs/foreign" type xdp >/dev/null 2>&1
	bpftool net attach xdpdrv pinned "$fs/foreign" dev a1 2>/dev/null
	run_expect taken 4 m attach "${att[@]}" a1
	matches says_taken "a1: is taken by XDP program 'foreign' \(id [0-9]+\): .ip link set dev a1 xdpdrv off" err
	ip link set dev a1 xdpdrv off
	rm -f "$fs/foreign"
fi
# libxdp's dispatcher: xdp_kernels.sh has kernels that let it be made, and one that does not.
if have libxdp && have bpftool; then
	"$CLANG" "${flags[@]}" -include linux/bpf.h -x c -c -o foreign.o - <<<'
		__attribute__((section("xdp"))) int foreign(struct xdp_md *ctx) { return XDP_PASS; }'
	bpftool prog load foreign.o "$fs/foreign" type xdp >/dev/null 2>&1
	bpftool net attach xdpdrv pinned "$fs/foreign" dev a1 2>/dev/null
	run_expect libxdp_taken 4 m attach --libxdp "${att[@]}" a1
	matches says_libxdp_taken "a1: is taken by XDP program 'foreign' .* dispatcher cannot take in$" err
	ip link set dev a1 xdpdrv off
	rm -f "$fs/foreign"
	check libxdp_taken_left_nothing test ! -e "$fs/mdesc"
fi
if have libxdp && ! m attach --libxdp "${att[@]}" a1 >out 2>err; then
	matches says_no_dispatcher 'a1: libxdp (can make no dispatcher: .*freplace|cannot attach the writer)' err
	check libxdp_left_nothing test ! -e "$fs/mdesc" -a -z "$(ip link show a1 | grep xdp)"
elif have libxdp; then
	run_expect libxdp_detach 0 m detach a1
fi
run_expect libxdp_update 2 m update --libxdp a1
for i in attach update; do
	"$MDESC" $i --help >out
	matches "${i}_help_says_4" '(^|[ ;])4 ' out
done
run_expect detach_none 3 m detach a1
matches says_detach_none '^mdesc: a1: nothing is attached$' err
run_expect update_none 3 m update a1 "$old"
run_expect status_none_named 3 m status a1
if command -v setpriv >/dev/null; then
	cp "$old" plain.fw		# the way to the build folder is not for everybody
	chmod -R a+rX "$TMP" 2>/dev/null
	plain=("${att[@]/#"$old"/plain.fw}")
	run_expect unprivileged 6 setpriv --reuid=65534 --clear-groups --inh-caps=-all --bounding-set=-all \
		"$MDESC" attach --bpffs "$fs" "${plain[@]}" a1
	matches says_unprivileged 'no permission to load XDP programs: it takes root' err
	# capable CAP...: as nobody, with these alone
	capable()
	{
		local caps
		caps=$(printf ',+%s' "$@")
		setpriv --reuid=65534 --clear-groups --inh-caps="-all$caps" --ambient-caps="-all$caps" \
			--bounding-set="-all$caps" "$MDESC" attach "${where[@]}" "${plain[@]}" a1
	}
	# The way there is not for everybody.
	mkdir -m 700 private private/bpf
	mount -t bpf bpf private/bpf
	chmod 1777 private/bpf
	where=(--bpffs "$TMP/private/bpf")
	run_expect no_way 6 capable bpf net_admin perfmon
	matches says_no_way '/private/bpf: Permission denied: the way there may not be taken$' err
	run_expect no_way_status 6 setpriv --reuid=65534 --clear-groups --inh-caps=-all --bounding-set=-all \
		"$MDESC" status "${where[@]}"
	umount private/bpf
	chmod 1777 "$fs"
	where=(--bpffs bpf)	# the way there is not for everybody
	run_expect no_perfmon 6 capable bpf net_admin
	matches says_no_perfmon 'no permission to load .*: it takes root, .*; lacking: CAP_PERFMON$' err
	run_expect three_capabilities 0 capable bpf net_admin perfmon
	run_expect detach_capable 0 m detach a1
	chmod 755 "$fs"
	run_expect no_bpffs 6 capable bpf net_admin perfmon
	matches says_no_bpffs 'mdesc: Permission denied$' err
fi
# An update that fails leaves what runs.
run_expect attach_5 0 m attach "${att[@]}" a1
m status -j a1 | grep -v '"mynic_metadata"\|"packets"' >before.json
run_expect update_broken 5 m update --writer user.o a1 "$new"
run_expect update_no_writer 1 m update a1 "$new"
run_expect update_no_program 3 m update --writer new.o --prog user.o:nosuch a1 "$new"
m status -j a1 | grep -v '"mynic_metadata"\|"packets"' >after.json
same update_failed_changes_nothing before.json after.json
run_expect detach_5 0 m detach a1

# ---- under traffic, and killed ----

"$MDESC_BUILD/tests/attach_cases" a0 a1 "$fs" "$old" "$new" old.o new.o user.o "$updates" "$kills" >cases.out 2>&1
status=$?
cat cases.out
if [ $status != 0 ]; then
	grep -q '^not ok' cases.out || not_ok attach_cases "it ended with status $status"
	lib_failed=1
fi
# Without a BPF file system in the mount namespace of the command, it is its ancestors': `ip netns exec' makes such.
within()
{
	unshare --mount sh -c 'mount -t tmpfs none /sys/fs/bpf && exec "$@"' sh "$MDESC" "$@"
}
run_expect own_mounts 0 within attach --image "$old" --writer old.o --prog user.o a0
run_expect own_mounts_status 0 within status a0
matches own_mounts_pinned '^  pinned in   /sys/fs/bpf/mdesc/a0' out
run_expect own_mounts_others_see_it 0 "$MDESC" status a0
run_expect own_mounts_detach 0 "$MDESC" detach a0
check own_mounts_left_nothing test ! -e /sys/fs/bpf/mdesc
umount "$fs"
finish

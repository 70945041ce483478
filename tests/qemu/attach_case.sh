# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# shellcheck shell=sh
#
# mdesc attach, status, update and detach in the virtual machine, on a veth pair: what the commands say, what the
# program sees behind each writer, what is counted, and that nothing is left. Also what a kernel has not: metadata of
# more than 32 bytes, and drivers that can be asked. Part of the test xdp_kernels.

# equal NAME EXPECTED ACTUAL
equal()
{
	if [ "$2" = "$3" ]; then
		echo "ok attach-$1"
	else
		echo "not ok attach-$1"
		echo "# expected: $2"
		echo "#     came: $3"
	fi
}

# m NAME STATUS COMMAND ARG...: mdesc, which must exit with it; its texts are in /tmp/out and /tmp/err
m()
{
	local name=$1 want=$2 status
	shift 2
	mdesc "$@" >/tmp/out 2>/tmp/err
	status=$?
	equal "$name" "$want" $status
	[ $status = "$want" ] || sed 's/^/# /' /tmp/out /tmp/err
}

# says NAME REGEX FILE
says()
{
	equal "$1" yes "$(grep -Eq -e "$2" "$3" && echo yes || sed 's/^/	/' "$3")"
}

# wire NAME COUNT [BYTES [COUNTED]]: packets; those that the program saw in all, all of them right; and those that this
# writer counted
wire()
{
	equal "$1-sent" "" "$(attach_cmd send p0 "$2" 7 2 "${3:-60}")"
	sum=$((sum + $2))
	equal "$1-seen" "good $sum, wrong 0, unknown 0, none 0" \
		"$(attach_cmd counts /sys/fs/bpf/mdesc/p1/current/maps/_bss $sum)"
	m "$1-status" 0 status p1
	equal "$1-counted" "${4:-$2} packets, ${4:-$2} layout mynic_metadata" \
		"$(sed -n 's/^  \([0-9][0-9]*\)  *\(.*\)$/\1 \2/p' /tmp/out | paste -sd, | sed 's/,/, /g')"
}

nothing_left()
{
	equal "$1-nothing-left" "nothing is attached, 0, no" \
		"$(mdesc status), $(attach_cmd loaded 0), $([ -e /sys/fs/bpf/mdesc ] && echo yes || echo no)"
}

equal veth "" "$(insmod /veth.ko 2>&1)"
# busybox cannot name the other one.
ip link add p0 type veth
ip link set veth0 name p1
# Nobody else sends.
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
ip link set p0 up
ip link set p1 up
kernel=$(uname -r)
case $kernel in
6.1.*) old=yes ;;
*) old= ;;
esac
if [ $old ]; then
	sources='timestamp: stand-in, hash: stand-in, vlan: not used'
	sources="$sources \\(the kernel does not tell what the driver offers, as Linux does from 6.3 on\\)\$"
else
	sources='timestamp: driver, hash: driver, vlan: not used$'
fi
nothing_left before

# ---- one firmware, the next, and back ----

sum=0
m attach 0 attach --image /images/mynic-1.4.fw --prog /user.o p1
says attach-native '^p1: /images/mynic-1.4.fw attached, native mode, program user$' /tmp/out
wire 1.4 3
says 1.4-sources "$sources" /tmp/out
m update 0 update p1 /images/mynic-2.0.fw
says update-native 'mynic-2.0.fw took its place, native mode, program user$' /tmp/out
wire 2.0 4
says 2.0-sources "$sources" /tmp/out
m update-back 0 update p1 /images/mynic-1.4.fw
wire back 2
m no-kfuncs 0 update --no-kfuncs p1 /images/mynic-1.4.fw
wire no-kfuncs 1
says no-kfuncs-sources 'timestamp: stand-in, hash: stand-in, vlan: not used \(asked for\)$' /tmp/out

# ---- more than 32 bytes ----

too_long="^mdesc: /images/wide.fw: mynic_metadata has 96 bytes, and kernel $kernel carries at most 32 in front of a"
too_long="$too_long packet \\(newer ones carry more\\)\$"
if [ $old ]; then
	m wide-update 6 update p1 /images/wide.fw
	says wide-update-why "$too_long" /tmp/err
	equal wide-update-sent "" "$(attach_cmd send p0 1)"
	m wide-update-status 0 status p1
	says wide-update-changes-nothing 'image +/images/mynic-1.4.fw$' /tmp/out
else
	m wide-update 0 update p1 /images/wide.fw
	wire wide 3
fi
m detach 0 detach p1
nothing_left detach

sum=0
if [ $old ]; then
	m wide 6 attach --image /images/wide.fw --prog /user.o p1
	says wide-why "$too_long" /tmp/err
else
	m wide 0 attach --image /images/wide.fw --prog /user.o p1
	wire wide-alone 2
	says wide-alone-sources "$sources" /tmp/out
	m wide-detach 0 detach p1
fi
nothing_left wide

# ---- in pieces, for TC, and where the driver does not take it ----

sum=0
ip link set p0 mtu 9000
ip link set p1 mtu 9000
m frags 0 attach --image /images/mynic-2.0.fw --prog /user.o --frags yes p1
says frags-native 'native mode with fragments' /tmp/out
wire frags 2
m frags-detach 0 detach p1
sum=0
m whole 0 attach --image /images/mynic-1.4.fw --prog /user.o p1
says whole-generic 'attached, generic mode' /tmp/out
says whole-why 'not native: the driver \(veth\) refuses: .*MTU of 9000 it may want a program for fragments' /tmp/err
m whole-update 0 update p1 /images/mynic-2.0.fw
wire whole 2
m whole-detach 0 detach p1
m lo 0 attach --image /images/mynic-1.4.fw --keep-metadata lo
says lo-why 'not native: its driver has no native XDP$' /tmp/err
m lo-detach 0 detach lo
nothing_left all

# ---- what becomes of packets (verdicts.sh has all ways and more) ----

ip link set p0 mtu 1500
ip link set p1 mtu 1500
m verdicts 0 attach --image /images/mynic-1.4.fw --prog /verdict.o:verdict p1
for way in 0 1 2 3 4 5; do
	for verdict in 0 1 2 3 4 5; do
		attach_cmd send p0 $((verdict + 1)) $verdict $way
	done
done
m verdicts-update 0 update p1 /images/mynic-2.0.fw
m verdicts-status 0 status p1
equal verdicts-counted "aborted: 6, drop: 12, pass: 18, tx: 24, redirect: 30, other: 36 (since it was attached)" \
	"$(sed -n 's/^  verdicts  *//p' /tmp/out)"
m verdicts-detach 0 detach p1
nothing_left verdicts

# ---- stopped, killed, and under traffic (attach_cases.c) ----

if [ -e /bin/attach_cases ]; then
	ip link set p0 mtu 1500
	ip link set p1 mtu 1500
	attach_cases p0 p1 /sys/fs/bpf /images/mynic-1.4.fw /images/mynic-2.0.fw - - /user.o 3 1 |
		sed -E 's/^(ok|not ok) /&attach-cases-/'
fi

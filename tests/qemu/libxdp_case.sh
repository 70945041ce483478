# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# shellcheck shell=sh
#
# mdesc attach --libxdp in the virtual machine, where a kernel lets libxdp make its dispatcher: alone, before and after
# another program comes and goes, updated, watched, for TC, for packets in fragments, taken out by somebody else, killed
# at each step, and with the interface gone. Where the kernel refuses, that is said, and nothing is changed. After
# attach_case.sh, with its functions. Part of xdp_kernels.

# in_dispatcher NAME WANT
in_dispatcher()
{
	equal "$1-dispatcher" "$2" "$(xdp_other list p1 | paste -sd ' ')"
}

sum=0
ip link set p0 mtu 1500
ip link set p1 mtu 1500
if [ ! $old ]; then
	m libxdp 6 attach --libxdp --image /images/mynic-1.4.fw --prog /user.o p1
	says libxdp-why 'p1: libxdp (can make no dispatcher|cannot attach the writer on kernel 6\.[0-9.]+)' /tmp/err
	in_dispatcher libxdp ""
	nothing_left libxdp
else
	# Alone; then another one comes, and libxdp makes another dispatcher; and it goes.
	m libxdp 0 attach --libxdp --image /images/mynic-1.4.fw --prog /user.o p1
	says libxdp-says "1.4.fw attached, native mode, in libxdp's dispatcher, program user\$" /tmp/out
	wire libxdp 3
	says libxdp-status "^p1: native mode, in libxdp's dispatcher\$" /tmp/out
	says libxdp-sources "hash: stand-in, vlan: not used \\(in libxdp's dispatcher the driver cannot be asked\\)\$" \
		/tmp/out
	in_dispatcher libxdp mdesc_gate
	equal libxdp-other-comes "" "$(xdp_other attach p1 /other.o)"
	in_dispatcher libxdp-two "other mdesc_gate"
	equal libxdp-other-drops "" "$(attach_cmd send p0 5 9)"
	m libxdp-update 0 update p1 /images/mynic-2.0.fw
	says libxdp-update-says "2.0.fw took its place, native mode, in libxdp's dispatcher" /tmp/out
	wire libxdp-update 4
	m libxdp-again 4 attach --libxdp --image /images/mynic-1.4.fw --prog /user.o p1
	equal libxdp-other-goes "" "$(xdp_other detach p1 other)"
	m libxdp-back 0 update p1 /images/mynic-1.4.fw
	wire libxdp-back 2
	m libxdp-watch 0 watch --seconds 0.3 p1
	m libxdp-detach 0 detach p1
	in_dispatcher libxdp-detach ""
	nothing_left libxdp

	# After another one, which stays.
	equal libxdp-first "" "$(xdp_other attach p1 /other.o)"
	m libxdp-taken 4 attach --image /images/mynic-1.4.fw --prog /user.o p1
	says libxdp-taken-says "is taken by XDP program 'xdp_dispatcher'" /tmp/err
	sum=0
	m libxdp-second 0 attach --libxdp --image /images/mynic-1.4.fw --prog /user.o p1
	in_dispatcher libxdp-second "other mdesc_gate"
	equal libxdp-second-drops "" "$(attach_cmd send p0 5 9)"
	wire libxdp-second 3
	m libxdp-second-detach 0 detach p1
	in_dispatcher libxdp-second-detach other
	equal libxdp-second-goes "" "$(xdp_other detach p1 other)"
	nothing_left libxdp-second

	# Somebody else takes it out.
	m libxdp-keep 0 attach --libxdp --image /images/mynic-1.4.fw --keep-metadata p1
	equal libxdp-taken-out "" "$(xdp_other detach p1 mdesc_gate)"
	m libxdp-gone 3 status p1
	says libxdp-gone-says "p1: it is not in libxdp's dispatcher any more; .*mdesc detach p1. removes it" /tmp/err
	m libxdp-gone-detach 0 detach p1
	nothing_left libxdp-gone

	# Packets in fragments, in the driver, as long as all programs there take them.
	ip link set p0 mtu 9000
	ip link set p1 mtu 9000
	m libxdp-whole 6 attach --libxdp --image /images/mynic-1.4.fw --prog /user.o p1
	says libxdp-whole-says 'native mode: .*MTU of 9000 .*all programs in the dispatcher to be for fr' /tmp/err
	nothing_left libxdp-whole
	equal libxdp-other-frags "" "$(xdp_other attach-frags p1 /other.o)"
	sum=0
	m libxdp-frags 0 attach --libxdp --image /images/mynic-1.4.fw --prog /user_frags.o p1
	says libxdp-frags-says "native mode with fragments, in libxdp's dispatcher" /tmp/out
	equal libxdp-frags-drops "" "$(attach_cmd send p0 5 9 2 8000)"
	wire libxdp-frags 3 8000
	m libxdp-frags-update 0 update p1 /images/mynic-2.0.fw
	wire libxdp-frags-update 2 8000
	m libxdp-frags-watch 0 watch --seconds 0.3 p1
	m libxdp-frags-whole 6 update --prog /user.o p1 /images/mynic-1.4.fw
	says libxdp-frags-whole-says "a program for whole packets cannot take the place of one for packets" /tmp/err
	wire libxdp-frags-stays 2 8000 4
	equal libxdp-frags-other "attach: -34" "$(xdp_other attach p1 /other.o)"
	in_dispatcher libxdp-frags "other mdesc_gate"
	m libxdp-frags-detach 0 detach p1
	sum=0
	m libxdp-forced 0 attach --libxdp --frags yes --image /images/mynic-1.4.fw --prog /user.o p1
	wire libxdp-forced 2 8000
	m libxdp-forced-detach 0 detach p1
	equal libxdp-frags-goes "" "$(xdp_other detach p1 other)"
	ip link set p0 mtu 1500
	ip link set p1 mtu 1500
	nothing_left libxdp-frags

	# Generic mode.
	sum=0
	m libxdp-generic 0 attach --libxdp --mode generic --image /images/mynic-1.4.fw --prog /user.o p1
	says libxdp-generic-says "generic mode, in libxdp's dispatcher" /tmp/out
	wire libxdp-generic 2
	m libxdp-generic-detach 0 detach p1
	nothing_left libxdp-generic

	# Stopped, and killed (attach_cases.c), beside another one.
	if [ -e /bin/attach_cases ]; then
		equal libxdp-cases-other "" "$(xdp_other attach p1 /other.o)"
		attach_cases p0 p1 /sys/fs/bpf /images/mynic-1.4.fw /images/mynic-2.0.fw - - /user.o 0 0 libxdp |
			sed -E 's/^(ok|not ok) /&libxdp-cases-/'
		in_dispatcher libxdp-cases other
		equal libxdp-cases-other-goes "" "$(xdp_other detach p1 other)"
	fi

	# Its folder is removed: what is left passes everything. The kernel empties the slot in its own time.
	removed()
	{
		local tries=0

		rm -r /sys/fs/bpf/mdesc
		while mdesc status | grep -q ^nothing && [ $tries -lt 300 ]; do
			sleep 0.1
			tries=$((tries + 1))
		done
	}
	equal libxdp-dead-other "" "$(xdp_other attach p1 /other.o)"
	m libxdp-dead 0 attach --libxdp --image /images/mynic-1.4.fw --keep-metadata p1
	removed
	m libxdp-dead-status 3 status p1
	says libxdp-dead-says 'p1: nothing is attached, but a gate .* is left in libxdp' /tmp/err
	m libxdp-dead-again 0 attach --libxdp --image /images/mynic-1.4.fw --keep-metadata p1
	says libxdp-dead-note 'a rest of an earlier attachment was removed' /tmp/err
	in_dispatcher libxdp-dead "other mdesc_gate"
	removed
	m libxdp-dead-all 0 status
	says libxdp-dead-rest "^p1: a rest of an attachment: .mdesc detach p1' removes it" /tmp/out
	m libxdp-dead-detach 0 detach p1
	in_dispatcher libxdp-dead-detach other
	equal libxdp-dead-other-goes "" "$(xdp_other detach p1 other)"

	# The interface goes away, and another one gets its name.
	m libxdp-away 0 attach --libxdp --image /images/mynic-1.4.fw --keep-metadata p1
	ip link del p1
	m libxdp-away-status 3 status p1
	says libxdp-away-says "p1: it is not in libxdp's dispatcher any more" /tmp/err
	ip link add p0 type veth
	ip link set veth0 name p1
	m libxdp-away-again 0 attach --libxdp --image /images/mynic-1.4.fw --keep-metadata p1
	says libxdp-away-note 'a rest of an earlier attachment was removed' /tmp/err
	m libxdp-away-detach 0 detach p1
	nothing_left libxdp-all
fi

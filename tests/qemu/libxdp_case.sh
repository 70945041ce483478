# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# shellcheck shell=sh
#
# mdesc attach --libxdp in the virtual machine, where a kernel lets libxdp make its dispatcher: alone, before and after
# another program comes and goes, updated, watched, for TC, and taken out by somebody else. Where the
# kernel refuses, that is said, and nothing is changed. After attach_case.sh, with its functions. Part of xdp_kernels.

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

	# What cannot be, and generic mode.
	m libxdp-frags 6 attach --libxdp --frags yes --image /images/mynic-1.4.fw --prog /user.o p1
	says libxdp-frags-says "p1: a program for packets in fragments cannot be reached from libxdp's" /tmp/err
	in_dispatcher libxdp-frags ""
	sum=0
	m libxdp-generic 0 attach --libxdp --mode generic --image /images/mynic-1.4.fw --prog /user.o p1
	says libxdp-generic-says "generic mode, in libxdp's dispatcher" /tmp/out
	wire libxdp-generic 2
	m libxdp-generic-detach 0 detach p1
	nothing_left libxdp-all
fi

# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# shellcheck shell=sh
#
# What is tested in the virtual machine, in lines as of any test. /expect.sh has what the host knows: the metadata that
# the images' tables wrote, and the values in it.

. /expect.sh

# equal NAME EXPECTED ACTUAL
equal()
{
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		echo "not ok $1"
		echo "# expected: $2"
		echo "#     came: $3"
	fi
}

btf=/sys/kernel/btf/mdesc_mynic

there()
{
	[ -e $btf ] && echo there || echo gone
}

# plain was compiled with firmware 1.4's header; view knows only names that all vendors share, and asks first.
reads()
{
	echo "$(guest seen /plain.bpf.o plain "$1"), $(guest seen /view.bpf.o view "$1")"
}

equal before gone "$(there)"
unknown="refused, timestamp=0 hash=0 others=1"
equal before-reads "$unknown" "$(reads "$meta_1_4")"

# load FOLDER: insmod's status, and what it left
load()
{
	insmod "/$1/mdesc_mynic.ko" 2>/dev/null && echo "loaded $(there)" || echo "refused $(there)"
}

for kind in $kinds; do
	equal "$kind-load" "loaded there" "$(load "1.4-$kind")"
	equal "$kind-tag" 1 "$(grep -c mdesc:device=mynic $btf)"
	equal "$kind-reads" "$seen_1_4" "$(reads "$meta_1_4")"
	rmmod mdesc_mynic
	equal "$kind-unload" gone "$(there)"
	equal "$kind-unloaded" "$unknown" "$(reads "$meta_1_4")"
	equal "$kind-load-2" "loaded there" "$(load "2.0-$kind")"
	equal "$kind-reads-2" "$seen_2_0" "$(reads "$meta_2_0")"
	rmmod mdesc_mynic
done

# Made to continue the BTF of another kernel: not loaded, and it says why.
equal other-base "refused gone" "$(load other-base)"
equal other-base-says "build it again for this one" \
	"$(dmesg | sed -n "s/.*mdesc_mynic: was built to continue another kernel's BTF: //p" | tail -n 1)"

. /find_case.sh
equal other-types "refused gone" "$(load other-types)"
equal other-types-says "the kernel did not take the BTF" \
	"$(dmesg | sed -n 's/.*mdesc_mynic: \(the kernel did not.*\)/\1/p' | tail -n 1)"

# ---- the virtual NIC ----

# differ WANTED COMMAND...: nothing, if guest prints what WANTED holds
differ()
{
	wanted=$1
	shift
	guest "$@" >/tmp/got 2>&1
	diff "$wanted" /tmp/got | head -n 12
}

for file in /proc/sys/net/ipv6/conf/*/disable_ipv6; do
	echo 1 >"$file"
done
sed 's/.*/nothing/' /expected >/tmp/nothing
sed 's/.*/& | &/' /expected >/tmp/both
sed 's/.*/nothing | &/' /expected >/tmp/kfuncs

equal vnic-load 0 "$(insmod /vnic.ko >/dev/null 2>&1; echo $?)"
ifconfig vnic0 up
equal vnic-not-found 3 "$(mdesc find -p vnic0 >/dev/null 2>&1; echo $?)"
equal vnic-unknown "" "$(differ /tmp/nothing vnic /asks.bpf.o vnic0 /packets)"
if [ "$has_kfuncs" = yes ]; then
	equal vnic-kfuncs "" "$(differ /tmp/kfuncs bound /asks_kfuncs.bpf.o vnic0 /packets)"
else
	equal vnic-kfuncs refused "$(guest bound /asks_kfuncs.bpf.o vnic0 /packets)"
fi
equal vnic-carries 0 "$(insmod /vnic/mdesc_vnic.ko >/dev/null 2>&1; echo $?)"
equal vnic-found /sys/kernel/btf/mdesc_vnic "$(mdesc find -p vnic0 2>&1)"
equal vnic-core "" "$(differ /expected vnic /asks.bpf.o vnic0 /packets)"
if [ "$has_kfuncs" = yes ]; then
	equal vnic-both "" "$(differ /tmp/both bound /asks_kfuncs.bpf.o vnic0 /packets)"
fi
ifconfig vnic0 down
rmmod vnic
equal warnings "" "$(dmesg | grep -E 'WARNING|BUG|Oops|Call Trace')"

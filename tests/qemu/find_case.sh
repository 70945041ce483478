# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# shellcheck shell=sh
#
# mdesc find in the virtual machine, with a NIC that has devlink, and a module that carries BTF: part of case.sh.

export LD_LIBRARY_PATH=/lib MDESC_PATH=/images XDG_CACHE_HOME=/tmp

equal find-load "" "$(insmod /devlink_nic.ko $nic_args build_id=$other_id 2>&1)"

# what FIELD: what the kernel said of the device, as the trace has it
mdesc find -v nic0 >/tmp/found 2>/tmp/trace
equal find-status 0 $?
what()
{
	sed -n "s/^  is      $1 //p" /tmp/trace
}

equal find-driver mynic "$(what driver)"
equal find-firmware "4.40 0x8001c7d4" "$(what firmware)"
equal find-bus devlink_nic.0 "$(what bus)"
equal find-serial 00-1b-21-7 "$(what serial)"
equal find-board board-9 "$(what 'board serial')"
equal find-versions "board.id K91258 (fixed)
fw.app 1.4.2 (running)
fw.app 1.5.0 (stored)" "$(what devlink | grep -v mdesc | sort)"
equal find-which /images/mynic-1.4.fw "$(head -n 1 /tmp/found)"

# By the build id that devlink reports: this image is of another driver.
mdesc find -d /other nic0 >/tmp/found
equal find-by-id "/other/other.fw
  because   build id $other_id, by devlink's mdesc.build-id" "$(grep -e / -e because /tmp/found)"

# The driver's side exports the BTF: it comes first.
insmod /1.4-${kinds%% *}/mdesc_mynic.ko
equal find-kernel /sys/kernel/btf/mdesc_mynic "$(mdesc find -p nic0)"
equal find-kernel-why "  because   device mynic, firmware 1.4.0" "$(mdesc find nic0 | grep because)"
equal find-no-kernel /images/mynic-1.4.fw "$(mdesc find -p --no-kernel nic0)"
rmmod mdesc_mynic
equal find-kernel-gone /images/mynic-1.4.fw "$(mdesc find -p nic0)"

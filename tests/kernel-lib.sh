# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# shellcheck shell=bash
#
# Kernels of Debian for tests, beside lib.sh and debs-lib.sh: unpacked below TMP, with what modules for them are built
# with where wanted, and booted under qemu. All for amd64, of the flavour for virtual machines.

# kernel_image NAME SUITE: unpacks the suite's kernel into $TMP/NAME. Sets why and fails where it cannot be had.
kernel_image()
{
	debs_init "$2:amd64" && debs_unpack "$TMP/$1" "$(debs_depends linux-image-cloud-amd64 '^linux-image-')"
}

# kernel_get NAME SUITE: the same, with what modules are built with.
kernel_get()
{
	local root=$TMP/$1 headers common kbuild

	kernel_image "$1" "$2" || return 1
	headers=$(debs_depends linux-headers-cloud-amd64 '^linux-headers-')
	common=$(debs_depends "$headers" '^linux-headers-.*-common$')
	kbuild=$(debs_depends "$headers" '^linux-kbuild-')
	debs_unpack "$root" "$headers" "$common" "$kbuild" || return 1
	# Folders of the same tree, by absolute paths.
	sed -i "s|/usr/src/|$root/usr/src/|" "$root"/usr/src/linux-headers-*-cloud-amd64/Makefile
}

# kernel_build NAME: the folder that modules are built with.
kernel_build()
{
	echo "$TMP/$1"/usr/src/linux-headers-*-cloud-amd64
}

# kernel_module NAME FOLDER [ARG...]: builds the module in FOLDER.
kernel_module()
{
	local kernel=$1 folder=$2
	shift 2
	make -s -C "$folder" KDIR="$(kernel_build "$kernel")" CC="$CC" "$@"
}

# number FILE OFFSET SIZE: little-endian
number()
{
	od -An -v -t "u$3" -j $(($2)) -N "$3" "$1" | tr -d ' '
}

# kernel_vmlinux NAME: the ELF file in the image, which holds the BTF, as $TMP/NAME/vmlinux; lz4 or zstd must be there.
kernel_vmlinux()
{
	local root=$TMP/$1 image setup at size
	image=$(echo "$root"/boot/vmlinuz-*)

	setup=$((($(number "$image" 0x1f1 1) + 1) * 512))
	at=$(number "$image" 0x248 4)
	size=$(number "$image" 0x24c 4)
	# Behind what is compressed stand four bytes: its size.
	tail -c +$((setup + at + 1)) "$image" | head -c $((size - 4)) >"$root/payload"
	case $(od -An -t x1 -N 4 "$root/payload") in
	" 02 21 4c 18") lz4 -dc ;;
	" 28 b5 2f fd") zstd -dc ;;
	" fd 37 7a 58") xz -dc ;;
	*) gzip -dc ;;
	esac <"$root/payload" >"$root/vmlinux"
}

# kernel_boot NAME ROOT: boots with the folder ROOT as its file system, and prints what was tested there, with NAME- in
# front. The clock plays no part but to end what hangs. Without cx16: qemu 7.2 loses flags in that instruction, and 6.12
# falls over it now and then.
kernel_boot()
{
	local name=$1 root=$2 log=$TMP/$1.log

	(cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null) | gzip -1 >"$TMP/$name.initrd"
	timeout 600 qemu-system-x86_64 -accel tcg -cpu qemu64,-cx16 -m 512 -display none -no-reboot -net none \
		-monitor none -serial "file:$log" -kernel "$TMP/$name"/boot/vmlinuz-* -initrd "$TMP/$name.initrd" \
		-append "console=ttyS0 quiet loglevel=3 panic=-1" </dev/null >"$TMP/$name.qemu" 2>&1
	tr -d '\r' <"$log" >"$log.text"
	if ! grep -q '^=== end' "$log.text"; then
		not_ok "$name-boots"
		diag_file "$TMP/$name.qemu"
		tail -n 40 "$log.text" | sed 's/^/# /'
		return 1
	fi
	ok "$name-boots"
	sed -n '/=== begin/,/=== end/p' "$log.text" | grep -E '^(not )?ok |^# ' | sed -E "s/^(ok|not ok) /\1 $name-/"
	lib_failed=$((lib_failed + $(grep -c '^not ok ' "$log.text")))
}

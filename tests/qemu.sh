#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The kernel modules that mdescc writes, in Debian's kernels 6.1 and 6.12 under qemu: modules that carry BTF are built
# with the kernels' headers, loaded, and plain libbpf finds their types; with the next firmware's module, the same
# programs read its layout. One boot for each kernel does all that qemu/case.sh says.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/debs-lib.sh"
. "$MDESC_SRC/tests/kernel-lib.sh"

need runtime bpf-programs clang qemu
if [ "$debs_arch" != amd64 ]; then
	skip all debs "the kernels are amd64's"
	finish
fi
debs_init bookworm:amd64 && debs_unpack "$TMP/tools" lz4 && kernel_get 6.1 bookworm &&
	kernel_get 6.12 bookworm-backports || {
	skip all debs "$why"
	finish
}
PATH=$TMP/tools/usr/bin:$PATH
descs=$MDESC_SRC/firmware-descs
packet=$MDESC_SRC/tests/captures/stack.pcap

# ---- what the tables write, and what a program is to see of it ----

# run_tables IMAGE: the first packet's metadata, and its fields as text, into meta, fields
run_tables()
{
	"$MDESC" run -c 1 -j -s rx_time=1234567890123 -s rss_hash=0xfeedbeef "$1" "$packet" >run.json
	meta=$(sed -n 's/.*"metadata": "\([0-9a-f]*\)".*/\1/p' run.json)
	equal "tables-$(basename "$1")" 64 "${#meta}"
}

mynic=$MDESC_BUILD/firmware-descs/mynic
run_tables "$mynic/mynic-1.4.fw"
meta_1_4=$meta
run_tables "$mynic/mynic-2.0.fw"
meta_2_0=$meta
hash=$((0xfeedbeef))
cat >expect.sh <<END
meta_1_4=$meta_1_4
meta_2_0=$meta_2_0
# 1.4 has the lower half of the hash, and it is not in the view.
seen_1_4="timestamp=1234567890123 hash=$((hash & 0xffff)) others=0, timestamp=1234567890123 hash=0 others=0"
seen_2_0="timestamp=1234567890123 hash=$hash others=0, timestamp=1234567890123 hash=$hash others=0"
END

# ---- the modules ----

# carry KERNEL NAME VERSION [ARG...]: builds the module for firmware VERSION into $TMP/KERNEL-root/NAME
carry()
{
	local kernel=$1 name=$2 version=$3 folder=$TMP/$1-$2
	shift 3
	"$MDESCC" -I "$descs" --emit=kmod -o "$folder" "$descs/mynic/mynic-$version.mdesc"
	check "$kernel-builds-$name" kernel_module "$kernel" "$folder" "$@"
	mkdir -p "$TMP/$kernel-root/$name"
	cp "$folder/mdesc_mynic.ko" "$TMP/$kernel-root/$name/"
}

# sections NAME WANT FOLDER: of BTF, in the module
sections()
{
	equal "$1" "$2" "$(readelf -SW "$TMP/$3/mdesc_mynic.ko" | grep -o '\.BTF[.a-z]*' | paste -sd ' ')"
}

# What the virtual machine starts with.
root()
{
	local to=$TMP/$1-root kinds=$2

	mkdir -p "$to"/{bin,proc,sys,dev,tmp}
	cp "$(command -v busybox)" "$to/bin/busybox"
	cp guest "$to/bin/"
	cp "$MDESC_SRC"/tests/qemu/case.sh expect.sh "$MDESC_BUILD"/bpf/view.bpf.o plain.bpf.o "$to/"
	cp "$MDESC_SRC/tests/qemu/init" "$to/init"
	chmod +x "$to/init"
	echo "kinds='$kinds'" >>"$to/expect.sh"
}

# Word splitting: lists.
check guest-builds $CC -Wall -Wextra -O1 -static -o guest "$MDESC_SRC/tests/qemu/guest.c" \
	$(pkg-config --static --cflags --libs libbpf libelf)

arch=$(uname -m)
check plain-builds "$CLANG" -target bpf -O2 -g -Wall -Werror -I"/usr/include/$arch-linux-gnu" -I"$MDESC_SRC/include" \
	-I"$MDESC_BUILD/firmware-descs" -I"$MDESC_SRC/bpf" -c "$MDESC_SRC/tests/qemu/plain.bpf.c" -o plain.bpf.o

kernel_vmlinux 6.1
for version in 1.4 2.0; do
	# 6.1: the kernel's own BTF, from its ELF file; 6.12: as it comes, and the old way, too.
	carry 6.1 $version-continues $version VMLINUX_BTF="$TMP/6.1/vmlinux"
	carry 6.12 $version-fits $version
	carry 6.12 $version-continues $version mdesc-fits=
done
carry 6.1 other-base 2.0 VMLINUX_BTF="$(kernel_build 6.12)/vmlinux"
carry 6.12 other-base 2.0 VMLINUX_BTF="$TMP/6.1/vmlinux" mdesc-fits=
sections 6.1-section ".BTF" 6.1-1.4-continues
sections 6.12-sections ".BTF .BTF.base" 6.12-1.4-fits

root 6.1 continues
root 6.12 "fits continues"
kernel_boot 6.1 "$TMP/6.1-root"
kernel_boot 6.12 "$TMP/6.12-root"
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The kernel modules that mdescc writes, in Debian's kernels 6.1 and 6.12 under qemu: modules that carry BTF are built
# with the kernels' headers, loaded, and plain libbpf finds their types; with the next firmware's module, the same
# programs read its layout. One boot for each kernel does all that qemu/case.sh says.

. "$MDESC_SRC/tests/lib.sh"
. "$MDESC_SRC/tests/debs-lib.sh"
. "$MDESC_SRC/tests/kernel-lib.sh"

need runtime bpf-programs clang qemu python3
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

# carry KERNEL NAME DESCRIPTION [ARG...]: builds the module that carries its BTF into $TMP/KERNEL-root/NAME
carry()
{
	local kernel=$1 name=$2 desc=$3 folder=$TMP/$1-$2
	shift 3
	"$MDESCC" -I "$descs" --emit=kmod -o "$folder" "$desc"
	check "$kernel-builds-$name" kernel_module "$kernel" "$folder" "$@"
	mkdir -p "$TMP/$kernel-root/$name"
	cp "$folder"/mdesc_*.ko "$TMP/$kernel-root/$name/"
}

# The virtual NIC, with the operations that mdescc writes and the table that the image's made.
nic()
{
	local folder=$TMP/$1-nic

	cp -r "$MDESC_SRC/tests/qemu/vnic" "$folder"
	chmod -R u+w "$folder"
	cp vnic.xdp.h table.h "$folder/"
	check "$1-builds-nic" kernel_module "$1" "$folder"
	cp "$folder/vnic.ko" "$TMP/$1-root/"
}

# sections NAME WANT FOLDER: of BTF, in the module
sections()
{
	equal "$1" "$2" "$(readelf -SW "$TMP/$3/mdesc_mynic.ko" | grep -o '\.BTF[.a-z]*' | paste -sd ' ')"
}

# What the virtual machine starts with.
root()
{
	local to=$TMP/$1-root

	mkdir -p "$to"/{bin,proc,sys,dev,tmp}
	cp "$(command -v busybox)" "$to/bin/busybox"
	cp guest "$MDESC" "$to/bin/"
	# mdesc's libraries, where they are.
	ldd "$MDESC" | grep -oE '/[^ ]+' | while read -r file; do
		cp -L --parents "$file" "$to/"
	done
	cp "$MDESC_SRC"/tests/qemu/case.sh expect.sh "$MDESC_BUILD/bpf/view.bpf.o" ./*.bpf.o packets expected "$to/"
	cp "$MDESC_SRC/tests/qemu/init" "$to/init"
	chmod +x "$to/init"
	printf "kinds='%s'\nhas_kfuncs=%s\n" "$2" "$3" >>"$to/expect.sh"
}

# find_nic KERNEL ARG...: what find_case.sh asks about, a NIC with devlink that is loaded with ARG; and mdesc with its
# libraries.
find_nic()
{
	local kernel=$1 to=$TMP/$1-root lib
	shift
	mkdir -p "nic-$kernel" "$to"/{lib,lib64,images,other}
	cp "$MDESC_SRC/tests/qemu/devlink_nic.c" "nic-$kernel/"
	echo 'obj-m := devlink_nic.o' >"nic-$kernel/Kbuild"
	printf 'all:\n\t$(MAKE) -C $(KDIR) M=$(CURDIR) modules\n' >"nic-$kernel/Makefile"
	check "$kernel-builds-nic" kernel_module "$kernel" "$TMP/nic-$kernel"
	cp "nic-$kernel/devlink_nic.ko" "$MDESC_SRC/tests/qemu/find_case.sh" "$to/"
	cp "$MDESC" "$to/bin/mdesc"
	for lib in $(ldd "$MDESC" | grep -o '/[^ ]*'); do
		cp "$lib" "$to/lib/"
		case $lib in */ld-linux*) cp "$lib" "$to/lib64/" ;; esac
	done
	cp "$mynic/mynic-1.4.fw" "$mynic/mynic-2.0.fw" "$to/images/"
	cp "$MDESC_BUILD/firmware-descs/ice/rx_flex.fw" "$to/other/other.fw"
	echo "nic_args='$*' other_id=$("$MDESC" verify "$to/other/other.fw" | cut -d ' ' -f 1)" >>"$to/expect.sh"
}

# Word splitting: lists.
check guest-builds $CC -Wall -Wextra -O1 -static -o guest "$MDESC_SRC"/tests/qemu/{guest,vnic_cmd}.c \
	$(pkg-config --static --cflags --libs libbpf libelf)

# program NAME SOURCE [FLAG...]
program()
{
	local name=$1 source=$2
	shift 2
	check "$name-builds" "$CLANG" -target bpf -O2 -g -Wall -Werror -I"/usr/include/$(uname -m)-linux-gnu" \
		-I"$MDESC_SRC/include" -I"$MDESC_BUILD/firmware-descs" -I"$MDESC_SRC/bpf" "$@" \
		-c "$MDESC_SRC/tests/qemu/$source.bpf.c" -o "$name.bpf.o"
}
program plain plain
program asks asks
program asks_kfuncs asks -DKFUNCS

# The virtual NIC's packets, of two captures.
vnic=$MDESC_SRC/tests/qemu/vnic/vnic.mdesc
check vnic-compiles "$MDESCC" -I "$descs" --emit=image,xdp-metadata -d . -Werror "$vnic"
captures=$MDESC_SRC/tests/captures
for capture in stack protocols; do
	"$MDESC" run -j -c 60 vnic.fw "$captures/$capture.pcap" >$capture.json
done
check vnic-table python3 "$MDESC_SRC/tests/qemu/table.py" "$captures/stack.pcap" stack.json \
	"$captures/protocols.pcap" protocols.json

kernel_vmlinux 6.1
for version in 1.4 2.0; do
	# 6.1: the kernel's own BTF, from its ELF file; 6.12: as it comes, and the old way, too.
	desc=$descs/mynic/mynic-$version.mdesc
	carry 6.1 $version-continues "$desc" VMLINUX_BTF="$TMP/6.1/vmlinux"
	carry 6.12 $version-fits "$desc"
	carry 6.12 $version-continues "$desc" mdesc-fits=
done
carry 6.1 other-base "$desc" VMLINUX_BTF="$(kernel_build 6.12)/vmlinux"
carry 6.12 other-base "$desc" VMLINUX_BTF="$TMP/6.1/vmlinux" mdesc-fits=
# Of the right size, and with types that the kernel has not: it refuses the BTF, and the module notices.
for kernel in 6.1 6.12; do
	file=$(ls -d $kernel/vmlinux "$(kernel_build $kernel)/vmlinux" 2>/dev/null | head -n 1)
	objcopy -O binary --only-section=.BTF "$file" kernel.btf
	check $kernel-other-types python3 "$MDESC_SRC/tests/qemu/other_types.py" kernel.btf $kernel.btf
	carry $kernel other-types "$desc" mdesc-fits= VMLINUX_BTF="$TMP/$kernel.btf"
done
sections 6.1-section ".BTF" 6.1-1.4-continues
sections 6.12-sections ".BTF .BTF.base" 6.12-1.4-fits

# ---- BTF that stands in for a kernel's own (mdesc exec), under that of its modules ----

# over BASE: what bpftool reads of m.btf over it
over()
{
	bpftool -B "$1" btf dump file m.btf 2>&1
}

# standin KERNEL BASE: some dozen of its modules read over the stand-in as over the kernel's BTF; over the flat form
# none does
standin()
{
	local kernel=$1 base=$2 n=0 module differ= alike=

	"$MDESC" stitch --kernel-btf "$base" -o flat.btf "$mynic/mynic-1.4.fw" >/dev/null
	run_expect "$kernel-standin" 0 "$MDESC" stitch --standin --kernel-btf "$base" -o s.btf "$mynic/mynic-1.4.fw"
	matches "$kernel-standin-form" '^s.btf: standin, ' out
	while read -r module; do
		case $module in
		*.xz) xz -dc "$module" >m.ko ;;
		*) cp "$module" m.ko ;;
		esac
		objcopy -O binary --only-section=.BTF --set-section-flags .BTF=alloc m.ko m.btf
		[ -s m.btf ] || continue
		n=$((n + 1))
		over "$base" >m.want
		over s.btf | cmp -s - m.want || differ="$differ $module"
		! over flat.btf | cmp -s - m.want || alike="$alike $module"
	done < <(find "$TMP/$kernel/" -name '*.ko' -o -name '*.ko.xz' | LC_ALL=C sort | awk 'NR % 90 == 0')
	check "$kernel-standin-modules" test $n -ge 8
	equal "$kernel-standin-differ" "" "$differ"
	equal "$kernel-flat-differs" "" "$alike"
}

if have bpftool; then
	standin 6.1 "$TMP/6.1/vmlinux"
	standin 6.12 "$(kernel_build 6.12)/vmlinux"
else
	skip standin bpftool "$why"
fi

carry 6.1 vnic "$vnic" VMLINUX_BTF="$TMP/6.1/vmlinux"
carry 6.12 vnic "$vnic"
nic 6.1
nic 6.12

# What stops a build, and says why.
stops()
{
	local name=$1 want=$2
	shift 2
	run_expect "stops-$name" 2 "$@"
	matches "stops-$name-says" "$want" err
	equal "stops-$name-makes" "" "$(find stops -name '*.ko')"
}
"$MDESCC" -I "$descs" --emit=kmod -o stops "$vnic"
stops no-base 'mdesc_vnic: a kernel before 6.11 wants BTF that continues its own: make VMLINUX_BTF=FILE' \
	kernel_module 6.1 stops
stops no-such-base 'nowhere' kernel_module 6.1 stops VMLINUX_BTF="$TMP/nowhere"
head -c 20000000 6.1/vmlinux >cut
stops cut-base "$TMP/cut: " kernel_module 6.1 stops VMLINUX_BTF="$TMP/cut"
"$MDESCC" -I "$descs" --emit=btf -o damaged "$vnic"
printf '\377' | dd of=damaged bs=1 seek=31 conv=notrunc status=none
stops damaged-base 'damaged: a kind of type that is not known \(31\)' kernel_module 6.1 stops VMLINUX_BTF="$TMP/damaged"
stops other-build 'mdesc_vnic: build it by .make. in its own folder, or with CONFIG_DEBUG_INFO_BTF_MODULES=' \
	make -s -C "$(kernel_build 6.12)" M="$TMP/stops" CC="$CC" modules

# All that mdescc writes for real NICs, and what it does not know given, compiles in both.
mkdir glue
grep -l '^view xdp_rx_meta' "$descs"/*/*.mdesc | grep -v '/mynic-1.4.mdesc$' >views
while read -r file; do
	name=$(basename "$(dirname "$file")")-$(basename "$file" .mdesc)
	"$MDESCC" -I "$descs" --emit=xdp-metadata -o "glue/$name.h" "$file"
done <views
cat >glue/Makefile <<'END'
obj-m := glue.o
ccflags-y := -Werror
modules: ; $(MAKE) -C $(KDIR) M=$(CURDIR) CONFIG_DEBUG_INFO_BTF_MODULES= $@
END
{
	echo '#include <linux/module.h>'
	for file in glue/*.h; do
		upper=$(sed -n 's/^#ifndef MDESC_\(.*\)_XDP_H$/\1/p' "$file")
		lower=$(echo "$upper" | tr A-Z a-z)
		echo "#define ${upper}_RX_HASH_TYPE(m) ((m)[0] ? XDP_RSS_TYPE_L3_IPV4 : XDP_RSS_TYPE_NONE)"
		echo "#define ${upper}_RX_VLAN_PROTO(m) ETH_P_8021Q"
		echo "#include \"$(basename "$file")\""
		echo "void use_$lower(struct net_device *dev, struct ${lower}_xdp *x, const void *meta);"
		echo "void use_$lower(struct net_device *dev, struct ${lower}_xdp *x, const void *meta)"
		echo "{ ${lower}_xdp_setup(dev); ${lower}_xdp_prepare(x, meta); }"
	done
	echo 'MODULE_LICENSE("GPL"); MODULE_DESCRIPTION("");'
} >glue/glue.c
for kernel in 6.1 6.12; do
	cp -r glue $kernel-glue
	check $kernel-builds-glue kernel_module $kernel $kernel-glue
done
equal glue-kinds "$(wc -l <views)" "$(ls glue/*.h | wc -l)"
nm 6.1-glue/glue.o >out
equal 6.1-glue-nothing 0 "$(grep -c '_xdp_ops' out)"
nm 6.12-glue/glue.o >out
equal 6.12-glue-operations "$(ls glue/*.h | wc -l)" "$(grep -c '_xdp_ops$' out)"

root 6.1 continues no
root 6.12 "fits continues" yes
find_nic 6.1
find_nic 6.12 port=0
kernel_boot 6.1 "$TMP/6.1-root"
kernel_boot 6.12 "$TMP/6.12-root"
finish

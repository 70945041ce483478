#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The BPF side in the running kernel: compiles the examples of bpf/ and the traps of tests/bpf/ with every clang that is
# here, and runs each object against the BTF of firmwares that it was compiled for and not (bpf_cases.c). Before that,
# what needs no privilege: the headers, alone, together, before and after vmlinux.h.

. "$MDESC_SRC/tests/lib.sh"
need clang

# The descriptions of the tests, and what the objects are compiled with.
mkdir -p desc/mynic
for name in tnic-a tnic-b unic; do
	check "mdescc_$name" "$MDESCC" -Wno-unwritten -I "$MDESC_INCLUDE" -d desc \
		--emit=header,btf "$MDESC_SRC/tests/bpf/$name.mdesc"
done
for version in 1.4 2.0; do
	check "mdescc_mynic-$version" "$MDESCC" -I "$MDESC_INCLUDE" -d desc/mynic \
		"$MDESC_SRC/firmware-descs/mynic/mynic-$version.mdesc"
	cp "desc/mynic/mynic-$version.btf" desc/
done

mkdir -p desc/nfp
check mdescc_nfp "$MDESCC" -I "$MDESC_INCLUDE" -d desc/nfp --emit=header,btf \
	"$MDESC_SRC/firmware-descs/nfp/rx_meta.mdesc"
cp desc/nfp/rx_meta.btf desc/nfp.btf

# shellcheck disable=SC2207 # several words
flags=(-target "${BPF_TARGET:-bpf}" -std=gnu11 -g -O2 -Wall -Werror -Wno-missing-declarations
	"-I$MDESC_SRC/include" "-I$MDESC_SRC/bpf" "-I$MDESC_SRC/tests/bpf" -Idesc
	$(pkg-config --cflags libbpf 2>/dev/null) -idirafter "/usr/include/$(uname -m)-linux-gnu")

# Every clang there is: the one that configure found, and those with a version in their name.
clangs=("$CLANG")
for n in 14 15 16 17 18 19 20 21; do
	command -v clang-$n >/dev/null || continue
	[ "$("$CLANG" --version | head -n 1)" = "$(clang-$n --version | head -n 1)" ] || clangs+=("clang-$n")
done

# name_of CLANG: clang-14 and so on, whatever it is called here.
name_of()
{
	echo "clang-$("$1" -dumpversion | cut -d . -f 1)"
}

# ---- headers ----

vmlinux=
if ! have bpftool; then
	skip header_vmlinux bpftool "$why"
elif ! bpftool btf dump file /sys/kernel/btf/vmlinux format c >vmlinux.h 2>/dev/null; then
	skip header_vmlinux vmlinux "this kernel has no BTF"
else
	vmlinux='#include "vmlinux.h"'
fi
linux='#include <linux/bpf.h>'
mdesc='#include <mdesc/mdesc_bpf.h>'
mynic='#include "mynic/mynic-1.4.h"'
tnic='#include "tnic-a.h"'

# header NAME LINE...: compiles a program that begins with these lines, with every clang.
header()
{
	local name=$1 clang
	shift
	{
		printf '%s\n' "$@"
		echo '__u64 use(struct mynic_metadata *m) { return mynic_metadata_l3_v4_saddr_get(m); }'
	} >"$name.bpf.c"
	for clang in "${clangs[@]}"; do
		check "$(name_of "$clang")/header_$name" "$clang" "${flags[@]}" -I. -c "$name.bpf.c" -o "$name.bpf.o"
	done
}

header alone "$mynic"
header stddef '#include <stddef.h>' "$mynic" '#include <stdbool.h>'
header linux_before "$linux" "$mynic"
header linux_after "$mynic" "$linux"
header mdesc_first "$mdesc" "$linux" "$mynic"
header mdesc_last "$mynic" "$linux" "$mdesc"
header two_vendors "$linux" "$mdesc" "$mynic" "$tnic"
header no_preserve '#define MDESC_NO_PRESERVE_ACCESS_INDEX' "$linux" "$mdesc" "$mynic"
if [ -n "$vmlinux" ]; then
	header vmlinux_before "$vmlinux" "$mynic"
	header vmlinux_after "$mynic" "$vmlinux"
	header vmlinux_mdesc "$vmlinux" "$mdesc" "$mynic" "$tnic"
	header mdesc_vmlinux "$mdesc" "$vmlinux" "$mynic" "$tnic"
fi

# ---- objects, and what they read in the kernel ----

for clang in "${clangs[@]}"; do
	name=$(name_of "$clang")
	mkdir -p "$name"
	for source in "$MDESC_SRC"/bpf/*.bpf.c "$MDESC_SRC"/tests/bpf/*.bpf.c; do
		check "$name/compile_$(basename "$source" .bpf.c)" "$clang" "${flags[@]}" -c "$source" \
			-o "$name/$(basename "$source" .c).o"
	done
	if ! have bpf; then
		skip "$name/run" bpf "$why"
		continue
	fi
	"$MDESC_BUILD/tests/bpf_cases" "$name" desc "$name" || lib_failed=1
	if have net; then
		"$MDESC_BUILD/tests/bpf_net" "$name/net.bpf.o" "$name" || lib_failed=1
	else
		skip "$name/net" net "$why"
	fi
done

# ---- opened by the library, with the image ----

# swivel_by_library VERSION HEX: HEX is the metadata of a UDP packet up to its layout id, which the header has.
swivel_by_library()
{
	local id
	id=$(sed -n 's/.*MYNIC_METADATA_LAYOUT_ID = 0x\([0-9a-f]*\).*/\1/p' "desc/mynic/mynic-$1.h")
	id=$(printf '%08x' "$((0x$id))" | sed 's/\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/')
	"$MDESC_BUILD/tests/stitch_tool" load --image "desc/mynic/mynic-$1.fw" --run "$2$id" \
		"$(name_of "$CLANG")/swivel.bpf.o" >library.out 2>&1
	matches "library/swivel_$1" '^run swivel 1$' library.out
}

if ! have runtime; then
	skip library runtime "$why"
elif ! have bpf; then
	skip library bpf "$why"
else
	zero=0000000000000000
	swivel_by_library 1.4 $zero$zero'c0000201''11''40''2200''cdab''0200'
	swivel_by_library 2.0 $zero$zero'cdab0000''c0000201''11''22''02''00'
fi
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# One program opened for several NICs: two firmwares that place and size a field differently, each read right; which
# maps are shared and which are not; all loaded or none; pins; what is wrong is said, with the image's name.
. "$MDESC_SRC/tests/lib.sh"

tool=$MDESC_BUILD/tests/objects_tool
need runtime
have clang || { skip objects clang "$why"; exit; }
[ -r /sys/kernel/btf/vmlinux ] || { skip objects btf "this kernel has no BTF"; exit; }
for version in 1.4 2.0; do
	check "image-$version" "$MDESCC" -I "$MDESC_INCLUDE" -o "$version.fw" --emit=image \
		"$MDESC_INCLUDE/mynic/mynic-$version.mdesc"
done
compile()
{
	"$CLANG" -target "$BPF_TARGET" -g -O2 -Wall -Wno-unused-function "$@" \
		-idirafter "/usr/include/$("$CC" -print-multiarch)" -c "$MDESC_SRC/tests/loaders/shared.bpf.c" ||
		{ not_ok "compile $*"; exit; }
}
compile -o shared.o
compile -DNEEDS_VLAN -o needs.o
compile -DPINNED -o pinned.o

# ---- what is wrong ----

run_expect missing 3 "$tool" nosuch.o 1.4.fw 2.0.fw
run_expect no-object 5 "$tool" "$MDESC_SRC/tests/loaders/shared.bpf.c" 1.4.fw 2.0.fw
matches no-object-text '^error corrupt for 1.4.fw: ' out
run_expect no-images 2 "$tool" shared.o
run_expect no-map 3 "$tool" --own nosuch shared.o 1.4.fw 2.0.fw
matches no-map-text "^error not found the object has no map 'nosuch'\$" out

run_expect denied 6 unshare -U "$tool" shared.o 1.4.fw 2.0.fw
matches denied-text '^error denied for 1.4.fw: shared.o: cannot be loaded: Operation not permitted$' out

have bpf || { skip load bpf "$why"; finish; exit; }

# id MAP N: which map it is in the object at place N
id()
{
	sed -n "s/^map $1 //p" out | sed -n "$2p"
}

# together NAME MAP, apart NAME MAP
together()
{
	equal "$1" "$(id "$2" 1)" "$(id "$2" 2)"
}

apart()
{
	local a b

	a=$(id "$2" 1) b=$(id "$2" 2)
	if [ -n "$a" ] && [ -n "$b" ] && [ "$a" != "$b" ]; then
		ok "$1"
	else
		not_ok "$1" "map $2 is number '$a' and '$b'"
	fi
}

# ---- two firmwares ----

# By metadata 1, 2, 3, ...: 1.4's hash is at 24, 16 bits; 2.0's at 16, 32 bits, of which the lower half.
run_expect two 0 "$tool" --nic 1 --nic 2 shared.o 1.4.fw 2.0.fw
grep '^run' out >runs
printf 'run %s\n' $((100000 + 0x1a19)) $((200000 + 0x1211)) $((100000 + 0x1a19)) >runs.want
same two-read runs.want runs
for map in all each .bss; do together "two-$map" "$map"; done
for map in .rodata jumps sockets; do apart "two-$map" "$map"; done
grep '^value' out >values
printf 'value %s\n' 'all 3' 'each 3' '.bss 3' 'all 3' 'each 3' '.bss 3' >values.want
same two-values values.want values

run_expect own 0 "$tool" --own each --own .bss --memory shared.o 1.4.fw 2.0.fw
together own-all all
for map in each .bss .rodata jumps; do apart "own-$map" "$map"; done
grep '^value' out >values
printf 'value %s\n' 'all 3' 'each 2' '.bss 2' 'all 3' 'each 1' '.bss 1' >values.want
same own-values values.want values
grep '^run' out >runs
printf 'run %s\n' $((700000 + 0x1a19)) $((700000 + 0x1211)) $((700000 + 0x1a19)) >runs.want
same own-read runs.want runs

run_expect one 0 "$tool" shared.o 2.0.fw
run_expect same-twice 0 "$tool" shared.o 2.0.fw 2.0.fw 1.4.fw
equal same-twice-all 1 "$(sed -n 's/^map all //p' out | sort -u | wc -l)"
equal same-twice-jumps 3 "$(sed -n 's/^map jumps //p' out | sort -u | wc -l)"

# ---- all or none ----

# 1.4 has no vlan_tags: the second does not load, and the first is not loaded either.
run_expect none 1 "$tool" needs.o 2.0.fw 1.4.fw
matches none-text '^error input for 1.4.fw: needs.o: cannot be loaded: ' out
grep -q '^still there' out && not_ok none-unloaded || ok none-unloaded
run_expect none-again 2 "$tool" --again needs.o 1.4.fw 2.0.fw
matches none-again-text '^error system a load that failed cannot be tried again$' out
run_expect none-needed 0 "$tool" needs.o 2.0.fw

# ---- pins ----

if ! unshare -m sh -c 'mkdir -p fs && mount -t bpf bpf fs' 2>/dev/null; then
	skip pins root "no mount namespace here"
	finish
	exit
fi
# pins ARG...: in mounts of its own; what is pinned in the end is in file left
pins()
{
	unshare -m bash -c 'mount -t bpf bpf fs && "$@"; status=$?; ls fs | grep -v debug >left; exit $status' pins "$@"
}

run_expect pin 0 pins "$tool" --pin "$TMP/fs" pinned.o 1.4.fw 2.0.fw
together pin-all all
equal pin-left 'all each' "$(tr '\n' ' ' <left | sed 's/ $//')"
run_expect pin-own 1 pins "$tool" --pin "$TMP/fs" --own each pinned.o 1.4.fw 2.0.fw
matches pin-own-text "^error input each NIC has a map 'each' of its own, and all would be pinned at $TMP/fs/each: " out
equal pin-own-left '' "$(cat left)"
compile -DPINNED -DNEEDS_VLAN -o pinned_needs.o
run_expect pin-none 1 pins "$tool" --pin "$TMP/fs" pinned_needs.o 2.0.fw 1.4.fw
equal pin-none-left '' "$(cat left)"
# What was pinned before stays.
run_expect pin-before 1 pins bash -c \
	"'$tool' --pin '$TMP/fs' pinned.o 2.0.fw >/dev/null; '$tool' --pin '$TMP/fs' pinned_needs.o 2.0.fw 1.4.fw"
equal pin-before-left 'all each' "$(tr '\n' ' ' <left | sed 's/ $//')"
finish

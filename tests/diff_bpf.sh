#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# What mdesc diff says is so in the kernel: programs of tests/diff/reads.bpf.c, compiled with the header of an old
# image, are loaded for the new one. Where the rule is of class `breaks`, libbpf or the kernel refuses them; where it is
# of class `wrong`, they load and read a wrong value, which is written down here; where it is `compatible`, they read
# right. Each program reads right from the image that it was compiled for.

. "${MDESC_SRC:?run tests by tests/run or make check}/tests/lib.sh"
need runtime clang bpf python3

read -ra cflags <<<"$(pkg-config --cflags libbpf 2>/dev/null)"
flags=(-target "${BPF_TARGET:-bpf}" -std=gnu11 -g -O2 -Wall -Wno-missing-declarations -I. "-I$MDESC_SRC/include"
	"${cflags[@]}" -idirafter "/usr/include/$(uname -m)-linux-gnu")

reads=$MDESC_SRC/tests/diff/reads.bpf.c

# make_all NAME: image and header
make_all()
{
	"$MDESCC" -I "$MDESC_INCLUDE" --emit=image,header -d . "$MDESC_SRC/tests/diff/$1.mdesc" >log 2>&1 && return
	not_ok "$1-compiles"
	diag_file log
}

# object NAME DEFINE: NAME.bpf.o, compiled with the header of NAME.old
object()
{
	check "object-$1" "$CLANG" "${flags[@]}" "-D$2" "-DOLD_HEADER=\"$1.old.h\"" -c "$reads" \
		-o "$1.bpf.o"
}

for name in field-gone field-width field-sign field-order field-kind field-moved field-array bits types views; do
	make_all $name.old
	make_all $name.new
done
object field-gone FIELDS
object types TYPES
object views VIEWS
# the same header, the other way round: what is narrower then
object field-width FIELDS
check object-wide "$CLANG" "${flags[@]}" -DFIELDS '-DOLD_HEADER="field-width.new.h"' -c "$reads" \
	-o field-wide.bpf.o
check object-bits "$CLANG" "${flags[@]}" -DFIELDS '-DOLD_HEADER="bits.new.h"' -c "$reads" \
	-o bits.bpf.o

# case_of NAME OBJECT PROGRAM OLD NEW HEX WANT RULE CLASS SUBJECT: the program, on metadata of NEW, gives WANT; and
# mdesc diff OLD NEW finds a difference of that rule, class and subject
case_of()
{
	local name=$1 object=$2 program=$3 old=$4 new=$5 hex=$6 want=$7 rule=$8 class=$9 subject=${10}

	equal "$name" "$want" "$("$MDESC_BUILD/tests/diff_bpf" "$object.bpf.o" "$program" "$new.fw" "$hex")"
	equal "$name-said" "$class" "$("$MDESC" diff --json "$old.fw" "$new.fw" | python3 -c 'import json, sys
print(*{d["class"] for d in json.load(sys.stdin)["differences"] if [d["rule"], d["subject"]] == sys.argv[1:]})' \
		"$rule" "$subject")"
}

# of acme_rx: time 0, hash 8, port 12, drift 14, colour 16, labels 20, kind, bad, level, mode 36, bit fields 40, tag 48
plain=$(printf '%s' 0100000000000000 44332211 1234 feff 88776655 01000000 02000000 03000000 04000000 01 01 07 09 \
	ab0c000000000000 00000000 00000000)
zeros=00000000000000000000000000000000

# ---- right from their own ----

right()
{
	equal "right-$2" "$4" "$("$MDESC_BUILD/tests/diff_bpf" "$1.bpf.o" "$2" "$3.old.fw" "$5")"
}
for pair in colour:0x55667788 hash:0x11223344 copied_hash:0x11223344 drift:0xfffffffffffffffe port:0x1234 \
	last_label:0x4 lane_relocated:0xc level:0x7; do
	right field-gone "${pair%:*}" field-gone "${pair#*:}" "$plain"
done
types=$(printf '%s' 02 000000 01020304 "$zeros" 00000000)
right types is_ipv4 types 0x1 "$types"
right types is_ipv4_relocated types 0x1 "$types"
right types is_arp types 0x0 "$types"
view=$(printf '%s' 0500000000000000 44332211 00000000)
right views view_hash views 0x11223344 "$view"

# ---- breaks ----

L="layout acme_rx field"
case_of field-removed field-gone colour field-gone.old field-gone.new "$plain" refused field-removed breaks "$L colour"
case_of field-kind field-gone hash field-kind.old field-kind.new "$plain$zeros" refused field-kind-changed breaks \
	"$L hash"
case_of field-array field-gone colour field-kind.old field-kind.new "$plain$zeros" refused field-kind-changed breaks \
	"$L colour"
case_of array-shrunk field-gone last_label field-kind.old field-kind.new "$plain$zeros" refused array-shrunk breaks \
	"$L labels"
case_of signed-resized field-gone drift field-width.old field-width.new "$plain$zeros" refused signed-field-resized \
	breaks "$L drift"
# neither a byte as bits nor bits as a byte
case_of packing field-gone level bits.old bits.new "$plain" refused field-packing-changed breaks "$L level"
case_of packing-back bits level bits.new bits.old "$plain" refused field-packing-changed breaks "$L level"
case_of enumerator-removed types is_arp types.old types.new "$types" refused enumerator-removed breaks \
	"enum acme_kind enumerator ACME_KIND_ARP"
case_of type-removed types gone_type types.old types.new "$types" refused type-removed breaks "struct acme_old"
case_of type-kind types other_kind types.old types.new "$types" refused type-kind-changed breaks "type acme_addr"
case_of view-field views view_hash views.old views.new "$view" refused view-field-removed breaks \
	"view xdp_rx_meta field rx_hash"

# ---- wrong ----

# hash was 64 bits and has 32: a copy of eight bytes takes what is behind it along
case_of width-copied field-wide copied_hash field-width.new field-width.old "$plain" 0xfffe341211223344 \
	field-resized wrong "$L hash"
# 32 bits, and now 64: a copy takes half
wide=$(printf '%s' 0100000000000000 4433221188776655 00001234 feffffff 88776655 01000000 02000000 03000000 04000000 \
	01 01 07 09 ab0c000000000000 00000000 00000000)
case_of width-half field-gone copied_hash field-width.old field-width.new "$wide" 0x11223344 field-resized wrong \
	"$L hash"
# a port of 32 bits is swapped as one of 16
case_of big-endian field-gone port field-width.old field-width.new "$wide" 0x0 big-endian-field-resized wrong "$L port"
# -1 is a large number for who was compiled without a sign
minus=${plain/88776655/ffffffff}
case_of sign field-gone colour field-sign.old field-sign.new "$minus" 0xffffffff field-sign-changed wrong "$L colour"
# in host order now, and swapped all the same: 0x3412 in the bytes 12 34
case_of order field-gone port field-order.old field-order.new "$plain" 0x1234 field-order-changed wrong "$L port"
# queue and lane change places: lane is in bits 3 to 0 now (0xb), and is read from where it was (0xc)
case_of bits field-gone lane bits.old bits.new "$plain" 0xc bits-moved wrong "$L lane"
case_of bits-relocated field-gone lane_relocated bits.old bits.new "$plain" 0xb bits-moved wrong "$L lane"
# IPv4 is 1 now; who compares with 2 takes IPv6 for it
case_of enumerator types is_ipv4 types.old types.new "$types$zeros" 0x1 enumerator-changed wrong \
	"enum acme_kind enumerator ACME_KIND_IPV4"
case_of enumerator-relocated types is_ipv4_relocated types.old types.new "$types$zeros" 0x0 enumerator-changed wrong \
	"enum acme_kind enumerator ACME_KIND_IPV4"

# ---- compatible ----

moved=$(printf '%s' 0100000000000000 44332211 1234 feff 07 09 0000 01000000 02000000 03000000 04000000 01 01 0000 \
	88776655 ab0c000000000000 00000000 00000000 00000000)
case_of moved field-gone colour field-moved.old field-moved.new "$moved" 0x55667788 field-moved compatible "$L colour"
more=${plain/04000000/040000000500000006000000}
case_of grew field-gone last_label field-array.old field-array.new "$more" 0x4 array-grew compatible "$L labels"
case_of view-moved views view_time views.old views.new "$view" 0x5 view-layout-removed behaviour \
	"view xdp_rx_meta of layout acme_fixed"
finish

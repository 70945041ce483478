#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Header and BTF say the same: gcc and clang compile the header of every description, in the form for BPF and in that
# for user space, pahole reads the debug information back to BTF, and btfcmp compares it with what mdescc wrote. The
# kernel must take every BTF. tests/btfcmp.c says what is compared.
. "$MDESC_SRC/tests/lib.sh"

BTFCMP=$MDESC_BUILD/tests/btfcmp
: "${CC:=gcc}"

# one FORM COMPILER BTFCMP-OPTIONS CFLAGS...: of $name.h in $TMP
one()
{
	local form=$1 cc=$2 options=$3 obj
	shift 3
	obj=$name.${form##*/}
	printf '#include "%s.h"\n' "$name" >"$obj.c"
	if ! $cc -std=gnu11 -g -fno-eliminate-unused-debug-types -Wall -Wextra -Werror "$@" -c -o "$obj.o" "$obj.c" \
		>"$TMP/log" 2>&1 ||
	   ! pahole --btf_encode_detached "$obj.btf" "$obj.o" >>"$TMP/log" 2>&1; then
		not_ok "$name-$form" "does not compile, or pahole does not read it"
		diag_file "$TMP/log"
		return
	fi
	# shellcheck disable=SC2086
	check "$name-$form" "$BTFCMP" $options -x "$prefix" "$name.btf" "$obj.btf"
}

# description FILE
description()
{
	name=$(basename "$1" .mdesc)
	check "$name-compile" "$MDESCC" -I "$MDESC_INCLUDE" --emit=header,btf -d "$TMP" "$1" || return
	prefix=$(sed -n 's/^#define MDESC_[A-Z0-9_]*_DEVICE "\(.*\)"$/\1_/p' "$name.h")
	if have pahole; then
		one gcc-user "$CC" -p
		one gcc-kernel-pointers "$CC" "" -DMDESC_KERNEL_POINTERS
		one gcc-bpf "$CC" "" -D__bpf__ -DMDESC_NO_PRESERVE_ACCESS_INDEX
		if have clang; then
			one clang-user "$CLANG" -p
			one clang-bpf "$CLANG" "" -D__bpf__ -DMDESC_NO_PRESERVE_ACCESS_INDEX
		else
			skip "$name-clang" clang "$why"
		fi
	else
		skip "$name" pahole "$why"
	fi
	"$MDESC_BUILD/tests/btf_load" "$name.btf"
}

for desc in "$MDESC_SRC"/firmware-descs/*/*.mdesc "$MDESC_SRC"/tests/header/*.mdesc; do
	case $desc in
	*/std/* | */targets/*) ;;
	*) description "$desc" ;;
	esac
done

# The comparer must see a difference where there is one: a member less, a bit more, another sign.
n=0
while IFS= read -r change; do
	n=$((n + 1))
	sed "$change" "$MDESC_SRC/tests/header/sink.mdesc" >changed.mdesc
	check "changed-$n-compile" "$MDESCC" --emit=btf -o changed.btf changed.mdesc &&
		run_expect "changed-$n-seen" 1 "$BTFCMP" sink.btf changed.btf
done <<'END'
/u8 end;/d
s/u32 b : 11;/u32 b : 12;/
s/s32 f;/u32 f;/
s/green, blue = 7/green, blue = 8/
s/typedef be16 sink_ports/typedef le16 sink_ports/
s/grid.2./grid[3]/
END
finish

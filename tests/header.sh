#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The generated headers compile everywhere: as C11, gnu11 and C++, by gcc and every clang that is there, for user
# space (64 and 32 bits, arm64), in the kernel's way and for BPF; twice, two vendors' in one program, before and after
# vmlinux.h. Their getters give the right values.
. "$MDESC_SRC/tests/lib.sh"

: "${CC:=gcc}" "${CXX:=g++}"
BPF_FLAGS="-target bpf -g -O2"

# The kernel's types.h, as far as a header may need it.
mkdir -p kernel/linux
cat >kernel/linux/types.h <<'END'
#ifndef _LINUX_TYPES_H
#define _LINUX_TYPES_H
typedef unsigned char __u8; typedef unsigned short __u16; typedef unsigned int __u32; typedef unsigned long long __u64;
typedef signed char __s8; typedef short __s16; typedef int __s32; typedef long long __s64;
typedef __u16 __be16; typedef __u32 __be32; typedef __u64 __be64;
typedef __u16 __le16; typedef __u32 __le32; typedef __u64 __le64;
typedef _Bool bool;
#endif
END

# compiles NAME COMMAND...: as check, of $source
compiles()
{
	local name=$1
	shift
	# shellcheck disable=SC2086
	check "$base-$name" $* -Wall -Wextra -Werror "$source"
}

user_space()
{
	source=$base.c
	printf '#include "%s.h"\n#include "%s.h"\nint main(void) { return 0; }\n' "$base" "$base" >"$source"
	compiles c11 "$CC -std=c11 -fsyntax-only"
	compiles kernel "$CC -std=gnu11 -fsyntax-only -D__KERNEL__ -nostdinc -Ikernel -Wdeclaration-after-statement \
		-Wstrict-prototypes -fno-strict-aliasing"
	if have "$CXX"; then
		cp "$source" "$base.cc"
		source=$base.cc
		compiles c++17 "$CXX -std=c++17 -fsyntax-only"
		compiles c++11 "$CXX -std=c++11 -fsyntax-only"
		source=$base.c
	else
		skip "$base-c++" g++ "$why"
	fi
}

# A program that calls all getters of a header: without a call, nothing is made of them.
calls()
{
	printf '#include "%s.h"\n' "$base"
	sed -nE 's/^__mdesc1_inline .*[ *]([A-Za-z0-9_]+_(get|len))\(const (.*) \*m\)$/\1 \3/p' "$base.h" |
		while read -r getter type; do
			echo "__u64 call_$getter(const $type *m);"
			echo "__u64 call_$getter(const $type *m) { return (__u64)(long)$getter(m); }"
		done
}

clangs()
{
	local clang found=
	calls >"$base-calls.c"
	source=$base.c
	for clang in "${CLANG:-clang}" clang-14 clang-19; do
		command -v "$clang" >/dev/null 2>&1 || continue
		case " $found " in *" $clang "*) continue ;; esac
		found="$found $clang"
		compiles "$clang-c11" "$clang -std=c11 -fsyntax-only"
		# 32 bits: the same offsets, or an assertion fails.
		compiles "$clang-i386" "$clang -std=gnu11 -m32 -fsyntax-only -nostdinc -Ikernel"
		compiles "$clang-arm64" "$clang -std=gnu11 --target=aarch64-linux-gnu -fsyntax-only -nostdinc -Ikernel"
		compiles "$clang-bpf" "$clang $BPF_FLAGS -c -o $base.$clang.o"
		source=$base-calls.c
		compiles "$clang-bpf-getters" "$clang $BPF_FLAGS -Wno-deprecated-declarations -c -o $base.$clang.o"
		source=$base.c
		compiles "$clang-bpf-plain" "$clang $BPF_FLAGS -DMDESC_NO_PRESERVE_ACCESS_INDEX -c -o $base.$clang.o"
	done
	[ -n "$found" ] || skip "$base-clang" clang "there is no clang"
}

description()
{
	base=$(basename "$1" .mdesc)
	check "$base-compile" "$MDESCC" -I "$MDESC_INCLUDE" --emit=header -d "$TMP" "$1" || return
	user_space
	clangs
}

for desc in "$MDESC_SRC"/firmware-descs/*/*.mdesc "$MDESC_SRC"/tests/header/*.mdesc; do
	case $desc in
	*/std/* | */targets/* | */mynic-2.*) ;;
	*) description "$desc" ;;
	esac
done

# Before and after vmlinux.h, and both vendors'.
base=vmlinux source=vmlinux.c
if ! have clang; then
	skip vmlinux clang "$why"
elif [ ! -r /sys/kernel/btf/vmlinux ] || ! have bpftool; then
	skip vmlinux bpftool "no bpftool, or no BTF of the kernel"
else
	bpftool btf dump file /sys/kernel/btf/vmlinux format c >vmlinux.h
	printf '#include "sink.h"\n#include "vmlinux.h"\n#include "other.h"\n' >vmlinux.c
	compiles around "$CLANG $BPF_FLAGS -Wno-missing-declarations -c -o vmlinux.o"
fi

# Values.
cp "$MDESC_SRC/tests/header/values.c" .
for cc in "$CC -std=gnu11" "$CLANG -std=gnu11 -O2" "$CXX -std=c++17 -x c++"; do
	name=${cc%% *}
	have "$name" || { skip "values-$name" "$name" "$why"; continue; }
	if $cc -Wall -Wextra -Wno-deprecated-declarations -Werror -o values values.c >log 2>&1; then
		./values "${name##*/}"
	else
		not_ok "values-${name##*/}" "does not compile"
		diag_file log
	fi
done

# A use of what is deprecated is warned about, with the text.
printf '#include "sink.h"\n__u64 f(const struct sink_metadata *m) { return sink_metadata_old_get(m); }\n' >old.c
run_expect deprecated 1 "$CC" -std=gnu11 -Werror -fsyntax-only old.c
matches deprecated-text 'use .*"new' "$TMP/err"
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The offline resolver against libbpf on the real kernel: every decision, on random pairs of object and BTF and on the
# objects of bpf/ with the BTF of every shipped image. Then the same input damaged, through the checker.

. "$MDESC_SRC/tests/lib.sh"
need runtime

seed=${MDESC_SEED:-$RANDOM}
echo "# seed $seed"
btfs=$(find "$MDESC_BUILD/firmware-descs" -name '*.btf' | sort)
objects=$(find "$MDESC_BUILD/bpf" -name '*.bpf.o' | sort)
mynic=$MDESC_BUILD/firmware-descs/mynic/mynic-2.0.btf

if have bpf; then
	"$MDESC_BUILD/tests/core_pairs" random $((seed * 100000)) 6000 >out 2>&1
	grep -E '^(not )?ok ' out || not_ok random "died: $(tail -n 3 out)"
	grep '^#' out | tail -n 60
	if [ -n "$objects" ]; then
		for btf in $btfs; do
			# Word splitting: a list.
			"$MDESC_BUILD/tests/core_pairs" real "$btf" $objects >out 2>&1
			grep -E '^(not )?ok ' out || not_ok "${btf##*/}" "died: $(tail -n 3 out)"
			grep '^#' out | grep -v '^# libbpf [0-9]' | head -n 40
		done
	else
		skip real bpf-programs "the BPF programs were not built"
	fi
else
	skip random bpf "$why"
fi

if [ -z "$objects" ]; then
	skip fuzz bpf-programs "the BPF programs were not built"
else
	"$MDESC_BUILD/tests/check_fuzz" $seed 3000 "$mynic" $objects >out 2>&1
	grep -E '^(not )?ok ' out || not_ok fuzz "died: $(tail -n 20 out)"
	grep '^#' out
fi
finish

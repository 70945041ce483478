#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# bpf/demo.sh tells what is so: with privilege the same compiled program runs on both firmwares, without it the rest is
# shown and what was left out is named.

. "$MDESC_SRC/tests/lib.sh"
need runtime

# without BPF programs, as where there is no clang
mkdir -p build/bpf
ln -s "$MDESCC" build/mdescc
ln -s "$MDESC" build/mdesc
MDESC_BUILD=$TMP/build run_expect no_programs 0 "$MDESC_SRC/bpf/demo.sh"
matches no_programs_decodes '^233 packets' "$TMP/out"
matches no_programs_shows_some '^\(2[0-9][0-9] more of the same kinds are not shown\)$' "$TMP/out"
matches no_programs_says_so '^the program in the kernel: the BPF programs were not built' "$TMP/out"

if ! have bpf-programs; then
	skip demo bpf-programs "$why"
	exit
fi
if have bpf; then
	run_expect demo 0 "$MDESC_SRC/bpf/demo.sh"
	matches demo_1.4 '^233 packets, 20 XDP_DROP, 213 XDP_PASS' "$TMP/out"
	matches demo_2.0 '^233 packets, 24 XDP_DROP, 209 XDP_PASS' "$TMP/out"
	matches demo_same '^229 of 233 packets have the same verdict' "$TMP/out"
	if grep -q '^== Left out' "$TMP/out"; then
		diag "$(sed -n '/^== Left out/,$p' "$TMP/out")"
	fi
else
	skip demo bpf "$why"
fi
finish

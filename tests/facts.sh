#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# The layouts that we describe are those of the real drivers: size and every member's bit offset and size of the BTF
# that mdescc makes equal the listings in tests/facts, which record.sh took from the modules of Debian's kernels.
. "$MDESC_SRC/tests/lib.sh"

# compare DESCRIPTION STRUCT...
compare()
{
	local desc=$1 btf name fact
	shift
	btf=$TMP/$(basename "$desc" .mdesc).btf
	check "compile-$(basename "$desc" .mdesc)" \
		"$MDESCC" -I "$MDESC_INCLUDE" --emit=btf -o "$btf" "$MDESC_SRC/firmware-descs/$desc" || return
	for name; do
		fact=$MDESC_SRC/tests/facts/$name.txt
		grep -v '^#' "$fact" >"$TMP/$name.expected"
		"$MDESC_BUILD/tests/btf-list" "$btf" "$name" >"$TMP/$name.actual" 2>&1
		same "$name" "$TMP/$name.expected" "$TMP/$name.actual"
	done
}

compare mlx5/cqe64.mdesc mlx5_cqe64 mlx5_mini_cqe8
compare octeontx2/nix.mdesc nix_cqe_hdr_s nix_rx_parse_s nix_rx_sg_s
finish

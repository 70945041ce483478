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
compare octeontx2/nix.mdesc nix_cqe_hdr_s nix_rx_parse_s nix_rx_sg_s nix_cqe_rx_s
compare igc/rx_desc.mdesc igc_adv_rx_desc igc_inline_rx_tstamps
compare ice/rx_flex.mdesc ice_32b_rx_flex_desc ice_32b_rx_flex_desc_nic ice_32b_rx_flex_desc_nic_2
compare virtio_net/rx_hdr.mdesc virtio_net_hdr_v1 virtio_net_hdr_v1_hash virtio_net_hdr virtio_net_hdr_mrg_rxbuf
compare nfp/rx_meta.mdesc nfp_net_rx_desc nfp_net_rx_hash
compare dpaa2/annotation.mdesc dpaa2_fas dpaa2_fapr dpaa2_faead dpaa2_fd dpaa2_fd_simple
compare bnxt/rx_cmp.mdesc rx_cmp rx_cmp_ext rx_agg_cmp rx_tpa_start_cmp rx_tpa_start_cmp_ext rx_tpa_end_cmp \
	rx_tpa_end_cmp_ext
finish

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Metadata that is a chain of items: the combination is taken by the first word, and one that is not known is let be.
// Compiled with nfp's header; run against its BTF, and against one of firmware that writes no chain.

#include <linux/bpf.h>
#include <stddef.h>
#include <mdesc/mdesc_bpf.h>
#include "nfp/rx_meta.h"
#include "got.h"

/* Each combination by its struct. */
SEC("xdp")
int chain(struct xdp_md *ctx)
{
	struct nfp_meta_hash *h = mdesc_chain(ctx, struct nfp_meta_hash, NFP_META_HASH_LAYOUT_ID);
	struct nfp_meta_vlan *v = mdesc_chain(ctx, struct nfp_meta_vlan, NFP_META_VLAN_LAYOUT_ID);
	struct nfp_meta_hash_mark_csum *hmc = mdesc_chain(ctx, struct nfp_meta_hash_mark_csum,
							  NFP_META_HASH_MARK_CSUM_LAYOUT_ID);
	struct got *g = got_start();

	if (!g)
		return XDP_DROP;
	GOT(g, 0, mdesc_chain_word(ctx));
	GOT(g, 1, h ? MDESC_BE(h, hash) : GOT_ABSENT);
	GOT(g, 2, h ? nfp_meta_hash_types_hash_type_get(h) : GOT_ABSENT);
	GOT(g, 3, v ? nfp_meta_vlan_vlan_tci_get(v) : GOT_ABSENT);
	GOT(g, 4, v ? nfp_meta_vlan_vlan_strip_get(v) : GOT_ABSENT);
	GOT(g, 5, hmc ? MDESC_BE(hmc, hash) : GOT_ABSENT);
	GOT(g, 6, hmc ? nfp_meta_hash_mark_csum_types_hash_type_get(hmc) : GOT_ABSENT);
	GOT(g, 7, hmc ? nfp_meta_hash_mark_csum_mark_get(hmc) : GOT_ABSENT);
	GOT(g, 8, hmc ? nfp_meta_hash_mark_csum_csum_get(hmc) : GOT_ABSENT);
	return XDP_PASS;
}

/* By the word, which is read once: what a packet has, whatever its length. */
SEC("xdp")
int chain_word(struct xdp_md *ctx)
{
	__u32 word = mdesc_chain_word(ctx);
	struct got *g = got_start();

	if (!g)
		return XDP_DROP;
	GOT(g, 0, word);
	GOT(g, 1, MDESC_CHAIN_IS(word, NFP_META_HASH_LAYOUT_ID));
	GOT(g, 2, MDESC_CHAIN_IS(word, NFP_META_VLAN_LAYOUT_ID));
	GOT(g, 3, MDESC_CHAIN_IS(word, NFP_META_HASH_MARK_CSUM_LAYOUT_ID));
	GOT(g, 4, MDESC_CHAIN_IS(word, NFP_META_HASH_MARK_LAYOUT_ID));
	return XDP_PASS;
}

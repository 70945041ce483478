// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// What the kernel or libbpf must go on refusing at load, because mdesc_bpf.h counts on it: each program is loaded
// alone, against tnic-a (with whose header it was compiled) and tnic-b.

#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#include "tnic-a.h"

#define META(type) struct type *m = mdesc_meta(ctx, struct type); if (!m) return XDP_PASS

/* A field that b lacks. */
SEC("xdp")
int missing_field(struct xdp_md *ctx)
{
	META(tnic_ints);
	return m->gone;
}

/* An enumerator that b lacks. */
SEC("xdp")
int missing_enumerator(struct xdp_md *ctx)
{
	META(tnic_ints);
	return m->kind == bpf_core_enum_value(enum tnic_kind, TNIC_KIND_GONE);
}

/* A range that b's word lacks. */
SEC("xdp")
int missing_range(struct xdp_md *ctx)
{
	META(tnic_bits);
	return tnic_bits_tag_pcp_get(m);
}

/* An element behind the end of b's array. */
SEC("xdp")
int beyond_array(struct xdp_md *ctx)
{
	META(tnic_ints);
	return m->addr[5];
}

/* A signed integer that is wider in b, loaded directly. */
SEC("xdp")
int signed_width(struct xdp_md *ctx)
{
	META(tnic_ints);
	return m->temp;
}

/* The layout id, by the form that one would write first. */
SEC("xdp")
int obvious_id(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_meta = (void *)(long)ctx->data_meta;

	if (data_meta + 4 > data)
		return XDP_PASS;
	return *(__u32 *)(data - 4);
}

char _license[] SEC("license") = "GPL";

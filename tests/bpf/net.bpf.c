// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// What becomes of metadata behind XDP_PASS (bpf_net.c): kept, it reaches TC, and keeps GRO from merging packets as soon
// as it differs between them; mdesc_pass() strips it.

#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#include "got.h"

struct stamp {
	__u64 time;
	__u32 reserved;
	__u32 layout_id;
};

#define ID 0x01020304

// As a NIC would: a time that differs, and a layout id at the end.
static inline int stamp(struct xdp_md *ctx)
{
	struct stamp *s;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*s)))
		return -1;
	s = (void *)(long)ctx->data_meta;
	if ((void *)(s + 1) > (void *)(long)ctx->data)
		return -1;
	s->time = bpf_ktime_get_ns();
	s->reserved = 0;
	s->layout_id = ID;
	return 0;
}

SEC("xdp")
int keep(struct xdp_md *ctx)
{
	return stamp(ctx) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int strip(struct xdp_md *ctx)
{
	return stamp(ctx) ? XDP_DROP : mdesc_pass(ctx);
}

// How many packets have the id at TC, and how many have none.
SEC("tc")
int at_tc(struct __sk_buff *ctx)
{
	__u32 id = mdesc_layout_id(ctx), zero = 0;
	struct got *g = bpf_map_lookup_elem(&out, &zero);

	if (g)
		__sync_fetch_and_add(id == ID ? &g->v[0] : &g->v[1], 1);
	return 0; /* TC_ACT_OK */
}

char _license[] SEC("license") = "GPL";

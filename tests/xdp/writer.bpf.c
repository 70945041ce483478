// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// A writer by hand, for tests of what attaches writers, whatever makes them: it has all that a writer must have, and
// writes three things only: whether the packet is of IPv4, its source address, and which layout it is. Compiled with
// -DMETA_BYTES=, -DLAYOUT=, -DTYPE_AT= and -DSADDR_AT= (where mynic's pkt_type and source address are), -DIPV4= (its
// value), -DSOURCES=, -DLAYOUTS=.

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "writer.h"

#ifdef KFUNC
extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym __weak;
#endif

static __always_inline int writer(struct xdp_md *ctx)
{
	__u32 zero = 0, type = 0, saddr = 0;
	struct counters *c = bpf_map_lookup_elem(&mdesc_counters, &zero);
	long before = (long)ctx->data - (long)ctx->data_meta;
	char *data, *meta;

	if (!c)
		return XDP_ABORTED;
	c->v[PACKETS]++;
	if (before && bpf_xdp_adjust_meta(ctx, before))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	if (data + 14 > (char *)(long)ctx->data_end)
		c->v[TRUNCATED]++;
	else if (data + 34 <= (char *)(long)ctx->data_end && *(__u16 *)(data + 12) == 0x0008) {
		type = IPV4;
		saddr = *(__u32 *)(data + 26);
	}
	if (bpf_xdp_adjust_meta(ctx, -META_BYTES)) {
		c->v[NO_METADATA]++;
	} else {
		meta = (void *)(long)ctx->data_meta;
		if (meta + META_BYTES > (char *)(long)ctx->data)
			return XDP_ABORTED;
		__builtin_memset(meta, 0, META_BYTES);
		*(__u16 *)(meta + TYPE_AT) = type;
		*(__u32 *)(meta + SADDR_AT) = saddr;
		*(__u32 *)(meta + META_BYTES - 4) = LAYOUT;
#ifdef KFUNC
		if (mdesc_config.flags & 1) {
			__u64 t = 0;

			bpf_xdp_metadata_rx_timestamp(ctx, &t);
			*(__u64 *)meta = t;
		}
#endif
		c->v[LAYOUT0]++;
	}
	bpf_tail_call(ctx, &mdesc_next, 0);
	c->v[NO_PROGRAM]++;
	before = (long)ctx->data - (long)ctx->data_meta;
	if (before)
		bpf_xdp_adjust_meta(ctx, before);
	return XDP_PASS;
}

SEC("xdp")
int mdesc_writer(struct xdp_md *ctx)
{
	return writer(ctx);
}

SEC("xdp.frags")
int mdesc_writer_frags(struct xdp_md *ctx)
{
	return writer(ctx);
}

char _license[] SEC("license") = "GPL";

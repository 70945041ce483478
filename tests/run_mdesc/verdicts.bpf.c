/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an XDP program can do to a packet, for the tests of mdesc run. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int meta_size(struct xdp_md *ctx)
{
	/* The number of bytes of metadata: no XDP action. */
	return ctx->data - ctx->data_meta;
}

SEC("xdp")
int cut_tail(struct xdp_md *ctx)
{
	bpf_xdp_adjust_tail(ctx, -4);
	return XDP_TX;
}

SEC("xdp")
int grow_head(struct xdp_md *ctx)
{
	/* The kernel moves metadata along with the head. */
	bpf_xdp_adjust_head(ctx, -8);
	return XDP_DROP;
}

SEC("xdp")
int strip_meta(struct xdp_md *ctx)
{
	bpf_xdp_adjust_meta(ctx, ctx->data - ctx->data_meta);
	return XDP_PASS;
}

SEC("xdp.frags")
int frags(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp/cpumap")
int for_cpumap(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

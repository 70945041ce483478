// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hands packets with their metadata to an AF_XDP socket; runtime/examples/xsk_sort.c is what reads them there.
 *
 * It knows nothing of layouts: the reader in user space tells them apart by the id in front of each packet, so the same
 * program serves every NIC and firmware. A packet that has no metadata gets a zero id, as its frame still has that of
 * an earlier packet. What no socket wants goes on to the network stack, without metadata.
 */
#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>

/* The sockets, by the queue that they are bound to. */
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} xsks SEC(".maps");

SEC("xdp")
int xsk_sort(struct xdp_md *ctx)
{
	__u32 queue = ctx->rx_queue_index;

	if (!bpf_map_lookup_elem(&xsks, &queue) || mdesc_xsk_prepare(ctx))
		return mdesc_pass(ctx);
	return bpf_redirect_map(&xsks, queue, XDP_DROP);
}

char _license[] SEC("license") = "Dual BSD/GPL";

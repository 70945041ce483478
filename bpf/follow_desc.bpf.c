// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Follow a pointer in the metadata to the descriptor that the packet was received with.
 *
 * It is an address of kernel memory, so the verifier lets nobody follow it directly; a probe read does, and gives 0
 * (and an error, where one asks) if the address is bad. Which address the hardware wrote is the driver's promise.
 */
#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#include "mynic/mynic-1.4.h"
#include "seen.h"

SEC("xdp")
int follow_desc(struct xdp_md *ctx)
{
	struct mynic_metadata *m;
	struct seen *s = seen();

	if (!s)
		return mdesc_pass(ctx);
	m = mdesc_meta_layout(ctx, struct mynic_metadata, MYNIC_METADATA_LAYOUT_ID);
	if (!m || !MDESC_HAS(m, ptr_to_rx)) {
		s->others++;
		return mdesc_pass(ctx);
	}
	s->packets++;
	s->rx_len = MDESC_FOLLOW(m->ptr_to_rx, len);
	if (MDESC_TRY_FOLLOW(&s->rx_head, m->ptr_to_rx, head))
		s->others++; /* a bad address */
	return mdesc_pass(ctx);
}

/* bpf_probe_read_kernel() is for programs under the GPL. */
char _license[] SEC("license") = "Dual BSD/GPL";

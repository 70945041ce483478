/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Asks, unguarded, for a field that no image has. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct mynic_metadata {
	__u32 never_there;
} __attribute__((preserve_access_index));

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	struct mynic_metadata *m = (void *)(long)ctx->data_meta;

	if ((void *)m + 32 > (void *)(long)ctx->data)
		return XDP_ABORTED;
	return m->never_there;
}

char _license[] SEC("license") = "GPL";

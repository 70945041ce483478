/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Relocates against the NIC's types only. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct mynic_metadata {
	__u64 timestamp;
} __attribute__((preserve_access_index));

SEC("xdp")
int open_nic(struct xdp_md *ctx)
{
	struct mynic_metadata *m = (void *)(long)ctx->data_meta;

	if ((void *)m + bpf_core_type_size(struct mynic_metadata) > (void *)(long)ctx->data)
		return XDP_DROP;
	return m->timestamp;
}

char _license[] SEC("license") = "GPL";

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Relocates against the NIC's types and the kernel's. The NIC's are guarded, so that it loads against the kernel alone,
 * too: what is measured is the same object.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct mynic_metadata {
	__u64 timestamp;
} __attribute__((preserve_access_index));

struct sk_buff {
	__u32 len;
} __attribute__((preserve_access_index));

struct net_device {
	int ifindex;
} __attribute__((preserve_access_index));

SEC("xdp")
int open_both(struct xdp_md *ctx)
{
	struct mynic_metadata *m = (void *)(long)ctx->data_meta;
	int n = bpf_core_field_offset(struct sk_buff, len) + bpf_core_field_offset(struct net_device, ifindex);

	if (!bpf_core_field_exists(m->timestamp))
		return n;
	if ((void *)m + bpf_core_type_size(struct mynic_metadata) > (void *)(long)ctx->data)
		return n;
	return n + m->timestamp;
}

char _license[] SEC("license") = "GPL";

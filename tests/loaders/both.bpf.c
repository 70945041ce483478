/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What any loader must resolve rightly: a field of the NIC, types of the kernel, and one that nobody has, for which
 * loaders search the modules. Gives the low half of the NIC's hash, and 100,000 for each thing that is as it should be.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct mynic_metadata {
	__u32 hash;
} __attribute__((preserve_access_index));

struct sk_buff {
	__u32 len;
} __attribute__((preserve_access_index));

struct net_device {
	int ifindex;
} __attribute__((preserve_access_index));

struct mynic_nobody_has {
	int x;
} __attribute__((preserve_access_index));

SEC("xdp")
int both(struct xdp_md *ctx)
{
	struct mynic_metadata *m = (void *)(long)ctx->data_meta;
	int n = 0;

	if ((void *)m + bpf_core_type_size(struct mynic_metadata) > (void *)(long)ctx->data)
		return 0;
	n += bpf_core_field_offset(struct sk_buff, len) > 0;
	n += bpf_core_field_offset(struct net_device, ifindex) > 0;
	n += !bpf_core_type_exists(struct mynic_nobody_has);
	return (m->hash & 0xffff) + 100000 * n;
}

char _license[] SEC("license") = "GPL";

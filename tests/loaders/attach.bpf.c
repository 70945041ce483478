/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaches to something of the kernel, found by its type's id, follows the kernel's pointers with the verifier's
 * leave, and needs a type of the NIC to load.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct mynic_metadata {
	__u64 timestamp;
} __attribute__((preserve_access_index));

struct net_device {
	int ifindex;
} __attribute__((preserve_access_index));

struct sk_buff {
	struct net_device *dev;
	__u32 len;
} __attribute__((preserve_access_index));

SEC("tp_btf/netif_receive_skb")
int attach(unsigned long long *ctx)
{
	struct sk_buff *skb = (void *)ctx[0];

	return skb->len + skb->dev->ifindex + bpf_core_field_offset(struct mynic_metadata, timestamp) > 1000000;
}

char _license[] SEC("license") = "GPL";

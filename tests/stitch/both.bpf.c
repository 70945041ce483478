/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Relocates against the NIC's types, the kernel's, and some that nobody has:
 * gives the hash and a thousand for each thing that is as it should be.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct tnic_meta {
	unsigned short hash;
	unsigned int id;
} __attribute__((preserve_access_index));

struct tnic_rx {
	unsigned long long head;
	int gone;
} __attribute__((preserve_access_index));

struct sk_buff {
	unsigned int len;
} __attribute__((preserve_access_index));

struct net_device {
	int ifindex;
} __attribute__((preserve_access_index));

struct task_struct___local {
	int pid;
	int no_such_member;
} __attribute__((preserve_access_index));

struct tnic_nobody_has {
	int x;
} __attribute__((preserve_access_index));

struct list_head {
	struct list_head *next, *prev;
} __attribute__((preserve_access_index));

SEC("xdp")
int both(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	struct tnic_meta *m = (void *)(long)ctx->data_meta;
	int n = 0;

	if ((void *)m + bpf_core_type_size(struct tnic_meta) > data)
		return 0;
	n += bpf_core_type_exists(struct sk_buff);
	n += bpf_core_field_offset(struct net_device, ifindex) > 0;
	n += bpf_core_field_exists(((struct task_struct___local *)0)->pid);
	n += !bpf_core_field_exists(((struct task_struct___local *)0)->no_such_member);
	n += !bpf_core_type_exists(struct tnic_nobody_has);
	n += bpf_core_field_offset(struct tnic_rx, head) == 8;
	n += !bpf_core_field_exists(((struct tnic_rx *)0)->gone);
	n += bpf_core_type_size(struct list_head) == 16;
	return m->hash + 1000 * n;
}

char _license[] SEC("license") = "GPL";

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Asks for the kernel's type id of a struct, and for something of the NIC: gives the id. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct tnic_meta {
	unsigned short hash;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

SEC("xdp")
int kernel_ids(struct xdp_md *ctx)
{
	return bpf_core_type_exists(struct tnic_meta) ? bpf_core_type_id_kernel(struct task_struct) : 0;
}

char _license[] SEC("license") = "GPL";

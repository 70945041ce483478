/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Relocates against a module's struct: gives its offset, or 1 where there is no such struct. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct tnic_meta {
	unsigned short hash;
} __attribute__((preserve_access_index));

struct tmod_state {
	int counter;
} __attribute__((preserve_access_index));

SEC("xdp")
int module(struct xdp_md *ctx)
{
	if (!bpf_core_type_exists(struct tnic_meta))
		return 2;
	if (!bpf_core_type_exists(struct tmod_state))
		return 1;
	return bpf_core_field_offset(struct tmod_state, counter);
}

char _license[] SEC("license") = "GPL";

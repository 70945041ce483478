/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Relocates against the NIC's types only: gives the hash. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct tnic_meta {
	unsigned short hash;
	unsigned int id;
} __attribute__((preserve_access_index));

enum tnic_kind {
	TNIC_KIND_A,
	TNIC_KIND_B,
};

SEC("xdp")
int only_nic(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	struct tnic_meta *m = (void *)(long)ctx->data_meta;

	if ((void *)m + bpf_core_type_size(struct tnic_meta) > data)
		return 0;
	return m->hash + bpf_core_enum_value(enum tnic_kind, TNIC_KIND_B);
}

char _license[] SEC("license") = "GPL";

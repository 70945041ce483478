// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// A type of which there are several: the kernel's and the NIC's, or two of the NIC's.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct cnic_meta {
	__u32 stay;
	__u32 id;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} out SEC(".maps");

SEC("xdp") int stay(struct xdp_md *ctx)
{
	struct cnic_meta *m = (void *)(long)ctx->data_meta;
	__u32 zero = 0;
	__u64 *o = bpf_map_lookup_elem(&out, &zero);

	if (!o || (void *)m + 4 > (void *)(long)ctx->data)
		return XDP_ABORTED;
	*o = m->stay;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

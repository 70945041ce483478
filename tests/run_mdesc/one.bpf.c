/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One XDP program beside one of another kind: drops what has metadata of a known layout. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct mynic_metadata {
	__u64 timestamp;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} mdesc_test_pinned SEC(".maps");

SEC("tc")
int other_kind(struct __sk_buff *skb)
{
	return 0;
}

SEC("xdp")
int one(struct xdp_md *ctx)
{
	struct mynic_metadata *m = (void *)(long)ctx->data_meta;

	if ((void *)m + bpf_core_type_size(struct mynic_metadata) > (void *)(long)ctx->data)
		return XDP_ABORTED;
	bpf_map_lookup_elem(&mdesc_test_pinned, &(__u32){ 0 });
	/* Even and odd nanoseconds, as --sources has them. */
	return m->timestamp & 1 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";

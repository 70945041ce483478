/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For tests/objects.sh: one program on several NICs. It counts in maps, in a variable and in what each NIC has for
 * itself, and gives the low half of the hash by a tail call, which must reach the program of the same NIC.
 * -DNEEDS_VLAN: with something that only mynic 2.0 has.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct mynic_metadata {
	__u32 hash;
	__u8 vlan_tags;
} __attribute__((preserve_access_index));

struct sk_buff {
	__u32 len;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
#ifdef PINNED
	__uint(pinning, LIBBPF_PIN_BY_NAME);
#endif
} all SEC(".maps"), each SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

const volatile __u32 nic = 7;
__u64 in_bss;

int hash(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__array(values, int (struct xdp_md *));
} jumps SEC(".maps") = { .values = { (void *)&hash } };

SEC("xdp")
int hash(struct xdp_md *ctx)
{
	struct mynic_metadata *m = (void *)(long)ctx->data_meta;

	if ((void *)m + bpf_core_type_size(struct mynic_metadata) > (void *)(long)ctx->data)
		return 0;
#ifdef NEEDS_VLAN
	if (m->vlan_tags > 64)
		return 1;
#endif
	return (m->hash & 0xffff) + 100000 * nic;
}

static void count(void *map)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(map, &zero);

	if (n)
		__sync_fetch_and_add(n, 1);
}

SEC("xdp")
int shared(struct xdp_md *ctx)
{
	count(&all);
	count(&each);
	__sync_fetch_and_add(&in_bss, bpf_core_field_offset(struct sk_buff, len) > 0);
	if (bpf_map_lookup_elem(&sockets, &(__u32){ 0 }))
		return 2;
	bpf_tail_call(ctx, &jumps, 0);
	return 3;
}

char _license[] SEC("license") = "GPL";

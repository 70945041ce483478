// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The getters of one real NIC's header, and the view's accessors, on bytes that the packet begins with: a program for
 * each descriptor of NIC_DEF, whose results nic_bpf.c compares. HEADER is the generated header. What is read is
 * relocated to the NIC's BTF.
 */
#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#include HEADER

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 128);
	__type(key, __u32);
	__type(value, __u64);
} got SEC(".maps");

static __always_inline void put(__u32 at, __u64 value)
{
	__u64 *v = bpf_map_lookup_elem(&got, &at);

	if (v)
		*v = value;
}

#define NIC(name, file)
#define DESC(test, type)							\
SEC("xdp") int test(struct xdp_md *ctx)						\
{										\
	const type *d = (const void *)(long)ctx->data;				\
	__u32 at = 0;
#define BYTES(...)								\
	if ((const void *)d + sizeof((const __u8[]){ __VA_ARGS__ }) > (const void *)(long)ctx->data_end) \
		return XDP_DROP;
#define GET(getter, value) put(at++, getter##_get(d));
#define VALID(getter, yes) put(at++, getter##_valid(d));
#define ELEMENT(getter, i, value) put(at++, getter##_get(d)[i]);
#define CHAIN(id, yes) put(at++, MDESC_CHAIN_IS(__builtin_bswap32(*(const __u32 *)d), id));
#define VIEW(member, value) {							\
	__typeof__(((struct xdp_rx_meta *)0)->member) v = 0;			\
	put(at++, mdesc_##member((const struct xdp_rx_meta *)d, &v));		\
	put(at++, v); }
#define NO_VIEW(member) {							\
	__typeof__(((struct xdp_rx_meta *)0)->member) v = 0;			\
	put(at++, mdesc_##member((const struct xdp_rx_meta *)d, &v)); }
#define END									\
	return XDP_PASS;							\
}
#include NIC_DEF

char _license[] SEC("license") = "Dual BSD/GPL";

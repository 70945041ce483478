// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// What a program pays to know the protocol, the place and the source address of the innermost transport header, and
// VXLAN's network: `reads` takes them from the metadata of deep.mdesc, `parse` from the packet, in the same cases,
// `empty` not at all. With -DKFUNCS, an object in the form of a writer instead that asks the driver for timestamp and
// hash and does nothing else: attach loads it for one interface.

#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>

#ifdef KFUNCS

#define SOURCES 2
#define LAYOUTS 1
#include "../xdp/writer.h"

extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym __weak;
enum xdp_rss_hash_type { XDP_RSS_TYPE_NONE };
extern int bpf_xdp_metadata_rx_hash(const struct xdp_md *ctx, __u32 *hash, enum xdp_rss_hash_type *type) __ksym __weak;

__u64 got;

SEC("xdp")
int mdesc_bound(struct xdp_md *ctx)
{
	__u64 timestamp = 0;
	enum xdp_rss_hash_type type = XDP_RSS_TYPE_NONE;
	__u32 hash = 0, zero = 0;

	if (mdesc_config.flags && bpf_map_lookup_elem(&mdesc_counters, &zero)) {
		bpf_xdp_metadata_rx_timestamp(ctx, &timestamp);
		bpf_xdp_metadata_rx_hash(ctx, &hash, &type);
	}
	got = timestamp + hash;
	if (got == 1)
		bpf_tail_call(ctx, &mdesc_next, 0);
	return XDP_DROP;
}

SEC("xdp")
int mdesc_writer(struct xdp_md *ctx)
{
	return mdesc_config.flags == ~0u ? XDP_PASS : XDP_DROP;
}

#else

#include "deep.h"

struct { __u64 protocol, address, offset, vni; } got;

SEC("xdp")
int empty(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("xdp")
int reads(struct xdp_md *ctx)
{
	struct deep_metadata *m = mdesc_meta_layout(ctx, struct deep_metadata, DEEP_METADATA_LAYOUT_ID);

	if (!m)
		return XDP_DROP;
	got.protocol = MDESC_LOAD(m, protocol);
	got.address = MDESC_LOAD(m, saddr);
	got.offset = MDESC_LOAD(m, l4_offset);
	got.vni = MDESC_LOAD(m, vni);
	return XDP_DROP;
}

struct place {
	unsigned char *p, *end;
	__u32 address, vni;
	__u8 protocol;
};

// An IP header at @w->p, and what extends it; true: the transport header is at @w->p then.
static __always_inline int ip(struct place *w, __u16 type, const int extended)
{
	unsigned char *p = w->p;
	__u32 n;

	if (type == 0x0800) {
		if (p + 20 > w->end)
			return 0;
		n = (p[0] & 15) * 4;
		if (n < 20)
			return 0;
		w->address = *(__u32 *)(p + 12);
		w->protocol = p[9];
		w->p = p + n;
		return !((p[6] << 8 | p[7]) & 0x1fff);
	}
	if (type != 0x86dd || p + 40 > w->end)
		return 0;
	w->address = *(__u32 *)(p + 20);
	w->protocol = p[6];
	p += 40;
	for (int i = 0; extended && i < 8; i++) {
		if (w->protocol && w->protocol != 43 && w->protocol != 60)
			break;
		if (p + 8 > w->end)
			return 0;
		w->protocol = p[0];
		p += (p[1] + 1) * 8;
	}
	w->p = p;
	return 1;
}

SEC("xdp")
int parse(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	struct place w = { .p = data + 14, .end = (void *)(long)ctx->data_end };
	__u16 type;
	int whole;

	if (w.p > w.end)
		return XDP_DROP;
	type = data[12] << 8 | data[13];
	for (int i = 0; i < 2 && (type == 0x8100 || type == 0x88a8); i++, w.p += 4) {
		if (w.p + 4 > w.end)
			return XDP_DROP;
		type = w.p[2] << 8 | w.p[3];
	}
	whole = ip(&w, type, 1);
	if (whole && w.protocol == 17 && w.p + 30 <= w.end && w.p[2] == 0x12 && w.p[3] == 0xb5) {
		w.vni = w.p[12] << 16 | w.p[13] << 8 | w.p[14];
		type = w.p[28] << 8 | w.p[29];
		w.p += 30;
		ip(&w, type, 0);
	}
	got.protocol = w.protocol;
	got.address = w.address;
	got.offset = w.p - data;
	got.vni = w.vni;
	return XDP_DROP;
}

#endif

char _license[] SEC("license") = "GPL";

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// What a program pays to know a packet's protocol, source address and where its transport header begins: `reads` takes
// them from mynic's metadata, `parse` from the packet, `empty` not at all. With -DKFUNCS, an object in the form of a
// writer instead that asks the driver for timestamp and hash and does nothing else: attach loads it for one interface.

#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>

#ifdef KFUNCS

#define SOURCES 3
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

#include "mynic/mynic-1.4.h"

struct { __u64 protocol, address, offset; } got;

SEC("xdp")
int empty(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("xdp")
int reads(struct xdp_md *ctx)
{
	struct mynic_metadata *m = mdesc_meta_layout(ctx, struct mynic_metadata, MYNIC_METADATA_LAYOUT_ID);

	if (!m || !MDESC_IS(MDESC_LOAD(m, pkt_type), MYNIC_PKT_TYPE_IPV4))
		return XDP_DROP;
	got.protocol = MDESC_LOAD(m, l3.v4.protocol);
	got.address = MDESC_LOAD(m, l3.v4.saddr);
	got.offset = MDESC_LOAD(m, l3.v4.l4_offset);
	return XDP_DROP;
}

SEC("xdp")
int parse(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end, *p = data + 14;
	__u16 type;

	if (p > end)
		return XDP_DROP;
	type = data[12] << 8 | data[13];
	for (int i = 0; i < 2 && (type == 0x8100 || type == 0x88a8); i++, p += 4) {
		if (p + 4 > end)
			return XDP_DROP;
		type = p[2] << 8 | p[3];
	}
	if (type != 0x0800 || p + 20 > end)
		return XDP_DROP;
	got.protocol = p[9];
	got.address = *(__u32 *)(p + 12);
	got.offset = p - data + (p[0] & 15) * 4;
	return XDP_DROP;
}

#endif

char _license[] SEC("license") = "GPL";

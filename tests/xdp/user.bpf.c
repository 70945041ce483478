// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// A user's program that trusts nothing: of each test packet (IPv4, in protocol 253) it compares the source address that
// the metadata has with the packet's own. It drops these, and lets others pass. Its counters are a global variable:
// an update is to keep it.

#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#include "mynic/mynic-1.4.h"
#include "user.h"

#ifdef WIDER
struct user_counts counts[2];	/* defined otherwise: cannot be kept */
#define COUNTS counts[0]
#else
struct user_counts counts;
#define COUNTS counts
#endif

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} notes SEC(".maps");

#ifndef SECTION
#define SECTION "xdp"
#endif

static inline int look(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct mynic_metadata *m;
	__u32 key = 0;

	if (data + 34 > end || data[12] != 8 || data[13] || data[23] != 253)
		return mdesc_pass(ctx);
	bpf_map_lookup_elem(&notes, &key);
	if (!mdesc_layout_id(ctx)) {
		__sync_fetch_and_add(&COUNTS.none, 1);
		return XDP_DROP;
	}
	m = mdesc_meta_layout(ctx, struct mynic_metadata, MYNIC_METADATA_LAYOUT_ID);
	if (!m)
		__sync_fetch_and_add(&COUNTS.unknown, 1);
	else if (MDESC_LOAD(m, l3.v4.saddr) == *(__u32 *)(data + 26) &&
		 MDESC_IS(MDESC_LOAD(m, pkt_type), MYNIC_PKT_TYPE_IPV4))
		__sync_fetch_and_add(&COUNTS.good, 1);
	else
		__sync_fetch_and_add(&COUNTS.wrong, 1);
	return XDP_DROP;
}

SEC(SECTION)
int user(struct xdp_md *ctx)
{
	return look(ctx);
}

#ifdef TTL
SEC("xdp")
int user_ttl(struct xdp_md *ctx)
{
	struct mynic_metadata *m = mdesc_meta_layout(ctx, struct mynic_metadata, MYNIC_METADATA_LAYOUT_ID);

	return m && MDESC_LOAD(m, l3.v4.ttl) == 1 ? XDP_DROP : XDP_PASS;
}
#endif

#ifdef TWO
SEC("xdp")
int user_other(struct xdp_md *ctx)
{
	return look(ctx);
}
#endif

char _license[] SEC("license") = "GPL";

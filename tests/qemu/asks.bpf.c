// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reads what is known of a packet by CO-RE, through the shared names, and, compiled with KFUNCS, through the kernel's
 * metadata kfuncs, too. Nothing goes on to the stack.
 */
#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#include <bpf/bpf_endian.h>
#include "asked.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ASKED_PACKETS);
	__type(key, __u32);
	__type(value, struct asked);
} asked SEC(".maps");

__u32 packets;

static void ask_core(struct xdp_md *ctx, struct answer *a)
{
	struct xdp_rx_meta *m = mdesc_rx_meta(ctx);

	if (mdesc_rx_timestamp(m, &a->timestamp))
		a->has |= ASKED_TIMESTAMP;
	if (mdesc_rx_hash(m, &a->hash) && mdesc_rx_hash_type(m, &a->hash_type))
		a->has |= ASKED_HASH;
	if (mdesc_rx_vlan_tci(m, &a->vlan_tci) && mdesc_rx_vlan_proto(m, &a->vlan_proto))
		a->has |= ASKED_TAG;
}

#ifdef KFUNCS
enum xdp_rss_hash_type { XDP_RSS_TYPE_NONE };
extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym;
extern int bpf_xdp_metadata_rx_hash(const struct xdp_md *ctx, __u32 *hash, enum xdp_rss_hash_type *rss_type) __ksym;
extern int bpf_xdp_metadata_rx_vlan_tag(const struct xdp_md *ctx, __be16 *vlan_proto, __u16 *vlan_tci) __ksym;

static void ask_kfuncs(struct xdp_md *ctx, struct answer *a)
{
	enum xdp_rss_hash_type type = 0;
	__u64 timestamp = 0;
	__u32 hash = 0;
	__be16 proto = 0;
	__u16 tci = 0;

	if (!bpf_xdp_metadata_rx_timestamp(ctx, &timestamp)) {
		a->timestamp = timestamp;
		a->has |= ASKED_TIMESTAMP;
	}
	if (!bpf_xdp_metadata_rx_hash(ctx, &hash, &type)) {
		a->hash = hash;
		a->hash_type = type;
		a->has |= ASKED_HASH;
	}
	if (!bpf_xdp_metadata_rx_vlan_tag(ctx, &proto, &tci)) {
		a->vlan_proto = bpf_ntohs(proto);
		a->vlan_tci = tci;
		a->has |= ASKED_TAG;
	}
}
#endif

SEC("xdp")
int asks(struct xdp_md *ctx)
{
	__u32 n = packets;
	struct asked *a = bpf_map_lookup_elem(&asked, &n);

	if (!a)
		return XDP_DROP;
	packets = n + 1;
	ask_core(ctx, &a->core);
#ifdef KFUNCS
	ask_kfuncs(ctx, &a->kfunc);
#endif
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";

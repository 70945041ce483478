/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What one writes by hand for mynic-2.0, with sources that are constants: it takes
 * away what an earlier run left, parses the same headers, writes the same metadata
 * for every packet, cut off ones too (the bench compares them), makes the tail call,
 * and takes the metadata away where no program is. One program counts nothing, the
 * other what the generated writer counts. And an empty program, whose time is what a
 * test run takes by itself.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} mdesc_next SEC(".maps");

enum { PACKETS, TRUNCATED, ERRORS, DROPPED, NO_METADATA, NO_PROGRAM, LAYOUT, COUNTERS };

struct counts {
	__u64 n[COUNTERS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counts);
} mdesc_counters SEC(".maps");

struct meta {
	__u64 rx;
	__u64 timestamp;
	__u32 hash;
	__be32 addr;		/* of an ICMP packet: type, code, identifier */
	__u16 rest;
	__u8 pkt_type;
	__u8 vlan_tags;
	__u32 layout_id;
};

volatile const __u64 rx = 0, timestamp = 1;
volatile const __u32 hash = 2;

enum { LAYOUT_ID = 0x4cf7268d };	/* what mynic-2.0.h says */

struct tag { __be16 tci, type; };
struct snap { __u8 llc[3], oui[3]; __be16 type; };
struct arp { __u8 head[6]; __be16 operation; __u8 mac[6]; __u8 sender_ip[4]; __u8 rest[10]; };
struct icmp { __u8 type, code; __be16 sum; __be16 identifier, sequence; };

/* How the parser ends. */
enum { OK, CUT_OFF, BAD };

static __always_inline int icmp(struct meta *m, struct icmp *icmp, void *end)
{
	if ((void *)(icmp + 1) > end)
		return CUT_OFF;
	m->pkt_type = 4;
	((__u8 *)&m->addr)[0] = icmp->type;
	((__u8 *)&m->addr)[1] = icmp->code;
	((__be16 *)&m->addr)[1] = icmp->identifier;
	m->rest = icmp->sequence;
	return OK;
}

static __always_inline int ipv4(struct meta *m, void *data, struct iphdr *ip, void *end)
{
	__u32 length;

	if ((void *)(ip + 1) > end)
		return CUT_OFF;
	length = ip->ihl * 4;
	if (length < sizeof(*ip))
		return BAD;
	if ((void *)ip + length > end)
		return CUT_OFF;
	if (ip->protocol == IPPROTO_ICMP && !(ip->frag_off & bpf_htons(0x1fff)))
		return icmp(m, (void *)ip + length, end);
	m->pkt_type = 2;
	m->addr = ip->saddr;
	((__u8 *)&m->rest)[0] = ip->protocol;
	((__u8 *)&m->rest)[1] = (__u8)((void *)ip - data + length);
	return OK;
}

static __always_inline int ipv6(struct meta *m, void *data, struct ipv6hdr *ip, void *end)
{
	if ((void *)(ip + 1) > end)
		return CUT_OFF;
	if (ip->nexthdr == IPPROTO_ICMPV6)
		return icmp(m, (void *)(ip + 1), end);
	m->pkt_type = 3;
	m->addr = ip->saddr.in6_u.u6_addr32[3];
	((__u8 *)&m->rest)[0] = ip->nexthdr;
	((__u8 *)&m->rest)[1] = (__u8)((void *)(ip + 1) - data);
	return OK;
}

static __always_inline int arp(struct meta *m, struct arp *arp, void *end)
{
	if ((void *)(arp + 1) > end)
		return CUT_OFF;
	m->pkt_type = 1;
	m->addr = *(__be32 *)arp->sender_ip;
	m->rest = arp->operation;
	return OK;
}

static __always_inline bool is_vlan(__be16 type)
{
	return type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD);
}

static __always_inline int parse(struct meta *m, void *data, void *end)
{
	struct ethhdr *eth = data;
	void *p = eth + 1;
	__be16 type;

	if (p > end)
		return CUT_OFF;
	type = eth->h_proto;
	if (bpf_ntohs(type) < 0x800) {
		struct snap *snap = p;

		if ((void *)snap->oui > end)
			return CUT_OFF;
		if (snap->llc[0] != 0xaa || snap->llc[1] != 0xaa || snap->llc[2] != 3)
			return OK;
		if ((void *)(snap + 1) > end)
			return CUT_OFF;
		type = snap->type;
		p = snap + 1;
		if (is_vlan(type))
			return OK;
	}
#pragma unroll
	for (int i = 0; i < 4; i++) {
		struct tag *tag = p;

		if (!is_vlan(type))
			break;
		if ((void *)(tag + 1) > end)
			return CUT_OFF;
		m->vlan_tags++;
		type = tag->type;
		p = tag + 1;
	}
	if (type == bpf_htons(ETH_P_IP))
		return ipv4(m, data, p, end);
	if (type == bpf_htons(ETH_P_IPV6))
		return ipv6(m, data, p, end);
	if (type == bpf_htons(ETH_P_ARP))
		return arp(m, p, end);
	return is_vlan(type) ? BAD : OK;
}

static __always_inline void count(int counter, int error)
{
	struct counts *c;
	__u32 zero = 0;

	c = bpf_map_lookup_elem(&mdesc_counters, &zero);
	if (!c)
		return;
	c->n[PACKETS]++;
	c->n[counter]++;
	if (error)
		c->n[error == CUT_OFF ? TRUNCATED : ERRORS]++;
}

static __always_inline int hand_on(struct xdp_md *ctx, int counter, int error, const bool counts)
{
	struct counts *c;
	__u32 zero = 0;

	if (counts)
		count(counter, error);
	bpf_tail_call(ctx, &mdesc_next, 0);
	if (counts && (c = bpf_map_lookup_elem(&mdesc_counters, &zero)))
		c->n[NO_PROGRAM]++;
	bpf_xdp_adjust_meta(ctx, (int)((long)ctx->data - (long)ctx->data_meta));
	return XDP_PASS;
}

static __always_inline int write_metadata(struct xdp_md *ctx, const bool counts)
{
	long before = (long)ctx->data - (long)ctx->data_meta;
	struct meta *m;
	int error;

	if (bpf_xdp_adjust_meta(ctx, (int)(before - sizeof(*m)))) {
		bpf_xdp_adjust_meta(ctx, (int)before);
		return hand_on(ctx, NO_METADATA, OK, counts);
	}
	m = (void *)(long)ctx->data_meta;
	if ((void *)(m + 1) > (void *)(long)ctx->data)
		return XDP_PASS;
	*m = (struct meta){ 0 };
	error = parse(m, (void *)(long)ctx->data, (void *)(long)ctx->data_end);
	m->rx = rx;
	m->timestamp = timestamp;
	m->hash = hash;
	m->layout_id = LAYOUT_ID;
	return hand_on(ctx, LAYOUT, error, counts);
}

SEC("xdp") int by_hand(struct xdp_md *ctx)
{
	return write_metadata(ctx, false);
}

SEC("xdp") int by_hand_counts(struct xdp_md *ctx)
{
	return write_metadata(ctx, true);
}

SEC("xdp") int empty(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What one writes by hand for mynic-2.0: the same headers, the same metadata, and
 * the tail call. Sources are constants. And an empty program, whose time is what a
 * test run takes by itself.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
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
volatile const __u32 hash = 2, layout_id = 3;

struct tag { __be16 tci, type; };
struct snap { __u8 llc[3], oui[3]; __be16 type; };
struct arp { __u8 head[6]; __be16 operation; __u8 mac[6]; __u8 sender_ip[4]; __u8 rest[10]; };
struct icmp { __u8 type, code; __be16 sum; __be16 identifier, sequence; };

static __always_inline void icmp(struct meta *m, struct icmp *icmp, void *end)
{
	if ((void *)(icmp + 1) > end)
		return;
	m->pkt_type = 4;
	((__u8 *)&m->addr)[0] = icmp->type;
	((__u8 *)&m->addr)[1] = icmp->code;
	((__be16 *)&m->addr)[1] = icmp->identifier;
	m->rest = icmp->sequence;
}

static __always_inline void parse(struct meta *m, void *data, void *end)
{
	struct ethhdr *eth = data;
	void *p = eth + 1;
	__be16 type;

	if (p > end)
		return;
	type = eth->h_proto;
	if (bpf_ntohs(type) < 0x800) {
		struct snap *snap = p;

		if ((void *)(snap + 1) > end || snap->llc[0] != 0xaa || snap->llc[1] != 0xaa || snap->llc[2] != 3)
			return;
		type = snap->type;
		p = snap + 1;
	}
#pragma unroll
	for (int i = 0; i < 4; i++) {
		struct tag *tag = p;

		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(tag + 1) > end)
			return;
		m->vlan_tags++;
		type = tag->type;
		p = tag + 1;
	}
	if (type == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = p;
		__u32 length;

		if ((void *)(ip + 1) > end)
			return;
		length = ip->ihl * 4;
		if (length < 20 || p + length > end)
			return;
		if (ip->protocol == 1 && !(ip->frag_off & bpf_htons(0x1fff))) {
			icmp(m, p + length, end);
			return;
		}
		m->pkt_type = 2;
		m->addr = ip->saddr;
		((__u8 *)&m->rest)[0] = ip->protocol;
		((__u8 *)&m->rest)[1] = (__u8)(p - data + length);
	} else if (type == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = p;

		if ((void *)(ip + 1) > end)
			return;
		if (ip->nexthdr == 58) {
			icmp(m, (void *)(ip + 1), end);
			return;
		}
		m->pkt_type = 3;
		m->addr = ip->saddr.in6_u.u6_addr32[3];
		((__u8 *)&m->rest)[0] = ip->nexthdr;
		((__u8 *)&m->rest)[1] = (__u8)(p - data + 40);
	} else if (type == bpf_htons(ETH_P_ARP)) {
		struct arp *arp = p;

		if ((void *)(arp + 1) > end)
			return;
		m->pkt_type = 1;
		m->addr = *(__be32 *)arp->sender_ip;
		m->rest = arp->operation;
	}
}

SEC("xdp") int by_hand(struct xdp_md *ctx)
{
	long before = (long)ctx->data - (long)ctx->data_meta;
	struct meta *m;

	if (bpf_xdp_adjust_meta(ctx, (int)(before - sizeof(*m))))
		return XDP_PASS;
	m = (void *)(long)ctx->data_meta;
	if ((void *)(m + 1) > (void *)(long)ctx->data)
		return XDP_PASS;
	*m = (struct meta){ 0 };
	parse(m, (void *)(long)ctx->data, (void *)(long)ctx->data_end);
	m->rx = rx;
	m->timestamp = timestamp;
	m->hash = hash;
	m->layout_id = layout_id;
	bpf_tail_call(ctx, &mdesc_next, 0);
	return XDP_PASS;
}

SEC("xdp") int empty(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

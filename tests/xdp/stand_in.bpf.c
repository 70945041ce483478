// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Stands in for hardware (afxdp.sh): writes mynic 1.4's metadata in front of IPv4 packets, whose hash is the UDP source
// port, so that a test knows what must be read; an id that nobody knows where the port is 7001; and nothing in front of
// other packets. Then the program in the slot runs.

#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#include "mynic/mynic-1.4.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} mdesc_next SEC(".maps");

struct udp4 {
	__u8 mac[12];
	__u16 type;
	__u8 ip[12];
	__u32 saddr, daddr;
	__u16 sport, dport;
} __attribute__((packed));

// As bytes: the header's struct is relocated to what this program does not want to know.
struct meta {
	__u64 time, ptr;
	__u32 saddr;
	__u8 protocol, ttl;
	__u16 l4, hash, type;
	__u32 id;
};

static inline void write(struct xdp_md *ctx)
{
	struct udp4 *p = (void *)(long)ctx->data;
	struct meta *m;

	if ((void *)(p + 1) > (void *)(long)ctx->data_end || p->type != __builtin_bswap16(0x0800))
		return;
	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*m)))
		return;
	m = (void *)(long)ctx->data_meta;
	p = (void *)(long)ctx->data;
	if ((void *)(m + 1) > (void *)p || (void *)(p + 1) > (void *)(long)ctx->data_end)
		return;
	m->time = bpf_ktime_get_ns();
	m->ptr = 0;
	m->saddr = p->saddr;
	m->protocol = p->ip[9];
	m->ttl = p->ip[8];
	m->l4 = 34;
	m->hash = __builtin_bswap16(p->sport);
	m->type = 2;
	m->id = p->dport == __builtin_bswap16(7001) ? 0x77777777 : STAND_IN_ID;
}

SEC("xdp")
int mdesc_writer(struct xdp_md *ctx)
{
	write(ctx);
	bpf_tail_call(ctx, &mdesc_next, 0);
	return mdesc_pass(ctx);
}

// Leaves the metadata for TC.
SEC("xdp")
int keep(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

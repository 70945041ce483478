// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Programs that were compiled with an old header, as users write them: what each reads is in `got`. tests/diff_bpf.sh
// loads them for the image that came after, and compares with what `mdesc diff` says of the two.

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include OLD_HEADER

__u64 got;

/* The layout at the front of the metadata, checked. */
#define META(type)								\
	struct type *m = (void *)(long)ctx->data_meta;				\
	if ((void *)m + bpf_core_type_size(struct type) > (void *)(long)ctx->data)	\
		return XDP_DROP

#ifdef FIELDS
SEC("xdp")
int colour(struct xdp_md *ctx)
{
	META(acme_rx);
	got = m->colour;
	return XDP_PASS;
}

SEC("xdp")
int hash(struct xdp_md *ctx)
{
	META(acme_rx);
	got = m->hash;
	return XDP_PASS;
}

SEC("xdp")
int copied_hash(struct xdp_md *ctx)
{
	META(acme_rx);
	got = BPF_CORE_READ(m, hash);
	return XDP_PASS;
}

SEC("xdp")
int drift(struct xdp_md *ctx)
{
	META(acme_rx);
	got = (__s64)m->drift;
	return XDP_PASS;
}

SEC("xdp")
int port(struct xdp_md *ctx)
{
	META(acme_rx);
	got = bpf_ntohs(m->port);
	return XDP_PASS;
}

SEC("xdp")
int last_label(struct xdp_md *ctx)
{
	META(acme_rx);
	got = m->labels[3];
	return XDP_PASS;
}

SEC("xdp")
int lane(struct xdp_md *ctx)
{
	META(acme_rx);
	got = m->lane;
	return XDP_PASS;
}

SEC("xdp")
int lane_relocated(struct xdp_md *ctx)
{
	META(acme_rx);
	got = BPF_CORE_READ_BITFIELD(m, lane);
	return XDP_PASS;
}

SEC("xdp")
int level(struct xdp_md *ctx)
{
	META(acme_rx);
	got = m->level;
	return XDP_PASS;
}
#endif

#ifdef TYPES
SEC("xdp")
int is_arp(struct xdp_md *ctx)
{
	META(acme_rx);
	got = m->kind == bpf_core_enum_value(enum acme_kind, ACME_KIND_ARP);
	return XDP_PASS;
}

SEC("xdp")
int is_ipv4(struct xdp_md *ctx)
{
	META(acme_rx);
	got = m->kind == ACME_KIND_IPV4;
	return XDP_PASS;
}

SEC("xdp")
int is_ipv4_relocated(struct xdp_md *ctx)
{
	META(acme_rx);
	got = m->kind == bpf_core_enum_value(enum acme_kind, ACME_KIND_IPV4);
	return XDP_PASS;
}

SEC("xdp")
int gone_type(struct xdp_md *ctx)
{
	META(acme_old);
	got = m->a;
	return XDP_PASS;
}

SEC("xdp")
int other_kind(struct xdp_md *ctx)
{
	META(acme_addr);
	got = m->v4;
	return XDP_PASS;
}
#endif

#ifdef VIEWS
/* As programs declare the contract that they read. */
struct xdp_rx_meta {
	__u64 rx_timestamp;
	__u32 rx_hash;
} __attribute__((preserve_access_index));

SEC("xdp")
int view_hash(struct xdp_md *ctx)
{
	META(xdp_rx_meta);
	got = m->rx_hash;
	return XDP_PASS;
}

SEC("xdp")
int view_time(struct xdp_md *ctx)
{
	META(xdp_rx_meta);
	got = m->rx_timestamp;
	return XDP_PASS;
}
#endif

char _license[] SEC("license") = "Dual BSD/GPL";

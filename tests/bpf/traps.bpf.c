// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Each trap of reading metadata by CO-RE, and the macro or getter that avoids it. Compiled with tnic-a.h; run against
// the BTF of tnic-a and of tnic-b, where everything is elsewhere and otherwise. The plain names are on purpose in one
// object with another vendor's header.

#include <linux/bpf.h>
#include <stddef.h>
#include <mdesc/mdesc_bpf.h>
#include "tnic-a.h"
#include "unic.h"
#include "got.h"

/* Integers that change their width, order kept; signed ones; ones that vanish. */
SEC("xdp")
int ints(struct xdp_md *ctx)
{
	struct tnic_ints *m = mdesc_meta_layout(ctx, struct tnic_ints, TNIC_INTS_LAYOUT_ID);
	struct got *g = got_start();
	__u8 addr[6];
	__u64 n = 0;
	__s64 temp;

	if (!g || !m)
		return XDP_DROP;
	GOT(g, 0, MDESC_LOAD(m, count));
	GOT(g, 1, tnic_ints_count_get(m));
	GOT(g, 2, MDESC_READ(m, count));
	temp = MDESC_READ(m, temp);
	GOT(g, 3, temp);
	GOT(g, 4, tnic_ints_temp_get(m));
	GOT(g, 5, MDESC_BE(m, port));
	GOT(g, 6, tnic_ints_port_get(m));
	GOT(g, 7, tnic_ints_good_get(m));
	GOT(g, 8, MDESC_READ(m, good));
	GOT(g, 9, MDESC_LOAD_OR(m, gone, GOT_ABSENT));
	GOT(g, 10, MDESC_READ_OR(m, gone, GOT_ABSENT));
	GOT(g, 11, MDESC_HAS(m, gone) ? tnic_ints_gone_get(m) : GOT_ABSENT);
	GOT(g, 12, MDESC_IS(tnic_ints_kind_get(m), TNIC_KIND_RED));
	GOT(g, 13, MDESC_IS(tnic_ints_kind_get(m), TNIC_KIND_GREEN));
	GOT(g, 14, MDESC_IS(tnic_ints_kind_get(m), TNIC_KIND_GONE));
	/* An address that became shorter: as much as there is. */
	GOT(g, 15, MDESC_COPY(addr, m, addr));
	for (int i = 0; i < 6; i++)
		n = n << 8 | addr[i];
	GOT(g, 16, n);
	GOT(g, 17, tnic_ints_addr_len(m));
	GOT(g, 18, tnic_ints_addr_get(m)[3]);
	/* Only 32 bits of what is now 64: cut on purpose. */
	GOT(g, 19, (__u32)MDESC_LOAD(m, count));
	return mdesc_pass(ctx);
}

/* Bit fields and words, moved and of other lengths. */
SEC("xdp")
int calc(struct xdp_md *ctx)
{
	struct tnic_calc *m = mdesc_meta_layout(ctx, struct tnic_calc, TNIC_CALC_LAYOUT_ID);
	struct got *g = got_start();
	__u64 vni = 0;

	if (!m || !g)
		return XDP_ABORTED;
	GOT(g, 0, tnic_calc_hash_get(m));
	GOT(g, 1, tnic_calc_net_get(m));
	GOT(g, 2, tnic_calc_vni_get(m));
	GOT(g, 3, tnic_calc_vni_valid(m));
	GOT(g, 4, tnic_calc_vni_read(m, &vni));
	GOT(g, 5, vni);
	GOT(g, 6, tnic_calc_time_get(m));
	return mdesc_pass(ctx);
}

SEC("xdp")
int bits(struct xdp_md *ctx)
{
	struct tnic_bits *m = mdesc_meta_layout(ctx, struct tnic_bits, TNIC_BITS_LAYOUT_ID);
	struct got *g = got_start();

	if (!g || !m)
		return XDP_DROP;
	GOT(g, 0, MDESC_READ(m, bits_a));
	GOT(g, 1, tnic_bits_bits_a_get(m));
	GOT(g, 2, MDESC_READ(m, bits_b));
	GOT(g, 3, tnic_bits_bits_b_get(m));
	GOT(g, 4, MDESC_READ(m, bits_s));
	GOT(g, 5, tnic_bits_bits_s_get(m));
	GOT(g, 6, tnic_bits_tag_vid_get(m));
	GOT(g, 7, MDESC_BE_WORD(m, tag, struct tnic_bits__tag, vid));
	GOT(g, 8, tnic_bits_tag_dei_get(m));
	GOT(g, 9, MDESC_WORD_HAS(struct tnic_bits__tag, pcp) ? tnic_bits_tag_pcp_get(m) : GOT_ABSENT);
	GOT(g, 10, tnic_bits_flags_low_get(m));
	GOT(g, 11, tnic_bits_flags_mid_get(m));
	GOT(g, 12, MDESC_WORD(m, flags, struct tnic_bits__flags, mid));
	GOT(g, 13, tnic_bits_flags_top_get(m));
	return mdesc_pass(ctx);
}

/* Pointers: chained, bad, to fields that changed their width and to bit fields. */
SEC("xdp")
int pointers(struct xdp_md *ctx)
{
	struct tnic_bits *m = mdesc_meta_layout(ctx, struct tnic_bits, TNIC_BITS_LAYOUT_ID);
	struct got *g = got_start();
	struct tnic_desc *next;
	__u64 v = GOT_ABSENT;
	long err;

	if (!g || !m)
		return XDP_DROP;
	GOT(g, 0, MDESC_FOLLOW(m->desc, a));
	GOT(g, 1, MDESC_FOLLOW(m->desc, len));
	GOT(g, 2, MDESC_FOLLOW(m->desc, low));
	GOT(g, 3, MDESC_FOLLOW(m->desc, high));
	next = MDESC_FOLLOW_PTR(m->desc, next);
	GOT(g, 4, MDESC_FOLLOW(next, len));
	GOT(g, 5, BPF_CORE_READ(m, desc, next, a)); /* the same width in both: libbpf's own will do */
	next = MDESC_FOLLOW_PTR(next, next); /* a bad address */
	err = MDESC_TRY_FOLLOW(&v, next, len);
	GOT(g, 6, err < 0);
	GOT(g, 7, v);
	return mdesc_pass(ctx);
}

/* The shared names: host order, big-endian that grew, one with X_valid, some that only one of the firmwares has. */
SEC("xdp")
int views(struct xdp_md *ctx)
{
	struct xdp_rx_meta *m = mdesc_rx_meta(ctx);
	struct got *g = got_start();
	__u64 u64 = GOT_ABSENT;
	__u32 u32 = 0xabababab;
	__u16 u16 = 0xabab;
	__u8 u8 = 0xab;

	if (!g)
		return XDP_DROP;
	GOT(g, 0, m != NULL);
	GOT(g, 1, mdesc_rx_timestamp(m, &u64));
	GOT(g, 2, u64);
	GOT(g, 3, mdesc_rx_hash(m, &u32));
	GOT(g, 4, u32);
	GOT(g, 5, mdesc_rx_vlan_tci(m, &u16));
	GOT(g, 6, u16);
	GOT(g, 7, mdesc_rx_csum_status(m, &u8));
	GOT(g, 8, u8);
	GOT(g, 9, mdesc_rx_mark(m, &u32));
	GOT(g, 10, u32);
	GOT(g, 11, mdesc_rx_queue(m, &u32));
	return mdesc_pass(ctx);
}

/* Layout ids: the form that the verifier takes; known, unknown and absent ones; two vendors in one program. */
SEC("xdp")
int ids(struct xdp_md *ctx)
{
	__u32 id = mdesc_layout_id(ctx);
	struct got *g = got_start();

	if (!g)
		return XDP_DROP;
	GOT(g, 0, id);
	GOT(g, 1, MDESC_LAYOUT_IS(id, TNIC_INTS_LAYOUT_ID));
	GOT(g, 2, MDESC_LAYOUT_IS(id, TNIC_BITS_LAYOUT_ID));
	GOT(g, 3, MDESC_LAYOUT_IS(id, UNIC_METADATA_LAYOUT_ID));
	GOT(g, 4, 0);
	if (MDESC_LAYOUT_IS(id, UNIC_METADATA_LAYOUT_ID)) {
		struct unic_metadata *m = mdesc_meta(ctx, struct unic_metadata);

		if (m)
			GOT(g, 4, unic_metadata_hash_get(m));
	}
	GOT(g, 5, mdesc_meta_layout(ctx, struct tnic_ints, TNIC_INTS_LAYOUT_ID) != NULL);
	GOT(g, 6, mdesc_meta(ctx, struct tnic_ints) != NULL);
	GOT(g, 7, mdesc_meta_first(ctx, struct tnic_ints) != NULL);
	return XDP_PASS;
}

/* Where the metadata goes next. */
SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return mdesc_pass(ctx);
}

SEC("xdp")
int keep(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int xsk(struct xdp_md *ctx)
{
	if (mdesc_xsk_prepare(ctx))
		return XDP_ABORTED;
	return XDP_TX; /* a test run has no socket to redirect to */
}

/* The same in TC: metadata that XDP kept. */
SEC("tc")
int tc_ids(struct __sk_buff *ctx)
{
	struct got *g = got_start();

	if (g)
		GOT(g, 0, mdesc_layout_id(ctx));
	return 0;
}

/* For the test itself: a piece of kernel memory that it can fill, and its address. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8[256]);
} memory SEC(".maps");

SEC("xdp")
int where(struct xdp_md *ctx)
{
	struct got *g = got_start();
	__u32 zero = 0;
	void *p = bpf_map_lookup_elem(&memory, &zero);

	if (g && p)
		GOT(g, 0, (__u64)p);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

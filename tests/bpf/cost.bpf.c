// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// What relocated access costs: pairs of programs, by mdesc_bpf.h and by fixed offsets as one would write them by hand.
// bpf_cases.c compares how many instructions the kernel has of each after the verifier removed dead code.

#include <linux/bpf.h>
#include <stddef.h>
#include <mdesc/mdesc_bpf.h>
#include "tnic-a.h"

#define USE(value) ({ __u64 v_ = (value); __asm__ volatile("" : : "r"(v_)); })

#define PAIR(name, type, bytes, by_mdesc, by_hand)				\
SEC("xdp")									\
int name(struct xdp_md *ctx)							\
{										\
	struct type *m = (void *)(long)ctx->data_meta;				\
										\
	if ((void *)m + (bytes) > (void *)(long)ctx->data)			\
		return XDP_DROP;						\
	USE(by_mdesc);								\
	return XDP_PASS;							\
}										\
										\
SEC("xdp")									\
int name##_by_hand(struct xdp_md *ctx)						\
{										\
	void *m = (void *)(long)ctx->data_meta;					\
										\
	if (m + (bytes) > (void *)(long)ctx->data)				\
		return XDP_DROP;						\
	USE(by_hand);								\
	return XDP_PASS;							\
}

#define AT(type, offset) (*(const type *)(m + (offset)))

PAIR(uint, tnic_ints, 24, tnic_ints_count_get(m), AT(__u32, 0))
PAIR(uint_or, tnic_ints, 24, MDESC_LOAD_OR(m, count, 0), AT(__u32, 0))
PAIR(sint, tnic_ints, 24, tnic_ints_temp_get(m), AT(__s16, 4))
PAIR(be, tnic_ints, 24, tnic_ints_port_get(m), __builtin_bswap16(AT(__u16, 8)))
PAIR(flag, tnic_ints, 24, tnic_ints_good_get(m), AT(_Bool, 10))
PAIR(array, tnic_ints, 24, tnic_ints_addr_get(m)[2], AT(__u8, 14))
PAIR(ubits, tnic_bits, 32, tnic_bits_bits_b_get(m), AT(__u32, 0) >> 3 & 0x7ff)
PAIR(sbits, tnic_bits, 32, tnic_bits_bits_s_get(m), (__s64)AT(__u32, 0) << 45 >> 59)
PAIR(word, tnic_bits, 32, tnic_bits_flags_mid_get(m), AT(__u32, 8) >> 4 & 0x3ff)
PAIR(be_word, tnic_bits, 32, tnic_bits_tag_vid_get(m), __builtin_bswap32(AT(__u32, 4)) >> 16 & 0xfff)
PAIR(tag, tnic_ints, 24, MDESC_IS(tnic_ints_kind_get(m), TNIC_KIND_RED), AT(__u16, 18) == 1)

// The struct itself: from data_meta on, and from the end.
SEC("xdp")
int first(struct xdp_md *ctx)
{
	struct tnic_ints *m = mdesc_meta_first(ctx, struct tnic_ints);

	if (!m)
		return XDP_DROP;
	USE(tnic_ints_count_get(m));
	return XDP_PASS;
}

SEC("xdp")
int first_by_hand(struct xdp_md *ctx)
{
	void *m = (void *)(long)ctx->data_meta;

	if (m + 24 > (void *)(long)ctx->data)
		return XDP_DROP;
	USE(AT(__u32, 0));
	return XDP_PASS;
}

SEC("xdp")
int last(struct xdp_md *ctx)
{
	struct tnic_ints *m = mdesc_meta(ctx, struct tnic_ints);

	if (!m)
		return XDP_DROP;
	USE(tnic_ints_count_get(m));
	return XDP_PASS;
}

SEC("xdp")
int last_by_hand(struct xdp_md *ctx)
{
	void *m = (void *)(long)ctx->data_meta, *data = (void *)(long)ctx->data;
	__u64 front = data - m;

	front -= 24;
	__asm__("" : "+r"(front));
	if (front > 252)
		return XDP_DROP;
	m += front;
	__asm__("" : "+r"(m));
	if (m + 24 > data)
		return XDP_DROP;
	USE(AT(__u32, 0));
	return XDP_PASS;
}

// A view has one more thing to ask for: whether X_valid exists.
SEC("xdp")
int view(struct xdp_md *ctx)
{
	struct xdp_rx_meta *m = (void *)(long)ctx->data_meta;
	__u64 time;

	__builtin_assume(m != NULL);	// as it would know of mdesc_rx_meta()'s
	if ((void *)m + 24 > (void *)(long)ctx->data)
		return XDP_DROP;
	if (!mdesc_rx_timestamp(m, &time))
		return XDP_DROP;
	USE(time);
	return XDP_PASS;
}

SEC("xdp")
int view_by_hand(struct xdp_md *ctx)
{
	void *m = (void *)(long)ctx->data_meta;

	if (m + 24 > (void *)(long)ctx->data)
		return XDP_DROP;
	USE(AT(__u64, 0));
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";

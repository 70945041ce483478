/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdesc_bpf.h - for XDP and TC programs that read metadata in front of the packet.
 *
 * Include it before or after <linux/bpf.h> or vmlinux.h, beside the headers that mdescc generated. Whatever is read
 * through it is relocated by CO-RE when the program is loaded, so one compiled program runs on every firmware; each
 * macro below is the safe form of something that loads and then reads wrong, or that the verifier refuses.
 *
 *	finding		mdesc_layout_id, mdesc_meta, mdesc_meta_layout, mdesc_meta_first, MDESC_LAYOUT_IS,
 *			mdesc_chain_word, mdesc_chain, MDESC_CHAIN_IS
 *	reading		MDESC_HAS, MDESC_LOAD, MDESC_BE, MDESC_READ, ..._OR, MDESC_WORD, MDESC_BE_WORD, MDESC_COPY
 *	enumerators	MDESC_IS
 *	pointers	MDESC_FOLLOW, MDESC_TRY_FOLLOW
 *	handing on	mdesc_pass, mdesc_xsk_prepare
 *	views		mdesc_rx_meta, mdesc_rx_timestamp, mdesc_rx_hash, ...
 *
 * A field that the running hardware lacks must be asked for first (MDESC_HAS, or an ..._OR): an unguarded access makes
 * the load fail, which is what you want for fields that you cannot do without.
 */
#ifndef MDESC_BPF_H
#define MDESC_BPF_H

/* libbpf's headers want these defined before; C11 allows typedefs to be repeated. */
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* The longest metadata that any kernel lets stand in front of a packet. */
#define MDESC_META_MAX 252

#define __mdesc_inline static inline __attribute__((always_inline, unused))
/* Hides a value's origin and width from clang: libbpf may patch the load that it came from. */
#define __mdesc_opaque(value) __asm__("" : "+r"(value))
/* An assignment that clang must leave in its branch, so that the kernel can remove the branch as a whole. */
#define __mdesc_dead(var, value) ({ (var) = (value); __asm__ volatile("" : "+r"(var)); })
#define __mdesc_info(field, kind) __builtin_preserve_field_info(field, kind)
/* Relocated even where the struct lacks the attribute. */
#define __mdesc_addr(m, field) __builtin_preserve_access_index((const void *)&(m)->field)
#define __mdesc_data(ctx) ((void *)(long)(ctx)->data)
#define __mdesc_data_meta(ctx) ((void *)(long)(ctx)->data_meta)

/* ---- finding the metadata ---- */

/*
 * @size bytes that end where the packet begins, or NULL. Counted from the end, because a program that ran before may
 * have put something of its own in front. The order of the tests is what the verifier follows, and clang must not see
 * through it: it would test one sum and use another.
 */
__mdesc_inline void *__mdesc_meta(void *data_meta, void *data, __u64 size)
{
	__u64 front = (__u64)data - (__u64)data_meta;
	void *meta;

	__mdesc_opaque(front);
	front -= size;
	__mdesc_opaque(front);
	if (front > MDESC_META_MAX)
		return (void *)0;
	meta = data_meta + front;
	__mdesc_opaque(meta);
	__builtin_assume(meta != (void *)0);
	if (meta + size > data)
		return (void *)0;
	return meta;
}

/**
 * mdesc_layout_id - which layout this packet's metadata has
 * @ctx: struct xdp_md or struct __sk_buff
 *
 * Returns the last four bytes of the metadata, 0 where there is none. Compare it with MDESC_LAYOUT_IS() and skip what
 * you don't know: the firmware can change under a running program.
 */
#define mdesc_layout_id(ctx) __mdesc_layout_id(__mdesc_data_meta(ctx), __mdesc_data(ctx))
__mdesc_inline __u32 __mdesc_layout_id(void *data_meta, void *data)
{
	__u32 *id = __mdesc_meta(data_meta, data, sizeof(*id));

	return id ? *id : 0;
}

/**
 * mdesc_meta - this packet's metadata as a struct
 * @ctx: struct xdp_md or struct __sk_buff
 * @type: a generated struct, such as struct mynic_metadata
 *
 * Returns a pointer to it, or NULL where the metadata is shorter than the struct is on the running hardware. Does not
 * look at the layout's id. A type that the running hardware lacks has size 0, and all its fields are missing.
 */
#define mdesc_meta(ctx, type) \
	((type *)__mdesc_meta(__mdesc_data_meta(ctx), __mdesc_data(ctx), bpf_core_type_size(type)))

/**
 * mdesc_meta_layout - the same, only if the packet has just this layout
 * @id: its enumerator, such as MYNIC_METADATA_LAYOUT_ID
 */
#define mdesc_meta_layout(ctx, type, id) ({					\
	__u64 __size = bpf_core_type_size(type);				\
	void *__m = __mdesc_meta(__mdesc_data_meta(ctx), __mdesc_data(ctx), __size); \
	if (__m && !MDESC_LAYOUT_IS(*(__u32 *)(__m + __size - 4), id))		\
		__m = (void *)0;						\
	(type *)__m; })

/**
 * mdesc_meta_first - mdesc_meta() for the first program on the interface
 *
 * Takes the struct from data_meta on, which costs fewer instructions, and is right only while nothing that ran before
 * put metadata of its own in front.
 */
#define mdesc_meta_first(ctx, type) ({						\
	void *__m = __mdesc_data_meta(ctx);					\
	__builtin_assume(__m != (void *)0);					\
	if (__m + bpf_core_type_size(type) > __mdesc_data(ctx))			\
		__m = (void *)0;						\
	(type *)__m; })

/**
 * mdesc_chain_word - the first four bytes of this packet's metadata, big-endian
 * @ctx: struct xdp_md or struct __sk_buff
 *
 * Of hardware that writes a chain, this is the word of the items' types; 0 where there is none. Compare it with
 * MDESC_CHAIN_IS(). Right only while nothing that ran before put metadata of its own in front.
 */
#define mdesc_chain_word(ctx) __mdesc_chain_word(__mdesc_data_meta(ctx), __mdesc_data(ctx))
__mdesc_inline __u32 __mdesc_chain_word(void *data_meta, void *data)
{
	__builtin_assume(data_meta != (void *)0);
	return data_meta + 4 > data ? 0 : __builtin_bswap32(*(__u32 *)data_meta);
}

/**
 * mdesc_chain - this packet's metadata as a struct, only if the packet has just this combination of a chain
 * @type: the combination's struct, such as struct nfp_meta_hash
 * @id: its enumerator, such as NFP_META_HASH_LAYOUT_ID
 */
#define mdesc_chain(ctx, type, id) ({						\
	void *__m = __mdesc_data_meta(ctx);					\
	__builtin_assume(__m != (void *)0);					\
	if (__m + bpf_core_type_size(type) > __mdesc_data(ctx) || __m + 4 > __mdesc_data(ctx)) \
		__m = (void *)0;						\
	else if (!MDESC_CHAIN_IS(__builtin_bswap32(*(__u32 *)__m), id))		\
		__m = (void *)0;						\
	(type *)__m; })

/* ---- enumerators ---- */

/**
 * MDESC_IS - does a tag say this?
 * @tag: a value, such as MDESC_LOAD(m, pkt_type)
 * @x: an enumerator of a generated enum, such as MYNIC_PKT_TYPE_IPV4
 *
 * Compares with the value that the enumerator has on the running hardware; false where it has none, and then the code
 * behind it is removed at load. (C's switch cannot do this: it wants constants.)
 */
#define MDESC_IS(tag, x) MDESC_IS_OF(tag, x##__ENUM, x)
/* The same for an enum of your own: MDESC_IS_OF(tag, enum foo, FOO_BAR) */
#define MDESC_IS_OF(tag, type, x) ({						\
	_Bool __is;								\
	if (bpf_core_enum_value_exists(type, x))				\
		__is = (__u64)(tag) == (__u64)bpf_core_enum_value(type, x);	\
	else									\
		__mdesc_dead(__is, 0);						\
	__is; })
#define MDESC_LAYOUT_IS(id, x) MDESC_IS_OF(id, x##__ENUM, x)
/* The first word of a chain against a layout's id, but for the bits that may be anything. */
#define MDESC_CHAIN_IS(word, x) MDESC_CHAIN_IS_OF(word, x##__ENUM, x, x##_ANY__ENUM, x##_ANY)
#define MDESC_CHAIN_IS_OF(word, type, x, any_type, any) ({			\
	_Bool __is;								\
	if (bpf_core_enum_value_exists(type, x) && bpf_core_enum_value_exists(any_type, any)) \
		__is = ((__u64)(word) & ~(__u64)bpf_core_enum_value(any_type, any)) == \
		       (__u64)bpf_core_enum_value(type, x);			\
	else									\
		__mdesc_dead(__is, 0);						\
	__is; })

/* ---- reading fields ---- */

/* Does the running hardware have this field? A constant by the time that the verifier sees it. */
#define MDESC_HAS(m, field) (!!bpf_core_field_exists((m)->field))

/**
 * MDESC_LOAD - an unsigned integer in host order: one instruction
 *
 * All 64 bits of what is there, however wide the field is on the running hardware. (Plain m->field does the same, but
 * clang believes that a __u32 has 32 bits, and does not cut what it reads into one.) Not for bit fields or signed
 * integers: MDESC_READ.
 */
#define MDESC_LOAD(m, field) ({							\
	__u64 __v = *(const __typeof__((m)->field) *)(const void *)__mdesc_addr(m, field); \
	__mdesc_opaque(__v);							\
	__v; })

/**
 * MDESC_BE - a big-endian integer, in host order
 *
 * Swaps by the width that the field has on the running hardware: bpf_ntohs() of one that has become a __be32 gives the
 * wrong half.
 */
#define MDESC_BE(m, field) (__builtin_bswap64(MDESC_LOAD(m, field)) >> __mdesc_info((m)->field, BPF_FIELD_RSHIFT_U64))

/**
 * MDESC_READ - any integer in host order: unsigned, signed, bool, bit field
 *
 * Follows a field to another place, width, bit position, and from integer to bit field. A signed one comes
 * sign-extended to 64 bits: assign it to a signed variable. Costs some three instructions more than MDESC_LOAD. Not for
 * pointers: m->ptr does.
 */
#define MDESC_READ(m, field) ({							\
	const void *__p = (const char *)(m) + __mdesc_info((m)->field, BPF_FIELD_BYTE_OFFSET); \
	__u32 __n = __mdesc_info((m)->field, BPF_FIELD_BYTE_SIZE);		\
	__u64 __t;								\
	__mdesc_opaque(__p);							\
	if (__n == 1)								\
		__t = *(const __u8 *)__p;					\
	else if (__n == 2)							\
		__t = *(const __u16 *)__p;					\
	else if (__n == 4)							\
		__t = *(const __u32 *)__p;					\
	else									\
		__t = *(const __u64 *)__p;					\
	__mdesc_cut(__t, (m)->field); })
#define __mdesc_cut(value, field) ({						\
	__u64 __c = (value) << __mdesc_info(field, BPF_FIELD_LSHIFT_U64);	\
	if (__mdesc_info(field, BPF_FIELD_SIGNED))				\
		__c = (__s64)__c >> __mdesc_info(field, BPF_FIELD_RSHIFT_U64);	\
	else									\
		__c >>= __mdesc_info(field, BPF_FIELD_RSHIFT_U64);		\
	__c; })

/* The same, and @otherwise where the running hardware lacks the field. */
#define MDESC_LOAD_OR(m, field, otherwise) __MDESC_OR(m, field, MDESC_LOAD(m, field), otherwise)
#define MDESC_BE_OR(m, field, otherwise) __MDESC_OR(m, field, MDESC_BE(m, field), otherwise)
#define MDESC_READ_OR(m, field, otherwise) __MDESC_OR(m, field, MDESC_READ(m, field), otherwise)
#define __MDESC_OR(m, field, read, otherwise) ({				\
	__u64 __o;								\
	if (bpf_core_field_exists((m)->field))					\
		__o = (read);							\
	else									\
		__mdesc_dead(__o, otherwise);					\
	__o; })

/**
 * MDESC_WORD, MDESC_BE_WORD - a bit range of a word
 * @word: the member that holds it, say tag
 * @ranges: the generated struct of its ranges, say struct mynic_metadata__tag
 * @range: the range's name, say vid
 *
 * What the getter (mynic_metadata_tag_vid_get) does. MDESC_WORD_HAS(struct mynic_metadata__tag, vid) tells whether the
 * running hardware has the range.
 */
#define MDESC_WORD(m, word, ranges, range) __mdesc_range(MDESC_LOAD(m, word), ((ranges *)0)->range)
#define MDESC_BE_WORD(m, word, ranges, range) \
	__mdesc_range(__builtin_bswap64(MDESC_LOAD(m, word)), ((ranges *)0)->range)
#define MDESC_WORD_HAS(ranges, range) (!!bpf_core_field_exists(((ranges *)0)->range))
#define __mdesc_range(value, range) \
	((value) << __mdesc_info(range, BPF_FIELD_LSHIFT_U64) >> __mdesc_info(range, BPF_FIELD_RSHIFT_U64))

/**
 * MDESC_COPY - an array of bytes (an address, say) into an array of your own
 * @dst: an array of bytes, at most 64; filled up with zeroes
 *
 * Copies as many as both have and returns how many that is. A constant index beyond the end of the array on the running
 * hardware would make the load fail, a plain memory copy would read the neighbours.
 */
#define MDESC_COPY(dst, m, field) ({						\
	const __u8 *__p = (const __u8 *)__mdesc_addr(m, field);			\
	__mdesc_opaque(__p);	/* libbpf refuses to patch a load of another size */ \
	__u32 __n = bpf_core_field_size((m)->field);				\
	_Static_assert(sizeof(dst) <= 64, "MDESC_COPY copies at most 64 bytes"); \
	_Pragma("unroll")							\
	for (__u32 __i = 0; __i < sizeof(dst); __i++)				\
		(dst)[__i] = __i < __n ? __p[__i] : 0;				\
	__n < sizeof(dst) ? __n : sizeof(dst); })

/* ---- pointers ---- */

/**
 * MDESC_TRY_FOLLOW - read a field of kernel memory that metadata points to
 * @val: where to put it, a __u64 *; 0 on error
 * @ptr: a pointer to a generated struct, such as m->ptr_to_rx
 * @field: an integer or bit field of it (a pointer: MDESC_FOLLOW_PTR)
 *
 * By probe read, of just the bytes that the field has on the running hardware (BPF_CORE_READ() copies as many as it had
 * when the program was compiled). Returns 0, or a negative error where the address is bad.
 */
#define MDESC_TRY_FOLLOW(val, ptr, field) ({					\
	__typeof__(ptr) __f = (ptr);						\
	__u64 __r = 0;								\
	__u32 __w = __mdesc_info(__f->field, BPF_FIELD_BYTE_SIZE);		\
	long __err = -22; /* EINVAL */						\
	if (__w <= sizeof(__r))							\
		__err = bpf_probe_read_kernel(&__r, __w,			\
			(const char *)__f + __mdesc_info(__f->field, BPF_FIELD_BYTE_OFFSET)); \
	*(val) = __mdesc_cut(__r, __f->field);					\
	__err; })

/* The value, or 0 where the address is bad. */
#define MDESC_FOLLOW(ptr, field) ({						\
	__u64 __got;								\
	MDESC_TRY_FOLLOW(&__got, ptr, field);					\
	__got; })

/* A pointer that stands in kernel memory, to follow further; NULL where the address is bad. */
#define MDESC_FOLLOW_PTR(ptr, field) ({						\
	__typeof__((ptr)->field) __next = (void *)0;				\
	bpf_core_read(&__next, sizeof(__next), &(ptr)->field);			\
	__next; })

/* ---- handing the packet on ---- */

/**
 * mdesc_pass - XDP_PASS without the metadata
 * @ctx: struct xdp_md; pointers into the packet are void afterwards
 *
 * Metadata that rides into the stack keeps GRO from merging packets as soon as it differs between them, which a
 * timestamp does for every one: measured, packets of 60 kB became 1.4 kB. Returns XDP_PASS for you to return. To hand
 * the metadata to a TC program instead (which sees it at its data_meta), return XDP_PASS yourself, and know the price.
 */
#define mdesc_pass(ctx) __mdesc_pass(ctx, __mdesc_data(ctx) - __mdesc_data_meta(ctx))
__mdesc_inline int __mdesc_pass(struct xdp_md *ctx, long size)
{
	if (size > 0)
		bpf_xdp_adjust_meta(ctx, size);
	return 2; /* XDP_PASS */
}

/**
 * mdesc_xsk_prepare - before a redirect to an AF_XDP socket
 * @ctx: struct xdp_md; pointers into the packet are void afterwards
 *
 * The socket's frames are used again and again, so where a packet has no metadata its reader would find that of an
 * earlier packet, with a valid layout id. This writes a zero id in front of such packets. Returns 0, or a negative
 * error (no headroom, or a driver without metadata): then don't redirect, or don't read metadata behind that socket.
 */
#define mdesc_xsk_prepare(ctx) ({						\
	long __e = 0;								\
	__u32 *__id;								\
	if (__mdesc_data(ctx) - __mdesc_data_meta(ctx) < (long)sizeof(*__id)) {	\
		__e = bpf_xdp_adjust_meta(ctx, -(int)sizeof(*__id));		\
		__id = __mdesc_data_meta(ctx);					\
		if (!__e && (void *)(__id + 1) <= __mdesc_data(ctx))		\
			*__id = 0;						\
	}									\
	__e; })

/* ---- the view that all vendors share ---- */

/*
 * Vendors' BTF has a struct of this name over their metadata, with those members that their hardware knows and at its
 * own offsets (a `view` in the description); it is declared here for CO-RE alone, so its order and size mean nothing.
 * CO-RE goes by names and sees no byte order, so the name says it: X is an integer in host order and the unit below, at
 * least as wide as here; X_be is big-endian instead; X_bits a bit field; where X_valid exists, X means something only
 * if that is not 0. Read them through the functions below, which know this.
 */
#define __MDESC_VIEW_MEMBER(type, name) type name; type name##_be; type name##_bits; __u8 name##_valid
struct xdp_rx_meta {
	__MDESC_VIEW_MEMBER(__u64, rx_timestamp);	/* when the packet came in, ns */
	__MDESC_VIEW_MEMBER(__u32, rx_hash);
	__MDESC_VIEW_MEMBER(__u32, rx_hash_type);	/* enum xdp_rss_hash_type */
	__MDESC_VIEW_MEMBER(__u16, rx_vlan_proto);	/* 0x8100, 0x88a8 */
	__MDESC_VIEW_MEMBER(__u16, rx_vlan_tci);
	__MDESC_VIEW_MEMBER(__u32, rx_queue);
	__MDESC_VIEW_MEMBER(__u32, rx_mark);
	__MDESC_VIEW_MEMBER(__u8, rx_csum_status);	/* CHECKSUM_NONE 0, _UNNECESSARY 1, _COMPLETE 2 */
} __attribute__((preserve_access_index));

/* The ids of the layouts that hold the view, in the vendor's BTF; no such enum: its metadata has no ids. */
enum xdp_rx_meta_layout {
	XDP_RX_META_LAYOUT_0, XDP_RX_META_LAYOUT_1, XDP_RX_META_LAYOUT_2, XDP_RX_META_LAYOUT_3,
	XDP_RX_META_LAYOUT_4, XDP_RX_META_LAYOUT_5, XDP_RX_META_LAYOUT_6, XDP_RX_META_LAYOUT_7,
};

#define __mdesc_view_has(n) bpf_core_enum_value_exists(enum xdp_rx_meta_layout, XDP_RX_META_LAYOUT_##n)
#define __mdesc_view_is(n, id) ((id) == bpf_core_enum_value(enum xdp_rx_meta_layout, XDP_RX_META_LAYOUT_##n))

/* The list has no holes, so the first that is missing ends it; what is behind it is removed at load. */
__mdesc_inline _Bool __mdesc_view_layout(__u64 id)
{
	return !__mdesc_view_has(0) || __mdesc_view_is(0, id) ||
	      (__mdesc_view_has(1) && (__mdesc_view_is(1, id) ||
	      (__mdesc_view_has(2) && (__mdesc_view_is(2, id) ||
	      (__mdesc_view_has(3) && (__mdesc_view_is(3, id) ||
	      (__mdesc_view_has(4) && (__mdesc_view_is(4, id) ||
	      (__mdesc_view_has(5) && (__mdesc_view_is(5, id) ||
	      (__mdesc_view_has(6) && (__mdesc_view_is(6, id) ||
	      (__mdesc_view_has(7) && __mdesc_view_is(7, id))))))))))))));
}

/**
 * mdesc_rx_meta - this packet's metadata as all vendors name it
 * @ctx: struct xdp_md or struct __sk_buff
 *
 * Returns NULL where the packet has none that holds the view; the functions below take that, and find nothing.
 */
#define mdesc_rx_meta(ctx) \
	((struct xdp_rx_meta *)__mdesc_rx_meta(__mdesc_data_meta(ctx), __mdesc_data(ctx)))
__mdesc_inline void *__mdesc_rx_meta(void *data_meta, void *data)
{
	__u64 size = bpf_core_type_size(struct xdp_rx_meta);
	void *meta;

	if (!bpf_core_type_exists(struct xdp_rx_meta))
		return (void *)0;
	meta = __mdesc_meta(data_meta, data, size);
	if (meta && !__mdesc_view_layout(*(__u32 *)(meta + size - 4)))
		meta = (void *)0;
	return meta;
}

/*
 * mdesc_rx_timestamp(m, &val) and so on, one for each member: true, and the value, where the hardware knows it for this
 * packet; false, and @val as it was, where not.
 */
#define __MDESC_VIEW_GET(type, name)						\
__mdesc_inline _Bool mdesc_##name(const struct xdp_rx_meta *m, type *val)	\
{										\
	if (!m)									\
		return 0;							\
	if (bpf_core_field_exists(m->name##_valid))				\
		if (!MDESC_READ(m, name##_valid))				\
			return 0;						\
	if (bpf_core_field_exists(m->name))					\
		*val = MDESC_LOAD(m, name);					\
	else if (bpf_core_field_exists(m->name##_be))				\
		*val = MDESC_BE(m, name##_be);					\
	else if (bpf_core_field_exists(m->name##_bits))				\
		*val = MDESC_READ(m, name##_bits);				\
	else									\
		return 0;							\
	return 1;								\
}
__MDESC_VIEW_GET(__u64, rx_timestamp)
__MDESC_VIEW_GET(__u32, rx_hash)
__MDESC_VIEW_GET(__u32, rx_hash_type)
__MDESC_VIEW_GET(__u16, rx_vlan_proto)
__MDESC_VIEW_GET(__u16, rx_vlan_tci)
__MDESC_VIEW_GET(__u32, rx_queue)
__MDESC_VIEW_GET(__u32, rx_mark)
__MDESC_VIEW_GET(__u8, rx_csum_status)

#endif /* MDESC_BPF_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A NIC of two firmwares: the one that programs are compiled with, and with NEW
 * the one that is rolled out, where each member changes in one respect.
 */
#ifndef CHECK_NIC_H
#define CHECK_NIC_H

#ifdef NEW
#define WAS(old, new) new
#else
#define WAS(old, new) old
#endif

#ifndef NEW
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#endif

struct cnic_inner {
	WAS(__u16, __u32) a;
	WAS(__u16, __u32) b;
};

enum cnic_kind {
	CNIC_KIND_RED = WAS(1, 5),
	CNIC_KIND_GREEN = 2,
#ifndef NEW
	CNIC_KIND_GONE = 3,
#endif
};

struct cnic_meta {
	__u32 stay;			/* at 0 */
#ifndef NEW
	__u32 moved;
#endif
	WAS(__u32, __u64) wide;		/* now at 8 */
	WAS(__u16, __u32) small;	/* at 16 */
	WAS(__be16, __be32) port;	/* at 20 */
#ifdef NEW
	__u32 bits_c : 18;		/* at 24 */
	__u32 bits_b : 11;		/* bit 18 */
	__u32 bits_a : 3;
#else
	__u32 bits_a : 3;
	__u32 bits_b : 11;
	__u32 bits_c : 18;
#endif
	WAS(__s32, __u32) sign;		/* at 28 */
	WAS(__s16, __s32) temp;		/* at 32 */
	WAS(__u16, __be16) neutral;	/* at 36 */
	WAS(__be32, __u32) hash;	/* at 40 */
	__u8 addr[WAS(6, 4)];		/* at 44 */
	WAS(__u64, __u32) big;		/* at 48 */
	struct cnic_inner in;		/* at 52 */
	WAS(__u16, __u32) list[3];	/* at 60 */
	__u32 flags : 8;		/* at 72: a bit field that stays */
	__u32 rest : 24;
	__be32 tunnel;			/* at 76: stays */
#ifdef NEW
	__u32 moved;			/* at 80 */
#else
	__u32 gone;
#endif
	__u32 pad[3];			/* at 84: as long as before, or longer */
	__u32 id;
};

#ifndef NEW
struct cnic_gone {
	__u32 a;
};
#pragma clang attribute pop
#endif

#endif /* CHECK_NIC_H */

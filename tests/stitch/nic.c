/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The types of a NIC, as its image's BTF would have them. -DOTHER: another firmware's. */
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

struct tnic_rx {
	u64 len;
	u64 head;
};

struct tnic_meta {
	u64 ts;
	struct tnic_rx *rx;
	u16 hash;
	u16 kind;
#ifdef OTHER
	u16 more;
	u16 pad;
#endif
	u32 id;
};

enum tnic_kind {
	TNIC_KIND_A = 1,
	TNIC_KIND_B = 7,
};

struct tnic_meta keep_meta;
struct tnic_rx keep_rx;
enum tnic_kind keep_kind;

#ifdef CLASH
/* What the kernel defines, too. */
struct list_head {
	u64 next;
	u32 prev;
};
struct list_head keep_list;
#endif

#ifdef SAME
/* The same as the kernel's. */
struct list_head {
	struct list_head *next, *prev;
};
struct list_head keep_list;
#endif

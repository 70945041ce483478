/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* As much of the kernel as the XDP metadata operations that mdescc writes are made of, in user space. */
#ifndef NICS_KERNEL_H
#define NICS_KERNEL_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))
#ifndef LINUX_VERSION_CODE
#define LINUX_VERSION_CODE KERNEL_VERSION(6, 12, 0)
#endif
#define __aligned(n) __attribute__((aligned(n)))

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#define get_unaligned(p) ({ __typeof__(+*(p)) __v = 0; memcpy(&__v, p, sizeof(*(p))); __v; })

static inline __attribute__((unused)) u64 kernel_bytes(const u8 *p, int n, bool big)
{
	u64 v = 0;

	for (int i = 0; i < n; i++)
		v = v << 8 | p[big ? i : n - 1 - i];
	return v;
}
#define get_unaligned_le16(p) ((u16)kernel_bytes(p, 2, false))
#define get_unaligned_le32(p) ((u32)kernel_bytes(p, 4, false))
#define get_unaligned_le64(p) kernel_bytes(p, 8, false)
#define get_unaligned_be16(p) ((u16)kernel_bytes(p, 2, true))
#define get_unaligned_be32(p) ((u32)kernel_bytes(p, 4, true))
#define get_unaligned_be64(p) kernel_bytes(p, 8, true)

enum xdp_rss_hash_type { XDP_RSS_TYPE_NONE };
struct xdp_md { u32 data; };
struct xdp_buff { void *data, *data_meta; };
struct xdp_metadata_ops {
	int (*xmo_rx_timestamp)(const struct xdp_md *, u64 *);
	int (*xmo_rx_hash)(const struct xdp_md *, u32 *, enum xdp_rss_hash_type *);
	int (*xmo_rx_vlan_tag)(const struct xdp_md *, __be16 *, u16 *);
};
struct net_device { const struct xdp_metadata_ops *xdp_metadata_ops; };

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * As much of the kernel as two drivers' parser tables want: enough to compile
 * their sources in user space, and a place for the registers that they write.
 */
#ifndef KERNEL_STUB_H
#define KERNEL_STUB_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef u16 __le16, __be16;
typedef u32 __le32, __be32, __wsum;
typedef u64 __le64, __be64, dma_addr_t, netdev_features_t, phys_addr_t;
typedef struct { int locked; } spinlock_t, atomic_t;
typedef int phy_interface_t;

#define __iomem
#define __packed __attribute__((packed))
#define __percpu
#define __force
#define BITS_PER_BYTE 8
#define BITS_PER_LONG 64
#define BIT(n) (1UL << (n))
#define BIT_ULL(n) (1ULL << (n))
#define GENMASK(h, l) ((~0UL << (l)) & (~0UL >> (63 - (h))))
#define GENMASK_ULL(h, l) ((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define DECLARE_BITMAP(name, bits) unsigned long name[((bits) + 63) / 64]
#define ALIGN(x, a) (((x) + (a) - 1) / (a) * (a))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define swap(a, b) do { __typeof__(a) t_ = (a); (a) = (b); (b) = t_; } while (0)
#define GFP_KERNEL 0
#define IFNAMSIZ 16
#define ETH_ALEN 6
#define ETH_P_IP 0x0800
#define ETH_P_ARP 0x0806
#define ETH_P_8021Q 0x8100
#define ETH_P_IPV6 0x86dd
#define ETH_P_PPP_SES 0x8864
#define ETH_P_8021AD 0x88a8
#define ETH_P_EDSA 0xdada
#define PPP_IP 0x21
#define PPP_IPV6 0x57
#define IPPROTO_IGMP 2
#define IPPROTO_IPIP 4
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_ICMPV6 58

struct device { int unused; };
struct platform_device { struct device dev; };
struct net_device { u8 dev_addr[ETH_ALEN]; void *priv; };
#define netdev_priv(dev) ((dev)->priv)
#define eth_hw_addr_set(dev, addr) ether_addr_copy((dev)->dev_addr, addr)
#define netdev_uc_count(dev) 0
#define netdev_mc_count(dev) 0

/* What the drivers' structs hold, and their parsers do not touch. */
#define UNUSED(name) struct name { int unused; }
UNUSED(u64_stats_sync); UNUSED(hrtimer); UNUSED(napi_struct); UNUSED(ethtool_rxnfc); UNUSED(mutex);
UNUSED(delayed_work); UNUSED(phylink_config); UNUSED(phylink_pcs); UNUSED(xdp_rxq_info);
enum hwtstamp_tx_types { HWTSTAMP_TX_OFF };
#define CONFIG_MVPP2_PTP 0
#define IS_ENABLED(option) (option)
#define devm_kcalloc(dev, n, size, flags) calloc(n, size)

struct iphdr { u8 bytes[20]; };
struct ipv6hdr { u8 bytes[40]; };

static inline void spin_lock_bh(spinlock_t *l) { l->locked++; }
static inline void spin_unlock_bh(spinlock_t *l) { l->locked--; }
#define lockdep_assert_held(l) ((void)(l))

static inline void ether_addr_copy(u8 *to, const u8 *from) { memcpy(to, from, ETH_ALEN); }
static inline bool ether_addr_equal(const u8 *a, const u8 *b) { return !memcmp(a, b, ETH_ALEN); }
static inline bool is_multicast_ether_addr(const u8 *a) { return a[0] & 1; }
static inline bool is_broadcast_ether_addr(const u8 *a)
{
	return (a[0] & a[1] & a[2] & a[3] & a[4] & a[5]) == 0xff;
}

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The stand-in for a NIC's flow hash: takes a packet, gives a number that is the
 * same for both directions of a flow and everywhere. Exactly: the exclusive or of
 * all 32-bit big-endian words of both IP addresses, of (protocol << 16) and of
 * both ports (TCP and UDP, not fragments), then murmur3's final mixing. 0 for what
 * is not IPv4 or IPv6, which up to eight VLAN tags may precede.
 */
#include "run.h"

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t words(const uint8_t *p, size_t n)
{
	uint32_t x = 0;

	for (; n; n -= 4, p += 4)
		x ^= be16(p) << 16 | be16(p + 2);
	return x;
}

static uint32_t mix(uint32_t x)
{
	x ^= x >> 16;
	x *= 0x85ebca6b;
	x ^= x >> 13;
	x *= 0xc2b2ae35;
	return x ^ x >> 16;
}

static uint32_t ports(const uint8_t *p, size_t len, uint8_t protocol)
{
	if ((protocol != 6 && protocol != 17) || len < 4)
		return 0;
	return be16(p) ^ be16(p + 2);
}

static uint32_t hash_ipv4(const uint8_t *p, size_t len)
{
	size_t ihl = len ? (size_t)(p[0] & 15) * 4 : 0;
	uint32_t x;

	if (len < 20 || p[0] >> 4 != 4 || ihl < 20)
		return 0;
	x = words(p + 12, 8) ^ (uint32_t)p[9] << 16;
	if (!(be16(p + 6) & 0x3fff) && ihl < len)
		x ^= ports(p + ihl, len - ihl, p[9]);
	return mix(x);
}

static uint32_t hash_ipv6(const uint8_t *p, size_t len)
{
	if (len < 40 || p[0] >> 4 != 6)
		return 0;
	return mix(words(p + 8, 32) ^ (uint32_t)p[6] << 16 ^ ports(p + 40, len - 40, p[6]));
}

uint32_t flow_hash(const uint8_t *data, size_t len)
{
	size_t at = 12, tags = 0;

	while (len >= at + 2 && tags < 8 &&
	       (be16(data + at) == 0x8100 || be16(data + at) == 0x88a8)) {
		at += 4;
		tags++;
	}
	if (len < at + 2)
		return 0;
	switch (be16(data + at)) {
	case 0x0800:
		return hash_ipv4(data + at + 2, len - at - 2);
	case 0x86dd:
		return hash_ipv6(data + at + 2, len - at - 2);
	default:
		return 0;
	}
}

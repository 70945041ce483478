/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Times in bins whose width is a 64th of what they hold: constant memory, however many there are. */
#include "xsk_sort.h"

static unsigned int bin_of(uint64_t ns)
{
	unsigned int top = ns < 64 ? 0 : 63 - (unsigned int)__builtin_clzll(ns) - 5;

	return top * 64 + (top ? (unsigned int)(ns >> top) : (unsigned int)ns) % 64;
}

/* The largest time of a bin. */
static uint64_t bin_end(unsigned int bin)
{
	unsigned int top = bin / 64, low = bin % 64;

	return top ? ((uint64_t)low + 1) * (1ull << top) - 1 : low;
}

void xsk_latency_add(struct xsk_latency *l, uint64_t ns)
{
	l->min = !l->count || ns < l->min ? ns : l->min;
	l->max = ns > l->max ? ns : l->max;
	l->count++;
	l->sum += ns;
	l->bins[bin_of(ns)]++;
}

uint64_t xsk_latency_at(const struct xsk_latency *l, unsigned int per_mille)
{
	uint64_t want = (l->count * per_mille + 999) / 1000, seen = 0;
	unsigned int i;

	for (i = 0; i < 64 * 64; i++) {
		seen += l->bins[i];
		if (seen >= want)
			return bin_end(i) < l->max ? bin_end(i) : l->max;
	}
	return l->max;
}

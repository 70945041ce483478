/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is known of a number: some of its bits, and between which values it lies.
 * Used to decide whether a condition of a header holds. All of it is pure.
 */
#ifndef MDESCC_INTERVAL_H
#define MDESCC_INTERVAL_H

#include "model.h"

struct interval {
	uint64_t lo, hi;	/* inclusive */
	uint64_t bits, known;	/* of the known bits: their values; which */
};

static inline struct interval interval_any(uint32_t width)
{
	return (struct interval){ .hi = width < 64 ? (UINT64_C(1) << width) - 1 : UINT64_MAX };
}

static inline void interval_within(struct interval *v, uint64_t lo, uint64_t hi)
{
	if (lo > v->lo)
		v->lo = lo;
	if (hi < v->hi)
		v->hi = hi;
}

static inline void interval_bit(struct interval *v, uint32_t bit, bool on)
{
	v->known |= UINT64_C(1) << bit;
	v->bits |= (uint64_t)on << bit;
}

/* 1: (v & mask) OP value holds, 0: it does not, -1: it may or may not. */
static inline int interval_compare(const struct interval *v, const struct mdc_hcond *c)
{
	uint64_t all = interval_any(c->key.bits).hi, lo = v->bits, hi = v->bits | (all & ~v->known);

	lo = lo > v->lo ? lo : v->lo;
	hi = hi < v->hi ? hi : v->hi;
	switch (c->op) {
	case MDC_HC_EQ:
	case MDC_HC_NE:
		if ((v->bits ^ c->value) & v->known & c->mask)
			return c->op == MDC_HC_NE;
		if ((v->known & c->mask) == c->mask)
			return c->op == MDC_HC_EQ;
		if (c->mask == all && (c->value < lo || c->value > hi))
			return c->op == MDC_HC_NE;
		if (c->mask == all && lo == hi && lo == c->value)
			return c->op == MDC_HC_EQ;
		return -1;
	case MDC_HC_LT:
		return hi < c->value ? 1 : lo >= c->value ? 0 : -1;
	case MDC_HC_LE:
		return hi <= c->value ? 1 : lo > c->value ? 0 : -1;
	case MDC_HC_GT:
		return lo > c->value ? 1 : hi <= c->value ? 0 : -1;
	default:
		return lo >= c->value ? 1 : hi < c->value ? 0 : -1;
	}
}

#endif

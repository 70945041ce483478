/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Cubes: what a row of a TCAM matches, a value and the bits of it that count. The bits of a key are numbered from 0,
 * which is the highest bit of the first byte.
 */
#ifndef MDESCC_CUBE_H
#define MDESCC_CUBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mdesc/format.h>

#define CUBE_WORDS	(MDESC_FMT_KEY_MAX / 8)
#define CUBE_BITS	(CUBE_WORDS * 64)

struct cube {
	uint64_t value[CUBE_WORDS];	/* 0 where the mask is */
	uint64_t mask[CUBE_WORDS];
};

/* Whether a key matches both. */
static inline bool cube_meets(const struct cube *a, const struct cube *b)
{
	uint64_t differs = 0;

	for (int i = 0; i < CUBE_WORDS; i++)
		differs |= (a->value[i] ^ b->value[i]) & a->mask[i] & b->mask[i];
	return !differs;
}

/* Whether @a matches all that @b does. */
static inline bool cube_holds(const struct cube *a, const struct cube *b)
{
	uint64_t differs = 0;

	for (int i = 0; i < CUBE_WORDS; i++)
		differs |= (a->mask[i] & ~b->mask[i]) | ((a->value[i] ^ b->value[i]) & a->mask[i]);
	return !differs;
}

/* What both match, where they meet. */
static inline struct cube cube_both(const struct cube *a, const struct cube *b)
{
	struct cube c;

	for (int i = 0; i < CUBE_WORDS; i++) {
		c.mask[i] = a->mask[i] | b->mask[i];
		c.value[i] = a->value[i] | b->value[i];
	}
	return c;
}

/* The smallest cube that holds both. */
static inline struct cube cube_around(const struct cube *a, const struct cube *b)
{
	struct cube c;

	for (int i = 0; i < CUBE_WORDS; i++) {
		c.mask[i] = a->mask[i] & b->mask[i] & ~(a->value[i] ^ b->value[i]);
		c.value[i] = a->value[i] & c.mask[i];
	}
	return c;
}

static inline uint64_t cube_hash(const struct cube *c, uint64_t h)
{
	for (int i = 0; i < CUBE_WORDS; i++) {
		h = (h ^ c->value[i]) * 0x9e3779b97f4a7c15ull;
		h = (h ^ h >> 31 ^ c->mask[i]) * 0x9e3779b97f4a7c15ull;
	}
	return h ^ h >> 29;
}

static inline uint64_t cube_bit(unsigned int bit)
{
	return 1ull << (63 - bit % 64);
}

static inline bool cube_cares(const struct cube *c, unsigned int bit)
{
	return c->mask[bit / 64] & cube_bit(bit);
}

static inline bool cube_has(const struct cube *c, unsigned int bit)
{
	return c->value[bit / 64] & cube_bit(bit);
}

/* How many bits count. */
static inline unsigned int cube_bits(const struct cube *c)
{
	unsigned int n = 0;

	for (int i = 0; i < CUBE_WORDS; i++)
		n += (unsigned int)__builtin_popcountll(c->mask[i]);
	return n;
}

static inline void cube_set(struct cube *c, unsigned int bit, bool one)
{
	c->mask[bit / 64] |= cube_bit(bit);
	c->value[bit / 64] &= ~cube_bit(bit);
	c->value[bit / 64] |= one ? cube_bit(bit) : 0;
}

static inline void cube_free(struct cube *c, unsigned int bit)
{
	c->mask[bit / 64] &= ~cube_bit(bit);
	c->value[bit / 64] &= ~cube_bit(bit);
}

#endif

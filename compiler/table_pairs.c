/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Which rows of a table can match together with others: takes cubes, splits them
 * by one bit after the other until few are left, and compares only those. So a
 * table of rows that exclude each other costs little more than reading it. Bounded
 * memory: where splitting makes too many copies of rows that leave bits out, what
 * is left is compared pair by pair.
 */
#include "arena.h"
#include "table_pairs.h"

#define FEW		8u
#define COPIES_MAX	(8u << 20)

struct splitter {
	const struct table_pairs *p;
	struct arena *arena;
	uint32_t *zeros, *ones;		/* by bit of the key */
	uint64_t copies;
};

static bool meets(const struct table_pairs *p, const struct mdc_table_row *a, const struct mdc_table_row *b)
{
	for (uint32_t i = 0; i < p->chunks; i++)
		if ((a->value[i] ^ b->value[i]) & a->mask[i] & b->mask[i])
			return false;
	return true;
}

static void compare(const struct table_pairs *p, const uint32_t *rows, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = i + 1; k < n; k++) {
			uint32_t flag = p->later ? rows[k] : rows[i];

			if (p->flags[flag] || !meets(p, p->rows[rows[i]], p->rows[rows[k]]) ||
			    (p->differ && !p->differ(p->ctx, p->rows[rows[i]], p->rows[rows[k]])))
				continue;
			p->flags[flag] = true;
			if (!p->later)
				break;
		}
}

/* The bit that parts them best; UINT32_MAX: none parts them. */
static uint32_t best_bit(struct splitter *s, const uint32_t *rows, uint32_t n)
{
	uint32_t bits = 64 * s->p->chunks, best = UINT32_MAX;
	uint64_t least = UINT64_MAX;

	memset(s->zeros, 0, bits * sizeof(*s->zeros));
	memset(s->ones, 0, bits * sizeof(*s->ones));
	for (uint32_t i = 0; i < n; i++) {
		const struct mdc_table_row *r = s->p->rows[rows[i]];

		for (uint32_t c = 0; c < s->p->chunks; c++)
			for (uint64_t rest = r->mask[c]; rest; rest &= rest - 1) {
				uint32_t b = (uint32_t)__builtin_ctzll(rest);

				++*(r->value[c] >> b & 1 ? &s->ones[64 * c + b] : &s->zeros[64 * c + b]);
			}
	}
	for (uint32_t b = 0; b < bits; b++) {
		uint64_t left = n - s->ones[b], right = n - s->zeros[b], cost = left * left + right * right;

		if (s->ones[b] && s->zeros[b] && cost < least) {
			least = cost;
			best = b;
		}
	}
	return best;
}

static void split(struct splitter *s, const uint32_t *rows, uint32_t n)
{
	uint32_t bit = n > FEW ? best_bit(s, rows, n) : UINT32_MAX, *side[2], count[2] = { 0, 0 };

	if (bit == UINT32_MAX || s->copies > COPIES_MAX) {
		compare(s->p, rows, n);
		return;
	}
	side[0] = arena_array(s->arena, uint32_t, n - s->ones[bit]);
	side[1] = arena_array(s->arena, uint32_t, n - s->zeros[bit]);
	for (uint32_t i = 0; i < n; i++) {
		const struct mdc_table_row *r = s->p->rows[rows[i]];
		bool any = !(r->mask[bit / 64] >> bit % 64 & 1), one = r->value[bit / 64] >> bit % 64 & 1;

		if (any || !one)
			side[0][count[0]++] = rows[i];
		if (any || one)
			side[1][count[1]++] = rows[i];
	}
	s->copies += count[0] + count[1];
	split(s, side[0], count[0]);
	split(s, side[1], count[1]);
}

void mdc_table_pairs(const struct table_pairs *p, uint32_t n)
{
	struct splitter s = { .p = p, .arena = arena_new() };
	uint32_t *all = arena_array(s.arena, uint32_t, n + 1);

	s.zeros = arena_array(s.arena, uint32_t, 64 * p->chunks + 1);
	s.ones = arena_array(s.arena, uint32_t, 64 * p->chunks + 1);
	for (uint32_t i = 0; i < n; i++)
		all[i] = i;
	split(&s, all, n);
	arena_free(s.arena);
}

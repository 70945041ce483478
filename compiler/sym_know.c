/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is known of a packet: bits that are 0 or 1, cubes of which not all bits
 * hold, and bounds of its length. What is known is only ever added to.
 */
#include <string.h>

#include "sym_priv.h"

const struct lit *sym_cube_find(const struct scube *c, uint32_t node)
{
	uint32_t lo = 0, hi = c ? c->n : 0;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (c->lit[mid].node < node)
			lo = mid + 1;
		else
			hi = mid;
	}
	return c && lo < c->n && c->lit[lo].node == node ? &c->lit[lo] : NULL;
}

const struct scube *sym_cube_add(struct engine *e, const struct scube *c, uint32_t node, uint64_t mask, uint64_t value)
{
	const struct lit *l = sym_cube_find(c, node);
	uint32_t n = c ? c->n : 0, i, k = 0;
	struct scube *to;

	value &= mask;
	if (l && ((l->value ^ value) & l->mask & mask))
		return NULL;
	if (!mask || (l && !(mask & ~l->mask)))
		return c ? c : sym_alloc(e, sizeof(*to));
	to = sym_alloc(e, sizeof(*to) + (n + 1) * sizeof(*l));
	for (i = 0; i < n && c->lit[i].node < node; i++)
		to->lit[k++] = c->lit[i];
	to->lit[k++] = (struct lit){ node, mask | (l ? l->mask : 0), value | (l ? l->value : 0) };
	for (i += l != NULL; i < n; i++)
		to->lit[k++] = c->lit[i];
	to->n = k;
	return to;
}

const struct scube *sym_cube_drop(struct engine *e, const struct scube *c, uint32_t node, uint64_t bits)
{
	struct scube *to = sym_alloc(e, sizeof(*to) + c->n * sizeof(c->lit[0]));

	for (uint32_t i = 0; i < c->n; i++) {
		struct lit lit = c->lit[i];

		if (lit.node == node) {
			lit.mask &= ~bits;
			lit.value &= ~bits;
		}
		if (lit.mask)
			to->lit[to->n++] = lit;
	}
	return to;
}

int sym_known(const struct config *c, sym_bit bit)
{
	const struct lit *l;

	if (bit <= SYM_1)
		return (int)bit;
	l = sym_cube_find(c->know, SYM_NODE(bit));
	return l && l->mask >> (bit & 63) & 1 ? (int)(l->value >> (bit & 63) & 1) : -1;
}

/* ---- is anything left? ---- */

#define SPLITS		(1u << 16)

/* What remains of a cube under what is known: -1 nothing of it is, 0 all is, 1 some. */
static int remains(const struct scube *know, const struct scube *c, struct lit *to, uint32_t *n)
{
	*n = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct lit *l = sym_cube_find(know, c->lit[i].node);
		uint64_t known = l ? l->mask : 0;

		if (l && ((l->value ^ c->lit[i].value) & l->mask & c->lit[i].mask))
			return -1;
		if (c->lit[i].mask & ~known) {
			if (*n < 32)
				to[*n] = (struct lit){ c->lit[i].node, c->lit[i].mask & ~known,
						       c->lit[i].value & ~known };
			++*n;
		}
	}
	return *n ? 1 : 0;
}

static unsigned int bits_of(const struct lit *l, uint32_t n)
{
	unsigned int bits = 0;

	for (uint32_t i = 0; i < n && i < 32; i++)
		bits += (unsigned int)__builtin_popcountll(l[i].mask);
	return bits;
}

static bool possible(struct engine *e, const struct scube *know, const struct scube *const *negs, uint32_t n,
		     uint32_t *splits)
{
	const struct scube **left;
	uint32_t n_left = 0, shortest = UINT32_MAX, k;
	struct lit lits[32], by = { 0, 0, 0 };
	uint64_t sum = 0;
	bool is;

	sym_spend(e, n / 4 + 1);
	left = sym_alloc(e, n * sizeof(*left));
	for (uint32_t i = 0; i < n; i++) {
		int r = remains(know, negs[i], lits, &k);
		unsigned int bits = bits_of(lits, k);

		if (!r)
			return false;
		if (r < 0)
			continue;
		left[n_left++] = negs[i];
		if (sum < 1ull << 62)	/* of all that there is, as 1 << 62 */
			sum += bits < 62 ? 1ull << (62 - bits) : 1;
		if (bits < shortest) {
			shortest = bits;
			by = lits[0];
		}
	}
	/* together they take less than all */
	if (sum < 1ull << 62 || e->stop || ++*splits > SPLITS)
		return true;
	by.mask &= -by.mask;
	for (int one = 0; one < 2; one++) {
		const struct scube *more = sym_cube_add(e, know, by.node, by.mask, one ? by.mask : 0);

		is = more && possible(e, more, left, n_left, splits);
		if (is)
			return true;
	}
	return false;
}

bool sym_possible(struct engine *e, const struct scube *know, const struct neg *negs)
{
	uint32_t n = negs ? negs->count : 0, splits = 0;
	const struct scube **all;

	if (!n)
		return true;
	all = sym_alloc(e, n * sizeof(*all));
	for (uint32_t i = 0; negs; negs = negs->next)
		all[i++] = negs->cube;
	return possible(e, know, all, n, &splits);
}

int sym_len_at_least(const struct config *c, struct pos at)
{
	for (uint32_t i = 0; i < c->n_bounds; i++) {
		const struct bound *b = &c->bounds[i];

		if (b->anchor != at.anchor)
			continue;
		if (b->lo != NO_LO && at.off <= b->lo)
			return 1;
		if (b->hi != NO_HI && at.off >= b->hi)
			return 0;
	}
	return -1;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Which bits of a key, or of results, a row gives: where an alias lies over
 * other fields, two fields of a row may have common bits. None is given twice,
 * that of a mask or a sign neither; defaults fill those that none gives. The
 * fields of all results of a table are in one, each result from a chunk on.
 */
#include "table_make.h"

void tb_given_init(struct tb_given *g, struct tb *b, uint32_t bits)
{
	g->by = arena_array(b->arena, const struct ast_name *, bits);
	g->said = arena_array(b->arena, uint64_t, bits / 64 + 1);
}

static void given_twice(struct tb *b, const struct tb_given *g, const struct ast_name *name, uint32_t bit,
			const struct ast_name *first)
{
	struct diag *d = diag(b->r->ctx, CHK_overlap, name->loc, "bit %u of the %s is given twice", bit, g->of);

	diag_label(d, first->loc, "by this, too");
}

/* @mask: which of the bits; the others are said, but anybody's. */
static bool give(struct tb *b, struct tb_given *g, const struct ast_name *name, const struct mdc_piece *pieces,
		 uint32_t n, uint64_t mask)
{
	while (n--) {
		for (uint32_t i = 0; i < pieces[n].bits; i++, mask >>= 1) {
			uint32_t bit = pieces[n].lo + i, at = g->from + bit;

			g->said[at / 64] |= 1ull << at % 64;
			if (!(mask & 1))
				continue;
			if (g->by[at]) {
				given_twice(b, g, name, bit, g->by[at]);
				return false;
			}
			g->by[at] = name;
		}
	}
	return true;
}

bool tb_give(struct tb *b, struct tb_given *g, const struct ast_name *name, const struct mdc_bfield *f, uint64_t mask)
{
	struct mdc_piece sign = { f->sign, 1 };

	if (!g->by)
		return true;
	return give(b, g, name, f->pieces, f->n_pieces, mask) &&
	       give(b, g, name, f->mask, f->n_mask, UINT64_MAX) &&
	       (f->sign == UINT32_MAX || give(b, g, name, &sign, 1, 1));
}

uint64_t tb_left(const struct tb_given *g, const struct mdc_piece *pieces, uint32_t n)
{
	uint64_t left = 0;

	for (uint32_t p = 0; p < n; p++)
		for (uint32_t i = pieces[p].bits; i--;)
			left = left << 1 | !(g->by && mdc_bit(g->said, g->from + pieces[p].lo + i));
	return left;
}

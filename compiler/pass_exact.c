/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass for targets that match exactly: the rows of a state compare the same
 * bits, all that any of them compares. A row that compares fewer is one row for
 * each value of the bits that it leaves free, as long as these are few, or, where
 * the target has ternary rows that are looked at first, one of those; then what
 * it must come behind is one, too, and they stand in front.
 */
#include <string.h>

#include "diag.h"
#include "passes.h"
#include "rows_graph.h"

#define FREE_MAX	12u	/* bits */

struct exact {
	struct rows_graph *g;
	struct arena *scratch;
	struct rg_state *s;
	struct cube mask;		/* all bits that the state compares */
	size_t n;			/* rows, without the last that matches all */
	uint32_t boost;			/* used so far */
	VEC(struct mdc_row) rows;
};

static unsigned int free_bits(const struct exact *e, const struct cube *c)
{
	unsigned int n = 0;

	for (int i = 0; i < CUBE_WORDS; i++)
		n += (unsigned int)__builtin_popcountll(e->mask.mask[i] & ~c->mask[i]);
	return n;
}

static void find_mask(struct exact *e)
{
	memset(&e->mask, 0, sizeof(e->mask));
	for (size_t i = 0; i < e->s->rows.n; i++) {
		struct cube c = rg_cube(&e->s->rows.p[i].f);

		for (int k = 0; k < CUBE_WORDS; k++)
			e->mask.mask[k] |= c.mask[k];
	}
}

/* ---- as exact rows ---- */

static bool taken_before(const struct exact *e, size_t row, const struct cube *point)
{
	for (size_t i = 0; i < row; i++) {
		struct cube c = rg_cube(&e->s->rows.p[i].f);

		if (cube_holds(&c, point))
			return true;
	}
	return false;
}

static void expand(struct exact *e, size_t row)
{
	struct cube c = rg_cube(&e->s->rows.p[row].f);
	unsigned int bits[FREE_MAX], n = 0;

	for (unsigned int b = 0; b < CUBE_BITS; b++) {
		if (cube_cares(&e->mask, b) && !cube_cares(&c, b))
			bits[n++] = b;
	}
	for (uint32_t v = 0; v < 1u << n; v++) {
		struct mdc_row r = e->s->rows.p[row];
		struct cube point = c;

		for (unsigned int i = 0; i < n; i++)
			cube_set(&point, bits[i], v >> i & 1);
		if (taken_before(e, row, &point))
			continue;
		rg_put_cube(&r.f, &point);
		*vec_push(e->g->arena, &e->rows) = r;
	}
}

/* ---- as ternary rows ---- */

/* Which rows are looked at first: those that are ternary, and those that one of them must come behind. */
static uint32_t mark_boost(struct exact *e, bool *boost)
{
	uint32_t n = 0;

	for (size_t i = e->n; i-- > 0;) {
		struct cube c = rg_cube(&e->s->rows.p[i].f);

		boost[i] = free_bits(e, &c) != 0;
		for (size_t k = i + 1; k < e->n && !boost[i]; k++) {
			struct cube later = rg_cube(&e->s->rows.p[k].f);

			boost[i] = boost[k] && cube_meets(&c, &later);
		}
		n += boost[i];
	}
	return n;
}

static bool refuse(struct exact *e, const struct mdc_row *row, unsigned int bits)
{
	const struct mdc_target *t = e->g->t;
	struct diag *d;

	if (t->boost_rows)
		d = diag(e->g->ctx, CHK_target_limit, row->loc,
			 "the target '%s' matches exactly, and has no more than %u rows that leave bits free",
			 t->name, t->boost_rows);
	else
		d = diag(e->g->ctx, CHK_target_feature, row->loc,
			 "this leaves %u bits free that state '%s' compares, and the target '%s' matches exactly",
			 bits, e->s->s.name, t->name);
	if (t->loc.src != UINT32_MAX)
		diag_label(d, t->loc, "the target");
	diag_note(d, "match these bits in a state of their own, or list the values that are meant");
	return false;
}

static bool exact_state(struct exact *e)
{
	bool *boost;
	uint32_t n;

	find_mask(e);
	e->n = e->s->rows.n;
	while (e->n && rg_matches_all(&e->s->rows.p[e->n - 1].f))
		e->n--;
	boost = arena_array(e->scratch, bool, e->n + 1);
	n = mark_boost(e, boost);
	if (!n)
		return true;
	memset(&e->rows, 0, sizeof(e->rows));
	if (e->boost + n <= e->g->t->boost_rows) {
		e->boost += n;
		for (int first = 1; first >= 0; first--) {
			for (size_t i = 0; i < e->n; i++) {
				if (boost[i] == (first == 1))
					*vec_push(e->g->arena, &e->rows) = e->s->rows.p[i];
			}
		}
	} else {
		for (size_t i = 0; i < e->n; i++) {
			struct cube c = rg_cube(&e->s->rows.p[i].f);

			if (free_bits(e, &c) > FREE_MAX)
				return refuse(e, &e->s->rows.p[i], free_bits(e, &c));
			expand(e, i);
		}
	}
	for (size_t i = e->n; i < e->s->rows.n; i++)
		*vec_push(e->g->arena, &e->rows) = e->s->rows.p[i];
	memcpy(&e->s->rows, &e->rows, sizeof(e->rows));
	e->g->changed = true;
	return true;
}

const struct mdc_rows *mdc_pass_exact(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct rows_graph g;
	struct exact e = { .g = &g };
	bool ok = true;

	if (!rows->model->target.exact)
		return rows;
	rg_open(&g, ctx, rows);
	e.scratch = arena_scratch(ctx->arena);
	for (size_t i = 0; i < g.states.n; i++) {
		e.s = &g.states.p[i];
		ok &= exact_state(&e);
		arena_empty(e.scratch);
	}
	arena_give_back(ctx->arena, e.scratch);
	if (ok)
		return rg_close(&g);
	rg_drop(&g);
	return NULL;
}

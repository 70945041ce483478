/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a list of cubes means, as decision diagrams, one for the keys of each
 * action; and a list again: for one action after the other cubes of which none
 * can be left out or made wider, where keys of the actions before do not matter
 * any more (Minato and Morreale's way). It depends on the meaning alone.
 */
#include "cover_isop.h"

#include <string.h>

#define HASH_DONE	4096u	/* at most */

enum { NONE = COVER_ISOP_NONE, ALL = COVER_ISOP_ALL };
enum { OP_AND, OP_OR, OP_NOT_IN };	/* both; either; the first, and not the second */

static uint32_t top(const struct cover_isop *x, uint32_t a, uint32_t b)
{
	return x->nodes.all.p[a].bit < x->nodes.all.p[b].bit ? x->nodes.all.p[a].bit : x->nodes.all.p[b].bit;
}

static uint32_t half(const struct cover_isop *x, uint32_t a, uint32_t bit, bool one)
{
	return x->nodes.all.p[a].bit != bit ? a : one ? x->nodes.all.p[a].hi : x->nodes.all.p[a].lo;
}

static uint32_t apply(struct cover_isop *x, uint32_t op, uint32_t a, uint32_t b)
{
	struct isop_done *d;
	uint32_t bit, lo, hi;

	if (op == OP_AND && (a == NONE || b == NONE || a == b || a == ALL || b == ALL))
		return a == ALL ? b : b == ALL || a == b ? a : NONE;
	if (op == OP_OR && (a == NONE || b == NONE || a == b || a == ALL || b == ALL))
		return a == NONE ? b : b == NONE || a == b ? a : ALL;
	if (op == OP_NOT_IN && (a == NONE || b == NONE || a == b || b == ALL))
		return b == NONE ? a : NONE;
	d = &x->done[cover_mix(op, a, b) & (x->done_size - 1)];
	if (d->op == op + 1 && d->a == a && d->b == b)
		return d->out;
	if (!x->steps) {
		x->failed = true;
		return NONE;
	}
	x->steps--;
	bit = top(x, a, b);
	lo = apply(x, op, half(x, a, bit, false), half(x, b, bit, false));
	hi = apply(x, op, half(x, a, bit, true), half(x, b, bit, true));
	if (x->failed)
		return NONE;
	*d = (struct isop_done){ op + 1, a, b, cover_node(&x->nodes, bit, lo, hi) };
	return d->out;
}

static uint32_t of_cube(struct cover_isop *x, const struct cube *c)
{
	uint32_t at = ALL;

	for (unsigned int bit = x->c->bits; bit-- > 0;) {
		if (cube_cares(c, bit))
			at = cube_has(c, bit) ? cover_node(&x->nodes, bit, NONE, at) :
			     cover_node(&x->nodes, bit, at, NONE);
	}
	return at;
}

bool cover_isop_read(struct cover_isop *x)
{
	uint32_t left = ALL;

	for (x->done_size = 64; x->done_size < HASH_DONE && x->done_size < 32 * x->c->n;)
		x->done_size *= 2;
	x->done = arena_array(x->arena, struct isop_done, x->done_size);
	x->where = arena_array(x->arena, uint32_t, x->c->n_actions + 1);
	cover_nodes_init(&x->nodes, x->arena, 2);
	for (size_t i = 0; i < x->c->n && !x->failed; i++) {
		const struct cover_row *r = &x->c->rows[i];
		uint32_t cube = of_cube(x, &r->cube), here = i + 1 < x->c->n ? apply(x, OP_AND, left, cube) : left;

		x->where[r->action] = apply(x, OP_OR, x->where[r->action], here);
		left = apply(x, OP_NOT_IN, left, cube);
	}
	return !x->failed;
}

/* Cubes within @most that cover all of @least, each of them within @at; the keys that they cover. */
static uint32_t make(struct cover_isop *x, uint32_t least, uint32_t most, struct cube at, uint32_t action)
{
	uint32_t bit, l[2], m[2], f[2], both;

	if (least == NONE || x->failed)
		return NONE;
	if (most == ALL) {
		if (x->rows.n >= x->most)
			x->failed = true;
		*vec_push(x->arena, &x->rows) = (struct cover_row){ at, action };
		return ALL;
	}
	bit = top(x, least, most);
	for (int k = 0; k < 2; k++) {
		l[k] = half(x, least, bit, k);
		m[k] = half(x, most, bit, k);
	}
	for (int k = 0; k < 2; k++) {
		struct cube in = at;

		cube_set(&in, bit, k);
		f[k] = make(x, apply(x, OP_NOT_IN, l[k], m[!k]), m[k], in, action);
	}
	both = apply(x, OP_OR, apply(x, OP_NOT_IN, l[0], f[0]), apply(x, OP_NOT_IN, l[1], f[1]));
	both = make(x, both, apply(x, OP_AND, m[0], m[1]), at, action);
	return cover_node(&x->nodes, bit, apply(x, OP_OR, f[0], both), apply(x, OP_OR, f[1], both));
}

bool cover_isop_make(struct cover_isop *x, const uint32_t *order, uint32_t n)
{
	const struct cube all = { { 0 }, { 0 } };
	uint32_t before = NONE;

	x->rows.n = 0;
	x->failed = false;
	for (uint32_t i = 0; i + 1 < n && !x->failed; i++) {
		before = apply(x, OP_OR, before, x->where[order[i]]);
		make(x, x->where[order[i]], before, all, order[i]);
	}
	*vec_push(x->arena, &x->rows) = (struct cover_row){ all, order[n - 1] };
	return !x->failed;
}

uint32_t cover_isop_without(struct cover_isop *x, uint32_t keys, uint32_t others)
{
	return apply(x, OP_NOT_IN, keys, others);
}

/* ---- the order of actions ---- */

bool cover_isop_any(const struct cover_isop *x, uint32_t action)
{
	return x->where[action] != NONE;
}

static uint64_t weigh(struct cover_isop *x, uint32_t at)
{
	if (at == NONE || at == ALL)
		return at == ALL ? UINT64_C(1) << 63 : 0;
	if (!x->weight[at])
		x->weight[at] = weigh(x, x->nodes.all.p[at].lo) / 2 + weigh(x, x->nodes.all.p[at].hi) / 2 + 1;
	return x->weight[at] - 1;
}

uint64_t cover_isop_weight(struct cover_isop *x, uint32_t action)
{
	if (x->n_weights < x->nodes.all.n) {
		x->weight = arena_array(x->arena, uint64_t, x->nodes.all.n);
		x->n_weights = x->nodes.all.n;
	}
	return weigh(x, x->where[action]);
}

bool cover_isop_first(const struct cover_isop *x, uint32_t a, uint32_t b)
{
	uint32_t p = x->where[a], q = x->where[b];

	while (p != NONE && q != NONE) {
		uint32_t bit = top(x, p, q), lo[2] = { half(x, p, bit, false), half(x, q, bit, false) };
		bool up = lo[0] == NONE && lo[1] == NONE;

		if (p == ALL || q == ALL)
			break;
		p = half(x, p, bit, up);
		q = half(x, q, bit, up);
	}
	return p != NONE && (q == NONE || p == ALL);
}

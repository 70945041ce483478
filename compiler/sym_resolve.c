/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a value is, with what became known since it was computed: takes a bit,
 * gives a constant, or the node that would be made of it now. So one side may
 * compute before something is known, the other one behind it.
 */
#include <string.h>

#include "sym_priv.h"

#define DEPTH	4	/* of values in values */

static sym_bit resolve(struct engine *e, const struct config *c, sym_bit bit, int depth);

static bool resolve_vec(struct engine *e, const struct config *c, uint32_t vec, sym_bit to[64], int depth);

/* All bits of a sum; false: it is as it was. */
static bool sum(struct engine *e, const struct config *c, const struct node *n, sym_bit to[64], int depth)
{
	sym_bit b[64];
	bool changed = resolve_vec(e, c, n->a, to, depth);

	changed |= resolve_vec(e, c, n->b, b, depth);
	if (changed)
		sym_add(e, to, b, n->kind == N_SUB);
	return changed;
}

static bool is_sum(const struct engine *e, sym_bit bit)
{
	return e->nodes[SYM_NODE(bit)].kind == N_ADD || e->nodes[SYM_NODE(bit)].kind == N_SUB;
}

/* Whether it became another. A sum that many of the bits are of is computed once. */
static bool resolve_vec(struct engine *e, const struct config *c, uint32_t vec, sym_bit to[64], int depth)
{
	uint32_t last = 0;
	bool changed = false, other = false;
	sym_bit bits[64];

	memcpy(to, sym_vec_of(e, vec), 64 * sizeof(*to));
	for (int i = 0; i < 64; i++) {
		sym_bit was = to[i];

		if (depth && is_sum(e, was) && sym_known(c, was) < 0) {
			struct node n = e->nodes[SYM_NODE(was)];

			if (SYM_NODE(was) != last)
				other = sym_spend(e, 1) && sum(e, c, &n, bits, depth - 1);
			last = SYM_NODE(was);
			to[i] = other ? bits[was & 63] : was;
		} else {
			to[i] = resolve(e, c, was, depth);
		}
		changed |= to[i] != was;
	}
	return changed;
}

/* A bit that was made of what is known: it may be known as well. */
static sym_bit made(const struct config *c, sym_bit bit)
{
	int known = sym_known(c, bit);

	return known >= 0 ? (sym_bit)known : bit;
}

static sym_bit choice(struct engine *e, const struct config *c, const struct node *n, sym_bit bit, int depth)
{
	sym_bit is = resolve(e, c, n->a, depth), a, b;

	if (is <= SYM_1)
		return resolve(e, c, is ? n->b : n->c, depth);
	a = resolve(e, c, n->b, depth);
	b = resolve(e, c, n->c, depth);
	if (a == b)
		return a;
	if (a == SYM_1 && b == SYM_0)
		return is;
	return is == n->a && a == n->b && b == n->c ? bit : made(c, sym_node(e, N_ITE, is, a, b) * 64);
}

/* x + c == d is x == d - c; and so it is for as many bits of it as there are. */
static void without_number(struct engine *e, sym_bit a[64], sym_bit b[64])
{
	struct node n = e->nodes[SYM_NODE(a[0])];
	sym_bit number[64];
	int width = 0;

	if (n.kind != N_ADD || a[0] & 63)
		return;
	while (width < 64 && a[width] == a[0] + (sym_bit)width)
		width++;
	memcpy(number, sym_vec_of(e, n.b), sizeof(number));
	for (int i = 0; i < 64; i++)
		if ((i >= width && a[i] != SYM_0) || b[i] > (i < width ? SYM_1 : SYM_0) || number[i] > SYM_1)
			return;
	memcpy(a, sym_vec_of(e, n.a), sizeof(number));
	sym_add(e, b, number, true);
	for (int i = width; i < 64; i++)
		a[i] = b[i] = SYM_0;
}

/* A bit that says whether two numbers are the same; they may become others. */
sym_bit sym_equal(struct engine *e, sym_bit a[64], sym_bit b[64])
{
	bool open = false;

	without_number(e, a, b);
	for (int i = 0; i < 64; i++) {
		if (a[i] <= SYM_1 && b[i] <= SYM_1 && a[i] != b[i])
			return SYM_0;
		open |= a[i] != b[i];
	}
	return open ? sym_node(e, N_EQ, sym_vec(e, a), sym_vec(e, b), 0) * 64 : SYM_1;
}

static sym_bit equal(struct engine *e, const struct config *c, const struct node *n, sym_bit bit, int depth)
{
	sym_bit a[64], b[64];
	bool changed = resolve_vec(e, c, n->a, a, depth);

	changed |= resolve_vec(e, c, n->b, b, depth);
	return changed ? made(c, sym_equal(e, a, b)) : bit;
}

static sym_bit sum_bit(struct engine *e, const struct config *c, const struct node *n, sym_bit bit, int depth)
{
	sym_bit bits[64];

	return sum(e, c, n, bits, depth) ? bits[bit & 63] : bit;
}

static sym_bit resolve(struct engine *e, const struct config *c, sym_bit bit, int depth)
{
	int known = sym_known(c, bit);
	struct node n;

	if (known >= 0)
		return (sym_bit)known;
	if (!depth)
		return bit;
	n = e->nodes[SYM_NODE(bit)];	/* a copy: nodes are made meanwhile */
	switch (n.kind) {
	case N_ITE:
		return sym_spend(e, 1) ? choice(e, c, &n, bit, depth - 1) : bit;
	case N_EQ:
		return sym_spend(e, 1) ? equal(e, c, &n, bit, depth - 1) : bit;
	case N_ADD:
	case N_SUB:
		return sym_spend(e, 1) ? sum_bit(e, c, &n, bit, depth - 1) : bit;
	default:
		return bit;
	}
}

sym_bit sym_resolve(struct engine *e, const struct config *c, sym_bit bit)
{
	return resolve(e, c, bit, DEPTH);
}

/* Whether two bits are the same: of sums, those of numbers that are alike up to there. */
bool sym_same_bit(struct engine *e, const struct config *c, sym_bit a, sym_bit b)
{
	const struct node *n, *m;

	a = sym_resolve(e, c, a);
	b = sym_resolve(e, c, b);
	n = &e->nodes[SYM_NODE(a)];
	m = &e->nodes[SYM_NODE(b)];
	if (a == b || n->kind != m->kind || (n->kind != N_ADD && n->kind != N_SUB) || (a & 63) != (b & 63))
		return a == b;
	for (uint32_t i = 0; i <= (a & 63); i++)
		if (sym_vec_of(e, n->a)[i] != sym_vec_of(e, m->a)[i] ||
		    sym_vec_of(e, n->b)[i] != sym_vec_of(e, m->b)[i])
			return false;
	return true;
}

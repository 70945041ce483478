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

/* Whether it became another. */
static bool resolve_vec(struct engine *e, const struct config *c, uint32_t vec, sym_bit to[64], int depth)
{
	bool changed = false;

	memcpy(to, sym_vec_of(e, vec), 64 * sizeof(*to));
	for (int i = 0; i < 64; i++) {
		sym_bit was = to[i];

		to[i] = resolve(e, c, was, depth);
		changed |= to[i] != was;
	}
	return changed;
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
	return is == n->a && a == n->b && b == n->c ? bit : sym_node(e, N_ITE, is, a, b) * 64;
}

static sym_bit equal(struct engine *e, const struct config *c, const struct node *n, sym_bit bit, int depth)
{
	sym_bit a[64], b[64];
	bool changed = resolve_vec(e, c, n->a, a, depth), open = false;

	changed |= resolve_vec(e, c, n->b, b, depth);
	for (int i = 0; i < 64; i++) {
		if (a[i] <= SYM_1 && b[i] <= SYM_1 && a[i] != b[i])
			return SYM_0;
		open |= a[i] != b[i];
	}
	if (!open)
		return SYM_1;
	return changed ? sym_node(e, N_EQ, sym_vec(e, a), sym_vec(e, b), 0) * 64 : bit;
}

static sym_bit sum(struct engine *e, const struct config *c, const struct node *n, sym_bit bit, int depth)
{
	sym_bit a[64], b[64];
	bool changed = resolve_vec(e, c, n->a, a, depth);

	changed |= resolve_vec(e, c, n->b, b, depth);
	if (!changed)
		return bit;
	sym_add(e, a, b, n->kind == N_SUB);
	return a[bit & 63];
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
		return sym_spend(e, 1) ? sum(e, c, &n, bit, depth - 1) : bit;
	default:
		return bit;
	}
}

sym_bit sym_resolve(struct engine *e, const struct config *c, sym_bit bit)
{
	return resolve(e, c, bit, DEPTH);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What makes a bit 0 or 1: takes a bit that is computed (a comparison, a sum, a
 * choice of two), gives what bytes of the packet and of sources have to be for
 * it. It need not find what there is: a packet that is made of it is run anyway.
 */
#include <string.h>

#include "sym_priv.h"

#define DEPTH	6	/* of values in values */

static const struct scube *force(struct engine *e, const struct config *c, sym_bit bit, int value, int depth);

/* @c with all of a vector's bits as in @number. */
static bool force_vec(struct engine *e, struct config *c, uint32_t vec, uint64_t number, int depth)
{
	for (int i = 0; i < 64; i++) {
		const struct scube *more = force(e, c, sym_vec_of(e, vec)[i], number >> i & 1, depth);

		if (!more)
			return false;
		c->know = more;
	}
	return true;
}

/* Of two vectors the one that is no number, and the number; false: there is no number. */
static bool sides(const struct engine *e, const struct node *n, uint32_t *open, uint64_t *number, bool *swapped)
{
	*swapped = sym_is_number(sym_vec_of(e, n->a), number);
	*open = *swapped ? n->b : n->a;
	return *swapped || sym_is_number(sym_vec_of(e, n->b), number);
}

static const struct scube *one_of(struct engine *e, const struct config *c, uint32_t vec, const uint64_t *numbers,
				  int n, int depth)
{
	for (int i = 0; i < n && sym_spend(e, 8); i++) {
		struct config to = *c;

		if (force_vec(e, &to, vec, numbers[i], depth))
			return to.know;
	}
	return NULL;
}

/* Two vectors that are no numbers: their bits, one after the other; unlike: one of them. */
static const struct scube *force_alike(struct engine *e, const struct config *c, const struct node *n, bool alike,
				       int depth)
{
	struct config to = *c;

	for (int i = 0; i < 64; i++) {
		sym_bit a = sym_resolve(e, &to, sym_vec_of(e, n->a)[i]);
		sym_bit b = sym_resolve(e, &to, sym_vec_of(e, n->b)[i]);
		const struct scube *know;

		if (a == b)
			continue;
		if (a <= SYM_1 && b <= SYM_1 && alike)
			return NULL;
		if (a <= SYM_1 && b <= SYM_1)
			return to.know;
		know = to.know;
		to.know = force(e, &to, a, a <= SYM_1 ? (int)a : b <= SYM_1 ? (int)b ^ !alike : 0, depth);
		if (to.know)
			to.know = force(e, &to, b, b <= SYM_1 ? (int)b : a <= SYM_1 ? (int)a ^ !alike : !alike, depth);
		if (to.know && !alike)
			return to.know;
		if (!to.know && alike)
			return NULL;
		if (!to.know)
			to.know = know;
	}
	return alike ? to.know : NULL;
}

static const struct scube *force_equal(struct engine *e, const struct config *c, const struct node *n, int value,
				       int depth)
{
	uint64_t number;
	uint32_t open;
	bool swapped;

	if (!sides(e, n, &open, &number, &swapped))
		return force_alike(e, c, n, value, depth);
	if (value)
		return one_of(e, c, open, &number, 1, depth);
	return one_of(e, c, open, (uint64_t[]){ 0, 1, number ^ 1, number ^ 2, number ^ 0x80, number ^ 0x8000 }, 6,
		      depth);
}

/* a >= b */
static const struct scube *force_order(struct engine *e, const struct config *c, const struct node *n, int value,
				       int depth)
{
	uint64_t number;
	uint32_t open;
	bool swapped;

	if (!sides(e, n, &open, &number, &swapped))
		return NULL;
	if (!swapped)
		return value ? one_of(e, c, open, (uint64_t[]){ number, number + 1, UINT64_MAX }, 3, depth) :
			       one_of(e, c, open, (uint64_t[]){ number - 1, 0 }, 2, depth);
	return value ? one_of(e, c, open, (uint64_t[]){ number, 0 }, 2, depth) :
		       one_of(e, c, open, (uint64_t[]){ number + 1, number + 2 }, 2, depth);
}

static const struct scube *force_sum(struct engine *e, const struct config *c, const struct node *n, uint32_t at,
				     int value, int depth)
{
	uint64_t number, want = (uint64_t)value << at, low = value ? 0 : 1ull << at;
	uint32_t open;
	bool swapped;

	if (!sides(e, n, &open, &number, &swapped))
		return NULL;
	if (n->kind == N_ADD)
		return one_of(e, c, open, (uint64_t[]){ want - number, 0, 1, low - number, want }, 5, depth);
	if (swapped)
		return one_of(e, c, open, (uint64_t[]){ number - want, 0, 1, want }, 4, depth);
	return one_of(e, c, open, (uint64_t[]){ want + number, number, 0, 1, want }, 5, depth);
}

static const struct scube *force_choice(struct engine *e, const struct config *c, const struct node *n, int value,
					int depth)
{
	for (int one = 1; one >= 0; one--) {
		struct config to = *c;

		to.know = force(e, c, n->a, one, depth);
		if (to.know)
			to.know = force(e, &to, one ? n->b : n->c, value, depth);
		if (to.know)
			return to.know;
	}
	return NULL;
}

static const struct scube *force(struct engine *e, const struct config *c, sym_bit bit, int value, int depth)
{
	struct node n;

	bit = sym_resolve(e, c, bit);
	if (bit <= SYM_1)
		return (int)bit == value ? c->know : NULL;
	n = e->nodes[SYM_NODE(bit)];
	if (!depth || !sym_spend(e, 1))
		return NULL;
	switch (n.kind) {
	case N_PKT:
	case N_SRC:
		return sym_cube_add(e, c->know, SYM_NODE(bit), 1ull << (bit & 63), (uint64_t)value << (bit & 63));
	case N_EQ:
		return force_equal(e, c, &n, value, depth - 1);
	case N_GE:
		return force_order(e, c, &n, value, depth - 1);
	case N_ADD:
	case N_SUB:
		return force_sum(e, c, &n, bit & 63, value, depth - 1);
	case N_ITE:
		return force_choice(e, c, &n, value, depth - 1);
	default:
		return NULL;
	}
}

/* With what makes the bit that; NULL: it was not found. */
const struct scube *sym_force(struct engine *e, const struct config *c, sym_bit bit, int value)
{
	return force(e, c, bit, value, DEPTH);
}

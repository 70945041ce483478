/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Short lists of cubes, made of what a list means alone. */
#ifndef MDESCC_COVER_ISOP_H
#define MDESCC_COVER_ISOP_H

#include "arena.h"
#include "cover.h"
#include "cover_nodes.h"

enum { COVER_ISOP_NONE, COVER_ISOP_ALL };	/* nodes: no key, and all */

struct isop_done { uint32_t op, a, b, out; };

struct cover_isop {
	struct arena *arena;
	const struct cover *c;
	uint64_t steps;			/* left */
	struct cover_nodes nodes;	/* ends: no key, and all */
	struct isop_done *done;		/* operations, by hash */
	uint32_t done_size;
	uint32_t *where;		/* by action: the keys that have it */
	uint64_t *weight;		/* by node, plus 1; 0: not known yet */
	size_t n_weights;
	VEC(struct cover_row) rows;	/* what came out */
	size_t most;			/* rows that are of use */
	bool failed;
};

/* Reads @x->c; false where that takes more than the steps. */
bool cover_isop_read(struct cover_isop *x);
/*
 * Rows that mean @x->c with the actions in this order, and the last of these @n as default, in @x->rows. False: they
 * are more than @x->most, or take more than the steps.
 */
bool cover_isop_make(struct cover_isop *x, const uint32_t *order, uint32_t n);

/* The keys of a node that are not those of another one. */
uint32_t cover_isop_without(struct cover_isop *x, uint32_t keys, uint32_t others);

/* Has any key this action? How many: in 2^-63 of all. Is the lowest key of @a before that of @b? */
bool cover_isop_any(const struct cover_isop *x, uint32_t action);
uint64_t cover_isop_weight(struct cover_isop *x, uint32_t action);
bool cover_isop_first(const struct cover_isop *x, uint32_t a, uint32_t b);

#endif

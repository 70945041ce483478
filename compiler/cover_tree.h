/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The decision tree of a list of cubes. */
#ifndef MDESCC_COVER_TREE_H
#define MDESCC_COVER_TREE_H

#include "arena.h"
#include "cover.h"

struct cover_leaf { struct cube cube; uint32_t action; };

struct cover_tree {
	struct arena *arena;
	const struct cover *c;
	VEC(uint32_t) rows;		/* those at hand, of one level after the other */
	VEC(struct cover_leaf) leaves;	/* no key is in two of them */
	uint64_t steps;			/* left */
	bool too_many;
};

/* The leaves of @t->c; false where they are too many, or take more than the steps. */
bool cover_tree_make(struct cover_tree *t);

#endif

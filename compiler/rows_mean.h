/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What states do, as numbers: states that do the same have the same. */
#ifndef MDESCC_ROWS_MEAN_H
#define MDESCC_ROWS_MEAN_H

#include "rows_graph.h"

struct mean_node {
	uint32_t what, lo, hi;
};

struct mean {
	struct rows_graph *g;
	struct arena *scratch;
	const uint16_t *entry;		/* by state: the key set of all ways into it; NONE16: several */
	VEC(struct mean_node) nodes;	/* each is there once; node 0 is none */
	uint32_t *hash;			/* node; 0: free */
	uint32_t hash_size;
	uint16_t **rank;		/* by key set: of each byte, its place among all places that are looked at */
	uint32_t **action;		/* by state, by row: what it does, but for what it goes on to */
	bool lists_differ;		/* equal lists of operations lie at several places */
	uint64_t steps;			/* left, for the state at hand */
};

void mean_init(struct mean *m, struct rows_graph *g);
void mean_free(struct mean *m);
/*
 * What state @at does, where those that it goes on to are told apart by @class_of. Rows' order and cut, and bytes that
 * change nothing, do not matter; in states that are too large only equal rows are equal.
 */
uint32_t mean_of(struct mean *m, uint32_t at, const uint32_t *class_of);
/*
 * Puts the key bytes of each state in the order of where they lie, without those that nothing asks for, and gives the
 * key set that the ways into it are to have. Has any changed? The last to be done with @m.
 */
bool mean_sort_keys(struct mean *m, uint16_t *entry);

#endif

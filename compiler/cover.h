/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Lists of cubes in which the first that matches decides, and shorter lists that decide the same. */
#ifndef MDESCC_COVER_H
#define MDESCC_COVER_H

#include "cube.h"

struct arena;

struct cover_row {
	struct cube cube;
	uint32_t action;	/* below the cover's n_actions */
};

/* Some row matches each key: the last one matches all that come to it. */
struct cover {
	struct cover_row *rows;
	size_t n;
	uint32_t n_actions;
	unsigned int bits;	/* of a key */
};

/*
 * A cover that means the same for every key and is no longer, in the arena. What the result is depends on the
 * arguments alone: @steps bounds how long it is looked for.
 */
struct cover cover_minimise(struct arena *a, const struct cover *c, uint64_t steps);

/*
 * The same, where @m (or NULL) is asked first whether that list was minimised before, with actions of any numbers.
 * cover_memo.c
 */
struct cover_memo;
struct cover_rests;
struct cover_memo *cover_memo_new(struct arena *a);
void cover_memo_free(struct cover_memo *m);
struct cover cover_minimise_once(struct cover_memo *m, struct arena *a, const struct cover *c, uint64_t steps);
/* What is left of @c once some bytes are known: until the next call. */
struct cover_rests *cover_memo_rests(struct cover_memo *m, const struct cover *c);

/* No cover that means the same is shorter; rows, @steps bound how long that is looked for. */
size_t cover_least(struct arena *a, const struct cover *c, uint64_t steps);

/* Whether two mean the same; else keys for which they do not in @key. -1: not known after @steps. */
int cover_equal(struct arena *arena, const struct cover *a, const struct cover *b, struct cube *key, uint64_t steps);

#endif

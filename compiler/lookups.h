/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A decision, taken in one look-up or in several, one after the other. */
#ifndef MDESCC_LOOKUPS_H
#define MDESCC_LOOKUPS_H

#include "arena.h"
#include "cover.h"

struct cover_rests;

#define LOOKUP_TRY_ROWS	128	/* rows of a key that fits, at most, where fewer are looked for */

/* A look-up, and what each of its actions goes on with. */
struct lookup {
	uint32_t bytes;			/* of the state's key: bit i is byte i */
	struct cover cover;
	const struct lookup **next;	/* by action; NULL: a final one */
	uint32_t *final;		/* by action: that of the state */
	uint32_t cost;			/* rows, of those behind it, too */
};

/* What a look-up compares: pieces of adjacent bytes. */
struct lookup_shape {
	uint32_t lookups, bytes;
};

struct lookup_solved;

struct lookup_search {
	struct arena *arena;
	const struct mdesc_fmt_keys *keys;
	struct lookup_shape shape;
	bool defaults;			/* the last row of a look-up is none */
	struct cover_memo *memo;
	struct cover_rests *rests;	/* of the list at hand, */
	struct lookup_solved *solved;	/* and what was found of them */
	uint64_t work;			/* left, in rows looked at */
};

/* How many pieces of adjacent bytes cover these. */
uint32_t lookup_pieces(const struct lookup_shape *shape, const struct mdesc_fmt_keys *k, uint32_t bytes);
bool lookup_fits(const struct lookup_search *s, uint32_t bytes);
/* Which bytes the rows compare. */
uint32_t lookup_bytes(const struct cover *c);
/* What @rows of a look-up cost. */
uint32_t lookup_cost(const struct lookup_search *s, size_t rows);
/* May several look-ups take fewer rows? Each action takes one, and each look-up another. */
bool lookup_may_pay(size_t n, uint32_t n_actions);
/* The fewest rows that are found; NULL: it cannot be done. */
const struct lookup *lookup_solve(struct lookup_search *s, const struct cover *c);
/* What takes fewer rows than @limit in more than one look-up; NULL: nothing is found. */
const struct lookup *lookup_several(struct lookup_search *s, const struct cover *c, uint32_t limit);
/*
 * What @bytes tell apart of @c: @list, of which each action is a class of keys, and of each class what is left to
 * decide, in @rests. False: it is too much.
 */
bool lookup_classes(struct lookup_search *s, const struct cover *c, uint32_t bytes, struct cover *list,
		    struct cover **rests);

#endif

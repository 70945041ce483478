/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What is left to decide, once some bytes of a key are known: each such rest once, whichever bytes led to it. */
#ifndef MDESCC_COVER_RESTS_H
#define MDESCC_COVER_RESTS_H

#include "cover.h"

struct cover_rests;

#define COVER_NO_REST	UINT32_MAX

/* What some bytes tell apart: classes, and of each what is left, the same number for the same. */
struct cover_classes {
	uint32_t n;		/* 0: it takes too many steps */
	const uint32_t *rests;
};

/* For a list, and all that is left of it. @scratch is emptied. */
struct cover_rests *cover_rests_new(struct arena *arena, struct arena *scratch, const struct cover *c);
/* Room for what is found out with them, for as long as they are there: NULL at first, to be allocated in the arena. */
void **cover_rests_more(struct cover_rests *r, struct arena **arena);
/* Nodes and costs that it has: a measure of memory. */
uint64_t cover_rests_size(const struct cover_rests *r);
/* The list as a rest; COVER_NO_REST: it takes too many steps. */
uint32_t cover_rests_all(const struct cover_rests *r);
/* What the bytes @first (bit i is byte i) tell apart of @c, which is @rest. */
struct cover_classes cover_rests_classes(struct cover_rests *r, const struct cover *c, uint32_t rest, uint32_t first);
/* Rows that tell them apart, of which the actions are the classes; NULL: that takes too many steps. */
const struct cover *cover_rests_list(struct cover_rests *r, const struct cover *c, uint32_t rest, uint32_t first);
/* On how many actions a rest decides. */
uint32_t cover_rest_actions(struct cover_rests *r, uint32_t rest);
/* Its rows; NULL: they take too many steps. */
const struct cover *cover_rest_rows(struct cover_rests *r, uint32_t rest);

#endif

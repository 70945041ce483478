/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Lists of exceptions and exceptions to these, made of what a list means alone. */
#ifndef MDESCC_COVER_LIST_H
#define MDESCC_COVER_LIST_H

#include "arena.h"
#include "cover.h"
#include "cover_nodes.h"

struct list_done { uint32_t row, bit, in, out; };
struct list_cost { uint32_t f, g, cost, how; };

#define BELOW_MAX	8u	/* actions that are tried below all */

struct list_below { uint32_t n, ends[BELOW_MAX]; };

struct cover_list {
	struct arena *arena;
	const struct cover *c;
	uint64_t steps;			/* left */
	uint8_t order[CUBE_BITS];	/* bits of the key, as they are asked for; */
	unsigned int first;		/* how many of them decide on a class of keys; 0: all decide on an action */
	struct cover_nodes nodes;	/* ends: the actions */
	uint32_t root;
	struct list_done *done;		/* by hash: what came of putting a row in front of a node */
	uint32_t done_size;
	unsigned int cut;		/* bits that are asked for; what is behind is a class, or an action */
	VEC(uint32_t) ends;		/* those, as they come in the diagram: nodes; */
	VEC(uint32_t) seen;		/* by node: the last @turn in which it was gone through; */
	uint32_t turn;
	uint32_t *end_of;		/* by node: which of them it is, plus 1 */
	VEC(struct list_below) below;	/* by node */
	struct list_cost *costs;	/* by hash; cost 0: free */
	uint32_t costs_size, n_costs;
	VEC(struct cover_row) rows;	/* what came out */
	bool failed;
};

/* Bytes of the key in their order or the other way round, and the bits of each. */
void cover_list_order(struct cover_list *x, bool bytes_back, bool bits_back);
/* The bytes @first (bit i is byte i) before the others. */
void cover_list_first(struct cover_list *x, uint32_t first);

/* What @x->c means, as the node @x->root. False: it takes more than the steps. */
bool cover_list_read(struct cover_list *x);
/* Rows that mean it, in @x->rows. False: it takes more than the steps. */
bool cover_list_make(struct cover_list *x);

/* What the first bytes tell apart: how many classes, which are the nodes @x->ends. 0: it takes more than the steps. */
uint32_t cover_list_classes(struct cover_list *x);
/* Then, rows that tell them apart, of which the actions are these, in @x->rows. False: likewise. */
bool cover_list_tell(struct cover_list *x);

/* Of a diagram that is there, of actions: before any of the two that follow. */
void cover_list_begin(struct cover_list *x);
/* The actions that node @f comes to, in @x->ends. */
void cover_list_ends(struct cover_list *x, uint32_t f);
/* Rows that mean node @f, in @x->rows. False: it takes more than the steps. */
bool cover_list_rows(struct cover_list *x, uint32_t f);

#endif

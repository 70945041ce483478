/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The rows as a graph that passes change: states that own their rows, and key
 * sets. A pass opens it, makes new states and rows, and closes it: states that
 * nothing leads to any more are left out then, and the others are numbered anew,
 * the start first, a state's parts behind the states that go on to them.
 *
 * In the graph a transition's state is an index in @states, its key set one in
 * @keys. Operations stay those that the rows were made of, and can be added to.
 */
#ifndef MDESCC_ROWS_GRAPH_H
#define MDESCC_ROWS_GRAPH_H

#include "arena.h"
#include "cube.h"
#include "model.h"
#include "rows.h"

struct rg_state {
	struct mdc_row_state s;
	VEC(struct mdc_row) rows;	/* all of them match in this state alone */
};

struct rows_graph {
	struct mdc_ctx *ctx;
	struct arena *arena;	/* until it is closed */
	const struct mdc_rows *old;
	const struct mdc_model *m;
	const struct mdc_target *t;
	VEC(struct rg_state) states;
	VEC(struct mdesc_fmt_keys) keys;
	VEC(struct mdesc_fmt_op) ops;
	struct mdesc_fmt_next start;
	bool changed;
};

void rg_open(struct rows_graph *g, struct mdc_ctx *ctx, const struct mdc_rows *rows);
/* The rows of the graph, in the context's arena; those it was opened with where nothing has changed. */
const struct mdc_rows *rg_close(struct rows_graph *g);
/* Instead, if they are not needed. */
void rg_drop(struct rows_graph *g);

/* A copy of state @s without rows; its index. */
uint32_t rg_add_state(struct rows_graph *g, const struct mdc_row_state *s);
/* The same, named "NAME.WHAT" in the listing. */
uint32_t rg_add_named(struct rows_graph *g, const struct mdc_row_state *s, const char *what, uint32_t n);
uint16_t rg_keys(struct rows_graph *g, const struct mdesc_fmt_keys *k);
struct mdesc_fmt_next rg_stop(uint8_t verdict, uint16_t code);
struct mdesc_fmt_next rg_enter(uint32_t state, uint16_t keys);

/* Calls @fn for each transition into a state: of the start, of rows and beyond limits. */
void rg_each_next(struct rows_graph *g, void (*fn)(void *arg, struct mdesc_fmt_next *next), void *arg);
/* Can a packet come to every state? */
bool rg_reaches_all(struct rows_graph *g);
/* By state: how many transitions lead to it. */
uint32_t *rg_ways_in(struct rows_graph *g);
/* By state: the one key set that all ways into it have, or NONE16: several have, or none leads there. */
uint16_t *rg_entry_keys(struct rows_graph *g);

/* How many states a packet can enter, at most; UINT64_MAX: no bound is known. */
uint64_t rg_most_steps(struct rows_graph *g);

/* Which key bytes rows of @s look at: bit i is byte i. */
uint32_t rg_compared(const struct rg_state *s);
struct cube rg_cube(const struct mdesc_fmt_row *r);
void rg_put_cube(struct mdesc_fmt_row *r, const struct cube *c);
/* Do the rows the same, but for their keys, and states? */
bool rg_same_action(const struct mdc_row *a, const struct mdc_row *b);
/* Does the row match all that comes to it? */
bool rg_matches_all(const struct mdesc_fmt_row *r);
/* How many rows of a state the TCAM holds: not a last one that matches all, where the target has defaults. */
uint32_t rg_n_rows(const struct mdc_target *t, const struct mdc_row *rows, size_t n);

/* What rows of a state mean as a list of cubes, and rows again; @of: by action a row that does it. */
struct cover;
struct cover rg_to_cover(struct arena *a, const struct mdc_row *rows, uint32_t n, uint32_t *of);

#endif

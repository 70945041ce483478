/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Rows that take along what they go on to: what pass_fuse.c and pass_later.c share. */
#ifndef MDESCC_FUSE_H
#define MDESCC_FUSE_H

#include "rows_graph.h"

struct fuse {
	struct rows_graph *g;
	uint32_t *ways_in;	/* by state: transitions that lead to it */
	uint16_t *entry;	/* by state: its key set, or NONE16 */
	bool *new_key;		/* by state: ways into it are to get that key set */
	uint32_t n_entries;	/* states that these are known of */
	uint32_t room;		/* for them */
	uint64_t steps;		/* states that a packet can enter */
	bool once;		/* nothing is taken along by several */
};

/* A row of a state, and the state that it goes on to. */
struct pair {
	uint32_t from, to;
	size_t row;
	const struct mdc_row *r;
	const struct rg_state *t;
	int32_t advance;		/* bytes that the row moves the cursor by, */
	bool moves_known;		/* if that is always the same */
	struct mdesc_fmt_keys keys;	/* of @from, with the bytes that @to looks at */
	uint8_t slot[MDESC_FMT_KEY_MAX];	/* by key byte of @to: in @keys */
	uint32_t need;
};

/* False: a packet may enter more states than the target lets it. */
bool fuse_open(struct fuse *f, struct rows_graph *g, struct mdc_ctx *ctx, const struct mdc_rows *rows);
const struct mdc_rows *fuse_close(struct fuse *f);
/* All rows of a state, or of all, that may. Has any? */
bool fuse_state(struct fuse *f, uint32_t at);
void fuse_all(struct fuse *f);

/* May the row of the pair take along what it goes on to? */
bool fuse_may(const struct fuse *f, struct pair *p);
/* Is it this state alone that goes on to the pair's second, and always in the same way? */
bool fuse_only_from_here(const struct fuse *f, const struct pair *p);
/* How far the row moves the cursor; false: that is not always the same. */
bool fuse_find_advance(const struct rows_graph *g, const struct mdesc_fmt_row *r, int32_t *bytes);
/* Is byte @i, of the header that a row extracts, where it is from the cursor in front of it? */
bool fuse_begins_here(const struct rows_graph *g, const struct mdesc_fmt_keys *k, uint32_t i);
/* Does what the row commits set registers, that then read otherwise? That of parts in front of it, too. */
bool fuse_sets_registers(const struct rows_graph *g, uint32_t from, const struct mdesc_fmt_row *r);

#endif

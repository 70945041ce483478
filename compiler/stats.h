/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* --stats: what the rows take, as they were lowered and after each pass. */
#ifndef MDESCC_STATS_H
#define MDESCC_STATS_H

#include <stdio.h>
#include "mdescc.h"

struct mdc_row_stats {
	const char *pass;	/* that made the rows; "lower" */
	uint32_t rows, defaults;	/* of the TCAM; actions of states that take none */
	uint32_t states, key_bits;	/* of the widest key */
	uint32_t ops, lists;	/* operations, in so many different lists */
	uint64_t tcam_bits;	/* value and mask of state and key, in all rows */
	uint32_t lookups;	/* for a packet, at most */
};

/* Notes what the rows are now, if it was asked for. @rows may be NULL. */
void mdc_stats_add(struct mdc_ctx *ctx, const char *pass, const struct mdc_rows *rows);
/* All that was noted for this model, which is forgotten then. */
void mdc_stats_show(struct mdc_ctx *ctx, const struct mdc_model *model, FILE *to);

/* depth.c: look-ups that a packet takes, at most. */
uint32_t mdc_depth(struct arena *a, const struct mdc_rows *rows);

#endif

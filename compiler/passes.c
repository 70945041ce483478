/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The passes over the rows, in the order in which they run.
 *
 * A pass takes rows that mean the description and gives rows that mean the same
 * to the machine of format.h: for every packet the same verdict and error, the
 * same bytes of metadata, the same recorded headers. It may number states, rows
 * and key sets anew (state 0 stays the start; a state's parts stay behind it),
 * and leaves what it was given as it was: it returns either @rows itself or new
 * rows, in the arena, which may share tables with the old ones. Each row keeps
 * the location of an arm that it came from. The first passes give the target what
 * it can do (always); how many rows and states it has is asked at the end. NULL
 * after a diagnostic.
 */
#include "mdescc.h"
#include "passes.h"
#include "prove.h"
#include "rows.h"
#include "stats.h"

struct pass {
	const char *name;
	int level;		/* of -O, from which on it runs */
	const struct mdc_rows *(*run)(struct mdc_ctx *ctx, const struct mdc_rows *rows);
};

static const struct pass passes[] = {
	{ "merge", 1, mdc_pass_merge },
	{ "minimise", 1, mdc_pass_minimise },	/* first, so that what is no use is not in the way of the rest */
	{ "unroll", 0, mdc_pass_unroll },	/* at -O0, too: the target cannot do without */
	{ "lengths", 0, mdc_pass_lengths },
	{ "minimise", 1, mdc_pass_minimise },
	{ "merge", 1, mdc_pass_merge },
	{ "fuse", 1, mdc_pass_fuse },
	{ "minimise", 1, mdc_pass_minimise },
	{ "split", 0, mdc_pass_split },
	{ "merge", 1, mdc_pass_merge },
	{ "minimise", 1, mdc_pass_minimise },
	{ "search", 2, mdc_pass_search },
	{ "exact", 0, mdc_pass_exact },
	{ "stages", 0, mdc_pass_stages },
	{ "defaults", 0, mdc_pass_defaults },
};

#define N_PASSES	(sizeof(passes) / sizeof(*passes))

/* Whether pass @i has made just these rows, or left them as they are: then it has nothing more to do. */
static bool has_run(size_t i, const struct mdc_rows *const *gave, const struct mdc_rows *rows)
{
	for (size_t k = 0; k < i; k++)
		if (passes[k].run == passes[i].run && gave[k] == rows)
			return true;
	return false;
}

const struct mdc_rows *mdc_passes(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	const struct mdc_rows *gave[N_PASSES] = { NULL }, *before;	/* by pass */

	if (ctx->opt.prove && !mdc_prove_lower(ctx, rows))
		return NULL;
	mdc_stats_add(ctx, "lower", rows);
	for (size_t i = 0; i < N_PASSES && rows; i++) {
		if (ctx->opt.level < passes[i].level || has_run(i, gave, rows))
			continue;
		before = rows;
		rows = passes[i].run(ctx, rows);
		gave[i] = rows;
		if (rows && ctx->opt.prove && !mdc_prove_pass(ctx, passes[i].name, before, rows))
			return NULL;
		mdc_stats_add(ctx, passes[i].name, rows);
	}
	return rows && mdc_rows_fit(ctx, rows) ? rows : NULL;
}

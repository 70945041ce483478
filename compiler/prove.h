/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Rows against the model, and rows against rows: whether the lowering and the
 * passes behind it have kept what the description means. sym.h tells how.
 */
#ifndef MDESCC_PROVE_H
#define MDESCC_PROVE_H

#include "rows.h"
#include "sym.h"

/* The rows as plain tables, in @a; headers, layouts, sources have the model's numbers. */
struct arena;
struct sym_tables mdc_prove_tables(struct arena *a, const struct mdc_rows *rows);

/*
 * Compares rows of one model (its targets may differ in their steps). @steps: as in struct sym_opts, 0 for the
 * usual. sym_free() frees the answer.
 */
enum sym_verdict mdc_prove_rows(const struct mdc_rows *a, const struct mdc_rows *b, uint64_t steps,
				struct sym_answer *answer);

/* --prove: whether the pass has kept what rows mean; false after saying why not, or that it is not known. */
bool mdc_prove_pass(struct mdc_ctx *ctx, const char *pass, const struct mdc_rows *before,
		    const struct mdc_rows *after);
/* The same of the lowering: whether its rows do what the model says, taken literally (literal.h). */
bool mdc_prove_lower(struct mdc_ctx *ctx, const struct mdc_rows *rows);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The passes that passes.c runs, one a file. What each keeps: passes.c. */
#ifndef MDESCC_PASSES_H
#define MDESCC_PASSES_H

#include <stdbool.h>
#include <stdint.h>

struct mdc_ctx;
struct mdc_rows;

const struct mdc_rows *mdc_pass_unroll(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_unroll.c */
const struct mdc_rows *mdc_pass_fuse(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_fuse.c */
const struct mdc_rows *mdc_pass_fuse_once(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_fuse.c */
const struct mdc_rows *mdc_pass_later(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_later.c */
const struct mdc_rows *mdc_pass_later_last(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_later.c */
const struct mdc_rows *mdc_pass_lengths(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_lengths.c */
const struct mdc_rows *mdc_pass_split(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_split.c */
const struct mdc_rows *mdc_pass_known(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_known.c */
const struct mdc_rows *mdc_pass_merge(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_merge.c */
const struct mdc_rows *mdc_pass_exact(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_exact.c */
const struct mdc_rows *mdc_pass_stages(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_stages.c */
const struct mdc_rows *mdc_pass_carry(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_carry.c */
const struct mdc_rows *mdc_pass_defaults(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_defaults.c */
const struct mdc_rows *mdc_pass_minimise(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_minimise.c */
const struct mdc_rows *mdc_pass_search(struct mdc_ctx *ctx, const struct mdc_rows *rows);	/* pass_search.c */

/*
 * No search finds fewer rows, of the states by themselves; nor, with @split, do look-ups as the target has them, or
 * smaller ones. pass_search.c
 */
uint64_t mdc_least_rows(struct mdc_ctx *ctx, const struct mdc_rows *rows, bool split);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* A parser's rows in a raw table. */
#ifndef MDESCC_LOWER_TABLE_H
#define MDESCC_LOWER_TABLE_H

#include "mdescc.h"
#include "table.h"

/* The model with these rows in the table that its target names, @m itself where it names none. NULL after an error. */
const struct mdc_model *mdc_lower_table(struct mdc_ctx *ctx, const struct mdc_model *m, const struct mdc_rows *rows);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Rows of a table that can match together with others. */
#ifndef MDESCC_TABLE_PAIRS_H
#define MDESCC_TABLE_PAIRS_H

#include "table.h"

struct table_pairs {
	const struct mdc_table_row **rows;
	uint32_t chunks;		/* of their keys */
	bool later;			/* of a pair, which is flagged; else the one before */
	/* A pair counts only where they differ; NULL: always. */
	bool (*differ)(const void *ctx, const struct mdc_table_row *a, const struct mdc_table_row *b);
	const void *ctx;
	bool *flags;			/* by row: set where it is one of such a pair */
};

void mdc_table_pairs(const struct table_pairs *p, uint32_t n);

#endif

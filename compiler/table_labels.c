/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Rows of raw tables in diagnostics: takes the rows that something is said of, gives
 * a label at each place in the text, with the turns of its loop.
 */
#include "arena.h"
#include "diag.h"
#include "table.h"

#define LABELS_MAX	32u

static bool same_place(const struct mdc_table_row *a, const struct mdc_table_row *b)
{
	return a->loc.src == b->loc.src && a->loc.start == b->loc.start;
}

/* "t[3], where i = 2" */
static const char *which(struct arena *a, const struct mdc_table *t, const struct mdc_table_row *r)
{
	const char *name = t ? mdc_table_row_name(a, t, r) : "";

	return arena_printf(a, "%s%s%s%s", name, r->loop && t ? " (" : "", r->loop ? r->loop : "",
			    r->loop && t ? ")" : "");
}

void mdc_label_rows(struct diag *d, const struct mdc_table *t, struct arena *a, const struct mdc_table_row *const *rows,
		    uint32_t n, const char *one, const char *many)
{
	uint32_t labels = 0, i = 0, k;

	for (; d && i < n && labels < LABELS_MAX; i = k, labels++) {
		for (k = i + 1; k < n && same_place(rows[i], rows[k]); k++)
			;
		if (k == i + 1 && t)
			diag_label(d, rows[i]->loc, "%s %s", which(a, t, rows[i]), one);
		else if (k == i + 1)
			diag_label(d, rows[i]->loc, "%s%s%s", one, rows[i]->loop ? ", where " : "",
				   rows[i]->loop ? rows[i]->loop : "");
		else if (t)
			diag_label(d, rows[i]->loc, "%u rows, %s to %s, %s", k - i, which(a, t, rows[i]),
				   which(a, t, rows[k - 1]), many);
		else
			diag_label(d, rows[i]->loc, "%s %u, where %s to %s", many, k - i, which(a, t, rows[i]),
				   which(a, t, rows[k - 1]));
	}
	if (i < n)
		diag_note(d, "and %u more rows", n - i);
}

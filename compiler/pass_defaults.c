/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The last pass: marks the row of each state that takes what the others leave. A
 * target with an action of its own for that needs no row of the TCAM there.
 */
#include "passes.h"
#include "rows_graph.h"

const struct mdc_rows *mdc_pass_defaults(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct rows_graph g;

	if (!rows->model->target.defaults)
		return rows;
	rg_open(&g, ctx, rows);
	for (size_t i = 0; i < g.states.n; i++) {
		struct rg_state *s = &g.states.p[i];

		if (s->rows.n && rg_matches_all(&s->rows.p[s->rows.n - 1].f)) {
			s->rows.p[s->rows.n - 1].f.flags |= MDESC_ROW_DEFAULT;
			g.changed = true;
		}
	}
	return rg_close(&g);
}

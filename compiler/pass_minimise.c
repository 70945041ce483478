/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass: the rows of each state by themselves, as few as cover.c finds. Key bytes, and which of them must lie in
 * the packet, stay what they are; only what a row compares changes, and which rows there are. What two rows do is
 * the same if they are alike but for that.
 */
#include "cover.h"
#include "mdescc.h"
#include "passes.h"
#include "rows_graph.h"

#define STEPS_STATE	(1u << 20)	/* of a state, */
#define STEPS_ROW	4096	/* and each row of it; */
#define STEPS_ALL	(1u << 26)	/* of all states together, their rows not counted */

struct minimise {
	struct arena *arena, *scratch;
	const struct mdc_rows *old;
	VEC(struct mdc_row) rows;
	struct cover_memo *memo;
	uint32_t first, n;	/* of the state at hand */
};

static void minimise_state(struct minimise *m)
{
	const struct mdc_row *rows = m->old->rows + m->first;
	struct arena *scratch = m->scratch;
	uint32_t *of = arena_array(scratch, uint32_t, m->n);
	struct cover c = rg_to_cover(scratch, rows, m->n, of), less;
	uint64_t steps = STEPS_ALL / m->old->n_states;

	steps = steps < STEPS_STATE ? steps : STEPS_STATE;
	less = cover_minimise_once(m->memo, scratch, &c, steps + (uint64_t)m->n * STEPS_ROW);
	for (size_t i = 0; i < less.n; i++) {
		struct mdc_row *r = vec_push(m->arena, &m->rows);

		*r = rows[of[less.rows[i].action]];
		rg_put_cube(&r->f, &less.rows[i].cube);
	}
	arena_empty(scratch);
}

const struct mdc_rows *mdc_pass_minimise(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct minimise m = { .arena = ctx->arena, .scratch = arena_scratch(ctx->arena), .old = rows,
			      .memo = ctx->memo };
	struct mdc_rows *out;

	if (rows->model->target.exact) {	/* wider rows are what it has fewest of */
		arena_give_back(ctx->arena, m.scratch);
		return rows;
	}
	vec_reserve(m.arena, &m.rows, rows->n_rows + 1);
	for (uint32_t i = 0; i < rows->n_rows; i += m.n) {
		m.first = i;
		m.n = 1;
		while (i + m.n < rows->n_rows && rows->rows[i + m.n].f.state == rows->rows[i].f.state)
			m.n++;
		if (m.n > 1)
			minimise_state(&m);
		else
			*vec_push(m.arena, &m.rows) = rows->rows[i];
	}
	arena_give_back(ctx->arena, m.scratch);
	if (m.rows.n == rows->n_rows)
		return rows;
	out = arena_new_of(ctx->arena, struct mdc_rows);
	*out = *rows;
	out->rows = m.rows.p;
	out->n_rows = (uint32_t)m.rows.n;
	return out;
}

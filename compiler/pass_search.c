/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass of -O2: the fewest rows for each state by itself, by the search of cover_exact.c. All states share the
 * steps of --opt-steps: each gets a few, in their order, then those for which that was not enough get twice as many,
 * and so on while there are any. So a state that takes all one gives it leaves something to the others, and more
 * steps in all do what fewer did, and then more.
 */
#include <stdlib.h>
#include <string.h>

#include "cover_exact.h"
#include "lookups.h"
#include "mdescc.h"
#include "passes.h"
#include "rows_graph.h"

#define STEPS_FIRST	1024	/* of a state, in the first round */
#define STEPS_LEAST	4096	/* of finding how few rows a state may have */

struct task {
	uint32_t first, n;	/* the state's rows */
	uint32_t *of;		/* by action: a row that does it */
	struct cover best;
	bool more;
};

struct tasks { VEC(struct task) v; uint32_t saved; };

static void list_tasks(struct arena *a, const struct mdc_rows *rows, struct tasks *t)
{
	for (uint32_t i = 0; i < rows->n_rows; i += t->v.p[t->v.n - 1].n) {
		struct task *task = vec_push(a, &t->v);

		*task = (struct task){ .first = i, .n = 1 };
		while (i + task->n < rows->n_rows && rows->rows[i + task->n].f.state == rows->rows[i].f.state)
			task->n++;
		task->of = arena_array(a, uint32_t, task->n);
		task->best = rg_to_cover(a, rows->rows + i, task->n, task->of);
		task->more = task->best.n > task->best.n_actions;
	}
}

/* A state is searched once more from what it has by now. */
static void run_task(struct arena *a, struct arena *scratch, struct tasks *t, struct task *task, uint64_t *steps)
{
	struct cover less = cover_exact(scratch, &task->best, steps, &task->more);

	if (less.n < task->best.n) {
		t->saved += (uint32_t)(task->best.n - less.n);
		task->best.rows = arena_array(a, struct cover_row, less.n);
		memcpy(task->best.rows, less.rows, less.n * sizeof(*less.rows));
		task->best.n = less.n;
	}
	arena_empty(scratch);
}

static void run_tasks(struct arena *a, struct tasks *t, uint64_t steps)
{
	struct arena *scratch = arena_scratch(a);
	bool any = true;

	for (uint64_t each = STEPS_FIRST; any && steps; each *= 2) {
		any = false;
		for (size_t i = 0; i < t->v.n && steps; i++) {
			uint64_t given = each < steps ? each : steps, left = given;

			if (!t->v.p[i].more)
				continue;
			run_task(a, scratch, t, &t->v.p[i], &left);
			steps -= given - left;
			any |= t->v.p[i].more;
		}
	}
	arena_give_back(a, scratch);
}

static const struct mdc_rows *put_rows(struct arena *arena, const struct mdc_rows *old, const struct tasks *t)
{
	struct mdc_rows *out = arena_new_of(arena, struct mdc_rows);
	struct mdc_row *r = arena_array(arena, struct mdc_row, old->n_rows);

	*out = *old;
	out->rows = r;
	out->n_rows = old->n_rows - t->saved;
	for (size_t i = 0; i < t->v.n; i++) {
		const struct task *task = &t->v.p[i];
		const struct mdc_row *rows = old->rows + task->first;

		if (task->best.n == task->n) {
			memcpy(r, rows, task->n * sizeof(*r));
			r += task->n;
			continue;
		}
		for (size_t k = 0; k < task->best.n; k++, r++) {
			*r = rows[task->of[task->best.rows[k].action]];
			rg_put_cube(&r->f, &task->best.rows[k].cube);
		}
	}
	return out;
}

/*
 * Rows that a state takes at least. In several look-ups, each final action has one, and so has what goes on to another
 * look-up, which saves one where there are defaults.
 */
static uint64_t least_of(struct arena *scratch, const struct cover *c, const struct mdc_target *t, bool split)
{
	uint32_t bytes = (uint32_t)__builtin_popcount(lookup_bytes(c)), n = c->n_actions;

	if (split && t->defaults)
		return n - 1;
	if (split && bytes > t->lookups * t->lookup_bytes)
		return n + 1;
	return (c->n > n ? cover_least(scratch, c, STEPS_LEAST) : n) - (t->defaults ? 1 : 0);
}

/* A state's action. */
struct use { const struct mdc_row *row; uint32_t task; };

static int by_action(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	return memcmp(&x->row->f.flags, &y->row->f.flags, sizeof(x->row->f) - offsetof(struct mdesc_fmt_row, flags));
}

struct uses { struct use *p; size_t n; };

/* Those of all states, equal ones beside each other. */
static struct uses list_uses(struct arena *a, const struct mdc_rows *rows, const struct tasks *t)
{
	struct uses u = { arena_array(a, struct use, rows->n_rows), 0 };

	for (uint32_t i = 0; i < t->v.n; i++)
		for (uint32_t k = 0; k < t->v.p[i].best.n_actions; k++)
			u.p[u.n++] = (struct use){ &rows->rows[t->v.p[i].first + t->v.p[i].of[k]], i };
	qsort(u.p, u.n, sizeof(*u.p), by_action);
	return u;
}

/*
 * Look-ups that several states go on to are there once: only where these have two actions in common. By state: is it
 * one of them? Their rows, at least: one for each action; and where there are no defaults, one that goes on to such a
 * look-up, or, if none does, one more for each action that several have.
 */
static uint64_t find_sharing(struct arena *a, const struct mdc_rows *rows, const struct tasks *t, bool *shares)
{
	struct uses u = list_uses(a, rows, t);
	uint32_t *common = arena_array(a, uint32_t, t->v.n + 1);
	uint64_t n = 0, states = 0;

	for (size_t i = 0; i < u.n; i++)
		common[u.p[i].task] += (i && !by_action(&u.p[i - 1], &u.p[i])) ||
				       (i + 1 < u.n && !by_action(&u.p[i], &u.p[i + 1]));
	for (size_t i = 0; i < t->v.n; i++) {
		shares[i] = common[i] > 1;
		states += shares[i];
	}
	for (size_t i = 0, next; i < u.n; i = next) {
		bool any = false;

		for (next = i; next < u.n && !by_action(&u.p[i], &u.p[next]); next++)
			any |= shares[u.p[next].task];
		n += any;
	}
	if (rows->model->target.defaults)
		return n > states ? n - states : 0;
	return n + (states ? 1 : 0);
}

uint64_t mdc_least_rows(struct mdc_ctx *ctx, const struct mdc_rows *rows, bool split)
{
	struct arena *a = arena_scratch(ctx->arena), *scratch = arena_scratch(ctx->arena);
	struct tasks t = { .saved = 0 };
	uint64_t n = 0;
	bool *shares;

	list_tasks(a, rows, &t);
	shares = arena_array(a, bool, t.v.n + 1);
	if (split)
		n = find_sharing(a, rows, &t, shares);
	for (size_t i = 0; i < t.v.n; i++) {
		if (!shares[i])
			n += least_of(scratch, &t.v.p[i].best, &rows->model->target, split);
		arena_empty(scratch);
	}
	arena_give_back(ctx->arena, scratch);
	arena_give_back(ctx->arena, a);
	return n;
}

const struct mdc_rows *mdc_pass_search(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct tasks t = { .saved = 0 };
	struct arena *a;

	if (rows->model->target.exact)	/* wider rows are what it has fewest of */
		return rows;
	a = arena_scratch(ctx->arena);
	list_tasks(a, rows, &t);
	run_tasks(a, &t, ctx->opt.steps);
	if (t.saved)
		rows = put_rows(ctx->arena, rows, &t);
	arena_give_back(ctx->arena, a);
	return rows;
}

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
 *
 * Some passes are a choice: what a machine has more than another one need not be
 * used. All ways are gone, each to its end, and the one that takes the fewest rows
 * is taken. So a machine that has more never costs rows that one with less saves.
 */
#include <string.h>

#include "arena.h"
#include "cover.h"
#include "diag.h"
#include "model.h"
#include "passes.h"
#include "prove.h"
#include "rows.h"
#include "stats.h"

enum choice {
	ALWAYS,
	UNROLL,		/* loops, also where the target has them */
	MAY,		/* run or not */
	SHAPES,		/* look-ups as the target has them, or smaller ones */
};

struct pass {
	const char *name;
	int level;		/* of -O, from which on it runs */
	const struct mdc_rows *(*run)(struct mdc_ctx *ctx, const struct mdc_rows *rows);
	enum choice choice;	/* from -O1 on */
	/* MAY: another way to do it; or NULL */
	const struct mdc_rows *(*other)(struct mdc_ctx *ctx, const struct mdc_rows *rows);
};

static const struct pass passes[] = {
	{ "merge", 1, mdc_pass_merge, ALWAYS, NULL },
	{ "minimise", 1, mdc_pass_minimise, ALWAYS, NULL },	/* what is no use is not in the way of the rest */
	{ "known", 1, mdc_pass_known, ALWAYS, NULL },
	{ "minimise", 1, mdc_pass_minimise, ALWAYS, NULL },
	{ "fuse", 1, mdc_pass_fuse_once, ALWAYS, NULL },	/* however it was cut into states */
	{ "merge", 1, mdc_pass_merge, ALWAYS, NULL },
	{ "minimise", 1, mdc_pass_minimise, ALWAYS, NULL },
	{ "unroll", 0, mdc_pass_unroll, UNROLL, NULL },	/* at -O0, too: the target cannot do without */
	{ "lengths", 0, mdc_pass_lengths, ALWAYS, NULL },
	{ "merge", 1, mdc_pass_merge, ALWAYS, NULL },
	{ "minimise", 1, mdc_pass_minimise, ALWAYS, NULL },
	{ "fuse", 1, mdc_pass_fuse, ALWAYS, NULL },
	{ "later", 1, mdc_pass_later, MAY, mdc_pass_later_last },
	{ "carry", 0, mdc_pass_carry, ALWAYS, NULL },
	{ "fuse", 1, mdc_pass_fuse, ALWAYS, NULL },		/* states that had but to look back */
	{ "known", 1, mdc_pass_known, ALWAYS, NULL },
	{ "merge", 1, mdc_pass_merge, ALWAYS, NULL },
	{ "minimise", 1, mdc_pass_minimise, ALWAYS, NULL },
	{ "split", 0, mdc_pass_split, SHAPES, NULL },
	{ "merge", 1, mdc_pass_merge, ALWAYS, NULL },
	{ "minimise", 1, mdc_pass_minimise, ALWAYS, NULL },
	{ "search", 2, mdc_pass_search, ALWAYS, NULL },
	{ "exact", 0, mdc_pass_exact, ALWAYS, NULL },
	{ "stages", 0, mdc_pass_stages, ALWAYS, NULL },
	{ "defaults", 0, mdc_pass_defaults, ALWAYS, NULL },
};

#define N_PASSES	(sizeof(passes) / sizeof(*passes))

/* What each pass gave on one way; NULL: it did not run. */
struct way {
	const struct mdc_rows *gave[N_PASSES];
};

/* How much is done: where no way fits, because of what a pass gave that makes rows fewer, less is. */
enum effort { ALL, NO_FUSE, LEAST, EFFORTS };

struct ways {
	struct mdc_ctx *ctx;	/* its arena is that of the way at hand, */
	struct arena *arena;	/* and this is for all of them */
	enum effort effort;
	const struct mdc_model *model;
	struct way at, best;
	uint64_t best_rows;	/* UINT64_MAX: none has come to the end */
	uint32_t best_states;
	uint32_t n_best;	/* how often there was a better one */
};

/* Has pass @i made just these rows, or left them as they are? Then it has nothing more to do. */
static bool has_run(const struct way *w, size_t i, const struct mdc_rows *rows)
{
	for (size_t k = 0; k < i; k++)
		if (passes[k].run == passes[i].run && w->gave[k] == rows)
			return true;
	return false;
}

/* The rows, for a machine that has less. */
static struct mdc_rows *with_target(struct mdc_ctx *ctx, const struct mdc_rows *rows, const struct mdc_target *t)
{
	struct mdc_model *model = arena_new_of(ctx->arena, struct mdc_model);
	struct mdc_rows *out = arena_new_of(ctx->arena, struct mdc_rows);

	*model = *rows->model;
	model->target = *t;
	*out = *rows;
	out->model = model;
	return out;
}

static void go_on(struct ways *w, size_t i, const struct mdc_rows *rows);

static void at_end(struct ways *w, const struct mdc_rows *rows)
{
	struct mdc_rows *out = arena_new_of(w->ctx->arena, struct mdc_rows);
	uint64_t n;

	*out = *rows;
	out->model = w->model;
	n = mdc_rows_taken(out);
	if (n > w->best_rows || (n == w->best_rows && out->n_states >= w->best_states) || !mdc_rows_fit(w->ctx, out))
		return;
	w->n_best++;
	w->best_rows = n;
	w->best_states = out->n_states;
	w->best = w->at;
	w->best.gave[N_PASSES - 1] = out;
}

static void run(struct ways *w, size_t i, const struct mdc_rows *rows)
{
	if (passes[i].run == mdc_pass_search && w->best_rows <= mdc_least_rows(w->ctx, rows, false))
		return;		/* it is no use to search */
	rows = passes[i].run(w->ctx, rows);
	w->at.gave[i] = rows;
	if (rows)
		go_on(w, i + 1, rows);
	w->at.gave[i] = NULL;
}

/* On from pass @i. What it made is given back, unless it is the best by now. */
static void go_a_way(struct ways *w, size_t i, const struct mdc_rows *rows)
{
	struct arena *outer = w->ctx->arena;
	uint32_t n_best = w->n_best;

	w->ctx->arena = arena_scratch(w->arena);
	go_on(w, i, rows);
	if (w->n_best == n_best)
		arena_give_back(w->arena, w->ctx->arena);
	else
		arena_adopt(w->arena, w->ctx->arena);
	w->ctx->arena = outer;
}

/* Pass @i gave these. */
static void go_this_way(struct ways *w, size_t i, const struct mdc_rows *rows)
{
	w->at.gave[i] = rows;
	go_a_way(w, i + 1, rows);
	w->at.gave[i] = NULL;
}

static void run_unroll(struct ways *w, size_t i, const struct mdc_rows *rows)
{
	struct mdc_target t = rows->model->target;
	const struct mdc_rows *out;

	if (!t.loops) {
		run(w, i, rows);
		return;
	}
	go_this_way(w, i, rows);
	t.loops = false;
	rows = with_target(w->ctx, rows, &t);
	out = mdc_pass_unroll(w->ctx, rows);
	if (out && out != rows)
		go_this_way(w, i, out);
}

static bool same_rows(const struct mdc_rows *a, const struct mdc_rows *b)
{
	if (a->n_rows != b->n_rows || a->n_states != b->n_states || a->n_keys != b->n_keys)
		return false;
	for (uint32_t i = 0; i < a->n_rows; i++) {
		if (memcmp(&a->rows[i].f, &b->rows[i].f, sizeof(a->rows[i].f)))
			return false;
	}
	return a->keys == b->keys || !memcmp(a->keys, b->keys, a->n_keys * sizeof(*a->keys));
}

static void run_or_not(struct ways *w, size_t i, const struct mdc_rows *rows)
{
	const struct mdc_rows *out = passes[i].run(w->ctx, rows);
	const struct mdc_rows *other = passes[i].other ? passes[i].other(w->ctx, rows) : NULL;

	go_a_way(w, i + 1, rows);	/* first: of ways that take as many rows the first is taken */
	if (out && out != rows)
		go_this_way(w, i, out);
	if (other && other != rows && !same_rows(other, out))
		go_this_way(w, i, other);
}

/* Of the most look-ups that any state can make use of: bytes that its rows compare. */
static uint32_t most_lookups(const struct mdc_rows *rows)
{
	uint32_t most = 1;

	for (uint32_t i = 0; i < rows->n_rows;) {
		uint32_t first = i, bytes = 0, n;

		for (; i < rows->n_rows && rows->rows[i].f.state == rows->rows[first].f.state; i++)
			for (uint32_t k = 0; k < MDESC_FMT_KEY_MAX; k++)
				bytes |= rows->rows[i].f.key_mask[k] ? 1u << k : 0;
		n = (uint32_t)__builtin_popcount(bytes);
		most = n > most ? n : most;
	}
	return most;
}

/* Of many look-ups not all smaller numbers are tried. */
static uint32_t fewer(uint32_t lookups)
{
	return lookups > 8 ? 8 : lookups > 4 ? 4 : lookups - 1;
}

static void run_shapes(struct ways *w, size_t i, const struct mdc_rows *rows)
{
	struct mdc_target t = rows->model->target;
	uint32_t most = most_lookups(rows), bytes = t.lookup_bytes;
	uint32_t lookups = t.lookups < most ? t.lookups : most;
	VEC(const struct mdc_rows *) seen = { 0 };
	uint64_t least = mdc_least_rows(w->ctx, rows, true);

	for (t.lookups = lookups; t.lookups; t.lookups = fewer(t.lookups)) {
		for (t.lookup_bytes = bytes; t.lookup_bytes; t.lookup_bytes--) {
			const struct mdc_rows *out;
			size_t k = 0;

			if (w->best_rows <= least)
				return;		/* it is no use */
			t.key_bytes = t.lookups * t.lookup_bytes;
			out = mdc_pass_split(w->ctx, with_target(w->ctx, rows, &t));
			while (out && k < seen.n && !same_rows(seen.p[k], out))
				k++;
			if (!out || k < seen.n)
				continue;
			*vec_push(w->ctx->arena, &seen) = out;
			go_this_way(w, i, out);
		}
	}
}

/* A state that takes along others may go on to more of them than the target lets it. */
static bool fuses(const struct pass *p)
{
	return p->run == mdc_pass_fuse || p->run == mdc_pass_fuse_once || p->run == mdc_pass_later;
}

static bool is_left_out(const struct ways *w, size_t i, const struct mdc_rows *rows)
{
	return w->ctx->opt.level < passes[i].level || (w->effort == NO_FUSE && fuses(&passes[i])) ||
	       has_run(&w->at, i, rows);
}

static void go_on(struct ways *w, size_t i, const struct mdc_rows *rows)
{
	bool choice = w->ctx->opt.level;

	while (i < N_PASSES && is_left_out(w, i, rows))
		i++;
	if (i == N_PASSES)
		at_end(w, rows);
	else if (!choice || passes[i].choice == ALWAYS)
		run(w, i, rows);
	else if (passes[i].choice == UNROLL)
		run_unroll(w, i, rows);
	else if (passes[i].choice == MAY)
		run_or_not(w, i, rows);
	else
		run_shapes(w, i, rows);
}

/* The one way that uses all that the machine has; its diagnostics are said. */
static const struct mdc_rows *straight_on(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct way w = { .gave = { NULL } };

	for (size_t i = 0; i < N_PASSES && rows; i++) {
		if (ctx->opt.level < passes[i].level || has_run(&w, i, rows))
			continue;
		rows = passes[i].run(ctx, rows);
		w.gave[i] = rows;
	}
	return rows && mdc_rows_fit(ctx, rows) ? rows : NULL;
}

/* What the best way came to, pass by pass. */
static const struct mdc_rows *tell(struct mdc_ctx *ctx, const struct way *way, const struct mdc_rows *before)
{
	for (size_t i = 0; i < N_PASSES; i++) {
		const struct mdc_rows *rows = way->gave[i];

		if (!rows)
			continue;
		if (ctx->opt.prove && !mdc_prove_pass(ctx, passes[i].name, before, rows))
			return NULL;
		mdc_stats_add(ctx, passes[i].name, rows);
		before = rows;
	}
	return before;
}

const struct mdc_rows *mdc_passes(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct mdc_ctx quiet = *ctx;
	struct ways w = { .ctx = &quiet, .arena = ctx->arena, .model = rows->model, .best_rows = UINT64_MAX };

	mdc_stats_add(ctx, "lower", rows);
	quiet.diags = diags_new(ctx->arena);
	quiet.memo = cover_memo_new(ctx->arena);
	for (; w.effort < EFFORTS && w.best_rows == UINT64_MAX; w.effort++) {
		if (w.effort && !ctx->opt.level)
			break;
		if (w.effort == LEAST)
			quiet.opt.level = 0;
		go_on(&w, 0, rows);
	}
	quiet.opt.level = ctx->opt.level;
	if (w.best_rows == UINT64_MAX) {
		quiet.diags = ctx->diags;
		rows = straight_on(&quiet, rows);
	} else if (ctx->opt.prove && !mdc_prove_lower(ctx, rows)) {
		rows = NULL;
	} else {
		rows = tell(ctx, &w.best, rows);
	}
	cover_memo_free(quiet.memo);
	return rows;
}

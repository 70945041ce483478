/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass for targets that are a pipeline: gives each state a stage, behind those
 * of all states that lead to it, with room for its rows. Where a way leaves out
 * more stages than the target can, states in between pass the packet on.
 */
#include <string.h>

#include "diag.h"
#include "passes.h"
#include "rows_graph.h"

struct stages {
	struct rows_graph *g;
	uint32_t *ways_in;	/* by state: from states that have no stage yet */
	uint32_t *from;		/* by state: a state right in front of it, plus 1 */
	uint32_t *used;		/* by stage: rows */
	uint32_t most;		/* stages that are looked at */
	bool ok;
	VEC(uint32_t) ready;
};

static uint32_t n_rows(const struct stages *st, const struct rg_state *s)
{
	return rg_n_rows(st->g->t, s->rows.p, s->rows.n);
}

static bool too_deep(struct stages *st, uint32_t at)
{
	const struct mdc_target *t = st->g->t;
	const struct rg_state *s = &st->g->states.p[at];
	const char *way = s->s.name;
	struct diag *d;

	if (n_rows(st, s) > t->stage_rows) {
		d = diag(st->g->ctx, CHK_target_limit, s->s.loc,
			 "state '%s' takes %u rows, and a stage of the target '%s' has %u", s->s.name, n_rows(st, s),
			 t->name, t->stage_rows);
		if (t->loc.src != UINT32_MAX)
			diag_label(d, t->loc, "the target");
		diag_note(d, "match some of its values in another state");
		return false;
	}
	for (uint32_t k = at; st->from[k];) {
		k = st->from[k] - 1;
		way = arena_printf(st->g->arena, "%s -> %s", st->g->states.p[k].s.name, way);
	}
	d = diag(st->g->ctx, CHK_target_limit, s->s.loc, "state '%s' comes behind all %u stages of the target '%s'",
		 s->s.name, t->stages, t->name);
	if (t->loc.src != UINT32_MAX)
		diag_label(d, t->loc, "the target");
	diag_note(d, "on the way %s", way);
	diag_note(d, "give loops a smaller `max`, or extract several headers in one state");
	return false;
}

/* The first stage from @stage on with room for @rows. */
static uint32_t find_room(const struct stages *st, uint32_t stage, uint32_t rows)
{
	while (stage <= st->most && st->used[stage] + rows > st->g->t->stage_rows)
		stage++;
	return stage;
}

/* The next state is ready when all that lead to it have their stage. */
static void lead_to(struct stages *st, uint32_t from, const struct mdesc_fmt_next *next)
{
	struct mdc_row_state *s;

	if (next->verdict != MDESC_GO)
		return;
	s = &st->g->states.p[next->state].s;
	if (s->f.stage <= st->g->states.p[from].s.f.stage) {
		s->f.stage = st->g->states.p[from].s.f.stage + 1;	/* at the earliest */
		st->from[next->state] = from + 1;
	}
	if (!--st->ways_in[next->state])
		*vec_push(st->g->arena, &st->ready) = next->state;
}

static void place(struct stages *st, uint32_t at)
{
	struct rg_state *s = &st->g->states.p[at];
	uint32_t rows = n_rows(st, s), stage = find_room(st, s->s.f.stage ? s->s.f.stage : 1, rows);

	if (stage > st->most) {
		st->ok = st->ok && too_deep(st, at);
		st->ok = false;
		return;
	}
	s->s.f.stage = (uint16_t)stage;
	st->used[stage] += rows;
	if (s->s.f.max)
		lead_to(st, at, &s->s.f.otherwise);
	for (size_t i = 0; i < s->rows.n; i++)
		lead_to(st, at, &s->rows.p[i].f.next);
}

/* ---- ways that are too long ---- */

struct passer {
	uint32_t to;
	uint16_t keys, stage;
	bool part;
	uint32_t state;
};

struct passers {
	struct stages *st;
	VEC(struct passer) list;
};

static uint32_t pass_on(struct passers *p, const struct passer *want)
{
	struct mdc_row_state s = p->st->g->states.p[want->to].s;
	struct mdc_row r = { .loc = s.loc };
	uint32_t state;

	for (size_t i = 0; i < p->list.n; i++) {
		const struct passer *at = &p->list.p[i];

		if (at->to == want->to && at->keys == want->keys && at->stage == want->stage && at->part == want->part)
			return at->state;
	}
	s.f = (struct mdesc_fmt_state){
		.flags = want->part ? MDESC_STATE_PART : MDESC_STATE_PASS, .stage = want->stage,
	};
	state = rg_add_named(p->st->g, &s, "p", want->stage);
	r.f.state_mask = 0xffff;
	r.f.header = r.f.layout = MDESC_FMT_NONE16;
	r.f.flags = want->part ? MDESC_ROW_HOLD : 0;
	r.f.next = rg_enter(want->to, want->keys);
	*vec_push(p->st->g->arena, &p->st->g->states.p[state].rows) = r;
	*vec_push(p->st->g->arena, &p->list) = *want;
	p->list.p[p->list.n - 1].state = state;
	p->st->used[want->stage] += !p->st->g->t->defaults;
	return state;
}

/* Makes a way no longer than the target's rows go; with nothing to look at where it only passes on. */
static bool shorten(struct passers *p, uint32_t from, struct mdesc_fmt_next *next)
{
	struct rows_graph *g = p->st->g;
	uint32_t reach = g->t->skip + 1, stage = g->states.p[from].s.f.stage;
	struct mdesc_fmt_keys none = { 0 };

	while (next->verdict == MDESC_GO) {
		uint32_t last = g->states.p[next->state].s.f.stage;
		struct passer want = { next->state, next->keys, 0, false, 0 };

		if (last - stage <= reach)
			return true;
		want.part = g->states.p[next->state].s.f.flags & MDESC_STATE_PART;
		want.stage = (uint16_t)(last - reach);
		while (want.stage < last && p->st->used[want.stage] + !g->t->defaults > g->t->stage_rows)
			want.stage++;
		if (want.stage == last)
			return false;
		next->state = (uint16_t)pass_on(p, &want);
		next->keys = rg_keys(g, &none);
	}
	return true;
}

static bool shorten_all(struct stages *st)
{
	struct passers p = { .st = st };
	bool ok = true;

	for (uint32_t i = 0, n = (uint32_t)st->g->states.n; i < n; i++) {
		struct mdesc_fmt_next next;

		for (size_t k = 0; k < st->g->states.p[i].rows.n; k++) {
			next = st->g->states.p[i].rows.p[k].f.next;
			ok &= shorten(&p, i, &next);
			st->g->states.p[i].rows.p[k].f.next = next;
		}
		if (st->g->states.p[i].s.f.max) {
			next = st->g->states.p[i].s.f.otherwise;
			ok &= shorten(&p, i, &next);
			st->g->states.p[i].s.f.otherwise = next;
		}
	}
	return ok;
}

const struct mdc_rows *mdc_pass_stages(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct rows_graph g;
	struct stages st = { .g = &g, .ok = true };

	if (!rows->model->target.stages || rows->start.verdict != MDESC_GO)
		return rows;
	rg_open(&g, ctx, rows);
	g.changed = true;
	rows = rg_close(&g);	/* without states that nothing leads to */
	rg_open(&g, ctx, rows);
	st.most = g.t->stages;
	st.ways_in = rg_ways_in(&g);
	st.from = arena_array(ctx->arena, uint32_t, rows->n_states + 1);
	st.used = arena_array(ctx->arena, uint32_t, st.most + 2);
	*vec_push(ctx->arena, &st.ready) = g.start.state;
	for (size_t i = 0; i < st.ready.n && st.ok; i++)
		place(&st, st.ready.p[i]);
	g.changed = true;
	if (st.ok && !shorten_all(&st)) {
		diag(ctx, CHK_target_limit, g.m->parser.loc,
		     "the stages of the target '%s' have no room left for rows that only pass packets on", g.t->name);
		st.ok = false;
	}
	if (st.ok)
		return rg_close(&g);
	rg_drop(&g);
	return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Whether the cursor is within a header's options when a state is entered: on
 * some path, and outside of them on some path. `leave` and `remaining` only
 * stand where it is within on every path, `within` where it is on none.
 */
#include "states.h"

#define PATH_SHOWN	8

/* Nodes: a state outside of options (2 * state), and within them (+ 1). */
struct within_facts {
	struct ps *p;
	uint32_t *from;		/* by node: the node before + 1; 0: never there */
	uint32_t *queue, n_queue;
};

static void arrive(struct within_facts *w, uint32_t from, const struct mdc_next *next, bool inside)
{
	uint32_t node;

	if (next->to != MDC_TO_STATE)
		return;
	node = 2 * next->state + ((inside && !next->leave) || next->within);
	if (w->from[node])
		return;
	w->from[node] = from + 1;
	w->queue[w->n_queue++] = node;
}

/* Behind the state's own `leave`s. */
static bool inside_behind(const struct ps_state *st, bool inside)
{
	for (size_t i = 0; i < st->extracts.n; i++)
		inside &= st->extracts.p[i]->kind != MDC_I_LEAVE;
	return inside;
}

static void spread(struct within_facts *w)
{
	w->from[0] = 1;		/* the start comes from itself */
	w->queue[w->n_queue++] = 0;
	for (uint32_t i = 0; i < w->n_queue; i++) {
		uint32_t node = w->queue[i];
		const struct ps_state *st = &w->p->states[node / 2];
		bool inside = node & 1;

		for (uint32_t a = 0; a < st->s->n_arms; a++)
			arrive(w, node, &st->s->arms[a].next, inside_behind(st, inside));
		if (st->s->max)
			arrive(w, node, &st->s->otherwise, inside);
	}
}

/* "a -> b -> c" */
static const char *path_to(struct within_facts *w, uint32_t node)
{
	const char *text = w->p->states[node / 2].s->name;

	for (uint32_t n = 0; node && n < PATH_SHOWN; n++) {
		node = w->from[node] - 1;
		text = arena_printf(w->p->arena, "%s -> %s", node && n + 1 == PATH_SHOWN ? "..." :
				    w->p->states[node / 2].s->name, text);
	}
	return text;
}

static void outside(struct within_facts *w, uint32_t s, struct loc loc, const char *what)
{
	bool ever = w->from[2 * s + 1];
	struct diag *d = diag(w->p->r->ctx, CHK_within, loc,
			      ever ? "%s, but state '%s' is also entered outside of a header's options" :
				     "%s, but state '%s' is not entered in the options of any header",
			      what, w->p->states[s].s->name);

	if (ever)
		diag_note(d, "on the path %s", path_to(w, 2 * s));
	diag_note(d, "`within HEADER goto STATE;` in the state that extracts HEADER leads into its options");
}

static void inside(struct within_facts *w, uint32_t s, const struct mdc_next *next)
{
	struct diag *d = diag(w->p->r->ctx, CHK_within, next->loc, "`within` in the options of a header");

	diag_note(d, "on the path %s", path_to(w, 2 * s + 1));
	diag_note(d, "`leave STATE` first: the machine knows the end of one header at a time");
}

static bool reads_remaining(const struct mdc_x *x)
{
	return x && (x->kind == MDC_X_REMAINING || reads_remaining(x->a) || reads_remaining(x->b));
}

static void check_next(struct within_facts *w, uint32_t s, const struct mdc_next *next, bool out, bool in)
{
	if (next->leave && out)
		outside(w, s, next->loc, "this leaves");
	if (next->within && in)
		inside(w, s, next);
}

static void check_state(struct within_facts *w, uint32_t s)
{
	const struct ps_state *st = &w->p->states[s];
	bool out = w->from[2 * s], in = w->from[2 * s + 1];

	if (st->s->max)
		check_next(w, s, &st->s->otherwise, out, in);
	for (size_t i = 0; i < st->extracts.n; i++) {
		if (st->extracts.p[i]->kind != MDC_I_LEAVE)
			continue;
		if (out)
			outside(w, s, st->extract_locs.p[i], "this leaves");
		out = true;
		in = false;
	}
	for (uint32_t i = 0; i < st->s->n_keys; i++)
		if (st->s->keys[i].remaining && out)
			outside(w, s, st->s->keys[i].loc, "this counts to the end of a header");
	for (uint32_t i = 0; i < st->s->n_writes; i++)
		if (reads_remaining(st->s->writes[i].x) && out)
			outside(w, s, st->s->writes[i].loc, "this counts to the end of a header");
	for (uint32_t i = 0; i < st->s->n_sets; i++)
		if (reads_remaining(st->s->sets[i].x) && out)
			outside(w, s, st->s->sets[i].loc, "this counts to the end of a header");
	for (uint32_t a = 0; a < st->s->n_arms; a++)
		check_next(w, s, &st->s->arms[a].next, out, in);
}

void flow_within(struct ps *p)
{
	struct within_facts w = { .p = p };

	w.from = arena_array(p->arena, uint32_t, 2 * p->n_states);
	w.queue = arena_array(p->arena, uint32_t, 2 * p->n_states);
	spread(&w);
	for (uint32_t i = 0; i < p->n_states; i++)
		if (p->states[i].s->reachable)
			check_state(&w, i);
}

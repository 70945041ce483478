/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * How many states a packet can enter. States that lead to each other are entered
 * again and again, but each round passes one that is counted, or takes an element
 * of a header stack: there are at most as many rounds as these allow. The longest
 * way through the components of the graph is what is asked for.
 */
#include "rows_graph.h"

struct tarjan {
	struct rows_graph *g;
	uint32_t *number, *low;		/* by state; number 0: not seen yet */
	uint32_t *component;		/* by state, from 1 on, in the order in which they are left */
	uint32_t n_numbers, n_components;
	VEC(uint32_t) open;
	VEC(uint64_t) longest;		/* by component: states on the longest way that begins in it */
	bool endless;
};

/* Transition @i of a state: its rows', and the one beyond its limit. NULL: there are no more. */
static const struct mdesc_fmt_next *next_of(const struct rg_state *s, size_t i)
{
	if (i < s->rows.n)
		return &s->rows.p[i].f.next;
	return i == s->rows.n && s->s.f.max ? &s->s.f.otherwise : NULL;
}

/* Rounds that the states of the component at the end of @open, from @first on, may take. */
static uint64_t rounds_of(struct tarjan *t, size_t first)
{
	const struct mdc_parser *p = &t->g->m->parser;
	bool *stack = arena_array(t->g->arena, bool, p->n_instances + 1);
	uint64_t rounds = 1;

	for (size_t i = first; i < t->open.n; i++) {
		const struct rg_state *s = &t->g->states.p[t->open.p[i]];

		rounds += s->s.f.max;
		for (size_t k = 0; k < s->rows.n; k++) {
			uint16_t h = s->rows.p[k].f.header;

			if (h == MDESC_FMT_NONE16 || stack[h])
				continue;
			stack[h] = true;
			rounds += p->instances[h]->kind == MDC_I_HEADER ? p->instances[h]->capacity : 0;
		}
		/* A full state that leads back at once is a way around its limit. */
		if (s->s.f.max && s->s.f.otherwise.verdict == MDESC_GO &&
		    t->low[s->s.f.otherwise.state] && !t->component[s->s.f.otherwise.state])
			t->endless = true;
	}
	return rounds;
}

static void leave(struct tarjan *t, uint32_t root)
{
	size_t first = t->open.n;
	uint64_t behind = 0, own = 0;
	bool loop = false;

	while (t->open.p[--first] != root)
		;
	for (size_t i = first; i < t->open.n; i++) {
		const struct rg_state *s = &t->g->states.p[t->open.p[i]];
		const struct mdesc_fmt_next *next;

		own += !s->s.f.flags;
		for (size_t k = 0; (next = next_of(s, k)); k++) {
			uint32_t c = next->verdict == MDESC_GO ? t->component[next->state] : 0;

			if (c && t->longest.p[c - 1] > behind)
				behind = t->longest.p[c - 1];
			loop |= next->verdict == MDESC_GO && !c;
		}
	}
	if (loop)
		own *= rounds_of(t, first);
	*vec_push(t->g->arena, &t->longest) = own + behind;
	t->n_components++;
	while (t->open.n > first)
		t->component[t->open.p[--t->open.n]] = t->n_components;
}

static void enter(struct tarjan *t, uint32_t state)
{
	t->number[state] = t->low[state] = ++t->n_numbers;
	*vec_push(t->g->arena, &t->open) = state;
}

uint64_t rg_most_steps(struct rows_graph *g)
{
	struct at { uint32_t state; size_t next; };
	struct tarjan t = { .g = g };
	VEC(struct at) way = { 0 };

	if (g->start.verdict != MDESC_GO)
		return 0;
	t.number = arena_array(g->arena, uint32_t, g->states.n + 1);
	t.low = arena_array(g->arena, uint32_t, g->states.n + 1);
	t.component = arena_array(g->arena, uint32_t, g->states.n + 1);
	enter(&t, g->start.state);
	*vec_push(g->arena, &way) = (struct at){ g->start.state, 0 };
	while (way.n) {
		struct at *at = &way.p[way.n - 1];
		const struct mdesc_fmt_next *next = next_of(&g->states.p[at->state], at->next++);
		uint32_t done = at->state;

		if (next) {
			if (next->verdict != MDESC_GO || t.component[next->state])
				continue;
			if (!t.number[next->state]) {
				enter(&t, next->state);
				*vec_push(g->arena, &way) = (struct at){ next->state, 0 };
			} else if (t.number[next->state] < t.low[done]) {
				t.low[done] = t.number[next->state];
			}
			continue;
		}
		way.n--;
		if (t.low[done] == t.number[done])
			leave(&t, done);
		if (way.n && t.low[done] < t.low[way.p[way.n - 1].state])
			t.low[way.p[way.n - 1].state] = t.low[done];
	}
	return t.endless ? UINT64_MAX : t.longest.p[t.component[g->start.state] - 1];
}

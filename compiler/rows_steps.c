/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * How many states a packet can enter. States that lead to each other are entered
 * again and again, but each round passes one that is counted, or takes an element
 * of a header stack: there are at most as many rounds as these allow. The longest
 * way through the components of the graph is what is asked for.
 */
#include "components.h"
#include "rows_graph.h"

struct steps {
	struct rows_graph *g;
	struct components c;
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

static uint32_t successor(void *arg, uint32_t s, size_t i)
{
	const struct steps *t = arg;
	const struct mdesc_fmt_next *next = next_of(&t->g->states.p[s], i);

	if (!next)
		return COMPONENTS_END;
	return next->verdict == MDESC_GO ? next->state : COMPONENTS_NONE;
}

static bool is_among(const uint32_t *states, uint32_t n, uint32_t s)
{
	while (n && states[n - 1] != s)
		n--;
	return n;
}

/* Rounds that these states, which lead to one another, may take. */
static uint64_t rounds_of(struct steps *t, const uint32_t *states, uint32_t n)
{
	const struct mdc_parser *p = &t->g->m->parser;
	bool *stack = arena_array(t->g->arena, bool, p->n_instances + 1);
	uint64_t rounds = 1;

	for (uint32_t i = 0; i < n; i++) {
		const struct rg_state *s = &t->g->states.p[states[i]];

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
		    is_among(states, n, s->s.f.otherwise.state))
			t->endless = true;
	}
	return rounds;
}

static void leave(void *arg, const uint32_t *states, uint32_t n, bool loop)
{
	struct steps *t = arg;
	uint64_t behind = 0, own = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct rg_state *s = &t->g->states.p[states[i]];
		const struct mdesc_fmt_next *next;

		own += !s->s.f.flags;
		for (size_t k = 0; (next = next_of(s, k)); k++) {
			uint32_t c = next->verdict == MDESC_GO ? t->c.of[next->state] : 0;

			if (c && t->longest.p[c - 1] > behind)
				behind = t->longest.p[c - 1];
		}
	}
	if (loop)
		own *= rounds_of(t, states, n);
	*vec_push(t->g->arena, &t->longest) = own + behind;
}

uint64_t rg_most_steps(struct rows_graph *g)
{
	struct steps t = { .g = g };

	if (g->start.verdict != MDESC_GO)
		return 0;
	t.c = (struct components){ .arena = g->arena, .n = (uint32_t)g->states.n, .next = successor, .leave = leave,
				   .arg = &t };
	components_walk(&t.c, g->start.state);
	return t.endless ? UINT64_MAX : t.longest.p[t.longest.n - 1];
}

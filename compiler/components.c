/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Tarjan's walk, without recursion: parsers may be as deep as they have states.
 */
#include "arena.h"
#include "components.h"

struct walk {
	struct components *c;
	uint32_t *number, *low;		/* by state; number 0: not seen yet */
	uint32_t *open, n_open;		/* seen, and not left */
	struct at { uint32_t state; bool itself; size_t next; } *way;
	uint32_t depth, n_numbers;
};

static void enter(struct walk *w, uint32_t s)
{
	w->number[s] = w->low[s] = ++w->n_numbers;
	w->open[w->n_open++] = s;
	w->way[w->depth++] = (struct at){ s, false, 0 };
}

static void look(struct walk *w, struct at *at, uint32_t next)
{
	if (next == COMPONENTS_NONE || w->c->of[next])
		return;
	at->itself = at->itself || next == at->state;
	if (w->number[next] && w->number[next] < w->low[at->state])
		w->low[at->state] = w->number[next];
	if (!w->number[next])
		enter(w, next);
}

static void leave(struct walk *w, struct at at)
{
	struct components *c = w->c;
	uint32_t first = w->n_open;

	if (w->depth && w->low[at.state] < w->low[w->way[w->depth - 1].state])
		w->low[w->way[w->depth - 1].state] = w->low[at.state];
	if (w->low[at.state] != w->number[at.state])
		return;
	while (w->open[--first] != at.state)
		;
	c->leave(c->arg, &w->open[first], w->n_open - first, at.itself || w->n_open - first > 1);
	c->count++;
	while (w->n_open > first)
		c->of[w->open[--w->n_open]] = c->count;
}

void components_walk(struct components *c, uint32_t start)
{
	struct walk w = { .c = c };

	c->of = arena_array(c->arena, uint32_t, c->n + 1);
	c->count = 0;
	w.number = arena_array(c->arena, uint32_t, c->n + 1);
	w.low = arena_array(c->arena, uint32_t, c->n + 1);
	w.open = arena_array(c->arena, uint32_t, c->n + 1);
	w.way = arena_array(c->arena, struct at, c->n + 1);
	enter(&w, start);
	while (w.depth) {
		struct at *at = &w.way[w.depth - 1];
		uint32_t next = c->next(c->arg, at->state, at->next++);

		if (next != COMPONENTS_END)
			look(&w, at, next);
		else
			leave(&w, w.way[--w.depth]);
	}
}

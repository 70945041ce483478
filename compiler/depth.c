/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * How deep a parser is: takes rows, gives the look-ups that one packet takes at
 * most. States that lead to one another are counted together: one with a limit
 * as often as it allows, one without once more than all limits of the loop allow
 * together. That is exact without loops and where a state only goes to itself.
 */
#include "arena.h"
#include "components.h"
#include "model.h"
#include "rows.h"
#include "stats.h"

struct graph {
	struct arena *a;
	const struct mdc_rows *r;
	uint32_t n;
	uint32_t *first, *to;	/* edges by state: to[first[s]] .. to[first[s + 1] - 1] */
	uint32_t *end;		/* by state: where its edges end, while they are made */
	const uint8_t *lookup;	/* by state */
	struct components c;
	uint64_t *deepest;	/* by state, of all of its loop: look-ups from there on */
};

/* Calls for each state that the row is one of. */
static void each_edge(const struct graph *g, void (*fn)(struct graph *, uint32_t, uint32_t), struct graph *to)
{
	const struct mdc_rows *r = g->r;

	for (uint32_t i = 0; i < r->n_rows; i++) {
		const struct mdesc_fmt_row *row = &r->rows[i].f;
		bool one = row->state_mask == 0xffff;

		for (uint32_t s = one ? row->state : 0; row->next.verdict == MDESC_GO && s < g->n; s++) {
			if ((s & row->state_mask) == row->state)
				fn(to, s, row->next.state);
			if (one)
				break;
		}
	}
	/* who enters a state may be sent on */
	for (uint32_t s = 0; s < g->n; s++)
		if (r->states[s].f.max && r->states[s].f.otherwise.verdict == MDESC_GO)
			fn(to, s, r->states[s].f.otherwise.state);
}

static void count_edge(struct graph *g, uint32_t from, uint32_t to)
{
	(void)to;
	g->first[from + 1]++;
}

static void add_edge(struct graph *g, uint32_t from, uint32_t to)
{
	g->to[g->end[from]++] = to;
}

static void make_edges(struct graph *g)
{
	each_edge(g, count_edge, g);
	for (uint32_t s = 0; s < g->n; s++)
		g->first[s + 1] += g->first[s];
	g->to = arena_array(g->a, uint32_t, g->first[g->n] + 1);
	memcpy(g->end, g->first, g->n * sizeof(*g->end));
	each_edge(g, add_edge, g);
}

/* A state whose only rows are actions of its own is none. */
static uint8_t *find_lookups(struct graph *g)
{
	uint8_t *has = arena_array(g->a, uint8_t, g->n + 1);

	for (uint32_t i = 0; i < g->r->n_rows; i++) {
		const struct mdesc_fmt_row *row = &g->r->rows[i].f;

		if (mdc_row_is_default(&g->r->rows[i]))
			continue;
		if (row->state_mask == 0xffff)
			has[row->state] = 1;
		for (uint32_t s = 0; row->state_mask != 0xffff && s < g->n; s++)
			has[s] |= (s & row->state_mask) == row->state;
	}
	return has;
}

static uint32_t successor(void *arg, uint32_t s, size_t i)
{
	const struct graph *g = arg;

	return i < g->first[s + 1] - g->first[s] ? g->to[g->first[s] + i] : COMPONENTS_END;
}

/* States @s[0..n-1] lead to one another: what a packet takes in all of them, and behind them. */
static void leave(void *arg, const uint32_t *s, uint32_t n, bool loop)
{
	struct graph *g = arg;
	uint64_t limits = 0, here = 0, behind = 0, counted = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct mdesc_fmt_state *f = &g->r->states[s[i]].f;

		if (f->max && (!f->counter || !(counted >> f->counter % 64 & 1)))
			limits += f->max;
		if (f->counter)
			counted |= 1ull << f->counter % 64;
		for (uint32_t e = g->first[s[i]]; e < g->first[s[i] + 1]; e++)
			if (g->c.of[g->to[e]] && g->deepest[g->to[e]] > behind)
				behind = g->deepest[g->to[e]];
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t max = g->r->states[s[i]].f.max;

		here += g->lookup[s[i]] * (!loop ? 1 : max ? max : limits + 1);
	}
	for (uint32_t i = 0; i < n; i++)
		g->deepest[s[i]] = here + behind;
}

uint32_t mdc_depth(struct arena *a, const struct mdc_rows *rows)
{
	uint32_t n = rows->n_states;
	struct graph g = { .a = a, .r = rows, .n = n };

	if (!n || rows->start.verdict != MDESC_GO)
		return 0;
	g.first = arena_array(a, uint32_t, n + 2);
	g.end = arena_array(a, uint32_t, n);
	g.deepest = arena_array(a, uint64_t, n);
	make_edges(&g);
	g.lookup = find_lookups(&g);
	g.c = (struct components){ .arena = a, .n = n, .next = successor, .leave = leave, .arg = &g };
	components_walk(&g.c, rows->start.state);
	return g.deepest[rows->start.state] < UINT32_MAX ? (uint32_t)g.deepest[rows->start.state] : UINT32_MAX;
}

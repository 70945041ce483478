/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Loops of few rounds: a state that may be entered a few times and that is left for
 * good stands in a fast walker once for each time. So its counter is known and needs
 * no variable, and there is no jump back.
 */
#include "xdp.h"

#define ROUNDS_MAX	8u
#define ROWS_MAX	64u	/* of all rounds of a state */

static bool comes_back(const struct xdp_gen *g, uint32_t state, uint32_t to, bool *seen);

static bool leads_back(const struct xdp_gen *g, uint32_t state, const struct mdesc_fmt_next *next, bool *seen)
{
	return next->verdict == MDESC_GO && (next->state == state || comes_back(g, state, next->state, seen));
}

/* Whether a way leads from @to to @state. */
static bool comes_back(const struct xdp_gen *g, uint32_t state, uint32_t to, bool *seen)
{
	if (seen[to])
		return false;
	seen[to] = true;
	if (g->rows->states[to].f.max && leads_back(g, state, &g->rows->states[to].f.otherwise, seen))
		return true;
	for (uint32_t i = 0; i < g->n_rows_of[to]; i++)
		if (leads_back(g, state, &g->rows->rows[g->rows_of[to][i]].f.next, seen))
			return true;
	return false;
}

static bool fits(struct xdp_gen *g, uint32_t s)
{
	const struct mdesc_fmt_state *f = &g->rows->states[s].f;
	bool *seen = arena_array(g->arena, bool, g->rows->n_states + 1), loops = false;

	if (g->count_steps || !f->max || f->counter || f->max > ROUNDS_MAX || f->max * g->n_rows_of[s] > ROWS_MAX)
		return false;
	seen[s] = true;
	if (leads_back(g, s, &f->otherwise, seen))
		return false;
	for (uint32_t i = 0; i < g->n_rows_of[s]; i++) {
		const struct mdesc_fmt_next *next = &g->rows->rows[g->rows_of[s][i]].f.next;

		if (next->verdict == MDESC_GO && next->state == s)
			loops = true;
		else if (leads_back(g, s, next, seen))
			return false;
	}
	return loops;
}

void xdp_find_rounds(struct xdp_gen *g)
{
	g->rounds = arena_array(g->arena, uint32_t, g->rows->n_states + 1);
	for (uint32_t s = 0; s < g->rows->n_states; s++)
		if (fits(g, s))
			g->rounds[s] = g->rows->states[s].f.max;
}

/* Whether the stack @header surely has room in the round at hand: nothing else puts elements on it. */
bool xdp_has_room(const struct xdp_gen *g, uint32_t header)
{
	if (g->kind != XDP_FAST || !g->at || !g->rounds[g->at->state] ||
	    g->round >= g->headers[header].f.capacity)
		return false;
	for (uint32_t s = 0; s < g->rows->n_states; s++)
		for (uint32_t i = 0; s != g->at->state && i < g->n_rows_of[s]; i++)
			if (g->rows->rows[g->rows_of[s][i]].f.header == header)
				return false;
	return true;
}

/* Whether only rules read the count: then it may as well be counted up, not set anew on each way out. */
bool xdp_is_counted_up(const struct xdp_gen *g, uint32_t header)
{
	if (g->kind != XDP_FAST || !g->headers[header].count || !g->headers[header].f.capacity ||
	    !g->headers[header].at_end || g->headers[header].undone)
		return false;
	for (size_t i = 0; i < g->slots.n; i++)
		if (g->slots.p[i].header == header)
			return false;
	return true;
}

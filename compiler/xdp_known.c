/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Which headers have been recorded in a state, whichever way led there: a fast
 * walker keeps pointers to them, and reads through these without another check.
 * Takes the plan's labels; what holds at a label is what holds on all ways to it.
 */
#include "xdp.h"

#define ANY UINT16_MAX	/* no way has been followed yet */

static bool can_keep(const struct xdp_gen *g, uint32_t header)
{
	const struct mdesc_fmt_header *h = &g->headers[header].f;

	return (h->kind == MDESC_KIND_HEADER || h->kind == MDESC_KIND_PEEK) && !h->capacity && h->fixed;
}

/* What holds behind a row that records @header (or none) comes to the label @next. */
static bool meet(struct xdp_gen *g, const struct xdp_entry *from, uint32_t header, const struct mdesc_fmt_next *next)
{
	struct xdp_entry *to;
	bool more = false;

	if (next->verdict != MDESC_GO)
		return false;
	to = xdp_entry_of(g, next->state, next->keys);
	for (uint32_t h = 0; h < g->m->parser.n_instances; h++) {
		uint16_t n = from->known[h];

		if (h == header && g->headers[h].kept)
			n = (uint16_t)g->headers[h].f.fixed;
		else if (header != MDESC_FMT_NONE16 && g->headers[header].f.kind == MDESC_KIND_MARK &&
			 g->headers[header].f.of == h)
			n = 0;
		if (n < to->known[h]) {
			to->known[h] = n;
			more = true;
		}
	}
	return more;
}

void xdp_find_known(struct xdp_gen *g)
{
	uint32_t n = g->m->parser.n_instances;
	bool more = g->entries.n;

	for (size_t i = 0; i < g->slots.n; i++)
		if (g->slots.p[i].off && can_keep(g, g->slots.p[i].header))
			g->headers[g->slots.p[i].header].kept = true;
	for (size_t i = 0; i < g->entries.n; i++) {
		g->entries.p[i].known = arena_array(g->arena, uint16_t, n + 1);
		memset(g->entries.p[i].known, i ? 0xff : 0, n * sizeof(uint16_t));
	}
	while (more) {
		more = false;
		for (size_t i = 0; i < g->entries.n; i++) {
			const struct xdp_entry *e = &g->entries.p[i];

			if (g->rows->states[e->state].f.max)
				more |= meet(g, e, MDESC_FMT_NONE16, &g->rows->states[e->state].f.otherwise);
			for (uint32_t r = 0; r < g->n_rows_of[e->state]; r++) {
				const struct mdesc_fmt_row *row = &g->rows->rows[g->rows_of[e->state][r]].f;

				more |= meet(g, e, row->header, &row->next);
			}
		}
	}
}

uint32_t xdp_known(const struct xdp_gen *g, uint32_t header)
{
	if (g->kind != XDP_FAST || !g->at || !g->headers[header].kept || g->at->known[header] == ANY)
		return 0;
	return g->at->known[header];
}

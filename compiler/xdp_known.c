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

/* ---- the cursor as a pointer ---- */

/* Whether the header's place is its pointer at the label @e (NULL: at the end). */
static bool is_pointed(const struct xdp_gen *g, const struct xdp_entry *e, uint32_t header, uint32_t bytes)
{
	return e && g->headers[header].kept && e->known[header] != ANY && e->known[header] >= bytes;
}

static bool ops_point(const struct xdp_gen *g, const struct xdp_entry *e, const struct mdesc_fmt_row *r, uint32_t first,
		      uint32_t count)
{
	for (uint32_t i = first; i < first + count; i++) {
		const struct mdesc_fmt_op *o = &g->rows->ops[i];
		uint32_t bytes = o->operand == MDESC_OPERAND_PACKET ? (o->bit + o->width + 7u) / 8 : 1;

		if (o->op > MDESC_OP_SUB || (o->operand != MDESC_OPERAND_PACKET && o->operand != MDESC_OPERAND_OFFSET))
			continue;
		if (!xdp_is_own(g, r, o) && !is_pointed(g, e, o->index, bytes))
			return false;
	}
	return true;
}

static bool key_points(const struct xdp_gen *g, const struct xdp_entry *e)
{
	const struct mdesc_fmt_keys *k = &g->rows->keys[e->keys];

	for (uint32_t i = 0; i < k->count; i++) {
		if (k->kind[i] == MDESC_SLOT_PACKET &&
		    (k->off[i] < 0 || !(g->rows->states[e->state].f.key_need >> i & 1)))
			return false;
		if (k->kind[i] == MDESC_SLOT_HEADER && !is_pointed(g, e, k->index[i], (uint32_t)k->off[i] + 1))
			return false;
	}
	return true;
}

static bool row_points(const struct xdp_gen *g, const struct xdp_entry *e, const struct mdesc_fmt_row *r)
{
	if (r->header != MDESC_FMT_NONE16 && g->headers[r->header].f.kind != MDESC_KIND_HEADER &&
	    g->headers[r->header].f.kind != MDESC_KIND_PEEK)
		return false;
	return ops_point(g, e, r, r->op_first, r->op_count);
}

void xdp_find_points(struct xdp_gen *g)
{
	bool points = g->fast && !g->has_limit && !g->has_hold;

	for (size_t i = 0; points && i < g->entries.n; i++) {
		const struct xdp_entry *e = &g->entries.p[i];

		points &= key_points(g, e);
		for (uint32_t r = 0; r < g->n_rows_of[e->state]; r++)
			points &= row_points(g, e, &g->rows->rows[g->rows_of[e->state][r]].f);
	}
	for (uint32_t i = 0; points && i < g->m->parser.n_classes; i++)
		points &= ops_point(g, NULL, NULL, g->rows->classes[i].op_first, g->rows->classes[i].op_count);
	for (uint32_t i = 0; points && i < g->m->n_metadata; i++)
		if (g->layouts[i])
			points &= ops_point(g, NULL, NULL, g->rows->layout_op_first[i], g->rows->layout_op_count[i]);
	g->points = points;
}

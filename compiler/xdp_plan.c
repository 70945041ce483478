/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Before a writer in software is written: takes the rows, finds the labels that it
 * has, which of them lead backwards, where there can be a limit, and what of a
 * packet must be remembered: only what something reads later.
 */
#include "image.h"
#include "rows_graph.h"
#include "xdp.h"

#include "diag.h"

/* ---- what is there ---- */

struct xdp_entry *xdp_entry_of(struct xdp_gen *g, uint32_t state, uint16_t keys)
{
	for (size_t i = 0; i < g->entries.n; i++)
		if (g->entries.p[i].state == state && g->entries.p[i].keys == keys)
			return &g->entries.p[i];
	return NULL;
}

bool xdp_is_pending(const struct xdp_gen *g, uint32_t state)
{
	/* the start may be a part, too: it only chooses where to start */
	return (g->rows->states[state].f.flags & MDESC_STATE_PART) && state != g->rows->start.state;
}

static uint8_t plain_elem(const struct xdp_gen *g, uint32_t header, uint8_t elem)
{
	return g->headers[header].f.capacity ? elem : 0;
}

struct xdp_slot *xdp_slot_of(struct xdp_gen *g, uint32_t header, uint8_t elem)
{
	elem = plain_elem(g, header, elem);
	for (size_t i = 0; i < g->slots.n; i++)
		if (g->slots.p[i].header == header && g->slots.p[i].elem == elem)
			return &g->slots.p[i];
	return NULL;
}

static struct xdp_slot *need_slot(struct xdp_gen *g, uint32_t header, uint8_t elem)
{
	struct xdp_slot *s = xdp_slot_of(g, header, elem);

	if (s)
		return s;
	s = vec_push(g->arena, &g->slots);
	*s = (struct xdp_slot){ .header = (uint16_t)header, .elem = plain_elem(g, header, elem) };
	return s;
}

/* That something asks whether the element is recorded. */
static struct xdp_slot *need_presence(struct xdp_gen *g, uint32_t header, uint8_t elem, bool at_end)
{
	struct xdp_slot *s = need_slot(g, header, elem);

	s->at_end |= at_end;
	if (g->headers[header].f.kind == MDESC_KIND_PART) {
		s->here = true;
	} else {
		g->headers[header].count = true;
		g->headers[header].at_end |= at_end;
	}
	return s;
}

/* ---- labels ---- */

static void follow_rows(struct xdp_gen *g)
{
	uint32_t n = g->rows->n_states;

	g->rows_of = arena_array(g->arena, uint32_t *, n + 1);
	g->n_rows_of = arena_array(g->arena, uint32_t, n + 1);
	for (uint32_t s = 0; s < n; s++) {
		uint32_t count = 0;

		for (uint32_t i = 0; i < g->rows->n_rows; i++)
			count += !((s ^ g->rows->rows[i].f.state) & g->rows->rows[i].f.state_mask);
		g->rows_of[s] = arena_array(g->arena, uint32_t, count + 1);
		for (uint32_t i = 0; i < g->rows->n_rows; i++)
			if (!((s ^ g->rows->rows[i].f.state) & g->rows->rows[i].f.state_mask))
				g->rows_of[s][g->n_rows_of[s]++] = i;
	}
}

static void enter(struct xdp_gen *g, const struct mdesc_fmt_next *next)
{
	struct xdp_entry *e;

	if (next->verdict == MDESC_DROP)
		g->has_drop = true;
	if (next->verdict != MDESC_GO)
		return;
	e = xdp_entry_of(g, next->state, next->keys);
	if (!e) {
		e = vec_push(g->arena, &g->entries);
		*e = (struct xdp_entry){ .state = next->state, .keys = next->keys };
	}
	e->ways++;
}

static void find_entries(struct xdp_gen *g)
{
	enter(g, &g->rows->start);
	for (size_t i = 0; i < g->entries.n; i++) {
		uint32_t s = g->entries.p[i].state;

		if (g->rows->states[s].f.max)
			enter(g, &g->rows->states[s].f.otherwise);
		for (uint32_t k = 0; k < g->n_rows_of[s]; k++)
			enter(g, &g->rows->rows[g->rows_of[s][k]].f.next);
	}
}

/* The way out of an entry with number @i, the one beyond its limit first; NULL: there are no more. */
static const struct mdesc_fmt_next *way_out(const struct xdp_gen *g, const struct xdp_entry *e, uint32_t i)
{
	const struct mdesc_fmt_state *s = &g->rows->states[e->state].f;

	if (s->max && !i--)
		return &s->otherwise;
	return i < g->n_rows_of[e->state] ? &g->rows->rows[g->rows_of[e->state][i]].f.next : NULL;
}

/* Depth first: each label behind all that lead to it, ways back aside. */
static void find_order(struct xdp_gen *g)
{
	struct at { uint32_t entry, way; };
	enum { UNSEEN, OPEN, DONE } *seen = arena_alloc(g->arena, (g->entries.n + 1) * sizeof(*seen));
	uint32_t order = (uint32_t)g->entries.n;
	VEC(struct at) stack = { 0 };

	if (!g->entries.n)
		return;
	*vec_push(g->arena, &stack) = (struct at){ 0, 0 };
	seen[0] = OPEN;
	while (stack.n) {
		struct at *at = &stack.p[stack.n - 1];
		const struct mdesc_fmt_next *next = way_out(g, &g->entries.p[at->entry], at->way++);
		uint32_t to;

		if (!next) {
			seen[at->entry] = DONE;
			g->entries.p[at->entry].order = --order;
			stack.n--;
			continue;
		}
		if (next->verdict != MDESC_GO)
			continue;
		to = (uint32_t)(xdp_entry_of(g, next->state, next->keys) - g->entries.p);
		if (seen[to] == OPEN)
			g->entries.p[to].back = g->has_loop = true;
		if (seen[to] != UNSEEN)
			continue;
		seen[to] = OPEN;
		*vec_push(g->arena, &stack) = (struct at){ to, 0 };
	}
}

/* ---- limits ---- */

static bool add_limits(struct xdp_gen *g, const struct mdesc_fmt_next *next, bool limited, bool unlimited)
{
	struct xdp_entry *e;
	bool more;

	if (next->verdict != MDESC_GO)
		return false;
	if (next->flags & MDESC_NEXT_LEAVE) {
		unlimited |= limited;
		limited = false;
	}
	e = xdp_entry_of(g, next->state, next->keys);
	more = (limited && !e->limited) || (unlimited && !e->unlimited);
	e->limited |= limited;
	e->unlimited |= unlimited;
	return more;
}

static bool spread_limits(struct xdp_gen *g, const struct xdp_entry *e)
{
	const struct mdesc_fmt_state *s = &g->rows->states[e->state].f;
	bool more = s->max && add_limits(g, &s->otherwise, e->limited, e->unlimited);

	for (uint32_t i = 0; i < g->n_rows_of[e->state]; i++) {
		const struct mdesc_fmt_row *r = &g->rows->rows[g->rows_of[e->state][i]].f;
		bool limited = e->limited, unlimited = e->unlimited;

		if (r->header != MDESC_FMT_NONE16 && g->headers[r->header].f.kind == MDESC_KIND_LEAVE) {
			limited = false;
			unlimited = true;
		}
		if (r->flags & MDESC_ROW_WITHIN)
			limited = true;
		more |= add_limits(g, &r->next, limited, unlimited);
	}
	return more;
}

static void find_limits(struct xdp_gen *g)
{
	bool more = g->entries.n;

	if (more)
		g->entries.p[0].unlimited = true;
	while (more) {
		more = false;
		for (size_t i = 0; i < g->entries.n; i++)
			more |= spread_limits(g, &g->entries.p[i]);
	}
	for (size_t i = 0; i < g->entries.n; i++)
		g->has_limit |= g->entries.p[i].limited;
}

/* ---- what operations read ---- */

/* Is it what the row @r itself records, the last of its elements? Then nothing of it must be remembered. */
bool xdp_is_own(const struct xdp_gen *g, const struct mdesc_fmt_row *r, const struct mdesc_fmt_op *o)
{
	const struct mdesc_fmt_header *h;

	if (!r || r->header == MDESC_FMT_NONE16)
		return false;
	h = &g->headers[r->header].f;
	if (h->kind == MDESC_KIND_ADVANCE || h->kind == MDESC_KIND_LEAVE)
		return false;
	return (h->kind == MDESC_KIND_MARK ? h->of : r->header) == o->index &&
	       (!h->capacity || o->elem == MDESC_ELEM_LAST);
}

static void read_operand(struct xdp_gen *g, const struct mdesc_fmt_op *o, const struct mdesc_fmt_row *r)
{
	bool at_end = !r;

	switch (o->operand) {
	case MDESC_OPERAND_PACKET:
		if (!xdp_is_own(g, r, o))
			need_presence(g, o->index, o->elem, at_end)->off = true;
		break;
	case MDESC_OPERAND_OFFSET:
		if (!xdp_is_own(g, r, o))
			need_presence(g, o->index, o->elem, at_end)->off = true;
		break;
	case MDESC_OPERAND_LENGTH:
		if (!xdp_is_own(g, r, o))
			need_presence(g, o->index, o->elem, at_end)->len = true;
		break;
	case MDESC_OPERAND_PRESENT:
		if (!xdp_is_own(g, r, o))
			need_presence(g, o->index, o->elem, at_end);
		break;
	case MDESC_OPERAND_COUNT:
		g->headers[o->index].count = true;
		g->headers[o->index].at_end |= at_end;
		break;
	case MDESC_OPERAND_SOURCE:
		g->source_used[o->index] = true;
		g->source_in_rows[o->index] |= !at_end;
		break;
	case MDESC_OPERAND_ERROR:
	case MDESC_OPERAND_TRUNCATED:
		g->error_at_end = true;
		break;
	}
}

static void read_ops(struct xdp_gen *g, uint32_t first, uint32_t count, const struct mdesc_fmt_row *r)
{
	for (uint32_t i = first; i < first + count; i++) {
		const struct mdesc_fmt_op *o = &g->rows->ops[i];

		if (o->op <= MDESC_OP_SUB)
			read_operand(g, o, r);
	}
}

static void read_keys(struct xdp_gen *g, const struct mdesc_fmt_keys *k)
{
	for (uint32_t i = 0; i < k->count; i++) {
		if (k->kind[i] == MDESC_SLOT_HEADER)
			need_presence(g, k->index[i], k->elem[i], false)->off = true;
		if (k->kind[i] == MDESC_SLOT_SOURCE)
			g->source_used[k->index[i]] = g->source_in_rows[k->index[i]] = true;
	}
}

static void read_header(struct xdp_gen *g, uint32_t idx)
{
	const struct mdesc_fmt_header *h = &g->headers[idx].f;
	struct xdp_slot *s;

	g->inst_used[idx] = true;
	if (h->capacity)
		g->headers[idx].count = true;
	if (h->kind == MDESC_KIND_ADVANCE && (h->flags & MDESC_HEADER_VAR))
		need_presence(g, h->of, h->of_elem, false)->off = true;
	if (h->kind != MDESC_KIND_PART)
		return;
	g->headers[h->of].has_parts = true;
	s = need_presence(g, h->of, MDESC_ELEM_LAST, false);
	s->known = true;
	if (g->headers[h->of].f.flags & MDESC_HEADER_VAR)
		s->off = s->len = true;
}

/* ---- the metadata ---- */

void xdp_store_mask(uint8_t order, uint8_t bytes, uint8_t width, uint32_t shift, uint8_t mask[9])
{
	memset(mask, 0, 9);
	for (uint32_t i = 0; i < width; i++) {
		uint32_t bit = shift + i;

		mask[order >= MDESC_ORDER_BE ? bytes - 1 - bit / 8 : bit / 8] |= (uint8_t)(1u << (bit % 8));
	}
}

static bool met_by_rules(const struct xdp_gen *g, const struct mdesc_fmt_op *o)
{
	uint8_t mask[9];

	xdp_store_mask(o->order, o->bytes, o->width, o->shift, mask);
	for (uint32_t b = 0; b < o->bytes; b++)
		if (g->by_rules[o->bit / 8 + b] & mask[b])
			return true;
	return false;
}

int xdp_mark_of(const struct xdp_gen *g, const struct mdesc_fmt_op *o)
{
	for (size_t i = 0; i < g->marks.n; i++) {
		const struct xdp_mark *m = &g->marks.p[i];

		if (m->bit == o->bit && m->bytes == o->bytes && m->width == o->width && m->shift == o->shift &&
		    (m->order >= MDESC_ORDER_BE) == (o->order >= MDESC_ORDER_BE))
			return (int)i;
	}
	return -1;
}

static void find_rule_stores(struct xdp_gen *g)
{
	for (uint32_t l = 0; l < g->m->n_metadata; l++) {
		uint32_t first = g->rows->layout_op_first[l];

		for (uint32_t i = first; g->layouts[l] && i < first + g->rows->layout_op_count[l]; i++) {
			const struct mdesc_fmt_op *o = &g->rows->ops[i];
			uint8_t mask[9];

			if (o->op != MDESC_OP_STORE)
				continue;
			xdp_store_mask(o->order, o->bytes, o->width, o->shift, mask);
			for (uint32_t b = 0; b < o->bytes; b++)
				g->by_rules[o->bit / 8 + b] |= mask[b];
		}
	}
}

static void note_stores(struct xdp_gen *g, const struct mdesc_fmt_row *r)
{
	bool held = r->flags & MDESC_ROW_HOLD;

	for (uint32_t i = r->op_first; i < r->op_first + r->op_count; i++) {
		const struct mdesc_fmt_op *o = &g->rows->ops[i];

		if (o->op != MDESC_OP_STORE)
			continue;
		for (uint32_t b = 0; held && b < o->bytes; b++)
			g->meta_undone[(o->bit / 8 + b) / 4] = true;
		if (!met_by_rules(g, o))
			continue;
		g->marks_undone |= held;
		if (xdp_mark_of(g, o) < 0)
			*vec_push(g->arena, &g->marks) = (struct xdp_mark){
				.bit = o->bit, .bytes = o->bytes, .width = o->width, .order = o->order,
				.shift = o->shift,
			};
	}
}

static void find_layouts(struct xdp_gen *g)
{
	g->layouts = arena_array(g->arena, bool, g->m->n_layouts + 1);
	g->layouts[0] = g->m->n_metadata > 0;
	for (uint32_t i = 0; i < g->rows->n_rows; i++)
		if (g->rows->rows[i].f.layout != MDESC_FMT_NONE16)
			g->layouts[g->rows->rows[i].f.layout] = true;
	g->one_size = true;
	for (uint32_t i = 0; i < g->m->n_metadata; i++) {
		uint32_t size = g->m->layouts[i]->size;

		if (!g->layouts[i])
			continue;
		if (!g->n_layouts++)
			g->first_layout = i;
		g->one_size &= g->meta_max == 0 || g->meta_max == size;
		g->meta_max = size > g->meta_max ? size : g->meta_max;
	}
}

/* ---- what rows that hold change, and may have to be as it was ---- */

static void undo_header(struct xdp_gen *g, uint32_t idx)
{
	const struct mdesc_fmt_header *h = &g->headers[idx].f;
	uint32_t header = h->kind == MDESC_KIND_MARK ? h->of : idx;

	if (h->kind == MDESC_KIND_PART)
		undo_header(g, h->of);
	g->headers[header].undone |= g->headers[header].at_end;
	for (size_t i = 0; i < g->slots.n; i++) {
		struct xdp_slot *s = &g->slots.p[i];

		/* an element beyond the count that is put back is not seen */
		if (s->header == header && s->at_end &&
		    (!h->capacity || s->elem == MDESC_ELEM_LAST || h->kind == MDESC_KIND_PART ||
		     g->headers[header].has_parts))
			s->undone = true;
		/* what is recorded anew has none of its parts */
		if (g->headers[s->header].f.kind == MDESC_KIND_PART && g->headers[s->header].f.of == header &&
		    s->elem == MDESC_ELEM_LAST && s->at_end)
			s->undone = true;
	}
}

static void find_undone(struct xdp_gen *g)
{
	for (uint32_t i = 0; i < g->rows->n_rows; i++) {
		const struct mdesc_fmt_row *r = &g->rows->rows[i].f;

		if (!(r->flags & MDESC_ROW_HOLD))
			continue;
		g->has_hold = true;
		if (r->header != MDESC_FMT_NONE16 && g->headers[r->header].f.kind != MDESC_KIND_ADVANCE &&
		    g->headers[r->header].f.kind != MDESC_KIND_LEAVE)
			undo_header(g, r->header);
		g->layout_undone |= r->layout != MDESC_FMT_NONE16;
		for (uint32_t k = r->op_first; k < r->op_first + r->op_count; k++) {
			const struct mdesc_fmt_op *o = &g->rows->ops[k];

			for (uint32_t b = 0; b < g->m->parser.n_registers; b++) {
				const struct mdc_register *reg = g->m->parser.registers[b];

				if ((o->op == MDESC_OP_SET || o->op == MDESC_OP_RAISE) && o->bit >= reg->bit &&
				    o->bit < reg->bit + reg->bits)
					g->reg_held[b] = true;
			}
		}
	}
}

/* ---- all ---- */

static void find_reads(struct xdp_gen *g)
{
	for (uint32_t i = 0; i < g->rows->n_rows; i++) {
		const struct mdesc_fmt_row *r = &g->rows->rows[i].f;

		if (r->header != MDESC_FMT_NONE16)
			read_header(g, r->header);
		read_ops(g, r->op_first, r->op_count, r);
		if (r->flags & MDESC_ROW_WITHIN) {
			struct xdp_slot *s = need_presence(g, r->within, r->within_elem, false);

			s->off = s->len = s->known = true;
		}
		note_stores(g, r);
	}
	for (size_t i = 0; i < g->entries.n; i++)
		read_keys(g, &g->rows->keys[g->entries.p[i].keys]);
	for (uint32_t i = 0; i < g->m->parser.n_classes; i++)
		read_ops(g, g->rows->classes[i].op_first, g->rows->classes[i].op_count, NULL);
	for (uint32_t i = 0; i < g->m->n_metadata; i++)
		if (g->layouts[i])
			read_ops(g, g->rows->layout_op_first[i], g->rows->layout_op_count[i], NULL);
}

static bool fits(struct xdp_gen *g)
{
	struct diag *d;

	if (!g->meta_max) {
		d = diag(g->ctx, CHK_missing, g->m->device.name ? g->m->device.loc : (struct loc){ 0 },
			 "the writer in software writes metadata in front of packets, and the description has none");
		diag_note(d, "descriptors are written by hardware elsewhere; describe what goes in front of packets "
			  "with metadata NAME { ... }");
		return false;
	}
	return true;
}

bool xdp_plan(struct xdp_gen *g)
{
	const struct mdc_parser *p = &g->m->parser;
	struct rows_graph graph;

	g->headers = arena_array(g->arena, struct xdp_header, p->n_instances + 1);
	for (uint32_t i = 0; i < p->n_instances; i++)
		g->headers[i].f = image_header(p->instances[i]);
	g->source_in_rows = arena_array(g->arena, bool, g->m->n_sources + 1);
	g->source_used = arena_array(g->arena, bool, g->m->n_sources + 1);
	g->reg_held = arena_array(g->arena, bool, p->n_registers + 1);
	g->inst_used = arena_array(g->arena, bool, p->n_instances + 1);
	follow_rows(g);
	find_entries(g);
	find_order(g);
	find_limits(g);
	find_layouts(g);
	find_rule_stores(g);
	find_reads(g);
	find_undone(g);
	rg_open(&graph, g->ctx, g->rows);
	g->count_steps = rg_most_steps(&graph) > g->m->target.steps;
	rg_drop(&graph);
	return fits(g);
}

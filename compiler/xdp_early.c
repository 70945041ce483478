/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a fast walker writes before it parses: takes the rules of the only layout,
 * gives those first that know nothing of the packet and meet no other store. All
 * else in the rules comes when the parser has stopped. Zeros for what is left wait
 * for the first row that stores, which needs few, or the parser's end; or they come
 * first, too, where rows may have to be undone.
 */
#include "xdp.h"

/* From a load up to the next one. */
static uint32_t block_size(const struct xdp_gen *g, uint32_t at, uint32_t end)
{
	uint32_t n = 1;

	while (at + n < end && g->rows->ops[at + n].op != MDESC_OP_LOAD)
		n++;
	return n;
}

static bool knows_nothing(const struct xdp_gen *g, uint32_t at, uint32_t n)
{
	for (uint32_t i = at; i < at + n; i++) {
		const struct mdesc_fmt_op *o = &g->rows->ops[i];

		if (o->op <= MDESC_OP_SUB && o->operand != MDESC_OPERAND_CONST && o->operand != MDESC_OPERAND_SOURCE)
			return false;
		if (o->op == MDESC_OP_KEY || o->op == MDESC_OP_SET || o->op == MDESC_OP_RAISE)
			return false;
	}
	return true;
}

/* How many stores of rows and rules there are to each byte. */
static void count_stores(const struct xdp_gen *g, uint32_t layout, uint8_t *stores)
{
	uint32_t first = g->rows->layout_op_first[layout], end = first + g->rows->layout_op_count[layout];

	for (uint32_t r = 0; r <= g->rows->n_rows; r++) {
		uint32_t from = r < g->rows->n_rows ? g->rows->rows[r].f.op_first : first;
		uint32_t to = r < g->rows->n_rows ? from + g->rows->rows[r].f.op_count : end;

		for (uint32_t i = from; i < to; i++) {
			const struct mdesc_fmt_op *o = &g->rows->ops[i];

			for (uint32_t b = 0; o->op == MDESC_OP_STORE && b < o->bytes; b++)
				if (stores[o->bit / 8 + b] < 2)
					stores[o->bit / 8 + b]++;
		}
	}
}

static bool is_early(const struct xdp_gen *g, const uint8_t *stores, uint32_t at, uint32_t n)
{
	if (!knows_nothing(g, at, n))
		return false;
	for (uint32_t i = at; i < at + n; i++) {
		const struct mdesc_fmt_op *o = &g->rows->ops[i];

		if (g->lazy && o->op == MDESC_OP_STORE && o->width != 8 * o->bytes)
			return false;	/* it needs zeros first */
		for (uint32_t b = 0; o->op == MDESC_OP_STORE && b < o->bytes; b++)
			if (stores[o->bit / 8 + b] > 1)
				return false;
	}
	return true;
}

/* Bytes that are written whole need no zeros. */
static void note_whole(const struct xdp_gen *g, uint32_t at, uint32_t n, bool *written)
{
	for (uint32_t i = at; i < at + n; i++) {
		const struct mdesc_fmt_op *o = &g->rows->ops[i];

		if (o->op == MDESC_OP_STORE && o->width == 8 * o->bytes)
			memset(written + o->bit / 8, true, o->bytes);
	}
}

/* Not over what is @early. */
static void put_zeros(struct xdp_gen *g, const bool *written, const bool *early)
{
	for (uint32_t at = 0, n; at < g->meta_max; at += n) {
		n = at % 8 || at + 4 >= g->meta_max || !memchr(written + at + 4, false, 4) ||
		    memchr(early + at, true, 8) ? 4 : 8;
		if (!memchr(written + at, false, 4)) {
			n = 4;
			continue;
		}
		if (!memchr(early + at, true, 4)) {
			xdp_line(g, "put_le%u(m + %u, 0);", n, at);
			continue;
		}
		for (uint32_t b = at; b < at + 4; b++)
			if (!written[b] && !early[b])
				xdp_line(g, "put_le1(m + %u, 0);", b);
	}
}

/* Operations from a load up to the next one, which come to their stores whatever the packet is. */
static bool is_sure(const struct xdp_gen *g, const struct mdesc_fmt_row *r, uint32_t at, uint32_t n)
{
	for (uint32_t i = at; i < at + n; i++) {
		const struct mdesc_fmt_op *o = &g->rows->ops[i];
		uint32_t bytes;

		if (o->op == MDESC_OP_KEY || (!r && o->op == MDESC_OP_STORE && g->marks.n))
			return false;
		if (o->op > MDESC_OP_SUB)
			continue;
		switch (o->operand) {
		case MDESC_OPERAND_PACKET:
		case MDESC_OPERAND_OFFSET:
		case MDESC_OPERAND_LENGTH:
			bytes = o->operand == MDESC_OPERAND_PACKET ? (o->bit + o->width + 7u) / 8 : 1;
			if (!xdp_is_own(g, r, o) && bytes > xdp_known(g, o->index))
				return false;
			break;
		case MDESC_OPERAND_REMAINING:
			return false;
		}
	}
	return true;
}

/* What @first and on surely write whole; what they write a part of needs zeros. */
static void note_sure(const struct xdp_gen *g, const struct mdesc_fmt_row *r, uint32_t first, uint32_t count,
		      bool *written)
{
	for (uint32_t at = first, n; at < first + count; at += n) {
		n = block_size(g, at, first + count);
		if (is_sure(g, r, at, n))
			note_whole(g, at, n, written);
	}
}

static void note_parts(const struct xdp_gen *g, uint32_t first, uint32_t count, bool *written)
{
	for (uint32_t i = first; i < first + count; i++) {
		const struct mdesc_fmt_op *o = &g->rows->ops[i];

		if (o->op == MDESC_OP_STORE && o->width != 8 * o->bytes)
			memset(written + o->bit / 8, false, o->bytes);
	}
}

static void each(struct xdp_gen *g, uint32_t layout, bool early)
{
	uint32_t first = g->rows->layout_op_first[layout], end = first + g->rows->layout_op_count[layout];
	uint8_t *stores = arena_array(g->arena, uint8_t, MDESC_FMT_META_MAX + 12);

	count_stores(g, layout, stores);
	for (uint32_t at = first, n; at < end; at += n) {
		n = block_size(g, at, end);
		if (is_early(g, stores, at, n) == early)
			xdp_put_ops(g, at, n);
	}
}

void xdp_put_early(struct xdp_gen *g)
{
	g->kind = XDP_FAST;
	g->row = NULL;
	g->at = NULL;
	if (!g->lazy)
		xdp_put_zeros(g, NULL);
	each(g, g->first_layout, true);
}

void xdp_put_late(struct xdp_gen *g, uint32_t layout)
{
	each(g, layout, false);
}

/* ---- when zeros are written ---- */

bool xdp_stores(const struct xdp_gen *g, const struct mdesc_fmt_row *r)
{
	for (uint32_t i = r->op_first; i < r->op_first + r->op_count; i++)
		if (g->rows->ops[i].op == MDESC_OP_STORE)
			return true;
	return false;
}

static bool reach(struct xdp_gen *g, const struct mdesc_fmt_next *next)
{
	struct xdp_entry *to = next->verdict == MDESC_GO ? xdp_entry_of(g, next->state, next->keys) : NULL;

	if (!to || to->stored)
		return false;
	to->stored = true;
	return true;
}

void xdp_find_stored(struct xdp_gen *g)
{
	bool more = true;

	g->lazy = g->early && !g->has_hold;
	while (g->lazy && more) {
		more = false;
		for (size_t i = 0; i < g->entries.n; i++) {
			const struct xdp_entry *e = &g->entries.p[i];

			if (e->stored && g->rows->states[e->state].f.max)
				more |= reach(g, &g->rows->states[e->state].f.otherwise);
			for (uint32_t r = 0; r < g->n_rows_of[e->state]; r++) {
				const struct mdesc_fmt_row *row = &g->rows->rows[g->rows_of[e->state][r]].f;

				if (e->stored || xdp_stores(g, row))
					more |= reach(g, &row->next);
			}
		}
	}
}

void xdp_put_zeros(struct xdp_gen *g, const struct mdesc_fmt_row *r)
{
	uint32_t first = g->rows->layout_op_first[g->first_layout], count = g->rows->layout_op_count[g->first_layout];
	bool *written = arena_array(g->arena, bool, MDESC_FMT_META_MAX + 12);
	bool *early = arena_array(g->arena, bool, MDESC_FMT_META_MAX + 12);
	uint8_t *stored = arena_array(g->arena, uint8_t, MDESC_FMT_META_MAX + 12);

	count_stores(g, g->first_layout, stored);
	if (r)
		note_sure(g, r, r->op_first, r->op_count, written);
	if (g->lazy)
		note_sure(g, NULL, first, count, written);
	if (r)
		note_parts(g, r->op_first, r->op_count, written);
	note_parts(g, first, count, written);
	for (uint32_t at = first, n; at < first + count; at += n) {
		n = block_size(g, at, first + count);
		if (is_early(g, stored, at, n)) {
			note_whole(g, at, n, written);
			note_whole(g, at, n, early);
		}
	}
	if (!g->lazy)	/* what is early comes behind */
		memset(early, 0, MDESC_FMT_META_MAX + 12);
	put_zeros(g, written, early);
}

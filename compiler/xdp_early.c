/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a fast walker writes before it parses: takes the rules of the only layout,
 * gives those first that know nothing of the packet and meet no other store, then
 * zeros for what is left. All else in the rules comes when the parser has stopped.
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

static void put_zeros(struct xdp_gen *g, const bool *written)
{
	for (uint32_t at = 0; at < g->meta_max; at += 4) {
		bool here = !memchr(written + at, false, 4), next = at % 8 || !memchr(written + at + 4, false, 4);

		if (here)
			continue;
		xdp_line(g, "put_le%u(m + %u, 0);", next || at + 4 >= g->meta_max ? 4 : 8, at);
		at += next || at + 4 >= g->meta_max ? 0 : 4;
	}
}

static void each(struct xdp_gen *g, uint32_t layout, bool early)
{
	uint32_t first = g->rows->layout_op_first[layout], end = first + g->rows->layout_op_count[layout];
	bool *written = arena_array(g->arena, bool, MDESC_FMT_META_MAX + 12);
	uint8_t *stores = arena_array(g->arena, uint8_t, MDESC_FMT_META_MAX + 12);

	count_stores(g, layout, stores);
	for (uint32_t at = first, n; early && at < end; at += n) {
		n = block_size(g, at, end);
		if (is_early(g, stores, at, n))
			note_whole(g, at, n, written);
	}
	if (early)
		put_zeros(g, written);
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
	each(g, g->first_layout, true);
}

void xdp_put_late(struct xdp_gen *g, uint32_t layout)
{
	each(g, layout, false);
}

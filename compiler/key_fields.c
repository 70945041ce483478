/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a state's key bytes are, for people: takes the rows of one state and its
 * key set, gives the names of the header fields that the rows look at, where the
 * bytes lie in the header that the state extracts or in one that is recorded.
 */
#include "describe.h"
#include "rows.h"

struct names {
	struct arena *arena;
	const char *text, *last;
	size_t last_n;
};

/* Fields of @inst that have bits of @mask in byte @byte. */
static void add_fields(struct names *n, const struct mdc_instance *inst, const char *whole, uint32_t byte,
		       uint8_t mask)
{
	for (uint32_t i = 0; i < inst->header->n_fields; i++) {
		const struct mdc_hfield *f = &inst->header->fields[i];
		bool looked_at = false;

		for (uint32_t bit = 0; bit < 8; bit++)
			looked_at |= mask & 0x80 >> bit && byte * 8 + bit >= f->bit_off &&
				     byte * 8 + bit < f->bit_off + f->bits;
		if (!looked_at || !f->name || f->part || f->reserved || f->name == n->last)
			continue;
		n->text = arena_printf(n->arena, "%s%s%s.%s", n->text, *n->text ? ", " : "", whole, f->name);
		n->last = f->name;
	}
}

const char *mdc_key_fields(struct arena *a, const struct mdc_rows *r, uint32_t first_row,
			   const struct mdesc_fmt_keys *k)
{
	const struct mdesc_fmt_row *row = &r->rows[first_row].f;
	const struct mdc_instance *at = NULL, *inst;
	struct names n = { .arena = a, .text = "" };
	uint8_t masks[MDESC_FMT_KEY_MAX] = { 0 };

	for (uint32_t i = first_row; i < r->n_rows && r->rows[i].f.state == row->state; i++)
		for (uint32_t j = 0; j < k->count; j++)
			masks[j] |= r->rows[i].f.key_mask[j];
	if (row->header != MDESC_FMT_NONE16 && r->model->parser.instances[row->header]->kind == MDC_I_HEADER)
		at = r->model->parser.instances[row->header];
	for (uint32_t j = 0; j < k->count; j++) {
		if (k->kind[j] == MDESC_SLOT_PACKET && at && k->off[j] >= 0 &&
		    (uint32_t)k->off[j] < at->header->fixed) {
			add_fields(&n, at, at->name, (uint32_t)k->off[j], masks[j]);
		} else if (k->kind[j] == MDESC_SLOT_HEADER && k->off[j] >= 0) {
			inst = r->model->parser.instances[k->index[j]];
			add_fields(&n, inst, describe_elem(a, inst, k->elem[j]), (uint32_t)k->off[j], masks[j]);
		}
	}
	return n.text;
}

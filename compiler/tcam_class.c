/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Lowering of classifications: takes those of the model, gives for each the
 * operations that lay out its key, and its rows over that key: ranges become
 * prefixes, tuples of ranges all combinations.
 */
#include "tcam.h"

struct class_rows {
	struct lower *l;
	const struct mdc_class *c;
	VEC(struct mdc_class_line) rows;
	uint64_t max;
	bool full;
};

/* Bits of the key from @bit on. */
static void put_bits(uint8_t *key, uint32_t bit, uint32_t bits, uint64_t v)
{
	for (uint32_t i = 0; i < bits; i++)
		if (v >> i & 1)
			key[(bit + i) / 8] |= (uint8_t)(1u << (bit + i) % 8);
}

/* All combinations of the prefixes of key @k and those behind it, which begins at @bit. */
static void combine(struct class_rows *t, const struct mdc_class_row *row, uint32_t k, uint32_t bit,
		    const struct mdc_class_line *line)
{
	struct tcam_prefix list[128];
	uint32_t n;

	if (t->full)
		return;
	if (k == t->c->n_keys) {
		t->full = t->rows.n >= t->max;
		if (!t->full)
			*vec_push(t->l->arena, &t->rows) = *line;
		return;
	}
	n = tcam_prefixes(&row->patterns[k], t->c->keys[k].bits, list);
	for (uint32_t i = 0; i < n; i++) {
		struct mdc_class_line r = *line;

		put_bits(r.f.value, bit, t->c->keys[k].bits, list[i].value);
		put_bits(r.f.mask, bit, t->c->keys[k].bits, list[i].mask);
		combine(t, row, k + 1, bit + t->c->keys[k].bits, &r);
	}
}

/* The operations that lay out the key; how many bits it has. */
static uint32_t make_key(struct lower *l, const struct mdc_class *c, struct mdc_class_table *to)
{
	uint32_t bit = 0;

	l->scratch.n = 0;
	for (uint32_t k = 0; k < c->n_keys; k++) {
		tcam_ops_key(l, c->keys[k].x, bit, c->keys[k].bits);
		bit += c->keys[k].bits;
	}
	to->op_first = l->scratch.n ? (uint32_t)l->ops.n : 0;
	to->op_count = (uint32_t)l->scratch.n;
	for (size_t i = 0; i < l->scratch.n; i++)
		*vec_push(l->arena, &l->ops) = l->scratch.p[i];
	return bit;
}

static bool too_many(struct lower *l, const struct mdc_class *c, uint64_t left)
{
	const struct mdc_target *t = &l->m->target;
	struct diag *d = diag(l->ctx, CHK_target_limit, c->loc,
			      "classification '%s' takes more than the %llu rows that the target '%s' has left for it",
			      c->name, (unsigned long long)left, t->name);

	if (t->loc.src != UINT32_MAX)
		diag_label(d, t->loc, "the target");
	diag_note(d, "a range takes a row for each prefix that it is made of; say 'classify N rows' in the target if "
		  "the hardware has more");
	return false;
}

bool tcam_classes(struct lower *l, struct mdc_rows *out)
{
	const struct mdc_parser *p = &l->m->parser;
	struct mdc_class_table *tables = arena_array(l->arena, struct mdc_class_table, p->n_classes + 1);
	struct class_rows t = { .l = l, .max = l->m->target.class_rows };

	for (uint32_t i = 0; i < p->n_classes; i++) {
		struct mdc_class_table *to = &tables[i];

		t.c = p->classes[i];
		to->key_bits = make_key(l, t.c, to);
		to->row_first = (uint32_t)t.rows.n;
		for (uint32_t j = 0; j < t.c->n_rows; j++)
			combine(&t, &t.c->rows[j], 0, 0, &(struct mdc_class_line){
				.f.result = t.c->rows[j].value, .loc = t.c->rows[j].loc });
		if (t.full)
			return too_many(l, t.c, t.max - to->row_first);
		to->row_count = (uint32_t)t.rows.n - to->row_first;
	}
	out->classes = tables;
	out->class_lines = t.rows.p;
	out->n_class_lines = (uint32_t)t.rows.n;
	return true;
}

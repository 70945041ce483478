/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The parsers of two images for the prover (sym.h): takes pairs of layouts with
 * the fields that both have, gives packets that the parsers treat differently, or
 * the knowledge that there is none. Things are the same by name.
 */
#include <stdlib.h>
#include <string.h>

#include "diff_prove.h"

#define STEPS		8000000u
#define STATES_MAX	4096u
#define ROWS_MAX	65536u
#define IDS_MAX		60000u
#define META_BITS	(8 * MDESC_FMT_META_MAX)
#define FIELDS_MAX	0xfff0u
#define UNPAIRED	0x4000u	/* ids of the new image's bits that the old one has not */

static void tables_of(const struct mdesc_image *img, struct sym_tables *t)
{
	const struct mdesc_fmt_target *target = image_target(img);

	*t = (struct sym_tables){
		.steps = target->steps, .start = target->start, .headers = image_headers(img),
		.registers = image_registers(img), .states = image_states(img), .keys = image_keys(img),
		.rows = image_rows(img), .ops = image_ops(img), .classes = image_classes(img),
		.class_rows = image_class_rows(img), .layouts = image_layout_table(img),
		.sources = image_source_table(img), .n_headers = image_count(img, TABLE_HEADERS),
		.n_registers = image_count(img, TABLE_REGISTERS), .n_states = image_count(img, TABLE_STATES),
		.n_keys = image_count(img, TABLE_KEYS), .n_rows = image_count(img, TABLE_ROWS),
		.n_ops = image_count(img, TABLE_OPS), .n_classes = image_count(img, TABLE_CLASSES),
		.n_class_rows = image_count(img, TABLE_CLASS_ROWS), .n_layouts = image_count(img, TABLE_LAYOUTS),
		.n_sources = image_count(img, TABLE_SOURCES),
	};
}

/* Ids of the new image's things: those of their partners, else behind all of the old one's. */
static uint32_t *ids_of(struct mdesc_diff *d, const struct names names[2])
{
	uint32_t *ids = diff_alloc(d, (size_t)names[1].n + 1, sizeof(*ids)), i;

	for (i = 0; ids && i < names[1].n; i++)
		ids[i] = names[1].to[i] != MDESC_FMT_NONE32 ? names[1].to[i] : names[0].n + i;
	return ids;
}

/* Where bit @bit of a field's element lies in the metadata. */
static uint32_t bit_of(const struct mdesc_field *f, uint32_t elem, uint32_t bit)
{
	const struct mdesc_fmt_field *x = f->fmt;
	uint32_t at = 8 * (x->offset + elem * x->stride);

	if (x->kind == MDESC_FIELD_MAC)
		return at + bit;
	bit += x->shift;
	if (x->order == MDESC_ORDER_BE || x->order == MDESC_ORDER_RAW)
		return at + 8 * (x->bytes - 1u - bit / 8) + bit % 8;
	return at + bit;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The bits that a field has on both sides; how many. @to: NULL, or where they go. */
static uint32_t field_bits(const struct mdesc_field *const f[2], uint16_t field, struct sym_bits *to)
{
	uint32_t n = least(f[0]->fmt->count, f[1]->fmt->count), width = least(f[0]->fmt->width, f[1]->fmt->width);
	uint32_t i, k, total = 0;

	if ((f[0]->fmt->kind == MDESC_FIELD_MAC) != (f[1]->fmt->kind == MDESC_FIELD_MAC))
		return 0;
	for (i = 0; i < n; i++) {
		for (k = 0; k < width; k++, total++) {
			if (!to)
				continue;
			to[total].field = field;
			to[total].bit[0] = (uint16_t)bit_of(f[0], i, k);
			to[total].bit[1] = (uint16_t)bit_of(f[1], i, k);
		}
	}
	return total;
}

/* What decides whether a field means something, on one side; how much. @to: NULL, or where it goes. */
static uint32_t when_bits(const struct mdesc_image *img, const struct mdesc_field *f, uint16_t field, uint16_t side,
			  struct sym_when *to)
{
	uint32_t total = 0, k;

	if (f->fmt->valid) {	/* computed */
		if (to)
			to[total] = (struct sym_when){ field, side, SYM_ANY };
		total++;
	}
	for (uint32_t i = f->fmt->cond; i != MDESC_FMT_NONE32; i = image_conds(img)[i].parent) {
		const struct mdesc_fmt_cond *cond = &image_conds(img)[i];
		const struct mdesc_field *tag = cond->value ? NULL : &img->fields[cond->field];
		uint32_t width = tag ? tag->fmt->width : 1;

		for (k = 0; k < width; k++, total++)
			if (to)
				to[total] = (struct sym_when){ field, side,
							       tag ? (uint16_t)bit_of(tag, 0, k) : SYM_ANY };
	}
	return total;
}

static bool match_when(struct mdesc_diff *d, const struct prove_layouts *l, struct sym_match *to)
{
	struct sym_when *when;
	uint32_t i, k, n = 0;

	for (i = 0; i < l->n; i++)
		for (k = 0; k < 2; k++)
			n += when_bits(d->img[k], l->fields[i][k], (uint16_t)i, (uint16_t)k, NULL);
	when = diff_alloc(d, (size_t)n + 1, sizeof(*when));
	if (!when)
		return false;
	to->when = when;
	to->n_when = n;
	for (i = n = 0; i < l->n; i++)
		for (k = 0; k < 2; k++)
			n += when_bits(d->img[k], l->fields[i][k], (uint16_t)i, (uint16_t)k, when + n);
	for (i = 0; i < n; i++)
		if (when[i].bit >= META_BITS)
			when[i].bit = SYM_ANY;
	return true;
}

static bool match_layouts(struct mdesc_diff *d, const struct prove_layouts *l, struct sym_match *to)
{
	struct sym_bits *bits;
	uint32_t i, n = 0;

	if (l->n > FIELDS_MAX)
		return false;
	for (i = 0; i < l->n; i++)
		n += field_bits(l->fields[i], (uint16_t)i, NULL);
	bits = diff_alloc(d, (size_t)n + 1, sizeof(*bits));
	if (!bits)
		return false;
	*to = (struct sym_match){ .layout = { l->index[0], l->index[1] }, .bits = bits, .n_bits = n };
	for (i = n = 0; i < l->n; i++)
		n += field_bits(l->fields[i], (uint16_t)i, bits + n);
	for (i = 0; i < n; i++)
		if (bits[i].bit[0] >= META_BITS || bits[i].bit[1] >= META_BITS)
			return false;
	return match_when(d, l, to);
}

/* Bits of the new metadata are those of the old that they are compared with, where that is always the same one. */
static uint16_t *bit_ids(struct mdesc_diff *d, const struct sym_match *m, uint32_t n)
{
	uint16_t *id = diff_alloc(d, META_BITS + 128, sizeof(*id)), *back = diff_alloc(d, META_BITS, sizeof(*back));
	uint32_t i, k;

	if (!id || !back)
		return NULL;
	for (i = 0; i < n; i++) {
		for (k = 0; k < m[i].n_bits; k++) {
			uint16_t a = m[i].bits[k].bit[0], b = m[i].bits[k].bit[1];

			/* 0: none yet; else that one and 1; 0xffff: several */
			id[b] = id[b] && id[b] != a + 1u ? 0xffff : (uint16_t)(a + 1);
			back[a] = back[a] && back[a] != b + 1u ? 0xffff : (uint16_t)(b + 1);
		}
	}
	for (i = 0; i < META_BITS + 128; i++) {
		if (i >= META_BITS || !id[i] || id[i] == 0xffff || back[id[i] - 1] != i + 1)
			id[i] = (uint16_t)(UNPAIRED + i);
		else
			id[i]--;
	}
	return id;
}

static bool too_large(const struct sym_tables *t)
{
	return t->n_states > STATES_MAX || t->n_rows > ROWS_MAX || t->n_headers > IDS_MAX / 2 ||
	       t->n_sources > IDS_MAX / 2;
}

bool diff_prove(struct mdesc_diff *d, const struct prove *p, struct sym_answer *answer)
{
	struct sym_opts opts = { .steps = STEPS, .names_only = true, .found = p->found, .differs = p->differs,
				 .arg = p->arg, .n_match = p->n };
	struct sym_match *match;
	struct sym_tables t[2];
	struct names names[2];
	uint32_t i, k;

	for (k = 0; k < 2; k++) {
		if (!image_target(d->img[k]) || image_cannot_run(d->img[k]))
			return false;
		tables_of(d->img[k], &t[k]);
		t[k].source_id = p->source_id[k];
		if (too_large(&t[k]))
			return false;
	}
	if (!DIFF_PAIR_TABLE(d, names, TABLE_HEADERS, mdesc_fmt_header))
		return false;
	t[1].header_id = ids_of(d, names);
	if (!DIFF_PAIR_TABLE(d, names, TABLE_LAYOUTS, mdesc_fmt_layout))
		return false;
	t[1].layout_id = ids_of(d, names);
	match = diff_alloc(d, (size_t)p->n + 1, sizeof(*match));
	for (i = 0; match && i < p->n; i++)
		if (!match_layouts(d, &p->layouts[i], &match[i]))
			return false;
	t[1].meta_id = match ? bit_ids(d, match, p->n) : NULL;
	if (d->failed || !t[1].header_id || !t[1].layout_id || !t[1].meta_id)
		return false;
	opts.match = match;
	sym_prove(&t[0], &t[1], &opts, answer);
	return true;
}

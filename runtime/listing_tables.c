/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Raw tables as text: how each is laid out, and its rows, read back from the
 * words that hardware takes.
 */
#include <inttypes.h>

#include <stdlib.h>

#include "listing.h"
#include "rawtable.h"
#include "text.h"

static void put_pieces(struct listing *l, uint32_t first, uint32_t n)
{
	uint32_t i;

	fputs(" [", l->out);
	for (i = first; i < first + n; i++) {
		const struct mdesc_fmt_raw_piece *p = &image_raw_pieces(l->img)[i];

		fprintf(l->out, "%s%u:%u", i > first ? ", " : "", p->lo + p->bits - 1u, p->lo);
	}
	putc(']', l->out);
}

/* What it is loaded from, or the table's effect, where @f is NULL. */
static void put_code(struct listing *l, const struct mdesc_fmt_raw *t, const struct mdesc_fmt_raw_field *f)
{
	char *buf = NULL;
	struct text text;
	int size = 0, pass;

	if (image_is_newer(l->img))
		return;
	for (pass = 0; pass < 2; pass++) {
		text_start(&text, buf, (size_t)size);
		if (f)
			raw_load_text(&text, l->img, t, f);
		else
			raw_effect_text(&text, l->img, t);
		if (pass)
			break;
		size = text_end(&text) + 1;
		buf = size > 0 ? malloc((size_t)size) : NULL;
		if (!buf)
			return;
	}
	fprintf(l->out, f ? " = " NAME : "effect\n%s", buf);
	free(buf);
}

static void put_field(struct listing *l, const struct mdesc_fmt_raw *t, uint32_t i)
{
	const struct mdesc_fmt_raw_field *f = &image_raw_fields(l->img)[i];

	fprintf(l->out, "\t%s" NAME, f->flags & MDESC_RAW_FIELD_ALIAS ? "alias " : "", image_str(l->img, f->name));
	put_pieces(l, f->piece_first, f->piece_count);
	if (f->mask_count) {
		fputs(" mask", l->out);
		put_pieces(l, f->piece_first + f->piece_count, f->mask_count);
	}
	if (f->sign != MDESC_FMT_NONE32)
		fprintf(l->out, " sign [%u]", f->sign);
	fprintf(l->out, "%s%s", f->flags & MDESC_RAW_FIELD_SIGNED ? " signed" : "",
		f->flags & MDESC_RAW_FIELD_BE ? " be" : "");
	if (image_str(l->img, f->type)[0])
		fprintf(l->out, " enum " NAME, image_str(l->img, f->type));
	if (f->flags & MDESC_RAW_FIELD_INIT)
		fprintf(l->out, " = 0x%" PRIx64, f->init);
	if (f->load_count)
		put_code(l, t, f);
	putc('\n', l->out);
}

static void put_part(struct listing *l, const struct mdesc_fmt_raw *t, uint32_t i)
{
	const struct mdesc_fmt_raw_part *p = &image_raw_parts(l->img)[i];
	uint32_t k;

	fprintf(l->out, "part " NAME ": %u bits in words %u to %u\n", image_str(l->img, p->name), p->bits,
		p->word_first,
		p->word_first + p->words - 1u);
	for (k = 0; k < p->field_count; k++)
		put_field(l, t, p->field_first + k);
}

static void put_key(struct listing *l, const struct mdesc_fmt_raw *t, const struct mdesc_fmt_raw_row *row)
{
	const struct mdesc_fmt_raw_part *p = &image_raw_parts(l->img)[t->part_first];
	uint64_t value[RAW_CHUNKS], mask[RAW_CHUNKS];
	enum raw_match match = raw_row_key(l->img, t, row->stage, row->number, value, mask);
	uint32_t i;

	if (match != RAW_MATCHES) {
		fputs(match == RAW_NEVER ? " never" : " broken", l->out);
		return;
	}
	for (i = 0; i < p->field_count; i++) {
		const struct mdesc_fmt_raw_field *f = &image_raw_fields(l->img)[p->field_first + i];
		uint64_t m = raw_field_get(l->img, f, mask, false), all = ~0ull >> (64 - f->bits);

		if (!m || (f->flags & MDESC_RAW_FIELD_ALIAS))
			continue;
		fprintf(l->out, " " NAME "=0x%" PRIx64, image_str(l->img, f->name), raw_field_get(l->img, f, value,
												  false));
		if (m != all)
			fprintf(l->out, "/0x%" PRIx64, m);
	}
}

static void put_result(struct listing *l, const struct mdesc_fmt_raw *t, const struct mdesc_fmt_raw_row *row,
		       uint32_t part)
{
	const struct mdesc_fmt_raw_part *p = &image_raw_parts(l->img)[t->part_first + part];
	uint64_t bits[RAW_CHUNKS];
	uint32_t i;

	raw_row_result(l->img, t, row->stage, row->number, part, bits);
	for (i = 0; i < p->field_count; i++) {
		const struct mdesc_fmt_raw_field *f = &image_raw_fields(l->img)[p->field_first + i];
		uint64_t v = raw_field_get(l->img, f, bits, false), m = f->mask_count ? raw_field_get(l->img, f, bits,
												      true) : 0;
		bool minus = f->sign != MDESC_FMT_NONE32 && (bits[f->sign / 64] >> f->sign % 64 & 1);

		if ((!v && !m && !minus) || (f->flags & MDESC_RAW_FIELD_ALIAS))
			continue;
		fprintf(l->out, " " NAME "=%s0x%" PRIx64, image_str(l->img, f->name), minus ? "-" : "", v);
		if (f->mask_count)
			fprintf(l->out, "/0x%" PRIx64, m);
	}
}

static void put_row(struct listing *l, const struct mdesc_fmt_raw *t, uint32_t i)
{
	const struct mdesc_fmt_raw_row *row = &image_raw_rows(l->img)[i];
	uint32_t part = 0;

	putc('\t', l->out);
	if (t->flags & MDESC_RAW_STAGES)
		fprintf(l->out, "[%u]", row->stage);
	fprintf(l->out, "[%u]%s%s:", row->number, row->flags & MDESC_RAW_ROW_RESERVED ? " reserved" : "",
		row->flags & MDESC_RAW_ROW_ENABLED ? "" : " disabled");
	if (t->flags & MDESC_RAW_KEY)
		put_key(l, t, &image_raw_rows(l->img)[i]);
	fputs(" ->", l->out);
	for (part = t->flags & MDESC_RAW_KEY ? 1 : 0; part < t->part_count; part++)
		put_result(l, t, row, part);
	putc('\n', l->out);
}

static void put_table(struct listing *l, const struct mdesc_fmt_raw *t)
{
	uint32_t i;

	fprintf(l->out, "\ntable " NAME, image_str(l->img, t->name));
	if (t->flags & MDESC_RAW_STAGES)
		fprintf(l->out, " stages %u..%u", t->first_stage, t->first_stage + t->stages - 1u);
	fprintf(l->out, " rows %u of %u words of %u bits%s%s%s\n", t->rows, t->row_words, t->word_bits,
		t->flags & MDESC_RAW_BIG ? " big" : "", t->flags & MDESC_RAW_FLIPPED ? " flipped" : "",
		t->flags & MDESC_RAW_ONE ? " match one" : t->flags & MDESC_RAW_LAST ? " match last" : "");
	if (t->flags & MDESC_RAW_KEY)
		fprintf(l->out, "cells of %u planes: any %u, 0 %u, 1 %u, never %u\n", t->planes, t->cells[0],
			t->cells[1],
			t->cells[2], t->cells[3]);
	for (i = 0; i < t->part_count; i++)
		put_part(l, t, t->part_first + i);
	for (i = 0; i < t->start_count; i++) {
		const struct mdesc_fmt_raw_start *s = &image_raw_starts(l->img)[t->start_first + i];

		fprintf(l->out, "start " NAME " = 0x%" PRIx64 "\n", image_str(l->img, s->name), s->value);
	}
	if (t->index_reg)
		fprintf(l->out, "index " NAME "\n", image_str(l->img, image_raw_regs(l->img)[t->index_reg - 1].name));
	if (t->op_count)
		put_code(l, t, NULL);
	for (i = 0; i < t->row_count; i++)
		put_row(l, t, t->row_first + i);
}

void list_tables(struct listing *l)
{
	uint32_t i;

	for (i = 0; i < image_count(l->img, TABLE_RAW); i++)
		put_table(l, &image_raws(l->img)[i]);
}

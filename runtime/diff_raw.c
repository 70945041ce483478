/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Raw tables of two images: which are new or gone, which are laid out otherwise,
 * and in which rows their words differ, or what is done with them. Words are
 * compared as hardware takes them; the names of fields make no difference there.
 */
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "rawtable.h"
#include "text.h"

#define SHOWN_ROWS	8	/* of a table, by name */

static const struct mdesc_fmt_raw *table(const struct mdesc_diff *d, int side, uint32_t i)
{
	return &image_raws(d->img[side])[i];
}

static uint32_t row_bytes(const struct mdesc_fmt_raw *t)
{
	return t->row_words * (t->word_bits / 8u);
}

static const uint8_t *row_at(const struct mdesc_diff *d, int side, const struct mdesc_fmt_raw *t, uint32_t row)
{
	return image_raw_bytes(d->img[side])->bytes + t->byte_first + (size_t)row * row_bytes(t);
}

static bool same_shape(const struct mdesc_fmt_raw *a, const struct mdesc_fmt_raw *b)
{
	return a->flags == b->flags && a->rows == b->rows && a->first_stage == b->first_stage &&
			a->stages == b->stages &&
	       a->word_bits == b->word_bits && a->planes == b->planes && a->row_words == b->row_words &&
	       a->interleave == b->interleave && a->subword == b->subword && a->guard == b->guard &&
	       !memcmp(a->cells, b->cells, sizeof(a->cells));
}

static const char *shape_text(struct mdesc_diff *d, const struct mdesc_fmt_raw *t)
{
	return diff_text(d, "%u times %u rows of %u words of %u bits", t->stages, t->rows, t->row_words, t->word_bits);
}

static const char *words_text(struct mdesc_diff *d, int side, const struct mdesc_fmt_raw *t, uint32_t row)
{
	const uint8_t *bytes = row_at(d, side, t, row);
	const char *text = "";

	for (uint32_t i = 0; i < row_bytes(t) && i < 64; i++)
		text = diff_text(d, "%s%s%02x", text, i && i % (t->word_bits / 8u) == 0 ? " " : "", bytes[i]);
	return text;
}

static void diff_rows(struct mdesc_diff *d, const char *name, const struct mdesc_fmt_raw *a,
		      const struct mdesc_fmt_raw *b)
{
	uint32_t all = (uint32_t)a->stages * a->rows, n = 0, i;

	for (i = 0; row_bytes(a) && i < all; i++) {
		uint32_t stage = a->first_stage + i / a->rows, number = i % a->rows;
		const char *row;

		if (!memcmp(row_at(d, 0, a, i), row_at(d, 1, b, i), row_bytes(a)) || n++ >= SHOWN_ROWS)
			continue;
		row = a->flags & MDESC_RAW_STAGES ? diff_text(d, "%s[%u][%u]", name, stage, number) :
		      diff_text(d, "%s[%u]", name, number);
		diff_add(d, DIFF_TABLE_ROWS_CHANGED, words_text(d, 0, a, i), words_text(d, 1, b, i), "row %s", row);
	}
	if (n > SHOWN_ROWS)
		diff_add(d, DIFF_TABLE_ROWS_CHANGED, "", "", "table %s: %u more rows", name, n - SHOWN_ROWS);
}

/* All that says what a row does and what it is compared with. */
static char *behaviour(const struct mdesc_image *img, const struct mdesc_fmt_raw *t)
{
	const struct mdesc_fmt_raw_part *key = &image_raw_parts(img)[t->part_first];
	const struct mdesc_fmt_raw_start *start = image_raw_starts(img) + t->start_first;
	char *buf = NULL;
	struct text text;
	size_t size = 0;
	uint32_t pass, i;

	for (pass = 0; pass < 2; pass++) {
		text_start(&text, buf, size);
		for (i = 0; (t->flags & MDESC_RAW_KEY) && i < key->field_count; i++) {
			const struct mdesc_fmt_raw_field *f = &image_raw_fields(img)[key->field_first + i];

			if (!f->load_count)
				continue;
			text_add(&text, "%s = ", image_str(img, f->name));
			raw_load_text(&text, img, t, f);
			text_add(&text, "\n");
		}
		for (i = 0; i < t->start_count; i++)
			text_add(&text, "start %s %llu\n", image_str(img, start[i].name),
				 (unsigned long long)start[i].value);
		raw_effect_text(&text, img, t);
		if (pass)
			break;
		size = (size_t)text_end(&text) + 1;
		buf = malloc(size);
		if (!buf)
			return NULL;
	}
	return buf;
}

/* The lines in which they differ first: what follows is the same, or in the description. */
static void diff_effect(struct mdesc_diff *d, const char *name, const struct mdesc_fmt_raw *a,
			const struct mdesc_fmt_raw *b)
{
	const char *line[2], *end[2];
	char *text[2];
	int i;

	if (image_is_newer(d->img[0]) || image_is_newer(d->img[1]))
		return;
	line[0] = text[0] = behaviour(d->img[0], a);
	line[1] = text[1] = behaviour(d->img[1], b);
	if (!text[0] || !text[1] || !strcmp(text[0], text[1])) {
		free(text[0]);
		free(text[1]);
		return;
	}
	for (;;) {
		for (i = 0; i < 2; i++)
			end[i] = line[i] + strcspn(line[i], "\n");
		if (end[0] - line[0] != end[1] - line[1] || memcmp(line[0], line[1], (size_t)(end[0] - line[0])))
			break;
		line[0] = end[0] + 1;
		line[1] = end[1] + 1;
	}
	for (i = 0; i < 2; i++) {
		line[i] += strspn(line[i], "\t");
		line[i] = line[i] < end[i] ? diff_text(d, "%.*s", (int)(end[i] - line[i]), line[i]) : "nothing";
	}
	diff_add(d, DIFF_TABLE_EFFECT_CHANGED, line[0], line[1], "table %s", name);
	free(text[0]);
	free(text[1]);
}

void diff_raw(struct mdesc_diff *d)
{
	struct names names[2];
	uint32_t i;

	if (!DIFF_PAIR_TABLE(d, names, TABLE_RAW, mdesc_fmt_raw))
		return;
	for (i = 0; i < names[0].n; i++) {
		const struct mdesc_fmt_raw *a = table(d, 0, i), *b;
		const char *name = names[0].v[i];

		if (names[0].to[i] == MDESC_FMT_NONE32) {
			diff_add(d, DIFF_TABLE_SHAPE_CHANGED, shape_text(d, a), "", "table %s", name);
			continue;
		}
		b = table(d, 1, names[0].to[i]);
		if (!same_shape(a, b))
			diff_add(d, DIFF_TABLE_SHAPE_CHANGED, shape_text(d, a), shape_text(d, b), "table %s", name);
		else
			diff_rows(d, name, a, b);
		diff_effect(d, name, a, b);
	}
	for (i = 0; i < names[1].n; i++)
		if (names[1].to[i] == MDESC_FMT_NONE32)
			diff_add(d, DIFF_TABLE_SHAPE_CHANGED, "", shape_text(d, table(d, 1, i)), "table %s",
				 names[1].v[i]);
}

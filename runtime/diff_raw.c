/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Raw tables of two images: which are new or gone, which are laid out otherwise,
 * and in which rows their words differ. Words are compared as hardware takes
 * them; the names of fields make no difference.
 */
#include <string.h>

#include "diff.h"
#include "rawtable.h"

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
	}
	for (i = 0; i < names[1].n; i++)
		if (names[1].to[i] == MDESC_FMT_NONE32)
			diff_add(d, DIFF_TABLE_SHAPE_CHANGED, "", shape_text(d, table(d, 1, i)), "table %s",
				 names[1].v[i]);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The rows of all raw tables as a file of nothing but words: table by table in
 * the order of the text, stage by stage, row by row, absent rows too. Each word
 * is in the byte order of its table.
 */
#include "arena.h"
#include "diag.h"
#include "out.h"
#include "table.h"

const char *mdc_table_row_name(struct arena *a, const struct mdc_table *t, const struct mdc_table_row *row)
{
	if (t->staged)
		return arena_printf(a, "%s[%u][%u]", t->name, row->stage, row->number);
	return arena_printf(a, "%s[%u]", t->name, row->number);
}

bool mdc_tables_there(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	if (m->n_tables)
		return true;
	diag_note(diag(ctx, CHK_missing, m->device.name ? m->device.loc : (struct loc){ 0 },
		       "the description has no table, and so no rows of one"),
		  "a table is `table NAME { rows N; key {...} result {...} }`; --emit=rows lists the parser's rows");
	return false;
}

void mdc_table_bytes(const struct mdc_table *t, const struct mdc_table_row *row, uint64_t *words, struct out *out)
{
	uint32_t bytes = t->word_bits / 8;

	mdc_table_encode(t, row, words);
	for (uint32_t w = 0; w < t->row_words; w++) {
		uint8_t word[8];

		for (uint32_t i = 0; i < bytes; i++)
			word[i] = (uint8_t)(words[w] >> 8 * (t->big_endian ? bytes - 1 - i : i));
		out_write(out, word, bytes);
	}
}

void mdc_table_all_bytes(struct arena *a, const struct mdc_table *t, struct out *out)
{
	uint64_t *words = arena_array(a, uint64_t, t->row_words + 1);

	for (uint32_t s = t->first_stage; s < t->first_stage + t->n_stages; s++)
		for (uint32_t i = 0; i < t->rows; i++)
			mdc_table_bytes(t, mdc_table_row_at(t, s, i), words, out);
}

int mdc_emit_rows_bin(struct mdc_ctx *ctx, const struct mdc_model *model, const struct mdc_rows *rows,
		      struct out *out)
{
	(void)rows;
	if (!mdc_tables_there(ctx, model))
		return -1;
	for (uint32_t i = 0; i < model->n_tables; i++)
		mdc_table_all_bytes(ctx->arena, model->tables[i], out);
	return 0;
}

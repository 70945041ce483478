/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Raw tables for people, behind the parser's rows: each row with its fields as
 * names and values, and the words that they make.
 */
#include <inttypes.h>

#include "arena.h"
#include "out.h"
#include "table.h"

static void put_number(struct out *o, const struct mdc_bfield *f, uint64_t v)
{
	for (uint32_t i = 0; f->enum_type && i < f->enum_type->n_enumerators; i++)
		if ((uint64_t)f->enum_type->enumerators[i].value == v) {
			out_puts(o, f->enum_type->enumerators[i].name);
			return;
		}
	if (f->is_signed && f->bits < 64 && v >> (f->bits - 1))
		out_printf(o, "-%" PRIu64, ((uint64_t)1 << f->bits) - v);
	else
		out_printf(o, v < 10 || f->sign != UINT32_MAX ? "%" PRIu64 : "0x%" PRIx64, v);
}

static void put_value(struct out *o, const struct mdc_row_value *v, bool is_key)
{
	uint64_t all = v->field->bits >= 64 ? UINT64_MAX : (1ull << v->field->bits) - 1;

	out_printf(o, " %s=%s", v->field->name, v->negative ? "-" : "");
	if (is_key && !v->mask) {
		out_puts(o, "*");
		return;
	}
	put_number(o, v->field, v->value);
	if (v->mask != all || (!is_key && v->field->mask))
		out_printf(o, "/0x%" PRIx64, v->mask);
}

static void put_row(struct mdc_ctx *ctx, const struct mdc_table *t, const struct mdc_table_row *row, uint64_t *words,
		    struct out *o)
{
	bool arrow = false;

	out_printf(o, "\t%s:", mdc_table_row_name(ctx->arena, t, row));
	if (row->kind == MDC_ROW_RESERVED)
		out_puts(o, " reserved");
	if (row->disabled)
		out_puts(o, " disabled");
	for (uint32_t i = 0; i < row->n_values; i++) {
		bool is_key = row->values[i].of == t->key;

		if (!is_key && !arrow) {
			out_puts(o, " ->");
			arrow = true;
		}
		put_value(o, &row->values[i], is_key);
	}
	out_puts(o, "\n\t\t");
	mdc_table_encode(t, row, words);
	for (uint32_t w = 0; w < t->row_words; w++)
		out_printf(o, "%s%0*" PRIx64, !w ? "" : w == t->key_words ? " : " : " ", (int)t->word_bits / 4,
			   words[w]);
	out_puts(o, "\n");
}

static void put_head(const struct mdc_table *t, struct out *o)
{
	out_printf(o, "\ntable %s", t->name);
	if (t->staged)
		out_printf(o, ", stages %u..%u", t->first_stage, t->first_stage + t->n_stages - 1);
	out_printf(o, ", %u rows of %u words of %u bits%s%s", t->rows, t->row_words, t->word_bits,
		   t->big_endian ? ", big-endian" : "", t->flipped ? ", flipped" : "");
	if (t->key)
		out_printf(o, ", key of %u bits in %u", t->key->bits, t->key_words);
	out_printf(o, "\n");
}

void mdc_table_listing(struct mdc_ctx *ctx, const struct mdc_model *m, struct out *out)
{
	for (uint32_t i = 0; i < m->n_tables; i++) {
		const struct mdc_table *t = m->tables[i];
		uint64_t *words = arena_array(ctx->arena, uint64_t, t->row_words + 1);

		put_head(t, out);
		for (uint32_t k = 0; k < t->n_list; k++)
			put_row(ctx, t, t->list[k], words, out);
	}
}

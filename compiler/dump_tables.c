/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Raw tables in the dump: how they are laid out, and each row's bits. */
#include <inttypes.h>

#include "dump.h"
#include "table.h"

static void dump_pieces(struct dump *d, const struct mdc_piece *p, uint32_t n)
{
	out_puts(d->out, " [");
	for (uint32_t i = 0; i < n; i++)
		out_printf(d->out, "%s%u:%u", i ? ", " : "", p[i].lo + p[i].bits - 1, p[i].lo);
	out_puts(d->out, "]");
}

static void dump_struct(struct dump *d, const char *what, const struct mdc_bits_struct *s)
{
	out_printf(d->out, "  %s %s bits %u\n", what, s->name, s->bits);
	for (uint32_t i = 0; i < s->n_fields; i++) {
		const struct mdc_bfield *f = &s->fields[i];

		dump_doc(d, 2, f->doc);
		out_printf(d->out, "    %s %s", f->alias ? "alias" : "field", f->name);
		dump_pieces(d, f->pieces, f->n_pieces);
		if (f->mask) {
			out_puts(d->out, " mask");
			dump_pieces(d, f->mask, f->n_mask);
		}
		if (f->sign != UINT32_MAX)
			out_printf(d->out, " sign [%u]", f->sign);
		out_printf(d->out, "%s%s", f->is_signed ? " signed" : "", f->big_endian ? " be" : "");
		if (f->enum_type)
			out_printf(d->out, " enum %s", f->enum_type->name);
		if (f->has_init)
			out_printf(d->out, " = 0x%" PRIx64, f->init);
		if (f->load)
			out_printf(d->out, " load %s %s", f->load->type, f->load->of);
		dump_attributes(d, f->unit, NULL);
		out_puts(d->out, "\n");
	}
}

static void dump_bits(struct dump *d, const uint64_t *bits, uint32_t n)
{
	for (uint32_t i = mdc_chunks(n); i--;)
		out_printf(d->out, "%0*" PRIx64, i == mdc_chunks(n) - 1 ? (int)((n - 64 * i + 3) / 4) : 16, bits[i]);
}

static void dump_row(struct dump *d, const struct mdc_table *t, const struct mdc_table_row *row)
{
	const uint64_t *result = row->result;

	dump_doc(d, 1, row->doc);
	out_printf(d->out, "  row %s%s%s", mdc_table_row_name(d->arena, t, row),
		   row->kind == MDC_ROW_RESERVED ? " reserved" : "", row->disabled ? " disabled" : "");
	if (row->matches && t->key->bits) {
		out_puts(d->out, " key ");
		dump_bits(d, row->value, t->key->bits);
		out_puts(d->out, "/");
		dump_bits(d, row->mask, t->key->bits);
	}
	for (uint32_t i = 0; result && i < t->n_results; i++) {
		out_printf(d->out, " %s ", t->results[i]->name);
		dump_bits(d, result, t->results[i]->bits);
		result += mdc_chunks(t->results[i]->bits);
	}
	out_puts(d->out, "\n");
}

static void dump_cells(struct dump *d, const struct mdc_table *t)
{
	static const char *const names[MDC_CELLS] = { "any", "0", "1", "never" };

	out_printf(d->out, "  cells planes %u", t->planes);
	for (int c = 0; c < MDC_CELLS; c++) {
		if ((c == MDC_CELL_ANY && !t->has_any) || (c == MDC_CELL_NEVER && !t->has_never))
			continue;
		out_printf(d->out, " %s (", names[c]);
		for (uint32_t p = 0; p < t->planes; p++)
			out_printf(d->out, "%s%d", p ? ", " : "", t->cells[c] >> p & 1);
		out_puts(d->out, ")");
	}
	if (t->interleave)
		out_printf(d->out, " interleave %u", t->interleave);
	if (t->guard != UINT32_MAX)
		out_printf(d->out, " %s %u", t->guard_value ? "valid" : "invalid", t->guard);
	out_printf(d->out, "%s\n", t->bitmap ? " absent zero" : "");
}

static void dump_table(struct dump *d, const struct mdc_table *t)
{
	dump_doc(d, 0, t->doc);
	out_printf(d->out, "table %s", t->name);
	if (t->staged)
		out_printf(d->out, " stages %u..%u", t->first_stage, t->first_stage + t->n_stages - 1);
	out_printf(d->out, " rows %u words %u of %u bits%s%s%s\n", t->rows, t->row_words, t->word_bits,
		   t->big_endian ? " big" : "", t->flipped ? " flipped" : "", t->match_one ? " match one" :
		   t->match_last ? " match last" : "");
	if (t->subword)
		out_printf(d->out, "  subword %u\n", t->subword);
	if (t->key) {
		dump_struct(d, "key", t->key);
		dump_cells(d, t);
	}
	for (uint32_t i = 0; i < t->n_results; i++)
		dump_struct(d, "result", t->results[i]);
	for (uint32_t i = 0; i < t->n_start; i++)
		out_printf(d->out, "  start %s = 0x%" PRIx64 "\n", t->start[i].name, t->start[i].value);
	if (t->effect)
		out_puts(d->out, "  effect\n");
	for (uint32_t i = 0; i < t->n_list; i++)
		dump_row(d, t, t->list[i]);
	out_puts(d->out, "\n");
}

void dump_tables(struct dump *d)
{
	for (uint32_t i = 0; i < d->model->n_tables; i++)
		dump_table(d, d->model->tables[i]);
}

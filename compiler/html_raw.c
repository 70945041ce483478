/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The section of raw tables: of each its key and results, bit by bit, what its
 * effect does, and its rows with their fields and their words.
 */
#include "html.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ast.h"
#include "table.h"

#define ROWS_MAX	2000	/* that the page lists, of a table */

/* ---- bits ---- */

struct span { uint32_t lo, bits; const struct mdc_bfield *field; const char *what; };

static int by_bit(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

static struct html_cell box(const char *label, const char *sub, enum html_tint tint, uint32_t lo, uint32_t bits)
{
	return (struct html_cell){ .label = label, .sub = sub, .tint = tint, .offset = lo / 8,
				   .bytes = (lo % 8 + bits + 7) / 8, .shift = lo % 8, .width = bits };
}

/* Every bit is in a box: those that no field has, too. */
static void put_diagram(struct html *h, const struct mdc_bits_struct *s)
{
	VEC(struct span) spans = { 0 };
	VEC(struct html_cell) cells = { 0 };
	uint32_t at = 0, size = (s->bits + 31) / 32 * 4;

	for (uint32_t i = 0; i < s->n_fields; i++) {
		const struct mdc_bfield *f = &s->fields[i];

		for (uint32_t p = 0; !f->alias && p < f->n_pieces; p++)
			*vec_push(h->a, &spans) = (struct span){ f->pieces[p].lo, f->pieces[p].bits, f, NULL };
		for (uint32_t p = 0; !f->alias && p < f->n_mask; p++)
			*vec_push(h->a, &spans) = (struct span){ f->mask[p].lo, f->mask[p].bits, f, "mask" };
		if (!f->alias && f->sign != UINT32_MAX)
			*vec_push(h->a, &spans) = (struct span){ f->sign, 1, f, "sign" };
	}
	if (spans.n)
		qsort(spans.p, spans.n, sizeof(*spans.p), by_bit);
	for (size_t i = 0; i <= spans.n; i++) {
		uint32_t lo = i < spans.n ? spans.p[i].lo : 8 * size;

		if (lo > at)
			*vec_push(h->a, &cells) = box("", NULL, TINT_PAD, at, lo - at);
		if (i == spans.n)
			break;
		*vec_push(h->a, &cells) = box(spans.p[i].field->name, spans.p[i].what, TINT_HOST, lo, spans.p[i].bits);
		cells.p[cells.n - 1].id = html_ref(h, spans.p[i].field);
		at = lo + spans.p[i].bits;
	}
	html_bits(h, &(struct html_bits){ .title = s->name, .cells = cells.p, .n_cells = (uint32_t)cells.n,
					  .size = size, .style = BITS_WORDS });
}

static void put_pieces(struct html *h, const struct mdc_piece *p, uint32_t n)
{
	html_printf(h, "<code>[");
	for (uint32_t i = 0; i < n; i++) {
		html_printf(h, "%s%" PRIu32, i ? ", " : "", p[i].lo + p[i].bits - 1);
		if (p[i].bits > 1)
			html_printf(h, ":%" PRIu32, p[i].lo);
	}
	out_puts(h->o, "]</code>");
}

static void put_about(struct html *h, const struct mdc_bfield *f)
{
	if (f->load) {
		out_puts(h->o, "from ");
		html_code(h, html_source(h, f->load->ast->h.loc));
	}
	if (f->mask) {
		out_puts(h->o, "mask ");
		put_pieces(h, f->mask, f->n_mask);
	}
	if (f->sign != UINT32_MAX)
		html_printf(h, "sign <code>[%" PRIu32 "]</code>", f->sign);
	if (f->has_init)
		html_printf(h, " by default <code>%" PRId64 "</code>", (int64_t)f->init);
	if (f->big_endian)
		out_puts(h->o, " the highest byte in the lowest bits");
	if (f->unit) {
		out_puts(h->o, " in ");
		html_text(h, f->unit);
	}
}

/* Tables share structs: the anchors of the fields are in the first that has it. */
static bool is_first(struct html *h, const struct mdc_table *t, const struct mdc_bits_struct *s)
{
	for (uint32_t i = 0; h->m->tables[i] != t; i++) {
		if (h->m->tables[i]->key == s)
			return false;
		for (uint32_t k = 0; k < h->m->tables[i]->n_results; k++)
			if (h->m->tables[i]->results[k] == s)
				return false;
	}
	return true;
}

static void put_struct(struct html *h, const struct mdc_table *t, const char *what, const struct mdc_bits_struct *s)
{
	bool first = is_first(h, t, s);

	static const char *const heads[] = { "Field", "Bits", "Type", "About", "Meaning", NULL };

	html_printf(h, "<h4>%s, %" PRIu32 " bits</h4>\n", what, s->bits);
	html_doc(h, s->doc);
	if (s->bits)
		put_diagram(h, s);
	html_table(h, "fields", what, s->name, heads);
	for (uint32_t i = 0; i < s->n_fields; i++) {
		const struct mdc_bfield *f = &s->fields[i];

		out_puts(h->o, "<tr");
		if (first)
			html_found(h, html_ref(h, f), f->name, "table field");
		html_printf(h, "><th scope=row>%s", f->alias ? "<span class=dim>alias</span> " : "");
		html_code(h, f->name);
		out_puts(h->o, "</th><td>");
		put_pieces(h, f->pieces, f->n_pieces);
		out_puts(h->o, "</td><td>");
		if (f->enum_type)
			html_ref_link(h, f->enum_type, f->enum_type->name);
		else
			html_printf(h, "%s%" PRIu32 " bits", f->is_signed ? "signed, " : "", f->bits);
		out_puts(h->o, "</td><td>");
		put_about(h, f);
		out_puts(h->o, "</td><td>");
		html_inline(h, f->doc);
		out_puts(h->o, "</td></tr>\n");
	}
	html_end_table(h);
}

/* ---- rows ---- */

static void put_number(struct html *h, const struct mdc_row_value *v)
{
	const struct mdc_type *e = v->field->enum_type;
	uint64_t all = v->field->bits >= 64 ? UINT64_MAX : (1ull << v->field->bits) - 1;
	const char *name = NULL;

	for (uint32_t i = 0; e && i < e->n_enumerators; i++)
		if ((uint64_t)e->enumerators[i].value == v->value)
			name = e->enumerators[i].name;
	html_text(h, v->field->name);
	if (name)
		html_text(h, arena_printf(h->a, "=%s", name));
	else
		html_printf(h, v->value < 10 ? "=%s%" PRIu64 : "=%s0x%" PRIx64, v->negative ? "-" : "", v->value);
	if (v->mask != all)
		html_printf(h, "/0x%" PRIx64, v->mask);
}

static void put_values(struct html *h, const struct mdc_table *t, const struct mdc_table_row *row, bool key)
{
	bool any = false;

	for (uint32_t i = 0; i < row->n_values; i++) {
		const struct mdc_row_value *v = &row->values[i];

		if ((v->of == t->key) != key || (key && !v->mask))
			continue;
		out_puts(h->o, any ? " <code>" : "<code>");
		put_number(h, v);
		out_puts(h->o, "</code>");
		any = true;
	}
	if (!any)
		out_puts(h->o, key && row->matches ? "<span class=dim>any</span>" : "<span class=dim>-</span>");
}

static void put_row(struct html *h, const struct mdc_table *t, const struct mdc_table_row *row, uint64_t *words)
{
	out_puts(h->o, "<tr><td>");
	html_code(h, mdc_table_row_name(h->a, t, row));
	html_printf(h, "%s%s</td>", row->kind == MDC_ROW_RESERVED ? " reserved" : "", row->disabled ? " disabled" : "");
	if (t->key) {
		out_puts(h->o, "<td>");
		put_values(h, t, row, true);
		out_puts(h->o, "</td>");
	}
	out_puts(h->o, "<td>");
	put_values(h, t, row, false);
	out_puts(h->o, "</td><td>");
	mdc_table_encode(t, row, words);
	for (uint32_t w = 0; w < t->row_words; w++)
		html_printf(h, "%s<code>%0*" PRIx64 "</code>", w ? " " : "", (int)t->word_bits / 4, words[w]);
	out_puts(h->o, "</td><td>");
	html_inline(h, row->doc);
	out_puts(h->o, "</td></tr>\n");
}

static void put_rows(struct html *h, const struct mdc_table *t)
{
	static const char *const with_key[] = { "Row", "Key", "Result", "Words", "Meaning", NULL };
	static const char *const without[] = { "Row", "Result", "Words", "Meaning", NULL };
	uint64_t *words = arena_array(h->a, uint64_t, t->row_words + 1);

	html_table(h, "rows", "Rows of ", t->name, t->key ? with_key : without);
	for (uint32_t i = 0; i < t->n_list && i < ROWS_MAX; i++)
		put_row(h, t, t->list[i], words);
	html_end_table(h);
	if (t->n_list > ROWS_MAX)
		html_printf(h, "<p>and %" PRIu32 " more: <code>mdescc --emit=rows</code> lists all.</p>\n",
			    t->n_list - ROWS_MAX);
}

/* ---- tables ---- */

static void put_effect(struct html *h, const struct mdc_table *t)
{
	if (!t->effect)
		return;
	out_puts(h->o, "<h4>Effect</h4>\n<ol>\n");
	for (const struct ast *s = t->effect; s; s = s->next) {
		out_puts(h->o, "<li>");
		html_code(h, html_source(h, s->loc));
		out_puts(h->o, "</li>\n");
	}
	out_puts(h->o, "</ol>\n");
}

static void put_table(struct html *h, const struct mdc_table *t)
{
	out_puts(h->o, "<h3");
	html_found(h, html_ref(h, t), t->name, "table");
	out_puts(h->o, ">");
	html_code(h, t->name);
	html_printf(h, " <small>table</small></h3>\n<p>%" PRIu32 " rows", t->rows);
	if (t->staged)
		html_printf(h, " in each of the stages %" PRIu32 " to %" PRIu32, t->first_stage,
			    t->first_stage + t->n_stages - 1);
	html_printf(h, ", of %" PRIu32 " words of %" PRIu32 " bits%s%s. %s</p>\n", t->row_words, t->word_bits,
		    t->word_bits == 8 ? "" : t->big_endian ? ", big-endian" : ", little-endian",
		    t->flipped ? ", the last word first" : "",
		    !t->key ? "A number chooses the row." : t->match_one ? "Rows have no priorities." :
		    t->match_last ? "The row with the highest number that matches is taken." :
		    "The row with the lowest number that matches is taken.");
	html_doc(h, t->doc);
	if (t->key)
		put_struct(h, t, "Key", t->key);
	for (uint32_t i = 0; i < t->n_results; i++)
		put_struct(h, t, "Result", t->results[i]);
	put_effect(h, t);
	put_rows(h, t);
}

static void name_fields(struct html *h, const struct mdc_table *t, const struct mdc_bits_struct *s)
{
	for (uint32_t i = 0; s && i < s->n_fields; i++)
		if (!html_ref(h, &s->fields[i]))
			html_set_ref(h, &s->fields[i], html_id(h, "bits-%s.%s", t->name, s->fields[i].name));
}

void html_name_raw(struct html *h)
{
	for (uint32_t i = 0; i < h->m->n_tables; i++) {
		const struct mdc_table *t = h->m->tables[i];

		html_set_ref(h, t, html_id(h, "table-%s", t->name));
		name_fields(h, t, t->key);
		for (uint32_t k = 0; k < t->n_results; k++)
			name_fields(h, t, t->results[k]);
	}
}

void html_raw(struct html *h)
{
	for (uint32_t i = 0; i < h->m->n_tables; i++)
		put_table(h, h->m->tables[i]);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The section of packet headers: each that the parser extracts (all, where there
 * is no parser), as it is on the wire, with a table of its fields.
 */
#include "html.h"

#include <inttypes.h>

#define TAIL	40	/* bytes that stand for a variable part, at most */

static const char *field_name(const struct mdc_hfield *f)
{
	return f->name ? f->name : "";
}

/* "be16", "3 bits", "u8[4]" */
static const char *type_of(struct html *h, const struct mdc_hfield *f)
{
	static const char *const orders[] = { [MDC_HOST] = "u", [MDC_LE] = "le", [MDC_BE] = "be", [MDC_RAW] = "raw" };

	if (f->enum_type)
		return f->enum_type->name;
	if (f->elem_bits == 8 || (f->form == MDC_F_BYTES && !f->elem_bits))
		return arena_printf(h->a, "u8[%" PRIu32 "]", f->bits / 8);
	if (f->elem_bits)
		return arena_printf(h->a, "%s%" PRIu32 "[%" PRIu32 "]", orders[f->order], f->elem_bits,
				    f->bits / f->elem_bits);
	if (f->bits == 8)
		return "u8";
	if (f->bits == 16 || f->bits == 32 || f->bits == 64)
		return arena_printf(h->a, "%s%" PRIu32, orders[f->order], f->bits);
	return arena_printf(h->a, "%" PRIu32 " bit%s", f->bits, f->bits == 1 ? "" : "s");
}

static enum html_tint tint(const struct mdc_hfield *f)
{
	if (f->reserved || !f->name)
		return TINT_PAD;
	if (f->form == MDC_F_BYTES || f->bits <= 8)
		return TINT_BYTES;
	return f->order == MDC_LE ? TINT_LE : f->order == MDC_RAW ? TINT_RAW : TINT_BE;
}

/* Bits on the wire: @bit is the first, the most significant. */
static struct html_cell wire_cell(const char *label, const char *sub, uint32_t bit, uint32_t bits)
{
	struct html_cell c = { .label = label, .sub = sub, .be = true, .offset = bit / 8, .width = bits };

	c.bytes = (bit % 8 + bits + 7) / 8;
	c.shift = c.bytes * 8 - bit % 8 - bits;
	c.area = bits % 8 == 0 && bit % 8 == 0;
	return c;
}

struct cells {
	struct html_cell *p;
	uint32_t n;
};

static void add_field(struct html *h, struct cells *cells, const struct mdc_hfield *f)
{
	uint32_t word = cells->n + 1;
	struct html_cell *c = &cells->p[cells->n++];

	*c = wire_cell(field_name(f), type_of(h, f), f->bit_off, f->bits);
	c->tint = tint(f);
	c->id = html_ref(h, f);
	c->deprecated = f->deprecated;
	if (c->tint == TINT_PAD)
		c->sub = "";
	for (uint32_t i = 0; i < f->n_bits_ranges; i++) {
		const struct mdc_bits *b = &f->bits_ranges[i];
		uint32_t width = (uint32_t)(b->hi - b->lo + 1);

		c = &cells->p[cells->n++];
		*c = wire_cell(b->name, width == 1 ? arena_printf(h->a, "%u", b->lo) :
			       arena_printf(h->a, "%u:%u", b->hi, b->lo),
			       f->bit_off + f->bits - 1 - b->hi, width);
		if (f->order == MDC_LE) {
			c->be = c->area = false;
			c->offset = f->bit_off / 8;
			c->bytes = f->bits / 8;
			c->shift = b->lo;
		}
		c->tint = tint(f);
		c->word = word;
		c->id = html_ref(h, f);
	}
}

/* @part: 0, the begin; else index + 1. */
static void diagram(struct html *h, const struct mdc_header *hd, uint32_t part)
{
	struct html_bits d = { .style = BITS_WIRE, .size = part ? hd->parts[part - 1].bytes : hd->fixed };
	struct cells cells = { 0 };
	uint32_t n = 1;

	for (uint32_t i = 0; i < hd->n_fields; i++)
		n += 1 + hd->fields[i].n_bits_ranges;
	cells.p = arena_array(h->a, struct html_cell, n);
	for (uint32_t i = 0; i < hd->n_fields; i++)
		if (hd->fields[i].part == part)
			add_field(h, &cells, &hd->fields[i]);
	if (!part && hd->variable && hd->max > hd->fixed) {
		uint32_t more = hd->max - hd->fixed;

		cells.p[cells.n++] = (struct html_cell){
			.label = arena_printf(h->a, "%s%" PRIu32 " bytes more", hd->min < hd->max ? "up to " :
				"", more),
			.shorter = "more", .sub = "by the length", .tint = TINT_UNION, .area = true, .offset =
				hd->fixed,
			.bytes = more < TAIL ? more : TAIL,
		};
		d.size += more < TAIL ? more : TAIL;
	}
	d.cells = cells.p;
	d.n_cells = cells.n;
	d.title = arena_printf(h->a, "Wire diagram of %s %s", part ? "a part of the header" : "the header", hd->name);
	html_bits(h, &d);
}

static void put_row(struct html *h, const struct mdc_hfield *f)
{
	bool gap = f->reserved || !f->name;

	out_puts(h->o, gap ? "<tr class=pad>" : "<tr");
	if (!gap) {
		html_found(h, html_ref(h, f), f->name, "header field");
		out_puts(h->o, ">");
	}
	html_printf(h, "<td class=r>%" PRIu32, f->bit_off / 8);
	if (f->bit_off % 8)
		html_printf(h, ".%" PRIu32, f->bit_off % 8);
	html_printf(h, "</td><td class=r>%" PRIu32 "</td><td class=n>", f->bits);
	out_puts(h->o, f->deprecated ? "<s>" : "");
	html_code(h, gap ? "reserved" : f->name);
	out_puts(h->o, f->deprecated ? "</s></td><td>" : "</td><td>");
	html_ref_link(h, f->enum_type, type_of(h, f));
	out_puts(h->o, "</td><td>");
	out_puts(h->o, gap || f->form == MDC_F_BYTES || f->bits <= 8 ? "" : f->order == MDC_LE ? "LE" :
		 f->order == MDC_RAW ? "raw" : "BE");
	out_puts(h->o, "</td><td>");
	if (f->unit)
		html_text(h, f->unit);
	out_puts(h->o, "</td><td class=d>");
	html_inline(h, f->doc);
	if (f->deprecated) {
		out_puts(h->o, " <span class=dep>Deprecated: ");
		html_text(h, f->deprecated);
		out_puts(h->o, "</span>");
	}
	out_puts(h->o, "</td></tr>\n");
}

static void put_range(struct html *h, const struct mdc_header *hd, const struct mdc_hfield *f,
		      const struct mdc_bits *b)
{
	out_puts(h->o, "<tr");
	html_found(h, html_id(h, "hfield-%s.%s.%s", hd->name, f->name, b->name),
		   arena_printf(h->a, "%s.%s", f->name, b->name), "header field");
	html_printf(h, "><td class=r>%" PRIu32 "</td><td class=r>", f->bit_off / 8);
	if (b->hi == b->lo)
		html_printf(h, "[%u]", b->lo);
	else
		html_printf(h, "[%u:%u]", b->hi, b->lo);
	out_puts(h->o, "</td><td class=\"n sub\">");
	html_code(h, arena_printf(h->a, "%s.%s", f->name, b->name));
	out_puts(h->o, "</td><td>");
	if (b->enum_type)
		html_ref_link(h, b->enum_type, b->enum_type->name);
	out_puts(h->o, "</td><td></td><td>");
	if (b->unit)
		html_text(h, b->unit);
	out_puts(h->o, "</td><td class=d>");
	html_inline(h, b->doc);
	out_puts(h->o, "</td></tr>\n");
}

static void notes(struct html *h, const struct mdc_header *hd)
{
	for (uint32_t i = 0; i < hd->n_fields; i++) {
		const struct mdc_hfield *f = &hd->fields[i];
		const char *name = arena_printf(h->a, "%s.%s", hd->name, field_name(f));

		html_note_unit(h, f->unit, "header field", name, html_ref(h, f));
		html_note_deprecated(h, f->deprecated, "header field", name, html_ref(h, f));
	}
}

static void put_length(struct html *h, const struct mdc_header *hd)
{
	if (!hd->variable)
		return;
	out_puts(h->o, "<p class=when>Its length in bytes is ");
	html_code(h, html_source(h, hd->len_loc));
	html_printf(h, ", %" PRIu32 " to %" PRIu32 "; anything else is the error ", hd->min, hd->max);
	html_link(h, h->m->parser.name ? "error-bad_length" : NULL, "bad_length");
	out_puts(h->o, ".</p>\n");
}

static void put_fields(struct html *h, const struct mdc_header *hd, uint32_t part)
{
	static const char *const heads[] = { ">Byte", ">Bits", "Field", "Type", "Order", "Unit", "Description", NULL };

	diagram(h, hd, part);
	html_table(h, "fields", part ? "Fields of this part of the header " : "Fields of the header ", hd->name, heads);
	for (uint32_t i = 0; i < hd->n_fields; i++) {
		if (hd->fields[i].part != part)
			continue;
		put_row(h, &hd->fields[i]);
		for (uint32_t k = 0; k < hd->fields[i].n_bits_ranges; k++)
			put_range(h, hd, &hd->fields[i], &hd->fields[i].bits_ranges[k]);
	}
	html_end_table(h);
}

/* Behind the begin: each part where its condition holds, in this order. */
static void put_part(struct html *h, const struct mdc_header *hd, uint32_t part)
{
	const struct mdc_hpart *p = &hd->parts[part - 1];

	html_printf(h, "<section class=arm><h4>%s", !p->cond ? "Then, always" : "Then, where ");
	if (p->cond)
		html_code(h, describe_cond(h->a, hd, p->cond));
	html_printf(h, " <small>%" PRIu32 " byte%s</small></h4>\n", p->bytes, p->bytes == 1 ? "" : "s");
	put_fields(h, hd, part);
	out_puts(h->o, "</section>\n");
}

static void put_header(struct html *h, const struct mdc_header *hd)
{
	out_puts(h->o, "<section class=sheet><h3");
	html_found(h, html_ref(h, hd), hd->name, "header");
	out_puts(h->o, ">");
	html_code(h, hd->name);
	if (hd->n_parts && !hd->variable)
		html_printf(h, " <small>%" PRIu32 " bytes and %" PRIu32 " part%s</small></h3>\n", hd->fixed,
			hd->n_parts,
			    hd->n_parts == 1 ? "" : "s");
	else if (hd->min != hd->max)
		html_printf(h, " <small>%" PRIu32 " to %" PRIu32 " bytes</small></h3>\n", hd->min, hd->max);
	else
		html_printf(h, " <small>%" PRIu32 " byte%s</small></h3>\n", hd->max, hd->max == 1 ? "" : "s");
	html_doc(h, hd->doc);
	put_length(h, hd);
	put_fields(h, hd, 0);
	for (uint32_t i = 1; i <= hd->n_parts; i++)
		put_part(h, hd, i);
	out_puts(h->o, "</section>\n");
	notes(h, hd);
}

void html_headers(struct html *h)
{
	out_puts(h->o, "<p class=lead>As on the wire: the first bit of a packet is bit 0, the most significant of "
		 "its byte.</p>\n");
	for (size_t i = 0; i < h->headers.n; i++)
		put_header(h, h->headers.p[i]);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The tables around the machine, as text: takes an image whose every index was
 * checked when it was opened, and prints what the hardware knows (sources), what
 * it is set to (configuration), the classifications with their rows, and the
 * layouts with what is computed from their fields. Fields themselves are what
 * `mdesc show' prints.
 */
#include <inttypes.h>
#include <string.h>

#include "listing.h"

#define EXPR_MAX	1024	/* bytes shown of an expression */

/* ": u32", or the type that has a name. */
static void put_type(struct listing *l, unsigned int kind, bool sign, mdesc_fmt_str type, unsigned int bits)
{
	if (kind == MDESC_FIELD_BOOL)
		fputs(": bool", l->out);
	else if (image_str(l->img, type)[0])
		fprintf(l->out, ": " NAME, image_str(l->img, type));
	else
		fprintf(l->out, ": %c%u", sign ? 's' : 'u', bits);
}

static void put_unit(struct listing *l, mdesc_fmt_str unit)
{
	if (image_str(l->img, unit)[0])
		fprintf(l->out, " unit " NAME, image_str(l->img, unit));
}

/* ---- what is known besides the packet ---- */

void list_sources(struct listing *l)
{
	uint32_t i;

	for (i = 0; i < image_count(l->img, TABLE_SOURCES); i++) {
		const struct mdesc_fmt_source *s = &image_source_table(l->img)[i];

		fprintf(l->out, "source %u " NAME, i, image_str(l->img, s->name));
		put_type(l, MDESC_FIELD_UINT, s->flags & MDESC_SOURCE_SIGNED, s->type, s->bits);
		fputs(s->kind == MDESC_SOURCE_PTR ? " *" : "", l->out);
		put_unit(l, s->unit);
		putc('\n', l->out);
	}
}

void list_configs(struct listing *l)
{
	uint32_t i;

	for (i = 0; i < image_count(l->img, TABLE_CONFIG); i++) {
		const struct mdesc_fmt_config *c = &image_configs(l->img)[i];

		fprintf(l->out, "config %u " NAME, i, image_str(l->img, c->name));
		put_type(l, c->kind, false, c->type, c->bits);
		put_unit(l, c->unit);
		putc('\n', l->out);
	}
}

/* ---- classifications ---- */

static void put_class(struct listing *l, uint32_t i)
{
	const struct mdesc_fmt_class *c = &image_classes(l->img)[i];
	uint32_t k;

	fprintf(l->out, "\nclassify %u " NAME, i, image_str(l->img, c->name));
	put_type(l, MDESC_FIELD_UINT, false, c->type, c->bits);
	fprintf(l->out, ", key %u bits", c->key_bits);
	if (c->op_count)
		fprintf(l->out, " by ops %u..%u", c->op_first, c->op_first + c->op_count - 1);
	putc('\n', l->out);
	for (k = 0; k < c->row_count; k++) {
		const struct mdesc_fmt_class_row *row = &image_class_rows(l->img)[c->row_first + k];

		fprintf(l->out, "\t%u:", c->row_first + k);
		list_match(l, row->value, row->mask);
		fprintf(l->out, " -> 0x%" PRIx64 "\n", row->result);
	}
	fprintf(l->out, "\telse -> 0x%" PRIx64 "\n", c->otherwise);
}

void list_classes(struct listing *l)
{
	uint32_t i;

	for (i = 0; i < image_count(l->img, TABLE_CLASSES); i++)
		put_class(l, i);
}

/* ---- layouts ---- */

static void put_formatted(struct listing *l, const char *before, const struct mdesc_value *v,
			  int (*format)(const struct mdesc_value *value, char *buf, size_t size))
{
	char text[EXPR_MAX];
	int len = format(v, text, sizeof(text));

	if (len > 0)
		fprintf(l->out, " %s %s%s", before, text, (size_t)len >= sizeof(text) ? "..." : "");
}

static void put_value(struct listing *l, const struct mdesc_value *v)
{
	static const char *const roles[] = { NULL, "alias", "derive", "valid", "tag" };
	const struct mdesc_fmt_value *f = v->fmt;

	fprintf(l->out, "\t%zu: ", (size_t)(v - l->img->values));
	list_word(l, WORD(roles, f->role), "role", f->role);
	fprintf(l->out, " " NAME, image_str(l->img, f->name));
	if (f->role <= MDESC_VALUE_DERIVE)
		put_type(l, f->kind, f->kind == MDESC_FIELD_SINT, f->type, f->width);
	put_formatted(l, "=", v, mdesc_value__expr_format);
	put_formatted(l, "when", v, mdesc_value__cond_format);
	put_unit(l, f->unit);
	putc('\n', l->out);
}

void list_layouts(struct listing *l)
{
	static const char *const kinds[] = { NULL, "metadata", "descriptor" };
	uint32_t i, k;

	for (i = 0; i < image_count(l->img, TABLE_LAYOUTS); i++) {
		const struct mdesc_layout *layout = &l->img->layouts[i];
		const struct mdesc_fmt_layout *f = layout->fmt;

		putc('\n', l->out);
		list_word(l, WORD(kinds, f->kind), "kind", f->kind);
		fprintf(l->out, " %u " NAME " %u bytes, id 0x%08x, %u fields", i, image_str(l->img, f->name), f->size,
			f->id, f->field_count);
		if (f->op_count)
			fprintf(l->out, ", rules ops %u..%u", f->op_first, f->op_first + f->op_count - 1);
		putc('\n', l->out);
		for (k = 0; k < layout->value_count; k++)
			put_value(l, &l->img->values[layout->value_first + k]);
	}
}

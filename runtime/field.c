/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Fields: what they tell about themselves, and their conditions.
 *
 * Takes handles of an open image; reads metadata bytes of the caller only where
 * a condition is to be decided. See value.c for values.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

#include "image.h"
#include "text.h"

static const struct mdesc_image *image_of(const struct mdesc_field *field)
{
	return field->layout->img;
}

const char *mdesc_field__path(const struct mdesc_field *field)
{
	return image_str(image_of(field), field->fmt->path);
}

const char *mdesc_field__unit(const struct mdesc_field *field)
{
	return image_str(image_of(field), field->fmt->unit);
}

const char *mdesc_field__type(const struct mdesc_field *field)
{
	return image_str(image_of(field), field->fmt->type);
}

const char *mdesc_field__doc(const struct mdesc_field *field)
{
	return image_str(image_of(field), field->fmt->doc);
}

int mdesc_field__kind(const struct mdesc_field *field)
{
	return field->fmt->kind;
}

int mdesc_field__order(const struct mdesc_field *field)
{
	return field->fmt->order;
}

unsigned int mdesc_field__flags(const struct mdesc_field *field)
{
	return field->fmt->flags;
}

uint32_t mdesc_field__count(const struct mdesc_field *field)
{
	return field->fmt->count;
}

uint32_t mdesc_field__stride(const struct mdesc_field *field)
{
	return field->fmt->stride;
}

uint32_t mdesc_field__byte_offset(const struct mdesc_field *field)
{
	return field->fmt->offset;
}

unsigned int mdesc_field__bytes(const struct mdesc_field *field)
{
	return field->fmt->bytes;
}

unsigned int mdesc_field__shift(const struct mdesc_field *field)
{
	return field->fmt->shift;
}

unsigned int mdesc_field__width(const struct mdesc_field *field)
{
	return field->fmt->width;
}

uint64_t mdesc_field__bit_offset(const struct mdesc_field *field)
{
	uint64_t bit = 8ull * field->fmt->offset;

	return field->fmt->order <= MDESC_ORDER_LE ? bit + field->fmt->shift : bit;
}

bool mdesc_field__conditional(const struct mdesc_field *field)
{
	return field->fmt->cond != MDESC_FMT_NONE32 || field->fmt->valid;
}

const struct mdesc_layout *mdesc_field__layout(const struct mdesc_field *field)
{
	return field->layout;
}

/* ---- conditions ---- */

static uint64_t tag_value(const struct mdesc_image *img, const struct mdesc_fmt_cond *cond, const uint8_t *meta)
{
	const struct mdesc_fmt_field *tag = img->fields[cond->field].fmt;

	return load_number(meta + tag->offset, tag->bytes, tag->order, tag->shift, tag->width);
}

static bool cond_holds(const struct mdesc_image *img, const struct mdesc_fmt_cond *cond,
		       const uint8_t *meta)
{
	uint64_t value;
	bool in = false;
	uint32_t i;

	if (cond->value && !value_known(img, cond->value - 1))
		return false;
	value = cond->value ? value_compute(img, cond->value - 1, meta) : tag_value(img, cond, meta);
	for (i = 0; i < cond->range_count && !in; i++) {
		const struct mdesc_fmt_range *range = &image_ranges(img)[cond->range_first + i];

		in = value >= range->lo && value <= range->hi;
	}
	return in != !!(cond->flags & MDESC_COND_NOT);
}

const struct mdesc_layout *cond_layout(const struct mdesc_image *img, uint32_t cond)
{
	const struct mdesc_fmt_cond *c = &image_conds(img)[cond];

	return c->value ? &img->layouts[image_value_table(img)[c->value - 1].layout] : img->fields[c->field].layout;
}

bool conds_hold(const struct mdesc_image *img, uint32_t i, const uint8_t *meta)
{
	while (i != MDESC_FMT_NONE32) {
		const struct mdesc_fmt_cond *cond = &image_conds(img)[i];

		if (!cond_holds(img, cond, meta))
			return false;
		i = cond->parent;
	}
	return true;
}

int mdesc_field__applies(const struct mdesc_field *field, const void *meta, size_t meta_size)
{
	if (meta_size < field->layout->fmt->size)
		return -EMSGSIZE;
	return conds_hold(image_of(field), field->fmt->cond, meta) &&
	       valid_holds(image_of(field), field->fmt->valid, meta);
}

static void put_tag_value(struct text *t, const struct mdesc_image *img, const struct mdesc_fmt_cond *cond,
			  uint64_t value)
{
	int enum_id = cond->value ? img->values[cond->value - 1].enum_id : img->fields[cond->field].enum_id;
	mdesc_fmt_str type = cond->value ? img->values[cond->value - 1].fmt->type : img->fields[cond->field].fmt->type;
	const char *name = enum_name(img, enum_id, value);

	if (name)
		text_enum(t, image_str(img, type), name);
	else
		text_add(t, "%llu", (unsigned long long)value);
}

static void put_cond(struct text *t, const struct mdesc_image *img, const struct mdesc_fmt_cond *cond)
{
	uint32_t i;

	if (cond->parent != MDESC_FMT_NONE32) {
		put_cond(t, img, &image_conds(img)[cond->parent]);
		text_add(t, " and ");
	}
	if (cond->value)
		put_expr(t, img, cond->value - 1);
	else
		text_add(t, "%s", mdesc_field__path(&img->fields[cond->field]));
	text_add(t, " %s ", cond->flags & MDESC_COND_NOT ? "!=" : "=");
	for (i = 0; i < cond->range_count; i++) {
		const struct mdesc_fmt_range *range = &image_ranges(img)[cond->range_first + i];

		if (i)
			text_add(t, ", ");
		put_tag_value(t, img, cond, range->lo);
		if (range->hi != range->lo) {
			text_add(t, "..");
			put_tag_value(t, img, cond, range->hi);
		}
	}
	if (cond->range_count == 0)
		text_add(t, "(nothing)");
}

/* The arms around, and what `valid` says of it and of what is around. */
static void put_when(struct text *t, const struct mdesc_image *img, uint32_t cond, uint32_t valid)
{
	bool more = cond != MDESC_FMT_NONE32;

	if (more)
		put_cond(t, img, &image_conds(img)[cond]);
	for (; valid; valid = img->values[valid - 1].fmt->valid) {
		text_add(t, more ? " and " : "");
		put_expr(t, img, valid - 1);
		more = true;
	}
}

int mdesc_field__cond_format(const struct mdesc_field *field, char *buf, size_t size)
{
	struct text t;

	text_start(&t, buf, size);
	put_when(&t, image_of(field), field->fmt->cond, field->fmt->valid);
	return text_end(&t);
}

int mdesc_value__cond_format(const struct mdesc_value *value, char *buf, size_t size)
{
	struct text t;

	text_start(&t, buf, size);
	put_when(&t, value->layout->img, value->fmt->cond, value->fmt->valid);
	return text_end(&t);
}

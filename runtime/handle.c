/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Field handles: takes a layout and a path, gives a handle of plain values.
 *
 * Every load that a handle holds lies within its layout, for each element that it
 * counts; that the caller's bytes are as many as the layout has is tested where it
 * is read (handle.h). What does not fit the simple form, a number of nine bytes or
 * an intricate condition, is left to field.c and computed.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

/* ---- loads ---- */

static bool has_sign(const struct mdesc_fmt_field *f)
{
	return f->kind == MDESC_FIELD_SINT || (f->flags & MDESC_FIELD_SIGNED);
}

/* How to load elements @first to the last of @f out of @size bytes; false: not in one load. */
static bool load_of(const struct mdesc_fmt_field *f, uint32_t first, uint32_t size, struct mdesc_load *load)
{
	uint64_t begin = f->offset + (uint64_t)first * f->stride;
	uint64_t last = f->offset + (uint64_t)(f->count - 1) * f->stride;
	bool big = f->order >= MDESC_ORDER_BE;
	unsigned int before, low;

	if (f->bytes > 8 || size < 8 || !f->width || f->width > 64)
		return false;
	/* The eight bytes begin with the element, or end with it, or just before the layout's end. */
	if (last + 8 <= size)
		before = 0;
	else if (begin + f->bytes >= 8)
		before = 8 - f->bytes;
	else if (first == f->count - 1u || f->count == 1)
		before = begin + 8 - size;
	else
		return false;
	low = (big ? 64 - 8 * (before + f->bytes) : 8 * before) + f->shift;
	if (low + f->width > 64)
		return false;
	*load = (struct mdesc_load){
		.at = begin - before, .left = 64 - low - f->width, .right = 64 - f->width,
		.swap = big, .sign = has_sign(f),
	};
	return true;
}

/* ---- conditions ---- */

static const uint64_t above = 1ull << 63;	/* in a test's set: 63 and all that is larger */

static bool add_test(struct mdesc_handle *h, const struct mdesc_load *load, uint64_t set)
{
	unsigned int i;

	for (i = 0; i < h->tests; i++) {
		if (memcmp(&h->test[i].load, load, sizeof(*load)) == 0) {
			h->test[i].set &= set;
			return true;
		}
	}
	if (h->tests == MDESC_HANDLE_TESTS)
		return false;
	h->test[h->tests++] = (struct mdesc_test){ *load, set };
	return true;
}

/* The numbers from @lo to @hi, as a test has them; false where it cannot say that. */
static bool add_range(uint64_t *set, uint64_t lo, uint64_t hi, uint64_t max)
{
	bool all = hi >= max;

	if (hi >= 63 && (lo > 63 || !all))
		return false;
	for (; lo <= hi && lo < 63; lo++)
		*set |= 1ull << lo;
	if (hi >= 63)
		*set |= above;
	return true;
}

static bool cond_test(struct mdesc_handle *h, const struct mdesc_image *img, const struct mdesc_fmt_cond *cond,
		      uint32_t size)
{
	const struct mdesc_fmt_field *tag;
	struct mdesc_load load;
	uint64_t set = 0;
	uint32_t i;

	if (cond->value)
		return false;
	tag = img->fields[cond->field].fmt;
	if (!load_of(tag, 0, size, &load))
		return false;
	load.sign = 0;	/* tags are compared as bits */
	for (i = 0; i < cond->range_count; i++) {
		const struct mdesc_fmt_range *range = &image_ranges(img)[cond->range_first + i];
		uint64_t max = tag->width < 64 ? (1ull << tag->width) - 1 : ~0ull;

		if (!add_range(&set, range->lo, range->hi, max))
			return false;
	}
	return add_test(h, &load, cond->flags & MDESC_COND_NOT ? ~set : set);
}

static bool conds_tests(struct mdesc_handle *h, const struct mdesc_image *img, uint32_t i, uint32_t size)
{
	for (; i != MDESC_FMT_NONE32; i = image_conds(img)[i].parent)
		if (!cond_test(h, img, &image_conds(img)[i], size))
			return false;
	return true;
}

/* `valid flag;` and `valid kind == 3;` where that stands under no condition of its own. */
static bool valid_test(struct mdesc_handle *h, const struct mdesc_image *img, uint32_t valid, uint32_t size)
{
	const struct mdesc_fmt_value *v;
	const struct mdesc_fmt_expr *x;
	const struct mdesc_fmt_field *f;
	struct mdesc_load load;
	uint64_t set = 0;

	if (!valid)
		return true;
	v = img->values[valid - 1].fmt;
	x = image_exprs(img) + v->expr_first;
	if (v->cond != MDESC_FMT_NONE32 || v->valid || v->kind != MDESC_FIELD_BOOL || x->op != MDESC_X_FIELD ||
	    (v->expr_count != 1 && v->expr_count != 3))
		return false;
	f = img->fields[x->index].fmt;
	if (f->cond != MDESC_FMT_NONE32 || f->valid || has_sign(f) || f->count != 1 || !load_of(f, 0, size, &load))
		return false;
	if (v->expr_count == 1)
		return add_test(h, &load, ~1ull);
	if (x[1].op != MDESC_X_CONST || x[1].imm >= 63 || (x[2].op != MDESC_X_EQ && x[2].op != MDESC_X_NE))
		return false;
	set = 1ull << x[1].imm;
	return add_test(h, &load, x[2].op == MDESC_X_EQ ? set : ~set);
}

static void set_tests(struct mdesc_handle *h, const struct mdesc_image *img, uint32_t cond, uint32_t valid)
{
	if (!conds_tests(h, img, cond, h->size) || !valid_test(h, img, valid, h->size))
		h->flags |= MDESC_HANDLE_DECIDE;
}

/* ---- handles ---- */

/* From element @first of @field on, @count of them. */
static void of_field(struct mdesc_handle *h, const struct mdesc_field *field, uint32_t first, uint32_t count)
{
	const struct mdesc_fmt_field *f = field->fmt;

	*h = (struct mdesc_handle){
		.size = field->layout->fmt->size, .count = count, .stride = f->stride,
		.offset = f->offset + first * f->stride, .bytes = f->bytes, .width = f->width,
		.kind = f->kind, .first = first, .field = field,
	};
	if (f->kind == MDESC_FIELD_MAC)
		h->flags |= MDESC_HANDLE_BYTES;
	else if (!load_of(f, first, h->size, &h->load))
		h->flags |= MDESC_HANDLE_SLOW;
	if (has_sign(f))
		h->flags |= MDESC_HANDLE_SIGNED;
	set_tests(h, field->layout->img, f->cond, f->valid);
}

/* The one piece that an alias is another name of, and its element; NULL: it is more than that. */
static const struct mdesc_field *alias_of(const struct mdesc_value *value, uint32_t *elem)
{
	const struct mdesc_image *img = value->layout->img;
	const struct mdesc_fmt_value *v = value->fmt;
	const struct mdesc_fmt_expr *x = image_exprs(img) + v->expr_first;
	const struct mdesc_field *field;

	if (v->role != MDESC_VALUE_ALIAS || v->expr_count != 2 || x->op != MDESC_X_FIELD)
		return NULL;
	field = &img->fields[x->index];
	if (field->fmt->width != v->width || field->fmt->kind == MDESC_FIELD_MAC ||
	    (v->kind == MDESC_FIELD_BOOL && v->width != 1))
		return NULL;
	*elem = (uint32_t)x->imm;
	return field;
}

static void of_value(struct mdesc_handle *h, const struct mdesc_value *value)
{
	bool sign = value->fmt->kind == MDESC_FIELD_SINT || (value->fmt->flags & MDESC_VALUE_SIGNED);
	const struct mdesc_field *field;
	uint32_t elem = 0;

	field = alias_of(value, &elem);
	if (field) {
		of_field(h, field, elem, 1);
		h->field = NULL;
		h->load.sign = sign;
		set_tests(h, value->layout->img, value->fmt->cond, value->fmt->valid);
	} else {
		*h = (struct mdesc_handle){
			.size = value->layout->fmt->size, .count = 1, .width = value->fmt->width,
			.flags = MDESC_HANDLE_SLOW | MDESC_HANDLE_DECIDE,
		};
	}
	h->flags = (h->flags & ~MDESC_HANDLE_SIGNED) | (sign ? MDESC_HANDLE_SIGNED : 0);
	h->kind = value->fmt->kind;
	h->value = value;
}

/* "path[7]" of an array that is one field: its element. */
static bool of_element(struct mdesc_handle *h, const struct mdesc_layout *layout, const char *path)
{
	const char *open = strrchr(path, '[');
	const struct mdesc_field *field;
	unsigned long idx;
	char *name, *end;

	if (!open || open[1] < '0' || open[1] > '9')
		return false;
	idx = strtoul(open + 1, &end, 10);
	if (strcmp(end, "]") != 0)
		return false;
	name = strndup(path, open - path);
	field = name ? mdesc_layout__field_by_name(layout, name) : NULL;
	free(name);
	if (!field || idx >= field->fmt->count || (field->fmt->count == 1 && field->fmt->kind != MDESC_FIELD_BYTES))
		return false;
	of_field(h, field, (uint32_t)idx, 1);
	return true;
}

int mdesc_layout__handle(const struct mdesc_layout *layout, const char *path, struct mdesc_handle *handle)
{
	const struct mdesc_field *field = mdesc_layout__field_by_name(layout, path);
	const struct mdesc_value *value = field ? NULL : mdesc_layout__value_by_name(layout, path);

	if (field)
		of_field(handle, field, 0, field->fmt->count);
	else if (value)
		of_value(handle, value);
	else if (!of_element(handle, layout, path)) {
		*handle = (struct mdesc_handle){ .flags = MDESC_HANDLE_NONE };
		return -ENOENT;
	}
	return 0;
}

/* ---- what is not inlined ---- */

bool mdesc_handle__decide(const struct mdesc_handle *h, const void *meta)
{
	if (h->value)
		return mdesc_value__applies(h->value, meta, h->size) == 1;
	return h->field && mdesc_field__applies(h->field, meta, h->size) == 1;
}

int mdesc_handle__get_slow(const struct mdesc_handle *h, const void *meta, uint32_t idx, uint64_t *value)
{
	int ret = mdesc_handle__applies(h, meta, h->size);

	if (ret <= 0)
		return ret;
	if (idx >= h->count)
		return -ERANGE;
	if (h->flags & MDESC_HANDLE_BYTES)
		return -EOPNOTSUPP;
	if (!(h->flags & MDESC_HANDLE_SLOW))
		*value = mdesc_load__number(&h->load, (const uint8_t *)meta + (size_t)idx * h->stride);
	else if (h->value)
		mdesc_value__read_u64(h->value, meta, h->size, value);
	else
		mdesc_field__read_u64(h->field, meta, h->size, h->first + idx, value);
	return 1;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What an image says about classifications. Afterwards every one's rows and
 * operations are there, its rows look at bits of its key only, and the rows of
 * all of them together are few enough to be compared for each packet. What the
 * operations are is checked with those of rows and rules.
 */
#include "image.h"

#define AT(type, member)	offsetof(struct mdesc_fmt_##type, member)
#define BAD(id, i, at, ...)	bad_entry(img, err, id, i, at, __VA_ARGS__)

static int check_row(const struct mdesc_image *img, struct mdesc_error *err, uint32_t i, uint32_t key_bits)
{
	const struct mdesc_fmt_class_row *row = &image_class_rows(img)[i];
	uint32_t k, inside;

	for (k = 0; k < MDESC_FMT_KEY_MAX; k++) {
		inside = 8 * k >= key_bits ? 0 : key_bits - 8 * k >= 8 ? 0xff : (1u << (key_bits - 8 * k)) - 1;
		if (row->value[k] & ~row->mask[k])
			return BAD(TABLE_CLASS_ROWS, i, AT(class_row, value) + k,
				   "row %u: key byte %u is 0x%02x outside of mask 0x%02x", i, k, row->value[k],
				   row->mask[k]);
		if (row->mask[k] & ~inside)
			return BAD(TABLE_CLASS_ROWS, i, AT(class_row, mask) + k,
				   "row %u looks at bits of key byte %u that a key of %u bits does not have", i, k,
				   key_bits);
	}
	return 0;
}

static int check_class(const struct mdesc_image *img, struct mdesc_error *err, uint32_t i, uint64_t *work)
{
	const struct mdesc_fmt_class *c = &image_classes(img)[i];
	uint32_t rows = image_count(img, TABLE_CLASS_ROWS), ops = image_count(img, TABLE_OPS), k;
	int ret = 0;

	if (c->key_bits < 1 || c->key_bits > 8 * MDESC_FMT_KEY_MAX)
		return BAD(TABLE_CLASSES, i, AT(class, key_bits), "classification %u: a key of %u bits", i,
			   c->key_bits);
	if (c->bits < 1 || c->bits > 64)
		return BAD(TABLE_CLASSES, i, AT(class, bits), "classification %u: a result of %u bits", i, c->bits);
	if (c->reserved)
		return BAD(TABLE_CLASSES, i, AT(class, reserved), "reserved bytes are not zero");
	if (c->row_first > rows || c->row_count > rows - c->row_first)
		return BAD(TABLE_CLASSES, i, AT(class, row_first), "classification %u: rows %u and %u more, of %u", i,
			   c->row_first, c->row_count, rows);
	if (c->op_first > ops || c->op_count > ops - c->op_first || c->op_count > IMAGE_MAX_ROW_OPS)
		return BAD(TABLE_CLASSES, i, AT(class, op_first), "classification %u: operations %u and %u more, of %u",
			   i, c->op_first, c->op_count, ops);
	*work += c->row_count + 1;
	if (*work > 2 * IMAGE_MAX_CLASS_ROWS)
		return BAD(TABLE_CLASSES, i, AT(class, row_count), "the classifications compare more than %u rows",
			   2 * IMAGE_MAX_CLASS_ROWS);
	for (k = c->row_first; k < c->row_first + c->row_count && !ret; k++)
		ret = check_row(img, err, k, c->key_bits);
	return ret;
}

int image_validate_classes(const struct mdesc_image *img, struct mdesc_error *err)
{
	uint64_t work = 0;
	uint32_t i;
	int ret = 0;

	for (i = 0; i < image_count(img, TABLE_CLASSES) && !ret; i++) {
		const struct mdesc_fmt_class *c = &image_classes(img)[i];

		ret = check_name(img, err, TABLE_CLASSES, i, AT(class, name), c->name, "");
		if (!ret && c->type)
			ret = check_name(img, err, TABLE_CLASSES, i, AT(class, type), c->type, "");
		if (!ret && !image_cannot_run(img))
			ret = check_class(img, err, i, &work);
	}
	return ret;
}

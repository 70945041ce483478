/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What an image says about its parser's registers and classifications. Takes an
 * open image; strings belong to it.
 */
#include <errno.h>

#include "image.h"

int mdesc_image__register(const struct mdesc_image *img, size_t idx, struct mdesc_register_info *info)
{
	struct mdesc_register_info filled = { .sz = sizeof(filled) };
	const struct mdesc_fmt_register *r;

	if (idx >= image_count(img, TABLE_REGISTERS))
		return -ENOENT;
	r = &image_registers(img)[idx];
	filled.name = image_str(img, r->name);
	filled.type = image_str(img, r->type);
	filled.kind = r->kind;
	filled.bits = r->bits;
	return info_copy(info, &filled, sizeof(filled));
}

int mdesc_image__class(const struct mdesc_image *img, size_t idx, struct mdesc_class_info *info)
{
	struct mdesc_class_info filled = { .sz = sizeof(filled) };
	const struct mdesc_fmt_class *c;

	if (idx >= image_count(img, TABLE_CLASSES))
		return -ENOENT;
	c = &image_classes(img)[idx];
	filled.name = image_str(img, c->name);
	filled.type = image_str(img, c->type);
	filled.bits = c->bits;
	filled.key_bits = c->key_bits;
	filled.rows = c->row_count;
	return info_copy(info, &filled, sizeof(filled));
}

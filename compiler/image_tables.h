/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The sections of raw tables; emit_image.c keeps the strings and the list of sections. */
#ifndef MDESCC_IMAGE_TABLES_H
#define MDESCC_IMAGE_TABLES_H

#include <stdint.h>

struct mdc_ctx;
struct mdc_model;

struct image_tables {
	void *image;
	uint32_t (*str)(void *image, const char *s);	/* NULL: 0 */
	void *(*table)(void *image, const char *name, uint32_t count, uint32_t entry_size);	/* the first entry */
};

/* Nothing where the description has no table. */
void image_tables_add(const struct image_tables *to, struct mdc_ctx *ctx, const struct mdc_model *m);

#endif

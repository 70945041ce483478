/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The image's tables of computed values, for emit_image.c. */
#ifndef MDESCC_IMAGE_VALUES_H
#define MDESCC_IMAGE_VALUES_H

#include <mdesc/format.h>

#include "model.h"

/* Where the tables of the layout at hand begin, and the next free step. */
struct image_value_places { uint32_t layout, field, cond, value, expr; };

uint32_t image_value_count(const struct mdc_model *m);
uint32_t image_expr_count(const struct mdc_model *m);
/* Everything but the strings. Returns how many steps it wrote. */
uint32_t image_put_value(const struct mdc_value *v, const struct image_value_places *at, struct mdesc_fmt_value *to,
			 struct mdesc_fmt_expr *exprs);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Text into a caller's buffer as snprintf() does it: what does not fit is
 * counted and left out, the terminator always fits.
 */
#ifndef MDESC_RUNTIME_TEXT_H
#define MDESC_RUNTIME_TEXT_H

#include <stddef.h>

#include "names.h"

struct text {
	char *buf;
	size_t size;
	size_t len;		/* of all that was added, may pass @size */
};

void text_start(struct text *t, char *buf, size_t size);
void text_add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* An enumerator as it reads in a description: without the enum's name, in lower case. */
void text_enum(struct text *t, const char *type, const char *name);
int text_end(const struct text *t);

struct mdesc_image;
/* exprtext.c: what value @idx is computed from. */
void put_expr(struct text *t, const struct mdesc_image *img, uint32_t idx);

#endif /* MDESC_RUNTIME_TEXT_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * One output: collected in memory, staged in a temporary file beside its place,
 * and put there by a rename once all outputs are whole.
 */
#ifndef MDESCC_OUT_H
#define MDESCC_OUT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct out {
	char *data;
	size_t size, cap;
	bool mapped;
};

void out_init(struct out *o);
void out_free(struct out *o);
void out_printf(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_reserve(struct out *o, size_t size);	/* so much is going to be written */
void out_write(struct out *o, const void *data, size_t size);
void out_decimal(struct out *o, uint64_t value);

/* Inline, so that a literal's length is known; out_printf() is many times dearer. */
static inline void out_puts(struct out *o, const char *s)
{
	out_write(o, s, strlen(s));
}

/* An output on its way to @path ("-": standard output). */
struct out_staged {
	const struct out *out;
	char *path;		/* where it goes, symbolic links followed */
	char *temp;		/* NULL: written in place by out_publish() */
	char *folder;		/* that was made for it; or NULL */
};

/* Each returns 0 or -errno, and leaves nothing behind when it fails. */
int out_stage(struct out_staged *s, const struct out *o, const char *path, bool make_folder);
int out_publish(struct out_staged *s);	/* and frees */
void out_drop(struct out_staged *s);	/* frees and removes the temporary file */

#endif

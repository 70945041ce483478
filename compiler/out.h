/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * One output: collected in memory, and written only when it is whole (temporary
 * file in the same directory, fsync-free, rename), or to standard output.
 */
#ifndef MDESCC_OUT_H
#define MDESCC_OUT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct out {
	char *data;
	size_t size, cap;
};

void out_init(struct out *o);
void out_free(struct out *o);
void out_printf(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_puts(struct out *o, const char *s);
void out_write(struct out *o, const void *data, size_t size);
/* 0, or -errno. @path "-": standard output. */
int out_commit(const struct out *o, const char *path);

#endif

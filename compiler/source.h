/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The texts being compiled: buffers with a map of their lines. */
#ifndef MDESCC_SOURCE_H
#define MDESCC_SOURCE_H

#include <sys/stat.h>
#include <sys/types.h>

#include "mdescc.h"

struct source {
	const char *name;	/* as diagnostics show it */
	const char *path;	/* as it was opened */
	const char *text;	/* @size bytes and two NULs */
	uint32_t size;
	struct loc from;	/* the include that named it; src == UINT32_MAX: none */
	dev_t dev;		/* which file it is */
	ino_t ino;
};

struct sources;

struct sources *sources_new(struct arena *a);
/* Reads a whole file that nothing includes ("-": standard input). NULL with errno; at most 64 MiB. */
const struct source *source_read(struct sources *s, const char *path, uint32_t *idx);
/* The same in two steps: a descriptor, or -1 with errno; a directory is none. Taking its text closes it. */
int source_open(const char *path, struct stat *st);
const struct source *source_take(struct sources *s, int fd, const struct stat *st, const char *path,
				 struct loc from, uint32_t *idx);
const struct source *source_get(const struct sources *s, uint32_t idx);
/* Was this file read? */
bool sources_have(const struct sources *s, dev_t dev, ino_t ino);

struct linecol {
	uint32_t line;		/* from 1 */
	uint32_t col;		/* from 1, in characters (UTF-8), a tab counts one */
	uint32_t line_start;	/* byte offset */
	uint32_t line_end;	/* byte offset of the newline or the end */
};
struct linecol source_linecol(const struct sources *s, uint32_t src, uint32_t off);

#endif

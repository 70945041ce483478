/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The cache of the debuginfod client; see debuginfod_cache.c. A section "" is the
 * whole file.
 */
#ifndef MDESC_DEBUGINFOD_CACHE_H
#define MDESC_DEBUGINFOD_CACHE_H

#include "image.h"
#include "names.h"

/* Where it would be. False: the path is too long. */
bool cache_path(char *path, size_t size, const char *hex, const char *section);
/* *@data is to be freed in any case. -ENOENT: not there, or an empty file, which stands for a miss. */
int cache_read(const char *hex, const char *section, uint8_t **data, size_t *size);
int cache_read_fd(int fd, uint8_t **data, size_t *size);
/* A miss is remembered, at this path. */
bool cache_is_miss(const char *hex, const char *section, char *path, size_t size);
void cache_remove(const char *hex, const char *section);

#endif /* MDESC_DEBUGINFOD_CACHE_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Getting files by build id, for the library's own files: from the cache of the
 * debuginfod client, or else from the servers in $DEBUGINFOD_URLS. Nothing that
 * comes from here was checked.
 */
#ifndef MDESC_DEBUGINFOD_H
#define MDESC_DEBUGINFOD_H

#include <time.h>

#include "image.h"
#include "names.h"

/* One call of the library, which may get several files. */
struct getting {
	const char *hex;			/* the build id */
	const struct mdesc_fetch_opts *opts;
	unsigned int timeout_ms;
	struct timespec begin;			/* of the call: what its time runs from */
};

/* The whole file, or one section of it. */
struct got {
	uint8_t *data;			/* to be freed */
	size_t size;
	bool cached;			/* no server was asked */
};

#define WHOLE_FILE ""

void getting_begin(struct getting *g, const char *hex, const struct mdesc_fetch_opts *opts);
/*
 * Get @section, or WHOLE_FILE; with @use_cache, from the cache if it is there. 0, or -ENOENT (no
 * server has it), -ETIMEDOUT, -ECANCELED, -EDESTADDRREQ (no server is named) and so on.
 */
int getting_file(const struct getting *g, const char *section, bool use_cache, struct got *file,
		 struct mdesc_error *err);
/* Take all that we use of this build id out of the cache: it is not what it should be. */
void getting_evict(const struct getting *g);

#endif /* MDESC_DEBUGINFOD_H */

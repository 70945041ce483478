/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The cache of the debuginfod client: where it is, what it holds of a build id,
 * and taking that away.
 *
 * Looking there by ourselves makes a hit cost a file's reading instead of loading
 * the client with all its libraries, and needs no server to be named. Nothing
 * rests on the cache's form: what is not found is asked of the client, which looks
 * again, and what is found is checked like all that is fetched.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debuginfod_cache.h"

/* As the client goes about it, but nothing is created. */
static int cache_dir(char *path, size_t size)
{
	const char *own = secure_getenv("DEBUGINFOD_CACHE_PATH"), *xdg = secure_getenv("XDG_CACHE_HOME");
	const char *home = secure_getenv("HOME");
	struct stat st;
	int n;

	if (own && *own)
		return snprintf(path, size, "%s", own);
	n = snprintf(path, size, "%s/.debuginfod_client_cache", home ? home : "/");
	if (stat(path, &st) == 0)
		return n;
	if (xdg && *xdg)
		return snprintf(path, size, "%s/debuginfod_client", xdg);
	return snprintf(path, size, "%s/.cache/debuginfod_client", home ? home : "/");
}

bool cache_path(char *path, size_t size, const char *hex, const char *section)
{
	int n = cache_dir(path, size), more;

	if (n < 0 || (size_t)n >= size)
		return false;
	more = snprintf(path + n, size - n, "/%s/%s%s", hex, *section ? "section-" : "executable", section);
	return more > 0 && (size_t)more < size - n;
}

int cache_read_fd(int fd, uint8_t **data, size_t *size)
{
	struct stat st;
	size_t have = 0;
	ssize_t n;

	*data = NULL;
	*size = 0;
	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return -ENOENT;
	if (st.st_size > (off_t)IMAGE_MAX_BYTES)
		return -EFBIG;
	*data = malloc(st.st_size);
	if (!*data)
		return -ENOMEM;
	while (have < (size_t)st.st_size) {
		n = pread(fd, *data + have, st.st_size - have, have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += n;
	}
	*size = have;
	return 0;
}

int cache_read(const char *hex, const char *section, uint8_t **data, size_t *size)
{
	char path[4096];
	int fd, ret;

	*data = NULL;
	if (!cache_path(path, sizeof(path), hex, section))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	ret = cache_read_fd(fd, data, size);
	close(fd);
	return ret;
}

bool cache_is_miss(const char *hex, const char *section, char *path, size_t size)
{
	struct stat st;

	return cache_path(path, size, hex, section) && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_size == 0;
}

void cache_remove(const char *hex, const char *section)
{
	char path[4096];

	if (cache_path(path, sizeof(path), hex, section))
		unlink(path);
}

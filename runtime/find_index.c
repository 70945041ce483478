/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The index of a directory: takes its path, gives every file's identity. Files
 * whose times, number and size are as the cache has them are not read again; any
 * other is. What changed within the last two seconds may change once more without
 * its times changing (file systems have coarse clocks), so it is read every time.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "find.h"

#define UNSURE_NS	2000000000ll

int64_t find_ns(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool find_unsure(int64_t ctime_ns)
{
	struct timespec now;

	return clock_gettime(CLOCK_REALTIME, &now) || ctime_ns > find_ns(now) - UNSURE_NS;
}

void find_file_stat(struct find_file *file, const struct stat *st)
{
	file->dev = st->st_dev;
	file->ino = st->st_ino;
	file->size = st->st_size;
	file->mtime = find_ns(st->st_mtim);
	file->ctime = find_ns(st->st_ctim);
	file->unsure = find_unsure(file->ctime);
}

/* ---- what an index is made of ---- */

/* Room for one more of @size bytes. */
static bool grow(void *array, uint32_t count, uint32_t *cap, size_t size)
{
	uint32_t more;
	void *p;

	if (count < *cap)
		return true;
	more = *cap ? 2 * *cap : 64;
	if (more > UINT32_MAX / size)
		return false;
	p = realloc(*(void **)array, more * size);
	if (!p)
		return false;
	*(void **)array = p;
	*cap = more;
	return true;
}

static uint32_t hash_of(const char *text)
{
	uint32_t h = 2166136261u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

/* Twice the buckets, when half of them are in use. */
static bool rehash(struct find_index *ix)
{
	uint32_t count = ix->bucket_count ? 2 * ix->bucket_count : 256, i, at;
	uint32_t *buckets;

	if (ix->bucket_count && ix->string_count < ix->bucket_count / 2)
		return true;
	buckets = calloc(count, sizeof(*buckets));
	if (!buckets)
		return false;
	for (i = 0; i < ix->bucket_count; i++) {
		if (!ix->buckets[i])
			continue;
		at = hash_of(find_str(ix, ix->buckets[i])) & (count - 1);
		while (buckets[at])
			at = (at + 1) & (count - 1);
		buckets[at] = ix->buckets[i];
	}
	free(ix->buckets);
	ix->buckets = buckets;
	ix->bucket_count = count;
	return true;
}

uint32_t find_index_str(struct find_index *ix, const char *text)
{
	size_t n = strlen(text) + 1;
	uint32_t at, off = ix->strs_size;

	if (n == 1)
		return 0;
	if (!rehash(ix))
		return UINT32_MAX;
	at = hash_of(text) & (ix->bucket_count - 1);
	for (; ix->buckets[at]; at = (at + 1) & (ix->bucket_count - 1))
		if (!strcmp(find_str(ix, ix->buckets[at]), text))
			return ix->buckets[at];
	while (ix->strs_cap - ix->strs_size < n) {
		uint32_t cap = ix->strs_cap ? 2 * ix->strs_cap : 4096;
		char *p = cap < 1u << 30 ? realloc(ix->strs, cap) : NULL;

		if (!p)
			return UINT32_MAX;
		ix->strs = p;
		ix->strs_cap = cap;
	}
	memcpy(ix->strs + off, text, n);
	ix->strs_size += n;
	ix->buckets[at] = off;
	ix->string_count++;
	return off;
}

struct find_file_term *find_index_term(struct find_index *ix)
{
	if (!grow(&ix->terms, ix->term_count, &ix->term_cap, sizeof(*ix->terms)))
		return NULL;
	return &ix->terms[ix->term_count++];
}

static int index_start(struct find_index *ix)
{
	ix->strs = calloc(1, 4096);
	if (!ix->strs)
		return -ENOMEM;
	ix->strs_cap = 4096;
	ix->strs_size = 1;
	return 0;
}

void find_index_free(struct find_index *ix)
{
	if (ix->blob) {
		free(ix->blob);
	} else {
		free(ix->files);
		free(ix->terms);
		free(ix->strs);
	}
	free(ix->buckets);
	free(ix->dir);
	*ix = (struct find_index){ .dir = NULL };
}

/* ---- from the cache as far as it is true ---- */

/* Nothing was added, removed or changed: the index as it is. */
static bool all_same(const struct find_index *ix, int fd, const struct stat *dir)
{
	if (ix->dir_ino != dir->st_ino || ix->dir_dev != dir->st_dev || ix->dir_unsure ||
	    ix->dir_mtime != find_ns(dir->st_mtim) || ix->dir_ctime != find_ns(dir->st_ctim))
		return false;
	return find_all_same(ix, fd);
}

static const struct find_file *known_file(const struct find_index *old, const char *name)
{
	uint32_t lo = 0, hi = old->file_count;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int cmp = strcmp(name, find_str(old, old->files[mid].name));

		if (!cmp)
			return &old->files[mid];
		if (cmp < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static int copy_str(struct find_index *ix, const struct find_index *old, uint32_t *off)
{
	*off = find_index_str(ix, find_str(old, *off));
	return *off == UINT32_MAX ? -ENOMEM : 0;
}

/* What is known of a file that did not change; its name is in @ix already. */
static int copy_file(struct find_index *ix, const struct find_index *old, const struct find_file *from,
		     struct find_file *to)
{
	uint32_t name = to->name, i;
	int ret;

	*to = *from;
	to->name = name;
	to->term_first = ix->term_count;
	ret = copy_str(ix, old, &to->driver);
	if (!ret)
		ret = copy_str(ix, old, &to->firmware);
	if (!ret)
		ret = copy_str(ix, old, &to->why);
	for (i = 0; i < from->term_count && !ret; i++) {
		struct find_file_term *term = find_index_term(ix);

		if (!term)
			return -ENOMEM;
		*term = old->terms[from->term_first + i];
		ret = copy_str(ix, old, &term->key);
		if (!ret)
			ret = copy_str(ix, old, &term->glob);
	}
	ix->from_cache++;
	return ret;
}

/* ---- the directory itself ---- */

static int add_file(struct find_index *ix, const struct find_index *old, int fd, const char *name)
{
	const struct find_file *known;
	struct find_file file = { .state = FIND_NO_IMAGE };
	struct stat st;
	int ret;

	/* What is hidden is somebody's work in progress. Directories are not gone into. */
	if (*name == '.' || fstatat(fd, name, &st, 0) || !S_ISREG(st.st_mode))
		return 0;
	if (ix->file_count >= FIND_FILES_MAX)
		return -EFBIG;
	file.name = find_index_str(ix, name);
	if (file.name == UINT32_MAX || !grow(&ix->files, ix->file_count, &ix->file_cap, sizeof(file)))
		return -ENOMEM;
	known = known_file(old, name);
	if (known && find_same_stat(known, &st)) {
		ret = copy_file(ix, old, known, &file);
	} else {
		find_file_stat(&file, &st);
		ret = find_ident_read(ix, &file, fd, name);
	}
	ix->files[ix->file_count++] = file;
	return ret;
}

static int by_name(const void *a, const void *b, void *arg)
{
	return strcmp(find_str(arg, ((const struct find_file *)a)->name),
		      find_str(arg, ((const struct find_file *)b)->name));
}

static int list(struct find_index *ix, const struct find_index *old, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0), ret = 0;
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *e;

	if (!d) {
		ret = -errno;
		if (copy >= 0)
			close(copy);
		return ret;
	}
	while (!ret) {
		errno = 0;
		e = readdir(d);
		if (!e) {
			ret = -errno;
			break;
		}
		ret = add_file(ix, old, fd, e->d_name);
	}
	closedir(d);
	if (!ret && ix->file_count)
		qsort_r(ix->files, ix->file_count, sizeof(*ix->files), by_name, ix);
	return ret;
}

static int make(struct find_index *ix, const struct find_index *old, int fd, const struct stat *dir)
{
	int ret = index_start(ix);

	/* As it was before it was listed: what comes in between is seen next time. */
	ix->dir_dev = dir->st_dev;
	ix->dir_ino = dir->st_ino;
	ix->dir_mtime = find_ns(dir->st_mtim);
	ix->dir_ctime = find_ns(dir->st_ctim);
	ix->dir_unsure = find_unsure(ix->dir_ctime);
	ix->changed = true;
	return ret ? ret : list(ix, old, fd);
}

static int read_dir(struct find_index *ix, int fd, const char *cache_dir)
{
	struct find_index old = { .dir = NULL };
	struct stat st;
	int ret;

	if (fstat(fd, &st))
		return -errno;
	old.dir = ix->dir;
	if (cache_dir && find_cache_load(&old, cache_dir) && all_same(&old, fd, &st)) {
		*ix = old;
		ix->from_cache = ix->file_count;
		return 0;
	}
	ret = make(ix, &old, fd, &st);
	ix->cache_note = old.cache_note;
	old.dir = NULL;
	find_index_free(&old);
	if (!ret && cache_dir)
		find_cache_store(ix, cache_dir);
	return ret;
}

int find_index_read(struct find_index *ix, const char *dir, const char *cache_dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	memset(ix, 0, sizeof(*ix));
	if (fd < 0)
		return -errno;
	/* Two ways to the same directory are one index. */
	ix->dir = realpath(dir, NULL);
	if (!ix->dir)
		ix->dir = strdup(dir);
	ret = ix->dir ? read_dir(ix, fd, cache_dir) : -ENOMEM;
	close(fd);
	if (ret)
		find_index_free(ix);
	return ret;
}

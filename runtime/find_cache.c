/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Indexes on disk: one file a directory, in a folder of the user's own. Takes an
 * index and writes it whole or not at all; gives it back only if the file is the
 * user's, nobody else could write to it, and every offset and count in it is
 * right. A cache that cannot be read or written costs time and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "find.h"

#define CACHE_MAGIC	"mdescidx"
#define CACHE_VERSION	1u
#define CACHE_MAX	(1u << 30)

/* Behind it: files, terms, strings. */
struct cache_head {
	char magic[8];
	uint32_t version;
	uint32_t file_count;
	uint32_t term_count;
	uint32_t strs_size;
	uint32_t dir;			/* in the strings: its path */
	uint32_t dir_unsure;
	uint64_t dir_dev, dir_ino;
	int64_t dir_mtime, dir_ctime;
	uint64_t hash;			/* of this with 0 here, and all behind it */
};

_Static_assert(sizeof(struct cache_head) % 8 == 0 && sizeof(struct find_file) % 8 == 0, "alignment");

uint64_t find_cache_hash(uint64_t h, const void *data, size_t size)
{
	const uint8_t *p = data;
	uint64_t v;

	for (; size >= sizeof(v); p += sizeof(v), size -= sizeof(v)) {
		memcpy(&v, p, sizeof(v));
		h = (h ^ v) * 0x9e3779b97f4a7c15ull;
		h ^= h >> 32;
	}
	for (; size; p++, size--)
		h = (h ^ *p) * 0x100000001b3ull;
	return h;
}

static void cache_name(const char *dir, char *buf, size_t size)
{
	snprintf(buf, size, "find-%016llx.idx", (unsigned long long)find_cache_hash(1, dir, strlen(dir)));
}

/* ---- the folder ---- */

char *find_cache_place(void)
{
	const char *base = secure_getenv("XDG_CACHE_HOME"), *tail = "/mdesc";
	char *place;

	if (!base || *base != '/') {
		if (geteuid() == 0)
			return strdup("/var/cache/mdesc");
		base = secure_getenv("HOME");
		tail = "/.cache/mdesc";
	}
	if (!base || *base != '/')
		return NULL;
	place = malloc(strlen(base) + strlen(tail) + 1);
	if (place)
		strcat(strcpy(place, base), tail);
	return place;
}

static bool only_ours(const struct stat *st)
{
	return st->st_uid == geteuid() && !(st->st_mode & 022);
}

/* Makes the last two folders of the path, where they are missing. */
static void make_folder(const char *path)
{
	char *copy = strdup(path), *slash;

	if (!copy)
		return;
	if (mkdir(copy, 0700) && errno == ENOENT) {
		slash = strrchr(copy, '/');
		if (slash && slash != copy) {
			*slash = 0;
			mkdir(copy, 0700);
			*slash = '/';
			mkdir(copy, 0700);
		}
	}
	free(copy);
}

static int open_folder(const char *path, bool make, const char **note)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT && make) {
		make_folder(path);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (fd < 0) {
		*note = errno == ENOENT && !make ? "there is none yet" : strerror(errno);
		return -1;
	}
	if (fstat(fd, &st) || !only_ours(&st)) {
		close(fd);
		*note = "its folder belongs to somebody else, or others can write to it";
		return -1;
	}
	return fd;
}

/* ---- reading ---- */

static void *read_blob(int fd, size_t *size, const char **note)
{
	struct stat st;
	size_t have = 0;
	char *blob;
	ssize_t n;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !only_ours(&st)) {
		*note = "it belongs to somebody else, or others can write to it";
		return NULL;
	}
	if (st.st_size < (off_t)sizeof(struct cache_head) || st.st_size > (off_t)CACHE_MAX) {
		*note = "it is damaged";
		return NULL;
	}
	blob = malloc(st.st_size);
	while (blob && have < (size_t)st.st_size) {
		n = read(fd, blob + have, st.st_size - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			free(blob);
			blob = NULL;
		} else {
			have += n;
		}
	}
	*size = st.st_size;
	if (!blob)
		*note = "it cannot be read";
	return blob;
}

static bool frame_good(const struct cache_head *h, size_t size)
{
	uint64_t want = sizeof(*h) + (uint64_t)h->file_count * sizeof(struct find_file) +
			(uint64_t)h->term_count * sizeof(struct find_file_term) + h->strs_size;
	struct cache_head copy = *h;

	if (memcmp(h->magic, CACHE_MAGIC, sizeof(h->magic)) || h->version != CACHE_VERSION || want != size ||
	    h->strs_size == 0)
		return false;
	copy.hash = 0;
	return find_cache_hash(find_cache_hash(0, &copy, sizeof(copy)), h + 1, size - sizeof(*h)) == h->hash;
}

static bool file_good(const struct find_index *ix, uint32_t i)
{
	const struct find_file *f = &ix->files[i];
	uint32_t n = ix->strs_size;
	const char *name;

	if (f->name >= n || f->driver >= n || f->firmware >= n || f->why >= n || f->state >= FIND_STATES ||
	    f->term_first > ix->term_count || f->term_count > ix->term_count - f->term_first)
		return false;
	name = find_str(ix, f->name);
	return *name && *name != '.' && !strchr(name, '/') &&
	       (i == 0 || strcmp(find_str(ix, ix->files[i - 1].name), name) < 0);
}

/* After this every offset is right, names are plain and sorted, and all strings end. */
static bool content_good(const struct find_index *ix, uint32_t dir)
{
	uint32_t i;

	if (ix->strs[0] || ix->strs[ix->strs_size - 1] || dir >= ix->strs_size ||
	    strcmp(find_str(ix, dir), ix->dir))
		return false;
	for (i = 0; i < ix->term_count; i++)
		if (ix->terms[i].key >= ix->strs_size || ix->terms[i].glob >= ix->strs_size ||
		    ix->terms[i].where > FIND_DEFAULT)
			return false;
	for (i = 0; i < ix->file_count; i++)
		if (!file_good(ix, i))
			return false;
	return true;
}

static bool take_blob(struct find_index *ix, void *blob, size_t size)
{
	const struct cache_head *h = blob;

	if (!frame_good(h, size))
		return false;
	ix->file_count = h->file_count;
	ix->term_count = h->term_count;
	ix->strs_size = h->strs_size;
	ix->files = (void *)(h + 1);
	ix->terms = (void *)(ix->files + h->file_count);
	ix->strs = (void *)(ix->terms + h->term_count);
	ix->dir_dev = h->dir_dev;
	ix->dir_ino = h->dir_ino;
	ix->dir_mtime = h->dir_mtime;
	ix->dir_ctime = h->dir_ctime;
	ix->dir_unsure = h->dir_unsure;
	return content_good(ix, h->dir);
}

bool find_cache_load(struct find_index *ix, const char *cache_dir)
{
	char *dir = ix->dir, name[64];
	const char *note = NULL;
	void *blob = NULL;
	size_t size;
	int folder, fd = -1;

	cache_name(dir, name, sizeof(name));
	folder = open_folder(cache_dir, false, &note);
	if (folder >= 0) {
		fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd < 0)
			note = errno == ENOENT ? "there is none yet" : strerror(errno);
		close(folder);
	}
	if (fd >= 0) {
		blob = read_blob(fd, &size, &note);
		close(fd);
	}
	if (blob && !take_blob(ix, blob, size)) {
		free(blob);
		blob = NULL;
		note = "it is damaged, or of another version";
	}
	if (!blob)
		*ix = (struct find_index){ .dir = dir };
	ix->blob = blob;
	ix->cache_note = note;
	return blob;
}

/* ---- writing ---- */

static bool put(int fd, const void *data, size_t size)
{
	const char *p = data;
	ssize_t n;

	while (size) {
		n = write(fd, p, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		size -= n;
	}
	return true;
}

static bool fill_head(struct find_index *ix, struct cache_head *h)
{
	memset(h, 0, sizeof(*h));
	memcpy(h->magic, CACHE_MAGIC, sizeof(h->magic));
	h->version = CACHE_VERSION;
	h->dir = find_index_str(ix, ix->dir);
	h->file_count = ix->file_count;
	h->term_count = ix->term_count;
	h->strs_size = ix->strs_size;
	h->dir_unsure = ix->dir_unsure;
	h->dir_dev = ix->dir_dev;
	h->dir_ino = ix->dir_ino;
	h->dir_mtime = ix->dir_mtime;
	h->dir_ctime = ix->dir_ctime;
	return h->dir != UINT32_MAX;
}

/* One run of bytes, as it is read: the hash goes over it eight at a time. */
static void *make_blob(struct find_index *ix, size_t *size)
{
	size_t files = (size_t)ix->file_count * sizeof(*ix->files);
	size_t terms = (size_t)ix->term_count * sizeof(*ix->terms);
	struct cache_head head;
	char *blob, *p;

	if (!fill_head(ix, &head))
		return NULL;
	*size = sizeof(head) + files + terms + ix->strs_size;
	blob = *size <= CACHE_MAX ? malloc(*size) : NULL;
	if (!blob)
		return NULL;
	p = blob + sizeof(head);
	if (files)
		memcpy(p, ix->files, files);
	if (terms)
		memcpy(p + files, ix->terms, terms);
	memcpy(p + files + terms, ix->strs, ix->strs_size);
	head.hash = find_cache_hash(find_cache_hash(0, &head, sizeof(head)), p, *size - sizeof(head));
	memcpy(blob, &head, sizeof(head));
	return blob;
}

/* Whole or not at all; who writes at the same time writes the same. */
static bool write_blob(int folder, const char *name, const void *blob, size_t size)
{
	char tmp[128];
	int fd, i;
	bool ok;

	for (i = 0, fd = -1; i < 100 && fd < 0; i++) {
		snprintf(tmp, sizeof(tmp), ".%s.%ld.%d", name, (long)getpid(), i);
		fd = openat(folder, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 && errno != EEXIST)
			return false;
	}
	if (fd < 0)
		return false;
	ok = put(fd, blob, size);
	ok = !close(fd) && ok;
	ok = ok && !renameat(folder, tmp, folder, name);
	if (!ok) {
		int code = errno;

		unlinkat(folder, tmp, 0);
		errno = code;
	}
	return ok;
}

void find_cache_store(struct find_index *ix, const char *cache_dir)
{
	const char *note = "it could not be written";
	char name[64];
	void *blob;
	size_t size;
	int folder;

	cache_name(ix->dir, name, sizeof(name));
	folder = open_folder(cache_dir, true, &note);
	if (folder < 0) {
		ix->cache_note = note;
		return;
	}
	blob = make_blob(ix, &size);
	if (!blob || !write_blob(folder, name, blob, size))
		ix->cache_note = note;
	free(blob);
	close(folder);
}

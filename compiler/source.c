/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes paths, gives their text with a map of its lines. Texts end in two NULs,
 * so that the scanner can run on them in place, and stay as they are until the
 * arena goes.
 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "arena.h"

#define SOURCE_MAX	(64u << 20)

struct lines {
	uint32_t *start;	/* of each line; made when it is first asked for */
	uint32_t n;
};

struct sources {
	struct arena *arena;
	VEC(struct source *) list;
	VEC(struct lines) lines;
};

struct sources *sources_new(struct arena *a)
{
	struct sources *s = arena_new_of(a, struct sources);

	s->arena = a;
	return s;
}

/* Up to @size bytes; fewer only at the end: of a regular file, where all @whole bytes are read. -1: errno says why. */
static ssize_t read_some(int fd, char *to, size_t size, size_t whole)
{
	size_t n = 0;
	ssize_t got;

	while (n < size) {
		got = read(fd, to + n, size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		n += (size_t)got;
		if (!got || (n == whole && n < size))
			break;
	}
	return (ssize_t)n;
}

/* What is no regular file says its size at its end only. */
static char *read_all(struct sources *s, int fd, const struct stat *st, uint32_t *size)
{
	size_t cap = 64 * 1024, whole = 0, n = 0;
	char *text, *more;
	ssize_t got;

	if (S_ISREG(st->st_mode) && st->st_size > 0 && st->st_size <= SOURCE_MAX)
		cap = (whole = (size_t)st->st_size) + 1;
	text = arena_alloc(s->arena, cap + 2);
	for (;;) {
		got = read_some(fd, text + n, cap - n, whole);
		if (got < 0)
			return NULL;
		n += (size_t)got;
		if (n > SOURCE_MAX) {
			errno = EFBIG;
			return NULL;
		}
		if (n < cap)
			break;
		more = arena_alloc(s->arena, (cap *= 2) + 2);
		memcpy(more, text, n);
		text = more;
	}
	*size = (uint32_t)n;
	return text;	/* the two NULs are there: arenas are zeroed */
}

static int stat_open(int fd, struct stat *st)
{
	if (fstat(fd, st) < 0)
		return -1;
	if (!S_ISDIR(st->st_mode))
		return fd;
	errno = EISDIR;
	return -1;
}

static void close_quietly(int fd)
{
	int err = errno;

	close(fd);
	errno = err;
}

int source_open(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || stat_open(fd, st) >= 0)
		return fd;
	close_quietly(fd);
	return -1;
}

static const struct source *add(struct sources *s, int fd, const struct stat *st, const char *path, const char *name,
				struct loc from, uint32_t *idx)
{
	uint32_t size = 0;
	const char *text = read_all(s, fd, st, &size);
	struct source *src;

	if (!text)
		return NULL;
	src = arena_new_of(s->arena, struct source);
	*src = (struct source){
		.name = arena_strndup(s->arena, name, strlen(name)),
		.path = arena_strndup(s->arena, path, strlen(path)),
		.text = text, .size = size, .from = from, .dev = st->st_dev, .ino = st->st_ino,
	};
	*idx = (uint32_t)s->list.n;
	*vec_push(s->arena, &s->list) = src;
	*vec_push(s->arena, &s->lines) = (struct lines){ 0 };
	return src;
}

const struct source *source_take(struct sources *s, int fd, const struct stat *st, const char *path,
				 struct loc from, uint32_t *idx)
{
	const struct source *src = add(s, fd, st, path, path, from, idx);

	close_quietly(fd);
	return src;
}

const struct source *source_read(struct sources *s, const char *path, uint32_t *idx)
{
	const struct loc nowhere = { UINT32_MAX, 0, 0 };
	struct stat st;
	int fd;

	if (!strcmp(path, "-"))
		return stat_open(STDIN_FILENO, &st) < 0 ? NULL :
		       add(s, STDIN_FILENO, &st, path, "<stdin>", nowhere, idx);
	fd = source_open(path, &st);
	return fd < 0 ? NULL : source_take(s, fd, &st, path, nowhere, idx);
}

const struct source *source_get(const struct sources *s, uint32_t idx)
{
	return s->list.p[idx];
}

bool sources_have(const struct sources *s, dev_t dev, ino_t ino)
{
	for (size_t i = 0; i < s->list.n; i++)
		if (s->list.p[i]->dev == dev && s->list.p[i]->ino == ino)
			return true;
	return false;
}

static void find_lines(const struct sources *s, const struct source *src, struct lines *l)
{
	uint32_t n = 1, i;

	for (i = 0; i < src->size; i++)
		n += src->text[i] == '\n';
	l->start = arena_array(s->arena, uint32_t, n);
	l->n = 1;
	for (i = 0; i < src->size; i++)
		if (src->text[i] == '\n')
			l->start[l->n++] = i + 1;
}

struct linecol source_linecol(const struct sources *s, uint32_t idx, uint32_t off)
{
	const struct source *src = s->list.p[idx];
	struct lines *l = &s->lines.p[idx];
	uint32_t lo = 0, hi, i;
	struct linecol lc;

	if (!l->start)
		find_lines(s, src, l);
	if (off > src->size)
		off = src->size;
	hi = l->n;
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (l->start[mid] <= off)
			lo = mid;
		else
			hi = mid;
	}
	lc.line = lo + 1;
	lc.line_start = l->start[lo];
	lc.line_end = lo + 1 < l->n ? l->start[lo + 1] - 1 : src->size;
	lc.col = 1;
	for (i = lc.line_start; i < off; i++)
		lc.col += (src->text[i] & 0xc0) != 0x80;	/* not a UTF-8 continuation */
	return lc;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes an output's bytes as they are made, and puts them in their place at
 * once: a temporary file beside the target, renamed when every byte of every
 * output is on its way. After an error nothing is left behind.
 */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGE	(1024 * 1024)	/* what is larger is mapped */
#define ROOM	64

void out_init(struct out *o)
{
	*o = (struct out){ 0 };
}

static void release(struct out *o)
{
	if (o->mapped)
		munmap(o->data, o->cap);
	else
		free(o->data);
}

void out_free(struct out *o)
{
	release(o);
	*o = (struct out){ 0 };
}

static void *map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, size, MADV_HUGEPAGE);	/* advice only */
	return p;
}

/*
 * Copies and page faults are dear: what becomes large moves once, to where it has room for long. Room is addresses,
 * which cost nothing until they are used.
 */
static char *grown(struct out *o, size_t *cap)
{
	size_t room = *cap <= SIZE_MAX / 2 / ROOM ? *cap * ROOM : *cap;
	char *data;

	if (*cap < LARGE)
		return realloc(o->data, *cap);
	data = map(room);
	if (!data)	/* addresses are limited */
		data = map(room = *cap);
	if (!data)
		return NULL;
	if (o->size)
		memcpy(data, o->data, o->size);
	release(o);
	o->mapped = true;
	*cap = room;
	return data;
}

static void grow(struct out *o, size_t n)
{
	size_t cap = o->cap ? o->cap : 4096;

	while (cap - o->size < n)
		cap *= 2;
	o->data = grown(o, &cap);
	if (!o->data) {
		fputs("mdescc: out of memory\n", stderr);
		exit(2);
	}
	o->cap = cap;
}

static inline char *out_room(struct out *o, size_t n)
{
	if (n > o->cap - o->size)
		grow(o, n);
	return o->data + o->size;
}

void out_reserve(struct out *o, size_t size)
{
	out_room(o, size);
}

void out_write(struct out *o, const void *data, size_t size)
{
	if (!size)
		return;
	memcpy(out_room(o, size), data, size);
	o->size += size;
}

void out_decimal(struct out *o, uint64_t value)
{
	char digits[20], *end = digits + sizeof(digits), *p = end;

	do
		*--p = (char)('0' + value % 10);
	while (value /= 10);
	out_write(o, p, (size_t)(end - p));
}

void out_printf(struct out *o, const char *fmt, ...)
{
	size_t room = 256;
	va_list ap;
	int n;

	for (;;) {
		char *at = out_room(o, room);

		va_start(ap, fmt);
		n = vsnprintf(at, room, fmt, ap);
		va_end(ap);
		if (n < 0)
			return;
		if ((size_t)n < room)
			break;
		room = (size_t)n + 1;
	}
	o->size += (size_t)n;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

/* What is there and is no regular file (/dev/null, a pipe), or one without a name, is written to, never replaced. */
static int write_in_place(const struct out *o, const char *path)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = write_all(fd, o->data, o->size);
	if (close(fd) < 0 && !err)
		err = -errno;
	return err;
}

/* A new file "PATH.XXXXXX" with the mode that open(2) would have given it. */
static int open_temp(char *name)
{
	mode_t mask = umask(0);
	int fd, err;

	umask(mask);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0 && fchmod(fd, 0666 & ~mask) < 0) {
		err = errno;
		close(fd);
		unlink(name);
		errno = err;
		return -1;
	}
	return fd;
}

static int write_temp(struct out_staged *s)
{
	size_t n = strlen(s->path);
	int fd, err;

	s->temp = malloc(n + 8);
	if (!s->temp)
		return -ENOMEM;
	memcpy(s->temp, s->path, n);
	memcpy(s->temp + n, ".XXXXXX", 8);
	fd = open_temp(s->temp);
	if (fd < 0) {
		err = -errno;
		free(s->temp);
		s->temp = NULL;
		return err;
	}
	err = write_all(fd, s->out->data, s->out->size);
	if (close(fd) < 0 && !err)
		err = -errno;
	return err;
}

/* The folder that @path is in, if it is not there. */
static int make_folder_of(struct out_staged *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = strndup(path, (size_t)(slash - path));

	if (!folder)
		return -ENOMEM;
	if (!mkdir(folder, 0777)) {
		s->folder = folder;
		return 0;
	}
	free(folder);
	return errno == EEXIST ? 0 : -errno;
}

int out_stage(struct out_staged *s, const struct out *o, const char *path, bool make_folder)
{
	bool there = false, link = false, named = true;
	struct stat st;
	int err = 0;

	*s = (struct out_staged){ .out = o };
	if (make_folder)
		err = make_folder_of(s, path);
	if (err)
		return err;
	if (strcmp(path, "-")) {
		there = lstat(path, &st) == 0;
		link = there && S_ISLNK(st.st_mode);
		if (link)
			there = stat(path, &st) == 0;
		if (there && S_ISDIR(st.st_mode)) {
			out_drop(s);
			return -EISDIR;
		}
		if (there && link && S_ISREG(st.st_mode)) {
			s->path = realpath(path, NULL);	/* the link stays one */
			named = s->path;	/* not, where /dev/stdout is a file that was unlinked */
		}
	}
	if (!s->path)
		s->path = strdup(path);
	if (!s->path)
		err = -ENOMEM;
	else if (strcmp(path, "-") && named && (!there || S_ISREG(st.st_mode)))
		err = write_temp(s);
	if (err)
		out_drop(s);
	return err;
}

int out_publish(struct out_staged *s)
{
	int err = 0;

	if (s->temp) {
		if (rename(s->temp, s->path) < 0)
			err = -errno;
		else
			s->temp[0] = 0;
	} else if (!strcmp(s->path, "-")) {
		err = write_all(STDOUT_FILENO, s->out->data, s->out->size);
	} else {
		err = write_in_place(s->out, s->path);
	}
	out_drop(s);
	return err;
}

void out_drop(struct out_staged *s)
{
	if (s->temp && s->temp[0])
		unlink(s->temp);
	if (s->folder)
		rmdir(s->folder);	/* as long as nothing is in it */
	free(s->folder);
	free(s->temp);
	free(s->path);
	*s = (struct out_staged){ 0 };
}

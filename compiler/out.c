/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes an output's bytes as they are made, and puts them in their place at
 * once: a temporary file beside the target, renamed when every byte is in it.
 * After an error nothing is left behind. What is there and is no regular file
 * (/dev/null, a pipe) is written to, never replaced.
 */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void out_init(struct out *o)
{
	*o = (struct out){ 0 };
}

void out_free(struct out *o)
{
	free(o->data);
	*o = (struct out){ 0 };
}

static char *out_room(struct out *o, size_t n)
{
	if (n > o->cap - o->size) {
		size_t cap = o->cap ? o->cap : 4096;

		while (cap - o->size < n)
			cap *= 2;
		o->data = realloc(o->data, cap);
		if (!o->data) {
			fputs("mdescc: out of memory\n", stderr);
			exit(2);
		}
		o->cap = cap;
	}
	return o->data + o->size;
}

void out_write(struct out *o, const void *data, size_t size)
{
	if (!size)
		return;
	memcpy(out_room(o, size), data, size);
	o->size += size;
}

void out_puts(struct out *o, const char *s)
{
	out_write(o, s, strlen(s));
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

static int write_in_place(const struct out *o, const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

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
	int fd;

	umask(mask);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0 && fchmod(fd, 0666 & ~mask) < 0) {
		int err = errno;

		close(fd);
		unlink(name);
		errno = err;
		return -1;
	}
	return fd;
}

static int write_renamed(const struct out *o, const char *path)
{
	size_t n = strlen(path);
	char *name = malloc(n + 8);
	int fd, err;

	if (!name)
		return -ENOMEM;
	memcpy(name, path, n);
	memcpy(name + n, ".XXXXXX", 8);
	fd = open_temp(name);
	if (fd < 0) {
		err = -errno;
		goto done;
	}
	err = write_all(fd, o->data, o->size);
	if (close(fd) < 0 && !err)
		err = -errno;
	if (!err && rename(name, path) < 0)
		err = -errno;
	if (err)
		unlink(name);
done:
	free(name);
	return err;
}

int out_commit(const struct out *o, const char *path)
{
	struct stat st;
	char *real;
	int err;

	if (!strcmp(path, "-"))
		return write_all(STDOUT_FILENO, o->data, o->size);
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return -EISDIR;
		if (!S_ISREG(st.st_mode))
			return write_in_place(o, path);
	}
	real = realpath(path, NULL);	/* a symbolic link stays one */
	err = write_renamed(o, real ? real : path);
	free(real);
	return err;
}

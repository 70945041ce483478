/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Lets Debian's static libraries, compiled with _FORTIFY_SOURCE for glibc, be
 * linked with musl: the functions that such objects call instead of those of the
 * standard, without the checks. Only for the test build-musl.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int __vsnprintf_chk(char *s, size_t n, int flag, size_t size, const char *fmt, va_list ap);
int __snprintf_chk(char *s, size_t n, int flag, size_t size, const char *fmt, ...);
int __sprintf_chk(char *s, int flag, size_t size, const char *fmt, ...);
int __vfprintf_chk(FILE *f, int flag, const char *fmt, va_list ap);
int __fprintf_chk(FILE *f, int flag, const char *fmt, ...);
int __vdprintf_chk(int fd, int flag, const char *fmt, va_list ap);
char *__realpath_chk(const char *path, char *to, size_t size);
char *__strcpy_chk(char *to, const char *s, size_t size);
char *__strcat_chk(char *to, const char *s, size_t size);
int fcntl64(int fd, int cmd, ...);

int __vsnprintf_chk(char *s, size_t n, int flag, size_t size, const char *fmt, va_list ap)
{
	(void)flag;
	return vsnprintf(s, n < size ? n : size, fmt, ap);
}

int __snprintf_chk(char *s, size_t n, int flag, size_t size, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = __vsnprintf_chk(s, n, flag, size, fmt, ap);
	va_end(ap);
	return ret;
}

int __sprintf_chk(char *s, int flag, size_t size, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = __vsnprintf_chk(s, size, flag, size, fmt, ap);
	va_end(ap);
	return ret;
}

int __vfprintf_chk(FILE *f, int flag, const char *fmt, va_list ap)
{
	(void)flag;
	return vfprintf(f, fmt, ap);
}

int __fprintf_chk(FILE *f, int flag, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = __vfprintf_chk(f, flag, fmt, ap);
	va_end(ap);
	return ret;
}

int __vdprintf_chk(int fd, int flag, const char *fmt, va_list ap)
{
	(void)flag;
	return vdprintf(fd, fmt, ap);
}

char *__realpath_chk(const char *path, char *to, size_t size)
{
	(void)size;
	return realpath(path, to);
}

char *__strcpy_chk(char *to, const char *s, size_t size)
{
	if (strlen(s) >= size)
		abort();
	return strcpy(to, s);
}

char *__strcat_chk(char *to, const char *s, size_t size)
{
	if (strlen(to) + strlen(s) >= size)
		abort();
	return strcat(to, s);
}

/* Of the commands that libelf and libbpf use, all take a number or nothing. */
int fcntl64(int fd, int cmd, ...)
{
	va_list ap;
	long arg;

	va_start(ap, cmd);
	arg = va_arg(ap, long);
	va_end(ap);
	return fcntl(fd, cmd, arg);
}

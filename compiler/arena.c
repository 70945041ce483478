/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Memory that lives as long as one compile: chunks from which pieces are cut.
 * All of it is zeroed; nothing is freed before arena_free(). Out of memory ends
 * the process: nothing has been written by then that could be half.
 */
#include "arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ALIGN		16
#define CHUNK_MIN	(64 * 1024)
#define CHUNK_MAX	(8 * 1024 * 1024)
#define HUGE		(2 * 1024 * 1024)	/* chunks from this on may get huge pages */

struct chunk {
	struct chunk *next;
	size_t size;
	_Alignas(ALIGN) char data[];
};

struct arena {
	struct chunk *chunks;
	char *at, *end;
	size_t chunk_size;
};

static _Noreturn void out_of_memory(void)
{
	fputs("mdescc: out of memory\n", stderr);
	exit(2);
}

/* Zeroed. Large descriptions spend much of their time on page faults: ask for huge pages. */
static struct chunk *chunk_alloc(size_t size)
{
	uintptr_t p, up;
	struct chunk *c;

	if (size < HUGE)
		return calloc(1, size);
	c = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (c == MAP_FAILED)
		return NULL;
	p = (uintptr_t)c;
	up = (p + HUGE - 1) & ~(uintptr_t)(HUGE - 1);
	if (up - p < size)
		madvise((void *)up, size - (up - p), MADV_HUGEPAGE);	/* advice only */
	return c;
}

static void chunk_free(struct chunk *c)
{
	if (c->size < HUGE)
		free(c);
	else
		munmap(c, c->size);
}

struct arena *arena_new(void)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		out_of_memory();
	a->chunk_size = CHUNK_MIN;
	return a;
}

void arena_free(struct arena *a)
{
	struct chunk *c, *next;

	if (!a)
		return;
	for (c = a->chunks; c; c = next) {
		next = c->next;
		chunk_free(c);
	}
	free(a);
}

static void *new_chunk(struct arena *a, size_t size)
{
	struct chunk *c;

	if (size > SIZE_MAX / 2 || !(c = chunk_alloc(size += sizeof(*c))))
		out_of_memory();
	c->size = size;
	c->next = a->chunks;
	a->chunks = c;
	return c->data;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p;

	if (size > SIZE_MAX / 4)
		out_of_memory();
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (size > (size_t)(a->end - a->at)) {
		if (size > a->chunk_size / 4)
			return new_chunk(a, size);
		a->at = new_chunk(a, a->chunk_size);
		a->end = a->at + a->chunk_size;
		if (a->chunk_size < CHUNK_MAX)
			a->chunk_size *= 2;
	}
	p = a->at;
	a->at += size;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	return p;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	char small[256], *p;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n >= (int)sizeof(small)) {
		p = arena_alloc(a, (size_t)n + 1);
		vsnprintf(p, (size_t)n + 1, fmt, again);
	} else {
		p = arena_strndup(a, small, n < 0 ? 0 : (size_t)n);
	}
	va_end(again);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

void *arena_grow(struct arena *a, const void *old, size_t used, size_t *cap, size_t elem)
{
	size_t n = *cap ? *cap * 2 : 8;
	void *p = arena_alloc(a, n * elem);

	if (used)
		memcpy(p, old, used);
	*cap = n;
	return p;
}

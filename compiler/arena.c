/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Memory that lives as long as one compile: chunks from which pieces are cut.
 * All of it is zeroed; nothing is freed before arena_free(). Out of memory ends
 * the process: nothing has been written by then that could be half.
 */
#include "arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ALIGN		16
#define CHUNK_MIN	(64 * 1024)
#define CHUNK_MAX	(8 * 1024 * 1024)
#define HUGE		(2 * 1024 * 1024)	/* bytes of a huge page */
#define GROW_MIN	(512 * 1024)	/* arrays of so many bytes grow in place */
#define GROW_ROOM	16		/* as much more address space */

struct chunk {
	struct chunk *next;
	void *map;		/* what mmap() gave; NULL: from calloc() */
	size_t mapped;
	bool grows;		/* one array, with room behind it */
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

/*
 * Large descriptions spend much of their time on page faults: large chunks begin
 * where a huge page can, and the pages around them are never touched.
 */
static struct chunk *map_chunk(size_t size, int flags)
{
	struct chunk *c;
	void *map;

	size = (size + HUGE - 1) & ~(size_t)(HUGE - 1);
	map = mmap(NULL, size + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	if (map == MAP_FAILED)
		return NULL;
	c = (struct chunk *)(((uintptr_t)map + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
	madvise(c, size, MADV_HUGEPAGE);	/* advice only */
	c->map = map;
	c->mapped = size + HUGE;
	return c;
}

static void chunk_free(struct chunk *c)
{
	if (c->map)
		munmap(c->map, c->mapped);
	else
		free(c);
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

void arena_empty(struct arena *a)
{
	struct chunk *c = a->chunks, *next;

	/* only the first is kept, and only where it is not full: else it would have to be cleared as a whole */
	if (c && !c->next && !c->map && a->at > c->data && a->at <= a->end && a->at - c->data <= CHUNK_MIN) {
		memset(c->data, 0, (size_t)(a->at - c->data));
		a->at = c->data;
		return;
	}
	for (; c; c = next) {
		next = c->next;
		chunk_free(c);
	}
	*a = (struct arena){ .chunk_size = CHUNK_MIN };
}

/* Of @size bytes in all, its head counted. Zeroed. */
static char *new_chunk(struct arena *a, size_t size)
{
	struct chunk *c = size < HUGE / 2 ? calloc(1, size) : map_chunk(size, 0);

	if (!c)
		out_of_memory();
	c->next = a->chunks;
	a->chunks = c;
	return c->data;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (size > (size_t)(a->end - a->at)) {
		if (size > a->chunk_size / 4)
			return new_chunk(a, sizeof(struct chunk) + size);
		a->at = new_chunk(a, a->chunk_size);
		a->end = a->at + a->chunk_size - sizeof(struct chunk);
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

/* Room for a large array to grow in: addresses, which cost nothing until they are used. NULL: not to be had. */
static void *grow_room(struct arena *a, size_t size)
{
	struct chunk *c = NULL;

	if (size <= SIZE_MAX / 2 / GROW_ROOM)
		c = map_chunk(sizeof(*c) + size * GROW_ROOM, MAP_NORESERVE);
	if (!c)
		return NULL;
	c->grows = true;
	c->next = a->chunks;
	a->chunks = c;
	return c->data;
}

/* Whether there is room for @size bytes behind @old. */
static bool grows_in_place(const struct arena *a, const void *old, size_t size)
{
	const struct chunk *c = a->chunks;

	while (c && c->data != old)
		c = c->next;
	return c && c->grows && size <= (size_t)((char *)c->map + c->mapped - c->data);
}

void *arena_grow(struct arena *a, const void *old, size_t used, size_t *cap, size_t elem)
{
	size_t n = *cap ? *cap * 2 : elem < 16 ? 8 : elem < 64 ? 4 : 2;
	void *p = NULL;

	if (n > SIZE_MAX / 2 / elem)
		out_of_memory();
	*cap = n;
	if (used >= GROW_MIN && grows_in_place(a, old, n * elem))
		return (void *)(uintptr_t)old;
	if (n * elem >= GROW_MIN)
		p = grow_room(a, n * elem);
	if (!p)
		p = arena_alloc(a, n * elem);
	if (used)
		memcpy(p, old, used);
	return p;
}

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
#define CHUNK_MIN	(1024 * 1024)
#define CHUNK_MAX	(4 * 1024 * 1024)
#define HUGE		(2 * 1024 * 1024)	/* bytes of a huge page */
#define STEP_MIN	(16 * 1024)	/* so many bytes of a chunk get their pages at once at first, */
#define STEP_MAX	(64 * 1024)	/* and later */
#define CLEAR_MAX	(256 * 1024)	/* more is not cleared, but unmapped */
#define GROW_MIN	(512 * 1024)	/* arrays of so many bytes grow in place */
#define GROW_ROOM	16		/* as much more address space */

struct chunk {
	struct chunk *next;
	void *map;		/* what mmap() gave */
	size_t mapped;
	bool grows;		/* one array, with room behind it */
	_Alignas(ALIGN) char data[];
};

struct arena {
	struct chunk *chunks;
	char *at, *end;		/* what is left of the pages that are there, */
	char *limit;		/* and where their chunk ends */
	size_t chunk_size;
	struct arena *spare, *adopted;	/* the first of each, */
	struct arena *next;		/* and the one behind this */
};

static _Noreturn void out_of_memory(void)
{
	fputs("mdescc: out of memory\n", stderr);
	exit(2);
}

/*
 * A chunk is addresses, which cost nothing until they are used. Compiling spends much of its time on page faults:
 * chunks that are larger than the first begin where a huge page can, and the pages around them are never touched.
 */
static struct chunk *map_chunk(size_t size, int flags)
{
	size_t align = size > CHUNK_MIN ? HUGE : 1;
	struct chunk *c;
	void *map;

	size = (size + align - 1) / align * align;
	map = mmap(NULL, size + align - 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	if (map == MAP_FAILED)
		return NULL;
	c = (struct chunk *)(((uintptr_t)map + align - 1) / align * align);
	if (align == HUGE)
		madvise(c, size, MADV_HUGEPAGE);	/* advice only */
	c->map = map;
	c->mapped = size + align - 1;
	return c;
}

static void chunk_free(struct chunk *c)
{
	munmap(c->map, c->mapped);
}

struct arena *arena_new(void)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		out_of_memory();
	a->chunk_size = CHUNK_MIN;
	return a;
}

static void free_all(struct arena *a)
{
	while (a) {
		struct arena *next = a->next;

		arena_free(a);
		a = next;
	}
}

void arena_free(struct arena *a)
{
	struct chunk *c, *next;

	if (!a)
		return;
	free_all(a->spare);
	free_all(a->adopted);
	for (c = a->chunks; c; c = next) {
		next = c->next;
		chunk_free(c);
	}
	free(a);
}

struct arena *arena_scratch(struct arena *a)
{
	struct arena *scratch = a->spare;

	if (!scratch)
		return arena_new();
	a->spare = scratch->next;
	return scratch;
}

void arena_adopt(struct arena *a, struct arena *scratch)
{
	scratch->next = a->adopted;
	a->adopted = scratch;
}

void arena_give_back(struct arena *a, struct arena *scratch)
{
	arena_empty(scratch);
	scratch->next = a->spare;
	a->spare = scratch;
}

void arena_empty(struct arena *a)
{
	struct chunk *c = a->chunks, *next;

	/* only the first is kept, and only where it is not full: else it would have to be cleared as a whole */
	if (c && !c->next && a->at >= c->data && a->at <= a->end && a->at - c->data <= CLEAR_MAX) {
		memset(c->data, 0, (size_t)(a->at - c->data));
		a->at = c->data;
		return;
	}
	for (; c; c = next) {
		next = c->next;
		chunk_free(c);
	}
	a->chunks = NULL;
	a->at = a->end = a->limit = NULL;
	a->chunk_size = CHUNK_MIN;
}

/* Of @size bytes in all, its head counted. Zeroed. */
static struct chunk *new_chunk(struct arena *a, size_t size)
{
	struct chunk *c = map_chunk(size, 0);

	if (!c)
		out_of_memory();
	c->next = a->chunks;
	a->chunks = c;
	return c;
}

/* A chunk to cut pieces from. */
static void next_chunk(struct arena *a)
{
	struct chunk *c = new_chunk(a, a->chunk_size);

	a->at = c->data;
	a->limit = (char *)c + a->chunk_size;
	a->end = a->chunk_size > CHUNK_MIN ? a->limit : (char *)c;
	if (a->chunk_size < CHUNK_MAX)
		a->chunk_size *= 2;
}

/* Whether @size bytes are left in the chunk; then their pages are there. */
static bool room_in_chunk(struct arena *a, size_t size)
{
	size_t step, more;

	if (size > (size_t)(a->limit - a->at))
		return false;
	step = a->limit - a->at > CHUNK_MIN - STEP_MAX ? STEP_MIN : STEP_MAX;
	more = ((size_t)(a->at + size - a->end) + step - 1) / step * step;
	if (more > (size_t)(a->limit - a->end))
		more = (size_t)(a->limit - a->end);
#ifdef MADV_POPULATE_WRITE
	madvise(a->end, more, MADV_POPULATE_WRITE);	/* advice only */
#endif
	a->end += more;
	return true;
}

static inline bool has_room(struct arena *a, size_t size)
{
	return (ptrdiff_t)size <= a->end - a->at || room_in_chunk(a, size);
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!has_room(a, size)) {
		if (size > a->chunk_size / 4)
			return new_chunk(a, sizeof(struct chunk) + size)->data;
		next_chunk(a);
		has_room(a, size);
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

/* Whether the array of @size bytes at @old is the last thing that was allocated, and could be made @more bytes. */
static bool extend(struct arena *a, const void *old, size_t size, size_t more)
{
	size_t aligned = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);

	more = (more + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!old || (const char *)old + aligned != a->at || !has_room(a, more - aligned))
		return false;
	a->at += more - aligned;
	return true;
}

void *arena_grow(struct arena *a, const void *old, size_t used, size_t *cap, size_t elem)
{
	size_t was = *cap, n = was ? was * 2 : elem < 16 ? 8 : elem < 64 ? 4 : 2;
	void *p = NULL;

	if (n > SIZE_MAX / 2 / elem)
		out_of_memory();
	*cap = n;
	if (n * elem < GROW_MIN ? extend(a, old, was * elem, n * elem) :
	    used >= GROW_MIN && grows_in_place(a, old, n * elem))
		return (void *)(uintptr_t)old;
	if (n * elem >= GROW_MIN)
		p = grow_room(a, n * elem);
	if (!p)
		p = arena_alloc(a, n * elem);
	if (used)
		memcpy(p, old, used);
	return p;
}

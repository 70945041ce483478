/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Memory that lives as long as one compile. Allocation never returns NULL. */
#ifndef MDESCC_ARENA_H
#define MDESCC_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);
/* Another one for short work, to be given back: some that @a had before may be used again. */
struct arena *arena_scratch(struct arena *a);
void arena_give_back(struct arena *a, struct arena *scratch);
void arena_adopt(struct arena *a, struct arena *scratch);	/* not given back after all: lives as long as @a */
void arena_empty(struct arena *a);	/* all that was allocated is gone; for short work, again and again */
void *arena_alloc(struct arena *a, size_t size);		/* zeroed, aligned for any type */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap);

#define arena_new_of(a, type)		((type *)arena_alloc(a, sizeof(type)))
#define arena_array(a, type, n)		((type *)arena_alloc(a, sizeof(type) * (size_t)(n)))

/*
 * A growing array in an arena: VEC(struct foo) v = {0}; *vec_push(arena, &v) = x;
 * v.p[i], v.n. The elements move when it grows: keep no pointers into it.
 */
#define VEC(type)	struct { type *p; size_t n, cap; }
#define vec_push(a, v)							\
	((v)->n < (v)->cap ? (void)0 :					\
	 (void)((v)->p = arena_grow(a, (v)->p, (v)->n * sizeof(*(v)->p), \
				    &(v)->cap, sizeof(*(v)->p))),	\
	 &(v)->p[(v)->n++])
#define vec_reserve(a, v, count)	/* an empty one, of about so many */	\
	((v)->p = arena_alloc(a, (count) * sizeof(*(v)->p)), (v)->cap = (count), (void)0)
void *arena_grow(struct arena *a, const void *old, size_t used, size_t *cap, size_t elem);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What lists of cubes were minimised to, so that the same list is only minimised
 * once, whichever pass, way or state asks for it. Actions are numbered as they
 * first come, so lists that only differ in their numbers are the same list. And
 * what is left of lists, once some bytes are known (cover_rests.c), likewise.
 */
#include <string.h>

#include "arena.h"
#include "cover_rests.h"

#define ROWS_MAX	(1u << 20)	/* of all lists that are kept */
#define LISTS_MAX	32768u
#define RESTS_MAX	(1u << 19)	/* nodes and costs that are kept */

struct entry {
	const struct cover_row *rows, *less;
	size_t n, n_less;
	unsigned int bits;
	uint64_t steps, hash;
	struct cover_rests *rests;
};

struct table {
	struct arena *arena;
	struct entry *p;
	uint32_t size, n;
};

struct cover_memo {
	struct arena *scratch;
	struct table lists, rests;
	uint64_t n_rows;		/* of all lists */
	uint64_t n_rests;		/* nodes and costs of all rests */
	struct cover_rests *rests_of;	/* that were asked for last, */
	uint64_t n_rests_of;		/* and how many these had then */
};

static struct table table_new(struct arena *a)
{
	return (struct table){ .arena = a, .p = arena_array(a, struct entry, 256), .size = 256 };
}

struct cover_memo *cover_memo_new(struct arena *a)
{
	struct cover_memo *m = arena_new_of(a, struct cover_memo);

	m->scratch = arena_scratch(a);
	m->lists = table_new(a);
	m->rests = table_new(arena_scratch(a));
	return m;
}

void cover_memo_free(struct cover_memo *m)
{
	arena_give_back(m->lists.arena, m->rests.arena);
	arena_give_back(m->lists.arena, m->scratch);
}

static bool same_rows(const struct cover_row *a, const struct cover_row *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i].action != b[i].action || memcmp(&a[i].cube, &b[i].cube, sizeof(a[i].cube)))
			return false;
	}
	return true;
}

static uint64_t hash_list(const struct entry *e)
{
	uint64_t h = e->n * UINT64_C(0x9e3779b97f4a7c15) ^ e->bits ^ e->steps << 8;

	for (size_t i = 0; i < e->n; i++) {
		const struct cover_row *r = &e->rows[i];

		h = (h ^ r->action) * UINT64_C(0xff51afd7ed558ccd);
		for (int k = 0; k < CUBE_WORDS; k++) {
			h = (h ^ r->cube.value[k] ^ h >> 29) * UINT64_C(0xc4ceb9fe1a85ec53);
			h = (h ^ r->cube.mask[k] ^ h >> 31) * UINT64_C(0x9e3779b97f4a7c15);
		}
	}
	return h ^ h >> 32;
}

static struct entry *find(const struct table *t, const struct entry *want)
{
	for (uint64_t h = want->hash;; h++) {
		struct entry *e = &t->p[h & (t->size - 1)];

		if (!e->rows || (e->hash == want->hash && e->n == want->n && e->bits == want->bits &&
				 e->steps == want->steps && same_rows(e->rows, want->rows, e->n)))
			return e;
	}
}

/* Into the place that find() gave. */
static void add(struct table *t, struct entry *at, const struct entry *e)
{
	struct entry *old = t->p;
	uint32_t size = t->size;

	*at = *e;
	if (2 * ++t->n <= size)
		return;
	t->size *= 2;
	t->p = arena_array(t->arena, struct entry, t->size);
	for (uint32_t i = 0; i < size; i++) {
		if (old[i].rows)
			*find(t, &old[i]) = old[i];
	}
}

static struct cover_row *copy_rows(struct arena *a, const struct cover_row *rows, size_t n)
{
	struct cover_row *out = arena_array(a, struct cover_row, n);

	memcpy(out, rows, n * sizeof(*rows));
	return out;
}

/* The rows with their actions numbered as they come; @of: by such number the action. How many there are. */
static uint32_t number_actions(struct arena *a, const struct cover *c, struct cover_row *rows, uint32_t *of)
{
	uint32_t *number = arena_array(a, uint32_t, c->n_actions + 1), n = 0;	/* plus 1 */

	for (size_t i = 0; i < c->n; i++) {
		uint32_t action = c->rows[i].action;

		if (!number[action]) {
			of[n] = action;
			number[action] = ++n;
		}
		rows[i].cube = c->rows[i].cube;
		rows[i].action = number[action] - 1;
	}
	return n;
}

/* Minimises the list, in the arena, with actions as they are numbered there; into the table, if there is room. */
static struct cover minimise(struct cover_memo *m, const struct cover *c, struct entry *want, struct entry *at)
{
	struct cover less = cover_minimise(m->scratch, c, want->steps);

	if (m->lists.n >= LISTS_MAX || m->n_rows + c->n + less.n > ROWS_MAX)
		return less;
	m->n_rows += c->n + less.n;
	want->rows = copy_rows(m->lists.arena, c->rows, c->n);
	want->less = copy_rows(m->lists.arena, less.rows, less.n);
	want->n_less = less.n;
	add(&m->lists, at, want);
	return less;
}

struct cover cover_minimise_once(struct cover_memo *m, struct arena *a, const struct cover *c, uint64_t steps)
{
	struct cover mine = { .n = c->n, .bits = c->bits }, out = *c;
	struct entry want, *e;
	uint32_t *of;

	if (!m || c->n < 2)
		return cover_minimise(a, c, steps);
	arena_empty(m->scratch);
	of = arena_array(m->scratch, uint32_t, c->n_actions + 1);
	mine.rows = arena_array(m->scratch, struct cover_row, c->n);
	mine.n_actions = number_actions(m->scratch, c, mine.rows, of);
	want = (struct entry){ .rows = mine.rows, .n = c->n, .bits = c->bits, .steps = steps };
	want.hash = hash_list(&want);
	e = find(&m->lists, &want);
	if (e->rows) {
		out.rows = copy_rows(a, e->less, e->n_less);
		out.n = e->n_less;
	} else {
		struct cover less = minimise(m, &mine, &want, e);

		out.rows = copy_rows(a, less.rows, less.n);
		out.n = less.n;
	}
	for (size_t i = 0; i < out.n; i++)
		out.rows[i].action = of[out.rows[i].action];
	return out;
}

struct cover_rests *cover_memo_rests(struct cover_memo *m, const struct cover *c)
{
	struct entry want = { .rows = c->rows, .n = c->n, .bits = c->bits }, *e;

	m->n_rests += m->rests_of ? cover_rests_size(m->rests_of) - m->n_rests_of : 0;
	if (m->n_rests > RESTS_MAX) {		/* most of them are not asked for again */
		arena_empty(m->rests.arena);
		m->rests = table_new(m->rests.arena);
		m->n_rests = 0;
	}
	want.hash = hash_list(&want);
	e = find(&m->rests, &want);
	m->rests_of = e->rests;
	if (!e->rows) {
		m->rests_of = want.rests = cover_rests_new(m->rests.arena, m->scratch, c);
		want.rows = copy_rows(m->rests.arena, c->rows, c->n);
		add(&m->rests, e, &want);
	}
	m->n_rests_of = cover_rests_size(m->rests_of);
	return m->rests_of;
}

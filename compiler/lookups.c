/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * How a decision is best taken in look-ups that compare few bytes each. Which
 * bytes are compared first is tried: one look-up tells classes of keys apart,
 * those that leave the same rows to be decided on, and each class goes on with
 * what is left.
 */
#include "lookups.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"

#define ENTRIES_MAX	1024	/* classes of a look-up, before they are minimised */
#define STEPS_TRY	(1u << 12)	/* of minimising what is tried */
#define ROWS_MAX	65536u	/* of a decision */

/* ---- what fits in one look-up ---- */

static bool beside(const struct mdesc_fmt_keys *k, uint32_t first, uint32_t i, uint32_t bytes)
{
	return k->kind[i] == k->kind[first] && k->index[i] == k->index[first] && k->elem[i] == k->elem[first] &&
	       k->off[i] >= k->off[first] && k->off[i] < k->off[first] + (int32_t)bytes;
}

/* How many pieces of adjacent bytes cover these; key bytes are in the order of where they lie. */
uint32_t lookup_pieces(const struct lookup_shape *shape, const struct mdesc_fmt_keys *k, uint32_t bytes)
{
	uint32_t n = 0;

	while (bytes) {
		uint32_t first = (uint32_t)__builtin_ctz(bytes);

		for (uint32_t i = 0; i < k->count; i++) {
			if ((bytes >> i & 1) && k->off[i] < k->off[first] && k->kind[i] == k->kind[first] &&
			    k->index[i] == k->index[first] && k->elem[i] == k->elem[first])
				first = i;
		}
		for (uint32_t i = 0; i < k->count; i++) {
			if ((bytes >> i & 1) && beside(k, first, i, shape->bytes))
				bytes &= ~(1u << i);
		}
		n++;
	}
	return n;
}

bool lookup_fits(const struct lookup_search *s, uint32_t bytes)
{
	return lookup_pieces(&s->shape, s->keys, bytes) <= s->shape.lookups;
}

/* ---- classes of one look-up ---- */

static struct cube mask_of(uint32_t bytes)
{
	struct cube c = { { 0 }, { 0 } };

	for (unsigned int i = 0; i < MDESC_FMT_KEY_MAX; i++)
		c.mask[i / 8] |= bytes >> i & 1 ? UINT64_C(0xff) << (56 - i % 8 * 8) : 0;
	return c;
}

static struct cube only(const struct cube *c, const struct cube *where)
{
	struct cube out;

	for (int i = 0; i < CUBE_WORDS; i++) {
		out.mask[i] = c->mask[i] & where->mask[i];
		out.value[i] = c->value[i] & where->mask[i];
	}
	return out;
}

static struct cube without(const struct cube *c, const struct cube *where)
{
	struct cube out;

	for (int i = 0; i < CUBE_WORDS; i++) {
		out.mask[i] = c->mask[i] & ~where->mask[i];
		out.value[i] = c->value[i] & ~where->mask[i];
	}
	return out;
}

static bool same_cube(const struct cube *a, const struct cube *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static int narrow_first(const void *a, const void *b)
{
	unsigned int x = cube_bits(a), y = cube_bits(b);

	return x != y ? (x > y ? -1 : 1) : memcmp(a, b, sizeof(struct cube));
}

struct cubes { VEC(struct cube) v; };

static void add_cube(struct lookup_search *s, struct cubes *to, struct cube c)
{
	for (size_t i = 0; i < to->v.n; i++) {
		if (same_cube(&to->v.p[i], &c))
			return;
	}
	*vec_push(s->arena, &to->v) = c;
}

/*
 * The cubes that rows have in these bytes, and what any of them have in common: the narrowest that a key matches tells
 * which rows can match it. False: there are too many.
 */
static bool find_entries(struct lookup_search *s, const struct cover *c, const struct cube *where, struct cubes *out)
{
	struct cubes own = { 0 };

	for (size_t i = 0; i < c->n; i++)
		add_cube(s, &own, only(&c->rows[i].cube, where));
	add_cube(s, &own, (struct cube){ { 0 }, { 0 } });
	for (size_t i = 0; i < own.v.n; i++)
		add_cube(s, out, own.v.p[i]);
	for (size_t i = 0; i < out->v.n; i++) {
		for (size_t k = 0; k < own.v.n; k++) {
			struct cube at = out->v.p[i];

			if (cube_meets(&at, &own.v.p[k]))
				add_cube(s, out, cube_both(&at, &own.v.p[k]));
			if (out->v.n > ENTRIES_MAX)
				return false;
			s->work -= s->work ? 1 : 0;
		}
	}
	qsort(out->v.p, out->v.n, sizeof(*out->v.p), narrow_first);
	return true;
}

/* What is left to decide where a key is in @entry. */
static struct cover rest_of(struct lookup_search *s, const struct cover *c, const struct cube *where,
			    const struct cube *entry)
{
	struct cover out = { .rows = arena_array(s->arena, struct cover_row, c->n), .bits = c->bits,
			     .n_actions = c->n_actions };

	for (size_t i = 0; i < c->n; i++) {
		struct cube mine = only(&c->rows[i].cube, where), rest = without(&c->rows[i].cube, where);
		bool hidden = false;

		if (!cube_holds(&mine, entry))
			continue;
		for (size_t k = 0; k < out.n && !hidden; k++)
			hidden = cube_holds(&out.rows[k].cube, &rest);
		if (hidden)
			continue;
		out.rows[out.n++] = (struct cover_row){ rest, c->rows[i].action };
		if (!cube_bits(&rest))
			break;
	}
	/* Rows that do what all behind them do. */
	while (out.n > 1 && out.rows[out.n - 2].action == out.rows[out.n - 1].action) {
		out.rows[out.n - 2] = out.rows[out.n - 1];
		out.n--;
	}
	return out;
}

static bool same_cover(const struct cover *a, const struct cover *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (a->rows[i].action != b->rows[i].action || !same_cube(&a->rows[i].cube, &b->rows[i].cube))
			return false;
	}
	return true;
}

/* ---- the search ---- */

uint32_t lookup_cost(const struct lookup_search *s, size_t rows)
{
	return (uint32_t)rows - (s->defaults ? 1 : 0);
}

uint32_t lookup_bytes(const struct cover *c)
{
	uint32_t bytes = 0;

	for (size_t i = 0; i < c->n; i++) {
		for (unsigned int k = 0; k < MDESC_FMT_KEY_MAX; k++)
			bytes |= c->rows[i].cube.mask[k / 8] >> (56 - k % 8 * 8) & 0xff ? 1u << k : 0;
	}
	return bytes;
}

/* All in one look-up. */
static struct lookup *whole(struct lookup_search *s, const struct cover *c)
{
	struct lookup *n = arena_new_of(s->arena, struct lookup);

	n->cover = cover_minimise(s->arena, c, STEPS_TRY);
	n->bytes = lookup_bytes(&n->cover);
	n->next = arena_array(s->arena, const struct lookup *, c->n_actions + 1);
	n->final = arena_array(s->arena, uint32_t, c->n_actions + 1);
	for (uint32_t i = 0; i < c->n_actions; i++)
		n->final[i] = i;
	n->cost = lookup_cost(s, n->cover.n);
	return n;
}

/* These bytes first. NULL: that does not get anywhere, or takes more than @limit rows. */
static struct lookup *first_these(struct lookup_search *s, const struct cover *c, uint32_t bytes, uint32_t limit)
{
	struct lookup *n = arena_new_of(s->arena, struct lookup);
	struct cube where = mask_of(bytes);
	struct cubes entries = { 0 };
	VEC(struct cover) classes = { 0 };
	struct cover list = { .bits = c->bits };
	bool *used;

	if (!find_entries(s, c, &where, &entries))
		return NULL;
	list.rows = arena_array(s->arena, struct cover_row, entries.v.n);
	for (size_t i = 0; i < entries.v.n; i++) {
		struct cover rest = rest_of(s, c, &where, &entries.v.p[i]);
		uint32_t k = 0;

		s->work -= s->work > c->n ? c->n : s->work;
		while (k < classes.n && !same_cover(&classes.p[k], &rest))
			k++;
		if (k == classes.n)
			*vec_push(s->arena, &classes) = rest;
		list.rows[list.n++] = (struct cover_row){ entries.v.p[i], k };
	}
	list.n_actions = (uint32_t)classes.n;
	if (classes.n < 2)
		return NULL;
	n->bytes = bytes;
	n->cover = cover_minimise(s->arena, &list, STEPS_TRY);
	n->next = arena_array(s->arena, const struct lookup *, classes.n);
	n->final = arena_array(s->arena, uint32_t, classes.n);
	n->cost = lookup_cost(s, n->cover.n);
	used = arena_array(s->arena, bool, classes.n);
	for (size_t i = 0; i < n->cover.n; i++)
		used[n->cover.rows[i].action] = true;
	for (uint32_t i = 0; i < classes.n; i++) {
		if (!used[i])
			continue;
		n->final[i] = classes.p[i].rows[0].action;
		if (classes.p[i].n > 1)
			n->next[i] = n->cost < limit ? lookup_solve(s, &classes.p[i]) : NULL;
		if (classes.p[i].n > 1 && !n->next[i])
			return NULL;
		n->cost += n->next[i] ? n->next[i]->cost : 0;
	}
	return n->cost < limit ? n : NULL;
}

/* Bytes from @from on, as many as one look-up takes. */
static uint32_t most_from(const struct lookup_search *s, uint32_t bytes, uint32_t from)
{
	uint32_t out = 0;

	for (uint32_t n = 0; n < MDESC_FMT_KEY_MAX; n++) {
		uint32_t i = (from + n) % MDESC_FMT_KEY_MAX;

		if ((bytes >> i & 1) && lookup_fits(s, out | 1u << i))
			out |= 1u << i;
	}
	return out;
}

/* Sets of bytes that are worth to be tried first, each once; how many. */
static uint32_t candidates(const struct lookup_search *s, uint32_t bytes, uint32_t out[64])
{
	uint32_t n = 0;

	for (uint32_t from = 0; from < MDESC_FMT_KEY_MAX; from++) {
		uint32_t run = 0, sets[4], k = 0;

		if (!(bytes >> from & 1))
			continue;
		sets[k++] = most_from(s, bytes, from);
		for (uint32_t i = from; i < MDESC_FMT_KEY_MAX && k < 4; i++) {
			if (!(bytes >> i & 1))
				continue;
			run |= 1u << i;
			if (lookup_fits(s, run))
				sets[k++] = run;
		}
		for (uint32_t i = 0; i < k; i++) {
			uint32_t at = 0;

			while (at < n && out[at] != sets[i])
				at++;
			if (at == n && n < 64 && sets[i] != bytes)
				out[n++] = sets[i];
		}
	}
	return n;
}

/* Whatever takes fewer rows than @limit, the least that is found; NULL: nothing. */
const struct lookup *lookup_several(struct lookup_search *s, const struct cover *c, uint32_t bytes, uint32_t limit)
{
	uint32_t sets[64], n = candidates(s, bytes, sets);
	const struct lookup *best = NULL;

	for (uint32_t i = 0; i < n; i++) {
		const struct lookup *node = first_these(s, c, sets[i], best ? best->cost : limit);

		if (node)
			best = node;
		if (best && !s->work)
			break;
	}
	return best;
}

/* May several look-ups take fewer rows? Each action takes one, and each look-up another. */
bool lookup_may_pay(size_t n, uint32_t n_actions)
{
	return n >= 5 && n <= LOOKUP_TRY_ROWS && n > n_actions + 1;
}

static uint32_t n_actions(struct lookup_search *s, const struct cover *c)
{
	bool *used = arena_array(s->arena, bool, c->n_actions + 1);
	uint32_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		n += !used[c->rows[i].action];
		used[c->rows[i].action] = true;
	}
	return n;
}

const struct lookup *lookup_solve(struct lookup_search *s, const struct cover *c)
{
	uint32_t bytes = lookup_bytes(c);
	const struct lookup *all = lookup_fits(s, bytes) ? whole(s, c) : NULL, *best;

	s->work -= s->work > 64 * c->n ? 64 * c->n : s->work;
	if (all && (!s->work || !lookup_may_pay(all->cover.n, n_actions(s, &all->cover))))
		return all;
	best = lookup_several(s, c, bytes, all ? all->cost : ROWS_MAX);
	return best ? best : all;
}

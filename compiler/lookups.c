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
#include "cover_isop.h"
#include "cover_tree.h"

#define ENTRIES_MAX	1024	/* classes of a look-up, before they are minimised */
#define STEPS_REST	4096	/* of reading what is left to decide */
#define STEPS_TRY	(1u << 12)	/* of minimising what is tried */
#define WORK_TRY	256	/* what trying a first look-up takes, */
#define WORK_TRY_ROW	16	/* and each row of it */
#define ROWS_MAX	65536u	/* of a decision */

static void spend(struct lookup_search *s, uint64_t work)
{
	s->work -= s->work > work ? work : s->work;
}

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
			spend(s, 1);
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

/* What is left to decide for some keys: rows, and what they mean alone, where that is known. */
struct rest {
	struct cover cover;
	const struct cover_leaf *leaves;	/* NULL: not known */
	size_t n_leaves;
	uint32_t n_actions;	/* in them */
	uint32_t class;
};

static bool same_rows(const struct cover *a, const struct cover *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (a->rows[i].action != b->rows[i].action || !same_cube(&a->rows[i].cube, &b->rows[i].cube))
			return false;
	}
	return true;
}

static bool same_meaning(const struct rest *a, const struct rest *b)
{
	if (!a->leaves || a->n_leaves != b->n_leaves)
		return false;
	for (size_t i = 0; i < a->n_leaves; i++) {
		if (a->leaves[i].action != b->leaves[i].action || !same_cube(&a->leaves[i].cube, &b->leaves[i].cube))
			return false;
	}
	return true;
}

static void read_rest(struct lookup_search *s, struct rest *r)
{
	struct arena *scratch = s->memo ? cover_memo_scratch(s->memo) : s->arena;
	struct cover_tree t = { .arena = scratch, .c = &r->cover, .steps = STEPS_REST };
	struct cover_leaf *leaves;

	if (!cover_tree_make(&t))
		return;
	leaves = arena_array(s->arena, struct cover_leaf, t.leaves.n);
	memcpy(leaves, t.leaves.p, t.leaves.n * sizeof(*leaves));
	r->leaves = leaves;
	r->n_leaves = t.leaves.n;
	for (size_t i = 0; i < r->n_leaves; i++) {
		size_t k = 0;

		while (k < i && r->leaves[k].action != r->leaves[i].action)
			k++;
		r->n_actions += k == i;
	}
	if (r->n_actions == 1) {	/* whatever the rows say, there is nothing to decide */
		r->cover.rows[0] = (struct cover_row){ { { 0 }, { 0 } }, t.leaves.p[0].action };
		r->cover.n = 1;
	}
}

struct rests { VEC(struct rest) v; };

/* The class of keys that leave @cover to be decided. */
static uint32_t class_of(struct lookup_search *s, struct rests *seen, struct rests *classes, const struct cover *cover)
{
	struct rest r = { .cover = *cover, .n_actions = 1 };
	uint32_t k = 0;

	for (size_t i = 0; i < seen->v.n; i++) {
		if (same_rows(&seen->v.p[i].cover, cover))
			return seen->v.p[i].class;
	}
	r.cover.rows = arena_array(s->arena, struct cover_row, cover->n);
	memcpy(r.cover.rows, cover->rows, cover->n * sizeof(*cover->rows));
	r.n_actions = 0;
	read_rest(s, &r);
	while (k < classes->v.n && !same_meaning(&r, &classes->v.p[k]))
		k++;
	if (k == classes->v.n)
		*vec_push(s->arena, &classes->v) = r;
	*vec_push(s->arena, &seen->v) = (struct rest){ .cover = *cover, .class = k };
	return k;
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

	n->cover = cover_minimise_once(s->memo, s->arena, c, STEPS_TRY);
	n->bytes = lookup_bytes(&n->cover);
	n->next = arena_array(s->arena, const struct lookup *, c->n_actions + 1);
	n->final = arena_array(s->arena, uint32_t, c->n_actions + 1);
	for (uint32_t i = 0; i < c->n_actions; i++)
		n->final[i] = i;
	n->cost = lookup_cost(s, n->cover.n);
	return n;
}

/*
 * Which classes keys come to at all; false: each of them takes a row, and what is behind it a row for each of its
 * actions, and these are as many as @limit already.
 */
static bool find_used(struct lookup_search *s, const struct cover *list, const struct rests *classes, bool *used,
		      uint32_t limit)
{
	struct arena *scratch = s->memo ? cover_memo_scratch(s->memo) : s->arena;
	struct cover_isop x = { .arena = scratch, .c = list, .steps = STEPS_TRY + 64 * list->n };
	bool known = cover_isop_read(&x);
	uint32_t least = 0, n = 0;

	for (uint32_t i = 0; i < classes->v.n; i++) {
		used[i] = !known || cover_isop_any(&x, i);
		if (!known || !used[i])
			continue;
		n++;
		if (classes->v.p[i].cover.n > 1)
			least += lookup_cost(s, classes->v.p[i].n_actions ? classes->v.p[i].n_actions : 1);
	}
	return !known || least + lookup_cost(s, n) < limit;
}

/* @c, decided by these bytes first: what they tell apart, and what is left to decide of each. False: it is too much. */
static bool find_classes(struct lookup_search *s, const struct cover *c, uint32_t bytes, struct rests *classes,
			 struct cover *list)
{
	struct cube where = mask_of(bytes);
	struct cubes entries = { 0 };
	struct rests seen = { 0 };

	if (!find_entries(s, c, &where, &entries))
		return false;
	*list = (struct cover){ .bits = c->bits };
	list->rows = arena_array(s->arena, struct cover_row, entries.v.n);
	for (size_t i = 0; i < entries.v.n; i++) {
		struct cover rest = rest_of(s, c, &where, &entries.v.p[i]);

		spend(s, c->n);
		list->rows[list->n++] = (struct cover_row){ entries.v.p[i], class_of(s, &seen, classes, &rest) };
	}
	list->n_actions = (uint32_t)classes->v.n;
	return true;
}

bool lookup_classes(struct lookup_search *s, const struct cover *c, uint32_t bytes, struct cover *list,
		    struct cover **rests)
{
	struct rests classes = { 0 };

	if (!find_classes(s, c, bytes, &classes, list))
		return false;
	*list = cover_minimise_once(s->memo, s->arena, list, STEPS_TRY);
	*rests = arena_array(s->arena, struct cover, classes.v.n);
	for (size_t i = 0; i < classes.v.n; i++)
		(*rests)[i] = classes.v.p[i].cover;
	return true;
}

/* These bytes first. NULL: that does not get anywhere, or takes more than @limit rows. */
static struct lookup *first_these(struct lookup_search *s, const struct cover *c, uint32_t bytes, uint32_t limit)
{
	struct lookup *n = arena_new_of(s->arena, struct lookup);
	struct rests classes = { 0 };
	struct cover list;
	bool *used;

	if (!find_classes(s, c, bytes, &classes, &list))
		return NULL;
	used = arena_array(s->arena, bool, classes.v.n);
	if (classes.v.n < 2 || !find_used(s, &list, &classes, used, limit))
		return NULL;
	spend(s, WORK_TRY + WORK_TRY_ROW * list.n);
	n->bytes = bytes;
	n->cover = cover_minimise_once(s->memo, s->arena, &list, STEPS_TRY);
	n->next = arena_array(s->arena, const struct lookup *, classes.v.n);
	n->final = arena_array(s->arena, uint32_t, classes.v.n);
	n->cost = lookup_cost(s, n->cover.n);
	memset(used, 0, classes.v.n * sizeof(*used));
	for (size_t i = 0; i < n->cover.n; i++)
		used[n->cover.rows[i].action] = true;
	for (uint32_t i = 0; i < classes.v.n; i++) {
		const struct cover *rest = &classes.v.p[i].cover;

		if (!used[i])
			continue;
		n->final[i] = rest->rows[0].action;
		if (rest->n > 1)
			n->next[i] = n->cost < limit ? lookup_solve(s, rest) : NULL;
		if (rest->n > 1 && !n->next[i])
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

	spend(s, 64 * c->n);
	if (all && (!s->work || !lookup_may_pay(all->cover.n, n_actions(s, &all->cover))))
		return all;
	best = lookup_several(s, c, bytes, all ? all->cost : ROWS_MAX);
	return best ? best : all;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * How a decision is best taken in look-ups that compare few bytes each. Which
 * bytes are compared first is tried: one look-up tells classes of keys apart,
 * those that leave the same rows to be decided on, and each class goes on with
 * what is left.
 */
#include "lookups.h"

#include <string.h>

#include "cover_rests.h"

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

bool lookup_classes(struct lookup_search *s, const struct cover *c, uint32_t bytes, struct cover *list,
		    struct cover **rests)
{
	struct cover_classes classes;
	const struct cover *told;
	uint32_t all;

	s->rests = cover_memo_rests(s->memo, c);
	all = cover_rests_all(s->rests);
	classes = cover_rests_classes(s->rests, c, all, bytes);
	told = cover_rests_list(s->rests, c, all, bytes);
	if (!told)
		return false;
	*list = *told;
	*rests = arena_array(s->arena, struct cover, classes.n);
	if (classes.n == 1) {
		(*rests)[0] = *c;
		return true;
	}
	for (uint32_t i = 0; i < classes.n; i++) {
		const struct cover *rest = cover_rest_rows(s->rests, classes.rests[i]);

		if (!rest)
			return false;
		(*rests)[i] = *rest;
	}
	*list = cover_minimise_once(s->memo, s->arena, list, STEPS_TRY);
	return true;
}

/* Each class takes a row, and what is behind it a row for each of its actions: are these as many as @limit already? */
static bool is_too_much(const struct lookup_search *s, const struct cover_classes *classes, uint32_t limit)
{
	uint32_t least = lookup_cost(s, classes->n);

	for (uint32_t i = 0; i < classes->n && least < limit; i++) {
		uint32_t n = cover_rest_actions(s->rests, classes->rests[i]);

		if (n > 1)
			least += lookup_cost(s, n);
	}
	return least >= limit;
}

static const struct lookup *solve(struct lookup_search *s, const struct cover *c, uint32_t rest);

/* What was found of the rests of a list, with such look-ups. */
struct lookup_solved {
	struct lookup_shape shape;
	bool defaults;
	struct mdesc_fmt_keys keys;
	VEC(const struct lookup *) of;	/* by rest; NULL: not yet */
	struct lookup_solved *next;
};

static void begin(struct lookup_search *s, const struct cover *c)
{
	struct arena *arena;
	struct lookup_solved **at;

	s->rests = cover_memo_rests(s->memo, c);
	at = (struct lookup_solved **)cover_rests_more(s->rests, &arena);
	s->arena = arena;
	while (*at && ((*at)->shape.lookups != s->shape.lookups || (*at)->shape.bytes != s->shape.bytes ||
		       (*at)->defaults != s->defaults || memcmp(&(*at)->keys, s->keys, sizeof(*s->keys))))
		at = &(*at)->next;
	if (!*at) {
		*at = arena_new_of(arena, struct lookup_solved);
		(*at)->shape = s->shape;
		(*at)->defaults = s->defaults;
		(*at)->keys = *s->keys;
	}
	s->solved = *at;
}

/* Each once, but where there was too little work left to look for more. */
static const struct lookup *solve_rest(struct lookup_search *s, const struct cover *c, uint32_t rest)
{
	const struct lookup *found;

	if (rest == COVER_NO_REST)
		return solve(s, c, rest);
	while (s->solved->of.n <= rest)
		*vec_push(s->arena, &s->solved->of) = NULL;
	if (s->solved->of.p[rest])
		return s->solved->of.p[rest];
	found = solve(s, c, rest);
	if (s->work)
		s->solved->of.p[rest] = found;
	return found;
}

/* These bytes first. NULL: that does not get anywhere, or takes more than @limit rows. */
static struct lookup *first_these(struct lookup_search *s, const struct cover *c, uint32_t rest, uint32_t bytes,
				  uint32_t limit)
{
	struct cover_classes classes = cover_rests_classes(s->rests, c, rest, bytes);
	const struct cover *list;
	struct lookup *n;

	spend(s, c->n * classes.n);
	if (classes.n < 2 || is_too_much(s, &classes, limit))
		return NULL;
	list = cover_rests_list(s->rests, c, rest, bytes);
	if (!list)
		return NULL;
	spend(s, WORK_TRY + WORK_TRY_ROW * list->n);
	n = arena_new_of(s->arena, struct lookup);
	n->bytes = bytes;
	n->cover = cover_minimise_once(s->memo, s->arena, list, STEPS_TRY);
	n->next = arena_array(s->arena, const struct lookup *, classes.n);
	n->final = arena_array(s->arena, uint32_t, classes.n);
	n->cost = lookup_cost(s, n->cover.n);
	for (uint32_t i = 0; i < classes.n && n->cost < limit; i++) {
		const struct cover *left = cover_rest_rows(s->rests, classes.rests[i]);

		if (!left)
			return NULL;
		n->final[i] = left->rows[0].action;
		if (left->n == 1)
			continue;
		n->next[i] = solve_rest(s, left, classes.rests[i]);
		if (!n->next[i])
			return NULL;
		n->cost += n->next[i]->cost;
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

static const struct lookup *several(struct lookup_search *s, const struct cover *c, uint32_t rest, uint32_t limit)
{
	uint32_t sets[64], n = candidates(s, lookup_bytes(c), sets);
	const struct lookup *best = NULL;

	for (uint32_t i = 0; i < n; i++) {
		const struct lookup *node = first_these(s, c, rest, sets[i], best ? best->cost : limit);

		if (node)
			best = node;
		if (best && !s->work)
			break;
	}
	return best;
}

static const struct lookup *solve(struct lookup_search *s, const struct cover *c, uint32_t rest)
{
	const struct lookup *all = lookup_fits(s, lookup_bytes(c)) ? whole(s, c) : NULL, *best;

	spend(s, 64 * c->n);
	if (all && (!s->work || !lookup_may_pay(all->cover.n, n_actions(s, &all->cover))))
		return all;
	best = several(s, c, rest, all ? all->cost : ROWS_MAX);
	return best ? best : all;
}

const struct lookup *lookup_solve(struct lookup_search *s, const struct cover *c)
{
	begin(s, c);
	return solve_rest(s, c, cover_rests_all(s->rests));
}

const struct lookup *lookup_several(struct lookup_search *s, const struct cover *c, uint32_t limit)
{
	begin(s, c);
	return several(s, c, cover_rests_all(s->rests), limit);
}

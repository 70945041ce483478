/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The shortest list of cubes that means what another one does: is there one of a row less, and then of another less,
 * till there is none. Each is looked for from its first row on. What no row decides yet is a set of disjoint cubes
 * ("pieces"), at first the leaves of the decision tree. A row may hold pieces of one action only, and what was
 * decided before is free for it. So that nothing is tried in vain:
 *
 * - a row that decides more of the pieces is never worse: only cubes that cannot be made wider are tried;
 * - one row for all that is left of an action is right where there is one, as the action needs one anyhow;
 * - a row that could have come first decides the same if it does: where a list that begins with it was not found,
 *   lists in which it comes later need not be looked at ("bans");
 * - as many rows as actions are left are needed, and one more where none of these is done with one row.
 */
#include "cover_exact.h"

#include <string.h>

#include "arena.h"
#include "cover_tree.h"

#define ROWS_MAX	128
#define WIDE_MAX	256	/* cubes that are tried for an action */
#define PIECES_MAX	(1u << 16)
#define TREE_STEPS	(1u << 20)
#define EQUAL_STEPS	(1u << 24)
#define PER_STEP	64	/* looks at a piece, or at a row */

/* A cube of the bits that matter; bit 0 is the lowest. */
struct piece {
	uint64_t value, mask;
	uint32_t action;
};

struct choice {
	struct piece row;
	struct piece small;	/* the smallest cube around what it decides */
	size_t n;		/* pieces that it holds */
};

/* Those from @from on, before @to. */
struct span { size_t from, to; };

struct search {
	struct arena *arena;
	VEC(struct piece) pieces;	/* of each row's node behind those of the row before */
	VEC(struct choice) choices;	/* likewise */
	VEC(struct piece) bans;
	struct piece rows[ROWS_MAX];
	size_t n;
	uint64_t steps;			/* left */
	bool spent;			/* nothing more is looked for */
	bool full;			/* and more steps would not help */
};

static bool piece_meets(const struct piece *a, const struct piece *b)
{
	return !((a->value ^ b->value) & a->mask & b->mask);
}

static bool piece_holds(const struct piece *a, const struct piece *b)
{
	return !((a->mask & ~b->mask) | ((a->value ^ b->value) & a->mask));
}

static void piece_widen(struct piece *a, const struct piece *by)
{
	a->mask &= by->mask & ~(a->value ^ by->value);
	a->value &= a->mask;
}

static bool pay(struct search *s, uint64_t looks)
{
	uint64_t steps = 1 + looks / PER_STEP;

	if (s->steps < steps) {
		s->steps = 0;
		s->spent = true;
		return false;
	}
	s->steps -= steps;
	return true;
}

/* ---- the widest cubes ---- */

struct wide {
	struct search *s;
	struct span at;
	uint32_t action;
	size_t n;		/* found */
};

static void add_choice(struct wide *w, const struct piece *row)
{
	struct choice c = { .row = *row };
	bool any = false;

	for (size_t i = w->at.from; i < w->at.to; i++) {
		struct piece p = w->s->pieces.p[i];

		if (p.action != w->action || !piece_meets(row, &p))
			continue;
		c.n += piece_holds(row, &p);
		p.value |= row->value;
		p.mask |= row->mask;
		if (any)
			piece_widen(&c.small, &p);
		else
			c.small = p;
		any = true;
	}
	*vec_push(w->s->arena, &w->s->choices) = c;
	w->n++;
}

/* Whether it decides anything, and each of its bits keeps away a piece that no other one does. */
static bool is_needed(const struct wide *w, const struct piece *row)
{
	uint64_t needed = 0;
	bool any = false;

	for (size_t i = w->at.from; i < w->at.to; i++) {
		const struct piece *p = &w->s->pieces.p[i];
		uint64_t apart = (row->value ^ p->value) & row->mask & p->mask;

		if (p->action == w->action)
			any |= !apart;
		else if (!(apart & (apart - 1)))
			needed |= apart;
	}
	return any && needed == row->mask;
}

/*
 * All cubes within @row that hold no piece of another action and cannot be wider, without bits of @not[value]: each
 * is come to once. Pieces in front of @k are kept away.
 */
static void find_wide(struct wide *w, struct piece row, const uint64_t not[2], size_t k)
{
	uint64_t without[2] = { not[0], not[1] }, bits;
	struct piece away;

	if (w->n >= WIDE_MAX || w->s->spent)
		return;
	while (k < w->at.to && (w->s->pieces.p[k].action == w->action || !piece_meets(&w->s->pieces.p[k], &row)))
		k++;
	if (k == w->at.to) {
		add_choice(w, &row);
		return;
	}
	away = w->s->pieces.p[k];
	for (bits = away.mask & ~row.mask; bits; bits &= bits - 1) {
		uint64_t bit = bits & -bits;
		struct piece part = row;
		bool one = !(away.value & bit);

		if (without[one] & bit)
			continue;
		if (!pay(w->s, w->at.to - w->at.from))
			return;
		part.mask |= bit;
		part.value |= one ? bit : 0;
		if (is_needed(w, &part))
			find_wide(w, part, without, k + 1);
		without[one] |= bit;
	}
}

static bool is_banned(const struct search *s, const struct piece *small)
{
	for (size_t i = 0; i < s->bans.n; i++)
		if (s->bans.p[i].action == small->action && piece_holds(&s->bans.p[i], small))
			return true;
	return false;
}

/* Of choices of an action from @from on: those that no other one makes superfluous. */
static void keep_best(struct search *s, size_t from)
{
	struct choice *c = s->choices.p;
	size_t n = s->choices.n, kept = from;

	pay(s, (n - from) * (n - from));
	for (size_t i = from; i < n; i++) {
		bool less = is_banned(s, &c[i].small);

		for (size_t k = from; k < n && !less; k++)
			less = k != i && piece_holds(&c[k].row, &c[i].small) &&
			       (k < i || !piece_holds(&c[i].row, &c[k].small));
		if (!less)
			c[kept++] = c[i];	/* what is overwritten was looked at, or is held by another */
	}
	s->choices.n = kept;
}

/* Those that leave least first. */
static void sort_choices(struct search *s, size_t from)
{
	struct choice *c = s->choices.p;

	for (size_t i = from + 1; i < s->choices.n; i++) {
		struct choice it = c[i];
		size_t k = i;

		for (; k > from && c[k - 1].n < it.n; k--)
			c[k] = c[k - 1];
		c[k] = it;
	}
}

/* ---- a list from its first row on ---- */

static bool find_list(struct search *s, struct span at, size_t rows);

/* What @row leaves of the pieces, behind them. */
static struct span leave(struct search *s, struct span at, const struct piece *row)
{
	struct span left = { s->pieces.n, 0 };

	for (size_t i = at.from; i < at.to; i++) {
		struct piece p = s->pieces.p[i];

		if (!piece_meets(row, &p)) {
			*vec_push(s->arena, &s->pieces) = p;
			continue;
		}
		for (uint64_t bits = row->mask & ~p.mask; bits; bits &= bits - 1) {
			uint64_t bit = bits & -bits;

			p.mask |= bit;
			p.value |= ~row->value & bit;
			*vec_push(s->arena, &s->pieces) = p;
			p.value ^= bit;
		}
	}
	left.to = s->pieces.n;
	if (left.to > PIECES_MAX)
		s->spent = s->full = true;
	return left;
}

/* A list of @rows rows at most that begins with @row. */
static bool begins_with(struct search *s, struct span at, const struct piece *row, size_t rows)
{
	struct span left;

	if (!pay(s, at.to - at.from))
		return false;
	left = leave(s, at, row);
	s->rows[s->n++] = *row;
	if (!s->spent && find_list(s, left, rows - 1))
		return true;
	s->n--;
	s->pieces.n = left.from;
	return false;
}

/* The actions that are left, and around each the smallest cube; UINT32_MAX is none. */
static uint32_t list_left(const struct search *s, struct span at, struct piece *around)
{
	uint32_t n = 0;

	for (size_t i = at.from; i < at.to; i++) {
		const struct piece *p = &s->pieces.p[i];
		uint32_t k = 0;

		while (k < n && around[k].action != p->action)
			k++;
		if (k < n)
			piece_widen(&around[k], p);
		else
			around[n++] = *p;
	}
	return n;
}

/* Does the cube hold nothing but its action? */
static bool is_pure(const struct search *s, struct span at, const struct piece *row)
{
	for (size_t i = at.from; i < at.to; i++)
		if (s->pieces.p[i].action != row->action && piece_meets(&s->pieces.p[i], row))
			return false;
	return true;
}

static bool try_choices(struct search *s, struct span at, size_t rows, const struct piece *around, uint32_t n)
{
	size_t from = s->choices.n, bans = s->bans.n, to;
	bool found = false;

	for (uint32_t k = 0; k < n && !s->spent; k++) {
		struct wide w = { .s = s, .at = at, .action = around[k].action };
		size_t first = s->choices.n;

		find_wide(&w, (struct piece){ .action = w.action }, (const uint64_t[2]){ 0, 0 }, at.from);
		keep_best(s, first);
	}
	sort_choices(s, from);
	to = s->choices.n;
	for (size_t i = from; i < to && !found && !s->spent; i++) {
		struct piece row = s->choices.p[i].row;

		found = begins_with(s, at, &row, rows);
		*vec_push(s->arena, &s->bans) = row;
	}
	s->choices.n = from;
	s->bans.n = bans;
	return found;
}

/* A list of @rows rows at most for what is left, in s->rows behind those that are there. */
static bool find_list(struct search *s, struct span at, size_t rows)
{
	struct piece around[ROWS_MAX];
	uint32_t n;

	if (at.from == at.to)
		return true;
	if (!pay(s, at.to - at.from))
		return false;
	n = list_left(s, at, around);
	if (n > rows)
		return false;
	if (n == 1) {
		s->rows[s->n++] = (struct piece){ .action = around[0].action };
		return true;
	}
	for (uint32_t k = 0; k < n; k++)
		if (is_pure(s, at, &around[k]))
			return !is_banned(s, &around[k]) && begins_with(s, at, &around[k], rows);
	return n < rows && try_choices(s, at, rows, around, n);
}

/* ---- from covers, and to them ---- */

struct bits {
	unsigned int of[64];	/* by bit of a piece: the key's */
	unsigned int n;
};

/* The bits that the leaves ask for; false where they are too many. */
static bool list_bits(const struct cover_tree *t, struct bits *b)
{
	struct cube any = { { 0 }, { 0 } };

	for (size_t i = 0; i < t->leaves.n; i++)
		for (int k = 0; k < CUBE_WORDS; k++)
			any.mask[k] |= t->leaves.p[i].cube.mask[k];
	b->n = 0;
	for (unsigned int bit = 0; bit < t->c->bits; bit++) {
		if (!cube_cares(&any, bit))
			continue;
		if (b->n == 64)
			return false;
		b->of[b->n++] = bit;
	}
	return true;
}

static void add_leaves(struct search *s, const struct cover_tree *t, const struct bits *b)
{
	for (size_t i = 0; i < t->leaves.n; i++) {
		const struct cover_leaf *l = &t->leaves.p[i];
		struct piece p = { .action = l->action };

		for (unsigned int k = 0; k < b->n; k++) {
			p.mask |= (uint64_t)cube_cares(&l->cube, b->of[k]) << k;
			p.value |= (uint64_t)cube_has(&l->cube, b->of[k]) << k;
		}
		*vec_push(s->arena, &s->pieces) = p;
	}
}

static struct cover to_cover(const struct search *s, const struct cover *like, const struct bits *b)
{
	struct cover c = *like;

	c.n = s->n;
	c.rows = arena_array(s->arena, struct cover_row, c.n);
	for (size_t i = 0; i < c.n; i++) {
		c.rows[i].action = s->rows[i].action;
		for (unsigned int k = 0; k < b->n; k++)
			if (s->rows[i].mask >> k & 1)
				cube_set(&c.rows[i].cube, b->of[k], s->rows[i].value >> k & 1);
	}
	return c;
}

/* The tree is made of the same steps; false where there is none, and @more where that is for want of them. */
static bool begin(struct cover_tree *t, uint64_t *steps, bool *more)
{
	uint64_t most = *steps < TREE_STEPS / PER_STEP ? *steps * PER_STEP : TREE_STEPS;
	bool ok;

	t->steps = most;
	ok = cover_tree_make(t);
	*more = !ok && most < TREE_STEPS;
	*steps = *more ? 0 : *steps - (most - t->steps) / PER_STEP;
	return ok;
}

struct cover cover_exact(struct arena *a, const struct cover *c, uint64_t *steps, bool *more)
{
	struct cover_tree tree = { .arena = a, .c = c };
	struct cover best = *c;
	struct search *s;
	struct bits bits;

	*more = false;
	if (c->n < 2 || c->n > ROWS_MAX || !begin(&tree, steps, more) || !list_bits(&tree, &bits))
		return best;
	s = arena_new_of(a, struct search);
	s->arena = a;
	s->steps = *steps;
	add_leaves(s, &tree, &bits);
	while (best.n > 1) {
		struct cover less;

		s->n = 0;
		s->pieces.n = tree.leaves.n;
		if (!find_list(s, (struct span){ 0, tree.leaves.n }, best.n - 1))
			break;
		less = to_cover(s, c, &bits);
		if (cover_equal(a, c, &less, NULL, EQUAL_STEPS) != 1)
			break;	/* too long to be shown */
		best = less;
	}
	*steps = s->steps;
	*more = s->spent && !s->full;
	return best;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Minimising a list of cubes, first match decides. Begun is with lists made of what it means alone: exceptions and
 * exceptions to these (cover_list.c); a decision tree in the order of the key's bits, in which all rows of an action
 * stand together and another action is the default each time; and then with the one that was given. The same moves
 * shorten each of them, and the shortest is taken. So what the rows looked like matters little. The moves: leave out a
 * row whose keys the rows behind it treat alike; put one cube around two rows of an action, at the place of either;
 * widen a row. Each is made only where it is shown that no key changes its action.
 */
#include "cover.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "cover_chain.h"
#include "cover_exact.h"
#include "cover_isop.h"
#include "cover_list.h"
#include "cover_plain.h"
#include "cover_tree.h"

#define LIST_MAX	1024	/* rows, in lists of which the meaning is read */
#define PAIRS_MAX	128	/* rows, in lists in which all pairs are tried */
#define LIST_STEPS	(1u << 14)	/* of making one, and 64 for each row */
#define SHORT_MORE	48
#define ISOP_MORE	32	/* rows of a list to begin with, and twice what is there */
#define ORDERS_MAX	4	/* actions beside the default, of which all orders are looked at; */
#define ORDERS_TRIED	6	/* and how many of them are tried */
#define EXACT_MAX	16	/* rows, of which fewer are searched for in the end, */
#define EXACT_STEPS	4096u	/* in so many steps */

struct work {
	struct arena *arena;
	struct cover_row *rows;
	bool *dead;
	size_t n;
	unsigned int bits;
	uint64_t steps;		/* left */
	struct cube *differs;	/* or NULL: gets keys that do not agree */
	bool keep;		/* exceptions to rows behind them that the default would do for */
};

/*
 * Whether all keys in @region that rows in front of @mine leave have @action: rows from @k on are looked at. False
 * also where that takes too long.
 */
static bool agrees(struct work *w, struct cube region, size_t k, size_t mine, uint32_t action)
{
	for (; k < w->n; k++) {
		const struct cube *c = &w->rows[k].cube;

		if (!w->steps)
			return false;
		w->steps--;
		if (w->dead[k] || !cube_meets(c, &region))
			continue;
		if (k >= mine && w->rows[k].action != action) {
			if (w->differs)
				*w->differs = cube_both(c, &region);
			return false;
		}
		for (int i = 0; i < CUBE_WORDS; i++) {
			uint64_t more = c->mask[i] & ~region.mask[i];

			while (more) {
				unsigned int bit = (unsigned int)(i * 64 + __builtin_clzll(more));
				struct cube part = region;

				more &= ~cube_bit(bit);
				cube_set(&part, bit, !cube_has(c, bit));
				if (!agrees(w, part, k + 1, mine, action))
					return false;
				cube_set(&region, bit, cube_has(c, bit));
			}
		}
		return true;
	}
	return true;
}

static void bury(struct work *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		if (!w->dead[i])
			w->rows[n++] = w->rows[i];
	memset(w->dead, 0, w->n);
	w->n = n;
}

/* ---- the moves ---- */

/* Rows at the end that no key gets to; the one before them then takes all that do. */
static void cut_end(struct work *w)
{
	const struct cube all = { { 0 }, { 0 } };

	while (w->n > 1 && agrees(w, all, 0, w->n - 1, UINT32_MAX)) {
		w->n--;
		w->rows[w->n - 1].cube = all;
	}
}

static void leave_out(struct work *w)
{
	cut_end(w);
	for (size_t i = w->n; i-- > 0;) {
		if (w->n == 1)
			break;
		w->dead[i] = true;
		if (i + 1 == w->n || !agrees(w, w->rows[i].cube, 0, i, w->rows[i].action))
			w->dead[i] = false;
	}
	bury(w);
}

/* How many rows the cube @c of @action makes superfluous at @at. */
static size_t swallowed(const struct work *w, const struct cube *c, size_t at)
{
	size_t n = 0;

	for (size_t i = at + 1; i < w->n; i++)
		n += !w->dead[i] && cube_holds(c, &w->rows[i].cube);
	return n;
}

/* Whether row @i can be let go, when row @j behind it is @around both. */
static bool moves_back(struct work *w, size_t i, size_t j, const struct cube *around)
{
	struct cube old = w->rows[j].cube;
	bool ok;

	w->dead[i] = true;
	ok = agrees(w, *around, 0, j, w->rows[j].action);
	w->rows[j].cube = *around;
	ok = ok && agrees(w, w->rows[i].cube, 0, i, w->rows[i].action);
	w->dead[i] = false;
	w->rows[j].cube = old;
	return ok;
}

static void swallow(struct work *w, size_t at)
{
	for (size_t i = at + 1; i < w->n; i++)
		if (cube_holds(&w->rows[at].cube, &w->rows[i].cube))
			w->dead[i] = true;
}

/* One cube around row @i and another of its action: that which makes most rows superfluous. */
static bool join(struct work *w, size_t i)
{
	struct cube best;
	size_t best_n = 0, best_j = 0;
	bool back = false;

	for (size_t j = i + 1; j < w->n - w->keep; j++) {
		struct cube around = cube_around(&w->rows[i].cube, &w->rows[j].cube);
		size_t n;

		if (w->dead[j] || w->rows[j].action != w->rows[i].action)
			continue;
		n = swallowed(w, &around, i);
		if (n > best_n && agrees(w, around, 0, i, w->rows[i].action)) {
			best = around;
			best_n = n;
			back = false;
		}
		if (best_n)
			continue;
		n = swallowed(w, &around, j) + 1;
		if (moves_back(w, i, j, &around)) {
			best = around;
			best_n = n;
			best_j = j;
			back = true;
		}
	}
	if (!best_n)
		return false;
	if (back) {
		w->dead[i] = true;
		i = best_j;
	}
	w->rows[i].cube = best;
	swallow(w, i);
	return true;
}

static bool join_pairs(struct work *w)
{
	bool any = false;

	for (size_t i = 0; i < w->n; i++)
		while (!w->dead[i] && join(w, i))
			any = true;
	bury(w);
	return any;
}

static bool has_fellow(const struct work *w, size_t i)
{
	for (size_t j = 0; j < w->n; j++)
		if (j != i && w->rows[j].action == w->rows[i].action)
			return true;
	return false;
}

/* Free each bit of a row that changes nothing: it may then stand for others of its action. */
static void widen(struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		if (!has_fellow(w, i))
			continue;
		for (unsigned int bit = 0; bit < w->bits; bit++) {
			struct cube other = w->rows[i].cube;

			if (!cube_cares(&other, bit))
				continue;
			cube_set(&other, bit, !cube_has(&other, bit));
			if (agrees(w, other, 0, i, w->rows[i].action))
				cube_free(&w->rows[i].cube, bit);
		}
	}
}

/* ---- lists in which pairs would be too many: only those that differ in a bit ---- */

struct index { uint32_t *slots; size_t size; };	/* row + 1 */

static uint32_t *find(const struct index *x, const struct work *w, const struct cube *c, uint32_t action)
{
	size_t at = cube_hash(c, action) & (x->size - 1);

	for (; x->slots[at]; at = (at + 1) & (x->size - 1)) {
		const struct cover_row *r = &w->rows[x->slots[at] - 1];

		if (r->action == action && !memcmp(&r->cube, c, sizeof(*c)))
			break;
	}
	return &x->slots[at];
}

static bool join_neighbours(struct work *w)
{
	struct index x = { .size = 64 };
	bool any = false;

	while (x.size < w->n * 4)
		x.size *= 2;
	x.slots = calloc(x.size, sizeof(*x.slots));
	if (!x.slots)
		return false;	/* only shorter lists are lost */
	for (size_t i = w->n; i-- > 0;)
		*find(&x, w, &w->rows[i].cube, w->rows[i].action) = (uint32_t)i + 1;
	for (size_t i = 0; i < w->n; i++) {
		for (unsigned int bit = 0; bit < w->bits && !w->dead[i]; bit++) {
			struct cube other = w->rows[i].cube;
			uint32_t j;

			if (!cube_cares(&other, bit))
				continue;
			cube_set(&other, bit, !cube_has(&other, bit));
			j = *find(&x, w, &other, w->rows[i].action);
			if (!j || j - 1 <= i || w->dead[j - 1] ||
			    !agrees(w, other, 0, i, w->rows[i].action))
				continue;
			w->dead[j - 1] = true;
			/* its place in the index is as what it was: the next pass makes a new one */
			cube_free(&w->rows[i].cube, bit);
			any = true;
			break;
		}
	}
	free(x.slots);
	bury(w);
	return any;
}

static void shorten(struct work *w, bool keep)
{
	size_t before;

	if (keep && w->n <= PAIRS_MAX) {
		cut_end(w);
		w->keep = true;
		join_pairs(w);
		widen(w);
		w->keep = false;
	}
	do {
		before = w->n;
		leave_out(w);
		if (w->n > PAIRS_MAX) {
			while (join_neighbours(w))
				;
		} else {
			join_pairs(w);
			widen(w);
			leave_out(w);
			join_pairs(w);
		}
	} while (w->n < before && w->steps);
}

/* ---- the lists to begin with ---- */

struct minimiser {
	struct arena *arena;
	const struct cover *c;
	struct cover best;
	bool none;		/* there is no best yet */
	struct cover_tree tree;
	bool has_tree, has_isop;
	struct cover_isop isop;
	uint32_t *actions;	/* those with fewer keys first */
	uint64_t *weight;	/* of each: how many keys have it, in 2^-63 of all */
	uint32_t n_actions;
	size_t least;		/* rows of any list that means the same */
	size_t room;
	struct work w;		/* room */
	struct cover_row *again;	/* what it begins with */
};

/* Longer lists than this are not likely to become shorter than what there is, and take long; of short keys all are. */
static size_t worth(const struct minimiser *m)
{
	return 2 * (m->none ? m->c->n : m->best.n) + (m->c->bits <= 8 ? SHORT_MORE : 4);
}

static bool is_shortest(const struct minimiser *m)
{
	return !m->none && m->best.n <= m->least;
}

static void take_better(struct minimiser *m)
{
	size_t n = m->w.n;

	memcpy(m->again, m->w.rows, n * sizeof(*m->again));
	for (int keep = 0; keep < 2 && !is_shortest(m); keep++) {
		if (keep)
			memcpy(m->w.rows, m->again, n * sizeof(*m->again));
		m->w.n = n;
		shorten(&m->w, keep);
		if (!m->none && m->w.n >= m->best.n)
			continue;
		m->none = false;
		m->best.n = m->w.n;
		memcpy(m->best.rows, m->w.rows, m->w.n * sizeof(*m->w.rows));
	}
}

static void try_given(struct minimiser *m)
{
	memcpy(m->w.rows, m->c->rows, m->c->n * sizeof(*m->c->rows));
	m->w.n = m->c->n;
	memset(&m->w.rows[m->w.n - 1].cube, 0, sizeof(struct cube));
	take_better(m);
}

/* Actions in @order, the last one as default, as the leaves have them. */
static void try_leaves(struct minimiser *m, const uint32_t *order)
{
	size_t n = 0;

	for (size_t i = 0; m->has_tree && i < m->tree.leaves.n; i++)
		n += m->tree.leaves.p[i].action != order[m->n_actions - 1];
	if (!m->has_tree || is_shortest(m) || n > worth(m) || n >= m->room)
		return;
	n = 0;
	for (uint32_t k = 0; k + 1 < m->n_actions; k++)
		for (size_t i = 0; i < m->tree.leaves.n; i++)
			if (m->tree.leaves.p[i].action == order[k])
				m->w.rows[n++] = (struct cover_row){ m->tree.leaves.p[i].cube, order[k] };
	m->w.rows[n++] = (struct cover_row){ .action = order[m->n_actions - 1] };
	m->w.n = n;
	take_better(m);
}

static void try_isop(struct minimiser *m, const uint32_t *order)
{
	if (is_shortest(m) || !cover_isop_make(&m->isop, order, m->n_actions))
		return;
	memcpy(m->w.rows, m->isop.rows.p, m->isop.rows.n * sizeof(*m->w.rows));
	m->w.n = m->isop.rows.n;
	take_better(m);
}

/* Exceptions, and exceptions to these. */
static void try_list(struct minimiser *m, int order, uint64_t steps)
{
	struct cover_list x = { .arena = m->arena, .c = m->c, .steps = steps };

	cover_list_order(&x, order & 1, order & 2);
	if (is_shortest(m) || !cover_list_make(&x) || x.rows.n >= m->room)
		return;
	memcpy(m->w.rows, x.rows.p, x.rows.n * sizeof(*m->w.rows));
	m->w.n = x.rows.n;
	take_better(m);
}

/* An order of actions, and how many rows it takes. */
struct order {
	uint32_t *actions;
	size_t rows;
};

struct orders {
	VEC(struct order) v;
	bool found;		/* one of the shortest: no more are needed */
};

static void add_order(struct minimiser *m, struct orders *to, const uint32_t *order)
{
	struct order o = { .actions = arena_array(m->arena, uint32_t, m->n_actions), .rows = SIZE_MAX };

	memcpy(o.actions, order, m->n_actions * sizeof(*order));
	if (m->has_isop && cover_isop_make(&m->isop, order, m->n_actions))
		o.rows = m->isop.rows.n;
	to->found |= o.rows <= m->least;
	*vec_push(m->arena, &to->v) = o;
}

static void add_orders(struct minimiser *m, struct orders *to, uint32_t *order, uint32_t fixed)
{
	uint32_t n = m->n_actions - 1;

	if (fixed >= n || n > ORDERS_MAX) {
		add_order(m, to, order);
		return;
	}
	for (uint32_t i = fixed; i < n && !to->found; i++) {
		uint32_t x = order[fixed];

		order[fixed] = order[i];
		order[i] = x;
		add_orders(m, to, order, fixed + 1);
		order[i] = order[fixed];
		order[fixed] = x;
	}
}

/* All leaves, small ones first, and @action as default. */
static void try_mixed(struct minimiser *m, uint32_t action)
{
	size_t n = 0;

	if (!m->has_tree || is_shortest(m) || m->tree.leaves.n > worth(m) || m->tree.leaves.n >= m->room)
		return;
	for (unsigned int size = m->c->bits + 1; size-- > 0;)
		for (size_t i = 0; i < m->tree.leaves.n; i++)
			if (cube_bits(&m->tree.leaves.p[i].cube) == size)
				m->w.rows[n++] = (struct cover_row){
					m->tree.leaves.p[i].cube, m->tree.leaves.p[i].action,
				};
	m->w.rows[n++] = (struct cover_row){ .action = action };
	m->w.n = n;
	take_better(m);
}

/* Actions as they first come in the leaves of the tree. */
static void list_by_tree(struct minimiser *m)
{
	for (size_t i = 0; i < m->tree.leaves.n; i++) {
		const struct cover_leaf *l = &m->tree.leaves.p[i];
		unsigned int n = cube_bits(&l->cube);
		uint32_t k = 0;

		while (k < m->n_actions && m->actions[k] != l->action)
			k++;
		if (k == m->n_actions)
			m->actions[m->n_actions++] = l->action;
		m->weight[k] += n < 64 ? 1ull << (63 - n) : 0;
	}
}

static void swap_actions(struct minimiser *m, uint32_t k)
{
	uint64_t weight = m->weight[k];
	uint32_t action = m->actions[k];

	m->weight[k] = m->weight[k - 1];
	m->actions[k] = m->actions[k - 1];
	m->weight[k - 1] = weight;
	m->actions[k - 1] = action;
}

/* The actions, those with fewer keys first: an order that does not depend on how the list was written. */
static void list_actions(struct minimiser *m)
{
	m->actions = arena_array(m->arena, uint32_t, m->c->n_actions + 1);
	m->weight = arena_array(m->arena, uint64_t, m->c->n_actions + 1);
	if (!m->has_isop)
		list_by_tree(m);
	for (uint32_t a = 0; m->has_isop && a < m->c->n_actions; a++) {
		if (!cover_isop_any(&m->isop, a))
			continue;
		m->actions[m->n_actions] = a;
		m->weight[m->n_actions++] = cover_isop_weight(&m->isop, a);
		for (uint32_t k = m->n_actions - 1; k && cover_isop_first(&m->isop, a, m->actions[k - 1]); k--)
			swap_actions(m, k);
	}
	for (uint32_t i = 1; i < m->n_actions; i++)	/* few: by insertion */
		for (uint32_t k = i; k && m->weight[k] < m->weight[k - 1]; k--)
			swap_actions(m, k);
}

/* A row for each action. */
static void try_chain(struct minimiser *m)
{
	enum cover_chain chain = cover_chain_make(&m->isop, m->actions, m->n_actions, m->w.rows);

	m->isop.failed = false;
	if (chain == COVER_CHAIN_NONE)
		m->least++;
	if (chain != COVER_CHAIN_MADE)
		return;
	m->none = false;
	m->best.n = m->n_actions;
	memcpy(m->best.rows, m->w.rows, m->n_actions * sizeof(*m->w.rows));
}

/* Each action as default, behind the others: all orders, those first that take the fewest rows. */
static void try_orders(struct minimiser *m)
{
	uint32_t *order = arena_array(m->arena, uint32_t, m->n_actions + 1);
	struct orders all = { 0 };

	if (is_shortest(m))
		return;
	for (uint32_t d = m->n_actions; d-- > 0 && m->n_actions - d <= ORDERS_MAX + 1 && !all.found;) {
		uint32_t n = 0;

		for (uint32_t k = 0; k < m->n_actions; k++)
			if (k != d)
				order[n++] = m->actions[k];
		order[n] = m->actions[d];
		add_orders(m, &all, order, 0);
	}
	for (size_t i = 0; i < all.v.n && i < ORDERS_TRIED && !is_shortest(m); i++) {
		struct order *least = &all.v.p[i], o;

		for (size_t k = i; k < all.v.n; k++)
			if (all.v.p[k].rows < least->rows)
				least = &all.v.p[k];
		o = *least;
		memmove(&all.v.p[i + 1], &all.v.p[i], (size_t)(least - &all.v.p[i]) * sizeof(o));
		all.v.p[i] = o;
		if (o.rows != SIZE_MAX)
			try_isop(m, o.actions);
		try_leaves(m, o.actions);
	}
	for (uint32_t d = m->n_actions; d-- > 0 && m->n_actions - d <= ORDERS_MAX + 1;)
		try_mixed(m, m->actions[d]);
}

/* Few rows may be fewer still. */
static void try_exact(struct minimiser *m)
{
	uint64_t steps = EXACT_STEPS;
	bool more;

	m->best = cover_exact(m->arena, &m->best, &steps, &more);
}

/* From what the list means alone; then, where that leaves something to do, from how it was written. */
static struct cover minimise(struct arena *a, const struct cover *c, uint64_t steps)
{
	struct minimiser m = {
		.arena = a, .c = c, .best = *c, .none = true, .room = 4 * c->n + 2 * ISOP_MORE,
		.tree = { .arena = a, .c = c, .steps = steps / 4 },
		.isop = { .arena = a, .c = c, .steps = steps + 64 * c->n, .most = 2 * c->n + ISOP_MORE },
	};

	m.best.rows = arena_array(a, struct cover_row, m.room + 1);
	memcpy(m.best.rows, c->rows, c->n * sizeof(*c->rows));
	if (c->n < 2 || cover_plain_is_least(a, c))
		return m.best;
	m.w = (struct work){
		.arena = a, .rows = arena_array(a, struct cover_row, m.room + 1),
		.dead = arena_array(a, bool, m.room + 1), .bits = c->bits, .steps = steps,
	};
	m.again = arena_array(a, struct cover_row, m.room + 1);
	if (c->n <= LIST_MAX) {
		m.has_isop = cover_isop_read(&m.isop);
		m.has_tree = c->n <= PAIRS_MAX && cover_tree_make(&m.tree);
		if (m.has_isop || m.has_tree) {
			list_actions(&m);
			m.least = m.n_actions;
			if (m.has_isop)
				try_chain(&m);
			for (int order = 0; order < 4; order++)
				if (c->bits > 8 || !(order & 1))
					try_list(&m, order, LIST_STEPS + 64 * c->n);
			try_orders(&m);
		}
	}
	if (!is_shortest(&m)) {
		m.w.steps = steps;
		try_given(&m);
	}
	if (!is_shortest(&m) && m.best.n <= EXACT_MAX && c->n <= LIST_MAX)
		try_exact(&m);
	return m.best;
}

/* A long list is made shorter first, so that it may become one of which the meaning is read. */
struct cover cover_minimise(struct arena *a, const struct cover *c, uint64_t steps)
{
	struct cover shorter;

	if (c->n <= LIST_MAX || !cover_plain(a, c, &shorter))
		return minimise(a, c, steps);
	return shorter.n <= LIST_MAX ? minimise(a, &shorter, steps) : shorter;
}

size_t cover_least(struct arena *a, const struct cover *c, uint64_t steps)
{
	struct cover_isop x = { .arena = a, .c = c, .steps = steps };
	uint32_t *actions = arena_array(a, uint32_t, c->n_actions), n = 0;
	struct cover_row *rows = arena_array(a, struct cover_row, c->n_actions);

	if (!cover_isop_read(&x))
		return 1;
	for (uint32_t i = 0; i < c->n_actions; i++)
		if (cover_isop_any(&x, i))
			actions[n++] = i;
	return n + (n < c->n && cover_chain_make(&x, actions, n, rows) == COVER_CHAIN_NONE);
}

/* ---- equality ---- */

int cover_equal(struct arena *arena, const struct cover *a, const struct cover *b, struct cube *key, uint64_t steps)
{
	size_t n = a->n + b->n;
	struct work w = {
		.arena = arena, .rows = arena_array(arena, struct cover_row, n),
		.dead = arena_array(arena, bool, n), .n = n, .bits = a->bits, .steps = steps, .differs = key,
	};

	memcpy(w.rows, a->rows, a->n * sizeof(*a->rows));
	memcpy(w.rows + a->n, b->rows, b->n * sizeof(*b->rows));
	memset(w.dead, true, a->n);
	/* A row of @a decides on the keys that those in front of it leave: on them @b must do the same. */
	for (size_t i = 0; i < a->n; i++) {
		if (!agrees(&w, a->rows[i].cube, 0, a->n, a->rows[i].action))
			return w.steps ? 0 : -1;
		w.dead[i] = false;
	}
	return 1;
}

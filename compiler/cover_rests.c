/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Rests of decisions: takes a list of cubes and bytes that are known first, gives
 * what these tell apart and what is left of each. Rests are nodes of one diagram,
 * in which bits are asked for as the key has them; so what was found of one, and
 * of what lies below it, is known for all others.
 */
#include "cover_rests.h"

#include "cover_list.h"

#define COSTS_MAX	(1u << 20)	/* that are kept */
#define STEPS_CLASSES	(1u << 16)	/* of telling what bytes tell apart, */
#define STEPS_ROW	1024	/* and each row of it */
#define STEPS_REST	(1u << 14)	/* of the rows of a rest, */
#define STEPS_ACTION	64	/* and each action of it */

struct rest {
	uint32_t n_actions;	/* 0: not counted yet */
	struct cover cover;	/* n == 0: not made yet */
};

/* What was told apart. */
struct told {
	uint32_t rest, first;
	struct cover_classes classes;
	struct cover list;	/* n == 0: not made */
	bool failed;
};

struct cover_rests {
	struct arena *scratch;
	struct cover like;		/* its keys and actions */
	uint32_t all;
	struct cover_list list;
	VEC(struct rest) rests;		/* by node */
	struct told **told;		/* by hash; NULL: free */
	uint32_t told_size, n_told;
	void *more;
};

/* Node @f of @x, as a node of ours; @same: those that are known, plus 1. */
static uint32_t same_node(struct cover_rests *r, const struct cover_list *x, uint32_t f, uint32_t *same)
{
	const struct cover_node *n = &x->nodes.all.p[f];

	if (f < x->nodes.ends)
		return f;
	if (!same[f]) {
		uint32_t lo = same_node(r, x, n->lo, same), hi = same_node(r, x, n->hi, same);

		same[f] = cover_node(&r->list.nodes, x->order[n->bit], lo, hi) + 1;
	}
	return same[f] - 1;
}

static void add_rests(struct cover_rests *r, const struct cover_list *x, const uint32_t *of, size_t n, uint32_t *out)
{
	uint32_t *same = arena_array(x->arena, uint32_t, x->nodes.all.n);

	for (size_t i = 0; i < n; i++)
		out[i] = same_node(r, x, of[i], same);
	while (r->rests.n < r->list.nodes.all.n)
		*vec_push(r->list.arena, &r->rests) = (struct rest){ .n_actions = 0 };
}

static struct cover_list list_of(struct cover_rests *r, const struct cover *c)
{
	arena_empty(r->scratch);
	return (struct cover_list){ .arena = r->scratch, .c = c, .steps = STEPS_CLASSES + STEPS_ROW * c->n };
}

static uint32_t read_all(struct cover_rests *r, const struct cover *c)
{
	struct cover_list x = list_of(r, c);
	uint32_t all;

	cover_list_order(&x, false, false);
	if (!cover_list_read(&x))
		return COVER_NO_REST;
	add_rests(r, &x, &x.root, 1, &all);
	return all;
}

struct cover_rests *cover_rests_new(struct arena *arena, struct arena *scratch, const struct cover *c)
{
	struct cover_rests *r = arena_new_of(arena, struct cover_rests);

	r->scratch = scratch;
	r->like = (struct cover){ .n_actions = c->n_actions, .bits = c->bits };
	r->list.arena = arena;
	r->list.c = &r->like;
	cover_list_order(&r->list, false, false);
	cover_nodes_init(&r->list.nodes, arena, c->n_actions);
	cover_list_begin(&r->list);
	r->told_size = 64;
	r->told = arena_array(arena, struct told *, r->told_size);
	r->all = read_all(r, c);
	return r;
}

void **cover_rests_more(struct cover_rests *r, struct arena **arena)
{
	*arena = r->list.arena;
	return &r->more;
}

uint64_t cover_rests_size(const struct cover_rests *r)
{
	return r->list.nodes.all.n + r->list.n_costs + r->n_told;
}

uint32_t cover_rests_all(const struct cover_rests *r)
{
	return r->all;
}

/* ---- what bytes tell apart ---- */

static struct told **find_told(const struct cover_rests *r, uint32_t rest, uint32_t first)
{
	uint32_t h = cover_mix(rest, first, 2), mask = r->told_size - 1;

	while (r->told[h & mask] && (r->told[h & mask]->rest != rest || r->told[h & mask]->first != first))
		h++;
	return &r->told[h & mask];
}

static void add_told(struct cover_rests *r, struct told *t)
{
	if (2 * r->n_told >= r->told_size) {
		struct told **old = r->told;
		uint32_t n = r->told_size;

		r->told_size *= 2;
		r->told = arena_array(r->list.arena, struct told *, r->told_size);
		for (uint32_t i = 0; i < n; i++) {
			if (old[i])
				*find_told(r, old[i]->rest, old[i]->first) = old[i];
		}
	}
	*find_told(r, t->rest, t->first) = t;
	r->n_told++;
}

/* What is known of it, after its classes were found. */
static struct told *tell(struct cover_rests *r, const struct cover *c, uint32_t rest, uint32_t first)
{
	struct told *t = *find_told(r, rest, first);
	struct cover_list x;
	uint32_t *rests;

	if (t)
		return t;
	t = arena_new_of(r->list.arena, struct told);
	t->rest = rest;
	t->first = first;
	x = list_of(r, c);
	cover_list_first(&x, first);
	t->classes.n = cover_list_classes(&x);
	rests = arena_array(r->list.arena, uint32_t, t->classes.n);
	if (t->classes.n)
		add_rests(r, &x, x.ends.p, x.ends.n, rests);
	t->classes.rests = rests;
	add_told(r, t);
	return t;
}

struct cover_classes cover_rests_classes(struct cover_rests *r, const struct cover *c, uint32_t rest, uint32_t first)
{
	return tell(r, c, rest, first)->classes;
}

const struct cover *cover_rests_list(struct cover_rests *r, const struct cover *c, uint32_t rest, uint32_t first)
{
	struct told *t = tell(r, c, rest, first);
	struct cover_list x;

	if (t->list.n || t->failed)
		return t->failed ? NULL : &t->list;
	x = list_of(r, c);
	cover_list_first(&x, first);
	if (!cover_list_classes(&x) || !cover_list_tell(&x)) {
		t->failed = true;
		return NULL;
	}
	t->list = (struct cover){ .bits = c->bits, .n = x.rows.n, .n_actions = t->classes.n };
	t->list.rows = arena_array(r->list.arena, struct cover_row, x.rows.n);
	memcpy(t->list.rows, x.rows.p, x.rows.n * sizeof(*x.rows.p));
	return &t->list;
}

/* ---- rests ---- */

uint32_t cover_rest_actions(struct cover_rests *r, uint32_t rest)
{
	struct rest *at = &r->rests.p[rest];

	if (!at->n_actions) {
		cover_list_ends(&r->list, rest);
		at->n_actions = (uint32_t)r->list.ends.n;
	}
	return at->n_actions;
}

const struct cover *cover_rest_rows(struct cover_rests *r, uint32_t rest)
{
	struct cover_list *x = &r->list;
	struct cover *c = &r->rests.p[rest].cover;

	if (c->n)
		return c;
	if (x->n_costs > COSTS_MAX)
		cover_list_begin(x);
	x->steps = STEPS_REST + STEPS_ACTION * cover_rest_actions(r, rest);
	x->failed = false;
	if (!cover_list_rows(x, rest))
		return NULL;
	*c = r->like;
	c->n = x->rows.n;
	c->rows = arena_array(x->arena, struct cover_row, c->n);
	memcpy(c->rows, x->rows.p, c->n * sizeof(*c->rows));
	return c;
}

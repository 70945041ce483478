/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a list of cubes means, as one decision diagram of all its actions; and a
 * list again, the shortest of those that are made thus: where a bit is asked for,
 * what one half does is said of both, and in front of it what the other half does
 * differently; or some action is, and what is not that; or each half by itself.
 * The same again for what is said in front, down to what is equal already. It
 * depends on the meaning alone, and on the order in which bits are asked for.
 */
#include "cover_list.h"

#include <string.h>

#include "cover_plain.h"

#define NOTHING		UINT32_MAX	/* below a list: its last row takes all */
#define HASH_DONE	1024u	/* at most */
#define VALUES_MIN	128u	/* rows, from which on values are told apart as they stand */

enum { BOTH = 1, HIGH_LAST, LOW_LAST, ALONE, OVER };	/* OVER + i: over node i */

/* ---- the diagram ---- */

static bool is_end(const struct cover_list *x, uint32_t f)
{
	return x->nodes.all.p[f].bit >= x->cut;
}

/* The bit of the key that is asked for as number @bit. */
static unsigned int turned(const struct cover_list *x, unsigned int bit)
{
	return x->order[bit];
}

static unsigned int next_bit(const struct cover_list *x, const struct cube *c, unsigned int bit)
{
	while (bit < x->c->bits && !cube_cares(c, turned(x, bit)))
		bit++;
	return bit;
}

/* What is decided where row @row is in front of @f; its bits before @bit match. */
static uint32_t put_row(struct cover_list *x, uint32_t row, uint32_t f, unsigned int bit)
{
	const struct cover_row *r = &x->c->rows[row];
	uint32_t at, lo, hi;
	struct list_done *d;

	bit = next_bit(x, &r->cube, bit);
	if (bit == x->c->bits || f == r->action)
		return r->action;
	d = &x->done[cover_mix(row, bit, f) & (x->done_size - 1)];
	if (d->row == row + 1 && d->bit == bit && d->in == f)
		return d->out;
	if (!x->steps) {
		x->failed = true;
		return f;
	}
	x->steps--;
	at = x->nodes.all.p[f].bit < bit ? x->nodes.all.p[f].bit : bit;
	lo = x->nodes.all.p[f].bit == at ? x->nodes.all.p[f].lo : f;
	hi = x->nodes.all.p[f].bit == at ? x->nodes.all.p[f].hi : f;
	if (at < bit) {
		lo = put_row(x, row, lo, bit);
		hi = put_row(x, row, hi, bit);
	} else if (cube_has(&r->cube, turned(x, bit))) {
		hi = put_row(x, row, hi, bit + 1);
	} else {
		lo = put_row(x, row, lo, bit + 1);
	}
	if (x->failed)
		return f;
	*d = (struct list_done){ row + 1, bit, f, cover_node(&x->nodes, at, lo, hi) };
	return d->out;
}

bool cover_list_read(struct cover_list *x)
{
	x->root = x->c->rows[x->c->n - 1].action;
	for (x->done_size = 64; x->done_size < HASH_DONE && x->done_size < 16 * x->c->n;)
		x->done_size *= 2;
	x->done = arena_array(x->arena, struct list_done, x->done_size);
	cover_nodes_init(&x->nodes, x->arena, x->c->n_actions);
	for (size_t i = x->c->n - 1; i-- > 0 && !x->failed;)
		x->root = put_row(x, (uint32_t)i, x->root, 0);
	return !x->failed;
}

/* ---- what is shortest ---- */

static struct list_cost *find_cost(const struct cover_list *x, uint32_t f, uint32_t g)
{
	uint32_t h = cover_mix(f, g, 1), mask = x->costs_size - 1;

	while (x->costs[h & mask].cost && (x->costs[h & mask].f != f || x->costs[h & mask].g != g))
		h++;
	return &x->costs[h & mask];
}

static void add_cost(struct cover_list *x, const struct list_cost *c)
{
	if (2 * x->n_costs >= x->costs_size) {
		struct list_cost *old = x->costs;
		uint32_t n = x->costs_size;

		x->costs_size *= 2;
		x->costs = arena_array(x->arena, struct list_cost, x->costs_size);
		for (uint32_t i = 0; i < n; i++) {
			if (old[i].cost)
				*find_cost(x, old[i].f, old[i].g) = old[i];
		}
	}
	*find_cost(x, c->f, c->g) = *c;
	x->n_costs++;
}

/* A bit is asked for of @f, and of what lies below it. */
struct halves { uint32_t bit, f[2], g[2]; bool of_f; };

static struct halves halve(const struct cover_list *x, uint32_t f, uint32_t g)
{
	const struct cover_node *a = &x->nodes.all.p[f], *b = g == NOTHING ? a : &x->nodes.all.p[g];
	struct halves h = { .bit = a->bit < b->bit ? a->bit : b->bit };

	h.of_f = a->bit == h.bit;
	h.f[0] = h.of_f ? a->lo : f;
	h.f[1] = h.of_f ? a->hi : f;
	h.g[0] = g != NOTHING && b->bit == h.bit ? b->lo : g;
	h.g[1] = g != NOTHING && b->bit == h.bit ? b->hi : g;
	return h;
}

static uint32_t cost(struct cover_list *x, uint32_t f, uint32_t g);

static void try_way(struct list_cost *best, uint32_t n, uint32_t how)
{
	if (best->cost && n >= best->cost)
		return;
	best->cost = n;
	best->how = how;
}

static void make_below(struct cover_list *x, uint32_t f)
{
	const struct cover_node *n = &x->nodes.all.p[f];
	struct list_below *b = &x->below.p[f];

	if (b->n)
		return;
	if (is_end(x, f)) {
		b->ends[b->n++] = f;
		return;
	}
	make_below(x, n->lo);
	make_below(x, n->hi);
	*b = x->below.p[n->lo];
	for (uint32_t i = 0; i < x->below.p[n->hi].n && b->n < BELOW_MAX; i++) {
		uint32_t end = x->below.p[n->hi].ends[i], k = 0;

		while (k < b->n && b->ends[k] != end)
			k++;
		if (k == b->n)
			b->ends[b->n++] = end;
	}
}

/* Ends that @f comes to, as they come, some of them. */
static const struct list_below *below(struct cover_list *x, uint32_t f)
{
	while (x->below.n < x->nodes.all.n)
		vec_push(x->arena, &x->below)->n = 0;
	make_below(x, f);
	return &x->below.p[f];
}

/* One of them, or what else is left, behind all that differs from it. */
static void try_over(struct cover_list *x, struct list_cost *best)
{
	const struct list_below *b = below(x, best->f);

	for (uint32_t i = 0; i < b->n && !x->failed; i++)
		try_way(best, cost(x, best->f, b->ends[i]) + 1, OVER + b->ends[i]);
}

/* How many rows say what @f does, where rows behind them say what @g does. */
static uint32_t cost(struct cover_list *x, uint32_t f, uint32_t g)
{
	struct list_cost best = { f, g, 0, 0 };
	const struct list_cost *known;
	struct halves h;

	if (f == g || is_end(x, f))
		return f != g;
	known = find_cost(x, f, g);
	if (known->cost)
		return known->cost;
	if (!x->steps) {
		x->failed = true;
		return 1;
	}
	x->steps--;
	h = halve(x, f, g);
	if (g != NOTHING)
		try_way(&best, cost(x, h.f[0], h.g[0]) + cost(x, h.f[1], h.g[1]), BOTH);
	if (h.of_f && !x->failed)
		try_way(&best, cost(x, h.f[0], h.f[1]) + cost(x, h.f[1], g), HIGH_LAST);
	if (h.of_f && !x->failed)
		try_way(&best, cost(x, h.f[1], h.f[0]) + cost(x, h.f[0], g), LOW_LAST);
	if (g != NOTHING && !is_end(x, g) && !x->failed)
		try_way(&best, cost(x, f, NOTHING), ALONE);
	if (g == NOTHING && !x->failed)
		try_over(x, &best);
	if (!x->failed)
		add_cost(x, &best);
	return best.cost;
}

static void put_rows(struct cover_list *x, uint32_t f, uint32_t g, struct cube at)
{
	struct cube half[2] = { at, at };
	struct halves h;
	uint32_t how;

	if (f == g)
		return;
	if (is_end(x, f)) {
		*vec_push(x->arena, &x->rows) = (struct cover_row){ at, x->end_of[f] - 1 };
		return;
	}
	how = find_cost(x, f, g)->how;
	h = halve(x, f, g);
	for (int i = 0; i < 2; i++)
		cube_set(&half[i], turned(x, h.bit), i);
	if (how == BOTH) {
		put_rows(x, h.f[0], h.g[0], half[0]);
		put_rows(x, h.f[1], h.g[1], half[1]);
	} else if (how == HIGH_LAST || how == LOW_LAST) {
		int last = how == HIGH_LAST;

		put_rows(x, h.f[!last], h.f[last], half[!last]);
		put_rows(x, h.f[last], g, at);
	} else {
		uint32_t below = how == ALONE ? NOTHING : how - OVER;

		put_rows(x, f, below, at);
		if (how != ALONE)
			put_rows(x, below, NOTHING, at);
	}
}

/* ---- all of it ---- */

void cover_list_order(struct cover_list *x, bool bytes_back, bool bits_back)
{
	unsigned int bytes = (x->c->bits + 7) / 8, n = 0;

	for (unsigned int i = 0; i < bytes * 8; i++) {
		unsigned int byte = bytes_back ? bytes - 1 - i / 8 : i / 8, bit = bits_back ? 7 - i % 8 : i % 8;

		if (byte * 8 + bit < x->c->bits)
			x->order[n++] = (uint8_t)(byte * 8 + bit);
	}
}

void cover_list_first(struct cover_list *x, uint32_t first)
{
	unsigned int n = 0;

	for (int others = 0; others < 2; others++) {
		for (unsigned int i = 0; i < x->c->bits; i++)
			if ((first >> i / 8 & 1) != (unsigned int)others)
				x->order[n++] = (uint8_t)i;
		x->first = others ? x->first : n;
	}
}

static void list_ends(struct cover_list *x, uint32_t f)
{
	if (x->seen.p[f] == x->turn)
		return;
	x->seen.p[f] = x->turn;
	if (is_end(x, f)) {
		*vec_push(x->arena, &x->ends) = f;
		return;
	}
	list_ends(x, x->nodes.all.p[f].lo);
	list_ends(x, x->nodes.all.p[f].hi);
}

void cover_list_ends(struct cover_list *x, uint32_t f)
{
	while (x->seen.n < x->nodes.all.n)
		*vec_push(x->arena, &x->seen) = 0;
	x->turn++;
	x->ends.n = 0;
	list_ends(x, f);
}

bool cover_list_rows(struct cover_list *x, uint32_t f)
{
	x->rows.n = 0;
	cost(x, f, NOTHING);
	if (!x->failed)
		put_rows(x, f, NOTHING, (struct cube){ { 0 }, { 0 } });
	return !x->failed;
}

/* Bits from @cut on are not asked for. */
static void begin_costs(struct cover_list *x, unsigned int cut)
{
	x->cut = cut;
	x->costs_size = 64;
	x->n_costs = 0;
	x->costs = arena_array(x->arena, struct list_cost, x->costs_size);
}

void cover_list_begin(struct cover_list *x)
{
	begin_costs(x, CUBE_BITS);
	x->end_of = arena_array(x->arena, uint32_t, x->c->n_actions);
	for (uint32_t i = 0; i < x->c->n_actions; i++)
		x->end_of[i] = i + 1;
}

bool cover_list_make(struct cover_list *x)
{
	if (!cover_list_read(x))
		return false;
	cover_list_begin(x);
	return cover_list_rows(x, x->root);
}

uint32_t cover_list_classes(struct cover_list *x)
{
	if (!cover_list_read(x))
		return 0;
	begin_costs(x, x->first);
	cover_list_ends(x, x->root);
	return (uint32_t)x->ends.n;
}

/* The class of keys that begin as @c does. */
static uint32_t class_of(const struct cover_list *x, const struct cube *c)
{
	uint32_t f = x->root;

	while (!is_end(x, f)) {
		const struct cover_node *n = &x->nodes.all.p[f];

		f = cube_has(c, turned(x, n->bit)) ? n->hi : n->lo;
	}
	return x->end_of[f] - 1;
}

/* Of values over a default: each with its class, as they stand. What begins otherwise has the default's. */
static void tell_values(struct cover_list *x)
{
	uint32_t other = x->end_of[x->c->rows[x->c->n - 1].action];

	x->rows.n = 0;
	for (size_t i = 0; i + 1 < x->c->n; i++) {
		struct cube c = x->c->rows[i].cube;

		for (unsigned int bit = x->first; bit < x->c->bits; bit++)
			cube_free(&c, turned(x, bit));
		*vec_push(x->arena, &x->rows) = (struct cover_row){ c, class_of(x, &c) };
	}
	*vec_push(x->arena, &x->rows) = (struct cover_row){ .action = other ? other - 1 : 0 };
}

bool cover_list_tell(struct cover_list *x)
{
	struct cover values = { .bits = x->c->bits, .n_actions = (uint32_t)x->ends.n };

	x->end_of = arena_array(x->arena, uint32_t, x->nodes.all.n);
	for (uint32_t i = 0; i < x->ends.n; i++)
		x->end_of[x->ends.p[i]] = i + 1;
	if (x->c->n < VALUES_MIN || !cover_plain_may(x->c))
		return cover_list_rows(x, x->root);
	tell_values(x);
	values.rows = x->rows.p;
	values.n = x->rows.n;
	cover_plain(x->arena, &values, &values);
	memcpy(x->rows.p, values.rows, values.n * sizeof(*values.rows));
	x->rows.n = values.n;
	return true;
}

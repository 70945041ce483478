/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The graph that passes change: from rows, and to rows again. What is equal is
 * there once in the result: key sets, and lists of operations.
 */
#include <string.h>

#include "cover.h"
#include "rows_graph.h"

/* ---- keys and actions ---- */

struct cube rg_cube(const struct mdesc_fmt_row *r)
{
	struct cube c = { { 0 }, { 0 } };

	for (int i = 0; i < MDESC_FMT_KEY_MAX; i++) {
		c.value[i / 8] |= (uint64_t)r->key_value[i] << (56 - i % 8 * 8);
		c.mask[i / 8] |= (uint64_t)r->key_mask[i] << (56 - i % 8 * 8);
	}
	return c;
}

void rg_put_cube(struct mdesc_fmt_row *r, const struct cube *c)
{
	for (int i = 0; i < MDESC_FMT_KEY_MAX; i++) {
		r->key_value[i] = (uint8_t)(c->value[i / 8] >> (56 - i % 8 * 8));
		r->key_mask[i] = (uint8_t)(c->mask[i / 8] >> (56 - i % 8 * 8));
	}
}

bool rg_same_action(const struct mdc_row *a, const struct mdc_row *b)
{
	return !memcmp(&a->f.flags, &b->f.flags, sizeof(a->f) - offsetof(struct mdesc_fmt_row, flags));
}

bool rg_matches_all(const struct mdesc_fmt_row *r)
{
	static const uint8_t none[MDESC_FMT_KEY_MAX];

	return !memcmp(r->key_mask, none, sizeof(none));
}

uint32_t rg_n_rows(const struct mdc_target *t, const struct mdc_row *rows, size_t n)
{
	return (uint32_t)n - (t->defaults && n && rg_matches_all(&rows[n - 1].f) ? 1 : 0);
}

uint32_t rg_compared(const struct rg_state *s)
{
	uint32_t bytes = 0;

	for (size_t i = 0; i < s->rows.n; i++) {
		for (int k = 0; k < MDESC_FMT_KEY_MAX; k++)
			bytes |= s->rows.p[i].f.key_mask[k] ? 1u << k : 0;
	}
	return bytes;
}

static unsigned int bits_of(const struct mdc_row *rows, uint32_t n)
{
	int bytes = 0;

	for (uint32_t i = 0; i < n; i++)
		for (int k = bytes; k < MDESC_FMT_KEY_MAX; k++)
			if (rows[i].f.key_mask[k])
				bytes = k + 1;
	return (unsigned int)bytes * 8;
}

struct cover rg_to_cover(struct arena *a, const struct mdc_row *rows, uint32_t n, uint32_t *of)
{
	struct cover c = { .rows = arena_array(a, struct cover_row, n), .n = n, .bits = bits_of(rows, n) };

	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = c.n_actions;

		/* from the last: arms of one action often stand together */
		while (k && !rg_same_action(&rows[of[k - 1]], &rows[i]))
			k--;
		if (!k) {
			of[c.n_actions++] = i;
			k = c.n_actions;
		}
		c.rows[i] = (struct cover_row){ rg_cube(&rows[i].f), k - 1 };
	}
	return c;
}

/* ---- making ---- */

struct mdesc_fmt_next rg_stop(uint8_t verdict, uint16_t code)
{
	return (struct mdesc_fmt_next){ verdict, 0, code, MDESC_FMT_NONE16, MDESC_FMT_NONE16 };
}

struct mdesc_fmt_next rg_enter(uint32_t state, uint16_t keys)
{
	return (struct mdesc_fmt_next){ MDESC_GO, 0, 0, (uint16_t)state, keys };
}

uint32_t rg_add_state(struct rows_graph *g, const struct mdc_row_state *s)
{
	*vec_push(g->arena, &g->states) = (struct rg_state){ .s = *s };
	g->changed = true;
	return (uint32_t)g->states.n - 1;
}

uint32_t rg_add_named(struct rows_graph *g, const struct mdc_row_state *s, const char *what, uint32_t n)
{
	struct mdc_row_state copy = *s;

	copy.name = arena_printf(g->ctx->arena, "%s.%s%u", s->name, what, n);
	return rg_add_state(g, &copy);
}

uint16_t rg_keys(struct rows_graph *g, const struct mdesc_fmt_keys *k)
{
	for (size_t i = g->keys.n; i-- > 0;) {
		if (!memcmp(&g->keys.p[i], k, sizeof(*k)))
			return (uint16_t)i;
	}
	*vec_push(g->arena, &g->keys) = *k;
	return (uint16_t)(g->keys.n - 1);
}

void rg_each_next(struct rows_graph *g, void (*fn)(void *arg, struct mdesc_fmt_next *next), void *arg)
{
	if (g->start.verdict == MDESC_GO)
		fn(arg, &g->start);
	for (size_t i = 0; i < g->states.n; i++) {
		struct rg_state *s = &g->states.p[i];

		if (s->s.f.max && s->s.f.otherwise.verdict == MDESC_GO)
			fn(arg, &s->s.f.otherwise);
		for (size_t k = 0; k < s->rows.n; k++) {
			if (s->rows.p[k].f.next.verdict == MDESC_GO)
				fn(arg, &s->rows.p[k].f.next);
		}
	}
}

static void count_way(void *arg, struct mdesc_fmt_next *next)
{
	uint32_t *ways = arg;

	ways[next->state]++;
}

uint32_t *rg_ways_in(struct rows_graph *g)
{
	uint32_t *ways = arena_array(g->arena, uint32_t, g->states.n + 1);

	rg_each_next(g, count_way, ways);
	return ways;
}

struct entries {
	uint16_t *keys;
	bool *several;
};

static void note_entry(void *arg, struct mdesc_fmt_next *next)
{
	struct entries *e = arg;

	if (e->keys[next->state] != MDESC_FMT_NONE16 && e->keys[next->state] != next->keys)
		e->several[next->state] = true;
	e->keys[next->state] = next->keys;
}

uint16_t *rg_entry_keys(struct rows_graph *g)
{
	struct entries e = {
		.keys = arena_array(g->arena, uint16_t, g->states.n + 1),
		.several = arena_array(g->arena, bool, g->states.n + 1),
	};

	memset(e.keys, 0xff, g->states.n * sizeof(*e.keys));
	rg_each_next(g, note_entry, &e);
	for (size_t i = 0; i < g->states.n; i++) {
		if (e.several[i])
			e.keys[i] = MDESC_FMT_NONE16;
	}
	return e.keys;
}

/* ---- open ---- */

void rg_open(struct rows_graph *g, struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	*g = (struct rows_graph){
		.ctx = ctx, .arena = arena_scratch(ctx->arena), .old = rows, .m = rows->model,
		.t = &rows->model->target, .start = rows->start,
	};
	vec_reserve(g->arena, &g->states, rows->n_states + 1);
	for (uint32_t i = 0; i < rows->n_states; i++)
		*vec_push(g->arena, &g->states) = (struct rg_state){ .s = rows->states[i] };
	for (uint32_t i = 0, n; i < rows->n_rows; i += n) {
		struct rg_state *s = &g->states.p[rows->rows[i].f.state];

		for (n = 1; i + n < rows->n_rows && rows->rows[i + n].f.state == rows->rows[i].f.state;)
			n++;
		vec_reserve(g->arena, &s->rows, n);
		memcpy(s->rows.p, rows->rows + i, n * sizeof(*s->rows.p));
		s->rows.n = n;
	}
	vec_reserve(g->arena, &g->keys, rows->n_keys + 16);
	if (rows->n_keys)
		memcpy(g->keys.p, rows->keys, rows->n_keys * sizeof(*g->keys.p));
	g->keys.n = rows->n_keys;
	vec_reserve(g->arena, &g->ops, rows->n_ops + 16);
	if (rows->n_ops)
		memcpy(g->ops.p, rows->ops, rows->n_ops * sizeof(*g->ops.p));
	g->ops.n = rows->n_ops;
}

/* ---- close: numbers ---- */

/* The order of the states: in that of the graph, but parts behind all that hold and go on to them. */
struct order {
	struct rows_graph *g;
	uint32_t *todo;			/* by state: ways in by rows that hold, from states not numbered yet */
	bool *reached;
	uint32_t *number;
	VEC(uint32_t) states;		/* by number */
	VEC(uint32_t) stack;
};

/* Must what the row goes on to have a larger number? */
static bool goes_later(const struct rg_state *s, const struct mdesc_fmt_row *r)
{
	return (r->flags & MDESC_ROW_HOLD) || (s->s.f.flags & MDESC_STATE_PASS);
}

static void reach(void *arg, const struct mdesc_fmt_next *next)
{
	struct order *o = arg;

	if (next->verdict != MDESC_GO || o->reached[next->state])
		return;
	o->reached[next->state] = true;
	*vec_push(o->g->arena, &o->stack) = next->state;
}

static void find_reached(struct order *o)
{
	reach(o, &o->g->start);
	while (o->stack.n) {
		uint32_t at = o->stack.p[--o->stack.n];
		const struct rg_state *s = &o->g->states.p[at];

		if (s->s.f.max)
			reach(o, &s->s.f.otherwise);
		for (size_t k = 0; k < s->rows.n; k++) {
			const struct mdesc_fmt_row *r = &s->rows.p[k].f;

			reach(o, &r->next);
			if (goes_later(s, r))
				o->todo[r->next.state]++;
		}
	}
}

bool rg_reaches_all(struct rows_graph *g)
{
	struct order o = { .g = g };

	o.todo = arena_array(g->arena, uint32_t, g->states.n + 1);
	o.reached = arena_array(g->arena, bool, g->states.n + 1);
	find_reached(&o);
	for (uint32_t i = 0; i < g->states.n; i++) {
		if (!o.reached[i])
			return false;
	}
	return true;
}

/* Numbers @at, and the parts that then have nothing left in front of them. */
static void number(struct order *o, uint32_t at)
{
	*vec_push(o->g->arena, &o->stack) = at;
	while (o->stack.n) {
		const struct rg_state *s;

		at = o->stack.p[--o->stack.n];
		s = &o->g->states.p[at];
		o->number[at] = (uint32_t)o->states.n;
		*vec_push(o->g->arena, &o->states) = at;
		for (size_t k = s->rows.n; k-- > 0;) {
			const struct mdesc_fmt_row *r = &s->rows.p[k].f;

			if (goes_later(s, r) && !--o->todo[r->next.state])
				*vec_push(o->g->arena, &o->stack) = r->next.state;
		}
	}
}

static void find_order(struct order *o)
{
	size_t n = o->g->states.n;

	o->todo = arena_array(o->g->arena, uint32_t, n + 1);
	o->reached = arena_array(o->g->arena, bool, n + 1);
	o->number = arena_array(o->g->arena, uint32_t, n + 1);
	find_reached(o);
	if (o->g->start.verdict == MDESC_GO)
		number(o, o->g->start.state);
	for (uint32_t i = 0; i < n; i++) {
		bool free = o->reached[i] && !o->todo[i] && i != o->g->start.state;

		/* a part that rows hold for is numbered with the last of these */
		if (free && !(o->g->states.p[i].s.f.flags & MDESC_STATE_PART))
			number(o, i);
	}
}

/* ---- close: tables ---- */

struct closing {
	struct rows_graph *g;
	struct order *o;
	VEC(struct mdc_row) rows;
	VEC(struct mdc_row_state) states;
	VEC(struct mdesc_fmt_keys) keys;
	VEC(struct mdesc_fmt_op) ops;
	uint32_t *key_number;		/* + 1; 0: not used yet */
	uint32_t *list_hash;		/* lists of operations: row + 1 that has it */
	uint32_t list_hash_size;
};

static void close_next(struct closing *c, struct mdesc_fmt_next *next)
{
	if (next->verdict != MDESC_GO)
		return;
	next->state = (uint16_t)c->o->number[next->state];
	if (!c->key_number[next->keys]) {
		*vec_push(c->g->arena, &c->keys) = c->g->keys.p[next->keys];
		c->key_number[next->keys] = (uint32_t)c->keys.n;
	}
	next->keys = (uint16_t)(c->key_number[next->keys] - 1);
}

/* A row's operations, once for all rows that have the same. */
static void close_ops(struct closing *c, struct mdesc_fmt_row *r)
{
	const struct mdesc_fmt_op *ops = c->g->ops.p + r->op_first;
	const uint8_t *bytes = (const uint8_t *)ops;
	uint32_t mask = c->list_hash_size - 1, h = 2166136261u;

	if (!r->op_count) {
		r->op_first = 0;
		return;
	}
	for (size_t i = 0; i < r->op_count * sizeof(*ops); i++)
		h = (h ^ bytes[i]) * 16777619u;
	for (;; h++) {
		const struct mdesc_fmt_row *same;

		if (!c->list_hash[h & mask])
			break;
		same = &c->rows.p[c->list_hash[h & mask] - 1].f;
		if (same->op_count == r->op_count &&
		    !memcmp(c->ops.p + same->op_first, ops, r->op_count * sizeof(*ops))) {
			r->op_first = same->op_first;
			return;
		}
	}
	c->list_hash[h & mask] = (uint32_t)c->rows.n + 1;
	r->op_first = (uint32_t)c->ops.n;
	for (uint32_t i = 0; i < r->op_count; i++)
		*vec_push(c->g->arena, &c->ops) = ops[i];
}

static void close_states(struct closing *c)
{
	size_t n_rows = 0;

	for (size_t i = 0; i < c->o->states.n; i++)
		n_rows += c->g->states.p[c->o->states.p[i]].rows.n;
	for (c->list_hash_size = 64; c->list_hash_size < 2 * n_rows;)
		c->list_hash_size *= 2;
	c->list_hash = arena_array(c->g->arena, uint32_t, c->list_hash_size);
	c->key_number = arena_array(c->g->arena, uint32_t, c->g->keys.n + 1);
	vec_reserve(c->g->arena, &c->rows, n_rows + 1);
	for (size_t i = 0; i < c->o->states.n; i++) {
		const struct rg_state *from = &c->g->states.p[c->o->states.p[i]];
		struct mdc_row_state *s = vec_push(c->g->arena, &c->states);

		*s = from->s;
		if (s->f.max)
			close_next(c, &s->f.otherwise);
		for (size_t k = 0; k < from->rows.n; k++) {
			struct mdc_row r = from->rows.p[k];

			r.f.state = (uint16_t)i;
			r.f.state_mask = 0xffff;
			close_next(c, &r.f.next);
			close_ops(c, &r.f);
			*vec_push(c->g->arena, &c->rows) = r;
		}
	}
}

/* A copy of operations that belong to no row. */
static uint32_t close_other_ops(struct closing *c, uint32_t first, uint32_t count)
{
	uint32_t at = count ? (uint32_t)c->ops.n : 0;

	for (uint32_t i = 0; i < count; i++)
		*vec_push(c->g->arena, &c->ops) = c->g->ops.p[first + i];
	return at;
}

static void close_rules(struct closing *c, struct mdc_rows *out)
{
	struct arena *arena = c->g->ctx->arena;
	uint32_t *layouts = arena_array(arena, uint32_t, out->model->n_layouts + 1);
	struct mdc_class_table *classes = arena_array(arena, struct mdc_class_table, out->model->parser.n_classes + 1);

	for (uint32_t i = 0; i < out->model->parser.n_classes; i++) {
		classes[i] = out->classes[i];
		classes[i].op_first = close_other_ops(c, classes[i].op_first, classes[i].op_count);
	}
	for (uint32_t i = 0; i < out->model->n_layouts; i++)
		layouts[i] = close_other_ops(c, out->layout_op_first[i], out->layout_op_count[i]);
	out->classes = classes;
	out->layout_op_first = layouts;
}

void rg_drop(struct rows_graph *g)
{
	arena_give_back(g->ctx->arena, g->arena);
}

static const void *keep(struct arena *a, const void *p, size_t size)
{
	return size ? memcpy(arena_alloc(a, size), p, size) : NULL;
}

#define KEEP(arena, v)	keep(arena, (v)->p, (v)->n * sizeof(*(v)->p))

const struct mdc_rows *rg_close(struct rows_graph *g)
{
	struct order o = { .g = g };
	struct closing c = { .g = g, .o = &o };
	struct arena *arena = g->ctx->arena;
	struct mdc_rows *out;

	if (!g->changed) {
		rg_drop(g);
		return g->old;
	}
	find_order(&o);
	close_states(&c);
	out = arena_new_of(arena, struct mdc_rows);
	*out = *g->old;
	out->start = g->start;
	close_next(&c, &out->start);
	close_rules(&c, out);
	out->rows = KEEP(arena, &c.rows);
	out->n_rows = (uint32_t)c.rows.n;
	out->states = KEEP(arena, &c.states);
	out->n_states = (uint32_t)c.states.n;
	out->keys = KEEP(arena, &c.keys);
	out->n_keys = (uint32_t)c.keys.n;
	out->ops = KEEP(arena, &c.ops);
	out->n_ops = (uint32_t)c.ops.n;
	rg_drop(g);
	return out;
}

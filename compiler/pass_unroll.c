/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass for targets without loops: a state once for each number of times that
 * it, and what counts with it, was entered before. Beyond its `max` a way into it
 * becomes its way out; where packets can run out of steps, over a state that does
 * nothing, as the entry that is refused is a step, too. A count is only told apart as long as something may still
 * ask for it. Where limits of states do not end all loops, the elements of header
 * stacks are counted, too: the one too many stops the parser.
 */
#include <string.h>

#include "components.h"
#include "diag.h"
#include "passes.h"
#include "rows_graph.h"

#define COPIES_MAX	16384u	/* states */

/* Which states count what: states of their own, counters of several, elements of a stack. */
struct counter {
	uint32_t max;
	const bool *asked;	/* by old state: something that asks for it may still be entered */
};

struct copy {
	uint32_t from;		/* old state; plus n_old: that is full */
	uint32_t to;
	uint16_t *counts;	/* by counter */
};

struct unroll {
	struct rows_graph *g;
	uint32_t n_old;
	VEC(struct counter) counters;
	uint32_t *counts_in;	/* by old state: counter + 1, or 0 */
	uint32_t *stack_counter;	/* by header: counter + 1, or 0 */
	bool stacks, full;	/* @full: states that are full are states */
	uint32_t n_full;
	VEC(struct copy) copies;
	uint32_t *hash;		/* copy + 1 */
	uint32_t hash_size;
	uint32_t *n_copies;	/* by old state */
	uint16_t *counts;	/* at hand */
	bool too_many;
};

/* ---- counters ---- */

/* By state: can one of @asks be entered from it? Entering @asks itself does. */
static const bool *find_asked(struct unroll *u, const bool *asks)
{
	bool *asked = arena_array(u->g->arena, bool, u->n_old + 1), more = true;

	memcpy(asked, asks, u->n_old * sizeof(*asked));
	while (more) {
		more = false;
		for (uint32_t i = u->n_old; i-- > 0;) {
			const struct rg_state *s = &u->g->states.p[i];
			bool now = asked[i];

			if (s->s.f.max && s->s.f.otherwise.verdict == MDESC_GO)
				now |= asked[s->s.f.otherwise.state];
			for (size_t k = 0; k < s->rows.n && !now; k++) {
				const struct mdesc_fmt_next *next = &s->rows.p[k].f.next;

				now = next->verdict == MDESC_GO && asked[next->state];
			}
			more |= now && !asked[i];
			asked[i] = now;
		}
	}
	return asked;
}

static void add_counter(struct unroll *u, uint32_t max, const bool *asks)
{
	*vec_push(u->g->arena, &u->counters) = (struct counter){ max, find_asked(u, asks) };
}

static void find_counters(struct unroll *u)
{
	for (uint32_t i = 0; i < u->n_old; i++) {
		const struct mdesc_fmt_state *f = &u->g->states.p[i].s.f;
		bool *asks;

		if (!f->max || u->counts_in[i])
			continue;
		asks = arena_array(u->g->arena, bool, u->n_old + 1);
		for (uint32_t k = i; k < u->n_old; k++) {
			const struct mdesc_fmt_state *other = &u->g->states.p[k].s.f;

			asks[k] = k == i || (f->counter && other->max && other->counter == f->counter);
			if (asks[k])
				u->counts_in[k] = (uint32_t)u->counters.n + 1;
		}
		add_counter(u, UINT16_MAX, asks);
	}
}

static void find_stacks(struct unroll *u)
{
	for (uint32_t h = 0; h < u->g->m->parser.n_instances; h++) {
		const struct mdc_instance *inst = u->g->m->parser.instances[h];
		bool *asks = arena_array(u->g->arena, bool, u->n_old + 1), any = false;

		if (inst->kind != MDC_I_HEADER || !inst->capacity)
			continue;
		for (uint32_t i = 0; i < u->n_old; i++) {
			for (size_t k = 0; k < u->g->states.p[i].rows.n; k++)
				asks[i] |= u->g->states.p[i].rows.p[k].f.header == h;
			any |= asks[i];
		}
		if (!any)
			continue;
		u->stack_counter[h] = (uint32_t)u->counters.n + 1;
		add_counter(u, inst->capacity, asks);
	}
}

/* Does anything but the limits of states read the register that counts? */
static bool counter_is_read(const struct unroll *u, uint32_t counter)
{
	const struct mdc_register *reg = u->g->m->parser.registers[counter - 1];
	uint32_t first = reg->bit, end = reg->bit + reg->bits;

	for (size_t i = 0; i < u->g->ops.n; i++) {
		const struct mdesc_fmt_op *op = &u->g->ops.p[i];

		if (op->op <= MDESC_OP_SUB && op->operand == MDESC_OPERAND_REGISTER && op->bit < end &&
		    op->bit + op->width > first)
			return true;
	}
	for (size_t i = 0; i < u->g->keys.n; i++) {
		for (uint32_t k = 0; k < u->g->keys.p[i].count; k++) {
			if (u->g->keys.p[i].kind[k] == MDESC_SLOT_REGISTER && 8u * u->g->keys.p[i].off[k] < end &&
			    8u * u->g->keys.p[i].off[k] + 8 > first)
				return true;
		}
	}
	return false;
}

/* ---- copies ---- */

static uint32_t find_slot(const struct unroll *u, uint32_t from, const uint16_t *counts)
{
	uint32_t h = from * 2654435761u, mask = u->hash_size - 1;

	for (size_t i = 0; i < u->counters.n; i++)
		h = (h ^ counts[i]) * 16777619u;
	for (h ^= h >> 15;; h++) {
		const struct copy *c;

		if (!u->hash[h & mask])
			return h & mask;
		c = &u->copies.p[u->hash[h & mask] - 1];
		if (c->from == from && !memcmp(c->counts, counts, u->counters.n * sizeof(*counts)))
			return h & mask;
	}
}

static void grow(struct unroll *u)
{
	u->hash_size = u->hash_size ? 2 * u->hash_size : 256;
	u->hash = arena_array(u->g->arena, uint32_t, u->hash_size);
	for (uint32_t i = 0; i < u->copies.n; i++)
		u->hash[find_slot(u, u->copies.p[i].from, u->copies.p[i].counts)] = i + 1;
}

/* In place of a state that is full. */
static uint32_t add_full(struct unroll *u, uint32_t from)
{
	struct mdc_row_state s = u->g->states.p[from].s;

	s.f.max = s.f.counter = 0;
	s.f.key_need = 0;
	memset(&s.f.otherwise, 0, sizeof(s.f.otherwise));
	return rg_add_named(u->g, &s, "full", ++u->n_full);
}

static uint32_t add_whole(struct unroll *u, uint32_t from)
{
	struct mdc_row_state s = u->g->states.p[from].s;
	bool reads = s.f.max && s.f.counter && counter_is_read(u, s.f.counter);
	uint32_t n = ++u->n_copies[from];

	if (reads) {
		s.f.otherwise = rg_stop(MDESC_REJECT, MDESC_ERR_LOOP);	/* it is not asked for any more */
	} else {
		s.f.max = s.f.counter = 0;
		memset(&s.f.otherwise, 0, sizeof(s.f.otherwise));
	}
	return n > 1 ? rg_add_named(u->g, &s, "x", n) : rg_add_state(u->g, &s);
}

static uint32_t add_copy(struct unroll *u, uint32_t from)
{
	uint16_t *counts = arena_array(u->g->arena, uint16_t, u->counters.n + 1);
	uint32_t to = from < u->n_old ? add_whole(u, from) : add_full(u, from - u->n_old);

	memcpy(counts, u->counts, u->counters.n * sizeof(*counts));
	*vec_push(u->g->arena, &u->copies) = (struct copy){ from, to, counts };
	return (uint32_t)u->copies.n - 1;
}

/* The state that counts as @counts say. */
static uint32_t copy_of(struct unroll *u, uint32_t from)
{
	uint32_t slot, i;

	for (size_t c = 0; c < u->counters.n; c++) {
		if (!u->counters.p[c].asked[from % u->n_old])
			u->counts[c] = 0;
	}
	if (2 * (u->copies.n + 1) > u->hash_size)
		grow(u);
	slot = find_slot(u, from, u->counts);
	if (u->hash[slot])
		return u->copies.p[u->hash[slot] - 1].to;
	if (u->copies.n >= COPIES_MAX) {
		u->too_many = true;
		return u->copies.p[0].to;
	}
	i = add_copy(u, from);
	u->hash[slot] = i + 1;
	return u->copies.p[i].to;
}

/* Where a transition leads, with what is counted at hand. */
static void resolve(struct unroll *u, struct mdesc_fmt_next *next)
{
	/* ways out of full states may lead to full ones: as often as there are states */
	for (uint32_t n = 0; n <= u->n_old && next->verdict == MDESC_GO; n++) {
		const struct mdesc_fmt_state *f = &u->g->states.p[next->state].s.f;
		uint32_t c = u->counts_in[next->state];
		uint8_t flags = next->flags;

		if (!c || u->counts[c - 1] < f->max) {
			if (c)
				u->counts[c - 1]++;
			next->state = (uint16_t)copy_of(u, next->state);
			return;
		}
		if (u->full && u->g->states.p[next->state].rows.n) {
			next->state = (uint16_t)copy_of(u, next->state + u->n_old);
			return;
		}
		*next = f->otherwise;
		next->flags |= flags;
	}
	if (next->verdict == MDESC_GO)
		*next = rg_stop(MDESC_REJECT, MDESC_ERR_STEPS);
}

static void copy_row(struct unroll *u, const struct copy *c, struct mdc_row *r)
{
	uint32_t stack = u->stacks && r->f.header != MDESC_FMT_NONE16 ? u->stack_counter[r->f.header] : 0;

	memcpy(u->counts, c->counts, u->counters.n * sizeof(*u->counts));
	if (stack && u->counts[stack - 1] >= u->counters.p[stack - 1].max) {
		/* No element is left: the row ends in that error, whatever it goes on to. */
		if (r->f.next.verdict == MDESC_GO) {
			r->f.flags = (r->f.flags & ~(MDESC_ROW_HOLD | MDESC_ROW_WITHIN)) | MDESC_ROW_ABORT;
			r->f.within = 0;
			r->f.within_elem = 0;
			r->f.next = rg_stop(MDESC_REJECT, MDESC_ERR_LOOP);
		}
		return;
	}
	if (stack)
		u->counts[stack - 1]++;
	resolve(u, &r->f.next);
}

/* The one row of a state that is full: the way out, whatever comes. */
static void put_way_out(struct unroll *u, const struct copy *c)
{
	const struct rg_state *full = &u->g->states.p[c->from - u->n_old];
	struct mdc_row r = full->rows.p[0];

	r.f = (struct mdesc_fmt_row){ .header = MDESC_FMT_NONE16, .layout = MDESC_FMT_NONE16,
				      .next = full->s.f.otherwise };
	memcpy(u->counts, c->counts, u->counters.n * sizeof(*u->counts));
	resolve(u, &r.f.next);
	*vec_push(u->g->arena, &u->g->states.p[c->to].rows) = r;
}

static void copy_rows(struct unroll *u, size_t i)
{
	struct copy c = u->copies.p[i];
	size_t n;

	if (c.from >= u->n_old) {
		put_way_out(u, &c);
		return;
	}
	n = u->g->states.p[c.from].rows.n;
	for (size_t k = 0; k < n && !u->too_many; k++) {
		struct mdc_row r = u->g->states.p[c.from].rows.p[k];

		copy_row(u, &c, &r);
		*vec_push(u->g->arena, &u->g->states.p[c.to].rows) = r;
	}
}

/* ---- loops that are left ---- */


struct back {
	const struct rows_graph *g;
	uint32_t state;		/* that there is a way back to, or NONE32 */
};

static uint32_t successor(void *arg, uint32_t s, size_t i)
{
	const struct rg_state *state = &((struct back *)arg)->g->states.p[s];
	const struct mdesc_fmt_next *next;

	if (i > state->rows.n || (i == state->rows.n && !state->s.f.max))
		return COMPONENTS_END;
	next = i < state->rows.n ? &state->rows.p[i].f.next : &state->s.f.otherwise;
	return next->verdict == MDESC_GO ? next->state : COMPONENTS_NONE;
}

static void leave(void *arg, const uint32_t *states, uint32_t n, bool loop)
{
	(void)n;
	if (loop)
		((struct back *)arg)->state = states[0];
}

/* Is there a way back to a state? */
static bool find_loop(struct rows_graph *g, uint32_t *state)
{
	struct back back = { g, MDESC_FMT_NONE32 };
	struct components c = { .arena = g->arena, .n = (uint32_t)g->states.n, .next = successor, .leave = leave,
				.arg = &back };

	if (g->start.verdict != MDESC_GO)
		return false;
	components_walk(&c, g->start.state);
	if (back.state == MDESC_FMT_NONE32)
		return false;
	*state = back.state;
	return true;
}

static bool any_limit(const struct rows_graph *g)
{
	for (size_t i = 0; i < g->states.n; i++) {
		if (g->states.p[i].s.f.max)
			return true;
	}
	return false;
}

static void refuse(struct rows_graph *g, uint32_t state, bool too_many)
{
	const struct mdc_state *s = g->m->parser.states[g->states.p[state].s.state];
	struct diag *d;

	if (too_many)
		d = diag(g->ctx, CHK_target_limit, s->loc,
			 "unrolling the loops of parser '%s' takes more than %u states, and the target '%s' has no "
			 "loops", g->m->parser.name, COPIES_MAX, g->t->name);
	else
		d = diag(g->ctx, CHK_target_feature, s->loc,
			 "state '%s' is in a loop without an end, and the target '%s' has no loops", s->name,
			 g->t->name);
	if (g->t->loc.src != UINT32_MAX)
		diag_label(d, g->t->loc, "the target");
	diag_note(d, too_many ? "give its states a smaller `max`" :
		  "say how often it can be entered, `max N else ...;`: then it becomes one state for each time");
}

static bool unroll(struct rows_graph *g, bool stacks, bool full, bool *too_many)
{
	struct unroll u = { .g = g, .n_old = (uint32_t)g->states.n, .stacks = stacks, .full = full };

	u.counts_in = arena_array(g->arena, uint32_t, u.n_old + 1);
	u.n_copies = arena_array(g->arena, uint32_t, u.n_old + 1);
	u.stack_counter = arena_array(g->arena, uint32_t, g->m->parser.n_instances + 1);
	find_counters(&u);
	if (stacks)
		find_stacks(&u);
	u.counts = arena_array(g->arena, uint16_t, u.counters.n + 1);
	resolve(&u, &g->start);
	for (size_t i = 0; i < u.copies.n && !u.too_many; i++)
		copy_rows(&u, i);
	*too_many = u.too_many;
	return !u.too_many;
}

/* False: there are too many states, or there is a loop without an end, at @at. */
static bool unrolled(struct rows_graph *g, struct mdc_ctx *ctx, const struct mdc_rows *rows, bool full, bool *too_many,
		     uint32_t *at)
{
	for (int stacks = 0; stacks < 2; stacks++) {
		rg_drop(g);
		rg_open(g, ctx, rows);
		if (!unroll(g, stacks, full, too_many))
			return false;
		if (!find_loop(g, at))
			return true;
	}
	return false;
}

const struct mdc_rows *mdc_pass_unroll(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct rows_graph g;
	bool too_many = false, limit;
	uint32_t at = 0;

	if (rows->model->target.loops)
		return rows;
	rg_open(&g, ctx, rows);
	limit = any_limit(&g);
	if (!limit && !find_loop(&g, &at)) {
		rg_drop(&g);
		return rows;
	}
	if (limit && unrolled(&g, ctx, rows, true, &too_many, &at) && rg_most_steps(&g) > rows->model->target.steps)
		return rg_close(&g);
	if (unrolled(&g, ctx, rows, false, &too_many, &at))
		return rg_close(&g);
	refuse(&g, too_many ? g.start.state : at, too_many);
	rg_drop(&g);
	return NULL;
}

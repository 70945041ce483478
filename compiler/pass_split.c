/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass: keys that are wider than a look-up of the target become several, one
 * after the other, in parts that hold; and so do keys that fit, where that takes
 * fewer rows (two ranges at once take a row for each pair of prefixes). The bytes
 * that must lie in the packet are all asked for at first, so that what is cut off
 * is found as before. lookups.c finds how.
 */
#include <string.h>

#include "diag.h"
#include "lookups.h"
#include "passes.h"
#include "rows_graph.h"

#define STEPS		(1u << 16)	/* of minimising what was chosen */
#define WORK		(1u << 18)	/* of a state, in rows looked at */

/* ---- back to rows ---- */

/* The bytes of @c that a part compares, as its own key has them. */
static void put_bytes(struct mdesc_fmt_row *r, const struct cube *c, uint32_t bytes, bool own)
{
	uint32_t to = 0;

	memset(r->key_value, 0, sizeof(r->key_value));
	memset(r->key_mask, 0, sizeof(r->key_mask));
	for (uint32_t i = 0; i < MDESC_FMT_KEY_MAX; i++) {
		uint32_t shift = 56 - i % 8 * 8;

		if (!(bytes >> i & 1))
			continue;
		if (!own)
			to = i;
		r->key_value[to] = (uint8_t)(c->value[i / 8] >> shift);
		r->key_mask[to] = (uint8_t)(c->mask[i / 8] >> shift);
		to++;
	}
}

static uint16_t keys_of(struct rows_graph *g, const struct lookup_search *s, uint32_t bytes)
{
	struct mdesc_fmt_keys k = { 0 };

	for (uint32_t i = 0; i < s->keys->count; i++) {
		if (!(bytes >> i & 1))
			continue;
		k.off[k.count] = s->keys->off[i];
		k.kind[k.count] = s->keys->kind[i];
		k.elem[k.count] = s->keys->elem[i];
		k.index[k.count] = s->keys->index[i];
		k.count++;
	}
	return rg_keys(g, &k);
}

/* A row that decides nothing yet. */
static struct mdc_row go_on(const struct mdc_row *like, uint32_t state, uint16_t keys)
{
	struct mdc_row r = { .loc = like->loc };

	r.f.state_mask = 0xffff;
	r.f.header = r.f.layout = MDESC_FMT_NONE16;
	r.f.flags = MDESC_ROW_HOLD;
	r.f.next = rg_enter(state, keys);
	return r;
}

static void put_node(struct rows_graph *g, struct lookup_search *s, uint32_t state, const struct lookup *n,
		     const struct mdc_row *actions, const uint32_t *of, bool own)
{
	uint32_t *parts = arena_array(s->arena, uint32_t, n->cover.n_actions + 1);
	VEC(struct mdc_row) rows = { 0 };
	struct cover cover = cover_minimise_once(s->memo, s->arena, &n->cover, STEPS);
	uint32_t n_parts = 0;

	for (size_t i = 0; i < cover.n; i++) {
		uint32_t action = cover.rows[i].action;
		const struct lookup *next = n->next[action];
		struct mdc_row r;

		if (next && !parts[action]) {
			struct mdc_row_state part = g->states.p[state].s;

			part.f = (struct mdesc_fmt_state){ .flags = MDESC_STATE_PART };
			parts[action] = rg_add_named(g, &part, "k", ++n_parts);
			put_node(g, s, parts[action], next, actions, of, true);
		}
		r = next ? go_on(&actions[of[n->final[action]]], parts[action], keys_of(g, s, next->bytes)) :
			   actions[of[n->final[action]]];
		put_bytes(&r.f, &cover.rows[i].cube, n->bytes, own);
		*vec_push(g->arena, &rows) = r;
	}
	memcpy(&g->states.p[state].rows, &rows, sizeof(rows));
	g->changed = true;
}

/* ---- all states ---- */

static bool refuse(struct rows_graph *g, uint32_t state)
{
	const struct rg_state *st = &g->states.p[state];
	const struct mdc_target *t = g->t;
	struct diag *d;

	d = diag(g->ctx, CHK_target_key, st->s.loc,
		 "no way was found to compare the key of state '%s' in look-ups of %u x %u bytes, as the target '%s' "
		 "has them", st->s.name, t->lookups, t->lookup_bytes, t->name);
	if (t->loc.src != UINT32_MAX)
		diag_label(d, t->loc, "the target");
	diag_note(d, "match some of its fields in a state of their own");
	return false;
}

static bool split_state(struct rows_graph *g, struct arena *scratch, const struct lookup_shape *shape, uint32_t state,
			uint16_t keys)
{
	struct lookup_search s = { .arena = scratch, .shape = *shape, .defaults = g->t->defaults, .work = WORK,
				   .memo = g->ctx->memo };
	struct mdesc_fmt_keys k = g->keys.p[keys];
	struct rg_state *st = &g->states.p[state];
	const struct lookup *n = NULL;
	struct cover c;
	uint32_t *of;
	bool must, ok = true;

	s.keys = &k;
	must = !lookup_fits(&s, rg_compared(st));
	if (!must && (g->ctx->opt.level == 0 || st->rows.n < 5 || st->rows.n > LOOKUP_TRY_ROWS))
		return true;
	of = arena_array(s.arena, uint32_t, st->rows.n);
	c = rg_to_cover(s.arena, st->rows.p, (uint32_t)st->rows.n, of);
	if (must) {
		if (g->ctx->opt.level == 0)
			c = cover_minimise_once(s.memo, s.arena, &c, STEPS);
		n = lookup_solve(&s, &c);
	} else if (lookup_may_pay(c.n, c.n_actions)) {
		n = lookup_several(&s, &c, lookup_cost(&s, c.n));
	}
	if (n)
		put_node(g, &s, state, n, st->rows.p, of, false);
	else if (must)
		ok = refuse(g, state);
	arena_empty(scratch);
	return ok;
}

/* A state that is entered with several key sets and is to be split: one for each. */
struct clone {
	struct rows_graph *g;
	uint32_t state;
	VEC(uint16_t) keys;
	VEC(uint32_t) copies;
};

static void clone_for(void *arg, struct mdesc_fmt_next *next)
{
	struct clone *c = arg;
	size_t i = 0;

	if (next->state != c->state)
		return;
	while (i < c->keys.n && c->keys.p[i] != next->keys)
		i++;
	if (i == c->keys.n) {
		*vec_push(c->g->arena, &c->keys) = next->keys;
		*vec_push(c->g->arena, &c->copies) = c->state;
	}
}

static void clone_to(void *arg, struct mdesc_fmt_next *next)
{
	struct clone *c = arg;

	for (size_t i = 0; i < c->keys.n; i++) {
		if (next->state == c->state && c->keys.p[i] == next->keys) {
			next->state = (uint16_t)c->copies.p[i];
			return;
		}
	}
}

static void clone_state(struct rows_graph *g, uint32_t state)
{
	struct clone c = { .g = g, .state = state };

	rg_each_next(g, clone_for, &c);
	for (size_t i = 1; i < c.keys.n; i++) {
		struct rg_state s = g->states.p[state];

		c.copies.p[i] = rg_add_named(g, &s.s, "e", (uint32_t)i + 1);
		for (size_t k = 0; k < s.rows.n; k++)
			*vec_push(g->arena, &g->states.p[c.copies.p[i]].rows) = s.rows.p[k];
	}
	rg_each_next(g, clone_to, &c);
}

struct widest {
	const struct rows_graph *g;
	const struct lookup_shape *shape;
	bool *too_wide;
};

static void note_wide(void *arg, struct mdesc_fmt_next *next)
{
	const struct widest *w = arg;
	uint32_t compared = rg_compared(&w->g->states.p[next->state]);

	if (lookup_pieces(w->shape, &w->g->keys.p[next->keys], compared) > w->shape->lookups)
		w->too_wide[next->state] = true;
}

static const struct mdc_rows *split_all(struct mdc_ctx *ctx, const struct mdc_rows *rows,
					const struct lookup_shape *shape)
{
	struct rows_graph g;
	struct widest w = { .g = &g, .shape = shape };
	struct arena *scratch;
	uint16_t *entry;
	bool ok = true;

	rg_open(&g, ctx, rows);
	w.too_wide = arena_array(ctx->arena, bool, rows->n_states + 1);
	rg_each_next(&g, note_wide, &w);
	entry = rg_entry_keys(&g);
	for (uint32_t i = 0; i < rows->n_states; i++) {
		if (w.too_wide[i] && entry[i] == MDESC_FMT_NONE16)
			clone_state(&g, i);
	}
	entry = rg_entry_keys(&g);
	scratch = arena_scratch(ctx->arena);
	for (uint32_t i = 0, n = (uint32_t)g.states.n; i < n; i++) {
		if (entry[i] != MDESC_FMT_NONE16)
			ok &= split_state(&g, scratch, shape, i, entry[i]);
	}
	arena_give_back(ctx->arena, scratch);
	if (ok)
		return rg_close(&g);
	rg_drop(&g);
	return NULL;
}

const struct mdc_rows *mdc_pass_split(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	const struct mdc_target *t = &rows->model->target;

	return split_all(ctx, rows, &(struct lookup_shape){ t->lookups, t->lookup_bytes });
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass: keys that are wider than a look-up of the target become several, one
 * after the other, in parts that hold; and so do keys that fit, where that takes
 * fewer rows (two ranges at once take a row for each pair of prefixes).
 *
 * Which bytes are compared first is tried: one look-up tells classes of keys
 * apart, those that leave the same rows to be decided on, and each class goes on
 * with what is left. The bytes that must lie in the packet are all asked for at
 * first, so that what is cut off is found as before.
 */
#include <stdlib.h>
#include <string.h>

#include "cover.h"
#include "diag.h"
#include "passes.h"
#include "rows_graph.h"

#define ENTRIES_MAX	1024	/* classes of a look-up, before they are minimised */
#define TRY_ROWS	128	/* rows of a key that fits, at most, where fewer are looked for */
#define SHAPE_ROWS	2048u	/* of all states, at most, where other look-ups are tried */
#define STEPS		(1u << 18)	/* of minimising what was chosen */
#define STEPS_TRY	(1u << 12)	/* and what is tried */
#define ROWS_MAX	65536u	/* that a state becomes */
#define WORK		(1u << 18)	/* of a state, in rows looked at */

/* A look-up, and what each of its actions goes on with. */
struct node {
	uint32_t bytes;			/* of the state's key: bit i is byte i */
	struct cover cover;
	const struct node **next;	/* by action; NULL: a final one */
	uint32_t *final;		/* by action: that of the state */
	uint32_t cost;			/* rows, of those behind it, too */
};

/* What a look-up compares: pieces of adjacent bytes. */
struct shape {
	uint32_t lookups, bytes;
};

struct split {
	struct rows_graph *g;
	struct arena *arena;		/* of the state at hand */
	const struct mdesc_fmt_keys *keys;
	struct shape shape;
	uint64_t work;			/* left */
};

/* ---- what fits in one look-up ---- */

static bool beside(const struct mdesc_fmt_keys *k, uint32_t first, uint32_t i, uint32_t bytes)
{
	return k->kind[i] == k->kind[first] && k->index[i] == k->index[first] && k->elem[i] == k->elem[first] &&
	       k->off[i] >= k->off[first] && k->off[i] < k->off[first] + (int32_t)bytes;
}

/* How many pieces of adjacent bytes cover these; key bytes are in the order of where they lie. */
static uint32_t pieces(const struct shape *shape, const struct mdesc_fmt_keys *k, uint32_t bytes)
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

static bool fits(const struct split *s, uint32_t bytes)
{
	return pieces(&s->shape, s->keys, bytes) <= s->shape.lookups;
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

static bool matches_all(const struct cube *c)
{
	uint64_t mask = 0;

	for (int i = 0; i < CUBE_WORDS; i++)
		mask |= c->mask[i];
	return !mask;
}

static unsigned int cared(const struct cube *c)
{
	unsigned int n = 0;

	for (int i = 0; i < CUBE_WORDS; i++)
		n += (unsigned int)__builtin_popcountll(c->mask[i]);
	return n;
}

static int narrow_first(const void *a, const void *b)
{
	unsigned int x = cared(a), y = cared(b);

	return x != y ? (x > y ? -1 : 1) : memcmp(a, b, sizeof(struct cube));
}

struct cubes { VEC(struct cube) v; };

static void add_cube(struct split *s, struct cubes *to, struct cube c)
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
static bool find_entries(struct split *s, const struct cover *c, const struct cube *where, struct cubes *out)
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
static struct cover rest_of(struct split *s, const struct cover *c, const struct cube *where, const struct cube *entry)
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
		if (matches_all(&rest))
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

static const struct node *solve(struct split *s, const struct cover *c);

static uint32_t cost_of(const struct split *s, size_t rows)
{
	return (uint32_t)rows - (s->g->t->defaults ? 1 : 0);
}

static uint32_t bytes_of(const struct cover *c)
{
	uint32_t bytes = 0;

	for (size_t i = 0; i < c->n; i++) {
		for (unsigned int k = 0; k < MDESC_FMT_KEY_MAX; k++)
			bytes |= c->rows[i].cube.mask[k / 8] >> (56 - k % 8 * 8) & 0xff ? 1u << k : 0;
	}
	return bytes;
}

/* All in one look-up. */
static struct node *whole(struct split *s, const struct cover *c)
{
	struct node *n = arena_new_of(s->arena, struct node);

	n->cover = cover_minimise(s->arena, c, STEPS_TRY);
	n->bytes = bytes_of(&n->cover);
	n->next = arena_array(s->arena, const struct node *, c->n_actions + 1);
	n->final = arena_array(s->arena, uint32_t, c->n_actions + 1);
	for (uint32_t i = 0; i < c->n_actions; i++)
		n->final[i] = i;
	n->cost = cost_of(s, n->cover.n);
	return n;
}

/* These bytes first. NULL: that does not get anywhere, or takes more than @limit rows. */
static struct node *first_these(struct split *s, const struct cover *c, uint32_t bytes, uint32_t limit)
{
	struct node *n = arena_new_of(s->arena, struct node);
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
	n->next = arena_array(s->arena, const struct node *, classes.n);
	n->final = arena_array(s->arena, uint32_t, classes.n);
	n->cost = cost_of(s, n->cover.n);
	used = arena_array(s->arena, bool, classes.n);
	for (size_t i = 0; i < n->cover.n; i++)
		used[n->cover.rows[i].action] = true;
	for (uint32_t i = 0; i < classes.n; i++) {
		if (!used[i])
			continue;
		n->final[i] = classes.p[i].rows[0].action;
		if (classes.p[i].n > 1)
			n->next[i] = n->cost < limit ? solve(s, &classes.p[i]) : NULL;
		if (classes.p[i].n > 1 && !n->next[i])
			return NULL;
		n->cost += n->next[i] ? n->next[i]->cost : 0;
	}
	return n->cost < limit ? n : NULL;
}

/* Bytes from @from on, as many as one look-up takes. */
static uint32_t most_from(const struct split *s, uint32_t bytes, uint32_t from)
{
	uint32_t out = 0;

	for (uint32_t n = 0; n < MDESC_FMT_KEY_MAX; n++) {
		uint32_t i = (from + n) % MDESC_FMT_KEY_MAX;

		if ((bytes >> i & 1) && fits(s, out | 1u << i))
			out |= 1u << i;
	}
	return out;
}

/* Sets of bytes that are worth to be tried first, each once; how many. */
static uint32_t candidates(const struct split *s, uint32_t bytes, uint32_t out[64])
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
			if (fits(s, run))
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
static const struct node *several(struct split *s, const struct cover *c, uint32_t bytes, uint32_t limit)
{
	uint32_t sets[64], n = candidates(s, bytes, sets);
	const struct node *best = NULL;

	for (uint32_t i = 0; i < n; i++) {
		const struct node *node = first_these(s, c, sets[i], best ? best->cost : limit);

		if (node)
			best = node;
		if (best && !s->work)
			break;
	}
	return best;
}

/* May several look-ups take fewer rows? Each action takes one, and each look-up another. */
static bool may_pay(size_t n, uint32_t n_actions)
{
	return n >= 5 && n <= TRY_ROWS && n > n_actions + 1;
}

static uint32_t n_actions(struct split *s, const struct cover *c)
{
	bool *used = arena_array(s->arena, bool, c->n_actions + 1);
	uint32_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		n += !used[c->rows[i].action];
		used[c->rows[i].action] = true;
	}
	return n;
}

static const struct node *solve(struct split *s, const struct cover *c)
{
	uint32_t bytes = bytes_of(c);
	const struct node *all = fits(s, bytes) ? whole(s, c) : NULL, *best;

	s->work -= s->work > 64 * c->n ? 64 * c->n : s->work;
	if (all && (!s->work || !may_pay(all->cover.n, n_actions(s, &all->cover))))
		return all;
	best = several(s, c, bytes, all ? all->cost : ROWS_MAX);
	return best ? best : all;
}

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

static uint16_t keys_of(struct split *s, uint32_t bytes)
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
	return rg_keys(s->g, &k);
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

static void put_node(struct split *s, uint32_t state, const struct node *n, const struct mdc_row *actions,
		     const uint32_t *of, bool own)
{
	uint32_t *parts = arena_array(s->arena, uint32_t, n->cover.n_actions + 1);
	VEC(struct mdc_row) rows = { 0 };
	struct cover cover = cover_minimise(s->arena, &n->cover, STEPS);
	uint32_t n_parts = 0;

	for (size_t i = 0; i < cover.n; i++) {
		uint32_t action = cover.rows[i].action;
		const struct node *next = n->next[action];
		struct mdc_row r;

		if (next && !parts[action]) {
			struct mdc_row_state part = s->g->states.p[state].s;

			part.f = (struct mdesc_fmt_state){ .flags = MDESC_STATE_PART };
			parts[action] = rg_add_named(s->g, &part, "k", ++n_parts);
			put_node(s, parts[action], next, actions, of, true);
		}
		r = next ? go_on(&actions[of[n->final[action]]], parts[action], keys_of(s, next->bytes)) :
			   actions[of[n->final[action]]];
		put_bytes(&r.f, &cover.rows[i].cube, n->bytes, own);
		*vec_push(s->g->arena, &rows) = r;
	}
	memcpy(&s->g->states.p[state].rows, &rows, sizeof(rows));
	s->g->changed = true;
}

/* ---- all states ---- */

static bool refuse(const struct split *s, uint32_t state)
{
	const struct rg_state *st = &s->g->states.p[state];
	const struct mdc_target *t = s->g->t;
	struct diag *d;

	if (s->shape.lookups != t->lookups || s->shape.bytes != t->lookup_bytes)
		return false;		/* one that was only tried */
	d = diag(s->g->ctx, CHK_target_key, st->s.loc,
		 "no way was found to compare the key of state '%s' in look-ups of %u x %u bytes, as the target '%s' has them", st->s.name, t->lookups, t->lookup_bytes, t->name);
	if (t->loc.src != UINT32_MAX)
		diag_label(d, t->loc, "the target");
	diag_note(d, "match some of its fields in a state of their own");
	return false;
}

static bool split_state(struct rows_graph *g, struct arena *scratch, const struct shape *shape, uint32_t state,
			uint16_t keys)
{
	struct split s = { .g = g, .arena = scratch, .shape = *shape, .work = WORK };
	struct mdesc_fmt_keys k = g->keys.p[keys];
	struct rg_state *st = &g->states.p[state];
	const struct node *n = NULL;
	struct cover c;
	uint32_t *of;
	bool must, ok = true;

	s.keys = &k;
	must = !fits(&s, rg_compared(st));
	if (!must && (g->ctx->opt.level == 0 || st->rows.n < 5 || st->rows.n > TRY_ROWS))
		return true;
	of = arena_array(s.arena, uint32_t, st->rows.n);
	c = rg_to_cover(s.arena, st->rows.p, (uint32_t)st->rows.n, of);
	if (must) {
		if (g->ctx->opt.level == 0)
			c = cover_minimise(s.arena, &c, STEPS);
		n = solve(&s, &c);
	} else if (may_pay(c.n, c.n_actions)) {
		n = several(&s, &c, bytes_of(&c), cost_of(&s, c.n));
	}
	if (n)
		put_node(&s, state, n, st->rows.p, of, false);
	else if (must)
		ok = refuse(&s, state);
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
	const struct shape *shape;
	bool *too_wide;
};

static void note_wide(void *arg, struct mdesc_fmt_next *next)
{
	const struct widest *w = arg;
	uint32_t compared = rg_compared(&w->g->states.p[next->state]);

	if (pieces(w->shape, &w->g->keys.p[next->keys], compared) > w->shape->lookups)
		w->too_wide[next->state] = true;
}

static const struct mdc_rows *split_all(struct mdc_ctx *ctx, const struct mdc_rows *rows, const struct shape *shape)
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
	scratch = arena_new();
	for (uint32_t i = 0, n = (uint32_t)g.states.n; i < n; i++) {
		if (entry[i] != MDESC_FMT_NONE16)
			ok &= split_state(&g, scratch, shape, i, entry[i]);
	}
	arena_free(scratch);
	return ok ? rg_close(&g) : NULL;
}

/* ---- smaller look-ups than the target has ---- */

static uint32_t rows_taken(const struct mdc_rows *rows)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rows->n_rows; i++) {
		bool last = i + 1 == rows->n_rows || rows->rows[i + 1].f.state != rows->rows[i].f.state;

		n += !(rows->model->target.defaults && last && rg_matches_all(&rows->rows[i].f));
	}
	return n;
}

/* Whether two states do something in common behind keys of several bytes: then parts of them may be shared. */
static bool may_share(const struct mdc_rows *rows)
{
	uint32_t size = 64, *hash;
	struct arena *scratch;
	bool shared = false;

	while (size < 2 * rows->n_rows)
		size *= 2;
	scratch = arena_new();
	hash = arena_array(scratch, uint32_t, size);
	for (uint32_t i = 0; i < rows->n_rows && !shared; i++) {
		const struct mdesc_fmt_row *r = &rows->rows[i].f;
		uint32_t h = (r->next.state * 31u + r->header * 7u + r->next.verdict + r->length) * 2654435761u;
		uint32_t bytes = 0;

		for (int k = 0; k < MDESC_FMT_KEY_MAX; k++)
			bytes += r->key_mask[k] != 0;
		if (bytes < 2)
			continue;
		for (h >>= 8; hash[h & (size - 1)]; h++) {
			const struct mdc_row *other = &rows->rows[hash[h & (size - 1)] - 1];

			if (other->f.state != r->state && rg_same_action(other, &rows->rows[i])) {
				shared = true;
				break;
			}
		}
		hash[h & (size - 1)] = i + 1;
	}
	arena_free(scratch);
	return shared;
}

/*
 * Of the target's look-ups a smaller one may do better, as what is left to decide is then the same in several states.
 * All are tried where that can be, so that a larger machine never takes more rows than a smaller one.
 */
const struct mdc_rows *mdc_pass_split(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	const struct mdc_target *t = &rows->model->target;
	struct shape shape = { t->lookups, t->lookup_bytes };
	const struct mdc_rows *best = split_all(ctx, rows, &shape), *merged = best;

	if (!best || ctx->opt.level == 0 || rows->n_rows > SHAPE_ROWS || !may_share(rows))
		return best;
	merged = mdc_pass_merge(ctx, best);
	for (shape.lookups = t->lookups; shape.lookups; shape.lookups--) {
		for (shape.bytes = t->lookup_bytes; shape.bytes; shape.bytes--) {
			const struct mdc_rows *other;

			if (shape.lookups == t->lookups && shape.bytes == t->lookup_bytes)
				continue;
			other = split_all(ctx, rows, &shape);
			other = other ? mdc_pass_merge(ctx, other) : NULL;
			if (other && rows_taken(other) < rows_taken(merged))
				merged = other;
		}
	}
	return merged;
}

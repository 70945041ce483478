/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass for targets that see a window in front of the cursor only: what a state
 * looks at behind the cursor, or in a header recorded before, is looked at by the
 * rows that lead there, as long as it is in front of them, and kept in the state:
 * there is one for each class of values that it tells apart. Those rows may have
 * to look back themselves then, and it is carried from further in front.
 *
 * Left as they are, to be refused in the end: states that are counted, or come
 * behind the limit of one that is; ways in behind a header whose length is not
 * known; what would make too many states.
 */
#include <string.h>

#include "fuse.h"
#include "lookups.h"
#include "passes.h"

#define WORK		(1u << 18)	/* of a state, in rows looked at */
#define STATES_MORE	4096u		/* that may come to be */
#define ROWS_MAX	4096u		/* of a state that looks for others */

struct carry {
	struct rows_graph *g;
	struct arena *scratch;
	uint16_t *entry;		/* by state */
	uint32_t room;
	uint32_t at;			/* the state at hand, */
	struct mdesc_fmt_keys keys;	/* its key, */
	uint32_t behind;		/* the bytes of it that it cannot look at, */
	struct cover list, *rests;	/* what these tell apart, and what is then left, */
	uint32_t *of;			/* by action: a row of it */
	uint32_t *copies;		/* by class: the state for it, plus 1 */
};

static uint32_t bytes_behind(const struct rg_state *s, const struct mdesc_fmt_keys *k)
{
	uint32_t compared = rg_compared(s), behind = 0;

	for (uint32_t i = 0; i < k->count; i++) {
		if ((k->kind[i] == MDESC_SLOT_PACKET && k->off[i] < 0) || k->kind[i] == MDESC_SLOT_HEADER)
			behind |= 1u << i;
	}
	return behind & compared;
}

/* ---- rows that lead there ---- */

/* Where byte @i of the state's key is for the row that leads there, in *out. False: that cannot be looked at. */
static bool place_before(const struct carry *c, const struct mdc_row *r, uint32_t i, struct mdesc_fmt_keys *out)
{
	const struct mdesc_fmt_keys *k = &c->keys;
	int32_t advance, off = k->off[i];

	memset(out, 0, sizeof(*out));
	out->kind[0] = k->kind[i];
	out->elem[0] = k->elem[i];
	out->index[0] = k->index[i];
	if (k->kind[i] == MDESC_SLOT_HEADER && r->f.header == k->index[i]) {
		if (!fuse_begins_here(c->g, k, i))
			return false;
		memset(out, 0, sizeof(*out));	/* the header begins at the cursor */
	} else if (k->kind[i] == MDESC_SLOT_PACKET) {
		if (!fuse_find_advance(c->g, &r->f, &advance))
			return false;
		off += advance;
	}
	out->off[0] = (int16_t)off;
	return off >= INT16_MIN && off < (int32_t)c->g->t->window;
}

static bool same_place(const struct mdesc_fmt_keys *a, uint32_t i, const struct mdesc_fmt_keys *b)
{
	return a->off[i] == b->off[0] && a->kind[i] == b->kind[0] && a->elem[i] == b->elem[0] &&
	       a->index[i] == b->index[0];
}

/* The key of a state that leads there with these bytes added, and where they are in it. */
static bool add_places(const struct carry *c, const struct mdc_row *r, struct mdesc_fmt_keys *k,
		       uint8_t slot[MDESC_FMT_KEY_MAX])
{
	for (uint32_t i = 0; i < c->keys.count; i++) {
		struct mdesc_fmt_keys one;
		uint8_t at = 0;

		if (!(c->behind >> i & 1))
			continue;
		if (!place_before(c, r, i, &one))
			return false;
		while (at < k->count && !same_place(k, at, &one))
			at++;
		if (at == MDESC_FMT_KEY_MAX)
			return false;
		if (at == k->count) {
			k->off[at] = one.off[0];
			k->kind[at] = one.kind[0];
			k->elem[at] = one.elem[0];
			k->index[at] = one.index[0];
			k->count++;
		}
		slot[i] = at;
	}
	return true;
}

/* Can all that lead there look for it? Their new keys, by state; count 0: it does not lead there. */
static bool can_carry(const struct carry *c, struct mdesc_fmt_keys *keys)
{
	if (c->g->start.verdict == MDESC_GO && c->g->start.state == c->at)
		return false;
	for (uint32_t i = 0; i < c->g->states.n; i++) {
		const struct rg_state *s = &c->g->states.p[i];
		uint8_t slot[MDESC_FMT_KEY_MAX];
		bool leads = false;

		if (s->s.f.max && s->s.f.otherwise.verdict == MDESC_GO && s->s.f.otherwise.state == c->at)
			return false;
		for (size_t k = 0; k < s->rows.n; k++) {
			const struct mdesc_fmt_next *next = &s->rows.p[k].f.next;

			if (next->verdict != MDESC_GO || next->state != c->at)
				continue;
			if (i == c->at || next->flags || c->entry[i] == MDESC_FMT_NONE16)
				return false;
			if (!leads)
				keys[i] = c->g->keys.p[c->entry[i]];
			leads = true;
			if (!add_places(c, &s->rows.p[k], &keys[i], slot))
				return false;
		}
		if (leads && s->rows.n * c->list.n > ROWS_MAX)
			return false;
	}
	return true;
}

/* ---- states for what is carried ---- */

static void add_copies(struct carry *c)
{
	struct mdc_row_state like = c->g->states.p[c->at].s;
	uint16_t keys = c->entry[c->at];
	uint32_t n = 0;

	for (size_t i = 0; i < c->list.n; i++) {
		uint32_t class = c->list.rows[i].action, to;

		if (c->copies[class])
			continue;
		to = rg_add_named(c->g, &like, "c", ++n);
		c->g->states.p[to].s.f.key_need &= ~c->behind;
		c->copies[class] = to + 1;
		c->entry[to] = keys;
		for (size_t k = 0; k < c->rests[class].n; k++) {
			const struct cover_row *row = &c->rests[class].rows[k];
			struct mdc_row r = c->g->states.p[c->at].rows.p[c->of[row->action]];

			rg_put_cube(&r.f, &row->cube);
			*vec_push(c->g->arena, &c->g->states.p[to].rows) = r;
		}
	}
}

/* The row once for each that the bytes tell apart; false where its own key contradicts them. */
static bool row_for(const struct carry *c, const struct mdc_row *r, const struct cover_row *list,
		    const uint8_t slot[MDESC_FMT_KEY_MAX], struct mdc_row *out)
{
	*out = *r;
	for (uint32_t i = 0; i < c->keys.count; i++) {
		uint8_t value, mask, at;

		if (!(c->behind >> i & 1))
			continue;
		at = slot[i];
		value = (uint8_t)(list->cube.value[i / 8] >> (56 - i % 8 * 8));
		mask = (uint8_t)(list->cube.mask[i / 8] >> (56 - i % 8 * 8));
		if ((out->f.key_value[at] ^ value) & out->f.key_mask[at] & mask)
			return false;
		out->f.key_value[at] |= value;
		out->f.key_mask[at] |= mask;
	}
	out->f.next.state = (uint16_t)(c->copies[list->action] - 1);
	return true;
}

static void lead_to_copies(struct carry *c, uint32_t from, const struct mdesc_fmt_keys *keys)
{
	struct rg_state *s = &c->g->states.p[from];
	VEC(struct mdc_row) rows = { 0 };

	for (size_t k = 0; k < s->rows.n; k++) {
		struct mdc_row r = s->rows.p[k], out;
		struct mdesc_fmt_keys same = *keys;
		uint8_t slot[MDESC_FMT_KEY_MAX];

		if (r.f.next.verdict != MDESC_GO || r.f.next.state != c->at || !add_places(c, &r, &same, slot)) {
			*vec_push(c->g->arena, &rows) = r;
			continue;
		}
		for (size_t i = 0; i < c->list.n; i++) {
			if (row_for(c, &r, &c->list.rows[i], slot, &out))
				*vec_push(c->g->arena, &rows) = out;
		}
	}
	memcpy(&s->rows, &rows, sizeof(rows));
	c->entry[from] = rg_keys(c->g, keys);
}

static bool carry_state(struct carry *c, uint32_t at)
{
	struct rg_state *s = &c->g->states.p[at];
	struct mdesc_fmt_keys *keys = arena_array(c->scratch, struct mdesc_fmt_keys, c->g->states.n + 1);
	struct lookup_search search = { .arena = c->scratch, .work = WORK, .memo = c->g->ctx->memo };
	struct cover cover;
	uint32_t n;

	c->at = at;
	c->keys = c->g->keys.p[c->entry[at]];
	c->behind = bytes_behind(s, &c->keys);
	if (!c->behind || s->s.f.max)
		return false;
	search.keys = &c->keys;
	c->of = arena_array(c->scratch, uint32_t, s->rows.n);
	cover = rg_to_cover(c->scratch, s->rows.p, (uint32_t)s->rows.n, c->of);
	if (!lookup_classes(&search, &cover, c->behind, &c->list, &c->rests) ||
	    c->g->states.n + c->list.n_actions > c->room || !can_carry(c, keys))
		return false;
	c->copies = arena_array(c->scratch, uint32_t, c->list.n_actions);
	n = (uint32_t)c->g->states.n;
	add_copies(c);
	for (uint32_t i = 0; i < n; i++) {
		if (keys[i].count)
			lead_to_copies(c, i, &keys[i]);
	}
	c->g->states.p[at].rows.n = 0;	/* nothing leads there any more */
	return true;
}

/* ---- all states ---- */

static void set_entry(void *arg, struct mdesc_fmt_next *next)
{
	const struct carry *c = arg;

	if (c->entry[next->state] != MDESC_FMT_NONE16)
		next->keys = c->entry[next->state];
}

const struct mdc_rows *mdc_pass_carry(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct rows_graph g;
	struct carry c = { .g = &g, .room = 2 * rows->n_states + STATES_MORE };
	uint16_t *entry;
	bool more = true;

	if (!rows->model->target.window)
		return rows;
	rg_open(&g, ctx, rows);
	entry = rg_entry_keys(&g);
	c.entry = arena_array(ctx->arena, uint16_t, c.room + 1);
	memcpy(c.entry, entry, rows->n_states * sizeof(*entry));
	c.scratch = arena_scratch(ctx->arena);
	/* From the last on: those in front are asked to look for it only then. */
	for (uint32_t round = 0; more && round < rows->n_states; round++) {
		more = false;
		for (uint32_t i = (uint32_t)g.states.n; i-- > 0;) {
			if (c.entry[i] != MDESC_FMT_NONE16 && g.states.p[i].rows.n)
				more |= carry_state(&c, i);
			arena_empty(c.scratch);
		}
	}
	arena_give_back(ctx->arena, c.scratch);
	rg_each_next(&g, set_entry, &c);
	return rg_close(&g);
}

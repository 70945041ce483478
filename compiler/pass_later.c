/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass: where all rows of a state do the same before they go different ways,
 * and what they go on to is theirs alone, that is done by one row, and a state
 * behind it decides, for itself and for all that was behind: what those extract
 * is then extracted by the rows that decide. No packet enters more states, but
 * for those that stop there.
 */
#include <string.h>

#include "fuse.h"
#include "passes.h"

#define LATER_MAX	256u	/* rows of a state */

/* What all rows of a state do before they go different ways. */
static bool same_effect(const struct rg_state *s)
{
	for (size_t i = 0; i < s->rows.n; i++) {
		struct mdc_row r = s->rows.p[i];

		r.f.next = s->rows.p[0].f.next;
		if (!rg_same_action(&r, &s->rows.p[0]) || s->rows.p[i].f.next.flags)
			return false;
	}
	return true;
}

/* Is this the first row of the state that goes there? */
static bool is_first_to(const struct rg_state *s, size_t row)
{
	for (size_t i = 0; i < row; i++) {
		if (s->rows.p[i].f.next.verdict == MDESC_GO && s->rows.p[i].f.next.state == s->rows.p[row].f.next.state)
			return false;
	}
	return true;
}

/* Whether states behind @at take no more rows if they decide for it. */
static bool later_is_less(const struct fuse *f, uint32_t at)
{
	const struct rg_state *s = &f->g->states.p[at];
	size_t before = s->rows.n, after = 1;
	bool any = false;

	for (size_t i = 0; i < s->rows.n; i++) {
		const struct mdesc_fmt_next *next = &s->rows.p[i].f.next;
		const struct rg_state *t = &f->g->states.p[next->state];
		struct pair p = { .from = at, .to = next->state, .r = &s->rows.p[i], .t = t };

		if (next->verdict != MDESC_GO) {
			after++;
			continue;
		}
		if (next->state == at || t->s.f.max || (t->s.f.flags & MDESC_STATE_PART))
			return false;
		after += t->rows.n;
		if (fuse_only_from_here(f, &p))
			before += is_first_to(s, i) ? t->rows.n : 0;
		else if (t->rows.n != 1)
			return false;
		any = true;
	}
	return any && after <= before;
}

/* The byte as one of the header that @row extracts, of which the length is not known. */
static bool in_header(const struct fuse *f, const struct mdesc_fmt_row *row, struct mdesc_fmt_keys *k, uint32_t i)
{
	const struct mdc_instance *inst = f->g->m->parser.instances[row->header];

	if (f->g->t->window || inst->kind != MDC_I_HEADER || k->off[i] < 0 || k->off[i] >= (int32_t)inst->header->fixed)
		return false;
	k->kind[i] = MDESC_SLOT_HEADER;
	k->index[i] = row->header;
	k->elem[i] = inst->capacity ? MDC_ELEM_LAST : 0;
	return true;
}

/* The state's key, as it is seen from behind what its rows extract. */
static bool keys_behind(const struct fuse *f, uint32_t at, struct mdesc_fmt_keys *out)
{
	const struct rg_state *s = &f->g->states.p[at];
	const struct mdesc_fmt_row *first = &s->rows.p[0].f;
	const struct mdc_target *t = f->g->t;
	uint32_t compared = rg_compared(s);
	int32_t advance;
	bool known = fuse_find_advance(f->g, first, &advance);

	*out = f->g->keys.p[f->entry[at]];
	for (uint32_t i = 0; i < out->count; i++) {
		int32_t off = out->off[i] - advance;

		if (out->kind[i] == MDESC_SLOT_REMAINING ||
		    (out->kind[i] == MDESC_SLOT_REGISTER && fuse_sets_registers(f->g, at, first)))
			return false;
		if (out->kind[i] == MDESC_SLOT_PACKET && !known) {
			if ((compared >> i & 1) && !in_header(f, first, out, i))
				return false;
			continue;
		}
		if (out->kind[i] != MDESC_SLOT_PACKET)
			continue;
		if ((compared >> i & 1) && (off < (t->window ? 0 : -(int32_t)t->reach) || off > INT16_MAX))
			return false;
		out->off[i] = (int16_t)(off < INT16_MIN ? INT16_MIN : off);
	}
	return true;
}

static uint32_t add_decision(struct fuse *f, uint32_t at, const struct mdesc_fmt_keys *keys)
{
	struct mdc_row_state s = f->g->states.p[at].s;
	uint32_t to;

	s.f = (struct mdesc_fmt_state){ .max = 0 };
	to = rg_add_named(f->g, &s, "d", 1);
	for (size_t i = 0; i < f->g->states.p[at].rows.n; i++) {
		struct mdc_row r = f->g->states.p[at].rows.p[i];

		r.f.header = r.f.layout = MDESC_FMT_NONE16;
		r.f.op_first = r.f.op_count = 0;
		r.f.flags = 0;
		r.f.length = 0;
		*vec_push(f->g->arena, &f->g->states.p[to].rows) = r;
	}
	f->entry[to] = rg_keys(f->g, keys);
	f->ways_in[to] = 1;
	f->n_entries = to + 1;
	return to;
}

/* Can all that the new state goes on to be taken along? */
static bool all_fuse(const struct fuse *f, uint32_t at)
{
	const struct rg_state *s = &f->g->states.p[at];
	uint32_t slots = f->g->keys.p[f->entry[at]].count;

	for (size_t i = 0; i < s->rows.n; i++) {
		struct pair p = { .from = at, .row = i, .r = &s->rows.p[i] };

		if (p.r->f.next.verdict != MDESC_GO)
			continue;
		p.to = p.r->f.next.state;
		p.t = &f->g->states.p[p.to];
		slots += (uint32_t)__builtin_popcount(rg_compared(p.t));
		if (!fuse_may(f, &p) || slots > MDESC_FMT_KEY_MAX)
			return false;
	}
	return true;
}

/*
 * Where all rows of a state do the same, and what they go on to is theirs alone, that is done by one row, and a state
 * behind it decides for all of them: what those extract is then extracted by the rows that decide.
 */
static bool decide_later(struct fuse *f, uint32_t at)
{
	struct rg_state *s = &f->g->states.p[at];
	struct mdesc_fmt_keys keys;
	struct mdc_row like;
	bool changed = f->g->changed;
	uint32_t to;

	if (s->rows.n < 2 || s->rows.n > LATER_MAX)
		return false;
	like = s->rows.p[0];
	if ((s->s.f.flags & MDESC_STATE_PASS) || f->entry[at] == MDESC_FMT_NONE16 || f->n_entries > f->room ||
	    (like.f.flags & ~MDESC_ROW_LENGTH) || like.f.header == MDESC_FMT_NONE16 || !same_effect(s))
		return false;
	if (!later_is_less(f, at) || !keys_behind(f, at, &keys))
		return false;
	to = add_decision(f, at, &keys);
	if (!all_fuse(f, to)) {
		f->g->states.n = f->n_entries = to;
		f->g->changed = changed;
		return false;
	}
	s = &f->g->states.p[at];
	memset(like.f.key_value, 0, sizeof(like.f.key_value));
	memset(like.f.key_mask, 0, sizeof(like.f.key_mask));
	like.f.next = rg_enter(to, f->entry[to]);
	s->rows.p[0] = like;
	s->rows.n = 1;
	fuse_state(f, to);
	return true;
}

static bool decide_all(struct fuse *f, uint32_t n_states, bool last_first)
{
	bool any = false;
	uint32_t n;

	for (uint32_t i = 0; i < n_states; i++) {
		uint32_t at = last_first ? n_states - 1 - i : i;

		any |= f->ways_in[at] && decide_later(f, at);
	}
	n = f->n_entries;	/* what decides now may leave that to what is behind it again */
	for (uint32_t i = n_states; last_first && i < n && f->steps + 2 <= f->g->t->steps; i++)
		any |= f->ways_in[i] && decide_later(f, i);
	return any;
}

static const struct mdc_rows *later(struct mdc_ctx *ctx, const struct mdc_rows *rows, bool last_first)
{
	struct rows_graph g;
	struct fuse f;

	if (!fuse_open(&f, &g, ctx, rows) || f.steps + 1 > g.t->steps || !decide_all(&f, rows->n_states, last_first)) {
		rg_drop(&g);
		return rows;
	}
	fuse_all(&f);
	return fuse_close(&f);
}

const struct mdc_rows *mdc_pass_later(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	return later(ctx, rows, false);
}

/* What one state takes along, the one in front of it cannot let decide for itself: so the order makes a difference. */
const struct mdc_rows *mdc_pass_later_last(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	return later(ctx, rows, true);
}

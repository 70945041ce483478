/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Between two steps: what both machines have alike becomes common and is
 * forgotten; the frame moves to where the cursor that is behind stands; what
 * nobody can ask any more is forgotten, too. What then remains is looked up among
 * what was met before: as much or less known there means that it is done.
 */
#include <stdlib.h>
#include <string.h>

#include "sym_sync.h"

/* ---- what became common ---- */

static bool same_pos(struct pos a, struct pos b)
{
	return a.anchor == b.anchor && a.off == b.off;
}

static bool same_rec(const struct rec *a, const struct rec *b)
{
	return a->id == b->id && a->elem == b->elem && a->present == b->present && same_pos(a->at, b->at) &&
	       same_pos(a->end, b->end) && a->known == b->known;
}

void sync_know(struct sync *s, uint32_t node, uint64_t mask, uint64_t value)
{
	const struct scube *k = sym_cube_add(s->e, s->c->know, node, mask, value);

	if (k)
		s->c->know = k;
}

/* A header that rows can enter the options of is known for a while longer. */
static bool kept(const struct sync *s, const struct rec *r)
{
	bool exact = s->e->idx[0].exact[r->id];

	return exact && same_pos(r->end, s->base) && r->at.anchor == s->base.anchor && r->end.off > r->at.off;
}

static int order(const struct rec *a, const struct rec *b)
{
	return a->id != b->id ? (int)a->id - (int)b->id : (int)a->elem - (int)b->elem;
}

static void split_recs(struct sync *s)
{
	const struct recs *a = s->from->s[0].now.recs, *b = s->from->s[1].now.recs;
	uint32_t n[2] = { a ? a->n : 0, b ? b->n : 0 };
	struct recs *to[2];
	uint32_t i = 0, k = 0;

	for (int x = 0; x < 2; x++)
		to[x] = sym_alloc(s->e, sizeof(*a) + n[x] * sizeof(a->r[0]));
	while (i < n[0] || k < n[1]) {
		int cmp = i == n[0] ? 1 : k == n[1] ? -1 : order(&a->r[i], &b->r[k]);

		if (!cmp && same_rec(&a->r[i], &b->r[k]) && !kept(s, &a->r[i]) && s->n_gone < RAWS) {
			s->gone[s->n_gone++] = &a->r[i];
			i++;
			k++;
			continue;
		}
		if (cmp <= 0)
			to[0]->r[to[0]->n++] = a->r[i++];
		if (cmp >= 0)
			to[1]->r[to[1]->n++] = b->r[k++];
	}
	for (int x = 0; x < 2; x++)
		s->c->s[x].now.recs = to[x]->n ? to[x] : NULL;
}

static void map_recs(struct sync *s)
{
	for (int x = 0; x < 2; x++) {
		struct recs *r = (struct recs *)(uintptr_t)s->c->s[x].now.recs;	/* ours: see split_recs() */

		for (uint32_t i = 0; r && i < r->n; i++) {
			r->r[i].at = sync_pos(s, r->r[i].at);
			r->r[i].end = sync_pos(s, r->r[i].end);
		}
	}
	/* at level 0 only until the next time: what was just recorded is often read by the next state */
	for (uint32_t i = 0; i < s->n_gone; i++)
		if (sync_elem(s, s->gone[i]) != ELEM_OWN)
			sync_know(s, sym_node(s->e, N_PRES, s->gone[i]->id, sync_elem(s, s->gone[i]), 0), 1,
			     s->gone[i]->present);
}

/* What both have alike is not forgotten for now: one of them may write it again. */
static bool is_kept(const struct sync *s, sym_bit bit)
{
	return s->e->level >= LEVEL_NAMES && sync_has_name(s, bit);
}

/* One bit of both sides: those that are alike become common, and known if they are constants. */
static void promote(struct sync *s, sym_bit *a, sym_bit *b, enum node_kind kind, uint32_t bit)
{
	bool named = true;
	sym_bit v = *a;
	int known;

	if (*a != *b || (v != SYM_COMMON && is_kept(s, v))) {
		*a = *a == SYM_COMMON ? *a : sync_bit(s, *a, &named);
		*b = *b == SYM_COMMON ? *b : sync_bit(s, *b, &named);
		return;
	}
	if (v == SYM_COMMON)
		return;
	*a = *b = SYM_COMMON;
	known = s->e->level ? sym_known(s->from, v) : -1;
	if (known >= 0)
		sync_know(s, sym_node(s->e, kind, bit / 8, 0, 0), 1ull << bit % 8, (uint64_t)known << bit % 8);
}

/* What was known of a bit in common is not any more where it becomes another. */
static void forget(struct sync *s, enum node_kind kind, uint32_t byte, uint64_t bits)
{
	uint32_t node = sym_node(s->e, kind, byte, 0, 0);
	const struct lit *l = sym_cube_find(s->c->know, node);

	if (l && (l->mask & bits))
		s->c->know = sym_cube_drop(s->e, s->c->know, node, bits);
}

/* Which of 8 bits become common. */
static uint64_t alike(const struct sync *s, const sym_bit *a, const sym_bit *b)
{
	uint64_t bits = 0;

	for (int i = 0; i < 8; i++)
		bits |= (uint64_t)(a[i] == b[i] && a[i] != SYM_COMMON && !is_kept(s, a[i])) << i;
	return bits;
}

static void put_byte(struct metas *to, const struct metab *b)
{
	for (int i = 0; i < 8; i++) {
		if (b->value[i] == SYM_COMMON && b->mark[i] == SYM_COMMON)
			continue;
		to->b[to->n++] = *b;
		return;
	}
}

static void promote_byte(struct sync *s, struct metab *a, struct metab *b)
{
	forget(s, N_OLD, a->byte, alike(s, a->value, b->value));
	forget(s, N_MARK, a->byte, alike(s, a->mark, b->mark));
	for (uint32_t i = 0; i < 8; i++) {
		promote(s, &a->value[i], &b->value[i], N_OLD, 8 * a->byte + i);
		promote(s, &a->mark[i], &b->mark[i], N_MARK, 8 * a->byte + i);
	}
}

static void split_metas(struct sync *s)
{
	const struct metas *m[2] = { s->from->s[0].now.meta, s->from->s[1].now.meta };
	uint32_t n[2] = { m[0] ? m[0]->n : 0, m[1] ? m[1]->n : 0 }, at[2] = { 0, 0 };
	struct metas *to[2];

	if (!n[0] && !n[1])
		return;
	for (int x = 0; x < 2; x++)
		to[x] = sym_alloc(s->e, sizeof(**to) + (n[0] + n[1]) * sizeof(m[0]->b[0]));
	while (at[0] < n[0] || at[1] < n[1]) {
		uint32_t byte = UINT32_MAX;
		struct metab now[2];

		for (int x = 0; x < 2; x++)
			if (at[x] < n[x] && m[x]->b[at[x]].byte < byte)
				byte = m[x]->b[at[x]].byte;
		for (int x = 0; x < 2; x++) {
			memset(&now[x], 0xff, sizeof(now[x]));
			if (at[x] < n[x] && m[x]->b[at[x]].byte == byte)
				now[x] = m[x]->b[at[x]++];
			now[x].byte = byte;
		}
		promote_byte(s, &now[0], &now[1]);
		for (int x = 0; x < 2; x++)
			put_byte(to[x], &now[x]);
	}
	for (int x = 0; x < 2; x++)
		s->c->s[x].now.meta = to[x]->n ? to[x] : NULL;
}

static void split_regs(struct sync *s)
{
	const sym_bit *r[2] = { s->from->s[0].regs, s->from->s[1].regs };
	sym_bit *to[2];
	bool any[2] = { false, false };

	if (!r[0] && !r[1])
		return;
	for (int x = 0; x < 2; x++) {
		to[x] = sym_alloc(s->e, REG_BITS * sizeof(**to));
		for (int i = 0; i < REG_BITS; i++)
			to[x][i] = r[x] ? r[x][i] : SYM_COMMON;
	}
	for (uint32_t byte = 0; byte < MDESC_FMT_REGS_MAX; byte++)
		forget(s, N_REG, byte, s->reg_new[byte]);
	for (uint32_t i = 0; i < REG_BITS; i++) {
		promote(s, &to[0][i], &to[1][i], N_REG, i);
		any[0] |= to[0][i] != SYM_COMMON;
		any[1] |= to[1][i] != SYM_COMMON;
	}
	for (int x = 0; x < 2; x++)
		s->c->s[x].regs = any[x] ? to[x] : NULL;
}

static void find_new_regs(struct sync *s)
{
	const sym_bit *a = s->from->s[0].regs, *b = s->from->s[1].regs;

	for (uint32_t byte = 0; a && b && byte < MDESC_FMT_REGS_MAX; byte++)
		s->reg_new[byte] = (uint8_t)alike(s, a + 8 * byte, b + 8 * byte);
}

/* ---- what is near ---- */

/* Whether a key can look at a byte of it from the cursor. */
static bool is_near(const struct sync *s, const struct rec *r)
{
	if (!r->present || r->at.anchor != s->base.anchor || r->at.off + r->known <= s->base.off - s->e->back_max)
		return false;
	for (int32_t i = 0; i < r->known; i++)
		if (sync_live_for(s, 0, (struct pos){ r->at.anchor, r->at.off + i }) ||
		    sync_live_for(s, 1, (struct pos){ r->at.anchor, r->at.off + i }))
			return true;
	return false;
}

/* Another of the same name has come, or another element of its stack. */
static bool replaced(const struct sync *s, const struct rec *r)
{
	for (uint32_t i = 0; i < s->n_gone; i++)
		if (s->gone[i]->id == r->id || (r->elem == ELEM_LAST && s->gone[i]->elem >= ELEM_OWN &&
						sync_stack_of(s->e, r->id) == sync_stack_of(s->e, s->gone[i]->id)))
			return true;
	return false;
}

static void find_near(struct sync *s)
{
	const struct recs *was = s->from->near;
	uint32_t n = was ? was->n : 0;
	struct recs *to;

	if (s->e->exact || (!n && !s->n_gone))
		return;
	to = sym_alloc(s->e, sizeof(*to) + (n + s->n_gone) * sizeof(to->r[0]));
	for (uint32_t i = 0; i < n; i++)
		if (!replaced(s, &was->r[i]) && is_near(s, &was->r[i]))
			to->r[to->n++] = was->r[i];
	for (uint32_t i = 0; i < s->n_gone; i++) {
		struct rec r = *s->gone[i];
		uint32_t elem = sync_elem(s, &r), k = to->n;

		if (elem == ELEM_OWN || !is_near(s, &r))
			continue;
		r.elem = (uint16_t)elem;
		for (; k && order(&to->r[k - 1], &r) > 0; k--)
			to->r[k] = to->r[k - 1];
		to->r[k] = r;
		to->n++;
	}
	s->near = to->n ? to : NULL;
}

static void map_near(struct sync *s)
{
	struct recs *to;

	s->c->near = NULL;
	if (!s->near)
		return;
	to = sym_alloc(s->e, sizeof(*to) + s->near->n * sizeof(to->r[0]));
	for (uint32_t i = 0; i < s->near->n; i++) {
		struct rec r = s->near->r[i];

		r.at.anchor = 0;	/* that of the base: is_near() */
		r.at.off -= s->base.off;
		r.end = r.at;
		to->r[to->n++] = r;
	}
	s->c->near = to;
}

/* ---- all ---- */

/* Is @a the anchor @b is counted from, over any number of headers? */
static bool before(const struct engine *e, uint32_t a, uint32_t b)
{
	for (uint32_t n = 0; b && n < 64; n++) {
		if (e->anchors[b].raw)
			return false;
		b = e->anchors[b].at.anchor;
		if (a == b)
			return true;
	}
	return false;
}

/* The cursor that is behind; false: nobody can tell. */
static bool find_base(const struct engine *e, const struct config *c, struct pos *base)
{
	bool go[2] = { c->s[0].next.verdict == MDESC_GO, c->s[1].next.verdict == MDESC_GO };
	struct pos a = c->s[0].now.cursor, b = c->s[1].now.cursor;

	if (!go[0] || !go[1]) {
		*base = go[0] || !go[1] ? a : b;
		return true;
	}
	if (a.anchor == b.anchor)
		*base = a.off < b.off ? a : b;
	else if (before(e, a.anchor, b.anchor))
		*base = a;
	else if (before(e, b.anchor, a.anchor))
		*base = b;
	else
		return false;
	return true;
}

/* Of the new frame; how far keys look back is enough to know. */
static int32_t moved_to(const struct sync *s)
{
	int64_t at = sym_at_least(s->e, s->from, s->base);

	return at > s->e->back_max ? s->e->back_max : at < 0 ? 0 : (int32_t)at;
}

struct config *sym_sync(struct engine *e, const struct config *from)
{
	struct sync s = { .e = e, .from = from, .c = sym_copy(e, from) };
	struct pos base;

	sym_spend(e, 1);
	if (!find_base(e, from, &base)) {
		e->now = &e->mem[0];
		sym_keep(e, s.c);
		s.c = sym_copy(e, s.c);
		e->now = &e->mem[1];
		return s.c;
	}
	s.base = base;
	split_recs(&s);
	find_near(&s);
	find_new_regs(&s);
	sync_forget_counts(&s);
	sync_map_know(&s);
	sync_map_negs(&s);
	sync_map_bounds(&s);
	split_metas(&s);
	split_regs(&s);
	map_recs(&s);
	sync_map_steps(&s);
	map_near(&s);
	s.c->before = moved_to(&s);
	for (int x = 0; x < 2; x++) {
		struct side *m = &s.c->s[x];

		sync_map_entries(&s, x);
		if (m->next.verdict != MDESC_GO) {
			m->now.cursor = base;
			m->now.limited = false;
		}
		m->now.cursor = sync_pos(&s, m->now.cursor);
		if (m->now.limited)
			m->now.limit = sync_pos(&s, m->now.limit);
		memset(&m->old, 0, sizeof(m->old));
	}
	if (!sym_remember(e, s.c))
		return NULL;
	e->now = &e->mem[0];
	s.c = sym_copy(e, s.c);
	e->now = &e->mem[1];
	return s.c;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is known, for the new frame: takes all that was known, keeps what somebody
 * may still ask for, in the words of the new frame, and forgets the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "sym_sync.h"

/* ---- what is known ---- */

bool sync_live_for(const struct sync *s, int side, struct pos at)
{
	const struct side *m = &s->from->s[side];
	int32_t off = at.off - m->now.cursor.off;
	uint32_t bit = (uint32_t)(off - LIVE_LOW);

	if (m->next.verdict != MDESC_GO)
		return false;
	if (at.anchor != m->now.cursor.anchor || bit >= LIVE_BITS)
		return off >= 0 || at.anchor != m->now.cursor.anchor;
	if (s->e->idx[side].live[m->next.state].w[bit / 64] >> bit % 64 & 1)
		return true;
	for (uint32_t i = 0; i < s->e->t[side]->keys[m->next.keys].count; i++)
		if (s->e->t[side]->keys[m->next.keys].kind[i] == MDESC_SLOT_PACKET &&
		    s->e->t[side]->keys[m->next.keys].off[i] == off)
			return true;
	return false;
}

/* Whether a step from here on can read a byte of a record that is in common. */
static bool read_by(const struct sync *s, int side, uint32_t id, uint32_t elem, uint32_t byte)
{
	const struct index *x = &s->e->idx[side];
	const struct side *m = &s->c->s[side];
	const struct mdesc_fmt_keys *k;
	uint32_t count = m->now.counts ? m->now.counts[id] : 0, last = count ? count - 1 : 0;

	if (m->next.verdict != MDESC_GO)
		return false;
	for (uint32_t i = 0; i < x->n_reads; i++) {
		const struct hread *r = &x->reads[i];

		if (r->id != id || r->byte != byte ||
		    (r->elem != elem && elem < ELEM_OWN && (r->elem != MDESC_ELEM_LAST || elem != last)))
			continue;
		if (x->read_live[(size_t)m->next.state * x->read_words + i / 64] >> i % 64 & 1)
			return true;
		k = &x->t->keys[m->next.keys];
		for (uint32_t b = 0; b < k->count; b++)
			if (k->kind[b] == MDESC_SLOT_HEADER && sym_header_id(x->t, k->index[b]) == id &&
			    k->elem[b] == r->elem && (uint32_t)k->off[b] == byte)
				return true;
	}
	return false;
}

/* Whether keys look at something of a header from here on: then it counts whether it is there. */
static bool any_later(const struct sync *s, uint32_t id)
{
	for (int side = 0; side < 2; side++)
		for (uint32_t i = 0; i < s->e->idx[side].n_reads; i++)
			if (s->e->idx[side].reads[i].id == id &&
			    read_by(s, side, id, s->e->idx[side].reads[i].elem, s->e->idx[side].reads[i].byte))
				return true;
	return false;
}

static bool read_later(const struct sync *s, const struct node *n)
{
	return read_by(s, 0, n->a, n->b >> 16, n->b & 0xffff) || read_by(s, 1, n->a, n->b >> 16, n->b & 0xffff);
}

static bool near_later(const struct sync *s, const struct node *n)
{
	struct pos at;

	return sync_place_of(s->near, n, &at) && (sync_live_for(s, 0, at) || sync_live_for(s, 1, at));
}

/* Whether it lies in a header that only this side has, and is looked at there. */
static bool own_later(const struct sync *s, int side, struct pos at)
{
	const struct recs *recs = s->from->s[side].now.recs;

	for (uint32_t i = 0; recs && i < recs->n; i++) {
		const struct rec *r = &recs->r[i];

		if (r->present && r->at.anchor == at.anchor && at.off >= r->at.off && at.off < r->at.off + r->known &&
		    read_by(s, side, r->id, r->elem, (uint32_t)(at.off - r->at.off)))
			return true;
	}
	return false;
}

static bool packet_later(const struct sync *s, struct pos at)
{
	return sync_live_for(s, 0, at) || sync_live_for(s, 1, at) || own_later(s, 0, at) || own_later(s, 1, at);
}

static bool goes(const struct sync *s, int side)
{
	return s->from->s[side].next.verdict == MDESC_GO;
}

/* Whether something can still ask for what a node says; then its new name. */
static bool keep_node(struct sync *s, uint32_t node, uint32_t *to)
{
	const struct node n = s->e->nodes[node];
	const struct node *m;
	bool named = true;

	switch (n.kind) {
	case N_PKT:
	case N_HDR:
		*to = sync_node(s, node, &named);
		m = &s->e->nodes[*to];
		if (m->kind == N_HDR && named &&
		    (s->e->level >= LEVEL_NAMES || read_later(s, m) || near_later(s, m)))
			return true;
		if (n.kind == N_HDR || !packet_later(s, (struct pos){ n.a, (int32_t)n.b }))
			return false;
		if (m->kind == N_HDR || !named) {
			struct pos at = sync_pos(s, (struct pos){ n.a, (int32_t)n.b });

			named = !at.anchor || !s->e->anchors[at.anchor].raw;
			*to = sym_pkt(s->e, at, 0);
		}
		return named;
	case N_SRC:
		*to = node;
		return goes(s, 0) || goes(s, 1);
	case N_PRES:
		*to = sync_node(s, node, &named);
		return named && (s->e->level || any_later(s, n.a));
	case N_OLD:
	case N_MARK:
		*to = sync_node(s, node, &named);
		return named && s->e->level;
	case N_REG:
		*to = node;
		if (s->in_neg && s->reg_new[n.a])
			return false;
		if (s->e->level || (!goes(s, 0) && !goes(s, 1)))
			return s->e->level;
		return s->e->idx[0].reg_read[n.a] || s->e->idx[1].reg_read[n.a];
	case N_LENOK:
	case N_FITS:
	case N_START:
		if (n.kind == N_START) {
			struct pos at = sync_pos(s, (struct pos){ n.a, (int32_t)n.b });

			*to = sym_node(s->e, N_START, at.anchor, (uint32_t)at.off, 0);
			return !at.anchor && at.off < 0;
		}
		*to = sync_node(s, node, &named);
		return named;
	default:
		return false;
	}
}

void sync_map_know(struct sync *s)
{
	const struct scube *was = s->from->know;
	struct scube empty = { 0 };

	s->c->know = sym_alloc(s->e, sizeof(empty));
	s->in_neg = false;
	for (uint32_t i = 0; was && i < was->n; i++) {
		uint32_t node;

		if (keep_node(s, was->lit[i].node, &node))
			sync_know(s, node, was->lit[i].mask, was->lit[i].value);
	}
}

/* A cube that does not hold, without what is known anyway; NULL: nothing of it can be asked. */
static const struct scube *map_neg(struct sync *s, const struct scube *was)
{
	const struct scube *to = sym_alloc(s->e, sizeof(*to));
	uint32_t node;

	for (uint32_t i = 0; i < was->n && to; i++) {
		const struct lit *l = sym_cube_find(s->from->know, was->lit[i].node);
		uint64_t mask = was->lit[i].mask & ~(l ? l->mask : 0);

		if (l && ((l->value ^ was->lit[i].value) & l->mask & was->lit[i].mask))
			return NULL;
		if (!mask)
			continue;
		s->in_neg = true;
		if (!keep_node(s, was->lit[i].node, &node))
			return NULL;
		to = sym_cube_add(s->e, to, node, mask, was->lit[i].value);
	}
	return to;
}

void sync_map_negs(struct sync *s)
{
	const struct neg *list = NULL;

	for (const struct neg *g = s->from->negs; g && sym_spend(s->e, 1); g = g->next) {
		const struct scube *cube = map_neg(s, g->cube);
		struct neg *n;

		if (!cube || !cube->n)
			continue;
		n = sym_alloc(s->e, sizeof(*n));
		*n = (struct neg){ cube, list, list ? list->count + 1 : 1 };
		list = n;
	}
	s->c->negs = list;
}

void sync_map_bounds(struct sync *s)
{
	const struct config *from = s->from;

	s->c->n_bounds = 0;
	for (uint32_t i = 0; i < from->n_bounds; i++) {
		struct bound b = from->bounds[i];
		struct pos at = sync_pos(s, (struct pos){ b.anchor, 0 });

		if (b.anchor == s->base.anchor) {
			b.anchor = 0;
			b.lo = b.lo == NO_LO ? 0 : b.lo - s->base.off;
			b.hi = b.hi == NO_HI ? NO_HI : b.hi - s->base.off;
		} else if (at.anchor && !s->e->anchors[at.anchor].raw && !at.off) {
			b.anchor = at.anchor;
		} else {
			continue;
		}
		if (b.lo < 0 && !b.anchor)
			b.lo = 0;
		s->c->bounds[s->c->n_bounds++] = b;
	}
	for (uint32_t i = 0; i < s->c->n_bounds; i++)
		if (!s->c->bounds[i].anchor)
			return;
	if (s->c->n_bounds < BOUNDS)	/* a cursor is never behind the packet's end */
		s->c->bounds[s->c->n_bounds++] = (struct bound){ 0, 0, NO_HI };
}

void sync_map_steps(struct sync *s)
{
	struct config *c = s->c;
	uint32_t used = c->s[0].used < c->s[1].used ? c->s[0].used : c->s[1].used;

	for (int x = 0; x < 2; x++)
		c->s[x].used -= used;
	c->rlo = c->rlo > used ? c->rlo - used : 0;
	if (c->rhi != UINT32_MAX)
		c->rhi = c->rhi > used ? c->rhi - used : 0;
}

/* Entries are counted only of states that can be entered again. */
void sync_map_entries(struct sync *s, int side)
{
	const struct index *x = &s->e->idx[side];
	struct side *m = &s->c->s[side];
	struct entries *to;

	if (!m->entries)
		return;
	to = sym_alloc(s->e, sizeof(*to) + m->entries->n * sizeof(to->e[0]));
	for (uint32_t i = 0; i < m->entries->n; i++) {
		uint32_t state = m->entries->e[i].state;

		if (m->next.verdict != MDESC_GO)
			continue;
		if (!x->reach || m->next.state == state ||
		    x->reach[(size_t)m->next.state * x->reach_words + state / 64] >> state % 64 & 1)
			to->e[to->n++] = m->entries->e[i];
	}
	m->entries = to->n ? to : NULL;
}

/* The header that tells how many elements of @id there are: itself, or what it is a part of. */
uint32_t sync_stack_of(const struct engine *e, uint32_t id)
{
	for (int x = 0; x < 2; x++)
		for (uint32_t i = 0; i < e->t[x]->n_headers; i++)
			if (sym_header_id(e->t[x], i) == id && e->t[x]->headers[i].kind == MDESC_KIND_PART)
				return sym_header_id(e->t[x], e->t[x]->headers[i].of);
	return id;
}

/* Whether some element that a side has put on this stack itself is not in common. */
static bool has_own(const struct sync *s, uint32_t stack)
{
	for (int x = 0; x < 2; x++) {
		const struct recs *r = s->c->s[x].now.recs;

		for (uint32_t i = 0; r && i < r->n; i++)
			if (r->r[i].elem >= ELEM_OWN && sync_stack_of(s->e, r->r[i].id) == stack)
				return true;
	}
	return false;
}

/* What both have put on a stack is in common: how high it is, is forgotten. */
void sync_forget_counts(struct sync *s)
{
	const uint16_t *a = s->c->s[0].now.counts, *b = s->c->s[1].now.counts;
	uint16_t *to[2];
	bool any = false;

	if (!sym_is_relative(s->e) || !a || !b)
		return;
	for (uint32_t i = 0; i < s->e->n_ids; i++)
		any |= a[i] && a[i] == b[i];
	if (!any)
		return;
	for (int x = 0; x < 2; x++) {
		to[x] = sym_alloc(s->e, s->e->n_ids * sizeof(**to));
		memcpy(to[x], x ? b : a, s->e->n_ids * sizeof(**to));
	}
	for (uint32_t i = 0; i < s->e->n_ids; i++)
		if (a[i] && a[i] == b[i] && !has_own(s, i))
			to[0][i] = to[1][i] = 0;
	for (int x = 0; x < 2; x++)
		s->c->s[x].now.counts = to[x];
}

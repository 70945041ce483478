/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * From the old frame to the new one: takes a position or a value of the old one,
 * gives what it is there. What has no name there any more becomes a node that
 * stands for something unknown, the same wherever it was used.
 */
#include <stdlib.h>
#include <string.h>

#include "sym_sync.h"

/* ---- positions ---- */

static uint32_t raw_anchor(struct sync *s, uint32_t anchor)
{
	struct anchor a;
	uint32_t i = 0;

	while (i < s->n_anchor && s->anchor_of[i] != anchor)
		i++;
	if (i == s->n_anchor && i < RAWS)
		s->anchor_of[s->n_anchor++] = anchor;
	memset(&a, 0, sizeof(a));
	a.raw = 1 + i;
	if (i == RAWS)
		sym_give_up(s->e, "too much differs");
	for (i = 1; i < s->e->n_anchors; i++)
		if (s->e->anchors[i].raw == a.raw)
			return i;
	return sym_anchor(s->e, &a);
}

struct pos sync_pos(struct sync *s, struct pos at)
{
	struct engine *e = s->e;
	struct anchor a;
	struct pos to;
	bool named = true;

	if (at.anchor == s->base.anchor) {
		to = (struct pos){ 0, at.off - s->base.off };
		return to.off > FAR_BEHIND ? to : (struct pos){ raw_anchor(s, UINT32_MAX), to.off };
	}
	a = e->anchors[at.anchor];
	if (at.anchor && !a.raw && ++s->depth < 16) {
		to = sync_pos(s, a.at);
		a.at = to;
		for (int i = 0; i < 2; i++)
			a.byte[i] = a.byte[i] ? sync_node(s, a.byte[i], &named) : 0;
		s->depth--;
		if (named && (!to.anchor || !e->anchors[to.anchor].raw))
			return (struct pos){ sym_anchor(e, &a), at.off };
	}
	return (struct pos){ raw_anchor(s, at.anchor), at.off };
}

/* ---- values ---- */

static uint32_t raw_node(struct sync *s, uint32_t node, bool *named)
{
	uint32_t i = 0;

	*named = false;
	while (i < s->n_raw && s->raw_of[i] != node)
		i++;
	if (i == RAWS)
		sym_give_up(s->e, "too much differs");
	else if (i == s->n_raw)
		s->raw_of[s->n_raw++] = node;
	return sym_node(s->e, N_RAW, i, 0, 0);
}

static bool is_gone(const struct sync *s, uint32_t id, uint32_t elem)
{
	for (uint32_t i = 0; i < s->n_gone; i++)
		if (s->gone[i]->id == id && (s->gone[i]->elem == elem || s->gone[i]->elem >= ELEM_OWN))
			return true;
	return false;
}

/* What an element that became common is called then; ELEM_OWN: nothing. */
uint32_t sync_elem(const struct sync *s, const struct rec *r)
{
	for (uint32_t i = 0; r->elem >= ELEM_OWN && i < s->n_gone; i++)
		if (s->gone[i]->id == r->id && s->gone[i]->elem > r->elem)
			return ELEM_OWN;
	return r->elem >= ELEM_OWN ? ELEM_LAST : r->elem;
}

/* The record that became common and has the byte at @at; NULL: there is none. */
static const struct rec *gone_at(const struct sync *s, struct pos at)
{
	for (uint32_t i = 0; i < s->n_gone; i++) {
		const struct rec *r = s->gone[i];

		if (r->present && r->at.anchor == at.anchor && at.off >= r->at.off &&
		    at.off < r->at.off + r->known && sync_elem(s, r) != ELEM_OWN)
			return r;
	}
	return NULL;
}

static uint32_t map_byte(struct sync *s, uint32_t node, bool *named)
{
	const struct node *n = &s->e->nodes[node];
	struct pos at = { n->a, (int32_t)n->b }, to;
	const struct rec *r;

	if (sym_near(s->near, at))
		return sym_byte_at(s->e, s->near, at);
	r = gone_at(s, at);
	if (r)
		return sym_node(s->e, N_HDR, r->id, sync_elem(s, r) << 16 | (uint32_t)(at.off - r->at.off), 0);
	to = sync_pos(s, at);
	if (to.anchor && s->e->anchors[to.anchor].raw)
		return raw_node(s, node, named);
	return sym_pkt(s->e, to, 0);
}

sym_bit sync_bit(struct sync *s, sym_bit bit, bool *named)
{
	uint32_t node;

	if (bit <= SYM_1)
		return bit;
	node = sync_node(s, SYM_NODE(bit), named);
	if (s->e->nodes[node].kind == N_COUNT && (bit & 63) >= COUNT_BITS)
		return SYM_0;	/* of a sum, see map_count() */
	if ((s->e->nodes[node].kind == N_OFFS || s->e->nodes[node].kind == N_LENG) && (bit & 63) >= PLACE_BITS)
		return SYM_0;	/* as operations read them */
	return node * 64 + (bit & 63);
}

/* Whether it is a bit of a source, or of a header that both have behind the step, too. */
bool sync_has_name(const struct sync *s, sym_bit bit)
{
	const struct node *n = &s->e->nodes[SYM_NODE(bit)];
	struct pos at = { n->a, (int32_t)n->b };

	switch (n->kind) {
	case N_SRC:
		return true;
	case N_HDR:
		return !is_gone(s, n->a, n->b >> 16);
	case N_PKT:
		return sym_near(s->near, at) || gone_at(s, at);
	default:
		return false;
	}
}

static uint32_t map_vec(struct sync *s, uint32_t vec, bool *named)
{
	sym_bit bits[64];

	for (int i = 0; i < 64; i++)
		bits[i] = sync_bit(s, sym_vec_of(s->e, vec)[i], named);
	return sym_vec(s->e, bits);
}

static bool has_bytes(const struct rec *r)
{
	return r->end.anchor != r->at.anchor || r->end.off > r->at.off;
}

/* The length of the header that @anchor is behind, if that became common; 0: it did not. */
static uint32_t map_length(struct sync *s, uint32_t anchor)
{
	for (uint32_t i = 0; i < s->n_gone; i++) {
		const struct rec *r = s->gone[i];

		if (r->present && r->end.anchor == anchor && r->at.anchor != anchor && !r->end.off &&
		    sync_elem(s, r) != ELEM_OWN)
			return sym_node(s->e, N_LENG, r->id, sync_elem(s, r), 0);
	}
	return 0;
}

/* A place in the packet, as a number: counted from the last record that became common, else from the new frame. */
static uint32_t map_place(struct sync *s, struct pos at)
{
	const struct rec *last = NULL;
	sym_bit bits[64], off[64];
	struct pos from;
	uint32_t node;

	for (uint32_t i = 0; i < s->n_gone; i++) {
		const struct rec *r = s->gone[i];

		if (r->present && r->at.anchor == at.anchor && r->at.off <= at.off && has_bytes(r) &&
		    sync_elem(s, r) != ELEM_OWN && (!last || last->at.off < r->at.off))
			last = r;
	}
	from = last ? last->at : s->base;
	if (from.anchor != at.anchor)
		return UINT32_MAX;
	node = last ? sym_node(s->e, N_OFFS, last->id, sync_elem(s, last), 0) : sym_node(s->e, N_POSN, 0, 0, 0);
	if (at.off == from.off)
		return node;
	for (uint32_t i = 0; i < 64; i++) {
		bits[i] = node * 64 + i;
		off[i] = (uint64_t)(int64_t)(at.off - from.off) >> i & 1;
	}
	if (last)
		for (uint32_t i = PLACE_BITS; i < 64; i++)
			bits[i] = SYM_0;
	return sym_node(s->e, N_ADD, sym_vec(s->e, bits), sym_vec(s->e, off), 0);
}

/* Whether it is the sum of a place and a number. */
static bool is_place(const struct engine *e, const struct node *n, struct pos *at)
{
	const sym_bit *a, *b;
	uint64_t off = 0;

	if (n->kind == N_POSN) {
		*at = (struct pos){ n->a, 0 };
		return true;
	}
	if (n->kind != N_ADD)
		return false;
	a = sym_vec_of(e, n->a);
	b = sym_vec_of(e, n->b);
	if (e->nodes[SYM_NODE(a[0])].kind != N_POSN || a[0] & 63 || a[63] != (a[0] | 63))
		return false;
	if (!sym_is_number(b, &off))
		return false;
	*at = (struct pos){ e->nodes[SYM_NODE(a[0])].a, (int32_t)off };
	return true;
}

/* Where the byte of a header lies that is near. */
bool sync_place_of(const struct recs *near, const struct node *n, struct pos *at)
{
	for (uint32_t i = 0; near && i < near->n; i++) {
		const struct rec *r = &near->r[i];

		if (r->id != n->a || r->elem != n->b >> 16 || (int32_t)(n->b & 0xffff) >= r->known)
			continue;
		*at = (struct pos){ r->at.anchor, r->at.off + (int32_t)(n->b & 0xffff) };
		return true;
	}
	return false;
}

static uint32_t sum_of(struct sync *s, uint32_t node, uint32_t width, uint64_t add)
{
	sym_bit bits[64], more[64];

	for (uint32_t i = 0; i < 64; i++) {
		bits[i] = i < width ? node * 64 + i : SYM_0;
		more[i] = add >> i & 1;
	}
	return sym_node(s->e, N_ADD, sym_vec(s->e, bits), sym_vec(s->e, more), 0);
}

/* Whether it is the height of a stack, or that and a number; which one. */
static bool is_count(const struct engine *e, const struct node *n, uint32_t *id, uint64_t *add)
{
	const sym_bit *a, *b;

	*add = 0;
	*id = n->a;
	if (n->kind == N_COUNT)
		return true;
	if (n->kind != N_ADD)
		return false;
	a = sym_vec_of(e, n->a);
	b = sym_vec_of(e, n->b);
	if (e->nodes[SYM_NODE(a[0])].kind != N_COUNT || a[0] & 63 || a[COUNT_BITS] != SYM_0)
		return false;
	if (!sym_is_number(b, add))
		return false;
	*id = e->nodes[SYM_NODE(a[0])].a;
	return true;
}

/* The stack is so much higher now that its elements are in common. */
static uint32_t map_count(struct sync *s, uint32_t id, uint64_t add)
{
	uint32_t node = sym_node(s->e, N_COUNT, id, 0, 0);

	for (uint32_t i = 0; i < s->n_gone; i++)
		add -= s->gone[i]->id == id && s->gone[i]->elem >= ELEM_OWN;
	return add ? sum_of(s, node, COUNT_BITS, add) : node;
}

/* Of a value that is computed of others; 0: too deep. */
static uint32_t map_computed(struct sync *s, struct node n)
{
	bool named = true;
	uint64_t number;

	if (s->depth == 12 || !sym_spend(s->e, 1))
		return 0;
	s->depth++;
	if (n.kind == N_ITE) {
		n.a = sync_bit(s, n.a, &named);
		n.b = sync_bit(s, n.b, &named);
		n.c = sync_bit(s, n.c, &named);
	} else {
		n.a = map_vec(s, n.a, &named);
		n.b = map_vec(s, n.b, &named);
	}
	s->depth--;
	if (n.kind == N_ADD && n.a > n.b && !sym_is_number(sym_vec_of(s->e, n.b), &number))	/* as add() puts them */
		return sym_node(s->e, N_ADD, n.b, n.a, 0);
	return sym_node(s->e, n.kind, n.a, n.b, n.c);
}

/* Each is computed once: they hold each other many times over. */
static uint32_t map_once(struct sync *s, uint32_t node)
{
	uint32_t at = node % SEEN, to;

	if (s->seen[at].node == node)
		return s->seen[at].to;
	to = map_computed(s, s->e->nodes[node]);
	if (to) {
		s->seen[at].node = node;
		s->seen[at].to = to;
	}
	return to;
}

/* A node as it is called behind the step. @named is cleared where it has no name of its own. */
uint32_t sync_node(struct sync *s, uint32_t node, bool *named)
{
	struct node n = s->e->nodes[node];
	struct pos at;
	uint64_t add;
	uint32_t id;

	if (is_count(s->e, &n, &id, &add))
		return map_count(s, id, add);
	if (is_place(s->e, &n, &at)) {
		uint32_t to = map_place(s, at);

		return to != UINT32_MAX ? to : raw_node(s, node, named);
	}
	switch (n.kind) {
	case N_SRC:
	case N_PKTLEN:
	case N_OLD:
	case N_MARK:
		return node;	/* only their own byte has them */
	case N_REG:
		return s->reg_new[n.a] ? raw_node(s, node, named) : node;
	case N_PKT:
		return map_byte(s, node, named);
	case N_HDR:
		if (is_gone(s, n.a, n.b >> 16))
			return raw_node(s, node, named);
		return sync_place_of(s->near, &n, &at) && sym_near(s->near, at) ? sym_byte_at(s->e, s->near, at) : node;
	case N_PRES:
	case N_OFFS:
	case N_LENG:
		return is_gone(s, n.a, n.b) ? raw_node(s, node, named) : node;
	case N_ALEN:
		id = map_length(s, n.a);
		if (id)
			return id;
		/* fall through */
	case N_LENOK:
	case N_FITS:
		at = sync_pos(s, (struct pos){ n.a, 0 });
		if (!at.anchor || at.off || s->e->anchors[at.anchor].raw)
			return raw_node(s, node, named);
		return sym_node(s->e, n.kind, at.anchor, n.b, 0);
	case N_ADD:
	case N_SUB:
	case N_EQ:
	case N_GE:
	case N_ITE:
		id = map_once(s, node);
		if (id)
			return id;
		break;
	default:
		break;
	}
	return raw_node(s, node, named);
}

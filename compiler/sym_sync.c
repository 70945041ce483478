/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Between two steps: what both machines have alike becomes common and is
 * forgotten; the frame moves to where the cursor that is behind stands; what
 * nobody can ask any more is forgotten, too. What then remains is looked up among
 * what was met before: as much or less known there means that it is done.
 */
#include <stdlib.h>
#include <string.h>

#include "sym_priv.h"

#define RAWS		64
#define FAR_BEHIND	(-128)

struct sync {
	struct engine *e;
	const struct config *from;
	struct config *c;
	struct pos base;		/* in the old frame; where the new one's begins */
	uint32_t raw_of[RAWS], n_raw;	/* nodes that lost their names */
	uint32_t anchor_of[RAWS], n_anchor;
	const struct rec *gone[RAWS];	/* records that became common */
	uint32_t n_gone;
	struct recs *near;		/* in the old frame; or NULL */
	uint32_t depth;
	uint8_t reg_new[MDESC_FMT_REGS_MAX];	/* bits of registers that became common */
	bool in_neg;
};

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

static uint32_t map_node(struct sync *s, uint32_t node, bool *named);

static struct pos map_pos(struct sync *s, struct pos at)
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
		to = map_pos(s, a.at);
		a.at = to;
		for (int i = 0; i < 2; i++)
			a.byte[i] = a.byte[i] ? map_node(s, a.byte[i], &named) : 0;
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
static uint32_t new_elem(const struct sync *s, const struct rec *r)
{
	for (uint32_t i = 0; r->elem >= ELEM_OWN && i < s->n_gone; i++)
		if (s->gone[i]->id == r->id && s->gone[i]->elem > r->elem)
			return ELEM_OWN;
	return r->elem >= ELEM_OWN ? ELEM_LAST : r->elem;
}

static uint32_t map_byte(struct sync *s, uint32_t node, bool *named)
{
	const struct node *n = &s->e->nodes[node];
	struct pos at = { n->a, (int32_t)n->b }, to;

	if (sym_near(s->near, at))
		return sym_byte_at(s->e, s->near, at);
	for (uint32_t i = 0; i < s->n_gone; i++) {
		const struct rec *r = s->gone[i];

		if (r->present && r->at.anchor == at.anchor && at.off >= r->at.off &&
		    at.off < r->at.off + r->known && new_elem(s, r) != ELEM_OWN)
			return sym_node(s->e, N_HDR, r->id, new_elem(s, r) << 16 | (uint32_t)(at.off - r->at.off), 0);
	}
	to = map_pos(s, at);
	if (to.anchor && s->e->anchors[to.anchor].raw)
		return raw_node(s, node, named);
	return sym_pkt(s->e, to, 0);
}

static sym_bit map_bit(struct sync *s, sym_bit bit, bool *named)
{
	uint32_t node;

	if (bit <= SYM_1)
		return bit;
	node = map_node(s, SYM_NODE(bit), named);
	if (s->e->nodes[node].kind == N_COUNT && (bit & 63) >= COUNT_BITS)
		return SYM_0;	/* of a sum, see map_count() */
	if ((s->e->nodes[node].kind == N_OFFS || s->e->nodes[node].kind == N_LENG) && (bit & 63) >= 32)
		return SYM_0;	/* as operations read them */
	return node * 64 + (bit & 63);
}

static uint32_t map_vec(struct sync *s, uint32_t vec, bool *named)
{
	sym_bit bits[64];

	for (int i = 0; i < 64; i++)
		bits[i] = map_bit(s, sym_vec_of(s->e, vec)[i], named);
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
		    new_elem(s, r) != ELEM_OWN)
			return sym_node(s->e, N_LENG, r->id, new_elem(s, r), 0);
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
		    new_elem(s, r) != ELEM_OWN && (!last || last->at.off < r->at.off))
			last = r;
	}
	from = last ? last->at : s->base;
	if (from.anchor != at.anchor)
		return UINT32_MAX;
	node = last ? sym_node(s->e, N_OFFS, last->id, new_elem(s, last), 0) : sym_node(s->e, N_POSN, 0, 0, 0);
	if (at.off == from.off)
		return node;
	for (uint32_t i = 0; i < 64; i++) {
		bits[i] = node * 64 + i;
		off[i] = (uint64_t)(int64_t)(at.off - from.off) >> i & 1;
	}
	if (last)
		for (uint32_t i = 32; i < 64; i++)
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
	for (int i = 0; i < 64; i++) {
		if (b[i] > SYM_1)
			return false;
		off |= (uint64_t)b[i] << i;
	}
	*at = (struct pos){ e->nodes[SYM_NODE(a[0])].a, (int32_t)off };
	return true;
}

/* Where the byte of a header lies that is near. */
static bool place_of(const struct recs *near, const struct node *n, struct pos *at)
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

static bool is_number(const struct engine *e, uint32_t vec)
{
	for (int i = 0; i < 64; i++)
		if (sym_vec_of(e, vec)[i] > SYM_1)
			return false;
	return true;
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
	for (int i = 0; i < 64; i++) {
		if (b[i] > SYM_1)
			return false;
		*add |= (uint64_t)b[i] << i;
	}
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

/* A node as it is called behind the step. @named is cleared where it has no name of its own. */
static uint32_t map_node(struct sync *s, uint32_t node, bool *named)
{
	struct node n = s->e->nodes[node];
	bool good = true;
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
		return place_of(s->near, &n, &at) && sym_near(s->near, at) ? sym_byte_at(s->e, s->near, at) : node;
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
		at = map_pos(s, (struct pos){ n.a, 0 });
		if (!at.anchor || at.off || s->e->anchors[at.anchor].raw)
			return raw_node(s, node, named);
		return sym_node(s->e, n.kind, at.anchor, n.b, 0);
	case N_ADD:
	case N_SUB:
	case N_EQ:
	case N_GE:
		if (++s->depth < 12) {
			n.a = map_vec(s, n.a, &good);
			n.b = map_vec(s, n.b, &good);
			s->depth--;
			if (n.kind == N_ADD && n.a > n.b && !is_number(s->e, n.b))	/* as add() puts them */
				return sym_node(s->e, N_ADD, n.b, n.a, 0);
			return sym_node(s->e, n.kind, n.a, n.b, 0);
		}
		break;
	case N_ITE:
		if (++s->depth < 12) {
			n.a = map_bit(s, n.a, &good);
			n.b = map_bit(s, n.b, &good);
			n.c = map_bit(s, n.c, &good);
			s->depth--;
			return sym_node(s->e, N_ITE, n.a, n.b, n.c);
		}
		break;
	default:
		break;
	}
	return raw_node(s, node, named);
}

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

static void know(struct sync *s, uint32_t node, uint64_t mask, uint64_t value)
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
			r->r[i].at = map_pos(s, r->r[i].at);
			r->r[i].end = map_pos(s, r->r[i].end);
		}
	}
	/* at level 0 only until the next time: what was just recorded is often read by the next state */
	for (uint32_t i = 0; i < s->n_gone; i++)
		if (new_elem(s, s->gone[i]) != ELEM_OWN)
			know(s, sym_node(s->e, N_PRES, s->gone[i]->id, new_elem(s, s->gone[i]), 0), 1,
			     s->gone[i]->present);
}

/* One bit of both sides: those that are alike become common, and known if they are constants. */
static void promote(struct sync *s, sym_bit *a, sym_bit *b, enum node_kind kind, uint32_t bit)
{
	bool named = true;
	sym_bit v = *a;

	if (*a != *b) {
		*a = *a == SYM_COMMON ? *a : map_bit(s, *a, &named);
		*b = *b == SYM_COMMON ? *b : map_bit(s, *b, &named);
		return;
	}
	if (v == SYM_COMMON)
		return;
	*a = *b = SYM_COMMON;
	if (s->e->level && v <= SYM_1)
		know(s, sym_node(s->e, kind, bit / 8, 0, 0), 1ull << bit % 8, (uint64_t)v << bit % 8);
}

/* What was known of a bit in common is not any more where it becomes another. */
static void forget(struct sync *s, enum node_kind kind, uint32_t byte, uint64_t bits)
{
	uint32_t node = sym_node(s->e, kind, byte, 0, 0);
	const struct lit *l = sym_cube_find(s->c->know, node);
	const struct scube *was = s->c->know;
	struct scube *to;

	if (!l || !(l->mask & bits))
		return;
	to = sym_alloc(s->e, sizeof(*to) + was->n * sizeof(*l));
	for (uint32_t i = 0; i < was->n; i++) {
		struct lit lit = was->lit[i];

		if (lit.node == node) {
			lit.mask &= ~bits;
			lit.value &= ~bits;
		}
		if (lit.mask)
			to->lit[to->n++] = lit;
	}
	s->c->know = to;
}

static uint64_t alike(const sym_bit *a, const sym_bit *b)
{
	uint64_t bits = 0;

	for (int i = 0; i < 8; i++)
		bits |= (uint64_t)(a[i] == b[i] && a[i] != SYM_COMMON) << i;
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
	forget(s, N_OLD, a->byte, alike(a->value, b->value));
	forget(s, N_MARK, a->byte, alike(a->mark, b->mark));
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
		s->reg_new[byte] = (uint8_t)alike(a + 8 * byte, b + 8 * byte);
}

/* ---- what is known ---- */

static bool live_for(const struct sync *s, int side, struct pos at)
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

	return place_of(s->near, n, &at) && (live_for(s, 0, at) || live_for(s, 1, at));
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
	return live_for(s, 0, at) || live_for(s, 1, at) || own_later(s, 0, at) || own_later(s, 1, at);
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
		*to = map_node(s, node, &named);
		m = &s->e->nodes[*to];
		if (m->kind == N_HDR && named && (read_later(s, m) || near_later(s, m)))
			return true;
		if (n.kind == N_HDR || !packet_later(s, (struct pos){ n.a, (int32_t)n.b }))
			return false;
		if (m->kind == N_HDR || !named) {
			struct pos at = map_pos(s, (struct pos){ n.a, (int32_t)n.b });

			named = !at.anchor || !s->e->anchors[at.anchor].raw;
			*to = sym_pkt(s->e, at, 0);
		}
		return named;
	case N_SRC:
		*to = node;
		return goes(s, 0) || goes(s, 1);
	case N_PRES:
		*to = map_node(s, node, &named);
		return named && (s->e->level || any_later(s, n.a));
	case N_OLD:
	case N_MARK:
		*to = map_node(s, node, &named);
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
			struct pos at = map_pos(s, (struct pos){ n.a, (int32_t)n.b });

			*to = sym_node(s->e, N_START, at.anchor, (uint32_t)at.off, 0);
			return !at.anchor && at.off < 0;
		}
		*to = map_node(s, node, &named);
		return named;
	default:
		return false;
	}
}

static void map_know(struct sync *s)
{
	const struct scube *was = s->from->know;
	struct scube empty = { 0 };

	s->c->know = sym_alloc(s->e, sizeof(empty));
	s->in_neg = false;
	for (uint32_t i = 0; was && i < was->n; i++) {
		uint32_t node;

		if (keep_node(s, was->lit[i].node, &node))
			know(s, node, was->lit[i].mask, was->lit[i].value);
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

static void map_negs(struct sync *s)
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

static void map_bounds(struct sync *s)
{
	const struct config *from = s->from;

	s->c->n_bounds = 0;
	for (uint32_t i = 0; i < from->n_bounds; i++) {
		struct bound b = from->bounds[i];
		struct pos at = map_pos(s, (struct pos){ b.anchor, 0 });

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

static void map_steps(struct sync *s)
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
static void map_entries(struct sync *s, int side)
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
static uint32_t stack_of(const struct engine *e, uint32_t id)
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
			if (r->r[i].elem >= ELEM_OWN && stack_of(s->e, r->r[i].id) == stack)
				return true;
	}
	return false;
}

/* What both have put on a stack is in common: how high it is, is forgotten. */
static void forget_counts(struct sync *s)
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

/* ---- what is near ---- */

/* Whether a key can look at a byte of it from the cursor. */
static bool is_near(const struct sync *s, const struct rec *r)
{
	if (!r->present || r->at.anchor != s->base.anchor || r->at.off + r->known <= s->base.off - s->e->back_max)
		return false;
	for (int32_t i = 0; i < r->known; i++)
		if (live_for(s, 0, (struct pos){ r->at.anchor, r->at.off + i }) ||
		    live_for(s, 1, (struct pos){ r->at.anchor, r->at.off + i }))
			return true;
	return false;
}

/* Another of the same name has come, or another element of its stack. */
static bool replaced(const struct sync *s, const struct rec *r)
{
	for (uint32_t i = 0; i < s->n_gone; i++)
		if (s->gone[i]->id == r->id || (r->elem == ELEM_LAST && s->gone[i]->elem >= ELEM_OWN &&
						stack_of(s->e, r->id) == stack_of(s->e, s->gone[i]->id)))
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
		uint32_t elem = new_elem(s, &r), k = to->n;

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
	find_new_regs(&s);
	split_recs(&s);
	find_near(&s);
	forget_counts(&s);
	map_know(&s);
	map_negs(&s);
	map_bounds(&s);
	split_metas(&s);
	split_regs(&s);
	map_recs(&s);
	map_steps(&s);
	map_near(&s);
	s.c->before = moved_to(&s);
	for (int x = 0; x < 2; x++) {
		struct side *m = &s.c->s[x];

		map_entries(&s, x);
		if (m->next.verdict != MDESC_GO) {
			m->now.cursor = base;
			m->now.limited = false;
		}
		m->now.cursor = map_pos(&s, m->now.cursor);
		if (m->now.limited)
			m->now.limit = map_pos(&s, m->now.limit);
		memset(&m->old, 0, sizeof(m->old));
	}
	if (!sym_remember(e, s.c))
		return NULL;
	e->now = &e->mem[0];
	s.c = sym_copy(e, s.c);
	e->now = &e->mem[1];
	return s.c;
}

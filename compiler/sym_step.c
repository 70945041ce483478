/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * One step of a side: takes what is known, gives every way that the step can
 * take, each with what is then known. To enter a state is run anew, with more
 * known, until nothing is left open; then come the rows that can match.
 */
#include <string.h>

#include "sym_priv.h"

/* ---- entering ---- */

static void fail(struct side *s, uint16_t code)
{
	if (s->pending) {
		s->now = s->old;
		s->pending = false;
	}
	s->new_regs = NULL;
	s->failed = true;
	s->row = 0;
	s->entered = false;
	s->next = (struct mdesc_fmt_next){ .verdict = MDESC_REJECT, .code = code };
}

/* False: the other ways were pushed, or it has stopped. */
static bool count_step(struct engine *e, struct config *c, int side)
{
	struct side *s = &c->s[side];
	uint32_t n = s->used + 1;
	struct config *other;
	int64_t choice;

	s->used = n;
	if (n <= c->rlo)
		return true;
	if (n < c->rhi) {
		other = sym_copy(e, c);
		other->rhi = n;
		sym_note(e, other, TRAIL_STEPS, side, 0, 0);
		fail(&other->s[side], MDESC_ERR_STEPS);
		sym_done(other);
		choice = sym_trail(e, TRAIL_STEPS, side, s->ordinal, 0);
		if (choice <= 0)
			sym_push(e, other);
		if (!choice)
			return false;
		c->rlo = n;
		sym_note(e, c, TRAIL_STEPS, side, 0, 1);
		return true;
	}
	fail(s, MDESC_ERR_STEPS);
	sym_done(c);
	sym_push(e, c);
	return false;
}

static uint32_t entries_of(const struct side *s, uint32_t state)
{
	for (uint32_t i = 0; s->entries && i < s->entries->n; i++)
		if (s->entries->e[i].state == state)
			return s->entries->e[i].count;
	return 0;
}

static void set_entries(struct engine *e, struct side *s, uint32_t state, uint32_t count)
{
	uint32_t n = s->entries ? s->entries->n : 0, i, k = 0;
	struct entries *to = sym_alloc(e, sizeof(*to) + (n + 1) * sizeof(to->e[0]));

	for (i = 0; i < n && s->entries->e[i].state < state; i++)
		to->e[k++] = s->entries->e[i];
	to->e[k++] = (struct entry){ (uint16_t)state, (uint16_t)count };
	for (; i < n; i++)
		if (s->entries->e[i].state != state)
			to->e[k++] = s->entries->e[i];
	to->n = k;
	s->entries = to;
}

static bool number(const struct config *c, const sym_bit bits[64], uint64_t *v)
{
	*v = 0;
	for (int i = 0; i < 64; i++) {
		int b = sym_known(c, bits[i]);

		if (b < 0)
			return false;
		*v |= (uint64_t)b << i;
	}
	return true;
}

/* A counter in the registers. 1: one more, 0: not once more, -1: pushed. */
static int count_shared(struct engine *e, const struct config *from, struct config *c, int side,
			const struct mdesc_fmt_register *r, uint32_t max)
{
	struct side *s = &c->s[side];
	sym_bit bits[64] = { 0 }, limit[64], one[64] = { SYM_1 }, *regs;
	uint32_t node;
	uint64_t n;
	int ge;

	for (uint32_t i = 0; i < r->bits; i++)
		bits[i] = sym_reg(e, s, r->bit + i);
	for (int i = 0; i < 64; i++)
		limit[i] = max >> (i & 31) & (i < 32);
	if (number(c, bits, &n)) {
		ge = n >= max;
	} else {
		node = sym_node(e, N_GE, sym_vec(e, bits), sym_vec(e, limit), 0);
		ge = sym_known(c, node * 64);
		if (ge < 0) {
			sym_fork(e, from, node * 64);
			return -1;
		}
	}
	if (ge)
		return 0;
	regs = sym_alloc(e, REG_BITS * sizeof(*regs));
	for (int i = 0; i < REG_BITS; i++)
		regs[i] = s->regs ? s->regs[i] : SYM_COMMON;
	node = sym_node(e, N_ADD, sym_vec(e, bits), sym_vec(e, one), 0);
	for (uint32_t i = 0; i < r->bits; i++)
		regs[r->bit + i] = number(c, bits, &n) ? (sym_bit)((n + 1) >> i & 1) : node * 64 + i;
	s->regs = regs;
	return 1;
}

/* To enter, 1 and 2. False: it goes on otherwise. */
static bool enter(struct engine *e, const struct config *from, struct config *c, int side)
{
	struct side *s = &c->s[side];
	const struct sym_tables *t = e->t[side];
	const struct mdesc_fmt_state *st = &t->states[s->next.state];
	int more = 1;

	if (!(st->flags & (MDESC_STATE_PART | MDESC_STATE_PASS)) && !e->idx[side].steps_free && !count_step(e, c, side))
		return false;
	if (st->max && st->counter) {
		more = count_shared(e, from, c, side, &t->registers[st->counter - 1], st->max);
		if (more < 0)
			return false;
	} else if (st->max) {
		uint32_t n = entries_of(s, s->next.state);

		more = n < st->max;
		if (more)
			set_entries(e, s, s->next.state, n + 1);
	}
	if (more) {
		s->entered = true;
		return true;
	}
	s->next = st->otherwise;
	s->ordinal++;
	if (s->next.flags & MDESC_NEXT_LEAVE && s->now.limited) {
		s->now.cursor = s->now.limit;
		s->now.limited = false;
	}
	sym_done(c);
	sym_push(e, c);
	return false;
}

/* ---- the key ---- */

struct dense { uint64_t m[2], v[2]; };

struct key {
	sym_bit bit[8 * MDESC_FMT_KEY_MAX];
	struct dense known;
	bool again;		/* some bit stands in it twice */
};

static void put_bits(struct key *k, uint32_t i, const sym_bit *bits)
{
	memcpy(&k->bit[8 * i], bits, 8 * sizeof(*bits));
}

static void put_byte(struct key *k, uint32_t i, uint32_t node)
{
	for (uint32_t b = 0; b < 8; b++)
		k->bit[8 * i + b] = node * 64 + b;
}

static void put_const(struct key *k, uint32_t i, uint32_t value)
{
	for (uint32_t b = 0; b < 8; b++)
		k->bit[8 * i + b] = value >> b & 1;
}

enum slot { SLOT_IN, SLOT_OUT, SLOT_FORKED };

/* A byte of the packet beside the cursor. */
static enum slot packet_slot(struct engine *e, const struct config *from, int side, struct key *k, uint32_t i,
			     int32_t off)
{
	const struct side *s = &from->s[side];
	struct pos at = { s->now.cursor.anchor, s->now.cursor.off + off }, end = { at.anchor, at.off + 1 };
	int in;

	put_const(k, i, 0);
	if (s->now.limited) {
		if (s->now.limit.anchor != at.anchor) {
			sym_give_up(e, "a header's options are looked at whose length is not known");
			return SLOT_FORKED;
		}
		if (at.off >= s->now.limit.off)
			return SLOT_IN;
	}
	if (e->exact && at.off < 0)
		return SLOT_OUT;
	in = s->now.limited || off < 0 ? 1 : sym_len_at_least(from, end);
	/* the packet may begin behind it */
	if (off < 0 && !e->exact && sym_at_least(e, from, at) < 0 && !sym_near(from->near, at)) {
		sym_bit there = sym_node(e, N_START, at.anchor, (uint32_t)at.off, 0) * 64;

		in = sym_known(from, there);
		if (in < 0)
			sym_fork(e, from, there);
	} else if (in < 0) {
		sym_fork_len(e, from, side, end, off);
	}
	if (in < 0)
		return SLOT_FORKED;
	if (!in)
		return SLOT_OUT;
	put_byte(k, i, sym_byte_at(e, from->near, at));
	return SLOT_IN;
}

static enum slot header_slot(struct engine *e, const struct config *from, int side, struct key *k, uint32_t i,
			     const struct mdesc_fmt_keys *ks)
{
	struct found f = sym_rec(e, from, side, ks->index[i], ks->elem[i]);

	put_const(k, i, 0);
	if (f.present < 0) {
		sym_fork(e, from, sym_rec_present(e, &f));
		return SLOT_FORKED;
	}
	if (!f.present)
		return SLOT_OUT;
	put_byte(k, i, sym_rec_byte(e, from, &f, ks->off[i]));
	return SLOT_IN;
}

static enum slot get_slot(struct engine *e, const struct config *from, int side, struct key *k, uint32_t i,
			  const struct mdesc_fmt_keys *ks)
{
	const struct side *s = &from->s[side];
	const struct sym_tables *t = e->t[side];
	sym_bit bits[8];
	uint32_t left;

	switch (ks->kind[i]) {
	case MDESC_SLOT_PACKET:
		return packet_slot(e, from, side, k, i, ks->off[i]);
	case MDESC_SLOT_HEADER:
		return header_slot(e, from, side, k, i, ks);
	case MDESC_SLOT_REGISTER:
		for (uint32_t b = 0; b < 8; b++)
			bits[b] = sym_reg(e, s, 8u * (uint32_t)ks->off[i] + b);
		put_bits(k, i, bits);
		return SLOT_IN;
	case MDESC_SLOT_REMAINING:
		if (s->now.limited && s->now.limit.anchor != s->now.cursor.anchor) {
			sym_give_up(e, "a header's options are looked at whose length is not known");
			return SLOT_FORKED;
		}
		left = s->now.limited ? (uint32_t)(s->now.limit.off - s->now.cursor.off) : 0;
		put_const(k, i, ks->off[i] ? left & 0xff : left >> 8 & 0xff);
		return SLOT_IN;
	default: /* MDESC_SLOT_SOURCE */
		for (uint32_t b = 0; b < 8; b++)
			bits[b] = 8u * (uint32_t)ks->off[i] + b < t->sources[ks->index[i]].bits ?
				  sym_node(e, N_SRC, t->source_id ? t->source_id[ks->index[i]] : ks->index[i],
					   (uint32_t)ks->off[i], 0) * 64 + b : SYM_0;
		put_bits(k, i, bits);
		return SLOT_IN;
	}
}

static uint64_t word(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static struct dense row_cube(const struct mdesc_fmt_row *r)
{
	struct dense d;

	for (int w = 0; w < 2; w++) {
		d.m[w] = word(r->key_mask + 8 * w);
		d.v[w] = word(r->key_value + 8 * w) & d.m[w];
	}
	return d;
}

/* Bits that are known, and whether one stands there twice. */
static void note_known(const struct config *c, struct key *k, uint32_t n)
{
	memset(&k->known, 0xff, sizeof(k->known.m));
	k->known.v[0] = k->known.v[1] = 0;
	k->again = false;
	for (uint32_t i = 0; i < n; i++) {
		int b = sym_known(c, k->bit[i]);

		if (b < 0)
			k->known.m[i / 64] &= ~(1ull << i % 64);
		else
			k->known.v[i / 64] |= (uint64_t)b << i % 64;
		for (uint32_t j = i % 8; b < 0 && j < i; j += 8)
			k->again |= k->bit[j] == k->bit[i];
	}
}

/* To enter, 3. False: pushed in other ways. */
static bool get_key(struct engine *e, const struct config *from, struct config *c, int side, struct key *k)
{
	const struct sym_tables *t = e->t[side];
	const struct mdesc_fmt_next *next = &from->s[side].next;
	const struct mdesc_fmt_keys *ks = &t->keys[next->keys];
	const struct index *x = &e->idx[side];
	struct dense used = { { 0, 0 }, { 0, 0 } };
	uint32_t outside = 0;

	for (uint32_t i = x->row_first[next->state]; i < x->row_first[next->state + 1]; i++) {
		struct dense d = row_cube(&t->rows[x->row_of[i]]);

		used.m[0] |= d.m[0];
		used.m[1] |= d.m[1];
	}
	memset(k->bit, 0, sizeof(k->bit));
	for (uint32_t i = 0; i < ks->count; i++) {
		enum slot is;

		if (!(used.m[i / 8] >> i % 8 * 8 & 0xff) && !(t->states[next->state].key_need >> i & 1))
			continue;
		is = get_slot(e, from, side, k, i, ks);
		if (is == SLOT_FORKED)
			return false;
		outside |= is == SLOT_OUT ? 1u << i : 0;
	}
	if (outside & t->states[next->state].key_need) {
		fail(&c->s[side], MDESC_ERR_TRUNCATED);
		sym_done(c);
		sym_push(e, c);
		return false;
	}
	note_known(c, k, 8u * ks->count);
	return true;
}

/* ---- look-up ---- */

struct lookup {
	struct engine *e;
	const struct config *c;
	int side;
	const struct key *k;
	uint32_t n_bits;
	struct dense *neg;		/* what earlier rows take, and what is known not to be */
	const struct scube **neg_cube;	/* the same; NULL: to be made of neg */
	uint32_t n;
	const struct neg *others;	/* of other bits, too */
};

static const struct scube *cube_of(const struct lookup *l, const struct dense *d, const struct scube *c)
{
	for (uint32_t i = 0; i < l->n_bits && c; i += 8) {
		uint32_t m = d->m[i / 64] >> i % 64 & 0xff, v = d->v[i / 64] >> i % 64 & 0xff;
		bool whole = m != 0;

		if (!m)
			continue;
		for (uint32_t b = 0; b < 8; b++)
			whole &= l->k->bit[i + b] == (l->k->bit[i] & ~63u) + b && SYM_NODE(l->k->bit[i]);
		if (whole) {
			c = sym_cube_add(l->e, c, SYM_NODE(l->k->bit[i]), m, v);
			continue;
		}
		for (uint32_t b = 0; b < 8 && c; b++)
			if (m >> b & 1)
				c = sym_cube_add(l->e, c, SYM_NODE(l->k->bit[i + b]),
						 1ull << (l->k->bit[i + b] & 63),
						 (uint64_t)(v >> b & 1) << (l->k->bit[i + b] & 63));
	}
	return c;
}

/* As bits of the key; false: it has others, too. */
static bool to_dense(const struct lookup *l, const struct scube *c, struct dense *d)
{
	memset(d, 0, sizeof(*d));
	for (uint32_t i = 0; i < c->n; i++) {
		uint64_t left = c->lit[i].mask;

		for (uint32_t k = 0; k < l->n_bits && left; k++) {
			uint32_t b = l->k->bit[k] & 63;

			if (SYM_NODE(l->k->bit[k]) != c->lit[i].node || !(left >> b & 1))
				continue;
			left &= ~(1ull << b);
			d->m[k / 64] |= 1ull << k % 64;
			d->v[k / 64] |= (c->lit[i].value >> b & 1) << k % 64;
		}
		if (left)
			return false;
	}
	return true;
}

static bool meets(const struct dense *a, const struct dense *b)
{
	return !(((a->v[0] ^ b->v[0]) & a->m[0] & b->m[0]) | ((a->v[1] ^ b->v[1]) & a->m[1] & b->m[1]));
}

/* What is known not to be, that still can be. */
static void take_negs(struct lookup *l)
{
	for (const struct neg *g = l->c->negs; g; g = g->next) {
		struct dense d;

		if (!l->k->again && to_dense(l, g->cube, &d)) {
			if (!meets(&d, &l->k->known))
				continue;
			l->neg_cube[l->n] = g->cube;
			l->neg[l->n++] = d;
		} else {
			struct neg *copy = sym_alloc(l->e, sizeof(*copy));

			*copy = (struct neg){ g->cube, l->others, l->others ? l->others->count + 1 : 1 };
			l->others = copy;
		}
	}
}

/* The cubes that may be in the way of a row with @d; false: they leave nothing of it. */
static bool negs_for(struct lookup *l, const struct scube *know, const struct dense *d, const struct neg **negs)
{
	uint64_t sum = 0;
	const struct neg *list = l->others;

	for (uint32_t i = 0; i < l->n; i++) {
		uint64_t m0, m1;
		unsigned int bits;
		struct neg *n;

		if (!meets(&l->neg[i], d))
			continue;
		m0 = l->neg[i].m[0] & ~d->m[0] & ~l->k->known.m[0];
		m1 = l->neg[i].m[1] & ~d->m[1] & ~l->k->known.m[1];
		bits = (unsigned int)(__builtin_popcountll(m0) + __builtin_popcountll(m1));
		if (!bits)
			return false;
		if (sum < 1ull << 62)	/* of all that there is, as 1 << 62 */
			sum += bits < 62 ? 1ull << (62 - bits) : 1;
		if (!l->neg_cube[i])
			l->neg_cube[i] = cube_of(l, &l->neg[i], sym_alloc(l->e, sizeof(struct scube)));
		if (!l->neg_cube[i])
			continue;	/* of itself impossible */
		n = sym_alloc(l->e, sizeof(*n));
		*n = (struct neg){ l->neg_cube[i], list, list ? list->count + 1 : 1 };
		list = n;
	}
	*negs = list;
	return (sum < 1ull << 62 && !l->others && !l->k->again) || sym_possible(l->e, know, list);
}

static void push_row(struct lookup *l, const struct scube *know, const struct neg *negs, uint32_t row)
{
	struct engine *e = l->e;
	struct config *c = sym_copy(e, l->c);
	struct side *s = &c->s[l->side];
	int64_t choice = sym_trail(e, TRAIL_ROW, l->side, s->ordinal, 0);

	if (choice >= 0 && choice != row)
		return;
	c->know = know;
	c->negs = negs;
	sym_note(e, c, TRAIL_ROW, l->side, 0, row);
	s->row = row;
	if (!row) {
		fail(s, MDESC_ERR_NO_MATCH);
		sym_done(c);
	}
	e->answer->cubes++;
	sym_push(e, c);
}

static void look_up(struct lookup *l)
{
	struct engine *e = l->e;
	const struct index *x = &e->idx[l->side];
	uint32_t state = l->c->s[l->side].next.state;
	uint32_t first = x->row_first[state], end = x->row_first[state + 1], room = end - first + 1;
	const struct neg *negs;
	struct dense d;

	room += l->c->negs ? l->c->negs->count : 0;
	l->neg = sym_alloc(e, room * sizeof(*l->neg));
	l->neg_cube = sym_alloc(e, room * sizeof(*l->neg_cube));
	take_negs(l);
	for (uint32_t i = first; i < end && sym_spend(e, 1 + l->n / 64); i++) {
		const struct scube *know = l->c->know;

		d = row_cube(&e->t[l->side]->rows[x->row_of[i]]);
		if (!meets(&d, &l->k->known))
			continue;
		for (int w = 0; w < 2; w++) {
			d.m[w] &= ~l->k->known.m[w];
			d.v[w] &= d.m[w];
		}
		know = cube_of(l, &d, know ? know : sym_alloc(e, sizeof(*know)));
		if (know && negs_for(l, know, &d, &negs))
			push_row(l, know, negs, x->row_of[i] + 1);
		if (!(d.m[0] | d.m[1]))
			return;
		l->neg_cube[l->n] = NULL;
		l->neg[l->n++] = d;
	}
	memset(&d, 0, sizeof(d));
	if (!e->stop && negs_for(l, l->c->know, &d, &negs))
		push_row(l, l->c->know, negs, 0);
}

/* ---- a step ---- */

/* A row was taken whole: what follows. */
static void leave_row(struct engine *e, struct config *c, int side)
{
	struct side *s = &c->s[side];
	const struct mdesc_fmt_row *row = &e->t[side]->rows[s->row - 1];

	s->row = 0;
	s->entered = false;
	s->next = row->next;
	s->ordinal++;
	if (s->next.flags & MDESC_NEXT_LEAVE && s->now.limited) {
		s->now.cursor = s->now.limit;
		s->now.limited = false;
	}
	if (!s->pending)
		sym_done(c);
	sym_push(e, c);
}

void sym_step(struct engine *e, const struct config *from, int side)
{
	struct config *c = sym_copy(e, from);
	struct lookup l = { .e = e, .c = c, .side = side };
	struct key *k;

	if (!sym_spend(e, 1))
		return;
	if (c->s[side].row) {
		if (sym_take_row(e, from, c, side))
			leave_row(e, c, side);
		return;
	}
	if (!c->s[side].entered && !enter(e, from, c, side))
		return;
	k = sym_alloc(e, sizeof(*k));
	/* what is asked from here on is asked with the state entered */
	if (!get_key(e, c, sym_copy(e, c), side, k))
		return;
	l.k = k;
	l.n_bits = 8u * e->t[side]->keys[c->s[side].next.keys].count;
	look_up(&l);
}

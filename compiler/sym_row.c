/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * To take a row: the header at the cursor, the operations, what is committed.
 * Like sym_step.c: what is not known is forked on, and the row taken anew.
 */
#include <string.h>

#include "sym_priv.h"

#define BITS_MAX	8	/* of a length that is looked at value by value */
#define TRIES		40	/* lengths of others, for a packet */

static bool same_pos(struct pos a, struct pos b)
{
	return a.anchor == b.anchor && a.off == b.off;
}

/* ---- records ---- */

static const struct rec *find_rec(const struct recs *recs, uint16_t id, uint16_t elem)
{
	for (uint32_t i = 0; recs && i < recs->n; i++)
		if (recs->r[i].id == id && recs->r[i].elem == elem)
			return &recs->r[i];
	return NULL;
}

/* Which element of a stack that is? Those that a side has put on it itself are counted from above. */
static void find_element(struct engine *e, const struct config *c, int side, uint32_t stack, uint32_t elem,
			 struct found *f)
{
	const struct hist *now = &c->s[side].now;
	uint32_t id = sym_header_id(e->t[side], stack), own = now->counts ? now->counts[id] : 0;

	f->elem = (uint16_t)(elem != MDESC_ELEM_LAST ? elem : own ? ELEM_OWN + own - 1 : ELEM_LAST);
	for (uint32_t i = 0; elem != MDESC_ELEM_LAST && i < own && i <= elem; i++) {
		sym_bit is = sym_node(e, N_COUNT_IS, id, elem - i, 0) * 64;
		int known = sym_known(c, is);

		if (known < 0) {
			f->which = is;
			f->present = -1;
			return;
		}
		if (known) {
			f->elem = (uint16_t)(ELEM_OWN + i);
			break;
		}
	}
	f->rec = find_rec(now->recs, f->id, f->elem);
	if (f->rec)
		f->present = f->rec->present;
	else if (f->elem >= ELEM_OWN && f->elem != ELEM_LAST)
		f->present = 0;		/* a part that its own element does not have */
	else
		f->present = sym_known(c, sym_rec_present(e, f));
}

struct found sym_rec(struct engine *e, const struct config *c, int side, uint32_t header, uint32_t elem)
{
	const struct sym_tables *t = e->t[side];
	const struct mdesc_fmt_header *h = &t->headers[header];
	const struct hist *now = &c->s[side].now;
	uint32_t last = h->kind == MDESC_KIND_PART ? h->of : header;
	struct found f = { 0, NULL, (uint16_t)sym_header_id(t, header), 0, SYM_0 };
	uint32_t count = 1;

	if (t->headers[last].capacity)
		count = now->counts ? now->counts[sym_header_id(t, last)] : 0;
	if (t->headers[last].capacity && sym_is_relative(e)) {
		find_element(e, c, side, last, elem, &f);
		return f;
	}
	if (elem == MDESC_ELEM_LAST)
		elem = count - 1;
	if (elem >= count)
		return f;
	f.elem = (uint16_t)elem;
	f.rec = find_rec(now->recs, f.id, f.elem);
	if (f.rec)
		f.present = f.rec->present;
	else if (e->exact)
		f.present = 0;
	else if (h->capacity && h->kind != MDESC_KIND_PART)
		f.present = 1;
	else
		f.present = sym_known(c, sym_rec_present(e, &f));
	return f;
}

sym_bit sym_rec_present(struct engine *e, const struct found *f)
{
	return f->which ? f->which : sym_node(e, N_PRES, f->id, f->elem, 0) * 64;
}

const struct rec *sym_near(const struct recs *near, struct pos at)
{
	for (uint32_t i = 0; near && i < near->n; i++) {
		const struct rec *r = &near->r[i];

		if (r->at.anchor == at.anchor && r->at.off <= at.off && at.off < r->at.off + r->known)
			return r;
	}
	return NULL;
}

uint32_t sym_byte_at(struct engine *e, const struct recs *near, struct pos at)
{
	const struct rec *r = sym_near(near, at);

	return r ? sym_node(e, N_HDR, r->id, (uint32_t)r->elem << 16 | (uint32_t)(at.off - r->at.off), 0) :
		   sym_pkt(e, at, 0);
}

uint32_t sym_rec_byte(struct engine *e, const struct config *c, const struct found *f, int32_t byte)
{
	const struct rec *r = f->rec ? f->rec : find_rec(c->near, f->id, f->elem);

	if (r && (f->rec || byte < r->known))
		return sym_byte_at(e, c->near, (struct pos){ r->at.anchor, r->at.off + byte });
	return sym_node(e, N_HDR, f->id, (uint32_t)f->elem << 16 | (uint32_t)byte, 0);
}

static void set_rec(struct engine *e, struct side *s, const struct rec *r)
{
	const struct recs *was = s->now.recs;
	uint32_t n = was ? was->n : 0, i, k = 0;
	struct recs *to = sym_alloc(e, sizeof(*to) + (n + 1) * sizeof(*r));

	for (i = 0; i < n && (was->r[i].id < r->id || (was->r[i].id == r->id && was->r[i].elem < r->elem)); i++)
		to->r[k++] = was->r[i];
	to->r[k++] = *r;
	if (i < n && was->r[i].id == r->id && was->r[i].elem == r->elem)
		i++;
	for (; i < n; i++)
		to->r[k++] = was->r[i];
	to->n = k;
	s->now.recs = to;
}

static void add_count(struct engine *e, struct side *s, uint32_t id)
{
	uint16_t *to = sym_alloc(e, e->n_ids * sizeof(*to));

	if (s->now.counts)
		memcpy(to, s->now.counts, e->n_ids * sizeof(*to));
	to[id]++;
	s->now.counts = to;
}

/* ---- room ---- */

enum outcome { OK = 0, FORKED = -1 };	/* else an error */


/* All up to @end must be there. */
static int must_reach(struct engine *e, const struct config *from, const struct config *c, int side, struct pos end,
		      int32_t sub)
{
	const struct side *s = &c->s[side];
	int in;

	if (s->now.limited) {
		if (s->now.limit.anchor != end.anchor) {
			sym_give_up(e, "a header's options are parsed whose length is not known");
			return FORKED;
		}
		return end.off <= s->now.limit.off ? OK : MDESC_ERR_BAD_LENGTH;
	}
	in = same_pos(end, s->now.cursor) ? 1 : sym_len_at_least(from, end);
	if (in < 0) {
		sym_fork_len(e, from, side, end, sub);
		return FORKED;
	}
	return in ? OK : MDESC_ERR_TRUNCATED;
}

/* ---- lengths ---- */

struct length {
	const struct mdesc_fmt_header *h;
	uint32_t byte[2];	/* nodes, high byte first; of one byte the second is 0 */
	bool exact;
};

static int64_t length_of(const struct mdesc_fmt_header *h, uint32_t v)
{
	uint64_t b = v & h->len_mask;

	return (int64_t)h->len_const + (int64_t)(h->len_shift >= 0 ? b << h->len_shift : b >> -h->len_shift);
}

/* The number's bits: those known, and their values. */
static uint32_t known_bits(const struct config *c, const struct length *l, uint32_t *value)
{
	uint32_t mask = 0;

	*value = 0;
	for (uint32_t i = 0; i < l->h->len_bytes; i++) {
		const struct lit *lit = sym_cube_find(c->know, l->byte[i]);
		uint32_t up = 8 * (l->h->len_bytes - 1 - i);

		mask |= (lit ? (uint32_t)lit->mask & 0xff : 0) << up;
		*value |= (lit ? (uint32_t)lit->value & 0xff : 0) << up;
	}
	return mask;
}

static void push_length(struct engine *e, const struct config *from, int side, const struct length *l, uint32_t v)
{
	struct config *c = sym_copy(e, from);

	for (uint32_t i = 0; i < l->h->len_bytes && c->know; i++) {
		uint32_t up = 8 * (l->h->len_bytes - 1 - i);

		c->know = sym_cube_add(e, c->know, l->byte[i], l->h->len_mask >> up & 0xff, v >> up & 0xff);
	}
	if (!c->know)
		return;
	sym_note(e, c, TRAIL_LENGTH, side, 0, v);
	if (sym_possible(e, c->know, c->negs))
		sym_push(e, c);
}

/* Numbers that agree with what is known, one after the other; the last is 0 again. */
static uint32_t next_number(const struct length *l, uint32_t known, uint32_t value, uint32_t v)
{
	uint32_t free = l->h->len_mask & ~known;

	return (((v | ~free) + 1) & free) | (value & known & l->h->len_mask);
}

/* A packet is to be made: some good lengths, the shortest on top of the stack, and a bad one. */
static void push_some(struct engine *e, const struct config *from, int side, const struct length *l, uint32_t known,
		      uint32_t value)
{
	int64_t choice = sym_trail(e, TRAIL_LENGTH, side, from->s[side].ordinal, 0);
	int64_t ok = sym_trail(e, TRAIL_LENOK, side, from->s[side].ordinal, 0);
	uint32_t v = value & known & l->h->len_mask, first = v, good[TRIES], n = 0, bad = 0, n_bad = 0;

	if (choice >= 0) {
		push_length(e, from, side, l, (uint32_t)choice);
		return;
	}
	do {
		int64_t length = length_of(l->h, v);

		if (length >= l->h->min && length <= l->h->max) {
			if (n < TRIES)
				good[n++] = v;
		} else {
			bad = v;
			n_bad++;
		}
		v = next_number(l, known, value, v);
	} while (v != first && sym_spend(e, 1));
	if (n_bad && ok != 1)
		push_length(e, from, side, l, bad);
	while (n-- > 0 && ok)
		push_length(e, from, side, l, good[n]);
}

static int exact_length(struct engine *e, const struct config *from, int side, const struct length *l, int64_t *length)
{
	uint32_t value, known = known_bits(from, l, &value), v = value & known & l->h->len_mask, first = v;

	if (!(l->h->len_mask & ~known)) {
		*length = length_of(l->h, value);
		return OK;
	}
	if (e->exact) {
		push_some(e, from, side, l, known, value);
		return FORKED;
	}
	do {
		push_length(e, from, side, l, v);
		v = next_number(l, known, value, v);
	} while (v != first && sym_spend(e, 1));
	return FORKED;
}

/* Is a length that is not known one that the header may have? 0, 1, -1. */
static int may_have(const struct config *c, const struct length *l)
{
	uint32_t value, known = known_bits(c, l, &value), v = value & known & l->h->len_mask;
	int64_t low = length_of(l->h, v), high = length_of(l->h, v | (l->h->len_mask & ~known));

	if (low >= l->h->min && high <= l->h->max)
		return 1;
	return high < l->h->min || low > l->h->max ? 0 : -1;
}

/* The end of a header at @at whose length stays open. */
static int open_length(struct engine *e, const struct config *from, struct config *c, int side, const struct length *l,
		       struct pos at, struct pos *end)
{
	struct anchor a;
	uint32_t node;
	int ok;

	memset(&a, 0, sizeof(a));
	a.at = at;
	a.byte[0] = l->byte[0];
	a.byte[1] = l->byte[1];
	a.mask = l->h->len_mask;
	a.shift = l->h->len_shift;
	a.add = l->h->len_const;
	a.min = l->h->min;
	a.max = l->h->max;
	*end = (struct pos){ sym_anchor(e, &a), 0 };
	node = sym_node(e, N_LENOK, end->anchor, 0, 0);
	ok = sym_known(from, node * 64);
	if (ok < 0) {
		ok = may_have(from, l);
		if (ok < 0) {
			for (uint32_t one = 0; one < 2; one++) {
				struct config *n = sym_copy(e, from);

				n->know = sym_cube_add(e, n->know, node, 1, one);
				sym_note(e, n, TRAIL_LENOK, side, 0, one);
				sym_push(e, n);
			}
			return FORKED;
		}
		c->know = sym_cube_add(e, c->know, node, 1, (uint64_t)ok);
	}
	return ok ? OK : MDESC_ERR_BAD_LENGTH;
}

static uint32_t free_bits(const struct config *c, const struct length *l)
{
	uint32_t value;

	return (uint32_t)__builtin_popcount(l->h->len_mask & ~known_bits(c, l, &value));
}

/* Where what row @r moves over ends, for a header with VAR; the length is good, but need not fit. */
static int var_end(struct engine *e, const struct config *from, struct config *c, int side,
		   const struct mdesc_fmt_row *r, struct length *l, struct pos *end)
{
	const struct side *s = &c->s[side];
	struct pos at = s->now.cursor;
	int64_t length = -1;
	int err;

	if (r->flags & MDESC_ROW_LENGTH) {
		length = r->length == MDESC_FMT_NONE16 ? -1 : r->length;
	} else if (!e->exact && !s->now.limited && (!l->exact || free_bits(from, l) > BITS_MAX)) {
		return open_length(e, from, c, side, l, at, end);
	} else if (!e->exact && free_bits(from, l) > BITS_MAX) {
		sym_give_up(e, "a length within a header's options has too many values");
		return FORKED;
	} else {
		err = exact_length(e, from, side, l, &length);
		if (err)
			return err;
	}
	*end = (struct pos){ at.anchor, at.off + (int32_t)length };
	return length < l->h->min || length > l->h->max ? MDESC_ERR_BAD_LENGTH : OK;
}

/* ---- headers ---- */

static int record_header(struct engine *e, const struct config *from, struct config *c, int side,
			 const struct mdesc_fmt_row *r)
{
	const struct sym_tables *t = e->t[side];
	const struct mdesc_fmt_header *h = &t->headers[r->header];
	struct side *s = &c->s[side];
	uint32_t id = sym_header_id(t, r->header);
	struct pos at = s->now.cursor, end = { at.anchor, at.off + h->fixed };
	int err = must_reach(e, from, c, side, end, SUB_FIXED);
	struct rec rec = { .id = (uint16_t)id, .present = true, .at = at, .known = h->fixed };

	if (err)
		return err;
	if (h->flags & MDESC_HEADER_VAR) {
		struct length l = { .h = h, .exact = e->idx[side].exact[id] };

		for (int32_t i = 0; i < h->len_bytes; i++)
			l.byte[i] = sym_byte_at(e, c->near, (struct pos){ at.anchor, at.off + h->len_off + i });
		err = var_end(e, from, c, side, r, &l, &end);
		if (!err)
			err = must_reach(e, from, c, side, end, SUB_END);
		if (err)
			return err;
	}
	if (h->capacity) {
		uint32_t n = s->now.counts ? s->now.counts[id] : 0;

		if (n >= h->capacity)
			return MDESC_ERR_LOOP;
		if (sym_is_relative(e)) {
			sym_bit full = sym_node(e, N_COUNT_GE, id, h->capacity - n, 0) * 64;

			if (!e->idx[side].never_full[r->header] && sym_known(from, full) < 0) {
				sym_fork(e, from, full);
				return FORKED;
			}
			if (sym_known(from, full) > 0)
				return MDESC_ERR_LOOP;
			n += ELEM_OWN;
		}
		rec.elem = (uint16_t)n;
		add_count(e, s, id);
	}
	rec.end = end;
	set_rec(e, s, &rec);
	s->now.cursor = end;
	return OK;
}

static int record_part(struct engine *e, const struct config *from, struct config *c, int side, uint32_t header)
{
	const struct sym_tables *t = e->t[side];
	const struct mdesc_fmt_header *h = &t->headers[header], *base = &t->headers[h->of];
	struct found f = sym_rec(e, from, side, h->of, base->capacity ? MDESC_ELEM_LAST : 0);
	struct side *s = &c->s[side];
	struct rec of, part = { .id = (uint16_t)sym_header_id(t, header), .elem = f.elem, .present = true,
				.known = h->fixed };
	int err;

	if (f.present < 0) {
		sym_fork(e, from, sym_rec_present(e, &f));
		return FORKED;
	}
	if (!f.present)
		return MDESC_ERR_BAD_LENGTH;
	if (!f.rec) {
		sym_give_up(e, "a part is recorded of a header that another state extracts");
		return FORKED;
	}
	of = *f.rec;
	if (base->flags & MDESC_HEADER_VAR) {
		part.at = (struct pos){ of.at.anchor, of.at.off + of.known };
		if (of.end.anchor == of.at.anchor) {
			if (of.end.off - part.at.off < h->fixed)
				return MDESC_ERR_BAD_LENGTH;
		} else {
			/* its length must be that at least: as good a bit as any that tells it */
			sym_bit ok = sym_node(e, N_FITS, of.end.anchor, (uint32_t)(of.known + h->fixed), 0) * 64;

			if (of.known + h->fixed > base->min && sym_known(from, ok) < 0) {
				sym_fork(e, from, ok);
				return FORKED;
			}
			if (of.known + h->fixed > base->min && !sym_known(from, ok))
				return MDESC_ERR_BAD_LENGTH;
		}
	} else {
		part.at = s->now.cursor;
		err = must_reach(e, from, c, side, (struct pos){ part.at.anchor, part.at.off + h->fixed },
				 SUB_FIXED);
		if (err)
			return err;
		of.end.off += h->fixed;
		s->now.cursor.off += h->fixed;
	}
	of.known += h->fixed;
	part.end = (struct pos){ part.at.anchor, part.at.off + h->fixed };
	set_rec(e, s, &of);
	set_rec(e, s, &part);
	return OK;
}

static int advance(struct engine *e, const struct config *from, struct config *c, int side,
		   const struct mdesc_fmt_row *r)
{
	const struct sym_tables *t = e->t[side];
	const struct mdesc_fmt_header *h = &t->headers[r->header];
	struct side *s = &c->s[side];
	struct pos end = { s->now.cursor.anchor, s->now.cursor.off + h->fixed };
	int err = OK;

	if (h->flags & MDESC_HEADER_VAR) {
		struct found f = sym_rec(e, from, side, h->of, h->of_elem);
		struct length l = { .h = h, .exact = e->idx[side].exact[sym_header_id(t, r->header)] };

		if (f.present < 0) {
			sym_fork(e, from, sym_rec_present(e, &f));
			return FORKED;
		}
		if (!f.present)
			return MDESC_ERR_BAD_LENGTH;
		for (int32_t i = 0; i < h->len_bytes; i++)
			l.byte[i] = sym_rec_byte(e, c, &f, h->len_off + i);
		err = var_end(e, from, c, side, r, &l, &end);
	}
	if (!err)
		err = must_reach(e, from, c, side, end, SUB_END);
	if (!err)
		s->now.cursor = end;
	return err;
}

static int record_here(struct engine *e, struct config *c, int side, uint32_t header, int32_t ahead, int32_t length)
{
	struct side *s = &c->s[side];
	struct rec rec = { .id = (uint16_t)sym_header_id(e->t[side], header), .present = true, .at = s->now.cursor,
			   .known = length };

	rec.at.off += ahead;
	if (e->exact && ahead)
		rec.at.off &= 0xffff;
	rec.end = (struct pos){ rec.at.anchor, rec.at.off + length };
	set_rec(e, s, &rec);
	return OK;
}

static int record(struct engine *e, const struct config *from, struct config *c, int side,
		  const struct mdesc_fmt_row *r)
{
	const struct mdesc_fmt_header *h = &e->t[side]->headers[r->header];
	struct side *s = &c->s[side];
	int err;

	switch (h->kind) {
	case MDESC_KIND_HEADER:
		return record_header(e, from, c, side, r);
	case MDESC_KIND_PART:
		return record_part(e, from, c, side, r->header);
	case MDESC_KIND_ADVANCE:
		return advance(e, from, c, side, r);
	case MDESC_KIND_MARK:
		return record_here(e, c, side, h->of, h->ahead, 0);
	case MDESC_KIND_PEEK:
		err = must_reach(e, from, c, side, (struct pos){ s->now.cursor.anchor,
								 s->now.cursor.off + h->fixed }, SUB_FIXED);
		return err ? err : record_here(e, c, side, r->header, 0, h->fixed);
	default: /* MDESC_KIND_LEAVE */
		if (s->now.limited)
			s->now.cursor = s->now.limit;
		s->now.limited = false;
		return OK;
	}
}

/* ---- a row ---- */

static void discard(struct side *s)
{
	if (s->pending)
		s->now = s->old;
	s->pending = false;
	s->new_regs = NULL;
}

static void commit(struct side *s)
{
	s->pending = false;
	if (s->new_regs)
		s->regs = s->new_regs;
	s->new_regs = NULL;
}

/* To take a row, 4. */
static bool enter_header(struct engine *e, const struct config *from, struct config *c, int side,
			 const struct mdesc_fmt_row *r)
{
	struct found f = sym_rec(e, c, side, r->within, r->within_elem);
	struct side *s = &c->s[side];

	if (f.present < 0) {
		sym_fork(e, from, sym_rec_present(e, &f));
		return false;
	}
	if (!f.present)
		return true;
	if (!f.rec) {
		sym_give_up(e, "the options are parsed of a header that another state extracts");
		return false;
	}
	s->now.cursor = (struct pos){ f.rec->at.anchor, f.rec->at.off + f.rec->known };
	s->now.limit = f.rec->end;
	s->now.limited = true;
	return true;
}

bool sym_take_row(struct engine *e, const struct config *from, struct config *c, int side)
{
	const struct mdesc_fmt_row *r = &e->t[side]->rows[c->s[side].row - 1];
	struct side *s = &c->s[side];
	int err = OK;

	if (!s->pending) {
		s->old = s->now;
		s->pending = true;
	}
	if (r->header != MDESC_FMT_NONE16)
		err = record(e, from, c, side, r);
	if (err == FORKED)
		return false;
	if (err) {
		discard(s);
		s->failed = true;
		s->row = 0;
		s->entered = false;
		s->next = (struct mdesc_fmt_next){ .verdict = MDESC_REJECT, .code = (uint16_t)err };
		sym_done(c);
		sym_push(e, c);
		return false;
	}
	if (r->layout != MDESC_FMT_NONE16)
		s->now.layout = r->layout;
	if (r->op_count && !sym_ops_ready(e, from, c, side, r->op_first, r->op_count))
		return false;
	if (r->op_count)
		sym_ops_run(e, c, side, &(struct ops){ .place = OPS_ROW, .first = r->op_first,
						       .count = r->op_count });
	if (r->flags & MDESC_ROW_ABORT)
		discard(s);
	else if (!(r->flags & MDESC_ROW_HOLD))
		commit(s);
	return !(r->flags & MDESC_ROW_WITHIN) || enter_header(e, from, c, side, r);
}

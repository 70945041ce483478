/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Operations on values that are not known: an accumulator of 64 bits, each of
 * them a bit of something, and whether it is valid. What moves bits moves them;
 * sums become nodes of their own, with constants brought together.
 */
#include <string.h>

#include "sym_priv.h"

struct acc {
	sym_bit bit[64];
	sym_bit valid;
};

struct run {
	struct engine *e;
	struct config *c;
	int side;
	const struct ops *ops;
	struct acc acc;
};

static void set_const(sym_bit bits[64], uint64_t v)
{
	for (int i = 0; i < 64; i++)
		bits[i] = v >> i & 1;
}

bool sym_is_number(const sym_bit bits[64], uint64_t *v)
{
	*v = 0;
	for (int i = 0; i < 64; i++) {
		if (bits[i] > SYM_1)
			return false;
		*v |= (uint64_t)bits[i] << i;
	}
	return true;
}

static void set_node(sym_bit bits[64], uint32_t node, uint32_t n)
{
	for (uint32_t i = 0; i < 64; i++)
		bits[i] = i < n ? node * 64 + i : SYM_0;
}

static void clear_above(sym_bit bits[64], uint32_t n)
{
	for (uint32_t i = n; i < 64; i++)
		bits[i] = SYM_0;
}

/* @a + @b, or a - b: one that was computed before is the same. */
void sym_add(struct engine *e, sym_bit a[64], const sym_bit b[64], bool sub)
{
	sym_bit sum[64];
	uint64_t x, y, z;
	bool ca = sym_is_number(a, &x), cb = sym_is_number(b, &y);
	const struct node *n;
	uint32_t va, vb;

	if (ca && cb) {
		set_const(a, sub ? x - y : x + y);
		return;
	}
	if (cb) {
		y = sub ? -y : y;
		sub = false;
		n = &e->nodes[SYM_NODE(a[0])];
		/* (x + c) + d */
		if (n->kind == N_ADD && !memcmp(a, (set_node(sum, SYM_NODE(a[0]), 64), sum), sizeof(sum)) &&
		    sym_is_number(sym_vec_of(e, n->b), &z)) {
			memcpy(a, sym_vec_of(e, n->a), sizeof(sum));
			y += z;
		}
		if (!y)
			return;
		set_const(sum, y);
		b = sum;
	}
	if (!memcmp(a, b, sizeof(sum)) && sub) {
		set_const(a, 0);
		return;
	}
	va = sym_vec(e, a);
	vb = sym_vec(e, b);
	if (!sub && (ca || (!cb && va > vb))) {	/* in one order; a constant is last */
		uint32_t v = va;

		va = vb;
		vb = v;
	}
	set_node(a, sym_node(e, sub ? N_SUB : N_ADD, va, vb, 0), 64);
}

sym_bit sym_reg(const struct engine *e, const struct side *s, uint32_t bit)
{
	if (s->regs && s->regs[bit] != SYM_COMMON)
		return s->regs[bit];
	/* nodes are only ever added to */
	return e->exact ? SYM_0 : sym_node((struct engine *)(uintptr_t)e, N_REG, bit / 8, 0, 0) * 64 + bit % 8;
}

static sym_bit ite(struct run *r, sym_bit c, sym_bit a, sym_bit b)
{
	int known = sym_known(r->c, c);

	if (a == b)
		return a;
	if (known >= 0)
		return known ? a : b;
	if (a == SYM_1 && b == SYM_0)
		return c;
	return sym_node(r->e, N_ITE, c, a, b) * 64;
}

/* ---- operands ---- */

static void packet_bits(struct run *r, const struct mdesc_fmt_op *op, const struct found *f, sym_bit to[64])
{
	uint32_t bytes = op->width / 8u;

	for (uint32_t i = 0; i < 64; i++)
		to[i] = SYM_0;
	for (uint32_t i = 0; i < op->width; i++) {
		uint32_t at = op->bit + op->width - 1 - i, k = i;

		if (op->order == MDESC_ORDER_LE)
			k = 8 * (bytes - 1 - i / 8) + i % 8;
		to[k] = sym_rec_byte(r->e, r->c, f, (int32_t)(at / 8)) * 64 + 7 - at % 8;
	}
}

static void position(struct run *r, struct pos at, sym_bit to[64])
{
	sym_bit off[64];

	set_const(off, (uint64_t)(int64_t)at.off);
	if (r->e->exact)
		set_const(to, 0);
	else
		set_node(to, sym_node(r->e, N_POSN, at.anchor, 0, 0), 64);
	sym_add(r->e, to, off, false);
	clear_above(to, PLACE_BITS);
}

/* Whether a header is always as long: nothing in it says how long, and no parts follow. */
static bool is_fixed(const struct run *r, uint32_t header)
{
	const struct sym_tables *t = r->e->t[r->side];
	const struct mdesc_fmt_header *h = &t->headers[header];

	if (h->flags & MDESC_HEADER_VAR || (h->kind != MDESC_KIND_HEADER && h->kind != MDESC_KIND_PEEK))
		return false;
	for (uint32_t i = 0; i < t->n_headers; i++)
		if (t->headers[i].kind == MDESC_KIND_PART && t->headers[i].of == header)
			return false;
	return true;
}

static void of_header(struct run *r, const struct mdesc_fmt_op *op, const struct found *f, sym_bit to[64])
{
	struct engine *e = r->e;

	if (op->operand == MDESC_OPERAND_PACKET)
		packet_bits(r, op, f, to);
	else if (!f->rec && op->operand == MDESC_OPERAND_LENGTH && is_fixed(r, op->index))
		set_const(to, e->t[r->side]->headers[op->index].fixed);
	else if (!f->rec)
		set_node(to, sym_node(e, op->operand == MDESC_OPERAND_OFFSET ? N_OFFS : N_LENG, f->id, f->elem, 0),
			 PLACE_BITS);
	else if (op->operand == MDESC_OPERAND_OFFSET)
		position(r, f->rec->at, to);
	else if (f->rec->at.anchor == f->rec->end.anchor)
		set_const(to, (uint16_t)(f->rec->end.off - f->rec->at.off));
	else
		set_node(to, sym_node(e, N_ALEN, f->rec->end.anchor, 0, 0), PLACE_BITS);
}

static void source(struct run *r, uint32_t source, sym_bit to[64])
{
	const struct sym_tables *t = r->e->t[r->side];
	uint32_t bits = t->sources[source].bits, id = t->source_id ? t->source_id[source] : source;

	for (uint32_t i = 0; i < 64; i++)
		to[i] = i < bits ? sym_node(r->e, N_SRC, id, i / 8, 0) * 64 + i % 8 : SYM_0;
}

/* How many elements: 0 or 1 where it is no stack. */
static void count(struct run *r, uint32_t header, sym_bit to[64])
{
	const struct sym_tables *t = r->e->t[r->side];
	const struct hist *now = &r->c->s[r->side].now;
	struct found f;

	set_const(to, 0);
	if (t->headers[header].capacity && t->headers[header].kind != MDESC_KIND_PART) {
		sym_bit own[64];

		set_const(to, 0);
		if (sym_is_relative(r->e))
			set_node(to, sym_node(r->e, N_COUNT, sym_header_id(t, header), 0, 0), COUNT_BITS);
		set_const(own, now->counts ? now->counts[sym_header_id(t, header)] : 0);
		sym_add(r->e, to, own, false);
		return;
	}
	f = sym_rec(r->e, r->c, r->side, header, 0);
	to[0] = f.present < 0 ? sym_rec_present(r->e, &f) : (sym_bit)f.present;
}

/* Gives whether it is valid. */
static sym_bit operand(struct run *r, const struct mdesc_fmt_op *op, sym_bit to[64])
{
	const struct side *s = &r->c->s[r->side];
	struct found f;

	set_const(to, 0);
	switch (op->operand) {
	case MDESC_OPERAND_CONST:
		set_const(to, op->imm);
		return SYM_1;
	case MDESC_OPERAND_SOURCE:
		source(r, op->index, to);
		return SYM_1;
	case MDESC_OPERAND_PACKET:
	case MDESC_OPERAND_OFFSET:
	case MDESC_OPERAND_LENGTH:
		f = sym_rec(r->e, r->c, r->side, op->index, op->elem);
		if (f.present)
			of_header(r, op, &f, to);
		return f.present < 0 ? sym_rec_present(r->e, &f) : (sym_bit)f.present;
	case MDESC_OPERAND_PRESENT:
		f = sym_rec(r->e, r->c, r->side, op->index, op->elem);
		to[0] = f.present < 0 ? sym_rec_present(r->e, &f) : (sym_bit)f.present;
		return SYM_1;
	case MDESC_OPERAND_COUNT:
		count(r, op->index, to);
		return SYM_1;
	case MDESC_OPERAND_PKTLEN:
		set_node(to, sym_node(r->e, N_PKTLEN, 0, 0, 0), 16);
		return SYM_1;
	case MDESC_OPERAND_ERROR:
		if (r->ops->error == ERROR_ANY)
			set_node(to, sym_node(r->e, N_ERROR, 0, 0, 0), 16);
		else
			set_const(to, (uint64_t)r->ops->error);
		return SYM_1;
	case MDESC_OPERAND_TRUNCATED:
		to[0] = r->ops->error == ERROR_ANY ? sym_node(r->e, N_ERROR, 1, 0, 0) * 64 :
						     (sym_bit)(r->ops->error == MDESC_ERR_TRUNCATED);
		return SYM_1;
	case MDESC_OPERAND_REMAINING:
		if (s->now.limited && s->now.limit.anchor != s->now.cursor.anchor)
			sym_give_up(r->e, "how much is left of a header is asked whose length is not known");
		if (s->now.limited)
			set_const(to, (uint32_t)(s->now.limit.off - s->now.cursor.off));
		return s->now.limited ? SYM_1 : SYM_0;
	case MDESC_OPERAND_CLASS:
		memcpy(to, sym_vec_of(r->e, r->ops->class_value[op->index]), 64 * sizeof(*to));
		return SYM_1;
	default: /* MDESC_OPERAND_REGISTER */
		for (uint32_t i = 0; i < op->width; i++)
			to[i] = sym_reg(r->e, s, op->bit + i);
		return SYM_1;
	}
}

/* ---- results ---- */

static uint32_t meta_id(const struct run *r, uint32_t bit)
{
	const uint16_t *id = r->e->t[r->side]->meta_id;

	return id ? id[bit] : bit;
}

/* The byte of the metadata as it was written so far: made new. */
static struct metab *open_byte(struct run *r, struct metas **metas, uint32_t byte)
{
	struct metas *m = *metas;
	uint32_t i = 0;

	while (i < m->n && m->b[i].byte < byte)
		i++;
	if (i == m->n || m->b[i].byte != byte) {
		struct metas *to = sym_alloc(r->e, sizeof(*to) + (m->n + 1) * sizeof(m->b[0]));

		memcpy(to->b, m->b, i * sizeof(m->b[0]));
		memcpy(to->b + i + 1, m->b + i, (m->n - i) * sizeof(m->b[0]));
		to->b[i].byte = byte;
		memset(to->b[i].value, 0xff, sizeof(to->b[i].value));
		memset(to->b[i].mark, 0xff, sizeof(to->b[i].mark));
		to->n = m->n + 1;
		*metas = m = to;
	}
	return &m->b[i];
}

static sym_bit old_bit(struct run *r, enum node_kind kind, uint32_t id)
{
	return r->e->exact ? SYM_0 : sym_node(r->e, kind, id / 8, 0, 0) * 64 + id % 8;
}

static void store_bit(struct run *r, struct metas **metas, uint32_t bit, sym_bit v)
{
	uint32_t id = meta_id(r, bit);
	struct metab *b = open_byte(r, metas, id / 8);
	sym_bit *value = &b->value[id % 8], *mark = &b->mark[id % 8], valid = r->acc.valid, marked;
	int known;

	if (*value == SYM_COMMON && (valid != SYM_1 || r->ops->place == OPS_RULE))
		*value = old_bit(r, N_OLD, id);
	if (*mark == SYM_COMMON)
		*mark = old_bit(r, N_MARK, id);
	marked = *mark;
	known = sym_known(r->c, marked);
	if (r->ops->place == OPS_RULE) {
		v = ite(r, valid, v, *value);
		*value = known < 0 ? ite(r, marked, *value, v) : known ? *value : v;
		return;
	}
	*value = valid == SYM_1 ? v : ite(r, valid, v, *value);
	*mark = valid == SYM_1 ? SYM_1 : ite(r, valid, SYM_1, marked);
}

static void store(struct run *r, const struct mdesc_fmt_op *op)
{
	struct hist *now = &r->c->s[r->side].now;
	uint32_t n = now->meta ? now->meta->n : 0;
	struct metas *m = sym_alloc(r->e, sizeof(*m) + n * sizeof(m->b[0]));
	bool swap = op->order == MDESC_ORDER_BE || op->order == MDESC_ORDER_RAW;

	if (n)
		memcpy(m, now->meta, sizeof(*m) + n * sizeof(m->b[0]));
	for (uint32_t i = 0; i < op->width; i++) {
		uint32_t bit = op->shift + i, byte = bit / 8;

		if (byte >= op->bytes)
			break;
		if (swap)
			byte = op->bytes - 1u - byte;
		store_bit(r, &m, op->bit + 8 * byte + bit % 8, r->acc.bit[i]);
	}
	now->meta = m;
}

static void set_reg(struct run *r, const struct mdesc_fmt_op *op)
{
	struct side *s = &r->c->s[r->side];
	const sym_bit *was = s->new_regs ? s->new_regs : s->regs;
	sym_bit *to = sym_alloc(r->e, REG_BITS * sizeof(*to)), v;
	uint32_t width = op->op == MDESC_OP_RAISE ? 1 : op->width;

	for (uint32_t i = 0; i < REG_BITS; i++)
		to[i] = was ? was[i] : SYM_COMMON;
	for (uint32_t i = 0; i < width; i++) {
		struct side as = { .regs = to };
		sym_bit old = sym_reg(r->e, &as, op->bit + i);

		v = op->op == MDESC_OP_RAISE ? ite(r, r->acc.bit[i], SYM_1, old) : r->acc.bit[i];
		to[op->bit + i] = ite(r, r->acc.valid, v, old);
	}
	s->new_regs = to;
}

static void shift(struct acc *a, uint64_t by, bool left)
{
	sym_bit to[64];

	for (uint64_t i = 0; i < 64; i++) {
		uint64_t from = left ? i - by : i + by;

		to[i] = from < 64 ? a->bit[from] : SYM_0;
	}
	memcpy(a->bit, to, sizeof(to));
}

static void equals(struct run *r, uint64_t imm)
{
	sym_bit c[64], is = SYM_1;
	uint32_t left = 0;

	set_const(c, imm);
	for (int i = 0; i < 64; i++) {
		int known = sym_known(r->c, r->acc.bit[i]);

		if (known >= 0 && known != (int)c[i]) {
			is = SYM_0;
			break;
		}
		left += known < 0;
	}
	if (is && left)
		is = sym_equal(r->e, r->acc.bit, c);
	set_const(r->acc.bit, 0);
	r->acc.bit[0] = is;
}

static void run_op(struct run *r, const struct mdesc_fmt_op *op)
{
	sym_bit other[64], valid;

	switch (op->op) {
	case MDESC_OP_LOAD:
		r->acc.valid = operand(r, op, r->acc.bit);
		break;
	case MDESC_OP_ADD:
	case MDESC_OP_SUB:
		valid = operand(r, op, other);
		r->acc.valid = ite(r, r->acc.valid, valid, SYM_0);
		sym_add(r->e, r->acc.bit, other, op->op == MDESC_OP_SUB);
		break;
	case MDESC_OP_AND:
		for (int i = 0; i < 64; i++)
			r->acc.bit[i] = op->imm >> i & 1 ? r->acc.bit[i] : SYM_0;
		break;
	case MDESC_OP_SHL:
	case MDESC_OP_SHR:
		shift(&r->acc, op->imm, op->op == MDESC_OP_SHL);
		break;
	case MDESC_OP_EQ:
		equals(r, op->imm);
		break;
	case MDESC_OP_STORE:
		if (sym_known(r->c, r->acc.valid) != 0)
			store(r, op);
		break;
	case MDESC_OP_SET:
	case MDESC_OP_RAISE:
		if (sym_known(r->c, r->acc.valid) != 0)
			set_reg(r, op);
		break;
	default: /* MDESC_OP_KEY */
		for (uint32_t i = 0; i < op->width; i++)
			r->ops->key[op->bit + i] = ite(r, r->acc.valid, r->acc.bit[i], r->ops->key[op->bit + i]);
	}
}

bool sym_ops_ready(struct engine *e, const struct config *from, const struct config *c, int side, uint32_t first,
		   uint32_t count)
{
	const struct sym_tables *t = e->t[side];

	if (!sym_is_relative(e) || !c->s[side].now.counts)
		return true;
	for (uint32_t i = first; i < first + count; i++) {
		const struct mdesc_fmt_op *op = &t->ops[i];
		struct found f;

		if ((op->op != MDESC_OP_LOAD && op->op != MDESC_OP_ADD && op->op != MDESC_OP_SUB) ||
		    (op->operand != MDESC_OPERAND_PACKET && op->operand != MDESC_OPERAND_OFFSET &&
		     op->operand != MDESC_OPERAND_LENGTH && op->operand != MDESC_OPERAND_PRESENT))
			continue;
		f = sym_rec(e, c, side, op->index, op->elem);
		if (!f.which)
			continue;
		sym_fork(e, from, f.which);
		return false;
	}
	return true;
}

void sym_ops_run(struct engine *e, struct config *c, int side, const struct ops *ops)
{
	struct run r = { .e = e, .c = c, .side = side, .ops = ops };

	sym_spend(e, ops->count);
	for (uint32_t i = 0; i < ops->count && !e->stop; i++)
		run_op(&r, &e->t[side]->ops[ops->first + i]);
}

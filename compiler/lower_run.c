/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a table's effect does with a row whose fields are known: takes the effect's
 * operations and the fields, gives what becomes of each register, as a number or
 * as the cursor or a register and a number, or with a masked and shifted piece of
 * the packet. What does not come to such a value is unknown, and a row whose way
 * depends on one has failed.
 */
#include "lower.h"

#define STACK_MAX	64

struct run {
	const struct lower *l;
	struct lw_did *did;
	struct lw_val *regs;		/* as they are now */
	struct lw_val stack[STACK_MAX];
	uint32_t n;
	struct lw_val arg;		/* the last one */
	uint32_t n_args;
};

static struct lw_val unknown(void)
{
	return (struct lw_val){ .unknown = true, .reg = LW_NONE };
}

/* One way to say a piece of the packet: no byte that does not count. */
static struct lw_val plain(struct lw_val v)
{
	if (v.unknown || !v.bytes)
		return v;
	if (v.shift < 0)
		v.mask &= -v.shift > 63 ? 0 : ~lw_ones((uint32_t)-v.shift);
	while (v.bytes && !(v.mask & 0xff << 8 * (v.bytes - 1))) {
		v.at++;
		v.bytes--;
	}
	while (v.bytes > 1 && !(v.mask & 0xff)) {
		v.mask >>= 8;
		v.bytes--;
		v.shift += 8;
	}
	if (!v.bytes)
		v.at = v.shift = 0;
	return v;
}

bool lw_same_val(const struct lw_val *x, const struct lw_val *y)
{
	struct lw_val a = plain(*x), b = plain(*y);

	if (a.unknown || b.unknown || a.cursor != b.cursor || a.reg != b.reg || a.c != b.c || a.bytes != b.bytes)
		return false;
	if (a.ors != b.ors)
		return false;
	return !a.bytes || (a.at == b.at && a.mask == b.mask && a.shift == b.shift);
}

static bool only_packet(const struct lw_val *v)
{
	return !v->unknown && !v->cursor && v->reg == LW_NONE && v->bytes && !v->c;
}

static struct lw_val shifted(struct lw_val v, int64_t by)
{
	if (by < -32 || by > 32)
		return unknown();
	if (v.shift < 0)
		v.mask &= ~lw_ones((uint32_t)-v.shift);
	v.shift += (int)by;
	return plain(v);
}

static struct lw_val masked(struct lw_val v, uint64_t mask)
{
	v.mask &= v.shift >= 0 ? mask >> v.shift : mask << -v.shift;
	return plain(v);
}

static struct lw_val sum(struct lw_val a, struct lw_val b)
{
	if (a.ors || b.ors || (a.cursor && b.cursor) || (a.reg != LW_NONE && b.reg != LW_NONE) || (a.bytes && b.bytes))
		return unknown();
	a.cursor |= b.cursor;
	a.c = (int64_t)((uint64_t)a.c + (uint64_t)b.c);
	if (b.reg != LW_NONE)
		a.reg = b.reg;
	if (b.bytes) {
		a.bytes = b.bytes;
		a.at = b.at;
		a.mask = b.mask;
		a.shift = b.shift;
	}
	return a;
}

static struct lw_val numbers(uint8_t op, int64_t x, int64_t y)
{
	uint64_t a = (uint64_t)x, b = (uint64_t)y;

	switch (op) {
	case MDESC_X_ADD: return lw_const((int64_t)(a + b));
	case MDESC_X_SUB: return lw_const((int64_t)(a - b));
	case MDESC_X_MUL: return lw_const((int64_t)(a * b));
	case MDESC_X_SHL: return b > 63 ? unknown() : lw_const((int64_t)(a << b));
	case MDESC_X_SHR: return b > 63 ? unknown() : lw_const((int64_t)(a >> b));
	case MDESC_X_SSHR: return b > 63 ? unknown() : lw_const(x >> b);
	case MDESC_X_AND: return lw_const((int64_t)(a & b));
	case MDESC_X_OR: return lw_const((int64_t)(a | b));
	case MDESC_X_XOR: return lw_const((int64_t)(a ^ b));
	case MDESC_X_EQ: return lw_const(a == b);
	case MDESC_X_NE: return lw_const(a != b);
	case MDESC_X_LT: return lw_const(a < b);
	case MDESC_X_SLT: return lw_const(x < y);
	case MDESC_X_LE: return lw_const(a <= b);
	case MDESC_X_SLE: return lw_const(x <= y);
	case MDESC_X_GT: return lw_const(a > b);
	case MDESC_X_SGT: return lw_const(x > y);
	case MDESC_X_GE: return lw_const(a >= b);
	case MDESC_X_SGE: return lw_const(x >= y);
	case MDESC_X_LAND: return lw_const(a && b);
	case MDESC_X_LOR: return lw_const(a || b);
	default: return unknown();
	}
}

struct lw_val lw_binary(uint8_t op, struct lw_val a, struct lw_val b)
{
	if (a.unknown || b.unknown)
		return unknown();
	if (lw_is_const(&a) && lw_is_const(&b))
		return numbers(op, a.c, b.c);
	if (op == MDESC_X_ADD)
		return sum(a, b);
	if (op == MDESC_X_SUB && lw_is_const(&b))
		return sum(a, lw_const((int64_t)(0 - (uint64_t)b.c)));
	if ((op == MDESC_X_AND || op == MDESC_X_MUL || op == MDESC_X_OR) && lw_is_const(&a))
		return lw_binary(op, b, a);
	if (op == MDESC_X_OR && lw_is_const(&b) && a.reg != LW_NONE && !a.cursor && !a.bytes && !a.c) {
		a.ors |= (uint64_t)b.c;
		return a;
	}
	if (!only_packet(&a) || !lw_is_const(&b))
		return unknown();
	if (op == MDESC_X_AND)
		return masked(a, (uint64_t)b.c);
	if (op == MDESC_X_SHL)
		return shifted(a, b.c);
	if (op == MDESC_X_SHR || op == MDESC_X_SSHR)
		return shifted(a, -b.c);
	if (op == MDESC_X_MUL && b.c > 0 && !(b.c & (b.c - 1)))
		return shifted(a, __builtin_ctzll((uint64_t)b.c));
	return unknown();
}

/* A field of the row's result, as its bits say; @mask: its mask. */
static struct lw_val field(const struct lower *l, const struct mdc_eop *o, bool mask)
{
	const struct mdc_bfield *f = o->field;
	const uint64_t *bits = l->row->result;
	uint64_t v;

	if (o->of == l->t->key)
		return unknown();
	for (uint32_t i = 0; l->t->results[i] != o->of; i++)
		bits += mdc_chunks(l->t->results[i]->bits);
	v = mask ? mdc_pieces_get(bits, f->mask, f->n_mask) : mdc_pieces_get(bits, f->pieces, f->n_pieces);
	v = mdc_bfield_turn(f, v);
	if (mask)
		return lw_const((int64_t)v);
	if (f->is_signed && f->bits < 64 && v >> (f->bits - 1))
		v |= ~lw_ones(f->bits);
	if (f->sign != UINT32_MAX && mdc_bit(bits, f->sign))
		v = 0 - v;
	return lw_const((int64_t)v);
}

static struct lw_val packet(const struct mdc_eop *o, struct lw_val at)
{
	if (at.unknown || !at.cursor || at.bytes || at.reg != LW_NONE || (o->lo != MDESC_ORDER_BE && o->width > 8))
		return unknown();
	return (struct lw_val){ .reg = LW_NONE, .bytes = o->width / 8, .at = at.c, .mask = lw_ones(o->width) };
}

static void set(struct run *r, uint32_t reg, struct lw_val v, uint64_t mask)
{
	struct lw_set *s = &r->did->regs[reg];

	if (mask == UINT64_MAX && v.reg == reg && !v.unknown && !v.cursor && !v.bytes && !v.c && !s->mask) {
		mask = v.ors;
		v = lw_const((int64_t)v.ors);
	}
	if (!mask)
		return;
	if (mask == UINT64_MAX) {
		s->v = v;
	} else if (v.unknown || !lw_is_const(&v) || (s->mask && !lw_is_const(&s->v))) {
		s->v = unknown();
	} else {
		s->v = lw_const((s->mask ? s->v.c & (int64_t)~mask : 0) | (v.c & (int64_t)mask));
	}
	s->mask |= mask;
	r->regs[reg] = s->mask == UINT64_MAX ? s->v : unknown();
}

static struct lw_val pop(struct run *r)
{
	return r->n ? r->stack[--r->n] : unknown();
}

static void push(struct run *r, struct lw_val v)
{
	if (r->n < STACK_MAX)
		r->stack[r->n++] = v;
}

static void value_op(struct run *r, const struct mdc_eop *o)
{
	struct lw_val a, b, c;

	switch (o->op) {
	case MDESC_X_CONST: push(r, lw_const((int64_t)o->imm)); return;
	case MDESC_T_FIELD: push(r, field(r->l, o, false)); return;
	case MDESC_T_MASK: push(r, field(r->l, o, true)); return;
	case MDESC_T_REG: push(r, r->regs[o->index]); return;
	case MDESC_T_PACKET: push(r, packet(o, pop(r))); return;
	case MDESC_T_LENGTH: push(r, unknown()); return;
	case MDESC_X_NEG: push(r, lw_binary(MDESC_X_SUB, lw_const(0), pop(r))); return;
	case MDESC_X_COM: push(r, lw_binary(MDESC_X_XOR, pop(r), lw_const(-1))); return;
	case MDESC_X_NOT: push(r, lw_binary(MDESC_X_EQ, pop(r), lw_const(0))); return;
	case MDESC_X_SLICE:
		a = lw_binary(MDESC_X_SHR, pop(r), lw_const(o->lo));
		push(r, lw_binary(MDESC_X_AND, a, lw_const((int64_t)lw_ones(o->width))));
		return;
	case MDESC_X_COND:
		c = pop(r);
		b = pop(r);
		a = pop(r);
		push(r, !lw_is_const(&a) ? unknown() : a.c ? b : c);
		return;
	default:
		b = pop(r);
		a = pop(r);
		push(r, lw_binary(o->op, a, b));
	}
}

/* The next operation. */
static uint32_t step(struct run *r, const struct mdc_eop *o, uint32_t at)
{
	struct lw_val v, mask;

	switch (o->op) {
	case MDESC_T_SET:
		set(r, o->index, pop(r), UINT64_MAX);
		break;
	case MDESC_T_SETM:
		mask = pop(r);
		v = pop(r);
		if (lw_is_const(&mask))
			set(r, o->index, v, (uint64_t)mask.c);
		else
			set(r, o->index, unknown(), UINT64_MAX);
		break;
	case MDESC_T_ARG:
		r->arg = pop(r);
		r->n_args++;
		break;
	case MDESC_T_RECORD:
		r->did->records++;
		r->did->record_at = r->regs[0];
		r->n_args = 0;
		break;
	case MDESC_T_STOP:
		r->did->stop = true;
		r->did->code = r->arg;
		r->did->n_codes = r->n_args;
		return LW_NONE;
	case MDESC_T_UNLESS:
		v = pop(r);
		r->did->failed |= !lw_is_const(&v);
		return r->did->failed ? LW_NONE : v.c ? at + 1 : o->index;
	case MDESC_T_SKIP:
		return o->index;
	case MDESC_T_GOTO:
		r->did->gone |= o->index != r->l->t->idx;
		break;
	default:
		value_op(r, o);
	}
	return at + 1;
}

void lw_run(const struct lower *l, struct lw_did *did)
{
	struct run r = { .l = l, .did = did };

	memset(did, 0, sizeof(*did));
	did->regs = arena_array(l->ctx->arena, struct lw_set, l->m->n_rawregs + 1);
	r.regs = arena_array(l->ctx->arena, struct lw_val, l->m->n_rawregs + 1);
	for (uint32_t i = 0; i < l->m->n_rawregs; i++) {
		r.regs[i] = (struct lw_val){ .reg = i, .cursor = false };
		did->regs[i].reg = i;
		if (l->m->rawregs[i].kind == MDESC_RAW_REG_LET)
			r.regs[i] = lw_const(0);
	}
	r.regs[0] = (struct lw_val){ .reg = LW_NONE, .cursor = true };
	for (uint32_t i = 0; i < l->t->code.n && i != LW_NONE;)
		i = step(&r, &l->t->code.ops[i], i);
}

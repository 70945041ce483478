/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Values over bytes, as doc/language.md has them: a value is a number of 64 bits
 * and whether it has a sign, decided here again from the types and operators, not
 * taken from the model. Bits of fields are picked one at a time.
 */
#include "values.h"

#include "ast.h"
#include "model.h"

/* A number as a reader thinks of it: without a sign 0 to 2^64 - 1, with one -2^63 to 2^63 - 1. */
struct num {
	__int128 v;
	bool sign;
};

static const __int128 modulus = (__int128)1 << 64;

/* The number modulo 2^64, in the range of its kind. */
static struct num wrap(__int128 v, bool sign)
{
	v %= modulus;
	if (v < 0)
		v += modulus;
	if (sign && v >= modulus / 2)
		v -= modulus;
	return (struct num){ v, sign };
}

static struct num low(__int128 v, unsigned int width, bool sign)
{
	__int128 m = (__int128)1 << width;

	v = wrap(v, false).v % m;
	return (struct num){ sign && v >= m / 2 ? v - m : v, sign };
}

/* ---- fields ---- */

static unsigned int bit_of(const uint8_t *p, unsigned int bytes, bool be, unsigned int i)
{
	unsigned int byte = be ? bytes - 1 - i / 8 : i / 8;

	return p[byte] >> i % 8 & 1;
}

static bool has_sign(const struct mdc_leaf *f)
{
	const struct mdc_type *t = mdc_type_strip(f->type);

	if (f->is_range)
		return false;
	return t->kind == MDC_ENUM ? t->base->is_signed : t->is_signed;
}

static struct num field(const struct values_in *in, uint32_t leaf, uint32_t elem)
{
	const struct mdc_leaf *f = &in->l->leaves[leaf];
	const uint8_t *p = in->meta + f->offset + (uint64_t)elem * f->stride;
	__int128 v = 0;

	for (unsigned int i = 0; i < f->width; i++)
		v += (__int128)bit_of(p, f->bytes, f->order == MDC_BE || f->order == MDC_RAW, f->shift + i) << i;
	return low(v, f->width, has_sign(f));
}

/* ---- expressions ---- */

static struct num compute(const struct values_in *in, const struct mdc_value *v);
static struct num eval(const struct values_in *in, const struct mdc_v *x);

static __int128 quotient(__int128 a, __int128 b)
{
	return b ? a / b : 0;
}

static struct num binary(const struct values_in *in, const struct mdc_v *x)
{
	struct num a = eval(in, x->a), b = eval(in, x->b);
	bool sign = a.sign || b.sign;
	unsigned int shift = (unsigned int)(wrap(b.v, false).v % 64);

	switch (x->op) {
	case OP_SHL:
		return wrap(wrap(a.v, false).v << shift, a.sign);
	case OP_SHR:
		return wrap(a.v >> shift, a.sign);
	default:
		break;
	}
	a = wrap(a.v, sign);
	b = wrap(b.v, sign);
	switch (x->op) {
	case OP_ADD:	return wrap(a.v + b.v, sign);
	case OP_SUB:	return wrap(a.v - b.v, sign);
	case OP_MUL:	return wrap((__int128)((unsigned __int128)a.v * (unsigned __int128)b.v), sign);
	case OP_DIV:	return wrap(quotient(a.v, b.v), sign);
	case OP_MOD:	return wrap(b.v ? a.v % b.v : a.v, sign);
	case OP_AND:	return wrap(a.v & b.v, sign);
	case OP_OR:	return wrap(a.v | b.v, sign);
	case OP_XOR:	return wrap(a.v ^ b.v, sign);
	case OP_EQ:	return wrap(a.v == b.v, false);
	case OP_NE:	return wrap(a.v != b.v, false);
	case OP_LT:	return wrap(a.v < b.v, false);
	case OP_LE:	return wrap(a.v <= b.v, false);
	case OP_GT:	return wrap(a.v > b.v, false);
	case OP_GE:	return wrap(a.v >= b.v, false);
	case OP_LAND:	return wrap(a.v && b.v, false);
	default:	return wrap(a.v || b.v, false);
	}
}

static struct num unary(const struct values_in *in, const struct mdc_v *x)
{
	struct num a = eval(in, x->a);

	return x->op == OP_NEG ? wrap(-a.v, true) : x->op == OP_NOT ? wrap(!a.v, false) : wrap(-1 - a.v, a.sign);
}

/* Bit by bit, in the order of the bytes. */
static struct num pieces(const struct values_in *in, const struct mdc_v *x)
{
	__int128 v = 0, scale = 1;

	for (uint32_t i = 0; i < x->n_list; i++) {
		const struct mdc_v *p = x->list[x->order == MDC_BE ? x->n_list - 1 - i : i];
		__int128 size = (__int128)1 << in->l->leaves[p->leaf].width;

		v += wrap(field(in, p->leaf, p->elem).v, false).v % size * scale;
		scale *= size;
	}
	return wrap(v, false);
}

static struct num eval(const struct values_in *in, const struct mdc_v *x)
{
	struct num a, b, c;

	switch (x->kind) {
	case MDC_V_CONST:
		return wrap((__int128)x->imm, x->is_signed);
	case MDC_V_FIELD:
		return field(in, x->leaf, x->elem);
	case MDC_V_CONFIG:
		return wrap((__int128)in->config[x->config->idx], false);
	case MDC_V_VALUE:
		return compute(in, x->value);
	case MDC_V_UNARY:
		return unary(in, x);
	case MDC_V_BINARY:
		return binary(in, x);
	case MDC_V_COND:
		a = eval(in, x->a);
		b = eval(in, x->b);
		c = eval(in, x->c);
		return wrap(a.v ? b.v : c.v, b.sign || c.sign);
	case MDC_V_SLICE:
		return wrap((wrap(eval(in, x->a).v, false).v >> x->lo) % ((__int128)1 << x->width), false);
	case MDC_V_CAT:
		return pieces(in, x);
	}
	return (struct num){ 0 };
}

static struct num compute(const struct values_in *in, const struct mdc_value *v)
{
	struct num n = eval(in, v->x);

	if (v->is_bool)
		return wrap(n.v != 0, false);
	return low(n.v, v->width, v->is_signed);
}

uint64_t values_field(const struct values_in *in, uint32_t leaf)
{
	return (uint64_t)wrap(field(in, leaf, 0).v, false).v;
}

uint64_t values_compute(const struct values_in *in, const struct mdc_value *v)
{
	return (uint64_t)wrap(compute(in, v).v, false).v;
}

/* ---- when it means something ---- */

static bool reads_apply(const struct values_in *in, const struct mdc_v *x)
{
	if (!x)
		return true;
	if (x->kind == MDC_V_FIELD && !(values_conds(in, in->l->leaves[x->leaf].cond) &&
					values_valid(in, in->l->leaves[x->leaf].valid)))
		return false;
	if (x->kind == MDC_V_VALUE && !values_applies(in, x->value))
		return false;
	for (uint32_t i = 0; i < x->n_list; i++)
		if (!reads_apply(in, x->list[i]))
			return false;
	return reads_apply(in, x->a) && reads_apply(in, x->b) && reads_apply(in, x->c);
}

bool values_applies(const struct values_in *in, const struct mdc_value *v)
{
	return values_conds(in, v->cond) && values_valid(in, v->valid) && reads_apply(in, v->x);
}

bool values_valid(const struct values_in *in, const struct mdc_value *valid)
{
	return !valid || (values_applies(in, valid) && values_compute(in, valid));
}

bool values_conds(const struct values_in *in, const struct mdc_cond *c)
{
	for (; c; c = c->parent) {
		uint64_t tag = c->tag_value ? values_compute(in, c->tag_value) :
			       (uint64_t)low(field(in, c->tag_leaf, 0).v, in->l->leaves[c->tag_leaf].width, false).v;
		bool listed = false;

		for (uint32_t i = 0; i < c->n_values; i++)
			listed |= tag >= c->values[i].lo && tag <= c->values[i].hi;
		if (listed == c->negate)
			return false;
	}
	return true;
}

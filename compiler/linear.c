/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes an expression over one field and gives it as (field << shift) + add.
 * A mask or a shift to the right leaves fewer bits of the field. Keeps true: the
 * field has 16 bits at most, is a number in network order, and shift is at most 16.
 */
#include "linear.h"

bool linear_bad(struct linear_env *env, const struct ast *e, const char *why)
{
	diag_note(diag(env->r->ctx, CHK_header_length, e->loc, "%s", why),
		  "%s is a field, shifted or times a power of two, plus a constant: `ihl * 4`, "
		  "`(len + 1) * 8`, `8 + (n << 2)`", env->what);
	return false;
}

/* "the machine cannot compute this length" */
static bool cannot(struct linear_env *env, const struct ast *e, const char *form)
{
	return linear_bad(env, e, arena_printf(env->r->arena, form, strchr(env->what, ' ') + 1));
}

static bool field(struct linear_env *env, const struct ast *e, struct linear *l)
{
	if (!env->field(env->arg, e, l))
		return false;
	if (l->order == MDC_RAW)
		return linear_bad(env, e, "this field is no number");
	if (l->order == MDC_LE && l->bits > 8)
		return cannot(env, e, "a %s that is little-endian cannot be computed");
	if (l->bits > 16)
		return cannot(env, e, "a %s field has 16 bits at most");
	return true;
}

static bool shift(struct linear_env *env, const struct ast *e, struct linear *l, rs_int by)
{
	if (by < 0 || by > 16)
		return linear_bad(env, e, "this is more than any header's length");
	l->shift += by;
	l->add *= (rs_int)1 << by;
	if (l->shift > 16)
		return linear_bad(env, e, "this is more than any header's length");
	return true;
}

/* Bits fall off at the low end of the field, if it is not shifted far enough. */
static bool shift_right(struct linear_env *env, const struct ast *e, struct linear *l, rs_int by)
{
	rs_int off = by - (rs_int)l->shift;

	if (by < 0 || l->add || (l->bits && off >= (rs_int)l->bits))
		return cannot(env, e, "the machine cannot compute this %s");
	if (off > 0) {
		l->bits -= (uint32_t)off;
		l->shift = 0;
	} else {
		l->shift -= (unsigned int)by;
	}
	return true;
}

/* field & MASK: bits side by side. */
static bool mask(struct linear_env *env, const struct ast *e, struct linear *l, rs_int m)
{
	uint32_t lo = 0, hi;

	if (l->shift || l->add)
		return linear_bad(env, e, "a mask stands at the field itself");
	m &= ((rs_int)1 << l->bits) - 1;
	if (m <= 0)
		return linear_bad(env, e, "this is always 0");
	while (!(m >> lo & 1))
		lo++;
	for (hi = lo; m >> (hi + 1) & 1; hi++)
		;
	if (m >> (hi + 1))
		return linear_bad(env, e, "the bits of this mask do not lie side by side");
	l->bit += l->bits - 1 - hi;
	l->bits = hi - lo + 1;
	l->shift = lo;
	return true;
}

static bool resolve(struct linear_env *env, const struct ast *e, struct linear *l);

static bool binary(struct linear_env *env, const struct ast_binary *b, struct linear *l)
{
	struct linear x, y;

	if (!resolve(env, b->a, &x) || !resolve(env, b->b, &y))
		return false;
	if (x.bits && y.bits)
		return cannot(env, &b->h, "this %s has more than one field in it");
	if (y.bits && (b->op == OP_ADD || b->op == OP_MUL || b->op == OP_AND)) {
		struct linear t = x;

		x = y;
		y = t;
	}
	*l = x;
	if (y.bits)
		return cannot(env, &b->h, "the machine cannot compute this %s");
	switch (b->op) {
	case OP_ADD:
		l->add += y.add;
		return true;
	case OP_SUB:
		l->add -= y.add;
		return true;
	case OP_SHL:
		return shift(env, b->b, l, y.add);
	case OP_SHR:
		return shift_right(env, b->b, l, y.add);
	case OP_AND:
		return mask(env, b->b, l, y.add);
	case OP_MUL:
		for (int k = 0; k <= 16; k++)
			if (y.add == (rs_int)1 << k)
				return shift(env, b->b, l, k);
		return linear_bad(env, b->b, "the machine multiplies by powers of two only");
	default:
		return cannot(env, &b->h, "the machine cannot compute this %s");
	}
}

static bool resolve(struct linear_env *env, const struct ast *e, struct linear *l)
{
	*l = (struct linear){ 0 };
	if (env->is_field(env->arg, e))
		return field(env, e, l);
	if (rs_is_const(env->r, e, NULL))
		return rs_const(env->r, e, NULL, &l->add);
	if (e->kind == AST_BINARY)
		return binary(env, (const struct ast_binary *)e, l);
	if (e->kind == AST_NAME || e->kind == AST_FIELD || e->kind == AST_INDEX || e->kind == AST_SLICE)
		return field(env, e, l);
	return cannot(env, e, "the machine cannot compute this %s");
}

bool linear_resolve(struct linear_env *env, const struct ast *e, struct linear *l)
{
	return resolve(env, e, l);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes what the layouts compute, gives the tables of values and of their
 * expressions: the tree of the model as steps of a machine with a stack.
 */
#include "image_values.h"

#include "ast.h"

static uint8_t two_sided(int op, bool sign)
{
	static const uint8_t plain[] = {
		[OP_ADD] = MDESC_X_ADD, [OP_SUB] = MDESC_X_SUB, [OP_MUL] = MDESC_X_MUL, [OP_DIV] = MDESC_X_DIV,
		[OP_MOD] = MDESC_X_MOD, [OP_SHL] = MDESC_X_SHL, [OP_SHR] = MDESC_X_SHR, [OP_AND] = MDESC_X_AND,
		[OP_OR] = MDESC_X_OR, [OP_XOR] = MDESC_X_XOR, [OP_LAND] = MDESC_X_LAND, [OP_LOR] = MDESC_X_LOR,
		[OP_EQ] = MDESC_X_EQ, [OP_NE] = MDESC_X_NE, [OP_LT] = MDESC_X_LT, [OP_LE] = MDESC_X_LE,
		[OP_GT] = MDESC_X_GT, [OP_GE] = MDESC_X_GE,
	};

	switch (op) {
	case OP_DIV: case OP_MOD: case OP_SHR: case OP_LT: case OP_LE: case OP_GT: case OP_GE:
		return plain[op] + sign;
	default:
		return plain[op];
	}
}

/* Counts the steps; writes them where @to is not NULL. */
static uint32_t steps(const struct mdc_v *x, uint32_t field_first, uint32_t value_first, struct mdesc_fmt_expr *to)
{
	struct mdesc_fmt_expr last = { 0 };
	const struct mdc_v *parts[] = { x->a, x->b, x->c };
	uint32_t n = 0;

	for (int i = 0; i < 3; i++)
		if (parts[i])
			n += steps(parts[i], field_first, value_first, to ? to + n : NULL);
	for (uint32_t i = 0; i < x->n_list; i++)
		n += steps(x->list[i], field_first, value_first, to ? to + n : NULL);
	switch (x->kind) {
	case MDC_V_CONST:
		last = (struct mdesc_fmt_expr){ .op = MDESC_X_CONST, .lo = x->is_signed, .imm = x->imm };
		break;
	case MDC_V_FIELD:
		last = (struct mdesc_fmt_expr){ .op = MDESC_X_FIELD, .index = field_first + x->leaf, .imm = x->elem };
		break;
	case MDC_V_CONFIG:
		last = (struct mdesc_fmt_expr){ .op = MDESC_X_CONFIG, .index = x->config->idx };
		break;
	case MDC_V_VALUE:
		last = (struct mdesc_fmt_expr){ .op = MDESC_X_VALUE, .index = value_first + x->value->idx };
		break;
	case MDC_V_UNARY:
		last.op = x->op == OP_NEG ? MDESC_X_NEG : x->op == OP_NOT ? MDESC_X_NOT : MDESC_X_COM;
		break;
	case MDC_V_BINARY:
		last.op = two_sided(x->op, x->op == OP_SHR ? x->a->is_signed : x->a->is_signed || x->b->is_signed);
		break;
	case MDC_V_COND:
		last.op = MDESC_X_COND;
		break;
	case MDC_V_SLICE:
		last = (struct mdesc_fmt_expr){ .op = MDESC_X_SLICE, .lo = x->lo, .width = x->width };
		break;
	case MDC_V_CAT:
		last = (struct mdesc_fmt_expr){ .op = MDESC_X_CAT, .index = x->n_list };
		break;
	}
	if (to)
		to[n] = last;
	return n + 1;
}

uint32_t image_value_count(const struct mdc_model *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n_layouts; i++)
		n += m->layouts[i]->n_values;
	return n;
}

uint32_t image_expr_count(const struct mdc_model *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n_layouts; i++)
		for (uint32_t k = 0; k < m->layouts[i]->n_values; k++)
			n += steps(m->layouts[i]->values[k]->x, 0, 0, NULL);
	return n;
}

static uint8_t kind_of(const struct mdc_value *v)
{
	return v->is_bool ? MDESC_FIELD_BOOL : v->enum_type ? MDESC_FIELD_ENUM :
	       v->is_signed ? MDESC_FIELD_SINT : MDESC_FIELD_UINT;
}

uint32_t image_put_value(const struct mdc_value *v, const struct image_value_places *at, struct mdesc_fmt_value *to,
			 struct mdesc_fmt_expr *exprs)
{
	uint32_t n = steps(v->x, at->field, at->value, exprs + at->expr);

	to->layout = at->layout;
	to->expr_first = at->expr;
	to->expr_count = n;
	to->cond = v->cond ? at->cond + v->cond->idx : MDESC_FMT_NONE32;
	to->valid = v->valid ? at->value + v->valid->idx + 1 : 0;
	to->role = (uint8_t)v->role;
	to->kind = kind_of(v);
	to->order = v->role == MDC_ALIAS ? (uint8_t)v->order : 0;
	to->width = v->width;
	to->flags = (v->deprecated ? MDESC_VALUE_DEPRECATED : 0) |
		    (v->enum_type && v->is_signed ? MDESC_VALUE_SIGNED : 0);
	return n;
}

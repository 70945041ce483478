/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the model's expressions, computes their widths again by the rules in
 * model.h, and tells where the model says something else.
 */
#include "interp.h"

static uint32_t number_width(uint64_t v)
{
	uint32_t n = 0;

	while (v) {
		n++;
		v >>= 1;
	}
	return n ? n : 1;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* What the rules say; 0 where they leave it open. */
static uint32_t width(const struct mdc_x *x)
{
	uint32_t a = x->a ? x->a->width : 0, b = x->b ? x->b->width : 0;

	switch (x->kind) {
	case MDC_X_SOURCE:	return x->source->bits;
	case MDC_X_REMAINING:	return 16;
	case MDC_X_CLASS:	return x->class->bits;
	case MDC_X_REGISTER:	return x->reg->bits;
	case MDC_X_OFFSET:
	case MDC_X_LENGTH:
	case MDC_X_PKTLEN:
	case MDC_X_ERROR:	return 16;
	case MDC_X_COUNT:	return 8;
	case MDC_X_PRESENT:
	case MDC_X_TRUNCATED:
	case MDC_X_EQ:		return 1;
	case MDC_X_ADD:
	case MDC_X_SUB:
		if (x->b->kind == MDC_X_CONST)
			return a;
		if (x->a->kind == MDC_X_CONST)
			return b;
		return a > b ? a : b;
	case MDC_X_SHL:		return smaller(a + x->imm, 64);
	case MDC_X_SHR:		return a > x->imm ? a - x->imm : 1;
	case MDC_X_AND:		return smaller(a, number_width(x->imm));
	default:		return 0;
	}
}

static bool tree_ok(const struct mdc_x *x, struct loc *where)
{
	uint32_t w = width(x);

	if ((w && w != x->width) || !x->width || (x->kind != MDC_X_BYTES && x->width > 64) ||
	    (x->kind == MDC_X_SLICE && x->imm + x->width > x->a->width)) {
		*where = x->loc;
		return false;
	}
	return (!x->a || tree_ok(x->a, where)) && (!x->b || tree_ok(x->b, where));
}

bool interp_widths_ok(const struct mdc_model *m, struct loc *where)
{
	for (uint32_t i = 0; i < m->n_layouts; i++)
		for (uint32_t j = 0; j < m->layouts[i]->n_rules; j++)
			if (!tree_ok(m->layouts[i]->rules[j].x, where))
				return false;
	for (uint32_t i = 0; i < m->parser.n_states; i++) {
		const struct mdc_state *s = m->parser.states[i];

		for (uint32_t j = 0; j < s->n_writes; j++)
			if (!tree_ok(s->writes[j].x, where))
				return false;
		for (uint32_t j = 0; j < s->n_sets; j++)
			if (!tree_ok(s->sets[j].x, where) || s->sets[j].x->width > s->sets[j].bits)
				return false;
	}
	return true;
}

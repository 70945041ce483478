/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What raw tables do, in the image: takes an operation of the model, gives that
 * of format.h. Where fields and strings are is known by who calls.
 */
#include "image_effects.h"

#include "table.h"

struct mdesc_fmt_raw_op image_raw_op(const struct mdc_eop *o, uint32_t field)
{
	return (struct mdesc_fmt_raw_op){ .op = o->op, .lo = o->lo, .width = o->width,
					  .index = o->of ? field : o->index, .imm = o->imm };
}

uint32_t image_raw_reg(const struct mdc_model *m, const char *name)
{
	for (uint32_t i = 0; i < m->n_rawregs; i++)
		if (m->rawregs[i].name == name && m->rawregs[i].kind != MDESC_RAW_REG_LET)
			return i + 1;
	return 0;
}

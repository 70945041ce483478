/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the finished model and reports what is wrong or strange about it as a
 * whole. A check is one function and one line of the table; none changes the
 * model, and none depends on another. What depends on rows is in tcam_limits.c.
 */
#include "arena.h"
#include "check.h"

static void check_unreachable(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	const struct mdc_parser *p = &m->parser;

	if (diag_errors(ctx))	/* a misspelt arm leads nowhere */
		return;
	for (uint32_t i = 0; i < p->n_states; i++) {
		struct diag *d;

		if (p->states[i]->reachable)
			continue;
		d = diag(ctx, CHK_unreachable_state, p->states[i]->loc, "no path enters state '%s'",
			 p->states[i]->name);
		diag_note(d,
			  "the parser starts in '%s'; no arm, goto or else that leads on from there names this state",
			  p->states[0]->name);
	}
}

static void use_sources(bool *used, const struct mdc_x *x)
{
	for (; x; x = x->a) {
		if (x->kind == MDC_X_SOURCE)
			used[x->source->idx] = true;
		if (x->b)
			use_sources(used, x->b);
	}
}

static void check_unused_sources(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	bool *used = arena_array(ctx->arena, bool, m->n_sources + 1);

	if (diag_errors(ctx))	/* what reads it may be among what was refused */
		return;
	for (uint32_t i = 0; i < m->n_layouts; i++)
		for (uint32_t k = 0; k < m->layouts[i]->n_rules; k++)
			use_sources(used, m->layouts[i]->rules[k].x);
	for (uint32_t i = 0; i < m->parser.n_states; i++)
		for (uint32_t k = 0; k < m->parser.states[i]->n_writes; k++)
			use_sources(used, m->parser.states[i]->writes[k].x);
	for (uint32_t i = 0; i < m->parser.n_classes; i++)
		for (uint32_t k = 0; k < m->parser.classes[i]->n_keys; k++)
			use_sources(used, m->parser.classes[i]->keys[k].x);
	for (uint32_t i = 0; i < m->parser.n_states; i++) {
		for (uint32_t k = 0; k < m->parser.states[i]->n_sets; k++)
			use_sources(used, m->parser.states[i]->sets[k].x);
		for (uint32_t k = 0; k < m->parser.states[i]->n_keys; k++)
			if (m->parser.states[i]->keys[k].source)
				used[m->parser.states[i]->keys[k].source->idx] = true;
	}
	for (uint32_t i = 0; i < m->n_sources; i++)
		if (!used[m->sources[i]->idx])
			diag_note(diag(ctx, CHK_unused_source, m->sources[i]->loc,
				       "nothing reads source '%s'", m->sources[i]->name),
				  "write it to a field: `TYPE NAME = %s;`", m->sources[i]->name);
}

static mdc_check_fn *const checks[] = {
	check_unreachable,
	check_shadowed_arms,
	check_double_writes,
	check_unwritten,
	check_unused_sources,
	check_unused_registers,
	check_asks,
	check_tables,
	check_table_registers,
	check_table_states,
	check_kernel_names,
};

void mdc_check(struct mdc_ctx *ctx, const struct mdc_model *model)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](ctx, model);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Finds registers of raw tables that a look-up or an effect reads while neither an
 * effect nor a `start` sets them: a name that is misspelt where it is read. Only
 * reads.
 */
#include <mdesc/format.h>

#include "arena.h"
#include "check.h"
#include "table.h"

struct regs { const struct mdc_model *m; bool *read, *set; };

static void seen(struct regs *r, const struct mdc_ecode *c)
{
	for (uint32_t i = 0; i < c->n; i++) {
		if (c->ops[i].op == MDESC_T_REG)
			r->read[c->ops[i].index] = true;
		else if (c->ops[i].op == MDESC_T_SET || c->ops[i].op == MDESC_T_SETM)
			r->set[c->ops[i].index] = true;
	}
}

static void named(const struct regs *r, const char *name, bool *of)
{
	for (uint32_t i = 0; i < r->m->n_rawregs; i++)
		if (r->m->rawregs[i].name == name)
			of[i] = true;
}

static void of_table(struct regs *r, const struct mdc_table *t)
{
	seen(r, &t->code);
	for (uint32_t i = 0; t->key && i < t->key->n_fields; i++) {
		const struct mdc_bfield *f = &t->key->fields[i];

		if (f->load)
			seen(r, &f->load->code);
		else if (!f->alias)
			named(r, f->name, r->read);
	}
	for (uint32_t i = 0; i < t->n_start; i++)
		named(r, t->start[i].name, r->set);
	if (t->index)
		named(r, t->index, r->set);	/* by who runs the table */
}

void check_table_registers(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	struct regs r = {
		m, arena_array(ctx->arena, bool, m->n_rawregs + 1), arena_array(ctx->arena, bool, m->n_rawregs + 1),
	};

	if (diag_errors(ctx))	/* what sets it may be among what was refused */
		return;
	for (uint32_t i = 0; i < m->n_tables; i++)
		if (m->tables[i]->effect)
			of_table(&r, m->tables[i]);
	for (uint32_t i = 0; i < m->n_rawregs; i++) {
		const struct mdc_rawreg *g = &m->rawregs[i];

		if ((g->kind != MDESC_RAW_REG_KEY && g->kind != MDESC_RAW_REG_RESULT) || r.set[i])
			continue;
		for (uint32_t k = 0; k < m->n_sources && !r.set[i]; k++)
			r.set[i] = !strcmp(m->sources[k]->name, g->name);	/* by who runs it, for a parser in it */
		if (r.set[i])
			continue;
		if (r.read[i] || g->kind == MDESC_RAW_REG_RESULT)
			diag_note(diag(ctx, CHK_unused_register, g->loc, "nothing sets register '%s': it is always 0",
				       g->name), "set it in an effect, `%s = FIELD;`%s", g->name,
				  r.read[i] ? ", or in `start`" : "");
	}
}

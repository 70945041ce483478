/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Rows of raw tables that nothing leads to: where an effect says that a field of
 * the key becomes what a field of the result was (`state = next;`), and the
 * table says where it starts, a row whose key asks for a value that neither the
 * start nor any row gives never matches.
 */
#include <stdlib.h>

#include "arena.h"
#include "ast.h"
#include "check.h"
#include "table.h"

/* The key's field that a result's field of that name becomes; NULL: none. */
struct carried {
	const char *key, *result;
	uint64_t work;			/* rows looked at so far; beyond WORK_MAX nothing is said */
};

#define WORK_MAX	(1u << 24)

static const char *plain_name(const struct ast *e)
{
	return e && e->kind == AST_NAME ? ((const struct ast_ident *)e)->s : NULL;
}

/* `state = next;`, be it under a condition; only one such, or it is not known what is carried. */
static int find_carried(const struct ast *list, const char *field, struct carried *c)
{
	int n = 0;

	for (; list; list = list->next) {
		const struct ast_effect_set *set = (const struct ast_effect_set *)list;
		const struct ast_effect_if *group = (const struct ast_effect_if *)list;

		if (list->kind == AST_EFFECT_IF) {
			n += find_carried(group->then, field, c) + find_carried(group->other, field, c);
			continue;
		}
		if (list->kind != AST_EFFECT_SET || plain_name(set->to) != field)
			continue;
		n++;
		*c = (struct carried){ field, set->adds ? NULL : plain_name(set->value), 0 };
	}
	return n;
}

static const struct mdc_row_value *value_of(const struct mdc_table_row *row, const char *name, bool of_key,
					    const struct mdc_table *t)
{
	for (uint32_t i = 0; i < row->n_values; i++)
		if ((row->values[i].of == t->key) == of_key && row->values[i].field->name == name)
			return &row->values[i];
	return NULL;
}

/* All values that rows of any table give the result's field; a row that says nothing gives 0. */
static bool given(const struct mdc_model *m, struct carried *c, const struct mdc_row_value *want)
{
	for (uint32_t i = 0; i < m->n_tables; i++) {
		const struct mdc_table *t = m->tables[i];

		for (uint32_t k = 0; k < t->n_list; k++) {
			const struct mdc_row_value *v = value_of(t->list[k], c->result, false, t);

			if (c->work++ >= WORK_MAX)
				return true;
			if (((v ? v->value : 0) ^ want->value) & want->mask)
				continue;
			if (mdc_table_enabled(t, t->list[k]))
				return true;
		}
	}
	return false;
}

static void check_field(struct mdc_ctx *ctx, const struct mdc_model *m, const struct mdc_table *t,
			struct carried *c, const struct mdc_table_start *start)
{
	for (uint32_t i = 0; i < t->n_list; i++) {
		const struct mdc_table_row *row = t->list[i];
		const struct mdc_row_value *want = row->matches ? value_of(row, c->key, true, t) : NULL;
		struct diag *d;

		if (!want || row->disabled || row->kind != MDC_ROW_THERE ||
		    !((start->value ^ want->value) & want->mask) ||
		    given(m, c, want))
			continue;
		d = diag(ctx, CHK_unreachable_row, row->loc, "nothing leads to row %s",
			 mdc_table_row_name(ctx->arena, t, row));
		diag_label(d, start->loc, "it does not start there");
		diag_note(d, "no row gives '%s' a value that its '%s' matches", c->result, c->key);
	}
}

void check_table_states(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	if (diag_errors(ctx))
		return;
	for (uint32_t i = 0; i < m->n_tables; i++) {
		const struct mdc_table *t = m->tables[i];

		for (uint32_t k = 0; k < t->n_start; k++) {
			struct carried c;

			if (t->start[k].field && find_carried(t->effect, t->start[k].name, &c) == 1 && c.result)
				check_field(ctx, m, t, &c, &t->start[k]);
		}
	}
}

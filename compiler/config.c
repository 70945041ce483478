/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a device can be set to: `config TYPE NAME;`. Tags and computed values
 * read it as config.NAME. Its names are known before the types, because tags of
 * unions may ask for its enum, and the rest is resolved after them.
 */
#include "foreign.h"
#include "types.h"

/* A getter takes one argument for each that it needs. */
#define CONFIGS_MAX	32

void rs_config_names(struct resolver *r)
{
	for (const struct ast *i = r->ast->items; i; i = i->next) {
		const struct ast_source *ast = (const struct ast_source *)i, *first;

		if (i->kind != AST_CONFIG || !ast->name.s)
			continue;
		rs_check_name(r, ast->name);
		first = atom_map_add(&r->config_asts, ast->name.s, (void *)i);
		if (first)
			rs_duplicate(r, ast->name, "configuration", first->name.loc);
	}
}

static bool is_number(struct resolver *r, const struct ast_source *ast, const struct mdc_type *t)
{
	const struct mdc_type *base = t->kind == MDC_ENUM ? t->base : t;
	struct diag *d;

	if (rs_of(t)->broken)
		return false;
	if (ast->to.s) {
		diag(r->ctx, CHK_type, ast->to.loc, "configuration is a number: it points to nothing");
		return false;
	}
	if ((t->kind == MDC_INT || t->kind == MDC_BOOL || t->kind == MDC_ENUM) && base->order == MDC_HOST &&
	    !base->is_signed)
		return true;
	d = diag(r->ctx, CHK_type, ast->type.loc, "configuration cannot be of type '%s'", ast->type.s);
	diag_note(d, "it is a number without sign or byte order: u8 to u64, bool, or an enum of these");
	return false;
}

void rs_configs(struct resolver *r)
{
	VEC(const struct mdc_config *) list = { 0 };

	for (const struct ast *i = r->ast->items; i; i = i->next) {
		const struct ast_source *ast = (const struct ast_source *)i;
		const struct mdc_type *t;
		struct mdc_config *c;

		if (i->kind != AST_CONFIG || !ast->name.s || atom_map_get(&r->config_asts, ast->name.s) != i)
			continue;
		t = mdc_type_strip(rs_type_named(r, ast->type));
		c = arena_new_of(r->arena, struct mdc_config);
		c->name = ast->name.s;
		c->bits = 64;
		if (is_number(r, ast, t)) {
			c->is_bool = t->kind == MDC_BOOL;
			c->enum_type = t->kind == MDC_ENUM ? t : NULL;
			c->bits = c->is_bool ? 1 : c->enum_type ? t->base->bits : t->bits;
		}
		c->unit = rs_unit(r, ast->unit);
		c->doc = ast->h.doc;
		c->deprecated = rs_string(ast->deprecated);
		c->loc = ast->name.loc;
		c->idx = (uint32_t)list.n;
		atom_map_add(&r->configs, c->name, c);
		*vec_push(r->arena, &list) = c;
		if (list.n == CONFIGS_MAX + 1)
			diag(r->ctx, CHK_range, c->loc, "more than %d items of configuration", CONFIGS_MAX);
	}
	r->m->configs = list.p;
	r->m->n_configs = (uint32_t)list.n;
}

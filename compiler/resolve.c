/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * From the syntax tree to the model: the steps, in their order. Each declares
 * its items, checks them, and only adds to the model. None stops the others: a
 * wrong description shows all that is wrong with it in one run, and what is
 * broken is stood in for, so that it causes no further diagnostics.
 */
#include "resolve.h"

/* Of what was written: chains, not what they are expanded to. */
static void description(struct resolver *r)
{
	r->ast = r->written;
	rs_description(r);
}

static const struct step {
	const char *name;
	void (*run)(struct resolver *r);
} steps[] = {
	{ "constants", rs_consts },
	{ "chains", rs_chains },
	{ "device and target", rs_device },
	{ "names of configuration", rs_config_names },
	{ "types", rs_types },
	{ "configuration", rs_configs },
	{ "sources", rs_sources },
	{ "headers", rs_headers },
	{ "layouts", rs_layouts },
	{ "views", rs_views },
	{ "parser", rs_parser },
	{ "rules", rs_rules },
	{ "tables", rs_tables },
	{ "description", description },
};

const struct mdc_model *mdc_resolve(struct mdc_ctx *ctx, const struct ast_file *ast)
{
	struct resolver r = { .ctx = ctx, .arena = ctx->arena, .ast = ast, .written = ast };

	r.m = arena_new_of(r.arena, struct mdc_model);
	atom_map_init(&r.consts, r.arena);
	atom_map_init(&r.types, r.arena);
	atom_map_init(&r.sources, r.arena);
	atom_map_init(&r.headers, r.arena);
	atom_map_init(&r.layouts, r.arena);
	atom_map_init(&r.view_types, r.arena);
	atom_map_init(&r.bad_values, r.arena);
	atom_map_init(&r.config_asts, r.arena);
	atom_map_init(&r.configs, r.arena);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		steps[i].run(&r);
	return r.m;
}

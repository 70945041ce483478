/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Which names an effect may set: `cursor`, `stage`, what keys are made of, what a
 * line `register` of any table declares, and the fields of the table's own
 * results. So a name that is misspelt is an error, and no new result.
 */
#include <mdesc/format.h>

#include "table_make.h"

static void declare(struct tb *b, const struct tb_table *t, struct atom_map *known)
{
	struct atom_map here;

	atom_map_init(&here, b->arena);
	for (size_t i = 0; i < t->registers.n; i++) {
		const struct ast_ident *x = t->registers.p[i];
		const struct ast_ident *first = atom_map_get(&here, x->s);

		if (first)
			rs_duplicate(b->r, (struct ast_name){ x->s, x->h.loc }, "register", first->h.loc);
		atom_map_add(&here, x->s, (void *)(uintptr_t)x);
		if (!atom_map_get(known, x->s))
			atom_map_add(known, x->s, (void *)(uintptr_t)x);
	}
}

void tb_declared_names(struct tb *b, struct atom_map *known)
{
	for (size_t i = 0; i < b->list.n; i++)
		declare(b, b->list.p[i], known);
}

static void add_name(struct atom_map *map, const char *name, const void *of)
{
	if (!atom_map_get(map, name))
		atom_map_add(map, name, (void *)(uintptr_t)of);
}

/* All that the effect of @t may set. */
static void settable(const struct tb_table *t, const struct mdc_rawreg *regs, size_t n_regs,
		     const struct atom_map *declared, struct arena *a, struct atom_map *map)
{
	const char **names = arena_array(a, const char *, declared->n + 1);

	atom_map_init(map, a);
	for (size_t i = 0; i < n_regs; i++)
		if (regs[i].kind != MDESC_RAW_REG_RESULT)
			add_name(map, regs[i].name, t);
	atom_map_keys(declared, names);
	for (uint32_t i = 0; i < declared->n; i++)
		if (atom_map_get(declared, names[i]) != declared)
			add_name(map, names[i], t);
	for (uint32_t i = 0; i < t->t.n_results; i++)
		for (uint32_t k = 0; k < t->t.results[i]->n_fields; k++)
			add_name(map, t->t.results[i]->fields[k].name, t);
}

bool tb_may_set(struct tb *b, const struct tb_table *t, struct ast_name n, const struct mdc_rawreg *regs,
		size_t n_regs, struct atom_map *declared)
{
	struct atom_map map;
	struct diag *d;

	if (atom_map_get(declared, n.s) == declared)
		return false;
	settable(t, regs, n_regs, declared, b->arena, &map);
	if (atom_map_get(&map, n.s))
		return true;
	d = diag(b->r->ctx, CHK_unknown_name, n.loc, "this sets '%s', and there is no such register", n.s);
	diag_label(d, t->t.loc, "`register %s;` in the table would declare it", n.s);
	rs_suggest(b->r, d, n.s, &map);
	add_name(declared, n.s, declared);	/* said once */
	return false;
}

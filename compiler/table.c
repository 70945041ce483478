/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Raw tables: takes `bits`, `table`, `let` and `row` of the tree, gives struct
 * mdc_table. First what they are called, then how each table is laid out, then
 * the rows. What is wrong with a table is said once, not of each of its rows.
 */
#include "table_make.h"

#include "emit_common.h"

static void add_name(struct tb *b, struct atom_map *map, struct ast_name n, const char *what,
		     const struct loc *loc)
{
	const struct loc *first;

	rs_check_name(b->r, n);
	first = atom_map_add(map, n.s, (void *)(uintptr_t)loc);
	if (first)
		rs_duplicate(b->r, n, what, *first);
}

/* `let` may come behind the rows that use it. */
static void find_lets(struct tb *b)
{
	struct atom_map seen;

	atom_map_init(&seen, b->arena);
	ast_each(i, b->r->ast->items) {
		const struct ast_let *let = (const struct ast_let *)i;

		if (i->kind != AST_LET || !let->name.s)
			continue;
		add_name(b, &seen, let->name, "let", &let->name.loc);
		atom_map_add(&b->lets, let->name.s, i);
	}
}

static void find_bits(struct tb *b)
{
	struct atom_map seen;

	atom_map_init(&seen, b->arena);
	ast_each(i, b->r->ast->items) {
		const struct ast_bits *ast = (const struct ast_bits *)i;

		if (i->kind != AST_BITS || !ast->name.s)
			continue;
		add_name(b, &seen, ast->name, "bits", &ast->name.loc);
		atom_map_add(&b->bits, ast->name.s, i);
	}
}

/* In the C arrays a table's sizes are macros, in capitals. */
static void differs_by_case(struct tb *b, struct atom_map *folded, const struct ast_table *ast)
{
	const char *upper = mdc_upper(b->arena, ast->name.s);
	const struct ast_name *first;
	struct diag *d;

	first = atom_map_add(folded, atom(b->r->ctx->atoms, upper), (void *)(uintptr_t)&ast->name);
	if (!first || first->s == ast->name.s)
		return;
	d = diag(b->r->ctx, CHK_duplicate_name, ast->name.loc, "tables '%s' and '%s' have one name in capitals",
		 first->s, ast->name.s);
	diag_label(d, first->loc, "first declared here");
	diag_note(d, "macros of the C arrays are made of it: give one of them another name");
}

static void find_tables(struct tb *b)
{
	struct atom_map seen, folded;

	atom_map_init(&seen, b->arena);
	atom_map_init(&folded, b->arena);
	ast_each(i, b->r->ast->items) {
		const struct ast_table *ast = (const struct ast_table *)i;
		struct tb_table *t;

		if (i->kind != AST_TABLE || !ast->name.s)
			continue;
		add_name(b, &seen, ast->name, "table", &ast->name.loc);
		differs_by_case(b, &folded, ast);
		t = arena_new_of(b->arena, struct tb_table);
		t->ast = ast;
		t->t.name = ast->name.s;
		t->t.loc = ast->name.loc;
		t->t.doc = ast->h.doc;
		atom_map_init(&t->key_fields, b->arena);
		atom_map_init(&t->result_fields, b->arena);
		if (atom_map_add(&b->tables, ast->name.s, t))
			continue;
		t->t.idx = (uint32_t)b->list.n;
		*vec_push(b->arena, &b->list) = t;
	}
}

/* A `bits` that no table takes is checked, too. */
static void check_unused_bits(struct tb *b)
{
	ast_each(i, b->r->ast->items) {
		const struct ast_bits *ast = (const struct ast_bits *)i;

		if (i->kind != AST_BITS || !ast->name.s)
			continue;
		for (size_t k = 0; k <= b->list.n; k++) {
			const struct mdc_table *t = k < b->list.n ? &b->list.p[k]->t : NULL;
			bool used = t && t->key && t->key->loc.start == ast->name.loc.start &&
				    t->key->loc.src == ast->name.loc.src;

			for (uint32_t n = 0; t && n < t->n_results; n++)
				used |= t->results[n]->loc.start == ast->name.loc.start &&
					t->results[n]->loc.src == ast->name.loc.src;
			if (used || (t && b->list.p[k]->broken))
				break;
			if (!t)
				tb_bits(b, ast, ast->name.s, false);
		}
	}
}

void rs_tables(struct resolver *r)
{
	struct tb b = { .r = r, .arena = r->arena };
	const struct mdc_table **tables;

	atom_map_init(&b.bits, r->arena);
	atom_map_init(&b.tables, r->arena);
	atom_map_init(&b.lets, r->arena);
	atom_map_init(&b.keys_made, r->arena);
	atom_map_init(&b.results_made, r->arena);
	find_lets(&b);
	find_bits(&b);
	find_tables(&b);
	tables = arena_array(r->arena, const struct mdc_table *, b.list.n + 1);
	for (size_t i = 0; i < b.list.n; i++) {
		tb_lines(&b, b.list.p[i]);
		tables[i] = &b.list.p[i]->t;
	}
	check_unused_bits(&b);
	tb_effects(&b);
	tb_rows(&b);
	r->m->tables = tables;
	r->m->n_tables = (uint32_t)b.list.n;
}

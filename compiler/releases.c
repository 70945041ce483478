/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the tree of a family, gives the list of its releases and the tree of
 * each one: a copy of what is there in it, in which no gate is left. A walk over
 * everything first checks all gates, also those inside of what a release drops.
 */
#include "releases.h"

#include <stdlib.h>

#include "arena.h"
#include "atoms.h"
#include "diag.h"

#define AT(type, m)	(uint16_t)offsetof(struct type, m)

static const struct ast_shape shapes[] = {
	[AST_CONST] = { .name = AT(ast_const, name) },
	[AST_DEVICE] = { .name = AT(ast_device, name), .lists = { AT(ast_device, props) } },
	[AST_TARGET] = { .name = AT(ast_target, name), .lists = { AT(ast_target, props) } },
	[AST_SOURCE] = { .name = AT(ast_source, name) },
	[AST_ENUM] = { .name = AT(ast_enum, name), .lists = { AT(ast_enum, list) } },
	[AST_STRUCT] = { .name = AT(ast_struct, name), .lists = { AT(ast_struct, members) } },
	[AST_TYPEDEF] = { .node = AT(ast_typedef, member) },
	[AST_LAYOUT] = { .name = AT(ast_layout, name), .node = AT(ast_layout, body) },
	[AST_VIEW_TYPE] = { .name = AT(ast_view_type, name), .lists = { AT(ast_view_type, members) } },
	[AST_VIEW] = { .lists = { AT(ast_view, maps) } },
	[AST_HEADER] = { .name = AT(ast_header, name), .lists = { AT(ast_header, members) } },
	[AST_PARSER] = { .name = AT(ast_parser, name), .lists = { AT(ast_parser, body) } },
	[AST_IF] = { .lists = { AT(ast_if, then), AT(ast_if, other) } },
	[AST_ENUMERATOR] = { .name = AT(ast_enumerator, name) },
	[AST_MEMBER] = { .name = AT(ast_member, name), .lists = { AT(ast_member, ranges) },
			 .node = AT(ast_member, inline_type) },
	[AST_RANGE] = { .name = AT(ast_range, name) },
	[AST_STATE] = { .name = AT(ast_state, name), .lists = { AT(ast_state, body) } },
	[AST_SELECT] = { .lists = { AT(ast_select, arms) } },
	[AST_PART] = { .lists = { AT(ast_part, members), AT(ast_part, otherwise) } },
	[AST_CLASSIFY] = { .name = AT(ast_classify, name), .lists = { AT(ast_classify, rows) } },
	[AST_ERRORS] = { 0 },
	[AST_REGISTER] = { .name = AT(ast_register, name) },
	[AST_START] = { .lists = { AT(ast_start, arms) } },
	[AST_SUBPARSER] = { .name = AT(ast_subparser, name), .lists = { AT(ast_subparser, body) } },
	[AST_ALIAS] = { .name = AT(ast_member, name) },
	[AST_DERIVE] = { .name = AT(ast_member, name) },
	[AST_CONFIG] = { .name = AT(ast_source, name) },
	[AST_CHAIN] = { .name = AT(ast_chain, name), .lists = { AT(ast_chain, items) } },
	[AST_COMBOS] = { .lists = { AT(ast_combos, list) } },
	[AST_RANGE_SWITCH] = { .lists = { AT(ast_range_switch, arms) } },
	[AST_RANGE_ARM] = { .lists = { AT(ast_range_arm, ranges) } },
	[AST_BITS] = { .name = AT(ast_bits, name), .lists = { AT(ast_bits, fields) } },
	[AST_KEY] = { .lists = { AT(ast_bits, fields) } },
	[AST_RESULT] = { .lists = { AT(ast_bits, fields) } },
	[AST_TABLE] = { .name = AT(ast_table, name), .lists = { AT(ast_table, lines) } },
	[AST_LET] = { .name = AT(ast_let, name), .lists = { AT(ast_let, fields) } },
	[AST_TABLE_START] = { .lists = { AT(ast_let, fields) } },
	[AST_RESERVE] = { .lists = { AT(ast_reserve, key), AT(ast_reserve, result) } },
	[AST_ROW] = { .lists = { AT(ast_row, key), AT(ast_row, result) } },
	[AST_FOR] = { .lists = { AT(ast_for, body) } },
	[AST_ARCS] = { .name = AT(ast_arcs, name), .lists = { AT(ast_arcs, arms) } },
};

const struct ast_shape *ast_shape(enum ast_kind kind)
{
	static const struct ast_shape plain;

	return kind < sizeof(shapes) / sizeof(*shapes) ? &shapes[kind] : &plain;
}

static struct ast **part(const struct ast *node, uint16_t off)
{
	return (struct ast **)((char *)(uintptr_t)node + off);
}

/* ---- the list of releases ---- */

struct finder {
	struct mdc_ctx *ctx;
	const struct ast_prop *line;
	VEC(const char *) versions;
	struct atom_map files;		/* lists of included items that were looked through */
};

/* The items of an included file, once: a file may be included from many places. */
static const struct ast *items_once(struct atom_map *files, const struct ast *include)
{
	const struct ast *items = ((const struct ast_include *)include)->items;

	return items && !atom_map_add(files, (const char *)items, (void *)(uintptr_t)items) ? items : NULL;
}

static bool usable_version(const char *s)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";

	return s[0] && s[0] != '.' && s[0] != '-' && strlen(s) <= 63 && !s[strspn(s, chars)];
}

static void take_version(struct finder *f, const struct ast *a)
{
	const char *s = ((const struct ast_string *)a)->s;

	if (!usable_version(s)) {
		diag_note(diag(f->ctx, CHK_release, a->loc, "'%s' cannot be a release", s),
			  "it becomes part of file names: up to 63 letters, digits, and . _ + - behind the first");
		return;
	}
	for (size_t i = 0; i < f->versions.n; i++)
		if (!mdc_version_cmp(f->versions.p[i], s)) {
			diag(f->ctx, CHK_release, a->loc, "release '%s' is '%s' again", s, f->versions.p[i]);
			return;
		}
	if (f->versions.n == RELEASES_MAX)
		diag(f->ctx, CHK_release, a->loc, "more than %d releases", RELEASES_MAX);
	else
		*vec_push(f->ctx->arena, &f->versions) = s;
}

static void take_line(struct finder *f, const struct ast_prop *line, bool gated)
{
	const struct ast *a = line->atoms;
	struct diag *d;

	if (f->line) {
		d = diag(f->ctx, CHK_property, line->name.loc, "a second `release` line");
		diag_label(d, f->line->name.loc, "the first is here");
		return;
	}
	f->line = line;
	if (gated || line->h.gate)
		diag(f->ctx, CHK_release, line->name.loc, "the list of releases cannot depend on the release");
	for (; a && a->kind == AST_STRING; a = a->next ? a->next->next : NULL) {
		take_version(f, a);
		if (a->next && (a->next->kind != AST_COMMA || !a->next->next)) {
			a = a->next;
			break;
		}
	}
	if (a || !line->atoms)
		diag_note(diag(f->ctx, CHK_property, a ? a->loc : line->h.loc, "a `release` line lists strings"),
			  "it is written `release \"1.4.0\", \"2.0.0\";`");
}

static void find_line(struct finder *f, const struct ast *list, bool gated)
{
	ast_each(i, (struct ast *)(uintptr_t)list) {
		const struct ast_if *group = (const struct ast_if *)i;
		const struct ast_prop *prop = (const struct ast_prop *)i;

		if (i->kind == AST_IF) {
			find_line(f, group->then, true);
			find_line(f, group->other, true);
		} else if (i->kind == AST_INCLUDE) {
			find_line(f, items_once(&f->files, i), true);
		} else if (i->kind == AST_DEVICE) {
			find_line(f, ((const struct ast_device *)i)->props, gated || i->gate);
		} else if (i->kind == AST_PROP && !strcmp(prop->name.s, "release")) {
			take_line(f, prop, gated);
		}
	}
}

static int by_version(const void *a, const void *b)
{
	return mdc_version_cmp(*(const char *const *)a, *(const char *const *)b);
}

/* ---- all gates are checked ---- */

struct walk {
	struct mdc_ctx *ctx;
	const struct mdc_releases *all;
	struct loc first;	/* gate; src UINT32_MAX: none yet */
	int seen;		/* gates and groups */
	struct atom_map files;
};

/* Of what stands around, @set is left. */
static void useful(struct walk *w, struct loc loc, uint64_t around, uint64_t set, const char *what)
{
	if (!around)
		return;		/* said once, of the one around */
	if (!set)
		diag(w->ctx, CHK_release_gate, loc, "%s in no release%s", what,
		     around == gate_all(w->all) ? "" : " that comes here");
	else if (set == around)
		diag(w->ctx, CHK_release_gate, loc, "%s in every release%s", what,
		     around == gate_all(w->all) ? "" : " that comes here");
}

static void walk(struct walk *w, const struct ast *node, uint64_t around);

static void walk_list(struct walk *w, const struct ast *list, uint64_t around)
{
	for (; list; list = list->next)
		walk(w, list, around);
}

static uint64_t walk_gates(struct walk *w, const struct ast *node, uint64_t around)
{
	int errors = diag_errors(w->ctx);
	uint64_t set;

	if (!node->gate)
		return around;
	if (w->first.src == UINT32_MAX)
		w->first = node->gate->loc;
	ast_each(g, node->gate)
		w->seen++;
	if (!w->all->n)
		return around;
	ast_each(g, node->gate)
		gate_check(w->ctx, w->all, g);
	set = around & gate_of_node(w->all, node);
	if (diag_errors(w->ctx) == errors)
		useful(w, node->gate->loc, around, set, node->gate->next ? "these together hold" : "this holds");
	return set;
}

static void walk_if(struct walk *w, const struct ast_if *group, uint64_t around)
{
	int errors = diag_errors(w->ctx);
	uint64_t set;

	w->seen++;
	if (w->first.src == UINT32_MAX)
		w->first = group->h.loc;
	if (w->all->n)
		gate_check_cond(w->ctx, w->all, group->cond);
	set = gate_of_cond(w->all, group->cond);
	if (w->all->n && diag_errors(w->ctx) == errors)
		useful(w, group->cond->loc, around, around & set, "the condition holds");
	walk_list(w, group->then, around & set);
	walk_list(w, group->other, around & ~set);
}

static void walk(struct walk *w, const struct ast *node, uint64_t around)
{
	const struct ast_shape *shape = ast_shape(node->kind);

	around = walk_gates(w, node, around);
	if (node->kind == AST_IF) {
		walk_if(w, (const struct ast_if *)node, around);
		return;
	}
	if (node->kind == AST_INCLUDE) {
		walk_list(w, items_once(&w->files, node), gate_all(w->all));
		return;
	}
	for (int i = 0; i < 2; i++)
		if (shape->lists[i])
			walk_list(w, *part(node, shape->lists[i]), around);
	if (shape->node && *part(node, shape->node))
		walk(w, *part(node, shape->node), around);
}

bool mdc_releases(struct mdc_ctx *ctx, const struct ast_file *ast, struct mdc_releases *all)
{
	struct finder f = { .ctx = ctx };
	struct walk w = { .ctx = ctx, .all = all, .first = { .src = UINT32_MAX } };
	int errors = diag_errors(ctx);

	atom_map_init(&f.files, ctx->arena);
	atom_map_init(&w.files, ctx->arena);
	find_line(&f, ast->items, false);
	if (f.versions.n)
		qsort(f.versions.p, f.versions.n, sizeof(*f.versions.p), by_version);
	all->n = (int)f.versions.n;
	all->version = f.versions.p;
	if (ast->n_gates)
		walk_list(&w, ast->items, gate_all(all));
	if (!all->n && !f.line && w.first.src != UINT32_MAX)
		diag_note(diag(ctx, CHK_release, w.first, "the device lists no releases"),
			  "add a line like `release \"1.4.0\", \"2.0.0\";` to it");
	/* A list that shapes[] does not have would be taken for there in every release. */
	if (w.seen != ast->n_gates && diag_errors(ctx) == errors)
		diag(ctx, CHK_release, ast->loc, "%d gates stand where mdescc does not look for any",
		     ast->n_gates - w.seen);
	return diag_errors(ctx) == errors;
}

/* ---- the tree of one release ---- */

struct copy {
	struct mdc_ctx *ctx;
	const struct mdc_releases *all;
	uint64_t release;		/* its bit */
	struct atom_map files;		/* lists of included items that are there */
	struct atom_map gone;		/* and that are not, at some place */
	struct atom_map *dropped;	/* name -> struct loc */
	VEC(struct ast_cut) cuts;
};

static void cut(struct copy *c, uint32_t src, uint32_t from, uint32_t to, bool gate)
{
	*vec_push(c->ctx->arena, &c->cuts) = (struct ast_cut){ { src, from, to }, gate };
}

static void drop_list(struct copy *c, const struct ast *list);

/* Of several things of one name the one in the outermost file is likely meant. */
static void drop_name(struct copy *c, const struct ast_name *name)
{
	struct loc *loc = atom_map_get(c->dropped, name->s);

	if (!loc) {
		loc = arena_new_of(c->ctx->arena, struct loc);
		*loc = name->loc;
		atom_map_add(c->dropped, name->s, loc);
	} else if (name->loc.src < loc->src) {
		*loc = name->loc;
	}
}

/* Remembers the names of what is not there, for errors about them. */
static void drop(struct copy *c, const struct ast *node)
{
	const struct ast_shape *shape = ast_shape(node->kind);
	const struct ast_name *name = (const void *)((const char *)node + shape->name);

	if (shape->name && name->s)
		drop_name(c, name);
	if (node->kind == AST_INCLUDE) {
		drop_list(c, items_once(&c->gone, node));
		return;
	}
	for (int i = 0; i < 2; i++)
		if (shape->lists[i])
			for (const struct ast *n = *part(node, shape->lists[i]); n; n = n->next)
				drop(c, n);
	if (shape->node && *part(node, shape->node))
		drop(c, *part(node, shape->node));
}

static void drop_list(struct copy *c, const struct ast *list)
{
	for (; list; list = list->next)
		drop(c, list);
}

static struct ast *copy_list(struct copy *c, const struct ast *list, struct ast **end);

static struct ast *copy_node(struct copy *c, const struct ast *node)
{
	const struct ast_shape *shape = ast_shape(node->kind);
	struct ast *n = arena_alloc(c->ctx->arena, node->size), *end;

	memcpy(n, node, node->size);
	n->next = NULL;
	n->gate = NULL;
	for (int i = 0; i < 2; i++)
		if (shape->lists[i])
			*part(n, shape->lists[i]) = copy_list(c, *part(n, shape->lists[i]), &end);
	if (shape->node && *part(n, shape->node))
		*part(n, shape->node) = copy_node(c, *part(n, shape->node));
	return n;
}

/* What takes a node's place; its last one in @end. */
static struct ast *copy(struct copy *c, const struct ast *node, struct ast **end)
{
	const struct ast_if *group = (const struct ast_if *)node;
	struct loc kept;
	bool holds;

	if (!(gate_of_node(c->all, node) & c->release)) {
		cut(c, node->loc.src, node->from, node->to, false);
		drop(c, node);
		return NULL;
	}
	ast_each(g, node->gate)
		cut(c, g->loc.src, g->loc.start, g->loc.end, true);
	if (node->kind == AST_INCLUDE)
		return copy_list(c, items_once(&c->files, node), end);
	if (node->kind == AST_IF) {
		holds = gate_of_cond(c->all, group->cond) & c->release;
		kept = holds ? group->then_text : group->other_text;
		if (!holds && !group->other)
			kept.start = kept.end = node->to;
		cut(c, node->loc.src, node->from, kept.start, false);
		cut(c, node->loc.src, kept.end, node->to, false);
		drop_list(c, holds ? group->other : group->then);
		return copy_list(c, holds ? group->then : group->other, end);
	}
	return *end = copy_node(c, node);
}

static struct ast *copy_list(struct copy *c, const struct ast *list, struct ast **end)
{
	struct ast *head = NULL, *last = NULL, *more, *more_end = NULL;

	for (; list; list = list->next) {
		more = copy(c, list, &more_end);
		if (!more)
			continue;
		if (last)
			last->next = more;
		else
			head = more;
		last = more_end;
	}
	*end = last;
	return head;
}

const struct ast_file *mdc_release(struct mdc_ctx *ctx, const struct ast_file *ast,
				   const struct mdc_releases *all, int idx)
{
	struct copy c = { .ctx = ctx, .all = all, .release = 1ull << idx };
	struct ast_file *f;
	struct ast *end;

	ctx->release = all->n ? all->version[idx] : NULL;
	ctx->dropped = NULL;
	ctx->btf = NULL;
	if (!ast->n_gates)
		return ast;
	f = arena_new_of(ctx->arena, struct ast_file);
	*f = *ast;
	atom_map_init(&c.files, ctx->arena);
	atom_map_init(&c.gone, ctx->arena);
	c.dropped = arena_new_of(ctx->arena, struct atom_map);
	atom_map_init(c.dropped, ctx->arena);
	f->items = copy_list(&c, ast->items, &end);
	f->n_gates = 0;
	f->cuts = c.cuts.p;
	f->n_cuts = c.cuts.n;
	ctx->dropped = c.dropped;
	return f;
}

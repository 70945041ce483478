/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * --target: takes the items of a description, finds whether they declare a
 * target, and tells which there are where there is no such one: those that they
 * declare, the built-in one, and the files targets/NAME.mdesc on the path of
 * includes.
 */
#include "parse.h"

#include <dirent.h>
#include <stdlib.h>

#define TARGETS_SHOWN 24

bool target_declared(const struct ast *items, const char *name)
{
	bool found = !strcmp(name, MDC_TARGET);

	for (const struct ast *i = items; i && !found; i = i->next) {
		if (i->kind == AST_TARGET)
			found = ((const struct ast_target *)i)->name.s == name;
		else if (i->kind == AST_IF)
			found = target_declared(((const struct ast_if *)i)->then, name) ||
				target_declared(((const struct ast_if *)i)->other, name);
		else if (i->kind == AST_INCLUDE)
			found = target_declared(((const struct ast_include *)i)->items, name);
	}
	return found;
}

/* ---- what there is ---- */

struct names {
	struct arena *arena;
	VEC(const char *) list;
};

static void add_name(struct names *n, const char *name, size_t len)
{
	*vec_push(n->arena, &n->list) = arena_strndup(n->arena, name, len);
}

static void add_declared(struct names *n, const struct ast *items)
{
	for (const struct ast *i = items; i; i = i->next) {
		const char *name = i->kind == AST_TARGET ? ((const struct ast_target *)i)->name.s : NULL;

		if (name)
			add_name(n, name, strlen(name));
		if (i->kind == AST_IF) {
			add_declared(n, ((const struct ast_if *)i)->then);
			add_declared(n, ((const struct ast_if *)i)->other);
		} else if (i->kind == AST_INCLUDE) {
			add_declared(n, ((const struct ast_include *)i)->items);
		}
	}
}

static void add_files(struct names *n, const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		size_t len = strlen(e->d_name);

		if (len > 6 && e->d_name[0] != '.' && !strcmp(e->d_name + len - 6, ".mdesc"))
			add_name(n, e->d_name, len - 6);
	}
	if (dir)
		closedir(dir);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, each once: folders have no order. */
static void sort(struct names *n)
{
	size_t kept = 0;

	qsort(n->list.p, n->list.n, sizeof(*n->list.p), by_name);
	for (size_t i = 0; i < n->list.n; i++)
		if (!kept || strcmp(n->list.p[kept - 1], n->list.p[i]))
			n->list.p[kept++] = n->list.p[i];
	n->list.n = kept;
}

void target_unknown(struct mdc_ctx *ctx, const struct ast *items, const char *from)
{
	struct names n = { .arena = ctx->arena };
	const char *folder, *near, *help = "there is: ";

	add_name(&n, MDC_TARGET, strlen(MDC_TARGET));
	add_declared(&n, items);
	for (int i = 0; (folder = include_path(ctx, from, i, "targets")); i++)
		add_files(&n, folder);
	sort(&n);
	near = nearest_name(ctx->opt.target, n.list.p, n.list.n);
	if (near)
		help = arena_printf(ctx->arena, "did you mean '%s'? There is: ", near);
	for (size_t i = 0; i < n.list.n && i < TARGETS_SHOWN; i++)
		help = arena_printf(ctx->arena, "%s%s%s", help, i ? ", " : "", n.list.p[i]);
	if (n.list.n > TARGETS_SHOWN)
		help = arena_printf(ctx->arena, "%s, ...", help);
	diags_say(ctx->diags, "usage", help, "%s: there is no target '%s'", from, ctx->opt.target);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Runs the compiler's phases in the order of main.c, without its command line and files; of several releases, the
 * newest. */
#include "compile.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "atoms.h"
#include "diag.h"
#include "model.h"
#include "releases.h"
#include "source.h"

/* What the compiler has to say, in front of every line a #. Without errors: nothing. */
static void show(struct mdc_ctx *ctx)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	diags_show(ctx, f);
	fclose(f);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		printf("# %s\n", line);
	free(text);
}

static bool compile_steps(struct compiled *c, const char *path, const char *include_dir, bool check)
{
	struct arena *a = arena_new();
	struct mdc_releases releases = { 0 };
	const struct ast_file *ast;

	memset(c, 0, sizeof(*c));
	c->ctx = (struct mdc_ctx){
		.arena = a, .atoms = atoms_new(a), .sources = sources_new(a), .diags = diags_new(a),
	};
	c->ctx.opt.input = path;
	c->ctx.opt.level = MDC_LEVEL;
	c->ctx.opt.steps = MDC_STEPS;
	if (include_dir) {
		c->ctx.opt.include_dirs = arena_array(a, const char *, 1);
		c->ctx.opt.include_dirs[0] = include_dir;
		c->ctx.opt.n_include_dirs = 1;
	}
	/* warnings are not what a random description is about */
	diags_option(c->ctx.diags, "no-padding");
	diags_option(c->ctx.diags, "no-unwritten");
	diags_option(c->ctx.diags, "no-shadowed-arm");
	ast = mdc_parse(&c->ctx, path);
	if (ast && !diag_errors(&c->ctx) && mdc_releases(&c->ctx, ast, &releases))
		c->ast = mdc_release(&c->ctx, ast, &releases, releases.n ? releases.n - 1 : 0);
	if (c->ast)
		c->model = mdc_resolve(&c->ctx, c->ast);
	if (c->model && check)
		mdc_check(&c->ctx, c->model);
	if (c->model && !diag_errors(&c->ctx))
		c->rows = mdc_lower(&c->ctx, c->model);
	if (c->rows)
		c->rows = mdc_passes(&c->ctx, c->rows);
	if (c->rows && !diag_errors(&c->ctx))
		return true;
	show(&c->ctx);
	return false;
}

bool compile_file(struct compiled *c, const char *path, const char *include_dir)
{
	return compile_steps(c, path, include_dir, true);
}

bool compile_unchecked(struct compiled *c, const char *path)
{
	return compile_steps(c, path, NULL, false);
}

bool compile_emit(struct compiled *c, const char *kind, struct out *out)
{
	const struct mdc_emitter *e = mdc_emitters;

	out_init(out);
	while (e->name && strcmp(e->name, kind))
		e++;
	if (e->name && !e->emit(&c->ctx, c->model, c->rows, out) && !diag_errors(&c->ctx))
		return true;
	show(&c->ctx);
	return false;
}

void compile_free(struct compiled *c)
{
	arena_free(c->ctx.arena);
}

const char *own_path(const char *name, char *path, size_t size)
{
	const char *folder = getenv("TMP");

	snprintf(path, size, "%s/%s", folder ? folder : ".", name);
	return path;
}

void each_file(const char *folder, const char *pattern, void (*one)(const char *path, size_t i))
{
	char path[4096];
	glob_t g;

	snprintf(path, sizeof(path), "%s/%s", folder, pattern);
	if (glob(path, 0, NULL, &g))
		return;
	for (size_t i = 0; i < g.gl_pathc; i++)
		one(g.gl_pathv[i], i);
	globfree(&g);
}

void write_file(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(data, 1, size, f) != size || fclose(f)) {
		perror(path);
		exit(2);
	}
}

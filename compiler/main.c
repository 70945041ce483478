/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdescc: the command line, the phases in order, and the outputs. Nothing is
 * written before everything has been made. Exit: 0; 1 the description is wrong;
 * 2 usage or system.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "ast.h"
#include "atoms.h"
#include "diag.h"
#include "model.h"
#include "options.h"
#include "out.h"
#include "source.h"

enum { EXIT_WRONG = 1, EXIT_SYSTEM = 2 };
enum { EMITTERS_MAX = 16 };

/* What is to be written. */
struct output {
	const char *kind;	/* for messages */
	char *path;
	struct out out;
	struct out_staged staged;
};

static int system_error(const struct mdc_ctx *ctx, const char *what, int err)
{
	diags_say(ctx->diags, "system", NULL, "%s: %s", what, strerror(err));
	return EXIT_SYSTEM;
}

/* FILE.mdesc -> DIR/FILE without its suffix. */
static char *output_base(struct arena *a, const struct options *o)
{
	const char *in = o->mdc.input, *slash = strrchr(in, '/'), *name = slash ? slash + 1 : in;
	size_t n = strlen(in);

	if (n > 6 && !strcmp(in + n - 6, ".mdesc"))
		n -= 6;
	if (!o->out_dir)
		return arena_strndup(a, in, n);
	return arena_printf(a, "%s/%.*s", o->out_dir, (int)(in + n - name), name);
}

static void dep_name(struct out *out, const char *s)
{
	for (; *s; s++) {
		if (*s == ' ' || *s == '#')
			out_puts(out, "\\");
		if (*s == '$')
			out_puts(out, "$");
		out_write(out, s, 1);
	}
}

/* A make rule: the outputs depend on all files that were read. */
static void make_deps(const struct options *o, const struct ast_file *ast, struct output *outputs,
		      int n, struct out *out)
{
	if (o->dep_target) {
		out_puts(out, o->dep_target);
	} else {
		for (int i = 0; i < n; i++) {
			out_puts(out, i ? " " : "");
			dep_name(out, outputs[i].path);
		}
	}
	out_puts(out, ":");
	for (int i = 0; i < ast->n_deps; i++) {
		out_puts(out, " \\\n ");
		dep_name(out, ast->deps[i]);
	}
	out_puts(out, "\n");
	for (int i = 1; o->dep_phony && i < ast->n_deps; i++) {
		out_puts(out, "\n");
		dep_name(out, ast->deps[i]);
		out_puts(out, ":\n");
	}
}

/* An output in the place of a file that was read would be the end of it. */
static int spare_inputs(const struct mdc_ctx *ctx, const struct output *outputs, int n)
{
	struct stat st;

	for (int i = 0; i < n; i++) {
		if (stat(outputs[i].path, &st) || !S_ISREG(st.st_mode) ||
		    !sources_have(ctx->sources, st.st_dev, st.st_ino))
			continue;
		diags_say(ctx->diags, "system", NULL, "%s: the %s would take the place of a file that was read",
			  outputs[i].path, outputs[i].kind);
		return EXIT_SYSTEM;
	}
	return 0;
}

static int publish(const struct mdc_ctx *ctx, struct output *outputs, int n)
{
	int err = 0, i;

	for (i = 0; i < n && !err; i++) {
		err = out_stage(&outputs[i].staged, &outputs[i].out, outputs[i].path);
		if (err)
			system_error(ctx, outputs[i].path, -err);
	}
	if (err) {
		while (i--)
			out_drop(&outputs[i].staged);
		return EXIT_SYSTEM;
	}
	for (i = 0; i < n; i++) {
		int e = out_publish(&outputs[i].staged);

		if (e && !err)
			system_error(ctx, strcmp(outputs[i].path, "-") ? outputs[i].path :
				     "standard output", -e);
		err = err ? err : e;
	}
	return err ? EXIT_SYSTEM : 0;
}

/* Text to outputs in memory. 0, or the exit status. */
static int compile(struct mdc_ctx *ctx, struct options *o, struct output *outputs, int *n)
{
	const struct ast_file *ast;
	const struct mdc_model *model;
	const struct mdc_rows *rows = NULL;
	const char *base;

	if (o->mdc.kernel_btf && access(o->mdc.kernel_btf, R_OK))
		return system_error(ctx, o->mdc.kernel_btf, errno);
	ast = mdc_parse(ctx, o->mdc.input);
	if (!ast)
		return system_error(ctx, o->mdc.input, errno);
	if (diag_errors(ctx))
		return EXIT_WRONG;
	model = mdc_resolve(ctx, ast);
	if (model)
		mdc_check(ctx, model);
	if (!model || diag_errors(ctx))
		return EXIT_WRONG;
	rows = mdc_lower(ctx, model);
	if (rows)
		rows = mdc_passes(ctx, rows);
	if (!rows || diag_errors(ctx))
		return EXIT_WRONG;
	base = output_base(ctx->arena, o);
	for (const struct mdc_emitter *e = mdc_emitters; e->name; e++) {
		struct output *out;

		if (!(o->emit & (1u << (e - mdc_emitters))))
			continue;
		out = &outputs[(*n)++];
		out->kind = e->name;
		out->path = o->out_file ? arena_strndup(ctx->arena, o->out_file, strlen(o->out_file)) :
			    arena_printf(ctx->arena, "%s%s", base, e->suffix);
		out_init(&out->out);
		if (e->emit(ctx, model, rows, &out->out) || diag_errors(ctx))
			return diag_errors(ctx) ? EXIT_WRONG : EXIT_SYSTEM;
	}
	if (o->deps) {
		struct output *out = &outputs[*n];

		out->kind = "dependencies";
		out->path = o->dep_file ? arena_strndup(ctx->arena, o->dep_file, strlen(o->dep_file)) :
			    o->out_file ? arena_printf(ctx->arena, "%s.d", o->out_file) :
			    arena_printf(ctx->arena, "%s.d", base);
		make_deps(o, ast, outputs, *n, &out->out);
		(*n)++;
	}
	return spare_inputs(ctx, outputs, *n);
}

int main(int argc, char **argv)
{
	struct output outputs[EMITTERS_MAX + 1] = { 0 };
	struct arena *arena = arena_new();
	struct mdc_ctx ctx = {
		.arena = arena, .atoms = atoms_new(arena), .sources = sources_new(arena),
		.diags = diags_new(arena),
	};
	struct options o = { 0 };
	int n = 0, status;

	setvbuf(stderr, NULL, _IOFBF, BUFSIZ);	/* diagnostics are put together from many parts */
	signal(SIGPIPE, SIG_IGN);	/* a closed pipe is a write error, said like any other; so is a limit */
	signal(SIGXFSZ, SIG_IGN);
	status = options_parse(&o, arena, ctx.diags, argc, argv);
	if (status < 0) {
		ctx.opt = o.mdc;
		status = compile(&ctx, &o, outputs, &n);
		diags_show(&ctx, stderr);
		if (!status)
			status = publish(&ctx, outputs, n);
	}
	for (int i = 0; i < n; i++)
		out_free(&outputs[i].out);
	arena_free(arena);
	return status;
}

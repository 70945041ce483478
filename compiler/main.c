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
#include "fmt.h"
#include "lower_table.h"
#include "model.h"
#include "options.h"
#include "out.h"
#include "releases.h"
#include "rows.h"
#include "source.h"
#include "stats.h"

enum { EXIT_WRONG = 1, EXIT_SYSTEM = 2 };
enum { EMITTERS_MAX = 16 };

/* What is to be written. */
struct output {
	const char *kind;	/* for messages */
	char *path;
	bool in_folder;		/* of its own, which is made */
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
		err = out_stage(&outputs[i].staged, &outputs[i].out, outputs[i].path, outputs[i].in_folder);
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

/* What is to be done, and what has come of it. */
struct job {
	struct mdc_ctx *ctx;
	const struct options *o;
	const struct ast_file *ast;
	struct mdc_releases releases;
	uint64_t wanted;		/* of them, as bits */
	struct output *outputs;
	int n, room;
};

static struct output *new_output(struct job *j, const char *kind, const char *path)
{
	struct output *out = &j->outputs[j->n++];

	out->kind = kind;
	out->path = arena_strndup(j->ctx->arena, path, strlen(path));
	out_init(&out->out);
	return out;
}

/* Where an output goes: BASE.suffix, or BASE-RELEASE.suffix. -o names the file, or the folder. */
static const char *output_path(struct job *j, const char *release, const char *suffix)
{
	const char *base = output_base(j->ctx->arena, j->o), *slash = strchr(suffix, '/');

	if (j->o->out_file)
		return arena_printf(j->ctx->arena, "%s%s", j->o->out_file, slash ? slash : "");
	return arena_printf(j->ctx->arena, "%s%s%s%s", base, release ? "-" : "", release ? release : "", suffix);
}

static bool is_wanted(const struct job *j, int idx)
{
	return j->wanted >> idx & 1;
}

/* The releases that --release names. 0, or the exit status. */
static int choose_releases(struct job *j)
{
	const struct mdc_releases *all = &j->releases;
	const char *names;
	int n = 0;

	for (int i = 0; i < j->o->n_releases; i++) {
		int r = 0;

		while (r < all->n && strcmp(all->version[r], j->o->releases[i]))
			r++;
		if (r < all->n) {
			j->wanted |= 1ull << r;
			continue;
		}
		names = "";
		for (r = 0; r < all->n; r++)
			names = arena_printf(j->ctx->arena, "%s%s%s", names, r ? ", " : "", all->version[r]);
		diags_say(j->ctx->diags, "usage", all->n ? arena_printf(j->ctx->arena, "there is: %s", names) :
			  "the device has no `release` line", "%s: there is no release '%s'", j->o->mdc.input,
			  j->o->releases[i]);
		return EXIT_SYSTEM;
	}
	if (!j->wanted)
		j->wanted = all->n == RELEASES_MAX ? UINT64_MAX : (1ull << (all->n ? all->n : 1)) - 1;
	for (int i = 0; i < RELEASES_MAX; i++)
		n += is_wanted(j, i);
	j->room = n * EMITTERS_MAX + 1;
	j->outputs = arena_array(j->ctx->arena, struct output, j->room);
	if (n == 1 || !j->o->out_file || j->o->list_releases)
		return 0;
	diags_say(j->ctx->diags, "usage", NULL, "-o takes exactly one release: say which with --release=RELEASE");
	return EXIT_SYSTEM;
}

/* One release, or the whole description where it lists none. 0, or the exit status. */
static int compile_release(struct job *j, int idx)
{
	struct mdc_ctx *ctx = j->ctx;
	int errors = diag_errors(ctx);
	const struct ast_file *ast = mdc_release(ctx, j->ast, &j->releases, idx);
	const struct mdc_model *model;
	const struct mdc_rows *rows;

	model = mdc_resolve(ctx, ast);
	if (model)
		mdc_check(ctx, model);
	if (!model || diag_errors(ctx) != errors)
		return EXIT_WRONG;
	rows = mdc_lower(ctx, model);
	if (rows)
		rows = mdc_passes(ctx, rows);
	if (rows && diag_errors(ctx) == errors)
		model = mdc_lower_table(ctx, model, rows);
	mdc_stats_show(ctx, rows ? rows->model : model, stderr);
	if (!rows || !model || diag_errors(ctx) != errors)
		return EXIT_WRONG;
	for (const struct mdc_emitter *e = mdc_emitters; e->name; e++) {
		struct output *out;

		if (!(j->o->emit & (1u << (e - mdc_emitters))))
			continue;
		out = new_output(j, e->name, output_path(j, ctx->release, e->suffix));
		out->in_folder = strchr(e->suffix, '/');
		if (e->emit(ctx, model, rows, &out->out) || diag_errors(ctx) != errors)
			return diag_errors(ctx) != errors ? EXIT_WRONG : EXIT_SYSTEM;
	}
	return 0;
}

static bool to_stdout(const struct options *o)
{
	return o->out_file && !strcmp(o->out_file, "-");
}

/* What the other options would compile, or the files that they would make: standard output is none. */
static int list(struct job *j)
{
	for (int i = 0; j->o->list_releases && i < j->releases.n; i++)
		if (is_wanted(j, i))
			printf("%s\n", j->releases.version[i]);
	for (int i = 0; !j->o->list_releases && !to_stdout(j->o) && i < RELEASES_MAX; i++)
		for (const struct mdc_emitter *e = mdc_emitters; is_wanted(j, i) && e->name; e++)
			if (j->o->emit & (1u << (e - mdc_emitters)))
				printf("%s\n", output_path(j, j->releases.n ? j->releases.version[i] : NULL,
							   e->suffix));
	if (fflush(stdout) || ferror(stdout))
		return system_error(j->ctx, "standard output", errno);
	return 0;
}

/* One rule for all outputs; of one release that was asked for, a file of its own. */
static void add_deps(struct job *j)
{
	const struct options *o = j->o;
	const char *release = j->releases.n && !(j->wanted & (j->wanted - 1)) ? j->ctx->release : NULL;
	const char *path = o->dep_file ? o->dep_file :
			   o->out_file ? arena_printf(j->ctx->arena, "%s.d", o->out_file) :
			   output_path(j, release, ".d");
	int n = j->n;

	make_deps(o, j->ast, j->outputs, n, &new_output(j, "dependencies", path)->out);
}

/* Text to outputs in memory. 0, or the exit status. */
static int compile(struct job *j)
{
	const struct options *o = j->o;
	struct mdc_ctx *ctx = j->ctx;
	int status, worst = 0;

	if (o->mdc.kernel_btf && access(o->mdc.kernel_btf, R_OK))
		return system_error(ctx, o->mdc.kernel_btf, errno);
	j->ast = mdc_parse(ctx, o->mdc.input);
	if (!j->ast)
		return system_error(ctx, o->mdc.input, errno);
	if (j->ast->no_target)
		return EXIT_SYSTEM;
	if (diag_errors(ctx) || !mdc_releases(ctx, j->ast, &j->releases))
		return EXIT_WRONG;
	status = choose_releases(j);
	if (status)
		return status;
	if (o->list_releases || o->list_outputs)
		return list(j);
	for (int i = 0; i < RELEASES_MAX && worst != EXIT_SYSTEM; i++) {
		if (!is_wanted(j, i))
			continue;
		diags_release(ctx->diags, j->releases.version, j->releases.n, j->releases.n ? i : -1);
		status = compile_release(j, i);
		if (status > worst)
			worst = status;
	}
	if (worst)
		return worst;
	if (o->deps)
		add_deps(j);
	return spare_inputs(ctx, j->outputs, j->n);
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct mdc_ctx ctx = {
		.arena = arena, .atoms = atoms_new(arena), .sources = sources_new(arena),
		.diags = diags_new(arena),
	};
	struct options o = { 0 };
	struct job job = { .ctx = &ctx, .o = &o };
	int status;

	setvbuf(stderr, NULL, _IOFBF, BUFSIZ);	/* diagnostics are put together from many parts */
	signal(SIGPIPE, SIG_IGN);	/* a closed pipe is a write error, said like any other; so is a limit */
	signal(SIGXFSZ, SIG_IGN);
	if (argc > 1 && !strcmp(argv[1], "fmt"))
		return arena_free(arena), fmt_main(argc, argv);
	status = options_parse(&o, arena, ctx.diags, argc, argv);
	if (status < 0) {
		ctx.opt = o.mdc;
		status = compile(&job);
		diags_show(&ctx, stderr);
		if (!status)
			status = publish(&ctx, job.outputs, job.n);
	}
	for (int i = 0; i < job.n; i++)
		out_free(&job.outputs[i].out);
	arena_free(arena);
	return status;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdescc fmt: takes the names of descriptions, rewrites those that are not in
 * the canonical form, or tells which they are. A text is only ever replaced by
 * one of the same tokens and comments: that is checked each time.
 */
#include "fmt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "atoms.h"
#include "diag.h"
#include "out.h"
#include "source.h"
#include "style.h"

/* ---- lines to text ---- */

static void put_blanks(struct out *out, uint32_t n)
{
	while (n--)
		out_puts(out, " ");
}

static void put_tabs(struct out *out, uint32_t n)
{
	while (n--)
		out_puts(out, "\t");
}

/* The end of a line of @n bytes, less its blanks. */
static uint32_t trimmed(const char *s, uint32_t n)
{
	while (n && strchr(" \t\r\f\v", s[n - 1]))
		n--;
	return n;
}

/* Bytes of @s up to the first that is no blank, or that is in column @column. */
static uint32_t indent_len(const char *s, uint32_t n, uint32_t column)
{
	uint32_t i = 0, at = 0;

	for (; i < n && at < column && (s[i] == ' ' || s[i] == '\t'); i++)
		at += s[i] == '\t' ? FMT_TAB - at % FMT_TAB : 1;
	return i;
}

/* A comment of several lines moves as a whole: each line loses what the first one had in front of it. */
static void put_comment_lines(struct out *out, const struct piece *p, uint32_t depth)
{
	const char *s = p->text, *end = p->text + p->len, *eol;
	uint32_t n, skip;

	for (bool first = true; s < end; s = eol + 1, first = false) {
		eol = memchr(s, '\n', (size_t)(end - s));
		if (!eol)
			eol = end;
		n = trimmed(s, (uint32_t)(eol - s));
		skip = first ? 0 : indent_len(s, n, p->column);
		if (!first)
			out_puts(out, "\n");
		if (!first && n > skip)
			put_tabs(out, depth);
		out_write(out, s + skip, n > skip ? n - skip : 0);
	}
}

static void put_line(const struct fmt *f, const struct line *l, struct out *out)
{
	if (l->blank && out->size)
		out_puts(out, "\n");
	if (l->cells.n)
		put_tabs(out, l->depth);
	for (size_t i = 0; i < l->cells.n; i++) {
		const struct cell *c = &l->cells.p[i];
		const struct piece *p = &f->pieces.p[c->piece];

		put_blanks(out, i ? c->space + c->pad : 0);
		if (p->many_lines)
			put_comment_lines(out, p, l->depth);
		else
			out_write(out, p->text, p->len);
	}
	if (l->comment != FMT_NONE) {
		const struct piece *p = &f->pieces.p[l->comment];

		if (!l->cells.n)
			put_tabs(out, l->depth);
		put_blanks(out, l->pad);
		out_write(out, p->text, p->len);
	}
	out_puts(out, "\n");
}

/* ---- the same? ---- */

/* Two comments, but for blanks at the ends of lines and in front of them. */
static bool same_comment(const struct piece *a, const struct piece *b)
{
	const char *s = a->text, *t = b->text, *s_end = s + a->len, *t_end = t + b->len;

	if (!a->many_lines || !b->many_lines)
		return a->len == b->len && !memcmp(s, t, a->len);
	for (;;) {
		while (s < s_end && strchr(" \t\r\f\v\n", *s))
			s++;
		while (t < t_end && strchr(" \t\r\f\v\n", *t))
			t++;
		if (s == s_end || t == t_end)
			return s == s_end && t == t_end;
		if (*s++ != *t++)
			return false;
	}
}

static bool same_pieces(const struct fmt *a, const struct fmt *b)
{
	if (a->pieces.n != b->pieces.n)
		return false;
	for (size_t i = 0; i < a->pieces.n; i++) {
		const struct piece *p = &a->pieces.p[i], *q = &b->pieces.p[i];

		if (p->kind != q->kind || p->token != q->token)
			return false;
		if (fmt_is_comment(p) ? !same_comment(p, q) : p->len != q->len || memcmp(p->text, q->text, p->len))
			return false;
	}
	return true;
}

/* Is what was written the text that was read? The scanner wants two NULs behind it. */
static bool unchanged(const struct fmt *f, const struct out *out)
{
	struct fmt again = { .ctx = f->ctx, .arena = f->arena };
	char *text = arena_alloc(f->arena, out->size + 2);

	if (out->size)
		memcpy(text, out->data, out->size);
	return fmt_lex_text(&again, text, (uint32_t)out->size) && same_pieces(f, &again);
}

int fmt_text(struct mdc_ctx *ctx, const char *path, struct out *out)
{
	struct fmt f = { .ctx = ctx, .arena = ctx->arena };
	int err = fmt_lex(&f, path);

	if (err < 0)
		diags_say(ctx->diags, "system", NULL, "%s: %s", path, strerror(errno));
	if (err)
		return err < 0 ? 2 : 1;
	fmt_tree(&f);
	fmt_lines(&f);
	fmt_align(&f);
	for (size_t i = 0; i < f.lines.n; i++)
		put_line(&f, &f.lines.p[i], out);
	if (unchanged(&f, out))
		return 0;
	diags_say(ctx->diags, "system", "please report this, with the file", "%s: mdescc fmt does not understand it",
		  path);
	return 2;
}

/* ---- the command ---- */

struct fmt_options {
	bool check;
	int n_paths;
	char **paths;
};

static int help(struct diags *diags)
{
	puts("Usage: mdescc fmt [OPTION]... FILE...\n"
	     "Bring descriptions into the canonical form: blanks, columns and line ends.\n"
	     "\n"
	     "Files that are not in it are rewritten; of - (standard input) the form goes to\n"
	     "standard output. A file with an error of syntax is left as it is.\n"
	     "\n"
	     "  --check            write nothing: print the names of files that would change\n"
	     "  --diagnostics=KIND text, or json: one object a line\n"
	     "  --color=WHEN       colours: auto (on terminals), always, never\n"
	     "  -h, --help\n"
	     "\n"
	     "Exit status: 0; 1 a file is wrong, or --check found one that would change;\n"
	     "2 wrong usage or a system error.");
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	diags_say(diags, "system", NULL, "standard output: %s", strerror(errno));
	return 2;
}

#define usage(diags, ...)	(diags_say(diags, "usage", "try 'mdescc fmt --help'", __VA_ARGS__), 2)

/* -1: go on; otherwise the exit status. The paths are moved to the front of argv. */
static int parse_options(struct fmt_options *o, struct diags *diags, int argc, char **argv)
{
	const char *want, *value;
	bool only_files = false;
	enum style_arg style;

	o->paths = argv;
	style_choose(diags, argc, argv);
	for (int i = 2; i < argc; i++) {
		const char *arg = argv[i];

		if (only_files || arg[0] != '-' || !arg[1])
			o->paths[o->n_paths++] = argv[i];
		else if (!strcmp(arg, "--"))
			only_files = true;
		else if (!strcmp(arg, "--check"))
			o->check = true;
		else if (!strcmp(arg, "-h") || !strcmp(arg, "--help"))
			return help(diags);
		else if ((style = style_arg(argc, argv, &i, &want, &value)) == STYLE_BAD)
			return usage(diags, "%s, not '%s'", want, value);
		else if (style == STYLE_OTHER)
			return usage(diags, "fmt has no option '%s'", arg);
	}
	return o->n_paths ? -1 : usage(diags, "no FILE is given: - is standard input");
}

/* Puts the text in the place of the file, whose mode it keeps. */
static int replace(struct mdc_ctx *ctx, const char *path, const struct out *out)
{
	struct out_staged staged;
	struct stat st;
	int err = out_stage(&staged, out, path, false);

	if (!err && staged.temp && !stat(path, &st) && chmod(staged.temp, st.st_mode & 07777)) {
		err = -errno;
		out_drop(&staged);
	}
	if (!err)
		err = out_publish(&staged);
	if (err)
		diags_say(ctx->diags, "system", NULL, "%s: %s", strcmp(path, "-") ? path : "standard output",
			  strerror(-err));
	return err ? 2 : 0;
}

/* One file, with a memory of its own. */
static int format_file(const struct fmt_options *o, const char *path, int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct mdc_ctx ctx = {
		.arena = arena, .atoms = atoms_new(arena), .sources = sources_new(arena),
		.diags = diags_new(arena),
		.opt.no_description = true,	/* there is no image for it */
	};
	const struct source *src;
	struct out out;
	int status;
	bool same;

	style_choose(ctx.diags, argc, argv);
	out_init(&out);
	status = fmt_text(&ctx, path, &out);
	if (!status) {
		src = source_get(ctx.sources, 0);
		same = out.size == src->size && (!out.size || !memcmp(out.data, src->text, out.size));
		if (o->check && !same)
			puts(src->name);
		if (o->check)
			status = !same;
		else if (!same || !strcmp(path, "-"))
			status = replace(&ctx, path, &out);
	}
	diags_show(&ctx, stderr);
	out_free(&out);
	arena_free(arena);
	return status;
}

int fmt_main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct diags *diags = diags_new(arena);
	struct fmt_options o = { 0 };
	char **style = arena_array(arena, char *, argc + 1);
	int status, worst = 0;

	memcpy(style, argv, (size_t)argc * sizeof(*argv));
	status = parse_options(&o, diags, argc, argv);
	for (int i = 0; status < 0 && i < o.n_paths; i++) {
		int one = format_file(&o, o.paths[i], argc, style);

		worst = one > worst ? one : worst;
	}
	if (status < 0 && (fflush(stdout) || ferror(stdout))) {
		diags_say(diags, "system", NULL, "standard output: %s", strerror(errno));
		worst = 2;
	}
	arena_free(arena);
	return status < 0 ? worst : status;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the path of a description, gives the items of it and of all that it
 * includes, each include's items in the place of the include, each file once.
 * A file is looked for in the directory of the one that includes it, then in
 * the -I directories in order, then in the share directory.
 */
#include "parse.h"

#include <errno.h>
#include <unistd.h>

#define INCLUDE_DEPTH_MAX	64

struct file {
	dev_t dev;
	ino_t ino;
	uint32_t src;
	bool open;		/* its includes are being read: including it is a cycle */
	bool always;		/* there whatever the release */
	struct ast *items;	/* !always */
};

/* What is at a path, asked once. */
struct place {
	bool is_file;
	int fd;			/* opened to see what is there; -1: no more, or not to be opened */
	struct stat st;
};

struct reader {
	struct mdc_ctx *ctx;
	VEC(struct file) files;
	VEC(const char *) deps;
	struct parse_words words;
	struct atom_map places;	/* path -> struct place */
	struct ast_list out;
	int depth;
	VEC(struct ast_text) texts;	/* by source */
	struct parse_docs docs;	/* memory for those of the next file */
	struct parse_line doc;
	int gates;		/* around what is being read */
	int n_gates;		/* in all */
};

static void read_items(struct reader *r, uint32_t src);

static void add(struct reader *r, struct ast *item)
{
	item->next = NULL;
	if (r->out.tail)
		r->out.tail->next = item;
	else
		r->out.head = item;
	r->out.tail = item;
}

static struct file *seen(struct reader *r, const struct stat *st)
{
	for (size_t i = 0; i < r->files.n; i++)
		if (r->files.p[i].dev == st->st_dev && r->files.p[i].ino == st->st_ino)
			return &r->files.p[i];
	return NULL;
}

static struct place *place_of(struct reader *r, const char *path)
{
	const char *key = atom(r->ctx->atoms, path);
	struct place *p = atom_map_get(&r->places, key);

	if (p)
		return p;
	p = arena_new_of(r->ctx->arena, struct place);
	p->fd = source_open(path, &p->st);
	p->is_file = p->fd >= 0 || (!stat(path, &p->st) && !S_ISDIR(p->st.st_mode));
	atom_map_add(&r->places, key, p);
	return p;
}

static void leave(struct place *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

/* False with errno. */
static bool read_place(struct reader *r, struct place *p, const char *path, struct loc from, uint32_t *idx)
{
	int fd = p->fd >= 0 ? p->fd : source_open(path, &p->st);

	p->fd = -1;
	return fd >= 0 && source_take(r->ctx->sources, fd, &p->st, path, from, idx);
}

static const char *in_folder(struct arena *a, const char *folder, size_t n, const char *name)
{
	char *path = arena_alloc(a, n + 1 + strlen(name) + 1);

	memcpy(path, folder, n);
	path[n] = '/';
	strcpy(path + n + 1, name);
	return path;
}

const char *include_path(struct mdc_ctx *ctx, const char *from, int i, const char *name)
{
	const struct mdc_options *opt = &ctx->opt;
	const char *slash = strrchr(from, '/'), *dir = opt->share_dir;

	if (name[0] == '/')
		return i ? NULL : name;
	if (!i)
		return slash ? in_folder(ctx->arena, from, (size_t)(slash - from), name) : name;
	if (i <= opt->n_include_dirs)
		dir = opt->include_dirs[i - 1];
	return i <= opt->n_include_dirs + 1 && dir ? in_folder(ctx->arena, dir, strlen(dir), name) : NULL;
}

/* The first of the paths where @name is a file; NULL with what was tried in @tried. */
static const char *find(struct reader *r, const char *name, const char *from, struct place **place,
			const char **tried)
{
	struct arena *a = r->ctx->arena;
	const char *path;

	*tried = "";
	for (int i = 0; (path = include_path(r->ctx, from, i, name)); i++) {
		*place = place_of(r, path);
		if ((*place)->is_file)
			return path;
		*tried = arena_printf(a, "%s%s%s", *tried, **tried ? ", " : "", path);
		if (name[0] == '/')
			break;
	}
	return NULL;
}

/* Items that belong to @inc and not to the list that it stands in. */
static void read_gated(struct reader *r, struct ast_include *inc, uint32_t idx, size_t file)
{
	struct ast_list out = r->out;

	r->out = (struct ast_list){ 0 };
	r->gates++;
	read_items(r, idx);
	r->gates--;
	inc->items = r->files.p[file].items = r->out.head;
	r->out = out;
	add(r, &inc->h);
}

static void include(struct reader *r, struct ast_include *inc, uint32_t from)
{
	struct mdc_ctx *ctx = r->ctx;
	const struct source *by = source_get(ctx->sources, from);
	bool gated = r->gates || inc->h.gate;
	struct place *at = NULL;
	struct file *known;
	const char *path, *tried;
	uint32_t idx;

	path = find(r, inc->path, by->path, &at, &tried);
	if (!path) {
		diag_note(diag(ctx, CHK_include, inc->h.loc, "'%s' is not found", inc->path),
			  "looked for it as %s; -I adds a directory", tried);
		return;
	}
	known = seen(r, &at->st);
	if (known || r->depth == INCLUDE_DEPTH_MAX)
		leave(at);
	if (known) {
		if (known->open)
			diag(ctx, CHK_include, inc->h.loc, "'%s' includes itself", inc->path);
		if (!known->open && !known->always) {
			inc->items = known->items;
			add(r, &inc->h);
		}
		known->always |= !gated;
		return;
	}
	if (r->depth == INCLUDE_DEPTH_MAX) {
		diag(ctx, CHK_include, inc->h.loc, "includes are nested more than %d deep",
		     INCLUDE_DEPTH_MAX);
		return;
	}
	if (!read_place(r, at, path, inc->h.loc, &idx)) {
		diag(ctx, CHK_include, inc->h.loc, "'%s' cannot be read: %s", path, strerror(errno));
		return;
	}
	*vec_push(ctx->arena, &r->files) = (struct file){ at->st.st_dev, at->st.st_ino, idx, true, !gated, NULL };
	*vec_push(ctx->arena, &r->deps) = path;
	r->depth++;
	if (gated)
		read_gated(r, inc, idx, r->files.n - 1);
	else
		read_items(r, idx);
	r->depth--;
}

void parse_edition(struct mdc_ctx *ctx, const struct ast *first, uint32_t src)
{
	const struct ast_edition *e = (const void *)first;
	struct diag *d;

	if (!first || first->kind != AST_EDITION) {
		d = diag(ctx, CHK_edition, first ? first->loc : (struct loc){ src, 0, 0 },
			 "the file does not begin with its edition");
		diag_note(d, "the first line says which edition of the language it is: mdesc 1;");
		diag_fix(d, (struct loc){ src, 0, 0 }, "mdesc 1;\n");
	} else if (e->number != 1) {
		d = diag(ctx, CHK_edition, first->loc, "edition %llu of the language is unknown",
			 (unsigned long long)e->number);
		diag_note(d, "this version of mdescc knows edition 1");
	}
}

/* Remembers a file's words. */
static void keep_text(struct reader *r, const struct parse *p)
{
	struct ast_text t = { .tokens = p->tokens.p, .n_tokens = p->tokens.n };
	struct ast_doc *docs;

	if (r->ctx->opt.no_description)
		return;
	docs = arena_array(r->ctx->arena, struct ast_doc, p->docs.n);
	for (size_t i = 0; i < p->docs.n; i++)
		if (p->docs.p[i].taken)
			docs[t.n_docs++] = (struct ast_doc){ p->docs.p[i].token, p->docs.p[i].text };
	t.docs = docs;
	while (r->texts.n <= p->src)
		*vec_push(r->ctx->arena, &r->texts) = (struct ast_text){ 0 };
	r->texts.p[p->src] = t;
}

static void place(struct reader *r, struct ast *item, uint32_t src);

/* A list inside of a group: includes in it are placed there. */
static struct ast *place_list(struct reader *r, struct ast *list, uint32_t src)
{
	struct ast_list out = r->out;
	struct ast *next;

	r->out = (struct ast_list){ 0 };
	r->gates++;
	for (; list; list = next) {
		next = list->next;
		place(r, list, src);
	}
	r->gates--;
	list = r->out.head;
	r->out = out;
	return list;
}

static void place(struct reader *r, struct ast *item, uint32_t src)
{
	struct ast_if *group = (struct ast_if *)item;

	if (item->kind == AST_EDITION) {
		diag(r->ctx, CHK_edition, item->loc, "the edition stands once, first in the file");
	} else if (item->kind == AST_INCLUDE) {
		include(r, (struct ast_include *)item, src);
	} else {
		if (item->kind == AST_IF) {
			group->then = place_list(r, group->then, src);
			group->other = place_list(r, group->other, src);
		}
		add(r, item);
	}
}

/* How many tokens a text is likely to have: few where it is explained, most in a large one, which is no person's. */
static size_t tokens_of(size_t size)
{
	return 16 + (size < 64 * 1024 ? size / 10 : size / 4);
}

static void read_items(struct reader *r, uint32_t src)
{
	struct mdc_ctx *ctx = r->ctx;
	struct parse p = {
		.ctx = ctx, .arena = ctx->arena, .src = src,
		.source = source_get(ctx->sources, src), .words = &r->words,
		.docs = { .p = r->docs.p, .cap = r->docs.cap }, .doc = { .p = r->doc.p, .cap = r->doc.cap },
	};
	size_t me = r->files.n - 1;
	int errors = diag_errors(ctx);
	struct ast *item, *next;

	if (!ctx->opt.no_description)
		vec_reserve(ctx->arena, &p.tokens, tokens_of(p.source->size));
	parse_source(&p);
	keep_text(r, &p);
	r->docs = p.docs;
	r->doc = p.doc;
	if (diag_errors(ctx) == errors || (p.items && p.items->kind == AST_EDITION))
		parse_edition(ctx, p.items, src);
	for (item = p.items; item; item = next) {
		next = item->next;
		if (item != p.items || item->kind != AST_EDITION)
			place(r, item, src);
	}
	r->n_gates += p.n_gates;
	r->files.p[me].open = false;
}

/* What --target names: a target of the description, or else the file of that name. */
static bool have_target(struct reader *r, uint32_t src)
{
	struct mdc_ctx *ctx = r->ctx;
	struct ast_include inc = {
		.h = { .kind = AST_INCLUDE, .loc = { src, 0, 0 } },
		.path = arena_printf(ctx->arena, "targets/%s.mdesc", ctx->opt.target),
	};
	const char *name = atom(ctx->atoms, ctx->opt.target), *from = source_get(ctx->sources, src)->path;
	int errors = diag_errors(ctx);
	struct place *at;
	const char *tried;

	if (target_declared(r->out.head, name))
		return true;
	if (find(r, inc.path, from, &at, &tried))
		include(r, &inc, src);
	if (target_declared(r->out.head, name) || diag_errors(ctx) != errors)
		return true;
	target_unknown(ctx, r->out.head, from);
	return false;
}

const struct ast_file *mdc_parse(struct mdc_ctx *ctx, const char *path)
{
	struct ast_file *f = arena_new_of(ctx->arena, struct ast_file);
	struct reader r = { .ctx = ctx };
	const struct source *src;
	uint32_t idx;

	src = source_read(ctx->sources, path, &idx);
	if (!src)
		return NULL;
	*vec_push(ctx->arena, &r.files) = (struct file){ src->dev, src->ino, idx, true, true, NULL };
	*vec_push(ctx->arena, &r.deps) = path;
	parse_words(ctx, &r.words);
	atom_map_init(&r.places, ctx->arena);
	read_items(&r, idx);
	f->no_target = ctx->opt.target && !diag_errors(ctx) && !have_target(&r, idx);
	f->items = r.out.head;
	f->n_gates = r.n_gates;
	f->texts = r.texts.p;
	f->loc = (struct loc){ idx, 0, 0 };
	f->deps = r.deps.p;
	f->n_deps = (int)r.deps.n;
	return f;
}

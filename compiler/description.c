/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The description itself, as words, for the image: one text without includes,
 * without gates (those of the release are decided), and with what -D gave. Left
 * out is what leaves no trace: headers, constants, subparsers, contracts of views
 * and types of std/ that nothing names. So it compiles to the very image that holds it.
 */
#include <mdesc/format.h>

#include "resolve.h"

/* One item's words. */
struct piece {
	const struct ast *item;
	const struct ast_text *text;
	uint32_t src;
	size_t first, end;	/* in text->tokens */
	bool kept;
};

struct describer {
	struct resolver *r;
	VEC(struct piece) pieces;
	struct atom_map by_name;	/* of what may be left out: name -> index + 1 */
	struct atom_map headers;	/* the same */
	VEC(size_t) todo;		/* kept pieces whose words nobody has looked at */
	VEC(unsigned char *) cut;	/* by source and token: enum cut */
	VEC(struct mdc_token) out;
	const char *doc;		/* for the next word */
	uint32_t extract, comma, open;	/* the numbers of atoms */
};

enum cut { CUT_NOT, CUT_GATE, CUT_GONE };

static size_t token_at(const struct ast_text *t, uint32_t start)
{
	size_t lo = 0, hi = t->n_tokens;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->tokens[mid].start < start)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* ---- what is not there in this release ---- */

static enum cut cut_of(const struct describer *d, uint32_t src, size_t token)
{
	return src < d->cut.n && d->cut.p[src] ? d->cut.p[src][token] : CUT_NOT;
}

static void mark_cuts(struct describer *d)
{
	const struct ast_file *ast = d->r->ast;

	for (size_t i = 0; i < ast->n_cuts; i++) {
		const struct loc *loc = &ast->cuts[i].loc;
		const struct ast_text *t = &ast->texts[loc->src];
		unsigned char kind = ast->cuts[i].gate ? CUT_GATE : CUT_GONE;

		while (d->cut.n <= loc->src)
			*vec_push(d->r->arena, &d->cut) = NULL;
		if (!d->cut.p[loc->src])
			d->cut.p[loc->src] = arena_array(d->r->arena, unsigned char, t->n_tokens);
		for (size_t k = token_at(t, loc->start); k < t->n_tokens && t->tokens[k].start < loc->end; k++)
			if (d->cut.p[loc->src][k] < kind)
				d->cut.p[loc->src][k] = kind;
	}
}

/* ---- what is named ---- */

/* The name by which others reach an item that may be left out; NULL: it stays. */
static const char *optional_name(const struct ast *item)
{
	const char *name = NULL;

	switch (item->kind) {
	case AST_CONST:
		return ((const struct ast_const *)item)->name.s;
	case AST_HEADER:
		return ((const struct ast_header *)item)->name.s;
	case AST_SUBPARSER:
		return ((const struct ast_subparser *)item)->name.s;
	case AST_VIEW_TYPE:
		return ((const struct ast_view_type *)item)->name.s;
	case AST_ENUM:
		name = ((const struct ast_enum *)item)->name.s;
		break;
	case AST_STRUCT:
		name = ((const struct ast_struct *)item)->name.s;
		break;
	case AST_TYPEDEF:
		name = ((const struct ast_member *)((const struct ast_typedef *)item)->member)->name.s;
		break;
	default:
		break;
	}
	return name && !strncmp(name, "std_", 4) ? name : NULL;
}

static void keep(struct describer *d, size_t piece)
{
	if (d->pieces.p[piece].kept)
		return;
	d->pieces.p[piece].kept = true;
	*vec_push(d->r->arena, &d->todo) = piece;
}

/* A header of std/ whose place the description's own has taken. */
static bool replaced(const struct describer *d, const struct ast *item)
{
	const struct ast_name *name = &((const struct ast_header *)item)->name;
	const struct mdc_header *h = item->kind == AST_HEADER ? atom_map_get(&d->r->headers, name->s) : NULL;

	return h && (h->loc.src != name->loc.src || h->loc.start != name->loc.start);
}

static void find_pieces(struct describer *d)
{
	ast_each(item, d->r->ast->items) {
		const struct ast_text *t = &d->r->ast->texts[item->loc.src];
		const char *name = optional_name(item);
		size_t n = d->pieces.n;

		if (replaced(d, item))
			continue;
		*vec_push(d->r->arena, &d->pieces) = (struct piece){
			item, t, item->loc.src, token_at(t, item->from), token_at(t, item->to), false,
		};
		if (!name || atom_map_add(item->kind == AST_HEADER ? &d->headers : &d->by_name, name, (void *)(n + 1)))
			keep(d, n);
	}
}

/* Headers have the names of protocols, as enumerators do: one is used where it stands behind `extract`. */
static void follow(struct describer *d, const struct piece *p, size_t i)
{
	const struct ast_token *t = &p->text->tokens[i];
	bool extracted = i > p->first && t[-1].kind == MDESC_TOKEN_WORD && t[-1].atom == d->extract;
	const char *name = atom_of(d->r->ctx->atoms, t->atom);
	size_t named;

	if (t->kind != MDESC_TOKEN_WORD || cut_of(d, p->src, i) != CUT_NOT)
		return;
	named = (size_t)atom_map_get(&d->by_name, name);
	if (named)
		keep(d, named - 1);
	named = extracted ? (size_t)atom_map_get(&d->headers, name) : 0;
	if (named)
		keep(d, named - 1);
}

static void follow_names(struct describer *d)
{
	while (d->todo.n) {
		const struct piece p = d->pieces.p[d->todo.p[--d->todo.n]];

		for (size_t i = p.first; i < p.end; i++)
			follow(d, &p, i);
	}
}

/* ---- the text ---- */

static void put(struct describer *d, uint32_t kind, uint32_t text)
{
	const struct mdc_token *last = d->out.n ? &d->out.p[d->out.n - 1] : NULL;

	/* enumerators in front of it are gone */
	if (kind == MDESC_TOKEN_MARK && text == d->comma && last && last->kind == MDESC_TOKEN_MARK &&
	    (last->text == d->comma || last->text == d->open))
		return;
	if (d->doc && d->doc[0])
		*vec_push(d->r->arena, &d->out) = (struct mdc_token){
			MDESC_TOKEN_DOC, atom_id(atom(d->r->ctx->atoms, d->doc)),
		};
	d->doc = NULL;
	*vec_push(d->r->arena, &d->out) = (struct mdc_token){ kind, text };
}

static void put_text(struct describer *d, uint32_t kind, const char *text)
{
	put(d, kind, atom_id(atom(d->r->ctx->atoms, text)));
}

static void put_word(struct describer *d, const char *text)
{
	put_text(d, MDESC_TOKEN_WORD, text);
}

static void put_mark(struct describer *d, const char *text)
{
	put_text(d, MDESC_TOKEN_MARK, text);
}

/* const NAME = VALUE; where -D gave the value. */
static bool put_defined(struct describer *d, const struct ast *item)
{
	const char *name = ((const struct ast_const *)item)->name.s;
	rs_int value;

	if (item->kind != AST_CONST || !rs_const_defined(d->r, name, &value))
		return false;
	put_word(d, "const");
	put_word(d, name);
	put_mark(d, "=");
	if (value < 0)
		put_mark(d, "-");
	put_text(d, MDESC_TOKEN_NUMBER, rs_int_text(d->r, value < 0 ? -value : value));
	put_mark(d, ";");
	return true;
}

/* A line of a device, or NULL. */
static const struct ast *device_line(const struct ast *item, const char *word)
{
	if (item->kind == AST_DEVICE)
		ast_each(l, ((const struct ast_device *)item)->props)
			if (!strcmp(((const struct ast_prop *)l)->name.s, word))
				return l;
	return NULL;
}

/* Lines of a device that an option decides stand at its end, and not where they were. */
static bool moved_line(struct describer *d, const struct ast *item, uint32_t start)
{
	const struct ast *release = d->r->m->device.release ? device_line(item, "release") : NULL;
	const struct ast *target = d->r->ctx->opt.target ? device_line(item, "target") : NULL;

	return (release && start >= release->from && start < release->to) ||
	       (target && start >= target->from && start < target->to);
}

static void put_lines(struct describer *d, const struct ast *item)
{
	if (device_line(item, "release") && d->r->m->device.release) {
		put_word(d, "release");
		put_text(d, MDESC_TOKEN_STRING, d->r->m->device.release);
		put_mark(d, ";");
	}
	if (item->kind == AST_DEVICE && d->r->ctx->opt.target) {
		put_word(d, "target");
		put_word(d, d->r->m->target.name);
		put_mark(d, ";");
	}
}

static void take_doc(struct describer *d, const struct ast_text *t, size_t *doc, uint32_t token)
{
	while (*doc < t->n_docs && t->docs[*doc].token < token)
		(*doc)++;
	if (*doc < t->n_docs && t->docs[*doc].token == token)
		d->doc = t->docs[*doc].text;
}

static void put_piece(struct describer *d, const struct piece *p)
{
	const struct ast_text *t = p->text;
	bool defined = p->item->kind == AST_CONST;
	size_t doc = 0, hi = t->n_docs;

	while (doc < hi) {
		size_t mid = doc + (hi - doc) / 2;

		if (t->docs[mid].token < p->item->from)
			doc = mid + 1;
		else
			hi = mid;
	}
	for (size_t i = p->first; i < p->end; i++) {
		enum cut cut = cut_of(d, p->src, i);
		uint32_t start = t->tokens[i].start;

		if (cut != CUT_GONE)
			take_doc(d, t, &doc, start);
		if (cut != CUT_NOT)
			continue;
		if (defined && put_defined(d, p->item))
			return;
		defined = false;
		if (i + 1 == p->end)
			put_lines(d, p->item);
		if (!moved_line(d, p->item, start))
			put(d, t->tokens[i].kind, t->tokens[i].atom);
	}
	d->doc = NULL;
}

/* Room for all of it at once: what an array has grown out of is lost. */
static void reserve(struct describer *d)
{
	const struct ast_text *last = NULL;
	size_t n = 16;

	for (size_t i = 0; i < d->pieces.n; i++) {
		if (d->pieces.p[i].kept)
			n += d->pieces.p[i].end - d->pieces.p[i].first;
		if (d->pieces.p[i].text > last) {	/* each file once, those of includes after it not at all */
			last = d->pieces.p[i].text;
			n += last->n_docs;
		}
	}
	vec_reserve(d->r->arena, &d->out, n);
}

void rs_description(struct resolver *r)
{
	struct describer d = { .r = r };

	if (!r->ast->texts || diag_errors(r->ctx))
		return;
	d.extract = atom_id(atom(r->ctx->atoms, "extract"));
	d.comma = atom_id(atom(r->ctx->atoms, ","));
	d.open = atom_id(atom(r->ctx->atoms, "{"));
	atom_map_init(&d.by_name, r->arena);
	atom_map_init(&d.headers, r->arena);
	mark_cuts(&d);
	find_pieces(&d);
	follow_names(&d);
	reserve(&d);
	put_word(&d, "mdesc");
	put_text(&d, MDESC_TOKEN_NUMBER, "1");
	put_mark(&d, ";");
	for (size_t i = 0; i < d.pieces.n; i++)
		if (d.pieces.p[i].kept)
			put_piece(&d, &d.pieces.p[i]);
	r->m->tokens = d.out.p;
	r->m->n_tokens = (uint32_t)d.out.n;
}

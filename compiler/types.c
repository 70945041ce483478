/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Types by name: the built-in ones, and the enums, structs, unions, typedefs
 * and layouts of the description. Each is resolved when it is first needed by
 * value, so that m->types has it behind all that it is made of; a pointer needs
 * only the name. A type that is wrong becomes a broken one, which causes no
 * further diagnostics.
 */
#include <stdlib.h>
#include <string.h>

#include "foreign.h"
#include "types.h"

#include "source.h"

static const struct builtin {
	const char *name, *c_name;
	enum mdc_type_kind kind;
	uint8_t bits;
	bool is_signed;
	enum mdc_order order;
} builtins[] = {
	{ "u8", "__u8", MDC_INT, 8, false, MDC_HOST },
	{ "u16", "__u16", MDC_INT, 16, false, MDC_HOST },
	{ "u32", "__u32", MDC_INT, 32, false, MDC_HOST },
	{ "u64", "__u64", MDC_INT, 64, false, MDC_HOST },
	{ "s8", "__s8", MDC_INT, 8, true, MDC_HOST },
	{ "s16", "__s16", MDC_INT, 16, true, MDC_HOST },
	{ "s32", "__s32", MDC_INT, 32, true, MDC_HOST },
	{ "s64", "__s64", MDC_INT, 64, true, MDC_HOST },
	{ "be16", "__be16", MDC_INT, 16, false, MDC_BE },
	{ "be32", "__be32", MDC_INT, 32, false, MDC_BE },
	{ "be64", "__be64", MDC_INT, 64, false, MDC_BE },
	{ "le16", "__le16", MDC_INT, 16, false, MDC_LE },
	{ "le32", "__le32", MDC_INT, 32, false, MDC_LE },
	{ "le64", "__le64", MDC_INT, 64, false, MDC_LE },
	{ "raw16", "__u16", MDC_INT, 16, false, MDC_RAW },
	{ "raw32", "__u32", MDC_INT, 32, false, MDC_RAW },
	{ "bool", "_Bool", MDC_BOOL, 8, false, MDC_HOST },
	{ "mac", "__u8", MDC_MAC, 48, false, MDC_RAW },	/* __u8 x[6] */
};

const struct mdc_type *mdc_type_strip(const struct mdc_type *t)
{
	while (t->kind == MDC_TYPEDEF)
		t = t->base;
	return t;
}

const char *rs_string(const struct ast *s)
{
	return s ? ((const struct ast_string *)s)->s : NULL;
}

const char *rs_kind_text(const struct mdc_type *t)
{
	switch (t->kind) {
	case MDC_INT: return "integer";
	case MDC_BOOL: return "boolean";
	case MDC_MAC: return "MAC address";
	case MDC_ENUM: return "enum";
	case MDC_STRUCT: return t->is_layout ? "layout" : "struct";
	case MDC_UNION: return "union";
	case MDC_TYPEDEF: return "typedef";
	case MDC_ARRAY: return "array";
	case MDC_PTR: return "pointer";
	}
	return "type";
}

const char *rs_article(const char *noun)
{
	return strchr("aei", *noun) ? "an" : "a";
}

struct rs_type *rs_new_type(struct resolver *r, enum mdc_type_kind kind, struct loc loc)
{
	struct rs_type *t = arena_new_of(r->arena, struct rs_type);

	t->t.kind = kind;
	t->t.loc = loc;
	t->root = t;
	t->within = kind == MDC_ARRAY ? 2 : 1;	/* an array's index has a type, too */
	return t;
}

void rs_contain(struct rs_type *t, const struct mdc_type *in)
{
	if (t->depth <= rs_of(in)->depth)
		t->depth = rs_of(in)->depth + 1;
	t->within += rs_of(in)->within;
	if (t->within > RS_WITHIN_MAX)
		t->within = RS_WITHIN_MAX + 1;
}

/* Reports what readers of BTF refuse, once. */
static void check_nesting(struct resolver *r, struct rs_type *t)
{
	if (t->broken)
		return;
	if (t->depth > RS_DEPTH_MAX)
		diag(r->ctx, CHK_type, t->t.loc, "types are nested more than %d deep in this %s", RS_DEPTH_MAX,
		     rs_kind_text(&t->t));
	else if (t->within > RS_WITHIN_MAX)
		diag(r->ctx, CHK_type, t->t.loc,
		     "this %s contains more than %u types, each counted wherever it stands",
		     rs_kind_text(&t->t), RS_WITHIN_MAX);
	else
		return;
	t->broken = true;
}

static struct rs_type *new_builtin(struct resolver *r, const struct builtin *b)
{
	struct rs_type *t = rs_new_type(r, b->kind, (struct loc){ .src = UINT32_MAX });

	t->t.name = atom(r->ctx->atoms, b->name);
	t->t.c_name = b->c_name;
	t->t.bits = b->bits;
	t->t.size = b->bits / 8;
	t->t.align = b->kind == MDC_MAC ? 1 : t->t.size;
	t->t.is_signed = b->is_signed;
	t->t.order = b->order;
	t->t.std = true;
	t->state = RS_DONE;
	/* At most an array or typedef of a typedef of an integer. */
	t->depth = b->kind == MDC_BOOL ? 0 : b->kind == MDC_INT && b->order == MDC_HOST ? 1 : 2;
	t->within = b->kind == MDC_MAC ? 4 : t->depth + 1;
	return t;
}

static void declare_builtins(struct resolver *r)
{
	struct rs_type *error = new_builtin(r, &builtins[2]);

	error->broken = true;
	r->ts->error = &error->t;
	for (size_t i = 0; i < sizeof(builtins) / sizeof(*builtins); i++) {
		struct rs_type *t = new_builtin(r, &builtins[i]);

		atom_map_add(&r->types, t->t.name, &t->t);
	}
	r->ts->u8 = atom_map_get(&r->types, atom(r->ctx->atoms, "u8"));
}

/* ---- the prefix rule ---- */

/* Does the include that named @s spell it "std/..."? */
static bool include_says_std(struct resolver *r, const struct source *s)
{
	const struct source *by = source_get(r->ctx->sources, s->from.src);
	uint32_t i = s->from.start;

	while (i < s->from.end && by->text[i] != '"')
		i++;
	if (i >= s->from.end)
		i = s->from.start;
	else
		i++;
	return !strncmp(by->text + i, "std/", 4);
}

static bool in_folder(const char *path, const char *folder)
{
	size_t n = folder ? strlen(folder) : 0;

	while (n && folder[n - 1] == '/')
		n--;
	return n && path && !strncmp(path, folder, n) && path[n] == '/';
}

/* Was source @src found as std/..., in the share directory, or by a file that was? */
bool rs_std_source(struct resolver *r, uint32_t src)
{
	const struct source *s;
	bool std;

	while (r->ts->std.n <= src)
		*vec_push(r->arena, &r->ts->std) = -1;
	if (r->ts->std.p[src] >= 0)
		return r->ts->std.p[src];
	s = source_get(r->ctx->sources, src);
	if (s->from.src == UINT32_MAX)
		std = false;
	else
		std = include_says_std(r, s) || in_folder(s->path, r->ctx->opt.share_dir) ||
		      rs_std_source(r, s->from.src);
	r->ts->std.p[src] = std;
	return std;
}

static void check_prefix(struct resolver *r, struct ast_name n)
{
	const char *prefix = r->m->device.prefix;
	size_t len;
	struct diag *d;

	if (!r->m->device.name || !prefix)
		return;
	len = strlen(prefix);
	if (!strncmp(n.s, prefix, len) && (!n.s[len] || n.s[len] == '_'))
		return;
	d = diag(r->ctx, CHK_prefix, n.loc, "type '%s' does not begin with the device's prefix '%s_'",
		 n.s, prefix);
	diag_label(d, r->m->device.loc, "the device is declared here");
	diag_note(d, "programs see the types of all vendors and of the kernel in one namespace; "
		  "call it '%s_%s', or give the device another `prefix`", prefix, n.s);
}

/* ---- declaring ---- */

static struct rs_type *declare(struct resolver *r, const struct ast *item, struct ast_name n,
			       enum mdc_type_kind kind)
{
	struct mdc_type *first;
	struct rs_type *t;
	struct diag *d;

	if (!n.s)
		return NULL;
	rs_check_name(r, n);
	t = rs_new_type(r, kind, n.loc);
	t->t.name = n.s;
	t->t.doc = item->doc;
	t->t.std = rs_std_source(r, n.loc.src) || !strncmp(n.s, "std_", 4);
	t->item = item;
	first = atom_map_add(&r->types, n.s, &t->t);
	if (!t->t.std && (!first || first->loc.src != UINT32_MAX))
		check_prefix(r, n);
	if (!first)
		return t;
	if (first->loc.src == UINT32_MAX) {
		d = diag(r->ctx, CHK_duplicate_name, n.loc, "'%s' is a built-in type", n.s);
		diag_note(d, "choose another name");
	} else {
		rs_duplicate(r, n, "type", first->loc);
	}
	return NULL;
}

static void declare_item(struct resolver *r, const struct ast *item)
{
	const struct ast_struct *s = (const struct ast_struct *)item;
	const struct ast_layout *layout = (const struct ast_layout *)item;
	struct rs_type *t;

	switch (item->kind) {
	case AST_ENUM:
		t = declare(r, item, ((const struct ast_enum *)item)->name, MDC_ENUM);
		if (t)
			t->t.deprecated = rs_string(((const struct ast_enum *)item)->deprecated);
		break;
	case AST_STRUCT:
		t = declare(r, item, s->name, s->is_union ? MDC_UNION : MDC_STRUCT);
		if (t)
			t->t.deprecated = rs_string(s->deprecated);
		break;
	case AST_TYPEDEF:
		t = declare(r, item, ((const struct ast_member *)((const struct ast_typedef *)item)->
				      member)->name, MDC_TYPEDEF);
		break;
	case AST_LAYOUT:
		t = declare(r, item, layout->name, layout->body->is_union ? MDC_UNION : MDC_STRUCT);
		if (t)
			t->t.is_layout = true;
		break;
	default:
		break;
	}
}

/* A view is a struct in BTF, so its name must be free, too. */
static void declare_view_type(struct resolver *r, const struct ast_view_type *v)
{
	const struct ast_view_type *first;
	const struct mdc_type *t;

	rs_check_name(r, v->name);
	first = atom_map_add(&r->view_types, v->name.s, (void *)v);
	if (first)
		rs_duplicate(r, v->name, "view_type", first->name.loc);
	t = atom_map_get(&r->types, v->name.s);
	if (t)
		rs_duplicate(r, v->name, "type", t->loc);
}

/* ---- resolving ---- */

static void contains_itself(struct resolver *r, struct rs_type *t, struct loc use)
{
	size_t i = r->ts->busy.n;
	struct diag *d;

	d = diag(r->ctx, CHK_type, use, "%s '%s' contains itself", rs_kind_text(&t->t), t->t.name);
	diag_label(d, t->t.loc, "declared here");
	while (i-- && r->ts->busy.p[i].type != t)
		diag_label(d, r->ts->busy.p[i].use, "by way of '%s'", r->ts->busy.p[i].type->t.name);
	diag_note(d, "a pointer can point back; a value cannot hold itself");
	t->broken = true;
}

static void resolve_typedef(struct resolver *r, struct rs_type *t)
{
	const struct ast_member *m =
		(const struct ast_member *)((const struct ast_typedef *)t->item)->member;
	const struct mdc_type *to;

	if (m->inline_type || m->bits || m->is_word || m->attrs->pin || m->attrs->writer || m->attrs->unit) {
		diag(r->ctx, CHK_type, m->h.loc,
		     "a typedef names a type that has a name, a pointer or an array");
		t->broken = true;
	}
	to = m->inline_type ? r->ts->error : rs_member_type(r, m, NULL);
	t->t.base = to;
	t->t.size = to->size;
	t->t.align = to->align;
	rs_contain(t, to);
	t->t.deprecated = rs_string(m->attrs->deprecated);
	t->broken |= rs_of(to)->broken;
}

static void resolve_body(struct resolver *r, struct rs_type *t)
{
	if (t->item->kind == AST_LAYOUT)
		rs_body(r, t, ((const struct ast_layout *)t->item)->body);
	else
		rs_body(r, t, (const struct ast_struct *)t->item);
}

static bool too_deep(struct resolver *r, struct rs_type *t, struct loc use)
{
	if (r->ts->busy.n < RS_DEPTH_MAX)
		return false;
	diag(r->ctx, CHK_type, use, "types are nested more than %d deep", RS_DEPTH_MAX);
	t->broken = true;
	return true;
}

/* Makes @t whole. False where it cannot be had by value. */
static bool resolve_type(struct resolver *r, struct rs_type *t, struct loc use)
{
	if (t->state == RS_DONE)
		return true;
	if (t->state == RS_BUSY) {
		contains_itself(r, t, use);
		return false;
	}
	if (too_deep(r, t, use))
		return false;
	t->state = RS_BUSY;
	*vec_push(r->arena, &r->ts->busy) = (struct rs_busy){ t, use };
	switch (t->t.kind) {
	case MDC_ENUM:
		rs_enum(r, t, (const struct ast_enum *)t->item);
		break;
	case MDC_TYPEDEF:
		resolve_typedef(r, t);
		break;
	default:
		resolve_body(r, t);
	}
	r->ts->busy.n--;
	check_nesting(r, t);
	t->state = RS_DONE;
	*vec_push(r->arena, &r->ts->done) = &t->t;
	return true;
}

static void deprecated_use(struct resolver *r, const struct mdc_type *t, struct loc use)
{
	struct diag *d = diag(r->ctx, CHK_deprecated, use, "%s '%s' is deprecated: %s",
			      rs_kind_text(t), t->name, t->deprecated);

	diag_label(d, t->loc, "declared here");
}

/* u24, be48, u4: numbers of a width that no member has. */
static void unknown_type(struct resolver *r, struct ast_name n)
{
	const char *digits = n.s + strcspn(n.s, "0123456789");
	size_t len = (size_t)(digits - n.s);
	struct diag *d;

	if (!*digits || digits[strspn(digits, "0123456789")] || strlen(digits) > 2 || atoi(digits) >= 64 ||
	    !((len == 1 && strchr("us", n.s[0])) || (len == 2 && (!strncmp(n.s, "be", 2) || !strncmp(n.s, "le", 2))))) {
		d = diag(r->ctx, CHK_unknown_name, n.loc, "unknown type '%s'", n.s);
		if (!foreign_type(r, d, n))
			rs_suggest(r, d, n.s, &r->types);
		return;
	}
	d = diag(r->ctx, CHK_unknown_name, n.loc, "unknown type '%s'", n.s);
	diag_note(d, "numbers have 8, 16, 32 or 64 bits; in a header `u32 NAME : %s;` takes fewer, in a layout a "
		  "`word` or an `alias u32 NAME = FIRST..LAST;` of bytes does", digits);
}

static void unknown_struct(struct resolver *r, struct ast_name n)
{
	struct diag *d = diag(r->ctx, CHK_unknown_name, n.loc, "unknown struct '%s'", n.s);

	if (strcmp(n.s, "void") || !foreign_type(r, d, n))
		rs_suggest(r, d, n.s, &r->types);
}

const struct mdc_type *rs_type_named(struct resolver *r, struct ast_name n)
{
	struct mdc_type *t = n.s ? atom_map_get(&r->types, n.s) : NULL;

	if (!t) {
		if (n.s)
			unknown_type(r, n);
		return r->ts->error;
	}
	if (!resolve_type(r, rs_of(t), n.loc))
		return r->ts->error;
	if (t->deprecated)
		deprecated_use(r, t, n.loc);
	return t;
}

/* A pointer's target needs no more than its name. */
static const struct mdc_type *pointer_to(struct resolver *r, struct ast_name n, struct loc loc)
{
	struct mdc_type *to = n.s ? atom_map_get(&r->types, n.s) : NULL;
	struct rs_type *t;
	struct diag *d;

	if (!to) {
		if (n.s)
			unknown_struct(r, n);
		return r->ts->error;
	}
	if (to->kind != MDC_STRUCT) {
		d = diag(r->ctx, CHK_type, n.loc, "a pointer to '%s', which is no struct", n.s);
		if (to->loc.src != UINT32_MAX)
			diag_label(d, to->loc, "this %s", rs_kind_text(to));
		diag_note(d, "programs read what a pointer points to by the struct's members");
		return r->ts->error;
	}
	t = rs_new_type(r, MDC_PTR, loc);
	t->t.base = to;
	t->t.size = t->t.align = 8;
	t->depth = 1;
	t->state = RS_DONE;
	return &t->t;
}

static const struct mdc_type *array_of(struct resolver *r, const struct mdc_type *of, uint32_t count,
				       struct loc loc)
{
	struct rs_type *t = rs_new_type(r, MDC_ARRAY, loc);

	t->t.base = of;
	t->t.count = count;
	t->t.size = of->size * count;
	t->t.align = of->align;
	rs_contain(t, of);
	t->broken = rs_of(of)->broken;
	t->state = RS_DONE;
	return &t->t;
}

/* @dim is outermost first, so the last is made first. */
static const struct mdc_type *dimensions(struct resolver *r, const struct mdc_type *t,
					 const struct ast *dim, int depth)
{
	uint64_t count;

	if (!dim)
		return t;
	if (depth == 8) {
		diag(r->ctx, CHK_type, dim->loc, "an array of more than 8 dimensions");
		return r->ts->error;
	}
	t = dimensions(r, t, dim->next, depth + 1);
	if (!rs_const_in(r, dim, "the length of an array", 1, RS_SIZE_MAX, &count))
		return r->ts->error;
	if (t->size && count > RS_SIZE_MAX / t->size) {
		diag(r->ctx, CHK_range, dim->loc, "an array of %llu times %u bytes is too large",
		     (unsigned long long)count, t->size);
		return r->ts->error;
	}
	return array_of(r, t, (uint32_t)count, dim->loc);
}

const struct mdc_type *rs_member_type(struct resolver *r, const struct ast_member *m,
				      const struct mdc_type *inline_type)
{
	const struct mdc_type *t = inline_type;

	if (m->pointer && inline_type) {
		diag(r->ctx, CHK_type, m->h.loc, "a pointer needs a struct that has a name");
		t = r->ts->error;
	} else if (m->pointer) {
		t = pointer_to(r, m->type, m->type.loc);
	} else if (!t) {
		t = rs_type_named(r, m->type);
	}
	return dimensions(r, t, m->dims, 0);
}

void rs_types(struct resolver *r)
{
	const struct ast *i;

	r->ts = arena_new_of(r->arena, struct rs_types);
	atom_map_init(&r->ts->bits_structs, r->arena);
	atom_map_init(&r->c_names, r->arena);
	declare_builtins(r);
	for (i = r->ast->items; i; i = i->next)
		declare_item(r, i);
	for (i = r->ast->items; i; i = i->next)
		if (i->kind == AST_VIEW_TYPE && ((const struct ast_view_type *)i)->name.s)
			declare_view_type(r, (const struct ast_view_type *)i);
	for (i = r->ast->items; i; i = i->next) {
		struct ast_name n = { 0 };
		struct mdc_type *t;

		if (i->kind == AST_ENUM)
			n = ((const struct ast_enum *)i)->name;
		else if (i->kind == AST_STRUCT)
			n = ((const struct ast_struct *)i)->name;
		else if (i->kind == AST_TYPEDEF)
			n = ((const struct ast_member *)((const struct ast_typedef *)i)->member)->name;
		else if (i->kind == AST_LAYOUT)
			n = ((const struct ast_layout *)i)->name;
		t = n.s ? atom_map_get(&r->types, n.s) : NULL;
		if (t && rs_of(t)->item)	/* not when it has a built-in's name */
			resolve_type(r, rs_of(t), n.loc);
	}
	r->m->types = r->ts->done.p;
	r->m->n_types = (uint32_t)r->ts->done.n;
}

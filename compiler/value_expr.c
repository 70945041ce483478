/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes an expression as it was written, gives it over a layout's leaves: what
 * `derive` and `valid` compute (model.h says with which meaning). Names are
 * looked for in the struct around, then outwards as far as the text goes inline;
 * constants come after, enumerators first where the other side is an enum.
 */
#include "foreign.h"
#include "types.h"

static struct mdc_v *new_v(struct rs_scope *s, enum mdc_v_kind kind, struct loc loc)
{
	struct mdc_v *v = arena_new_of(s->r->arena, struct mdc_v);

	v->kind = kind;
	v->loc = loc;
	return v;
}

static enum check check_of(const struct rs_scope *s)
{
	return s->of->v.role == MDC_VALID ? CHK_valid : s->of->v.role == MDC_TAG ? CHK_union_tag : CHK_derive;
}

static const struct mdc_v *constant(struct rs_scope *s, rs_int n, struct loc loc)
{
	struct mdc_v *v = new_v(s, MDC_V_CONST, loc);

	v->imm = (uint64_t)n;
	v->is_signed = n < 0;
	return v;
}

/* ---- names ---- */

static const char *inner_path(struct rs_scope *s, size_t scope, const char *path)
{
	return scope ? rs_atomf(s->r, "%.*s.%s", (int)scope, s->of->scope, path) : path;
}

/* The path in the struct around, or the one around that, down to the named type. */
static const char *in_scope(struct rs_scope *s, const char *path, uint32_t *leaf, struct rs_value **value)
{
	size_t n = strlen(s->of->scope), root = strlen(s->of->root);

	for (;;) {
		const char *full = inner_path(s, n, path);

		*leaf = rs_leaf_at(s->r, s->l, full);
		*value = atom_map_get(&s->l->value_paths, full);
		if (*leaf != UINT32_MAX || *value)
			return full;
		if (n <= root)
			return NULL;
		while (n > root && s->of->scope[n - 1] != '.')
			n--;
		n -= n > root;
	}
}

/* Behind a leaf's path: the indices of an element. */
static bool element(struct rs_scope *s, const struct mdc_leaf *leaf, const struct ast *e, uint32_t *elem)
{
	const struct mdc_type *t = mdc_type_strip(leaf->member->type);
	const struct ast_index *list[16], *x = (const struct ast_index *)e;
	int n = 0;
	rs_int i;

	for (; x->h.kind == AST_INDEX && n < 16; x = (const struct ast_index *)x->base)
		list[n++] = x;
	*elem = 0;
	while (n && t->kind == MDC_ARRAY) {
		if (!rs_const(s->r, list[--n]->index, NULL, &i))
			return false;
		if (i < 0 || i >= t->count) {
			diag_label(diag(s->r->ctx, CHK_range, list[n]->index->loc,
					"'%s' has the elements 0 to %u; there is no %s", leaf->path, t->count - 1,
					rs_int_text(s->r, i)), leaf->loc, "declared here");
			return false;
		}
		*elem = *elem * t->count + (uint32_t)i;
		t = mdc_type_strip(t->base);
	}
	if (!n && t->kind != MDC_ARRAY)
		return true;
	diag_note(diag(s->r->ctx, check_of(s), e->loc, "one number must stand here, and '%s' is %s", leaf->path,
		       n ? "no array of so many dimensions" : "an array"),
		  "name an element: `%s[0]`", leaf->path);
	return false;
}

static const struct ast *without_indices(const struct ast *e)
{
	while (e->kind == AST_INDEX)
		e = ((const struct ast_index *)e)->base;
	return e;
}

uint32_t rs_value_leaf(struct rs_scope *s, const struct ast *path, uint32_t *elem, bool *whole)
{
	const struct ast *base = without_indices(path);
	struct rs_value *value;
	uint32_t leaf;

	*elem = 0;
	*whole = base == path;
	if ((base->kind != AST_NAME && base->kind != AST_FIELD) ||
	    !in_scope(s, rs_path_text(s->r, base), &leaf, &value) || leaf == UINT32_MAX)
		return UINT32_MAX;
	if (!*whole && !element(s, &s->l->leaves.p[leaf], path, elem))
		return UINT32_MAX;
	return leaf;
}

static bool same_or_around(const struct mdc_cond *outer, const struct mdc_cond *inner)
{
	for (; inner; inner = inner->parent)
		if (inner == outer)
			return true;
	return !outer;
}

/* Of what is in an arm: a field or range, or (@f NULL) a value. */
static void other_arm(struct rs_scope *s, enum check check, const struct mdc_leaf *f, const struct mdc_value *of,
		      struct loc loc, const char *what)
{
	const struct mdc_cond *c = f ? f->cond : of->cond;
	bool in_word = c && !c->u;
	struct diag *d = diag(s->r->ctx, check, loc, "'%s' means something only in an arm of %s",
			      f ? f->path : of->path, in_word ? "its word's switch" : "a tagged union");

	diag_label(d, f ? f->loc : of->loc, "in this arm");
	if (in_word && f && f->is_range)
		diag_note(d, "read the word's bits and say when they mean something: `%s[%u:%u]`, and "
			  "`valid CONDITION`", f->member->name, f->bits->hi, f->bits->lo);
	else
		diag_note(d, "declare %s in a struct in that arm", what);
}

void rs_value_other_arm(struct rs_scope *s, enum check check, const struct mdc_leaf *f, struct loc loc,
			const char *what)
{
	other_arm(s, check, f, NULL, loc, what);
}

/* What is computed from one arm is there where that arm is, and so is as if it stood in it. */
bool rs_value_in_arm(struct rs_scope *s, const struct mdc_cond *c)
{
	struct mdc_value *v = &s->of->v;

	if (same_or_around(c, v->cond))
		return true;
	if ((v->role != MDC_DERIVE && v->role != MDC_ALIAS) || !same_or_around(v->cond, c))
		return false;
	v->cond = c;
	v->reads_arm = true;
	return true;
}

static bool readable(struct rs_scope *s, const struct mdc_leaf *f, struct loc loc)
{
	struct diag *d;

	if (f->kind == MDC_LEAF_PTR || f->kind == MDC_LEAF_MAC || f->kind == MDC_LEAF_BYTES) {
		d = diag(s->r->ctx, check_of(s), loc, "nothing can be computed from '%s': it is %s", f->path,
			 f->kind == MDC_LEAF_PTR ? "a pointer" : f->kind == MDC_LEAF_MAC ? "a MAC address" :
			 "an array");
		diag_label(d, f->loc, "declared here");
		if (f->kind == MDC_LEAF_BYTES)
			diag_note(d, "name an element, `%s[0]`, or give the bytes a value with an order: "
				  "`alias be32 NAME = %s;`", f->path, f->path);
		return false;
	}
	if (f->order == MDC_RAW && f->width > 8) {
		d = diag(s->r->ctx, check_of(s), loc, "nothing can be computed from '%s': it has no byte order",
			 f->path);
		diag_label(d, f->loc, "declared here");
		diag_note(d, "declare it with one, be%u or le%u", f->width, f->width);
		return false;
	}
	if (rs_value_in_arm(s, f->cond))
		return true;
	rs_value_other_arm(s, check_of(s), f, loc, "what is computed from it");
	return false;
}

const struct mdc_v *rs_value_field(struct rs_scope *s, uint32_t leaf, uint32_t elem, const char *text,
				   struct loc loc)
{
	const struct mdc_leaf *f = &s->l->leaves.p[leaf];
	struct mdc_v *v = new_v(s, MDC_V_FIELD, loc);

	v->leaf = leaf;
	v->elem = elem;
	v->text = text;
	v->width = (uint8_t)f->width;
	v->is_signed = f->kind == MDC_LEAF_SINT || (f->kind == MDC_LEAF_ENUM && !f->is_range &&
						    mdc_type_strip(f->type)->base->is_signed);
	return v;
}

/* Its own validity may not need what is only valid then. */
static bool valid_first(struct rs_scope *s, const struct mdc_leaf *f, struct loc loc)
{
	return !f->valid || rs_value_ready(s, (struct rs_value *)(uintptr_t)f->valid, loc);
}

static const struct mdc_v *field(struct rs_scope *s, const struct ast *e, uint32_t leaf, uint32_t elem)
{
	const struct mdc_leaf *f = &s->l->leaves.p[leaf];

	if (rs_of(f->type)->broken || f->is_pad || !valid_first(s, f, e->loc))
		return NULL;
	if (f->count > 1 || f->kind == MDC_LEAF_BYTES) {
		struct mdc_leaf one = *f;

		if (f->kind == MDC_LEAF_BYTES && e->kind == AST_INDEX)
			one.kind = MDC_LEAF_UINT;
		if (f->count > 1 && f->kind != MDC_LEAF_BYTES && e->kind != AST_INDEX)
			return element(s, f, e, &elem), NULL;	/* says so */
		if (!readable(s, &one, e->loc))
			return NULL;
	} else if (!readable(s, f, e->loc)) {
		return NULL;
	}
	return rs_value_field(s, leaf, elem, rs_path_text(s->r, e), e->loc);
}

static const struct mdc_v *value(struct rs_scope *s, const struct ast *e, struct rs_value *of)
{
	struct mdc_v *v;

	if (!rs_value_ready(s, of, e->loc))
		return NULL;
	if (!rs_value_in_arm(s, of->v.cond)) {
		other_arm(s, check_of(s), NULL, &of->v, e->loc, "what is computed from it");
		return NULL;
	}
	v = new_v(s, MDC_V_VALUE, e->loc);
	v->value = &of->v;
	v->is_signed = of->v.is_signed;
	v->text = rs_path_text(s->r, e);
	return v;
}

static void collect(struct rs_scope *s, struct atom_map *names)
{
	size_t n = strlen(s->of->scope);

	for (size_t i = 0; i < s->l->leaves.n; i++) {
		const char *p = s->l->leaves.p[i].path;

		if (!s->l->leaves.p[i].is_pad && (!n || (!strncmp(p, s->of->scope, n) && p[n] == '.')))
			atom_map_add(names, atom(s->r->ctx->atoms, n ? p + n + 1 : p), (void *)p);
	}
	for (size_t i = 0; i < s->l->values.n; i++)
		if (s->l->values.p[i]->v.name && s->l->values.p[i]->scope == s->of->scope)
			atom_map_add(names, s->l->values.p[i]->v.name, s->l);
}

/* `acme_kind.ipv4`, or as C calls it. */
static bool enumerator_alone(struct rs_scope *s, struct diag *d, const struct ast *e, const struct mdc_type *en)
{
	const struct ast_field *f = (const struct ast_field *)e;
	const struct mdc_type *t;

	if (e->kind == AST_NAME)
		return foreign_constant(d, (struct ast_name){ ((const struct ast_ident *)e)->s, e->loc }, en);
	if (e->kind != AST_FIELD || f->base->kind != AST_NAME)
		return false;
	t = atom_map_get(&s->r->types, ((const struct ast_ident *)f->base)->s);
	if (!t || mdc_type_strip(t)->kind != MDC_ENUM)
		return false;
	diag_note(d, "an enumerator stands alone, beside what has its enum: write %s", f->name.s);
	diag_fix(d, e->loc, f->name.s);
	return true;
}

static const struct mdc_v *unknown(struct rs_scope *s, const struct ast *e, const struct mdc_type *expected)
{
	const char *path = rs_path_text(s->r, e);
	struct atom_map names;
	struct diag *d;

	if (e->kind == AST_NAME && atom_map_get(&s->r->sources, path)) {
		d = diag(s->r->ctx, CHK_wrong_kind, e->loc, "'%s' is a source, not a field", path);
		diag_note(d, "programs compute this from the bytes that they have: write the source into a field");
		return NULL;
	}
	if (expected)
		d = diag(s->r->ctx, CHK_unknown_name, e->loc, "neither an enumerator of '%s' nor a field '%s' here",
			 expected->name, path);
	else
		d = diag(s->r->ctx, CHK_unknown_name, e->loc, "no field, range, alias or constant '%s' here", path);
	atom_map_init(&names, s->r->arena);
	for (uint32_t i = 0; expected && i < expected->n_enumerators; i++)
		atom_map_add(&names, expected->enumerators[i].name, (void *)expected);
	collect(s, &names);
	if (!enumerator_alone(s, d, e, expected))
		rs_suggest(s->r, d, path, &names);
	return NULL;
}

static bool is_enumerator(const struct mdc_type *t, const struct ast *e)
{
	const char *name = e->kind == AST_NAME ? ((const struct ast_ident *)e)->s : NULL;

	for (uint32_t i = 0; t && name && i < t->n_enumerators; i++)
		if (t->enumerators[i].name == name)
			return true;
	return false;
}

/* `config.NAME`, or NULL. */
static const char *config_name(const struct ast *e)
{
	const struct ast_field *f = (const struct ast_field *)e;

	if (e->kind != AST_FIELD || f->base->kind != AST_NAME ||
	    strcmp(((const struct ast_ident *)f->base)->s, "config"))
		return NULL;
	return f->name.s;
}

static const struct mdc_v *config(struct rs_scope *s, const struct ast *e)
{
	const struct mdc_config *c = atom_map_get(&s->r->configs, config_name(e));
	struct mdc_v *v;
	struct diag *d;

	if (!c) {
		d = diag(s->r->ctx, CHK_unknown_name, e->loc, "no configuration '%s'", config_name(e));
		rs_suggest(s->r, d, config_name(e), &s->r->configs);
		diag_note(d, "device configuration is declared: `config u8 %s;`", config_name(e));
		return NULL;
	}
	v = new_v(s, MDC_V_CONFIG, e->loc);
	v->config = c;
	return v;
}

static const struct mdc_v *name(struct rs_scope *s, const struct ast *e, const struct mdc_type *expected)
{
	struct rs_value *of;
	uint32_t leaf, elem = 0;
	bool is_const = e->kind == AST_NAME && atom_map_get(&s->r->consts, ((const struct ast_ident *)e)->s);
	rs_int n;

	if (is_enumerator(expected, e))
		return rs_const(s->r, e, expected, &n) ? constant(s, n, e->loc) : NULL;
	if (in_scope(s, rs_path_text(s->r, e), &leaf, &of))
		return of ? value(s, e, of) : field(s, e, leaf, elem);
	if (config_name(e))
		return config(s, e);
	if (is_const)
		return rs_const(s->r, e, NULL, &n) ? constant(s, n, e->loc) : NULL;
	return unknown(s, e, expected);
}

/* ---- operators ---- */

static const struct mdc_type *enum_of(struct rs_scope *s, const struct ast *e)
{
	struct rs_value *of = NULL;
	uint32_t leaf = UINT32_MAX;

	const struct mdc_config *config;

	e = without_indices(e);
	config = config_name(e) ? atom_map_get(&s->r->configs, config_name(e)) : NULL;
	if ((e->kind != AST_NAME && e->kind != AST_FIELD) ||
	    !in_scope(s, rs_path_text(s->r, e), &leaf, &of))
		return config ? config->enum_type : NULL;
	if (!of)
		return s->l->leaves.p[leaf].enum_type;
	rs_value_ready(s, of, e->loc);
	return of->v.enum_type;
}

static const struct mdc_v *slice(struct rs_scope *s, const struct ast *e, const struct mdc_v *a, const struct ast *hi,
				 const struct ast *lo)
{
	unsigned width = a->kind == MDC_V_FIELD ? a->width : a->kind == MDC_V_VALUE ? a->value->width : 64;
	struct mdc_v *v = new_v(s, MDC_V_SLICE, e->loc);
	rs_int h, l;

	if (!rs_const(s->r, hi, NULL, &h))
		return NULL;
	l = h;
	if (lo && !rs_const(s->r, lo, NULL, &l))
		return NULL;
	if (l < 0 || h < l || h >= (rs_int)width) {
		diag_note(diag(s->r->ctx, check_of(s), e->loc, "there are no bits [%s:%s]: this has %u bits",
			       rs_int_text(s->r, h), rs_int_text(s->r, l), width),
			  "the higher bit comes first: [%u:0] is all of it", width - 1);
		return NULL;
	}
	v->a = a;
	v->lo = (uint8_t)l;
	v->width = (uint8_t)(h - l + 1);
	return v;
}

/* NAME[i]: an element of an array, or one bit of a number. */
static const struct mdc_v *index_(struct rs_scope *s, const struct ast *e)
{
	const struct ast_index *x = (const struct ast_index *)e;
	const struct ast *base = without_indices(e);
	const struct mdc_v *a;
	struct rs_value *of;
	uint32_t leaf, elem;

	if ((base->kind == AST_NAME || base->kind == AST_FIELD) &&
	    in_scope(s, rs_path_text(s->r, base), &leaf, &of) && !of &&
	    mdc_type_strip(s->l->leaves.p[leaf].member->type)->kind == MDC_ARRAY)
		return element(s, &s->l->leaves.p[leaf], e, &elem) ? field(s, e, leaf, elem) : NULL;
	a = rs_value_expr(s, x->base, NULL);
	return a ? slice(s, e, a, x->index, NULL) : NULL;
}

static const struct mdc_v *unary(struct rs_scope *s, const struct ast_unary *e)
{
	struct mdc_v *v = new_v(s, MDC_V_UNARY, e->h.loc);

	v->op = (int)e->op;
	v->a = rs_value_expr(s, e->a, NULL);
	if (!v->a)
		return NULL;
	v->is_signed = e->op == OP_NEG || (e->op == OP_COM && v->a->is_signed);
	return v;
}

/* What a constant on the right side must not be. */
static bool right_side(struct rs_scope *s, const struct ast_binary *e, const struct mdc_v *b)
{
	if (b->kind != MDC_V_CONST)
		return true;
	if ((e->op == OP_DIV || e->op == OP_MOD) && !b->imm) {
		diag(s->r->ctx, CHK_constant, e->b->loc, "division by zero");
		return false;
	}
	if ((e->op == OP_SHL || e->op == OP_SHR) && b->imm > 63) {
		diag(s->r->ctx, CHK_constant, e->b->loc, "a shift by %s; 0 to 63 are possible",
		     rs_int_text(s->r, b->is_signed ? (rs_int)(int64_t)b->imm : (rs_int)b->imm));
		return false;
	}
	return true;
}

static bool gives_sign(const struct ast_binary *e, const struct mdc_v *a, const struct mdc_v *b)
{
	switch (e->op) {
	case OP_ADD: case OP_SUB: case OP_MUL: case OP_DIV: case OP_MOD: case OP_AND: case OP_OR: case OP_XOR:
		return a->is_signed || b->is_signed;
	case OP_SHL: case OP_SHR:
		return a->is_signed;
	default:
		return false;
	}
}

static const struct mdc_v *binary(struct rs_scope *s, const struct ast_binary *e)
{
	struct mdc_v *v = new_v(s, MDC_V_BINARY, e->h.loc);
	const struct mdc_type *of_a = enum_of(s, e->a), *of_b;

	/*
	 * `kind == hash`: the enumerator, even where a field or value, that declared here perhaps, is called so,
	 * too.
	 */
	of_b = is_enumerator(of_a, e->b) ? NULL : enum_of(s, e->b);
	v->op = (int)e->op;
	v->a = rs_value_expr(s, e->a, of_b);
	/* What an enumerator beside something unknown is, cannot be told. */
	v->b = v->a || e->b->kind != AST_NAME ? rs_value_expr(s, e->b, of_a) : NULL;
	if (!v->a || !v->b || !right_side(s, e, v->b))
		return NULL;
	v->is_signed = gives_sign(e, v->a, v->b);
	return v;
}

static const struct mdc_v *cond(struct rs_scope *s, const struct ast_cond *e, const struct mdc_type *expected)
{
	struct mdc_v *v = new_v(s, MDC_V_COND, e->h.loc);

	v->a = rs_value_expr(s, e->c, NULL);
	v->b = rs_value_expr(s, e->a, expected);
	v->c = rs_value_expr(s, e->b, expected);
	if (!v->a || !v->b || !v->c)
		return NULL;
	v->is_signed = v->b->is_signed || v->c->is_signed;
	return v;
}

static bool asks_packet(const char *name)
{
	static const char *const all[] = { "present", "offset", "length", "count", "lookahead" };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!strcmp(name, all[i]))
			return true;
	return false;
}

const struct mdc_v *rs_value_expr(struct rs_scope *s, const struct ast *e, const struct mdc_type *expected)
{
	const struct ast_slice *x = (const struct ast_slice *)e;
	const struct mdc_v *a;
	rs_int n;

	switch (e->kind) {
	case AST_NAME:
	case AST_FIELD:
		return name(s, e, expected);
	case AST_INDEX:
		return index_(s, e);
	case AST_SLICE:
		a = rs_value_expr(s, x->base, NULL);
		return a ? slice(s, e, a, x->hi, x->lo) : NULL;
	case AST_CALL:
		if (!asks_packet(((const struct ast_call *)e)->name.s)) {
			diag_note(diag(s->r->ctx, check_of(s), e->loc, "there are no functions here, such as '%s()'",
				       ((const struct ast_call *)e)->name.s),
				  "a choice is `A ? B : C`, and byte orders convert by themselves");
			return NULL;
		}
		diag_note(diag(s->r->ctx, check_of(s), e->loc, "'%s()' asks the packet, and this is computed from "
			       "the bytes of the layout", ((const struct ast_call *)e)->name.s),
			  "write it into a field of the metadata, and compute from that");
		return NULL;
	case AST_INT:
		return constant(s, (rs_int)((const struct ast_int *)e)->value, e->loc);
	default:
		break;
	}
	if (rs_is_const(s->r, e, expected))
		return rs_const(s->r, e, expected, &n) ? constant(s, n, e->loc) : NULL;
	switch (e->kind) {
	case AST_UNARY:
		return unary(s, (const struct ast_unary *)e);
	case AST_BINARY:
		return binary(s, (const struct ast_binary *)e);
	case AST_COND:
		return cond(s, (const struct ast_cond *)e, expected);
	default:
		diag(s->r->ctx, check_of(s), e->loc, "this cannot be computed from a layout's fields");
		return NULL;
	}
}

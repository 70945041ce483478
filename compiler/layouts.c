/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The layouts: metadata first, then descriptors, each with its size checked,
 * its leaves and its identity; and finding a leaf by a path as it is written in
 * assignments and views.
 */
#include "states.h"
#include "types.h"

/* Kernels: at most 32 bytes in older ones, such as 6.1, 252 in newer ones, such as 6.12; a multiple of 4 always. */
#define METADATA_MAX	252
#define METADATA_OLD	32

static void check_metadata_size(struct resolver *r, const struct mdc_layout *l)
{
	struct diag *d;

	if (l->size > METADATA_MAX) {
		d = diag(r->ctx, CHK_metadata_size, l->loc, "metadata '%s' has %u bytes; %d are the most",
			 l->name, l->size, METADATA_MAX);
		diag_note(d, "no kernel takes more in front of a packet");
	} else if (l->size % 4) {
		d = diag(r->ctx, CHK_metadata_size, l->loc,
			 "metadata '%s' has %u byte%s, which is no multiple of 4", l->name, l->size,
			 l->size == 1 ? "" : "s");
		diag_note(d, "add `reserved %u;`: kernels refuse it otherwise", 4 - l->size % 4);
	} else if (l->size > METADATA_OLD) {
		d = diag(r->ctx, CHK_kernel_size, l->loc, "metadata '%s' has %u bytes", l->name, l->size);
		diag_note(d, "old kernels (6.1 LTS among them; 6.12 takes more) take at most %d", METADATA_OLD);
	}
}

static void check_size(struct resolver *r, struct rs_layout *l)
{
	if (!l->l.type->n_members) {
		if (!l->ast->body->members)
			diag(r->ctx, CHK_metadata_size, l->l.loc, "%s '%s' is empty",
			     l->l.is_descriptor ? "descriptor" : "metadata", l->l.name);
		l->broken = true;
	} else if (l->l.is_descriptor && l->l.size > RS_DESCRIPTOR_MAX) {
		diag(r->ctx, CHK_metadata_size, l->l.loc, "descriptor '%s' has %u bytes; %d are the most",
		     l->l.name, l->l.size, RS_DESCRIPTOR_MAX);
		l->broken = true;
	} else if (!l->l.is_descriptor && !rs_of(l->l.type)->broken) {
		check_metadata_size(r, &l->l);
	}
}

static struct rs_layout *new_layout(struct resolver *r, const struct ast_layout *ast,
				    const struct mdc_type *type)
{
	struct rs_layout *l = arena_new_of(r->arena, struct rs_layout);

	l->ast = ast;
	l->l.name = ast->name.s;
	l->l.is_descriptor = ast->is_descriptor;
	l->l.type = type;
	l->l.size = type->size;
	l->l.id_name = rs_upper(r, ast->name.s, "LAYOUT_ID");
	l->l.doc = ast->h.doc;
	l->l.id_leaf = UINT32_MAX;
	atom_map_init(&l->paths, r->arena);
	atom_map_init(&l->value_paths, r->arena);
	l->l.loc = ast->name.loc;
	rs_take_c_name(r, l->l.id_name, &ast->name.loc);
	atom_map_add(&r->layouts, l->l.name, &l->l);
	check_size(r, l);
	return l;
}

/* Those of one kind; a second one of a name has no type of its own. */
static size_t add_layouts(struct resolver *r, bool descriptors, const struct mdc_layout **list, size_t n)
{
	for (const struct ast *i = r->ast->items; i; i = i->next) {
		const struct ast_layout *ast = (const struct ast_layout *)i;
		const struct mdc_type *t;

		if (i->kind != AST_LAYOUT || ast->is_descriptor != descriptors || !ast->name.s)
			continue;
		t = atom_map_get(&r->types, ast->name.s);
		if (!t || rs_of(t)->item != i)
			continue;
		list[n] = &new_layout(r, ast, t)->l;
		((struct mdc_layout *)list[n])->idx = (uint32_t)n;
		n++;
	}
	return n;
}

static void check_ids(struct resolver *r)
{
	struct mdc_model *m = r->m;
	struct atom_map seen;	/* the id's text -> layout: linear for many layouts */

	atom_map_init(&seen, r->arena);
	for (uint32_t i = 0; i < m->n_layouts; i++) {
		const struct mdc_layout *l = m->layouts[i], *first;
		struct diag *d;

		if (rs_layout_of(l)->broken)
			continue;
		first = atom_map_add(&seen, rs_atomf(r, "%u", l->id), (void *)l);
		if (!first)
			continue;
		d = diag(r->ctx, CHK_layout_id, l->loc, "layouts '%s' and '%s' have the same id, 0x%08x",
			 first->name, l->name, l->id);
		diag_label(d, first->loc, "the other one");
		diag_note(d, "programs tell layouts by their ids; give one another: `%s %s id 0x...`",
			  l->is_descriptor ? "descriptor" : "metadata", l->name);
	}
}

/* Ids at the front: no word may have two of them. */
static void check_first_ids(struct resolver *r)
{
	struct mdc_model *m = r->m;

	for (uint32_t i = 0; i < m->n_layouts; i++) {
		const struct mdc_layout *a = m->layouts[i];

		for (uint32_t k = 0; k < i && a->id_first && !rs_layout_of(a)->broken; k++) {
			const struct mdc_layout *b = m->layouts[k];
			struct diag *d;

			if (!b->id_first || rs_layout_of(b)->broken || a->id == b->id ||
			    ((a->id ^ b->id) & ~(a->id_any | b->id_any)))
				continue;
			d = diag(r->ctx, CHK_layout_id, a->loc, "the first word can be that of '%s' and of '%s'",
				 a->name, b->name);
			diag_label(d, b->loc, "the other one");
			diag_note(d, "they are 0x%x and 0x%x, and the bits 0x%x may be anything", a->id, b->id,
				  a->id_any | b->id_any);
		}
	}
}

static void name_any(struct resolver *r)
{
	for (uint32_t i = 0; i < r->m->n_layouts; i++) {
		const struct mdc_layout *l = r->m->layouts[i];

		if (!l->id_first)
			continue;
		r->m->any_enum = rs_atomf(r, "%s_any", r->m->layout_enum);
		rs_take_c_name(r, l->any_name, &l->loc);
	}
}

/* enum PREFIX_layout holds the ids. */
static void name_enum(struct resolver *r)
{
	const char *prefix = r->m->device.prefix;
	const struct mdc_type *taken;

	r->m->layout_enum = prefix ? rs_atomf(r, "%s_layout", prefix) : atom(r->ctx->atoms, "layout");
	taken = atom_map_get(&r->types, r->m->layout_enum);
	if (taken && r->m->n_layouts)
		diag_note(diag(r->ctx, CHK_duplicate_name, taken->loc,
			       "'%s' is the name of the enum of the layouts' ids", taken->name),
			  "choose another name");
}

void rs_layouts(struct resolver *r)
{
	const struct mdc_layout **list;
	size_t n = 0;

	ast_each(i, r->ast->items)
		n += i->kind == AST_LAYOUT;
	list = arena_array(r->arena, const struct mdc_layout *, n);
	r->m->layouts = list;
	n = add_layouts(r, false, list, 0);
	r->m->n_metadata = (uint32_t)n;
	r->m->n_layouts = (uint32_t)add_layouts(r, true, list, n);
	for (uint32_t i = 0; i < r->m->n_layouts; i++) {
		struct rs_layout *l = rs_layout_of(list[i]);

		if (l->l.size > RS_DESCRIPTOR_MAX)
			l->broken = true;
		else
			rs_leaves(r, l);
		if (!l->broken)
			rs_values(r, l);
		if (l->broken)
			l->l.canonical = "";
		else
			rs_id(r, l);
	}
	rs_values_elsewhere(r);
	check_ids(r);
	check_first_ids(r);
	name_enum(r);
	name_any(r);
}

/* ---- paths ---- */

/* A path taken apart: names and indices, in order. */
struct step { struct ast_name name; const struct ast *index; };

struct path {
	struct resolver *r;
	struct step *steps;
	int n;
};

#define PATH_MAX_STEPS	64

/* False after a diagnostic. */
static bool take_apart(struct path *p, const struct ast *e, int *skip)
{
	const struct ast_field *f = (const struct ast_field *)e;
	const struct ast_index *x = (const struct ast_index *)e;
	struct step s = { 0 };

	switch (e->kind) {
	case AST_NAME:
		s.name = (struct ast_name){ ((const struct ast_ident *)e)->s, e->loc };
		break;
	case AST_FIELD:
		if (!take_apart(p, f->base, skip))
			return false;
		s.name = f->name;
		break;
	case AST_INDEX:
		if (!take_apart(p, x->base, skip))
			return false;
		s.index = x->index;
		break;
	case AST_SLICE:
		diag_note(diag(p->r->ctx, CHK_wrong_kind, e->loc, "a slice is not a field"),
			  "name the bits in the layout: `TYPE word NAME { x [HI:LO]; }`");
		return false;
	default:
		diag(p->r->ctx, CHK_wrong_kind, e->loc, "a field must stand here: NAME, NAME.NAME, NAME[N]");
		return false;
	}
	if (*skip > 0) {
		--*skip;
		return true;
	}
	if (p->n == PATH_MAX_STEPS) {
		diag(p->r->ctx, CHK_range, e->loc, "a path of more than %d parts", PATH_MAX_STEPS);
		return false;
	}
	p->steps[p->n++] = s;
	return true;
}

/* Where the walk along a path has come to. */
struct place {
	const struct mdc_layout *layout;
	const struct mdc_type *t;	/* stripped */
	const struct mdc_member *member;
	const struct mdc_bits *bits;
	const char *path;		/* of the leaf or struct, without indices into a leaf */
	uint64_t elem;
	bool array_of_leaves;
};

static bool has_members(const struct mdc_type *t)
{
	t = mdc_type_strip(t);
	while (t->kind == MDC_ARRAY)
		t = mdc_type_strip(t->base);
	return t->kind == MDC_STRUCT || t->kind == MDC_UNION;
}

/* An alias or a derived value where a field must stand. */
static bool is_computed(struct resolver *r, const struct mdc_layout *l, const char *around, struct ast_name n)
{
	const char *path = *around ? rs_atomf(r, "%s.%s", around, n.s) : n.s;
	const struct mdc_value *v = rs_value_at(r, l, path);
	struct diag *d;

	if (!v)
		return false;
	d = diag(r->ctx, CHK_wrong_kind, n.loc, "'%s' is computed, not stored: there are no such bytes", path);
	diag_label(d, v->loc, v->role == MDC_ALIAS ? "an alias" : "a derived value");
	diag_note(d, v->role == MDC_ALIAS ? "write its pieces: %s" : "write what it is computed from: %s", v->text);
	return true;
}

static bool step_name(struct resolver *r, struct place *at, struct ast_name n)
{
	const struct mdc_member *m = at->member;

	if (m && m->bits && !at->bits) {
		at->bits = rs_find_bits(m, n.s);
		if (at->bits) {
			at->path = rs_atomf(r, "%s.%s", at->path, n.s);
			return true;
		}
		rs_unknown_bits(r, n, m);
		return false;
	}
	if (at->t->kind != MDC_STRUCT && at->t->kind != MDC_UNION) {
		diag_note(diag(r->ctx, CHK_wrong_kind, n.loc, "'%s' is %s and has no member '%s'", at->path,
			       at->t->kind == MDC_ARRAY ? "an array" :
			       at->t->kind == MDC_PTR ? "a pointer" : "a number", n.s),
			  at->t->kind == MDC_ARRAY ? "name one element: [0]" :
			  at->t->kind == MDC_PTR ? "what it points to is not a part of the layout" :
			  "bits of a number have names in a `word`");
		return false;
	}
	m = rs_find_member(at->t, n.s, NULL);
	if (!m && is_computed(r, at->layout, at->path, n))
		return false;
	if (!m || m->pad) {
		rs_unknown_member(r, n, at->t);
		return false;
	}
	at->member = m;
	at->path = *at->path ? rs_atomf(r, "%s.%s", at->path, n.s) : n.s;
	at->t = mdc_type_strip(m->type);
	at->array_of_leaves = at->t->kind == MDC_ARRAY && !has_members(at->t);
	return !rs_of(m->type)->broken;
}

static bool step_index(struct resolver *r, struct place *at, const struct ast *index)
{
	rs_int i;

	if (at->t->kind != MDC_ARRAY) {
		diag(r->ctx, CHK_wrong_kind, index->loc, "'%s' is no array", *at->path ? at->path : "this");
		return false;
	}
	if (!rs_const(r, index, NULL, &i))
		return false;
	if (i < 0 || i >= at->t->count) {
		diag_label(diag(r->ctx, CHK_range, index->loc, "'%s' has the elements 0 to %u; there is no %s",
				at->path, at->t->count - 1, rs_int_text(r, i)),
			   at->member->loc, "declared here");
		return false;
	}
	if (at->array_of_leaves)
		at->elem = at->elem * at->t->count + (uint64_t)i;
	else
		at->path = rs_atomf(r, "%s[%s]", at->path, rs_int_text(r, i));
	at->t = mdc_type_strip(at->t->base);
	return true;
}

/* A struct or a whole array of numbers is no leaf. */
static bool is_leaf(struct resolver *r, const struct place *at, const struct mdc_leaf *leaf, struct loc loc)
{
	struct diag *d;

	if (!leaf) {
		d = diag(r->ctx, CHK_wrong_kind, loc, "'%s' is %s as a whole; one field must stand here",
			 at->path, at->t->kind == MDC_ARRAY ? "an array" :
			 at->t->kind == MDC_UNION ? "a union" : "a struct");
		diag_label(d, at->member->loc, "declared here");
		return false;
	}
	if (at->t->kind == MDC_ARRAY && (leaf->kind != MDC_LEAF_BYTES || at->t != mdc_type_strip(leaf->member->type))) {
		d = diag(r->ctx, CHK_wrong_kind, loc, "'%s' is an array of %u as a whole; one element must stand here",
			 at->path, at->t->count);
		diag_label(d, at->member->loc, "declared here");
		diag_note(d, "name an element: `%s[0]`", at->path);
		return false;
	}
	return true;
}

bool rs_leaf(struct resolver *r, const struct mdc_layout *layout, const struct ast *path, int skip,
	     uint32_t *leaf, uint32_t *elem, bool *whole)
{
	struct step steps[PATH_MAX_STEPS];
	struct path p = { .r = r, .steps = steps };
	struct place at = { .layout = layout, .t = layout->type, .path = "" };
	const struct mdc_leaf *found;
	bool in_state = skip;
	uint32_t idx;

	if (!take_apart(&p, path, &skip))
		return false;
	for (int i = 0; in_state && i < p.n; i++)
		if (!steps[i].index)
			steps[i].name.s = ps_member(r, steps[i].name.s);
	if (!p.n) {
		diag_note(diag(r->ctx, CHK_wrong_kind, path->loc, "the metadata as a whole cannot be written"),
			  "write one field: `meta.NAME = ...;`");
		return false;
	}
	for (int i = 0; i < p.n; i++) {
		if (steps[i].index ? !step_index(r, &at, steps[i].index) : !step_name(r, &at, steps[i].name))
			return false;
	}
	idx = rs_leaf_at(r, rs_layout_of(layout), at.path);
	found = idx != UINT32_MAX ? &layout->leaves[idx] : NULL;
	if (!found && rs_layout_of(layout)->broken && !has_members(at.t))
		return false;	/* too many fields */
	if (!is_leaf(r, &at, found, path->loc))
		return false;
	*leaf = idx;
	*elem = (uint32_t)at.elem;
	*whole = found->kind == MDC_LEAF_MAC || (found->kind == MDC_LEAF_BYTES && at.t->kind == MDC_ARRAY);
	return true;
}

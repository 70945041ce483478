/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A layout's leaves: its struct walked down to the members that hold values,
 * each with its path, its place, its kind, and the condition under which it
 * means something. Also the rules that stand in the text (`= EXPR`), still
 * without their expressions resolved. Leaves are in the order of the members,
 * bit ranges right behind their word, a condition's parent before it.
 */
#include "foreign.h"
#include "types.h"

/* The arms of one tagged union at one place: their tag is looked up at the end. */
struct open_tag {
	const char *scope;	/* path of the struct around the union; "" for the layout; of a word itself */
	const char *root;	/* of the named type around */
	const char *path;	/* of the union or word */
	const void *of;		/* as in struct mdc_cond */
	const char *tag;	/* as written */
	const struct ast *expr;	/* where it is computed; else NULL */
	struct loc loc;
	uint32_t first, n;	/* in conds */
	const struct mdc_cond *parent;
	struct rs_value *valid;	/* of the union or word */
	bool is_word;
};

struct walk {
	struct resolver *r;
	struct rs_layout *l;
	VEC(struct open_tag) open;
	const char *root;		/* path of the named type around */
	struct rs_value *valid;		/* of the struct or union around */
	struct atom_map crossing;	/* members that check_container() found: once is enough */
	bool too_many;
};

static void walk_body(struct walk *w, const struct mdc_type *t, const char *path, const char *scope,
		      uint32_t bit, const struct mdc_cond *cond);

static const char *join(struct walk *w, const char *path, const char *name)
{
	return *path ? rs_atomf(w->r, "%s.%s", path, name) : name;
}

static void push_leaf(struct walk *w, struct mdc_leaf leaf)
{
	struct rs_layout *l = w->l;

	if (l->leaves.n == RS_LEAVES_MAX) {
		if (!w->too_many)
			diag(w->r->ctx, CHK_range, l->l.loc, "%s '%s' has more than %d fields",
			     l->l.is_descriptor ? "descriptor" : "metadata", l->l.name, RS_LEAVES_MAX);
		w->too_many = l->broken = true;
		return;
	}
	*vec_push(w->r->arena, &l->leaves) = leaf;
}

static const struct mdc_type *element_of(const struct mdc_type *t, uint32_t *count)
{
	*count = 1;
	for (;;) {
		const struct mdc_type *s = mdc_type_strip(t);

		if (s->kind != MDC_ARRAY)
			return t;
		*count *= s->count;
		t = s->base;
	}
}

/* Kind, width and order by the element's type. */
static void classify(struct mdc_leaf *leaf, const struct mdc_type *type)
{
	const struct mdc_type *t = mdc_type_strip(type);
	const struct mdc_type *base = t->kind == MDC_ENUM ? t->base : t;

	leaf->type = type;
	leaf->width = (uint16_t)(t->size * 8);
	leaf->bytes = (uint8_t)t->size;
	leaf->stride = t->size;
	leaf->order = base->order;
	switch (t->kind) {
	case MDC_ENUM:
		leaf->kind = MDC_LEAF_ENUM;
		leaf->enum_type = t;
		break;
	case MDC_BOOL:
		leaf->kind = MDC_LEAF_BOOL;
		break;
	case MDC_PTR:
		leaf->kind = MDC_LEAF_PTR;
		break;
	case MDC_MAC:
		leaf->kind = MDC_LEAF_MAC;
		break;
	default:
		leaf->kind = base->is_signed ? MDC_LEAF_SINT : MDC_LEAF_UINT;
	}
}

/* An array of u8 is bytes, whatever typedefs are around. */
static bool is_bytes(const struct mdc_type *member, const struct mdc_type *elem)
{
	const struct mdc_type *e = mdc_type_strip(elem);

	return mdc_type_strip(member)->kind == MDC_ARRAY && e->kind == MDC_INT && e->bits == 8 &&
	       !e->is_signed;
}

/*
 * CO-RE reads a bit field by an aligned load of its type's size, doubled up to 8
 * bytes until the field fits. libbpf refuses what does not, and the verifier a
 * load past the end.
 */
static void check_container(struct walk *w, const struct mdc_leaf *leaf, uint32_t bit)
{
	uint32_t size = leaf->stride, off = bit / 8 / size * size;
	struct diag *d;

	if (w->l->scratch)
		return;
	while (bit + leaf->width > (off + size) * 8 && size < 8) {
		size *= 2;
		off = bit / 8 / size * size;
	}
	if (bit + leaf->width <= (off + size) * 8 && off + size <= w->l->l.size)
		return;
	if (atom_map_add(&w->crossing, (const void *)leaf->member, w))
		return;
	if (bit + leaf->width > (off + size) * 8) {
		d = diag(w->r->ctx, CHK_cross_container, leaf->loc,
			 "bit field '%s' crosses an aligned container of 8 bytes: CO-RE cannot read it",
			 leaf->path);
		diag_note(d, "split it where byte %u begins, or make it a part of a word",
			  (bit + leaf->width) / 64 * 8);
	} else {
		d = diag(w->r->ctx, CHK_cross_container, leaf->loc,
			 "CO-RE reads bit field '%s' by %u bytes from byte %u, past the end of '%s'",
			 leaf->path, size, off, w->l->l.name);
		diag_note(d, "use a smaller type for it: its storage then ends with the layout");
	}
}

/* ---- what is computed ---- */

static struct rs_value *push_value(struct walk *w, enum mdc_value_role role, const struct ast *node,
				   const struct ast *expr, const char *path, const char *scope,
				   const struct mdc_cond *cond, struct loc loc)
{
	struct rs_value *v = arena_new_of(w->r->arena, struct rs_value);

	v->v.role = role;
	v->v.path = path;
	v->v.cond = cond;
	v->v.loc = loc;
	v->v.valid = w->valid ? &w->valid->v : NULL;
	v->node = node;
	v->expr = expr;
	v->scope = scope;
	v->root = w->root;
	*vec_push(w->r->arena, &w->l->values) = v;
	return v;
}

/* `valid EXPR` of what stands at @path; NULL: that of what is around. */
static const struct mdc_value *valid_of(struct walk *w, const struct ast *expr, const char *path, const char *scope,
					const struct mdc_cond *cond, struct loc loc)
{
	if (!expr)
		return w->valid ? &w->valid->v : NULL;
	return &push_value(w, MDC_VALID, expr, expr, path, scope, cond, loc)->v;
}

static void computed(struct walk *w, struct rs_type *t, const char *path, const char *scope,
		     const struct mdc_cond *cond, uint32_t first_leaf)
{
	VEC(const struct mdc_value *) list = { 0 };

	for (size_t i = 0; i < t->computed.n; i++) {
		const struct ast_member *m = t->computed.p[i];
		struct rs_value *outer = w->valid, *v;

		if (m->attrs->valid)
			w->valid = push_value(w, MDC_VALID, m->attrs->valid, m->attrs->valid,
					      join(w, path, m->name.s), scope, cond, m->attrs->valid->loc);
		v = push_value(w, m->h.kind == AST_ALIAS ? MDC_ALIAS : MDC_DERIVE, &m->h, m->attrs->writer,
			       join(w, path, m->name.s), scope, cond, m->name.loc);
		w->valid = outer;
		v->first_leaf = first_leaf;
		v->end_leaf = (uint32_t)w->l->leaves.n;
		v->to = m->attrs->writer_to;
		v->type = m->type;
		v->v.name = m->name.s;
		v->v.unit = rs_unit(w->r, m->attrs->unit);
		v->v.doc = m->h.doc;
		v->v.deprecated = rs_string(m->attrs->deprecated);
		atom_map_add(&w->l->value_paths, v->v.path, v);
		*vec_push(w->r->arena, &list) = &v->v;
	}
	if (!t->t.values) {
		t->t.values = list.p;
		t->t.n_values = (uint32_t)list.n;
	}
}

/* Of the range @name, be it in an arm; names in a word differ. */
static const struct ast *range_valid(struct ast *ranges, const char *name)
{
	const struct ast *valid = NULL;

	ast_each(i, ranges) {
		if (i->kind == AST_RANGE && ((const struct ast_range *)i)->name.s == name)
			return ((const struct ast_range *)i)->valid;
		if (i->kind != AST_RANGE_SWITCH)
			continue;
		ast_each(arm, ((const struct ast_range_switch *)i)->arms)
			if (!valid)
				valid = range_valid(((const struct ast_range_arm *)arm)->ranges, name);
	}
	return valid;
}

/* The values of all arms but the default one, which @c is for. */
static void negate(struct walk *w, struct mdc_cond *c, const struct mdc_type *u, const struct rs_word_switch *sw)
{
	VEC(struct mdc_value_range) others = { 0 };

	for (uint32_t i = 0; u && i < u->n_members; i++)
		for (uint32_t j = 0; j < u->members[i].n_arm; j++)
			*vec_push(w->r->arena, &others) = u->members[i].arm[j];
	for (size_t i = 0; sw && i < sw->arms.n; i++)
		for (uint32_t j = 0; j < sw->arms.p[i]->a.n_values; j++)
			*vec_push(w->r->arena, &others) = sw->arms.p[i]->a.values[j];
	c->negate = true;
	c->values = others.p;
	c->n_values = (uint32_t)others.n;
}

static struct mdc_cond *new_cond(struct walk *w, const struct mdc_cond *parent, const struct mdc_value_range *values,
				 uint32_t n, bool is_default)
{
	struct mdc_cond *c = arena_new_of(w->r->arena, struct mdc_cond);

	c->parent = parent;
	c->idx = (uint32_t)w->l->conds.n;
	c->values = c->own = values;
	c->n_values = c->n_own = n;
	c->is_default = is_default;
	c->valid = w->valid ? &w->valid->v : NULL;
	*vec_push(w->r->arena, &w->l->conds) = c;
	return c;
}

static const struct mdc_cond *arm_cond(struct walk *w, const struct mdc_type *u,
				       const struct mdc_member *arm, const char *path, uint32_t bit,
				       const struct mdc_cond *parent)
{
	struct mdc_cond *c = new_cond(w, parent, arm->arm, arm->n_arm, arm->arm_default);

	c->u = u;
	c->arm = arm;
	c->of = u;
	c->which = arm;
	c->name = arm->name;
	c->tag = u->tag;
	c->loc = arm->loc;
	if (arm->arm_default)
		negate(w, c, u, NULL);
	*vec_push(w->r->arena, &w->l->parts) = (struct rs_part){
		.path = path, .bit_off = bit, .bits = arm->type->size * 8, .type = arm->type, .cond = c };
	return c;
}

/* Conditions for the arms of a word's switches, parents first; their tags are looked for in the word, then around. */
static const struct mdc_cond **word_conds(struct walk *w, const struct mdc_leaf *word)
{
	const struct mdc_member *m = word->member;
	const struct mdc_cond **conds = arena_array(w->r->arena, const struct mdc_cond *, m->n_word_arms + 1);

	for (uint32_t i = 0; i < m->n_word_arms; i++) {
		const struct rs_word_arm *arm = (const struct rs_word_arm *)m->word_arms[i];
		const struct mdc_cond *parent = word->cond;
		struct mdc_cond *c;

		for (uint32_t k = 0; k < i; k++)
			if (m->word_arms[k] == arm->a.parent)
				parent = conds[k];
		c = new_cond(w, parent, arm->a.values, arm->a.n_values, arm->a.is_default);
		c->of = arm->sw;
		c->which = arm;
		c->tag = arm->a.tag;
		c->loc = arm->a.loc;
		if (arm->a.is_default)
			negate(w, c, NULL, arm->sw);
		conds[i] = c;
		if (arm == arm->sw->arms.p[0])
			*vec_push(w->r->arena, &w->open) = (struct open_tag){
				.scope = word->path, .root = w->root, .path = word->path, .of = arm->sw,
				.tag = arm->a.tag, .expr = arm->sw->computed ? arm->sw->tag : NULL,
				.loc = arm->sw->tag->loc, .first = c->idx, .n = (uint32_t)arm->sw->arms.n,
				.parent = parent, .valid = w->valid, .is_word = true };
	}
	return conds;
}

/* Conditions of ranges see the word's other ranges first. */
static void range_leaves(struct walk *w, const struct mdc_leaf word, const struct ast_member *ast)
{
	const struct mdc_value *around = word.valid;
	struct rs_value *outer = w->valid;

	const struct mdc_member *m = word.member;
	const struct mdc_cond **conds;

	w->valid = (struct rs_value *)(uintptr_t)around;
	conds = word_conds(w, &word);
	for (uint32_t i = 0; i < m->n_bits; i++) {
		const struct mdc_bits *b = &m->bits[i];
		struct mdc_leaf leaf = word;

		for (uint32_t k = 0; k < m->n_word_arms; k++)
			if (m->word_arms[k] == b->arm)
				leaf.cond = conds[k];

		leaf.path = rs_atomf(w->r, "%s.%s", word.path, b->name);
		leaf.width = (uint16_t)(b->hi - b->lo + 1);
		leaf.shift = b->lo;
		leaf.kind = b->enum_type ? MDC_LEAF_ENUM : MDC_LEAF_UINT;
		leaf.enum_type = b->enum_type;
		leaf.is_word = false;
		leaf.is_range = true;
		leaf.bits = b;
		leaf.unit = b->unit;
		leaf.doc = b->doc;
		leaf.deprecated = b->deprecated ? b->deprecated : word.deprecated;
		leaf.loc = b->loc;
		w->valid = (struct rs_value *)(uintptr_t)around;
		leaf.valid = valid_of(w, range_valid(ast ? ast->ranges : NULL, b->name), leaf.path, word.path,
				      leaf.cond, b->loc);
		if (leaf.valid != around && !b->valid)
			((struct mdc_bits *)b)->valid = leaf.valid;
		push_leaf(w, leaf);
	}
	w->valid = outer;
}

/* ---- rules ---- */

static bool is_layout_id(const struct ast *e)
{
	const struct ast_field *f = (const struct ast_field *)e;
	const struct ast_ident *base;

	if (e->kind != AST_FIELD || f->base->kind != AST_NAME)
		return false;
	base = (const struct ast_ident *)f->base;
	return !strcmp(base->s, "layout") && !strcmp(f->name.s, "id");
}

/* The runtime and programs read the id from the last four bytes. */
static void check_id_place(struct walk *w, const struct mdc_leaf *leaf, uint32_t idx,
			   const struct ast *expr)
{
	const struct mdc_layout *l = &w->l->l;
	uint32_t end = leaf->offset + 4;
	struct diag *d;

	if (leaf->kind != MDC_LEAF_UINT || leaf->width != 32 || leaf->bytes != 4 || leaf->count != 1 ||
	    (leaf->order != MDC_HOST && leaf->order != MDC_LE) || leaf->is_word || leaf->is_bitfield) {
		d = diag(w->r->ctx, CHK_layout_id, leaf->loc, "the layout's id is a plain u32 or le32");
		diag_label(d, expr->loc, "written here");
	} else if (end != l->size) {
		d = diag(w->r->ctx, CHK_layout_id, leaf->loc,
			 "the layout's id must be the last four bytes, and %u byte%s follow%s", l->size - end,
			 l->size - end == 1 ? "" : "s", l->size - end == 1 ? "s" : "");
		diag_label(d, l->loc, "'%s' has %u bytes, padding counted", l->name, l->size);
		diag_note(d, "programs find it there in every layout: put it last, and padding in front of "
			  "it (`reserved N;`)");
	} else {
		w->l->l.id_leaf = idx;
	}
}

static void inherit_unit(struct walk *w, struct mdc_member *m, const struct ast *writer,
			 struct mdc_leaf *leaf)
{
	const char *name = writer->kind == AST_NAME ? ((const struct ast_ident *)writer)->s : NULL;
	const struct mdc_source *source = name ? atom_map_get(&w->r->sources, name) : NULL;

	if (m->unit || !source || atom_map_get(&w->r->consts, name))
		return;
	m->unit = leaf->unit = source->unit;
}

static void rule(struct walk *w, const struct ast_member *ast, uint32_t idx)
{
	struct mdc_leaf *leaf = &w->l->leaves.p[idx];

	if (rs_of(leaf->type)->broken || w->l->l.is_descriptor)
		return;
	if (is_layout_id(ast->attrs->writer))
		check_id_place(w, leaf, idx, ast->attrs->writer);
	inherit_unit(w, (struct mdc_member *)leaf->member, ast->attrs->writer, leaf);
	*vec_push(w->r->arena, &w->r->pending) = (struct rs_pending_rule){
		.layout = &w->l->l, .leaf = idx, .expr = ast->attrs->writer,
		.loc = { leaf->loc.src, leaf->loc.start, ast->attrs->writer->loc.end },
		.to_loc = leaf->loc,
	};
}

/* ---- the walk ---- */

/* @ast: as written; @own: in the text of the layout itself, where rules may stand. */
static void scalar(struct walk *w, const struct mdc_member *m, const struct ast_member *ast, bool own,
		   const char *path, const char *scope, uint32_t bit, const struct mdc_cond *cond)
{
	struct mdc_leaf leaf = { .path = path, .offset = bit / 8, .member = m, .cond = cond,
				 .unit = m->unit, .doc = m->doc, .deprecated = m->deprecated,
				 .loc = m->loc, .is_pad = m->pad, .is_word = m->bits };
	const struct mdc_type *elem = element_of(m->type, &leaf.count);
	uint32_t idx = (uint32_t)w->l->leaves.n;

	leaf.valid = valid_of(w, ast ? ast->attrs->valid : NULL, path, scope, cond, m->loc);
	if (ast && ast->attrs->valid && !m->valid)
		((struct mdc_member *)m)->valid = leaf.valid;
	classify(&leaf, elem);
	if (is_bytes(m->type, elem))
		leaf.kind = MDC_LEAF_BYTES;
	if (m->is_bitfield) {
		leaf.is_bitfield = true;
		leaf.width = (uint16_t)m->bit_size;
		leaf.shift = bit % 8;
		leaf.bytes = (uint8_t)((leaf.shift + leaf.width + 7) / 8);
		check_container(w, &leaf, bit);
	}
	push_leaf(w, leaf);
	if (w->l->leaves.n == idx)
		return;
	if (own && ast && ast->attrs->writer)
		rule(w, ast, idx);
	range_leaves(w, w->l->leaves.p[idx], ast);
}

/* "[1][0]" of element @i of an array, rows first. */
static const char *subscript(struct walk *w, const struct mdc_type *t, uint32_t i)
{
	const struct mdc_type *inner;
	const char *s;
	uint32_t count;

	t = mdc_type_strip(t);
	if (t->kind != MDC_ARRAY)
		return "";
	inner = t->base;
	element_of(inner, &count);
	s = subscript(w, inner, i % count);
	return arena_printf(w->r->arena, "[%u]%s", i / count, s);
}

static void aggregate(struct walk *w, const struct mdc_member *m, const struct ast_member *ast, bool own,
		      const char *path, const char *scope, uint32_t bit, const struct mdc_cond *cond)
{
	uint32_t count;
	const struct mdc_type *elem = mdc_type_strip(element_of(m->type, &count));
	bool array = mdc_type_strip(m->type)->kind == MDC_ARRAY;
	struct rs_value *outer = w->valid;
	const char *to = path;

	w->valid = (struct rs_value *)(uintptr_t)valid_of(w, ast ? ast->attrs->valid : NULL, path, scope, cond, m->loc);
	if (ast && ast->attrs->valid && !m->valid)
		((struct mdc_member *)m)->valid = &w->valid->v;
	if (own && ast && ast->attrs->writer)
		diag_note(diag(w->r->ctx, CHK_writer, ast->attrs->writer->loc,
			       "'%s' is %s as a whole; a rule writes one field", m->name ? m->name : "this",
			       array ? "an array of structs" : elem->kind == MDC_UNION ? "a union" : "a struct"),
			  "give each of its members a rule of its own");
	if (m->name)
		*vec_push(w->r->arena, &w->l->parts) = (struct rs_part){
			.path = path, .bit_off = bit, .bits = m->type->size * 8, .type = elem };
	for (uint32_t i = 0; i < count && !w->too_many; i++) {
		if (array)
			to = rs_atomf(w->r, "%s%s", path, subscript(w, m->type, i));
		walk_body(w, elem, to, scope, bit + i * elem->size * 8, cond);
	}
	w->valid = outer;
}

static bool holds_members(const struct mdc_type *t)
{
	uint32_t count;

	t = mdc_type_strip(element_of(t, &count));
	return t->kind == MDC_STRUCT || t->kind == MDC_UNION;
}

/* @path: of what is walked; @scope: of the struct around it. */
static void walk_body(struct walk *w, const struct mdc_type *t, const char *path, const char *scope,
		      uint32_t bit, const struct mdc_cond *cond)
{
	struct rs_type *rt = rs_of(t);
	const char *outer_root = w->root;
	uint32_t first_leaf = (uint32_t)w->l->leaves.n;
	bool own = rt->root == rs_of(w->l->l.type);
	uint32_t first = (uint32_t)w->l->conds.n, arms = 0;
	size_t open = w->open.n;

	rt->in_layout = true;
	if (rt->root == rt)
		w->root = path;
	if (t->tagged)
		*vec_push(w->r->arena, &w->open) = (struct open_tag){
			.scope = scope, .root = outer_root, .path = path, .of = t, .tag = t->tag,
			.expr = rt->tag_expr, .loc = t->loc, .first = first, .parent = cond, .valid = w->valid };
	for (uint32_t i = 0; i < t->n_members && !w->too_many; i++) {
		const struct mdc_member *m = &t->members[i];
		const char *to = m->name ? join(w, path, m->name) : path;
		const struct mdc_cond *c = cond;

		if (t->tagged && (m->n_arm || m->arm_default)) {
			c = arm_cond(w, t, m, to, bit + m->bit_off, cond);
			arms++;
		}
		if (holds_members(m->type))
			aggregate(w, m, rt->asts[i], own, to, path, bit + m->bit_off, c);
		else
			scalar(w, m, rt->asts[i], own, to, path, bit + m->bit_off, c);
	}
	computed(w, rt, path, path, cond, first_leaf);
	w->root = outer_root;
	if (t->tagged)
		w->open.p[open].n = arms;
}

/* ---- tags ---- */

/* Many layouts are never asked: their paths are listed for the first one who does. */
static void list_paths(struct rs_layout *l)
{
	atom_map_reserve(&l->paths, l->leaves.n);
	for (size_t i = 0; i < l->leaves.n; i++)
		if (!l->leaves.p[i].is_pad)
			atom_map_add(&l->paths, l->leaves.p[i].path, (void *)(uintptr_t)(i + 1));
}

uint32_t rs_leaf_at(struct resolver *r, struct rs_layout *l, const char *path)
{
	if (!l->paths.n)
		list_paths(l);
	return (uint32_t)(uintptr_t)atom_map_get(&l->paths, atom(r->ctx->atoms, path)) - 1;
}

/* From the innermost scope outwards; UINT32_MAX: none. */
static uint32_t find_tag(struct walk *w, const char *scope, const char *tag)
{
	size_t n = strlen(scope);

	for (;;) {
		const char *path = n ? rs_atomf(w->r, "%.*s.%s", (int)n, scope, tag) : tag;
		uint32_t found = rs_leaf_at(w->r, w->l, path);

		if (found != UINT32_MAX || !n)
			return found;
		while (n && scope[n - 1] != '.')
			n--;
		n -= n > 0;
	}
}

static bool same_or_around(const struct mdc_cond *outer, const struct mdc_cond *inner)
{
	for (; inner; inner = inner->parent)
		if (inner == outer)
			return true;
	return !outer;
}

/* What the tag is computed by. */
static const struct mdc_value *tag_value(struct walk *w, const struct open_tag *o)
{
	struct rs_value *v;

	w->root = o->root;
	w->valid = NULL;
	v = push_value(w, MDC_TAG, o->expr, o->expr, o->path, o->scope, o->parent, o->expr->loc);
	return &v->v;
}

static void tag_in_arm(struct walk *w, const struct open_tag *o, const struct mdc_leaf *tag)
{
	struct diag *d = diag(w->r->ctx, CHK_union_tag, o->loc, "the tag '%s' is in an arm that this %s is not in",
			      o->tag, o->is_word ? "switch" : "union");

	diag_label(d, tag->loc, "it means something only for some values of '%s'", tag->cond->tag);
	w->l->broken = true;
}

/* Conditions of one union share the tag; its arms' conditions need not be adjacent. */
static void close_tag(struct walk *w, const struct open_tag *o)
{
	const struct mdc_value *value = o->expr ? tag_value(w, o) : NULL;
	uint32_t tag = value ? UINT32_MAX : find_tag(w, o->scope, o->tag), left = o->n;
	struct rs_layout *l = w->l;

	if (tag == UINT32_MAX && !value) {
		l->broken = true;	/* reported with the type */
		return;
	}
	for (uint32_t i = o->first; left; i++) {
		struct mdc_cond *c = (struct mdc_cond *)l->conds.p[i];

		if (c->of != o->of || c->parent != o->parent)
			continue;
		c->tag_leaf = tag;
		c->tag_value = value;
		left--;
	}
	if (!value && !same_or_around(l->leaves.p[tag].cond, o->parent))
		tag_in_arm(w, o, &l->leaves.p[tag]);
}

void rs_leaves(struct resolver *r, struct rs_layout *l)
{
	struct walk w = { .r = r, .l = l, .root = "" };

	l->broken |= rs_of(l->l.type)->broken;
	atom_map_init(&w.crossing, r->arena);
	vec_reserve(r->arena, &l->leaves, l->l.type->n_members);
	walk_body(&w, l->l.type, "", "", 0, NULL);
	for (size_t i = 0; i < w.open.n && !w.too_many; i++)
		close_tag(&w, &w.open.p[i]);
	l->l.leaves = l->leaves.p;
	l->l.n_leaves = (uint32_t)l->leaves.n;
	l->l.conds = l->conds.p;
	l->l.n_conds = (uint32_t)l->conds.n;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The tags of tagged unions, looked up when the named type around is whole,
 * since a tag may come later than its union: first in the struct in which the
 * union stands, then outwards as far as the text goes inline. Afterwards every
 * arm knows its values, no value belongs to two arms, and the tag can hold all.
 */
#include "types.h"

#include <stdlib.h>

/* What a tag's path leads to. */
struct tag {
	const struct mdc_member *member;
	const struct mdc_bits *bits;	/* a bit range of a word, or NULL */
	bool inside;			/* of the union itself */
};

const char *rs_path_text(struct resolver *r, const struct ast *path)
{
	const struct ast_field *f = (const struct ast_field *)path;
	const struct ast_index *x = (const struct ast_index *)path;
	rs_int i;

	switch (path->kind) {
	case AST_NAME:
		return ((const struct ast_ident *)path)->s;
	case AST_FIELD:
		return rs_atomf(r, "%s.%s", rs_path_text(r, f->base), f->name.s);
	case AST_INDEX:
		if (!rs_is_const(r, x->index, NULL) || !rs_const(r, x->index, NULL, &i))
			return "?";
		return rs_atomf(r, "%s[%s]", rs_path_text(r, x->base), rs_int_text(r, i));
	default:
		return "?";
	}
}

const struct mdc_member *rs_find_member(const struct mdc_type *t, const char *name,
					const struct mdc_type **through)
{
	const struct mdc_member *found;

	for (uint32_t i = 0; i < t->n_members; i++) {
		const struct mdc_member *m = &t->members[i];

		if (m->name == name)
			return m;
		if (m->name)
			continue;
		found = rs_find_member(m->type, name, through);
		if (found && through && m->type->tagged)
			*through = m->type;
		if (found)
			return found;
	}
	return NULL;
}

const struct mdc_bits *rs_find_bits(const struct mdc_member *m, const char *name)
{
	for (uint32_t i = 0; i < m->n_bits; i++)
		if (m->bits[i].name == name)
			return &m->bits[i];
	return NULL;
}

static void collect_names(struct resolver *r, const struct mdc_type *t, struct atom_map *names)
{
	for (uint32_t i = 0; i < t->n_members; i++) {
		const struct mdc_member *m = &t->members[i];

		if (m->name && !m->pad)
			atom_map_add(names, m->name, (void *)m);
		else if (!m->name)
			collect_names(r, m->type, names);
	}
}

/* A member of this name, one or two members deeper: its path. */
static const char *deeper(struct resolver *r, const struct mdc_type *t, const char *name, int levels)
{
	for (uint32_t i = 0; i < t->n_members; i++) {
		const struct mdc_member *m = &t->members[i];
		const struct mdc_type *in = mdc_type_strip(m->type);
		const char *path;

		if (!m->name || m->pad || (in->kind != MDC_STRUCT && in->kind != MDC_UNION))
			continue;
		if (rs_find_member(in, name, NULL))
			return rs_atomf(r, "%s.%s", m->name, name);
		path = levels ? deeper(r, in, name, levels - 1) : NULL;
		if (path)
			return rs_atomf(r, "%s.%s", m->name, path);
	}
	return NULL;
}

void rs_unknown_member(struct resolver *r, struct ast_name n, const struct mdc_type *t)
{
	struct atom_map names;
	const char *path;
	struct diag *d;

	d = diag(r->ctx, CHK_unknown_name, n.loc, "%s%s%s%s has no member '%s'", rs_kind_text(t),
		 t->name ? " '" : "", t->name ? t->name : "", t->name ? "'" : "", n.s);
	if (!d)
		return;
	if (t->loc.src != UINT32_MAX)
		diag_label(d, t->loc, "declared here");
	path = deeper(r, t, n.s, 2);
	if (path) {
		diag_near(r->ctx, d, n.s, path);
		return;
	}
	atom_map_init(&names, r->arena);
	collect_names(r, t, &names);
	rs_suggest(r, d, n.s, &names);
}

void rs_unknown_bits(struct resolver *r, struct ast_name n, const struct mdc_member *m)
{
	const char **names = arena_array(r->arena, const char *, m->n_bits + 1);
	struct diag *d;

	d = diag(r->ctx, CHK_unknown_name, n.loc, "word '%s' has no bit range '%s'", m->name, n.s);
	diag_label(d, m->loc, "declared here");
	for (uint32_t i = 0; i < m->n_bits; i++)
		names[i] = m->bits[i].name;
	diag_near(r->ctx, d, n.s, nearest_name(n.s, names, m->n_bits));
}

/* The path in the scope @t. 1: found, 0: not here, -1: reported. */
static int find_tag(struct resolver *r, const struct ast *path, const struct mdc_type *t,
		    const struct mdc_type *u, struct tag *tag)
{
	const struct ast_field *f = (const struct ast_field *)path;
	const struct mdc_type *through = NULL, *of;
	int found;

	if (path->kind == AST_NAME) {
		tag->member = rs_find_member(t, ((const struct ast_ident *)path)->s, &through);
		tag->inside = u && through == u;
		return tag->member ? 1 : 0;
	}
	if (path->kind != AST_FIELD)
		return 0;
	found = find_tag(r, f->base, t, u, tag);
	if (found <= 0)
		return found;
	of = mdc_type_strip(tag->member->type);
	if (tag->member->bits) {
		tag->bits = rs_find_bits(tag->member, f->name.s);
		if (tag->bits)
			return 1;
		rs_unknown_bits(r, f->name, tag->member);
		return -1;
	}
	if (of->kind != MDC_STRUCT && of->kind != MDC_UNION) {
		diag(r->ctx, CHK_wrong_kind, f->name.loc, "'%s' has no members", tag->member->name);
		return -1;
	}
	if (of == u)
		tag->inside = true;
	tag->member = rs_find_member(of, f->name.s, NULL);
	if (tag->member)
		return 1;
	rs_unknown_member(r, f->name, of);
	return -1;
}

/* `config.NAME`: its declaration, or NULL. */
static const struct ast_source *config_tag(struct resolver *r, const struct ast *path)
{
	const struct ast_field *f = (const struct ast_field *)path;

	if (path->kind != AST_FIELD || f->base->kind != AST_NAME ||
	    strcmp(((const struct ast_ident *)f->base)->s, "config"))
		return NULL;
	return atom_map_get(&r->config_asts, f->name.s);
}

/* An alias or derived value beside the union, or around it; NULL: none. */
static const struct ast_member *computed_tag(const struct rs_type *t, const struct ast *path)
{
	if (path->kind != AST_NAME)
		return NULL;
	for (; t; t = t->outer)
		for (size_t i = 0; i < t->computed.n; i++)
			if (t->computed.p[i]->name.s == ((const struct ast_ident *)path)->s)
				return t->computed.p[i];
	return NULL;
}

/* What is no plain field: values.c computes it when a layout is whole. The enum, or NULL. */
static const struct mdc_type *computed_enum(struct resolver *r, const struct rs_tagged *p, const struct ast *tag)
{
	const struct ast_source *config = config_tag(r, tag);
	const struct ast_member *computed = computed_tag(p->in, tag);
	const struct mdc_type *t = config ? rs_type_named(r, config->type) :
				   computed ? rs_type_named(r, computed->type) : NULL;

	t = t ? mdc_type_strip(t) : NULL;
	return t && t->kind == MDC_ENUM ? t : NULL;
}

static const struct ast *tag_of(const struct rs_tagged *p)
{
	return p->sw ? p->sw->tag : p->ast->tag;
}

/* A range of the word in which the switch stands. */
static bool own_range(const struct rs_tagged *p, struct tag *tag)
{
	const struct ast *path = tag_of(p);

	if (!p->sw || path->kind != AST_NAME)
		return false;
	tag->bits = rs_find_bits(p->sw->word, ((const struct ast_ident *)path)->s);
	tag->member = p->sw->word;
	return tag->bits;
}

/* From the struct around outwards. 1: a field, 0: to be computed, -1: reported. */
static int look_up(struct resolver *r, const struct rs_tagged *p, struct tag *tag)
{
	const struct ast *path = tag_of(p);
	struct atom_map names;
	struct diag *d;
	int found = 0;

	if (path->kind != AST_NAME && path->kind != AST_FIELD)
		return 0;
	found = own_range(p, tag);
	for (struct rs_type *t = p->in; t && !found; t = t->outer)
		found = find_tag(r, path, &t->t, p->u ? &p->u->t : NULL, tag);
	if (found < 0)
		return -1;
	if (!found && (config_tag(r, path) || computed_tag(p->in, path)))
		return 0;
	if (!found) {
		const struct ast_field *f = (const struct ast_field *)path;

		d = diag(r->ctx, CHK_unknown_name, path->loc, "no member '%s' beside this %s",
			 rs_path_text(r, path), p->sw ? "word" : "union");
		atom_map_init(&names, r->arena);
		collect_names(r, &p->in->root->t, &names);
		if (path->kind == AST_FIELD && f->base->kind == AST_NAME &&
		    !strcmp(((const struct ast_ident *)f->base)->s, "config")) {
			rs_suggest(r, d, f->name.s, &r->config_asts);
			diag_note(d, "device configuration is declared: `config u8 %s;`", f->name.s);
		} else if (path->kind == AST_NAME &&
			   atom_map_get(&r->config_asts, ((const struct ast_ident *)path)->s)) {
			diag_note(d, "device configuration is `config.%s`", ((const struct ast_ident *)path)->s);
		} else {
			rs_suggest(r, d, rs_path_text(r, path), &names);
		}
		return -1;
	}
	if (tag->inside) {
		d = diag(r->ctx, CHK_union_tag, path->loc, "the tag lies inside the union");
		diag_label(d, tag->member->loc, "here: which arm it is in, nobody could tell");
		return -1;
	}
	if (p->sw && tag->bits && tag->bits->arm && tag->member == p->sw->word) {
		const struct mdc_word_arm *arm = tag->bits->arm;

		while (arm && ((const struct rs_word_arm *)arm)->sw != p->sw)
			arm = arm->parent;
		if (!arm)
			return 1;
		d = diag(r->ctx, CHK_union_tag, path->loc, "the tag lies inside the switch");
		diag_label(d, tag->bits->loc, "here: which arm it is in, nobody could tell");
		return -1;
	}
	return 1;
}

/* The largest value that the tag can have; 0: it cannot be a tag (reported). */
static uint64_t tag_max(struct resolver *r, const struct tag *tag, struct loc loc)
{
	const struct mdc_type *t = mdc_type_strip(tag->member->type);
	unsigned bits = tag->member->bit_size;
	struct diag *d;

	if (rs_of(t)->broken)
		return 0;
	if (t->kind != MDC_INT && t->kind != MDC_ENUM && t->kind != MDC_BOOL) {
		d = diag(r->ctx, CHK_union_tag, loc, "the tag must be an integer, an enum or a bool");
		diag_label(d, tag->member->loc, "this is %s %s", rs_article(rs_kind_text(t)), rs_kind_text(t));
		if (t->kind == MDC_ARRAY)
			diag_note(d, "name one element: `%s[0]`", tag->member->name);
		return 0;
	}
	if (tag->bits)
		bits = tag->bits->hi - tag->bits->lo + 1u;
	else if (t->kind == MDC_BOOL)
		bits = 1;
	return bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
}

/* An arm's values with their places, for the check that no two arms share one. */
struct arm_value { uint64_t lo, hi; struct loc loc; };

static int by_value(const void *a, const void *b)
{
	const struct arm_value *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

static bool arm_const(struct resolver *r, const struct ast *e, const struct mdc_type *en, uint64_t max,
		      uint64_t *value)
{
	rs_int v;

	if (!rs_const(r, e, en, &v))
		return false;
	if (v < 0 || v > (rs_int)max) {
		diag(r->ctx, CHK_union_tag, e->loc, "the tag cannot be %s: it has the values 0 to %llu",
		     rs_int_text(r, v), (unsigned long long)max);
		return false;
	}
	*value = (uint64_t)v;
	return true;
}

static bool arm_value(struct resolver *r, const struct ast_pattern *p, const struct mdc_type *en,
		      uint64_t max, struct arm_value *out)
{
	out->loc = p->h.loc;
	if (p->form != PAT_VALUE && p->form != PAT_RANGE) {
		diag(r->ctx, CHK_union_tag, p->h.loc, "the values of an arm are numbers, names or ranges LO..HI");
		return false;
	}
	if (!arm_const(r, p->a, en, max, &out->lo))
		return false;
	out->hi = out->lo;
	if (p->form == PAT_VALUE)
		return true;
	if (!arm_const(r, p->b, en, max, &out->hi))
		return false;
	if (out->hi >= out->lo)
		return true;
	diag(r->ctx, CHK_union_tag, p->h.loc, "an empty range: the lower value comes first");
	return false;
}

static void check_shared(struct resolver *r, struct arm_value *v, size_t n)
{
	if (n)
		qsort(v, n, sizeof(*v), by_value);
	for (size_t i = 1; i < n; i++) {
		const struct arm_value *a = &v[i - 1], *b = &v[i], *first;

		if (b->lo > a->hi)
			continue;
		first = a->loc.start < b->loc.start ? a : b;
		diag_label(diag(r->ctx, CHK_union_tag, (first == a ? b : a)->loc,
				"a value of the tag belongs to two arms"), first->loc, "also here");
		if (b->hi < a->hi)
			v[i] = *a;
	}
}

static int by_lo(const void *a, const void *b)
{
	const struct mdc_value_range *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

/* Sorted, and joined where nothing lies between: how the text lists them means nothing. */
static void normalize(struct mdc_value_range *v, size_t *n)
{
	size_t out = 0;

	if (*n)
		qsort(v, *n, sizeof(*v), by_lo);
	for (size_t i = 1; i < *n; i++) {
		if (v[out].hi == UINT64_MAX || v[i].lo <= v[out].hi + 1)
			v[out].hi = v[i].hi > v[out].hi ? v[i].hi : v[out].hi;
		else
			v[++out] = v[i];
	}
	*n = *n ? out + 1 : 0;
}

/* The values that one arm lists, into @all, too; sorted. */
struct arm_values { struct mdc_value_range *p; uint32_t n; };
struct all_values { struct arm_value *p; size_t n, cap; };

static struct arm_values list_values(struct resolver *r, const struct ast *patterns, const struct mdc_type *en,
				     uint64_t max, struct all_values *all)
{
	VEC(struct mdc_value_range) ranges = { 0 };

	for (const struct ast *p = patterns; p; p = p->next) {
		struct arm_value v;

		if (!arm_value(r, (const struct ast_pattern *)p, en, max, &v))
			continue;
		*vec_push(r->arena, all) = v;
		*vec_push(r->arena, &ranges) = (struct mdc_value_range){ v.lo, v.hi };
	}
	normalize(ranges.p, &ranges.n);
	return (struct arm_values){ ranges.p, (uint32_t)ranges.n };
}

static void second_default(struct resolver *r, struct loc loc, const struct loc *first)
{
	diag_label(diag(r->ctx, CHK_union_tag, loc, "a second default arm"), *first, "the first is here");
}

/* Fills in the arms' values. */
static void arms(struct resolver *r, struct rs_type *u, const struct mdc_type *en, uint64_t max)
{
	struct all_values all = { 0 };
	const struct loc *otherwise = NULL;

	for (uint32_t i = 0; i < u->t.n_members; i++) {
		struct mdc_member *m = (struct mdc_member *)&u->t.members[i];
		struct arm_values v;

		if (m->arm_default && otherwise)
			second_default(r, m->loc, otherwise);
		if (m->arm_default)
			otherwise = &m->loc;
		if (!u->asts[i])
			continue;
		v = list_values(r, u->asts[i]->arm_values, en, max, &all);
		m->arm = v.p;
		m->n_arm = v.n;
	}
	check_shared(r, all.p, all.n);
}

static void word_arms(struct resolver *r, struct rs_word_switch *sw, const struct mdc_type *en, uint64_t max)
{
	struct all_values all = { 0 };
	const struct loc *otherwise = NULL;

	for (size_t i = 0; i < sw->arms.n; i++) {
		struct mdc_word_arm *arm = &sw->arms.p[i]->a;
		struct arm_values v;

		if (arm->is_default && otherwise)
			second_default(r, arm->loc, otherwise);
		if (arm->is_default)
			otherwise = &arm->loc;
		v = list_values(r, sw->arms.p[i]->ast->patterns, en, max, &all);
		arm->values = v.p;
		arm->n_values = v.n;
	}
	check_shared(r, all.p, all.n);
}

static void computed(struct rs_tagged *p)
{
	p->in->root->computes = true;
	if (p->sw)
		p->sw->computed = true;
	else
		p->u->tag_expr = p->ast->tag;
}

void rs_tags(struct resolver *r, size_t first)
{
	for (size_t i = first; i < r->ts->tagged.n; i++) {
		struct rs_tagged p = r->ts->tagged.p[i];
		const struct mdc_type *t, *en = NULL;
		struct tag tag = { 0 };
		uint64_t max = UINT64_MAX;
		int found = look_up(r, &p, &tag);

		if (found < 0 || (found && !(max = tag_max(r, &tag, tag_of(&p)->loc)))) {
			p.in->root->broken = true;
			continue;
		}
		t = found ? mdc_type_strip(tag.member->type) : NULL;
		if (!found) {
			computed(&p);
			en = computed_enum(r, &p, tag_of(&p));
		} else if (tag.bits) {
			en = tag.bits->enum_type;
		} else if (t->kind == MDC_ENUM) {
			en = t;
		}
		if (p.sw)
			word_arms(r, p.sw, en, max);
		else
			arms(r, p.u, en, max);
	}
	r->ts->tagged.n = first;
}

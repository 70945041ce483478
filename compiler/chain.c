/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Chains: metadata that is typed items one behind the other, their types in the
 * nibbles of a first word, the first in the lowest. Takes the tree, gives a copy
 * of it in which each listed combination of a chain is a metadata layout with
 * its id at the front, under a mask: the word, and the members of its items. A
 * nibble that an item takes for itself is a bit range of the word, and no part
 * of the id.
 */
#include "types.h"

#define NIBBLES	8

struct item {
	uint64_t type;
	const struct ast_member *m;
};

struct chain {
	struct resolver *r;
	const struct ast_chain *ast;
	VEC(struct item) items;
	struct atom_map names;		/* -> index + 1 */
	struct ast *last;		/* of the list that is being made */
};

static struct ast *node(struct chain *c, enum ast_kind kind, struct loc loc, size_t size)
{
	struct ast *n = arena_alloc(c->r->arena, size);

	n->kind = kind;
	n->size = (uint16_t)size;
	n->loc = loc;
	return n;
}
#define NODE(c, type, kind, loc)	((struct type *)node(c, kind, loc, sizeof(struct type)))

static struct ast *number(struct chain *c, uint64_t value, struct loc loc)
{
	struct ast_int *n = NODE(c, ast_int, AST_INT, loc);

	n->value = value;
	return &n->h;
}

/* ---- items ---- */

static bool item_type(struct chain *c, const struct ast_member *m, uint64_t *type)
{
	const struct ast_pattern *p = (const struct ast_pattern *)m->arm_values;
	struct diag *d;

	if (p && !p->h.next && p->form == PAT_VALUE)
		return rs_const_in(c->r, p->a, "the type of an item", 1, 15, type);
	d = diag(c->r->ctx, CHK_chain, p ? p->h.loc : m->h.loc, "an item of a chain has one type");
	diag_note(d, "it is the value of its nibble, 1 to 15: `1: be32 hash;`");
	return false;
}

static bool good_item(struct chain *c, const struct ast_member *m)
{
	const struct item *first = NULL;
	uint64_t type;
	struct diag *d;
	void *old;

	if (!m->name.s) {
		diag(c->r->ctx, CHK_missing, m->h.loc, "an item of a chain has a name");
		return false;
	}
	if (m->attrs->pin) {
		diag_note(diag(c->r->ctx, CHK_chain, m->attrs->pin->loc,
			       "an item lies behind the one before it: it has no pin"),
			  "where that is, depends on the combination");
		return false;
	}
	if (!item_type(c, m, &type))
		return false;
	for (size_t i = 0; i < c->items.n && !first; i++)
		if (c->items.p[i].type == type)
			first = &c->items.p[i];
	if (first) {
		d = diag(c->r->ctx, CHK_chain, m->h.loc, "items '%s' and '%s' have the same type, %llu",
			 first->m->name.s, m->name.s, (unsigned long long)type);
		diag_label(d, first->m->name.loc, "the other one");
		diag_note(d, "the type is all that tells items apart");
		return false;
	}
	old = atom_map_add(&c->names, m->name.s, (void *)(uintptr_t)(c->items.n + 1));
	if (old) {
		rs_duplicate(c->r, m->name, "item", c->items.p[(uintptr_t)old - 1].m->name.loc);
		return false;
	}
	*vec_push(c->r->arena, &c->items) = (struct item){ type, m };
	return true;
}

/* ---- the layout of a combination ---- */

/* The eighth nibble is the top of the id, which stays below 2^31 and is known. False: reported. */
static bool good_eighth(struct chain *c, const struct item *it, struct loc loc)
{
	struct diag *d;

	if (it->m->attrs->takes)
		d = diag(c->r->ctx, CHK_chain, loc, "item '%s' would take the eighth nibble", it->m->name.s);
	else if (it->type > 7)
		d = diag(c->r->ctx, CHK_chain, loc, "the type of the item in the eighth nibble is %llu, and 7 at most",
			 (unsigned long long)it->type);
	else
		return true;
	diag_note(d, "the types are the layout's id, an enumerator: with one of 2^31 and more, programs cannot be "
		  "loaded");
	return false;
}

/* Its items, in order; 0: reported. */
static size_t combination(struct chain *c, const struct ast_combo *combo, const struct item **list)
{
	size_t n = 0, nibbles = 0;
	struct loc last = combo->h.loc;

	for (const struct ast *i = combo->items; i; i = i->next) {
		const char *name = ((const struct ast_ident *)i)->s;
		uintptr_t idx = (uintptr_t)atom_map_get(&c->names, name);
		struct diag *d;

		if (!idx) {
			rs_unknown(c->r, (struct ast_name){ name, i->loc }, "item", &c->names);
			return 0;
		}
		for (size_t k = 0; k < n; k++) {
			if (list[k] != &c->items.p[idx - 1])
				continue;
			diag_note(diag(c->r->ctx, CHK_chain, i->loc, "item '%s' is in this combination twice", name),
				  "a struct has a member once; what comes twice, needs two items of different types");
			return 0;
		}
		nibbles += 1 + (c->items.p[idx - 1].m->attrs->takes != NULL);
		if (nibbles > NIBBLES) {
			d = diag(c->r->ctx, CHK_chain, i->loc, "the types of this combination do not fit %d nibbles",
				 NIBBLES);
			diag_note(d, "an item has one, and one more if it `takes` one");
			return 0;
		}
		last = i->loc;
		list[n++] = &c->items.p[idx - 1];
	}
	return nibbles == NIBBLES && !good_eighth(c, list[n - 1], last) ? 0 : n;
}

static const char *layout_name(struct chain *c, const struct ast_combo *combo)
{
	const char *name = c->ast->name.s;

	if (combo->name.s)
		return combo->name.s;
	for (const struct ast *i = combo->items; i; i = i->next)
		name = rs_atomf(c->r, "%s_%s", name, ((const struct ast_ident *)i)->s);
	return name;
}

/* The word of types; each nibble that is taken is a range of it. */
static struct ast *types_word(struct chain *c, const struct item **list, size_t n, uint64_t *id, uint64_t *any)
{
	struct ast_member *word = NODE(c, ast_member, AST_MEMBER, c->ast->type.loc);
	struct ast_attrs *attrs = arena_new_of(c->r->arena, struct ast_attrs);
	struct ast *last = NULL;
	unsigned int bit = 0;

	*id = *any = 0;
	for (size_t i = 0; i < n; i++) {
		const struct ast_member *m = list[i]->m;
		struct ast_range *range;

		*id |= list[i]->type << bit;
		bit += 4;
		if (!m->attrs->takes)
			continue;
		range = NODE(c, ast_range, AST_RANGE, m->attrs->takes->name.loc);
		range->name = m->attrs->takes->name;
		range->type = m->attrs->takes->type;
		range->hi = number(c, bit + 3, m->attrs->takes->name.loc);
		range->lo = number(c, bit, m->attrs->takes->name.loc);
		if (last)
			last->next = &range->h;
		else
			word->ranges = &range->h;
		last = &range->h;
		*any |= (uint64_t)0xf << bit;
		bit += 4;
	}
	word->type = c->ast->type;
	word->name = (struct ast_name){ atom(c->r->ctx->atoms, "types"), c->ast->type.loc };
	word->is_word = word->ranges;
	attrs->writer = number(c, *id, c->ast->type.loc);
	word->attrs = attrs;
	word->h.doc = "The types of the items, the first in the lowest four bits.";
	return &word->h;
}

static struct ast *copy_item(struct chain *c, const struct ast_member *m)
{
	struct ast_member *copy = (struct ast_member *)node(c, AST_MEMBER, m->h.loc, sizeof(*copy));
	struct ast_attrs *attrs = arena_new_of(c->r->arena, struct ast_attrs);

	*copy = *m;
	*attrs = *m->attrs;
	attrs->takes = NULL;
	copy->attrs = attrs;
	copy->h.next = NULL;
	copy->arm_values = NULL;
	return &copy->h;
}

static void append(struct chain *c, struct ast **head, struct ast *n)
{
	n->next = NULL;
	if (c->last)
		c->last->next = n;
	else
		*head = n;
	c->last = n;
}

static void make_layout(struct chain *c, const struct ast_combo *combo, struct ast **head)
{
	const struct item *list[NIBBLES];
	size_t n = combination(c, combo, list);
	struct ast_layout *l = NODE(c, ast_layout, AST_LAYOUT, combo->h.loc);
	struct ast *last;
	uint64_t id, any;

	if (!n)
		return;
	l->h.doc = combo->h.doc ? combo->h.doc : c->ast->h.doc;
	l->name = (struct ast_name){ layout_name(c, combo), combo->name.s ? combo->name.loc : combo->h.loc };
	l->at_first = true;
	l->body = NODE(c, ast_struct, AST_STRUCT, combo->h.loc);
	l->body->name = l->name;
	l->body->packed = true;		/* items lie behind each other without gaps */
	l->body->members = last = types_word(c, list, n, &id, &any);
	for (size_t i = 0; i < n; i++) {
		last->next = copy_item(c, list[i]->m);
		last = last->next;
	}
	l->id = number(c, id, combo->h.loc);
	l->mask = number(c, ~any & UINT32_MAX, combo->h.loc);
	append(c, head, &l->h);
}

static void expand(struct chain *c, struct ast **head)
{
	size_t combos = 0;
	struct diag *d;

	for (const struct ast *i = c->ast->items; i; i = i->next)
		if (i->kind != AST_COMBOS)
			good_item(c, (const struct ast_member *)i);
	for (const struct ast *i = c->ast->items; i; i = i->next) {
		if (i->kind != AST_COMBOS)
			continue;
		for (const struct ast *k = ((const struct ast_combos *)i)->list; k; k = k->next, combos++)
			make_layout(c, (const struct ast_combo *)k, head);
	}
	if (combos)
		return;
	d = diag(c->r->ctx, CHK_missing, c->ast->name.loc, "chain '%s' lists no layouts", c->ast->name.s);
	diag_note(d, "programs know the combinations that are listed, `layouts { %s; }`, and no others",
		  c->items.n ? c->items.p[0].m->name.s : "hash, mark");
}

void rs_chains(struct resolver *r)
{
	struct ast_file *f = arena_new_of(r->arena, struct ast_file);
	struct chain all = { .r = r };
	bool any = false;

	for (const struct ast *i = r->ast->items; i; i = i->next)
		any |= i->kind == AST_CHAIN;
	if (!any)
		return;
	*f = *r->ast;
	f->items = NULL;
	for (const struct ast *i = r->ast->items; i; i = i->next) {
		struct chain c = { .r = r, .ast = (const struct ast_chain *)i, .last = all.last };

		if (i->kind == AST_CHAIN) {
			atom_map_init(&c.names, r->arena);
			expand(&c, &f->items);
			all.last = c.last;
		} else {
			append(&all, &f->items, memcpy(arena_alloc(r->arena, i->size), i, i->size));
		}
	}
	r->ast = f;
}

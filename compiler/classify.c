/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Classifications: takes `classify NAME over (KEYS) { ROWS }` of the parser and
 * beside it, gives struct mdc_class. They run once when the parser has stopped;
 * rules of the metadata read them by name. Keeps true: the keys have 128 bits at
 * most and are known for every packet; every row has a pattern for each key; a
 * key reads no classification but earlier ones.
 */
#include "states.h"
#include "types.h"
#include <mdesc/format.h>

struct maker {
	struct ps *p;
	struct resolver *r;
	const struct ast_classify *ast;
	struct mdc_class *c;
	VEC(struct mdc_class_key) keys;
	VEC(struct mdc_key) shapes;		/* beside @keys: what patterns need to know of them */
	VEC(const struct mdc_type *) enums;	/* likewise */
	VEC(struct mdc_class_row) rows;
	const struct ast *end;			/* default, if there is one */
};

/* ---- names and types ---- */

static bool name_free(struct maker *m, struct ast_name n)
{
	struct resolver *r = m->r;
	const struct mdc_class *old = atom_map_get(&r->classes, n.s);
	struct loc first = { .src = UINT32_MAX };
	struct diag *d;

	rs_check_name(r, n);
	if (ps_taken_name(m->p, n, "classification"))
		return false;
	if (old)
		first = old->loc;
	else if (atom_map_get(&r->registers, n.s))
		first = ((const struct mdc_register *)atom_map_get(&r->registers, n.s))->loc;
	else if (atom_map_get(&r->sources, n.s))
		first = ((const struct mdc_source *)atom_map_get(&r->sources, n.s))->loc;
	else
		rs_const_loc(r, n.s, &first);
	if (first.src == UINT32_MAX)
		return true;
	d = diag(r->ctx, CHK_duplicate_name, n.loc, old ? "two classifications '%s'" : "'%s' is something else, too",
		 n.s);
	diag_label(d, first, "declared here");
	diag_note(d, "classifications, registers, sources and constants share their names: all can stand in a value");
	return false;
}

/* `: TYPE`: an enum or an unsigned number. */
static void given_type(struct maker *m)
{
	const struct mdc_type *t = mdc_type_strip(rs_type_named(m->r, m->ast->type));
	const struct mdc_type *base = t->kind == MDC_ENUM ? t->base : t;

	m->c->bits = 16;
	if (t == m->r->ts->error)
		return;
	if ((t->kind != MDC_INT && t->kind != MDC_ENUM) || base->is_signed || base->order != MDC_HOST) {
		diag_note(diag(m->r->ctx, CHK_type, m->ast->type.loc,
			       "a classification is a number without sign and byte order, no '%s'", m->ast->type.s),
			  "write an enum, or u8, u16, u32, u64");
		return;
	}
	m->c->bits = base->bits;
	m->c->enum_type = t->kind == MDC_ENUM ? t : NULL;
}

/* The enum of a field whose rule is just the name. */
static void used_type(struct maker *m)
{
	for (size_t i = 0; i < m->r->pending.n && !m->c->enum_type; i++) {
		const struct rs_pending_rule *p = &m->r->pending.p[i];
		const struct mdc_type *t = p->layout->leaves[p->leaf].enum_type;

		if (!ps_is_name(p->expr, m->c->name) || !t || mdc_type_strip(t)->kind != MDC_ENUM ||
		    mdc_type_strip(t)->base->is_signed)
			continue;
		m->c->enum_type = mdc_type_strip(t);
		m->c->bits = p->layout->leaves[p->leaf].width;
	}
}

/* ---- keys ---- */

/* What need not be there for every packet; or NULL. */
static const struct mdc_x *unsure(const struct mdc_x *x)
{
	for (; x; x = x->a) {
		const struct mdc_x *b = x->b ? unsure(x->b) : NULL;

		if (b)
			return b;
		if (x->kind == MDC_X_PACKET || x->kind == MDC_X_BYTES || x->kind == MDC_X_OFFSET ||
		    x->kind == MDC_X_LENGTH)
			return x;
	}
	return NULL;
}

static bool key_ok(struct maker *m, const struct ast *e, const struct wval *v)
{
	const struct mdc_x *bad = v->x ? unsure(v->x) : NULL;
	struct diag *d;

	if (!v->ok)
		return false;
	if (!v->x) {
		diag(m->r->ctx, CHK_select_key, e->loc, "'%s' is the same for every packet", ps_text(m->r, e->loc));
		return false;
	}
	if (!bad)
		return true;
	d = diag(m->r->ctx, CHK_select_key, bad->loc, "a packet need not have '%s': it cannot be classified by that",
		 ps_text(m->r, bad->loc));
	diag_note(d, "`present(%s)` says whether it is there; let a state keep what is in it in a register",
		  bad->inst->name);
	return false;
}

static bool add_key(struct maker *m, const struct ast *e)
{
	struct wval v = wr_value_at_stop(m->r, e);
	struct mdc_class_key k = { .x = v.x, .loc = e->loc };
	bool ok = key_ok(m, e, &v);

	k.bits = ok ? (uint8_t)v.x->width : 1;
	*vec_push(m->r->arena, &m->keys) = k;
	*vec_push(m->r->arena, &m->shapes) = (struct mdc_key){ .bits = k.bits, .loc = k.loc };
	*vec_push(m->r->arena, &m->enums) = ok ? v.enum_type : NULL;
	return ok;
}

static bool add_keys(struct maker *m)
{
	uint32_t bits = 0;
	bool ok = true;

	for (const struct ast *e = m->ast->keys; e; e = e->next) {
		ok &= add_key(m, e);
		bits += m->keys.p[m->keys.n - 1].bits;
	}
	if (ok && bits > 8 * MDESC_FMT_KEY_MAX) {
		diag_note(diag(m->r->ctx, CHK_select_key, m->ast->h.loc, "the keys have %u bits, %u are the most", bits,
			       8 * MDESC_FMT_KEY_MAX), "take slices of them: `parser.error[4:0]`");
		ok = false;
	}
	return ok;
}

/* ---- rows ---- */

static bool row_value(struct maker *m, const struct ast *e, uint64_t *value)
{
	uint64_t max = m->c->bits ? wr_mask(m->c->bits) : UINT64_MAX;
	rs_int v;

	if (!rs_const(m->r, e, m->c->enum_type, &v))
		return false;
	if (v >= 0 && v <= (rs_int)max) {
		*value = (uint64_t)v;
		return true;
	}
	diag(m->r->ctx, CHK_width, e->loc, "%s does not fit classification '%s', which holds 0 to %llu",
	     rs_int_text(m->r, v), m->c->name, (unsigned long long)max);
	return false;
}

static void add_default(struct maker *m, const struct ast_class_row *a)
{
	if (m->end)
		diag_label(diag(m->r->ctx, CHK_duplicate_name, a->h.loc, "a second default"), m->end->loc, "the first");
	m->end = &a->h;
	row_value(m, a->value, &m->c->otherwise);
}

static void add_row(struct maker *m, const struct ast_class_row *a, bool keys_ok)
{
	struct mdc_class_row row = { 0 };
	bool ok;

	if (m->end && !a->is_default)
		diag_label(diag(m->r->ctx, CHK_shadowed_arm, a->h.loc, "this row is never taken"), m->end->loc,
			   "default takes everything");
	if (a->is_default) {
		add_default(m, a);
		return;
	}
	ok = row_value(m, a->value, &row.value);
	for (const struct ast *x = a->patterns; x && keys_ok; x = x->next) {
		row.loc = x->loc;
		if (ps_patterns(m->p, m->shapes.p, m->enums.p, m->keys.n, (const struct ast_pattern *)x,
				&row.patterns) && ok)
			*vec_push(m->r->arena, &m->rows) = row;
	}
}

/* Without a type it has the bits of its largest value. */
static void find_bits(struct mdc_class *c)
{
	uint64_t max = c->otherwise;

	for (uint32_t i = 0; i < c->n_rows; i++)
		if (c->rows[i].value > max)
			max = c->rows[i].value;
	c->bits = 1;
	while (c->bits < 64 && max >> c->bits)
		c->bits++;
}

static void classify(struct ps *p, const struct ast_classify *a)
{
	struct maker m = { .p = p, .r = p->r, .ast = a, .c = arena_new_of(p->arena, struct mdc_class) };
	bool keys_ok;

	*m.c = (struct mdc_class){
		.name = a->name.s, .idx = (uint32_t)p->classes.n, .doc = a->h.doc, .loc = a->name.loc,
	};
	if (!name_free(&m, a->name))
		return;
	if (a->type.s)
		given_type(&m);
	else
		used_type(&m);
	keys_ok = add_keys(&m);
	ast_each(b, a->rows)
		add_row(&m, (const struct ast_class_row *)b, keys_ok);
	m.c->keys = m.keys.p;
	m.c->n_keys = (uint32_t)m.keys.n;
	m.c->rows = m.rows.p;
	m.c->n_rows = (uint32_t)m.rows.n;
	if (!m.c->bits)
		find_bits(m.c);
	*vec_push(p->arena, &p->classes) = m.c;
	atom_map_add(&p->r->classes, m.c->name, m.c);
}

void ps_classes(struct ps *p)
{
	ast_each(i, p->r->ast->items)
		if (i->kind == AST_CLASSIFY)
			classify(p, (const struct ast_classify *)i);
	ast_each(b, p->ast->body)
		if (b->kind == AST_CLASSIFY)
			classify(p, (const struct ast_classify *)b);
}

void rs_class_names(struct resolver *r, const struct ast_parser *parser)
{
	atom_map_init(&r->class_names, r->arena);
	atom_map_init(&r->classes, r->arena);
	ast_each(i, r->ast->items) {
		struct ast_classify *a = (struct ast_classify *)i;

		if (i->kind != AST_CLASSIFY)
			continue;
		atom_map_add(&r->class_names, a->name.s, a);
		if (!parser)
			diag_note(diag(r->ctx, CHK_missing, a->name.loc, "a classification without a parser"),
				  "it says what a parser found: `parser NAME { start ...; state ... }`");
	}
	ast_each(b, parser ? parser->body : NULL)
		if (b->kind == AST_CLASSIFY)
			atom_map_add(&r->class_names, ((struct ast_classify *)b)->name.s, b);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a layout computes: its aliases, derived values and `valid` conditions, as
 * leaves.c met them, each resolved behind those that it needs. A struct that
 * several layouts hold is resolved in each; what is wrong with it is said once.
 * Afterwards the layout's list is in an order in which it can be computed.
 */
#include "types.h"

/*
 * Steps to compute one of them with all that it needs, and all of them. Readers of images have limits, too, and bear
 * more: they count some steps several times.
 */
#define WORK_MAX	65536
#define ALL_WORK_MAX	(8 << 20)
#define DEPTH_MAX	64

static enum check check_of(const struct rs_value *v)
{
	return v->v.role == MDC_ALIAS ? CHK_alias : v->v.role == MDC_DERIVE ? CHK_derive :
	       v->v.role == MDC_TAG ? CHK_union_tag : CHK_valid;
}

/* ---- its type ---- */

static bool derive_type(struct resolver *r, struct rs_value *v, const struct mdc_type *t)
{
	const struct mdc_type *base = t->kind == MDC_ENUM ? t->base : t;
	struct diag *d;

	if (t->kind != MDC_INT && t->kind != MDC_BOOL && t->kind != MDC_ENUM) {
		d = diag(r->ctx, check_of(v), v->type.loc, "what is computed is a number%s",
			 v->v.role == MDC_DERIVE ? ", an enum or a bool" : " or an enum");
		diag_label(d, v->v.loc, "declared here");
		return false;
	}
	if (v->v.role == MDC_ALIAS && (t->kind == MDC_BOOL || base->order == MDC_RAW)) {
		diag_note(diag(r->ctx, check_of(v), v->type.loc, "the type of an alias says how its pieces make "
			       "one number, and '%s' does not", v->type.s),
			  "le32 and u32: the first piece is the least significant; be32: the most");
		return false;
	}
	if (v->v.role == MDC_DERIVE && base->kind == MDC_INT && base->order != MDC_HOST) {
		diag_note(diag(r->ctx, check_of(v), v->type.loc, "a derived value is computed, never stored: it has "
			       "no byte order"), "say `%c%u`", base->is_signed ? 's' : 'u', base->bits);
		return false;
	}
	return true;
}

static bool take_type(struct resolver *r, struct rs_value *v)
{
	const struct mdc_type *t, *base;

	if (!v->type.s) {
		v->v.width = v->v.role == MDC_TAG ? 64 : 1;
		v->v.is_bool = v->v.role == MDC_VALID;
		return true;
	}
	v->v.type = rs_type_named(r, v->type);
	t = mdc_type_strip(v->v.type);
	if (rs_of(t)->broken || !derive_type(r, v, t))
		return false;
	base = t->kind == MDC_ENUM ? t->base : t;
	v->v.enum_type = t->kind == MDC_ENUM ? t : NULL;
	v->v.is_bool = t->kind == MDC_BOOL;
	v->v.width = v->v.is_bool ? 1 : base->bits;
	v->v.is_signed = base->is_signed;
	v->v.order = base->order;
	return true;
}

/* ---- each behind what it needs ---- */

static void add_work(uint32_t *work, uint32_t n)
{
	*work = *work > WORK_MAX || n > WORK_MAX ? WORK_MAX + 1 : *work + n;
}

static void needs(struct rs_value *v, const struct mdc_value *other)
{
	const struct rs_value *o = (const struct rs_value *)other;

	if (!o)
		return;
	add_work(&v->work, o->work);
	if (o->depth >= v->depth)
		v->depth = o->depth + 1;
}

static void count_work(const struct rs_layout *l, const struct mdc_v *x, struct rs_value *v)
{
	if (!x || v->work > WORK_MAX)
		return;
	add_work(&v->work, 1);
	if (x->kind == MDC_V_FIELD)
		needs(v, l->leaves.p[x->leaf].valid);
	if (x->kind == MDC_V_VALUE)
		needs(v, x->value);
	count_work(l, x->a, v);
	count_work(l, x->b, v);
	count_work(l, x->c, v);
	for (uint32_t i = 0; i < x->n_list; i++)
		count_work(l, x->list[i], v);
}

/* Once for all layouts that hold the struct. */
static bool said_before(struct resolver *r, struct rs_value *v)
{
	return atom_map_get(&r->bad_values, (const char *)v->node);
}

static bool outer_ready(struct rs_scope *s)
{
	const struct mdc_value *outer = s->of->v.valid;

	return !outer || rs_value_ready(s, (struct rs_value *)(uintptr_t)outer, s->of->v.loc);
}

static bool reads(const struct mdc_v *x)
{
	return x && (x->kind == MDC_V_FIELD || x->kind == MDC_V_VALUE || x->kind == MDC_V_CONFIG || x->n_list ||
		     reads(x->a) || reads(x->b) || reads(x->c));
}

static bool reads_nothing(struct rs_scope *s)
{
	struct diag *d = diag(s->r->ctx, check_of(s->of), s->of->expr->loc, "this reads no field");

	if (s->of->v.role == MDC_VALID)
		diag_note(d, "what always means something needs no `valid`");
	else if (s->of->v.role == MDC_TAG)
		diag_note(d, "the tag tells which arm there is: a field, a part of one, or `config.NAME`");
	else
		diag_note(d, "a number has a name by `const %s = ...;`", s->of->v.name);
	return false;
}

static bool room_for_work(struct resolver *r, const struct rs_value *v)
{
	bool was_full = r->value_work > ALL_WORK_MAX;

	r->value_work += v->work;
	if (r->value_work <= ALL_WORK_MAX)
		return true;
	if (!was_full)
		diag_note(diag(r->ctx, check_of(v), v->v.loc,
			       "all computed values up to this one take more than %d steps", ALL_WORK_MAX),
			  "what a value is derived from is computed again for each: derive fewer from the longest");
	return false;
}

static bool compute(struct rs_scope *s)
{
	struct rs_value *v = s->of;

	if (!take_type(s->r, v) || !outer_ready(s))
		return false;
	v->v.x = v->v.role == MDC_ALIAS ? rs_alias(s) : rs_value_expr(s, v->expr, v->v.enum_type);
	if (!v->v.x)
		return false;
	if (!reads(v->v.x))
		return reads_nothing(s);
	if (v->v.role == MDC_ALIAS)
		for (uint32_t i = 0; i < v->v.x->n_list; i++) {
			const struct mdc_value *valid = s->l->leaves.p[v->v.x->list[i]->leaf].valid;

			if (valid && !rs_value_ready(s, (struct rs_value *)(uintptr_t)valid, v->v.loc))
				return false;
		}
	needs(v, v->v.valid);
	count_work(s->l, v->v.x, v);
	if (v->depth > DEPTH_MAX)
		diag(s->r->ctx, check_of(v), v->v.loc, "more than %d values are derived from each other",
		     DEPTH_MAX);
	if (v->work <= WORK_MAX)
		return v->depth <= DEPTH_MAX && room_for_work(s->r, v);
	diag_note(diag(s->r->ctx, check_of(v), v->v.loc, "this takes more than %d steps to compute", WORK_MAX),
		  "what it is derived from is derived again, many times over");
	return false;
}

static bool cycle(struct rs_scope *s, struct rs_value *v, struct loc use)
{
	struct diag *d;

	if (v->v.role == MDC_VALID && s->of == v) {
		d = diag(s->r->ctx, CHK_valid, use, "whether '%s' is valid depends on '%s'", v->v.path, v->v.path);
		diag_note(d, "while it is not, its bytes may hold anything: name what tells, such as a flag or "
			  "another field");
	} else {
		d = diag(s->r->ctx, check_of(v), use, "%s'%s' depends on itself", v->v.role == MDC_VALID ?
			 "whether it is valid: " : "", v->v.path);
		diag_label(d, v->v.loc, "needed to compute this");
	}
	return false;
}

static const struct mdc_type *enum_of(const struct rs_layout *l, const struct mdc_v *x)
{
	return x->kind == MDC_V_FIELD ? l->leaves.p[x->leaf].enum_type :
	       x->kind == MDC_V_VALUE ? x->value->enum_type :
	       x->kind == MDC_V_CONFIG ? x->config->enum_type : NULL;
}

bool rs_value_ready(struct rs_scope *s, struct rs_value *v, struct loc use)
{
	struct rs_scope inner = { s->r, s->l, v };

	if (v->state == RS_VALUE_BUSY) {
		v->broken = true;
		return cycle(s, v, use);
	}
	if (v->state == RS_VALUE_DONE)
		return !v->broken;
	v->state = RS_VALUE_BUSY;
	if (said_before(s->r, v) || !compute(&inner))
		v->broken = true;
	v->state = RS_VALUE_DONE;
	if (v->broken) {
		atom_map_add(&s->r->bad_values, (const char *)v->node, v);
		s->l->broken = true;
		return false;
	}
	if (v->v.role == MDC_TAG)
		v->v.enum_type = enum_of(s->l, v->v.x);
	v->v.text = rs_value_text(s->r, &s->l->l, v->v.x, false);
	v->v.idx = (uint32_t)s->l->sorted.n;
	*vec_push(s->r->arena, &s->l->sorted) = &v->v;
	return true;
}

/* ---- tags ---- */

static unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static unsigned int max(unsigned int a, unsigned int b)
{
	return a > b ? a : b;
}

static unsigned int bits_of(const struct mdc_v *x);

static unsigned int binary_bits(const struct mdc_v *x)
{
	unsigned int a = bits_of(x->a), b = bits_of(x->b);
	bool constant = x->b->kind == MDC_V_CONST;

	switch (x->op) {
	case OP_AND:
		return min(a, b);
	case OP_OR:
	case OP_XOR:
		return max(a, b);
	case OP_ADD:
		return min(max(a, b) + 1, 64);
	case OP_MUL:
		return min(a + b, 64);
	case OP_DIV:
		return a;
	case OP_MOD:
		return constant ? b : a;
	case OP_SHL:
		return constant ? min(a + (unsigned int)x->b->imm, 64) : 64;
	case OP_SHR:
		return !constant ? a : a > x->b->imm ? a - (unsigned int)x->b->imm : 1;
	case OP_SUB:
		return 64;
	default:
		return 1;
	}
}

/* How many bits its result can have at most. */
static unsigned int bits_of(const struct mdc_v *x)
{
	if (x->is_signed)
		return 64;
	switch (x->kind) {
	case MDC_V_CONST:
		return x->imm ? 64u - (unsigned int)__builtin_clzll(x->imm) : 1;
	case MDC_V_FIELD:
	case MDC_V_SLICE:
		return x->width;
	case MDC_V_CONFIG:
		return x->config->bits;
	case MDC_V_VALUE:
		return x->value->width;
	case MDC_V_UNARY:
		return x->op == OP_NOT ? 1 : 64;
	case MDC_V_BINARY:
		return binary_bits(x);
	case MDC_V_COND:
		return max(bits_of(x->b), bits_of(x->c));
	case MDC_V_CAT:
		break;
	}
	return 64;
}

static bool may_be_invalid(const struct rs_layout *l, const struct mdc_v *x)
{
	if (!x)
		return false;
	if (x->kind == MDC_V_FIELD && l->leaves.p[x->leaf].valid)
		return true;
	if (x->kind == MDC_V_VALUE && (x->value->valid || may_be_invalid(l, x->value->x)))
		return true;
	for (uint32_t i = 0; i < x->n_list; i++)
		if (may_be_invalid(l, x->list[i]))
			return true;
	return may_be_invalid(l, x->a) || may_be_invalid(l, x->b) || may_be_invalid(l, x->c);
}

/* Arms look at the tag, not at whether it is valid. */
static void check_valid_tag(struct resolver *r, struct rs_layout *l, const struct mdc_cond *c)
{
	const struct mdc_v *x = c->tag_value ? c->tag_value->x : NULL;
	struct diag *d;

	if (c->valid || (x ? !may_be_invalid(l, x) : !l->leaves.p[c->tag_leaf].valid))
		return;
	if (atom_map_add(&r->bad_values, (const char *)c->of, l))
		return;
	d = diag(r->ctx, CHK_union_tag, c->loc, "the tag '%s' does not always mean something, and its arms do",
		 c->tag_value ? c->tag_value->text : c->tag);
	if (!x)
		diag_label(d, l->leaves.p[c->tag_leaf].valid->loc, "it means something only where this holds");
	diag_note(d, "say when there is any arm, behind the closing brace: `} valid ...;`");
	l->broken = true;
}

static void check_tag_values(struct resolver *r, struct rs_layout *l, const struct mdc_cond *c)
{
	unsigned int bits = bits_of(c->tag_value->x);
	uint64_t most = bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;

	for (uint32_t i = 0; i < c->n_own; i++) {
		if (c->own[i].hi <= most || atom_map_add(&r->bad_values, (const char *)c->which, l))
			continue;
		diag(r->ctx, CHK_union_tag, c->loc, "the tag cannot be %llu: '%s' has the values 0 to %llu",
		     (unsigned long long)c->own[i].hi, c->tag_value->text, (unsigned long long)most);
		l->broken = true;
	}
}

static void check_tags(struct resolver *r, struct rs_layout *l)
{
	for (size_t i = 0; i < l->conds.n; i++) {
		const struct mdc_cond *c = l->conds.p[i];

		if (c->tag_value && !c->tag_value->text)
			continue;
		if (c->tag_value)
			check_tag_values(r, l, c);
		check_valid_tag(r, l, c);
		if (c->u && c->tag_value)
			((struct mdc_type *)(uintptr_t)c->u)->tag = c->tag_value->text;
		else if (!c->u && c->tag_value)
			((struct mdc_word_arm *)(uintptr_t)c->which)->tag = c->tag_value->text;
		if (c->tag_value)
			((struct mdc_cond *)(uintptr_t)c)->tag = c->tag_value->text;
	}
}

/* Texts read the leaves where the model has them. */
static void publish(struct rs_layout *l)
{
	l->l.leaves = l->leaves.p;
	l->l.n_leaves = (uint32_t)l->leaves.n;
}

void rs_values(struct resolver *r, struct rs_layout *l)
{
	publish(l);
	for (size_t i = 0; i < l->values.n; i++) {
		struct rs_scope s = { r, l, l->values.p[i] };

		rs_value_ready(&s, l->values.p[i], l->values.p[i]->v.loc);
	}
	check_tags(r, l);
	l->l.values = l->sorted.p;
	l->l.n_values = (uint32_t)l->sorted.n;
}

const struct mdc_value *rs_value_at(struct resolver *r, const struct mdc_layout *l, const char *path)
{
	return atom_map_get(&rs_layout_of(l)->value_paths, atom(r->ctx->atoms, path));
}

/* A struct that only a pointer leads to, or nothing: as if it were a layout. */
void rs_values_elsewhere(struct resolver *r)
{
	for (size_t i = 0; i < r->ts->done.n; i++) {
		struct rs_type *t = rs_of(r->ts->done.p[i]);
		struct rs_layout *l;

		if (!t->computes || t->in_layout || t->broken || t->t.kind != MDC_STRUCT)
			continue;
		l = arena_new_of(r->arena, struct rs_layout);
		l->l.name = t->t.name;
		l->l.type = &t->t;
		l->l.size = t->t.size;
		l->l.loc = t->t.loc;
		l->l.is_descriptor = l->scratch = true;
		l->l.id_leaf = UINT32_MAX;
		atom_map_init(&l->paths, r->arena);
		atom_map_init(&l->value_paths, r->arena);
		rs_leaves(r, l);
		rs_values(r, l);
	}
}

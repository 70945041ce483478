/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Constants: `const NAME = EXPR;`, what -D puts in the place of one, and every
 * expression that must have a value while compiling. Numbers are exact: they
 * are computed in 128 bits, and each step must fit s64 or u64. So ~0 is -1, and
 * nothing wraps silently.
 */
#include "foreign.h"
#include "resolve.h"

#define CONST_DEPTH_MAX	500	/* constants that need constants declared after them */

struct rs_const {
	const struct ast_const *ast;
	enum { CONST_NEW, CONST_BUSY, CONST_DONE, CONST_FAILED } state;
	rs_int value;
	bool defined;		/* by -D */
};

static const rs_int int_min = INT64_MIN, int_max = UINT64_MAX;

const char *rs_int_text(struct resolver *r, rs_int v)
{
	if (v < 0)
		return arena_printf(r->arena, "%lld", (long long)v);
	return arena_printf(r->arena, "%llu", (unsigned long long)v);
}

static const struct mdc_enumerator *enumerator(const struct mdc_type *t, const char *name)
{
	if (!t)
		return NULL;
	t = mdc_type_strip(t);
	for (uint32_t i = 0; i < t->n_enumerators; i++)
		if (t->enumerators[i].name == name)
			return &t->enumerators[i];
	return NULL;
}

bool rs_const_loc(struct resolver *r, const char *name, struct loc *loc)
{
	const struct rs_const *c = atom_map_get(&r->consts, name);

	if (c)
		*loc = c->ast->name.loc;
	return c;
}

bool rs_const_defined(struct resolver *r, const char *name, rs_int *value)
{
	const struct rs_const *c = atom_map_get(&r->consts, name);

	*value = c ? c->value : 0;
	return c && c->defined;
}

static bool not_constant(struct resolver *r, const struct ast *e)
{
	diag(r->ctx, CHK_constant, e->loc, e->kind == AST_STRING ? "a string is no number: a constant must stand here" :
	     "this must be a constant");
	return false;
}

static bool const_value(struct resolver *r, struct rs_const *c, struct loc use, rs_int *value)
{
	struct diag *d;

	if (c->state == CONST_BUSY) {
		d = diag(r->ctx, CHK_constant, use, "constant '%s' needs its own value",
			 c->ast->name.s);
		diag_label(d, c->ast->name.loc, "declared here");
		return false;
	}
	if (c->state == CONST_NEW && r->const_depth >= CONST_DEPTH_MAX) {
		d = diag(r->ctx, CHK_constant, use, "constants depend on later ones more than %d deep",
			 CONST_DEPTH_MAX);
		diag_note(d, "declare them in the order of their use");
		return false;
	}
	if (c->state == CONST_NEW) {
		c->state = CONST_BUSY;
		r->const_depth++;
		c->state = rs_const(r, c->ast->value, NULL, &c->value) ? CONST_DONE : CONST_FAILED;
		r->const_depth--;
	}
	*value = c->value;
	return c->state == CONST_DONE;
}

/* Names that a misspelt one could have meant. */
static bool unknown_constant(struct resolver *r, const struct ast_ident *id,
			     const struct mdc_type *expected)
{
	struct ast_name n = { id->s, id->h.loc };
	const char **names;
	const char *near;
	struct diag *d;

	if (atom_map_get(&r->registers, n.s)) {
		diag(r->ctx, CHK_constant, n.loc, "a constant must stand here, and '%s' is none", n.s);
		return false;
	}
	if (!expected) {
		d = diag(r->ctx, CHK_unknown_name, n.loc, "unknown constant '%s'", n.s);
		if (!foreign_constant(d, n, NULL))
			rs_suggest(r, d, n.s, &r->consts);
		return false;
	}
	expected = mdc_type_strip(expected);
	d = diag(r->ctx, CHK_unknown_name, n.loc, "'%s' is no enumerator of '%s' and no constant",
		 n.s, expected->name);
	if (foreign_constant(d, n, expected))
		return false;
	names = arena_array(r->arena, const char *, expected->n_enumerators + 1);
	for (uint32_t i = 0; i < expected->n_enumerators; i++)
		names[i] = expected->enumerators[i].name;
	near = nearest_name(n.s, names, expected->n_enumerators);
	if (near)
		diag_near(r->ctx, d, n.s, near);
	else
		rs_suggest(r, d, n.s, &r->consts);
	return false;
}

static bool eval_name(struct resolver *r, const struct ast_ident *id,
		      const struct mdc_type *expected, rs_int *value)
{
	const struct mdc_enumerator *en = enumerator(expected, id->s);
	struct rs_const *c;
	struct diag *d;

	for (const struct rs_loop *l = r->loops; l; l = l->outer) {
		if (l->name == id->s) {
			*value = l->value;
			return true;
		}
	}
	if (en) {
		*value = en->value;
		return true;
	}
	c = atom_map_get(&r->consts, id->s);
	if (c)
		return const_value(r, c, id->h.loc, value);
	if (atom_map_get(&r->sources, id->s)) {
		d = diag(r->ctx, CHK_constant, id->h.loc, "source '%s' is not a constant", id->s);
		diag_note(d, "hardware knows its value only when a packet comes");
		return false;
	}
	return unknown_constant(r, id, expected);
}

static bool fits(struct resolver *r, const struct ast *e, bool overflow, rs_int v)
{
	if (!overflow && v >= int_min && v <= int_max)
		return true;
	diag(r->ctx, CHK_constant, e->loc, "the value of this does not fit 64 bits");
	return false;
}

static bool eval_shift(struct resolver *r, const struct ast_binary *e, rs_int a, rs_int b,
		       rs_int *value)
{
	if (b < 0 || b > 63) {
		diag(r->ctx, CHK_constant, e->b->loc, "a shift by %s; 0 to 63 are possible",
		     rs_int_text(r, b));
		return false;
	}
	/* Cannot overflow 128 bits: |a| is at most 2^64 - 1. */
	*value = e->op == OP_SHL ? a * ((rs_int)1 << b) : a >> b;
	return fits(r, &e->h, false, *value);
}

static bool eval_arith(struct resolver *r, const struct ast_binary *e, rs_int a, rs_int b,
		       rs_int *value)
{
	bool overflow = false;

	switch (e->op) {
	case OP_ADD: *value = a + b; break;
	case OP_SUB: *value = a - b; break;
	case OP_MUL: overflow = __builtin_mul_overflow(a, b, value); break;
	case OP_DIV:
	case OP_MOD:
		if (!b) {
			diag(r->ctx, CHK_constant, e->b->loc, "division by zero");
			return false;
		}
		*value = e->op == OP_DIV ? a / b : a % b;
		break;
	case OP_AND: *value = a & b; break;
	case OP_OR: *value = a | b; break;
	case OP_XOR: *value = a ^ b; break;
	case OP_EQ: *value = a == b; break;
	case OP_NE: *value = a != b; break;
	case OP_LT: *value = a < b; break;
	case OP_LE: *value = a <= b; break;
	case OP_GT: *value = a > b; break;
	case OP_GE: *value = a >= b; break;
	default: return not_constant(r, &e->h);
	}
	return fits(r, &e->h, overflow, *value);
}

static bool eval_binary(struct resolver *r, const struct ast_binary *e,
			const struct mdc_type *expected, rs_int *value)
{
	rs_int a, b;
	bool ok_a, ok_b;

	ok_a = rs_const(r, e->a, expected, &a);
	if (e->op == OP_LAND || e->op == OP_LOR) {
		if (!ok_a)
			return false;
		*value = !!a;
		if (!a == (e->op == OP_LAND))
			return true;
		if (!rs_const(r, e->b, expected, &b))
			return false;
		*value = !!b;
		return true;
	}
	ok_b = rs_const(r, e->b, expected, &b);
	if (!ok_a || !ok_b)
		return false;
	if (e->op == OP_SHL || e->op == OP_SHR)
		return eval_shift(r, e, a, b, value);
	return eval_arith(r, e, a, b, value);
}

static bool eval_unary(struct resolver *r, const struct ast_unary *e,
		       const struct mdc_type *expected, rs_int *value)
{
	rs_int a;

	if (!rs_const(r, e->a, expected, &a))
		return false;
	*value = e->op == OP_NEG ? -a : e->op == OP_COM ? ~a : (rs_int)!a;
	return fits(r, &e->h, false, *value);
}

bool rs_const(struct resolver *r, const struct ast *e, const struct mdc_type *expected, rs_int *value)
{
	const struct ast_cond *c;
	rs_int cond;

	*value = 0;
	switch (e->kind) {
	case AST_INT:
		*value = ((const struct ast_int *)e)->value;
		return true;
	case AST_NAME:
		return eval_name(r, (const struct ast_ident *)e, expected, value);
	case AST_UNARY:
		return eval_unary(r, (const struct ast_unary *)e, expected, value);
	case AST_BINARY:
		return eval_binary(r, (const struct ast_binary *)e, expected, value);
	case AST_COND:
		c = (const struct ast_cond *)e;
		return rs_const(r, c->c, expected, &cond) &&
		       rs_const(r, cond ? c->a : c->b, expected, value);
	default:
		return not_constant(r, e);
	}
}

bool rs_const_in(struct resolver *r, const struct ast *e, const char *what, uint64_t lo, uint64_t hi,
		 uint64_t *value)
{
	rs_int v;

	if (!rs_const(r, e, NULL, &v))
		return false;
	if (v < (rs_int)lo || v > (rs_int)hi) {
		diag(r->ctx, CHK_range, e->loc, "%s must be %llu to %llu, and this is %s", what,
		     (unsigned long long)lo, (unsigned long long)hi, rs_int_text(r, v));
		return false;
	}
	*value = (uint64_t)v;
	return true;
}

bool rs_is_const(struct resolver *r, const struct ast *e, const struct mdc_type *expected)
{
	const struct ast_cond *c = (const struct ast_cond *)e;
	const char *name;

	switch (e->kind) {
	case AST_INT:
		return true;
	case AST_NAME:
		name = ((const struct ast_ident *)e)->s;
		return enumerator(expected, name) || atom_map_get(&r->consts, name);
	case AST_UNARY:
		return rs_is_const(r, ((const struct ast_unary *)e)->a, expected);
	case AST_BINARY:
		return rs_is_const(r, ((const struct ast_binary *)e)->a, expected) &&
		       rs_is_const(r, ((const struct ast_binary *)e)->b, expected);
	case AST_COND:
		return rs_is_const(r, c->c, expected) && rs_is_const(r, c->a, expected) &&
		       rs_is_const(r, c->b, expected);
	default:
		return false;
	}
}

/* -D: the last one of a name wins, as with cc. */
static void defines(struct resolver *r)
{
	struct mdc_options *opt = &r->ctx->opt;

	for (int i = 0; i < opt->n_defines; i++) {
		struct mdc_define *def = &opt->defines[i];
		struct rs_const *c = atom_map_get(&r->consts, atom(r->ctx->atoms, def->name));

		if (!c) {
			struct diag *d = diag(r->ctx, CHK_unused_define, r->ast->loc,
					      "-D %s=%s%llu: the description has no constant of this name",
					      def->name, def->negative ? "-" : "",
					      (unsigned long long)def->value);

			rs_suggest(r, d, def->name, &r->consts);
			continue;
		}
		def->used = true;
		c->defined = true;
		c->value = def->negative ? -(rs_int)def->value : (rs_int)def->value;
		c->state = CONST_DONE;
	}
}

void rs_consts(struct resolver *r)
{
	VEC(struct mdc_const) list = { 0 };
	rs_int value;

	for (const struct ast *i = r->ast->items; i; i = i->next) {
		const struct ast_const *ast = (const struct ast_const *)i;
		struct rs_const *c, *first;

		if (i->kind != AST_CONST || !ast->name.s)
			continue;
		rs_check_name(r, ast->name);
		c = arena_new_of(r->arena, struct rs_const);
		c->ast = ast;
		first = atom_map_add(&r->consts, ast->name.s, c);
		if (first)
			rs_duplicate(r, ast->name, "constant", first->ast->name.loc);
	}
	defines(r);
	for (const struct ast *i = r->ast->items; i; i = i->next) {
		const struct ast_const *ast = (const struct ast_const *)i;

		if (i->kind == AST_CONST && ast->name.s &&
		    const_value(r, atom_map_get(&r->consts, ast->name.s), ast->name.loc, &value))
			*vec_push(r->arena, &list) = (struct mdc_const){ ast->name.s, (uint64_t)value, value < 0,
									 ast->h.doc, ast->name.loc };
	}
	r->m->consts = list.p;
	r->m->n_consts = (uint32_t)list.n;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Which fields of a row make a table's effect do something: takes the effect's
 * operations as statements and expressions, and what is wanted, gives values to
 * fields of the result. A statement is tried after the other; what a try has given
 * is taken back where it leads nowhere. Whether the whole row then does what it
 * must is asked of lower_run.c.
 */
#include "lower.h"

#define DEPTH_MAX	64

/* ---- the effect as statements ---- */

struct reading {
	struct lower *l;
	struct arena *a;
	VEC(struct lw_stmt) stmts;
	VEC(const struct lw_node *) stack;
	VEC(const struct lw_node *) args;
	const struct lw_node **lets;	/* by register */
};

static const struct lw_node *pop(struct reading *r)
{
	return r->stack.n ? r->stack.p[--r->stack.n] : NULL;
}

static const struct lw_node *node(struct reading *r, const struct mdc_eop *o)
{
	struct lw_node *n;

	if (o->op == MDESC_T_REG && r->lets[o->index])
		return r->lets[o->index];
	n = arena_new_of(r->a, struct lw_node);
	n->o = o;
	switch (o->op) {
	case MDESC_X_CONST: case MDESC_T_FIELD: case MDESC_T_MASK: case MDESC_T_REG: case MDESC_T_LENGTH:
		return n;
	case MDESC_X_COND:
		n->c = pop(r);
		n->b = pop(r);
		n->a = pop(r);
		return n;
	case MDESC_T_PACKET: case MDESC_X_NEG: case MDESC_X_COM: case MDESC_X_NOT: case MDESC_X_SLICE:
		n->a = pop(r);
		return n;
	default:
		n->b = pop(r);
		n->a = pop(r);
		return n;
	}
}

static void statement(struct reading *r, const struct mdc_eop *o, const struct lw_guard *when)
{
	struct lw_stmt s = { .op = o->op, .reg = o->index, .when = when };

	if (o->op == MDESC_T_SETM)
		s.mask = pop(r);
	if (o->op == MDESC_T_SET || o->op == MDESC_T_SETM)
		s.value = pop(r);
	for (size_t i = 0; i < r->args.n && i < LW_ARGS_MAX; i++)
		s.args[s.n_args++] = r->args.p[i];
	r->args.n = 0;
	if (o->op == MDESC_T_SET && r->l->m->rawregs[o->index].kind == MDESC_RAW_REG_LET)
		r->lets[o->index] = s.value;
	else
		*vec_push(r->a, &r->stmts) = s;
}

static void read_range(struct reading *r, uint32_t lo, uint32_t hi, const struct lw_guard *when)
{
	const struct mdc_eop *ops = r->l->t->code.ops;
	const struct lw_node *x;

	for (uint32_t i = lo; i < hi; i++) {
		const struct mdc_eop *o = &ops[i];

		if (o->op == MDESC_T_UNLESS) {
			struct lw_guard *g = arena_new_of(r->a, struct lw_guard);
			struct lw_guard *not = arena_new_of(r->a, struct lw_guard);
			uint32_t end = o->index > hi ? hi : o->index;
			bool other = end > i + 1 && ops[end - 1].op == MDESC_T_SKIP;

			*g = (struct lw_guard){ pop(r), true, when };
			*not = (struct lw_guard){ g->x, false, when };
			read_range(r, i + 1, other ? end - 1 : end, g);
			if (other)
				read_range(r, end, ops[end - 1].index, not);
			i = (other ? ops[end - 1].index : end) - 1;
		} else if (o->op == MDESC_T_ARG) {
			x = pop(r);
			*vec_push(r->a, &r->args) = x;
		} else if (o->op == MDESC_T_SET || o->op == MDESC_T_SETM || o->op == MDESC_T_RECORD ||
			   o->op == MDESC_T_STOP || o->op == MDESC_T_GOTO) {
			statement(r, o, when);
		} else {
			x = node(r, o);	/* pops first */
			*vec_push(r->a, &r->stack) = x;
		}
	}
}

void lw_read(struct lower *l)
{
	struct reading r = { .l = l, .a = l->ctx->arena };

	r.lets = arena_array(r.a, const struct lw_node *, l->m->n_rawregs + 1);
	read_range(&r, 0, l->t->code.n, NULL);
	l->stmts = r.stmts.p;
	l->n_stmts = (uint32_t)r.stmts.n;
}

/* ---- fields ---- */

static bool too_small(struct lower *l, const struct mdc_bfield *f, int64_t v)
{
	if (!l->small || l->small_v == v) {
		l->small = f;
		l->small_v = v;
	}
	return false;
}

bool lw_give(struct lower *l, const struct mdc_bits_struct *of, const struct mdc_bfield *f, int64_t v, uint64_t mask)
{
	uint64_t size = v < 0 ? (uint64_t)-(v + 1) + 1 : (uint64_t)v;

	if (f->is_signed ? f->bits < 64 && v >> (f->bits - 1) != (v < 0 ? -1 : 0) :
	    size > lw_ones(f->bits) || (v < 0 && f->sign == UINT32_MAX))
		return too_small(l, f, v);
	mask &= lw_ones(f->bits);
	for (uint32_t i = 0; i < l->n_given; i++)
		if (l->given[i].field == f) {
			if (l->given[i].v != v || l->given[i].mask != mask)
				l->clash = f;
			return l->given[i].v == v && l->given[i].mask == mask;
		}
	if (l->n_given == sizeof(l->given) / sizeof(*l->given))
		return false;
	l->given[l->n_given++] = (struct lw_given){ of, f, v, mask };
	return true;
}

static bool give_node(struct lower *l, const struct lw_node *n, int64_t v, uint64_t mask)
{
	return n->o->of != l->t->key && lw_give(l, n->o->of, n->o->field, v, mask);
}

static bool is(const struct lw_node *n, uint8_t op)
{
	return n && n->o->op == op;
}

/* ---- values ---- */

static bool want(struct lower *l, const struct lw_node *n, struct lw_val v, uint32_t depth);

static bool want_truth(struct lower *l, const struct lw_node *n, bool t, uint32_t depth)
{
	uint32_t before = l->n_given;
	bool both;

	if (!n || depth > DEPTH_MAX)
		return false;
	switch (n->o->op) {
	case MDESC_X_CONST:
		return !n->o->imm == !t;
	case MDESC_T_FIELD:
		return (n->o->field->bits == 1 || !t) && give_node(l, n, t, UINT64_MAX);
	case MDESC_X_NOT:
		return want_truth(l, n->a, !t, depth + 1);
	case MDESC_X_EQ: case MDESC_X_NE:
		if (t != (n->o->op == MDESC_X_EQ))
			return true;	/* lower_run.c asks */
		if (is(n->b, MDESC_X_CONST))
			return want(l, n->a, lw_const((int64_t)n->b->o->imm), depth + 1);
		return is(n->a, MDESC_X_CONST) && want(l, n->b, lw_const((int64_t)n->a->o->imm), depth + 1);
	case MDESC_X_LAND: case MDESC_X_LOR:
		both = t == (n->o->op == MDESC_X_LAND);
		if (both)
			return want_truth(l, n->a, t, depth + 1) && want_truth(l, n->b, t, depth + 1);
		if (want_truth(l, n->a, t, depth + 1))
			return true;
		l->n_given = before;
		return want_truth(l, n->b, t, depth + 1);
	default:
		return false;
	}
}

static bool want_guards(struct lower *l, const struct lw_guard *g)
{
	for (; g; g = g->up)
		if (!want_truth(l, g->x, g->is, 0))
			return false;
	return true;
}

static bool want_cond(struct lower *l, const struct lw_node *n, struct lw_val v, uint32_t depth)
{
	uint32_t before = l->n_given;

	if (want_truth(l, n->a, true, depth + 1) && want(l, n->b, v, depth + 1))
		return true;
	l->n_given = before;
	return want_truth(l, n->a, false, depth + 1) && want(l, n->c, v, depth + 1);
}

/* A shift by a constant, or what does the same: @n's inside is the piece before it. */
static bool want_shifted(struct lower *l, const struct lw_node *n, struct lw_val v, uint32_t depth)
{
	uint32_t before = l->n_given;
	uint64_t by = n->b->o->imm;

	if (is(n, MDESC_X_MUL)) {
		if (!by || by & (by - 1))
			return false;
		by = (uint64_t)__builtin_ctzll(by);
	}
	if (by > 32)
		return false;
	v.shift += is(n, MDESC_X_SHR) || is(n, MDESC_X_SSHR) ? (int)by : -(int)by;
	if (want(l, n->a, v, depth + 1))
		return true;
	l->n_given = before;
	if (!is(n, MDESC_X_SHR) && !is(n, MDESC_X_SSHR))
		return false;
	v.mask |= lw_ones((uint32_t)by);	/* bits that are shifted out */
	return want(l, n->a, v, depth + 1);
}

/* A slice of the packet's bytes. */
static bool want_slice(struct lower *l, const struct lw_node *n, struct lw_val v, uint32_t depth)
{
	if (v.shift != -(int)n->o->lo || v.mask != lw_ones(n->o->width) << n->o->lo)
		return false;
	v.shift = 0;
	v.mask = lw_ones(8 * v.bytes);
	return want(l, n->a, v, depth + 1);
}

/* (the packet's bytes & mask) << shift */
static bool want_piece(struct lower *l, const struct lw_node *n, struct lw_val v, uint32_t depth)
{
	struct lw_val at = { .cursor = true, .reg = LW_NONE, .c = v.at }, inner = v;
	uint32_t width;

	switch (n->o->op) {
	case MDESC_X_SHL: case MDESC_X_SHR: case MDESC_X_SSHR:
		if (is(n->b, MDESC_X_CONST))
			return want_shifted(l, n, v, depth);
		inner.shift = 0;
		if (n->o->op == MDESC_X_SHL ? v.shift < 0 : v.shift > 0)
			return false;
		return want(l, n->b, lw_const(v.shift < 0 ? -v.shift : v.shift), depth + 1) &&
		       want(l, n->a, inner, depth + 1);
	case MDESC_X_SLICE:
		return want_slice(l, n, v, depth);
	case MDESC_X_MUL:
		if (is(n->b, MDESC_X_CONST))
			return want_shifted(l, n, v, depth);
		if (is(n->a, MDESC_X_CONST))
			return want_shifted(l, &(struct lw_node){ n->o, n->b, n->a, NULL }, v, depth);
		inner.shift = 0;
		return v.shift >= 0 && want(l, n->b, lw_const(1ll << v.shift), depth + 1) &&
		       want(l, n->a, inner, depth + 1);
	case MDESC_X_AND:
		if (v.shift) {		/* the mask is behind the shift */
			inner.mask = lw_ones(8 * v.bytes);
			v.mask = v.shift > 0 ? v.mask << v.shift : v.mask >> -v.shift;
			return want(l, n->b, lw_const((int64_t)v.mask), depth + 1) && want(l, n->a, inner, depth + 1);
		}
		n = is(n->a, MDESC_T_PACKET) ? n : &(struct lw_node){ n->o, n->b, n->a, NULL };
		if (!is(n->a, MDESC_T_PACKET) || !want(l, n->b, lw_const((int64_t)v.mask), depth + 1))
			return false;
		inner.mask = lw_ones(n->a->o->width);
		width = n->a->o->width / 8;
		if (width < v.bytes)
			return false;
		inner.at = v.at - (width - v.bytes);
		inner.bytes = width;
		return want(l, n->a, inner, depth + 1);
	case MDESC_T_PACKET:
		return !v.shift && n->o->width == 8 * v.bytes && v.mask == lw_ones(n->o->width) &&
		       (n->o->width == 8 || n->o->lo == MDESC_ORDER_BE) && want(l, n->a, at, depth + 1);
	default:
		return false;
	}
}

struct term { const struct lw_node *n; bool minus, used; };

static uint32_t terms_of(const struct lw_node *n, bool minus, struct term *terms, uint32_t count)
{
	if (n && (is(n, MDESC_X_ADD) || is(n, MDESC_X_SUB)) && count < LW_ARGS_MAX) {
		count = terms_of(n->a, minus, terms, count);
		return terms_of(n->b, minus ^ is(n, MDESC_X_SUB), terms, count);
	}
	if (n && count < LW_ARGS_MAX)
		terms[count++] = (struct term){ n, minus, false };
	return count;
}

/* Some term that has not been used becomes @v. */
static bool want_term(struct lower *l, struct term *terms, uint32_t n, struct lw_val v, uint32_t depth)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t before = l->n_given;

		if (terms[i].used)
			continue;
		if (terms[i].minus)
			v.c = -v.c;
		if (!(terms[i].minus && v.bytes) && want(l, terms[i].n, v, depth + 1))
			return terms[i].used = true;
		if (terms[i].minus)
			v.c = -v.c;
		l->n_given = before;
	}
	return false;
}

static bool want_sum(struct lower *l, const struct lw_node *n, struct lw_val v, uint32_t depth)
{
	struct term terms[LW_ARGS_MAX + 1];
	uint32_t count = terms_of(n, false, terms, 0);
	struct lw_val piece = v;

	for (uint32_t i = 0; i < count; i++) {
		const struct mdc_eop *o = terms[i].n->o;

		if (o->op == MDESC_X_CONST)
			v.c -= terms[i].minus ? -(int64_t)o->imm : (int64_t)o->imm;
		else if (o->op == MDESC_T_REG && !o->index && !terms[i].minus && v.cursor)
			v.cursor = false;
		else if (o->op == MDESC_T_REG && o->index == v.reg && !terms[i].minus)
			v.reg = LW_NONE;
		else
			continue;
		terms[i].used = true;
	}
	if (v.cursor || v.reg != LW_NONE)
		return false;
	piece.cursor = false;
	piece.reg = LW_NONE;
	piece.c = 0;
	if (v.bytes && !want_term(l, terms, count, piece, depth))
		return false;
	if (v.c && !want_term(l, terms, count, lw_const(v.c), depth))
		return false;
	for (uint32_t i = 0; i < count; i++)	/* what is not 0 by itself */
		if (!terms[i].used && is(terms[i].n, MDESC_T_FIELD) && terms[i].n->o->field->has_init &&
		    !give_node(l, terms[i].n, 0, UINT64_MAX))
			return false;
	return true;
}

static bool want(struct lower *l, const struct lw_node *n, struct lw_val v, uint32_t depth)
{
	bool number = lw_is_const(&v);
	int64_t by;

	if (!n || depth > DEPTH_MAX)
		return false;
	if (is(n, MDESC_X_ADD) || is(n, MDESC_X_SUB) || (is(n, MDESC_T_REG) && !number))
		return want_sum(l, n, v, depth + 1);
	if (is(n, MDESC_X_COND))
		return want_cond(l, n, v, depth);
	if (v.bytes && !v.c && !v.cursor && v.reg == LW_NONE)
		return want_piece(l, n, v, depth);
	if (!number)
		return false;
	if (is(n, MDESC_X_CONST))
		return (int64_t)n->o->imm == v.c;
	if (is(n, MDESC_T_FIELD))
		return give_node(l, n, v.c, UINT64_MAX);
	if ((is(n, MDESC_X_SHL) || is(n, MDESC_X_MUL)) && is(n->b, MDESC_X_CONST)) {
		if (is(n, MDESC_X_SHL) ? n->b->o->imm > 32 : n->b->o->imm - 1 > 1u << 30)
			return false;
		by = is(n, MDESC_X_SHL) ? 1ll << n->b->o->imm : (int64_t)n->b->o->imm;
		return !(v.c % by) && want(l, n->a, lw_const(v.c / by), depth + 1);
	}
	return is(n, MDESC_X_MUL) && is(n->a, MDESC_X_CONST) &&
	       want(l, &(struct lw_node){ n->o, n->b, n->a, NULL }, v, depth + 1);
}

/* ---- statements ---- */

static bool is_set(const struct lw_stmt *s, uint32_t reg)
{
	return (s->op == MDESC_T_SET || s->op == MDESC_T_SETM) && s->reg == reg;
}

bool lw_solve_set(struct lower *l, const struct lw_set *need)
{
	const struct lw_val *to = &need->v;

	for (uint32_t i = 0; i < l->n_stmts; i++) {
		const struct lw_stmt *s = &l->stmts[i];
		uint32_t before = l->n_given;
		bool ok;

		if (!is_set(s, need->reg) || (s->op == MDESC_T_SET && !need->whole && !is(s->value, MDESC_X_OR)))
			continue;
		ok = want_guards(l, s->when);
		if (ok && s->op == MDESC_T_SETM)
			ok = is(s->value, MDESC_T_FIELD) && lw_is_const(to) &&
			     give_node(l, s->value, to->c, need->mask);
		else if (ok && is(s->value, MDESC_X_OR))	/* NAME = NAME | FIELD: bits that are only set */
			ok = lw_is_const(to) && !(need->mask & ~(uint64_t)to->c) &&
			     want(l, is(s->value->a, MDESC_T_REG) ? s->value->b : s->value->a, *to, 0);
		else if (ok)
			ok = want(l, s->value, *to, 0);
		if (ok)
			return true;
		l->n_given = before;
	}
	return false;
}

bool lw_solve_cursor(struct lower *l, const struct lw_val *to)
{
	struct lw_set all = { 0, *to, UINT64_MAX, true }, piece = all, number = all;
	uint32_t before = l->n_given;

	if (!to->c && !to->bytes)
		return true;	/* it stays where it is */
	if (lw_solve_set(l, &all))
		return true;
	l->n_given = before;
	piece.v.c = 0;
	number.v.bytes = 0;
	return to->bytes && to->c && lw_solve_set(l, &piece) && lw_solve_set(l, &number);
}

bool lw_solve_stop(struct lower *l, bool stop, uint32_t code, bool *no_code)
{
	*no_code = false;
	for (uint32_t i = 0; i < l->n_stmts; i++) {
		const struct lw_stmt *s = &l->stmts[i];
		uint32_t before = l->n_given;

		if (s->op != MDESC_T_STOP || !stop)
			continue;
		if (want_guards(l, s->when)) {
			if (!code || (s->n_args && want(l, s->args[s->n_args - 1], lw_const(code), 0)))
				return true;
			*no_code |= !s->n_args;
		}
		l->n_given = before;
	}
	return !stop;
}

bool lw_solve_record(struct lower *l, uint32_t id, bool with_id, bool *there)
{
	*there = false;
	for (uint32_t i = 0; i < l->n_stmts; i++) {
		const struct lw_stmt *s = &l->stmts[i];
		uint32_t before = l->n_given;

		if (s->op != MDESC_T_RECORD)
			continue;
		*there = true;
		if (want_guards(l, s->when) &&
		    (!with_id || !s->n_args || want(l, s->args[0], lw_const(id), 0)))
			return true;
		l->n_given = before;
	}
	return !*there;
}

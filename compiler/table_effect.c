/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What raw tables do: takes the statements of `effect {...}` and the addresses of
 * loads, gives the operations of format.h, on registers that all tables share.
 * Which registers there are comes first: what keys are made of, then what effects
 * set. A name is a `let`, then a field of the result, then a register, then a
 * constant; where an enum's field is compared, its enumerators come first.
 */
#include <mdesc/format.h>

#include "table_make.h"

#define OPS_MAX		4096u	/* of an effect */
#define STACK_MAX	32u
#define ARGS_MAX	8u
#define REGS_MAX	4096u	/* of all tables */

struct effects {
	struct tb *b;
	struct resolver *r;
	VEC(struct mdc_rawreg) regs;
	struct atom_map reg_of;		/* name -> index + 1 */
	struct atom_map declared;	/* by lines `register`: name -> the line's name */
	/* of one effect or load */
	struct tb_table *t;		/* NULL: a load, which sees registers only */
	struct atom_map lets;		/* name -> index + 1 */
	VEC(struct mdc_eop) ops;
	uint32_t depth;			/* of the stack */
	bool failed;
	struct mdc_eop nowhere;		/* operations after a failure */
};

/* ---- registers ---- */

static uint32_t add_reg(struct effects *e, const char *name, uint32_t kind, const struct mdc_type *enum_type,
			struct loc loc)
{
	uint32_t idx = (uint32_t)(uintptr_t)atom_map_get(&e->reg_of, name);

	if (idx) {
		struct mdc_rawreg *r = &e->regs.p[idx - 1];

		if (kind == MDESC_RAW_REG_KEY && r->kind == MDESC_RAW_REG_RESULT)
			r->kind = kind;
		if (enum_type && !r->enum_type)
			r->enum_type = enum_type;
		return idx - 1;
	}
	*vec_push(e->b->arena, &e->regs) = (struct mdc_rawreg){ name, kind, enum_type, loc };
	atom_map_add(&e->reg_of, name, (void *)e->regs.n);
	return (uint32_t)e->regs.n - 1;
}

/* Names in the address of a load are registers, unless they are constants. */
static void load_regs(struct effects *e, const struct ast *x)
{
	const struct ast_binary *two = (const struct ast_binary *)x;

	if (x->kind == AST_BINARY) {
		load_regs(e, two->a);
		load_regs(e, two->b);
	} else if (x->kind == AST_UNARY) {
		load_regs(e, ((const struct ast_unary *)x)->a);
	} else if (x->kind == AST_NAME && !rs_is_const(e->r, x, NULL)) {
		add_reg(e, ((const struct ast_ident *)x)->s, MDESC_RAW_REG_KEY, NULL, x->loc);
	}
}

static const struct mdc_bfield *field_named(const struct mdc_bits_struct *s, const char *name)
{
	for (uint32_t i = 0; s && i < s->n_fields; i++)
		if (s->fields[i].name == name)
			return &s->fields[i];
	return NULL;
}

static const struct mdc_bfield *result_named(const struct mdc_table *t, const char *name,
					     const struct mdc_bits_struct **of)
{
	const struct mdc_bfield *f = NULL;

	for (uint32_t i = 0; i < t->n_results && !f; i++) {
		f = field_named(t->results[i], name);
		*of = t->results[i];
	}
	return f;
}

/* The field of a key of any table that a register of this name is; @of: of which. */
static const struct mdc_bfield *key_named(struct effects *e, const char *name, const struct mdc_bits_struct **of)
{
	const struct mdc_bfield *f = NULL;

	for (size_t i = 0; i < e->b->list.n && !f; i++) {
		*of = e->b->list.p[i]->t.key;
		f = field_named(*of, name);
	}
	return f;
}

static const char *plain_name(const struct ast *x)
{
	return x && x->kind == AST_NAME ? ((const struct ast_ident *)x)->s : NULL;
}

/* What an effect sets; of the type that the key's field or the result's field has. */
static void set_regs(struct effects *e, const struct mdc_table *t, const struct ast *list)
{
	for (; list; list = list->next) {
		const struct ast_effect_if *group = (const struct ast_effect_if *)list;
		const struct ast_effect_set *set = (const struct ast_effect_set *)list;
		const char *to = list->kind == AST_EFFECT_SET ? plain_name(set->to) : NULL;
		const char *from = to && !set->adds ? plain_name(set->value) : NULL;
		const struct mdc_bits_struct *of;
		const struct mdc_bfield *key = to ? key_named(e, to, &of) : NULL, *f = NULL;

		if (list->kind == AST_EFFECT_IF) {
			set_regs(e, t, group->then);
			set_regs(e, t, group->other);
		}
		if (!to)
			continue;
		if (from)
			f = result_named(t, from, &of);
		add_reg(e, to, key ? MDESC_RAW_REG_KEY : MDESC_RAW_REG_RESULT,
			key ? key->enum_type : f ? f->enum_type : NULL, set->to->loc);
	}
}

static void find_regs(struct effects *e)
{
	struct atoms *atoms = e->r->ctx->atoms;
	struct loc none = { .src = UINT32_MAX };

	add_reg(e, atom(atoms, "cursor"), MDESC_RAW_REG_CURSOR, NULL, none);
	add_reg(e, atom(atoms, "stage"), MDESC_RAW_REG_STAGE, NULL, none);
	for (size_t i = 0; i < e->b->list.n; i++) {
		const struct mdc_table *t = &e->b->list.p[i]->t;

		for (uint32_t k = 0; t->key && k < t->key->n_fields; k++) {
			const struct mdc_bfield *f = &t->key->fields[k];

			if (f->load)
				load_regs(e, f->load->ast->at);
			else if (!f->alias)
				add_reg(e, f->name, MDESC_RAW_REG_KEY, f->enum_type, f->loc);
		}
		if (t->index)
			add_reg(e, t->index, MDESC_RAW_REG_KEY, NULL, t->index_loc);
	}
	for (size_t i = 0; i < e->b->list.n; i++)
		set_regs(e, &e->b->list.p[i]->t, e->b->list.p[i]->t.effect);
	for (size_t i = 0; i < e->b->list.n; i++)
		for (size_t k = 0; k < e->b->list.p[i]->registers.n; k++)
			add_reg(e, e->b->list.p[i]->registers.p[k]->s, MDESC_RAW_REG_RESULT, NULL,
				e->b->list.p[i]->registers.p[k]->h.loc);
}

/* ---- operations ---- */

/* One more, after which the stack has @grows more numbers. */
static struct mdc_eop *op(struct effects *e, uint8_t kind, int grows, struct loc loc)
{
	e->depth = (uint32_t)((int)e->depth + grows);
	if (e->failed)
		return memset(&e->nowhere, 0, sizeof(e->nowhere));
	if (e->ops.n == OPS_MAX || e->depth > STACK_MAX) {
		diag(e->r->ctx, CHK_range, loc, e->depth > STACK_MAX ? "this is nested too deeply" :
		     "an effect has %u operations at most", OPS_MAX);
		e->failed = true;
		return memset(&e->nowhere, 0, sizeof(e->nowhere));
	}
	*vec_push(e->b->arena, &e->ops) = (struct mdc_eop){ .op = kind };
	return &e->ops.p[e->ops.n - 1];
}

static void constant(struct effects *e, rs_int v, struct loc loc)
{
	struct mdc_eop *o = op(e, MDESC_X_CONST, 1, loc);

	o->imm = (uint64_t)v;
	o->lo = v < 0;
}

static void push_field(struct effects *e, const struct mdc_bits_struct *of, const struct mdc_bfield *f, bool mask,
		       struct loc loc)
{
	struct mdc_eop *o = op(e, mask ? MDESC_T_MASK : MDESC_T_FIELD, 1, loc);

	o->of = of;
	o->field = f;
}

static void with_index(struct effects *e, uint8_t kind, uint32_t index, int grows, struct loc loc)
{
	op(e, kind, grows, loc)->index = index;
}

/* ---- names ---- */

/* What a name is. */
struct meant {
	enum { M_NOTHING, M_LET, M_FIELD, M_REG } is;
	uint32_t index;
	const struct mdc_bits_struct *of;
	const struct mdc_bfield *field;
	const struct mdc_type *enum_type;
	bool sign;
};

static struct meant field_meant(const struct mdc_bits_struct *of, const struct mdc_bfield *f)
{
	return (struct meant){ M_FIELD, 0, of, f, f->enum_type, f->is_signed || f->sign != UINT32_MAX };
}

static struct meant name_meant(struct effects *e, const char *name)
{
	uint32_t idx = (uint32_t)(uintptr_t)atom_map_get(&e->lets, name);
	const struct mdc_bits_struct *of = NULL;
	const struct mdc_bfield *f;

	if (idx)
		return (struct meant){ .is = M_LET, .index = idx - 1, .sign = true };
	f = e->t ? result_named(&e->t->t, name, &of) : NULL;
	if (f)
		return field_meant(of, f);
	idx = (uint32_t)(uintptr_t)atom_map_get(&e->reg_of, name);
	if (idx)
		return (struct meant){ .is = M_REG, .index = idx - 1, .enum_type = e->regs.p[idx - 1].enum_type,
				       .sign = idx == 1 };
	return (struct meant){ .is = M_NOTHING };
}

/* key.NAME, result.NAME */
static struct meant member_meant(struct effects *e, const struct ast_field *x)
{
	const char *base = plain_name(x->base);
	const struct mdc_bits_struct *of = NULL;
	const struct mdc_bfield *f = NULL;

	if (e->t && base && !strcmp(base, "key")) {
		of = e->t->t.key;
		f = field_named(of, x->name.s);
	} else if (e->t && base && !strcmp(base, "result")) {
		f = result_named(&e->t->t, x->name.s, &of);
	}
	return f ? field_meant(of, f) : (struct meant){ .is = M_NOTHING };
}

static struct meant meant(struct effects *e, const struct ast *x)
{
	if (x->kind == AST_FIELD)
		return member_meant(e, (const struct ast_field *)x);
	return x->kind == AST_NAME ? name_meant(e, ((const struct ast_ident *)x)->s) :
	       (struct meant){ .is = M_NOTHING };
}

static bool push_meant(struct effects *e, const struct meant *m, struct loc loc)
{
	if (m->is == M_FIELD)
		push_field(e, m->of, m->field, false, loc);
	else
		with_index(e, MDESC_T_REG, m->index, 1, loc);
	return m->sign;
}

static bool fail(struct effects *e)
{
	e->failed = true;
	return false;
}

static bool unknown(struct effects *e, const struct ast *x)
{
	struct ast_name n = { plain_name(x), x->loc };
	struct atom_map known;

	atom_map_init(&known, e->b->arena);
	for (size_t i = 0; i < e->regs.n; i++)
		atom_map_add(&known, e->regs.p[i].name, &e->regs.p[i]);
	for (uint32_t i = 0; e->t && i < e->t->t.n_results; i++)
		for (uint32_t k = 0; k < e->t->t.results[i]->n_fields; k++)
			atom_map_add(&known, e->t->t.results[i]->fields[k].name, e);
	rs_unknown(e->r, n, "field or register", &known);
	return fail(e);
}

/* ---- values ---- */

static bool value(struct effects *e, const struct ast *x, const struct mdc_type *expected);

static bool name_value(struct effects *e, const struct ast *x, const struct mdc_type *expected)
{
	struct meant m = meant(e, x);
	rs_int v;

	if (m.is == M_NOTHING && !rs_is_const(e->r, x, expected))
		return unknown(e, x);
	if (m.is != M_NOTHING && !(expected && rs_is_const(e->r, x, expected)))
		return push_meant(e, &m, x->loc);
	if (!rs_const(e->r, x, expected, &v))
		return fail(e);
	constant(e, v, x->loc);
	return v < 0;
}

/* key.NAME, result.NAME, NAME.mask, packet.length */
static bool member_value(struct effects *e, const struct ast_field *x)
{
	struct meant m = member_meant(e, x);
	const struct mdc_bits_struct *of = NULL;
	const struct mdc_bfield *f = NULL;
	const char *base = plain_name(x->base);

	if (m.is != M_NOTHING)
		return push_meant(e, &m, x->h.loc);
	if (base && !strcmp(base, "packet") && !strcmp(x->name.s, "length")) {
		op(e, MDESC_T_LENGTH, 1, x->h.loc);
		return false;
	}
	if (base && e->t && !strcmp(x->name.s, "mask"))
		f = result_named(&e->t->t, base, &of);
	if (f && f->mask) {
		push_field(e, of, f, true, x->h.loc);
		return false;
	}
	diag_note(diag(e->r->ctx, CHK_unknown_name, x->h.loc,
		       f ? "field '%s' has no mask" : "an effect has no such value",
		       base ? base : ""), "there are `key.FIELD`, `result.FIELD`, `FIELD.mask`, `packet.length`");
	return fail(e);
}

/* The bytes at the place that is on the stack. */
static void packet_at(struct effects *e, uint32_t bits, bool little, struct loc loc)
{
	struct mdc_eop *o = op(e, MDESC_T_PACKET, 0, loc);

	o->width = (uint8_t)bits;
	o->lo = little ? MDESC_ORDER_LE : MDESC_ORDER_BE;
}

static bool of_packet(struct effects *e, const struct ast *base)
{
	if (plain_name(base) && !strcmp(plain_name(base), "packet"))
		return true;
	diag_note(diag(e->r->ctx, CHK_wrong_kind, base->loc, "only the packet has bytes that can be read"),
		  "write `packet[cursor + N]`, with a type in front where it is more than one byte");
	return fail(e);
}

/* TYPE packet[AT]; how many bits it has, 0 after an error. */
static uint32_t load(struct effects *e, const struct ast_load *l, bool *sign)
{
	const struct mdc_type *t = mdc_type_strip(rs_type_named(e->r, l->type));

	*sign = false;
	if (rs_of(t)->broken || t == e->r->ts->error) {
		fail(e);
		return 0;
	}
	if (strcmp(l->of.s, "packet")) {
		diag_note(diag(e->r->ctx, CHK_wrong_kind, l->of.loc, "only the packet has bytes that can be read"),
			  "write `%s packet[cursor + N]`", l->type.s);
		fail(e);
		return 0;
	}
	if (t->kind != MDC_INT || t->order == MDC_RAW || (t->bits > 8 && t->order == MDC_HOST)) {
		diag_note(diag(e->r->ctx, CHK_type, l->type.loc, "bytes of the packet have an order, '%s' has none",
			       l->type.s), "write u8, or be16 to be64, le16 to le64");
		fail(e);
		return 0;
	}
	value(e, l->at, NULL);
	packet_at(e, t->bits, t->order == MDC_LE, l->h.loc);
	return t->bits;
}

static const uint8_t two_sided[] = {
	[OP_ADD] = MDESC_X_ADD, [OP_SUB] = MDESC_X_SUB, [OP_MUL] = MDESC_X_MUL, [OP_DIV] = MDESC_X_DIV,
	[OP_MOD] = MDESC_X_MOD, [OP_SHL] = MDESC_X_SHL, [OP_SHR] = MDESC_X_SHR, [OP_AND] = MDESC_X_AND,
	[OP_OR] = MDESC_X_OR, [OP_XOR] = MDESC_X_XOR, [OP_LAND] = MDESC_X_LAND, [OP_LOR] = MDESC_X_LOR,
	[OP_EQ] = MDESC_X_EQ, [OP_NE] = MDESC_X_NE, [OP_LT] = MDESC_X_LT, [OP_LE] = MDESC_X_LE,
	[OP_GT] = MDESC_X_GT, [OP_GE] = MDESC_X_GE,
};

static bool binary_value(struct effects *e, const struct ast_binary *x)
{
	bool compares = x->op == OP_EQ || x->op == OP_NE || x->op == OP_LT || x->op == OP_LE || x->op == OP_GT ||
			x->op == OP_GE;
	const struct mdc_type *left = compares ? meant(e, x->a).enum_type : NULL;
	const struct mdc_type *right = compares && !left ? meant(e, x->b).enum_type : NULL;
	bool a = value(e, x->a, right), b = value(e, x->b, left), sign = a || b;
	uint8_t kind = two_sided[x->op];

	if (x->op == OP_DIV || x->op == OP_MOD || x->op == OP_LT || x->op == OP_LE || x->op == OP_GT || x->op == OP_GE)
		kind += sign;
	if (x->op == OP_SHR)
		kind += a;
	op(e, kind, -1, x->h.loc);
	return x->op == OP_SUB || (!compares && sign && x->op != OP_LAND && x->op != OP_LOR);
}

static bool slice_value(struct effects *e, const struct ast_slice *x)
{
	uint64_t hi, lo;
	struct mdc_eop *o;

	value(e, x->base, NULL);
	if (!rs_const_in(e->r, x->hi, "a bit", 0, 63, &hi) || !rs_const_in(e->r, x->lo, "a bit", 0, hi, &lo))
		return fail(e);
	o = op(e, MDESC_X_SLICE, 0, x->h.loc);
	o->lo = (uint8_t)lo;
	o->width = (uint8_t)(hi - lo + 1);
	return false;
}

static bool other_value(struct effects *e, const struct ast *x)
{
	rs_int v;

	if (!rs_is_const(e->r, x, NULL)) {
		diag_note(diag(e->r->ctx, CHK_wrong_kind, x->loc, "an effect cannot compute this"),
			  "it has numbers, fields, registers, `packet[AT]`, and C's operators");
		return fail(e);
	}
	if (!rs_const(e->r, x, NULL, &v))
		return fail(e);
	constant(e, v, x->loc);
	return v < 0;
}

/* The value of @x on the stack; whether it can be negative. */
static bool value(struct effects *e, const struct ast *x, const struct mdc_type *expected)
{
	const struct ast_cond *c = (const struct ast_cond *)x;
	const struct ast_index *i = (const struct ast_index *)x;
	const struct ast_unary *u = (const struct ast_unary *)x;
	bool sign;

	switch (x->kind) {
	case AST_NAME:
		return name_value(e, x, expected);
	case AST_FIELD:
		return member_value(e, (const struct ast_field *)x);
	case AST_LOAD:
		load(e, (const struct ast_load *)x, &sign);
		return sign;
	case AST_INDEX:
		if (!of_packet(e, i->base))
			return false;
		value(e, i->index, NULL);
		packet_at(e, 8, false, x->loc);
		return false;
	case AST_SLICE:
		return slice_value(e, (const struct ast_slice *)x);
	case AST_UNARY:
		sign = value(e, u->a, NULL);
		op(e, u->op == OP_NEG ? MDESC_X_NEG : u->op == OP_NOT ? MDESC_X_NOT : MDESC_X_COM, 0, x->loc);
		return u->op == OP_NEG || (u->op == OP_COM && sign);
	case AST_BINARY:
		return binary_value(e, (const struct ast_binary *)x);
	case AST_COND:
		value(e, c->c, NULL);
		sign = value(e, c->a, expected);
		sign |= value(e, c->b, expected);
		op(e, MDESC_X_COND, -2, x->loc);
		return sign;
	default:
		return other_value(e, x);
	}
}

/* ---- statements ---- */

static void statements(struct effects *e, const struct ast *list);

static void set(struct effects *e, const struct ast_effect_set *s)
{
	const char *to = plain_name(s->to);
	uint32_t idx = to ? (uint32_t)(uintptr_t)atom_map_get(&e->reg_of, to) : 0;
	struct meant m = meant(e, s->value);
	const struct mdc_bits_struct *of = NULL;
	const struct mdc_bfield *key = to ? key_named(e, to, &of) : NULL;
	struct diag *d;

	if (!idx || atom_map_get(&e->lets, to)) {
		diag_note(diag(e->r->ctx, CHK_wrong_kind, s->to->loc, idx ? "'%s' is a `let`, which stays as it is" :
			       "this cannot be set", idx ? to : ""),
			  "an effect sets `cursor`, `stage`, fields of keys, names of loads, and registers");
		fail(e);
		return;
	}
	if (e->regs.p[idx - 1].kind == MDESC_RAW_REG_RESULT &&
	    !tb_may_set(e->b, e->t, (struct ast_name){ to, s->to->loc }, e->regs.p, e->regs.n, &e->declared)) {
		fail(e);
		return;
	}
	if (key && key->alias && !key->load && !mdc_alias_is_loaded(of, key)) {
		d = diag(e->r->ctx, CHK_wrong_kind, s->to->loc, "'%s' is an alias of fields that stay", to);
		diag_label(d, key->loc, "declared here");
		diag_note(d, "set these fields: an alias can be set where it lies over bytes of the packet only");
		fail(e);
		return;
	}
	if (s->adds)
		with_index(e, MDESC_T_REG, idx - 1, 1, s->to->loc);
	value(e, s->value, s->adds || !key ? NULL : m.is == M_NOTHING ? key->enum_type : NULL);
	if (s->adds)
		op(e, MDESC_X_ADD, -1, s->h.loc);
	if (!s->adds && m.is == M_FIELD && m.field->mask) {
		push_field(e, m.of, m.field, true, s->h.loc);
		with_index(e, MDESC_T_SETM, idx - 1, -2, s->h.loc);
		return;
	}
	with_index(e, MDESC_T_SET, idx - 1, -1, s->h.loc);
}

static void let(struct effects *e, const struct ast_effect_set *s)
{
	uint32_t idx;

	rs_check_name(e->r, s->name);
	value(e, s->value, NULL);
	if (atom_map_get(&e->lets, s->name.s)) {
		rs_duplicate(e->r, s->name, "let", (struct loc){ .src = UINT32_MAX });
		fail(e);
		return;
	}
	*vec_push(e->b->arena, &e->regs) = (struct mdc_rawreg){ s->name.s, MDESC_RAW_REG_LET, NULL, s->name.loc };
	idx = (uint32_t)e->regs.n;
	atom_map_add(&e->lets, s->name.s, (void *)(uintptr_t)idx);
	with_index(e, MDESC_T_SET, idx - 1, -1, s->h.loc);
}

static void arguments(struct effects *e, const struct ast_call *c)
{
	uint32_t n = 0;

	ast_each(a, c->args) {
		const struct ast_field *f = (const struct ast_field *)a;
		const char *name = a->kind == AST_FIELD ? f->name.s : plain_name(a);
		struct meant m = meant(e, a);
		struct mdc_eop *o;

		if (n++ == ARGS_MAX) {
			diag(e->r->ctx, CHK_range, a->loc, "'%s' takes %u values at most", c->name.s, ARGS_MAX);
			fail(e);
			return;
		}
		value(e, a, NULL);
		o = op(e, MDESC_T_ARG, -1, a->loc);
		o->name = name ? name : arena_printf(e->b->arena, "arg%u", n);
		o->type = m.enum_type ? m.enum_type->name : NULL;
	}
}

static void call(struct effects *e, const struct ast_call *c)
{
	bool record = !strcmp(c->name.s, "record");
	struct diag *d;

	if (!record && strcmp(c->name.s, "stop")) {
		static const char *const names[] = { "record", "stop" };

		d = diag(e->r->ctx, CHK_unknown_name, c->name.loc, "an effect cannot do '%s'", c->name.s);
		diag_note(d, "there are `record(VALUE, ...)` and `stop(VALUE, ...)`");
		diag_near(e->r->ctx, d, c->name.s, nearest_name(c->name.s, names, 2));
		fail(e);
		return;
	}
	arguments(e, c);
	op(e, record ? MDESC_T_RECORD : MDESC_T_STOP, 0, c->h.loc);
}

static void jump_here(struct effects *e, size_t from)
{
	if (!e->failed)
		e->ops.p[from].index = (uint32_t)e->ops.n;
}

static void group(struct effects *e, const struct ast_effect_if *g)
{
	size_t unless, skip;

	value(e, g->cond, NULL);
	unless = e->ops.n;
	op(e, MDESC_T_UNLESS, -1, g->h.loc);
	statements(e, g->then);
	skip = e->ops.n;
	if (g->other)
		op(e, MDESC_T_SKIP, 0, g->h.loc);
	jump_here(e, unless);
	statements(e, g->other);
	if (g->other)
		jump_here(e, skip);
}

static void go_to(struct effects *e, struct ast_name n)
{
	const struct tb_table *t = atom_map_get(&e->b->tables, n.s);
	struct diag *d;

	if (t && t->ast->name.s && t->t.effect) {
		with_index(e, MDESC_T_GOTO, t->t.idx, 0, n.loc);
		return;
	}
	if (t) {
		d = diag(e->r->ctx, CHK_missing, n.loc, "table '%s' has no effect, so it cannot be gone on in", n.s);
		diag_label(d, t->t.loc, "declared here");
	} else {
		rs_unknown(e->r, n, "table", &e->b->tables);
	}
	fail(e);
}

static void statements(struct effects *e, const struct ast *list)
{
	for (; list; list = list->next) {
		const struct ast_effect_set *s = (const struct ast_effect_set *)list;

		switch (list->kind) {
		case AST_EFFECT_IF: group(e, (const struct ast_effect_if *)list); break;
		case AST_EFFECT_LET: let(e, s); break;
		case AST_EFFECT_SET: set(e, s); break;
		case AST_EFFECT_CALL: call(e, (const struct ast_call *)s->to); break;
		case AST_EFFECT_GOTO: go_to(e, s->name); break;
		default: break;
		}
	}
}

/* ---- all of it ---- */

static void begin(struct effects *e, struct tb_table *t)
{
	e->t = t;
	atom_map_init(&e->lets, e->b->arena);
	memset(&e->ops, 0, sizeof(e->ops));
	e->depth = 0;
	e->failed = false;
}

static struct mdc_ecode done(const struct effects *e)
{
	return e->failed ? (struct mdc_ecode){ NULL, 0 } : (struct mdc_ecode){ e->ops.p, (uint32_t)e->ops.n };
}

static void key_loads(struct effects *e, const struct mdc_bits_struct *key)
{
	for (uint32_t i = 0; key && i < key->n_fields; i++) {
		struct mdc_load *l = (struct mdc_load *)(uintptr_t)key->fields[i].load;	/* still being made */
		uint32_t bits;
		bool sign;

		if (!l || l->code.n)
			continue;
		begin(e, NULL);
		bits = load(e, l->ast, &sign);
		if (bits > key->fields[i].bits)
			diag_label(diag(e->r->ctx, CHK_width, l->ast->type.loc, "'%s' has %u bits, and field '%s' %u",
					l->type, bits, key->fields[i].name, key->fields[i].bits), key->fields[i].loc,
				   "declared here");
		l->code = done(e);
	}
}

bool mdc_alias_is_loaded(const struct mdc_bits_struct *key, const struct mdc_bfield *alias)
{
	uint64_t bits[MDC_KEY_BITS_MAX / 64] = { 0 };

	for (uint32_t i = 0; i < key->n_fields; i++)
		if (key->fields[i].load)
			mdc_pieces_set(bits, key->fields[i].pieces, key->fields[i].n_pieces, UINT64_MAX);
	for (uint32_t p = 0; p < alias->n_pieces; p++)
		for (uint32_t b = 0; b < alias->pieces[p].bits; b++)
			if (!mdc_bit(bits, alias->pieces[p].lo + b))
				return false;
	return true;
}

void tb_effects(struct tb *b)
{
	struct effects e = { .b = b, .r = b->r };

	atom_map_init(&e.reg_of, b->arena);
	atom_map_init(&e.declared, b->arena);
	tb_declared_names(b, &e.declared);
	find_regs(&e);
	for (size_t i = 0; i < b->list.n; i++) {
		struct tb_table *t = b->list.p[i];

		key_loads(&e, t->t.key);
		if (!t->t.effect || t->broken)
			continue;
		begin(&e, t);
		statements(&e, t->t.effect);
		t->t.code = done(&e);
	}
	if (e.regs.n > REGS_MAX)
		diag(b->r->ctx, CHK_range, e.regs.p[REGS_MAX].loc, "effects have %zu names; %u are the most", e.regs.n,
		     REGS_MAX);
	b->r->m->rawregs = e.regs.p;
	b->r->m->n_rawregs = (uint32_t)e.regs.n;
}

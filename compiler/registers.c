/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Registers, flags and counters: takes `register TYPE NAME;`, `flag NAME;` and
 * `counter NAME max N else ...;` of a parser and what its states assign to or
 * count in them; gives struct mdc_register and mdc_set.
 * Keeps true: every set lies in its register and its value fits; no state sets a
 * bit twice; registers begin on a byte of the image's registers, flags share
 * bytes behind them.
 */
#include <mdesc/format.h>

#include "describe.h"
#include "states.h"
#include "types.h"

/* ---- declarations ---- */

static void register_type(struct resolver *r, const struct ast_register *a, struct mdc_register *reg)
{
	const struct mdc_type *t = mdc_type_strip(rs_type_named(r, a->type));
	const struct mdc_type *base = t->kind == MDC_ENUM ? t->base : t;
	struct diag *d;

	reg->bits = 8;
	if (t == r->ts->error)
		return;
	if ((t->kind != MDC_INT && t->kind != MDC_BOOL && t->kind != MDC_ENUM) ||
	    (t->kind != MDC_BOOL && (base->is_signed || (base->order != MDC_HOST && t->kind != MDC_ENUM)))) {
		d = diag(r->ctx, CHK_type, a->type.loc, "a register is a number without sign and byte order, no '%s'",
			 a->type.s);
		diag_note(d, "write u8, u16, u32, u64, bool or an enum; for one bit that is only ever set: `flag %s;`",
			  a->name.s);
		return;
	}
	reg->bits = t->kind == MDC_BOOL ? 1 : base->bits;
	reg->enum_type = t->kind == MDC_ENUM ? t : NULL;
}

/* It has the bits that its max needs. */
static void counter_max(struct resolver *r, const struct ast_register *a, struct mdc_register *reg)
{
	uint64_t max = 1;	/* where it is wrong, one error is enough */

	rs_const_in(r, a->max, "`max`", 1, UINT16_MAX, &max);
	reg->max = (uint16_t)max;
	while (max >> reg->bits)
		reg->bits++;
}

/* One namespace with constants and sources: all of them can stand in a value. */
static bool name_free(struct ps *p, struct ast_name n, const struct mdc_register *reg)
{
	struct resolver *r = p->r;
	const struct mdc_register *old = atom_map_get(&r->registers, n.s);
	const struct mdc_source *src = atom_map_get(&r->sources, n.s);
	struct loc first;

	rs_check_name(r, n);
	if (ps_taken_name(p, n, describe_register(reg)))
		return false;
	if (old)
		diag_label(diag(r->ctx, CHK_duplicate_name, n.loc, "'%s' is declared twice", n.s), old->loc,
			   "as a %s here", describe_register(old));
	else if (src)
		diag_label(diag(r->ctx, CHK_duplicate_name, n.loc, "'%s' is a source, too", n.s), src->loc,
			   "declared here");
	else if (rs_const_loc(r, n.s, &first))
		diag_label(diag(r->ctx, CHK_duplicate_name, n.loc, "'%s' is a constant, too", n.s), first,
			   "declared here");
	else
		return true;
	return false;
}

static void declare(struct ps *p, const struct ast_register *a)
{
	struct mdc_register *reg = arena_new_of(p->arena, struct mdc_register);

	*reg = (struct mdc_register){
		.name = a->name.s, .kind = a->type.s ? MDC_REG : a->max ? MDC_COUNTER : MDC_FLAG, .bits = 1,
		.doc = a->h.doc, .loc = a->name.loc,
	};
	if (a->type.s)
		register_type(p->r, a, reg);
	if (a->max)
		counter_max(p->r, a, reg);
	if (!name_free(p, a->name, reg))
		return;
	reg->idx = (uint32_t)p->registers.n;
	*vec_push(p->arena, &p->registers) = reg;
	*vec_push(p->arena, &p->register_asts) = a;
	atom_map_add(&p->r->registers, reg->name, reg);
}

/* Registers on bytes, the flags behind them. */
static void place(struct ps *p)
{
	uint32_t bit = 0;
	struct diag *d;

	for (int flags = 0; flags < 2; flags++)
		for (size_t i = 0; i < p->registers.n; i++) {
			struct mdc_register *reg = p->registers.p[i];

			if ((reg->kind == MDC_FLAG) != flags)
				continue;
			reg->bit = bit;
			bit += flags ? 1 : (reg->bits + 7) / 8 * 8;
			if (bit <= MDESC_FMT_REGS_MAX * 8)
				continue;
			d = diag(p->r->ctx, CHK_target_limit, reg->loc,
				 "the registers and flags up to this one take %u bits, an image has room for %u", bit,
				 MDESC_FMT_REGS_MAX * 8);
			diag_note(d, "a register takes whole bytes, eight flags take one");
			return;
		}
}

void ps_registers(struct ps *p)
{
	ast_each(b, p->ast->body)
		if (b->kind == AST_REGISTER)
			declare(p, (const struct ast_register *)b);
	place(p);
}

/* ---- counters ---- */

static const struct mdc_register *find_counter(struct ps *p, struct ast_name n)
{
	const struct mdc_register *reg = atom_map_get(&p->r->registers, n.s);
	struct diag *d;

	if (reg && reg->kind == MDC_COUNTER)
		return reg;
	if (reg) {
		d = diag(p->r->ctx, CHK_wrong_kind, n.loc, "'%s' is a %s, no counter", n.s, describe_register(reg));
		diag_label(d, reg->loc, "declared here");
		diag_note(d, "`counter NAME max N else STATE;` declares a counter");
		return NULL;
	}
	d = diag(p->r->ctx, CHK_unknown_name, n.loc, "unknown counter '%s'", n.s);
	rs_suggest(p->r, d, n.s, &p->r->registers);
	diag_note(d, "declare it in the parser: `counter %s max 2 else STATE;`", n.s);
	return NULL;
}

/* Where beyond the max of each counter packets go. The states are known by name. */
void ps_counters(struct ps *p)
{
	p->beyond = arena_array(p->arena, struct mdc_next, p->registers.n + 1);
	for (size_t i = 0; i < p->registers.n; i++) {
		const struct ast_register *a = p->register_asts.p[i];

		if (p->registers.p[i]->kind != MDC_COUNTER)
			continue;
		p->beyond[i] = (struct mdc_next){
			.to = MDC_TO_REJECT, .state = UINT32_MAX, .code = MDESC_ERR_LOOP, .loc = a->max->loc
		};
		if (a->otherwise)
			ps_transition(p, a->otherwise, &p->beyond[i]);
	}
}

void ps_counts(struct ps *p, struct ps_state *st)
{
	const struct mdc_register *reg = find_counter(p, st->ast->counts);

	st->s->max = 1;		/* where it is wrong, one error is enough: no endless loop besides */
	if (!reg)
		return;
	st->s->counter = reg;
	st->s->max = reg->max;
	st->s->otherwise = p->beyond[reg->idx];
}

/* ---- references ---- */

const struct mdc_register *ps_register_of(struct resolver *r, const struct ast *e)
{
	while (e->kind == AST_INDEX || e->kind == AST_SLICE)
		e = e->kind == AST_INDEX ? ((const struct ast_index *)e)->base : ((const struct ast_slice *)e)->base;
	return e->kind == AST_NAME ? atom_map_get(&r->registers, ((const struct ast_ident *)e)->s) : NULL;
}

bool ps_cut(struct resolver *r, const struct ast *e, uint32_t width, uint32_t *bit, uint32_t *bits)
{
	const struct ast_slice *s = (const struct ast_slice *)e;
	const struct ast_index *x = (const struct ast_index *)e;
	uint64_t hi, lo;

	*bit = 0;
	*bits = width;
	if (e->kind == AST_INDEX) {
		if (!ps_cut(r, x->base, width, bit, bits) ||
		    !rs_const_in(r, x->index, "the number of a bit", 0, *bits - 1, &lo))
			return false;
		hi = lo;
	} else if (e->kind == AST_SLICE) {
		if (!ps_cut(r, s->base, width, bit, bits) ||
		    !rs_const_in(r, s->hi, "the highest bit of a slice", 0, *bits - 1, &hi) ||
		    !rs_const_in(r, s->lo, "the lowest bit of a slice", 0, *bits - 1, &lo))
			return false;
		if (lo > hi) {
			diag_note(diag(r->ctx, CHK_range, e->loc, "this slice is empty"),
				  "the highest bit comes first: [%llu:%llu]", (unsigned long long)lo,
				  (unsigned long long)hi);
			return false;
		}
	} else {
		return true;
	}
	*bit += (uint32_t)lo;
	*bits = (uint32_t)(hi - lo + 1);
	return true;
}

/* ---- what states set ---- */

struct setter {
	struct ps *p;
	struct ps_state *st;
	VEC(struct mdc_set) sets;
	uint64_t *done;		/* by register: the bits that this state sets */
};

static struct diag *declared(struct diag *d, const struct mdc_register *reg)
{
	diag_label(d, reg->loc, "declared here");
	return d;
}

/* A constant that fits, or a value that is narrow enough; NULL after a diagnostic. */
static const struct mdc_x *fitting(struct setter *s, const struct wval *v, const struct mdc_register *reg,
				   uint32_t bits)
{
	struct mdc_ctx *ctx = s->p->r->ctx;
	const struct mdc_x *x = v->x;
	struct diag *d;

	if (!x && v->c >= 0 && v->c <= (rs_int)wr_mask(bits))
		return wr_const(s->p->r, (uint64_t)v->c, v->loc);
	if (!x) {
		d = diag(ctx, CHK_width, v->loc, "%s does not fit the %u bit%s of %s '%s' that are written",
			 rs_int_text(s->p->r, v->c), bits, bits == 1 ? "" : "s", describe_register(reg), reg->name);
		declared(d, reg);
		return NULL;
	}
	if (x->width <= bits)
		return x;
	d = diag(ctx, CHK_width, v->loc, "%u bits do not fit the %u bit%s of %s '%s' that are written", x->width, bits,
		 bits == 1 ? "" : "s", describe_register(reg), reg->name);
	declared(d, reg);
	if (bits > 1)
		diag_note(d, "write a slice of it: `(%s)[%u:0]`", ps_text(s->p->r, v->loc), bits - 1);
	else
		diag_note(d, "compare it: `%s != 0`, or write one bit of it: `(%s)[0]`", ps_text(s->p->r, v->loc),
			  ps_text(s->p->r, v->loc));
	return NULL;
}

/* Bits that this state has set already? */
static bool set_twice(struct setter *s, const struct mdc_set *set)
{
	uint64_t mask = wr_mask(set->bits) << set->bit;
	struct diag *d;

	if (!(s->done[set->reg->idx] & mask)) {
		s->done[set->reg->idx] |= mask;
		return false;
	}
	d = diag(s->p->r->ctx, CHK_double_write, set->to_loc, "state '%s' sets %s'%s' twice", s->st->s->name,
		 set->reg->bits == 1 ? "" : "bits of ", set->reg->name);
	for (size_t i = 0; i < s->sets.n; i++) {
		const struct mdc_set *old = &s->sets.p[i];

		if (old->reg != set->reg || !(wr_mask(old->bits) << old->bit & mask))
			continue;
		diag_label(d, old->to_loc, "set here");
		break;
	}
	diag_note(d, "all that a state sets is set at once, when it is left: only one can be right");
	return true;
}

static void add_set(struct setter *s, const struct ast_assign *a, const struct mdc_register *reg, uint32_t bit,
		    uint32_t bits, const struct mdc_x *x)
{
	struct mdc_set set = {
		.reg = reg, .bit = (uint8_t)bit, .bits = (uint8_t)bits, .x = x, .loc = a->h.loc, .to_loc = a->to->loc,
	};

	if (x && !set_twice(s, &set))
		*vec_push(s->p->arena, &s->sets) = set;
}

/* NAME = 1; or a bit of which nobody knows: it can only set the flag. */
static void set_flag(struct setter *s, const struct ast_assign *a, const struct mdc_register *reg)
{
	struct mdc_ctx *ctx = s->p->r->ctx;
	struct wval v;
	struct diag *d;

	if (a->to->kind != AST_NAME || a->mask) {
		d = diag(ctx, CHK_writer, a->to->loc, "flag '%s' is one bit", reg->name);
		diag_note(declared(d, reg), "write `%s = 1;`", reg->name);
		return;
	}
	v = wr_value(s->p->r, a->value, NULL);
	if (!v.ok)
		return;
	if (!v.x && v.c == 0) {
		d = diag(ctx, CHK_writer, a->h.loc, "flag '%s' cannot be cleared: flags are only set", reg->name);
		diag_note(declared(d, reg), "what is to be cleared again is a register: `register bool %s;`",
			  reg->name);
		return;
	}
	add_set(s, a, reg, 0, 1, fitting(s, &v, reg, 1));
}

/* NAME = VALUE &&& MASK: a set for each run of ones of the mask. */
static void set_masked(struct setter *s, const struct ast_assign *a, const struct mdc_register *reg, struct wval *v)
{
	struct resolver *r = s->p->r;
	const struct mdc_x *x;
	uint64_t mask;
	struct diag *d;

	if (!rs_const_in(r, a->mask, "a mask", 1, wr_mask(reg->bits), &mask))
		return;
	x = fitting(s, v, reg, reg->bits);
	if (!x)
		return;
	if (!v->x && ((uint64_t)v->c & ~mask)) {
		d = diag(r->ctx, CHK_range, a->value->loc, "bits 0x%llx of the value are outside of the mask",
			 (unsigned long long)((uint64_t)v->c & ~mask));
		diag_label(d, a->mask->loc, "the mask: only these bits are set");
		return;
	}
	for (uint32_t bit = 0, n; bit < reg->bits; bit += n) {
		for (n = 0; bit + n < reg->bits && (mask >> (bit + n) & 1); n++)
			;
		if (!n) {
			n = 1;
			continue;
		}
		add_set(s, a, reg, bit, n, v->x ? wr_slice(r, x, bit, n) :
			wr_const(r, (uint64_t)v->c >> bit & wr_mask(n), v->loc));
	}
}

static void set_register(struct setter *s, const struct ast_assign *a, const struct mdc_register *reg)
{
	struct resolver *r = s->p->r;
	uint32_t bit, bits;
	struct wval v;

	if (!ps_cut(r, a->to, reg->bits, &bit, &bits))
		return;
	v = wr_value(r, a->value, bits == reg->bits ? reg->enum_type : NULL);
	if (!v.ok)
		return;
	if (!a->mask)
		add_set(s, a, reg, bit, bits, fitting(s, &v, reg, bits));
	else if (bits == reg->bits)
		set_masked(s, a, reg, &v);
	else
		diag_note(diag(r->ctx, CHK_writer, a->mask->loc, "a mask behind a slice"),
			  "one of them says which bits are set: `%s = VALUE &&& MASK;`, or `%s = VALUE;`", reg->name,
			  ps_text(r, a->to->loc));
}

static void set_counter(struct ps *p, const struct ast_assign *a, const struct mdc_register *reg)
{
	struct diag *d = diag(p->r->ctx, CHK_writer, a->to->loc, "counter '%s' cannot be set", reg->name);

	diag_note(declared(d, reg), "it counts how often states are entered: `state NAME counts %s {`", reg->name);
}

void ps_sets(struct ps *p, struct ps_state *st)
{
	struct setter s = { .p = p, .st = st };

	if (!st->sets.n)
		return;
	if (!p->set_bits)
		p->set_bits = arena_array(p->arena, uint64_t, p->registers.n);
	s.done = p->set_bits;
	for (size_t i = 0; i < st->sets.n; i++) {
		const struct ast_assign *a = st->sets.p[i];
		const struct mdc_register *reg = ps_register_of(p->r, a->to);

		if (reg->kind == MDC_COUNTER)
			set_counter(p, a, reg);
		else if (reg->kind == MDC_FLAG)
			set_flag(&s, a, reg);
		else
			set_register(&s, a, reg);
	}
	for (size_t i = 0; i < s.sets.n; i++)
		s.done[s.sets.p[i].reg->idx] = 0;
	st->s->sets = s.sets.p;
	st->s->n_sets = (uint32_t)s.sets.n;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a state does at the cursor besides extracting headers: `advance`, `mark`,
 * `leave`, `within H goto STATE`, and look-aheads that are written. Each becomes
 * an instance of a kind of its own in the state's extracts, in the order of the
 * text. Whether they may stand where they do is for flow_extract.c and flow_within.c.
 */
#include "linear.h"
#include "states.h"

#define MOVE_MAX	65535	/* bytes */

static struct mdc_header *new_header(struct ps *p, const char *name, struct loc loc)
{
	struct mdc_header *h = arena_new_of(p->arena, struct mdc_header);

	*h = (struct mdc_header){ .name = name, .loc = loc, .len_loc = loc };
	return h;
}

static struct mdc_instance *add_move(struct ps *p, struct ps_state *st, enum mdc_inst_kind kind, const char *name,
				     const struct mdc_header *h, struct loc loc)
{
	struct mdc_instance *inst = arena_new_of(p->arena, struct mdc_instance);

	*inst = (struct mdc_instance){
		.name = name, .kind = kind, .header = h, .idx = (uint32_t)p->instances.n, .loc = h->loc,
	};
	*vec_push(p->arena, &p->instances) = inst;
	*vec_push(p->arena, &st->extracts) = inst;
	*vec_push(p->arena, &st->extract_locs) = loc;
	return inst;
}

/* A name that no text can have. */
static const char *hidden_name(struct ps *p, const char *what)
{
	return rs_atomf(p->r, "%s.%zu", what, p->instances.n);
}

/* ---- advance ---- */

static bool is_field(void *arg, const struct ast *e)
{
	(void)arg;
	return fieldref_is(e);
}

static bool field(void *arg, const struct ast *e, struct linear *l)
{
	struct linear_env *env = arg;
	struct fieldref f;
	struct diag *d;

	if (!fieldref_is(e))
		return linear_bad(env, e, "this is no field of a header");
	if (!fieldref_resolve(env->r, e, &f))
		return false;
	if (f.inst->kind == MDC_I_PART) {
		d = diag(env->r->ctx, CHK_cursor, e->loc, "'%s' need not be there, or not always at one place",
			 ps_text(env->r, e->loc));
		diag_label(d, f.field->loc, "behind the header's first `if`");
		diag_note(d, "an advance is computed from a field in front of it");
		return false;
	}
	if (l->inst && (l->inst != f.inst || l->elem != f.elem))
		return linear_bad(env, e, "this advance has more than one field in it");
	*l = (struct linear){ .inst = f.inst, .elem = f.elem, .bit = f.bit, .bits = f.bits, .order = f.order };
	if (f.cut_bits || f.field->form != MDC_F_NUM)
		l->order = f.bits > 64 || f.cut_bits ? MDC_RAW : MDC_BE;
	return true;
}

/* The greatest advance that the field can tell must lie ahead. */
static bool forward(struct ps *p, const struct ast *e, const struct linear *l)
{
	rs_int most = ((((rs_int)1 << l->bits) - 1) << l->shift) + l->add;
	struct diag *d;

	if (most >= 0 && l->add <= MOVE_MAX)
		return true;
	if (most >= 0) {
		diag(p->r->ctx, CHK_cursor, e->loc, "an advance is %d bytes at most", MOVE_MAX);
		return false;
	}
	d = diag(p->r->ctx, CHK_cursor, e->loc, l->bits ? "this never moves the cursor forward" :
		 "the cursor does not move backwards");
	diag_note(d, "what lies behind the cursor is read from the headers that were extracted there, or looked at "
		  "before: `lookahead(BIT, WIDTH)`");
	return false;
}

void ps_advance(struct ps *p, struct ps_state *st, const struct ast_advance *a)
{
	struct mdc_header *h = new_header(p, "advance", a->by->loc);

	*vec_push(p->arena, &p->advances) = (struct ps_advance){
		a, st->scope, h, add_move(p, st, MDC_I_ADVANCE, hidden_name(p, "advance"), h, a->h.loc),
	};
}

static void resolve_advance(struct ps *p, const struct ps_advance *adv)
{
	struct linear_env env = { .r = p->r, .what = "an advance", .is_field = is_field, .field = field };
	const struct ast_advance *a = adv->ast;
	struct mdc_header *h = adv->header;
	struct linear l;
	rs_int most;

	env.arg = &env;
	if (!linear_resolve(&env, a->by, &l) || !forward(p, a->by, &l))
		return;
	if (!l.bits) {
		if (l.add > MOVE_MAX)
			diag(p->r->ctx, CHK_cursor, a->by->loc, "an advance is %d bytes at most", MOVE_MAX);
		else
			h->fixed = h->min = h->max = (uint32_t)l.add;
	} else {
		most = ((((rs_int)1 << l.bits) - 1) << l.shift) + l.add;
		h->variable = true;
		h->len_bit = l.bit;
		h->len_bits = l.bits;
		h->len_shift = (uint8_t)l.shift;
		h->len_add = (int32_t)l.add;
		h->max = most < MOVE_MAX ? (uint32_t)most : MOVE_MAX;
	}
	adv->inst->of = l.inst;
	adv->inst->of_elem = l.elem;
}

void ps_advances(struct ps *p)
{
	for (size_t i = 0; i < p->advances.n; i++) {
		p->r->scope = p->advances.p[i].scope;
		resolve_advance(p, &p->advances.p[i]);
	}
}

/* ---- mark ---- */

/* cursor, cursor + N */
static bool mark_place(struct ps *p, const struct ast *e, uint64_t *ahead)
{
	const struct ast_binary *b = (const struct ast_binary *)e;
	struct diag *d;

	*ahead = 0;
	if (!e || ps_is_name(e, "cursor"))
		return true;
	if (e->kind == AST_BINARY && b->op == OP_ADD && ps_is_name(b->a, "cursor"))
		return rs_const_in(p->r, b->b, "how far a mark is ahead", 0, MOVE_MAX, ahead);
	if (e->kind == AST_BINARY && b->op == OP_ADD && ps_is_name(b->b, "cursor"))
		return rs_const_in(p->r, b->a, "how far a mark is ahead", 0, MOVE_MAX, ahead);
	if (e->kind == AST_BINARY && b->op == OP_SUB && ps_is_name(b->a, "cursor")) {
		d = diag(p->r->ctx, CHK_cursor, e->loc, "a mark does not lie behind the cursor");
		diag_note(d, "set it before what lies between is extracted");
		return false;
	}
	d = diag(p->r->ctx, CHK_cursor, e->loc, "a mark is the cursor, or a constant number of bytes ahead of it");
	diag_note(d, "write `cursor + BYTES`; `advance` moves the cursor by what a field says");
	return false;
}

void ps_mark(struct ps *p, struct ps_state *st, const struct ast_mark *a)
{
	const char *name = ps_full_name(p->r, st->scope, a->name.s);
	struct mdc_instance *inst = atom_map_get(&p->r->instances, name);
	uint64_t ahead;

	if (ps_taken_name(p, a->name, "mark") || !mark_place(p, a->at, &ahead))
		return;
	if (!inst) {
		rs_check_name(p->r, a->name);
		inst = add_move(p, st, MDC_I_MARK, name, new_header(p, name, a->name.loc), a->h.loc);
		inst->ahead = (uint32_t)ahead;
		atom_map_add(&p->r->instances, name, inst);
		return;
	}
	if (inst->kind != MDC_I_MARK) {
		diag_label(diag(p->r->ctx, CHK_duplicate_name, a->name.loc, "'%s' is a header", a->name.s),
			   inst->loc, "extracted here");
		return;
	}
	if (inst->ahead != ahead) {
		struct mdc_instance *other = add_move(p, st, MDC_I_MARK, name, inst->header, a->h.loc);

		/* One name, two distances: it is recorded as the first. */
		other->ahead = (uint32_t)ahead;
		other->of = inst;
		return;
	}
	*vec_push(p->arena, &st->extracts) = inst;
	*vec_push(p->arena, &st->extract_locs) = a->h.loc;
}

/* ---- lookahead() that is written ---- */

bool ps_lookahead_args(struct resolver *r, const struct ast_call *c, uint64_t *bit, uint64_t *width)
{
	if (!c->args || !c->args->next || c->args->next->next) {
		diag(r->ctx, CHK_select_key, c->h.loc,
		     "write lookahead(BIT, WIDTH): bits behind the state's extracts");
		return false;
	}
	return rs_const_in(r, c->args, "the first bit of a look-ahead", 0, MOVE_MAX * 8, bit) &&
	       rs_const_in(r, c->args->next, "the width of a look-ahead", 1, 64, width);
}

const struct mdc_instance *ps_peek(struct ps *p, struct ps_state *st, uint32_t bytes, struct loc loc)
{
	if (!st->peek) {
		st->peek = new_header(p, "lookahead", loc);
		st->peek_inst = add_move(p, st, MDC_I_PEEK, hidden_name(p, "lookahead"), st->peek, loc);
		st->s->extracts = st->extracts.p;
		st->s->n_extracts = (uint32_t)st->extracts.n;
	}
	if (bytes > st->peek->fixed)
		st->peek->fixed = st->peek->min = st->peek->max = bytes;
	return st->peek_inst;
}

/* ---- options in a header ---- */

void ps_leave(struct ps *p, struct ps_state *st, const struct ast *a)
{
	add_move(p, st, MDC_I_LEAVE, hidden_name(p, "leave"), new_header(p, "leave", a->loc), a->loc);
}

/* The header whose options follow is the last thing that the state has moved over. */
static bool is_last(const struct ps_state *st, const struct mdc_instance *inst)
{
	size_t i = st->extracts.n;

	while (i > 0 && (st->extracts.p[i - 1]->kind == MDC_I_MARK || st->extracts.p[i - 1]->kind == MDC_I_PEEK))
		i--;
	return i > 0 && st->extracts.p[i - 1] == inst;
}

void ps_within(struct ps *p, const struct ast *header, struct mdc_next *next)
{
	const struct mdc_instance *inst;
	struct diag *d;
	uint8_t elem;

	if (!fieldref_instance(p->r, header, &inst, &elem))
		return;
	next->within = inst;	/* even if it is wrong: what follows is in options then */
	next->within_elem = elem;
	if (inst->kind != MDC_I_HEADER || !inst->header->variable) {
		d = diag(p->r->ctx, CHK_within, header->loc,
			 inst->kind != MDC_I_HEADER ? "'%s' is no header" :
			 "'%s' has a fixed length: there is nothing behind its fields", inst->name);
		diag_label(d, inst->header->loc, "declared here");
		if (inst->kind == MDC_I_HEADER)
			diag_note(d, "`length EXPR in MIN..MAX;` says how long a header with options is");
		return;
	}
	if (!p->at || !is_last(p->at, inst) || (inst->capacity && elem != MDC_ELEM_LAST)) {
		d = diag(p->r->ctx, CHK_within, header->loc, "'%s' is not what this state has just extracted",
			 ps_text(p->r, header->loc));
		diag_note(d, "options are parsed from the state on that extracts their header, as its last one");
	}
}

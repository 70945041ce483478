/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes a state's select and gives its keys and arms: one mdc_arm for each
 * pattern, the arms of `use`d arcs in their place. Keeps true: every pattern has
 * one mdc_pattern a key, whose value fits the key and lies under its mask.
 */
#include "foreign.h"
#include "states.h"

struct select_maker {
	struct ps *p;
	struct ps_state *st;
	VEC(struct mdc_key) keys;
	VEC(const struct mdc_type *) enums;	/* of the keys, or NULL */
	VEC(struct mdc_arm) arms;
	bool from_arcs;
	bool bad_keys;			/* patterns have no meaning; the ways out have */
};

/* ---- keys ---- */

static bool key_lookahead(struct select_maker *m, const struct ast_call *c, struct mdc_key *k)
{
	struct resolver *r = m->p->r;
	uint64_t bit, width;

	if (!ps_lookahead_args(r, c, &bit, &width))
		return false;
	k->lookahead = true;
	k->bit = bit;
	k->bits = width;
	k->order = MDC_BE;
	return true;
}

static bool key_field(struct select_maker *m, const struct ast *e, struct mdc_key *k,
		      const struct mdc_type **en)
{
	struct resolver *r = m->p->r;
	struct fieldref f;
	struct diag *d;

	if (!fieldref_resolve(r, e, &f))
		return false;
	if (f.bits > 64) {
		d = diag(r->ctx, CHK_select_key, e->loc, "a key has 64 bits at most, '%s' has %u",
			 ps_text(r, e->loc), f.bits);
		diag_note(d, "take a slice, and the others as more keys: `%s[%u:%u]`",
			  ps_text(r, e->loc), f.bits - 1, f.bits - 64);
		return false;
	}
	if (f.cut_bits) {
		d = diag(r->ctx, CHK_select_key, e->loc,
			 "'%s' is little-endian and can only be matched whole", f.field->name);
		diag_note(d, "match some of its bits with a mask: `VALUE &&& MASK`");
		return false;
	}
	k->inst = f.inst;
	k->elem = f.elem;
	k->bit = f.bit;
	k->bits = f.bits;
	k->order = f.order == MDC_LE ? MDC_LE : MDC_BE;
	*en = f.enum_type;
	return true;
}

/* NAME or NAME[hi:lo] of a register, flag or source. */
static bool key_named(struct select_maker *m, const struct ast *e, struct mdc_key *k, const struct mdc_type **en)
{
	struct resolver *r = m->p->r;
	uint32_t width = k->reg ? k->reg->bits : k->source->bits, bits;
	struct diag *d;

	if (k->source && k->source->is_ptr) {
		d = diag(r->ctx, CHK_select_key, e->loc, "'%s' is a pointer, and cannot be selected on",
			 k->source->name);
		diag_label(d, k->source->loc, "declared here");
		return false;
	}
	if (!ps_cut(r, e, width, &k->bit, &bits))
		return false;
	k->bits = (uint8_t)bits;
	k->order = MDC_LE;
	if (bits == width)
		*en = k->reg ? k->reg->enum_type : k->source->enum_type;
	return true;
}

static const struct mdc_source *source_of(struct resolver *r, const struct ast *e)
{
	while (e->kind == AST_INDEX || e->kind == AST_SLICE)
		e = e->kind == AST_INDEX ? ((const struct ast_index *)e)->base : ((const struct ast_slice *)e)->base;
	return e->kind == AST_NAME ? atom_map_get(&r->sources, ((const struct ast_ident *)e)->s) : NULL;
}

/* What is meant can be said in another way. */
static void key_note(struct select_maker *m, struct diag *d, const struct ast *e)
{
	const struct ast_binary *b = (const struct ast_binary *)e;
	const struct ast *root = e;

	while (root->kind == AST_FIELD)
		root = ((const struct ast_field *)root)->base;
	if (ps_is_name(root, "meta"))
		diag_note(d, "metadata is only written: select on what it is written from");
	if (e->kind == AST_CALL && !strcmp(((const struct ast_call *)e)->name.s, "remaining"))
		diag_note(d, "write `remaining`: it counts to the end of the header whose options are parsed");
	if (e->kind != AST_BINARY)
		return;
	if (b->op == OP_AND)
		diag_note(d, "the patterns have the mask: `select (%s) { VALUE &&& %s: ...; }`",
			  ps_text(m->p->r, b->a->loc), ps_text(m->p->r, b->b->loc));
	else if (b->op == OP_EQ)
		diag_note(d, "the patterns have the value: `select (%s) { %s: ...; }`", ps_text(m->p->r, b->a->loc),
			  ps_text(m->p->r, b->b->loc));
}

static bool resolve_key(struct select_maker *m, const struct ast *e)
{
	struct mdc_key k = { .loc = e->loc };
	const struct mdc_type *en = NULL;
	const struct ast_call *c = (const struct ast_call *)e;
	struct diag *d;
	bool ok;

	if (fieldref_is(e)) {
		ok = key_field(m, e, &k, &en);
	} else if (e->kind == AST_CALL && !strcmp(c->name.s, "lookahead")) {
		ok = key_lookahead(m, c, &k);
	} else if ((k.reg = ps_register_of(m->p->r, e)) || (k.source = source_of(m->p->r, e))) {
		ok = key_named(m, e, &k, &en);
	} else if (ps_is_name(e, "remaining")) {
		k.remaining = true;
		k.bits = 16;
		k.order = MDC_BE;
		ok = true;
	} else {
		d = diag(m->p->r->ctx, CHK_select_key, e->loc, "'%s' cannot be selected on",
			 ps_text(m->p->r, e->loc));
		if (e->kind == AST_NAME && atom_map_get(&m->p->r->class_names, ((const struct ast_ident *)e)->s))
			diag_note(d, "it is classified when the parser has stopped");
		else if (e->kind == AST_NAME)
			rs_suggest(m->p->r, d, ((const struct ast_ident *)e)->s, &m->p->r->registers);
		key_note(m, d, e);
		diag_note(d, "a key is a header's field, a register, a flag, a source, a slice of one, "
			  "lookahead(BIT, WIDTH), or `remaining` in the options of a header");
		ok = false;
	}
	*vec_push(m->p->arena, &m->keys) = k;
	*vec_push(m->p->arena, &m->enums) = en;
	return ok;
}

/* `start by` asks a source: nothing else is known yet. */
static bool start_key(struct select_maker *m, const struct ast *e)
{
	struct diag *d;

	if (source_of(m->p->r, e))
		return resolve_key(m, e);
	d = diag(m->p->r->ctx, CHK_select_key, e->loc, "'%s' is no source: the start can only be chosen by one",
		 ps_text(m->p->r, e->loc));
	if (e->kind == AST_NAME)
		rs_suggest(m->p->r, d, ((const struct ast_ident *)e)->s, &m->p->r->sources);
	diag_note(d, "`source u8 port;` declares one; other things are selected on in a state: `start NAME;`");
	return false;
}

/* ---- patterns ---- */

static uint64_t key_mask(const struct mdc_key *k)
{
	return k->bits >= 64 ? UINT64_MAX : (1ull << k->bits) - 1;
}

static bool key_value(struct select_maker *m, size_t i, const struct ast *e, const char *what,
		      uint64_t *value)
{
	const struct mdc_key *k = &m->keys.p[i];
	struct resolver *r = m->p->r;
	struct diag *d;
	rs_int v;

	if (!rs_const(r, e, m->enums.p[i], &v))
		return false;
	if (v >= 0 && v <= (rs_int)key_mask(k)) {
		*value = v;
		return true;
	}
	d = diag(r->ctx, CHK_select_key, e->loc, "%s %s does not fit its key, which has %u bit%s",
		 what, ps_text(r, e->loc), k->bits, k->bits == 1 ? "" : "s");
	diag_label(d, k->loc, "this key: 0 to 0x%llx", (unsigned long long)key_mask(k));
	return false;
}

static bool masked(struct select_maker *m, size_t i, const struct ast_pattern *a,
		   struct mdc_pattern *pat)
{
	struct diag *d;

	if (!key_value(m, i, a->a, "value", &pat->value) ||
	    !key_value(m, i, a->b, "mask", &pat->mask))
		return false;
	if (!(pat->value & ~pat->mask))
		return true;
	d = diag(m->p->r->ctx, CHK_select_key, a->a->loc,
		 "this never matches: bits 0x%llx of the value are outside of the mask",
		 (unsigned long long)(pat->value & ~pat->mask));
	diag_label(d, a->b->loc, "the mask");
	diag_note(d, "write 0x%llx &&& 0x%llx, or widen the mask",
		  (unsigned long long)(pat->value & pat->mask), (unsigned long long)pat->mask);
	return false;
}

static bool ranged(struct select_maker *m, size_t i, const struct ast_pattern *a,
		   struct mdc_pattern *pat)
{
	struct diag *d;

	pat->is_range = true;
	if (!key_value(m, i, a->a, "value", &pat->lo) || !key_value(m, i, a->b, "value", &pat->hi))
		return false;
	if (pat->lo <= pat->hi)
		return true;
	d = diag(m->p->r->ctx, CHK_select_key, a->h.loc,
		 "this range is empty: its end lies before its begin");
	diag_note(d, "write the smaller value first");
	return false;
}

/* One pattern for key @i. */
static bool one_pattern(struct select_maker *m, size_t i, const struct ast_pattern *a,
			struct mdc_pattern *pat)
{
	*pat = (struct mdc_pattern){ 0 };
	switch (a->form) {
	case PAT_VALUE:
		if (foreign_pattern(m->p->r, a->a))
			return false;
		pat->mask = key_mask(&m->keys.p[i]);
		return key_value(m, i, a->a, "value", &pat->value);
	case PAT_MASK:
		return masked(m, i, a, pat);
	case PAT_RANGE:
		return ranged(m, i, a, pat);
	case PAT_ANY:
		return true;
	case PAT_TUPLE:
		diag(m->p->r->ctx, CHK_select_key, a->h.loc, "a tuple in a tuple");
		return false;
	}
	return false;
}

static bool wrong_count(struct select_maker *m, const struct ast_pattern *a, size_t n)
{
	struct diag *d = diag(m->p->r->ctx, CHK_select_key, a->h.loc, "%zu value%s for %zu key%s",
			      n, n == 1 ? "" : "s", m->keys.n, m->keys.n == 1 ? "" : "s");

	for (size_t i = 0; i < m->keys.n && i < 4; i++)
		diag_label(d, m->keys.p[i].loc, "key %zu", i + 1);
	if (m->keys.n > 1)
		diag_note(d, "write one for each: `(VALUE, VALUE)`; `_` matches anything");
	return false;
}

static bool patterns(struct select_maker *m, const struct ast_pattern *a,
		     const struct mdc_pattern **out)
{
	struct mdc_pattern *v = arena_array(m->p->arena, struct mdc_pattern, m->keys.n);
	const struct ast *t = a->form == PAT_TUPLE ? a->tuple : NULL;
	bool ok = true;
	size_t n = 0;

	*out = v;
	if (a->form != PAT_TUPLE)
		return m->keys.n == 1 ? one_pattern(m, 0, a, v) :
		       a->form == PAT_ANY ? true : wrong_count(m, a, 1);
	for (const struct ast *x = t; x; x = x->next)
		n++;
	if (n != m->keys.n)
		return wrong_count(m, a, n);
	for (n = 0; t; t = t->next, n++)
		ok &= one_pattern(m, n, (const struct ast_pattern *)t, &v[n]);
	return ok;
}

bool ps_patterns(struct ps *p, const struct mdc_key *keys, const struct mdc_type *const *enums, size_t n,
		 const struct ast_pattern *a, const struct mdc_pattern **out)
{
	struct select_maker m = { .p = p };

	for (size_t i = 0; i < n; i++) {
		*vec_push(p->arena, &m.keys) = keys[i];
		*vec_push(p->arena, &m.enums) = enums[i];
	}
	return patterns(&m, a, out);
}

/* ---- arms ---- */

static void leads_to(struct ps *p, struct ps_state *st, const struct mdc_next *next)
{
	if (next->to == MDC_TO_STATE)
		*vec_push(p->arena, &st->succ) = next->state;
}

static void add_arm(struct select_maker *m, const struct ast_arm *a)
{
	struct mdc_arm arm = { .from_arcs = m->from_arcs,
			       .is_default = a->is_default,
			       .loc = a->h.loc };

	ps_transition(m->p, a->to, &arm.next);
	leads_to(m->p, m->st, &arm.next);
	if (a->is_default) {
		*vec_push(m->p->arena, &m->arms) = arm;
		return;
	}
	ast_each(x, a->patterns) {
		arm.loc = x->loc;
		if (!m->bad_keys && patterns(m, (const struct ast_pattern *)x, &arm.patterns))
			*vec_push(m->p->arena, &m->arms) = arm;
	}
}

static void add_arms(struct select_maker *m, const struct ast *list);

static void use_arcs(struct select_maker *m, const struct ast_use *u)
{
	struct ps_arcs *arcs = ps_find_arcs(m->p, u->name);
	struct ps_scope *scope = m->p->r->scope;
	bool outer = m->from_arcs;
	struct diag *d;

	if (!arcs)
		return;
	if (arcs->open) {
		d = diag(m->p->r->ctx, CHK_select_key, u->h.loc, "the arcs '%s' use themselves",
			 u->name.s);
		diag_label(d, arcs->ast->name.loc, "declared here");
		return;
	}
	arcs->used = arcs->open = m->from_arcs = true;
	m->p->r->scope = arcs->scope;
	add_arms(m, arcs->ast->arms);
	m->p->r->scope = scope;
	arcs->open = false;
	m->from_arcs = outer;
}

static void add_arms(struct select_maker *m, const struct ast *list)
{
	for (const struct ast *a = list; a; a = a->next) {
		if (a->kind == AST_USE)
			use_arcs(m, (const struct ast_use *)a);
		else if (a->kind == AST_ARM)
			add_arm(m, (const struct ast_arm *)a);
	}
}

void ps_select(struct ps *p, struct ps_state *st, const struct ast_select *sel)
{
	struct select_maker m = { .p = p, .st = st };

	ast_each(k, sel->keys)
		m.bad_keys |= st->s->start_by ? !start_key(&m, k) : !resolve_key(&m, k);
	if (!sel->arms)
		diag_note(diag(p->r->ctx, CHK_select_key, sel->h.loc, "the select has no arms: no packet gets past it"),
			  "say where packets go: `VALUE: STATE;`, `default: accept;`");
	add_arms(&m, sel->arms);
	st->s->keys = m.keys.p;
	st->s->n_keys = m.bad_keys ? 0 : m.keys.n;
	st->s->arms = m.arms.p;
	st->s->n_arms = m.arms.n;
}

void ps_goto(struct ps *p, struct ps_state *st, const struct ast_transition *t)
{
	struct mdc_arm *arm = arena_new_of(p->arena, struct mdc_arm);

	arm->is_default = true;
	arm->loc = t->h.loc;
	ps_transition(p, t, &arm->next);
	leads_to(p, st, &arm->next);
	st->s->arms = arm;
	st->s->n_arms = 1;
}

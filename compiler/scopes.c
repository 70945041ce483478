/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The states of a parser and of the subparsers that it uses, each subparser
 * expanded once for each scope that it is entered with. Takes the syntax tree,
 * gives the list of states, the start first, and says what the names of states,
 * arcs and parameters mean where they stand. A subparser's states come to the
 * model as SCOPE.STATE, its headers as SCOPE.HEADER; scopes are names in the
 * text, so that there are never more expansions than subparsers times scopes.
 */
#include "source.h"
#include "states.h"

/* ---- finding the expansions ---- */

static const char *key_of(struct ps *p, const struct ast_subparser *sub, const char *scope)
{
	return rs_atomf(p->r, "%s(%s)", sub->name.s, scope);
}

static const struct ast_subparser *find_subparser(struct ps *p, struct ast_name n)
{
	const struct ast_subparser *sub = atom_map_get(&p->subparsers, n.s);
	struct diag *d;

	if (sub)
		return sub;
	d = diag(p->r->ctx, CHK_unknown_name, n.loc, "unknown subparser '%s'", n.s);
	rs_suggest(p->r, d, n.s, &p->subparsers);
	diag_note(d, "declare it: `subparser %s(scope s) { start ...; state ... }`", n.s);
	return NULL;
}

/* The scope that a transition of @from names: its own by the parameter, or another. */
static const char *scope_name(const struct ps_scope *from, const struct ast_transition *t)
{
	return from->ast && t->scope.s == from->ast->scope.s ? from->name : t->scope.s;
}

static void to_itself(struct ps *p, const struct ps_scope *from, const struct ast_transition *t)
{
	struct diag *d = diag(p->r->ctx, CHK_subparser, t->h.loc, "subparser '%s' goes to itself in the scope '%s'",
			      from->ast->name.s, from->name);

	diag_label(d, from->use->h.loc, "entered in this scope here");
	diag_note(d, "go to one of its states by name, or give what is inside a scope of its own: `goto %s(%s2)`",
		  from->ast->name.s, from->name);
}

static void check_scope_name(struct ps *p, const struct ps_scope *from, const struct ast_transition *t)
{
	const char *name = scope_name(from, t);

	if (name != t->scope.s || atom_map_get(&p->r->scopes, name))
		return;
	rs_check_name(p->r, t->scope);
	ps_taken_name(p, t->scope, "scope");
	atom_map_add(&p->r->scopes, name, (void *)(uintptr_t)t);
}

/* Few lines can ask for a lot of states. */
static bool room_for(struct ps *p, const struct ast_subparser *sub, const struct ast_transition *t)
{
	bool had_room = p->expanded <= EXPANDED_MAX;
	uint32_t states = 0;
	struct diag *d;

	ast_each(b, sub->body)
		states += b->kind == AST_STATE;
	p->expanded += states ? states : 1;
	if (p->expanded <= EXPANDED_MAX)
		return true;
	if (had_room) {
		d = diag(p->r->ctx, CHK_subparser, t->h.loc, "with this scope the subparsers have more than %u states",
			 EXPANDED_MAX);
		diag_note(d, "a subparser's states are there once for each scope that it is entered with");
	}
	p->expanded = EXPANDED_MAX + 1;
	return false;
}

/* A transition in the text of @from: makes the expansion that it needs. */
static void use(struct ps *p, struct ps_scope *from, const struct ast_transition *t)
{
	const struct ast_subparser *sub;
	struct ps_scope *s;
	const char *name;

	if (!t || t->to != TO_SUBPARSER)
		return;
	ast_each(a, t->args)
		use(p, from, (const struct ast_transition *)a);
	sub = find_subparser(p, t->state);
	if (!sub)
		return;
	check_scope_name(p, from, t);
	name = scope_name(from, t);
	if (sub == from->ast && name == from->name) {
		to_itself(p, from, t);
		return;
	}
	if (atom_map_get(&p->expansions, key_of(p, sub, name)) || !room_for(p, sub, t))
		return;
	s = arena_new_of(p->arena, struct ps_scope);
	*s = (struct ps_scope){ .ast = sub, .name = name, .body = sub->body, .use = t, .from = from };
	s->again = atom_map_add(&p->expanded_once, sub->name.s, s) != NULL;
	atom_map_add(&p->expansions, key_of(p, sub, name), s);
	*vec_push(p->arena, &p->scopes) = s;
}

static void use_arms(struct ps *p, struct ps_scope *from, const struct ast *arms)
{
	for (const struct ast *a = arms; a; a = a->next)
		if (a->kind == AST_ARM)
			use(p, from, ((const struct ast_arm *)a)->to);
}

static void use_state(struct ps *p, struct ps_scope *from, const struct ast_state *st)
{
	use(p, from, st->otherwise);
	ast_each(b, st->body) {
		if (b->kind == AST_TRANSITION)
			use(p, from, (const struct ast_transition *)b);
		else if (b->kind == AST_SELECT)
			use_arms(p, from, ((const struct ast_select *)b)->arms);
	}
}

static void wrong_item(struct ps *p, const struct ps_scope *s, const struct ast *b)
{
	struct diag *d;

	if (s->again)
		return;
	d = diag(p->r->ctx, CHK_subparser, b->loc, "this cannot stand in a subparser");
	diag_note(d, "registers, flags, counters, subparsers and classifications belong to the parser as a whole: "
		  "declare them there; a subparser has states, arcs and a start");
}

static void use_item(struct ps *p, struct ps_scope *s, const struct ast *b)
{
	switch (b->kind) {
	case AST_TRANSITION:
		use(p, s, (const struct ast_transition *)b);
		break;
	case AST_ARCS:
		use_arms(p, s, ((const struct ast_arcs *)b)->arms);
		break;
	case AST_STATE:
		use_state(p, s, (const struct ast_state *)b);
		break;
	case AST_START:
		use_arms(p, s, ((const struct ast_start *)b)->arms);
		/* fall through */
	default:
		if (s->ast)
			wrong_item(p, s, b);
		if (b->kind == AST_REGISTER)
			use(p, s, ((const struct ast_register *)b)->otherwise);
		break;
	}
}

static void add_subparser(struct ps *p, const struct ast_subparser *sub)
{
	const struct ast_subparser *old;

	rs_check_name(p->r, sub->name);
	rs_check_name(p->r, sub->scope);
	ps_taken_name(p, sub->scope, "scope");
	old = atom_map_add(&p->subparsers, sub->name.s, (void *)(uintptr_t)sub);
	if (old)
		diag_label(diag(p->r->ctx, CHK_duplicate_name, sub->name.loc, "two subparsers '%s'", sub->name.s),
			   old->name.loc, "first declared here");
}

static void find_scopes(struct ps *p)
{
	struct ps_scope *root = arena_new_of(p->arena, struct ps_scope);

	ast_each(i, p->r->ast->items)
		if (i->kind == AST_SUBPARSER)
			add_subparser(p, (const struct ast_subparser *)i);
	ast_each(b, p->ast->body)
		if (b->kind == AST_SUBPARSER)
			add_subparser(p, (const struct ast_subparser *)b);
	root->body = p->ast->body;
	*vec_push(p->arena, &p->scopes) = root;
	for (size_t i = 0; i < p->scopes.n; i++) {
		struct ps_scope *s = p->scopes.p[i];

		ast_each(b, s->body)
			use_item(p, s, b);
	}
}

/* ---- their states and arcs ---- */

static void add_arcs(struct ps *p, struct ps_scope *s, const struct ast_arcs *a)
{
	struct ps_arcs *arcs = arena_new_of(p->arena, struct ps_arcs), *old;

	arcs->ast = a;
	arcs->scope = s;
	old = atom_map_add(&s->arcs, a->name.s, arcs);
	if (s->again)
		return;
	rs_check_name(p->r, a->name);
	if (old)
		diag_label(diag(p->r->ctx, CHK_duplicate_name, a->name.loc, "two arcs '%s'",
				a->name.s),
			   old->ast->name.loc, "first declared here");
}

const char *ps_full_name(struct resolver *r, const struct ps_scope *s, const char *name)
{
	return s->name ? rs_atomf(r, "%s.%s", s->name, name) : name;
}

static void add_state(struct ps *p, struct ps_scope *s, struct ps_state *st, const struct ast_state *a)
{
	struct ps_state *old;

	st->ast = a;
	st->scope = s;
	st->s = arena_new_of(p->arena, struct mdc_state);
	*st->s = (struct mdc_state){ .name = ps_full_name(p->r, s, a->name.s), .doc = a->h.doc, .loc = a->name.loc };
	old = atom_map_add(&s->states, a->name.s, st);
	if (s->again)
		return;
	rs_check_name(p->r, a->name);
	if (old)
		diag_label(diag(p->r->ctx, CHK_duplicate_name, a->name.loc, "two states '%s'",
				a->name.s),
			   old->ast->name.loc, "first declared here");
}

/* `start ...;` or `start by ... {}` of a scope; NULL after a diagnostic. */
static const struct ast *find_start(struct ps *p, const struct ps_scope *s)
{
	const struct ast *start = NULL, *state = NULL;
	const char *what = s->ast ? "subparser" : "parser", *name = s->ast ? s->ast->name.s : p->ast->name.s;
	struct diag *d;

	ast_each(b, s->body) {
		if (b->kind == AST_STATE && !state)
			state = b;
		if (b->kind != AST_TRANSITION && b->kind != AST_START)
			continue;
		if (start && !s->again)
			diag_label(diag(p->r->ctx, CHK_duplicate_name, b->loc, "a second start"), start->loc,
				   "the first");
		else if (!start)
			start = b;
	}
	if ((start && (state || !s->ast)) || s->again)
		return start;
	d = diag(p->r->ctx, CHK_missing, s->ast ? s->ast->name.loc : p->ast->name.loc, "%s '%s' has no %s", what, name,
		 state ? "`start`" : "states");
	if (state)
		diag_note(d, "name its first state: `start %s;`", ((const struct ast_state *)state)->name.s);
	else
		diag_note(d, "write one: `state first { accept; }`");
	return NULL;
}

/* `start by SOURCE {...}`: a state before all others, which only selects. */
static void add_start_by(struct ps *p, const struct ast_start *a)
{
	struct ps_state *st = &p->states[p->n_states++];
	struct ast_select *sel = arena_new_of(p->arena, struct ast_select);
	struct ast_state *ast = arena_new_of(p->arena, struct ast_state);

	*sel = (struct ast_select){ .h = { .kind = AST_SELECT, .loc = a->by->loc }, .keys = a->by, .arms = a->arms };
	*ast = (struct ast_state){ .h = { .kind = AST_STATE, .loc = a->h.loc }, .body = &sel->h };
	st->ast = ast;
	st->scope = p->scopes.p[0];
	st->s = arena_new_of(p->arena, struct mdc_state);
	*st->s = (struct mdc_state){ .name = "start.by", .start_by = true, .loc = a->h.loc };
}

/* @start becomes state 0; the others stay in their order. */
static void number_states(struct ps *p, struct ps_state *start)
{
	if (start && start != p->states) {
		struct ps_state first = *start;

		memmove(p->states + 1, p->states, (char *)start - (char *)p->states);
		p->states[0] = first;
	}
	/* They moved: the maps hold addresses. */
	for (size_t i = 0; i < p->scopes.n; i++)
		atom_map_init(&p->scopes.p[i]->states, p->arena);
	for (uint32_t i = 0; i < p->n_states; i++) {
		struct ps_state *st = &p->states[i];

		st->s->idx = i;
		if (!st->s->start_by)
			atom_map_add(&st->scope->states, st->ast->name.s, st);
	}
}

static void add_scope(struct ps *p, struct ps_scope *s)
{
	atom_map_init(&s->states, p->arena);
	atom_map_init(&s->arcs, p->arena);
	ast_each(b, s->body) {
		if (b->kind == AST_ARCS)
			add_arcs(p, s, (const struct ast_arcs *)b);
		else if (b->kind == AST_STATE)
			add_state(p, s, &p->states[p->n_states++], (const struct ast_state *)b);
	}
	if (s->ast) {
		ast_each(a, s->ast->params)
			s->n_params++;
		s->params = arena_array(p->arena, struct ps_param, s->n_params + 1);
	}
}

void ps_states(struct ps *p)
{
	const struct ast *start;
	struct mdc_next next;
	uint32_t n = 1;

	atom_map_init(&p->subparsers, p->arena);
	atom_map_init(&p->expansions, p->arena);
	atom_map_init(&p->expanded_once, p->arena);
	find_scopes(p);
	for (size_t i = 0; i < p->scopes.n; i++)
		ast_each(b, p->scopes.p[i]->body)
			n += b->kind == AST_STATE;
	p->states = arena_array(p->arena, struct ps_state, n);
	start = find_start(p, p->scopes.p[0]);
	if (start && start->kind == AST_START)
		add_start_by(p, (const struct ast_start *)start);
	for (size_t i = 0; i < p->scopes.n; i++)
		add_scope(p, p->scopes.p[i]);
	number_states(p, NULL);
	for (size_t i = 1; i < p->scopes.n; i++)
		p->scopes.p[i]->start = find_start(p, p->scopes.p[i]);
	if (!start || start->kind == AST_START)
		return;
	p->r->scope = p->scopes.p[0];
	ps_transition(p, (const struct ast_transition *)start, &next);
	if (next.to == MDC_TO_STATE)
		number_states(p, &p->states[next.state]);
	for (size_t i = 1; i < p->scopes.n; i++) {	/* what they were resolved to has moved */
		p->scopes.p[i]->entry = (struct ps_param){ 0 };
		memset(p->scopes.p[i]->params, 0, p->scopes.p[i]->n_params * sizeof(struct ps_param));
	}
}

/* ---- what names mean ---- */

struct ps_arcs *ps_find_arcs(struct ps *p, struct ast_name n)
{
	struct ps_scope *s = p->r->scope;
	struct ps_arcs *arcs = atom_map_get(&s->arcs, n.s);

	if (!arcs)
		arcs = atom_map_get(&p->scopes.p[0]->arcs, n.s);
	if (!arcs)
		rs_unknown(p->r, n, "arcs", s->arcs.n ? &s->arcs : &p->scopes.p[0]->arcs);
	return arcs;
}

#define ENTERING_MAX	1000	/* ways out and starts that are resolved within each other */

/* Resolves once; a parameter or an entry that comes back to itself has no meaning. */
static void resolve_once(struct ps *p, struct ps_param *x, struct ps_scope *in, const struct ast_transition *t)
{
	struct ps_scope *before = p->r->scope;

	if (x->done)
		return;
	x->next = (struct mdc_next){ .to = MDC_TO_ACCEPT, .state = UINT32_MAX, .loc = t->h.loc };
	if (x->busy || p->entering >= ENTERING_MAX) {
		if (!diag_errors(p->r->ctx))
			diag(p->r->ctx, CHK_subparser, t->h.loc, x->busy ?
			     "this leads to itself before any state is entered" :
			     "this leads through too many subparsers, one after the other");
		return;
	}
	x->busy = true;
	p->entering++;
	p->r->scope = in;
	ps_transition(p, t, &x->next);
	p->r->scope = before;
	p->entering--;
	x->done = true;
}

/* The way out that parameter @i of @s stands for. */
static const struct mdc_next *param(struct ps *p, struct ps_scope *s, uint32_t i)
{
	const struct ast *arg = s->use->args;

	for (uint32_t k = 0; arg && k < i; k++)
		arg = arg->next;
	if (!arg)
		s->params[i].done = true;	/* ps_enter() complains */
	else
		resolve_once(p, &s->params[i], s->from, (const struct ast_transition *)arg);
	return &s->params[i].next;
}

/* Where @to leads; what @next does on the way stays. */
static void go_to(struct mdc_next *next, const struct mdc_next *to)
{
	next->to = to->to;
	next->state = to->state;
	next->code = to->code;
}

bool ps_find_state(struct ps *p, struct ast_name n, struct mdc_next *next)
{
	struct ps_scope *s = p->r->scope;
	struct ps_state *to = atom_map_get(&s->states, n.s);
	uint32_t i = 0;

	if (s->ast) {
		ast_each(a, s->ast->params) {
			if (((const struct ast_ident *)a)->s == n.s) {
				go_to(next, param(p, s, i));
				return true;
			}
			i++;
		}
	}
	if (!to)
		to = atom_map_get(&p->scopes.p[0]->states, n.s);
	if (!to)
		return false;
	next->to = MDC_TO_STATE;
	next->state = to->s->idx;
	return true;
}

static bool same_next(const struct mdc_next *a, const struct mdc_next *b)
{
	return a->to == b->to && a->state == b->state && a->code == b->code;
}

static void check_args(struct ps *p, struct ps_scope *s, const struct ast_transition *t)
{
	uint32_t n = 0;
	struct diag *d;

	ast_each(a, t->args)
		n++;
	if (n != s->n_params) {
		d = diag(p->r->ctx, CHK_subparser, t->h.loc, "subparser '%s' has %u way%s out as parameters, not %u",
			 s->ast->name.s, s->n_params, s->n_params == 1 ? "" : "s", n);
		diag_label(d, s->ast->name.loc, "declared here");
		return;
	}
	n = 0;
	ast_each(a, t->args) {
		struct mdc_next next;

		ps_transition(p, (const struct ast_transition *)a, &next);
		if (t != s->use && !same_next(&next, param(p, s, n++))) {
			d = diag(p->r->ctx, CHK_subparser, a->loc, "scope '%s' of '%s' leads on to different places",
				 s->name, s->ast->name.s);
			diag_label(d, s->use->h.loc, "entered with other ways out here");
			diag_note(d, "its states are there once for a scope: give this one a scope of its own");
			return;
		}
	}
}

void ps_enter(struct ps *p, const struct ast_transition *t, struct mdc_next *next)
{
	const struct ast_subparser *sub = atom_map_get(&p->subparsers, t->state.s);
	struct ps_scope *s = sub ? atom_map_get(&p->expansions, key_of(p, sub, scope_name(p->r->scope, t))) : NULL;

	if (!s || s == p->r->scope)
		return;		/* there was a diagnostic */
	check_args(p, s, t);
	if (!s->start || s->start->kind != AST_TRANSITION)
		return;
	resolve_once(p, &s->entry, s, (const struct ast_transition *)s->start);
	go_to(next, &s->entry.next);
}

/* ---- headers by their scope ---- */

const char *ps_scoped(struct resolver *r, const struct ast *e)
{
	const struct ast_field *f = (const struct ast_field *)e;
	const struct ast_ident *n = (const struct ast_ident *)f->base;

	if (e->kind != AST_FIELD || n->h.kind != AST_NAME)
		return NULL;
	if (r->scope && r->scope->ast && r->scope->ast->scope.s == n->s)
		return r->scope->name;
	return atom_map_get(&r->scopes, n->s) ? n->s : NULL;
}

struct mdc_instance *ps_instance(struct resolver *r, const char *scope, const char *name)
{
	struct mdc_instance *inst = NULL;

	if (scope)
		return atom_map_get(&r->instances, rs_atomf(r, "%s.%s", scope, name));
	if (r->scope && r->scope->name)
		inst = atom_map_get(&r->instances, rs_atomf(r, "%s.%s", r->scope->name, name));
	return inst ? inst : atom_map_get(&r->instances, name);
}

const char *ps_member(const struct resolver *r, const char *name)
{
	return r->scope && r->scope->ast && r->scope->ast->scope.s == name ? r->scope->name : name;
}

/* ---- what is not used ---- */

static void unused_subparsers(struct ps *p)
{
	ast_each(b, p->ast->body) {
		const struct ast_subparser *sub = (const struct ast_subparser *)b;
		bool used = false;

		for (size_t i = 1; i < p->scopes.n && b->kind == AST_SUBPARSER; i++)
			used |= p->scopes.p[i]->ast == sub;
		if (b->kind == AST_SUBPARSER && !used)
			diag_note(diag(p->r->ctx, CHK_unused_subparser, sub->name.loc, "nothing enters subparser '%s'",
				       sub->name.s),
				  "`goto %s(SCOPE);`, `start %s(SCOPE);`", sub->name.s, sub->name.s);
	}
}

void ps_unused(struct ps *p)
{
	unused_subparsers(p);
	for (size_t i = 0; i < p->scopes.n; i++) {
		const struct ps_scope *s = p->scopes.p[i];

		ast_each(b, s->body) {
			const struct ps_arcs *arcs;

			if (b->kind != AST_ARCS || s->again)
				continue;
			arcs = atom_map_get(&s->arcs, ((const struct ast_arcs *)b)->name.s);
			if (!arcs->used && arcs->ast == (const struct ast_arcs *)b)
				diag_note(diag(p->r->ctx, CHK_unused_arcs, arcs->ast->name.loc,
					       "no select uses the arcs '%s'", arcs->ast->name.s),
					  "`use %s;` in a select", arcs->ast->name.s);
		}
	}
}

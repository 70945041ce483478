/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the parser's syntax tree and gives struct mdc_parser: instances, states,
 * transitions and what states write. The steps are in rs_parser(). Keeps true:
 * state 0 is the start; every index is in range, even after a diagnostic.
 */
#include <stdio.h>
#include "foreign.h"
#include "source.h"
#include "states.h"
#include <mdesc/format.h>

#define STACK_MAX	254u	/* elements; MDC_ELEM_LAST is no index */

bool ps_is_name(const struct ast *e, const char *name)
{
	return e && e->kind == AST_NAME && !strcmp(((const struct ast_ident *)e)->s, name);
}

const char *ps_text(struct resolver *r, struct loc loc)
{
	const struct source *src = source_get(r->ctx->sources, loc.src);
	char *s = arena_strndup(r->arena, src->text + loc.start, loc.end - loc.start);
	char *to = s;

	for (const char *from = s; *from; from++) {
		bool space = *from == ' ' || *from == '\t' || *from == '\n' || *from == '\r';

		if (!space)
			*to++ = *from;
		else if (to > s && to[-1] != ' ')
			*to++ = ' ';
	}
	*to = 0;
	return s;
}

struct diag *ps_unknown(struct resolver *r, struct ast_name n, const char *what,
			const char *const *names, size_t n_names)
{
	struct diag *d = diag(r->ctx, CHK_unknown_name, n.loc, "unknown %s '%s'", what, n.s);

	if (n_names)
		diag_near(r->ctx, d, n.s, nearest_name(n.s, names, n_names));
	return d;
}

/* ---- transitions ---- */

/* "acept" is nearer to `accept` than to any state. */
static void unknown_state(struct ps *p, struct ast_name n)
{
	static const char *const ends[] = { "accept", "drop", "reject", NULL };
	const char *near = nearest_name(n.s, ends, 0);

	if (!near)
		near = foreign_end(n.s);
	if (atom_map_get(&p->subparsers, n.s))
		diag_note(diag(p->r->ctx, CHK_unknown_name, n.loc,
			       "'%s' is a subparser: in which scope is it entered?", n.s),
			  "name the scope: `%s(inner)`", n.s);
	else if (near)
		diag_near(p->r->ctx, diag(p->r->ctx, CHK_unknown_name, n.loc, "unknown state '%s'", n.s),
			  n.s, near);
	else
		rs_unknown(p->r, n, "state", p->r->scope->states.n ? &p->r->scope->states : &p->scopes.p[0]->states);
}

/* Where it goes. */
static void transition_to(struct ps *p, const struct ast_transition *t, struct mdc_next *next)
{
	switch (t->to) {
	case TO_STATE:
		if (!ps_find_state(p, t->state, next))
			unknown_state(p, t->state);
		return;
	case TO_SUBPARSER:
		ps_enter(p, t, next);
		return;
	case TO_ACCEPT:
		return;
	case TO_REJECT:
		next->to = MDC_TO_REJECT;
		next->code = rs_reject_code(p->r, t->code);
		return;
	case TO_DROP:
		next->to = MDC_TO_DROP;
		return;
	}
}

void ps_transition(struct ps *p, const struct ast_transition *t, struct mdc_next *next)
{
	*next = (struct mdc_next){ .to = MDC_TO_ACCEPT, .state = UINT32_MAX, .loc = t->h.loc };
	transition_to(p, t, next);
	/* A parameter stands for a whole way out: only now what is said here. */
	if (t->leave)
		next->leave = true;
	if (t->within)
		ps_within(p, t->within, next);
}

/* ---- extract ---- */

bool ps_taken_name(struct ps *p, struct ast_name n, const char *what)
{
	static const char *const taken[] = { "meta", "packet", "parser", "layout" };

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (strcmp(n.s, taken[i]))
			continue;
		diag_note(diag(p->r->ctx, CHK_bad_name, n.loc, "a %s cannot be called '%s'", what, n.s),
			  "`%s` stands for something else in a parser", n.s);
		return true;
	}
	return false;
}

/* The parts of an instance's header are recorded as instances of their own. */
static void add_parts(struct ps *p, struct mdc_instance *inst)
{
	const struct mdc_header *h = inst->header;

	inst->parts = arena_array(p->arena, const struct mdc_instance *, h->n_parts);
	for (uint32_t i = 0; i < h->n_parts; i++) {
		struct mdc_instance *part = arena_new_of(p->arena, struct mdc_instance);

		*part = (struct mdc_instance){
			.name = rs_atomf(p->r, "%s.%u", inst->name, i + 1), .kind = MDC_I_PART,
			.header = h->parts[i].header, .capacity = inst->capacity, .idx = p->instances.n,
			.of = inst, .part = i, .loc = inst->loc,
		};
		*vec_push(p->arena, &p->instances) = part;
		inst->parts[i] = part;
	}
}

static struct mdc_instance *new_instance(struct ps *p, const struct ps_scope *scope, struct ast_name name,
					 const struct ast_extract *a, const struct mdc_header *h)
{
	struct mdc_instance *inst = arena_new_of(p->arena, struct mdc_instance);
	const struct mdc_register *reg = atom_map_get(&p->r->registers, name.s);
	struct diag *d;

	ps_taken_name(p, name, "header");
	if (reg) {
		d = diag(p->r->ctx, CHK_duplicate_name, name.loc, "'%s' is a register or flag, too", name.s);
		diag_label(d, reg->loc, "declared here");
		diag_note(d, "`extract %s as NAME;` gives the header another name", h->name);
	}
	if (!scope->name && atom_map_get(&p->r->scopes, name.s)) {
		d = diag(p->r->ctx, CHK_duplicate_name, name.loc, "'%s' is a scope, too", name.s);
		diag_note(d, "`extract %s as NAME;` gives the header another name", h->name);
	}
	if (a->as.s)
		rs_check_name(p->r, name);
	name.s = ps_full_name(p->r, scope, name.s);
	*inst = (struct mdc_instance){
		.name = name.s, .header = h, .idx = p->instances.n, .loc = name.loc,
		.capacity = a->stack,	/* for now: is it a stack? flow.c counts */
	};
	*vec_push(p->arena, &p->instances) = inst;
	atom_map_add(&p->r->instances, name.s, inst);
	add_parts(p, inst);
	return inst;
}

static void add_extract(struct ps *p, struct ps_state *st, const struct ast_extract *a)
{
	const struct mdc_header *h = atom_map_get(&p->r->headers, a->header.s);
	struct ast_name name = a->as.s ? a->as : a->header;
	struct mdc_instance *inst;

	if (!h) {
		rs_unknown(p->r, a->header, "header", &p->r->headers);
		return;
	}
	inst = atom_map_get(&p->r->instances, ps_full_name(p->r, st->scope, name.s));
	if (!inst) {
		inst = new_instance(p, st->scope, name, a, h);
	} else if (inst->kind != MDC_I_HEADER) {
		diag_label(diag(p->r->ctx, CHK_duplicate_name, name.loc, "'%s' is a mark", name.s), inst->loc,
			   "marked here");
		return;
	} else if (inst->header != h) {
		struct diag *d = diag(p->r->ctx, CHK_duplicate_name, name.loc,
				      "'%s' is extracted as %s and as %s", name.s,
				      inst->header->name, h->name);

		diag_label(d, inst->loc, "extracted as %s here", inst->header->name);
		diag_note(d, "give one of them another name: `extract %s as NAME;`", h->name);
		return;
	} else if (inst->kind == MDC_I_HEADER && (inst->capacity != 0) != a->stack) {
		struct diag *d = diag(p->r->ctx, CHK_stack, name.loc,
				      "'%s' is extracted as %s here", name.s,
				      a->stack ? "a stack" : "one header");

		diag_label(d, inst->loc, "as %s here", a->stack ? "one header" : "a stack");
		return;
	}
	*vec_push(p->arena, &st->extracts) = inst;
	*vec_push(p->arena, &st->extract_locs) = a->h.loc;
}

/* ---- assignments ---- */

static void choose_layout(struct ps *p, struct ps_state *st, const struct ast_assign *a)
{
	struct resolver *r = p->r;
	const struct ast_ident *n = (const struct ast_ident *)a->value;
	const struct mdc_layout *l;
	bool allowed = false;

	if (st->choice) {
		diag_label(diag(r->ctx, CHK_layout_choice, a->h.loc,
				"state '%s' chooses two layouts", st->s->name),
			   st->choice->h.loc, "first chosen here");
		return;
	}
	if (n->h.kind != AST_NAME) {
		diag(r->ctx, CHK_layout_choice, a->value->loc, "a layout is chosen by its name");
		return;
	}
	l = atom_map_get(&r->layouts, n->s);
	if (!l) {
		rs_unknown(r, (struct ast_name){ n->s, n->h.loc }, "metadata", &r->layouts);
		return;
	}
	for (uint32_t i = 0; i < p->n_writes; i++)
		allowed |= p->writes[i] == l;
	if (!allowed)
		diag_note(diag(r->ctx, CHK_layout_choice, a->value->loc,
			       "parser '%s' does not write '%s'", p->ast->name.s, l->name),
			  "add it behind `writes`");
	st->choice = a;
	st->s->set_layout = l;
}

/* The root of a path: meta in meta.l3.v4.saddr. */
static const struct ast *path_root(const struct ast *e)
{
	while (e->kind == AST_FIELD || e->kind == AST_INDEX || e->kind == AST_SLICE)
		e = e->kind == AST_FIELD ? ((const struct ast_field *)e)->base :
		    e->kind == AST_INDEX ? ((const struct ast_index *)e)->base :
					   ((const struct ast_slice *)e)->base;
	return e;
}

/* The metadata is called `meta`, whatever its layout. */
static bool stands_for_meta(struct resolver *r, const char *root)
{
	return atom_map_get(&r->layouts, root) || !strcmp(root, "metadata") || !strcmp(root, "md") ||
	       !strcmp(root, "ctx");
}

static bool nothing_near(struct ps *p, const char *root)
{
	const char **keys = arena_array(p->arena, const char *, p->r->registers.n + 1);

	atom_map_keys(&p->r->registers, keys);
	return !p->r->registers.n || !nearest_name(root, keys, p->r->registers.n);
}

/* What is assigned to is neither metadata nor a register. */
static void not_declared(struct ps *p, struct diag *d, const struct ast *to, const char *root)
{
	if (to->kind == AST_FIELD && stands_for_meta(p->r, root)) {
		struct loc at = { to->loc.src, to->loc.start, to->loc.start + (uint32_t)strlen(root) };

		diag_note(d, "write `meta%s = ...;`", ps_text(p->r, to->loc) + strlen(root));
		diag_fix(d, at, "meta");
		return;
	}
	diag_note(d, "its members are written as `meta.%s = ...;`", ps_text(p->r, to->loc));
	rs_suggest(p->r, d, root, &p->r->registers);
	if (to->kind != AST_FIELD && nothing_near(p, root))
		diag_note(d, "a register or flag is declared in the parser: `register u8 %s;`", root);
}

static void add_assign(struct ps *p, struct ps_state *st, const struct ast_assign *a)
{
	const struct ast *root = path_root(a->to);
	struct diag *d;

	if (ps_register_of(p->r, a->to)) {
		*vec_push(p->arena, &st->sets) = a;
		return;
	}
	if (a->mask) {
		d = diag(p->r->ctx, CHK_writer, a->mask->loc, "a mask is only for registers");
		diag_note(d, "bits of metadata are written by their names: `meta.WORD.RANGE = ...;`");
		return;
	}
	if (a->to->kind == AST_NAME && ps_is_name(root, "layout")) {
		choose_layout(p, st, a);
		return;
	}
	if (a->to->kind != AST_NAME && ps_is_name(root, "meta")) {
		*vec_push(p->arena, &st->assigns) = a;
		return;
	}
	d = diag(p->r->ctx, CHK_writer, a->to->loc, "a state writes metadata, not '%s'",
		 ps_text(p->r, a->to->loc));
	if (ps_is_name(a->to, "meta"))
		diag_note(d, "the metadata as a whole cannot be written, only its members: `meta.NAME = ...;`");
	else if (root->kind == AST_NAME &&
		 !atom_map_get(&p->r->instances, ((const struct ast_ident *)root)->s))
		not_declared(p, d, a->to, ((const struct ast_ident *)root)->s);
	else
		diag_note(d, "headers are only read; metadata is written as `meta.NAME = ...;`");
}

static void layout_id_written(struct ps *p, struct ps_state *st, const struct mdc_rule *rule)
{
	const struct mdc_layout *l = st->s->layout;
	struct diag *d = diag(p->r->ctx, CHK_layout_id, rule->to_loc, "state '%s' writes over the layout's id",
			      st->s->name);

	diag_label(d, l->leaves[l->id_leaf].loc, "declared here");
	diag_note(d, "programs know the layout by it; `layout = NAME;` chooses another layout, id and all");
}

/* `meta.x = EXPR;`, when the layout in force is known. */
static void resolve_writes(struct ps *p, struct ps_state *st)
{
	VEC(struct mdc_rule) v = { 0 };

	if (!st->s->layout)
		return;
	for (size_t i = 0; i < st->assigns.n; i++) {
		const struct ast_assign *a = st->assigns.p[i];
		struct mdc_rule rule = { .loc = a->h.loc, .to_loc = a->to->loc };

		if (!rs_leaf(p->r, st->s->layout, a->to, 1, &rule.leaf, &rule.elem, &rule.whole)) {
			p->bad_writes = true;
			continue;
		}
		if (rule.leaf == st->s->layout->id_leaf) {
			layout_id_written(p, st, &rule);
			continue;
		}
		rule.x = rs_writer(p->r, a->value, st->s->layout, rule.leaf, rule.whole, true);
		if (rule.x)
			*vec_push(p->arena, &v) = rule;
		else
			p->bad_writes = true;
	}
	st->s->writes = v.p;
	st->s->n_writes = v.n;
}

/* ---- the body ---- */

enum phase { EXTRACTS, ASSIGNS, ENDED };

static void wrong_order(struct ps *p, struct ps_state *st, const struct ast *b, enum phase phase)
{
	struct diag *d;

	if (phase == ENDED) {
		d = diag(p->r->ctx, CHK_no_way_out, b->loc, "state '%s' has already ended",
			 st->s->name);
		diag_note(d, "select, goto, accept, reject and drop come last, and only once");
	} else {
		d = diag(p->r->ctx, CHK_no_way_out, b->loc, "%s comes before all that is written",
			 b->kind == AST_EXTRACT ? "extract" : b->kind == AST_ADVANCE ? "advance" :
			 b->kind == AST_MARK ? "mark" : "leave");
		diag_note(d, "a state's effects all happen at once, and see what the state extracted");
	}
}

/* `leave;` as a state's end: behind the header, nothing more is parsed. */
static const struct ast_transition *leave_accepts(struct ps *p, const struct ps_state *st)
{
	struct ast_transition *t = arena_new_of(p->arena, struct ast_transition);

	t->h = (struct ast){ .kind = AST_TRANSITION, .loc = st->extract_locs.p[st->extract_locs.n - 1] };
	t->to = TO_ACCEPT;
	return t;
}

static void resolve_end(struct ps *p, struct ps_state *st, const struct ast *end)
{
	if (end && end->kind == AST_SELECT) {
		ps_select(p, st, (const struct ast_select *)end);
		return;
	}
	if (end) {
		ps_goto(p, st, (const struct ast_transition *)end);
		return;
	}
	if (st->extracts.n && st->extracts.p[st->extracts.n - 1]->kind == MDC_I_LEAVE) {
		ps_goto(p, st, leave_accepts(p, st));
		return;
	}
	diag_note(diag(p->r->ctx, CHK_no_way_out, st->s->loc, "state '%s' does not say how it ends",
		       st->s->name),
		  "end it with `select`, `goto STATE;`, `accept;`, `reject CODE;` or `drop;`");
}

static bool is_move(const struct ast *b)
{
	return b->kind == AST_EXTRACT || b->kind == AST_ADVANCE || b->kind == AST_MARK || b->kind == AST_LEAVE;
}

/* Extracts and assignments; gives how the state ends. */
static const struct ast *resolve_body(struct ps *p, struct ps_state *st)
{
	enum phase phase = EXTRACTS;
	const struct ast *end = NULL;

	ast_each(b, st->ast->body) {
		if (phase == ENDED || (phase == ASSIGNS && is_move(b))) {
			wrong_order(p, st, b, phase);
			continue;
		}
		switch (b->kind) {
		case AST_EXTRACT:
			add_extract(p, st, (const struct ast_extract *)b);
			break;
		case AST_ASSIGN:
			phase = ASSIGNS;
			add_assign(p, st, (const struct ast_assign *)b);
			break;
		case AST_ADVANCE:
			ps_advance(p, st, (const struct ast_advance *)b);
			break;
		case AST_MARK:
			ps_mark(p, st, (const struct ast_mark *)b);
			break;
		case AST_LEAVE:
			ps_leave(p, st, b);
			break;
		case AST_SELECT:
		case AST_TRANSITION:
			phase = ENDED;
			end = b;
			break;
		default:
			break;
		}
	}
	st->s->extracts = st->extracts.p;
	st->s->n_extracts = st->extracts.n;
	return end;
}

static void resolve_max(struct ps *p, struct ps_state *st)
{
	const struct ast_state *a = st->ast;
	uint64_t max = 1;	/* where it is wrong, one error is enough */

	st->s->otherwise = (struct mdc_next){
		.to = MDC_TO_REJECT, .state = UINT32_MAX, .code = MDESC_ERR_LOOP, .loc = st->s->loc
	};
	if (a->counts.s) {
		ps_counts(p, st);
		return;
	}
	if (a->max) {
		rs_const_in(p->r, a->max, "`max`", 1, UINT16_MAX, &max);
		st->s->max = max;
		st->s->otherwise.loc = a->max->loc;
	}
	if (a->otherwise)
		ps_transition(p, a->otherwise, &st->s->otherwise);
	if (st->s->otherwise.within)
		diag_note(diag(p->r->ctx, CHK_within, st->s->otherwise.loc,
			       "a full loop has extracted nothing whose options could follow"),
			  "go to a state that extracts the header and then says `within`");
}

/* ---- the parser ---- */

static void resolve_layout_list(struct ps *p)
{
	struct resolver *r = p->r;
	VEC(const struct mdc_layout *) v = { 0 };
	const struct mdc_layout *first = r->m->n_metadata ? r->m->layouts[0] : NULL;
	bool has_first = false;

	ast_each(a, p->ast->writes) {
		const struct ast_ident *n = (const struct ast_ident *)a;
		const struct mdc_layout *l = atom_map_get(&r->layouts, n->s);

		if (!l)
			rs_unknown(r, (struct ast_name){ n->s, a->loc }, "metadata", &r->layouts);
		else if (l->is_descriptor)
			diag_label(diag(r->ctx, CHK_wrong_kind, a->loc,
					"a parser does not write descriptors"),
				   l->loc, "declared here");
		else
			*vec_push(r->arena, &v) = l;
		has_first |= l && l == first;
	}
	p->writes = v.p;
	p->n_writes = v.n;
	p->first = first;
	if (v.n && !has_first) {
		struct diag *d = diag(r->ctx, CHK_layout_choice, p->ast->writes->loc,
				      "parser '%s' does not write '%s'", p->ast->name.s,
				      first->name);

		diag_label(d, first->loc, "the first metadata is in force until a state chooses");
		diag_note(d, "add it behind `writes`, or declare '%s' first", v.p[0]->name);
	}
}

static const struct ast_parser *find_parser(struct resolver *r)
{
	const struct ast_parser *found = NULL;

	ast_each(i, r->ast->items) {
		const struct ast_parser *a = (const struct ast_parser *)i;

		if (i->kind != AST_PARSER)
			continue;
		rs_check_name(r, a->name);
		if (!found)
			found = a;
		else
			diag_label(diag(r->ctx, CHK_duplicate_name, a->name.loc,
					"a second parser: '%s'", a->name.s),
				   found->name.loc, "a device has one; this is the first");
	}
	return found;
}

static void finish(struct ps *p)
{
	struct mdc_parser *to = &p->r->m->parser;
	const struct mdc_state **states =
		arena_array(p->arena, const struct mdc_state *, p->n_states + 1);

	for (uint32_t i = 0; i < p->n_states; i++)
		states[i] = p->states[i].s;
	*to = (struct mdc_parser){
		.name = p->ast->name.s,
		.instances = (const struct mdc_instance **)p->instances.p,
		.n_instances = p->instances.n,
		.errors = p->r->errors,
		.classes = p->classes.p,
		.n_classes = p->classes.n,
		.registers = (const struct mdc_register **)p->registers.p,
		.n_registers = p->registers.n,
		.states = states,
		.n_states = p->n_states,
		.loc = p->ast->name.loc,
	};
	for (uint32_t i = 0; i < to->n_instances; i++)
		if (to->instances[i]->capacity > STACK_MAX)
			diag_note(diag(p->r->ctx, CHK_range, to->instances[i]->loc,
				       "stack '%s' can get %u elements, but it has %u at most",
				       to->instances[i]->name, to->instances[i]->capacity,
				       STACK_MAX),
				  "lower the `max` of the states that extract it");
}

void rs_parser(struct resolver *r)
{
	struct ps ps = { .r = r, .arena = r->arena, .ast = find_parser(r) }, *p = &ps;
	const struct ast **ends;

	atom_map_init(&r->instances, r->arena);
	atom_map_init(&r->registers, r->arena);
	atom_map_init(&r->scopes, r->arena);
	rs_errors(r, p->ast);
	rs_class_names(r, p->ast);
	if (!p->ast)
		return;
	resolve_layout_list(p);
	ps_registers(p);
	ps_states(p);
	r->scope = p->scopes.p[0];
	if (!p->n_states || p->expanded > EXPANDED_MAX)
		return;
	ps_counters(p);
	ends = arena_array(p->arena, const struct ast *, p->n_states);
	for (uint32_t i = 0; i < p->n_states; i++) {
		r->scope = p->states[i].scope;
		ends[i] = resolve_body(p, &p->states[i]);
	}
	ps_advances(p);
	for (uint32_t i = 0; i < p->n_states; i++) {
		r->scope = p->states[i].scope;
		p->at = &p->states[i];
		resolve_max(p, &p->states[i]);
		resolve_end(p, &p->states[i], ends[i]);
	}
	ps_unused(p);
	flow_graph(p);
	flow_layouts(p);
	r->ps = p;
	for (uint32_t i = 0; i < p->n_states; i++) {
		r->scope = p->states[i].scope;
		p->at = &p->states[i];
		resolve_writes(p, &p->states[i]);
		ps_sets(p, &p->states[i]);
	}
	r->scope = NULL;
	r->ps = NULL;
	ps_classes(p);
	finish(p);
	flow_extracts(p);
	flow_within(p);
	flow_parts(p);
	flow_tags(p);
}

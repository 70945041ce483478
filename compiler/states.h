/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the files that resolve parsers share: states.c (statements), select.c
 * (keys and arms), fieldref.c (paths into headers), writer*.c (expressions) and
 * flow*.c (what holds on all paths). The steps are rs_parser() in states.c.
 */
#ifndef MDESCC_STATES_H
#define MDESCC_STATES_H

#include "resolve.h"

/* A way out that is resolved when it is first asked for. */
struct ps_param {
	bool busy, done;
	struct mdc_next next;
};

/* The parser itself, or a subparser as it is there for one scope: what names mean in its text. */
struct ps_scope {
	const struct ast_subparser *ast;	/* NULL: the parser */
	const char *name;			/* "inner"; NULL: the parser */
	struct ast *body;
	bool again;				/* the same text was there for another scope: complaints were made */
	const struct ast_transition *use;	/* the first that enters it, in the text of @from */
	struct ps_scope *from;
	struct atom_map states, arcs;		/* struct ps_state, ps_arcs */
	const struct ast *start;		/* `start ...;` or NULL */
	struct ps_param entry, *params;
	uint32_t n_params;
};

/* A state while it is being resolved. */
struct ps_state {
	const struct ast_state *ast;
	struct ps_scope *scope;
	struct mdc_state *s;
	const struct ast_assign *choice;	/* `layout = NAME;` or NULL */
	VEC(const struct ast_assign *) assigns;	/* of metadata */
	VEC(const struct ast_assign *) sets;	/* of registers */
	VEC(const struct mdc_instance *) extracts;
	VEC(struct loc) extract_locs;		/* beside @extracts */
	struct mdc_header *peek;		/* of look-aheads that it writes; or NULL */
	const struct mdc_instance *peek_inst;
	VEC(uint32_t) succ;			/* states that arms go to, each once */
	uint32_t component;			/* of the graph; equal: they reach each other */
};

/* An `advance` whose way is not known yet. */
struct ps_advance {
	const struct ast_advance *ast;
	struct ps_scope *scope;
	struct mdc_header *header;
	struct mdc_instance *inst;
};

struct ps_arcs {
	const struct ast_arcs *ast;
	struct ps_scope *scope;			/* that they are declared in */
	bool used;
	bool open;				/* being expanded: an own use is a cycle */
};

#define EXPANDED_MAX	65534u	/* states of all expansions: more than an image has */

/* A parser while it is being resolved. */
struct ps {
	struct resolver *r;
	struct arena *arena;
	const struct ast_parser *ast;
	struct ps_state *states;
	uint32_t n_states;
	VEC(struct ps_scope *) scopes;		/* the parser, then the subparsers in use */
	struct atom_map subparsers;		/* struct ast_subparser */
	struct atom_map expansions;		/* struct ps_scope, by "l2(inner)" */
	struct atom_map expanded_once;		/* the first of each subparser, by its name */
	uint32_t expanded;			/* states of all of them, EXPANDED_MAX + 1 at most */
	uint32_t entering;			/* scopes.c: how deep */
	VEC(struct mdc_instance *) instances;
	VEC(struct mdc_register *) registers;
	VEC(const struct ast_register *) register_asts;	/* beside @registers */
	struct mdc_next *beyond;		/* by register: the `else` of counters */
	VEC(struct ps_advance) advances;
	VEC(const struct mdc_class *) classes;
	uint64_t *set_bits;			/* by register: of the state at hand; else 0 */
	const struct mdc_layout **writes;	/* the layouts of `writes` */
	uint32_t n_writes;
	bool bad_writes;			/* not all writes are known: nothing is said of tags */
	const struct mdc_layout *first;		/* in force before a state chooses; or NULL */
	struct ps_state *at;			/* the state at hand, where there is one */
	/* flow.c: the reachable states, each after those that lead to it, loops aside */
	uint32_t *order;
	uint32_t n_order;
};

/* ---- states.c ---- */

bool ps_is_name(const struct ast *e, const char *name);
/* A name that means something else in a parser cannot be that of a @what. True after a diagnostic. */
bool ps_taken_name(struct ps *p, struct ast_name n, const char *what);
/* A place in the text as it was written, on one line. */
const char *ps_text(struct resolver *r, struct loc loc);
/* "unknown WHAT 'n'", with the nearest of @names. */
struct diag *ps_unknown(struct resolver *r, struct ast_name n, const char *what,
			const char *const *names, size_t n_names);
void ps_transition(struct ps *p, const struct ast_transition *t, struct mdc_next *next);

/* ---- moves.c ---- */

void ps_advance(struct ps *p, struct ps_state *st, const struct ast_advance *a);
void ps_advances(struct ps *p);		/* how far, when all instances are known */
void ps_mark(struct ps *p, struct ps_state *st, const struct ast_mark *a);
void ps_leave(struct ps *p, struct ps_state *st, const struct ast *a);
/* `within HEADER goto`: in the state at hand. */
void ps_within(struct ps *p, const struct ast *header, struct mdc_next *next);
/* The numbers of lookahead(BIT, WIDTH). False after a diagnostic. */
bool ps_lookahead_args(struct resolver *r, const struct ast_call *c, uint64_t *bit, uint64_t *width);
/* What reads the @bytes bytes behind the state's extracts. */
const struct mdc_instance *ps_peek(struct ps *p, struct ps_state *st, uint32_t bytes, struct loc loc);

/* ---- registers.c ---- */

/* The parser's registers and flags by name, and where they lie in the image. */
void ps_registers(struct ps *p);
/* What counters do beyond their max; a state's limit, as its counter says. The states are known by name. */
void ps_counters(struct ps *p);
void ps_counts(struct ps *p, struct ps_state *st);
/* The register that @e names, or a slice of it (@bit, @bits); NULL, without a word: it is none. */
const struct mdc_register *ps_register_of(struct resolver *r, const struct ast *e);
/* Which of @width bits of a value the slices and indices of @e leave. False after a diagnostic. */
bool ps_cut(struct resolver *r, const struct ast *e, uint32_t width, uint32_t *bit, uint32_t *bits);
/* What state @st sets. */
void ps_sets(struct ps *p, struct ps_state *st);

/* ---- scopes.c ---- */

/* The parser's states, those of its subparsers included, the start first. */
void ps_states(struct ps *p);
/* The state, or the way out that a parameter stands for, of this name; false, without a word: there is none. */
bool ps_find_state(struct ps *p, struct ast_name n, struct mdc_next *next);
/* Arcs that `use` names; NULL after a diagnostic. */
struct ps_arcs *ps_find_arcs(struct ps *p, struct ast_name n);
/* SUBPARSER(SCOPE, ...): the first state of it. */
void ps_enter(struct ps *p, const struct ast_transition *t, struct mdc_next *next);
/* SCOPE.NAME: the scope; NULL: @e is nothing like that. */
const char *ps_scoped(struct resolver *r, const struct ast *e);
/* The header instance NAME of a scope (NULL: of where the text stands, else of the parser); or NULL. */
struct mdc_instance *ps_instance(struct resolver *r, const char *scope, const char *name);
/* A name in a path of metadata: the scope's parameter stands for the scope. */
const char *ps_member(const struct resolver *r, const char *name);
/* "ether", in a scope "inner.ether" */
const char *ps_full_name(struct resolver *r, const struct ps_scope *s, const char *name);
/* Arcs and subparsers that nothing uses. */
void ps_unused(struct ps *p);

/* ---- classify.c ---- */

/* The classifications; once all instances are known. */
void ps_classes(struct ps *p);

/* ---- select.c ---- */

/* What a pattern, or a tuple of @n, means for keys of which only bits and place are looked at. */
bool ps_patterns(struct ps *p, const struct mdc_key *keys, const struct mdc_type *const *enums, size_t n,
		 const struct ast_pattern *a, const struct mdc_pattern **out);

void ps_select(struct ps *p, struct ps_state *st, const struct ast_select *sel);
/* `_` or accept and the like behind the state's statements: one arm, the default. */
void ps_goto(struct ps *p, struct ps_state *st, const struct ast_transition *t);

/* ---- fieldref.c ---- */

/* Bits of a header in the packet. */
struct fieldref {
	const struct mdc_instance *inst;
	uint8_t elem;			/* as in struct mdc_x */
	const struct mdc_hfield *field;
	const struct mdc_bits *range;	/* of a word; or NULL */
	uint32_t bit, bits;		/* of the header, on the wire */
	enum mdc_order order;
	bool whole;			/* nothing was cut off */
	/* LE numbers cannot be cut on the wire: the value's bits cut_lo + cut_bits - 1 .. cut_lo
	 * are meant. cut_bits 0: all. */
	uint32_t cut_lo, cut_bits;
	const struct mdc_type *enum_type;	/* or NULL */
};

/* Does @e begin like a path into a header? */
bool fieldref_is(const struct ast *e);
bool fieldref_resolve(struct resolver *r, const struct ast *e, struct fieldref *ref);
/* The header that NAME or SCOPE.NAME is; NULL, without a word: none. */
struct mdc_instance *fieldref_find(struct resolver *r, const struct ast *e);
/* Says where a subparser has it, `outer.NAME`; false: none does. */
bool fieldref_note_scoped(struct resolver *r, struct diag *d, const char *name);
/* Does it name a header, or an element of a stack, and no field? */
bool fieldref_is_instance(struct resolver *r, const struct ast *e);
/* NAME or NAME[ELEM] */
bool fieldref_instance(struct resolver *r, const struct ast *e, const struct mdc_instance **inst,
		       uint8_t *elem);

/* ---- writer.c, convert.c ---- */

/* A value: an expression, or a constant of any sign. */
struct wval {
	const struct mdc_x *x;		/* NULL: constant, or !ok */
	rs_int c;
	bool ok;			/* false: a diagnostic was given */
	const struct mdc_type *enum_type;	/* of the field or source that it is; or NULL */
	struct loc loc;
};

struct mdc_x *wr_const(struct resolver *r, uint64_t v, struct loc loc);
/* A value as states compute it, that goes to no leaf; @expected: an enum, or NULL. */
struct wval wr_value(struct resolver *r, const struct ast *e, const struct mdc_type *expected);
/* The same when the parser has stopped. */
struct wval wr_value_at_stop(struct resolver *r, const struct ast *e);
/* x[lo + bits - 1:lo] */
const struct mdc_x *wr_slice(struct resolver *r, const struct mdc_x *x, uint32_t lo, uint32_t bits);
/* convert.c: @v as it goes to @leaf. NULL after a diagnostic. */
const struct mdc_x *wr_convert(struct resolver *r, const struct wval *v, const struct mdc_layout *layout,
			       uint32_t leaf, bool whole);
uint64_t wr_mask(uint32_t bits);

/* ---- flow*.c ---- */

/* flow.c: reachability, loops, capacities of stacks. */
void flow_graph(struct ps *p);
/* "a -> b -> c": the shortest path of one step at least from @from to @to, on which no state but
 * the last has avoid[idx]; NULL: there is none. @avoid may be NULL. flow_path(): from the start,
 * which may be @to itself. */
const char *flow_path(struct ps *p, uint32_t to, const bool *avoid);
const char *flow_path_from(struct ps *p, uint32_t from, uint32_t to, const bool *avoid);

/*
 * Facts that hold on entering states, spread along the arcs until nothing changes. leave()
 * computes what holds behind state @s; enter() merges that into what holds on entering @to (@first:
 * nothing is there yet) and says whether it changed. @otherwise: @s was full and did nothing now.
 */
struct flow_facts {
	void (*leave)(struct flow_facts *f, uint32_t s);
	bool (*enter)(struct flow_facts *f, uint32_t s, uint32_t to, bool otherwise, bool first);
};
void flow_run(struct ps *p, struct flow_facts *f);
/* For enter(), where facts are sets: adds @from to @in, both of @words words. Did that change @in? */
bool flow_add(uint64_t *in, const uint64_t *from, uint32_t words);

void flow_layouts(struct ps *p);	/* flow_layout.c: fills in mdc_state.layout */
void flow_extracts(struct ps *p);	/* flow_extract.c: not-extracted, extracted-twice */
void flow_within(struct ps *p);		/* flow_within.c: within */
void flow_parts(struct ps *p);		/* flow_part.c: optional-field */
void flow_tags(struct ps *p);		/* flow_tag.c: arm-without-tag, of what states write */
void flow_rule_tags(struct resolver *r);	/* flow_tag.c: the same of the layouts' own rules */

#endif /* MDESCC_STATES_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the parts of the generator share: what has been made so far. Everything
 * is made first and printed after, and lives in one arena.
 */
#ifndef TESTS_GEN_PRIV_H
#define TESTS_GEN_PRIV_H

#include <stdbool.h>
#include <stdio.h>

#include "arena.h"
#include "gen.h"

enum g_order { G_HOST, G_LE, G_BE, G_RAW };
enum g_kind { G_INT, G_BOOL, G_MAC, G_ENUM, G_STRUCT, G_UNION, G_TYPEDEF, G_PTR };

struct g_enumerator { const char *name; int64_t value; };
struct g_enum {
	struct g_enumerator v[12];
	int n;
	int64_t min, max;
};

struct g_type {
	enum g_kind kind;
	const char *name;	/* NULL: inline */
	uint32_t size, align;	/* bytes */
	/* INT, ENUM (of its base) */
	uint32_t bits;
	bool is_signed;
	enum g_order order;
	struct g_enum *e;
	/* TYPEDEF, PTR */
	struct g_type *to;
	uint32_t count;		/* TYPEDEF: of an array; 0: of a plain type */
	/* STRUCT, UNION */
	bool packed, tagged, tag_outer, has_tagged;
	bool tag_in_word;	/* of a switch in a word: a range of it */
	bool tag_computed;	/* no plain field */
	const char *tag;	/* path in the struct around (tag_outer: in the one around that) */
	struct g_member *m[64];
	int n;
	const char *computed;	/* lines behind the members, or NULL */
	/* place, while it grows */
	uint64_t pos;
};

struct g_range { const char *name; unsigned hi, lo; struct g_type *e; const char *attr; };
struct g_values { uint64_t lo, hi; const char *text; };

struct g_member {
	const char *name;	/* NULL: anonymous, unnamed bit field, reserved */
	struct g_type *type;	/* NULL: reserved */
	uint32_t count, count2;	/* array: elements; 0: none */
	int bits;		/* bit field: its width; -1: none */
	uint32_t reserved;
	int64_t pin;		/* -1: none */
	bool inline_type, behind;	/* behind: struct {...} NAME; */
	struct g_range r[6];
	int n_ranges;		/* > 0: a word */
	struct g_type *sw[2];	/* of a word: its switches, tagged UNIONs whose members have ranges; or NULL */
	bool is_tag;		/* something's tag: always means something */
	struct g_values arm[4];
	int n_arm;
	bool arm_default;
	const char *unit, *attr, *rule, *doc;
	const char *valid, *takes;	/* texts, or NULL */
	uint64_t at;		/* bits from the struct's begin */
};

/* A leaf of a layout: what a rule or a state can write. */
struct g_cond { const char *tag; const struct g_type *u; const struct g_member *arm; };	/* tag NULL: computed */
struct g_leaf {
	const char *path;
	struct g_member *m;
	struct g_type *type;	/* of an element, without typedefs */
	uint32_t count;		/* of a one-dimensional array, else 0 */
	uint32_t width;
	bool bytes;		/* u8 array */
	bool dims2;
	const struct g_range *range;
	int word;		/* index of the leaf of the word that it is a range of; else its own */
	struct { int serial, arm; } in[8];	/* unions around */
	int n_in;
	struct g_cond cond[4];	/* outermost first */
	int n_cond;
	bool is_tag, top;	/* top: a rule can stand at the member */
	bool in_switch;		/* in an arm of a word's switch */
	bool maybe;		/* it, or what is around it, has a `valid` */
};

struct g_layout {
	const char *name;
	bool is_descriptor;
	bool id_first;
	bool in_chain;		/* a combination of the chain, whose text is the chain's */
	const char *id;		/* text; NULL: derived */
	struct g_type *type;
	struct g_leaf leaf[400];
	int n_leaves;
	int n_unions;
};

struct g_source { const char *name; struct g_type *type; uint32_t bits; const char *unit; };
struct g_const { const char *name; int64_t value; const char *text; };
struct g_config { const char *name; uint32_t bits; const struct g_type *e; };

struct g_hfield {
	const char *name;	/* "tag.vid": a range of a word */
	uint32_t bit, bits;
	enum g_order order;
	bool bytes;		/* array or mac */
	struct g_type *e;
	enum { G_BEGIN, G_OPTIONAL, G_BEHIND } part;	/* in an `if`; behind one */
};
struct g_header {
	const char *name;
	struct g_hfield f[32];
	int n;
	uint32_t fixed;
	bool variable;
	bool parts;		/* has `if`s */
	const char *flag, *behind_flag;	/* a bit, and a number that is there where it is 1; or NULL */
	uint32_t max;
	char *text;
};

struct g_inst {
	const char *name;
	struct g_header *h;
	bool stack;
};

struct g_edge { int to; const char *text; };	/* to: a state, or -1 and the text of an end */

/* A register, or (type NULL) a flag, or (max) a counter. */
struct g_register {
	const char *name, *type;
	uint32_t bits;
	const struct g_type *e;
	uint64_t value[3];	/* that states like to set, and selects to ask for */
	uint32_t max;
	bool has_else;
	struct g_edge otherwise;
};

/* A classification. */
struct g_class {
	const char *name, *type;	/* type NULL: none given */
	uint32_t bits;
	const struct g_type *e;
	bool beside;		/* the parser, not in it */
};

/* A subparser, and the scopes that it is entered with, each with its way out. */
struct g_sub {
	const char *name, *param;	/* name NULL: there is none */
	const char *scope[3], *out[3];
	int n_scopes, max;
	struct g_header *h[2];
	bool stack, beside;	/* beside: the parser, not in it */
	bool members;		/* the last layout has a struct for each scope */
	struct g_inst inst;
};

enum { G_STATES = 14, G_INSTS = 24, G_LAYOUTS = 16 };
enum { G_MANY = INT32_MAX, G_UNSET = INT32_MIN };

struct g_tagset { struct g_layout *l; const char *tag; uint64_t value; };

/* What a state does at the cursor behind its extracts. */
struct g_move { const char *text; int bytes; bool fixed; };	/* bytes: that the cursor moves, if always the same */

struct g_state {
	const char *name;
	int extract[3];
	int n_extracts;
	struct g_move move[3];
	int n_moves;
	int max;
	bool in_loop, has_else;
	const char *counts;	/* a counter's name: max, has_else, otherwise are as there; or NULL */
	struct g_edge otherwise;
	struct g_edge edge[6];
	int n_edges;
	bool no_default;	/* the last edge has a pattern, too */
	int set_layout;		/* index, or -1 */
	int layout;		/* in force, or -1: several */
	/* at entry, over all paths */
	bool reached;
	int count[G_INSTS];	/* extracted so often at least */
	int distance[G_INSTS];	/* from its (last) first byte to the cursor; G_MANY: differs */
	unsigned layouts;	/* that can be in force: bits */
	struct g_tagset tag[16];	/* that it sets */
	int n_tags;
	struct g_tagset before[16];	/* that are set at entry, on every path */
	int n_before;
	bool tags_known;
	unsigned reaches;	/* states behind: bits */
	bool wrote;
};

struct gen {
	struct arena *a;
	uint64_t rng;
	FILE *out;
	enum gen_kind kind;
	const char *prefix;
	uint32_t *counts;
	int serial;
	int soft;		/* names taken from the list of words */
	struct g_const c[8];
	int n_consts;
	struct g_type *t[64];	/* in the order of the text */
	int n_types;
	struct g_source s[10];
	int n_sources;
	struct g_layout *l[G_LAYOUTS];
	int n_layouts, n_metadata;
	struct g_header *h[8];
	int n_headers;
	struct g_inst inst[G_INSTS];
	int n_insts;
	struct g_state st[G_STATES];
	int n_states;
	bool big_target;
	uint32_t key_bytes;	/* that its states need */
	struct g_config configs[2];
	int n_configs;
	const char *arcs[4];
	int n_arcs;
	struct { const char *name; int state; bool certain; } mark[8];	/* certain: in no loop */
	int n_marks;
	const char *options;	/* states that parse the options of headers: text */
	struct g_register r[10];
	int n_registers;
	struct g_sub sub;
	struct g_class cls[2];
	int n_classes;
	const char *errors, *error[3];	/* the enum of the parser's errors; or NULL */
};

#define HIT(g, id)	((void)(g)->counts[COVER_##id]++)

/* gen.c */
uint64_t g_u64(struct gen *g);
uint32_t g_below(struct gen *g, uint32_t n);		/* 0 .. n-1 */
uint32_t g_in(struct gen *g, uint32_t lo, uint32_t hi);	/* inclusive */
bool g_chance(struct gen *g, uint32_t percent);
const char *g_fmt(struct gen *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *g_name(struct gen *g, const char *base);	/* "base12", or a word of the language */
const char *g_plain_name(struct gen *g, const char *base);
const char *g_num(struct gen *g, int64_t v);		/* a constant expression of that value */
uint64_t g_mask(uint32_t bits);
const char *g_doc(struct gen *g, const char *indent);	/* "" or lines */

/* gen_types.c */
extern const struct g_type g_builtins[];
const struct g_type *g_builtin(const char *name);
void g_types(struct gen *g);
struct g_type *g_strip(struct g_type *t);
bool g_fits(const struct g_type *t, uint32_t bits);	/* do all enumerators fit that width? */
/* gen_members.c */
void g_body(struct gen *g, struct g_type *t, int members, int depth, uint32_t max_bytes);
void g_any_member(struct gen *g, struct g_type *t, int depth);
void g_add(struct g_type *t, struct g_member *m);
struct g_member *g_member(struct gen *g);
struct g_type *g_new_struct(struct gen *g, bool is_union, bool packed);
void g_attributes(struct gen *g, struct g_member *m);
void g_pin(struct gen *g, struct g_type *t, struct g_member *m);	/* a place for it behind what is there */
/* gen_words.c */
void g_word(struct gen *g, struct g_type *t);
/* gen_tagged.c */
/* Values that a tag can take, in ascending order. */
struct g_domain {
	const struct g_type *e;	/* the enum; or NULL */
	int next;		/* the next enumerator, or value */
	int limit;		/* one past the last */
};
void g_arm_values(struct gen *g, struct g_member *arm, struct g_domain *d);
void g_tagged(struct gen *g, struct g_type *t, int depth);
/* gen_computed.c */
void g_computed(struct gen *g, struct g_type *t);
void g_configs(struct gen *g);
const char *g_config(struct gen *g, struct g_domain *d);	/* "config.cfg1" and its values; or NULL */
/* @m: the tag's member in @t, which may get another value beside it; or NULL */
const char *g_tag_expr(struct gen *g, struct g_type *t, const char *tag, const struct g_member *m);
bool g_plain(const char *name);		/* no word of the language */
/* gen_chain.c */
void g_chain(struct gen *g);
/* gen_print.c */
void g_print_type(struct gen *g, const struct g_type *t);
void g_print_layout(struct gen *g, const struct g_layout *l);
void g_print_member(struct gen *g, const struct g_member *m, int indent);
/* gen_layouts.c */
void g_sources(struct gen *g);
void g_layouts(struct gen *g);
void g_views(struct gen *g);
void g_walk(struct gen *g, struct g_layout *l);	/* lists its leaves */
void g_rules(struct gen *g, struct g_layout *l);	/* chooses some, where they may stand */
bool g_conflict(const struct g_leaf *a, const struct g_leaf *b);
/* gen_headers.c */
void g_headers(struct gen *g);
/* gen_graph.c */
struct g_edge g_edge(struct gen *g, int to);
void g_graph(struct gen *g);
/* gen_moves.c */
void g_moves(struct gen *g, int state);		/* chooses what state @i does at the cursor */
const char *g_mark(struct gen *g, const struct g_state *st);	/* a mark that can be read there; NULL: none */
/* Instead of an end: "within H goto STATE", with states of its own; or NULL. */
const char *g_within(struct gen *g, struct g_state *s);
/* Instead of an end: a state that finds out whether a part of a header is there, and selects on it; or NULL. */
const char *g_optional(struct gen *g, const struct g_state *s);
/* gen_parser.c */
void g_parser(struct gen *g);
/* gen_classify.c */
void g_classes(struct gen *g);
const struct g_class *g_any_class(struct gen *g);
void g_print_classes(struct gen *g, bool beside);
/* gen_scopes.c */
void g_subparser(struct gen *g);
const char *g_enter(struct gen *g);
const struct g_inst *g_scoped(struct gen *g);
void g_print_subparser(struct gen *g);
void g_print_scopes(struct gen *g);
void g_print_start(struct gen *g);
/* gen_registers.c */
void g_registers(struct gen *g);
void g_errors(struct gen *g);
void g_counters(struct gen *g);
void g_print_registers(struct gen *g);
void g_state_sets(struct gen *g, const struct g_state *s);
const struct g_register *g_any_register(struct gen *g);
/* A key in a select. */
struct g_key {
	const char *text;
	uint32_t bits;
	const struct g_type *e;
	const uint64_t *likely;	/* three values; or NULL */
};
bool g_other_key(struct gen *g, uint32_t max, struct g_key *k);
/* gen_parser.c: a list of patterns, or of tuples, for @n keys */
const char *g_patterns(struct gen *g, const struct g_key *keys, int n);
/* gen_writes.c: a number of at most @max bits */
const char *g_number(struct gen *g, const struct g_state *st, uint32_t max);
/* gen_writes.c: @state: NULL for a rule. "" where nothing fits. */
const char *g_value(struct gen *g, const struct g_leaf *leaf, const struct g_state *st, bool whole);
void g_state_writes(struct gen *g, struct g_state *st);
void g_settle_tags(struct gen *g);	/* drops those that cannot be set; finds what holds where */
/* at entry plus this state's own extracts */
int g_available(const struct gen *g, const struct g_state *st, int inst);

#endif

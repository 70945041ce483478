/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What was parsed: the description as it was written, with nothing resolved and
 * nothing added. Made by parser.y, read by resolve*.c, never modified after.
 *
 * Every node begins with struct ast {kind, loc, next}: lists are chained by
 * @next in the order of the text. Names are atoms. A NULL list is empty. After
 * a syntax error some parts may be missing, but main.c then stops.
 *
 * What is gated (@gate, AST_IF on the release) is all there: releases.c makes
 * from it the tree of one release, in which nothing is gated any more.
 */
#ifndef MDESCC_AST_H
#define MDESCC_AST_H

#include "mdescc.h"

enum ast_kind {
	/* items */
	AST_EDITION = 1, AST_INCLUDE,	/* not in ast_file.items: include.c takes them out */
	AST_CONST, AST_DEVICE, AST_TARGET, AST_SOURCE, AST_ENUM, AST_STRUCT, AST_TYPEDEF,
	AST_LAYOUT, AST_VIEW_TYPE, AST_VIEW, AST_HEADER, AST_PARSER,
	AST_IF,				/* a group, in any list */
	/* inside items */
	AST_GATE, AST_PROP, AST_COMMA, AST_ENUMERATOR, AST_MEMBER, AST_RESERVED, AST_LENGTH, AST_RANGE,
	AST_MAP, AST_ARCS, AST_STATE, AST_REGISTER, AST_START, AST_SUBPARSER, AST_ERRORS, AST_CLASSIFY,
	AST_CLASS_ROW, AST_PART,
	AST_ALIAS, AST_DERIVE,	/* struct ast_member, @writer: what it is */
	AST_CONFIG,	/* item: struct ast_source */
	AST_CHAIN, AST_COMBOS, AST_COMBO,
	AST_RANGE_SWITCH, AST_RANGE_ARM,
	/* raw tables: items, lines of a table, what stands in them, statements of an effect */
	AST_BITS, AST_TABLE, AST_LET, AST_ROW, AST_FOR,
	AST_KEY, AST_RESULT, AST_CELLS, AST_TABLE_START, AST_EFFECT, AST_RESERVE,
	AST_BFIELD, AST_PIECE, AST_CELL, AST_ROW_FIELD, AST_LOAD,
	AST_EFFECT_LET, AST_EFFECT_SET, AST_EFFECT_CALL, AST_EFFECT_IF, AST_EFFECT_GOTO,
	/* statements of a state */
	AST_EXTRACT, AST_ASSIGN, AST_SELECT, AST_TRANSITION, AST_ADVANCE, AST_MARK, AST_LEAVE,
	AST_ARM, AST_USE, AST_PATTERN,
	/* expressions */
	AST_INT, AST_STRING, AST_NAME, AST_FIELD, AST_INDEX, AST_SLICE, AST_CALL, AST_UNARY,
	AST_BINARY, AST_COND,
};

struct ast {
	enum ast_kind kind : 8;
	unsigned int depth : 12;	/* expressions: of the tree, at most AST_DEPTH_MAX */
	unsigned int size : 12;		/* bytes of the node */
	struct loc loc;
	uint32_t from, to;	/* in a list: all of its text, what is in front of it included, as in @loc */
	struct ast *next;
	struct ast *gate;		/* AST_GATE, all of which must hold; or NULL */
	const char *doc;	/* items, members, ...: text of the /// lines, '\n'-separated; or NULL */
};

#define AST_DEPTH_MAX	256

/* A name with its place. */
struct ast_name {
	const char *s;		/* atom; NULL where there is none */
	struct loc loc;
};

/* ---- expressions ---- */

enum ast_op {
	OP_NEG = 1, OP_NOT, OP_COM,			/* unary - ! ~ */
	OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_SHL, OP_SHR, OP_AND, OP_OR, OP_XOR,
	OP_LAND, OP_LOR, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE,
};

struct ast_int { struct ast h; uint64_t value; };
struct ast_string { struct ast h; const char *s; };
struct ast_ident { struct ast h; const char *s; };			/* AST_NAME */
struct ast_field { struct ast h; struct ast *base; struct ast_name name; };	/* base.name */
struct ast_index { struct ast h; struct ast *base; struct ast *index; };	/* base[index]; `last` is a name */
struct ast_slice { struct ast h; struct ast *base; struct ast *hi, *lo; };	/* base[hi:lo] */
struct ast_call { struct ast h; struct ast_name name; struct ast *args; };	/* offset(ipv4) */
struct ast_unary { struct ast h; enum ast_op op; struct ast *a; };
struct ast_binary { struct ast h; enum ast_op op; struct ast *a, *b; };
struct ast_cond { struct ast h; struct ast *c, *a, *b; };		/* c ? a : b */

/*
 * One pattern for one key: VALUE | VALUE &&& MASK | LO .. HI | _ ; or a tuple
 * of such, one for each key.
 */
struct ast_pattern {
	struct ast h;
	enum { PAT_VALUE, PAT_MASK, PAT_RANGE, PAT_ANY, PAT_TUPLE } form;
	struct ast *a, *b;	/* value; mask or hi */
	struct ast *tuple;	/* PAT_TUPLE: list of patterns that are no tuples */
};

/* ---- items ---- */

struct ast_edition { struct ast h; uint64_t number; };
struct ast_include {
	struct ast h;
	const char *path;
	struct ast *items;	/* of the file, where a gate decides whether they are there; else NULL */
};
struct ast_const { struct ast h; struct ast_name name; struct ast *value; };

/* since "2.0.0", until "2.0.0" of any node in a list */
struct ast_gate { struct ast h; bool until; const char *version; };

/* if (COND) {...} else {...}, COND over the release; an `else if` is a list of one */
struct ast_if {
	struct ast h;
	struct ast *cond;
	struct ast *then, *other;
	struct loc then_text, other_text;	/* between the braces; of an `else if`: the node's */
};

/* WORD ATOM...; in device and target: `key 4 bytes reach 64;` */
struct ast_prop {
	struct ast h;
	struct ast_name name;
	struct ast *atoms;	/* AST_INT, AST_STRING, AST_NAME, AST_COMMA */
};
struct ast_device { struct ast h; struct ast_name name; struct ast *props; };
struct ast_target { struct ast h; struct ast_name name; struct ast *props; };

/* source TYPE NAME [unit "ns"] [to STRUCT]; */
struct ast_source {
	struct ast h;
	struct ast_name type, name, to;
	struct ast *unit;	/* AST_STRING or NULL */
	struct ast *deprecated;
};

struct ast_enumerator {
	struct ast h;
	struct ast_name name;
	struct ast *value;	/* or NULL: one more than the one before */
	struct ast *as;		/* AST_STRING: its name in C; or NULL */
	struct ast *deprecated;
};
struct ast_enum {
	struct ast h;
	struct ast_name name;
	struct ast_name base;	/* s == NULL: none given */
	struct ast *list;	/* AST_ENUMERATOR */
	struct ast *deprecated;
};

/* NAME [HI:LO] or NAME [BIT] in a word */
struct ast_range {
	struct ast h;
	struct ast_name name;
	struct ast *hi, *lo;	/* lo == NULL: one bit */
	struct ast *unit, *deprecated, *valid;
	struct ast_name type;	/* `TYPE NAME [hi:lo]`: an enum, or s == NULL */
};

/* switch (TAG) { VALUES: { RANGES } default: { RANGES } } in a word */
struct ast_range_arm {
	struct ast h;
	struct ast *patterns;	/* list of AST_PATTERN; NULL: default */
	struct ast *ranges;	/* AST_RANGE, AST_RANGE_SWITCH */
};
struct ast_range_switch { struct ast h; struct ast *tag; struct ast *arms; };	/* AST_RANGE_ARM */

struct ast_struct;

/*
 * A member of a struct, union, layout, header or view_type.
 *	TYPE NAME;  TYPE *NAME;  TYPE NAME[N];  TYPE NAME : BITS;  TYPE : BITS;
 *	TYPE word NAME { RANGES };  struct {...} NAME;  union {...} NAME;
 *	VALUES: any of these	(arm of a tagged union)
 */
struct ast_takes { struct ast_name name, type; };	/* takes [TYPE] NAME */

/* What follows a member's name; most have nothing there. */
struct ast_attrs {
	struct ast h;			/* while it is parsed: its gates */
	struct ast *pin;		/* @ N, or NULL */
	struct ast *unit, *deprecated;	/* AST_STRING */
	struct ast *writer;		/* = EXPR */
	struct ast *writer_to;		/* AST_ALIAS: = EXPR..EXPR; else NULL */
	struct ast *valid;		/* valid EXPR */
	const struct ast_takes *takes;	/* of an item of a chain, or NULL */
	struct ast_name type;		/* `to STRUCT` of a source */
};
extern const struct ast_attrs ast_no_attrs;

struct ast_member {
	struct ast h;
	struct ast_name type;		/* s == NULL: @inline_type */
	struct ast_struct *inline_type;
	struct ast_name name;		/* s == NULL: anonymous */
	bool pointer, is_word, arm_default;
	struct ast *dims;		/* list of expressions, outermost first */
	struct ast *bits;		/* C bit field: its width */
	struct ast *ranges;		/* AST_RANGE, for a word */
	const struct ast_attrs *attrs;	/* ast_no_attrs: none */
	struct ast *arm_values;		/* list of AST_PATTERN: VALUE or RANGE */
};

/* reserved N; (bytes) */
struct ast_reserved { struct ast h; struct ast *bytes; struct ast *pin; };

/* length EXPR in MIN .. MAX; in a header */
struct ast_length { struct ast h; struct ast *value, *min, *max; };	/* min, max: or NULL */

/* if (COND) { MEMBERS } else { MEMBERS }, in a header */
struct ast_part {
	struct ast h;
	struct ast *cond;
	struct ast *members;		/* AST_MEMBER, AST_RESERVED, ... */
	struct ast *otherwise;		/* the same; or one AST_PART: `else if`; or NULL */
};

struct ast_struct {
	struct ast h;
	struct ast_name name;		/* s == NULL: anonymous */
	bool is_union;
	bool packed;
	bool tagged;			/* union ... switch (TAG) */
	struct ast *tag;
	struct ast *members;		/* AST_MEMBER, AST_RESERVED; headers also AST_LENGTH */
	struct ast *deprecated;
};

struct ast_typedef { struct ast h; struct ast *member; };	/* typedef TYPE NAME[..]; */

/* metadata NAME [id N] {...}   descriptor [union] NAME [id N] {...} */
struct ast_layout {
	struct ast h;
	bool is_descriptor;
	struct ast_name name;
	struct ast *id, *mask;		/* or NULL */
	bool at_first;
	struct ast_struct *body;
};

/*
 * metadata NAME id at first chain TYPE nibble { VALUE: MEMBER takes NAME; layouts { [NAME:] ITEM, ITEM; } }
 * chain.c makes a layout of each combination.
 */
struct ast_chain {
	struct ast h;
	struct ast_name name, type;
	struct ast *items;		/* AST_MEMBER with arm_values, AST_COMBOS */
};
struct ast_combos { struct ast h; struct ast *list; };	/* AST_COMBO */
struct ast_combo { struct ast h; struct ast_name name; struct ast *items; };	/* AST_NAME; name.s or NULL */

struct ast_view_type { struct ast h; struct ast_name name; struct ast *members; };
struct ast_map { struct ast h; struct ast_name name; struct ast *path; };	/* rx_hash = hash; */
struct ast_view { struct ast h; struct ast_name type, of; struct ast *maps; };

struct ast_header { struct ast h; struct ast_name name; struct ast *members; };

/* ---- the parser ---- */

/* accept | reject [CODE] | drop | NAME of a state | SUBPARSER(SCOPE, ...); `leave TO`, `within H goto TO` */
struct ast_transition {
	struct ast h;
	enum { TO_STATE, TO_ACCEPT, TO_REJECT, TO_DROP, TO_SUBPARSER } to;
	struct ast_name state;		/* or the subparser */
	struct ast_name scope;		/* TO_SUBPARSER: as it was written, */
	struct ast *args;		/* and the ways out: AST_TRANSITION */
	struct ast *code;		/* TO_REJECT: AST_NAME or an expression; or NULL */
	bool leave;
	struct ast *within;		/* a header; or NULL */
};

struct ast_extract {
	struct ast h;
	struct ast_name header;
	struct ast_name as;		/* s == NULL: as the header */
	bool stack;			/* as NAME[] */
};

struct ast_advance { struct ast h; struct ast *by; };		/* advance EXPR; */
struct ast_mark { struct ast h; struct ast_name name; struct ast *at; };	/* mark NAME = cursor + N; */
					/* AST_LEAVE: `leave;`, a struct ast alone */

/* meta.x = e; layout = N; NAME = e; NAME = e &&& MASK; */
struct ast_assign { struct ast h; struct ast *to; struct ast *value; struct ast *mask; };	/* mask: or NULL */

struct ast_arm {
	struct ast h;
	struct ast *patterns;		/* list of AST_PATTERN: any of them */
	bool is_default;
	struct ast_transition *to;
};
struct ast_use { struct ast h; struct ast_name name; };		/* use ARCS; */

struct ast_select { struct ast h; struct ast *keys; struct ast *arms; };	/* AST_ARM, AST_USE */
struct ast_arcs { struct ast h; struct ast_name name; struct ast *arms; };	/* AST_ARM, AST_USE */

struct ast_state {
	struct ast h;
	struct ast_name name;
	struct ast *max;		/* or NULL */
	struct ast_transition *otherwise;	/* else ..., or NULL */
	struct ast_name counts;		/* a counter instead of max; or s == NULL */
	struct ast *body;		/* AST_EXTRACT, AST_ADVANCE, AST_MARK, AST_LEAVE, AST_ASSIGN,
					 * AST_SELECT, AST_TRANSITION */
};

/* register TYPE NAME;  flag NAME;  counter NAME max N else ...; */
struct ast_register {
	struct ast h;
	struct ast_name type;		/* s == NULL: a flag or a counter */
	struct ast_name name;
	struct ast *max;		/* of a counter, else NULL */
	struct ast_transition *otherwise;	/* or NULL */
};

/* classify NAME : TYPE over (KEYS) { PATTERNS : VALUE; ... default: VALUE; }; an item, or in a parser */
struct ast_classify {
	struct ast h;
	struct ast_name name, type;	/* type: s == NULL: none given */
	struct ast *keys;
	struct ast *rows;		/* AST_CLASS_ROW */
};
struct ast_class_row { struct ast h; struct ast *patterns; bool is_default; struct ast *value; };

struct ast_errors { struct ast h; struct ast_name name; };	/* errors ENUM; */

/* start by SOURCE { ARMS }; `start NAME;` is an AST_TRANSITION */
struct ast_start { struct ast h; struct ast *by; struct ast *arms; };

/* subparser NAME(scope S, state A, ...) {...}; an item, or in a parser */
struct ast_subparser {
	struct ast h;
	struct ast_name name, scope;
	struct ast *params;		/* AST_NAME: what the ways out are called inside */
	struct ast *body;		/* as of a parser */
};

struct ast_parser {
	struct ast h;
	struct ast_name name;
	struct ast *writes;		/* list of AST_NAME; NULL: none */
	struct ast *body;		/* AST_ARCS, AST_STATE, AST_REGISTER; AST_TRANSITION: `start` */
};

/* ---- raw tables ---- */

/* HI:LO or BIT */
struct ast_piece { struct ast h; struct ast *hi, *lo; };	/* lo == NULL: one bit */

/* TYPE PACKET[AT]: what a field of a key is compared with, and bytes in an effect */
struct ast_load { struct ast h; struct ast_name type, of; struct ast *at; };

/* [alias] [TYPE] NAME [PIECES] mask [PIECES] sign [BIT] = VALUE */
struct ast_bfield {
	struct ast h;
	struct ast_name type, name;	/* type.s == NULL: none given */
	bool alias;
	struct ast *pieces, *mask, *sign;	/* lists of AST_PIECE, the most significant first; or NULL */
	struct ast *value;		/* an expression or AST_LOAD; or NULL */
	struct ast *unit;
};

/* bits WIDTH NAME { FIELDS }; of a table: key {...}, result {...}, without name and width */
struct ast_bits { struct ast h; struct ast_name name; struct ast *width, *fields; };	/* AST_BFIELD */

struct ast_cell {			/* any: (0, 0); */
	struct ast h;
	struct ast_name name;
	uint64_t number;
	bool is_number;
	struct ast *planes;
};
struct ast_cells { struct ast h; struct ast *list; };		/* AST_CELL */

/* reserve FIRST..LAST WORDS; or with what stands there: reserve 0..5 disabled {...} -> {...} */
struct ast_reserve {
	struct ast h;
	struct ast *first, *last, *words;	/* last: or NULL */
	bool filled;
	struct ast *key, *result;		/* AST_ROW_FIELD, AST_USE */
};

/* table NAME stages FIRST..LAST { LINES }: AST_PROP, AST_KEY, AST_RESULT, AST_CELLS, AST_RESERVE, ... */
struct ast_table { struct ast h; struct ast_name name; struct ast *first, *last, *lines; };

struct ast_row_field { struct ast h; struct ast_name name; struct ast_pattern *value; };	/* no tuple */

/* let NAME { FIELDS }: fields that rows `use`; AST_TABLE_START: without a name */
struct ast_let { struct ast h; struct ast_name name; struct ast *fields; };

/* row TABLE[STAGE][NUMBER] disabled { KEY } -> { RESULT } */
struct ast_row {
	struct ast h;
	struct ast_name table;
	struct ast_name word;		/* `disabled`, or s == NULL */
	struct ast *indices;
	bool matches;			/* it has a key, be it empty */
	struct ast *key, *result;	/* AST_ROW_FIELD, AST_USE */
};

/* for NAME in FIRST..LAST { ROWS } */
struct ast_for { struct ast h; struct ast_name name; struct ast *first, *last, *body; };

/* let NAME = VALUE;  TO = VALUE;  TO += VALUE;  CALL(...); (AST_EFFECT_CALL: @to)  goto NAME; */
struct ast_effect_set { struct ast h; struct ast_name name; struct ast *to, *value; bool adds; };
struct ast_effect_if { struct ast h; struct ast *cond, *then, *other; };
struct ast_effect { struct ast h; struct ast *body; };

/* The words of a file, for the description that goes into the image. */
struct ast_token {
	uint32_t start;
	unsigned int kind : 3;		/* enum mdesc_fmt_token_kind */
	unsigned int atom : 29;		/* its number */
};
/* A text that is not there in this release: a gate, or what it leaves out. */
struct ast_cut { struct loc loc; bool gate; };
struct ast_doc { uint32_t token; const char *text; };	/* in front of the token that starts there */
struct ast_text {
	const struct ast_token *tokens;
	size_t n_tokens;
	const struct ast_doc *docs;
	size_t n_docs;
};

/* A whole description: the items of the main file and of all that it includes,
 * each include's items in the place of the include. */
struct ast_file {
	struct ast *items;
	int n_gates;		/* in it: AST_GATE, AST_IF */
	const struct ast_text *texts;	/* by source; NULL: the description goes into no image */
	const struct ast_cut *cuts;
	size_t n_cuts;
	struct loc loc;		/* of the main file's edition line */
	const char **deps;	/* paths of all files read, the main one first */
	int n_deps;
	bool no_target;		/* --target names one that is nowhere: that has been said */
};

#define ast_each(p, list)	for (struct ast *p = (list); p; p = p->next)

#endif /* MDESCC_AST_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the files that make the model share while they make it. The order is the
 * table in resolve.c: constants, device and target, types, sources, headers,
 * layouts, views, the parser, writers. Each step only adds.
 */
#ifndef MDESCC_RESOLVE_H
#define MDESCC_RESOLVE_H

#include "arena.h"
#include "ast.h"
#include "atoms.h"
#include "diag.h"
#include "model.h"

/* A constant's value: wide enough for every u64 and s64. */
typedef __int128 rs_int;

/* A rule of a layout whose expression writer.c resolves when the parser is known. */
struct rs_pending_rule {
	struct mdc_layout *layout;
	uint32_t leaf;
	const struct ast *expr;
	struct loc loc, to_loc;
};

struct resolver {
	struct mdc_ctx *ctx;
	struct arena *arena;		/* ctx->arena */
	const struct ast_file *ast;	/* chains are expanded */
	const struct ast_file *written;	/* chains are as they were written */
	struct mdc_model *m;
	/* namespaces: atom -> */
	struct atom_map consts;		/* struct rs_const, private to resolve_const.c */
	struct atom_map types;		/* struct mdc_type; builtins, structs, enums, typedefs, layouts */
	struct atom_map sources;	/* struct mdc_source */
	struct atom_map config_asts;	/* struct ast_source: known before the types, */
	struct atom_map configs;	/* struct mdc_config: and after them */
	struct atom_map headers;	/* struct mdc_header */
	struct atom_map layouts;	/* struct mdc_layout */
	struct atom_map view_types;	/* struct ast_view_type */
	struct atom_map instances;	/* struct mdc_instance; set up by rs_parser() */
	struct atom_map registers;	/* struct mdc_register; likewise */
	const struct mdc_type *errors;	/* the enum of `errors ENUM;` or NULL */
	const struct mdc_type *error_type;	/* of parser.error: with the machine's errors */
	struct atom_map class_names;	/* struct ast_classify; likewise */
	struct atom_map classes;	/* struct mdc_class: those of them that are resolved so far */
	struct atom_map scopes;		/* of subparsers, by name; likewise */
	struct ps_scope *scope;		/* states.h: where in a parser the text stands that is being
					 * resolved; NULL: not in one */
	struct ps *ps;			/* the parser, while states are being written; else NULL */
	VEC(struct rs_pending_rule) pending;
	struct atom_map bad_values;	/* values.c: struct ast of what cannot be computed, and was reported */
	uint64_t value_work;		/* values.c: steps of all values so far */
	struct atom_map keywords;	/* names.c: of C and C++ */
	struct atom_map c_names;	/* enum.c: struct loc of what has this name in C's one namespace
					 * of enumerators */
	bool in_header;			/* headers are being resolved */
	struct rs_types *ts;		/* types.h: private to the files that make types and layouts */
	unsigned const_depth;		/* resolve_const.c */
	const struct rs_loop *loops;	/* resolve_const.c: of rows, the innermost first; or NULL */
};

/* `for NAME in ...` around what is being resolved: NAME stands for @value. */
struct rs_loop {
	const struct rs_loop *outer;
	const char *name;
	rs_int value;
};

/* resolve_const.c: the value of a constant expression. @expected: an enum whose
 * enumerators may be named, or NULL. False after a diagnostic. */
bool rs_const(struct resolver *r, const struct ast *e, const struct mdc_type *expected, rs_int *value);
/* The same, and within lo..hi (else a `range` diagnostic that says @what it is for). */
bool rs_const_in(struct resolver *r, const struct ast *e, const char *what, uint64_t lo, uint64_t hi,
		 uint64_t *value);
/* Is it constant at all (no names but constants and enumerators of @expected)? No diagnostics. */
bool rs_is_const(struct resolver *r, const struct ast *e, const struct mdc_type *expected);
/* Where the constant of this name is declared; false: there is none. */
bool rs_const_loc(struct resolver *r, const char *name, struct loc *loc);
/* A constant's value where -D gave it. */
bool rs_const_defined(struct resolver *r, const char *name, rs_int *value);
/* A rs_int in decimal, for messages. */
const char *rs_int_text(struct resolver *r, rs_int v);

/* names.c: a name may be used (bad-name): length, ___, keywords of C and C++. */
void rs_check_name(struct resolver *r, struct ast_name n);
/* "unknown X 'n'", with the nearest of the map's keys as a note. */
void rs_unknown(struct resolver *r, struct ast_name n, const char *what, const struct atom_map *known);

/* The nearest of the map's keys to @name as a note of @d, and as a fix where @d is about the word @name. */
void rs_suggest(struct resolver *r, struct diag *d, const char *name, const struct atom_map *known);
/* "@what 'n' is declared twice", unless @first.src is UINT32_MAX labelled with the first place. */
void rs_duplicate(struct resolver *r, struct ast_name n, const char *what, struct loc first);
/* An atom of printf's making. */
const char *rs_atomf(struct resolver *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* @a, a `_` and @b, in upper case, as an atom. */
const char *rs_upper(struct resolver *r, const char *a, const char *b);

/* The steps. */
void rs_consts(struct resolver *r);	/* resolve_const.c */
void rs_device(struct resolver *r);	/* device.c: device and target */
void rs_types(struct resolver *r);	/* types.c, layout.c */
void rs_chains(struct resolver *r);	/* chain.c: when constants are known; replaces r->ast */
void rs_config_names(struct resolver *r);	/* config.c */
void rs_configs(struct resolver *r);	/* config.c */
void rs_sources(struct resolver *r);	/* sources.c */
void rs_headers(struct resolver *r);	/* headers.c */
void rs_layouts(struct resolver *r);	/* leaves.c, ids.c */
void rs_views(struct resolver *r);	/* views.c */
void rs_parser(struct resolver *r);	/* states.c: instances, states, keys, arms, and their writes */
void rs_rules(struct resolver *r);	/* writer.c: the pending rules of layouts */
void rs_tables(struct resolver *r);	/* table.c */
void rs_description(struct resolver *r);	/* description.c: the text of it all, for the image */

/* classify.c: the names of the classifications there are. @parser: or NULL, then there can be none. */
void rs_class_names(struct resolver *r, const struct ast_parser *parser);

/* errors.c: the errors that have names. @parser: or NULL. */
struct ast_parser;
void rs_errors(struct resolver *r, const struct ast_parser *parser);
/* What `reject @code` gives; @code may be NULL. */
uint16_t rs_reject_code(struct resolver *r, const struct ast *code);

/* leaves.c: the leaf of @layout that a path expression names: NAME | a.b | a[1].b | a[2] (an
 * element: *elem). @skip: how many leading names are not part of it (`meta`). False after a
 * diagnostic. */
bool rs_leaf(struct resolver *r, const struct mdc_layout *layout, const struct ast *path, int skip,
	     uint32_t *leaf, uint32_t *elem, bool *whole);

/* writer.c: an expression as the writer computes it, for @layout's @leaf (its type decides which
 * enumerators can be named, and which conversions are right). @in_state: false for a layout's own
 * rule. NULL after a diagnostic. */
const struct mdc_x *rs_writer(struct resolver *r, const struct ast *e, const struct mdc_layout *layout,
			      uint32_t leaf, bool whole, bool in_state);

#endif /* MDESCC_RESOLVE_H */

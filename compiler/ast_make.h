/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Syntax tree nodes as the actions of parser.y make them, one after the other and never again touched elsewhere. */
#ifndef MDESCC_AST_MAKE_H
#define MDESCC_AST_MAKE_H

#include "parse.h"

#define NO_NAME	((struct ast_name){ 0 })
#define NO_DIMS	((struct ast_list){ 0 })

/* A node with the members that are given; for where a `struct parse *p` is at hand. */
#define INIT(type, k, l, ...)	ast_init(p, k, l, &(type){ __VA_ARGS__ }, sizeof(type))

struct ast *ast_make(struct parse *p, enum ast_kind kind, struct loc loc, size_t size);
struct ast *ast_init(struct parse *p, enum ast_kind kind, struct loc loc, const void *from, size_t size);

/* Sets the depth of @e over its parts, which may be NULL; a tree that is too deep becomes a number. */
struct ast *ast_expr(struct parse *p, struct ast *e, struct ast *a, struct ast *b, struct ast *c);
struct ast *ast_unary(struct parse *p, struct loc loc, enum ast_op op, struct ast *a);
struct ast *ast_binary(struct parse *p, struct loc loc, struct ast *a, enum ast_op op, struct ast *b);

/* Without a node, as after an error of syntax, the list as it is. */
struct ast_list ast_append(struct ast_list list, struct ast *node);
/* @node with the place of all of it, and with the doc comment in front of it. */
struct ast *ast_whole(struct ast *node, struct loc loc);
struct ast *ast_documented(struct parse *p, struct ast *node, struct loc loc);

/* What follows a member's name is kept as a member that has nothing else; @attrs: it, or NULL. */
struct ast *ast_member(struct parse *p, struct loc loc, struct ast_name type, struct ast_name name,
		       struct ast_list dims, const struct ast_attrs *attrs);
struct ast *ast_with_bits(struct ast *member, struct ast *bits);
struct ast *ast_with_ranges(struct ast *member, struct ast_list ranges);
struct ast *ast_with_inline(struct ast *member, struct ast *type);
struct ast *ast_inline(struct parse *p, struct loc loc, bool is_union, bool packed, bool tagged, struct ast *tag,
		       struct ast_list members);
struct ast_attrs *ast_attrs(struct parse *p);
/* @b, one attribute at @loc, added to those of @a. */
struct ast_attrs *ast_more_attrs(struct parse *p, struct ast_attrs *a, const struct ast_attrs *b, struct loc loc);
void ast_attr_twice(struct parse *p, struct loc loc, const void *before, const char *what);
const struct ast_takes *ast_takes(struct parse *p, struct ast_takes t);

/* @node, under further gates. NULL after an error of syntax. */
struct ast *ast_gated(struct ast *node, struct ast *gates);
/* A line of a device or target whose first or last words are gates. */
struct ast *ast_prop_gates(struct parse *p, struct ast *node);

/* `if (COND) {THEN} else {OTHER}` stands in such a list. */
enum ast_if_in { IF_LIST, IF_HEADER, IF_MEMBERS, IF_STATE };
struct ast *ast_if(struct parse *p, struct loc loc, struct ast *cond, struct ast_list then, struct ast *other,
		   struct loc then_text, struct loc other_text, enum ast_if_in in);
struct loc ast_between(struct loc open, struct loc close);
struct loc ast_span(struct loc first, struct loc last);
/* A field of `bits` whose attributes are @attrs. */
struct ast *ast_bfield(struct parse *p, struct loc loc, struct ast_name type, struct ast_name name,
		       struct ast_list pieces, struct ast_bfield *attrs, bool alias);

#endif

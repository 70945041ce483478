/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What scanner and parser share while they read one file. include.c makes one
 * of these for each file; there is no other state.
 */
#ifndef MDESCC_PARSE_H
#define MDESCC_PARSE_H

#include "arena.h"
#include "ast.h"
#include "atoms.h"
#include "diag.h"
#include "source.h"

/* A doc comment: the /// lines in front of the token that starts at @token. */
struct parse_doc {
	uint32_t token;
	bool taken;
	const char *text;
	struct loc loc;
};

/* `id N mask M at first`, of a layout. */
struct parse_id { struct ast *id, *mask; bool first; };

struct parse {
	struct mdc_ctx *ctx;
	struct arena *arena;
	uint32_t src;			/* being read */
	const struct source *source;
	uint32_t off;			/* of the scanner */
	const struct atom_map *keywords;	/* parse_keywords() */
	VEC(struct parse_doc) docs;	/* by place */
	VEC(char) doc;			/* the lines so far of the next one */
	struct loc doc_loc;
	VEC(struct ast_token) tokens;
	int n_gates;			/* since, until and `if (release ...)` */
	struct ast *items;		/* the result */
};

/* A list while it grows. */
struct ast_list {
	struct ast *head, *tail;
};

/* The doc comment in front of the token at @loc, or NULL. */
const char *parse_doc(struct parse *p, struct loc loc);

/* The language's words: atom -> (token + 1) as a pointer. The same for all files. */
void parse_keywords(struct mdc_ctx *ctx, struct atom_map *keywords);

/* One file's items. The scanner's state is made and freed inside. */
void parse_source(struct parse *p);

/* The first item is the edition, one that is known. */
void parse_edition(struct mdc_ctx *ctx, const struct ast *first, uint32_t src);

/* The tokens alone, for who needs no tree; what is malformed is reported. */
struct parse_token {
	int token;
	uint32_t start, end;
};
size_t parse_tokens(struct parse *p, struct parse_token **tokens);

#endif

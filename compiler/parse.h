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

/* A VEC with a name: the next file gets the memory. */
struct parse_docs { struct parse_doc *p; size_t n, cap; };
struct parse_line { char *p; size_t n, cap; };

/* `id N mask M at first`, of a layout. */
struct parse_id { struct ast *id, *mask; bool first; };

/* What a block holds. */
enum parse_in {
	IN_FILE, IN_DEVICE, IN_ENUM, IN_MEMBERS, IN_HEADER, IN_RANGES, IN_VIEW, IN_CHAIN, IN_CLASSES, IN_PARSER,
	IN_STATE,
	IN_ARMS, IN_TABLE, IN_ROW, IN_ROWS,
};

/* A token that the parser has had, or (syntax.c) is to have. */
struct parse_token {
	int token;
	uint32_t start, end;
};

/* A `{` that is open: what stands in it, and the words in front of it. */
struct parse_block {
	enum parse_in in;
	struct parse_token brace, word, name;
};

#define PARSE_SEEN	16	/* tokens that are remembered */

/* The language's words and marks, as atoms; the same for all files. */
struct parse_words {
	const int *tokens;		/* by the number of the atom; 0: no keyword */
	uint32_t n;
	uint32_t marks[128];		/* by character: the number of the atom; 0: no mark of one character */
};

struct parse {
	struct mdc_ctx *ctx;
	struct arena *arena;
	uint32_t src;			/* being read */
	const struct source *source;
	uint32_t off;			/* of the scanner */
	const struct parse_words *words;
	struct parse_docs docs;		/* by place */
	struct parse_line doc;		/* the lines so far of the next one */
	struct loc doc_loc;
	VEC(struct ast_token) tokens;
	struct {			/* syntax.c: where the parser is, and how it goes on after an error */
		struct parse_token seen[PARSE_SEEN];	/* the last tokens, by their numbers */
		uint32_t n_seen;
		uint32_t first;		/* number of the first token of what is being read in a list */
		VEC(struct parse_block) open;
		VEC(struct parse_token) next;	/* come before what is in the text, */
		size_t at_next;			/* from here on */
		bool skip;		/* up to the end of what could not be read, */
		bool skip_block;	/* which begins in a block; */
		bool tail;		/* the parser goes back into the block that was closed last */
		int skip_enum;		/* up to the end of an enum: 1: give a `;`, 2: the parser had one */
		uint32_t start;		/* number of the first token of the statement that the last one is in */
		struct parse_block closed, closed_before;	/* the last blocks */
		size_t around;		/* braces open in front of the last one */
		bool outside;		/* what belongs into blocks stands outside of them */
		bool unbalanced;	/* the text has not as many { as } */
		bool lost;		/* and the parser does not know any more in which block it is */
		int errors, directives;
		uint32_t last_error;	/* where */
		uint32_t stuck_at;	/* how far the text was read when the parser stopped last, */
		int stuck;		/* and how often it has stopped there before */
	} syn;
	int n_gates;			/* since, until and `if (release ...)` */
	struct ast *items;		/* the result */
};

/* A list while it grows. */
struct ast_list {
	struct ast *head, *tail;
};

/* The doc comment in front of the token at @loc, or NULL. */
const char *parse_doc(struct parse *p, struct loc loc);

void parse_words(struct mdc_ctx *ctx, struct parse_words *words);

/* The token of a keyword; 0: @atom is none. */
int parse_keyword(const struct parse_words *words, const char *atom);

/* One file's items. The scanner's state is made and freed inside. */
void parse_source(struct parse *p);

/* Where @name is looked for: the @i-th path; NULL behind the last. @from: the file that wants it. include.c */
const char *include_path(struct mdc_ctx *ctx, const char *from, int i, const char *name);

/* target_file.c: does the list declare the target, in whatever release? */
bool target_declared(const struct ast *items, const char *name);
/* Says that --target is nowhere, and what there is; @from: path of the description. */
void target_unknown(struct mdc_ctx *ctx, const struct ast *items, const char *from);

/* The first item is the edition, one that is known. */
void parse_edition(struct mdc_ctx *ctx, const struct ast *first, uint32_t src);

/* The tokens alone, for who needs no tree; what is malformed is reported. */
size_t parse_tokens(struct parse *p, struct parse_token **tokens);

#endif

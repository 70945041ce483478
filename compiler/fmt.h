/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdescc fmt: one text in, its canonical form out (doc/fmt.md). It works on
 * tokens, not on the tree, so that it knows next to nothing of the grammar:
 *
 *	fmt_lex.c	tokens and comments, in order: pieces
 *	fmt_tree.c	pieces -> items (what ends in `;`, `,` or `}`) in blocks
 *	fmt_space.c	where blanks are within an item, and its columns
 *	fmt_lines.c	items -> lines
 *	fmt_align.c	columns of lines that follow each other
 *	fmt.c		lines -> text; the command
 */
#ifndef MDESCC_FMT_H
#define MDESCC_FMT_H

#include "arena.h"
#include "mdescc.h"

enum { FMT_WIDTH = 120, FMT_TAB = 8 };
#define FMT_NONE	UINT32_MAX

enum piece_kind { P_WORD, P_INT, P_STRING, P_OTHER, P_LINE_COMMENT, P_BLOCK_COMMENT };

/* How a comment stands to what is around it. */
enum comment_place { C_NONE, C_OWN, C_TRAILING, C_INLINE };

struct piece {
	enum piece_kind kind;
	int token;		/* the scanner's; 0 for comments */
	const char *text;
	uint32_t len;
	uint8_t newlines;	/* in front of it: 0, 1, or 2 for more */
	uint8_t place;		/* enum comment_place */
	bool many_lines;	/* a comment with newlines in it */
	bool space;		/* a blank in front, unless it begins a line */
	uint32_t column;	/* in the source, from 0, tabs counted */
};

struct block;

/* A piece of an item; of a `{` with its block up to the `}`. */
struct part {
	uint32_t piece;
	struct block *block;
};

/* In which column of a table a line takes part: the cell in front of a piece. */
enum column { COL_NONE, COL_EQUALS, COL_BITS, COL_RANGE, COL_ARM, COL_LINE };

struct item {
	VEC(struct part) parts;
	bool comment;		/* a comment that stands alone or behind what is before */
	bool blocks;		/* has a block */
	bool one_line;		/* nothing in it asks for several */
	uint32_t name;		/* piece: the declared name, behind its type; FMT_NONE */
	const char *lead;	/* the word in front of the type: "source"; or NULL */
	enum column column;
	uint32_t cell;		/* piece that begins it */
};

enum block_kind { B_OTHER, B_FILE, B_ARMS, B_MEMBERS, B_RANGES, B_DEVICE, B_ROW };

struct block {
	enum block_kind kind;
	bool list;		/* of what `,` separates */
	bool one_line;		/* in the source */
	uint32_t close;		/* piece: `}` */
	VEC(struct item *) items;
};

struct cell {
	uint32_t piece;
	uint32_t pad;		/* more blanks in front */
	bool space;
};

struct line {
	uint32_t depth;
	bool blank;		/* an empty line in front */
	bool own;		/* a comment alone */
	bool follows;		/* `comment` goes on with that of the line before */
	uint32_t comment;	/* piece: behind the code, or FMT_NONE */
	uint32_t pad;		/* blanks in front of it */
	uint32_t items;		/* that it holds whole; FMT_NONE: parts of one */
	const struct item *item;
	uint32_t table;		/* of names: which one it is in; 0: none */
	VEC(struct cell) cells;
};

struct fmt {
	struct mdc_ctx *ctx;
	struct arena *arena;
	VEC(struct piece) pieces;
	struct block *file;
	VEC(struct line) lines;
};

/* 0; 1: it is no description, and was reported; -1: it cannot be read: errno. */
int fmt_lex(struct fmt *f, const char *path);
/* The same pieces from another text, without a word. */
bool fmt_lex_text(struct fmt *f, const char *text, uint32_t size);
void fmt_tree(struct fmt *f);
void fmt_space(struct fmt *f, struct item *it, enum block_kind in);
void fmt_lines(struct fmt *f);
void fmt_align(struct fmt *f);

/* Columns that a piece takes, its last line's if it is a comment of several. */
uint32_t fmt_width(const struct piece *p);
bool fmt_is(const struct fmt *f, uint32_t piece, const char *text);
static inline bool fmt_is_comment(const struct piece *p)
{
	return p->kind >= P_LINE_COMMENT;
}

/* The canonical text into @out. 0; 1: it is no description; 2: it cannot be read, or would change. */
struct out;
int fmt_text(struct mdc_ctx *ctx, const char *path, struct out *out);

/* mdescc fmt ...: the exit status. */
int fmt_main(int argc, char **argv);

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the items, gives lines. An item stays on one line if its braces were on
 * one and it fits; otherwise its blocks open up, an item a line, except that
 * short items which shared a line go on doing so. What is too long goes on two
 * tabs further in. Empty lines stay, one at a time, but not at a block's ends.
 */
#include "fmt.h"

#include <string.h>

static struct line *last_line(struct fmt *f)
{
	return f->lines.n ? &f->lines.p[f->lines.n - 1] : NULL;
}

static struct line *new_line(struct fmt *f, uint32_t depth, bool blank)
{
	struct line *l = vec_push(f->arena, &f->lines);

	*l = (struct line){ .depth = depth, .blank = blank, .comment = FMT_NONE };
	return l;
}

static void add_cell(struct fmt *f, uint32_t piece, bool space)
{
	struct line *l = last_line(f);

	*vec_push(f->arena, &l->cells) = (struct cell){ piece, 0, space && l->cells.n };
}

static uint32_t cells_width(const struct fmt *f, const struct line *l)
{
	uint32_t width = l->depth * FMT_TAB;

	for (size_t i = 0; i < l->cells.n; i++)
		width += fmt_width(&f->pieces.p[l->cells.p[i].piece]) + l->cells.p[i].space;
	return width;
}

/* ---- items of one line ---- */

static uint32_t item_width(const struct fmt *f, const struct item *it, uint32_t limit);

static uint32_t block_width(const struct fmt *f, const struct block *b, uint32_t limit)
{
	uint32_t width = 0;

	for (size_t i = 0; i < b->items.n && width <= limit; i++)
		width += 1 + item_width(f, b->items.p[i], limit);
	return width + 2;	/* " }" */
}

/* Columns of an item on one line; about as many as @limit, if there are more. */
static uint32_t item_width(const struct fmt *f, const struct item *it, uint32_t limit)
{
	uint32_t width = 0;

	for (size_t i = 0; i < it->parts.n && width <= limit; i++) {
		const struct piece *p = &f->pieces.p[it->parts.p[i].piece];

		width += fmt_width(p) + (i && p->space);
		if (it->parts.p[i].block)
			width += block_width(f, it->parts.p[i].block, limit);
	}
	return width;
}

static void put_item(struct fmt *f, const struct item *it, bool space)
{
	for (size_t i = 0; i < it->parts.n; i++) {
		const struct block *b = it->parts.p[i].block;
		uint32_t piece = it->parts.p[i].piece;

		add_cell(f, piece, i ? f->pieces.p[piece].space : space);
		if (!b)
			continue;
		for (size_t k = 0; k < b->items.n; k++)
			put_item(f, b->items.p[k], true);
		add_cell(f, b->close, true);
	}
}

/* ---- lines that are too long ---- */

/* What begins a clause behind a value: a good place to break. */
static bool begins_clause(const struct fmt *f, uint32_t piece)
{
	static const char *const words[] = { "valid", "unit", "since", "until", "deprecated", "writes", NULL };

	for (int i = 0; words[i]; i++)
		if (fmt_is(f, piece, words[i]))
			return true;
	return false;
}

/* How bad it is to break in front of cell @i; 0: impossible. @depth: of parentheses. */
static int break_cost(const struct fmt *f, const struct line *l, size_t i, int depth, int brackets)
{
	const struct piece *p = &f->pieces.p[l->cells.p[i].piece], *before = p - 1;

	if (depth < 0)	/* of parentheses that a line before opened */
		depth = 0;
	if (brackets || !l->cells.p[i].space || before->place != C_NONE || p->place != C_NONE)
		return 0;
	if (before->kind == P_OTHER && before->text[0] == ',')
		return 1 + 2 * depth;
	if (before->kind == P_OTHER && before->text[0] != '{' && strchr("|&=+-?:*/<>^", before->text[0]))
		return 2 + 2 * depth;
	if (p->kind == P_WORD && (before->kind != P_OTHER || strchr(")]", before->text[0])))
		return (begins_clause(f, l->cells.p[i].piece) ? 1 : 2) + 2 * depth;
	return 0;
}

/* The cell to break in front of: the last of the cheapest that fit, or the first of all. 0: there is none. */
static size_t find_break(const struct fmt *f, const struct line *l)
{
	uint32_t width = l->depth * FMT_TAB;
	int depth = 0, brackets = 0, cost, best_cost = 0;
	size_t best = 0;

	for (size_t i = 0; i < l->cells.n && (width <= FMT_WIDTH || !best); i++) {
		const struct piece *p = &f->pieces.p[l->cells.p[i].piece];

		cost = i ? break_cost(f, l, i, depth, brackets) : 0;
		if (cost && (!best || cost <= best_cost)) {
			best = i;
			best_cost = cost;
		}
		width += fmt_width(p) + l->cells.p[i].space;
		depth += p->kind == P_OTHER ? (p->text[0] == '(') - (p->text[0] == ')') : 0;
		brackets += p->kind == P_OTHER ? (p->text[0] == '[') - (p->text[0] == ']') : 0;
	}
	return width > FMT_WIDTH ? best : 0;
}

/* The last line, from cell @at on, becomes a line of its own. */
static void split(struct fmt *f, size_t at, uint32_t depth)
{
	struct line *next = new_line(f, depth, false), *l = &f->lines.p[f->lines.n - 2];

	/* the rest stays where it is, and is now the next line's */
	next->cells.p = l->cells.p + at;
	next->cells.n = next->cells.cap = l->cells.n - at;
	next->cells.p[0].space = false;
	l->cells.n = l->cells.cap = at;
	next->comment = l->comment;
	l->comment = FMT_NONE;
	l->items = next->items = FMT_NONE;
}

/* Breaks the last line where its author did; the next one is then the last, and so on. */
static bool split_as_written(struct fmt *f, uint32_t depth)
{
	const struct line *l = last_line(f);
	int parens = 0, brackets = 0;

	for (size_t i = 0; i < l->cells.n; i++) {
		const struct piece *p = &f->pieces.p[l->cells.p[i].piece];

		if (i && p->newlines && break_cost(f, l, i, parens, brackets)) {
			split(f, i, depth + 2);
			return true;
		}
		parens += p->kind == P_OTHER ? (p->text[0] == '(') - (p->text[0] == ')') : 0;
		brackets += p->kind == P_OTHER ? (p->text[0] == '[') - (p->text[0] == ']') : 0;
	}
	return false;
}

/* Breaks the last line, which is complete, until its parts fit; @depth is the item's. */
static void wrap(struct fmt *f, uint32_t depth)
{
	struct line *l = last_line(f), *written;
	size_t from = f->lines.n - 1, n, at;

	if (!l || l->own || cells_width(f, l) <= FMT_WIDTH)
		return;
	while (split_as_written(f, depth))
		;
	/* what is too long even so is broken again, the lines behind it set aside */
	n = f->lines.n - from;
	written = arena_array(f->arena, struct line, n);
	memcpy(written, &f->lines.p[from], n * sizeof(*written));
	f->lines.n = from;
	for (size_t i = 0; i < n; i++) {
		*vec_push(f->arena, &f->lines) = written[i];
		while ((at = find_break(f, last_line(f))))
			split(f, at, depth + 2);
	}
}

/* ---- comments ---- */

static void own_comment(struct fmt *f, uint32_t piece, uint32_t depth, bool blank)
{
	new_line(f, depth, blank)->own = true;
	add_cell(f, piece, false);
}

static bool is_doc(const struct piece *p)
{
	return p->kind == P_LINE_COMMENT && p->len > 2 && p->text[2] == '/';
}

/* A comment under one that stands behind code, in the same column, goes on with it. */
static bool follows(struct fmt *f, uint32_t piece, uint32_t depth)
{
	const struct piece *p = &f->pieces.p[piece];
	const struct line *l = last_line(f);

	return l && piece && l->comment == piece - 1 && p[-1].kind == P_LINE_COMMENT && depth <= l->depth &&
	       p->newlines == 1 && p->kind == P_LINE_COMMENT && !is_doc(p) && p[-1].column == p->column;
}

static void put_comment(struct fmt *f, uint32_t piece, uint32_t depth, bool first)
{
	const struct piece *p = &f->pieces.p[piece];
	struct line *l = last_line(f);

	if (follows(f, piece, depth)) {
		l = new_line(f, l->depth, false);
		l->comment = piece;
		l->follows = true;
	} else if (p->place == C_OWN || !l || l->comment != FMT_NONE || l->own) {
		own_comment(f, piece, depth, p->newlines > 1 && !first);
	} else {
		l->comment = piece;
	}
}

/* ---- items of several lines ---- */

static void put_block(struct fmt *f, const struct block *b, uint32_t depth);

static void put_long(struct fmt *f, const struct item *it, uint32_t depth)
{
	bool fresh = false, closed = false;

	for (size_t i = 0; i < it->parts.n; i++) {
		const struct block *b = it->parts.p[i].block;
		uint32_t piece = it->parts.p[i].piece;
		const struct piece *p = &f->pieces.p[piece];

		if (fmt_is_comment(p) && p->place != C_INLINE) {
			wrap(f, depth);
			put_comment(f, piece, closed ? depth : depth + 2, false);
			fresh = true;
			continue;
		}
		if (fresh)
			new_line(f, closed ? depth : depth + 2, p->newlines > 1)->items = FMT_NONE;
		add_cell(f, piece, p->space);
		fresh = closed = false;
		if (!b)
			continue;
		if (b->items.n) {
			wrap(f, depth);
			put_block(f, b, depth + 1);
			new_line(f, depth, false)->items = FMT_NONE;
			closed = true;
		}
		add_cell(f, b->close, true);
	}
	wrap(f, depth);
}

/* Columns of parts @from to @to of an item on one line. */
static uint32_t parts_width(const struct fmt *f, const struct item *it, size_t from, size_t to)
{
	struct item half = *it;

	half.parts.p += from;
	half.parts.n = to - from;
	return item_width(f, &half, FMT_WIDTH);
}

/* A row that is too long for a line, but not in two halves: the second begins with its `->`. */
static bool put_halves(struct fmt *f, const struct item *it, uint32_t depth)
{
	struct item half = *it;
	size_t arrow = 1;

	while (arrow < it->parts.n && !fmt_is(f, it->parts.p[arrow].piece, "->"))
		arrow++;
	/* a comment in front of the `->` would then be one behind code */
	if (!it->one_line || arrow >= it->parts.n || f->pieces.p[it->parts.p[arrow].piece - 1].place != C_NONE ||
	    parts_width(f, it, 0, arrow) + depth * FMT_TAB > FMT_WIDTH ||
	    parts_width(f, it, arrow, it->parts.n) + (depth + 2) * FMT_TAB > FMT_WIDTH)
		return false;
	half.parts.n = arrow;
	put_item(f, &half, false);
	new_line(f, depth + 2, false)->items = FMT_NONE;
	half.parts.p += arrow;
	half.parts.n = it->parts.n - arrow;
	put_item(f, &half, false);
	return true;
}

/* Can @it, whose width is @width, go behind what is on the last line? */
static bool joins(struct fmt *f, const struct block *b, const struct item *it, uint32_t width, bool first)
{
	const struct line *l = last_line(f);

	if (first || !l || b->kind == B_FILE || it->blocks || !it->one_line || l->comment != FMT_NONE || l->own ||
	    !l->items || l->items == FMT_NONE || l->item->blocks)
		return false;
	if (f->pieces.p[it->parts.p[0].piece].newlines || (b->one_line && !b->list))
		return false;
	return cells_width(f, l) + 1 + width <= FMT_WIDTH;
}

static void put(struct fmt *f, const struct block *b, const struct item *it, uint32_t depth, bool first)
{
	const struct piece *p = &f->pieces.p[it->parts.p[0].piece];
	uint32_t width = it->one_line ? item_width(f, it, FMT_WIDTH) : FMT_WIDTH + 1;
	struct line *l;

	if (!joins(f, b, it, width, first)) {
		l = new_line(f, depth, p->newlines > 1 && !first);
		l->item = it;
	} else {
		l = last_line(f);
	}
	if (it->one_line && (width + depth * FMT_TAB <= FMT_WIDTH)) {
		l->items++;
		put_item(f, it, l->cells.n > 0);
		return;
	}
	l->items = FMT_NONE;
	if (!put_halves(f, it, depth))
		put_long(f, it, depth);
}

static void put_block(struct fmt *f, const struct block *b, uint32_t depth)
{
	for (size_t i = 0; i < b->items.n; i++) {
		const struct item *it = b->items.p[i];

		if (it->comment)
			put_comment(f, it->parts.p[0].piece, depth, i == 0);
		else
			put(f, b, it, depth, i == 0);
	}
}

void fmt_lines(struct fmt *f)
{
	put_block(f, f->file, 0);
}

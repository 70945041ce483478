/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes lines, pads cells of lines that follow each other so that their columns
 * line up: names behind types, `=`, widths, bit ranges, what arms lead to. A
 * table ends where a line is of another kind, or so much longer that it would
 * tear the others apart.
 */
#include "fmt.h"

enum { NAME_SKEW = 8, COLUMN_SKEW = 16 };

/* A table while it grows: lines @from to @to of f->lines. */
struct table {
	size_t from, to;
	uint32_t min, max, tail;	/* widths up to the cell; the longest rest */
};

static size_t find_cell(const struct line *l, uint32_t piece)
{
	for (size_t i = 1; i < l->cells.n; i++)
		if (l->cells.p[i].piece == piece)
			return i;
	return 0;
}

/* Columns of the cells @from to @to, less the blanks in front of the first of a line. */
static uint32_t width_of(const struct fmt *f, const struct line *l, size_t from, size_t to)
{
	uint32_t width = 0;

	for (size_t i = from; i < to; i++) {
		const struct cell *c = &l->cells.p[i];

		width += fmt_width(&f->pieces.p[c->piece]) + (i ? c->space + c->pad : 0);
	}
	return width;
}

/* Columns in front of a cell. */
static uint32_t place_of(const struct fmt *f, const struct line *l, size_t cell)
{
	return width_of(f, l, 0, cell) + l->cells.p[cell].space + l->cells.p[cell].pad;
}

/* The cell of @l that takes part in a table: of names, or of other columns; 0: none does. */
static size_t cell_of(const struct line *l, bool names)
{
	const struct item *it = l->item;

	if (l->items != 1 || !it || l->own)
		return 0;
	if (names)
		return it->name == FMT_NONE ? 0 : find_cell(l, it->name);
	if (it->column == COL_NONE || (it->blocks && it->column != COL_ARM))
		return 0;
	return find_cell(l, it->cell);
}

static void pad_table(struct fmt *f, const struct table *t, bool names)
{
	for (size_t i = t->from; i < t->to; i++) {
		struct line *l = &f->lines.p[i];
		size_t cell = cell_of(l, names);

		if (cell && names)
			l->table = (uint32_t)t->from + 1;
		if (cell)
			l->cells.p[cell].pad += t->max - place_of(f, l, cell);
	}
}

/* Can the line at @i, with its @cell, be another row of @t? Makes it one. */
static bool add_row(const struct fmt *f, struct table *t, size_t i, size_t cell, uint32_t skew)
{
	const struct line *l = &f->lines.p[i];
	uint32_t width = place_of(f, l, cell), tail = width_of(f, l, 0, l->cells.n) - width;
	uint32_t min = width, max = width;

	if (t->from < t->to) {
		min = t->min < width ? t->min : width;
		max = t->max > width ? t->max : width;
		tail = t->tail > tail ? t->tail : tail;
		if (max - min > skew || l->depth * FMT_TAB + max + tail > FMT_WIDTH)
			return false;
	}
	*t = (struct table){ t->from, i + 1, min, max, tail };
	return true;
}

/*
 * May a comment alone stand between the rows? Between widths, ranges and arms, which are read down the column; names
 * and `=` only line up with what is right above them.
 */
static bool spans_comments(const struct fmt *f, const struct table *t, bool names)
{
	return !names && f->lines.p[t->from].item->column != COL_EQUALS;
}

/* A bit field without a name stands between names as a gap, and breaks no column of them. */
static bool is_gap(const struct fmt *f, const struct table *t, const struct line *l)
{
	const struct item *it = l->item;

	return t->from < t->to && l->items == 1 && it && !l->own && !l->blank && it->name == FMT_NONE &&
	       it->column == COL_BITS && l->depth == f->lines.p[t->to - 1].depth;
}

static bool goes_on(const struct fmt *f, const struct table *t, const struct line *l, bool names)
{
	const struct line *before = &f->lines.p[t->to - 1];

	if (l->blank || l->depth != before->depth)
		return false;
	if (names)
		return before->item->lead == l->item->lead;
	/* rules of members whose names do not line up would not look like a column, either */
	return before->item->column == l->item->column &&
	       (l->item->column != COL_EQUALS || before->table == l->table);
}

static void align_columns(struct fmt *f, bool names)
{
	struct table t = { 0 };

	for (size_t i = 0; i <= f->lines.n; i++) {
		const struct line *l = i < f->lines.n ? &f->lines.p[i] : NULL;
		size_t cell;

		if (l && t.from < t.to && !l->blank && (l->follows || (l->own && spans_comments(f, &t, names))))
			continue;
		if (l && names && is_gap(f, &t, l))
			continue;
		cell = l ? cell_of(l, names) : 0;
		if (cell && t.from < t.to && goes_on(f, &t, l, names) &&
		    add_row(f, &t, i, cell, names ? NAME_SKEW : COLUMN_SKEW))
			continue;
		pad_table(f, &t, names);
		t.from = t.to = i;
		if (cell)
			add_row(f, &t, i, cell, 0);
	}
}

/* ---- comments behind code ---- */

enum { COMMENT_GAP = 2, COMMENT_SKEW = 40 };

/* Lines @from to @to: the comments in column @column, or closer where the line would be too long. */
static void place_comments(struct fmt *f, size_t from, size_t to, uint32_t column)
{
	uint32_t last = 0;

	for (size_t i = from; i < to; i++) {
		struct line *l = &f->lines.p[i];
		uint32_t code = l->depth * FMT_TAB + width_of(f, l, 0, l->cells.n), at = column;

		if (l->comment == FMT_NONE)
			continue;
		if (l->follows)
			at = last;
		else if (at < code + COMMENT_GAP)
			at = code + COMMENT_GAP;
		if (!l->follows && at == code + COMMENT_GAP &&
		    at + fmt_width(&f->pieces.p[l->comment]) == FMT_WIDTH + 1)
			at--;
		l->pad = at - code;
		last = at;
	}
}

/* The `}` of what is outside of all braces. */
static bool closes_item(const struct fmt *f, const struct line *l)
{
	return !l->depth && l->cells.n && f->pieces.p[l->cells.p[0].piece].text[0] == '}';
}

static void align_comments(struct fmt *f)
{
	uint32_t min = 0, max = 0, longest = 0;
	size_t from = 0;

	for (size_t i = 0; i < f->lines.n; i++) {
		const struct line *l = &f->lines.p[i];
		uint32_t code = l->depth * FMT_TAB + width_of(f, l, 0, l->cells.n), comment, lo, hi;
		bool fits;

		if (l->blank || (i && closes_item(f, l - 1))) {
			place_comments(f, from, i, max + COMMENT_GAP);
			from = i;
			max = longest = 0;
		}
		if (l->comment == FMT_NONE || l->own)
			continue;
		comment = fmt_width(&f->pieces.p[l->comment]);
		if (l->follows)
			code = min;
		lo = max && min < code ? min : code;
		hi = max > code ? max : code;
		longest = longest > comment ? longest : comment;
		fits = hi - lo <= COMMENT_SKEW && hi + COMMENT_GAP + longest <= FMT_WIDTH;
		if (max && !fits && !l->follows) {
			place_comments(f, from, i, max + COMMENT_GAP);
			from = i;
			lo = hi = code;
			longest = comment;
		}
		min = lo;
		max = hi;
	}
	place_comments(f, from, f->lines.n, max + COMMENT_GAP);
}

void fmt_align(struct fmt *f)
{
	align_columns(f, true);
	align_columns(f, false);
	align_comments(f);
}

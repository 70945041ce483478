/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Bit diagrams. Takes boxes, each some bits of memory or of the wire, and gives
 * inline SVG: rows of 32 bits, one box for each run of bits that lie side by
 * side, several rows in one where a box fills them, and a break instead of the
 * middle of what is long. Bits of no box stay hatched. Numbers only: the same on
 * every machine.
 */
#include "html.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
	COL = 24, COL_NARROW = 18,	/* pixels of a bit */
	GUTTER = 46, GUTTER_NARROW = 32,	/* left, for the offsets */
	ROW = 44, STRIP = 15, BREAK = 26,
	CHAR = 7,		/* width of a letter, rounded up */
	CHUNK = 20,		/* rows of one picture, of a diagram that has more than MOST */
	MOST = 28,
	DRAWN = 4096,		/* bytes that are drawn at most */
};

/* Bits of a cell side by side in a row, or in @rows whole ones. */
struct run {
	uint32_t cell, row, rows;
	uint32_t c0, c1;		/* columns */
	uint32_t lo, hi;		/* bits of the number */
	bool first, whole;		/* the largest of its cell; the only one */
};

struct drawing {
	struct html *h;
	const struct html_bits *b;
	uint32_t row_bytes;		/* 4; for phones 2 */
	uint32_t col, gutter;		/* pixels */
	uint32_t cols, n_rows;
	VEC(struct run) runs;		/* by row, then column */
	uint16_t *height;		/* by row; 0: left out */
	uint8_t *strip;			/* by row: a word's name stands above its ranges */
	bool *gap;			/* by row: a break stands for it and for those behind it */
};

/* ---- runs ---- */

static uint32_t column(const struct drawing *d, uint32_t byte, uint32_t hi)
{
	uint32_t in = byte % d->row_bytes * 8;

	return d->b->style == BITS_WORDS ? d->cols - (in + hi) : in + 8 - hi;
}

/* Bits lo..hi-1 of byte @byte, which are bits from @value on of the cell's number. */
static void add_bits(struct drawing *d, uint32_t cell, uint32_t byte, uint32_t lo, uint32_t hi, uint32_t value)
{
	uint32_t c0 = column(d, byte, hi), c1 = c0 + hi - lo;
	struct run *last = d->runs.n ? &d->runs.p[d->runs.n - 1] : NULL;

	if (last && last->cell == cell && last->row == byte / d->row_bytes && (last->c1 == c0 || last->c0 == c1)) {
		last->c0 = c0 < last->c0 ? c0 : last->c0;
		last->c1 = c1 > last->c1 ? c1 : last->c1;
		last->lo = value < last->lo ? value : last->lo;
		last->hi = value + hi - lo > last->hi ? value + hi - lo : last->hi;
		return;
	}
	*vec_push(d->h->a, &d->runs) = (struct run){ cell, byte / d->row_bytes, 1, c0, c1, value, value + hi - lo,
						     false, false };
}

static void cell_runs(struct drawing *d, uint32_t idx)
{
	const struct html_cell *c = &d->b->cells[idx];
	uint32_t end = c->shift + c->width;

	for (uint32_t k = 0; k < c->bytes; k++) {
		uint32_t byte = c->offset - d->b->first + k, at = (c->be ? c->bytes - 1 - k : k) * 8;
		uint32_t lo = c->shift > at ? c->shift - at : 0, hi = end < at + 8 ? end - at : 8;

		if (byte / d->row_bytes >= d->n_rows)
			break;
		if (c->area)
			add_bits(d, idx, byte, 0, 8, k * 8);
		else if (end > at && hi > lo)
			add_bits(d, idx, byte, lo, hi, at + lo - c->shift);
	}
}

/* Whole rows of one cell become one run; then the largest of each cell is found. */
static void join_rows(struct drawing *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->runs.n; i++) {
		struct run r = d->runs.p[i], *last = n ? &d->runs.p[n - 1] : NULL;

		if (last && last->cell == r.cell && !r.c0 && r.c1 == d->cols && !last->c0 &&
		    last->c1 == d->cols && last->row + last->rows == r.row) {
			last->rows++;
			last->lo = r.lo < last->lo ? r.lo : last->lo;
			last->hi = r.hi > last->hi ? r.hi : last->hi;
			continue;
		}
		d->runs.p[n++] = r;
	}
	d->runs.n = n;
}

static void mark_largest(struct drawing *d)
{
	for (size_t i = 0, end; i < d->runs.n; i = end) {
		size_t best = i;

		for (end = i + 1; end < d->runs.n && d->runs.p[end].cell == d->runs.p[i].cell; end++) {
			struct run *r = &d->runs.p[end], *b = &d->runs.p[best];

			if ((r->c1 - r->c0) * r->rows > (b->c1 - b->c0) * b->rows)
				best = end;
		}
		d->runs.p[best].first = true;
		d->runs.p[i].whole = end == i + 1;
	}
}

static void find_runs(struct drawing *d)
{
	d->cols = d->b->size < d->row_bytes ? d->b->size * 8 : d->row_bytes * 8;
	d->n_rows = (d->b->size + d->row_bytes - 1) / d->row_bytes;
	if (d->n_rows > DRAWN / d->row_bytes)
		d->n_rows = DRAWN / d->row_bytes;
	for (uint32_t i = 0; i < d->b->n_cells; i++)
		cell_runs(d, i);
}

size_t html_bits_runs(struct html *h, const struct html_bits *b)
{
	struct drawing d = { .h = h, .b = b, .row_bytes = 4 };

	find_runs(&d);
	return d.runs.n;
}

/* ---- text in boxes ---- */

static const struct html_cell *cell_of(const struct drawing *d, const struct run *r)
{
	return &d->b->cells[r->cell];
}

static uint32_t letters(const char *s)
{
	uint32_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static bool fits(const char *s, uint32_t width)
{
	return letters(s) * CHAR + 4 <= width;
}

static const char *ranged(struct drawing *d, const struct run *r, const char *label)
{
	const struct html_cell *c = cell_of(d, r);

	if (r->whole || c->area || !*label)
		return label;
	if (r->hi - r->lo == 1)
		return arena_printf(d->h->a, "%s[%" PRIu32 "]", label, r->lo);
	return arena_printf(d->h->a, "%s[%" PRIu32 ":%" PRIu32 "]", label, r->hi - 1, r->lo);
}

/* The text of a run, and whether it stands upright. */
static const char *run_label(struct drawing *d, const struct run *r, bool *upright)
{
	const struct html_cell *c = cell_of(d, r);
	uint32_t width = (r->c1 - r->c0) * d->col;
	const char *s = ranged(d, r, c->label), *shorter = ranged(d, r, c->shorter ? c->shorter : c->label);

	*upright = false;
	if (c->area && !r->first && !r->whole)
		return fits(shorter, width) ? shorter : "";
	if (fits(s, width))
		return s;
	if (fits(shorter, width))
		return shorter;
	if (width > 5 * d->col || r->rows > 1)
		return arena_printf(d->h->a, "%.*s…", (int)(width / CHAR - 2), shorter);
	*upright = true;
	if (letters(shorter) > 20)
		return arena_printf(d->h->a, "%.18s…", shorter);
	return shorter;
}

static bool is_word(const struct drawing *d, const struct run *r)
{
	uint32_t next = r->cell + 1;

	return cell_of(d, r)->varies || (next < d->b->n_cells && d->b->cells[next].word == next);
}

static void measure(struct drawing *d)
{
	d->height = arena_array(d->h->a, uint16_t, d->n_rows + 1);
	d->strip = arena_array(d->h->a, uint8_t, d->n_rows + 1);
	d->gap = arena_array(d->h->a, bool, d->n_rows + 1);
	for (uint32_t i = 0; i < d->n_rows; i++)
		d->height[i] = ROW;
	for (size_t i = 0; i < d->runs.n; i++)
		if (is_word(d, &d->runs.p[i]))
			d->strip[d->runs.p[i].row] = STRIP;
	for (size_t i = 0; i < d->runs.n; i++) {
		const struct run *r = &d->runs.p[i];
		bool upright;
		const char *s = run_label(d, r, &upright);

		if (upright && letters(s) * CHAR + 12 > d->height[r->row])
			d->height[r->row] = (uint16_t)(letters(s) * CHAR + 12);
		if (r->rows < 5)
			continue;
		for (uint32_t k = r->row + 1; k < r->row + r->rows - 1; k++)
			d->height[k] = 0;
		d->height[r->row + 1] = BREAK;
		d->gap[r->row + 1] = true;
	}
	for (uint32_t i = 0; i < d->n_rows; i++)
		d->height[i] = (uint16_t)(d->height[i] + d->strip[i]);
}

/* ---- drawing ---- */

static const char *const tints[TINT_N] = {
	[TINT_HOST] = "host", [TINT_LE] = "le", [TINT_BE] = "be", [TINT_RAW] = "raw", [TINT_BYTES] = "bytes",
	[TINT_PTR] = "ptr", [TINT_UNION] = "union", [TINT_ID] = "lid", [TINT_PAD] = "pad",
};

static void draw_text(struct drawing *d, const struct run *r, uint32_t x, uint32_t y, uint32_t w, uint32_t height)
{
	const struct html_cell *c = cell_of(d, r);
	bool upright, sub;
	const char *s = run_label(d, r, &upright);
	uint32_t cx = x + w / 2, cy = y + height / 2;

	if (!*s)
		return;
	if (upright) {
		html_printf(d->h, "<text class=n transform=\"rotate(-90 %" PRIu32 " %" PRIu32 ")\" x=%" PRIu32
			    " y=%" PRIu32 ">", cx, cy, cx, cy + 4);
		html_text(d->h, s);
		out_puts(d->h->o, "</text>");
		return;
	}
	sub = c->sub && *c->sub && (r->first || r->whole) && letters(c->sub) * 6 + 4 <= w && height >= 32;
	html_printf(d->h, "<text class=n x=%" PRIu32 " y=%" PRIu32 ">", cx, sub ? cy - 2 : cy + 4);
	html_text(d->h, s);
	out_puts(d->h->o, "</text>");
	if (!sub)
		return;
	html_printf(d->h, "<text class=t x=%" PRIu32 " y=%" PRIu32 ">", cx, cy + 13);
	html_text(d->h, c->sub);
	out_puts(d->h->o, "</text>");
}

static void draw_run(struct drawing *d, const struct run *r, const uint32_t *y)
{
	const struct html_cell *c = cell_of(d, r);
	uint32_t x = d->gutter + r->c0 * d->col, w = (r->c1 - r->c0) * d->col, top = y[r->row];
	uint32_t height = y[r->row + r->rows] - top;
	bool word = is_word(d, r);

	if (c->word) {
		top += d->strip[r->row];
		height -= d->strip[r->row];
	}
	out_puts(d->h->o, "<a tabindex=-1");
	if (c->id)
		html_printf(d->h, " href=\"#%s\"", c->id);
	html_printf(d->h, " class=\"c %s%s%s\"><title>", tints[c->tint], !word ? "" : c->varies ? " w v" : " w",
		    c->deprecated ? " dep" : "");
	html_text(d->h, c->label);
	if (c->sub && *c->sub) {
		out_puts(d->h->o, ": ");
		html_text(d->h, c->sub);
	}
	html_printf(d->h, "</title><rect x=%" PRIu32 " y=%" PRIu32 " width=%" PRIu32 " height=%" PRIu32 " />",
		    x, top, w, height);
	if (word) {
		const char *s = c->sub && *c->sub && fits(arena_printf(d->h->a, "%s %s", c->label, c->sub), w) ?
			arena_printf(d->h->a, "%s %s", c->label, c->sub) : fits(c->label, w) ? c->label : "";

		html_printf(d->h, "<rect class=s x=%" PRIu32 " y=%" PRIu32 " width=%" PRIu32 " height=%d />"
			    "<text class=g x=%" PRIu32 " y=%" PRIu32 ">", x, top, w, STRIP, x + 5, top + 11);
		html_text(d->h, s);
		out_puts(d->h->o, "</text>");
	} else {
		draw_text(d, r, x, top, w, r->rows < 5 ? height : d->height[r->row]);
	}
	out_puts(d->h->o, "</a>\n");
}

/* Bit numbers on top, and bytes where they have numbers. */
static void draw_scale(struct drawing *d)
{
	for (uint32_t c = 0; c < d->cols; c++) {
		uint32_t n = d->b->style == BITS_WIRE ? c : d->b->style == BITS_WORDS ? d->cols - 1 - c : 7 - c % 8;

		html_printf(d->h, "<text class=b x=%" PRIu32 " y=26>%" PRIu32 "</text>",
			d->gutter + c * d->col + d->col / 2, n);
	}
	for (uint32_t i = 0; i < d->cols / 8; i++)
		html_printf(d->h, "<text class=b x=%" PRIu32 " y=12>%s%" PRIu32 "</text>",
			d->gutter + i * 8 * d->col + 4 * d->col,
			    d->b->style == BITS_WIRE ? "byte +" : "+",
			    d->b->style == BITS_WORDS ? d->cols / 8 - 1 - i : i);
	out_puts(d->h->o, "\n");
}

static void draw_row(struct drawing *d, uint32_t row, uint32_t y)
{
	uint32_t left = d->b->size - row * d->row_bytes, bytes = left < d->row_bytes ? left : d->row_bytes,
		cols = bytes * 8;
	uint32_t x = d->gutter + (d->b->style == BITS_WORDS ? d->cols - cols : 0) * d->col;

	if (!d->height[row])
		return;
	html_printf(d->h, "<rect class=h x=%" PRIu32 " y=%" PRIu32 " width=%" PRIu32 " height=%u />", x, y,
		    cols * d->col, d->height[row]);
	if (!d->gap[row])
		html_printf(d->h, "<text class=o x=%" PRIu32 " y=%" PRIu32 ">%" PRIu32 "</text>\n", d->gutter - 8,
			    y + d->height[row] / 2 + 4, d->b->first + row * d->row_bytes);
}

/* Where rows are left out: a band across, with a wave's edges. */
static void draw_break(struct drawing *d, uint32_t row, uint32_t y)
{
	uint32_t w = d->cols * d->col, mid = y + d->height[row] / 2;

	html_printf(d->h, "<path class=k d=\"M%" PRIu32 " %" PRIu32, d->gutter - 6, mid - 4);
	for (uint32_t x = 0; x < w + 12; x += 12)
		html_printf(d->h, "q3 -4 6 0t6 0");
	html_printf(d->h, "v8");
	for (uint32_t x = 0; x < w + 12; x += 12)
		html_printf(d->h, "q-3 4 -6 0t-6 0");
	out_puts(d->h->o, "z\"/>\n");
}

static uint32_t end_byte(const struct drawing *d, uint32_t row)
{
	return row * d->row_bytes < d->b->size ? row * d->row_bytes : d->b->size;
}

/* Rows from..to-1 as one picture. */
static void picture(struct drawing *d, uint32_t from, uint32_t to, size_t *run)
{
	uint32_t *y = arena_array(d->h->a, uint32_t, d->n_rows + 2), at = 32;
	uint32_t width = d->gutter + d->cols * d->col + 2;

	for (uint32_t i = from; i <= to && i <= d->n_rows; i++) {
		y[i] = at;
		at += i < d->n_rows ? d->height[i] : 0;
	}
	html_printf(d->h, "<div class=box tabindex=0 role=group aria-label=\"diagram\"><svg class=bits role=img "
		    "viewBox=\"0 0 %" PRIu32 " %" PRIu32 "\" width=%" PRIu32 " height=%" PRIu32 "><title>",
		    width, y[to] + 2, width, y[to] + 2);
	html_text(d->h, d->b->title);
	html_printf(d->h, "</title><desc>Bytes %" PRIu32 " to %" PRIu32 ", in rows of %" PRIu32
		    " bits; the table below has the same fields.</desc>\n", d->b->first + from * d->row_bytes,
		    d->b->first + end_byte(d, to) - 1, d->cols);
	draw_scale(d);
	for (uint32_t i = from; i < to; i++)
		draw_row(d, i, y[i]);
	for (; *run < d->runs.n && d->runs.p[*run].row < to; ++*run)
		draw_run(d, &d->runs.p[*run], y);
	for (uint32_t i = from; i < to; i++)
		if (d->gap[i])
			draw_break(d, i, y[i]);
	out_puts(d->h->o, "</svg></div>\n");
}

static int by_place(const void *pa, const void *pb)
{
	const struct run *a = pa, *b = pb;

	if (a->row != b->row)
		return a->row < b->row ? -1 : 1;
	if (a->cell != b->cell)
		return a->cell < b->cell ? -1 : 1;
	return (a->c0 > b->c0) - (a->c0 < b->c0);
}

/* Where a picture that begins at row @from ends: through no run. */
static uint32_t picture_end(const struct drawing *d, const bool *inside, uint32_t from)
{
	uint32_t n = 0, i;

	for (i = from; i < d->n_rows && (n < CHUNK || inside[i]); i++)
		n += d->height[i] > 0;
	return i;
}

static void pictures(struct drawing *d, uint32_t shown)
{
	bool *inside = arena_array(d->h->a, bool, d->n_rows + 1);
	uint32_t from = 0, to, n = 0;
	size_t run = 0;

	for (size_t i = 0; i < d->runs.n; i++)
		for (uint32_t k = 1; k < d->runs.p[i].rows; k++)
			inside[d->runs.p[i].row + k] = true;
	for (; from < d->n_rows; from = to, n++) {
		to = shown <= MOST ? d->n_rows : picture_end(d, inside, from);
		if (shown > MOST)
			html_printf(d->h, "<details%s><summary>Bytes %" PRIu32 " to %" PRIu32 "</summary>\n",
				    n < 4 ? " open" : "", d->b->first + from * d->row_bytes,
				    d->b->first + end_byte(d, to) - 1);
		picture(d, from, to, &run);
		out_puts(d->h->o, shown > MOST ? "</details>\n" : "");
	}
}

static void diagram(struct html *h, const struct html_bits *b, bool narrow)
{
	struct drawing d = { .h = h, .b = b, .row_bytes = narrow ? 2 : 4, .col = narrow ? COL_NARROW : COL,
			     .gutter = narrow ? GUTTER_NARROW : GUTTER };
	uint32_t shown = 0;

	html_printf(h, "<div class=%s>\n", narrow ? "narrow" : b->size > 2 ? "wide" : "only");
	find_runs(&d);
	join_rows(&d);
	mark_largest(&d);
	if (d.runs.n)
		qsort(d.runs.p, d.runs.n, sizeof(d.runs.p[0]), by_place);
	measure(&d);
	for (uint32_t i = 0; i < d.n_rows; i++)
		shown += d.height[i] > 0;
	pictures(&d, shown);
	out_puts(h->o, "</div>\n");
}

/* Twice: the style sheet shows rows of 32 bits, on a phone of 16. */
void html_bits(struct html *h, const struct html_bits *b)
{
	if (!b->size)
		return;
	diagram(h, b, false);
	if (b->size > 2)
		diagram(h, b, true);
	if (b->size > DRAWN)
		html_printf(h, "<p class=note>The diagram ends after %d bytes; the table has all fields.</p>\n",
			    DRAWN);
}

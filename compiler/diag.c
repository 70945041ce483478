/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes diagnostics from all phases, keeps them, and shows them sorted by place:
 *
 *	FILE:LINE:COL: error: TEXT [check-name]
 *	   12 | 	u32 hash = rss;
 *	      | 	           ^~~
 *	   note: did you mean 'rss_hash'?
 *
 * with the other places of the same record below, each with its label.
 */
#include "diag.h"

#include <stdlib.h>
#include <strings.h>
#include "arena.h"
#include "source.h"

#define SHOWN_MAX	50	/* errors, and as many warnings */
#define LINE_MAX_SHOWN	200	/* bytes of a source line */
#define TEXT_MAX_SHOWN	1000	/* bytes of a text: it may hold any name or string */

const struct check_info check_infos[CHK_COUNT] = {
#define CHECK(id, name, severity, group, text) [CHK_##id] = { name, severity, group, text },
#include "checks.def"
#undef CHECK
};

struct label {
	struct loc loc;
	const char *text;
};

struct diag {
	enum check chk;
	enum severity severity;
	struct loc loc;
	const char *text;
	VEC(struct label) labels;
	VEC(const char *) notes;
	size_t seq;
	struct arena *arena;
};

struct diags {
	struct arena *arena;
	VEC(struct diag *) list;
	int errors;
	enum severity severity[CHK_COUNT];
	bool all_errors;	/* -Werror */
	bool keep_warning[CHK_COUNT];	/* -Wno-error=NAME */
};

struct diags *diags_new(struct arena *a)
{
	struct diags *d = arena_new_of(a, struct diags);

	d->arena = a;
	for (int i = 0; i < CHK_COUNT; i++)
		d->severity[i] = check_infos[i].group == GROUP_NONE ||
				 check_infos[i].group == GROUP_DEFAULT ?
				 check_infos[i].severity : SEV_OFF;
	return d;
}

static int find_check(const char *name)
{
	for (int i = 0; i < CHK_COUNT; i++)
		if (!strcmp(check_infos[i].name, name))
			return i;
	return -1;
}

static void group_on(struct diags *d, enum check_group last)
{
	for (int i = 0; i < CHK_COUNT; i++)
		if (check_infos[i].group > GROUP_DEFAULT && check_infos[i].group <= last &&
		    d->severity[i] == SEV_OFF)
			d->severity[i] = check_infos[i].severity;
}

int diags_option(struct diags *d, const char *w)
{
	bool no = !strncmp(w, "no-", 3), error;
	int chk;

	if (!strcmp(w, "all") || !strcmp(w, "extra")) {
		group_on(d, w[0] == 'a' ? GROUP_ALL : GROUP_EXTRA);
		return 0;
	}
	if (!strcmp(w, "error") || !strcmp(w, "no-error")) {
		d->all_errors = !no;
		return 0;
	}
	if (no)
		w += 3;
	error = !strncmp(w, "error=", 6);
	chk = find_check(error ? w + 6 : w);
	if (chk < 0 || check_infos[chk].group == GROUP_NONE)
		return -1;
	if (error && no)
		d->keep_warning[chk] = true;
	if (error && no && d->severity[chk] == SEV_ERROR)
		d->severity[chk] = SEV_WARNING;
	else if (error && !no)
		d->severity[chk] = SEV_ERROR;
	else if (!error)
		d->severity[chk] = no ? SEV_OFF : check_infos[chk].severity;
	return 0;
}

struct diag *diag(struct mdc_ctx *ctx, enum check chk, struct loc loc, const char *fmt, ...)
{
	struct diags *all = ctx->diags;
	enum severity sev = all->severity[chk];
	struct diag *d;
	va_list ap;

	if (sev == SEV_OFF)
		return NULL;
	if (sev == SEV_WARNING && all->all_errors && !all->keep_warning[chk])
		sev = SEV_ERROR;
	d = arena_new_of(all->arena, struct diag);
	d->chk = chk;
	d->severity = sev;
	d->loc = loc;
	d->arena = all->arena;
	d->seq = all->list.n;
	va_start(ap, fmt);
	d->text = arena_vprintf(all->arena, fmt, ap);
	va_end(ap);
	*vec_push(all->arena, &all->list) = d;
	all->errors += sev == SEV_ERROR;
	return d;
}

void diag_label(struct diag *d, struct loc loc, const char *fmt, ...)
{
	va_list ap;

	if (!d)
		return;
	va_start(ap, fmt);
	*vec_push(d->arena, &d->labels) =
		(struct label){ loc, arena_vprintf(d->arena, fmt, ap) };
	va_end(ap);
}

void diag_note(struct diag *d, const char *fmt, ...)
{
	va_list ap;

	if (!d)
		return;
	va_start(ap, fmt);
	*vec_push(d->arena, &d->notes) = arena_vprintf(d->arena, fmt, ap);
	va_end(ap);
}

int diag_errors(const struct mdc_ctx *ctx)
{
	return ctx->diags->errors;
}

static int by_place(const void *pa, const void *pb)
{
	const struct diag *a = *(struct diag *const *)pa, *b = *(struct diag *const *)pb;

	if (a->loc.src != b->loc.src)
		return a->loc.src < b->loc.src ? -1 : 1;
	if (a->loc.start != b->loc.start)
		return a->loc.start < b->loc.start ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

/* The line up to the caret, as blanks of the same width: tabs stay tabs. */
static void show_blanks(const char *line, uint32_t n, FILE *to)
{
	for (uint32_t i = 0; i < n; i++) {
		if (line[i] == '\t')
			putc('\t', to);
		else if ((line[i] & 0xc0) != 0x80)
			putc(' ', to);
	}
}

/* Bytes of the character at @s, or 0 where they are not UTF-8 or would move the cursor. */
static uint32_t printable(const char *s, uint32_t left)
{
	unsigned char c = (unsigned char)s[0];
	uint32_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

	if (n == 1)
		return (c >= ' ' && c != 0x7f) || c == '\t';
	if (n > left || (c == 0xc2 && (unsigned char)s[1] < 0xa0))
		return 0;
	for (uint32_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void show_text(const char *s, uint32_t n, FILE *to)
{
	while (n) {
		uint32_t len = printable(s, n);

		if (len)
			fwrite(s, 1, len, to);
		else
			putc('?', to);
		s += len ? len : 1;
		n -= len ? len : 1;
	}
}

static void show_message(const char *text, FILE *to)
{
	size_t n = strlen(text);

	show_text(text, n < TEXT_MAX_SHOWN ? (uint32_t)n : TEXT_MAX_SHOWN, to);
	if (n > TEXT_MAX_SHOWN)
		fputs("...", to);
}

/* A line is shown whole up to LINE_MAX_SHOWN bytes, else a window on the place. */
static void show_place(struct mdc_ctx *ctx, struct loc loc, FILE *to)
{
	const struct source *src = source_get(ctx->sources, loc.src);
	struct linecol lc = source_linecol(ctx->sources, loc.src, loc.start);
	uint32_t from = lc.line_start, end = lc.line_end, i;
	uint32_t start = loc.start < end ? loc.start : end;

	if (end > from && src->text[end - 1] == '\r')
		end--;
	if (start - from > LINE_MAX_SHOWN)
		from = start - LINE_MAX_SHOWN / 2;
	if (end - from > LINE_MAX_SHOWN)
		end = from + LINE_MAX_SHOWN;
	while (from < start && (src->text[from] & 0xc0) == 0x80)
		from++;
	fprintf(to, "%5u | ", lc.line);
	show_text(src->text + from, end - from, to);
	fputs("\n      | ", to);
	show_blanks(src->text + from, start - from, to);
	putc('^', to);
	for (i = start + 1; i < loc.end && i < end; i++)
		if ((src->text[i] & 0xc0) != 0x80)
			putc('~', to);
	putc('\n', to);
}

static void show_includes(struct mdc_ctx *ctx, uint32_t idx, FILE *to)
{
	const struct source *src = source_get(ctx->sources, idx);

	while (src->from.src != UINT32_MAX) {
		struct linecol lc = source_linecol(ctx->sources, src->from.src, src->from.start);

		src = source_get(ctx->sources, src->from.src);
		fprintf(to, "   included from %s:%u\n", src->name, lc.line);
	}
}

static void show(struct mdc_ctx *ctx, const struct diag *d, FILE *to)
{
	const struct source *src = source_get(ctx->sources, d->loc.src);
	struct linecol lc = source_linecol(ctx->sources, d->loc.src, d->loc.start);
	const struct check_info *info = &check_infos[d->chk];
	const char *prefix = info->group == GROUP_NONE ? "" :
			     d->severity == SEV_WARNING ? "-W" :
			     info->severity == SEV_WARNING ? "-Werror=" : "-W";

	fprintf(to, "%s:%u:%u: %s: ", src->name, lc.line, lc.col,
		d->severity == SEV_ERROR ? "error" : "warning");
	show_message(d->text, to);
	fprintf(to, " [%s%s]\n", prefix, info->name);
	show_place(ctx, d->loc, to);
	for (size_t i = 0; i < d->labels.n; i++) {
		struct loc at = d->labels.p[i].loc;
		struct linecol there = source_linecol(ctx->sources, at.src, at.start);

		fprintf(to, "%s:%u:%u: ", source_get(ctx->sources, at.src)->name, there.line, there.col);
		show_message(d->labels.p[i].text, to);
		putc('\n', to);
		show_place(ctx, at, to);
	}
	for (size_t i = 0; i < d->notes.n; i++) {
		fputs("   note: ", to);
		show_message(d->notes.p[i], to);
		putc('\n', to);
	}
	if (d->loc.src)
		show_includes(ctx, d->loc.src, to);
}

void diags_show(struct mdc_ctx *ctx, FILE *to)
{
	struct diags *all = ctx->diags;
	const char *prev = NULL;
	int shown[] = { [SEV_WARNING] = 0, [SEV_ERROR] = 0 }, left = 0;

	if (all->list.n)
		qsort(all->list.p, all->list.n, sizeof(all->list.p[0]), by_place);
	for (size_t i = 0; i < all->list.n; i++) {
		struct diag *d = all->list.p[i];

		/* the same thing said twice of one place helps nobody */
		if (prev && i && !memcmp(&d->loc, &all->list.p[i - 1]->loc, sizeof(d->loc)) &&
		    !strcmp(prev, d->text))
			continue;
		prev = d->text;
		if (shown[d->severity]++ < SHOWN_MAX)
			show(ctx, d, to);
		else
			left++;
	}
	if (left)
		fprintf(to, "mdescc: %d more not shown\n", left);
}

/* Distance of Damerau and Levenshtein (adjacent swaps), up to @limit. */
static unsigned int distance(const char *a, const char *b, unsigned int limit)
{
	enum { MAX = 64 };
	unsigned int row[3][MAX + 1], i, j, la = strlen(a), lb = strlen(b);

	if (la > MAX || lb > MAX || la > lb + limit || lb > la + limit)
		return limit + 1;
	for (j = 0; j <= lb; j++)
		row[0][j] = j;
	for (i = 1; i <= la; i++) {
		unsigned int *cur = row[i % 3], *up = row[(i - 1) % 3], *up2 = row[(i + 1) % 3];

		cur[0] = i;
		for (j = 1; j <= lb; j++) {
			unsigned int best = up[j - 1] + (a[i - 1] != b[j - 1]);

			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			cur[j] = best;
		}
	}
	return row[la % 3][lb];
}

const char *nearest_name(const char *name, const char *const *names, size_t n)
{
	size_t len = strlen(name), other;
	unsigned int best = (unsigned int)len / 3 + 1, d;
	const char *found = NULL;

	if (best > 3)
		best = 3;
	for (size_t i = 0; n ? i < n : names[i] != NULL; i++) {
		d = distance(name, names[i], best);
		other = strlen(names[i]);
		/* half of a short name must be left, were it in another case */
		if (2 * d > (len > other ? len : other) && strcasecmp(name, names[i]))
			continue;
		if (d < best + !found && strcmp(name, names[i])) {
			best = d;
			found = names[i];
		}
	}
	return found;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Shows a diagnostic to people:
 *
 *	FILE:LINE:COL: error: TEXT [check-name]
 *	   12 | 	u32 hash = rss;
 *	      | 	           ^~~
 *	   note: did you mean 'rss_hash'?
 *
 * with the other places of the same record below, each with its label. What
 * terminals would obey in names and sources is shown as '?'.
 */
#include "diag_priv.h"
#include "source.h"
#include "utf8.h"

#define LINE_MAX_SHOWN	200	/* bytes of a source line */
#define TEXT_MAX_SHOWN	1000	/* bytes of a text: it may hold any name or string */

/* Select graphic rendition; the default colours of a terminal stay readable on dark and light. */
enum look { PLACE, ERROR, WARNING, NOTE, CARET };
static const char *const looks[] = {
	[PLACE] = "\033[1m",
	[ERROR] = "\033[1;31m",
	[WARNING] = "\033[1;35m",
	[NOTE] = "\033[1;36m",
	[CARET] = "\033[1;32m",
};

struct shown {
	const struct mdc_ctx *ctx;
	FILE *to;
	bool color;
};

static void begin(const struct shown *s, enum look look)
{
	if (s->color)
		fputs(looks[look], s->to);
}

static void end(const struct shown *s)
{
	if (s->color)
		fputs("\033[m", s->to);
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

static void show_chars(const char *s, size_t n, FILE *to)
{
	while (n) {
		uint32_t c;
		size_t len = utf8_char(s, n, &c);

		if (len && (!utf8_is_control(c) || c == '\t'))
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

	show_chars(text, n < TEXT_MAX_SHOWN ? n : TEXT_MAX_SHOWN, to);
	if (n > TEXT_MAX_SHOWN)
		fputs("...", to);
}

/* A line is shown whole up to LINE_MAX_SHOWN bytes, else a window on the place. */
static void show_place(const struct shown *s, struct loc loc)
{
	const struct source *src = source_get(s->ctx->sources, loc.src);
	struct linecol lc = source_linecol(s->ctx->sources, loc.src, loc.start);
	uint32_t from = lc.line_start, stop = lc.line_end, i;
	uint32_t start = loc.start < stop ? loc.start : stop;

	if (stop > from && src->text[stop - 1] == '\r')
		stop--;
	if (start - from > LINE_MAX_SHOWN)
		from = start - LINE_MAX_SHOWN / 2;
	if (stop - from > LINE_MAX_SHOWN)
		stop = from + LINE_MAX_SHOWN;
	while (from < start && (src->text[from] & 0xc0) == 0x80)
		from++;
	fprintf(s->to, "%5u | ", lc.line);
	show_chars(src->text + from, stop - from, s->to);
	fputs("\n      | ", s->to);
	show_blanks(src->text + from, start - from, s->to);
	begin(s, CARET);
	putc('^', s->to);
	for (i = start + 1; i < loc.end && i < stop; i++)
		if ((src->text[i] & 0xc0) != 0x80)
			putc('~', s->to);
	end(s);
	putc('\n', s->to);
}

static void show_head(const struct shown *s, struct loc loc)
{
	struct linecol lc = source_linecol(s->ctx->sources, loc.src, loc.start);
	const char *name = source_get(s->ctx->sources, loc.src)->name;

	begin(s, PLACE);
	show_chars(name, strlen(name), s->to);
	fprintf(s->to, ":%u:%u: ", lc.line, lc.col);
	end(s);
}

static void show_severity(const struct shown *s, enum severity severity)
{
	begin(s, severity == SEV_ERROR ? ERROR : WARNING);
	fputs(severity == SEV_ERROR ? "error: " : "warning: ", s->to);
	end(s);
}

static void show_note(const struct shown *s, const char *text)
{
	begin(s, NOTE);
	fputs("   note: ", s->to);
	end(s);
	show_message(text, s->to);
	putc('\n', s->to);
}

static void show_includes(const struct shown *s, uint32_t idx)
{
	const struct source *src = source_get(s->ctx->sources, idx);

	while (src->from.src != UINT32_MAX) {
		struct linecol lc = source_linecol(s->ctx->sources, src->from.src, src->from.start);

		src = source_get(s->ctx->sources, src->from.src);
		fputs("   included from ", s->to);
		show_chars(src->name, strlen(src->name), s->to);
		fprintf(s->to, ":%u\n", lc.line);
	}
}

void diag_show_text(const struct mdc_ctx *ctx, const struct diag *d, bool color, FILE *to)
{
	const struct check_info *info = &check_infos[d->chk];
	const char *prefix = info->group == GROUP_NONE ? "" :
			     d->severity == SEV_WARNING ? "-W" :
			     info->severity == SEV_WARNING ? "-Werror=" : "-W";
	struct shown s = { ctx, to, color };

	show_head(&s, d->loc);
	show_severity(&s, d->severity);
	show_message(d->text, to);
	fprintf(to, " [%s%s]\n", prefix, info->name);
	show_place(&s, d->loc);
	for (size_t i = 0; i < d->labels.n; i++) {
		show_head(&s, d->labels.p[i].loc);
		show_message(d->labels.p[i].text, to);
		putc('\n', to);
		show_place(&s, d->labels.p[i].loc);
	}
	for (size_t i = 0; i < d->notes.n; i++)
		show_note(&s, d->notes.p[i]);
	show_includes(&s, d->loc.src);
}

void diag_say_text(const char *check, const char *text, const char *help, bool color, FILE *to)
{
	struct shown s = { NULL, to, color };

	begin(&s, check ? ERROR : PLACE);
	fputs("mdescc: ", to);
	end(&s);
	show_message(text, to);
	putc('\n', to);
	if (help) {
		begin(&s, PLACE);
		fputs("mdescc: ", to);
		end(&s);
		show_message(help, to);
		putc('\n', to);
	}
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Shows a diagnostic to programs: one JSON object a line, with the keys that
 * the manual page promises (doc/mdescc.1), all of them always there. Offsets
 * are of bytes, columns of characters. Text is UTF-8: a byte of a name or a
 * source that is none becomes U+FFFD, control characters are escaped.
 */
#include "diag_priv.h"
#include "source.h"
#include "utf8.h"

void diag_json_string(const char *s, FILE *to)
{
	size_t left = strlen(s), n;
	uint32_t c;

	putc('"', to);
	for (; left; s += n, left -= n) {
		n = utf8_char(s, left, &c);
		if (!n) {
			fputs("\\ufffd", to);
			n = 1;
		} else if (utf8_is_control(c)) {
			fprintf(to, "\\u%04x", c);
		} else {
			if (c == '"' || c == '\\')
				putc('\\', to);
			fwrite(s, 1, n, to);
		}
	}
	putc('"', to);
}

/* "file":..., "line":..., "column":..., "start":..., "end":... */
static void put_place(const struct mdc_ctx *ctx, struct loc loc, FILE *to)
{
	struct linecol lc = source_linecol(ctx->sources, loc.src, loc.start);

	fputs("\"file\":", to);
	diag_json_string(source_get(ctx->sources, loc.src)->name, to);
	fprintf(to, ",\"line\":%u,\"column\":%u,\"start\":%u,\"end\":%u", lc.line, lc.col, loc.start,
		loc.end < loc.start ? loc.start : loc.end);
}

static void put_labels(const struct mdc_ctx *ctx, const struct diag *d, FILE *to)
{
	for (size_t i = 0; i < d->labels.n; i++) {
		fputs(i ? ",{" : "{", to);
		put_place(ctx, d->labels.p[i].loc, to);
		fputs(",\"message\":", to);
		diag_json_string(d->labels.p[i].text, to);
		putc('}', to);
	}
}

static void put_fixes(const struct mdc_ctx *ctx, const struct diag *d, FILE *to)
{
	for (size_t i = 0; i < d->fixes.n; i++) {
		fputs(i ? ",{" : "{", to);
		put_place(ctx, d->fixes.p[i].loc, to);
		fputs(",\"text\":", to);
		diag_json_string(d->fixes.p[i].text, to);
		putc('}', to);
	}
}

/* The includes that led to a place, the innermost first. */
static void put_includes(const struct mdc_ctx *ctx, uint32_t idx, FILE *to)
{
	const struct source *src = source_get(ctx->sources, idx);
	bool first = true;

	for (; src->from.src != UINT32_MAX; first = false) {
		fputs(first ? "{" : ",{", to);
		put_place(ctx, src->from, to);
		putc('}', to);
		src = source_get(ctx->sources, src->from.src);
	}
}

void diag_show_json(const struct mdc_ctx *ctx, const struct diag *d, FILE *to)
{
	fprintf(to, "{\"severity\":\"%s\",\"check\":\"%s\",", d->severity == SEV_ERROR ? "error" : "warning",
		check_infos[d->chk].name);
	put_place(ctx, d->loc, to);
	fputs(",\"message\":", to);
	diag_json_string(d->text, to);
	fputs(",\"labels\":[", to);
	put_labels(ctx, d, to);
	fputs("],\"notes\":[", to);
	for (size_t i = 0; i < d->notes.n; i++) {
		fputs(i ? "," : "", to);
		diag_json_string(d->notes.p[i], to);
	}
	fputs("],\"fixes\":[", to);
	put_fixes(ctx, d, to);
	fputs("],\"included_from\":[", to);
	put_includes(ctx, d->loc.src, to);
	fputs("]}\n", to);
}

void diag_say_json(const char *check, const char *text, const char *help, FILE *to)
{
	fprintf(to, "{\"severity\":\"%s\",\"check\":", check ? "error" : "note");
	if (check)
		diag_json_string(check, to);
	else
		fputs("null", to);
	fputs(",\"file\":null,\"line\":null,\"column\":null,\"start\":null,\"end\":null,\"message\":", to);
	diag_json_string(text, to);
	fputs(",\"labels\":[],\"notes\":[", to);
	if (help)
		diag_json_string(help, to);
	fputs("],\"fixes\":[],\"included_from\":[]}\n", to);
}

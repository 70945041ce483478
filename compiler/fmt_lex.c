/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes a path, gives the text's tokens, and the comments between them, in one
 * row: the scanner says where tokens are, what is between them is looked at
 * here. A text that does not parse is not formatted.
 */
#include "fmt.h"

#include <string.h>

#include "parse.h"
#include "parser.h"

uint32_t fmt_width(const struct piece *p)
{
	uint32_t width = 0;

	for (uint32_t i = 0; i < p->len; i++) {
		if (p->text[i] == '\n')
			width = 0;
		else
			width += ((unsigned char)p->text[i] & 0xc0) != 0x80;
	}
	return width;
}

bool fmt_is(const struct fmt *f, uint32_t piece, const char *text)
{
	const struct piece *p = piece < f->pieces.n ? &f->pieces.p[piece] : NULL;

	return p && p->len == strlen(text) && !memcmp(p->text, text, p->len);
}

static struct piece *add(struct fmt *f, enum piece_kind kind, const char *text, uint32_t len)
{
	struct piece *p = vec_push(f->arena, &f->pieces);

	*p = (struct piece){ .kind = kind, .text = text, .len = len };
	return p;
}

static uint32_t comment_len(const char *s, uint32_t left)
{
	const char *end;

	if (s[1] == '/') {
		end = memchr(s, '\n', left);
		return end ? (uint32_t)(end - s) : left;
	}
	for (uint32_t i = 3; i < left; i++)
		if (s[i] == '/' && s[i - 1] == '*')
			return i + 1;
	return left;
}

static void add_comment(struct fmt *f, const char *s, uint32_t len, uint8_t newlines, uint32_t column)
{
	struct piece *p = add(f, s[1] == '/' ? P_LINE_COMMENT : P_BLOCK_COMMENT, s, len);

	while (p->len && strchr(" \t\r\f\v", p->text[p->len - 1]))
		p->len--;
	p->newlines = newlines;
	p->many_lines = memchr(s, '\n', len) != NULL;
	p->column = column;
}

/* What lies between two tokens; the newlines behind the last comment. */
static uint8_t add_gap(struct fmt *f, const char *s, const char *end, uint32_t *column)
{
	uint32_t newlines = 0, len;

	while (s < end) {
		if (*s == '/') {
			len = comment_len(s, (uint32_t)(end - s));
			add_comment(f, s, len, newlines < 2 ? (uint8_t)newlines : 2, *column);
			for (uint32_t i = 0; i < len; i++)
				*column = s[i] == '\n' ? 0 : *column + (((unsigned char)s[i] & 0xc0) != 0x80);
			newlines = 0;
			s += len;
			continue;
		}
		if (*s == '\n') {
			newlines++;
			*column = 0;
		} else {
			*column += *s == '\t' ? FMT_TAB - *column % FMT_TAB : 1;
		}
		s++;
	}
	return newlines < 2 ? (uint8_t)newlines : 2;
}

static enum piece_kind kind_of(const char *s)
{
	if (*s == '"')
		return P_STRING;
	if (*s >= '0' && *s <= '9')
		return P_INT;
	return (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || *s == '_' ? P_WORD : P_OTHER;
}

static void place_comments(struct fmt *f)
{
	for (uint32_t i = 0; i < f->pieces.n; i++) {
		struct piece *p = &f->pieces.p[i];
		bool begins = !i || p->newlines, ends = i + 1 == f->pieces.n || p[1].newlines;

		if (!fmt_is_comment(p))
			continue;
		if (p->many_lines || (begins && (ends || p->kind == P_LINE_COMMENT)))
			p->place = C_OWN;
		else
			p->place = ends || p->kind == P_LINE_COMMENT ? C_TRAILING : C_INLINE;
	}
}

/* All tokens of a source that parses. */
static void take(struct fmt *f, struct parse *p)
{
	const char *text = p->source->text;
	struct parse_token *tokens;
	uint32_t at = 0, column = 0;
	size_t n = parse_tokens(p, &tokens);
	uint8_t newlines;

	if (p->source->size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		at = 3;
	for (size_t i = 0; i < n; i++) {
		struct piece *piece;

		newlines = add_gap(f, text + at, text + tokens[i].start, &column);
		at = tokens[i].end;
		piece = add(f, kind_of(text + tokens[i].start), text + tokens[i].start, at - tokens[i].start);
		piece->token = tokens[i].token;
		piece->newlines = newlines;
		column += fmt_width(piece);
	}
	add_gap(f, text + at, text + p->source->size, &column);
	place_comments(f);
}

int fmt_lex(struct fmt *f, const char *path)
{
	struct mdc_ctx *ctx = f->ctx;
	struct parse_words words;
	struct parse p = { .ctx = ctx, .arena = f->arena, .words = &words };
	struct parse again;

	p.source = source_read(ctx->sources, path, &p.src);
	if (!p.source)
		return -1;
	parse_words(ctx, &words);
	again = p;
	parse_source(&p);
	if (!diag_errors(ctx))
		parse_edition(ctx, p.items, p.src);
	if (diag_errors(ctx))
		return 1;
	take(f, &again);
	return 0;
}

bool fmt_lex_text(struct fmt *f, const char *text, uint32_t size)
{
	struct source source = { .name = "", .path = "", .text = text, .size = size };
	struct parse_words words;
	struct parse p = { .ctx = f->ctx, .arena = f->arena, .words = &words, .source = &source };
	int errors = diag_errors(f->ctx);

	parse_words(f->ctx, &words);
	take(f, &p);
	return diag_errors(f->ctx) == errors;
}

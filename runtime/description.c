/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The description that an image was made from, as text. Takes the tokens that
 * validate_text.c has checked; gives a file that mdescc compiles to the same
 * image. Only blanks and newlines are this file's own: one statement a line,
 * braces and enumerators on lines of their own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

#define MAX_INDENT	24	/* tabs: who nests deeper has no use for more */
#define MAX_DEPTH	64	/* braces whose kind is remembered */

enum brace { BRACE_OTHER, BRACE_ENUM, BRACE_WORD };

struct printer {
	const struct mdesc_image *img;
	FILE *out;
	const struct mdesc_fmt_token *prev;	/* in this line, or NULL */
	unsigned int depth, parens, brackets;
	enum brace braces[MAX_DEPTH];
	/* of the statement, or of the head of a brace */
	unsigned int words;		/* tokens so far */
	bool is_enum, is_word, is_pointer;
	bool nameless;			/* struct {...} or union ... switch (...) {...}: a name may follow */
	bool unary;			/* @prev is an operator with one operand */
	bool doc;			/* the last line is documentation */
	bool any;			/* there is a line */
	bool gap;			/* an item has ended that stands apart */
};

static bool is_kind(const struct mdesc_fmt_token *t, uint32_t kind)
{
	return t && token_kind(t) == kind;
}

/* Is it a mark, one of those characters, that stands for itself? */
static bool is_one_of(const struct printer *p, const struct mdesc_fmt_token *t, const char *marks)
{
	const char *text = t ? token_text(p->img, t) : "";

	return is_kind(t, MDESC_TOKEN_MARK) && !text[1] && strchr(marks, text[0]);
}

static bool is_word(const struct printer *p, const struct mdesc_fmt_token *t, const char *word)
{
	return is_kind(t, MDESC_TOKEN_WORD) && strcmp(token_text(p->img, t), word) == 0;
}

static enum brace around(const struct printer *p)
{
	return p->depth == 0 || p->depth > MAX_DEPTH ? BRACE_OTHER : p->braces[p->depth - 1];
}

static void new_line(struct printer *p)
{
	if (p->prev)
		putc('\n', p->out);
	p->prev = NULL;
}

/* The next line is a new one, with an empty one in front of it unless it is the first. */
static void empty_line(struct printer *p)
{
	new_line(p);
	if (p->any && !p->doc)
		putc('\n', p->out);
}

static void indent(struct printer *p)
{
	for (unsigned int i = 0; i < p->depth && i < MAX_INDENT; i++)
		putc('\t', p->out);
}

/* A blank between @p->prev and @t, which stand in one line? */
static bool blank_before(const struct printer *p, const struct mdesc_fmt_token *t)
{
	const struct mdesc_fmt_token *prev = p->prev;

	/* `/` and what follows never make a comment. */
	if (is_one_of(p, prev, "/"))
		return true;
	if (is_one_of(p, t, ";,)].") || is_one_of(p, prev, "([.") || p->unary)
		return false;
	if (is_one_of(p, t, ":"))
		return p->brackets == 0 && p->words == 2 && is_kind(prev, MDESC_TOKEN_WORD) &&
		       is_kind(prev - 1, MDESC_TOKEN_WORD);
	if (is_one_of(p, prev, ":"))
		return p->brackets == 0;
	if (is_kind(t, MDESC_TOKEN_MARK) && strcmp(token_text(p->img, t), "..") == 0)
		return false;
	if (is_kind(prev, MDESC_TOKEN_MARK) && strcmp(token_text(p->img, prev), "..") == 0)
		return false;
	if (is_one_of(p, t, "["))
		return around(p) == BRACE_WORD && !p->parens;
	if (is_one_of(p, t, "(") && is_kind(prev, MDESC_TOKEN_WORD))
		return is_word(p, prev, "select") || is_word(p, prev, "switch") || is_word(p, prev, "if");
	if (is_one_of(p, prev, "*"))
		return !p->is_pointer;
	return true;
}

static void put_doc(struct printer *p, const char *text)
{
	size_t n;

	p->doc = false;
	if (p->depth == 0)
		empty_line(p);
	new_line(p);
	p->gap = false;
	p->any = true;
	for (;; text += n + 1) {
		n = strcspn(text, "\n");
		indent(p);
		fprintf(p->out, "///%s%.*s\n", n ? " " : "", (int)n, text);
		if (!text[n])
			break;
	}
	p->doc = true;
}

static void put_string(struct printer *p, const char *text)
{
	putc('"', p->out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', p->out);
		putc(*text, p->out);
	}
	putc('"', p->out);
}

/* What the statement is, as far as that decides about blanks. */
static void look_at(struct printer *p, const struct mdesc_fmt_token *t)
{
	if (p->words == 0) {
		p->is_enum = is_word(p, t, "enum");
		p->is_word = p->is_pointer = false;
		p->nameless = false;
	}
	if (is_word(p, t, "struct") || is_word(p, t, "union"))
		p->nameless = true;
	else if (p->words <= 2 && is_kind(t, MDESC_TOKEN_WORD))
		p->nameless = p->nameless && is_word(p, t, "switch");
	if (p->words == 1 && is_word(p, t, "word"))
		p->is_word = true;
	if (is_one_of(p, t, "*"))
		p->is_pointer = p->words == 1;
	p->words++;
}

static void open_brace(struct printer *p)
{
	if (p->depth < MAX_DEPTH)
		p->braces[p->depth] = p->is_enum ? BRACE_ENUM : p->is_word ? BRACE_WORD : BRACE_OTHER;
	p->depth++;
	new_line(p);
	p->words = 0;
}

/* Behind a }: @next goes on in the line where it belongs to the same statement. */
static void close_brace(struct printer *p, const struct mdesc_fmt_token *next)
{
	const struct mdesc_fmt_token *end = image_text(p->img) + image_count(p->img, TABLE_TEXT);

	p->words = 0;
	if (is_one_of(p, next, ";@=") || is_word(p, next, "else") || is_word(p, next, "unit") ||
	    is_word(p, next, "deprecated"))
		return;
	if (p->depth && is_kind(next, MDESC_TOKEN_WORD) && next + 1 < end && is_one_of(p, next + 1, ";[@="))
		return;		/* struct {...} NAME; */
	p->gap = p->depth == 0;
	new_line(p);
}

static bool is_unary(const struct printer *p, const struct mdesc_fmt_token *t)
{
	return is_one_of(p, t, "!~") ||
	       (is_one_of(p, t, "-") && (!p->prev || (is_kind(p->prev, MDESC_TOKEN_MARK) &&
						      !is_one_of(p, p->prev, ")]"))));
}

/* Does an item have lines of its own? They stand apart. */
static bool has_braces(const struct printer *p, const struct mdesc_fmt_token *t)
{
	const struct mdesc_fmt_token *end = image_text(p->img) + image_count(p->img, TABLE_TEXT);

	while (t < end && !is_one_of(p, t, ";{"))
		t++;
	return t < end && is_one_of(p, t, "{");
}

static void put_token(struct printer *p, const struct mdesc_fmt_token *t)
{
	bool unary = is_unary(p, t);

	if (!p->prev && p->depth == 0 && p->words == 0 && !is_one_of(p, t, "}") && (p->gap || has_braces(p, t)))
		empty_line(p);
	p->doc = p->gap = false;
	p->any = true;
	if (!p->prev)
		indent(p);
	else if (blank_before(p, t))
		putc(' ', p->out);
	look_at(p, t);
	if (is_kind(t, MDESC_TOKEN_STRING))
		put_string(p, token_text(p->img, t));
	else
		fputs(token_text(p->img, t), p->out);
	p->parens += is_one_of(p, t, "(") - (is_one_of(p, t, ")") && p->parens);
	p->brackets += is_one_of(p, t, "[") - (is_one_of(p, t, "]") && p->brackets);
	p->prev = t;
	p->unary = unary;
}

static void put(struct printer *p, const struct mdesc_fmt_token *t, const struct mdesc_fmt_token *next)
{
	if (is_kind(t, MDESC_TOKEN_DOC)) {
		put_doc(p, token_text(p->img, t));
		return;
	}
	if (is_one_of(p, t, "}")) {
		new_line(p);
		p->depth--;
	}
	put_token(p, t);
	if (is_one_of(p, t, "{")) {
		open_brace(p);
	} else if (is_one_of(p, t, "}")) {
		close_brace(p, next);
	} else if (is_one_of(p, t, ";") && !p->parens) {
		new_line(p);
		p->words = 0;
	} else if (is_one_of(p, t, ",") && around(p) == BRACE_ENUM && !p->parens) {
		new_line(p);
		p->words = 0;
	}
}

static int print(const struct mdesc_image *img, FILE *out, struct mdesc_error *err)
{
	const struct mdesc_fmt_token *t = image_text(img);
	uint32_t n = image_count(img, TABLE_TEXT), i;
	struct printer p = { .img = img, .out = out };

	for (i = 0; i < n; i++) {
		if (token_kind(&t[i]) > MDESC_TOKEN_DOC)
			return error_newer(err, img, MDESC_SEC_TEXT, table_offset(img, TABLE_TEXT, i),
					   "the description has words of kind %u: a newer libmdesc is needed",
					   token_kind(&t[i]));
		put(&p, &t[i], i + 1 < n ? &t[i + 1] : NULL);
	}
	new_line(&p);
	return 0;
}

int mdesc_image__description(const struct mdesc_image *img, char **text, size_t *size,
			     struct mdesc_error *err)
{
	FILE *out;
	int ret;

	*text = NULL;
	*size = 0;
	if (!image_count(img, TABLE_TEXT))
		return error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND,
				 "%.200s: the image holds no description: mdescc left it out (--no-description), or is "
				 "older than that", img->name);
	out = open_memstream(text, size);
	if (!out)
		return error_nomem(err, img);
	ret = print(img, out, err);
	if (fclose(out) && !ret)
		ret = error_nomem(err, img);
	if (ret) {
		free(*text);
		*text = NULL;
		*size = 0;
	}
	return ret;
}

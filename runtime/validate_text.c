/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The description in an image, word for word. Takes a table whose entries are
 * within the file; afterwards each entry is one whole token of the language: a
 * name cannot be a string, a string has one line, a mark is none that begins a
 * comment, and no file is included. What the words say together is not looked
 * at: only a compiler could.
 */
#include <string.h>

#include "image.h"

#define MAX_WORD	1023u
#define MAX_STRING	4095u
#define MAX_TOTAL	(64u << 20)	/* bytes of a description: what the compiler reads, too */

uint32_t token_kind(const struct mdesc_fmt_token *t)
{
	return t->kind_text & 15;
}

const char *token_text(const struct mdesc_image *img, const struct mdesc_fmt_token *t)
{
	return image_str(img, t->kind_text >> 4);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_mark(const char *s)
{
	static const char *const marks[] = { "&&&", "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "->", ".." };
	size_t i;

	if (s[0] && !s[1])
		return strchr("-{}()[];:,.=<>&|^~!+*/%?@", s[0]);
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strcmp(s, marks[i]) == 0)
			return true;
	return false;
}

/* What is wrong with a token's text of @n bytes; NULL: nothing. */
static const char *wrong_text(uint32_t kind, const char *s, size_t n)
{
	size_t i;

	switch (kind) {
	case MDESC_TOKEN_WORD:
	case MDESC_TOKEN_NUMBER:
		for (i = 0; i < n && is_word_char(s[i]); i++)
			;
		if (n == 0 || i < n || n > MAX_WORD || is_digit(s[0]) != (kind == MDESC_TOKEN_NUMBER))
			return kind == MDESC_TOKEN_NUMBER ? "not a number" : "not a word";
		return NULL;
	case MDESC_TOKEN_STRING:
		return n > MAX_STRING || strpbrk(s, "\n\t") ? "not a string of one line" : NULL;
	case MDESC_TOKEN_MARK:
		return is_mark(s) ? NULL : "not a mark of the language";
	case MDESC_TOKEN_DOC:
		return NULL;
	default:
		return "of no kind";
	}
}

/* `include "..."`: the description would be what a file of the reader is. */
static bool is_include(const struct mdesc_image *img, uint32_t i)
{
	const struct mdesc_fmt_token *t = &image_text(img)[i];

	return i && token_kind(t) == MDESC_TOKEN_STRING && token_kind(&t[-1]) == MDESC_TOKEN_WORD &&
	       strcmp(token_text(img, &t[-1]), "include") == 0;
}

static int check_token(const struct mdesc_image *img, uint32_t i, uint64_t *total, int *depth,
		       struct mdesc_error *err)
{
	const struct mdesc_fmt_token *t = &image_text(img)[i];
	const char *text, *wrong;
	size_t n;
	int ret;

	ret = check_str(img, err, TABLE_TEXT, i, 0, t->kind_text >> 4);
	if (ret)
		return ret;
	text = token_text(img, t);
	n = strlen(text);
	*total += n + 1;
	if (*total > MAX_TOTAL)
		return bad_entry(img, err, TABLE_TEXT, i, 0, "the description is longer than %u bytes", MAX_TOTAL);
	wrong = image_is_newer(img) && token_kind(t) > MDESC_TOKEN_DOC ? NULL : wrong_text(token_kind(t), text, n);
	if (!wrong && is_include(img, i))
		wrong = "an include";
	if (!wrong && token_kind(t) == MDESC_TOKEN_MARK)
		*depth += (text[0] == '{') - (text[0] == '}');
	if (!wrong && *depth < 0)
		wrong = "one } too much";
	if (wrong)
		return bad_entry(img, err, TABLE_TEXT, i, 0, "entry %u is %s", i, wrong);
	return 0;
}

int image_validate_text(const struct mdesc_image *img, struct mdesc_error *err)
{
	uint32_t n = image_count(img, TABLE_TEXT), i;
	uint64_t total = 0;
	int ret = 0, depth = 0;

	for (i = 0; i < n && !ret; i++)
		ret = check_token(img, i, &total, &depth, err);
	if (!ret && depth)
		ret = bad_entry(img, err, TABLE_TEXT, n - 1, 0, "%d { have no }", depth);
	return ret;
}

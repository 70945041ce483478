/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Filters as text: takes it, gives nodes. Words are looked at by filter_bind.c;
 * numbers and addresses are read here. No text is too long or too deep: nesting
 * has a limit, as everything that is deep runs on the stack.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

enum { DEEPEST = 200 };

struct parser {
	struct filter *f;
	const char *p;
};

int filter_error(struct filter *f, const struct filter_node *node, int code, enum mdesc_class kind,
		 const char *fmt, ...)
{
	va_list ap;

	if (f->error.code)
		return f->error.code;	/* the first one */
	f->error.code = -code;
	f->error.kind = kind;
	f->error_at = node ? node->at : strlen(f->text);
	f->error_len = node && node->len ? node->len : 1;
	va_start(ap, fmt);
	vsnprintf(f->error.text, sizeof(f->error.text), fmt, ap);
	va_end(ap);
	return -code;
}

static struct filter_node *wrong(struct parser *s, size_t at, size_t len, const char *text)
{
	const struct filter_node node = { .at = at, .len = len };

	filter_error(s->f, &node, EINVAL, MDESC_CLASS_INPUT, "%s", text);
	return NULL;
}

static struct filter_node *node_new(struct parser *s, enum filter_op op, const char *at, size_t len)
{
	struct filter_node *n = calloc(1, sizeof(*n));

	if (!n) {
		filter_error(s->f, NULL, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory");
		return NULL;
	}
	n->op = op;
	n->at = at - s->f->text;
	n->len = len;
	n->field = -1;
	n->next = s->f->all;
	s->f->all = n;
	return n;
}

static void blanks(struct parser *s)
{
	while (isspace((unsigned char)*s->p))
		s->p++;
}

/* ---- values ---- */

static bool in_value(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == ':' || c == '/';
}

/* How long what stands here is: a word with its indices, a number or an address. */
static size_t value_length(const char *p)
{
	size_t n = *p == '-', k;

	for (;;) {
		if (in_value(p[n])) {
			n++;
		} else if (n && p[n] == '[') {
			for (k = n + 1; isdigit((unsigned char)p[k]); k++)
				;
			if (k == n + 1 || p[k] != ']')
				return n;
			n = k + 1;
		} else {
			return n;
		}
	}
}

static bool parse_number(const char *text, struct filter_node *n)
{
	const char *digits = *text == '-' ? text + 1 : text;
	char *end;

	if (!isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	n->number = strtoull(digits, &end, digits[0] == '0' && (digits[1] | 0x20) == 'x' ? 16 : 10);
	if (*end || errno || end == digits)
		return false;
	if (digits != text) {
		if (n->number > 1ull << 63)
			return false;
		n->number = 0 - n->number;
		n->negative = n->number != 0;
	}
	n->op = FILTER_NUMBER;
	return true;
}

static bool parse_mac(const char *text, uint8_t *bytes)
{
	int i;

	for (i = 0; i < 6; i++, text += 3) {
		char two[3] = { text[0], text[0] ? text[1] : 0, 0 };

		if (!isxdigit((unsigned char)two[0]) || !isxdigit((unsigned char)two[1]) ||
		    text[2] != (i < 5 ? ':' : 0))
			return false;
		bytes[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return true;
}

/* Everything with a colon, and what begins with a digit and has a dot. */
static bool parse_address(const char *text, struct filter_node *n)
{
	char copy[64], *slash, *end;
	unsigned long prefix;

	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	n->count = inet_pton(AF_INET, copy, n->bytes) == 1 ? 4 : inet_pton(AF_INET6, copy, n->bytes) == 1 ? 16 :
		   parse_mac(copy, n->bytes) ? 6 : 0;
	n->prefix = 8 * n->count;
	if (n->count && slash) {
		prefix = strtoul(slash, &end, 10);
		if (!isdigit((unsigned char)*slash) || *end || prefix > n->prefix)
			return false;
		n->prefix = (unsigned int)prefix;
	}
	n->op = FILTER_BYTES;
	n->number = (uint64_t)n->bytes[0] << 24 | n->bytes[1] << 16 | n->bytes[2] << 8 | n->bytes[3];
	return n->count;
}

static bool prefix_is_number(const char *text)
{
	const char *slash = strchr(text, '/');

	return slash && slash[1] && !slash[1 + strspn(slash + 1, "0123456789")];
}

static bool is_word(const char *text)
{
	const char *p;

	if (!isalpha((unsigned char)*text) && *text != '_')
		return false;
	for (p = text; *p; p++)
		if (*p == ':' || *p == '/' || *p == '-')
			return false;
	return true;
}

static struct filter_node *value(struct parser *s)
{
	size_t len = value_length(s->p), at = s->p - s->f->text;
	struct filter_node *n;

	if (!len || (len == 1 && *s->p == '-'))
		return wrong(s, at, 1, *s->p ? "a field or a value must stand here" : "a field or a value is missing");
	n = node_new(s, FILTER_WORD, s->p, len);
	if (!n)
		return NULL;
	n->word = strndup(s->p, len);
	if (!n->word)
		return wrong(s, at, len, "not enough memory");
	s->p += len;
	if (parse_number(n->word, n) || (!is_word(n->word) && parse_address(n->word, n)))
		return n;
	if (is_word(n->word))
		return n;
	/* fe80::1 begins like a number, beef::1 like a word. */
	if (parse_address(n->word, n))
		return n;
	if (n->count && n->prefix == 8 * n->count && prefix_is_number(n->word)) {
		filter_error(s->f, n, EINVAL, MDESC_CLASS_INPUT,
			     "the prefix is too long: an address like this has %u bits", n->prefix);
		return NULL;
	}
	return wrong(s, at, len, isdigit((unsigned char)n->word[0]) || n->word[0] == '-' ?
		     "this is no number (of at most 64 bits) and no address" : "this is no name and no address");
}

/* ---- expressions ---- */

static struct filter_node *either(struct parser *s);

static struct filter_node *unary(struct parser *s)
{
	const char *at;
	struct filter_node *n, *inner;

	blanks(s);
	at = s->p;
	if (*at != '!' && *at != '(')
		return value(s);
	if (++s->f->depth > DEEPEST)
		return wrong(s, at - s->f->text, 1, "this is nested too deeply");
	s->p++;
	if (*at == '!') {
		inner = unary(s);
		n = inner ? node_new(s, FILTER_NOT, at, s->p - at) : NULL;
		if (n)
			n->left = inner;
	} else {
		n = either(s);
		blanks(s);
		if (n && *s->p != ')')
			return wrong(s, at - s->f->text, 1, "this parenthesis is not closed");
		s->p++;
	}
	s->f->depth--;
	return n;
}

static const struct {
	const char *text;
	enum filter_op op;
	int level;
} operators[] = {	/* longer ones first */
	{ "||", FILTER_EITHER, 0 }, { "&&", FILTER_BOTH, 1 },
	{ "==", FILTER_EQ, 2 }, { "!=", FILTER_NE, 2 }, { "<=", FILTER_LE, 2 }, { ">=", FILTER_GE, 2 },
	{ "<", FILTER_LT, 2 }, { ">", FILTER_GT, 2 }, { "&", FILTER_AND, 3 },
};

/* The operator here, of @level; -1: none of that level. */
static int operator_here(struct parser *s, int level)
{
	size_t i;

	blanks(s);
	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (strncmp(s->p, operators[i].text, strlen(operators[i].text)) == 0)
			return operators[i].level == level ? (int)i : -1;
	return -1;
}

static struct filter_node *level(struct parser *s, int lev)
{
	struct filter_node *left = lev > 3 ? unary(s) : level(s, lev + 1), *right, *n;
	unsigned int chain = 0;
	int op;

	while (lev <= 3 && left && (op = operator_here(s, lev)) >= 0) {
		size_t len = strlen(operators[op].text), at = s->p - s->f->text;

		if (lev == 2 && chain++)
			return wrong(s, at, len, "comparisons do not follow each other: use && and parentheses");
		s->p += len;
		right = level(s, lev + 1);
		n = right ? node_new(s, operators[op].op, s->f->text + at, len) : NULL;
		if (!n)
			return NULL;
		n->left = left;
		n->right = right;
		left = n;
	}
	return left;
}

static struct filter_node *either(struct parser *s)
{
	return level(s, 0);
}

/* Long chains of && are deep to the left: what walks the nodes would go as deep. */
static bool too_deep(const struct filter_node *n, int depth)
{
	return n && (depth > 5 * DEEPEST || too_deep(n->left, depth + 1) || too_deep(n->right, depth + 1));
}

int filter_parse(struct filter *f, const char *text)
{
	struct parser s = { f, text };

	*f = (struct filter){ .text = text };
	f->root = either(&s);
	blanks(&s);
	if (f->root && *s.p == '=')
		wrong(&s, s.p - text, 1, "to compare is `=='");
	else if (f->root && *s.p == '|')
		wrong(&s, s.p - text, 1, "to join conditions is `||'");
	else if (f->root && *s.p == ')')
		wrong(&s, s.p - text, 1, "this parenthesis was not opened");
	else if (f->root && *s.p)
		wrong(&s, s.p - text, 1, "an operator must stand here: == != < <= > >= & && ||");
	else if (f->root && too_deep(f->root, 0))
		wrong(&s, 0, 1, "this is too long a chain of conditions");
	return f->error.code;
}

void filter_free(struct filter *f)
{
	struct filter_node *n, *next;

	for (n = f->all; n; n = next) {
		next = n->next;
		free(n->word);
		free(n->bound);
		free(n);
	}
	f->all = f->root = NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The file of build ids that a fleet distributes: takes its text, gives rules with
 * a build id each, or the first line that is wrong and why. A line is
 *	DRIVER MATCH... BUILD-ID
 * in words between blanks, of which "..." is a part with blanks; `#` begins a
 * comment. doc/find.md has the grammar.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "find.h"
#include "image.h"

#define TEXT_MAX	255u
#define WORDS_MAX	64u

struct parser {
	struct find_ids *ids;
	const char *name;
	unsigned int line;
	struct mdesc_error *err;
};

static int bad(const struct parser *p, const char *what, const char *word)
{
	if (word)
		return error_set(p->err, EINVAL, MDESC_CLASS_INPUT, "%.200s:%u: `%.60s' %s", p->name, p->line,
				 word, what);
	return error_set(p->err, EINVAL, MDESC_CLASS_INPUT, "%.200s:%u: %s", p->name, p->line, what);
}

static int nomem(const struct parser *p)
{
	return error_set(p->err, ENOMEM, MDESC_CLASS_SYSTEM, "%.200s: not enough memory", p->name);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The word at @p, without its quotation marks, in place; sets @end to what follows. */
static int unquote(const struct parser *ps, char *p, char **end)
{
	char *to = p;
	bool quoted = false;

	for (; *p && (quoted || !blank(*p)); p++) {
		if (*p == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && *p == '\\' && p[1] == '"')
			p++;
		*to++ = *p;
	}
	if (quoted)
		return bad(ps, "a quotation mark is not closed", NULL);
	*end = *p ? p + 1 : p;
	*to = 0;
	return 0;
}

static int split(const struct parser *ps, char *p, char **words, unsigned int *count)
{
	int ret;

	for (*count = 0;; (*count)++) {
		while (blank(*p))
			p++;
		if (!*p || *p == '#')
			return 0;
		if (*count == WORDS_MAX)
			return bad(ps, "more than 64 words", NULL);
		words[*count] = p;
		ret = unquote(ps, p, &p);
		if (ret)
			return ret;
		if (strlen(words[*count]) > TEXT_MAX)
			return bad(ps, "is longer than 255 characters", words[*count]);
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int parse_build_id(const struct parser *p, const char *word, uint8_t *id)
{
	unsigned int i;

	for (i = 0; i < 2 * MDESC_FMT_BUILD_ID; i++) {
		int digit = hex_digit(word[i]);

		if (digit < 0)
			return bad(p, "is no build id, with which a line ends: 40 hexadecimal digits", word);
		id[i / 2] = i % 2 ? id[i / 2] | digit : digit << 4;
	}
	return word[i] ? bad(p, "is no build id: it is longer than 40 digits", word) : 0;
}

static struct find_term *add_term(struct find_ids *ids)
{
	if (ids->term_count == ids->term_cap) {
		size_t cap = ids->term_cap ? 2 * ids->term_cap : 64;
		struct find_term *t = realloc(ids->terms, cap * sizeof(*t));

		if (!t)
			return NULL;
		ids->terms = t;
		ids->term_cap = cap;
	}
	return &ids->terms[ids->term_count++];
}

/* firmware=GLOB, serial=GLOB, bus=GLOB, devlink:KEY=GLOB, default */
static int parse_match(const struct parser *p, char *word)
{
	static const char wanted[] =
		"is no match: firmware=GLOB, serial=GLOB, bus=GLOB, devlink:KEY=GLOB, or default";
	struct find_term t = { .key = "", .glob = "" };
	char *equals = strchr(word, '=');
	struct find_term *added;

	if (!strcmp(word, "default")) {
		t.where = FIND_DEFAULT;
	} else if (equals && !strncmp(word, "devlink:", 8)) {
		/* Keys have no `=' in them. */
		if (equals == word + 8)
			return bad(p, "names no key of devlink", word);
		t.where = FIND_DEVLINK;
		t.key = word + 8;
		t.glob = equals + 1;
	} else if (equals) {
		*equals = 0;
		t.where = find_where_of(word);
		*equals = '=';
		if (t.where != FIND_FIRMWARE && t.where != FIND_SERIAL && t.where != FIND_BUS)
			return bad(p, wanted, word);
		t.glob = equals + 1;
	} else {
		return bad(p, wanted, word);
	}
	if (t.where != FIND_DEFAULT && !*t.glob)
		return bad(p, "has nothing behind the `='", word);
	if (t.where == FIND_DEVLINK)
		*equals = 0;
	added = add_term(p->ids);
	if (!added)
		return nomem(p);
	*added = t;
	return 0;
}

static int add_line(const struct parser *p, char **words, unsigned int count)
{
	struct find_ids *ids = p->ids;
	struct find_id_line *l;
	size_t before = ids->term_count;
	unsigned int i;
	int ret;

	if (count < 2)
		return bad(p, "a line is DRIVER MATCH... BUILD-ID", NULL);
	if (ids->line_count == ids->line_cap) {
		size_t cap = ids->line_cap ? 2 * ids->line_cap : 64;

		l = realloc(ids->lines, cap * sizeof(*l));
		if (!l)
			return nomem(p);
		ids->lines = l;
		ids->line_cap = cap;
	}
	l = &ids->lines[ids->line_count];
	*l = (struct find_id_line){ .rule = { .driver = words[0], .firmware = "" }, .line = p->line };
	ret = parse_build_id(p, words[count - 1], l->build_id);
	for (i = 1; i + 1 < count && !ret; i++)
		ret = parse_match(p, words[i]);
	if (!ret && count == 2)
		return bad(p, "says nothing to match: `default' is for all devices of a driver", words[0]);
	if (ret)
		return ret;
	l->rule.term_count = ids->term_count - before;
	ids->line_count++;
	return 0;
}

static int parse_line(const struct parser *p, char *text, size_t size)
{
	char *words[WORDS_MAX];
	unsigned int count;
	size_t where;
	int ret;

	if (strlen(text) != size || !text_is_clean(text, size, &where))
		return bad(p, "a control character, or no UTF-8", NULL);
	ret = split(p, text, words, &count);
	return ret || !count ? ret : add_line(p, words, count);
}

/* '\r' is as good as a blank: text_is_clean() does not know it. */
static void drop_returns(char *text, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size; i++)
		if (text[i] == '\r' && text[i + 1] == '\n')
			text[i] = ' ';
}

int find_ids_parse(struct find_ids *ids, const char *name, const char *text, size_t size, struct mdesc_error *err)
{
	struct parser p = { .ids = ids, .name = name, .err = err };
	size_t at = 0, i;
	int ret = 0;

	memset(ids, 0, sizeof(*ids));
	ids->text = malloc(size + 1);
	if (!ids->text)
		return nomem(&p);
	memcpy(ids->text, text, size);
	ids->text[size] = 0;
	drop_returns(ids->text, size);
	while (at < size && !ret) {
		char *line = ids->text + at, *end = memchr(line, '\n', size - at);
		size_t n = end ? (size_t)(end - line) : size - at;

		line[n] = 0;
		at += n + 1;
		p.line++;
		ret = parse_line(&p, line, n);
	}
	/* The terms do not move any more. */
	for (i = 0, at = 0; i < ids->line_count && !ret; i++) {
		ids->lines[i].rule.terms = ids->terms + at;
		at += ids->lines[i].rule.term_count;
	}
	if (ret)
		find_ids_free(ids);
	return ret;
}

void find_ids_free(struct find_ids *ids)
{
	free(ids->text);
	free(ids->lines);
	free(ids->terms);
	memset(ids, 0, sizeof(*ids));
}

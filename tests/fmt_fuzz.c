/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * mdescc fmt on descriptions whose blanks, line ends and comments are random:
 * all that are shipped, all good examples and random ones of their words. What
 * comes out has the same tokens and comments, and is its own canonical form.
 * Then on damaged ones, where most is refused, and nothing may crash.
 *
 *	fmt_fuzz			the test
 *	fmt_fuzz SEED [COUNT]		others; the last text is left in $TMP/fmt_fuzz.mdesc
 */
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "atoms.h"
#include "compile.h"
#include "diag.h"
#include "fmt.h"
#include "fuzz.h"
#include "source.h"
#include "pages.h"
#include "tap.h"

enum { TEXTS_MAX = 512 };

struct text {
	char *p;
	size_t n;
};

static uint64_t state;
static struct text texts[TEXTS_MAX];
static size_t n_texts;

static uint32_t rnd(uint32_t below)
{
	return (uint32_t)(fuzz_next(&state) >> 32) % below;
}

static void load(const char *pattern)
{
	glob_t g;

	if (glob(pattern, 0, NULL, &g))
		return;
	for (size_t i = 0; i < g.gl_pathc && n_texts < TEXTS_MAX; i++) {
		FILE *f = fopen(g.gl_pathv[i], "r");
		char *p = calloc(1, 1 << 18);
		size_t n = f && p ? fread(p, 1, (1 << 18) - 1, f) : 0;

		if (f)
			fclose(f);
		texts[n_texts++] = (struct text){ p, n };
	}
	globfree(&g);
}

static void add_example(const char *from, size_t n)
{
	char *p = n_texts < TEXTS_MAX ? calloc(1, n + 1) : NULL;

	if (p)
		texts[n_texts++] = (struct text){ memcpy(p, from, n), n };
}

/* Bytes of the token, comment or blank at @s: a small scanner of its own. */
static size_t token(const char *s, const char *end)
{
	static const char *const ops[] = { "&&&", "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "->", ".." };
	const char *p = s;

	if (s[0] == '/' && s[1] == '/') {
		while (p < end && *p != '\n')
			p++;
		return (size_t)(p - s);
	}
	if (s[0] == '/' && s[1] == '*') {
		p = strstr(s + 2, "*/");
		return p ? (size_t)(p + 2 - s) : (size_t)(end - s);
	}
	if (*s == '"') {
		for (p = s + 1; p < end && *p != '"' && *p != '\n'; p++)
			p += *p == '\\';
		return (size_t)(p + 1 - s);
	}
	while (p < end && (*p == '_' || (*p >= '0' && *p <= '9') || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')))
		p++;
	if (p > s)
		return (size_t)(p - s);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strncmp(s, ops[i], strlen(ops[i])))
			return strlen(ops[i]);
	return 1;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void put(struct out *to, const char *s, size_t n)
{
	out_write(to, s, n);
}

/* Tokens and comments, one a line, blanks within comments of several lines apart. */
static void tokens_of(const char *s, size_t n, struct out *to)
{
	const char *end = s + n;

	while (s < end) {
		size_t len;

		if (is_blank(*s)) {
			s++;
			continue;
		}
		len = token(s, end);
		for (size_t i = 0; i < len; i++)
			if (*s == '"' || !is_blank(s[i]))
				put(to, s + i, 1);
		put(to, "\n", 1);
		s += len;
	}
}

static void random_gap(struct out *to, bool wild)
{
	static const char *const gaps[] = {
		"", " ", " ", "  ", "\t", "\n", "\n", "\n\n", "\n\n\n", "\r\n", "\n\t\t", "\n                        ",
	};
	static const char *const comments[] = {
		"// a line\n", "//\n", "/// of what follows\n", "/* within */", "/**/", "/* of\n   two lines */",
		"\t\t/*\n\t\t * of three\n\t\t */\n", "// blanks behind  \n", "\n// alone\n", "\n\n/* alone */\n\n",
		"\t// under\n\t// under\n", "/* long: 123456789 123456789 123456789 123456789 123456789 123456789 */",
		"//a\n//b\n", "/*\xc3\xa9*/",
	};
	uint32_t n = wild ? rnd(3) : 0;

	if (n == 2 && !rnd(4)) {
		const char *s = comments[rnd(sizeof(comments) / sizeof(comments[0]))];

		put(to, " ", (to->size && to->data[to->size - 1] == '/') || rnd(2));
		out_puts(to, s);
	}
	out_puts(to, gaps[rnd(sizeof(gaps) / sizeof(gaps[0]))]);
}

static bool is_word(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool is_name(const char *s, size_t n)
{
	static const char *const keywords[] = {
#define KEYWORD(t, s) s,
#include "keywords.def"
#undef KEYWORD
		"_",
	};

	if (!is_word(*s) || (*s >= '0' && *s <= '9'))
		return false;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strlen(keywords[i]) == n && !memcmp(s, keywords[i], n))
			return false;
	return true;
}

/* The text with other gaps, and if @wild with comments; one of @one_in gaps changes. */
static void shake(const struct text *t, uint32_t one_in, bool wild, bool longer, struct out *to)
{
	const char *s = t->p, *end = t->p + t->n, *gap = s;

	while (s < end) {
		size_t len;

		if (is_blank(*s)) {
			s++;
			continue;
		}
		len = token(s, end);
		if (rnd(one_in)) {
			put(to, gap, (size_t)(s - gap));
		} else {
			size_t had = to->size;

			/* a comment to the line's end needs one; tokens stay apart */
			if (memchr(gap, '\n', (size_t)(s - gap)))
				put(to, "\n", 1);
			random_gap(to, wild);
			if (to->size == had && had && (is_word(to->data[had - 1]) == is_word(*s)))
				put(to, " ", 1);
		}
		put(to, s, len);
		if (longer && is_name(s, len) && !rnd(8))	/* what does not fit is wrapped */
			put(to, "_23456789_23456789_23456789_23456789", rnd(36) + 1);
		s += len;
		gap = s;
	}
	put(to, gap, (size_t)(end - gap));
}

static char path[4096];

/* The canonical form of @in: 0, 1 if it is refused, 2. */
static int format(const struct out *in, struct out *to, bool *quiet)
{
	struct arena *a = arena_new();
	struct mdc_ctx ctx = {
		.arena = a, .atoms = atoms_new(a), .sources = sources_new(a), .diags = diags_new(a),
	};
	int status;

	write_file(path, in->data, in->size);
	out_init(to);
	status = fmt_text(&ctx, path, to);
	*quiet = !diag_errors(&ctx);
	arena_free(a);
	return status;
}

static bool equal(const struct out *a, const struct out *b)
{
	return a->size == b->size && (!a->size || !memcmp(a->data, b->data, a->size));
}

/* Formats @in, and what comes out again. */
static bool try(const struct out *in, bool must, const char **why)
{
	struct out once, twice, before, after;
	bool quiet, good = true;
	int status = format(in, &once, &quiet);

	if (status) {
		*why = status == 2 ? "it is not understood" : "it is refused";
		out_free(&once);
		return status == 1 && !must;
	}
	out_init(&before);
	out_init(&after);
	tokens_of(in->data, in->size, &before);
	tokens_of(once.data, once.size, &after);
	if (format(&once, &twice, &quiet) || !equal(&once, &twice)) {
		*why = "the form of the form is another";
		good = false;
	} else if (!equal(&before, &after)) {
		*why = "tokens or comments are others";
		good = false;
	}
	if (!good)
		write_file(path, in->data, in->size);
	out_free(&once);
	out_free(&twice);
	out_free(&before);
	out_free(&after);
	return good;
}

/* Bytes changed, lost and doubled. */
static void damage(struct out *o)
{
	for (uint32_t n = rnd(4) + 1; n-- && o->size > 2;) {
		size_t at = rnd((uint32_t)o->size - 1), len = rnd(20) + 1;

		if (len > o->size - at)
			len = o->size - at;
		switch (rnd(3)) {
		case 0:
			o->data[at] = (char)(rnd(255) + 1);
			break;
		case 1:
			memmove(o->data + at, o->data + at + len, o->size - at - len);
			o->size -= len;
			break;
		default:
			memmove(o->data + at, o->data + rnd((uint32_t)(o->size - len) + 1), len);
		}
	}
}

static bool run(uint64_t seed, bool damaged, const char **why)
{
	const struct text *t;
	struct out in;
	bool good, longer;

	state = seed * 0x9e3779b97f4a7c15u + 1;
	t = &texts[rnd((uint32_t)n_texts)];
	out_init(&in);
	longer = rnd(2);
	shake(t, rnd(20) + 1, rnd(2), longer, &in);
	if (damaged)
		damage(&in);
	/* some words mean something only to the parser */
	good = try(&in, !damaged && !longer, why);
	out_free(&in);
	return good;
}

int main(int argc, char **argv)
{
	const char *src = getenv("MDESC_SRC"), *tmp = getenv("TMP"), *mode = getenv("MDESC_TESTS"), *why = "";
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	int count = argc > 2 ? atoi(argv[2]) : mode && !strcmp(mode, "full") ? 10000 : 2000;
	char pattern[4096];
	bool good = true;

	snprintf(path, sizeof(path), "%s/fmt_fuzz.mdesc", tmp ? tmp : ".");
	snprintf(pattern, sizeof(pattern), "%s/firmware-descs/*/*.mdesc", src ? src : ".");
	load(pattern);
	snprintf(pattern, sizeof(pattern), "%s/tests/ok/*.mdesc", src ? src : ".");
	load(pattern);
	snprintf(pattern, sizeof(pattern), "%s/doc/language.md", src ? src : ".");
	tap(page_examples(pattern, add_example) > 20, "examples", "too few in %s", pattern);
	if (!tap(n_texts > 10, "descriptions", "only %zu below %s", n_texts, src ? src : "."))
		return tap_status();
	for (int damaged = 0; damaged < 2 && good; damaged++) {

		for (int i = 0; i < count && good; i++)
			good = run(seed + (uint64_t)i, damaged, &why);
		tap(good, damaged ? "damaged" : "shaken", "%s; it is in %s", why, path);
	}
	for (size_t i = 0; i < n_texts; i++)
		free(texts[i].p);
	return tap_status();
}

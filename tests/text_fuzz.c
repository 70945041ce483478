/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The compiler on damaged descriptions: all that are shipped and all good
 * examples, with words swapped, dropped, doubled and replaced, numbers changed,
 * bytes flipped. Each must end soon, in diagnostics or in outputs.
 *
 *	text_fuzz			the test
 *	text_fuzz SEED [COUNT]		others; the last one is left in $TMP/text_fuzz.mdesc
 */
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compile.h"
#include "fuzz.h"
#include "pages.h"
#include "tap.h"

enum { BATCH = 100, TEXT_MAX = 1 << 16, SECONDS = 60 };

/* Words that mean something, and numbers at the edges. */
static const char *const words[] = {
	"0", "1", "255", "65535", "65536", "0x7fffffff", "0x80000000", "0xffffffffffffffff", "-1",
	"u8", "u16", "u64", "s8", "be32", "le16", "bool", "mac", "raw16", "struct", "union", "{", "}",
	"(", ")", "[", "]", ";", ":", ",", "=", "@", "*", "..", "&&&", "_", "meta", "layout", "last",
	"default", "accept", "reject", "drop", "select", "extract", "switch", "packed", "reserved 1;",
	"word", "max", "else", "as", "lookahead(0, 8)", "present", "count", "offset", "length",
	"packet.length", "layout.id", "parser.error", "unit \"ns\"", "register u8 r;", "flag f;", "counter c max 2;",
	"counts", "start by", "subparser q(scope s) { start a; state a { accept; } }", "goto q(inner)", "scope",
	"within", "leave", "remaining", "advance", "mark m = cursor + 1;", "classify", "over", "alias", "derive",
	"valid", "takes", "config u8 g;", "config.g", "id at first chain be32 nibble", "layouts {", "since \"2\"",
	"until \"2\"", "if (release >= \"2\") {", "} else {", "errors", "inner.", "u8 x[4294967295];", "id 0",
	"/*", "//", "///", "\"", "\\", "\xc3\xa9", "\xff", "include \"std/headers.mdesc\";",
};

static uint64_t state;
static char *texts[256];
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
	for (size_t i = 0; i < g.gl_pathc && n_texts < 256; i++) {
		char *text = calloc(1, TEXT_MAX);
		FILE *f = fopen(g.gl_pathv[i], "r");
		size_t n = f && text ? fread(text, 1, TEXT_MAX / 2, f) : 0;

		if (f)
			fclose(f);
		if (n)
			texts[n_texts++] = text;
		else
			free(text);
	}
	globfree(&g);
}

static void add_example(const char *from, size_t n)
{
	char *text = n_texts < 256 && n < TEXT_MAX / 2 ? calloc(1, TEXT_MAX) : NULL;

	if (text)
		texts[n_texts++] = memcpy(text, from, n);
}

/* The word at a random place: its start, and its length in @n. */
static char *pick(char *text, size_t *n)
{
	size_t len = strlen(text);
	char *p = text + rnd((uint32_t)len + 1);

	while (p > text && p[-1] > ' ')
		p--;
	for (*n = 0; p[*n] > ' ' && *n < 64; (*n)++)
		;
	return p;
}

static void replace(char *text, char *at, size_t old, const char *by, size_t n)
{
	size_t tail = strlen(at + old) + 1;

	if ((size_t)(at - text) + n + tail >= TEXT_MAX)
		return;
	memmove(at + n, at + old, tail);
	memcpy(at, by, n);
}

static void damage(char *text)
{
	char copy[64], *a, *b;
	size_t n, m;

	a = pick(text, &n);
	switch (rnd(6)) {
	case 0:
		replace(text, a, n, "", 0);
		break;
	case 1:
		b = (char *)words[rnd(sizeof(words) / sizeof(words[0]))];
		replace(text, a, n, b, strlen(b));
		break;
	case 2:
		b = (char *)words[rnd(sizeof(words) / sizeof(words[0]))];
		replace(text, a, 0, b, strlen(b));
		break;
	case 3:		/* a word from elsewhere */
		b = pick(text, &m);
		memcpy(copy, b, m);
		replace(text, a, n, copy, m);
		break;
	case 4:
		if (*a)
			*a = (char)(rnd(255) + 1);
		break;
	default:	/* a piece of another description */
		b = pick(texts[rnd((uint32_t)n_texts)], &m);
		m = strlen(b) < 200 ? strlen(b) : rnd(200);
		replace(text, a, 0, b, m);
	}
}

/* One batch, in a process of its own. Leaves the description that it is at in @path. */
static void batch(const char *path, const char *include_dir, uint64_t seed, int count)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(null, STDOUT_FILENO);
	alarm(SECONDS);
	for (int i = 0; i < count; i++) {
		char text[TEXT_MAX];
		struct compiled c;
		struct out out;

		state = (seed + (uint64_t)i) * 0x9e3779b97f4a7c15ull + 1;
		rnd(1);
		memcpy(text, texts[rnd((uint32_t)n_texts)], TEXT_MAX);
		for (uint32_t k = rnd(4) + 1; k; k--)
			damage(text);
		write_file(path, text, strlen(text));
		if (compile_file(&c, path, include_dir)) {
			for (const struct mdc_emitter *e = mdc_emitters; e->name; e++) {
				compile_emit(&c, e->name, &out);
				out_free(&out);
			}
		}
		compile_free(&c);
	}
	_exit(0);
}

static bool run_batch(const char *path, const char *include_dir, uint64_t seed, int count)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		batch(path, include_dir, seed, count);
	if (pid > 0)
		waitpid(pid, &status, 0);
	/* the compiler itself exits with 2 where memory ends: it does not here */
	return pid > 0 && WIFEXITED(status) && !WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	const char *src = getenv("MDESC_SRC"), *tmp = getenv("TMP"), *mode = getenv("MDESC_TESTS");
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	int count = argc > 2 ? atoi(argv[2]) : mode && !strcmp(mode, "full") ? 20000 : 4000;
	char path[4096], include_dir[4096], pattern[4096];

	if (!src)
		src = ".";
	snprintf(include_dir, sizeof(include_dir), "%s/firmware-descs", src);
	snprintf(path, sizeof(path), "%s/text_fuzz.mdesc", tmp ? tmp : ".");
	snprintf(pattern, sizeof(pattern), "%s/firmware-descs/*/*.mdesc", src);
	load(pattern);
	snprintf(pattern, sizeof(pattern), "%s/tests/ok/*.mdesc", src);
	load(pattern);
	snprintf(pattern, sizeof(pattern), "%s/doc/language.md", src);
	tap(page_examples(pattern, add_example) > 20, "examples", "too few in %s", pattern);
	if (!tap(n_texts > 10, "descriptions", "only %zu below %s", n_texts, src))
		return tap_status();
	for (int done = 0; done < count; done += BATCH)
		if (!run_batch(path, include_dir, seed + (uint64_t)done, BATCH)) {
			tap(false, "damaged_text", "the compiler crashed or hung: text_fuzz %llu %d",
			    (unsigned long long)(seed + (uint64_t)done), BATCH);
			return tap_status();
		}
	tap(true, "damaged_text", " ");
	for (size_t i = 0; i < n_texts; i++)
		free(texts[i]);
	return tap_status();
}

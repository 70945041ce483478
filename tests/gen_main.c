/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Prints one random description, as the random tests see it; or writes many
 * into a folder, PREFIXSEED.mdesc each with that prefix, and tells in result
 * lines whether they hold every construct of the language.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

struct args {
	uint64_t seed, count;
	enum gen_kind kind;
	const char *prefix, *dir;
	bool seed_given;
};

static bool parse(struct args *a, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *end = NULL;

		if (!strcmp(argv[i], "--kind=layout"))
			a->kind = GEN_LAYOUT;
		else if (!strcmp(argv[i], "--kind=parser"))
			a->kind = GEN_PARSER;
		else if (!strcmp(argv[i], "--kind=both"))
			a->kind = GEN_BOTH;
		else if (!strncmp(argv[i], "--prefix=", 9))
			a->prefix = argv[i] + 9;
		else if (!strncmp(argv[i], "--count=", 8))
			a->count = strtoull(argv[i] + 8, &end, 0);
		else if (!strncmp(argv[i], "--dir=", 6))
			a->dir = argv[i] + 6;
		else if (a->seed_given || !argv[i][0])
			return false;
		else
			a->seed = strtoull(argv[i], &end, 0), a->seed_given = true;
		if (end && *end)
			return false;
	}
	return a->seed_given;
}

static int write_many(const struct args *a)
{
	static uint32_t counts[GEN_COVER_N];

	for (uint64_t i = a->seed; i < a->seed + a->count; i++) {
		char prefix[64], path[4096], *text;
		FILE *f;

		snprintf(prefix, sizeof(prefix), "%s%llu", a->prefix, (unsigned long long)i);
		snprintf(path, sizeof(path), "%s/%s.mdesc", a->dir, prefix);
		text = gen_description(i, a->kind, prefix, counts);
		f = fopen(path, "w");
		if (!f || fputs(text, f) < 0 || fclose(f)) {
			perror(path);
			return 2;
		}
		free(text);
	}
	return gen_report(counts, a->kind) != 0;
}

int main(int argc, char **argv)
{
	static uint32_t counts[GEN_COVER_N];
	struct args a = { .kind = GEN_BOTH, .prefix = "rnd", .count = 1 };
	char *text;

	if (!parse(&a, argc, argv)) {
		fprintf(stderr, "usage: gen SEED [--kind=layout|parser|both] [--prefix=NAME] [--dir=DIR --count=N]\n");
		return 2;
	}
	if (a.dir)
		return write_many(&a);
	text = gen_description(a.seed, a.kind, a.prefix, counts);
	fputs(text, stdout);
	free(text);
	return 0;
}

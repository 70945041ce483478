/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* gen SEED [--kind=layout|parser|both] [--prefix=NAME]: prints one random description, as the random tests see it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

int main(int argc, char **argv)
{
	static uint32_t counts[GEN_COVER_N];
	const char *prefix = "rnd", *seed = NULL;
	enum gen_kind kind = GEN_BOTH;
	char *text;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--kind=layout"))
			kind = GEN_LAYOUT;
		else if (!strcmp(argv[i], "--kind=parser"))
			kind = GEN_PARSER;
		else if (!strncmp(argv[i], "--prefix=", 9))
			prefix = argv[i] + 9;
		else if (strcmp(argv[i], "--kind=both"))
			seed = argv[i];
	}
	if (!seed) {
		fprintf(stderr, "usage: gen SEED [--kind=layout|parser|both] [--prefix=NAME]\n");
		return 2;
	}
	text = gen_description(strtoull(seed, NULL, 0), kind, prefix, counts);
	fputs(text, stdout);
	free(text);
	return 0;
}

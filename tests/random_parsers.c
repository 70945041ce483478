/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Writes each description to a file, random.mdesc, which stays: the last one is there to be looked at. */
#include "random_parsers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

void random_parsers(uint64_t seed, uint32_t count, uint32_t mutants,
		    bool (*one)(const char *name, struct compiled *c, uint32_t mutants, uint64_t seed))
{
	static uint32_t counts[GEN_COVER_N];
	char path[4096], name[64];
	bool more = true;

	own_path("random.mdesc", path, sizeof(path));
	for (uint64_t s = seed; s < seed + count && more; s++) {
		char *text = gen_description(s, s % 4 ? GEN_PARSER : GEN_BOTH, "rnd", counts);
		struct compiled c;

		write_file(path, text, strlen(text));
		free(text);
		snprintf(name, sizeof(name), "random parser %llu", (unsigned long long)s);
		if (compile_file(&c, path, NULL))
			more = one(name, &c, mutants, s);
		compile_free(&c);
	}
}

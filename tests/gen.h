/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The generator: a valid random description out of a seed, and counts of the
 * language's constructs that it holds. The same seed gives the same text.
 */
#ifndef TESTS_GEN_H
#define TESTS_GEN_H

#include <stdbool.h>
#include <stdint.h>

enum gen_kind {
	GEN_LAYOUT = 1,		/* types, metadata, descriptors, views; no parser */
	GEN_PARSER = 2,		/* headers, a parser, and metadata for it to write */
	GEN_BOTH = 3,
};

enum gen_cover {
#define COVER(id, kinds, text) COVER_##id,
#include "gen_cover.def"
#undef COVER
	GEN_COVER_N
};

struct gen_construct {
	const char *text;
	unsigned kinds;		/* of descriptions that have it: bits of enum gen_kind */
};
extern const struct gen_construct gen_constructs[GEN_COVER_N];

/* Text that the caller frees. @prefix: of all type names. Adds to @counts. */
char *gen_description(uint64_t seed, enum gen_kind kind, const char *prefix, uint32_t counts[GEN_COVER_N]);

/* Result lines: fails for each construct of these kinds that is not covered. Returns how many. */
int gen_report(const uint32_t counts[GEN_COVER_N], unsigned kinds);

/* Random numbers for tests: splitmix64. */
uint64_t gen_rand(uint64_t *state);

#endif

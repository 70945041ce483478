/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What tests with random input share: numbers that are the same for the same
 * seed everywhere, and files to damage.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The next state (xorshift), which is not 0 if *state was not; take its upper bits. */
static inline uint64_t fuzz_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

struct fuzz_file {
	unsigned char *data;
	size_t size;
};

/* Up to @most bytes, to be freed; the process ends where there are none to be had. */
static inline struct fuzz_file fuzz_read(const char *path, size_t most)
{
	FILE *f = fopen(path, "rb");
	struct fuzz_file b = { malloc(most), 0 };

	if (!f || !b.data) {
		perror(path);
		exit(99);
	}
	b.size = fread(b.data, 1, most, f);
	fclose(f);
	return b;
}

#endif /* TESTS_FUZZ_H */

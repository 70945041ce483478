/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Random parsers, compiled one after the other. */
#ifndef TESTS_RANDOM_PARSERS_H
#define TESTS_RANDOM_PARSERS_H

#include "compile.h"

/*
 * Calls @one for each of @count seeds from @seed on whose description compiles, every fourth of them one with layouts
 * of its own; until it says false.
 */
void random_parsers(uint64_t seed, uint32_t count, uint32_t mutants,
		    bool (*one)(const char *name, struct compiled *c, uint32_t mutants, uint64_t seed));

#endif

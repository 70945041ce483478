/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Random BPF objects with CO-RE relocations, and BTF that is more or less like
 * the object's: takes a seed, gives the bytes of both.
 */
#ifndef TESTS_CORE_GEN_H
#define TESTS_CORE_GEN_H

#include <stddef.h>
#include <stdint.h>

struct core_gen {
	void *obj;		/* an ELF object with one program, "p" */
	size_t obj_size;
	void *btf;		/* raw */
	size_t btf_size;
};

/* Returns 0, or -1 where this seed gives nothing. Free both with core_gen_free(). */
int core_gen(struct core_gen *g, uint64_t seed);
void core_gen_free(struct core_gen *g);

#endif /* TESTS_CORE_GEN_H */

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * States that lead to one another, the strongly connected components of a graph:
 * takes a function that gives a state's successors, calls another one for each
 * component, after those that it leads to.
 */
#ifndef MDESCC_COMPONENTS_H
#define MDESCC_COMPONENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum { COMPONENTS_NONE = UINT32_MAX, COMPONENTS_END = UINT32_MAX - 1 };

struct components {
	struct arena *arena;
	uint32_t n;		/* states: 0 to n - 1 */
	/* Successor @i of @s; COMPONENTS_NONE: this one is none, COMPONENTS_END: there are no more. */
	uint32_t (*next)(void *arg, uint32_t s, size_t i);
	/* @states[0..n-1] lead to one another; @loop: or one leads to itself. */
	void (*leave)(void *arg, const uint32_t *states, uint32_t n, bool loop);
	void *arg;
	uint32_t *of;		/* filled: by state, its component's number, from 1 on; 0: not left yet */
	uint32_t count;
};

/* All that can be reached from @start. */
void components_walk(struct components *c, uint32_t start);

#endif

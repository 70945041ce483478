/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The nodes of decision diagrams over keys, each of which is there once. */
#ifndef MDESCC_COVER_NODES_H
#define MDESCC_COVER_NODES_H

#include <stdint.h>

#include "arena.h"

struct cover_node { uint32_t bit, lo, hi; };

struct cover_nodes {
	struct arena *arena;
	VEC(struct cover_node) all;	/* the first are the ends, where no bit is asked for */
	uint32_t ends;
	uint32_t *hash;			/* node + 1; 0: free */
	uint32_t hash_size;
};

/* @ends: how many ends there are; they are nodes 0 to @ends - 1. */
void cover_nodes_init(struct cover_nodes *d, struct arena *arena, uint32_t ends);
/* Where @bit is asked for, and then @lo or @hi is meant. */
uint32_t cover_node(struct cover_nodes *d, uint32_t bit, uint32_t lo, uint32_t hi);

static inline uint32_t cover_mix(uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t h = (a * 0x9e3779b1u ^ b) * 0x85ebca6bu;

	h = (h ^ c ^ h >> 13) * 0xc2b2ae35u;
	return h ^ h >> 16;
}

#endif

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Nodes of decision diagrams: takes a bit and what is meant without and with it,
 * gives the one node that says so. Same meaning, same node.
 */
#include "cover_nodes.h"

#include "cube.h"

static uint32_t *find(struct cover_nodes *d, uint32_t bit, uint32_t lo, uint32_t hi)
{
	uint32_t h = cover_mix(bit, lo, hi), mask = d->hash_size - 1;

	for (; d->hash[h & mask]; h++) {
		const struct cover_node *n = &d->all.p[d->hash[h & mask] - 1];

		if (n->bit == bit && n->lo == lo && n->hi == hi)
			break;
	}
	return &d->hash[h & mask];
}

void cover_nodes_init(struct cover_nodes *d, struct arena *arena, uint32_t ends)
{
	*d = (struct cover_nodes){ .arena = arena, .ends = ends, .hash_size = 128 };
	d->hash = arena_array(arena, uint32_t, d->hash_size);
	vec_reserve(arena, &d->all, ends + 64);
	for (uint32_t i = 0; i < ends; i++)
		*vec_push(arena, &d->all) = (struct cover_node){ CUBE_BITS, i, i };
}

uint32_t cover_node(struct cover_nodes *d, uint32_t bit, uint32_t lo, uint32_t hi)
{
	uint32_t *slot;

	if (lo == hi)
		return lo;
	if (2 * d->all.n >= d->hash_size) {
		d->hash_size *= 2;
		d->hash = arena_array(d->arena, uint32_t, d->hash_size);
		for (uint32_t i = d->ends; i < d->all.n; i++)
			*find(d, d->all.p[i].bit, d->all.p[i].lo, d->all.p[i].hi) = i + 1;
	}
	slot = find(d, bit, lo, hi);
	if (!*slot) {
		*vec_push(d->arena, &d->all) = (struct cover_node){ bit, lo, hi };
		*slot = (uint32_t)d->all.n;
	}
	return *slot - 1;
}

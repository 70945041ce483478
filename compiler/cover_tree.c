/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a list of cubes means, without how it was written: the leaves of the decision tree that asks for the bits in
 * their order, and for none that changes nothing. Lists that mean the same have the same leaves.
 */
#include "cover_tree.h"

#include <string.h>

#define LEAVES_MAX	1024

/* Two halves that read the same but for the bit are one. */
static void reduce(struct cover_tree *t, size_t first, size_t second, unsigned int bit)
{
	size_t n = second - first;

	if (t->leaves.n - second != n)
		return;
	for (size_t i = 0; i < n; i++) {
		struct cube a = t->leaves.p[first + i].cube, b = t->leaves.p[second + i].cube;

		cube_free(&a, bit);
		cube_free(&b, bit);
		if (t->leaves.p[first + i].action != t->leaves.p[second + i].action || memcmp(&a, &b, sizeof(a)))
			return;
	}
	for (size_t i = first; i < second; i++)
		cube_free(&t->leaves.p[i].cube, bit);
	t->leaves.n = second;
}

/* The leaves of @region; @rows are those that meet it, up to the first that holds it. */
static void grow_tree(struct cover_tree *t, struct cube region, unsigned int bit, const uint32_t *rows, size_t n)
{
	uint32_t *some = arena_array(t->arena, uint32_t, n + 1);
	size_t kept = 0, first = t->leaves.n, second;
	bool same = true;

	if (t->steps < n + 1 || t->leaves.n >= LEAVES_MAX)
		t->too_many = true;
	if (t->too_many)
		return;
	t->steps -= n + 1;
	for (size_t i = 0; i < n; i++) {
		const struct cover_row *r = &t->c->rows[rows[i]];

		if (!cube_meets(&r->cube, &region))
			continue;
		some[kept++] = rows[i];
		same &= r->action == t->c->rows[some[0]].action;
		if (cube_holds(&r->cube, &region))
			break;
	}
	if (same || bit == t->c->bits) {
		*vec_push(t->arena, &t->leaves) = (struct cover_leaf){ region, t->c->rows[some[0]].action };
		return;
	}
	cube_set(&region, bit, false);
	grow_tree(t, region, bit + 1, some, kept);
	second = t->leaves.n;
	cube_set(&region, bit, true);
	grow_tree(t, region, bit + 1, some, kept);
	if (!t->too_many)
		reduce(t, first, second, bit);
}

bool cover_tree_make(struct cover_tree *t)
{
	uint32_t *all = arena_array(t->arena, uint32_t, t->c->n + 1);

	for (size_t i = 0; i < t->c->n; i++)
		all[i] = (uint32_t)i;
	grow_tree(t, (struct cube){ { 0 }, { 0 } }, 0, all, t->c->n);
	return !t->too_many;
}

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

/* The first bit from @bit on that one of the rows from @from on asks for. */
static unsigned int next_bit(const struct cover_tree *t, unsigned int bit, size_t from)
{
	uint64_t asked[CUBE_WORDS] = { 0 };

	for (size_t i = from; i < t->rows.n; i++)
		for (int k = 0; k < CUBE_WORDS; k++)
			asked[k] |= t->c->rows[t->rows.p[i]].cube.mask[k];
	while (bit < t->c->bits && !(asked[bit / 64] & cube_bit(bit)))
		bit++;
	return bit;
}

/* The leaves of @region; the @n rows from @from on are those that meet it, up to the first that holds it. */
static void grow_tree(struct cover_tree *t, struct cube region, unsigned int bit, size_t from, size_t n)
{
	size_t mine = t->rows.n, first = t->leaves.n, second;
	bool same = true;

	if (t->steps < n + 1 || t->leaves.n >= LEAVES_MAX)
		t->too_many = true;
	if (t->too_many)
		return;
	t->steps -= n + 1;
	for (size_t i = 0; i < n; i++) {
		uint32_t row = t->rows.p[from + i];
		const struct cover_row *r = &t->c->rows[row];

		if (!cube_meets(&r->cube, &region))
			continue;
		*vec_push(t->arena, &t->rows) = row;
		same &= r->action == t->c->rows[t->rows.p[mine]].action;
		if (cube_holds(&r->cube, &region))
			break;
	}
	bit = next_bit(t, bit, mine);
	if (same || bit == t->c->bits) {
		*vec_push(t->arena, &t->leaves) = (struct cover_leaf){ region, t->c->rows[t->rows.p[mine]].action };
		t->rows.n = mine;
		return;
	}
	n = t->rows.n - mine;
	cube_set(&region, bit, false);
	grow_tree(t, region, bit + 1, mine, n);
	second = t->leaves.n;
	cube_set(&region, bit, true);
	grow_tree(t, region, bit + 1, mine, n);
	t->rows.n = mine;
	if (!t->too_many)
		reduce(t, first, second, bit);
}

bool cover_tree_make(struct cover_tree *t)
{
	vec_reserve(t->arena, &t->rows, 4 * t->c->n + 16);
	for (size_t i = 0; i < t->c->n; i++)
		*vec_push(t->arena, &t->rows) = (uint32_t)i;
	grow_tree(t, (struct cube){ { 0 }, { 0 } }, 0, 0, t->c->n);
	return !t->too_many;
}

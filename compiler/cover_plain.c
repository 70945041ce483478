/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Long lists of single values over a default: no two rows meet, so what may be
 * left out and joined is seen at once. A value that stands there again, or does
 * what the default does, is left out; two rows of an action that differ in a bit
 * become one, bit after bit, as long as that finds any.
 */
#include "cover_plain.h"

#include <string.h>

#include "arena.h"

struct plain {
	struct cover_row *rows;
	size_t n;
	uint32_t *slots;	/* row + 1; 0: free */
	size_t size;		/* a power of 2 */
	bool *gone, *wider;	/* by row */
};

static uint32_t *find(const struct plain *p, const struct cube *c)
{
	size_t at = cube_hash(c, 0) & (p->size - 1);

	while (p->slots[at] && memcmp(&p->rows[p->slots[at] - 1].cube, c, sizeof(*c)))
		at = (at + 1) & (p->size - 1);
	return &p->slots[at];
}

bool cover_plain_may(const struct cover *c)
{
	if (c->n < 2 || cube_bits(&c->rows[c->n - 1].cube))
		return false;
	for (size_t i = 1; i + 1 < c->n; i++)
		if (memcmp(c->rows[i].cube.mask, c->rows[0].cube.mask, sizeof(c->rows[0].cube.mask)))
			return false;
	return true;
}

/* Each value once, as the first row with it has it. */
static void put_values(struct plain *p, const struct cover *c)
{
	size_t n = 0;

	for (size_t i = 0; i + 1 < c->n; i++) {
		uint32_t *slot = find(p, &c->rows[i].cube);

		if (*slot)
			continue;
		p->rows[p->n] = c->rows[i];
		*slot = (uint32_t)++p->n;
	}
	for (size_t i = 0; i < p->n; i++)
		if (p->rows[i].action != c->rows[c->n - 1].action)
			p->rows[n++] = p->rows[i];
	p->n = n;
}

/* Where a row has the bit 0: that of its action which differs in it only, plus 1; 0: there is none. */
static uint32_t neighbour(const struct plain *p, size_t i, unsigned int bit)
{
	struct cube other = p->rows[i].cube;
	uint32_t k;

	if (!cube_cares(&other, bit) || cube_has(&other, bit))
		return 0;
	cube_set(&other, bit, true);
	k = *find(p, &other);
	return k && p->rows[k - 1].action == p->rows[i].action ? k : 0;
}

/* Rows with the bit 0 take along those of their action with a 1. */
static bool join_over(struct plain *p, unsigned int bit)
{
	size_t n = 0, before = p->n;

	memset(p->slots, 0, p->size * sizeof(*p->slots));
	for (size_t i = 0; i < p->n; i++) {
		p->gone[i] = false;
		if (cube_cares(&p->rows[i].cube, bit))
			*find(p, &p->rows[i].cube) = (uint32_t)i + 1;
	}
	for (size_t i = 0; i < p->n; i++) {
		uint32_t k = neighbour(p, i, bit);

		if (!k)
			continue;
		p->gone[k - 1] = true;
		p->wider[i] = true;
	}
	for (size_t i = 0; i < p->n; i++) {
		if (p->wider[i])
			cube_free(&p->rows[i].cube, bit);
		p->wider[i] = false;
		if (!p->gone[i])
			p->rows[n++] = p->rows[i];
	}
	p->n = n;
	return n < before;
}

static struct plain begin(struct arena *a, const struct cover *c)
{
	struct plain p = { .size = 64 };

	while (p.size < 2 * c->n)
		p.size *= 2;
	p.slots = arena_array(a, uint32_t, p.size);
	p.rows = arena_array(a, struct cover_row, c->n);
	p.gone = arena_array(a, bool, c->n);
	p.wider = arena_array(a, bool, c->n);
	put_values(&p, c);
	return p;
}

/* Two rows of an action that differ in a bit. */
static bool any_neighbours(const struct plain *p, unsigned int bits)
{
	for (size_t i = 0; i < p->n; i++)
		for (unsigned int bit = 0; bit < bits; bit++)
			if (neighbour(p, i, bit))
				return true;
	return false;
}

bool cover_plain_is_least(struct arena *a, const struct cover *c)
{
	struct plain p;
	unsigned int width;

	if (!cover_plain_may(c))
		return false;
	width = cube_bits(&c->rows[0].cube);
	if (width < 32 && 4 * c->n > 1ull << width)
		return false;
	p = begin(a, c);
	return p.n + 1 == c->n && !any_neighbours(&p, c->bits);
}

bool cover_plain(struct arena *a, const struct cover *c, struct cover *shorter)
{
	struct plain p;
	bool more = true;

	if (!cover_plain_may(c))
		return false;
	p = begin(a, c);
	while (more) {
		more = false;
		for (unsigned int bit = c->bits; bit-- > 0;)
			more |= join_over(&p, bit);
	}
	p.rows[p.n++] = c->rows[c->n - 1];
	*shorter = *c;
	shorter->rows = p.rows;
	shorter->n = p.n;
	return true;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Minimised lists of rows: random lists of a few key bits decide on every key as they did, are no longer, and as long
 * whatever way they were written; and what is known to be the fewest.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "cover.h"
#include "fuzz.h"
#include "tap.h"

#define BITS	7
#define LISTS	3000
#define LONG_BITS	12
#define LONG_LISTS	12

static uint64_t seed = 0x6d64657363ull;

static uint32_t below(uint32_t n)
{
	return (uint32_t)((fuzz_next(&seed) >> 11) % n);
}

static uint32_t decide(const struct cover *c, uint32_t key)
{
	struct cube k = { { (uint64_t)key << (64 - c->bits) }, { ~0ull, ~0ull } };
	size_t i = 0;

	while (i + 1 < c->n && !cube_holds(&c->rows[i].cube, &k))
		i++;
	return c->rows[i].action;
}

static bool same(const struct cover *a, const struct cover *b)
{
	for (uint32_t key = 0; key < 1u << a->bits; key++)
		if (decide(a, key) != decide(b, key))
			return false;
	return true;
}

static struct cube random_cube(unsigned int bits)
{
	struct cube c = { { 0 }, { 0 } };
	uint32_t often = 1 + below(4);

	for (unsigned int i = 0; i < bits; i++)
		if (below(5) < often)
			cube_set(&c, i, below(2));
	return c;
}

static struct cover random_list(struct arena *a, unsigned int bits)
{
	struct cover c = { .n = 1 + below(12), .n_actions = 1 + below(4), .bits = bits };

	c.rows = arena_array(a, struct cover_row, c.n);
	for (size_t i = 0; i < c.n; i++)
		c.rows[i] = (struct cover_row){ random_cube(bits), below(c.n_actions) };
	memset(&c.rows[c.n - 1].cube, 0, sizeof(struct cube));
	return c;
}

/* The same meaning, written differently: rows split in two, superfluous ones behind those that hold them. */
static struct cover rewritten(struct arena *a, const struct cover *c)
{
	struct cover r = { .n_actions = c->n_actions, .bits = c->bits };

	r.rows = arena_array(a, struct cover_row, c->n * 4);
	for (size_t i = 0; i < c->n; i++) {
		struct cover_row row = c->rows[i];
		unsigned int bit = below(c->bits);

		if (below(2) && !cube_cares(&row.cube, bit)) {
			cube_set(&row.cube, bit, false);
			r.rows[r.n++] = row;
			if (below(2))
				r.rows[r.n++] = (struct cover_row){ row.cube, below(c->n_actions) };
			cube_set(&row.cube, bit, true);
		}
		r.rows[r.n++] = row;
	}
	memset(&r.rows[r.n].cube, 0, sizeof(struct cube));
	r.rows[r.n++].action = c->rows[c->n - 1].action;
	return r;
}

/* Single values over a default: fewer rows than where any row is tried are not missed. */
static struct cover random_values(struct arena *a)
{
	struct cover c = { .n = 2 + below(9), .n_actions = 1 + below(4), .bits = BITS };

	c.rows = arena_array(a, struct cover_row, c.n);
	for (size_t i = 0; i + 1 < c.n; i++) {
		c.rows[i].action = below(c.n_actions);
		for (unsigned int k = 0; k < BITS; k++)
			cube_set(&c.rows[i].cube, k, below(2));
	}
	c.rows[c.n - 1].action = c.n_actions++;
	return c;
}

static void value_lists(void)
{
	int wrong = 0, longer = 0;

	for (int n = 0; n < LISTS / 4; n++) {
		struct arena *a = arena_new();
		struct cover c = random_values(a), twice, less, less_twice;

		/* the same with a row that says nothing new: no longer a plain list of values */
		twice = (struct cover){ .n = c.n + 1, .n_actions = c.n_actions, .bits = c.bits };
		twice.rows = arena_array(a, struct cover_row, twice.n);
		memcpy(twice.rows, c.rows, (c.n - 1) * sizeof(*c.rows));
		twice.rows[c.n - 1] = (struct cover_row){ c.rows[0].cube, c.rows[c.n - 1].action };
		cube_free(&twice.rows[c.n - 1].cube, 0);
		twice.rows[c.n] = c.rows[c.n - 1];
		less = cover_minimise(a, &c, 1 << 20);
		less_twice = cover_minimise(a, &twice, 1 << 20);
		wrong += !same(&c, &less) || !same(&c, &less_twice);
		longer += less.n > less_twice.n;
		arena_free(a);
	}
	tap(!wrong, "values_keep_their_meaning", "%d of %d lists decide differently", wrong, LISTS / 4);
	tap(!longer, "values_as_few", "%d of %d lists are longer than what was found in another way", longer,
	    LISTS / 4);
}

/* Longer than lists are of which the meaning is read: values, some of them twice, some with what the default does. */
static void long_lists(void)
{
	static uint8_t seen[1u << LONG_BITS];
	int wrong = 0, longer = 0;

	for (int n = 0; n < LONG_LISTS; n++) {
		struct arena *a = arena_new();
		struct cover c = { .n = 1100 + below(1500), .n_actions = 1 + below(4), .bits = LONG_BITS }, less;
		size_t needed = 1;

		memset(seen, 0, sizeof(seen));
		c.rows = arena_array(a, struct cover_row, c.n);
		for (size_t i = 0; i + 1 < c.n; i++) {
			uint32_t key = below(1u << LONG_BITS), bits = below(4) ? key : i & ((1u << LONG_BITS) - 1);

			for (unsigned int k = 0; k < LONG_BITS; k++)
				cube_set(&c.rows[i].cube, k, bits >> (LONG_BITS - 1 - k) & 1);
			c.rows[i].action = below(c.n_actions);
			needed += !seen[bits] && c.rows[i].action;
			seen[bits] = 1;
		}
		less = cover_minimise(a, &c, 1 << 12);
		wrong += !same(&c, &less);
		longer += less.n > needed;
		arena_free(a);
	}
	tap(!wrong, "long_lists_keep_their_meaning", "%d of %d lists decide differently", wrong, LONG_LISTS);
	tap(!longer, "long_lists_have_no_more_than_they_need", "%d of %d lists have", longer, LONG_LISTS);
}

static void random_lists(void)
{
	size_t before = 0, after = 0, other = 0;
	int wrong = 0, longer = 0, unequal = 0, missed = 0, differ = 0;

	for (int n = 0; n < LISTS; n++) {
		struct arena *a = arena_new();
		struct cover c = random_list(a, 1 + below(BITS)), r = rewritten(a, &c), x, less, less_r;
		struct cube key;

		less = cover_minimise(a, &c, 1 << 20);
		less_r = cover_minimise(a, &r, 1 << 20);
		wrong += !same(&c, &less) || !same(&c, &less_r);
		longer += less.n > c.n;
		unequal += cover_equal(a, &c, &less, &key, 1 << 20) != 1;
		differ += less.n != less_r.n;
		/* one row changed: shown to be so where it is */
		x = random_list(a, c.bits);
		x.n_actions = c.n_actions;
		if (cover_equal(a, &c, &x, &key, 1 << 20) != same(&c, &x))
			missed++;
		before += c.n;
		after += less.n;
		other += less_r.n;
		arena_free(a);
	}
	tap(!wrong, "meaning_stays", "%d of %d lists decide differently", wrong, LISTS);
	tap(!longer, "never_longer", "%d of %d lists are longer", longer, LISTS);
	tap(!unequal, "shown_equal", "%d of %d are not shown to be equal", unequal, LISTS);
	tap(!missed, "differences_found", "%d of %d differences are not found, or where there are none", missed,
	    LISTS);
	tap(after * 10 < before * 9, "shorter", "%zu rows of %zu are left", after, before);
	/* an exact search would make them equal: here the most may not differ */
	tap(differ * 20 <= LISTS, "written_differently", "%d of %d lists, %zu rows and %zu", differ, LISTS, after,
	    other);
}

struct want { const char *name; unsigned int bits; size_t rows; const char *const *text; };

/* ACTION:PATTERN, patterns of 0, 1 and -; the fewest rows that do. */
static const struct want wants[] = {
	{ "neighbours", 4, 2, (const char *const[]){ "a:0000", "a:0001", "a:0011", "a:0010", "b:----", NULL } },
	{ "complement", 4, 2, (const char *const[]){ "a:0---", "a:10--", "a:110-", "a:1110", "b:----", NULL } },
	{ "exception", 4, 3, (const char *const[]){
		"a:0000", "a:0001", "a:0010", "a:0011", "a:0100", "b:0101", "a:0110", "a:0111", "c:----", NULL } },
	{ "commonest", 3, 2, (const char *const[]){ "a:000", "a:011", "b:101", "a:---", NULL } },
	{ "shadowed", 3, 2, (const char *const[]){ "a:0--", "b:00-", "b:---", NULL } },
	{ "range", 8, 7, (const char *const[]){
		"a:000000--", "a:00000100", "b:00000101", "b:0000011-", "b:00001---", "b:0001----", "b:001-----",
		"b:01------", "b:10------", "b:11000---", "b:11001000", "a:--------", NULL } },
	{ "all", 3, 1, (const char *const[]){ "a:0--", "a:1--", "b:---", NULL } },
	{ "vlan_tags", 16, 3, (const char *const[]){
		"a:1000000100000000", "a:1001000100000000", "a:1001001000000000", "a:1001001100000000",
		"b:----------------", NULL } },
};

static void known(const struct want *w)
{
	struct arena *a = arena_new();
	struct cover c = { .n_actions = 3, .bits = w->bits }, less;

	c.rows = arena_array(a, struct cover_row, 32);
	for (; w->text[c.n]; c.n++) {
		const char *s = w->text[c.n];

		c.rows[c.n].action = (uint32_t)(s[0] - 'a');
		for (unsigned int i = 0; i < w->bits; i++)
			if (s[2 + i] != '-')
				cube_set(&c.rows[c.n].cube, i, s[2 + i] == '1');
	}
	less = cover_minimise(a, &c, 1 << 20);
	tap(less.n <= w->rows && same(&c, &less), w->name, "%zu rows, %zu do", less.n, w->rows);
	arena_free(a);
}

int main(void)
{
	random_lists();
	value_lists();
	long_lists();
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
		known(&wants[i]);
	return tap_status();
}

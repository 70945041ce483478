/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The search for the shortest list of rows: on keys of three and four bits it finds as few as there are, which is
 * counted here by trying all lists; on longer keys what it gives means the same, and is no longer than what it got;
 * more steps never give more rows.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "cover_exact.h"
#include "fuzz.h"
#include "tap.h"

#define MANY	(UINT64_C(1) << 40)	/* steps: it ends before */

static uint64_t seed = 0x6578616374ull;

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

/* Any action for each key; the last row names its key, too. */
static struct cover random_function(struct arena *a, unsigned int bits)
{
	struct cover c = { .n = 1u << bits, .n_actions = 1 + below(4), .bits = bits };
	uint32_t often = below(4);	/* the first action */

	c.rows = arena_array(a, struct cover_row, c.n);
	for (uint32_t key = 0; key < c.n; key++) {
		for (unsigned int i = 0; i < bits; i++)
			cube_set(&c.rows[key].cube, i, key >> (bits - 1 - i) & 1);
		c.rows[key].action = below(4) < often ? 0 : below(c.n_actions);
	}
	return c;
}

static struct cover random_list(struct arena *a, unsigned int bits)
{
	struct cover c = { .n = 1 + below(10), .n_actions = 1 + below(4), .bits = bits };

	c.rows = arena_array(a, struct cover_row, c.n);
	for (size_t i = 0; i < c.n; i++) {
		for (unsigned int k = 0; k < bits && i + 1 < c.n; k++)
			if (below(2))
				cube_set(&c.rows[i].cube, k, below(2));
		c.rows[i].action = below(c.n_actions);
	}
	return c;
}

/* ---- all lists ---- */

#define KEYS_MAX	16
#define CUBES_MAX	81

/* As sets of keys. */
static size_t all_cubes(unsigned int bits, uint32_t *cubes)
{
	uint32_t keys = 1u << bits;
	size_t n = 0;

	for (uint32_t mask = 0; mask < keys; mask++)
		for (uint32_t value = 0; value < keys; value++) {
			if (value & ~mask)
				continue;
			cubes[n] = 0;
			for (uint32_t key = 0; key < keys; key++)
				cubes[n] |= (uint32_t)((key & mask) == value) << key;
			n++;
		}
	return n;
}

/*
 * The fewest rows, by what a list of so many rows may have decided: from each set of keys, each row that gives no
 * key that comes to it another action than its own leads to the next.
 */
static size_t fewest(const struct cover *c)
{
	static uint8_t rows[1u << KEYS_MAX];	/* + 1, of the shortest list that decides the set */
	static uint32_t sets[1u << KEYS_MAX];
	uint32_t cubes[CUBES_MAX], of[KEYS_MAX] = { 0 }, all = (uint32_t)((1ull << (1u << c->bits)) - 1);
	size_t n_cubes = all_cubes(c->bits, cubes), n = 1;

	for (uint32_t key = 0; key < 1u << c->bits; key++)
		of[decide(c, key)] |= 1u << key;
	memset(rows, 0, sizeof(rows));
	rows[0] = 1;
	sets[0] = 0;
	for (size_t i = 0; i < n && !rows[all]; i++)
		for (size_t k = 0; k < n_cubes; k++) {
			uint32_t decides = cubes[k] & ~sets[i], next = sets[i] | decides;
			bool one = false;

			for (uint32_t action = 0; action < c->n_actions; action++)
				one |= !(decides & ~of[action]);
			if (!one || rows[next])
				continue;
			rows[next] = rows[sets[i]] + 1;
			sets[n++] = next;
		}
	return rows[all] - 1u;
}

static void compare_with_all(unsigned int bits, int lists, const char *name)
{
	int wrong = 0, unequal = 0, open = 0, shorter = 0;

	for (int n = 0; n < lists; n++) {
		struct arena *a = arena_new();
		struct cover c = below(2) ? random_function(a, bits) : random_list(a, bits), less, least;
		uint64_t steps = MANY;
		bool more;

		less = cover_minimise(a, &c, 1 << 20);
		least = cover_exact(a, n % 2 ? &less : &c, &steps, &more);	/* from either */
		wrong += !same(&c, &least);
		unequal += least.n != fewest(&c);
		open += more;
		shorter += least.n < less.n;
		arena_free(a);
	}
	tap(!wrong && !unequal && !open, name, "of %d lists %d mean something else, %d are not as short as they "
	    "can be, %d are not shown to be", lists, wrong, unequal, open);
	printf("# %s: %d of %d are shorter than without the search\n", name, shorter, lists);
}

/* ---- longer keys, and fewer steps ---- */

static void more_steps(int lists)
{
	int wrong = 0, longer = 0, worse = 0, took = 0;

	for (int n = 0; n < lists; n++) {
		struct arena *a = arena_new();
		struct cover c = random_list(a, 5 + below(3)), less = cover_minimise(a, &c, 1 << 20);
		size_t before = less.n;

		for (uint64_t given = 0; given <= 1 << 14; given = given ? given * 4 : 1) {
			uint64_t steps = given;
			bool more;
			struct cover least = cover_exact(a, &less, &steps, &more);

			wrong += !same(&c, &least);
			longer += least.n > less.n;
			worse += least.n > before;
			took += steps > given || (more && steps);
			before = least.n;
		}
		arena_free(a);
	}
	tap(!wrong, "meaning_stays", "%d lists of %d mean something else", wrong, lists);
	tap(!longer, "never_longer", "%d lists of %d", longer, lists);
	tap(!worse, "more_steps_no_more_rows", "%d lists of %d", worse, lists);
	tap(!took, "steps_are_counted", "%d lists of %d", took, lists);
}

/* Keys of all the bits that there are: a few wide values of some actions. */
static void wide_keys(int lists)
{
	int unequal = 0, longer = 0;

	for (int n = 0; n < lists; n++) {
		struct arena *a = arena_new();
		struct cover c = random_list(a, 4), wide = c, least, less;
		unsigned int apart = 1 + below(CUBE_BITS / 4);
		uint64_t steps = 1 << 13;
		bool more;

		wide.bits = CUBE_BITS;
		for (size_t i = 0; i < c.n; i++)
			for (unsigned int bit = 4; bit-- > 0;) {
				struct cube *cube = &wide.rows[i].cube;
				bool cares = cube_cares(cube, bit), has = cube_has(cube, bit);

				cube_free(cube, bit);
				if (cares)
					cube_set(cube, bit * apart, has);
			}
		less = cover_minimise(a, &wide, 1 << 20);
		least = cover_exact(a, &less, &steps, &more);
		unequal += cover_equal(a, &wide, &least, NULL, 1 << 20) != 1;
		longer += least.n > less.n;
		arena_free(a);
	}
	tap(!unequal, "wide_keys_mean_the_same", "%d lists of %d do not", unequal, lists);
	tap(!longer, "wide_keys_never_longer", "%d lists of %d are", longer, lists);
}

/* Three rows do, where each move by itself gives no fewer than four. */
static void known(void)
{
	static const char *const rows[] = { "1:-1----", "1:00-100", "0:-----0", "1:------" };
	struct arena *a = arena_new();
	struct cover c = { .n = 4, .n_actions = 2, .bits = 6 }, less, least;
	uint64_t steps = MANY;
	bool more;

	c.rows = arena_array(a, struct cover_row, c.n);
	for (size_t i = 0; i < c.n; i++) {
		c.rows[i].action = (uint32_t)(rows[i][0] - '0');
		for (unsigned int k = 0; k < c.bits; k++)
			if (rows[i][2 + k] != '-')
				cube_set(&c.rows[i].cube, k, rows[i][2 + k] == '1');
	}
	less = cover_minimise(a, &c, 1 << 20);
	least = cover_exact(a, &less, &steps, &more);
	tap(least.n == 3 && !more && same(&c, &least), "known", "%zu rows", least.n);
	arena_free(a);
}

int main(void)
{
	compare_with_all(3, 400, "fewest_of_three_bits");
	compare_with_all(4, 60, "fewest_of_four_bits");
	known();
	more_steps(150);
	wide_keys(200);
	return tap_status();
}

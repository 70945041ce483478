/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Rows that can match together: what table_pairs.c finds by splitting, against all pairs compared one by one, on random
 * rows: few and many, of one mask and of many, that meet often and seldom.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "table_pairs.h"
#include "tap.h"

enum { ROWS_MAX = 300, ROUNDS = 400 };

struct set {
	struct mdc_table_row rows[ROWS_MAX];
	const struct mdc_table_row *list[ROWS_MAX];
	uint64_t bits[ROWS_MAX][5];	/* value, mask, result */
};

static bool differ(const void *ctx, const struct mdc_table_row *a, const struct mdc_table_row *b)
{
	(void)ctx;
	return a->result[0] != b->result[0];
}

static void fill(struct set *s, uint32_t n, uint64_t *state)
{
	uint64_t masks[4], wide = fuzz_next(state) % 3;

	for (int i = 0; i < 4; i++)
		masks[i] = fuzz_next(state) & fuzz_next(state) & 0xffff;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t *b = s->bits[i];

		b[2] = wide ? masks[fuzz_next(state) % 4] : fuzz_next(state) & 0xffff;
		b[3] = wide == 2 ? fuzz_next(state) & fuzz_next(state) : 0;
		b[0] = fuzz_next(state) & b[2];
		b[1] = fuzz_next(state) & b[3];
		b[4] = fuzz_next(state) % 3;
		s->rows[i] = (struct mdc_table_row){ .value = b, .mask = b + 2, .result = b + 4 };
		s->list[i] = &s->rows[i];
	}
}

static bool meets(const struct mdc_table_row *a, const struct mdc_table_row *b)
{
	return !((a->value[0] ^ b->value[0]) & a->mask[0] & b->mask[0]) &&
	       !((a->value[1] ^ b->value[1]) & a->mask[1] & b->mask[1]);
}

/* Rows flagged otherwise than all pairs say. */
static uint32_t wrong(const struct set *s, uint32_t n, bool later, bool only_differ, uint32_t *found)
{
	bool flags[ROWS_MAX] = { false }, want[ROWS_MAX] = { false };
	struct table_pairs p = { .rows = (const struct mdc_table_row **)(uintptr_t)s->list, .chunks = 2,
				 .later = later, .flags = flags };
	uint32_t bad = 0;

	p.differ = only_differ ? differ : NULL;
	mdc_table_pairs(&p, n);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = i + 1; k < n; k++)
			if (meets(s->list[i], s->list[k]) && (!only_differ || differ(NULL, s->list[i], s->list[k])))
				want[later ? k : i] = true;
	for (uint32_t i = 0; i < n; i++) {
		bad += flags[i] != want[i];
		*found += want[i];
	}
	return bad;
}

int main(void)
{
	uint64_t state = 0x9e3779b97f4a7c15u;
	uint32_t bad = 0, found = 0, rows = 0;
	struct set *s = malloc(sizeof(*s));

	if (!s)
		abort();
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t n = fuzz_next(&state) % (round % 2 ? ROWS_MAX : 20);

		fill(s, n, &state);
		bad += wrong(s, n, round % 3 == 0, round % 5 < 2, &found);
		rows += n;
	}
	free(s);
	tap(!bad, "as all pairs say", "%u rows are not", bad);
	tap(found > rows / 20 && found < rows - rows / 20, "some meet, some do not", "%u of %u meet", found, rows);
	return tap_status();
}

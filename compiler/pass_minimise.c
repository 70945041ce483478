/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass: the rows of each state by themselves, as few as cover.c finds. Key bytes, and which of them must lie in
 * the packet, stay what they are; only what a row compares changes, and which rows there are. What two rows do is
 * the same if they are alike but for that.
 */
#include <string.h>

#include "arena.h"
#include "cover.h"
#include "mdescc.h"
#include "passes.h"
#include "rows.h"

#define STEPS_STATE	(1u << 20)
#define STEPS_ROW	4096

struct minimise {
	struct arena *arena, *scratch;
	const struct mdc_rows *old;
	VEC(struct mdc_row) rows;
	uint32_t first, n;	/* of the state at hand */
};

/* Of one state: all but the key, which is what stands in front of the flags. */
static bool same_action(const struct mdc_row *a, const struct mdc_row *b)
{
	return !memcmp(&a->f.flags, &b->f.flags, sizeof(a->f) - offsetof(struct mdesc_fmt_row, flags)) &&
	       a->f.state_mask == b->f.state_mask;
}

static struct cube cube_of(const struct mdesc_fmt_row *r)
{
	struct cube c = { { 0 }, { 0 } };

	for (int i = 0; i < MDESC_FMT_KEY_MAX; i++) {
		c.value[i / 8] |= (uint64_t)r->key_value[i] << (56 - i % 8 * 8);
		c.mask[i / 8] |= (uint64_t)r->key_mask[i] << (56 - i % 8 * 8);
	}
	return c;
}

static void put_cube(struct mdesc_fmt_row *r, const struct cube *c)
{
	for (int i = 0; i < MDESC_FMT_KEY_MAX; i++) {
		r->key_value[i] = (uint8_t)(c->value[i / 8] >> (56 - i % 8 * 8));
		r->key_mask[i] = (uint8_t)(c->mask[i / 8] >> (56 - i % 8 * 8));
	}
}

static unsigned int bits_of(const struct mdc_row *rows, uint32_t n)
{
	int bytes = 0;

	for (uint32_t i = 0; i < n; i++)
		for (int k = bytes; k < MDESC_FMT_KEY_MAX; k++)
			if (rows[i].f.key_mask[k])
				bytes = k + 1;
	return (unsigned int)bytes * 8;
}

/* The state's rows as a list; which row stands for an action in @of. */
static struct cover to_cover(struct arena *a, const struct mdc_row *rows, uint32_t n, uint32_t *of)
{
	struct cover c = { .rows = arena_array(a, struct cover_row, n), .n = n, .bits = bits_of(rows, n) };

	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = c.n_actions;

		/* from the last: arms of one action often stand together */
		while (k && !same_action(&rows[of[k - 1]], &rows[i]))
			k--;
		if (!k) {
			of[c.n_actions++] = i;
			k = c.n_actions;
		}
		c.rows[i] = (struct cover_row){ cube_of(&rows[i].f), k - 1 };
	}
	return c;
}

static void minimise_state(struct minimise *m)
{
	const struct mdc_row *rows = m->old->rows + m->first;
	struct arena *scratch = m->scratch;
	uint32_t *of = arena_array(scratch, uint32_t, m->n);
	struct cover c = to_cover(scratch, rows, m->n, of), less;

	less = cover_minimise(scratch, &c, STEPS_STATE + (uint64_t)m->n * STEPS_ROW);
	for (size_t i = 0; i < less.n; i++) {
		struct mdc_row *r = vec_push(m->arena, &m->rows);

		*r = rows[of[less.rows[i].action]];
		put_cube(&r->f, &less.rows[i].cube);
	}
	arena_empty(scratch);
}

const struct mdc_rows *mdc_pass_minimise(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct minimise m = { .arena = ctx->arena, .scratch = arena_new(), .old = rows };
	struct mdc_rows *out;

	vec_reserve(m.arena, &m.rows, rows->n_rows + 1);
	for (uint32_t i = 0; i < rows->n_rows; i += m.n) {
		m.first = i;
		m.n = 1;
		while (i + m.n < rows->n_rows && rows->rows[i + m.n].f.state == rows->rows[i].f.state)
			m.n++;
		if (m.n > 1)
			minimise_state(&m);
		else
			*vec_push(m.arena, &m.rows) = rows->rows[i];
	}
	arena_free(m.scratch);
	if (m.rows.n == rows->n_rows)
		return rows;
	out = arena_new_of(ctx->arena, struct mdc_rows);
	*out = *rows;
	out->rows = m.rows.p;
	out->n_rows = (uint32_t)m.rows.n;
	return out;
}

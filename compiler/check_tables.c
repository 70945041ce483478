/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The rows of raw tables against each other, stage by stage. Where the first
 * match wins: rows that earlier ones leave nothing to. Where there are no
 * priorities: rows that match the same key and do different things. A row is a
 * cube; which rows meet at all is found first, then what is left of one is taken
 * apart along the cubes before it. Bounded work: where that is used up, only rows that one other row holds are found.
 */
#include "arena.h"
#include "check.h"
#include "table.h"
#include "table_pairs.h"

#define WORK_MAX	(20u << 20)	/* comparisons for a stage, to take rows apart */
#define HOLD_MAX	(1u << 28)	/* and of pairs */
#define SHOWN_MAX	4
#define OVERLAPS_MAX	256	/* rows with errors; each costs a look at all */

struct stage {
	struct mdc_ctx *ctx;
	const struct mdc_table *t;
	const struct mdc_table_row **rows;	/* that can match */
	uint32_t n, chunks;
	uint64_t work;
	uint64_t *scratch;		/* value and mask for each level of covered() */
};

static bool meets(const struct stage *s, const uint64_t *av, const uint64_t *am, const struct mdc_table_row *b)
{
	for (uint32_t i = 0; i < s->chunks; i++)
		if ((av[i] ^ b->value[i]) & am[i] & b->mask[i])
			return false;
	return true;
}

/* Does @a match all that @b does? */
static bool holds(const struct stage *s, const struct mdc_table_row *a, const struct mdc_table_row *b)
{
	for (uint32_t i = 0; i < s->chunks; i++)
		if ((a->mask[i] & ~b->mask[i]) | ((a->value[i] ^ b->value[i]) & a->mask[i]))
			return false;
	return true;
}

/* Is all of this cube in the rows @from to @end? Each level fixes a bit more: @level is at most the key's bits. */
static bool covered(struct stage *s, const uint64_t *value, const uint64_t *mask, uint32_t from, uint32_t end,
		    uint32_t level)
{
	uint64_t *v = s->scratch + (size_t)level * 2 * s->chunks, *m = v + s->chunks;
	const struct mdc_table_row *q;

	for (;; from++) {
		if (from == end || s->work >= WORK_MAX)
			return false;
		s->work++;
		if (meets(s, value, mask, s->rows[from]))
			break;
	}
	q = s->rows[from];
	memcpy(v, value, s->chunks * sizeof(*v));
	memcpy(m, mask, s->chunks * sizeof(*m));
	for (uint32_t i = 0; i < s->chunks; i++) {
		for (uint64_t rest = q->mask[i] & ~mask[i]; rest; rest &= rest - 1) {
			uint64_t bit = rest & -rest;

			m[i] |= bit;
			v[i] = (v[i] & ~bit) | (~q->value[i] & bit);
			if (!covered(s, v, m, from + 1, end, level + 1))
				return false;
			v[i] ^= bit;
		}
	}
	return true;
}

static const char *name(const struct stage *s, const struct mdc_table_row *row)
{
	return mdc_table_row_name(s->ctx->arena, s->t, row);
}

static void report_shadow(struct stage *s, uint32_t row, uint32_t holder)
{
	const struct mdc_table_row *r = s->rows[row];
	struct diag *d = diag(s->ctx, CHK_shadowed_row, r->loc, "row %s never matches", name(s, r));
	uint32_t shown = 0;

	if (!d)
		return;
	if (r->loop)
		diag_note(d, "where %s", r->loop);
	if (holder < row)
		diag_label(d, s->rows[holder]->loc, "%s matches all that it does", name(s, s->rows[holder]));
	for (uint32_t i = 0; holder == row && i < row && shown < SHOWN_MAX; i++) {
		if (!meets(s, r->value, r->mask, s->rows[i]))
			continue;
		diag_label(d, s->rows[i]->loc, "%s takes a part", name(s, s->rows[i]));
		shown++;
	}
	diag_note(d,
		  "the row with the lowest number that matches is taken: give this one a lower number, or remove it");
}

static bool same_result(const struct stage *s, const struct mdc_table_row *a, const struct mdc_table_row *b)
{
	uint32_t chunks = 0;

	for (uint32_t i = 0; i < s->t->n_results; i++)
		chunks += mdc_chunks(s->t->results[i]->bits);
	return !memcmp(a->result, b->result, chunks * sizeof(*a->result));
}

static bool other_result(const void *ctx, const struct mdc_table_row *a, const struct mdc_table_row *b)
{
	return !same_result(ctx, a, b);
}

/* By row: it meets one before it; else (@before not set) one behind it that does something else. */
static const bool *meeting(struct stage *s, bool before)
{
	struct table_pairs p = { .rows = s->rows, .chunks = s->chunks, .later = before, .ctx = s };

	if (!before)
		p.differ = other_result;
	p.flags = arena_array(s->ctx->arena, bool, s->n + 1);
	mdc_table_pairs(&p, s->n);
	return p.flags;
}

static void find_shadows(struct stage *s)
{
	const bool *meets_one = meeting(s, true);
	uint64_t pairs = 0;

	for (uint32_t i = 1; i < s->n && pairs < HOLD_MAX; i++) {
		uint32_t k = 0;

		if (!meets_one[i])
			continue;
		while (k < i && !holds(s, s->rows[k], s->rows[i]))
			k++;
		pairs += k;
		if (k < i || covered(s, s->rows[i]->value, s->rows[i]->mask, 0, i, 0))
			report_shadow(s, i, k);
	}
}

/* All rows with which row @i overlaps, in one error; those behind it only, so that a pair is said once. */
static void find_overlaps(struct stage *s, uint32_t i)
{
	const struct mdc_table_row *r = s->rows[i];
	struct diag *d = NULL;
	uint32_t n = 0;

	for (uint32_t k = i + 1; k < s->n; k++) {
		if (!meets(s, r->value, r->mask, s->rows[k]) || same_result(s, r, s->rows[k]))
			continue;
		if (!n++) {
			d = diag(s->ctx, CHK_row_overlap, r->loc,
				 "row %s can match together with others, and they do different things", name(s, r));
			diag_note(d, "table '%s' has no priorities: make what they match exclude each other",
				  s->t->name);
		}
		diag_label(d, s->rows[k]->loc, "%s matches some of the same keys%s%s", name(s, s->rows[k]),
			   s->rows[k]->loop ? ", where " : "", s->rows[k]->loop ? s->rows[k]->loop : "");
		if (n == 8)
			break;
	}
}

static void check_stage(struct stage *s)
{
	const bool *overlaps;
	uint32_t shown = 0;

	if (!s->t->match_one) {
		find_shadows(s);
		return;
	}
	overlaps = meeting(s, false);
	for (uint32_t i = 0; i < s->n && shown < OVERLAPS_MAX; i++) {
		if (!overlaps[i])
			continue;
		find_overlaps(s, i);
		shown++;
	}
}

void check_tables(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	if (diag_errors(ctx))	/* rows are missing then */
		return;
	for (uint32_t i = 0; i < m->n_tables; i++) {
		const struct mdc_table *t = m->tables[i];
		struct stage s = { .ctx = ctx, .t = t };
		uint32_t at = 0;

		if (!t->key)
			continue;
		s.chunks = mdc_chunks(t->key->bits);
		s.rows = arena_array(ctx->arena, const struct mdc_table_row *, t->n_list + 1);
		s.scratch = arena_array(ctx->arena, uint64_t, (size_t)(t->key->bits + 1) * 2 * s.chunks + 1);
		while (at < t->n_list) {
			uint32_t stage = t->list[at]->stage;

			s.n = s.work = 0;
			for (; at < t->n_list && t->list[at]->stage == stage; at++)
				if (t->list[at]->matches && !t->list[at]->disabled)
					s.rows[s.n++] = t->list[at];
			check_stage(&s);
		}
	}
}

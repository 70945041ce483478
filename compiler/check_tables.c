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
#define OVERLAPS_MAX	256	/* rows with errors; each costs a look at all */
#define ERRORS_MAX	50

struct stage {
	struct mdc_ctx *ctx;
	const struct mdc_table *t;
	const struct mdc_table_row **rows;	/* that can match */
	uint32_t n, chunks;
	uint64_t work;
	uint64_t *scratch;		/* value and mask for each level of covered() */
	bool lowered;			/* of the rows that were there, those that the parser's shadow */
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
	const struct mdc_table_row **rows;
	uint32_t n = 0;

	if (!d)
		return;
	rows = arena_array(s->ctx->arena, const struct mdc_table_row *, row + 1);
	if (r->loop)
		diag_note(d, "where %s", r->loop);
	if (holder < row)
		mdc_label_rows(d, s->t, s->ctx->arena, &s->rows[holder], 1, "matches all that it does", "");
	for (uint32_t i = 0; holder == row && i < row; i++)
		if (meets(s, r->value, r->mask, s->rows[i]))
			rows[n++] = s->rows[i];
	mdc_label_rows(d, s->t, s->ctx->arena, rows, n, "takes a part", "take a part each");
	diag_note(d, "the row with the %s number that matches is taken: give this one a %s number, or remove it",
		  s->t->match_last ? "highest" : "lowest", s->t->match_last ? "higher" : "lower");
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

/* Of a table with a parser's rows: this one is none of them, and one before it that it meets is. */
static bool from_parser(const struct stage *s, uint32_t i)
{
	const struct mdc_table_row *r = s->rows[i];

	for (uint32_t k = 0; k < i && !r->of_parser; k++)
		if (s->rows[k]->of_parser && meets(s, r->value, r->mask, s->rows[k]))
			return true;
	return false;
}

static void find_shadows(struct stage *s)
{
	const bool *meets_one = meeting(s, true);
	uint64_t pairs = 0;

	for (uint32_t i = 1; i < s->n && pairs < HOLD_MAX; i++) {
		uint32_t k = 0;

		if (!meets_one[i] || (s->lowered && !from_parser(s, i)))
			continue;
		while (k < i && !holds(s, s->rows[k], s->rows[i]))
			k++;
		pairs += k;
		if (k < i || covered(s, s->rows[i]->value, s->rows[i]->mask, 0, i, 0))
			report_shadow(s, i, k);
	}
}

/* Rows that row @i overlaps, in the table's order. */
static uint32_t partners(const struct stage *s, uint32_t i, const bool *said, uint32_t *to)
{
	const struct mdc_table_row *r = s->rows[i];
	uint32_t n = 0;

	for (uint32_t k = 0; k < s->n; k++)
		if (k != i && !said[k] && meets(s, r->value, r->mask, s->rows[k]) && !same_result(s, r, s->rows[k]))
			to[n++] = k;
	return n;
}

static void report_overlap(struct stage *s, uint32_t i, const uint32_t *with, uint32_t n)
{
	const struct mdc_table_row *r = s->rows[i];
	struct diag *d = diag(s->ctx, CHK_row_overlap, r->loc,
			      "row %s can match together with others, and they do different things", name(s, r));
	const struct mdc_table_row **rows = arena_array(s->ctx->arena, const struct mdc_table_row *, n + 1);

	for (uint32_t k = 0; k < n; k++)
		rows[k] = s->rows[with[k]];
	if (r->loop)
		diag_note(d, "where %s", r->loop);
	mdc_label_rows(d, s->t, s->ctx->arena, rows, n, "matches some of the same keys", "match some of the same keys");
	diag_note(d, "table '%s' has no priorities: make what they match exclude each other", s->t->name);
}

/*
 * Each pair once, in as few errors as is easy: the row that overlaps the most others first, among those that are
 * looked at, which are the first rows that overlap one behind them, and what these overlap.
 */
static void find_overlaps(struct stage *s, const uint32_t *first, uint32_t n)
{
	bool *said = arena_array(s->ctx->arena, bool, s->n + 1), *look = arena_array(s->ctx->arena, bool, s->n + 1);
	uint32_t *with = arena_array(s->ctx->arena, uint32_t, s->n + 1);
	uint32_t *count = arena_array(s->ctx->arena, uint32_t, s->n + 1), looked = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t m = partners(s, first[i], said, with);

		look[first[i]] = true;
		for (uint32_t k = 0; k < m && looked < OVERLAPS_MAX; k++) {
			looked += !look[with[k]];
			look[with[k]] = true;
		}
	}
	for (uint32_t i = 0; i < s->n; i++)
		count[i] = look[i] ? partners(s, i, said, with) : 0;
	for (uint32_t errors = 0; errors < ERRORS_MAX; errors++) {
		uint32_t most = 0, m;

		for (uint32_t i = 1; i < s->n; i++)
			if (count[i] > count[most])
				most = i;
		if (!count[most])
			return;
		m = partners(s, most, said, with);
		report_overlap(s, most, with, m);
		said[most] = true;
		count[most] = 0;
		for (uint32_t k = 0; k < m; k++)
			count[with[k]] -= count[with[k]] != 0;
	}
}

static void check_stage(struct stage *s)
{
	uint32_t *first = arena_array(s->ctx->arena, uint32_t, OVERLAPS_MAX + 1), n = 0;
	const bool *overlaps;

	if (!s->t->match_one) {
		find_shadows(s);
		return;
	}
	overlaps = meeting(s, false);
	for (uint32_t i = 0; i < s->n && n < OVERLAPS_MAX; i++)
		if (overlaps[i])
			first[n++] = i;
	if (n)
		find_overlaps(s, first, n);
}

/* What counts first stands first. */
static void turn_round(struct stage *s)
{
	for (uint32_t i = 0; i < s->n / 2; i++) {
		const struct mdc_table_row *row = s->rows[i];

		s->rows[i] = s->rows[s->n - 1 - i];
		s->rows[s->n - 1 - i] = row;
	}
}

static void check_table(struct mdc_ctx *ctx, const struct mdc_table *t, bool lowered)
{
	struct stage s = { .ctx = ctx, .t = t, .lowered = lowered };
	uint32_t at = 0;

	if (!t->key)
		return;
	s.chunks = mdc_chunks(t->key->bits);
	s.rows = arena_array(ctx->arena, const struct mdc_table_row *, t->n_list + 1);
	s.scratch = arena_array(ctx->arena, uint64_t, (size_t)(t->key->bits + 1) * 2 * s.chunks + 1);
	while (at < t->n_list) {
		uint32_t stage = t->list[at]->stage;

		s.n = s.work = 0;
		for (; at < t->n_list && t->list[at]->stage == stage; at++)
			if (t->list[at]->matches && !t->list[at]->disabled)
				s.rows[s.n++] = t->list[at];
		if (t->match_last)
			turn_round(&s);
		check_stage(&s);
	}
}

void check_tables(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	if (diag_errors(ctx))	/* rows are missing then */
		return;
	for (uint32_t i = 0; i < m->n_tables; i++)
		check_table(ctx, m->tables[i], false);
}

void mdc_check_lowered(struct mdc_ctx *ctx, const struct mdc_table *t)
{
	check_table(ctx, t, true);
}

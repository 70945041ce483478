/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * --stats: takes rows as each pass leaves them, notes what they take of the
 * machine, and shows it: a table for people, or one JSON object a line. Only
 * reads the rows.
 */
#include "stats.h"

#include <inttypes.h>
#include <string.h>

#include "arena.h"
#include "diag.h"
#include "model.h"
#include "rows.h"

struct mdc_stats {
	VEC(struct mdc_row_stats) passes;
};

/* ---- counting ---- */

/* Bits that tell so many apart. */
static uint32_t bits_for(uint32_t n)
{
	uint32_t bits = 0;

	while (bits < 32 && n > UINT64_C(1) << bits)
		bits++;
	return bits;
}

static uint64_t hash_ops(const struct mdesc_fmt_op *ops, uint32_t n)
{
	const unsigned char *p = (const unsigned char *)ops;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n * sizeof(*ops); i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* Different lists of operations: rows that do the same share one. */
static void count_lists(struct mdc_ctx *ctx, const struct mdc_rows *r, struct mdc_row_stats *s)
{
	uint32_t size = 16;
	uint32_t *slots;	/* row + 1 */

	while (size < 2 * r->n_rows)
		size *= 2;
	slots = arena_array(ctx->arena, uint32_t, size);
	for (uint32_t i = 0; i < r->n_rows; i++) {
		const struct mdesc_fmt_row *row = &r->rows[i].f;
		const struct mdesc_fmt_op *ops = &r->ops[row->op_first];
		uint32_t at = (uint32_t)hash_ops(ops, row->op_count) & (size - 1);

		if (!row->op_count)
			continue;
		for (; slots[at]; at = (at + 1) & (size - 1)) {
			const struct mdesc_fmt_row *o = &r->rows[slots[at] - 1].f;

			if (o->op_count == row->op_count &&
			    !memcmp(&r->ops[o->op_first], ops, row->op_count * sizeof(*ops)))
				break;
		}
		if (slots[at])
			continue;
		slots[at] = i + 1;
		s->lists++;
		s->ops += row->op_count;
	}
}

/* Of the bytes that rows of one state compare. */
static uint32_t widest_key(struct arena *a, const struct mdc_rows *r)
{
	uint32_t *compared = arena_array(a, uint32_t, r->n_states + 1), most = 0;

	for (uint32_t i = 0; i < r->n_rows; i++) {
		const struct mdesc_fmt_row *row = &r->rows[i].f;
		uint32_t *bytes = &compared[row->state], n;

		for (uint32_t k = 0; k < MDESC_FMT_KEY_MAX; k++)
			*bytes |= row->key_mask[k] ? 1u << k : 0;
		n = (uint32_t)__builtin_popcount(*bytes) * 8;
		most = n > most ? n : most;
	}
	return most;
}

void mdc_stats_add(struct mdc_ctx *ctx, const char *pass, const struct mdc_rows *rows)
{
	struct mdc_row_stats s = { .pass = pass };

	if (ctx->opt.stats == MDC_STATS_NONE || !rows || !rows->model->parser.name)
		return;
	if (!ctx->stats)
		ctx->stats = arena_new_of(ctx->arena, struct mdc_stats);
	for (uint32_t i = 0; i < rows->n_rows; i++)
		s.defaults += mdc_row_is_default(&rows->rows[i]);
	s.rows = rows->n_rows - s.defaults;
	s.states = rows->n_states;
	s.key_bits = widest_key(ctx->arena, rows);
	count_lists(ctx, rows, &s);
	s.tcam_bits = (uint64_t)s.rows * (bits_for(s.states) + s.key_bits) * 2;
	s.lookups = mdc_depth(ctx->arena, rows);
	*vec_push(ctx->arena, &ctx->stats->passes) = s;
}

/* ---- showing ---- */

static void show_text(const struct mdc_ctx *ctx, const struct mdc_model *m, FILE *to)
{
	const struct mdc_target *t = &m->target;

	fprintf(to, "parser %s for target %s, -O%d", m->parser.name, t->name, ctx->opt.level);
	if (ctx->release)
		fprintf(to, ", release %s", ctx->release);
	fprintf(to, "\n  %-12s %8s %8s %8s %8s %10s %8s %10s %8s\n", "pass", "rows", "defaults", "states", "key bits",
		"operations", "in lists", "TCAM bits", "look-ups");
	for (size_t i = 0; i < ctx->stats->passes.n; i++) {
		const struct mdc_row_stats *s = &ctx->stats->passes.p[i];

		fprintf(to, "  %-12s %8" PRIu32 " %8" PRIu32 " %8" PRIu32 " %8" PRIu32 " %10" PRIu32 " %8" PRIu32
			" %10" PRIu64 " %8" PRIu32 "\n", s->pass, s->rows, s->defaults, s->states, s->key_bits, s->ops,
			s->lists, s->tcam_bits, s->lookups);
	}
	fprintf(to, "  %-12s %8" PRIu32 " %8s %8" PRIu32 " %8" PRIu32 "\n", "the target", t->rows,
		t->defaults ? "yes" : "no", t->states, t->key_bytes * 8);
}

static void show_json(const struct mdc_ctx *ctx, const struct mdc_model *m, FILE *to)
{
	fputs("{\"stats\":", to);
	diag_json_string(m->parser.name, to);
	fputs(",\"target\":", to);
	diag_json_string(m->target.name, to);
	fputs(",\"release\":", to);
	if (ctx->release)
		diag_json_string(ctx->release, to);
	else
		fputs("null", to);
	fprintf(to, ",\"level\":%d,\"limits\":{\"rows\":%" PRIu32 ",\"states\":%" PRIu32 ",\"key_bits\":%" PRIu32
		"},\"passes\":[", ctx->opt.level, m->target.rows, m->target.states, m->target.key_bytes * 8);
	for (size_t i = 0; i < ctx->stats->passes.n; i++) {
		const struct mdc_row_stats *s = &ctx->stats->passes.p[i];

		fprintf(to, "%s{\"pass\":\"%s\",\"rows\":%" PRIu32 ",\"defaults\":%" PRIu32 ",\"states\":%" PRIu32,
			i ? "," : "", s->pass, s->rows, s->defaults, s->states);
		fprintf(to, ",\"key_bits\":%" PRIu32 ",\"operations\":%" PRIu32 ",\"lists\":%" PRIu32, s->key_bits,
			s->ops, s->lists);
		fprintf(to, ",\"tcam_bits\":%" PRIu64 ",\"lookups\":%" PRIu32 "}", s->tcam_bits, s->lookups);
	}
	fputs("]}\n", to);
}

void mdc_stats_show(struct mdc_ctx *ctx, const struct mdc_model *model, FILE *to)
{
	if (!ctx->stats)
		return;
	if (ctx->opt.stats == MDC_STATS_JSON)
		show_json(ctx, model, to);
	else
		show_text(ctx, model, to);
	ctx->stats = NULL;
}

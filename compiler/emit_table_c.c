/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The rows of all raw tables as C arrays: one header that stands alone, in user
 * space and in the kernel, in C and in C++. Words are numbers, so the driver
 * writes them with the accessor of its register's order; the comments of rows
 * come along.
 */
#include <inttypes.h>
#include <strings.h>

#include "arena.h"
#include "emit_common.h"
#include "out.h"
#include "table.h"

struct c_rows {
	struct mdc_ctx *ctx;
	const struct mdc_model *m;
	const struct mdc_table *t;
	const char *name, *upper;	/* "acme_kpu" */
	struct out *out;
};

/* A row's documentation, a line for each of its own. */
static void put_doc(struct c_rows *c, const char *doc, const char *indent)
{
	const char *end;

	for (; doc && *doc; doc = *end ? end + 1 : end) {
		end = doc + strcspn(doc, "\n");
		out_printf(c->out, "%s/* %s */\n", indent,
			   mdc_plain_comment(c->ctx->arena, arena_strndup(c->ctx->arena, doc, (size_t)(end - doc))));
	}
}

static void put_words(struct c_rows *c, const struct mdc_table_row *row, uint64_t *words, const char *indent)
{
	const struct mdc_table *t = c->t;
	int digits = (int)t->word_bits / 4;
	uint32_t a_line = t->word_bits == 64 ? 3 : t->word_bits == 32 ? 6 : 8;

	mdc_table_encode(t, row, words);
	out_printf(c->out, "%s{ ", indent);
	for (uint32_t w = 0; w < t->row_words; w++) {
		if (w && w % a_line == 0)
			out_printf(c->out, "\n%s  ", indent);
		out_printf(c->out, "0x%0*" PRIx64 "%s,%s", digits, words[w], t->word_bits == 64 ? "ull" : "",
			   w + 1 == t->row_words || (w + 1) % a_line == 0 ? "" : " ");
	}
	out_puts(c->out, " },\n");
}

static void put_rows(struct c_rows *c)
{
	const struct mdc_table *t = c->t;
	uint64_t *words = arena_array(c->ctx->arena, uint64_t, t->row_words + 1);
	const char *indent = t->staged ? "\t\t" : "\t";
	struct mdc_table_row none = { 0 };

	out_printf(c->out, "static const uint%u_t %s_rows%s[%s_ROWS][%s_WORDS] __attribute__((__unused__)) = {\n",
		   t->word_bits, c->name, t->staged ? arena_printf(c->ctx->arena, "[%s_STAGES]", c->upper) : "",
		   c->upper, c->upper);
	for (uint32_t s = t->first_stage; s < t->first_stage + t->n_stages; s++) {
		out_puts(c->out, t->staged ? "\t{\n" : "");
		for (uint32_t i = 0; i < t->rows; i++) {
			const struct mdc_table_row *row = mdc_table_row_at(t, s, i);

			none.stage = s;
			none.number = i;
			out_printf(c->out, "%s/* %s%s */\n", indent,
				   mdc_table_row_name(c->ctx->arena, t, row ? row : &none),
				   !row ? ": none" : row->kind == MDC_ROW_RESERVED ? ": reserved" : "");
			put_doc(c, row ? row->doc : NULL, indent);
			put_words(c, row, words, indent);
		}
		out_puts(c->out, t->staged ? "\t},\n" : "");
	}
	out_puts(c->out, "};\n\n");
}

/* Which rows are there: bit i % 32 of word i / 32. */
static void put_bitmap(struct c_rows *c)
{
	const struct mdc_table *t = c->t;
	uint32_t words = (t->rows + 31) / 32;

	out_printf(c->out, "/* Rows that are there and not disabled: bit N %% 32 of word N / 32. */\n"
		   "static const uint32_t %s_enabled%s[%u] __attribute__((__unused__)) = {\n", c->name,
		   t->staged ? arena_printf(c->ctx->arena, "[%s_STAGES]", c->upper) : "", words);
	for (uint32_t s = t->first_stage; s < t->first_stage + t->n_stages; s++) {
		out_puts(c->out, t->staged ? "\t{" : "\t");
		for (uint32_t w = 0; w < words; w++) {
			uint32_t bits = 0;

			for (uint32_t i = 32 * w; i < 32 * (w + 1) && i < t->rows; i++) {
				const struct mdc_table_row *row = mdc_table_row_at(t, s, i);

				bits |= (uint32_t)(row && mdc_table_enabled(t, row)) << i % 32;
			}
			out_printf(c->out, "%s0x%08x,", w && w % 8 == 0 ? "\n\t" : w || t->staged ? " " : "", bits);
		}
		out_puts(c->out, t->staged ? " },\n" : "\n");
	}
	out_puts(c->out, "};\n\n");
}

static void put_table(struct c_rows *c)
{
	const struct mdc_table *t = c->t;

	out_printf(c->out, "/* ---- table %s ---- */\n\n", t->name);
	put_doc(c, t->doc, "");
	if (t->staged)
		out_printf(c->out, "#define %s_FIRST_STAGE %u\n#define %s_STAGES %u\n", c->upper, t->first_stage,
			   c->upper,
			   t->n_stages);
	out_printf(c->out, "#define %s_ROWS %u\n#define %s_WORDS %u\n#define %s_KEY_WORDS %u\n\n", c->upper, t->rows,
		   c->upper, t->row_words, c->upper, t->key_words);
	if (!t->row_words)
		return;
	put_rows(c);
	put_bitmap(c);
}

/* "acme_kpu", of a table `kpu`; of `acme_kpu`, too, unless both are there. */
static const char *c_name(struct c_rows *c, const char *prefix)
{
	size_t n = strlen(prefix);
	const char *name = c->t->name;

	if (strncasecmp(name, prefix, n) || name[n] != '_')
		return arena_printf(c->ctx->arena, "%s_%s", prefix, name);
	for (uint32_t i = 0; i < c->m->n_tables; i++)
		if (!strcasecmp(c->m->tables[i]->name, name + n + 1))
			return arena_printf(c->ctx->arena, "%s_%s", prefix, name);
	return name;
}

int mdc_emit_rows_c(struct mdc_ctx *ctx, const struct mdc_model *model, const struct mdc_rows *rows,
		    struct out *out)
{
	struct c_rows c = { .ctx = ctx, .m = model, .out = out };
	const char *prefix = model->device.prefix ? model->device.prefix : "mdesc", *guard;

	(void)rows;
	if (!mdc_tables_there(ctx, model))
		return -1;
	guard = arena_printf(ctx->arena, "%s_ROWS_H", mdc_upper(ctx->arena, prefix));
	out_printf(out, "/* SPDX-License-Identifier: %s */\n",
		   model->device.license ? mdc_plain_comment(ctx->arena, model->device.license) : "BSD-2-Clause");
	out_printf(out, "/* Rows of raw tables, made by mdescc. */\n#ifndef %s\n#define %s\n\n", guard, guard);
	out_puts(out, "#ifdef __KERNEL__\n#include <linux/types.h>\n#else\n#include <stdint.h>\n#endif\n\n");
	for (uint32_t i = 0; i < model->n_tables; i++) {
		c.t = model->tables[i];
		c.name = c_name(&c, prefix);
		c.upper = mdc_upper(ctx->arena, c.name);
		put_table(&c);
	}
	out_printf(out, "#endif /* %s */\n", guard);
	return 0;
}

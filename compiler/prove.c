/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Rows and what of the model they need, as the prover's plain tables. */
#include "prove.h"

#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "describe.h"
#include "diag.h"
#include "image.h"
#include "literal.h"
#include "model.h"

static void put_classes(struct arena *a, const struct mdc_rows *rows, struct sym_tables *t)
{
	const struct mdc_parser *p = &rows->model->parser;
	struct mdesc_fmt_class *classes = arena_array(a, struct mdesc_fmt_class, p->n_classes + 1);
	struct mdesc_fmt_class_row *lines = arena_array(a, struct mdesc_fmt_class_row, rows->n_class_lines + 1);

	for (uint32_t i = 0; i < p->n_classes; i++) {
		const struct mdc_class_table *c = &rows->classes[i];

		classes[i] = (struct mdesc_fmt_class){
			.op_first = c->op_first, .op_count = c->op_count, .row_first = c->row_first,
			.row_count = c->row_count, .otherwise = p->classes[i]->otherwise,
			.key_bits = (uint16_t)c->key_bits, .bits = p->classes[i]->bits,
		};
	}
	for (uint32_t i = 0; i < rows->n_class_lines; i++)
		lines[i] = rows->class_lines[i].f;
	t->classes = classes;
	t->n_classes = p->n_classes;
	t->class_rows = lines;
	t->n_class_rows = rows->n_class_lines;
}

static void put_model(struct arena *a, const struct mdc_rows *rows, struct sym_tables *t)
{
	const struct mdc_model *m = rows->model;
	struct mdesc_fmt_header *headers = arena_array(a, struct mdesc_fmt_header, m->parser.n_instances + 1);
	struct mdesc_fmt_register *regs = arena_array(a, struct mdesc_fmt_register, m->parser.n_registers + 1);
	struct mdesc_fmt_layout *layouts = arena_array(a, struct mdesc_fmt_layout, m->n_metadata + 1);
	struct mdesc_fmt_source *sources = arena_array(a, struct mdesc_fmt_source, m->n_sources + 1);

	for (uint32_t i = 0; i < m->parser.n_instances; i++)
		headers[i] = image_header(m->parser.instances[i]);
	for (uint32_t i = 0; i < m->parser.n_registers; i++)
		regs[i] = (struct mdesc_fmt_register){
			.bit = (uint16_t)m->parser.registers[i]->bit, .bits = m->parser.registers[i]->bits,
			.kind = (uint8_t)m->parser.registers[i]->kind,
		};
	for (uint32_t i = 0; i < m->n_metadata; i++)
		layouts[i] = (struct mdesc_fmt_layout){
			.kind = MDESC_LAYOUT_METADATA, .size = m->layouts[i]->size,
			.op_first = rows->layout_op_first[i], .op_count = rows->layout_op_count[i],
		};
	for (uint32_t i = 0; i < m->n_sources; i++)
		sources[i].bits = m->sources[i]->bits;
	*t = (struct sym_tables){
		.steps = m->target.steps, .headers = headers, .n_headers = m->parser.n_instances,
		.registers = regs, .n_registers = m->parser.n_registers, .layouts = layouts,
		.n_layouts = m->n_metadata, .sources = sources, .n_sources = m->n_sources,
	};
}

struct sym_tables mdc_prove_tables(struct arena *a, const struct mdc_rows *rows)
{
	struct mdesc_fmt_state *states = arena_array(a, struct mdesc_fmt_state, rows->n_states + 1);
	struct mdesc_fmt_row *row = arena_array(a, struct mdesc_fmt_row, rows->n_rows + 1);
	struct sym_tables t;

	put_model(a, rows, &t);
	put_classes(a, rows, &t);
	for (uint32_t i = 0; i < rows->n_states; i++)
		states[i] = rows->states[i].f;
	for (uint32_t i = 0; i < rows->n_rows; i++)
		row[i] = rows->rows[i].f;
	t.start = rows->start;
	t.states = states;
	t.n_states = rows->n_states;
	t.rows = row;
	t.n_rows = rows->n_rows;
	t.keys = rows->keys;
	t.n_keys = rows->n_keys;
	t.ops = rows->ops;
	t.n_ops = rows->n_ops;
	return t;
}

enum sym_verdict mdc_prove_rows(const struct mdc_rows *a, const struct mdc_rows *b, uint64_t steps,
				struct sym_answer *answer)
{
	struct arena *arena = arena_new();
	struct sym_tables x = mdc_prove_tables(arena, a), y = mdc_prove_tables(arena, b);
	struct sym_opts opts = { .steps = steps };

	sym_prove(&x, &y, &opts, answer);
	arena_free(arena);
	return answer->verdict;
}

/* ---- --prove ---- */

#define HEADERS_SAID	24	/* of a packet */

static const char *hex(struct arena *a, const struct sym_packet *p)
{
	char *text = arena_alloc(a, 2 * (size_t)p->len + 1);

	for (uint32_t i = 0; i < p->len; i++)
		sprintf(text + 2 * (size_t)i, "%02x", p->data[i]);
	return p->len ? text : "(of no bytes)";
}

static const char *sources(struct arena *a, const struct mdc_model *m, const struct sym_packet *p)
{
	const char *text = "";

	for (uint32_t i = 0; i < p->n_sources && i < m->n_sources; i++)
		if (p->sources[i])
			text = arena_printf(a, "%s%s%s=0x%llx", text, *text ? " " : "; sources: ", m->sources[i]->name,
					    (unsigned long long)p->sources[i]);
	return text;
}

static const char *verdict(struct arena *a, const struct mdc_model *m, const struct sym_result *r)
{
	const char *name;

	if (r->dropped)
		return "dropped";
	if (!r->error)
		return "accepted";
	name = describe_code(a, &m->parser, (uint16_t)r->error);
	if (*name >= '0' && *name <= '9')	/* it has none */
		return arena_printf(a, "rejected: %s", name);
	return arena_printf(a, "rejected: %s (%u)", name, r->error);
}

/* "rejected: truncated (1), headers ethernet, vlan[1]; metadata acme_rx 0000" */
static const char *result(struct arena *a, const struct mdc_model *m, const struct sym_tables *t,
			  const struct sym_packet *p)
{
	struct sym_header headers[HEADERS_SAID];
	struct sym_result r = { .headers = headers };
	const char *text;
	char *meta;

	if (!sym_run(t, p, &r, HEADERS_SAID))
		return "out of memory";
	text = arena_printf(a, "%s, headers%s", verdict(a, m, &r), r.n_headers ? "" : " none");
	for (uint32_t i = 0; i < r.n_headers && i < HEADERS_SAID; i++) {
		const struct sym_header *h = &headers[i];

		text = arena_printf(a, t->headers[h->header].capacity ? "%s%s %s[%u]" : "%s%s %s", text, i ? "," : "",
				    m->parser.instances[h->header]->name, h->elem);
	}
	if (r.n_headers > HEADERS_SAID)
		text = arena_printf(a, "%s, ...", text);
	if (!r.meta_size || r.layout >= m->n_metadata)
		return text;
	meta = arena_alloc(a, 2 * sizeof(r.meta) + 1);
	for (uint32_t i = 0; i < r.meta_size && i < sizeof(r.meta); i++)
		sprintf(meta + 2 * (size_t)i, "%02x", r.meta[i]);
	return arena_printf(a, "%s, metadata %s %s", text, m->layouts[r.layout]->name, meta);
}

/* @who ("the pass 'merge'") has made @after of @before. */
static bool prove(struct mdc_ctx *ctx, const char *pass, const char *who, const struct sym_tables *before,
		  const struct mdc_rows *rows)
{
	struct sym_tables after = mdc_prove_tables(ctx->arena, rows);
	struct sym_opts opts = { .steps = ctx->opt.prove_steps };
	struct sym_answer x;
	enum sym_verdict v;

	sym_prove(before, &after, &opts, &x);
	v = x.verdict;
	if (v == SYM_DIFFERENT)
		diags_say(ctx->diags, "prove",
			  arena_printf(ctx->arena, "before: %s; after: %s",
				       result(ctx->arena, rows->model, before, &x.packet),
				       result(ctx->arena, rows->model, &after, &x.packet)),
			  "%s has changed what is done with the packet %s%s: this is a fault of mdescc, not of the "
			  "description%s", who, hex(ctx->arena, &x.packet), sources(ctx->arena, rows->model, &x.packet),
			  strcmp(pass, "lower") && ctx->opt.level ? "; with -O0 there are fewer passes" : "");
	else if (v == SYM_UNKNOWN)
		diags_say(ctx->diags, "prove", "--prove-steps gives it more",
			  "whether %s has kept what is done with packets is not known after %llu steps: %s", who,
			  (unsigned long long)x.steps, x.why);
	else if (ctx->opt.prove == MDC_PROVE_TELL)
		fprintf(stderr, "proved: %s: %u rows of %u states do the same as %u rows of %u states did; %llu pairs "
			"of states, %llu cubes, %llu steps\n", pass, after.n_rows, after.n_states, before->n_rows,
			before->n_states, (unsigned long long)x.pairs, (unsigned long long)x.cubes,
			(unsigned long long)x.steps);
	sym_free(&x);
	return v == SYM_EQUAL;
}

bool mdc_prove_pass(struct mdc_ctx *ctx, const char *pass, const struct mdc_rows *before,
		    const struct mdc_rows *after)
{
	struct sym_tables t;

	if (before == after)
		return true;
	t = mdc_prove_tables(ctx->arena, before);
	return prove(ctx, pass, arena_printf(ctx->arena, "the pass '%s'", pass), &t, after);
}

bool mdc_prove_lower(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct sym_tables t;
	const char *why;

	if (!rows->model->parser.name)
		return true;
	if (mdc_literal(ctx->arena, rows->model, &t, &why))
		return prove(ctx, "lower", "the lowering", &t, rows);
	diags_say(ctx->diags, "prove", NULL, "whether the lowering has kept what the description says is not known: %s",
		  why);
	return false;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes the model's headers, parser and writers, gives their part of the dump.
 * An expression is written with the width of every value behind a colon where
 * the language's rules alone decide it.
 */
#include "dump.h"

#include <inttypes.h>

#include "describe.h"

/* ---- expressions ---- */

static const char *number(struct arena *a, uint64_t v)
{
	return arena_printf(a, v < 10 ? "%" PRIu64 : "0x%" PRIx64, v);
}

static const char *packet_text(struct arena *a, const struct mdc_x *x)
{
	const char *order = x->kind == MDC_X_BYTES ? "bytes" : dump_order(x->order);

	return arena_printf(a, "%s{%" PRIu32 "+%" PRIu32 " %s}",
			    describe_bits(a, x->inst, x->elem, x->bit, x->width), x->bit, x->width, order);
}

static const char *x_text(struct arena *a, const struct mdc_x *x)
{
	switch (x->kind) {
	case MDC_X_CONST:
		return number(a, x->imm);
	case MDC_X_SOURCE:
		return x->source->name;
	case MDC_X_PACKET:
	case MDC_X_BYTES:
		return packet_text(a, x);
	case MDC_X_OFFSET:
		return arena_printf(a, "offset(%s)", describe_elem(a, x->inst, x->elem));
	case MDC_X_LENGTH:
		return arena_printf(a, "length(%s)", describe_elem(a, x->inst, x->elem));
	case MDC_X_PRESENT:
		return arena_printf(a, "present(%s)", describe_whole(a, x->inst, x->elem));
	case MDC_X_COUNT:
		return arena_printf(a, "count(%s)", x->inst->name);
	case MDC_X_PKTLEN:
		return "packet.length";
	case MDC_X_ERROR:
		return "parser.error";
	case MDC_X_REMAINING:
		return "remaining";
	case MDC_X_TRUNCATED:
		return "parser.truncated";
	case MDC_X_CLASS:
		return x->class->name;
	case MDC_X_REGISTER:
		return x->reg->name;
	case MDC_X_LAYOUT_ID:
		return "layout.id";
	case MDC_X_ADD:
		return arena_printf(a, "(%s + %s):%" PRIu32, x_text(a, x->a), x_text(a, x->b), x->width);
	case MDC_X_SUB:
		return arena_printf(a, "(%s - %s):%" PRIu32, x_text(a, x->a), x_text(a, x->b), x->width);
	case MDC_X_AND:
		return arena_printf(a, "(%s & %s):%" PRIu32, x_text(a, x->a), number(a, x->imm), x->width);
	case MDC_X_SHL:
		return arena_printf(a, "(%s << %" PRIu64 "):%" PRIu32, x_text(a, x->a), x->imm, x->width);
	case MDC_X_SHR:
		return arena_printf(a, "(%s >> %" PRIu64 "):%" PRIu32, x_text(a, x->a), x->imm, x->width);
	case MDC_X_EQ:
		return arena_printf(a, "(%s == %s)", x_text(a, x->a), number(a, x->imm));
	case MDC_X_SLICE:
		return arena_printf(a, "%s[%" PRIu64 ":%" PRIu64 "]", x_text(a, x->a),
				    x->imm + x->width - 1, x->imm);
	}
	return "?";
}

void dump_rule(struct dump *d, const struct mdc_layout *l, const struct mdc_rule *r)
{
	const struct mdc_leaf *f = &l->leaves[r->leaf];

	out_printf(d->out, "%s.%s", l->name, f->path);
	if (f->count > 1 && !r->whole)
		out_printf(d->out, "[%" PRIu32 "]", r->elem);
	out_printf(d->out, " =%s %s", r->whole ? " all bytes" : "", x_text(d->arena, r->x));
	out_printf(d->out, " width %" PRIu32 "\n", r->x->width);
}

/* ---- headers ---- */

static void dump_hfield(struct dump *d, const struct mdc_hfield *f)
{
	dump_doc(d, 1, f->doc);
	out_printf(d->out, "  %" PRIu32 " +%" PRIu32 " %s %s", f->bit_off, f->bits,
		   f->form == MDC_F_BYTES ? "bytes" : dump_order(f->order), f->name ? f->name : "(unnamed)");
	if (f->elem_bits)
		out_printf(d->out, " elements of %" PRIu32, f->elem_bits);
	if (f->enum_type)
		out_printf(d->out, " enum %s", f->enum_type->name);
	out_puts(d->out, f->reserved ? " reserved" : "");
	dump_attributes(d, f->unit, f->deprecated);
	out_puts(d->out, "\n");
}

static void dump_header(struct dump *d, const struct mdc_header *h)
{
	uint32_t i;

	dump_doc(d, 0, h->doc);
	out_printf(d->out, "header %s fixed %" PRIu32, h->name, h->fixed);
	if (h->variable)
		out_printf(d->out, " length (%" PRIu32 "+%" PRIu32 " << %u) + %" PRId32 " in %" PRIu32
			   "..%" PRIu32, h->len_bit, h->len_bits, h->len_shift, h->len_add, h->min, h->max);
	out_puts(d->out, "\n");
	for (i = 0; i < h->n_fields; i++) {
		uint32_t part = h->fields[i].part;

		if (part && part != h->fields[i - 1].part)
			out_printf(d->out, "  part %" PRIu32 " of %" PRIu32 " bytes, %s%s\n", part,
				   h->parts[part - 1].bytes, h->parts[part - 1].cond ? "if " : "always",
				   h->parts[part - 1].cond ? describe_cond(d->arena, h, h->parts[part - 1].cond) : "");
		dump_hfield(d, &h->fields[i]);
	}
	out_puts(d->out, "\n");
}

void dump_headers(struct dump *d)
{
	uint32_t i;

	for (i = 0; i < d->model->n_headers; i++)
		dump_header(d, d->model->headers[i]);
}

/* ---- the parser ---- */

static void dump_key(struct dump *d, const struct mdc_key *k)
{
	out_printf(d->out, "    key %s {%" PRIu32 "+%u %s}\n", describe_key(d->arena, k), k->bit, k->bits,
		   dump_order(k->order));
}

static void dump_arms(struct dump *d, const struct mdc_state *s)
{
	const struct mdc_parser *p = &d->model->parser;
	uint32_t i;

	for (i = 0; i < s->n_arms; i++)
		out_printf(d->out, "    %s -> %s\n", describe_arm(d->arena, s, &s->arms[i]),
			   describe_next(d->arena, p, &s->arms[i].next));
	if (!s->n_arms || !s->arms[s->n_arms - 1].is_default)
		out_puts(d->out, "    none -> reject no_match\n");
}

static void dump_state(struct dump *d, const struct mdc_state *s)
{
	const struct mdc_parser *p = &d->model->parser;
	uint32_t i;

	dump_doc(d, 1, s->doc);
	out_printf(d->out, "  state %" PRIu32 " %s%s", s->idx, s->name, s->start_by ? " no-step" : "");
	if (s->counter)
		out_printf(d->out, " counts %s", s->counter->name);
	if (s->max)
		out_printf(d->out, " max %u else %s", s->max, describe_next(d->arena, p, &s->otherwise));
	out_printf(d->out, "%s%s\n", s->in_loop ? " in-loop" : "", s->reachable ? "" : " unreachable");
	for (i = 0; i < s->n_extracts; i++)
		out_printf(d->out, "    %s%s\n", describe_move(d->arena, s->extracts[i]),
			   s->extracts[i]->capacity ? "[]" : "");
	if (s->set_layout)
		out_printf(d->out, "    layout = %s\n", s->set_layout->name);
	for (i = 0; i < s->n_writes; i++) {
		out_puts(d->out, "    write ");
		dump_rule(d, s->layout, &s->writes[i]);
	}
	for (i = 0; i < s->n_sets; i++)
		out_printf(d->out, "    set %s = %s width %" PRIu32 "\n", describe_set(d->arena, &s->sets[i]),
			   x_text(d->arena, s->sets[i].x), s->sets[i].x->width);
	for (i = 0; i < s->n_keys; i++)
		dump_key(d, &s->keys[i]);
	dump_arms(d, s);
}

static void dump_register(struct dump *d, const struct mdc_register *reg)
{
	dump_doc(d, 1, reg->doc);
	out_printf(d->out, "  %s %" PRIu32 " %s at %" PRIu32 " +%u", describe_register(reg), reg->idx,
		   reg->name, reg->bit, reg->bits);
	if (reg->enum_type)
		out_printf(d->out, " enum %s", reg->enum_type->name);
	out_puts(d->out, "\n");
}

static void dump_class(struct dump *d, const struct mdc_class *c)
{
	uint32_t i;

	dump_doc(d, 1, c->doc);
	out_printf(d->out, "  classify %" PRIu32 " %s width %u", c->idx, c->name, c->bits);
	if (c->enum_type)
		out_printf(d->out, " enum %s", c->enum_type->name);
	out_puts(d->out, "\n");
	for (i = 0; i < c->n_keys; i++)
		out_printf(d->out, "    key %s width %u\n", x_text(d->arena, c->keys[i].x), c->keys[i].bits);
	for (i = 0; i < c->n_rows; i++)
		out_printf(d->out, "    %s -> %s\n", describe_class_row(d->arena, c, &c->rows[i]),
			   describe_class_value(d->arena, c, c->rows[i].value));
	out_printf(d->out, "    default -> %s\n", describe_class_value(d->arena, c, c->otherwise));
}

void dump_parser(struct dump *d)
{
	const struct mdc_parser *p = &d->model->parser;
	uint32_t i;

	if (!p->name)
		return;
	out_printf(d->out, "parser %s\n", p->name);
	if (p->errors)
		out_printf(d->out, "  errors %s\n", p->errors->name);
	for (i = 0; i < p->n_instances; i++) {
		const struct mdc_instance *n = p->instances[i];

		out_printf(d->out, "  instance %" PRIu32 " %s header %s", n->idx, n->name, n->header->name);
		if (n->capacity)
			out_printf(d->out, " stack of %" PRIu32, n->capacity);
		out_puts(d->out, "\n");
	}
	for (i = 0; i < p->n_registers; i++)
		dump_register(d, p->registers[i]);
	for (i = 0; i < p->n_states; i++)
		dump_state(d, p->states[i]);
	for (i = 0; i < p->n_classes; i++)
		dump_class(d, p->classes[i]);
}

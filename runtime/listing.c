/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * An image's tables as text: takes an image, whose every index was checked when
 * it was opened, and prints its headers, registers, states with their rows, and
 * operations; listing_values.c does the tables around these. What a row does is said once for each row,
 * an operation once for each operation, so that the text is as long as the
 * tables. Numbers that this version has no word for are printed as numbers.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listing.h"
#include "machine.h"

void list_word(struct listing *l, const char *word, const char *what, unsigned int n)
{
	if (word)
		fputs(word, l->out);
	else
		fprintf(l->out, "%s %u", what, n);
}

/* What an operation names; of one that nothing runs, it was not checked whether that is there. */
static void put_header(struct listing *l, unsigned int idx, unsigned int elem)
{
	const struct mdesc_fmt_header *h = &image_headers(l->img)[idx];

	if (idx >= image_count(l->img, TABLE_HEADERS)) {
		fprintf(l->out, "header %u", idx);
		return;
	}
	fprintf(l->out, NAME, image_str(l->img, h->name));
	if (h->capacity && elem == MDESC_ELEM_LAST)
		fputs("[last]", l->out);
	else if (h->capacity)
		fprintf(l->out, "[%u]", elem);
}

static void put_source(struct listing *l, unsigned int idx)
{
	if (idx < image_count(l->img, TABLE_SOURCES))
		fprintf(l->out, NAME, image_str(l->img, image_source_table(l->img)[idx].name));
	else
		fprintf(l->out, "source %u", idx);
}

static void put_class(struct listing *l, unsigned int idx)
{
	if (idx < image_count(l->img, TABLE_CLASSES))
		fprintf(l->out, "classify " NAME, image_str(l->img, image_classes(l->img)[idx].name));
	else
		fprintf(l->out, "classify %u", idx);
}

/* ---- headers and registers ---- */

static void put_length(struct listing *l, const struct mdesc_fmt_header *h)
{
	if (!(h->flags & MDESC_HEADER_VAR)) {
		fprintf(l->out, " %u bytes", h->fixed);
		return;
	}
	fprintf(l->out, " %u to %u bytes: (be%u at %u & 0x%x) %s %u", h->min, h->max, 8u * h->len_bytes, h->len_off,
		h->len_mask, h->len_shift < 0 ? ">>" : "<<", (unsigned int)abs(h->len_shift));
	if (h->len_const)
		fprintf(l->out, " %c %u", h->len_const < 0 ? '-' : '+', (unsigned int)llabs(h->len_const));
}

static void put_headers(struct listing *l)
{
	static const char *const kinds[] = { "header", "part", "advance", "mark", "peek", "leave" };
	uint32_t i;

	for (i = 0; i < image_count(l->img, TABLE_HEADERS); i++) {
		const struct mdesc_fmt_header *h = &image_headers(l->img)[i];

		list_word(l, WORD(kinds, h->kind), "kind", h->kind);
		fprintf(l->out, " %u " NAME, i, image_str(l->img, h->name));
		if (strcmp(image_str(l->img, h->name), image_str(l->img, h->type)) && h->type)
			fprintf(l->out, " of type " NAME, image_str(l->img, h->type));
		if (h->capacity)
			fprintf(l->out, " up to %u times", h->capacity);
		put_length(l, h);
		if (h->kind == MDESC_KIND_PART || h->kind == MDESC_KIND_MARK ||
		    (h->kind == MDESC_KIND_ADVANCE && h->flags & MDESC_HEADER_VAR)) {
			fputs(" of ", l->out);
			put_header(l, h->of, h->of_elem);
		}
		if (h->ahead)
			fprintf(l->out, " ahead %u", h->ahead);
		putc('\n', l->out);
	}
}

static void put_registers(struct listing *l)
{
	static const char *const kinds[] = { NULL, "register", "flag", "counter" };
	uint32_t i;

	for (i = 0; i < image_count(l->img, TABLE_REGISTERS); i++) {
		const struct mdesc_fmt_register *r = &image_registers(l->img)[i];

		list_word(l, WORD(kinds, r->kind), "kind", r->kind);
		fprintf(l->out, " %u " NAME " bit %u", i, image_str(l->img, r->name), r->bit);
		fprintf(l->out, r->bits > 1 ? " to %u\n" : "\n", r->bit + r->bits - 1u);
	}
}

/* ---- states and rows ---- */

static void put_slot(struct listing *l, const struct mdesc_fmt_keys *k, unsigned int i)
{
	switch (k->kind[i]) {
	case MDESC_SLOT_PACKET:
		fprintf(l->out, " %+d", k->off[i]);
		break;
	case MDESC_SLOT_HEADER:
		putc(' ', l->out);
		put_header(l, k->index[i], k->elem[i]);
		fprintf(l->out, "%+d", k->off[i]);
		break;
	case MDESC_SLOT_REGISTER:
		fprintf(l->out, " registers%+d", k->off[i]);
		break;
	case MDESC_SLOT_SOURCE:
		putc(' ', l->out);
		put_source(l, k->index[i]);
		fprintf(l->out, "%+d", k->off[i]);
		break;
	case MDESC_SLOT_REMAINING:
		fprintf(l->out, " remaining%+d", k->off[i]);
		break;
	default:
		fprintf(l->out, " slot %u%+d", k->kind[i], k->off[i]);
		break;
	}
}

static void put_keys(struct listing *l)
{
	uint32_t n = image_count(l->img, TABLE_KEYS), i, j;

	for (i = 0; i < n; i++) {
		const struct mdesc_fmt_keys *k = &image_keys(l->img)[i];

		fprintf(l->out, "keys %u:", i);
		for (j = 0; j < k->count; j++)
			put_slot(l, k, j);
		fputs(k->count ? "\n" : " none\n", l->out);
	}
}

static void put_next(struct listing *l, const struct mdesc_fmt_next *next)
{
	static const char *const errors[] = { "none", "truncated", "bad_length", "no_match", "loop", "steps" };

	if (next->flags & MDESC_NEXT_LEAVE)
		fputs("leave ", l->out);
	switch (next->verdict) {
	case MDESC_GO:
		fprintf(l->out, NAME " keys %u", image_str(l->img, image_states(l->img)[next->state].name),
			next->keys);
		break;
	case MDESC_ACCEPT:
		fputs("accept", l->out);
		break;
	case MDESC_REJECT:
		fputs("reject ", l->out);
		if (WORD(errors, next->code))
			fputs(errors[next->code], l->out);
		else
			fprintf(l->out, "%u", next->code);
		break;
	case MDESC_DROP:
		fputs("drop", l->out);
		break;
	default:
		fprintf(l->out, "verdict %u", next->verdict);
		break;
	}
}

static void put_state(struct listing *l, uint32_t i)
{
	const struct mdesc_fmt_state *s = &image_states(l->img)[i];

	fprintf(l->out, "\nstate %u " NAME "%s", i, image_str(l->img, s->name),
		s->flags & MDESC_STATE_PART ? " part" : "");
	if (s->stage)
		fprintf(l->out, " stage %u", s->stage);
	if (s->key_need)
		fprintf(l->out, " needs key bytes 0x%x", s->key_need);
	if (s->max) {
		fprintf(l->out, " max %u", s->max);
		if (s->counter)
			fprintf(l->out, " in " NAME,
				image_str(l->img, image_registers(l->img)[s->counter - 1].name));
		fputs(" else ", l->out);
		put_next(l, &s->otherwise);
	}
	putc('\n', l->out);
}

void list_match(struct listing *l, const uint8_t *value, const uint8_t *mask)
{
	int last = MDESC_FMT_KEY_MAX, i;

	while (last && !mask[last - 1])
		last--;
	for (i = 0; i < last; i++) {
		if (!mask[i])
			fputs(" --", l->out);
		else if (mask[i] == 0xff)
			fprintf(l->out, " %02x", value[i]);
		else
			fprintf(l->out, " %02x/%02x", value[i], mask[i]);
	}
}

static void put_row(struct listing *l, uint32_t i)
{
	const struct mdesc_fmt_row *r = &image_rows(l->img)[i];

	fprintf(l->out, "\t%u:", i);
	if (r->state_mask != 0xffff)
		fprintf(l->out, " state 0x%x/0x%x", r->state, r->state_mask);
	list_match(l, r->key_value, r->key_mask);
	if (r->header != MDESC_FMT_NONE16)
		fprintf(l->out, " extract " NAME, image_str(l->img, image_headers(l->img)[r->header].name));
	if (r->flags & MDESC_ROW_LENGTH)
		fprintf(l->out, r->length == MDESC_FMT_NONE16 ? " of no length" : " of %u", r->length);
	if (r->op_count)
		fprintf(l->out, " ops %u..%u", r->op_first, r->op_first + r->op_count - 1);
	if (r->layout != MDESC_FMT_NONE16)
		fprintf(l->out, " layout " NAME, image_str(l->img, image_layout_table(l->img)[r->layout].name));
	fputs(r->flags & MDESC_ROW_HOLD ? " hold ->" : r->flags & MDESC_ROW_ABORT ? " abort ->" : " ->", l->out);
	if (r->flags & MDESC_ROW_WITHIN) {
		fputs(" within ", l->out);
		put_header(l, r->within, r->within_elem);
	}
	putc(' ', l->out);
	put_next(l, &r->next);
	putc('\n', l->out);
}

/* Rows in their order; a state's head where the state changes. */
static void put_rows(struct listing *l)
{
	uint32_t n = image_count(l->img, TABLE_ROWS), states = image_count(l->img, TABLE_STATES);
	uint32_t state = UINT32_MAX, i;

	for (i = 0; i < n; i++) {
		const struct mdesc_fmt_row *r = &image_rows(l->img)[i];

		if (r->state != state && r->state < states)
			put_state(l, r->state);
		state = r->state;
		put_row(l, i);
	}
}

/* ---- operations ---- */

static void put_operand(struct listing *l, const struct mdesc_fmt_op *o)
{
	static const char *const words[] = {
		[MDESC_OPERAND_PKTLEN] = "packet.length", [MDESC_OPERAND_ERROR] = "parser.error",
		[MDESC_OPERAND_TRUNCATED] = "parser.truncated", [MDESC_OPERAND_REMAINING] = "remaining",
		[MDESC_OPERAND_OFFSET] = "offset", [MDESC_OPERAND_LENGTH] = "length",
		[MDESC_OPERAND_PRESENT] = "present", [MDESC_OPERAND_COUNT] = "count",
	};

	putc(' ', l->out);
	switch (o->operand) {
	case MDESC_OPERAND_CONST:
		fprintf(l->out, "0x%" PRIx64, o->imm);
		break;
	case MDESC_OPERAND_SOURCE:
		put_source(l, o->index);
		break;
	case MDESC_OPERAND_CLASS:
		put_class(l, o->index);
		break;
	case MDESC_OPERAND_PACKET:
		put_header(l, o->index, o->elem);
		fprintf(l->out, " bits %u to %u%s", o->bit, o->bit + o->width - 1u,
			o->order == MDESC_ORDER_LE ? " le" : "");
		break;
	case MDESC_OPERAND_REGISTER:
		fprintf(l->out, "registers bits %u to %u", o->bit, o->bit + o->width - 1u);
		break;
	case MDESC_OPERAND_OFFSET:
	case MDESC_OPERAND_LENGTH:
	case MDESC_OPERAND_PRESENT:
	case MDESC_OPERAND_COUNT:
		fprintf(l->out, "%s(", words[o->operand]);
		put_header(l, o->index, o->elem);
		putc(')', l->out);
		break;
	default:
		list_word(l, WORD(words, o->operand), "operand", o->operand);
		break;
	}
}

static void put_op(struct listing *l, uint32_t i)
{
	static const char *const words[] = {
		[MDESC_OP_LOAD] = "load", [MDESC_OP_ADD] = "add", [MDESC_OP_SUB] = "sub", [MDESC_OP_AND] = "and",
		[MDESC_OP_SHL] = "shl", [MDESC_OP_SHR] = "shr", [MDESC_OP_EQ] = "eq", [MDESC_OP_STORE] = "store",
		[MDESC_OP_SET] = "set", [MDESC_OP_RAISE] = "raise", [MDESC_OP_KEY] = "key",
	};
	static const char *const orders[] = { "le", "le", "be", "be" };
	const struct mdesc_fmt_op *o = &image_ops(l->img)[i];

	fprintf(l->out, "\t%u: ", i);
	list_word(l, WORD(words, o->op), "op", o->op);
	switch (o->op) {
	case MDESC_OP_STORE:
		fprintf(l->out, " @%u %s%u", o->bit / 8, orders[o->order & 3], 8u * o->bytes);
		if (o->shift || o->width != 8 * o->bytes)
			fprintf(l->out, "[%u:%u]", o->shift + o->width - 1, o->shift);
		break;
	case MDESC_OP_SET:
	case MDESC_OP_RAISE:
	case MDESC_OP_KEY:
		fprintf(l->out, o->op == MDESC_OP_KEY ? " bit %u" : " registers bit %u", o->bit);
		if (o->width > 1)
			fprintf(l->out, " to %u", o->bit + o->width - 1u);
		break;
	default:
		if (o->operand)
			put_operand(l, o);
		else
			fprintf(l->out, " 0x%" PRIx64, o->imm);
		break;
	}
	putc('\n', l->out);
}

static void put_ops(struct listing *l)
{
	uint32_t n = image_count(l->img, TABLE_OPS), i;

	if (n)
		fputs("\nops\n", l->out);
	for (i = 0; i < n; i++)
		put_op(l, i);
}

static void put_machine(struct listing *l)
{
	const struct mdesc_fmt_target *t = image_target(l->img);
	MDESC_INFO(mdesc_target_info, info);

	fprintf(l->out, "target " NAME ": %u of %u rows, %u states\n", image_str(l->img, t->name),
		image_count(l->img, TABLE_ROWS), t->rows, image_count(l->img, TABLE_STATES));
	mdesc_image__target(l->img, &info);
	machine_print(l->out, "machine ", &info);
	put_headers(l);
	put_registers(l);
	put_keys(l);
	list_sources(l);
	list_configs(l);
	fputs("start -> ", l->out);
	put_next(l, &t->start);
	putc('\n', l->out);
	put_rows(l);
	list_classes(l);
	list_layouts(l);
	put_ops(l);
	list_tables(l);
}

int mdesc_image__print_tables(const struct mdesc_image *img, FILE *out, struct mdesc_error *err)
{
	struct listing l = { img, out };

	if (image_cannot_run(img))
		return error_newer(err, img, MDESC_SEC_HDR, offsetof(struct mdesc_fmt_hdr, incompat_exec),
				   "its tables use features 0x%x, which are unknown: a newer libmdesc is needed",
				   img->hdr.incompat_exec & ~MDESC_FMT_EXEC_KNOWN);
	if (image_target(img)) {
		put_machine(&l);
		return 0;
	}
	if (!image_count(img, TABLE_LAYOUTS) && !image_count(img, TABLE_RAW))
		return error_set(err, ENOENT, MDESC_CLASS_NOT_FOUND, "%.200s: the image has no tables to print",
				 img->name);
	fputs("no parser\n", out);
	list_configs(&l);
	list_layouts(&l);
	list_tables(&l);
	return 0;
}

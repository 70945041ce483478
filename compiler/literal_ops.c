/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Expressions, taken literally: each step of the tree in turn, its result cut to
 * its width; then where it goes, in the metadata, the registers, or the key of a
 * classification.
 */
#include <string.h>

#include "literal.h"

static void put(struct literal *l, struct mdesc_fmt_op op)
{
	*vec_push(l->a, &l->ops) = op;
}

static void put_imm(struct literal *l, enum mdesc_fmt_opcode code, uint64_t imm)
{
	put(l, (struct mdesc_fmt_op){ .op = (uint8_t)code, .imm = imm });
}

static void cut(struct literal *l, uint32_t width)
{
	if (width < 64)
		put_imm(l, MDESC_OP_AND, ((uint64_t)1 << width) - 1);
}

/* What stands at the leaf of a tree; false: it is no leaf. */
static bool leaf(const struct mdc_layout *layout, const struct mdc_x *x, struct mdesc_fmt_op *op)
{
	*op = (struct mdesc_fmt_op){ .index = (uint16_t)(x->inst ? x->inst->idx : 0) };
	switch (x->kind) {
	case MDC_X_CONST:	op->operand = MDESC_OPERAND_CONST; op->imm = x->imm; return true;
	case MDC_X_LAYOUT_ID:	op->operand = MDESC_OPERAND_CONST; op->imm = layout ? layout->id : 0; return layout;
	case MDC_X_SOURCE:	op->operand = MDESC_OPERAND_SOURCE; op->index = (uint16_t)x->source->idx; return true;
	case MDC_X_CLASS:	op->operand = MDESC_OPERAND_CLASS; op->index = (uint16_t)x->class->idx; return true;
	case MDC_X_PKTLEN:	op->operand = MDESC_OPERAND_PKTLEN; return true;
	case MDC_X_ERROR:	op->operand = MDESC_OPERAND_ERROR; return true;
	case MDC_X_TRUNCATED:	op->operand = MDESC_OPERAND_TRUNCATED; return true;
	case MDC_X_REMAINING:	op->operand = MDESC_OPERAND_REMAINING; return true;
	case MDC_X_COUNT:	op->operand = MDESC_OPERAND_COUNT; return true;
	case MDC_X_OFFSET:	op->operand = MDESC_OPERAND_OFFSET; op->elem = x->elem; return true;
	case MDC_X_LENGTH:	op->operand = MDESC_OPERAND_LENGTH; op->elem = x->elem; return true;
	case MDC_X_PRESENT:	op->operand = MDESC_OPERAND_PRESENT; op->elem = x->elem; return true;
	case MDC_X_REGISTER:
		op->operand = MDESC_OPERAND_REGISTER;
		op->bit = x->reg->bit;
		op->width = x->reg->bits;
		return true;
	case MDC_X_PACKET:
		op->operand = MDESC_OPERAND_PACKET;
		op->elem = x->elem;
		op->order = x->order == MDC_LE ? MDESC_ORDER_LE : MDESC_ORDER_BE;
		op->bit = x->bit;
		op->width = (uint8_t)x->width;
		return true;
	default:
		return false;
	}
}

static void evaluate(struct literal *l, const struct mdc_layout *layout, const struct mdc_x *x);

static void sum(struct literal *l, const struct mdc_layout *layout, const struct mdc_x *x)
{
	const struct mdc_x *first = x->a, *then = x->b;
	struct mdesc_fmt_op op;

	if (x->kind == MDC_X_ADD && !leaf(layout, then, &op)) {
		first = x->b;
		then = x->a;
	}
	if (!leaf(layout, then, &op)) {
		literal_cannot(l, "two computed numbers are added");
		return;
	}
	evaluate(l, layout, first);
	op.op = x->kind == MDC_X_ADD ? MDESC_OP_ADD : MDESC_OP_SUB;
	put(l, op);
	cut(l, x->width);
}

/* Into the accumulator. */
static void evaluate(struct literal *l, const struct mdc_layout *layout, const struct mdc_x *x)
{
	struct mdesc_fmt_op op;

	if (leaf(layout, x, &op)) {
		op.op = MDESC_OP_LOAD;
		put(l, op);
		return;
	}
	if (x->kind == MDC_X_ADD || x->kind == MDC_X_SUB) {
		sum(l, layout, x);
		return;
	}
	if (!x->a) {
		literal_cannot(l, "an expression is not known");
		return;
	}
	evaluate(l, layout, x->a);
	switch (x->kind) {
	case MDC_X_AND:
		put_imm(l, MDESC_OP_AND, x->imm);
		break;
	case MDC_X_EQ:
		put_imm(l, MDESC_OP_EQ, x->imm);
		break;
	case MDC_X_SHL:
	case MDC_X_SHR:
	case MDC_X_SLICE:
		put_imm(l, x->imm > 63 ? MDESC_OP_AND : x->kind == MDC_X_SHL ? MDESC_OP_SHL : MDESC_OP_SHR,
			x->imm > 63 ? 0 : x->imm);
		break;
	default:
		literal_cannot(l, "an expression is not known");
	}
	cut(l, x->width);
}

/* ---- metadata ---- */

static void store(struct literal *l, uint32_t offset, uint32_t bytes, enum mdc_order order, uint32_t shift,
		  uint32_t width)
{
	static const uint8_t orders[] = {
		[MDC_HOST] = MDESC_ORDER_HOST, [MDC_LE] = MDESC_ORDER_LE, [MDC_BE] = MDESC_ORDER_BE,
		[MDC_RAW] = MDESC_ORDER_RAW,
	};

	put(l, (struct mdesc_fmt_op){ .op = MDESC_OP_STORE, .order = orders[order], .width = (uint8_t)width,
				      .bytes = (uint8_t)bytes, .bit = 8 * offset, .shift = shift });
}

/* Bytes of the packet, one after the other. */
static void copy_bytes(struct literal *l, const struct mdc_x *x, uint32_t offset, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		put(l, (struct mdesc_fmt_op){ .op = MDESC_OP_LOAD, .operand = MDESC_OPERAND_PACKET, .width = 8,
					      .order = MDESC_ORDER_BE, .index = (uint16_t)x->inst->idx,
					      .elem = x->elem, .bit = x->bit + 8 * i });
		store(l, offset + i, 1, MDC_BE, 0, 8);
	}
}

/* A number's bytes, the last one being its lowest; those in front of its highest are 0. */
static void spread(struct literal *l, const struct mdc_layout *layout, const struct mdc_x *x, uint32_t offset,
		   uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		uint32_t shift = 8 * (bytes - 1 - i);

		evaluate(l, layout, x);
		put_imm(l, shift > 63 ? MDESC_OP_AND : MDESC_OP_SHR, shift > 63 ? 0 : shift);
		store(l, offset + i, 1, MDC_BE, 0, 8);
	}
}

void literal_rule(struct literal *l, const struct mdc_layout *layout, const struct mdc_rule *r)
{
	const struct mdc_leaf *f = &layout->leaves[r->leaf];
	uint32_t offset = f->offset + r->elem * f->stride;
	uint32_t bytes = f->kind == MDC_LEAF_MAC ? 6 : f->kind == MDC_LEAF_BYTES ? f->count : f->bytes;

	if (r->x->kind == MDC_X_BYTES) {
		copy_bytes(l, r->x, offset, bytes);
	} else if (r->whole) {
		spread(l, layout, r->x, offset, bytes);
	} else {
		evaluate(l, layout, r->x);
		store(l, offset, f->bytes, f->order, f->shift, f->width);
	}
}

void literal_set(struct literal *l, const struct mdc_set *s)
{
	bool flag = s->reg->kind == MDC_FLAG;

	evaluate(l, NULL, s->x);
	put(l, (struct mdesc_fmt_op){ .op = flag ? MDESC_OP_RAISE : MDESC_OP_SET, .width = flag ? 0 : s->bits,
				      .bit = s->reg->bit + s->bit });
}

/* ---- classifications ---- */

static void put_key(uint8_t *key, uint32_t bit, uint32_t bits, uint64_t v)
{
	for (uint32_t i = 0; i < bits; i++)
		key[(bit + i) / 8] |= (uint8_t)((v >> i & 1) << (bit + i) % 8);
}

static void class_rows(struct literal *l, const struct mdc_class *c, const struct mdc_class_row *from, uint32_t key,
		       uint32_t bit, const struct mdesc_fmt_class_row *row)
{
	struct literal_cube cubes[LITERAL_CUBES];
	uint32_t n;

	if (key == c->n_keys) {
		*vec_push(l->a, &l->class_rows) = *row;
		return;
	}
	n = literal_cubes(&from->patterns[key], c->keys[key].bits, cubes);
	for (uint32_t i = 0; i < n; i++) {
		struct mdesc_fmt_class_row r = *row;

		put_key(r.value, bit, c->keys[key].bits, cubes[i].value);
		put_key(r.mask, bit, c->keys[key].bits, cubes[i].mask);
		class_rows(l, c, from, key + 1, bit + c->keys[key].bits, &r);
	}
}

static void class_key(struct literal *l, const struct mdc_class *c, struct mdesc_fmt_class *to)
{
	to->op_first = (uint32_t)l->ops.n;
	for (uint32_t i = 0; i < c->n_keys; i++) {
		evaluate(l, NULL, c->keys[i].x);
		put(l, (struct mdesc_fmt_op){ .op = MDESC_OP_KEY, .width = c->keys[i].bits, .bit = to->key_bits });
		to->key_bits = (uint16_t)(to->key_bits + c->keys[i].bits);
	}
	to->op_count = (uint32_t)l->ops.n - to->op_first;
	if (to->key_bits > 8 * MDESC_FMT_KEY_MAX)
		literal_cannot(l, "the key of a classification has more bits than there can be");
}

void literal_classes(struct literal *l, struct sym_tables *t)
{
	const struct mdc_parser *p = &l->m->parser;
	struct mdesc_fmt_class *classes = arena_array(l->a, struct mdesc_fmt_class, p->n_classes + 1);

	for (uint32_t i = 0; i < p->n_classes && !l->why; i++) {
		const struct mdc_class *c = p->classes[i];
		struct mdesc_fmt_class *to = &classes[i];

		class_key(l, c, to);
		to->bits = c->bits;
		to->otherwise = c->otherwise;
		to->row_first = (uint32_t)l->class_rows.n;
		for (uint32_t k = 0; k < c->n_rows && !l->why; k++)
			class_rows(l, c, &c->rows[k], 0, 0,
				   &(struct mdesc_fmt_class_row){ .result = c->rows[k].value });
		to->row_count = (uint32_t)l->class_rows.n - to->row_first;
	}
	t->classes = classes;
	t->n_classes = p->n_classes;
	t->class_rows = l->class_rows.p;
	t->n_class_rows = (uint32_t)l->class_rows.n;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes rules (a place in the metadata and an expression), gives operations of
 * the machine's writer: one accumulator that is loaded, changed and stored.
 *
 * Each STORE is preceded by all that computes its value, so that stores can be
 * spread over rows. The value of an expression fits its width at every step. The
 * model's expressions are those that one accumulator can compute: writer.c saw to it.
 */
#include "tcam.h"

static struct mdesc_fmt_op *op(struct lower *l, uint8_t code)
{
	struct mdesc_fmt_op *o = vec_push(l->arena, &l->scratch);

	*o = (struct mdesc_fmt_op){ .op = code };
	return o;
}

static void op_imm(struct lower *l, uint8_t code, uint64_t imm)
{
	op(l, code)->imm = imm;
}

/* The low @width bits stay. */
static void op_wrap(struct lower *l, uint32_t width)
{
	if (width < 64)
		op_imm(l, MDESC_OP_AND, (UINT64_C(1) << width) - 1);
}

static bool is_operand(const struct mdc_x *x)
{
	return x->kind <= MDC_X_LAYOUT_ID && x->kind != MDC_X_BYTES;
}

static void op_packet(struct lower *l, uint8_t code, const struct mdc_x *x, uint32_t bit, uint32_t width)
{
	struct mdesc_fmt_op *o = op(l, code);

	o->operand = MDESC_OPERAND_PACKET;
	o->order = x->order == MDC_LE ? MDESC_ORDER_LE : MDESC_ORDER_BE;
	o->width = (uint8_t)width;
	o->index = (uint16_t)x->inst->idx;
	o->elem = x->elem;
	o->bit = bit;
}

/* LOAD, ADD or SUB of a leaf of the tree. */
static void op_operand(struct lower *l, uint8_t code, const struct mdc_layout *layout, const struct mdc_x *x)
{
	static const uint8_t operand[] = {
		[MDC_X_CONST] = MDESC_OPERAND_CONST,	  [MDC_X_SOURCE] = MDESC_OPERAND_SOURCE,
		[MDC_X_OFFSET] = MDESC_OPERAND_OFFSET,	  [MDC_X_LENGTH] = MDESC_OPERAND_LENGTH,
		[MDC_X_PRESENT] = MDESC_OPERAND_PRESENT,  [MDC_X_COUNT] = MDESC_OPERAND_COUNT,
		[MDC_X_PKTLEN] = MDESC_OPERAND_PKTLEN,	  [MDC_X_ERROR] = MDESC_OPERAND_ERROR,
		[MDC_X_TRUNCATED] = MDESC_OPERAND_TRUNCATED,
		[MDC_X_REGISTER] = MDESC_OPERAND_REGISTER,
		[MDC_X_REMAINING] = MDESC_OPERAND_REMAINING, [MDC_X_CLASS] = MDESC_OPERAND_CLASS,
		[MDC_X_LAYOUT_ID] = MDESC_OPERAND_CONST,
	};
	struct mdesc_fmt_op *o;

	if (x->kind == MDC_X_PACKET) {
		op_packet(l, code, x, x->bit, x->width);
		return;
	}
	o = op(l, code);
	o->operand = operand[x->kind];
	if (x->kind == MDC_X_CONST) {
		o->imm = x->imm;
	} else if (x->kind == MDC_X_LAYOUT_ID) {
		o->imm = layout->id;
	} else if (x->kind == MDC_X_SOURCE) {
		o->index = (uint16_t)x->source->idx;
	} else if (x->kind == MDC_X_CLASS) {
		o->index = (uint16_t)x->class->idx;
	} else if (x->kind == MDC_X_REGISTER) {
		o->bit = x->reg->bit;
		o->width = x->reg->bits;
	} else if (x->inst) {
		o->index = (uint16_t)x->inst->idx;
	}
	if (x->kind == MDC_X_OFFSET || x->kind == MDC_X_LENGTH || x->kind == MDC_X_PRESENT)
		o->elem = x->elem;
}

static void compute(struct lower *l, const struct mdc_layout *layout, const struct mdc_x *x);

/* One side is an operand: in a difference the right one. */
static void compute_sum(struct lower *l, const struct mdc_layout *layout, const struct mdc_x *x)
{
	bool swap = x->kind == MDC_X_ADD && !is_operand(x->b);

	compute(l, layout, swap ? x->b : x->a);
	op_operand(l, x->kind == MDC_X_ADD ? MDESC_OP_ADD : MDESC_OP_SUB, layout, swap ? x->a : x->b);
	op_wrap(l, x->width);
}

static void shift(struct lower *l, const struct mdc_x *x)
{
	if (x->imm > 63)
		op_imm(l, MDESC_OP_AND, 0);
	else if (x->imm)
		op_imm(l, x->kind == MDC_X_SHL ? MDESC_OP_SHL : MDESC_OP_SHR, x->imm);
}

/* Leaves the value of @x in the accumulator. */
static void compute(struct lower *l, const struct mdc_layout *layout, const struct mdc_x *x)
{
	if (is_operand(x)) {
		op_operand(l, MDESC_OP_LOAD, layout, x);
		return;
	}
	if (x->kind == MDC_X_ADD || x->kind == MDC_X_SUB) {
		compute_sum(l, layout, x);
		return;
	}
	compute(l, layout, x->a);
	switch (x->kind) {
	case MDC_X_SHL:
	case MDC_X_SHR:
	case MDC_X_SLICE:
		shift(l, x);
		if (x->kind == MDC_X_SLICE && x->imm + x->width < x->a->width)
			op_wrap(l, x->width);
		break;
	case MDC_X_EQ:
		op_imm(l, MDESC_OP_EQ, x->imm);
		break;
	default:
		op_imm(l, MDESC_OP_AND, x->imm);
		break;
	}
}

/* What was computed from operation @first on goes where the last operation says. */
static void end_store(struct lower *l, uint32_t first)
{
	*vec_push(l->arena, &l->stores) = (struct tcam_store){
		.first = first, .count = (uint32_t)l->scratch.n - first,
	};
}

static void store(struct lower *l, uint32_t first, uint32_t offset, uint8_t bytes, uint8_t order, uint8_t shift,
		  uint32_t width)
{
	struct mdesc_fmt_op *o = op(l, MDESC_OP_STORE);

	o->order = order;
	o->width = (uint8_t)width;
	o->bytes = bytes;
	o->bit = offset * 8;
	o->shift = shift;
	end_store(l, first);
}

/* @bytes bytes of metadata from the packet, or a number whose last byte is the last of them. */
static void store_bytes(struct lower *l, const struct mdc_layout *layout, const struct mdc_rule *r,
			uint32_t offset, uint32_t bytes)
{
	const struct mdc_x *x = r->x;

	for (uint32_t i = 0, n; i < bytes; i += n) {
		uint32_t first = (uint32_t)l->scratch.n;

		n = bytes - i < 8 ? bytes - i : 8;
		if (x->kind == MDC_X_BYTES)
			op_packet(l, MDESC_OP_LOAD, x, x->bit + 8 * i, 8 * n);
		else if (bytes - i > 8)
			op(l, MDESC_OP_LOAD)->operand = MDESC_OPERAND_CONST;
		else
			compute(l, layout, x);
		store(l, first, offset + i, (uint8_t)n, MDESC_ORDER_BE, 0, 8 * n);
	}
}

void tcam_ops_rule(struct lower *l, const struct mdc_layout *layout, const struct mdc_rule *r)
{
	const struct mdc_leaf *leaf = &layout->leaves[r->leaf];
	uint32_t offset = leaf->offset, first = (uint32_t)l->scratch.n;

	if (leaf->kind == MDC_LEAF_MAC) {
		store_bytes(l, layout, r, offset + r->elem * leaf->stride, 6);
	} else if (r->whole) {
		store_bytes(l, layout, r, offset, leaf->count);
	} else {
		compute(l, layout, r->x);
		store(l, first, offset + r->elem * leaf->stride, leaf->bytes, (uint8_t)leaf->order, leaf->shift,
		      leaf->width);
	}
}

void tcam_ops_set(struct lower *l, const struct mdc_set *s)
{
	uint32_t first = (uint32_t)l->scratch.n;
	struct mdesc_fmt_op *o;

	compute(l, NULL, s->x);
	o = op(l, s->reg->kind == MDC_FLAG ? MDESC_OP_RAISE : MDESC_OP_SET);
	o->width = s->reg->kind == MDC_FLAG ? 0 : s->bits;
	o->bit = s->reg->bit + s->bit;
	end_store(l, first);
}

void tcam_ops_key(struct lower *l, const struct mdc_x *x, uint32_t bit, uint32_t bits)
{
	struct mdesc_fmt_op *o;

	compute(l, NULL, x);
	o = op(l, MDESC_OP_KEY);
	o->width = (uint8_t)bits;
	o->bit = bit;
}

void tcam_ops_reads(const struct mdc_x *x, void (*fn)(void *arg, const struct mdc_instance *), void *arg)
{
	if (x->inst)
		fn(arg, x->inst);
	if (x->a)
		tcam_ops_reads(x->a, fn, arg);
	if (x->b)
		tcam_ops_reads(x->b, fn, arg);
}

bool tcam_ops_remaining(const struct mdc_x *x)
{
	return x && (x->kind == MDC_X_REMAINING || tcam_ops_remaining(x->a) || tcam_ops_remaining(x->b));
}

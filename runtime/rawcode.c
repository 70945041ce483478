/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Operations of raw tables before they are run: takes a list of them that is
 * within the image, says whether the stack always holds what they take, what
 * they name is there, and they only go forward.
 */
#include "rawtable.h"

#define OPS_MAX	4096

struct code {
	const struct mdesc_image *img;
	const struct mdesc_fmt_raw *t;
	const struct mdesc_fmt_raw_op *ops;
	uint32_t n, depth, args;
	bool load;
};

/* Index of a field of this table's; @of_key: of its key. */
static bool has_field(const struct code *c, uint32_t field, bool *of_key)
{
	uint32_t i;

	for (i = 0; i < c->t->part_count; i++) {
		const struct mdesc_fmt_raw_part *p = &image_raw_parts(c->img)[c->t->part_first + i];

		*of_key = i == 0 && (c->t->flags & MDESC_RAW_KEY);
		if (field >= p->field_first && field - p->field_first < p->field_count)
			return true;
	}
	return false;
}

static const char *field_problem(const struct code *c, const struct mdesc_fmt_raw_op *o)
{
	bool of_key;

	if (c->load || !has_field(c, o->index, &of_key))
		return "its table has no such field";
	return o->op == MDESC_T_MASK && !image_raw_fields(c->img)[o->index].mask_count ? "the field has no mask" : NULL;
}

bool raw_op_use(unsigned int op, uint32_t *takes, uint32_t *gives)
{
	*takes = *gives = 0;
	switch (op) {
	case MDESC_X_CONST: case MDESC_T_FIELD: case MDESC_T_MASK: case MDESC_T_REG: case MDESC_T_LENGTH:
		*gives = 1;
		return true;
	case MDESC_X_NEG: case MDESC_X_NOT: case MDESC_X_COM: case MDESC_X_SLICE: case MDESC_T_PACKET:
		*takes = *gives = 1;
		return true;
	case MDESC_X_COND:
		*takes = 3;
		*gives = 1;
		return true;
	case MDESC_T_SET: case MDESC_T_ARG: case MDESC_T_UNLESS:
		*takes = 1;
		return true;
	case MDESC_T_SETM:
		*takes = 2;
		return true;
	case MDESC_T_RECORD: case MDESC_T_STOP: case MDESC_T_SKIP: case MDESC_T_GOTO:
		return true;
	default:
		*takes = 2;
		*gives = 1;
		return op >= MDESC_X_ADD && op <= MDESC_X_LOR;
	}
}

static bool text_ok(const struct code *c, uint64_t str)
{
	return str < c->img->strings_size;
}

static const char *operand_problem(struct code *c, const struct mdesc_fmt_raw_op *o)
{
	const char *name = NULL;

	switch (o->op) {
	case MDESC_T_FIELD: case MDESC_T_MASK:
		return field_problem(c, o);
	case MDESC_T_REG: case MDESC_T_SET: case MDESC_T_SETM:
		return o->index >= image_count(c->img, TABLE_RAW_REGS) ? "there is no such register" : NULL;
	case MDESC_T_PACKET:
		return (o->width != 8 && o->width != 16 && o->width != 32 && o->width != 64) ||
		       (o->lo != MDESC_ORDER_LE && o->lo != MDESC_ORDER_BE) ? "such bytes cannot be read" : NULL;
	case MDESC_X_SLICE:
		return o->width < 1 || o->width > 64 || o->lo > 64 - o->width ? "such bits cannot be taken" : NULL;
	case MDESC_T_ARG:
		name = text_ok(c, o->index) ? image_str(c->img, o->index) : "";
		if (!*name || !text_ok(c, o->imm) || check_name(c->img, NULL, TABLE_RAW_OPS, 0, 0, o->index, "") ||
		    check_opt_name(c->img, NULL, TABLE_RAW_OPS, 0, 0, (mdesc_fmt_str)o->imm))
			return "its name is none";
		return c->args++ == RAW_ARGS_MAX ? "it has too many values" : NULL;
	case MDESC_T_RECORD: case MDESC_T_STOP:
		c->args = 0;
		return NULL;
	case MDESC_T_GOTO:
		return o->index >= image_count(c->img, TABLE_RAW) ? "there is no such table" : NULL;
	default:
		return NULL;
	}
}

static const char *jump_problem(const struct code *c, uint32_t i)
{
	const struct mdesc_fmt_raw_op *o = &c->ops[i];

	if (o->op != MDESC_T_UNLESS && o->op != MDESC_T_SKIP)
		return NULL;
	if (o->index <= i || o->index > c->n)
		return "it does not go forward";
	return c->depth || c->args ? "it goes on in the middle of a value" : NULL;
}

static bool only_statement(unsigned int op)
{
	return op == MDESC_T_SET || op == MDESC_T_SETM || op == MDESC_T_ARG || op >= MDESC_T_RECORD;
}

static const char *one_problem(struct code *c, uint32_t i)
{
	const struct mdesc_fmt_raw_op *o = &c->ops[i];
	uint32_t takes, gives;
	const char *why;

	if (!raw_op_use(o->op, &takes, &gives))
		return "this version does not know it";
	if (o->reserved)
		return "reserved bytes are not zero";
	if (takes > c->depth || c->depth - takes + gives > RAW_STACK_MAX)
		return "it takes what is not there, or gives too much";
	if (c->load && (only_statement(o->op) || (o->op == MDESC_T_PACKET) != (i + 1 == c->n)))
		return "a load cannot do it";
	c->depth = c->depth - takes + gives;
	why = operand_problem(c, o);
	return why ? why : jump_problem(c, i);
}

const char *raw_code_problem(const struct mdesc_image *img, uint32_t table, uint32_t first, uint32_t n, bool load,
			     uint32_t *where)
{
	struct code c = { .img = img, .t = &image_raws(img)[table], .ops = image_raw_ops(img) + first, .n = n,
			  .load = load };
	bool idle[OPS_MAX + 1];		/* between statements: before operation I */
	const char *why = NULL;
	uint32_t i;

	*where = first;
	if (!n)
		return NULL;
	if (n > OPS_MAX)
		return "there are too many";
	if (image_count(img, TABLE_RAW_REGS) < 2)
		return "there are no registers for it";
	for (i = 0; i < n && !why; i++) {
		*where = first + i;
		idle[i] = !c.depth && !c.args;
		why = one_problem(&c, i);
	}
	if (!why && (c.args || c.depth != load))
		why = "it ends in the middle of a value";
	idle[n] = true;
	for (i = 0; i < n && !why; i++) {
		*where = first + i;
		if ((c.ops[i].op == MDESC_T_UNLESS || c.ops[i].op == MDESC_T_SKIP) && !idle[c.ops[i].index])
			why = "it goes on in the middle of a value";
	}
	return why;
}

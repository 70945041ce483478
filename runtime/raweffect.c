/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a raw table does, as text: takes its operations, which were checked, gives
 * the statements that a description would have, a line each.
 */
#include "operators.h"
#include "rawtable.h"
#include "text.h"

#define NESTED_MAX	16

struct printer {
	struct text *t;
	const struct mdesc_image *img;
	const struct mdesc_fmt_raw *table;
	const struct mdesc_fmt_raw_op *ops;
};

/* ---- values ---- */

/* The first operation of the value that operation @last gives. */
static uint32_t begin_of(const struct printer *p, uint32_t last)
{
	uint32_t wanted = 1, takes, gives;

	for (;; last--) {
		raw_op_use(p->ops[last].op, &takes, &gives);
		wanted = wanted + takes - 1;
		if (!wanted)
			return last;
	}
}

static int level_of(const struct mdesc_fmt_raw_op *o)
{
	if (o->op == MDESC_X_CONST)
		return o->lo ? LEVEL_UNARY : LEVEL_POSTFIX;
	return o->op <= MDESC_X_COND && operators[o->op].level ? operators[o->op].level : LEVEL_POSTFIX;
}

static void put(struct printer *p, uint32_t last, int level);

static void put_packet(struct printer *p, uint32_t last)
{
	const struct mdesc_fmt_raw_op *o = &p->ops[last];

	if (o->width > 8)
		text_add(p->t, "%s%u ", o->lo == MDESC_ORDER_LE ? "le" : "be", o->width);
	text_add(p->t, "packet[");
	put(p, last - 1, 0);
	text_add(p->t, "]");
}

static void put_leaf(struct printer *p, uint32_t last)
{
	const struct mdesc_fmt_raw_op *o = &p->ops[last];
	const struct mdesc_fmt_raw_part *key = &image_raw_parts(p->img)[p->table->part_first];

	switch (o->op) {
	case MDESC_X_CONST:
		text_add(p->t, o->lo ? "%lld" : "%llu", (long long)o->imm);
		break;
	case MDESC_T_FIELD:
	case MDESC_T_MASK:
		if ((p->table->flags & MDESC_RAW_KEY) && o->index - key->field_first < key->field_count)
			text_add(p->t, "key.");
		text_add(p->t, "%s%s", image_str(p->img, image_raw_fields(p->img)[o->index].name),
			 o->op == MDESC_T_MASK ? ".mask" : "");
		break;
	case MDESC_T_REG:
		text_add(p->t, "%s", image_str(p->img, image_raw_regs(p->img)[o->index].name));
		break;
	case MDESC_T_LENGTH:
		text_add(p->t, "packet.length");
		break;
	case MDESC_T_PACKET:
		put_packet(p, last);
		break;
	case MDESC_X_SLICE:
		put(p, last - 1, LEVEL_POSTFIX);
		text_add(p->t, "[%u:%u]", o->lo + o->width - 1, o->lo);
		break;
	}
}

/* The value that operation @last gives; in parentheses where it binds less than @level. */
static void put(struct printer *p, uint32_t last, int level)
{
	const struct mdesc_fmt_raw_op *o = &p->ops[last];
	int own = level_of(o);
	uint32_t b, a;

	text_add(p->t, own < level ? "(" : "");
	if (own == LEVEL_POSTFIX || o->op == MDESC_X_CONST) {
		put_leaf(p, last);
	} else if (own == LEVEL_UNARY) {
		text_add(p->t, "%s", operators[o->op].text);
		put(p, last - 1, own);
	} else if (own != LEVEL_COND) {
		put(p, begin_of(p, last - 1) - 1, own);
		text_add(p->t, " %s ", operators[o->op].text);
		put(p, last - 1, own + 1);
	} else {
		b = begin_of(p, last - 1) - 1;
		a = begin_of(p, b) - 1;
		put(p, a, own + 1);
		text_add(p->t, " ? ");
		put(p, b, own + 1);
		text_add(p->t, " : ");
		put(p, last - 1, own);
	}
	text_add(p->t, own < level ? ")" : "");
}

/* ---- statements ---- */

static void indent(struct printer *p, uint32_t depth)
{
	text_add(p->t, "%.*s", (int)depth + 1, "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t");
}

static void put_set(struct printer *p, uint32_t i)
{
	const struct mdesc_fmt_raw_reg *reg = &image_raw_regs(p->img)[p->ops[i].index];
	bool masked = p->ops[i].op == MDESC_T_SETM;
	uint32_t value = masked ? begin_of(p, i - 1) - 1 : i - 1;
	bool own_mask = masked && p->ops[i - 1].op == MDESC_T_MASK && p->ops[value].op == MDESC_T_FIELD &&
			p->ops[i - 1].index == p->ops[value].index;

	text_add(p->t, "%s%s = ", reg->kind == MDESC_RAW_REG_LET ? "let " : "", image_str(p->img, reg->name));
	put(p, value, 0);
	if (masked && !own_mask) {
		text_add(p->t, " &&& ");
		put(p, i - 1, 0);
	}
	text_add(p->t, ";\n");
}

/* RECORD or STOP, with the values in front of it. */
static void put_call(struct printer *p, uint32_t i)
{
	uint32_t last[RAW_ARGS_MAX], n = 0, at = i;

	while (n < RAW_ARGS_MAX && at && p->ops[at - 1].op == MDESC_T_ARG) {
		last[n++] = at - 2;
		at = begin_of(p, at - 2);
	}
	text_add(p->t, p->ops[i].op == MDESC_T_STOP ? "stop(" : "record(");
	while (n--) {
		put(p, last[n], 0);
		text_add(p->t, n ? ", " : "");
	}
	text_add(p->t, ");\n");
}

static void put_effect(struct printer *p, uint32_t n)
{
	uint32_t ends[NESTED_MAX], depth = 0, i;

	for (i = 0; i < n; i++) {
		const struct mdesc_fmt_raw_op *o = &p->ops[i];

		for (; depth && ends[depth - 1] <= i; depth--) {
			indent(p, depth - 1);
			text_add(p->t, "}\n");
		}
		if (o->op == MDESC_T_SKIP && depth && ends[depth - 1] == i + 1) {
			indent(p, depth - 1);
			text_add(p->t, "} else {\n");
			ends[depth - 1] = o->index;
			continue;
		}
		if (o->op != MDESC_T_SET && o->op != MDESC_T_SETM && o->op < MDESC_T_RECORD)
			continue;
		indent(p, depth);
		switch (o->op) {
		case MDESC_T_SET: case MDESC_T_SETM: put_set(p, i); break;
		case MDESC_T_RECORD: case MDESC_T_STOP: put_call(p, i); break;
		case MDESC_T_GOTO:
			text_add(p->t, "goto %s;\n", image_str(p->img, image_raws(p->img)[o->index].name));
			break;
		case MDESC_T_SKIP: text_add(p->t, "skip %u\n", o->index - i); break;
		case MDESC_T_UNLESS:
			text_add(p->t, "if (");
			put(p, i - 1, 0);
			text_add(p->t, depth < NESTED_MAX ? ") {\n" : ") ...\n");
			if (depth < NESTED_MAX)
				ends[depth++] = o->index;
			break;
		}
	}
	while (depth--) {
		indent(p, depth);
		text_add(p->t, "}\n");
	}
}

void raw_load_text(struct text *t, const struct mdesc_image *img, const struct mdesc_fmt_raw *table,
		   const struct mdesc_fmt_raw_field *f)
{
	struct printer p = { t, img, table, image_raw_ops(img) + f->load_first };

	if (f->load_count)
		put(&p, f->load_count - 1, 0);
}

void raw_effect_text(struct text *t, const struct mdesc_image *img, const struct mdesc_fmt_raw *table)
{
	struct printer p = { t, img, table, image_raw_ops(img) + table->op_first };

	put_effect(&p, table->op_count);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes something computed, gives it as text: C's operators with no more
 * parentheses than it needs, one blank around each operator of two sides,
 * numbers in decimal. The tags of the BTF, the dump and the canonical text are
 * made of it; runtime/exprtext.c writes the same from an image.
 */
#include "types.h"

#include "out.h"

static const struct { const char *text; int level; } ops[] = {
	[OP_LOR] = { "||", 2 }, [OP_LAND] = { "&&", 3 }, [OP_OR] = { "|", 4 }, [OP_XOR] = { "^", 5 },
	[OP_AND] = { "&", 6 }, [OP_EQ] = { "==", 7 }, [OP_NE] = { "!=", 7 }, [OP_LT] = { "<", 8 },
	[OP_GT] = { ">", 8 }, [OP_LE] = { "<=", 8 }, [OP_GE] = { ">=", 8 }, [OP_SHL] = { "<<", 9 },
	[OP_SHR] = { ">>", 9 }, [OP_ADD] = { "+", 10 }, [OP_SUB] = { "-", 10 }, [OP_MUL] = { "*", 11 },
	[OP_DIV] = { "/", 11 }, [OP_MOD] = { "%", 11 }, [OP_NEG] = { "-", 12 }, [OP_NOT] = { "!", 12 },
	[OP_COM] = { "~", 12 },
};
enum { LEVEL_COND = 1, LEVEL_UNARY = 12, LEVEL_POSTFIX = 13 };

struct text {
	struct out out;
	const struct mdc_layout *l;
	bool full;
};

static void put(struct text *t, const struct mdc_v *x, int level);

static int level_of(const struct mdc_v *x)
{
	switch (x->kind) {
	case MDC_V_COND:
		return LEVEL_COND;
	case MDC_V_UNARY:
	case MDC_V_BINARY:
		return ops[x->op].level;
	case MDC_V_CONST:
		return x->is_signed ? LEVEL_UNARY : LEVEL_POSTFIX;
	default:
		return LEVEL_POSTFIX;
	}
}

static void put_field(struct text *t, const struct mdc_v *x)
{
	const struct mdc_leaf *f = &t->l->leaves[x->leaf];

	if (!t->full)
		out_puts(&t->out, x->text);
	else if (x->whole)
		out_puts(&t->out, f->path);
	else if (f->count > 1 || f->kind == MDC_LEAF_BYTES)
		out_printf(&t->out, "%s[%u]", f->path, x->elem);
	else
		out_puts(&t->out, f->path);
}

static void put_pieces(struct text *t, const struct mdc_v *x)
{
	put_field(t, x->list[0]);
	if (x->n_list == 1 || (x->list[0]->whole && x->list[0]->leaf == x->list[x->n_list - 1]->leaf))
		return;
	out_puts(&t->out, "..");
	put_field(t, x->list[x->n_list - 1]);
}

static void put_bare(struct text *t, const struct mdc_v *x)
{
	int level = level_of(x);

	switch (x->kind) {
	case MDC_V_CONST:
		if (x->is_signed)
			out_printf(&t->out, "%lld", (long long)x->imm);
		else
			out_decimal(&t->out, x->imm);
		break;
	case MDC_V_FIELD:
		put_field(t, x);
		break;
	case MDC_V_CONFIG:
		out_printf(&t->out, "config.%s", x->config->name);
		break;
	case MDC_V_VALUE:
		out_puts(&t->out, t->full ? x->value->path : x->text);
		break;
	case MDC_V_UNARY:
		out_puts(&t->out, ops[x->op].text);
		put(t, x->a, level);
		break;
	case MDC_V_BINARY:
		put(t, x->a, level);
		out_printf(&t->out, " %s ", ops[x->op].text);
		put(t, x->b, level + 1);
		break;
	case MDC_V_COND:
		put(t, x->a, level + 1);
		out_puts(&t->out, " ? ");
		put(t, x->b, level + 1);
		out_puts(&t->out, " : ");
		put(t, x->c, level);
		break;
	case MDC_V_SLICE:
		put(t, x->a, LEVEL_POSTFIX);
		if (x->width == 1)
			out_printf(&t->out, "[%u]", x->lo);
		else
			out_printf(&t->out, "[%u:%u]", x->lo + x->width - 1, x->lo);
		break;
	case MDC_V_CAT:
		put_pieces(t, x);
		break;
	}
}

static void put(struct text *t, const struct mdc_v *x, int level)
{
	bool brackets = level_of(x) < level;

	if (brackets)
		out_puts(&t->out, "(");
	put_bare(t, x);
	if (brackets)
		out_puts(&t->out, ")");
}

const char *rs_value_text(struct resolver *r, const struct mdc_layout *l, const struct mdc_v *x, bool full)
{
	struct text t = { .l = l, .full = full };
	const char *s;

	out_init(&t.out);
	put(&t, x, 0);
	s = atom_n(r->ctx->atoms, t.out.data, t.out.size);
	out_free(&t.out);
	return s;
}

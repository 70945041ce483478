/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a value is computed from, as a description has it: takes the steps of an
 * image, writes C's operators with no more parentheses than they need, so that
 * it can be read back as the same expression. compiler/value_text.c does the same
 * from the model.
 */
#include "image.h"
#include "operators.h"
#include "text.h"

struct printer {
	struct text *t;
	const struct mdesc_image *img;
	const struct mdesc_fmt_expr *first;
};

/*
 * Steps are in the order of a stack, so the last is the root and each part ends where the next begins. Writing it needs
 * the first step of each part: counted backwards, one number wanted at first.
 */
static const struct mdesc_fmt_expr *begin_of(const struct mdesc_fmt_expr *last)
{
	unsigned int wanted = 1;

	for (;; last--) {
		bool reads = last->op <= MDESC_X_VALUE || last->op == MDESC_X_CONFIG;
		unsigned int takes = reads ? 0 : last->op <= MDESC_X_SLICE ? 1 : last->op == MDESC_X_COND ? 3 :
				     last->op == MDESC_X_CAT ? last->index : 2;

		wanted += takes - 1;
		if (!wanted)
			return last;
	}
}

static bool negative(const struct mdesc_fmt_expr *x)
{
	return x->op == MDESC_X_CONST && x->lo;
}

static int level_of(const struct mdesc_fmt_expr *x)
{
	if (negative(x))
		return LEVEL_UNARY;
	return operators[x->op].level ? operators[x->op].level : LEVEL_POSTFIX;
}

static void put_field(struct printer *p, const struct mdesc_fmt_expr *x, bool whole)
{
	const struct mdesc_fmt_field *f = p->img->fields[x->index].fmt;

	text_add(p->t, "%s", image_str(p->img, f->path));
	if (!whole && (f->count > 1 || f->kind == MDESC_FIELD_BYTES))
		text_add(p->t, "[%llu]", (unsigned long long)x->imm);
}

/* A..B; an array of which all elements are pieces by its name alone. */
static void put_cat(struct printer *p, const struct mdesc_fmt_expr *x)
{
	const struct mdesc_fmt_expr *first = x - x->index, *last = x - 1, *end = first, *begin = last;

	while (end < last && end[1].index == first->index)
		end++;
	while (begin > first && begin[-1].index == last->index)
		begin--;
	put_field(p, first, (uint32_t)(end - first) + 1 == p->img->fields[first->index].fmt->count);
	if (end == last && ((uint32_t)(end - first) + 1 == p->img->fields[first->index].fmt->count || end == first))
		return;
	text_add(p->t, "..");
	put_field(p, last, begin != first && (uint32_t)(last - begin) + 1 == p->img->fields[last->index].fmt->count);
}

static void put(struct printer *p, const struct mdesc_fmt_expr *x, int level);

static void put_parts(struct printer *p, const struct mdesc_fmt_expr *x)
{
	const struct mdesc_fmt_expr *c = x - 1, *b, *a;
	int level = operators[x->op].level;

	if (level == LEVEL_UNARY) {
		text_add(p->t, "%s", operators[x->op].text);
		put(p, c, level);
		return;
	}
	b = begin_of(c) - 1;
	if (x->op != MDESC_X_COND) {
		put(p, b, level);
		text_add(p->t, " %s ", operators[x->op].text);
		put(p, c, level + 1);
		return;
	}
	a = begin_of(b) - 1;
	put(p, a, level + 1);
	text_add(p->t, " ? ");
	put(p, b, level + 1);
	text_add(p->t, " : ");
	put(p, c, level);
}

static void put_bare(struct printer *p, const struct mdesc_fmt_expr *x)
{
	switch (x->op) {
	case MDESC_X_CONST:
		if (negative(x))
			text_add(p->t, "%lld", (long long)x->imm);
		else
			text_add(p->t, "%llu", (unsigned long long)x->imm);
		break;
	case MDESC_X_FIELD:
		put_field(p, x, false);
		break;
	case MDESC_X_CONFIG:
		text_add(p->t, "config.%s", image_str(p->img, image_configs(p->img)[x->index].name));
		break;
	case MDESC_X_VALUE:
		text_add(p->t, "%s", image_str(p->img, p->img->values[x->index].fmt->name));
		break;
	case MDESC_X_SLICE:
		put(p, x - 1, LEVEL_POSTFIX);
		if (x->width == 1)
			text_add(p->t, "[%u]", x->lo);
		else
			text_add(p->t, "[%u:%u]", x->lo + x->width - 1, x->lo);
		break;
	case MDESC_X_CAT:
		put_cat(p, x);
		break;
	default:
		put_parts(p, x);
	}
}

static void put(struct printer *p, const struct mdesc_fmt_expr *x, int level)
{
	bool brackets = level_of(x) < level;

	text_add(p->t, brackets ? "(" : "");
	put_bare(p, x);
	text_add(p->t, brackets ? ")" : "");
}

void put_expr(struct text *t, const struct mdesc_image *img, uint32_t idx)
{
	const struct mdesc_fmt_value *v = img->values[idx].fmt;
	struct printer p = { t, img, image_exprs(img) + v->expr_first };

	put(&p, p.first + v->expr_count - 1, 0);
}

int mdesc_value__expr_format(const struct mdesc_value *value, char *buf, size_t size)
{
	struct text t;

	text_start(&t, buf, size);
	put_expr(&t, value->layout->img, (uint32_t)(value - value->layout->img->values));
	return text_end(&t);
}

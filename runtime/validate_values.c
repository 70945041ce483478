/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is computed from fields: the tables of values and their expressions.
 *
 * Takes checked layouts, fields and conditions; gives handles for values.
 * Afterwards every expression leaves one number, reads only what is there and
 * comes before it, and ends within bounded time, depth and stack.
 */
#include <errno.h>
#include <stdlib.h>

#include "image.h"

#define MAX_DEPTH	80		/* values that need values; the compiler makes 64 */
#define MAX_WORK	(1u << 17)	/* steps of one with all that it needs */
#define MAX_NESTED	320		/* operations in operations; the compiler makes 256 */
#define MAX_ALL_WORK	(1u << 26)	/* steps to decode all fields and values once */
#define MAX_ASK_WORK	(1u << 28)	/* and steps to know which of them mean something */

#define AT(type, member)	offsetof(struct mdesc_fmt_##type, member)

struct cost { uint32_t depth; uint32_t work; };

struct check {
	struct mdesc_image *img;
	struct mdesc_error *err;
	struct cost *cost;
	uint32_t at;			/* the value at hand */
	uint16_t nested[IMAGE_MAX_STACK + 1];	/* how deep the expression of each number is */
};

#define BAD_VALUE(c, member, ...) \
	bad_entry((c)->img, (c)->err, TABLE_VALUES, (c)->at, AT(value, member), __VA_ARGS__)
#define BAD_EXPR(c, i, member, ...) \
	bad_entry((c)->img, (c)->err, TABLE_EXPRS, i, AT(expr, member), __VA_ARGS__)

static const struct mdesc_fmt_value *value_of(const struct check *c)
{
	return c->img->values[c->at].fmt;
}

static void needs(struct check *c, uint32_t other)
{
	struct cost *mine = &c->cost[c->at];

	mine->work += c->cost[other].work;
	if (mine->work > MAX_WORK)
		mine->work = MAX_WORK + 1;
	if (c->cost[other].depth >= mine->depth)
		mine->depth = c->cost[other].depth + 1;
}

/* A condition by a value: 0, or one before @before, of layout @layout, that is a VALID. */
static bool good_valid(const struct mdesc_image *img, uint32_t valid, uint32_t before, uint32_t layout)
{
	const struct mdesc_fmt_value *v;

	if (!valid)
		return true;
	if (valid > before)
		return false;
	v = &image_value_table(img)[valid - 1];
	return v->role == MDESC_VALUE_VALID && v->layout == layout;
}

/* ---- steps ---- */

static unsigned int pops(const struct mdesc_fmt_expr *x)
{
	switch (x->op) {
	case MDESC_X_CONST:
	case MDESC_X_FIELD:
	case MDESC_X_VALUE:
	case MDESC_X_CONFIG:
		return 0;
	case MDESC_X_NEG:
	case MDESC_X_NOT:
	case MDESC_X_COM:
	case MDESC_X_SLICE:
		return 1;
	case MDESC_X_COND:
		return 3;
	case MDESC_X_CAT:
		return x->index;
	default:
		return 2;
	}
}

static int check_field_step(struct check *c, uint32_t i)
{
	const struct mdesc_fmt_expr *x = &image_exprs(c->img)[i];
	const struct mdesc_fmt_field *f;

	if (x->index >= image_count(c->img, TABLE_FIELDS) ||
	    c->img->fields[x->index].layout != c->img->values[c->at].layout)
		return BAD_EXPR(c, i, index, "step %u: field %u is none of its layout", i, x->index);
	f = c->img->fields[x->index].fmt;
	if (x->imm >= f->count)
		return BAD_EXPR(c, i, imm, "step %u: element %llu of %u", i, (unsigned long long)x->imm, f->count);
	if (f->kind == MDESC_FIELD_MAC || f->kind == MDESC_FIELD_PTR)
		return BAD_EXPR(c, i, index, "step %u: field %u is not a number", i, x->index);
	if (!good_valid(c->img, f->valid, c->at, value_of(c)->layout))
		return BAD_EXPR(c, i, index, "step %u: field %u is valid by value %u, which is not before value %u", i,
				x->index, f->valid - 1, c->at);
	if (f->valid)
		needs(c, f->valid - 1);
	return 0;
}

static int check_value_step(struct check *c, uint32_t i)
{
	const struct mdesc_fmt_expr *x = &image_exprs(c->img)[i];

	if (x->index >= c->at || c->img->values[x->index].layout != c->img->values[c->at].layout ||
	    c->img->values[x->index].fmt->role > MDESC_VALUE_DERIVE)
		return BAD_EXPR(c, i, index, "step %u: value %u is none that value %u can read", i, x->index, c->at);
	needs(c, x->index);
	return 0;
}

/* The pieces of an alias are fields, in one number. */
static int check_cat(struct check *c, uint32_t i)
{
	const struct mdesc_fmt_value *v = value_of(c);
	const struct mdesc_fmt_expr *x = &image_exprs(c->img)[i];
	unsigned int bits = 0;
	uint32_t k;

	if (v->role != MDESC_VALUE_ALIAS || i != v->expr_first + v->expr_count - 1 ||
	    x->index != v->expr_count - 1 || !x->index)
		return BAD_EXPR(c, i, op, "step %u: a CAT that is not the whole of an alias", i);
	for (k = v->expr_first; k < i; k++) {
		if (image_exprs(c->img)[k].op != MDESC_X_FIELD)
			return BAD_EXPR(c, k, op, "step %u: a piece of an alias that is no field", k);
		bits += c->img->fields[image_exprs(c->img)[k].index].fmt->width;
		if (bits > 64)
			return BAD_EXPR(c, i, index, "step %u: pieces of more than 64 bits", i);
	}
	return 0;
}

static int check_step(struct check *c, uint32_t i)
{
	const struct mdesc_fmt_expr *x = &image_exprs(c->img)[i];
	bool indexed = x->op == MDESC_X_FIELD || x->op == MDESC_X_VALUE || x->op == MDESC_X_CAT ||
		       x->op == MDESC_X_CONFIG;

	if (x->op < MDESC_X_CONST || x->op > MDESC_X_CONFIG)
		return BAD_EXPR(c, i, op, "step %u: there is no operation %u", i, x->op);
	if (x->reserved || (!indexed && x->index) ||
	    (x->op != MDESC_X_CONST && x->op != MDESC_X_FIELD && x->imm) ||
	    (x->op != MDESC_X_SLICE && ((x->lo && x->op != MDESC_X_CONST) || x->width)) ||
	    (x->op == MDESC_X_CONST && (x->lo > 1 || (x->lo && !(x->imm >> 63)))))
		return BAD_EXPR(c, i, op, "step %u: an operand that operation %u does not have", i, x->op);
	if (x->op == MDESC_X_SLICE && (x->width < 1 || x->lo + x->width > 64))
		return BAD_EXPR(c, i, width, "step %u: %u bits from bit %u", i, x->width, x->lo);
	if (x->op == MDESC_X_CONFIG && x->index >= image_count(c->img, TABLE_CONFIG))
		return BAD_EXPR(c, i, index, "step %u: configuration %u of %u", i, x->index,
				image_count(c->img, TABLE_CONFIG));
	if (x->op == MDESC_X_FIELD)
		return check_field_step(c, i);
	if (x->op == MDESC_X_VALUE)
		return check_value_step(c, i);
	return x->op == MDESC_X_CAT ? check_cat(c, i) : 0;
}

/* What step @i does to the stack of @depth numbers. */
static int check_stack(struct check *c, uint32_t i, uint32_t *depth)
{
	unsigned int takes = pops(&image_exprs(c->img)[i]), k;
	uint16_t nested = 0;

	if (takes > *depth)
		return BAD_EXPR(c, i, op, "step %u: too few numbers on the stack", i);
	*depth -= takes;
	for (k = 0; k < takes; k++)
		if (c->nested[*depth + k] >= nested)
			nested = c->nested[*depth + k] + 1;
	c->nested[*depth] = nested;
	if (nested > MAX_NESTED)
		return BAD_EXPR(c, i, op, "step %u: nested more than %u deep", i, MAX_NESTED);
	if (++*depth > IMAGE_MAX_STACK)
		return BAD_EXPR(c, i, op, "step %u: more than %u numbers on the stack", i, IMAGE_MAX_STACK);
	return 0;
}

static int check_expr(struct check *c, uint32_t expr_first)
{
	const struct mdesc_fmt_value *v = value_of(c);
	uint32_t exprs = image_count(c->img, TABLE_EXPRS), stack = 0, i;
	int ret;

	if (v->expr_first != expr_first || !v->expr_count || v->expr_count > exprs - expr_first)
		return BAD_VALUE(c, expr_first, "value %u: steps %u and %u more, of %u; those before it end at %u",
				 c->at, v->expr_first, v->expr_count, exprs, expr_first);
	for (i = expr_first; i < expr_first + v->expr_count; i++) {
		ret = check_step(c, i);
		if (ret)
			return ret;
		ret = check_stack(c, i, &stack);
		if (ret)
			return ret;
	}
	if (stack != 1)
		return BAD_VALUE(c, expr_count, "value %u: its steps leave %u numbers", c->at, stack);
	if (v->role == MDESC_VALUE_ALIAS && image_exprs(c->img)[i - 1].op != MDESC_X_CAT)
		return BAD_VALUE(c, expr_count, "value %u: an alias of no pieces", c->at);
	return 0;
}

/* ---- values ---- */

static int check_shape(struct check *c)
{
	const struct mdesc_fmt_value *v = value_of(c);

	if (v->role < MDESC_VALUE_ALIAS || v->role > MDESC_VALUE_TAG)
		return BAD_VALUE(c, role, "value %u: there is no role %u", c->at, v->role);
	if (v->kind < MDESC_FIELD_UINT || v->kind > MDESC_FIELD_ENUM ||
	    (v->role == MDESC_VALUE_VALID && v->kind != MDESC_FIELD_BOOL))
		return BAD_VALUE(c, kind, "value %u: kind %u", c->at, v->kind);
	if (v->width < 1 || v->width > 64)
		return BAD_VALUE(c, width, "value %u has %u bits", c->at, v->width);
	if (v->order > (v->role == MDESC_VALUE_ALIAS ? MDESC_ORDER_BE : 0))
		return BAD_VALUE(c, order, "value %u: order %u", c->at, v->order);
	if ((v->flags & ~(MDESC_VALUE_DEPRECATED | MDESC_VALUE_SIGNED)) && !image_is_newer(c->img))
		return BAD_VALUE(c, flags, "value %u has flags 0x%x", c->at, v->flags);
	return 0;
}

static int check_texts(struct check *c)
{
	const struct mdesc_fmt_value *v = value_of(c);
	int ret = 0;

	if (v->role <= MDESC_VALUE_DERIVE || v->name)
		ret = check_name(c->img, c->err, TABLE_VALUES, c->at, AT(value, name), v->name, ".[]");
	if (!ret)
		ret = check_line(c->img, c->err, TABLE_VALUES, c->at, AT(value, unit), v->unit);
	if (!ret)
		ret = check_opt_name(c->img, c->err, TABLE_VALUES, c->at, AT(value, type), v->type);
	return ret ? ret : check_str(c->img, c->err, TABLE_VALUES, c->at, AT(value, doc), v->doc);
}

static int check_conditions(struct check *c)
{
	const struct mdesc_fmt_value *v = value_of(c);
	const struct mdesc_image *img = c->img;

	if (v->cond != MDESC_FMT_NONE32 &&
	    (v->cond >= image_count(img, TABLE_CONDS) || cond_layout(img, v->cond) != img->values[c->at].layout))
		return BAD_VALUE(c, cond, "value %u: condition %u is none of its layout", c->at, v->cond);
	if (!good_valid(img, v->valid, c->at, v->layout))
		return BAD_VALUE(c, valid, "value %u is valid by value %u", c->at, v->valid - 1);
	if (v->valid)
		needs(c, v->valid - 1);
	return 0;
}

static int check_value(struct check *c, uint32_t expr_first)
{
	const struct mdesc_fmt_value *v = value_of(c);
	struct cost *cost = &c->cost[c->at];
	int ret;

	cost->work = v->expr_count < MAX_WORK ? v->expr_count : MAX_WORK;
	ret = check_shape(c);
	if (!ret)
		ret = check_texts(c);
	if (!ret)
		ret = check_conditions(c);
	if (!ret)
		ret = check_expr(c, expr_first);
	if (!ret && cost->depth > MAX_DEPTH)
		ret = BAD_VALUE(c, expr_first, "value %u needs others %u deep", c->at, cost->depth);
	if (!ret && cost->work > MAX_WORK)
		ret = BAD_VALUE(c, expr_first, "value %u takes more than %u steps", c->at, MAX_WORK);
	return ret;
}

/* Those of a layout stand together. */
static int give_handles(struct check *c)
{
	struct mdesc_image *img = c->img;
	uint32_t layout = 0;

	for (c->at = 0; c->at < image_count(img, TABLE_VALUES); c->at++) {
		const struct mdesc_fmt_value *v = &image_value_table(img)[c->at];

		if (v->layout < layout || v->layout >= image_count(img, TABLE_LAYOUTS))
			return BAD_VALUE(c, layout, "value %u is of layout %u, behind one of layout %u", c->at,
					 v->layout, layout);
		layout = v->layout;
		img->values[c->at].fmt = v;
		img->values[c->at].layout = &img->layouts[layout];
		if (!img->layouts[layout].value_count++)
			img->layouts[layout].value_first = c->at;
	}
	return 0;
}

static uint64_t bounded(uint64_t work)
{
	return work > MAX_ASK_WORK ? MAX_ASK_WORK + 1ull : work;
}

/* What looking at the tags of each condition costs. */
static void cond_work(const struct check *c, uint64_t *work)
{
	for (uint32_t i = 0; i < image_count(c->img, TABLE_CONDS); i++) {
		const struct mdesc_fmt_cond *cond = &image_conds(c->img)[i];
		uint64_t all = cond->range_count + 1ull;

		all += cond->value ? 2ull * c->cost[cond->value - 1].work : 0;
		all += cond->parent != MDESC_FMT_NONE32 ? work[cond->parent] : 0;
		work[i] = bounded(all);
	}
}

/* What asking for the conditions of something costs: those around, and its own. */
static uint64_t ask_work(const struct check *c, const uint64_t *conds, const uint64_t *asks, uint32_t cond,
			 uint32_t valid)
{
	return (cond < image_count(c->img, TABLE_CONDS) ? conds[cond] : 0) +
	       (valid ? asks[valid - 1] + c->cost[valid - 1].work : 0);
}

/* What asking whether a value means something costs: it asks all that it reads, each time. */
static uint64_t value_work(const struct check *c, const uint64_t *conds, const uint64_t *asks, uint32_t idx)
{
	const struct mdesc_fmt_value *v = c->img->values[idx].fmt;
	uint64_t work = c->cost[idx].work + ask_work(c, conds, asks, v->cond, v->valid);

	for (uint32_t i = v->expr_first; i < v->expr_first + v->expr_count && work <= MAX_ASK_WORK; i++) {
		const struct mdesc_fmt_expr *x = &image_exprs(c->img)[i];

		if (x->op == MDESC_X_FIELD)
			work += ask_work(c, conds, asks, c->img->fields[x->index].fmt->cond,
					 c->img->fields[x->index].fmt->valid);
		else if (x->op == MDESC_X_VALUE)
			work += asks[x->index];
	}
	return bounded(work);
}

static int check_asks(const struct check *c, uint64_t *conds, uint64_t *asks)
{
	const struct mdesc_image *img = c->img;
	uint64_t work = 0;
	uint32_t i;

	cond_work(c, conds);
	for (i = 0; i < image_count(img, TABLE_VALUES); i++) {
		asks[i] = value_work(c, conds, asks, i);
		work += asks[i];
	}
	for (i = 0; i < image_count(img, TABLE_FIELDS); i++)
		work += ask_work(c, conds, asks, img->fields[i].fmt->cond, img->fields[i].fmt->valid);
	if (work > MAX_ASK_WORK)
		return error_at(c->err, img, MDESC_SEC_VALUES, 0,
				"it takes too many steps to know which values mean something");
	return 0;
}

/* The fields' own conditions, and what decoding all costs. */
static int check_fields(struct check *c)
{
	const struct mdesc_image *img = c->img;
	uint32_t count = image_count(img, TABLE_VALUES), i;
	uint64_t *conds, *asks, work = 0;
	int ret;

	for (i = 0; i < image_count(img, TABLE_FIELDS); i++) {
		uint32_t valid = img->fields[i].fmt->valid;

		if (!good_valid(img, valid, count, (uint32_t)(img->fields[i].layout - img->layouts)))
			return bad_entry(img, c->err, TABLE_FIELDS, i, AT(field, valid),
					 "field %u is valid by value %u", i, valid - 1);
		work += valid ? c->cost[valid - 1].work : 0;
	}
	for (i = 0; i < count; i++)
		work += 2 * (uint64_t)c->cost[i].work;
	if (work > MAX_ALL_WORK)
		return error_at(c->err, img, MDESC_SEC_VALUES, 0, "the values take too many steps");
	conds = calloc(image_count(img, TABLE_CONDS) + (size_t)1, sizeof(*conds));
	asks = calloc(count + (size_t)1, sizeof(*asks));
	ret = conds && asks ? check_asks(c, conds, asks) : error_nomem(c->err, img);
	free(conds);
	free(asks);
	return ret;
}

/* Configuration: names, and values of up to 64 bits. */
static int check_configs(struct check *c)
{
	const struct mdesc_image *img = c->img;
	int ret = 0;

	for (uint32_t i = 0; i < image_count(img, TABLE_CONFIG) && !ret; i++) {
		const struct mdesc_fmt_config *f = &image_configs(img)[i];

		if (f->bits < 1 || f->bits > 64 || f->reserved ||
		    (f->kind != MDESC_FIELD_UINT && f->kind != MDESC_FIELD_BOOL && f->kind != MDESC_FIELD_ENUM))
			return bad_entry(img, c->err, TABLE_CONFIG, i, AT(config, bits),
					 "configuration %u: %u bits of kind %u", i, f->bits, f->kind);
		ret = check_name(img, c->err, TABLE_CONFIG, i, AT(config, name), f->name, "");
		if (!ret)
			ret = check_line(img, c->err, TABLE_CONFIG, i, AT(config, unit), f->unit);
		if (!ret)
			ret = check_opt_name(img, c->err, TABLE_CONFIG, i, AT(config, type), f->type);
		if (!ret)
			ret = check_str(img, c->err, TABLE_CONFIG, i, AT(config, doc), f->doc);
	}
	return ret;
}

int image_validate_values(struct mdesc_image *img, struct mdesc_error *err)
{
	struct check c = { .img = img, .err = err };
	uint32_t count = image_count(img, TABLE_VALUES), expr = 0;
	int ret;

	img->values = calloc(count + (size_t)1, sizeof(*img->values));
	c.cost = calloc(count + (size_t)1, sizeof(*c.cost));
	ret = !img->values || !c.cost ? error_nomem(err, img) : check_configs(&c);
	if (!ret)
		ret = give_handles(&c);
	for (c.at = 0; c.at < count && !ret; c.at++) {
		ret = check_value(&c, expr);
		expr += value_of(&c)->expr_count;
	}
	if (!ret && expr != image_count(img, TABLE_EXPRS))
		ret = error_at(err, img, MDESC_SEC_EXPRS, table_offset(img, TABLE_EXPRS, expr),
			       "step %u belongs to no value", expr);
	if (!ret)
		ret = check_fields(&c);
	free(c.cost);
	return ret;
}

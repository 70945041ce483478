/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is computed from a layout's fields: aliases, derived values, and whether
 * something means something.
 *
 * Takes metadata bytes and the steps of format.h, which validate_values.c has
 * checked: the stack is large enough, and what a step reads is there.
 */
#include <errno.h>
#include <string.h>

#include "image.h"
#include "text.h"

/* ---- computing ---- */

static uint64_t sign_extended(uint64_t v, unsigned int width)
{
	return width < 64 && v >> (width - 1) & 1 ? v | ~0ull << width : v;
}

static uint64_t low_bits(uint64_t v, unsigned int width)
{
	return width < 64 ? v & ((1ull << width) - 1) : v;
}

static uint64_t read_element(const struct mdesc_fmt_field *f, const uint8_t *meta, uint64_t elem)
{
	uint64_t v = load_number(meta + f->offset + elem * f->stride, f->bytes, f->order, f->shift, f->width);

	return f->kind == MDESC_FIELD_SINT || (f->flags & MDESC_FIELD_SIGNED) ? sign_extended(v, f->width) : v;
}

static uint64_t divide(uint64_t a, uint64_t b, bool sign, bool rest)
{
	bool na = sign && a >> 63, nb = sign && b >> 63;
	uint64_t q, r;

	if (!b)
		return rest ? a : 0;
	a = na ? 0 - a : a;
	b = nb ? 0 - b : b;
	q = a / b;
	r = a % b;
	if (rest)
		return na ? 0 - r : r;
	return na != nb ? 0 - q : q;
}

static uint64_t shift_signed(uint64_t a, unsigned int n)
{
	return a >> 63 ? ~(~a >> n) : a >> n;
}

uint64_t expr_binary(unsigned int op, uint64_t a, uint64_t b)
{
	const uint64_t top = 1ull << 63;	/* added to both, orders with a sign as without */

	switch (op) {
	case MDESC_X_ADD:	return a + b;
	case MDESC_X_SUB:	return a - b;
	case MDESC_X_MUL:	return a * b;
	case MDESC_X_DIV:	return divide(a, b, false, false);
	case MDESC_X_SDIV:	return divide(a, b, true, false);
	case MDESC_X_MOD:	return divide(a, b, false, true);
	case MDESC_X_SMOD:	return divide(a, b, true, true);
	case MDESC_X_SHL:	return a << (b & 63);
	case MDESC_X_SHR:	return a >> (b & 63);
	case MDESC_X_SSHR:	return shift_signed(a, b & 63);
	case MDESC_X_AND:	return a & b;
	case MDESC_X_OR:	return a | b;
	case MDESC_X_XOR:	return a ^ b;
	case MDESC_X_EQ:	return a == b;
	case MDESC_X_NE:	return a != b;
	case MDESC_X_LT:	return a < b;
	case MDESC_X_SLT:	return a + top < b + top;
	case MDESC_X_LE:	return a <= b;
	case MDESC_X_SLE:	return a + top <= b + top;
	case MDESC_X_GT:	return a > b;
	case MDESC_X_SGT:	return a + top > b + top;
	case MDESC_X_GE:	return a >= b;
	case MDESC_X_SGE:	return a + top >= b + top;
	case MDESC_X_LAND:	return a && b;
	default:		return a || b;
	}
}

uint64_t expr_unary(unsigned int op, uint64_t a)
{
	return op == MDESC_X_NEG ? 0 - a : op == MDESC_X_NOT ? !a : ~a;
}

/* The pieces' own numbers, side by side; there is one at least. */
static uint64_t cat(const struct mdesc_image *img, const struct mdesc_fmt_value *v, const uint64_t *piece, uint32_t n)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		uint32_t at = v->order == MDESC_ORDER_BE ? i : n - 1 - i;
		unsigned int width = img->fields[image_exprs(img)[v->expr_first + at].index].fmt->width;

		sum = width < 64 ? sum << width | low_bits(piece[at], width) : piece[at];
	}
	return sum;
}

uint64_t value_compute(const struct mdesc_image *img, uint32_t idx, const uint8_t *meta)
{
	const struct mdesc_fmt_value *v = img->values[idx].fmt;
	const struct mdesc_fmt_expr *x = image_exprs(img) + v->expr_first, *end = x + v->expr_count;
	uint64_t stack[IMAGE_MAX_STACK + 1], *top = stack;	/* one past the last */

	for (; x < end; x++) {
		switch (x->op) {
		case MDESC_X_CONST:
			*top++ = x->imm;
			break;
		case MDESC_X_FIELD:
			*top++ = read_element(img->fields[x->index].fmt, meta, x->imm);
			break;
		case MDESC_X_CONFIG:
			*top++ = img->config[x->index];
			break;
		case MDESC_X_VALUE:
			*top++ = value_compute(img, x->index, meta);
			break;
		case MDESC_X_NEG:
		case MDESC_X_NOT:
		case MDESC_X_COM:
			top[-1] = expr_unary(x->op, top[-1]);
			break;
		case MDESC_X_SLICE:
			top[-1] = low_bits(top[-1] >> x->lo, x->width);
			break;
		case MDESC_X_COND:
			top -= 2;
			top[-1] = top[-1] ? top[0] : top[1];
			break;
		case MDESC_X_CAT:
			top -= x->index;
			*top = cat(img, v, top, x->index);
			top++;
			break;
		default:
			top--;
			top[-1] = expr_binary(x->op, top[-1], top[0]);
		}
	}
	if (v->kind == MDESC_FIELD_BOOL)
		return stack[0] != 0;
	stack[0] = low_bits(stack[0], v->width);
	return v->kind == MDESC_FIELD_SINT || (v->flags & MDESC_VALUE_SIGNED) ? sign_extended(stack[0], v->width) :
	       stack[0];
}

bool value_known(const struct mdesc_image *img, uint32_t idx)
{
	const struct mdesc_fmt_value *v = img->values[idx].fmt;
	const struct mdesc_fmt_expr *x = image_exprs(img) + v->expr_first, *end = x + v->expr_count;

	for (; x < end; x++)
		if ((x->op == MDESC_X_CONFIG && !(img->configured >> x->index & 1)) ||
		    (x->op == MDESC_X_VALUE && !value_known(img, x->index)))
			return false;
	return true;
}

/* ---- whether it means something ---- */

/* The conditions of a value and of all that it reads. */
static bool applies(const struct mdesc_image *img, uint32_t idx, const uint8_t *meta)
{
	const struct mdesc_fmt_value *v = img->values[idx].fmt;
	const struct mdesc_fmt_expr *x = image_exprs(img) + v->expr_first, *end = x + v->expr_count;

	if (!value_known(img, idx) || !conds_hold(img, v->cond, meta) || !valid_holds(img, v->valid, meta))
		return false;
	for (; x < end; x++) {
		if (x->op == MDESC_X_FIELD && (!conds_hold(img, img->fields[x->index].fmt->cond, meta) ||
					       !valid_holds(img, img->fields[x->index].fmt->valid, meta)))
			return false;
		if (x->op == MDESC_X_VALUE && !applies(img, x->index, meta))
			return false;
	}
	return true;
}

bool valid_holds(const struct mdesc_image *img, uint32_t valid, const uint8_t *meta)
{
	return !valid || (applies(img, valid - 1, meta) && value_compute(img, valid - 1, meta));
}

/* ---- handles ---- */

static uint32_t index_of(const struct mdesc_value *value)
{
	return (uint32_t)(value - value->layout->img->values);
}

size_t mdesc_layout__value_count(const struct mdesc_layout *layout)
{
	return layout->value_count;
}

const struct mdesc_value *mdesc_layout__value(const struct mdesc_layout *layout, size_t idx)
{
	if (idx >= layout->value_count) {
		errno = ENOENT;
		return NULL;
	}
	return &layout->img->values[layout->value_first + idx];
}

const struct mdesc_value *mdesc_layout__value_by_name(const struct mdesc_layout *layout, const char *name)
{
	uint32_t i;

	for (i = 0; i < layout->value_count; i++) {
		const struct mdesc_value *v = &layout->img->values[layout->value_first + i];

		if (v->fmt->role <= MDESC_VALUE_DERIVE && strcmp(mdesc_value__name(v), name) == 0)
			return v;
	}
	errno = ENOENT;
	return NULL;
}

const char *mdesc_value__name(const struct mdesc_value *value)
{
	return image_str(value->layout->img, value->fmt->name);
}

const char *mdesc_value__unit(const struct mdesc_value *value)
{
	return image_str(value->layout->img, value->fmt->unit);
}

const char *mdesc_value__type(const struct mdesc_value *value)
{
	return image_str(value->layout->img, value->fmt->type);
}

const char *mdesc_value__doc(const struct mdesc_value *value)
{
	return image_str(value->layout->img, value->fmt->doc);
}

int mdesc_value__role(const struct mdesc_value *value)
{
	return value->fmt->role;
}

int mdesc_value__kind(const struct mdesc_value *value)
{
	return value->fmt->kind;
}

int mdesc_value__order(const struct mdesc_value *value)
{
	return value->fmt->order;
}

unsigned int mdesc_value__width(const struct mdesc_value *value)
{
	return value->fmt->width;
}

unsigned int mdesc_value__flags(const struct mdesc_value *value)
{
	return value->fmt->flags;
}

const struct mdesc_layout *mdesc_value__layout(const struct mdesc_value *value)
{
	return value->layout;
}

int mdesc_value__applies(const struct mdesc_value *value, const void *meta, size_t meta_size)
{
	if (meta_size < value->layout->fmt->size)
		return -EMSGSIZE;
	return applies(value->layout->img, index_of(value), meta);
}

int mdesc_value__read_u64(const struct mdesc_value *value, const void *meta, size_t meta_size, uint64_t *number)
{
	if (meta_size < value->layout->fmt->size)
		return -EMSGSIZE;
	*number = value_compute(value->layout->img, index_of(value), meta);
	return 0;
}

const char *mdesc_value__enum_name(const struct mdesc_value *value, uint64_t number)
{
	return enum_name(value->layout->img, value->enum_id, number);
}

int mdesc_value__format(const struct mdesc_value *value, const void *meta, size_t meta_size, char *buf, size_t size)
{
	const struct mdesc_fmt_value *v = value->fmt;
	const char *name;
	struct text t;
	uint64_t n;
	int ret = mdesc_value__read_u64(value, meta, meta_size, &n);

	if (ret)
		return ret;
	text_start(&t, buf, size);
	name = mdesc_value__enum_name(value, n);
	if (name)
		text_enum(&t, mdesc_value__type(value), name);
	else if (v->kind == MDESC_FIELD_BOOL)
		text_add(&t, "%s", n ? "true" : "false");
	else if (v->kind == MDESC_FIELD_SINT || (v->flags & MDESC_VALUE_SIGNED))
		text_add(&t, "%lld", (long long)n);
	else
		text_add(&t, "%llu", (unsigned long long)n);
	return text_end(&t);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes parts of the model's parser, gives them as short text for listings and
 * diagnostics, in the words of the language. Only reads.
 */
#include <inttypes.h>

#include "describe.h"

const char *describe_elem(struct arena *a, const struct mdc_instance *inst, uint8_t elem)
{
	if (inst->kind == MDC_I_PART)
		return describe_elem(a, inst->of, elem);
	if (!inst->capacity)
		return inst->name;
	if (elem == MDC_ELEM_LAST)
		return arena_printf(a, "%s[last]", inst->name);
	return arena_printf(a, "%s[%u]", inst->name, elem);
}

const char *describe_whole(struct arena *a, const struct mdc_instance *inst, uint8_t elem)
{
	const char *name = describe_elem(a, inst, elem);
	const struct mdc_header *h = inst->header;

	for (uint32_t i = 0; inst->kind == MDC_I_PART && i < h->n_fields; i++)
		if (h->fields[i].name)
			return arena_printf(a, "%s.%s", name, h->fields[i].name);
	return inst->kind == MDC_I_PART ? inst->name : name;
}

static const char *describe_advance(struct arena *a, const struct mdc_instance *inst)
{
	const struct mdc_header *h = inst->header;
	const char *sign = h->len_add < 0 ? "-" : "+", *field;

	if (!h->variable)
		return arena_printf(a, "advance %u", h->fixed);
	field = describe_bits(a, inst->of, inst->of_elem, h->len_bit, h->len_bits);
	return arena_printf(a, "advance (%s << %u) %s %d", field, h->len_shift, sign,
			    h->len_add < 0 ? -h->len_add : h->len_add);
}

const char *describe_move(struct arena *a, const struct mdc_instance *inst)
{
	switch (inst->kind) {
	case MDC_I_PART:
		return arena_printf(a, "part %s", inst->name);
	case MDC_I_ADVANCE:
		return describe_advance(a, inst);
	case MDC_I_MARK:
		return arena_printf(a, "mark %s = cursor + %u", inst->name, inst->ahead);
	case MDC_I_PEEK:
		return arena_printf(a, "look ahead %u", inst->header->fixed);
	case MDC_I_LEAVE:
		return "leave";
	default:
		return arena_printf(a, "extract %s", inst->name);
	}
}

/* Bits of the begin of @h. */
static const char *cond_bits(struct arena *a, const struct mdc_header *h, const struct mdc_key *k)
{
	for (uint32_t i = 0; i < h->n_fields; i++) {
		const struct mdc_hfield *f = &h->fields[i];
		uint32_t end = f->bit_off + f->bits;

		if (!f->name || f->part || k->bit < f->bit_off || k->bit + k->bits > end)
			continue;
		if (f->bits == k->bits)
			return f->name;
		return arena_printf(a, "%s[%u:%u]", f->name, end - k->bit - 1, end - k->bit - k->bits);
	}
	return arena_printf(a, "[%u:%u]", k->bit, k->bits);
}

const char *describe_cond(struct arena *a, const struct mdc_header *h, const struct mdc_hcond *c)
{
	static const char *const ops[] = {
		[MDC_HC_EQ] = "==", [MDC_HC_NE] = "!=", [MDC_HC_LT] = "<", [MDC_HC_LE] = "<=", [MDC_HC_GT] = ">",
		[MDC_HC_GE] = ">=",
	};
	uint64_t all = c->key.bits < 64 ? (UINT64_C(1) << c->key.bits) - 1 : UINT64_MAX;

	switch (c->kind) {
	case MDC_HC_AND:
	case MDC_HC_OR:
		return arena_printf(a, "(%s %s %s)", describe_cond(a, h, c->a), c->kind == MDC_HC_AND ? "&&" : "||",
				    describe_cond(a, h, c->b));
	case MDC_HC_NOT:
		return arena_printf(a, "!(%s)", describe_cond(a, h, c->a));
	default:
		if (c->mask == all)
			return arena_printf(a, "%s %s %" PRIu64, cond_bits(a, h, &c->key), ops[c->op], c->value);
		return arena_printf(a, "(%s & 0x%" PRIx64 ") %s %" PRIu64, cond_bits(a, h, &c->key), c->mask,
				    ops[c->op], c->value);
	}
}

static const char *field_bits(struct arena *a, const struct mdc_instance *inst, uint8_t elem, uint32_t bit,
			      uint32_t bits)
{
	const char *name = describe_elem(a, inst, elem);
	const struct mdc_header *h = inst->header;

	for (uint32_t i = 0; i < h->n_fields; i++) {
		const struct mdc_hfield *f = &h->fields[i];
		uint32_t end = f->bit_off + f->bits;

		if (!f->name || f->part || bit < f->bit_off || bit + bits > end)
			continue;
		if (f->bits == bits)
			return arena_printf(a, "%s.%s", name, f->name);
		if (f->order != MDC_LE)
			return arena_printf(a, "%s.%s[%u:%u]", name, f->name, end - bit - 1, end - bit - bits);
	}
	return arena_printf(a, "%s[%u:%u]", name, bit, bits);
}

static const char *value_bits(struct arena *a, const char *name, uint32_t width, uint32_t bit, uint32_t bits)
{
	if (bits == width)
		return name;
	if (bits == 1)
		return arena_printf(a, "%s[%u]", name, bit);
	return arena_printf(a, "%s[%u:%u]", name, bit + bits - 1, bit);
}

const char *describe_register(const struct mdc_register *reg)
{
	return reg->kind == MDC_FLAG ? "flag" : reg->kind == MDC_COUNTER ? "counter" : "register";
}

const char *describe_set(struct arena *a, const struct mdc_set *s)
{
	return value_bits(a, s->reg->name, s->reg->bits, s->bit, s->bits);
}

const char *describe_bits(struct arena *a, const struct mdc_instance *inst, uint8_t elem, uint32_t bit,
			  uint32_t bits)
{
	if (inst->kind == MDC_I_PEEK)
		return arena_printf(a, "lookahead(%u, %u)", bit, bits);
	return field_bits(a, inst, elem, bit, bits);
}

const char *describe_key(struct arena *a, const struct mdc_key *k)
{
	if (k->remaining)
		return "remaining";
	if (k->lookahead)
		return arena_printf(a, "lookahead(%u, %u)", k->bit, k->bits);
	if (k->reg)
		return value_bits(a, k->reg->name, k->reg->bits, k->bit, k->bits);
	if (k->source)
		return value_bits(a, k->source->name, k->source->bits, k->bit, k->bits);
	return describe_bits(a, k->inst, k->elem, k->bit, k->bits);
}

static uint64_t ones(uint8_t bits)
{
	return bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;
}

static const char *pattern_text(struct arena *a, const struct mdc_pattern *p, uint8_t bits)
{
	const char *form;

	if (p->is_range) {
		form = p->hi < 10 ? "%" PRIu64 "..%" PRIu64 : "0x%" PRIx64 "..0x%" PRIx64;
		return arena_printf(a, form, p->lo, p->hi);
	}
	if (!p->mask)
		return "_";
	if (p->mask == ones(bits))
		return arena_printf(a, p->value < 10 ? "%" PRIu64 : "0x%" PRIx64, p->value);
	return arena_printf(a, "0x%" PRIx64 " &&& 0x%" PRIx64, p->value, p->mask);
}

const char *describe_arm(struct arena *a, const struct mdc_state *s, const struct mdc_arm *arm)
{
	const char *t;

	if (arm->is_default)
		return "default";
	t = pattern_text(a, &arm->patterns[0], s->keys[0].bits);
	if (s->n_keys == 1)
		return t;
	for (uint32_t i = 1; i < s->n_keys; i++)
		t = arena_printf(a, "%s, %s", t, pattern_text(a, &arm->patterns[i], s->keys[i].bits));
	return arena_printf(a, "(%s)", t);
}

const char *describe_class_row(struct arena *a, const struct mdc_class *c, const struct mdc_class_row *row)
{
	const char *t = pattern_text(a, &row->patterns[0], c->keys[0].bits);

	if (c->n_keys == 1)
		return t;
	for (uint32_t i = 1; i < c->n_keys; i++)
		t = arena_printf(a, "%s, %s", t, pattern_text(a, &row->patterns[i], c->keys[i].bits));
	return arena_printf(a, "(%s)", t);
}

const char *describe_class_value(struct arena *a, const struct mdc_class *c, uint64_t value)
{
	for (uint32_t i = 0; c->enum_type && i < c->enum_type->n_enumerators; i++)
		if ((uint64_t)c->enum_type->enumerators[i].value == value)
			return c->enum_type->enumerators[i].name;
	return arena_printf(a, "%" PRIu64, value);
}

const char *describe_code(struct arena *a, const struct mdc_parser *p, uint16_t code)
{
	static const char *const names[] = { "none", "truncated", "bad_length", "no_match", "loop", "steps" };

	if (code < sizeof(names) / sizeof(names[0]))
		return names[code];
	for (uint32_t i = 0; p->errors && i < p->errors->n_enumerators; i++)
		if (p->errors->enumerators[i].value == code)
			return p->errors->enumerators[i].name;
	return arena_printf(a, "%u", code);
}

static const char *describe_to(struct arena *a, const struct mdc_parser *p, const struct mdc_next *n)
{
	switch (n->to) {
	case MDC_TO_STATE:
		return p->states[n->state]->name;
	case MDC_TO_ACCEPT:
		return "accept";
	case MDC_TO_REJECT:
		return arena_printf(a, "reject %s", describe_code(a, p, n->code));
	case MDC_TO_DROP:
		return "drop";
	}
	return "?";
}

const char *describe_next(struct arena *a, const struct mdc_parser *p, const struct mdc_next *n)
{
	const char *to = describe_to(a, p, n);

	if (n->within)
		return arena_printf(a, "within %s goto %s", describe_elem(a, n->within, n->within_elem), to);
	return n->leave ? arena_printf(a, "leave %s", to) : to;
}

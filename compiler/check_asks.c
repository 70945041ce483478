/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What it costs readers of an image to know which fields and values mean something: each asks for the tags around and
 * for its `valid`, and for those of all that these read. libmdesc refuses images where that is too much
 * (runtime/validate_values.c counts in the same way), so it is said here first. It only reads.
 */
#include "arena.h"
#include "check.h"

#define ASK_WORK_MAX	(1u << 28)

struct asks {
	const struct mdc_layout *l;
	uint64_t *conds;	/* by condition: looking at its tags */
	uint64_t *work;		/* by value: computing it */
	uint64_t *asks;		/* by value: asking whether it means something */
};

static uint64_t bounded(uint64_t work)
{
	return work > ASK_WORK_MAX ? ASK_WORK_MAX + 1ull : work;
}

static uint64_t ask(const struct asks *a, const struct mdc_cond *cond, const struct mdc_value *valid)
{
	return (cond ? a->conds[cond->idx] : 0) + (valid ? a->asks[valid->idx] + a->work[valid->idx] : 0);
}

/* Its steps and those of what it needs to @steps; what it reads is asked for in @asks. */
static void add(const struct asks *a, const struct mdc_v *x, uint64_t *steps, uint64_t *asks)
{
	const struct mdc_v *parts[] = { x->a, x->b, x->c };

	for (int i = 0; i < 3; i++)
		if (parts[i])
			add(a, parts[i], steps, asks);
	for (uint32_t i = 0; i < x->n_list; i++)
		add(a, x->list[i], steps, asks);
	*steps += 1;
	if (x->kind == MDC_V_FIELD) {
		*asks += ask(a, a->l->leaves[x->leaf].cond, a->l->leaves[x->leaf].valid);
	} else if (x->kind == MDC_V_VALUE) {
		*steps += a->work[x->value->idx];
		*asks += a->asks[x->value->idx];
	}
	*steps = bounded(*steps);
	*asks = bounded(*asks);
}

/* What a condition's tag and arms cost; those of values that come later in the layout are not known yet. */
static void add_conds(struct asks *a)
{
	for (uint32_t i = 0; i < a->l->n_conds; i++) {
		const struct mdc_cond *c = a->l->conds[i];

		a->conds[i] = bounded(c->n_values + 1ull + (c->tag_value ? 2 * a->work[c->tag_value->idx] : 0) +
				      (c->parent ? a->conds[c->parent->idx] : 0));
	}
}

static void add_values(struct asks *a, bool asks)
{
	for (uint32_t i = 0; i < a->l->n_values; i++) {
		const struct mdc_value *v = a->l->values[i];
		uint64_t steps = v->valid ? a->work[v->valid->idx] : 0, reads = 0;

		if (!v->x)
			continue;
		add(a, v->x, &steps, &reads);
		a->work[v->idx] = steps;
		if (asks)
			a->asks[v->idx] = bounded(steps + ask(a, v->cond, v->valid) + reads);
	}
}

/* Adds what asking for all of @l costs to @all; @most: the place of what costs most of it. */
static uint64_t layout_asks(struct mdc_ctx *ctx, const struct mdc_layout *l, struct loc *most)
{
	struct asks a = { .l = l, .conds = arena_array(ctx->arena, uint64_t, l->n_conds + 1),
			  .work = arena_array(ctx->arena, uint64_t, l->n_values + 1),
			  .asks = arena_array(ctx->arena, uint64_t, l->n_values + 1) };
	uint64_t all = 0, top = 0, one;

	add_values(&a, false);
	add_conds(&a);
	add_values(&a, true);
	for (uint32_t i = 0; i < l->n_values; i++) {
		one = a.asks[i];
		all += one;
		if (one > top) {
			top = one;
			*most = l->values[i]->loc;
		}
	}
	for (uint32_t i = 0; i < l->n_leaves; i++) {
		one = ask(&a, l->leaves[i].cond, l->leaves[i].valid);
		all += one;
		if (one > top) {
			top = one;
			*most = l->leaves[i].loc;
		}
	}
	return all;
}

void check_asks(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	uint64_t all = 0;

	if (diag_errors(ctx))	/* not all values are there */
		return;
	for (uint32_t i = 0; i < m->n_layouts; i++) {
		const struct mdc_layout *l = m->layouts[i];
		struct loc most = l->loc;

		if (l->n_values)
			all += layout_asks(ctx, l, &most);
		if (all <= ASK_WORK_MAX)
			continue;
		diag_note(diag(ctx, CHK_valid, most,
			       "up to here it takes more than %u steps to know which fields and values mean something",
			       ASK_WORK_MAX),
			  "each asks for the tags around and for `valid` of all that it reads, each time that it is "
			  "read: let tags and conditions read plain fields, or derive from fewer values under them");
		return;
	}
}

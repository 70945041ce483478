/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Finds bits of metadata that a state, or the rules of a layout, write twice,
 * and bytes that nothing ever writes. Only reads.
 */
#include "arena.h"
#include "check.h"

/* ---- the bits of a write ---- */

/* Bits of one element: @shift up from the lowest of the number in @bytes bytes at @offset. */
struct span {
	uint32_t offset, bytes, shift, width;
	bool big_endian;
};

static struct span span_of(const struct mdc_leaf *f, uint32_t elem, bool whole)
{
	if (f->kind == MDC_LEAF_MAC)
		return (struct span){ f->offset + elem * f->stride, 6, 0, 48, false };
	if (f->kind == MDC_LEAF_BYTES)
		return whole ? (struct span){ f->offset, f->count, 0, f->count * 8, false } :
			       (struct span){ f->offset + elem, 1, 0, 8, false };
	return (struct span){ f->offset + elem * f->stride, f->bytes, f->shift, f->width,
			      f->order == MDC_BE || f->order == MDC_RAW };
}

/* Bit @i of the span, from the layout's first byte's lowest bit. */
static uint32_t bit_of(const struct span *s, uint32_t i)
{
	uint32_t k = s->shift + i;

	return s->big_endian ? (s->offset + s->bytes - 1 - k / 8) * 8 + k % 8 : s->offset * 8 + k;
}

/* ---- double writes ---- */

struct writers {
	uint32_t n_bits;
	uint32_t *round, *rule;		/* by bit: who wrote it last, in which round */
	uint32_t now;
};

static void writers_room(struct arena *a, struct writers *w, uint32_t bytes)
{
	if (bytes * 8 <= w->n_bits)
		return;
	w->n_bits = bytes * 8;
	w->round = arena_array(a, uint32_t, w->n_bits);
	w->rule = arena_array(a, uint32_t, w->n_bits);
	w->now = 0;
}

static void twice(struct mdc_ctx *ctx, const struct mdc_layout *l, const struct mdc_rule *a,
		  const struct mdc_rule *b, const char *state)
{
	const struct mdc_leaf *x = &l->leaves[a->leaf], *y = &l->leaves[b->leaf];
	struct diag *d;

	if (x == y)
		d = diag(ctx, CHK_double_write, b->to_loc, "'%s' is written twice in %s%s%s",
			 y->path, state ? "state '" : "'", state ? state : l->name, "'");
	else
		d = diag(ctx, CHK_double_write, b->to_loc,
			 "'%s' has bits in common with '%s', which is written, too", y->path,
			 x->path);
	diag_label(d, a->to_loc, "written here");
	diag_note(d, state ? "all writes of a state happen at once: only one can be right" :
		  "all rules run for every packet: only one can be right");
}

static void check_rules(struct mdc_ctx *ctx, struct writers *w, const struct mdc_layout *l,
			const struct mdc_rule *rules, uint32_t n, const char *state)
{
	writers_room(ctx->arena, w, l->size + 16);
	w->now++;
	for (uint32_t k = 0; k < n; k++) {
		struct span s = span_of(&l->leaves[rules[k].leaf], rules[k].elem, rules[k].whole);
		bool told = false;

		for (uint32_t i = 0; i < s.width; i++) {
			uint32_t b = bit_of(&s, i);

			if (b >= w->n_bits)
				break;
			if (w->round[b] == w->now && !told) {
				twice(ctx, l, &rules[w->rule[b]], &rules[k], state);
				told = true;
			}
			w->round[b] = w->now;
			w->rule[b] = k;
		}
	}
}

void check_double_writes(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	struct writers w = { 0 };

	for (uint32_t i = 0; i < m->n_metadata; i++)
		check_rules(ctx, &w, m->layouts[i], m->layouts[i]->rules, m->layouts[i]->n_rules,
			    NULL);
	for (uint32_t i = 0; i < m->parser.n_states; i++) {
		const struct mdc_state *s = m->parser.states[i];

		if (s->layout)
			check_rules(ctx, &w, s->layout, s->writes, s->n_writes, s->name);
	}
}

/* ---- what nothing writes ---- */

/* By leaf: which of its elements are written (count of them; BYTES: its bytes), NULL: none. */
struct written {
	const struct mdc_layout *l;
	bool **elems;
	bool any;
};

static void mark(struct arena *a, struct written *w, const struct mdc_rule *rules, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		const struct mdc_leaf *f = &w->l->leaves[rules[k].leaf];
		bool **e = &w->elems[rules[k].leaf];

		if (!*e)
			*e = arena_array(a, bool, f->count + 1);
		if (rules[k].whole && f->kind == MDC_LEAF_BYTES)
			memset(*e, true, f->count);
		else if (rules[k].elem < f->count)
			(*e)[rules[k].elem] = true;
		w->any = true;
	}
}

/* Two arms of one union never mean anything at the same time. */
static bool exclusive(const struct mdc_leaf *a, const struct mdc_leaf *b)
{
	for (const struct mdc_cond *x = a->cond; x; x = x->parent)
		for (const struct mdc_cond *y = b->cond; y; y = y->parent)
			if (x->of == y->of && x->tag_leaf == y->tag_leaf && x->tag_value == y->tag_value &&
			    x->which != y->which)
				return true;
	return false;
}

static uint32_t leaf_end(const struct mdc_leaf *f)
{
	return f->kind == MDC_LEAF_BYTES ? f->offset + f->count
					 : f->offset + (f->count - 1) * f->stride +
						   (f->kind == MDC_LEAF_MAC ? 6 : f->bytes);
}

/* Marks the bits of the layout that writes to leaf @k set. */
static void add_bits(const struct written *w, uint32_t k, bool *bits, uint32_t n_bits)
{
	const struct mdc_leaf *f = &w->l->leaves[k];

	for (uint32_t e = 0; e < f->count; e++) {
		struct span s = span_of(f, e, false);

		for (uint32_t i = 0; w->elems[k][e] && i < s.width; i++)
			if (bit_of(&s, i) < n_bits)
				bits[bit_of(&s, i)] = true;
	}
}

/* How many bytes of leaf @f have none of their bits written; *of: how many it has. */
static uint32_t count_unwritten(const struct mdc_leaf *f, const bool *bits, uint32_t *of)
{
	uint32_t missing = 0;

	*of = 0;
	for (uint32_t e = 0; e < f->count; e++) {
		struct span s = span_of(f, e, false);
		uint32_t i = 0;

		while (i < s.width) {
			bool any = false;
			uint32_t byte = bit_of(&s, i) / 8;

			for (; i < s.width && bit_of(&s, i) / 8 == byte; i++)
				any |= bits[bit_of(&s, i)];
			missing += !any;
			++*of;
		}
	}
	return missing;
}

static void unwritten(struct mdc_ctx *ctx, const struct mdc_layout *l, const struct mdc_leaf *f,
		      uint32_t missing, uint32_t of, bool chosen)
{
	struct diag *d;

	if (missing == of)
		d = diag(ctx, CHK_unwritten, f->loc, "nothing writes '%s' of '%s'", f->path,
			 l->name);
	else
		d = diag(ctx, CHK_unwritten, f->loc,
			 "nothing writes %u of the %u bytes of '%s' of '%s'", missing, of, f->path,
			 l->name);
	if (!chosen)
		diag_note(d, "no state chooses this layout: `layout = %s;`", l->name);
	diag_note(d, "it is 0 %s: write it, by a rule or in a state, or call it `reserved`",
		  f->cond ? "wherever its arm is valid" : "for every packet");
}

static bool in_force(const struct mdc_model *m, const struct mdc_layout *l)
{
	for (uint32_t i = 0; i < m->parser.n_states; i++)
		if (m->parser.states[i]->layout == l || m->parser.states[i]->set_layout == l)
			return true;
	return !l->idx;
}

/* Of a chain the word of the types is always written. */
static bool only_id(const struct mdc_layout *l)
{
	for (uint32_t i = 0; i < l->n_rules; i++)
		if (!l->id_first || l->leaves[l->rules[i].leaf].offset)
			return false;
	return true;
}

static void check_layout(struct mdc_ctx *ctx, const struct mdc_model *m, const struct mdc_layout *l)
{
	struct written w = { .l = l, .elems = arena_array(ctx->arena, bool *, l->n_leaves + 1) };
	uint32_t n_bits = (l->size + 16) * 8;
	bool *bits = arena_array(ctx->arena, bool, n_bits);

	mark(ctx->arena, &w, l->rules, l->n_rules);
	for (uint32_t i = 0; i < m->parser.n_states; i++)
		if (m->parser.states[i]->layout == l && m->parser.states[i]->reachable)
			mark(ctx->arena, &w, m->parser.states[i]->writes,
			     m->parser.states[i]->n_writes);
	/* A description of nothing but the layout says nothing about who writes it. */
	if ((!w.any || only_id(l)) && !m->parser.name)
		return;
	for (uint32_t k = 0; k < l->n_leaves; k++) {
		const struct mdc_leaf *f = &l->leaves[k];
		uint32_t missing, of;

		if (f->is_range || f->is_pad || leaf_end(f) > l->size)
			continue;
		memset(bits + f->offset * 8, 0, (leaf_end(f) - f->offset) * 8);
		for (uint32_t j = 0; j < l->n_leaves; j++)
			if (w.elems[j] && l->leaves[j].offset < leaf_end(f) &&
			    leaf_end(&l->leaves[j]) > f->offset && !exclusive(f, &l->leaves[j]))
				add_bits(&w, j, bits, n_bits);
		missing = count_unwritten(f, bits, &of);
		if (missing)
			unwritten(ctx, l, f, missing, of, in_force(m, l));
	}
}

void check_unwritten(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	/* A write that was refused is missing, too, and has been reported. */
	if (diag_errors(ctx))
		return;
	for (uint32_t i = 0; i < m->n_metadata; i++)
		check_layout(ctx, m, m->layouts[i]);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass: states that do the same become one. All states are equal at first that
 * have equal rows but for where these go on to, and then as long as what they go
 * on to is equal (Moore). Those that are counted stay apart. States that nothing
 * comes to any more are left out.
 */
#include <string.h>

#include "passes.h"
#include "rows_graph.h"

struct merge {
	struct rows_graph *g;
	uint32_t *class_of;	/* by state */
	uint32_t *next_class;
	uint32_t n_classes;
	uint32_t *hash;		/* by slot: state + 1, the first of a class */
	uint32_t hash_size;
};

static uint32_t mix(uint32_t h, const void *data, size_t n)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619u;
	return h;
}

static bool counted(const struct rg_state *s)
{
	return s->s.f.max != 0;
}

/* What a row does and matches, but for the state that it goes on to. */
static struct mdesc_fmt_row outline(const struct mdc_row *r)
{
	struct mdesc_fmt_row f = r->f;

	f.state = f.state_mask = 0;
	f.op_first = 0;
	f.next.state = f.next.keys = 0;
	return f;
}

static bool same_ops(const struct rows_graph *g, const struct mdesc_fmt_row *a, const struct mdesc_fmt_row *b)
{
	return a->op_count == b->op_count &&
	       (a->op_first == b->op_first ||
		!memcmp(g->ops.p + a->op_first, g->ops.p + b->op_first, a->op_count * sizeof(*g->ops.p)));
}

static bool same_row(const struct merge *m, const struct mdc_row *a, const struct mdc_row *b)
{
	struct mdesc_fmt_row x = outline(a), y = outline(b);

	if (memcmp(&x, &y, sizeof(x)) || !same_ops(m->g, &a->f, &b->f))
		return false;
	if (a->f.next.verdict != MDESC_GO)
		return true;
	return a->f.next.keys == b->f.next.keys && m->class_of[a->f.next.state] == m->class_of[b->f.next.state];
}

static bool same_state(const struct merge *m, uint32_t a, uint32_t b)
{
	const struct rg_state *x = &m->g->states.p[a], *y = &m->g->states.p[b];

	if (m->class_of[a] != m->class_of[b] || x->rows.n != y->rows.n || x->s.f.flags != y->s.f.flags ||
	    x->s.f.key_need != y->s.f.key_need || counted(x) || counted(y))
		return false;
	for (size_t i = 0; i < x->rows.n; i++) {
		if (!same_row(m, &x->rows.p[i], &y->rows.p[i]))
			return false;
	}
	return true;
}

static uint32_t hash_state(const struct merge *m, uint32_t a)
{
	const struct rg_state *s = &m->g->states.p[a];
	uint32_t h = mix(2166136261u, &m->class_of[a], sizeof(*m->class_of));

	for (size_t i = 0; i < s->rows.n; i++) {
		struct mdesc_fmt_row f = outline(&s->rows.p[i]);

		h = mix(h, &f, sizeof(f));
		if (s->rows.p[i].f.next.verdict == MDESC_GO)
			h = mix(h, &m->class_of[s->rows.p[i].f.next.state], sizeof(*m->class_of));
	}
	return h ^ h >> 15;
}

/* Tells states apart by what they go on to, as it is told apart now. Did the number of classes grow? */
static bool refine(struct merge *m)
{
	uint32_t n = (uint32_t)m->g->states.n, classes = 0, *old = m->class_of;

	memset(m->hash, 0, m->hash_size * sizeof(*m->hash));
	for (uint32_t i = 0; i < n; i++) {
		uint32_t slot = hash_state(m, i) & (m->hash_size - 1);

		while (m->hash[slot] && !same_state(m, m->hash[slot] - 1, i))
			slot = (slot + 1) & (m->hash_size - 1);
		if (!m->hash[slot]) {
			m->hash[slot] = i + 1;
			m->next_class[i] = classes++;
		} else {
			m->next_class[i] = m->next_class[m->hash[slot] - 1];
		}
	}
	m->class_of = m->next_class;
	m->next_class = old;
	if (classes == m->n_classes)
		return false;
	m->n_classes = classes;
	return true;
}

static void retarget(void *arg, struct mdesc_fmt_next *next)
{
	const uint32_t *first = arg;

	next->state = (uint16_t)first[next->state];
}

const struct mdc_rows *mdc_pass_merge(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct rows_graph g;
	struct merge m = { .g = &g, .n_classes = 1 };
	uint32_t *first, *of_class;

	rg_open(&g, ctx, rows);
	m.class_of = arena_array(ctx->arena, uint32_t, rows->n_states + 1);
	m.next_class = arena_array(ctx->arena, uint32_t, rows->n_states + 1);
	for (m.hash_size = 64; m.hash_size < 2 * rows->n_states; m.hash_size *= 2)
		;
	m.hash = arena_array(ctx->arena, uint32_t, m.hash_size);
	while (refine(&m))
		;
	if (m.n_classes >= rows->n_states && rg_reaches_all(&g))
		return rows;
	first = arena_array(ctx->arena, uint32_t, rows->n_states + 1);
	of_class = arena_array(ctx->arena, uint32_t, m.n_classes + 1);
	for (uint32_t i = rows->n_states; i-- > 0;)
		of_class[m.class_of[i]] = i;
	/* The start stays what it is. */
	for (uint32_t i = 0; i < rows->n_states; i++)
		first[i] = of_class[m.class_of[i]];
	rg_each_next(&g, retarget, first);
	g.changed = true;
	return rg_close(&g);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A pass: states that do the same become one. All states are taken as equal at
 * first, and told apart by what they do (rows_mean.c) as long as what they go on
 * to is told apart; only states are looked at again that go on to one of these.
 * Those that are counted stay apart. States that nothing comes to any more are
 * left out, and so are key bytes that nothing asks for; the others are put in the
 * order of where they lie.
 */
#include <string.h>

#include "passes.h"
#include "rows_mean.h"

struct class_of_mean { uint32_t old, mean, class; };	/* in a table; mean 0: free */

struct merge {
	struct rows_graph *g;
	struct mean mean;
	uint32_t n;
	uint32_t *class_of;	/* by state */
	uint32_t *size;		/* by class: states; */
	uint32_t *stale;	/* of them, those to be looked at again */
	uint32_t *mean_of;	/* by class: what its states do that are not looked at again */
	uint32_t n_classes;
	uint32_t *from_first, *from;	/* by state, from [1] on: the states that go on to it */
	VEC(uint32_t) todo;
	bool *is_todo;		/* by state */
	struct class_of_mean *table;
	uint32_t table_size, table_n;
};

/* ---- who goes on to whom ---- */

static void each_way(struct merge *m, void (*fn)(struct merge *m, uint32_t from, uint32_t to))
{
	for (uint32_t i = 0; i < m->n; i++) {
		const struct rg_state *s = &m->g->states.p[i];

		for (size_t k = 0; k < s->rows.n; k++) {
			if (s->rows.p[k].f.next.verdict == MDESC_GO)
				fn(m, i, s->rows.p[k].f.next.state);
		}
	}
}

static void count_from(struct merge *m, uint32_t from, uint32_t to)
{
	(void)from;
	m->from_first[to + 1]++;
}

static void add_from(struct merge *m, uint32_t from, uint32_t to)
{
	m->from[--m->from_first[to + 1]] = from;
}

static void find_from(struct merge *m)
{
	m->from_first = arena_array(m->g->arena, uint32_t, m->n + 2);
	each_way(m, count_from);
	for (uint32_t i = 0; i < m->n; i++)
		m->from_first[i + 1] += m->from_first[i];
	m->from_first[m->n + 1] = m->from_first[m->n];
	m->from = arena_array(m->g->arena, uint32_t, m->from_first[m->n] + 1);
	each_way(m, add_from);	/* entry i + 1 is then where those of i begin */
}

/* ---- classes ---- */

static void look_again(struct merge *m, uint32_t state)
{
	if (m->is_todo[state] || m->g->states.p[state].s.f.max)
		return;
	m->is_todo[state] = true;
	m->stale[m->class_of[state]]++;
	*vec_push(m->g->arena, &m->todo) = state;
}

static struct class_of_mean *find_class(struct merge *m, uint32_t old, uint32_t mean)
{
	uint32_t h = (old * 2654435761u ^ mean) * 2246822519u;

	for (h ^= h >> 15;; h++) {
		struct class_of_mean *c = &m->table[h & (m->table_size - 1)];

		if (!c->mean || (c->old == old && c->mean == mean))
			return c;
	}
}

static void empty_table(struct merge *m, size_t n)
{
	if (n * 2 > m->table_size) {
		while (n * 2 > m->table_size)
			m->table_size *= 2;
		m->table = arena_array(m->g->arena, struct class_of_mean, m->table_size);
		return;
	}
	memset(m->table, 0, m->table_size * sizeof(*m->table));
}

/* Gives @state of class @old that does @mean its class. Is that another one now? */
static bool put_in_class(struct merge *m, uint32_t state, uint32_t old, uint32_t mean)
{
	struct class_of_mean *c;

	if (m->stale[old] == m->size[old]) {	/* all may have changed: those like the first stay */
		m->mean_of[old] = mean;
		m->stale[old] = 0;
	}
	if (m->mean_of[old] == mean)
		return false;
	c = find_class(m, old, mean);
	if (!c->mean) {
		*c = (struct class_of_mean){ old, mean, m->n_classes++ };
		m->mean_of[c->class] = mean;
	}
	m->class_of[state] = c->class;
	return true;
}

/* One round: those to be looked at get their class; those that go on to what has another one are next. */
static void refine(struct merge *m)
{
	uint32_t *states = m->todo.p, n = (uint32_t)m->todo.n;
	uint32_t *old = arena_array(m->g->arena, uint32_t, n + 1), *means = arena_array(m->g->arena, uint32_t, n + 1);
	bool *moved = arena_array(m->g->arena, bool, n + 1);

	for (uint32_t i = 0; i < n; i++) {
		old[i] = m->class_of[states[i]];
		means[i] = mean_of(&m->mean, states[i], m->class_of);
	}
	empty_table(m, n);
	for (uint32_t i = 0; i < n; i++)
		moved[i] = put_in_class(m, states[i], old[i], means[i]);
	memset(&m->todo, 0, sizeof(m->todo));
	for (uint32_t i = 0; i < n; i++) {
		m->is_todo[states[i]] = false;
		m->stale[old[i]] = 0;
		m->size[old[i]] -= moved[i];
		m->size[m->class_of[states[i]]] += moved[i];
	}
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t k = m->from_first[states[i] + 1]; moved[i] && k < m->from_first[states[i] + 2]; k++)
			look_again(m, m->from[k]);
	}
}

static void find_classes(struct merge *m)
{
	m->class_of = arena_array(m->g->arena, uint32_t, m->n + 1);
	m->size = arena_array(m->g->arena, uint32_t, m->n + 2);
	m->stale = arena_array(m->g->arena, uint32_t, m->n + 2);
	m->mean_of = arena_array(m->g->arena, uint32_t, m->n + 2);
	m->is_todo = arena_array(m->g->arena, bool, m->n + 1);
	m->table_size = 64;
	m->table = arena_array(m->g->arena, struct class_of_mean, m->table_size);
	m->n_classes = 1;
	for (uint32_t i = 0; i < m->n; i++) {
		if (m->g->states.p[i].s.f.max)
			m->class_of[i] = m->n_classes++;
		m->size[m->class_of[i]]++;
	}
	for (uint32_t i = 0; i < m->n; i++)
		look_again(m, i);
	while (m->todo.n)
		refine(m);
}

/* ---- the pass ---- */

struct retarget { const uint32_t *first; const uint16_t *entry; };

static void retarget(void *arg, struct mdesc_fmt_next *next)
{
	const struct retarget *r = arg;

	next->state = (uint16_t)r->first[next->state];
	if (r->entry[next->state] != MDESC_FMT_NONE16)
		next->keys = r->entry[next->state];
}

static void merge_classes(struct merge *m, const uint16_t *entry)
{
	uint32_t *first = arena_array(m->g->arena, uint32_t, m->n + 1);
	uint32_t *of_class = arena_array(m->g->arena, uint32_t, m->n_classes + 1);

	for (uint32_t i = m->n; i-- > 0;)
		of_class[m->class_of[i]] = i;
	/* The start stays what it is. */
	for (uint32_t i = 0; i < m->n; i++)
		first[i] = of_class[m->class_of[i]];
	rg_each_next(m->g, retarget, &(struct retarget){ first, entry });
	m->g->changed = true;
}

const struct mdc_rows *mdc_pass_merge(struct mdc_ctx *ctx, const struct mdc_rows *rows)
{
	struct rows_graph g;
	struct merge m = { .g = &g, .n = rows->n_states };
	uint16_t *entry;

	rg_open(&g, ctx, rows);
	mean_init(&m.mean, &g);
	find_from(&m);
	find_classes(&m);
	mean_free(&m.mean);
	entry = arena_array(ctx->arena, uint16_t, rows->n_states + 1);
	if (mean_sort_keys(&m.mean, entry) || m.n_classes < rows->n_states || m.mean.lists_differ ||
	    !rg_reaches_all(&g))
		merge_classes(&m, entry);
	return rg_close(&g);
}

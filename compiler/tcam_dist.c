/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * How far a header lies behind the cursor when a state is entered: for each key
 * that reads a header of an earlier state, the distance when it is the same on
 * every path, found by a dataflow over the graph.
 *
 * It looks only at the states between where a header is extracted and where it
 * is a key, so that long parsers with local keys take linear time. Numbered
 * elements of a stack are followed from the start, as they have to be counted.
 */
#include <stdlib.h>

#include "tcam.h"

/* A key that asks for a distance. Those for the same header are solved together. */
struct query {
	const struct mdc_instance *inst;
	uint8_t elem;
	uint32_t state;
	uint32_t key;
};

/* Where one can come from: the state << 1, + 1: by its `otherwise`, before it did anything. */
typedef uint32_t pred;

struct dist {
	struct lower *l;
	VEC(struct query) queries;
	uint32_t *pred_first;		/* by state, one more at the end */
	pred *preds;
	/* while one group of queries is solved */
	const struct mdc_key *key;
	int32_t *in;			/* by state, at the entry */
	uint8_t *mark;			/* by state: MARK_* */
	VEC(uint32_t) region;		/* states with MARK_REGION */
	VEC(uint32_t) work;
	VEC(uint32_t) seeds;		/* states that extract it, just outside */
};
enum { MARK_REGION = 1, MARK_SEED = 2, MARK_QUEUED = 4 };

static const struct mdc_state *state(const struct dist *d, uint32_t i)
{
	return d->l->m->parser.states[i];
}

static bool extracts(const struct mdc_state *s, const struct mdc_instance *inst)
{
	for (uint32_t i = 0; i < s->n_extracts; i++) {
		if (s->extracts[i] == inst)
			return true;
	}
	return false;
}

int32_t tcam_dist_behind(const struct mdc_state *s, uint32_t n, const struct mdc_key *k, int32_t v)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t moves;

		if (s->extracts[i] == k->inst) {
			if (!tcam_key_indexed(k) || v == DIST_COUNT(k->elem))
				v = 0;
			else if (v < 0 && v != DIST_UNSET)
				v--;
		}
		if (v < 0 || v == DIST_UNKNOWN)
			continue;
		if (!tcam_moves(s->extracts[i], &moves))
			v = DIST_UNKNOWN;
		else
			v = v + (int64_t)moves < DIST_FAR ? v + (int32_t)moves : DIST_FAR;
	}
	return v;
}

/* ---- the graph, backwards ---- */

static void each_edge(struct dist *d, void (*fn)(struct dist *d, uint32_t to, pred from))
{
	const struct mdc_parser *p = &d->l->m->parser;

	for (uint32_t i = 0; i < p->n_states; i++) {
		const struct mdc_state *s = p->states[i];

		if (!s->reachable)
			continue;
		for (uint32_t j = 0; j < s->n_arms; j++) {
			if (s->arms[j].next.to == MDC_TO_STATE)
				fn(d, s->arms[j].next.state, i << 1);
		}
		if (s->max && s->otherwise.to == MDC_TO_STATE)
			fn(d, s->otherwise.state, i << 1 | 1);
	}
}

static void count_edge(struct dist *d, uint32_t to, pred from)
{
	(void)from;
	d->pred_first[to + 1]++;
}

static void add_edge(struct dist *d, uint32_t to, pred from)
{
	/* pred_first[to] moves to the end of its preds, which is pred_first[to + 1] of old. */
	d->preds[d->pred_first[to]++] = from;
}

static void make_preds(struct dist *d)
{
	uint32_t n = d->l->m->parser.n_states;

	d->pred_first = arena_array(d->l->arena, uint32_t, n + 1);
	each_edge(d, count_edge);
	for (uint32_t i = 0; i < n; i++)
		d->pred_first[i + 1] += d->pred_first[i];
	d->preds = arena_array(d->l->arena, pred, d->pred_first[n]);
	each_edge(d, add_edge);
	for (uint32_t i = n; i > 0; i--)
		d->pred_first[i] = d->pred_first[i - 1];
	d->pred_first[0] = 0;
}

/* ---- one header ---- */

static void enter_region(struct dist *d, uint32_t s)
{
	if (d->mark[s] & MARK_REGION)
		return;
	d->mark[s] |= MARK_REGION;
	d->in[s] = DIST_UNSET;
	*vec_push(d->l->arena, &d->region) = s;
}

/* All states from which a user is reached, back to those that extract the header. */
static void find_region(struct dist *d)
{
	for (size_t i = 0; i < d->region.n; i++) {
		uint32_t s = d->region.p[i];

		for (uint32_t j = d->pred_first[s]; j < d->pred_first[s + 1]; j++) {
			uint32_t from = d->preds[j] >> 1;
			bool otherwise = d->preds[j] & 1;

			if (otherwise || tcam_key_indexed(d->key) || !extracts(state(d, from), d->key->inst)) {
				enter_region(d, from);
			} else if (!(d->mark[from] & MARK_SEED)) {
				d->mark[from] |= MARK_SEED;
				*vec_push(d->l->arena, &d->seeds) = from;
			}
		}
	}
}

static void arrive(struct dist *d, uint32_t s, int32_t v)
{
	if (!(d->mark[s] & MARK_REGION) || v == DIST_UNSET || v == d->in[s] || d->in[s] == DIST_UNKNOWN)
		return;
	d->in[s] = d->in[s] == DIST_UNSET ? v : DIST_UNKNOWN;
	if (!(d->mark[s] & MARK_QUEUED)) {
		d->mark[s] |= MARK_QUEUED;
		*vec_push(d->l->arena, &d->work) = s;
	}
}

/* A transition that moves the cursor by what is only known with the packet. */
static int32_t jumped(const struct mdc_next *n, int32_t v)
{
	return (n->leave || n->within) && v >= 0 ? DIST_UNKNOWN : v;
}

static void leave(struct dist *d, uint32_t i, int32_t in)
{
	const struct mdc_state *s = state(d, i);
	int32_t out = tcam_dist_behind(s, s->n_extracts, d->key, in);

	for (uint32_t j = 0; j < s->n_arms; j++) {
		if (s->arms[j].next.to == MDC_TO_STATE)
			arrive(d, s->arms[j].next.state, jumped(&s->arms[j].next, out));
	}
	if (s->max && s->otherwise.to == MDC_TO_STATE)
		arrive(d, s->otherwise.state, jumped(&s->otherwise, in));
}

static void solve(struct dist *d, const struct query *q, size_t n)
{
	d->key = &state(d, q->state)->keys[q->key];
	for (size_t i = 0; i < n; i++)
		enter_region(d, q[i].state);
	find_region(d);
	for (size_t i = 0; i < d->seeds.n; i++)
		leave(d, d->seeds.p[i], DIST_UNSET);
	if (tcam_key_indexed(d->key))
		arrive(d, 0, DIST_COUNT(0));
	while (d->work.n) {
		uint32_t s = d->work.p[--d->work.n];

		d->mark[s] &= ~MARK_QUEUED;
		leave(d, s, d->in[s]);
	}
	for (size_t i = 0; i < n; i++)
		d->l->plans[q[i].state].keys[q[i].key].entry = d->in[q[i].state];

	for (size_t i = 0; i < d->region.n; i++)
		d->mark[d->region.p[i]] = 0;
	for (size_t i = 0; i < d->seeds.n; i++)
		d->mark[d->seeds.p[i]] = 0;
	d->region.n = d->seeds.n = 0;
}

/* ---- all ---- */

static void collect(struct dist *d, const struct tcam_plan *p)
{
	const struct mdc_state *s = p->s;

	for (uint32_t i = 0; i < s->n_keys; i++) {
		const struct mdc_key *k = &s->keys[i];

		p->keys[i].entry = DIST_UNSET;
		if (!p->keys[i].used || !k->inst || k->inst->kind == MDC_I_PART)
			continue;
		if (!tcam_key_indexed(k) && extracts(s, k->inst))
			continue;
		*vec_push(d->l->arena, &d->queries) = (struct query){ k->inst, k->elem, s->idx, i };
	}
}

static int query_cmp(const void *pa, const void *pb)
{
	const struct query *a = pa, *b = pb;

	if (a->inst != b->inst)
		return a->inst->idx < b->inst->idx ? -1 : 1;
	if (a->elem != b->elem)
		return a->elem < b->elem ? -1 : 1;
	if (a->state != b->state)
		return a->state < b->state ? -1 : 1;
	return a->key < b->key ? -1 : a->key > b->key;
}

void tcam_dist(struct lower *l)
{
	uint32_t n_states = l->m->parser.n_states;
	struct dist d = { .l = l };

	for (uint32_t i = 0; i < n_states; i++) {
		if (l->plans[i].s)
			collect(&d, &l->plans[i]);
	}
	if (!d.queries.n)
		return;
	make_preds(&d);
	d.in = arena_array(l->arena, int32_t, n_states);
	d.mark = arena_array(l->arena, uint8_t, n_states);
	qsort(d.queries.p, d.queries.n, sizeof(*d.queries.p), query_cmp);
	for (size_t i = 0, n; i < d.queries.n; i += n) {
		const struct query *q = &d.queries.p[i];

		for (n = 1; i + n < d.queries.n && q[n].inst == q->inst && q[n].elem == q->elem; n++)
			;
		solve(&d, q, n);
	}
}

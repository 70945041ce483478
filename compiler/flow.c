/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The states as a graph: which are reachable, which lie on loops, whether every
 * loop ends, how many elements stacks can get, and paths for diagnostics. Keeps
 * true: linear in states and arcs, no recursion.
 */
#include <mdesc/format.h>

#include "states.h"

#define PATH_SHOWN	8	/* states of a path that are named */

/* Successor @k of state @i, or UINT32_MAX behind the last; *otherwise: it is where a full loop goes. */
static uint32_t succ(const struct ps *p, uint32_t i, uint32_t k, bool *otherwise)
{
	const struct ps_state *st = &p->states[i];

	*otherwise = k == st->succ.n;
	if (k < st->succ.n)
		return st->succ.p[k];
	if (*otherwise && st->s->max && st->s->otherwise.to == MDC_TO_STATE)
		return st->s->otherwise.state;
	return UINT32_MAX;
}

/* ---- depth first: the order, and strong components (Tarjan) ---- */

/* Which arcs count: all, or those of loops that nothing ends. */
enum arcs { ALL_ARCS, ENDLESS_ARCS };

struct dfs {
	struct ps *p;
	enum arcs arcs;
	uint32_t *num, *low, *next;	/* by state; num 0: not seen */
	uint32_t *stack, n_stack;	/* the path */
	uint32_t *open, n_open;		/* seen, component not known yet */
	bool *is_open;
	uint32_t *component;		/* by state */
	uint32_t n_components, n_seen;
	uint32_t *post, n_post;		/* states as they were left */
};

static uint32_t dfs_succ(const struct dfs *d, uint32_t i)
{
	bool otherwise;
	uint32_t s;

	do {
		s = succ(d->p, i, d->next[i]++, &otherwise);
		/* A state with a max ends all loops but those by its `else`. */
	} while (s != UINT32_MAX && d->arcs == ENDLESS_ARCS && d->p->states[i].s->max &&
		 !otherwise);
	return s;
}

static void dfs_push(struct dfs *d, uint32_t i)
{
	d->num[i] = d->low[i] = ++d->n_seen;
	d->stack[d->n_stack++] = i;
	d->open[d->n_open++] = i;
	d->is_open[i] = true;
}

static void dfs_pop(struct dfs *d, uint32_t i)
{
	uint32_t k;

	d->n_stack--;
	d->post[d->n_post++] = i;
	if (d->n_stack) {
		uint32_t up = d->stack[d->n_stack - 1];

		if (d->low[i] < d->low[up])
			d->low[up] = d->low[i];
	}
	if (d->low[i] != d->num[i])
		return;
	do {
		k = d->open[--d->n_open];
		d->is_open[k] = false;
		d->component[k] = d->n_components;
	} while (k != i);
	d->n_components++;
}

static void dfs_from(struct dfs *d, uint32_t root)
{
	dfs_push(d, root);
	while (d->n_stack) {
		uint32_t i = d->stack[d->n_stack - 1], s = dfs_succ(d, i);

		if (s == UINT32_MAX)
			dfs_pop(d, i);
		else if (!d->num[s])
			dfs_push(d, s);
		else if (d->is_open[s] && d->num[s] < d->low[i])
			d->low[i] = d->num[s];
	}
}

static struct dfs *dfs_new(struct ps *p, enum arcs arcs)
{
	struct dfs *d = arena_new_of(p->arena, struct dfs);
	uint32_t n = p->n_states;

	*d = (struct dfs){ .p = p, .arcs = arcs };
	d->num = arena_array(p->arena, uint32_t, n);
	d->low = arena_array(p->arena, uint32_t, n);
	d->next = arena_array(p->arena, uint32_t, n);
	d->stack = arena_array(p->arena, uint32_t, n);
	d->open = arena_array(p->arena, uint32_t, n);
	d->is_open = arena_array(p->arena, bool, n);
	d->component = arena_array(p->arena, uint32_t, n);
	d->post = arena_array(p->arena, uint32_t, n);
	return d;
}

/* The states of each component with a loop get in_loop (ALL_ARCS), or are complained about. */
static bool *loops(struct ps *p, const struct dfs *d)
{
	bool *in_loop = arena_array(p->arena, bool, p->n_states);
	uint32_t *size = arena_array(p->arena, uint32_t, d->n_components + 1);

	for (uint32_t i = 0; i < p->n_states; i++)
		if (d->num[i])
			size[d->component[i]]++;
	for (uint32_t i = 0; i < p->n_states; i++) {
		struct dfs self = *d;
		uint32_t s;

		if (!d->num[i])
			continue;
		in_loop[i] = size[d->component[i]] > 1;
		self.next = d->next;
		d->next[i] = 0;
		while (!in_loop[i] && (s = dfs_succ(&self, i)) != UINT32_MAX)
			in_loop[i] = s == i;
	}
	return in_loop;
}

static void endless(struct ps *p)
{
	struct dfs *d = dfs_new(p, ENDLESS_ARCS);
	bool *in_loop, *told;

	for (uint32_t i = 0; i < p->n_states; i++)
		if (!d->num[i] && p->states[i].s->reachable)
			dfs_from(d, i);
	in_loop = loops(p, d);
	told = arena_array(p->arena, bool, d->n_components + 1);
	for (uint32_t i = 0; i < p->n_states; i++) {
		const struct mdc_state *s = p->states[i].s;
		uint32_t shown = 0;
		struct diag *g;

		if (!in_loop[i] || told[d->component[i]])
			continue;
		told[d->component[i]] = true;
		g = diag(p->r->ctx, CHK_unbounded_loop, s->loc,
			 "nothing ends the loop from state '%s' to itself", s->name);
		for (uint32_t k = i + 1; g && k < p->n_states && shown < 4; k++)
			if (in_loop[k] && d->component[k] == d->component[i]) {
				diag_label(g, p->states[k].s->loc, "also in the loop");
				shown++;
			}
		if (s->max)
			diag_note(g, "its `else` leads back to it: let that lead out of the loop");
		else
			diag_note(g, "limit how often a packet enters a state of it: `state %s max 4 else STATE {`",
				  s->name);
		if (p->registers.n && !s->max)
			diag_note(g, "or let a state of it count in a counter: `state %s counts NAME {`", s->name);
	}
}

/* ---- capacities ---- */

#define COUNTERS	(MDESC_FMT_REGS_MAX)	/* each takes a byte at least */

struct capacities {
	uint32_t *component_max;	/* entries that the limits of a component's states allow */
	uint64_t *seen;			/* by component: counters that are in it already */
	uint64_t *sum;			/* by instance: elements */
	uint32_t *most;			/* by counter and instance: extracts of one of its states */
	uint32_t *own;			/* by instance: of the state at hand */
};

static uint32_t counter_idx(const struct mdc_state *s)
{
	return s->counter && s->counter->idx < COUNTERS ? s->counter->idx : UINT32_MAX;
}

/* How often a packet can enter state @i, at most. */
static uint32_t entries(struct ps *p, uint32_t i, const uint32_t *component_max)
{
	const struct mdc_state *s = p->states[i].s;

	if (!s->in_loop)
		return 1;
	/* Without a max of its own: once more than the loop's other states let it go round. */
	return s->max ? s->max : component_max[p->states[i].component] + 1;
}

static void add_max(struct capacities *c, const struct ps_state *st)
{
	uint32_t counter = counter_idx(st->s);

	if (c->component_max[st->component] >= 1u << 30)
		return;
	if (counter != UINT32_MAX) {
		if (c->seen[st->component] >> counter & 1)
			return;
		c->seen[st->component] |= 1ull << counter;
	}
	c->component_max[st->component] += st->s->max;
}

/* What state @i adds to the stacks that it extracts; states with one counter share what it allows. */
static void add_elements(struct ps *p, struct capacities *c, uint32_t i)
{
	const struct ps_state *st = &p->states[i];
	uint32_t counter = st->s->in_loop ? counter_idx(st->s) : UINT32_MAX;

	for (size_t k = 0; k < st->extracts.n; k++) {
		uint32_t inst = st->extracts.p[k]->idx;

		if (counter == UINT32_MAX) {
			c->sum[inst] += entries(p, i, c->component_max);
		} else if (++c->own[inst] > c->most[counter * p->instances.n + inst]) {
			c->sum[inst] += st->s->max;
			c->most[counter * p->instances.n + inst]++;
		}
	}
	for (size_t k = 0; k < st->extracts.n; k++)
		c->own[st->extracts.p[k]->idx] = 0;
}

static void capacities(struct ps *p, uint32_t n_components)
{
	struct capacities c = {
		.component_max = arena_array(p->arena, uint32_t, n_components + 1),
		.seen = arena_array(p->arena, uint64_t, n_components + 1),
		.sum = arena_array(p->arena, uint64_t, p->instances.n + 1),
		.own = arena_array(p->arena, uint32_t, p->instances.n + 1),
	};
	uint32_t counters = p->registers.n < COUNTERS ? (uint32_t)p->registers.n : COUNTERS;

	c.most = arena_array(p->arena, uint32_t, counters * p->instances.n + 1);
	for (uint32_t i = 0; i < p->n_states; i++)
		if (p->states[i].s->reachable)
			add_max(&c, &p->states[i]);
	for (uint32_t i = 0; i < p->n_states; i++)
		if (p->states[i].s->reachable)
			add_elements(p, &c, i);
	for (size_t k = 0; k < p->instances.n; k++)
		if (p->instances.p[k]->capacity)
			p->instances.p[k]->capacity = !c.sum[k]		      ? 1
						      : c.sum[k] > UINT16_MAX ? UINT16_MAX
									      : c.sum[k];
	for (size_t k = 0; k < p->instances.n; k++)
		if (p->instances.p[k]->kind == MDC_I_PART)
			p->instances.p[k]->capacity = p->instances.p[k]->of->capacity;
}

/* ---- the graph ---- */

static void unique_succ(struct ps *p)
{
	uint32_t *seen = arena_array(p->arena, uint32_t, p->n_states);

	for (uint32_t i = 0; i < p->n_states; i++) {
		struct ps_state *st = &p->states[i];
		size_t n = 0;

		for (size_t k = 0; k < st->succ.n; k++) {
			uint32_t s = st->succ.p[k];

			if (seen[s] == i + 1)
				continue;
			seen[s] = i + 1;
			st->succ.p[n++] = s;
		}
		st->succ.n = n;
	}
}

void flow_graph(struct ps *p)
{
	struct dfs *d;
	bool *in_loop;

	unique_succ(p);
	d = dfs_new(p, ALL_ARCS);
	dfs_from(d, 0);
	p->order = arena_array(p->arena, uint32_t, d->n_post);
	p->n_order = d->n_post;
	for (uint32_t i = 0; i < d->n_post; i++)
		p->order[d->n_post - 1 - i] = d->post[i];
	in_loop = loops(p, d);
	for (uint32_t i = 0; i < p->n_states; i++) {
		p->states[i].s->reachable = d->num[i] != 0;
		p->states[i].s->in_loop = in_loop[i];
		p->states[i].component = d->component[i];
	}
	endless(p);
	capacities(p, d->n_components);
}

/* ---- facts ---- */

void flow_run(struct ps *p, struct flow_facts *f)
{
	bool *dirty = arena_array(p->arena, bool, p->n_states);
	bool *seen = arena_array(p->arena, bool, p->n_states);
	bool any = true, otherwise;

	dirty[0] = seen[0] = true;
	while (any) {
		any = false;
		for (uint32_t k = 0; k < p->n_order; k++) {
			uint32_t s = p->order[k], to;

			if (!dirty[s])
				continue;
			dirty[s] = false;
			f->leave(f, s);
			for (uint32_t e = 0; (to = succ(p, s, e, &otherwise)) != UINT32_MAX;
			     e++) {
				bool first = !seen[to];

				seen[to] = true;
				if (f->enter(f, s, to, otherwise, first) || first)
					dirty[to] = any = true;
			}
		}
	}
}

bool flow_add(uint64_t *in, const uint64_t *from, uint32_t words)
{
	bool changed = false;

	for (uint32_t i = 0; i < words; i++) {
		changed |= (in[i] | from[i]) != in[i];
		in[i] |= from[i];
	}
	return changed;
}

/* ---- paths ---- */

/* @from[i]: the state before i, plus 1. */
static const char *path_text(struct ps *p, const uint32_t *from, uint32_t start, uint32_t to,
			     bool closed)
{
	uint32_t *v = arena_array(p->arena, uint32_t, p->n_states + 1), n = 0;
	const char *text = "";
	uint32_t i = to;

	do {
		v[n++] = i;
		if (i == start && !(closed && n == 1))
			break;
		i = from[i] - 1;
	} while (n <= p->n_states);
	for (uint32_t k = n; k-- > 0;) {
		bool skip = n > PATH_SHOWN && k < n - PATH_SHOWN / 2 && k >= PATH_SHOWN / 2;

		if (skip && k != PATH_SHOWN / 2)
			continue;
		text = arena_printf(p->arena, "%s%s%s", text, *text ? " -> " : "",
				    skip ? "..." : p->states[v[k]].s->name);
	}
	return text;
}

const char *flow_path_from(struct ps *p, uint32_t start, uint32_t to, const bool *avoid)
{
	uint32_t *from = arena_array(p->arena, uint32_t, p->n_states);
	uint32_t *queue = arena_array(p->arena, uint32_t, p->n_states + 1), head = 0, tail = 0;
	bool otherwise;

	queue[tail++] = start;
	while (head < tail) {
		uint32_t i = queue[head++], s;

		for (uint32_t k = 0; (s = succ(p, i, k, &otherwise)) != UINT32_MAX; k++) {
			if (from[s] || (avoid && avoid[s] && s != to) || (s == start && s != to))
				continue;
			from[s] = i + 1;
			if (s == to)
				return path_text(p, from, start, to, start == to);
			queue[tail++] = s;
		}
	}
	return NULL;
}

const char *flow_path(struct ps *p, uint32_t to, const bool *avoid)
{
	if (!to)
		return p->states[0].s->name;
	if (avoid && avoid[0])
		return NULL;
	return flow_path_from(p, 0, to, avoid);
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The parse graph: states, ways between them, what each extracts; then what
 * holds at every state's entry on all paths (headers extracted, how far back
 * they are), so that only what is right is read there.
 */
#include "gen_priv.h"

static const char *end_text(struct gen *g)
{
	static const char *const names[] = { "truncated", "bad_length", "no_match", "loop", "steps" };

	const char *enter = g_enter(g);

	if (enter)
		return enter;
	switch (g_below(g, 7)) {
	case 0:
		HIT(g, to_reject);
		return "reject";
	case 1:
		if (g->errors && g_chance(g, 60)) {
			HIT(g, to_reject_enum);
			return g_fmt(g, "reject %s", g->error[g_below(g, 3)]);
		}
		HIT(g, to_reject_code);
		return g_fmt(g, "reject %s", g_num(g, g_in(g, 16, g_chance(g, 80) ? 40 : 65535)));
	case 2:
		if (g_chance(g, 50))
			break;
		HIT(g, to_reject_name);
		return g_fmt(g, "reject %s", names[g_below(g, 5)]);
	case 3:
		HIT(g, to_drop);
		return "drop";
	}
	HIT(g, to_accept);
	return "accept";
}

struct g_edge g_edge(struct gen *g, int to)
{
	return (struct g_edge){ to, to < 0 ? end_text(g) : g->st[to].name };
}

static void add_edge(struct gen *g, int from, int to)
{
	struct g_state *s = &g->st[from];

	if (s->n_edges < 5)
		s->edge[s->n_edges++] = g_edge(g, to);
}

/* ---- shape ---- */

static void shape(struct gen *g)
{
	int n = (int)g_in(g, 1, g->big_target ? 10 : 5);

	g->n_states = n;
	for (int i = 0; i < n; i++) {
		g->st[i].name = g_name(g, "s");
		g->st[i].set_layout = -1;
	}
	for (int i = 1; i < n; i++) {
		int from = (int)g_below(g, (uint32_t)i);

		for (int tries = 0; g->st[from].n_edges >= 3 && tries < i; tries++)
			from = (from + 1) % i;
		add_edge(g, from, i);
	}
	for (int i = 0; i < n; i++) {
		if (i + 1 < n && g_chance(g, 40))
			add_edge(g, i, (int)g_in(g, (uint32_t)i + 1, (uint32_t)n - 1));
		if (g_chance(g, 25)) {
			HIT(g, loop_self);
			add_edge(g, i, i);
			g->st[i].max = (int)g_in(g, 1, 4);
		}
		if (i + 1 < n && g->st[i].n_edges && g_chance(g, 12)) {
			int j = g->st[i].edge[0].to;

			if (j <= i || g->st[j].n_edges >= 5)
				continue;
			HIT(g, loop_two);
			add_edge(g, j, i);
			g->st[i].max = (int)g_in(g, 1, 3);
		}
	}
}

static void ends(struct gen *g, int i)
{
	struct g_state *s = &g->st[i];

	if (!s->n_edges || g_chance(g, 60))
		s->edge[s->n_edges++] = g_edge(g, -1);
	if (s->n_edges > 1 && g_chance(g, 25)) {
		HIT(g, select_no_default);
		s->no_default = true;
	}
	for (int k = s->n_edges - 1; k > 0; k--) {	/* in any order */
		int j = (int)g_below(g, (uint32_t)k + 1);
		struct g_edge t = s->edge[k];

		s->edge[k] = s->edge[j];
		s->edge[j] = t;
	}
}

static void limits(struct gen *g, int i)
{
	struct g_state *s = &g->st[i];

	if (!s->max && g_chance(g, 5))
		s->max = (int)g_in(g, 1, 2);
	if (!s->max)
		return;
	s->has_else = g_chance(g, 60);
	if (!s->has_else) {
		HIT(g, max_plain);
		return;
	}
	s->otherwise = g_edge(g, i + 1 < g->n_states && g_chance(g, 60) ?
				    (int)g_in(g, (uint32_t)i + 1, (uint32_t)g->n_states - 1) : -1);
	if (s->otherwise.to < 0)
		HIT(g, max_else_end);
	else
		HIT(g, max_else);
}

static void reach(struct gen *g)
{
	bool again = true;

	while (again) {
		again = false;
		for (int i = 0; i < g->n_states; i++) {
			struct g_state *s = &g->st[i];
			unsigned r = s->reaches;

			for (int k = 0; k < s->n_edges; k++)
				if (s->edge[k].to >= 0)
					r |= 1u << s->edge[k].to | g->st[s->edge[k].to].reaches;
			if (s->has_else && s->otherwise.to >= 0)
				r |= 1u << s->otherwise.to | g->st[s->otherwise.to].reaches;
			again |= r != s->reaches;
			s->reaches = r;
		}
	}
	for (int i = 0; i < g->n_states; i++)
		g->st[i].in_loop = g->st[i].reaches >> i & 1;
}

/* ---- extracts ---- */

/* No path leads through both. */
static bool apart(const struct gen *g, int a, int b)
{
	return a != b && !(g->st[a].reaches >> b & 1) && !(g->st[b].reaches >> a & 1);
}

static bool extracts(const struct g_state *s, int inst)
{
	for (int i = 0; i < s->n_extracts; i++)
		if (s->extract[i] == inst)
			return true;
	return false;
}

static int old_instance(struct gen *g, int state, bool stack)
{
	for (int i = 0; i < g->n_insts; i++) {
		bool ok = g->inst[i].stack == stack && !extracts(&g->st[state], i);

		for (int k = 0; k < g->n_states && !stack; k++)
			ok &= !extracts(&g->st[k], i) || apart(g, k, state);
		if (!ok || !g_chance(g, 50))
			continue;
		if (stack)
			HIT(g, stack_two_sites);
		else
			HIT(g, extract_shared);
		return i;
	}
	return -1;
}

static int new_instance(struct gen *g, bool stack)
{
	struct g_header *h = g->h[g_below(g, (uint32_t)g->n_headers)];
	bool own_name = !stack && g_chance(g, 50);

	if (g->n_insts == G_INSTS)
		return -1;
	for (int i = 0; i < g->n_insts; i++)
		own_name &= g->inst[i].name != h->name;
	g->inst[g->n_insts] = (struct g_inst){ own_name ? h->name : g_plain_name(g, "i"), h, stack };
	return g->n_insts++;
}

static void choose_extracts(struct gen *g, int i)
{
	struct g_state *s = &g->st[i];
	int n = (int)g_below(g, 4);

	n = n == 3 ? 1 : n;
	if (!i && !n)
		n = 1;
	if (s->in_loop && !s->max)
		n = 0;
	while (n-- > 0) {
		bool stack = s->in_loop || g_chance(g, 15);
		int inst = g_chance(g, 30) ? old_instance(g, i, stack) : -1;

		if (inst < 0)
			inst = new_instance(g, stack);
		if (inst < 0)
			return;
		s->extract[s->n_extracts++] = inst;
	}
}

/* ---- what holds at entry ---- */

struct facts { int count[G_INSTS], distance[G_INSTS]; };

static void after(const struct gen *g, const struct g_state *s, struct facts *f)
{
	for (int i = 0; i < s->n_extracts; i++) {
		const struct g_inst *inst = &g->inst[s->extract[i]];

		for (int k = 0; k < g->n_insts; k++)
			if (f->distance[k] != G_UNSET && f->distance[k] != G_MANY)
				f->distance[k] = inst->h->variable || inst->h->parts ? G_MANY :
						 f->distance[k] + (int)inst->h->fixed;
		f->count[s->extract[i]]++;
		f->distance[s->extract[i]] = inst->h->variable || inst->h->parts ? G_MANY : (int)inst->h->fixed;
	}
	for (int i = 0; i < s->n_moves; i++)
		for (int k = 0; k < g->n_insts; k++)
			if (f->distance[k] != G_UNSET && f->distance[k] != G_MANY)
				f->distance[k] = s->move[i].fixed ? f->distance[k] + s->move[i].bytes : G_MANY;
}

static bool join(struct gen *g, int to, const struct facts *f)
{
	struct g_state *s = &g->st[to];
	bool changed = !s->reached;

	for (int k = 0; k < g->n_insts; k++) {
		int count = s->reached && s->count[k] < f->count[k] ? s->count[k] : f->count[k];
		int distance = !s->reached || s->distance[k] == f->distance[k] ? f->distance[k] : G_MANY;

		changed |= count != s->count[k] || distance != s->distance[k];
		s->count[k] = count;
		s->distance[k] = distance;
	}
	s->reached = true;
	return changed;
}

static void flow(struct gen *g)
{
	struct facts none = { { 0 }, { 0 } };
	bool again = true;

	for (int k = 0; k < G_INSTS; k++)
		none.distance[k] = G_UNSET;
	join(g, 0, &none);
	while (again) {
		again = false;
		for (int i = 0; i < g->n_states; i++) {
			struct g_state *s = &g->st[i];
			struct facts f;

			if (!s->reached)
				continue;
			memcpy(f.count, s->count, sizeof(f.count));
			memcpy(f.distance, s->distance, sizeof(f.distance));
			if (s->has_else && s->otherwise.to >= 0)
				again |= join(g, s->otherwise.to, &f);
			after(g, s, &f);
			for (int k = 0; k < s->n_edges; k++)
				if (s->edge[k].to >= 0)
					again |= join(g, s->edge[k].to, &f);
		}
	}
}

int g_available(const struct gen *g, const struct g_state *st, int inst)
{
	int n = st->count[inst];

	(void)g;
	for (int i = 0; i < st->n_extracts; i++)
		n += st->extract[i] == inst;
	return n;
}

void g_graph(struct gen *g)
{
	shape(g);
	for (int i = 0; i < g->n_states; i++) {
		ends(g, i);
		limits(g, i);
	}
	reach(g);
	for (int i = 0; i < g->n_states; i++) {
		struct g_state *s = &g->st[i];

		/* a loop by way of its own `else` has no end */
		if (s->has_else && s->otherwise.to >= 0 && (g->st[s->otherwise.to].reaches >> i & 1))
			s->otherwise = g_edge(g, -1);
	}
	g_counters(g);
	for (int i = 0; i < g->n_states; i++)
		g->st[i].reaches = 0;
	reach(g);
	for (int i = 0; i < g->n_states; i++)
		choose_extracts(g, i);
	flow(g);
	for (int i = 0; i < g->n_states; i++)
		g_moves(g, i);
	for (int i = 0; i < g->n_states; i++)
		g->st[i].reached = false;
	flow(g);
}

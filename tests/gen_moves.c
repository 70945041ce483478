/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What states do at the cursor besides extracting headers: advances, marks, and
 * options in headers, which get states of their own.
 */
#include "gen_priv.h"

/* ---- advance ---- */

/* A small number of a header that the state has, by its path; NULL: there is none. */
static const struct g_hfield *small_field(struct gen *g, const struct g_state *s, const char **path)
{
	for (int tries = 0; tries < 20 && g->n_insts; tries++) {
		int i = (int)g_below(g, (uint32_t)g->n_insts);
		const struct g_inst *inst = &g->inst[i];
		const struct g_hfield *f = inst->h->n ? &inst->h->f[g_below(g, (uint32_t)inst->h->n)] : NULL;

		if (!f || !g_available(g, s, i) || f->part != G_BEGIN || f->bytes || f->bits > 8 || f->order != G_BE)
			continue;
		*path = g_fmt(g, "%s%s.%s", inst->name, inst->stack ? "[last]" : "", f->name);
		return f;
	}
	return NULL;
}

static bool advance(struct gen *g, const struct g_state *s, struct g_move *m)
{
	const char *path;
	const struct g_hfield *f = g_chance(g, 50) ? small_field(g, s, &path) : NULL;
	uint32_t shift = g_below(g, 3);

	if (!f) {
		HIT(g, advance);
		m->bytes = (int)g_in(g, 1, 6);
		m->fixed = true;
		m->text = g_fmt(g, "\t\tadvance %s;\n", g_num(g, m->bytes));
		return true;
	}
	HIT(g, advance_field);
	if (f->bits > 4)
		path = g_chance(g, 50) ? g_fmt(g, "%s[3:0]", path) : g_fmt(g, "(%s & 0x%x)", path, 3u << g_below(g, 3));
	switch (g_below(g, 3)) {
	case 0:
		m->text = g_fmt(g, "\t\tadvance %s << %u;\n", path, shift);
		break;
	case 1:
		m->text = g_fmt(g, "\t\tadvance (%s * %u + %u);\n", path, 1u << shift, g_below(g, 5));
		break;
	default:
		/* of one bit never less than nothing */
		m->text = g_fmt(g, "\t\tadvance %s * %u - %u;\n", path, 2u << shift, g_below(g, 2u << shift));
	}
	return true;
}

/* ---- marks ---- */

static bool apart(const struct gen *g, int a, int b)
{
	return a != b && !(g->st[a].reaches >> b & 1) && !(g->st[b].reaches >> a & 1);
}

static bool mark(struct gen *g, int state, struct g_move *m)
{
	const char *name = NULL;

	if (g->st[state].in_loop || g->n_marks == 8)
		return false;
	for (int i = 0; i < g->n_marks && !name; i++) {
		bool ok = true;

		for (int k = 0; k < g->n_marks; k++)
			ok &= strcmp(g->mark[k].name, g->mark[i].name) || apart(g, g->mark[k].state, state);
		if (!ok || !g_chance(g, 50))
			continue;
		HIT(g, mark_twice);
		name = g->mark[i].name;
	}
	name = name ? name : g_plain_name(g, "mk");
	g->mark[g->n_marks].name = name;
	g->mark[g->n_marks++].state = state;
	m->fixed = true;
	HIT(g, mark);
	if (g_chance(g, 40)) {
		m->text = g_fmt(g, "\t\tmark %s%s;\n", name, g_chance(g, 50) ? " = cursor" : "");
		return true;
	}
	HIT(g, mark_ahead);
	m->text = g_fmt(g, "\t\tmark %s = cursor + %s;\n", name, g_num(g, g_in(g, 0, 40)));
	return true;
}

const char *g_mark(struct gen *g, const struct g_state *st)
{
	for (int tries = 0; tries < 5 && g->n_marks; tries++) {
		int i = (int)g_below(g, (uint32_t)g->n_marks);

		/* on every path: in this state, or in the first one, if that cannot be full */
		if (!st || &g->st[g->mark[i].state] == st || (!g->mark[i].state && !g->st[0].counts))
			return g->mark[i].name;
	}
	return NULL;
}

void g_moves(struct gen *g, int state)
{
	struct g_state *s = &g->st[state];

	while (s->n_moves < 3 && g_chance(g, 25)) {
		struct g_move m = { .bytes = 0 };

		if (g_chance(g, 50) ? advance(g, s, &m) : mark(g, state, &m))
			s->move[s->n_moves++] = m;
	}
}

/* ---- options ---- */

static void add(struct gen *g, const char *text)
{
	g->options = g_fmt(g, "%s%s", g->options ? g->options : "", text);
}

/* Where a packet goes from the options: how it is said there. */
static const char *way_out(struct gen *g)
{
	static const char *const ends[] = { "accept", "accept", "drop", "reject 30" };
	const char *name;

	if (g_chance(g, 30)) {
		HIT(g, leave_end);
		return g_fmt(g, "leave %s", g_chance(g, 20) ? "" : ends[g_below(g, 4)]);
	}
	name = g_plain_name(g, "s");
	if (g_chance(g, 40)) {
		HIT(g, leave_plain);
		add(g, g_fmt(g, "\tstate %s {\n%s\t\tleave;\n\t\textract %s as %s;\n\t\tselect (lookahead(0, 3)) "
			     "{ 1: drop; default: accept; }\n\t}\n", name, g_chance(g, 50) ? "\t\tadvance 1;\n" : "",
			     g->h[g_below(g, (uint32_t)g->n_headers)]->name, g_plain_name(g, "i")));
		return name;
	}
	HIT(g, leave_state);
	add(g, g_fmt(g, "\tstate %s {\n\t\textract %s as %s;\n\t\taccept;\n\t}\n", name,
		     g->h[g_below(g, (uint32_t)g->n_headers)]->name, g_plain_name(g, "i")));
	return g_fmt(g, "leave %s", name);
}

/* A state that takes one option and goes on to @next. */
static const char *option(struct gen *g, const char *next, const char *out)
{
	const char *name = g_plain_name(g, "s"), *stack = g_plain_name(g, "i"), *set = "";
	const struct g_header *h = g->h[g_below(g, (uint32_t)g->n_headers)];

	if (g_chance(g, 40)) {
		HIT(g, option_advance);
		add(g, g_fmt(g, "\tstate %s {\n\t\tadvance %u;\n\t\tgoto %s;\n\t}\n", name, g_in(g, 1, 3), next));
		return name;
	}
	for (int i = 0; i < g->n_registers && !*set; i++) {
		if (!g->r[i].type || g->r[i].e || g->r[i].bits < 16)
			continue;
		HIT(g, x_remaining);
		set = g_fmt(g, "\t\t%s = remaining;\n", g->r[i].name);
	}
	HIT(g, option_extract);
	add(g, g_fmt(g, "\tstate %s {\n\t\textract %s as %s[];\n%s\t\tselect (lookahead(0, 2)) "
		     "{ 3: %s; default: %s; }\n\t}\n", name, h->name, stack, set, out, next));
	return name;
}

const char *g_within(struct gen *g, struct g_state *s)
{
	const struct g_inst *inst = s->n_extracts ? &g->inst[s->extract[s->n_extracts - 1]] : NULL;
	const char *loop, *out, *first, *other;

	if (!inst || !inst->h->variable)
		return NULL;
	for (int i = 0; i < s->n_moves; i++)
		if (!strstr(s->move[i].text, "mark"))
			return NULL;
	HIT(g, within);
	if (s->n_edges > 1)
		HIT(g, within_arm);
	loop = g_plain_name(g, "s");
	out = way_out(g);
	first = option(g, loop, out);
	other = g_chance(g, 50) ? option(g, loop, out) : first;
	HIT(g, select_remaining);
	add(g, g_fmt(g, "\tstate %s max %u", loop, g_in(g, 1, 9)));
	if (g_chance(g, 40)) {
		HIT(g, leave_else);
		add(g, g_fmt(g, " else %s", out));
	}
	if (g_chance(g, 50)) {
		HIT(g, option_ahead);
		g->key_bytes = g->key_bytes > 3 ? g->key_bytes : 3;
		add(g, g_fmt(g, " {\n\t\tselect (remaining, lookahead(0, 8)) {\n\t\t\t(0, _): %s;\n"
			     "\t\t\t(_, 0..%u): %s;\n\t\t\tdefault: %s;\n\t\t}\n\t}\n", out, g_below(g, 127) * 2 + 1,
			     first, other));
	} else {
		add(g, g_fmt(g, " {\n\t\tselect (remaining) { 0: %s; %u..%u: %s; default: %s; }\n\t}\n", out,
			     g_in(g, 1, 4), 7u + 8 * g_below(g, 2), first, other));
	}
	return g_fmt(g, "within %s%s goto %s", inst->name, inst->stack ? "[last]" : "", loop);
}

const char *g_optional(struct gen *g, const struct g_state *s)
{
	for (int i = 0; i < g->n_insts; i++) {
		const struct g_inst *inst = &g->inst[i];
		const char *elem = inst->stack ? "[last]" : "", *ask, *there;

		if (!inst->h->flag || !g_available(g, s, i))
			continue;
		HIT(g, select_optional);
		ask = g_plain_name(g, "s");
		there = g_plain_name(g, "s");
		add(g, g_fmt(g, "\tstate %s { select (%s%s.%s) { %s } }\n", ask, inst->name, elem, inst->h->flag,
			     g_chance(g, 50) ? g_fmt(g, "0: accept; default: %s;", there) :
					       g_fmt(g, "1: %s; default: accept;", there)));
		add(g, g_fmt(g, "\tstate %s { select (%s%s.%s) { 0: drop; 1: reject; default: accept; } }\n", there,
			     inst->name, elem, inst->h->behind_flag));
		return ask;
	}
	return NULL;
}

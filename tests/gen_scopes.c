/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Subparsers, and a start that a source chooses. A subparser of the generator
 * extracts headers of its own and goes on to a way out that is its parameter, so
 * that it can stand wherever a path ends, in as many scopes as there are.
 */
#include "gen_priv.h"

enum { SCOPES = 3 };

/* Before there are states: which scopes there are. The last ways out are ends, so that none leads to itself. */
void g_subparser(struct gen *g)
{
	struct g_sub *s = &g->sub;

	if (!g_chance(g, 35))
		return;
	HIT(g, subparser);
	s->name = g_plain_name(g, "sub");
	s->param = g_plain_name(g, "prm");
	s->n_scopes = (int)g_in(g, 1, SCOPES);
	for (int i = 0; i < s->n_scopes; i++) {
		s->scope[i] = g_plain_name(g, "sc");
		s->out[i] = i && g_chance(g, 50) ? g_fmt(g, "%s(%s, %s)", s->name, s->scope[i - 1], s->out[i - 1]) :
			    g_chance(g, 50) ? "accept" : g_chance(g, 50) ? "drop" : "reject 19";
		if (strchr(s->out[i], '('))
			HIT(g, subparser_nested);
	}
	for (int i = 0; i < 2; i++)
		s->h[i] = g->h[g_below(g, (uint32_t)g->n_headers)];
	s->stack = g_chance(g, 50);
	s->beside = g_chance(g, 30);
	s->max = (int)g_in(g, 1, 3);
}

/* "sub3(sc4, accept)", or NULL. */
const char *g_enter(struct gen *g)
{
	const struct g_sub *s = &g->sub;
	int i;

	if (!s->name || !g_chance(g, 40))
		return NULL;
	i = (int)g_below(g, (uint32_t)s->n_scopes);
	HIT(g, subparser_enter);
	return g_fmt(g, "%s(%s, %s)", s->name, s->scope[i], s->out[i]);
}

/* SCOPE.HEADER, for rules; NULL: there is none. */
const struct g_inst *g_scoped(struct gen *g)
{
	struct g_sub *s = &g->sub;

	if (!s->name || !g_chance(g, 25))
		return NULL;
	HIT(g, x_scoped);
	s->inst.h = s->h[0];
	s->inst.name = g_fmt(g, "%s.one", s->scope[g_below(g, (uint32_t)s->n_scopes)]);
	return &s->inst;
}

void g_print_subparser(struct gen *g)
{
	const struct g_sub *s = &g->sub;

	if (!s->name)
		return;
	if (s->beside)
		HIT(g, subparser_beside);
	fprintf(g->out, "\tsubparser %s(scope me, state %s) {\n\t\tstart first;\n", s->name, s->param);
	fprintf(g->out, "\t\tarcs ways { 0..7: second; 8..100: %s; }\n", s->param);
	fprintf(g->out, "\t\tstate first {\n\t\t\textract %s as one;\n", s->h[0]->name);
	if (s->members && g->n_metadata == 1) {
		HIT(g, subparser_write);
		fprintf(g->out, "\t\t\tmeta.me.place = offset(one);\n");
	}
	fprintf(g->out, "\t\t\tselect (lookahead(0, 8)) { use ways; default: accept; }\n\t\t}\n");
	fprintf(g->out, "\t\tstate second max %d else %s {\n\t\t\textract %s as two[];\n", s->max,
		g_chance(g, 50) ? s->param : "accept", s->h[1]->name);
	if (s->members && g->n_metadata == 1)
		fprintf(g->out, "\t\t\tmeta.me.many = count(two);\n");
	for (int i = 0; i < g->n_registers; i++) {
		const struct g_register *r = &g->r[i];

		if (r->max || r->e || r->bits < 16 || !g_chance(g, 70))
			continue;
		HIT(g, subparser_set);
		fprintf(g->out, "\t\t\t%s[15:0] = offset(%s) + length(%s);\n", r->name,
			g_chance(g, 50) ? "one" : "me.one", g_chance(g, 50) ? "two[last]" : "me.two[last]");
	}
	if (s->stack)
		fprintf(g->out, "\t\t\tselect (lookahead(0, 8)) { 0..99: second; default: %s; }\n\t\t}\n\t}\n",
			s->param);
	else
		fprintf(g->out, "\t\t\tgoto %s;\n\t\t}\n\t}\n", s->param);
}

/* Each scope is there, even if no state happens to enter it. */
void g_print_scopes(struct gen *g)
{
	const struct g_sub *s = &g->sub;

	if (!s->name)
		return;
	fprintf(g->out, "\tarcs %s { ", g_plain_name(g, "arc"));
	for (int i = 0; i < s->n_scopes; i++)
		fprintf(g->out, "%d: %s(%s, %s); ", i, s->name, s->scope[i], s->out[i]);
	fprintf(g->out, "}\n");
}

/* In front of the first state, by some source; or plainly. */
void g_print_start(struct gen *g)
{
	const struct g_source *s = &g->s[g_below(g, (uint32_t)g->n_sources)];

	if (s->type->kind == G_PTR || s->type->is_signed || !g_chance(g, 40)) {
		fprintf(g->out, "\tstart %s;\n", g->st[0].name);
		return;
	}
	HIT(g, start_by);
	fprintf(g->out, "\tstart by %s%s { ", s->name, s->bits > 16 ? "[15:0]" : "");
	if (s->bits > 1)
		fprintf(g->out, "3: %s; ", g_chance(g, 50) ? "accept" : "reject 18");
	if (s->bits > 2 && g->sub.name)
		fprintf(g->out, "4: %s(%s, %s); ", g->sub.name, g->sub.scope[0], g->sub.out[0]);
	if (g_chance(g, 60)) {
		HIT(g, start_by_default);
		fprintf(g->out, "0: %s; default: %s; }\n", g->st[0].name, g->st[0].name);
	} else {
		fprintf(g->out, "0, 1: %s; }\n", g->st[0].name);
	}
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Types and layouts as text. */
#include "gen_priv.h"

static void print_members(struct gen *g, const struct g_type *t, int indent);

static const char *tabs(struct gen *g, int n)
{
	char *s = arena_alloc(g->a, (size_t)n + 1);

	memset(s, '\t', (size_t)n);
	return s;
}

static void print_attributes(struct gen *g, const struct g_member *m)
{
	if (m->pin >= 0)
		fprintf(g->out, " @ %s", g_num(g, m->pin));
	if (m->unit)
		fprintf(g->out, " unit \"%s\"", m->unit);
	if (m->attr)
		fputs(m->attr, g->out);
	if (m->takes)
		fprintf(g->out, " takes %s", m->takes);
	if (m->valid)
		fprintf(g->out, " valid %s", m->valid);
	if (m->rule)
		fprintf(g->out, " = %s", m->rule);
}

static void print_dims(struct gen *g, const struct g_member *m)
{
	if (m->count2)
		fprintf(g->out, "[%s]", g_num(g, m->count2));
	if (m->count)
		fprintf(g->out, "[%s]", g_num(g, m->count));
}

static void print_arm(struct gen *g, const struct g_member *m)
{
	for (int i = 0; i < m->n_arm; i++)
		fprintf(g->out, "%s%s", i ? ", " : "", m->arm[i].text);
	if (m->n_arm)
		fputs(": ", g->out);
	if (m->arm_default)
		fputs("default: ", g->out);
}

static void print_ranges(struct gen *g, const struct g_member *m, int indent);

static void print_switch(struct gen *g, const struct g_type *sw, int indent)
{
	fprintf(g->out, "%sswitch (%s) {\n", tabs(g, indent), sw->tag);
	for (int i = 0; i < sw->n; i++) {
		fputs(tabs(g, indent + 1), g->out);
		print_arm(g, sw->m[i]);
		print_ranges(g, sw->m[i], indent + 1);
		fputs("\n", g->out);
	}
	fprintf(g->out, "%s}\n", tabs(g, indent));
}

static void print_ranges(struct gen *g, const struct g_member *m, int indent)
{
	fputs(" {\n", g->out);
	for (int i = 0; i < m->n_ranges; i++) {
		const struct g_range *r = &m->r[i];

		fputs(tabs(g, indent + 1), g->out);
		if (r->e)
			fprintf(g->out, "%s ", r->e->name);
		if (r->hi == r->lo)
			fprintf(g->out, "%s [%s]", r->name, g_num(g, r->hi));
		else
			fprintf(g->out, "%s [%s:%s]%s", r->name, g_num(g, r->hi), g_num(g, r->lo),
				g_chance(g, 5) ? " unit \"byte\"" : "");
		fprintf(g->out, "%s;\n", r->attr ? r->attr : "");
	}
	for (int i = 0; i < 2 && m->sw[i]; i++)
		print_switch(g, m->sw[i], indent + 1);
	fprintf(g->out, "%s}", tabs(g, indent));
}

static void print_word(struct gen *g, const struct g_member *m, int indent)
{
	bool attrs = m->pin >= 0 || m->unit || m->attr || m->rule || m->valid || m->takes;

	fprintf(g->out, "%s word %s", m->type->name, m->name);
	if (attrs && g_chance(g, 50)) {
		print_attributes(g, m);
		print_ranges(g, m, indent);
		fputs("\n", g->out);
		return;
	}
	print_ranges(g, m, indent);
	print_attributes(g, m);
	fputs(attrs ? ";\n" : "\n", g->out);
}

static void print_inline(struct gen *g, const struct g_member *m, int indent)
{
	const struct g_type *t = m->type;

	fprintf(g->out, "%s%s", t->packed ? "packed " : "", t->kind == G_UNION ? "union" : "struct");
	if (m->name && !m->behind)
		fprintf(g->out, " %s", m->name);
	if (t->tagged)
		fprintf(g->out, " switch (%s)", t->tag);
	fputs(" {\n", g->out);
	print_members(g, t, indent + 1);
	fprintf(g->out, "%s}", tabs(g, indent));
	if (m->behind) {
		fprintf(g->out, " %s", m->name);
		print_dims(g, m);
	}
	print_attributes(g, m);
	fputs(m->name && !m->behind && !m->valid && !m->takes ? "\n" : ";\n", g->out);
}

void g_print_member(struct gen *g, const struct g_member *m, int indent)
{
	if (m->doc)
		fputs(m->doc, g->out);
	fputs(tabs(g, indent), g->out);
	print_arm(g, m);
	if (m->inline_type) {
		print_inline(g, m, indent);
		return;
	}
	if (m->n_ranges) {
		print_word(g, m, indent);
		return;
	}
	if (!m->type)
		fprintf(g->out, "reserved %s", g_num(g, m->reserved));
	else
		fprintf(g->out, "%s %s%s", m->type->name, m->type->kind == G_PTR ? "*" : "", m->name ? m->name : "");
	print_dims(g, m);
	if (m->bits >= 0)
		fprintf(g->out, ": %s", g_num(g, m->bits));
	print_attributes(g, m);
	fputs(";\n", g->out);
}

static void print_members(struct gen *g, const struct g_type *t, int indent)
{
	for (int i = 0; i < t->n; i++)
		g_print_member(g, t->m[i], indent);
	if (t->computed)
		fputs(t->computed, g->out);
}

void g_print_type(struct gen *g, const struct g_type *t)
{
	const char *what = t->kind == G_UNION ? "union" : "struct";

	if (t->packed && g_chance(g, 50)) {
		HIT(g, packed_after);
		fprintf(g->out, "%s %s packed {\n", what, t->name);
	} else {
		if (t->packed)
			HIT(g, packed_before);
		fprintf(g->out, "%s%s %s {\n", t->packed ? "packed " : "", what, t->name);
	}
	print_members(g, t, 1);
	fputs("}\n", g->out);
}

void g_print_layout(struct gen *g, const struct g_layout *l)
{
	fprintf(g->out, "%s%s %s%s", g_doc(g, ""), l->is_descriptor ? "descriptor" : "metadata",
		l->type->kind == G_UNION ? "union " : "", l->name);
	if (l->id)
		fprintf(g->out, " id %s", l->id);
	fprintf(g->out, "%s {\n", l->type->packed ? " packed" : "");
	print_members(g, l->type, 1);
	fputs("}\n", g->out);
}

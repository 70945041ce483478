/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Words: integers with named bit ranges, from the top down, and up to two switches
 * among them whose arms share the bits below. A switch is kept as a tagged union: its
 * members are the arms, with ranges of their own and a switch in turn. Its tag
 * is a range of the word, a member in front of the word, computed, or configuration.
 */
#include "gen_priv.h"

enum { NESTED_MAX = 2 };

/* Ranges that a switch can ask: those of the word and of the arms around it. */
struct asked {
	const struct g_range *r[16];
	int n;
};

static struct g_type *unsigned_enum(struct gen *g)
{
	for (int tries = 8; tries > 0 && g->n_types; tries--) {
		struct g_type *t = g->t[g_below(g, (uint32_t)g->n_types)];

		if (t->kind == G_ENUM)
			return t->is_signed ? NULL : t;
	}
	return NULL;
}

/* From bits @lo to *@hi - 1. */
static void range(struct gen *g, struct g_member *m, unsigned lo, unsigned *hi)
{
	struct g_range *r = &m->r[m->n_ranges++];
	struct g_type *e = g_chance(g, 20) ? unsigned_enum(g) : NULL;
	unsigned room = *hi - lo, width = g_in(g, 1, room > 12 ? 12 : room);

	if (g_chance(g, 15) && room > 32)
		width = g_in(g, 1, room);
	r->hi = *hi - 1;
	if (e) {
		unsigned need = 1;

		while (!g_fits(e, need))
			need++;
		if (need <= room) {
			width = need;
			r->e = e;
			HIT(g, word_enum);
		}
	}
	r->lo = r->hi - width + 1;
	r->name = g_name(g, "r");
	if (width == 1)
		HIT(g, word_bit);
	*hi = r->lo;
}

/* Some ranges from bit @hi - 1 down to @lo; what is left below them. */
static unsigned ranges(struct gen *g, struct g_member *m, unsigned lo, unsigned hi, int n)
{
	while (n-- > 0 && hi > lo) {
		range(g, m, lo, &hi);
		if (hi > lo && g_chance(g, 30))
			hi -= g_in(g, 1, hi - lo);
	}
	return hi;
}

/* ---- switches ---- */

static void ask(struct asked *a, const struct g_member *m)
{
	for (int i = 0; i < m->n_ranges && a->n < 16; i++)
		if (g_plain(m->r[i].name))
			a->r[a->n++] = &m->r[i];
}

static struct g_domain numbers(uint32_t bits)
{
	return (struct g_domain){ .limit = bits < 7 ? 1 << bits : 100 };
}

static bool range_tag(struct gen *g, struct g_type *sw, const struct asked *a, struct g_domain *d)
{
	const struct g_range *r;

	if (!a->n)
		return false;
	r = a->r[g_below(g, (uint32_t)a->n)];
	*d = numbers(r->hi - r->lo + 1);
	if (r->e)
		*d = (struct g_domain){ .e = r->e, .limit = r->e->e->n };
	sw->tag = r->name;
	sw->tag_in_word = true;
	return true;
}

/* A plain member of the struct that the word goes into. */
static bool member_tag(struct gen *g, struct g_type *sw, const struct g_type *in, struct g_domain *d)
{
	for (int tries = 6; tries > 0 && in->kind == G_STRUCT && in->n; tries--) {
		struct g_member *m = in->m[g_below(g, (uint32_t)in->n)];
		const struct g_type *t = m->type && !m->inline_type ? g_strip(m->type) : NULL;

		if (!t || !g_plain(m->name) || m->count || m->valid || m->rule || m->n_ranges ||
		    (t->kind != G_INT && t->kind != G_ENUM && t->kind != G_BOOL) || t->is_signed ||
		    t->order == G_RAW || (m->type->kind == G_TYPEDEF && m->type->count))
			continue;
		*d = numbers(m->bits >= 0 ? (uint32_t)m->bits : t->kind == G_BOOL ? 1 : t->bits);
		if (t->kind == G_ENUM)
			*d = (struct g_domain){ .e = t, .limit = t->e->n };
		sw->tag = m->name;
		m->is_tag = true;
		HIT(g, word_switch_around);
		return true;
	}
	return false;
}

static bool tag(struct gen *g, struct g_type *sw, const struct g_type *in, const struct asked *a, struct g_domain *d)
{
	const char *config = g_chance(g, 20) ? g_config(g, d) : NULL, *plain;

	if (config) {
		HIT(g, word_switch_config);
		sw->tag = config;
		sw->tag_computed = true;
		return true;
	}
	if (!(g_chance(g, 30) && member_tag(g, sw, in, d)) && !range_tag(g, sw, a, d))
		return false;
	plain = sw->tag;
	if (!d->e)
		sw->tag = g_chance(g, 25) && (g->kind & GEN_LAYOUT) ? g_fmt(g, "%s + 0", plain) : plain;
	if (sw->tag != plain) {
		HIT(g, word_switch_expr);
		sw->tag_computed = true;
	}
	return true;
}

/* In the bits from @lo to @hi - 1, or NULL. */
static struct g_type *word_switch(struct gen *g, const struct g_type *in, struct asked a, unsigned lo, unsigned hi,
				  int depth)
{
	struct g_type *sw = g_new_struct(g, true, false);
	struct g_domain d;

	sw->tagged = true;
	if (hi <= lo || !tag(g, sw, in, &a, &d))
		return NULL;
	HIT(g, word_switch);
	if (depth)
		HIT(g, word_switch_nested);
	for (int n = (int)g_in(g, 1, 4); n > 0 && d.next < d.limit; n--) {
		struct g_member *arm = g_member(g);
		struct asked more = a;
		unsigned left;

		sw->m[sw->n++] = arm;
		left = ranges(g, arm, lo, hi, (int)g_in(g, 1, 2));
		ask(&more, arm);
		if (depth < NESTED_MAX && g_chance(g, 30))
			arm->sw[0] = word_switch(g, in, more, lo, left, depth + 1);
		if (n == 1 && sw->n > 1 && g_chance(g, 40)) {
			HIT(g, word_switch_default);
			arm->arm_default = true;
			break;
		}
		g_arm_values(g, arm, &d);
		if (arm->n_arm > 1 || arm->arm[0].hi > arm->arm[0].lo)
			HIT(g, word_switch_values);
	}
	return sw;
}

/* ---- all of a word ---- */

static bool asks(const struct g_type *sw, const char *name)
{
	if (!sw)
		return false;
	for (int i = 0; i < sw->n; i++)
		if (asks(sw->m[i]->sw[0], name))
			return true;
	return !strncmp(sw->tag, name, strlen(name)) || sw->tag_computed;
}

/* Ranges, of arms too, that mean something only where the word's first one is not 0. */
static void valid_ranges(struct gen *g, struct g_member *m, const struct g_member *word)
{
	for (int i = m == word; i < m->n_ranges; i++) {
		if (!g_chance(g, 15) || asks(word->sw[0], m->r[i].name) || asks(word->sw[1], m->r[i].name))
			continue;
		HIT(g, range_valid);
		m->r[i].attr = g_fmt(g, " valid %s%s", g_chance(g, 30) ? "!" : "", word->r[0].name);
	}
	for (int k = 0; k < 2 && m->sw[k]; k++)
		for (int i = 0; i < m->sw[k]->n; i++)
			valid_ranges(g, m->sw[k]->m[i], word);
}

void g_word(struct gen *g, struct g_type *t)
{
	struct g_type *type = arena_new_of(g->a, struct g_type);
	struct g_member *m = g_member(g);
	struct asked a = { .n = 0 };
	unsigned hi, lo;

	do
		*type = g_builtins[g_below(g, 14)];
	while (type->is_signed);
	m->type = type;
	m->name = g_plain_name(g, "w");
	hi = ranges(g, m, 0, type->bits, (int)g_in(g, 1, 5));
	ask(&a, m);
	if (g_chance(g, 40)) {
		lo = hi > 3 && g_chance(g, 30) ? g_in(g, 1, hi - 1) : 0;
		m->sw[0] = word_switch(g, t, a, lo, hi, 0);
		if (lo && m->sw[0])
			m->sw[1] = word_switch(g, t, a, 0, lo, 0);
		if (m->sw[1])
			HIT(g, word_switch_two);
	}
	if ((g->kind & GEN_LAYOUT) && g_plain(m->r[0].name) && g_chance(g, 30))
		valid_ranges(g, m, m);
	if (type->order == G_BE)
		HIT(g, word_be);
	else if (type->order == G_LE)
		HIT(g, word_le);
	else
		HIT(g, word_host);
	g_attributes(g, m);
	g_pin(g, t, m);
	if (m->unit || m->attr || m->pin >= 0)
		HIT(g, word_attr);
	g_add(t, m);
}

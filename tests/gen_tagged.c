/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Tagged unions: a tag of some kind, and a union whose arms take values of it,
 * no value twice. Tag and union stand in the same struct, in either order, or
 * the union in a struct inside.
 */
#include "gen_priv.h"

static struct g_type *pick_enum(struct gen *g)
{
	for (int i = 0; i < g->n_types; i++) {
		struct g_type *t = g->t[(i + g->serial) % g->n_types];

		if (t->kind == G_ENUM && t->e->min >= 0 && t->e->n > 1)
			return t;
	}
	return NULL;
}

static void int_tag(struct gen *g, struct g_member *m, struct g_domain *d)
{
	static const char *const types[] = { "u8", "u16", "u32", "be16", "le16", "be32" };
	struct g_type *t = arena_new_of(g->a, struct g_type);

	*t = *g_builtin(types[g_below(g, 6)]);
	m->type = t;
	d->limit = 100;
	HIT(g, tag_int);
}

static void bit_tag(struct gen *g, struct g_member *m, struct g_domain *d)
{
	struct g_type *t = arena_new_of(g->a, struct g_type);

	*t = *g_builtin(g_chance(g, 50) ? "u8" : "u32");
	m->type = t;
	m->bits = (int)g_in(g, 1, 6);
	d->limit = 1 << m->bits;
	HIT(g, tag_bitfield);
}

static const char *word_tag(struct gen *g, struct g_member *m, struct g_domain *d)
{
	struct g_type *t = arena_new_of(g->a, struct g_type), *e = g_chance(g, 40) ? pick_enum(g) : NULL;
	unsigned width = g_in(g, 1, 5);

	*t = *g_builtin(g_chance(g, 50) ? "be32" : g_chance(g, 50) ? "u32" : "le32");
	m->type = t;
	m->name = g_plain_name(g, "w");
	while (e && !g_fits(e, width))
		width++;
	m->r[0] = (struct g_range){ g_plain_name(g, "r"), 31, 20, NULL, NULL };
	m->r[1] = (struct g_range){ g_plain_name(g, "r"), 0, 0, e, NULL };
	m->r[1].lo = e && width > 20 ? 0 : g_in(g, 0, 3);
	m->r[1].hi = m->r[1].lo + width - 1;
	m->n_ranges = 2;
	if (m->r[1].hi >= 20) {
		m->r[0] = m->r[1];
		m->n_ranges = 1;
	}
	if (e)
		HIT(g, word_enum);
	HIT(g, tag_range);
	d->e = e;
	d->limit = e ? e->e->n : 1 << width;
	return g_fmt(g, "%s.%s", m->name, m->r[m->n_ranges - 1].name);
}

/* The member that holds the tag; the tag's path in its struct. */
static const char *make_tag(struct gen *g, struct g_member *m, struct g_domain *d)
{
	struct g_type *e = pick_enum(g);
	uint32_t c = g_below(g, 10);

	m->name = g_name(g, "tag");
	if (e && c < 4) {
		m->type = e;
		d->e = e;
		d->limit = e->e->n;
		HIT(g, tag_enum);
	} else if (c < 6) {
		bit_tag(g, m, d);
	} else if (c < 8) {
		return word_tag(g, m, d);
	} else if (c == 8) {
		m->type = arena_new_of(g->a, struct g_type);
		*m->type = *g_builtin("bool");
		d->limit = 2;
		HIT(g, tag_bool);
	} else {
		int_tag(g, m, d);
	}
	return m->name;
}

static struct g_values one_value(struct gen *g, struct g_domain *d)
{
	const struct g_enumerator *e;
	struct g_values v;

	if (d->e) {
		e = &d->e->e->v[d->next++];
		return (struct g_values){ (uint64_t)e->value, (uint64_t)e->value, e->name };
	}
	v.lo = v.hi = (uint64_t)d->next++;
	v.text = g_num(g, (int64_t)v.lo);
	if (d->limit - d->next > 2 && g_chance(g, 25)) {
		HIT(g, tagged_range);
		v.hi = v.lo + g_in(g, 1, 2);
		d->next = (int)v.hi + 1;
		v.text = g_fmt(g, "%s..%s", v.text, g_num(g, (int64_t)v.hi));
	}
	if (d->limit - d->next > 4 && g_chance(g, 30))
		d->next += (int)g_in(g, 1, 3);
	return v;
}

void g_arm_values(struct gen *g, struct g_member *arm, struct g_domain *d)
{
	arm->arm[arm->n_arm++] = one_value(g, d);
	while (arm->n_arm < 3 && d->next < d->limit && g_chance(g, 25)) {
		HIT(g, tagged_list);
		arm->arm[arm->n_arm++] = one_value(g, d);
	}
}

/* An arm that is a struct with a tagged union in it. */
static void nested(struct gen *g, struct g_type *u, int depth)
{
	struct g_type *in = g_new_struct(g, false, false);
	struct g_member *m = g_member(g);

	g_tagged(g, in, depth + 1);
	m->type = in;
	m->inline_type = true;
	if (g_chance(g, 60))
		m->name = g_plain_name(g, "s");
	HIT(g, tagged_nested);
	g_add(u, m);
}

static void arms(struct gen *g, struct g_type *u, struct g_domain *d, int depth)
{
	uint32_t counts[GEN_COVER_N];

	for (int n = (int)g_in(g, 1, 4); n > 0 && d->next < d->limit; n--) {
		struct g_type before = *u;

		memcpy(counts, g->counts, sizeof(counts));
		if (depth < 2 && g_chance(g, 15))
			nested(g, u, depth);
		else
			g_any_member(g, u, depth + 1);
		if (u->n != before.n + 1 || u->size > 28) {
			*u = before;
			memcpy(g->counts, counts, sizeof(counts));
			continue;
		}
		if (n == 1 && u->n > 1 && g_chance(g, 40)) {
			HIT(g, tagged_default);
			u->m[u->n - 1]->arm_default = true;
		} else {
			g_arm_values(g, u->m[u->n - 1], d);
		}
	}
}

void g_tagged(struct gen *g, struct g_type *t, int depth)
{
	struct g_member *tag = g_member(g), *m = g_member(g), *outer;
	struct g_type *u = g_new_struct(g, true, false), *s;
	struct g_domain d = { 0 };
	bool later = g_chance(g, 50);
	const char *plain;

	tag->is_tag = true;
	u->tagged = u->has_tagged = true;
	u->tag = make_tag(g, tag, &d);
	if (!later)
		g_add(t, tag);
	plain = u->tag;
	if (!d.e)
		u->tag = g_tag_expr(g, t, u->tag, tag);
	if (g->n_configs && g_chance(g, 10)) {
		HIT(g, tag_config);
		u->tag = g_config(g, &d);
	}
	u->tag_computed = u->tag != plain;
	arms(g, u, &d, depth);
	if (!u->n) {
		struct g_type *byte = arena_new_of(g->a, struct g_type);

		*byte = *g_builtin("u16");
		u->m[0] = g_member(g);
		u->m[0]->type = byte;
		u->m[0]->name = g_plain_name(g, "m");
		g_arm_values(g, u->m[0], &d);
		g_add(u, u->m[0]);
	}
	HIT(g, tagged);
	m->type = u;
	m->inline_type = true;
	if (g_chance(g, 70))
		m->name = g_plain_name(g, "u");
	else
		HIT(g, tagged_anon);
	if (g_chance(g, 15)) {
		HIT(g, tag_outer);
		u->tag_outer = true;
		s = g_new_struct(g, false, false);
		g_add(s, m);
		outer = g_member(g);
		outer->type = s;
		outer->inline_type = true;
		if (g_chance(g, 60))
			outer->name = g_plain_name(g, "s");
		m = outer;
	}
	g_add(t, m);
	if (later) {
		HIT(g, tag_later);
		g_add(t, tag);
	}
}

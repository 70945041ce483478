/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is computed from fields: aliases over members that lie side by side,
 * derived values, `valid`, tags that are expressions or configuration. Texts are
 * made when the struct's members are all there; what has a `valid` is read by
 * derived values only, so that nothing goes in circles.
 */
#include <ctype.h>

#include "gen_priv.h"

/* What an expression of this struct can read. */
struct operands {
	const char *text[96];
	const struct g_type *e[96];	/* its enum, or NULL */
	int n;
};

bool g_plain(const char *name)
{
	size_t n = name ? strlen(name) : 0;

	return n && isdigit((unsigned char)name[n - 1]);	/* no word of the language */
}

static void operand(struct operands *o, const char *text, const struct g_type *e)
{
	if (o->n == 96)
		return;
	o->text[o->n] = text;
	o->e[o->n++] = e;
}

static void collect(struct gen *g, const struct g_type *t, struct operands *o, const char *in, bool valid_too);

static void collect_member(struct gen *g, const struct g_member *m, struct operands *o, const char *in, bool valid_too)
{
	const struct g_type *s = m->type ? g_strip(m->type) : NULL;
	const char *name = m->name ? g_fmt(g, "%s%s", in, m->name) : NULL;

	if (!s || m->count2 || (m->valid && !valid_too) || (m->name && !g_plain(m->name)))
		return;
	if (m->inline_type) {
		if (!m->count && !s->tagged && strlen(in) < 20) {
			HIT(g, derive_inner);
			collect(g, s, o, m->name ? g_fmt(g, "%s.", name) : in, valid_too);
		}
		return;
	}
	if (!name || (m->type->kind == G_TYPEDEF && m->type->count) ||
	    (s->kind != G_INT && s->kind != G_BOOL && s->kind != G_ENUM) || (s->order == G_RAW && s->bits > 8))
		return;
	if (m->count)
		operand(o, g_fmt(g, "%s[%u]", name, g_below(g, m->count)), NULL);
	else
		operand(o, name, s->kind == G_ENUM ? s : NULL);
	for (int k = 0; k < m->n_ranges; k++)
		if (g_plain(m->r[k].name) && (!m->r[k].attr || valid_too))
			operand(o, g_fmt(g, "%s.%s", name, m->r[k].name), m->r[k].e);
}

static void collect(struct gen *g, const struct g_type *t, struct operands *o, const char *in, bool valid_too)
{
	for (int i = 0; i < t->n; i++)
		collect_member(g, t->m[i], o, in, valid_too);
}

static void operands(struct gen *g, const struct g_type *t, struct operands *o, bool valid_too)
{
	collect(g, t, o, "", valid_too);
}

/* What is in arms of the struct's unions and words: a derived value reads one of them. */
static void arm_operands(struct gen *g, const struct g_type *t, struct operands *o)
{
	for (int i = 0; i < t->n; i++) {
		const struct g_member *m = t->m[i];
		const struct g_type *u = m->inline_type && m->type->tagged ? m->type : NULL;

		for (int k = 0; u && k < u->n; k++)
			collect_member(g, u->m[k], o, m->name ? g_fmt(g, "%s.", m->name) : "", true);
		u = m->n_ranges && !m->count ? m->sw[0] : NULL;
		for (int k = 0; u && k < u->n; k++)
			for (int r = 0; r < u->m[k]->n_ranges; r++)
				if (g_plain(u->m[k]->r[r].name))
					operand(o, g_fmt(g, "%s.%s", m->name, u->m[k]->r[r].name), u->m[k]->r[r].e);
	}
}

static const char *expr(struct gen *g, const struct operands *o, int depth);

/* No constant as a whole: those are computed by the compiler, which takes no overflow. */
static const char *varying(struct gen *g, const struct operands *o, int depth)
{
	return g_fmt(g, "%s %s %s", o->text[g_below(g, (uint32_t)o->n)], g_chance(g, 50) ? "^" : "+",
		     expr(g, o, depth));
}

static const char *leaf(struct gen *g, const struct operands *o)
{
	static const char *const numbers[] = { "0", "1", "-1", "7", "255", "0x80000000", "4294967296",
					       "0x7fffffffffffffff", "0xffffffffffffffff", "-128" };

	if (g_chance(g, 30))
		return numbers[g_below(g, 10)];
	return o->text[g_below(g, (uint32_t)o->n)];
}

static const char *comparison(struct gen *g, const struct operands *o, int depth)
{
	static const char *const ops[] = { "==", "!=", "<", "<=", ">", ">=" };
	int i = (int)g_below(g, (uint32_t)o->n);

	if (o->e[i] && g_chance(g, 60)) {
		HIT(g, derive_enumerator);
		return g_fmt(g, "%s %s %s", o->text[i], ops[g_below(g, 2)],
			     o->e[i]->e->v[g_below(g, (uint32_t)o->e[i]->e->n)].name);
	}
	return g_fmt(g, "%s %s %s", expr(g, o, depth - 1), ops[g_below(g, 6)], expr(g, o, depth - 1));
}

static const char *two_sided(struct gen *g, const struct operands *o, int depth)
{
	static const char *const ops[] = { "+", "-", "*", "/", "%", "&", "|", "^", "&&", "||" };
	const char *op = ops[g_below(g, 10)], *b = expr(g, o, depth - 1);

	if (*op == '/' || *op == '%') {		/* no constant zero */
		HIT(g, derive_divide);
		b = g_chance(g, 50) ? o->text[g_below(g, (uint32_t)o->n)] : "3";
	}
	return g_fmt(g, "(%s) %s %s", varying(g, o, depth - 1), op, b);
}

static const char *expr(struct gen *g, const struct operands *o, int depth)
{
	if (depth <= 0 || g_chance(g, 15))
		return leaf(g, o);
	switch (g_below(g, 8)) {
	case 0:
		HIT(g, derive_shift);
		return g_fmt(g, "((%s) %s %u)", varying(g, o, depth - 1), g_chance(g, 50) ? "<<" : ">>",
			     g_below(g, 64));
	case 1:
		HIT(g, derive_shift);
		return g_fmt(g, "((%s) %s (%s))", varying(g, o, depth - 1), g_chance(g, 50) ? "<<" : ">>",
			     o->text[g_below(g, (uint32_t)o->n)]);
	case 2:
		return g_fmt(g, "(%s)", comparison(g, o, depth));
	case 3:
		HIT(g, derive_unary);
		return g_fmt(g, "%s(%s)", g_chance(g, 33) ? "-" : g_chance(g, 50) ? "~" : "!",
			     varying(g, o, depth - 1));
	case 4:
		HIT(g, derive_cond);
		return g_fmt(g, "((%s) ? (%s) : (%s))", expr(g, o, depth - 1), expr(g, o, depth - 1),
			     expr(g, o, depth - 1));
	case 5:
		HIT(g, derive_slice);
		return g_fmt(g, "((%s) + 0)[%u:%u]", varying(g, o, depth - 1), g_in(g, 32, 63), g_in(g, 0, 32));
	default:
		return g_fmt(g, "(%s)", two_sided(g, o, depth));
	}
}

/* It reads a field at least. */
static const char *reading(struct gen *g, const struct operands *o)
{
	return g_fmt(g, "%s %s (%s)", o->text[g_below(g, (uint32_t)o->n)], g_chance(g, 50) ? "+" : "^", expr(g, o, 3));
}

/* Of what is computed. */
static const char *computed_attributes(struct gen *g, const struct g_type *t)
{
	struct operands o = { .n = 0 };
	const char *s = g_chance(g, 20) ? " unit \"ns\"" : "";

	if (g_chance(g, 10))
		s = g_fmt(g, "%s deprecated \"old\"", s);
	operands(g, t, &o, false);
	if (!o.n || !g_chance(g, 20))
		return s;
	HIT(g, computed_valid);
	return g_fmt(g, "%s valid %s", s, reading(g, &o));
}

static const char *derive(struct gen *g, const struct g_type *t, struct operands *o, const struct operands *arms)
{
	static const char *const types[] = { "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "bool" };
	const char *type = types[g_below(g, 9)], *name = g_plain_name(g, "dv"), *e = reading(g, o);
	const struct g_type *en = NULL;

	if (arms->n && g_chance(g, 40)) {
		HIT(g, derive_arm);
		e = g_fmt(g, "%s %s 3", arms->text[g_below(g, (uint32_t)arms->n)], g_chance(g, 50) ? "*" : "-");
	}
	for (int i = 0; i < g->n_types && !en; i++)
		if (g->t[i]->kind == G_ENUM && g->t[i]->order == G_HOST && g_chance(g, 20))
			en = g->t[i];
	if (*type == 's')
		HIT(g, derive_signed);
	if (*type == 'b')
		HIT(g, derive_bool);
	if (en)
		HIT(g, derive_enum);
	if (!strstr(e, " * 3") && !strstr(e, " - 3"))	/* what reads an arm, is there only with it */
		operand(o, name, NULL);
	HIT(g, derive);
	return g_fmt(g, "\tderive %s %s%s = %s;\n", en ? en->name : type, name, computed_attributes(g, t), e);
}

/* ---- aliases ---- */

static bool piece(const struct g_member *m, bool be)
{
	const struct g_type *t = m->type ? g_strip(m->type) : NULL;

	if (!t || !g_plain(m->name) || m->inline_type || m->count2 || (m->type->kind == G_TYPEDEF && m->type->count) ||
	    (t->kind != G_INT && t->kind != G_ENUM) || t->is_signed)
		return false;
	if (m->bits >= 0)
		return !be && t->order == G_HOST;
	return t->bits == 8 || (be ? t->order == G_BE : t->order == G_LE || t->order == G_HOST);
}

static uint32_t piece_bits(const struct g_member *m)
{
	return m->bits >= 0 ? (uint32_t)m->bits : g_strip(m->type)->bits * (m->count ? m->count : 1);
}

/* A type of at least @bits bits. */
static const char *alias_type(struct gen *g, bool be, uint32_t bits)
{
	static const char *const le[] = {
		"u8", "s8", "u16", "s16", "le16", "u32", "s32", "le32", "u64", "s64", "le64",
	};
	static const uint8_t le_bits[] = { 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64 };
	static const char *const big[] = { "be16", "be32", "be64" };
	uint32_t i;

	for (int k = 0; k < g->n_types && g_chance(g, 40); k++) {
		const struct g_type *e = g->t[g_below(g, (uint32_t)g->n_types)];

		if (e->kind != G_ENUM || e->is_signed || e->bits < bits || (e->order == G_BE) != be)
			continue;
		HIT(g, alias_enum);
		return e->name;
	}
	do
		i = g_below(g, be ? 3 : 11);
	while ((be ? 16u << i : le_bits[i]) < bits);
	return be ? big[i] : le[i];
}

static const char *alias_text(struct gen *g, const struct g_type *t, bool be, uint32_t bits, const char *of)
{
	const char *type = alias_type(g, be, bits), *name = g_plain_name(g, "al");

	if (be)
		HIT(g, alias_be);
	else
		HIT(g, alias_le);
	return g_fmt(g, "\talias %s %s%s = %s;\n", type, name, computed_attributes(g, t), of);
}

/* One range of a word, or two side by side, the first in memory in front. */
static const char *alias_ranges(struct gen *g, const struct g_type *t)
{
	const struct g_member *m = t->m[g_below(g, (uint32_t)t->n)];
	const struct g_range *r;
	uint32_t bits, i;
	bool be;

	if (!m->n_ranges || m->sw[0])
		return "";
	i = g_below(g, (uint32_t)m->n_ranges);
	r = &m->r[i];
	be = m->type->order == G_BE;
	bits = r->hi - r->lo + 1;
	if (!g_plain(r->name))
		return "";
	HIT(g, alias_range);
	if ((int)i + 1 == m->n_ranges || !g_plain(r[1].name) || r[1].hi + 1 != r->lo || g_chance(g, 30))
		return alias_text(g, t, be, bits, g_fmt(g, "%s.%s", m->name, r->name));
	HIT(g, alias_ranges);
	bits += r[1].hi - r[1].lo + 1;
	return alias_text(g, t, be, bits, be ? g_fmt(g, "%s.%s..%s.%s", m->name, r->name, m->name, r[1].name) :
			  g_fmt(g, "%s.%s..%s.%s", m->name, r[1].name, m->name, r->name));
}

/* Elements of an array. */
static const char *alias_elements(struct gen *g, const struct g_type *t, const struct g_member *m, bool be)
{
	uint32_t size = g_strip(m->type)->bits, first = g_below(g, m->count), last = first;

	while (last + 1 < m->count && (last + 2 - first) * size <= 64 && g_chance(g, 70))
		last++;
	HIT(g, alias_elements);
	return alias_text(g, t, be, (last + 1 - first) * size, first == last ?
			  g_fmt(g, "%s[%u]", m->name, first) :
			  g_fmt(g, "%s[%u]..%s[%u]", m->name, first, m->name, last));
}

static const char *alias(struct gen *g, const struct g_type *t)
{
	bool be = g_chance(g, 50);
	int first = (int)g_below(g, (uint32_t)t->n), last = first;
	uint32_t bits;

	if (!piece(t->m[first], be))
		return alias_ranges(g, t);
	bits = piece_bits(t->m[first]);
	if (t->m[first]->count && (bits > 64 || g_chance(g, 30)))
		return alias_elements(g, t, t->m[first], be);
	while (last + 1 < t->n && piece(t->m[last + 1], be) && bits + piece_bits(t->m[last + 1]) <= 64 &&
	       t->m[last + 1]->at == t->m[last]->at + piece_bits(t->m[last]) && g_chance(g, 80))
		bits += piece_bits(t->m[++last]);
	if (t->m[first]->bits >= 0)
		HIT(g, alias_bits);
	if (t->m[first]->count)
		HIT(g, alias_array);
	if (first == last)
		return alias_text(g, t, be, bits, t->m[first]->name);
	HIT(g, alias_pieces);
	return alias_text(g, t, be, bits, g_fmt(g, "%s..%s", t->m[first]->name, t->m[last]->name));
}

/* ---- all of a struct ---- */

static void valid(struct gen *g, struct g_type *t)
{
	struct operands o = { .n = 0 };
	struct g_member *m = t->m[g_below(g, (uint32_t)t->n)];

	/* tags are called otherwise, and every operand must stay valid */
	if (!m->type || m->arm_default || m->n_arm || m->is_tag ||
	    (m->name ? !g_plain(m->name) : !m->inline_type))
		return;
	m->valid = "";
	operands(g, t, &o, false);
	m->valid = o.n ? reading(g, &o) : NULL;
	if (!m->valid)
		return;
	HIT(g, valid);
	if (m->inline_type && m->type->tagged)
		HIT(g, valid_union);
	else if (m->inline_type)
		HIT(g, valid_struct);
}

void g_computed(struct gen *g, struct g_type *t)
{
	struct operands o = { .n = 0 }, arms = { .n = 0 };

	if (!(g->kind & GEN_LAYOUT) || t->kind != G_STRUCT || !t->n || !g_chance(g, 35))
		return;
	t->computed = t->computed ? t->computed : "";
	valid(g, t);
	operands(g, t, &o, true);
	arm_operands(g, t, &arms);
	for (int n = (int)g_below(g, 4); n > 0 && o.n; n--)
		t->computed = g_fmt(g, "%s%s", t->computed, derive(g, t, &o, &arms));
	for (int n = (int)g_below(g, 4); n > 0; n--)
		t->computed = g_fmt(g, "%s%s", t->computed, alias(g, t));
}

/* ---- tags ---- */

const char *g_config(struct gen *g, struct g_domain *d)
{
	const struct g_config *c;

	if (!g->n_configs)
		return NULL;
	c = &g->configs[g_below(g, (uint32_t)g->n_configs)];
	*d = (struct g_domain){ .e = c->e, .limit = c->e ? c->e->e->n : c->bits == 1 ? 2 : 100 };
	return g_fmt(g, "config.%s", c->name);
}

void g_configs(struct gen *g)
{
	static const char *const types[] = { "u8", "u8", "u16", "u32", "u64", "bool" };
	static const uint8_t bits[] = { 8, 8, 16, 32, 64, 1 };

	if (!(g->kind & GEN_LAYOUT))
		return;
	for (int n = (int)g_below(g, 3); n > 0; n--) {
		struct g_config *c = &g->configs[g->n_configs++];
		uint32_t i = g_below(g, 6);

		*c = (struct g_config){ .name = g_plain_name(g, "cfg"), .bits = bits[i] };
		for (int k = 0; k < g->n_types && !c->e; k++)
			if (g->t[k]->kind == G_ENUM && g->t[k]->order == G_HOST && !g->t[k]->is_signed &&
			    g_chance(g, 25))
				c->e = g->t[k];
		if (c->e)
			HIT(g, config_enum);
		if (!c->e && bits[i] == 1)
			HIT(g, config_bool);
		HIT(g, config_item);
		fprintf(g->out, "%sconfig %s %s%s;\n", g_doc(g, ""), c->e ? c->e->name : types[i], c->name,
			g_chance(g, 20) ? " unit \"lanes\"" : g_chance(g, 10) ? " deprecated \"old\"" : "");
	}
}

/* An expression that is the tag: of it, or through an alias or derived value beside it. */
const char *g_tag_expr(struct gen *g, struct g_type *t, const char *tag, const struct g_member *m)
{
	const char *name, *was = t->computed ? t->computed : "";

	if (!(g->kind & GEN_LAYOUT) || !g_chance(g, 30))
		return tag;
	HIT(g, tag_expr);
	switch (g_below(g, 4)) {
	case 0:
		return g_fmt(g, "%s + 0", tag);
	case 1:
		return g_fmt(g, "(%s | 0) ^ 0", tag);
	case 2:
		HIT(g, tag_derive);
		name = g_plain_name(g, "dv");
		t->computed = g_fmt(g, "%s\tderive u64 %s = %s + 0;\n", was, name, tag);
		return name;
	}
	if (!m || m->type->kind != G_INT || m->type->order == G_RAW)
		return g_fmt(g, "%s * 1", tag);
	HIT(g, tag_alias);
	name = g_plain_name(g, "al");
	t->computed = g_fmt(g, "%s\talias %s %s = %s;\n", was, m->type->order == G_BE ? "be64" : "u64", name, tag);
	return name;
}

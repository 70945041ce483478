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

static void operands(struct gen *g, const struct g_type *t, struct operands *o, bool valid_too)
{
	for (int i = 0; i < t->n; i++) {
		const struct g_member *m = t->m[i];
		const struct g_type *s = m->type ? g_strip(m->type) : NULL;

		if (!s || !g_plain(m->name) || m->inline_type || m->count2 || (m->valid && !valid_too) ||
		    (m->type->kind == G_TYPEDEF && m->type->count) ||
		    (s->kind != G_INT && s->kind != G_BOOL && s->kind != G_ENUM) || (s->order == G_RAW && s->bits > 8))
			continue;
		if (m->count)
			operand(o, g_fmt(g, "%s[%u]", m->name, g_below(g, m->count)), NULL);
		else
			operand(o, m->name, s->kind == G_ENUM ? s : NULL);
		for (int k = 0; k < m->n_ranges; k++)
			if (g_plain(m->r[k].name) && (!m->r[k].attr || valid_too))
				operand(o, g_fmt(g, "%s.%s", m->name, m->r[k].name), m->r[k].e);
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

static const char *derive(struct gen *g, struct operands *o)
{
	static const char *const types[] = { "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "bool" };
	const char *type = types[g_below(g, 9)], *name = g_plain_name(g, "dv"), *e = reading(g, o), *s;
	const struct g_type *en = NULL;

	for (int i = 0; i < g->n_types && !en; i++)
		if (g->t[i]->kind == G_ENUM && g->t[i]->order == G_HOST && g_chance(g, 20))
			en = g->t[i];
	if (*type == 's')
		HIT(g, derive_signed);
	if (*type == 'b')
		HIT(g, derive_bool);
	if (en)
		HIT(g, derive_enum);
	s = g_fmt(g, "\tderive %s %s = %s;\n", en ? en->name : type, name, e);
	if (g_chance(g, 20))
		s = g_fmt(g, "\tderive %s %s unit \"ns\" = %s;\n", en ? en->name : type, name, e);
	operand(o, name, NULL);
	HIT(g, derive);
	return s;
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

static const char *alias(struct gen *g, const struct g_type *t)
{
	static const char *const types[2][3] = { { "u64", "le64", "s64" }, { "be64", "be64", "be64" } };
	bool be = g_chance(g, 50);
	int first = (int)g_below(g, (uint32_t)t->n), last = first;
	uint32_t bits;

	if (!piece(t->m[first], be) || (bits = piece_bits(t->m[first])) > 64)
		return "";
	while (last + 1 < t->n && piece(t->m[last + 1], be) && bits + piece_bits(t->m[last + 1]) <= 64 &&
	       t->m[last + 1]->at == t->m[last]->at + piece_bits(t->m[last]) && g_chance(g, 80))
		bits += piece_bits(t->m[++last]);
	if (be)
		HIT(g, alias_be);
	else
		HIT(g, alias_le);
	if (t->m[first]->bits >= 0)
		HIT(g, alias_bits);
	if (t->m[first]->count)
		HIT(g, alias_array);
	if (first == last)
		return g_fmt(g, "\talias %s %s = %s;\n", types[be][g_below(g, 3)], g_plain_name(g, "al"),
			     t->m[first]->name);
	HIT(g, alias_pieces);
	return g_fmt(g, "\talias %s %s = %s..%s;\n", types[be][g_below(g, 3)], g_plain_name(g, "al"),
		     t->m[first]->name, t->m[last]->name);
}

/* ---- all of a struct ---- */

static void valid(struct gen *g, struct g_type *t)
{
	struct operands o = { .n = 0 };
	struct g_member *m = t->m[g_below(g, (uint32_t)t->n)];

	/* tags are called otherwise, and every operand must stay valid */
	if (!g_plain(m->name) || m->inline_type || !m->type || m->arm_default || m->n_arm || m->is_tag ||
	    (*m->name != 'm' && *m->name != 'b' && *m->name != 'a' && *m->name != 'w'))
		return;
	m->valid = "";
	operands(g, t, &o, false);
	m->valid = o.n ? reading(g, &o) : NULL;
	if (m->valid)
		HIT(g, valid);
}

void g_computed(struct gen *g, struct g_type *t)
{
	struct operands o = { .n = 0 };

	if (!(g->kind & GEN_LAYOUT) || t->kind != G_STRUCT || !t->n || !g_chance(g, 35))
		return;
	t->computed = "";
	valid(g, t);
	operands(g, t, &o, true);
	for (int n = (int)g_below(g, 4); n > 0 && o.n; n--)
		t->computed = g_fmt(g, "%s%s", t->computed, derive(g, &o));
	for (int n = (int)g_below(g, 4); n > 0; n--)
		t->computed = g_fmt(g, "%s%s", t->computed, alias(g, t));
}

/* ---- tags ---- */

const char *g_config(struct gen *g)
{
	return g->n_configs ? g_fmt(g, "config.%s", g->configs[g_below(g, (uint32_t)g->n_configs)]) : NULL;
}

void g_configs(struct gen *g)
{
	if (!(g->kind & GEN_LAYOUT))
		return;
	for (int n = (int)g_below(g, 3); n > 0; n--) {
		HIT(g, config_item);
		g->configs[g->n_configs] = g_plain_name(g, "cfg");
		fprintf(g->out, "%sconfig u8 %s%s;\n", g_doc(g, ""), g->configs[g->n_configs],
			g_chance(g, 20) ? " unit \"lanes\"" : "");
		g->n_configs++;
	}
}

const char *g_tag_expr(struct gen *g, const char *tag)
{
	if (!(g->kind & GEN_LAYOUT) || !g_chance(g, 25))
		return tag;
	HIT(g, tag_expr);
	return g_chance(g, 50) ? g_fmt(g, "%s + 0", tag) : g_fmt(g, "(%s | 0) ^ 0", tag);
}

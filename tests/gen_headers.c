/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Headers: fields in the order of the wire, and lengths from one of them. */
#include "gen_priv.h"

struct maker {
	struct gen *g;
	struct g_header *h;
	uint32_t bit;
	int part;
	FILE *out;
};

static struct g_hfield *field(struct maker *m, const char *name, uint32_t bits, enum g_order order, bool bytes)
{
	struct g_hfield *f = &m->h->f[m->h->n++];

	*f = (struct g_hfield){ .name = name, .bit = m->bit, .bits = bits, .order = order, .bytes = bytes };
	f->part = m->part;
	return f;
}

static void integer(struct maker *m)
{
	static const char *const types[] = {
		"u8", "u8", "be16", "be16", "be32", "be64", "le16", "le32", "le64", "raw16", "raw32",
	};
	const struct g_type *t = g_builtin(types[g_below(m->g, 11)]);
	const char *name = g_name(m->g, "f");

	if (t->bits == 8)
		HIT(m->g, h_u8);
	else if (t->order == G_BE)
		HIT(m->g, h_be);
	else if (t->order == G_LE)
		HIT(m->g, h_le);
	else
		HIT(m->g, h_raw);
	field(m, name, t->bits, t->bits == 8 ? G_BE : t->order, false);
	fprintf(m->out, "\t%s %s;\n", t->name, name);
	m->bit += t->bits;
}

static void bytes(struct maker *m)
{
	const char *name = g_name(m->g, "f");
	uint32_t n = g_in(m->g, 1, 10);

	switch (g_below(m->g, 3)) {
	case 0:
		HIT(m->g, h_mac);
		fprintf(m->out, "\tmac %s;\n", name);
		n = 6;
		break;
	case 1:
		HIT(m->g, h_array_be);
		n = g_in(m->g, 1, 3);
		fprintf(m->out, "\tbe16 %s[%u];\n", name, n);
		n *= 2;
		break;
	default:
		HIT(m->g, h_array);
		fprintf(m->out, "\tu8 %s[%s];\n", name, g_num(m->g, n));
	}
	field(m, name, n * 8, G_BE, true);
	m->bit += n * 8;
}

/* Bit fields up to the next byte border. */
static void bits(struct maker *m)
{
	static const char *const types[] = { "u8", "u16", "u32", "u64", "be16", "be32" };
	uint32_t left = 8 * g_in(m->g, 1, 5);

	HIT(m->g, h_bits);
	while (left && m->h->n < 28) {
		const struct g_type *t = g_builtin(types[g_below(m->g, 6)]);
		uint32_t n = g_in(m->g, 1, left < t->bits ? left : t->bits);

		if (g_chance(m->g, 10)) {
			HIT(m->g, h_bits_unnamed);
			fprintf(m->out, "\t%s : %u;\n", t->name, n);
		} else {
			const char *name = g_name(m->g, "b");

			fprintf(m->out, "\t%s %s : %s;\n", t->name, name, g_num(m->g, n));
			field(m, name, n, G_BE, false);
			if (m->bit % 8 + n > 8)
				HIT(m->g, h_bits_wide);
		}
		m->bit += n;
		left -= n;
	}
	if (left) {
		fprintf(m->out, "\tu64 : %u;\n", left);
		m->bit += left;
	}
}

static void enumeration(struct maker *m)
{
	struct gen *g = m->g;

	for (int i = 0; i < g->n_types; i++) {
		struct g_type *t = g->t[(i + g->serial) % g->n_types];
		const char *name;

		if (t->kind != G_ENUM || t->is_signed || (t->order == G_HOST && t->bits != 8))
			continue;
		HIT(g, h_enum);
		name = g_name(g, "f");
		field(m, name, t->bits, t->bits == 8 ? G_BE : t->order, false)->e = t;
		fprintf(m->out, "\t%s %s;\n", t->name, name);
		m->bit += t->bits;
		return;
	}
}

static void word(struct maker *m)
{
	const char *name = g_plain_name(m->g, "w"), *hi = g_name(m->g, "r"), *lo = g_name(m->g, "r");
	uint32_t cut = g_in(m->g, 2, 30);
	struct g_hfield *f;

	HIT(m->g, h_word);
	field(m, name, 32, G_BE, false);
	f = field(m, g_fmt(m->g, "%s.%s", name, hi), 32 - cut, G_BE, false);
	f = field(m, g_fmt(m->g, "%s.%s", name, lo), cut - 1, G_BE, false);
	f->bit += 33 - cut;
	fprintf(m->out, "\tbe32 word %s { %s [31:%u]; %s [%u:0]; }\n", name, hi, cut, lo, cut - 2);
	m->bit += 32;
}

/* A length from a field in one or two bytes. */
static void length(struct maker *m)
{
	struct gen *g = m->g;
	struct g_hfield *f = NULL;
	uint32_t shift = g_below(g, 4), add = g_below(g, 3) * 4, least, most, one;
	uint32_t n, lo;
	const char *e, *base;

	for (int i = 0; i < m->h->n; i++)
		if (m->h->f[i].part == G_BEGIN && !m->h->f[i].bytes && !m->h->f[i].e &&
		    m->h->f[i].order == G_BE && m->h->f[i].bits >= 2 &&
		    m->h->f[i].bits <= 16 && (!f || g_chance(g, 50)))
			f = &m->h->f[i];
	if (!f)
		return;
	base = f->name;
	n = f->bits;
	if (n > 8 || (n > 2 && g_chance(g, 40))) {
		n = g_in(g, 2, f->bits < 8 ? f->bits : 8);
		lo = g_below(g, f->bits - n + 1);
		if (g_chance(g, 50)) {
			HIT(g, h_length_slice);
			base = g_fmt(g, "%s[%u:%u]", f->name, lo + n - 1, lo);
		} else {
			HIT(g, h_length_mask);
			base = g_fmt(g, "((%s & 0x%llx) >> %u)", f->name, (unsigned long long)g_mask(n) << lo, lo);
		}
	}
	if (strchr(f->name, '.'))
		HIT(g, h_length_range);
	most = (uint32_t)(g_mask(n) << shift) + add;
	if (most < m->h->fixed)
		return;
	m->h->variable = true;
	if (m->h->parts)
		HIT(g, h_if_length);
	if (g_chance(g, 30)) {
		HIT(g, h_length_shl);
		e = g_fmt(g, "(%s << %u) + %u", base, shift, add);
	} else if (g_chance(g, 40) && add % (1u << shift) == 0) {
		HIT(g, h_length_sum);
		e = g_fmt(g, "(%s + %u) * %u", base, add >> shift, 1u << shift);
	} else {
		e = g_fmt(g, "%u + %u * %s", add, 1u << shift, base);
	}
	if (g_chance(g, 25) && most < 300) {
		HIT(g, h_length_plain);
		m->h->max = most;
		fprintf(m->out, "\tlength %s;\n", e);
		return;
	}
	/* a range with at least one length that the field can say */
	do
		one = (uint32_t)((g_u64(g) & g_mask(n)) << shift) + add;
	while (one < m->h->fixed);
	most = g_in(g, one, one + 12);
	least = g_chance(g, 20) ? g_in(g, 1, m->h->fixed) : g_in(g, m->h->fixed, one);
	if (least < m->h->fixed)
		HIT(g, h_length_short);
	HIT(g, h_length);
	m->h->max = most;
	fprintf(m->out, "\tlength %s in %s..%s;\n", e, g_num(g, least), g_num(g, most));
}

/* ---- parts ---- */

/* A number in front of the first `if`; NULL: there is none. */
static const struct g_hfield *number(struct maker *m, uint32_t bits)
{
	for (int tries = 0; tries < 20 && m->h->n; tries++) {
		const struct g_hfield *f = &m->h->f[g_below(m->g, (uint32_t)m->h->n)];

		if (f->part == G_BEGIN && !f->bytes && f->order != G_RAW && f->bits <= bits)
			return f;
	}
	return NULL;
}

/* A comparison; on the built-in target one that few rows can tell. */
static const char *compare(struct maker *m)
{
	static const char *const ops[] = { "==", "==", "!=", "<", "<=", ">", ">=" };
	struct gen *g = m->g;
	bool big = g->big_target;
	const struct g_hfield *f = number(m, big ? 16 : 8);
	uint64_t v, mask;

	if (!f)
		return NULL;
	v = g_u64(g) & g_mask(f->bits);
	if (f->bits == 1) {
		HIT(g, h_if_flag);
		return g_fmt(g, g_chance(g, 50) ? "%s" : "!%s", f->name);
	}
	switch (g_below(g, 6)) {
	case 0:
		mask = v ? v : 1;
		mask = big ? mask : 1ull << g_below(g, f->bits);
		HIT(g, h_if_mask);
		return g_chance(g, 50) ? g_fmt(g, "%s & %s", f->name, g_num(g, (int64_t)mask)) :
		       g_fmt(g, "(%s & %s) == %s", f->name, g_num(g, (int64_t)mask),
			     g_num(g, (int64_t)(g_u64(g) & mask)));
	case 1:
		if (f->order == G_LE)
			break;
		HIT(g, h_if_slice);
		return g_fmt(g, "%s[%u]", f->name, g_below(g, f->bits));
	case 2:
		if (!f->e)
			break;
		HIT(g, h_if_enum);
		return g_fmt(g, "%s == %s", f->name, f->e->e->v[g_below(g, (uint32_t)f->e->e->n)].name);
	}
	HIT(g, h_if_compare);
	return g_fmt(g, "%s %s %s", f->name, ops[g_below(g, big ? 7 : 2)], g_num(g, (int64_t)v));
}

static const char *condition(struct maker *m)
{
	struct gen *g = m->g;
	const char *a = compare(m), *b;

	if (!a || !g->big_target || g_chance(g, 60))
		return a;
	b = compare(m);
	switch (b ? g_below(g, 3) : 2) {
	case 0:
		HIT(g, h_if_and);
		return g_fmt(g, "%s && %s", a, b);
	case 1:
		HIT(g, h_if_or);
		return g_fmt(g, "(%s) || %s", a, b);
	}
	HIT(g, h_if_not);
	return g_fmt(g, "!(%s)", a);
}

/* One or two fields of whole bytes. */
static void some_fields(struct maker *m, int part)
{
	m->part = part;
	m->bit = 0;
	for (int n = (int)g_in(m->g, 1, 2); n > 0; n--) {
		switch (g_below(m->g, 4)) {
		case 0:
			bytes(m);
			break;
		case 1:
			bits(m);
			break;
		default:
			integer(m);
		}
	}
}

/* Remembers what a select can find out: the condition is one bit, and the part has a number. */
static void note_flag(struct maker *m, const char *cond, int first)
{
	for (int i = 0; i < first && !m->h->flag; i++) {
		size_t len = strlen(m->h->f[i].name);

		/* FLAG, or FIELD[BIT] */
		if (strncmp(m->h->f[i].name, cond, len) || m->h->f[i].part != G_BEGIN ||
		    !(cond[len] ? cond[len] == '[' && !strchr(cond, '&') && !strchr(cond, '|') : m->h->f[i].bits == 1))
			continue;
		for (int k = first; k < m->h->n; k++)
			if (!m->h->f[k].bytes && m->h->f[k].order == G_BE && m->h->f[k].bits > 1 &&
			    m->h->f[k].bits <= 16)
				m->h->behind_flag = m->h->f[k].name;
		m->h->flag = m->h->behind_flag ? cond : NULL;
	}
}

static void parts(struct maker *m)
{
	struct gen *g = m->g;
	int first;

	for (int n = (int)g_in(g, 1, g->big_target ? 3 : 2); n > 0 && m->h->n < 16; n--) {
		const char *cond = condition(m);

		if (!cond)
			return;
		HIT(g, h_if);
		m->h->parts = true;
		g->key_bytes = g->key_bytes > 6 ? g->key_bytes : 6;
		fprintf(m->out, "\tif (%s) {\n", cond);
		first = m->h->n;
		some_fields(m, G_OPTIONAL);
		note_flag(m, cond, first);
		if (g_chance(g, 20)) {
			HIT(g, h_if_else);
			fprintf(m->out, "\t} else {\n");
			some_fields(m, G_OPTIONAL);
		}
		fprintf(m->out, "\t}\n");
		if (g_chance(g, 15) && m->h->n < 16) {
			HIT(g, h_if_behind);
			some_fields(m, G_BEHIND);
		}
	}
}

static void header(struct gen *g)
{
	struct g_header *h = arena_new_of(g->a, struct g_header);
	struct maker m = { .g = g, .h = h, .out = g->out };
	uint32_t max = g_in(g, 1, 16);

	h->name = g_plain_name(g, "h");
	HIT(g, header);
	fprintf(g->out, "%sheader %s {\n", g_doc(g, ""), h->name);
	do {
		uint32_t c = g_below(g, 12);

		if (c < 5)
			integer(&m);
		else if (c < 6)
			bytes(&m);
		else if (c < 9)
			bits(&m);
		else if (c < 10)
			enumeration(&m);
		else if (c < 11)
			word(&m);
		else if (m.bit) {
			HIT(g, h_reserved);
			fprintf(g->out, "\treserved %u;\n", 1 + c % 3);
			m.bit += 8 * (1 + c % 3);
		}
	} while (m.bit / 8 < max && h->n < 16);
	h->fixed = h->max = m.bit / 8;
	if (g_chance(g, 25))
		parts(&m);
	if (g_chance(g, 40))
		length(&m);
	fprintf(g->out, "}\n");
	g->h[g->n_headers++] = h;
}

void g_headers(struct gen *g)
{
	int n = (int)g_in(g, 1, 6);

	for (int i = 0; i < n; i++)
		header(g);
}

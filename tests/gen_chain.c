/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A chain: items that are members of any kind, in whole words, and combinations
 * of them in any order, up to all eight nibbles of the first word. Each combination
 * is a metadata layout of the generator, too, that rules and states can write.
 */
#include "gen_priv.h"

enum { ITEMS = 8, NIBBLES = 8, COMBOS = 5 };

struct item {
	struct g_member *m;
	unsigned type;
	const char *taken;	/* or NULL */
	struct g_type *taken_enum;
};

struct chain {
	const char *name;
	struct item item[ITEMS];
	int n;
	struct { int item[NIBBLES], n; const char *name; bool named; } combo[COMBOS];
	int n_combos;
};

/* ---- items ---- */

static struct g_member *plain_item(struct gen *g)
{
	static const char *const types[] = { "be32", "le32", "u32", "s32", "raw32", "u64", "be64" };
	struct g_member *m = g_member(g);

	m->type = arena_new_of(g->a, struct g_type);
	*m->type = *g_builtin(types[g_below(g, 7)]);
	m->name = g_plain_name(g, "m");
	g_attributes(g, m);
	return m;
}

/* One member of whole words, without a pin; or NULL. */
static struct g_member *any_item(struct gen *g)
{
	struct g_type *alone = g_new_struct(g, false, true);
	struct g_member *m;

	g_any_member(g, alone, 1);
	m = alone->n == 1 ? alone->m[0] : NULL;
	if (!m || !m->name || !m->type || m->bits >= 0 || m->pin >= 0 || alone->size > 24)
		return NULL;
	if (alone->size % 4 && m->inline_type && m->type->kind == G_STRUCT && !m->type->packed && !m->count) {
		struct g_member *pad = g_member(g);

		pad->reserved = 4 - (uint32_t)(m->type->pos + 7) / 8 % 4;
		g_add(m->type, pad);
		return m->type->size % 4 ? NULL : m;
	}
	return alone->size % 4 ? NULL : m;
}

static struct g_member *make_item(struct gen *g)
{
	uint32_t counts[GEN_COVER_N];
	struct g_member *m = NULL;

	memcpy(counts, g->counts, sizeof(counts));
	for (int tries = 6; tries > 0 && !m && g_chance(g, 95); tries--) {
		memcpy(g->counts, counts, sizeof(counts));
		m = any_item(g);
	}
	if (!m) {
		memcpy(g->counts, counts, sizeof(counts));
		m = plain_item(g);
	}
	if (m->n_ranges)
		HIT(g, chain_word);
	else if (m->count)
		HIT(g, chain_array);
	else if (m->type->kind == G_STRUCT)
		HIT(g, chain_struct);
	return m;
}

static void take(struct gen *g, struct item *it)
{
	struct g_type *e = g->n_types ? g->t[g_below(g, (uint32_t)g->n_types)] : NULL;

	HIT(g, chain_takes);
	it->taken = g_plain_name(g, "taken");
	it->m->takes = it->taken;
	if (!e || e->kind != G_ENUM || e->is_signed || !g_fits(e, 4))
		return;
	HIT(g, chain_takes_enum);
	it->taken_enum = e;
	it->m->takes = g_fmt(g, "%s %s", e->name, it->taken);
}

static void items(struct gen *g, struct chain *c)
{
	unsigned used = 1;

	c->n = (int)g_in(g, 1, ITEMS);
	for (int i = 0; i < c->n; i++) {
		struct item *it = &c->item[i];

		do
			it->type = g_in(g, 1, 15);
		while (used >> it->type & 1);
		used |= 1u << it->type;
		it->m = make_item(g);
		if (g_chance(g, 35))
			take(g, it);
		if ((g->kind & GEN_LAYOUT) && !it->m->valid && g_chance(g, 10)) {
			HIT(g, chain_valid);
			it->m->valid = g_fmt(g, "(types & 0x%x) != %u", 0xfu << 4 * g_below(g, 8), it->type);
		}
	}
}

/* ---- combinations ---- */

static bool seen(const struct chain *c, const int *list, int n)
{
	for (int i = 0; i < c->n_combos; i++)
		if (c->combo[i].n == n && !memcmp(c->combo[i].item, list, (size_t)n * sizeof(*list)))
			return true;
	return false;
}

/* The same items as another combination? */
static bool permutes(const struct chain *c, const int *list, int n)
{
	unsigned want = 0;

	for (int i = 0; i < n; i++)
		want |= 1u << list[i];
	for (int k = 0; k < c->n_combos; k++) {
		unsigned has = 0;

		for (int i = 0; i < c->combo[k].n; i++)
			has |= 1u << c->combo[k].item[i];
		if (has == want)
			return true;
	}
	return false;
}

/* Items in any order, as many as the nibbles allow: the eighth is no taken one, and below 8. */
static int choose(struct gen *g, const struct chain *c, int *list)
{
	unsigned used = 0;
	int n = 0, nibbles = 0;

	for (int want = g_chance(g, 25) ? 99 : (int)g_in(g, 1, 3); want > 0; want--) {
		int i = (int)g_below(g, (uint32_t)c->n), needs = 1 + (c->item[i].taken != NULL);

		if (used >> i & 1 || nibbles + needs > NIBBLES)
			continue;
		if (nibbles + needs == NIBBLES && (needs == 2 || c->item[i].type > 7))
			continue;
		used |= 1u << i;
		nibbles += needs;
		list[n++] = i;
	}
	if (nibbles == NIBBLES)
		HIT(g, chain_eight);
	return n;
}

static void combinations(struct gen *g, struct chain *c)
{
	for (int want = (int)g_in(g, 1, COMBOS); want > 0; want--) {
		const char *name = c->name;
		int list[NIBBLES], n = choose(g, c, list), at = c->n_combos;

		if (!n || seen(c, list, n))
			continue;
		if (permutes(c, list, n))
			HIT(g, chain_order);
		for (int i = 0; i < n; i++) {
			c->combo[at].item[i] = list[i];
			name = g_fmt(g, "%s_%s", name, c->item[list[i]].m->name);
		}
		c->combo[at].n = n;
		c->combo[at].named = strlen(name) > 60 || g_chance(g, 30);
		if (c->combo[at].named)
			name = g_fmt(g, "%s_%s", g->prefix, g_plain_name(g, "combo"));
		c->combo[at].name = name;
		c->n_combos++;
	}
}

/* ---- layouts ---- */

/* Rules of the items: the same wherever an item is. */
static void rules(struct gen *g, struct chain *c)
{
	struct g_layout *all = arena_new_of(g->a, struct g_layout);
	unsigned before = g->counts[COVER_rule];

	all->type = g_new_struct(g, false, true);
	for (int i = 0; i < c->n; i++)
		g_add(all->type, c->item[i].m);
	g_walk(g, all);
	g_rules(g, all);
	g->counts[COVER_chain_rule] += g->counts[COVER_rule] - before;
}

static struct g_member *types_word(struct gen *g, const struct chain *c, int k)
{
	struct g_member *m = g_member(g);
	unsigned bit = 0;

	m->type = arena_new_of(g->a, struct g_type);
	*m->type = *g_builtin("be32");
	m->name = "types";
	m->rule = "";	/* its own */
	for (int i = 0; i < c->combo[k].n; i++) {
		const struct item *it = &c->item[c->combo[k].item[i]];

		bit += 4;
		if (!it->taken)
			continue;
		m->r[m->n_ranges++] = (struct g_range){ it->taken, bit + 3, bit, it->taken_enum, NULL };
		bit += 4;
	}
	return m;
}

static void layout(struct gen *g, const struct chain *c, int k)
{
	struct g_layout *l = arena_new_of(g->a, struct g_layout);

	l->name = c->combo[k].name;
	l->in_chain = l->id_first = true;
	l->type = g_new_struct(g, false, true);
	g_add(l->type, types_word(g, c, k));
	for (int i = 0; i < c->combo[k].n; i++) {
		struct g_member *m = g_member(g);

		*m = *c->item[c->combo[k].item[i]].m;	/* it has another place in each */
		g_add(l->type, m);
	}
	g_walk(g, l);
	g->n_metadata++;
	g->l[g->n_layouts++] = l;
}

/* ---- text ---- */

static void print(struct gen *g, const struct chain *c)
{
	fprintf(g->out, "%smetadata %s id at first chain be32 nibble {\n", g_doc(g, ""), c->name);
	for (int i = 0; i < c->n; i++) {
		struct g_member m = *c->item[i].m;

		/* mostly a plain number, for those who read the text without the compiler */
		m.arm[0].text = g_chance(g, 85) ? g_fmt(g, "%u", c->item[i].type) : g_num(g, c->item[i].type);
		m.n_arm = 1;
		g_print_member(g, &m, 1);
	}
	fputs("\tlayouts {\n", g->out);
	for (int k = 0; k < c->n_combos; k++) {
		fprintf(g->out, "%s\t\t", g_doc(g, "\t\t"));
		if (c->combo[k].named) {
			HIT(g, chain_named);
			fprintf(g->out, "%s: ", c->combo[k].name);
		}
		for (int i = 0; i < c->combo[k].n; i++)
			fprintf(g->out, "%s%s", i ? ", " : "", c->item[c->combo[k].item[i]].m->name);
		fputs(";\n", g->out);
	}
	fputs("\t}\n}\n", g->out);
}

void g_chain(struct gen *g)
{
	struct chain *c;

	if (!g_chance(g, 20))
		return;
	HIT(g, chain);
	c = arena_new_of(g->a, struct chain);
	c->name = g_fmt(g, "%s_%s", g->prefix, g_plain_name(g, "chain"));
	items(g, c);
	combinations(g, c);
	rules(g, c);
	print(g, c);
	for (int k = 0; k < c->n_combos; k++)
		layout(g, c, k);
}

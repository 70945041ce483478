/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Registers, flags and counters of the parser: their declarations, what states
 * set and count, and what selects and expressions read of them and of sources.
 */
#include "gen_priv.h"

static void add_register(struct gen *g)
{
	struct g_register *r = &g->r[g->n_registers++];
	const struct g_type *t = NULL;

	for (int i = 0; i < g->n_types && g_chance(g, 30); i++) {
		struct g_type *e = g->t[g_below(g, (uint32_t)g->n_types)];

		if (e->kind == G_ENUM && !e->is_signed)
			t = e;
	}
	r->name = g_plain_name(g, "reg");
	if (t) {
		HIT(g, register_enum);
		r->type = t->name;
		r->bits = t->bits;
		r->e = t;
	} else if (g_chance(g, 10)) {
		HIT(g, register_bool);
		r->type = "bool";
		r->bits = 1;
	} else {
		HIT(g, register_item);
		r->bits = 8u << g_below(g, 4);
		r->type = g_fmt(g, "u%u", r->bits);
	}
	r->value[1] = g_u64(g) & g_mask(r->bits);
	r->value[2] = g_u64(g) & g_mask(r->bits) & 3;
}

/* An enum with names for errors, sometimes with some of the machine's, too. */
void g_errors(struct gen *g)
{
	if (!g_chance(g, 30))
		return;
	HIT(g, errors_item);
	g->errors = g_fmt(g, "%s_%s", g->prefix, g_plain_name(g, "err"));
	fprintf(g->out, "enum %s : u16 { %s", g->errors, g_chance(g, 50) ? "truncated = 1, steps = 5, " : "");
	for (int i = 0; i < 3; i++) {
		g->error[i] = g_plain_name(g, "e");
		fprintf(g->out, "%s = %s, ", g->error[i], g_num(g, 16 + i * g_in(g, 1, 3)));
	}
	fprintf(g->out, "}\n");
}

void g_registers(struct gen *g)
{
	for (int n = (int)g_below(g, 3); n > 0; n--)
		add_register(g);
	for (int n = (int)g_below(g, 4); n > 0; n--) {
		HIT(g, flag_item);
		g->r[g->n_registers++] = (struct g_register){
			.name = g_plain_name(g, "flg"), .bits = 1, .value = { 0, 1, 1 },
		};
	}
}

/* States with a limit that count in a counter instead, which has one `else` for all of them. */
void g_counters(struct gen *g)
{
	struct g_register *r = &g->r[g->n_registers];
	unsigned who = 0;
	int to = -1, n = 0;

	for (int i = 0; i < g->n_states; i++) {
		if (!g->st[i].max || !g_chance(g, 70))
			continue;
		who |= 1u << i;
		to = i;
		n++;
	}
	if (!who || g->n_registers == (int)(sizeof(g->r) / sizeof(*g->r)) || !g_chance(g, 60))
		return;
	to = to + 1 < g->n_states && g_chance(g, 50) ? (int)g_in(g, (uint32_t)to + 1, (uint32_t)g->n_states - 1) : -1;
	if (to >= 0 && (g->st[to].reaches & who))
		to = -1;	/* a loop by way of the `else` has no end */
	*r = (struct g_register){
		.name = g_plain_name(g, "cnt"), .max = g_in(g, (uint32_t)n, (uint32_t)n + 4),
		.has_else = g_chance(g, 70),
		.otherwise = g_edge(g, to), .value = { 1, 2, 3 },
	};
	while (r->max >> r->bits)
		r->bits++;
	for (int k = 0; k < 3; k++)
		r->value[k] &= g_mask(r->bits);
	g->n_registers++;
	HIT(g, counter_item);
	if (r->has_else)
		HIT(g, counter_else);
	if (n > 1)
		HIT(g, counter_shared);
	for (int i = 0; i < g->n_states; i++) {
		if (!(who >> i & 1))
			continue;
		g->st[i].counts = r->name;
		g->st[i].max = (int)r->max;
		g->st[i].has_else = r->has_else;
		g->st[i].otherwise = r->otherwise;
	}
}

static void print_counter(struct gen *g, const struct g_register *r)
{
	fprintf(g->out, "\tcounter %s max %s", r->name, g_num(g, r->max));
	if (r->has_else)
		fprintf(g->out, " else %s", r->otherwise.text);
	fprintf(g->out, ";\n");
}

void g_print_registers(struct gen *g)
{
	for (int i = 0; i < g->n_registers; i++) {
		fputs(g_doc(g, "\t"), g->out);
		if (g->r[i].max)
			print_counter(g, &g->r[i]);
		else if (g->r[i].type)
			fprintf(g->out, "\tregister %s %s;\n", g->r[i].type, g->r[i].name);
		else
			fprintf(g->out, "\tflag %s;\n", g->r[i].name);
	}
}

/* ---- what states set ---- */

static void set_flag(struct gen *g, const struct g_state *s, const struct g_register *r)
{
	if (g_chance(g, 60)) {
		HIT(g, set_flag);
		fprintf(g->out, "\t\t%s = 1;\n", r->name);
	} else {
		HIT(g, set_flag_value);
		fprintf(g->out, "\t\t%s = %s;\n", r->name, g_number(g, s, 1));
	}
}

/* Some bits of @width, and as many as a value shall have. */
static const char *set_value(struct gen *g, const struct g_state *s, uint32_t bits)
{
	if (g_chance(g, 50))
		return g_num(g, (int64_t)(g_u64(g) & (g_chance(g, 60) ? 3 : INT64_MAX) & g_mask(bits)));
	return g_number(g, s, bits);
}

static const char *constant(struct gen *g, uint64_t v)
{
	return v > INT64_MAX ? g_fmt(g, "0x%llx", (unsigned long long)v) : g_num(g, (int64_t)v);
}

static void set_register(struct gen *g, const struct g_state *s, const struct g_register *r)
{
	uint32_t n = g_in(g, 1, r->bits), lo = g_below(g, r->bits - n + 1);
	uint64_t mask;

	if (r->e && g_chance(g, 60)) {
		HIT(g, set_enum);
		fprintf(g->out, "\t\t%s = %s;\n", r->name, r->e->e->v[g_below(g, (uint32_t)r->e->e->n)].name);
	} else if (r->bits > 1 && g_chance(g, 30)) {
		HIT(g, set_slice);
		fprintf(g->out, "\t\t%s[%u:%u] = %s;\n", r->name, lo + n - 1, lo, set_value(g, s, n));
		if (lo && g_chance(g, 40))	/* other bits of the same register */
			fprintf(g->out, "\t\t%s[0] = %s;\n", r->name, set_value(g, s, 1));
	} else if (r->bits > 1 && g_chance(g, 40)) {
		HIT(g, set_masked);
		mask = (g_u64(g) & g_mask(r->bits) & INT64_MAX) | 1;
		if (g_chance(g, 50))
			fprintf(g->out, "\t\t%s = %s &&& %s;\n", r->name, g_num(g, (int64_t)(g_u64(g) & mask)),
				g_num(g, (int64_t)mask));
		else
			fprintf(g->out, "\t\t%s = %s &&& %s;\n", r->name, g_number(g, s, r->bits),
				g_num(g, (int64_t)mask));
	} else {
		HIT(g, set_register);
		fprintf(g->out, "\t\t%s = %s;\n", r->name, g_chance(g, 60) ? constant(g, r->value[g_below(g, 3)]) :
			set_value(g, s, r->bits));
	}
}

void g_state_sets(struct gen *g, const struct g_state *s)
{
	for (int i = 0; i < g->n_registers; i++) {
		if (g->r[i].max || !g_chance(g, 40))
			continue;
		if (g->r[i].type)
			set_register(g, s, &g->r[i]);
		else
			set_flag(g, s, &g->r[i]);
	}
}

/* ---- what is read ---- */

const struct g_register *g_any_register(struct gen *g)
{
	return g->n_registers ? &g->r[g_below(g, (uint32_t)g->n_registers)] : NULL;
}

/* A key of at most @max bits; false: there is nothing. */
bool g_other_key(struct gen *g, uint32_t max, struct g_key *k)
{
	const struct g_register *r = g_any_register(g);
	const struct g_source *s = &g->s[g_below(g, (uint32_t)g->n_sources)];
	uint32_t n, lo;

	if (r && g_chance(g, 70)) {
		*k = (struct g_key){ r->name, r->bits, r->e, r->value };
		if (r->max)
			HIT(g, select_counter);
		else if (r->type)
			HIT(g, select_register);
		else
			HIT(g, select_flag);
	} else if (s->type->kind != G_PTR && !s->type->is_signed) {
		HIT(g, select_source);
		*k = (struct g_key){ s->name, s->bits, NULL, NULL };
		if (s->type->kind == G_ENUM && !s->type->is_signed)
			k->e = s->type;
	} else {
		return false;
	}
	if (k->bits <= max && g_chance(g, 75))
		return true;
	if (k->bits == 1)
		return k->bits <= max;
	HIT(g, select_value_slice);
	n = g_in(g, 1, k->bits < max ? k->bits : max);
	lo = g_below(g, k->bits - n + 1);
	if (n < k->bits) {
		k->e = NULL;
		k->likely = NULL;
	}
	k->text = g_fmt(g, "%s[%u:%u]", k->text, lo + n - 1, lo);
	k->bits = n;
	return true;
}

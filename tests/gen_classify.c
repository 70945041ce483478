/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Classifications: which there are is decided before the layouts, whose rules
 * read them; their text comes with the parser's.
 */
#include "gen_priv.h"

void g_classes(struct gen *g)
{
	for (int n = g_chance(g, 50) ? (int)g_in(g, 1, 2) : 0; n > 0; n--) {
		struct g_class *c = &g->cls[g->n_classes++];
		const struct g_type *t = NULL;

		for (int i = 0; i < g->n_types && !t && g_chance(g, 30); i++) {
			struct g_type *e = g->t[g_below(g, (uint32_t)g->n_types)];

			if (e->kind == G_ENUM && !e->is_signed && e->order == G_HOST)
				t = e;
		}
		c->name = g_plain_name(g, "cls");
		c->e = t;
		c->bits = t ? t->bits : 8u << g_below(g, 3);
		c->type = t ? t->name : g_fmt(g, "u%u", c->bits);
		c->beside = g_chance(g, 30);
		if (!t && g_chance(g, 30)) {
			HIT(g, classify_untyped);
			c->bits = g_in(g, 1, 20);
			c->type = NULL;		/* of as many bits as its largest value */
		} else if (t)
			HIT(g, classify_enum);
		else
			HIT(g, classify_type);
	}
}

/* One whose value a rule may read; NULL: there is none. */
const struct g_class *g_any_class(struct gen *g)
{
	return g->n_classes ? &g->cls[g_below(g, (uint32_t)g->n_classes)] : NULL;
}

/* ---- keys ---- */

static struct g_key error_key(struct gen *g)
{
	if (g_chance(g, 30)) {
		HIT(g, classify_truncated);
		return (struct g_key){ "parser.truncated", 1, NULL, NULL };
	}
	HIT(g, classify_error);
	return (struct g_key){ "parser.error[2:0]", 3, NULL, NULL };
}

static bool header_key(struct gen *g, struct g_key *k)
{
	const struct g_inst *inst = g->n_insts ? &g->inst[g_below(g, (uint32_t)g->n_insts)] : NULL;

	if (!inst)
		return false;
	if (inst->stack) {
		HIT(g, classify_count);
		*k = (struct g_key){ g_fmt(g, "count(%s)", inst->name), 8, NULL, NULL };
	} else {
		HIT(g, classify_present);
		*k = (struct g_key){ g_fmt(g, "present(%s)", inst->name), 1, NULL, NULL };
	}
	return true;
}

/* @self: the classification; it may read those before it. */
static struct g_key any_key(struct gen *g, int self)
{
	struct g_key k;

	if (self && g_chance(g, 25)) {
		HIT(g, classify_class);
		return (struct g_key){ g->cls[self - 1].name, g->cls[self - 1].bits, g->cls[self - 1].e, NULL };
	}
	if (g_chance(g, 35) && header_key(g, &k))
		return k;
	if (g_chance(g, 50) && g_other_key(g, 32, &k)) {
		HIT(g, classify_register);
		return k;
	}
	if (g_chance(g, 15)) {
		HIT(g, classify_computed);
		return (struct g_key){ "(packet.length >> 3)[7:0]", 8, NULL, NULL };
	}
	return error_key(g);
}

/* ---- rows ---- */

static const char *value(struct gen *g, const struct g_class *c)
{
	if (c->e)
		return c->e->e->v[g_below(g, (uint32_t)c->e->e->n)].name;
	return g_num(g, (int64_t)(g_u64(g) & g_mask(c->bits)));
}

static void print_class(struct gen *g, int idx)
{
	const struct g_class *c = &g->cls[idx];
	struct g_key keys[4];
	int most = (int)g_in(g, 1, 4), n = 0;
	uint32_t bits = 0;

	HIT(g, classify);
	fprintf(g->out, "%s\tclassify %s%s%s over (", g_doc(g, "\t"), c->name, c->type ? " : " : "",
		c->type ? c->type : "");
	while (n < most) {
		keys[n] = any_key(g, idx);
		bits += keys[n].bits;
		if (bits > 128)
			break;
		fprintf(g->out, "%s%s", n ? ", " : "", keys[n].text);
		n++;
	}
	fprintf(g->out, ") {\n");
	for (int i = (int)g_below(g, 6); i >= 0; i--)
		fprintf(g->out, "\t\t%s: %s;\n", g_patterns(g, keys, n), value(g, c));
	if (!c->type) {
		fprintf(g->out, "\t\tdefault: %s;\n", g_num(g, (int64_t)g_mask(c->bits)));
	} else if (g_chance(g, 60)) {
		HIT(g, classify_default);
		fprintf(g->out, "\t\tdefault: %s;\n", value(g, c));
	}
	fprintf(g->out, "\t}\n");
}

void g_print_classes(struct gen *g, bool beside)
{
	/* those beside the parser come before those in it */
	for (int i = 1; i < g->n_classes; i++)
		g->cls[i].beside &= g->cls[i - 1].beside;
	for (int i = 0; i < g->n_classes; i++) {
		if (g->cls[i].beside != beside)
			continue;
		if (beside)
			HIT(g, classify_beside);
		print_class(g, i);
	}
}

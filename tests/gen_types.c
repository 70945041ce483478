/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* Types of random descriptions: enums of all bases, typedefs, structs, unions. */
#include "gen_priv.h"

const struct g_type g_builtins[] = {
#define INT(n, b, s, o) \
	{ .kind = G_INT, .name = n, .size = (b) / 8, .align = (b) / 8, .bits = b, .is_signed = s, .order = o }
	INT("u8", 8, false, G_HOST), INT("u16", 16, false, G_HOST), INT("u32", 32, false, G_HOST),
	INT("u64", 64, false, G_HOST), INT("s8", 8, true, G_HOST), INT("s16", 16, true, G_HOST),
	INT("s32", 32, true, G_HOST), INT("s64", 64, true, G_HOST), INT("be16", 16, false, G_BE),
	INT("be32", 32, false, G_BE), INT("be64", 64, false, G_BE), INT("le16", 16, false, G_LE),
	INT("le32", 32, false, G_LE), INT("le64", 64, false, G_LE), INT("raw16", 16, false, G_RAW),
	INT("raw32", 32, false, G_RAW),
#undef INT
	{ .kind = G_BOOL, .name = "bool", .size = 1, .align = 1, .bits = 8 },
	{ .kind = G_MAC, .name = "mac", .size = 6, .align = 1, .bits = 48 },
	{ .name = NULL },
};

const struct g_type *g_builtin(const char *name)
{
	const struct g_type *t = g_builtins;

	while (t->name && strcmp(t->name, name))
		t++;
	return t;
}

struct g_type *g_strip(struct g_type *t)
{
	while (t->kind == G_TYPEDEF && !t->count)
		t = t->to;
	return t;
}

bool g_fits(const struct g_type *t, uint32_t bits)
{
	if (t->is_signed)
		return t->e->min >= -(int64_t)(1ull << (bits - 1)) && t->e->max < (int64_t)(1ull << (bits - 1));
	return bits >= 32 || t->e->max < (int64_t)(1ull << bits);
}

/* ---- enums ---- */

static const struct { const char *name; enum gen_cover cover; bool layout_only; } bases[] = {
	{ NULL, COVER_enum_default_base, false },
	{ "u8", COVER_enum_u8, false }, { "u16", COVER_enum_u16, false }, { "u32", COVER_enum_u32, false },
	{ "u64", COVER_enum_u64, true }, { "s8", COVER_enum_s8, false }, { "s16", COVER_enum_s16, false },
	{ "s32", COVER_enum_s32, false }, { "s64", COVER_enum_s64, true }, { "be16", COVER_enum_be16, false },
	{ "be32", COVER_enum_be32, false }, { "be64", COVER_enum_be64, true }, { "le16", COVER_enum_le16, false },
	{ "le32", COVER_enum_le32, false }, { "le64", COVER_enum_le64, true },
};

static int64_t largest(const struct g_type *base)
{
	uint32_t bits = base->bits - base->is_signed;

	return bits > 31 ? INT32_MAX : (int64_t)g_mask(bits);
}

static void enumerators(struct gen *g, struct g_type *t)
{
	int64_t v = 0, limit = largest(t);
	bool small = g_chance(g, 60);		/* for tags and bit fields */

	if (t->is_signed && g_chance(g, 60)) {
		v = -(int64_t)g_in(g, 1, 100);
		HIT(g, enum_negative);
	}
	t->e->min = v;
	for (int n = (int)g_in(g, 1, 8); n > 0 && v <= limit; n--) {
		struct g_enumerator *e = &t->e->v[t->e->n];
		bool with_value = t->e->n ? g_chance(g, 30) : v != 0;

		if (with_value && v >= 0)
			v += g_below(g, small ? 3 :
				     (uint32_t)(limit - v > 1000000 ? 1000000 : limit - v + 1));
		if (v > limit)
			break;
		e->name = g_plain_name(g, "e");
		e->value = v;
		fprintf(g->out, "%s\t%s", g_doc(g, "\t"), e->name);
		if (with_value) {
			HIT(g, enum_value);
			fprintf(g->out, " = %s", g_num(g, v));
		}
		if (g_chance(g, 8)) {
			HIT(g, enum_as);
			fprintf(g->out, " as \"%s_AS_%d\"", g->prefix, g->serial);
		}
		if (g_chance(g, 4)) {
			HIT(g, deprecated);
			fprintf(g->out, " deprecated \"old\"");
		}
		fprintf(g->out, "%s\n", n > 1 || g_chance(g, 50) ? "," : "");
		t->e->max = v++;
		t->e->n++;
		if (n > 1 && v > limit)
			break;
	}
}

static void enum_item(struct gen *g)
{
	struct g_type *t = arena_new_of(g->a, struct g_type);
	uint32_t i;

	do
		i = g_below(g, sizeof(bases) / sizeof(*bases));
	while (bases[i].layout_only && !(g->kind & GEN_LAYOUT));
	*t = *g_builtin(bases[i].name ? bases[i].name : "u32");
	t->kind = G_ENUM;
	t->name = g_fmt(g, "%s_%s", g->prefix, g_plain_name(g, "en"));
	t->e = arena_new_of(g->a, struct g_enum);
	g->counts[bases[i].cover]++;
	fprintf(g->out, "%senum %s", g_doc(g, ""), t->name);
	if (bases[i].name)
		fprintf(g->out, " : %s", bases[i].name);
	fprintf(g->out, " {\n");
	enumerators(g, t);
	fprintf(g->out, "}\n");
	g->t[g->n_types++] = t;
}

/* ---- typedefs, structs ---- */

static void typedef_item(struct gen *g)
{
	struct g_type *t = arena_new_of(g->a, struct g_type), *to;

	if (g->n_types && g_chance(g, 40) && (g->kind & GEN_LAYOUT)) {
		to = g->t[g_below(g, g->n_types)];
	} else {
		to = arena_new_of(g->a, struct g_type);
		*to = g_builtins[g_below(g, 14)];
	}
	t->kind = G_TYPEDEF;
	t->name = g_fmt(g, "%s_%s", g->prefix, g_plain_name(g, "td"));
	t->to = to;
	t->size = to->size;
	t->align = to->align;
	if ((g->kind & GEN_LAYOUT) && !to->has_tagged && g_chance(g, 40)) {
		HIT(g, typedef_array);
		t->count = g_in(g, 1, 4);
		t->size *= t->count;
		fprintf(g->out, "typedef %s %s[%s];\n", to->name, t->name, g_num(g, t->count));
	} else {
		if (to->kind == G_STRUCT)
			HIT(g, typedef_struct);
		if (to->kind == G_INT)
			HIT(g, typedef_int);
		t->has_tagged = to->has_tagged;
		fprintf(g->out, "typedef %s %s;\n", to->name, t->name);
	}
	g->t[g->n_types++] = t;
}

static void struct_item(struct gen *g, bool is_union)
{
	bool packed = (g->kind & GEN_LAYOUT) && g_chance(g, 25);
	struct g_type *t = g_new_struct(g, is_union, packed);

	t->name = g_fmt(g, "%s_%s", g->prefix, g_plain_name(g, is_union ? "un" : "st"));
	g_body(g, t, (int)g_in(g, 1, (g->kind & GEN_LAYOUT) ? 6 : 4), 0, (g->kind & GEN_LAYOUT) ? 48 : 20);
	if (is_union)
		HIT(g, union_item);
	else
		HIT(g, struct_item);
	if (is_union && packed)
		HIT(g, packed_union);
	fputs(g_doc(g, ""), g->out);
	g_print_type(g, t);
	g->t[g->n_types++] = t;
}

void g_types(struct gen *g)
{
	int n = (int)g_in(g, 2, (g->kind & GEN_LAYOUT) ? 10 : 6);

	for (int i = 0; i < n; i++) {
		uint32_t c = g_below(g, 10);

		if (c < 4)
			enum_item(g);
		else if (c < 6)
			typedef_item(g);
		else
			struct_item(g, c == 9 && (g->kind & GEN_LAYOUT));
	}
}

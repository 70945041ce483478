/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Takes a seed and gives a description: device, constants, types, sources,
 * layouts, headers, parser, target. Here: random numbers, names, numbers, and
 * the order of things.
 */
#include "gen_priv.h"

#include <stdarg.h>
#include <stdlib.h>

const struct gen_construct gen_constructs[GEN_COVER_N] = {
#define COVER(id, kinds, text) [COVER_##id] = { text, kinds },
#include "gen_cover.def"
#undef COVER
};

/* ---- random numbers ---- */

uint64_t gen_rand(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint64_t g_u64(struct gen *g)
{
	return gen_rand(&g->rng);
}

uint32_t g_below(struct gen *g, uint32_t n)
{
	if (!n)
		abort();
	return g_u64(g) % n;
}

uint32_t g_in(struct gen *g, uint32_t lo, uint32_t hi)
{
	return lo + g_below(g, hi - lo + 1);
}

bool g_chance(struct gen *g, uint32_t percent)
{
	return g_below(g, 100) < percent;
}

uint64_t g_mask(uint32_t bits)
{
	return bits >= 64 ? UINT64_MAX : (1ull << bits) - 1;
}

/* ---- text ---- */

const char *g_fmt(struct gen *g, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(g->a, fmt, ap);
	va_end(ap);
	return s;
}

const char *g_plain_name(struct gen *g, const char *base)
{
	return g_fmt(g, "%s%d", base, g->serial++);
}

/* Words that are words only where the grammar asks for them. Each is used once in a description. */
static const char *const soft_words[] = {
	"length", "state", "id", "in", "max", "of", "to", "view", "start", "source", "header", "device", "target",
	"as", "arcs", "metadata", "parser", "packed", "writes", "bits", "flag", "table", "row", "scope", "valid",
	"counter", "cell", "chain", "let", "over", "result", "since", "until", "effect",
};

const char *g_name(struct gen *g, const char *base)
{
	if (g->soft < (int)(sizeof(soft_words) / sizeof(*soft_words)) && g_chance(g, 4)) {
		HIT(g, soft_name);
		return soft_words[g->soft++];
	}
	return g_plain_name(g, base);
}

static const char *binary_text(struct gen *g, uint64_t v)
{
	char s[80], *p = s + sizeof(s);

	*--p = 0;
	do
		*--p = (char)('0' + (v & 1));
	while (v >>= 1);
	return g_fmt(g, "0b%s", p);
}

const char *g_num(struct gen *g, int64_t v)
{
	uint64_t u = (uint64_t)v;
	struct g_const *c;

	if (v < 0)
		return g_fmt(g, "-%llu", (unsigned long long)-u);
	switch (g_below(g, 12)) {
	case 0:
		if (v > 4096)
			break;
		HIT(g, num_bin);
		return binary_text(g, u);
	case 1:
		if (v < 1000 || v > 999999)
			break;
		HIT(g, num_underscore);
		return g_fmt(g, "%d_%03d", (int)(v / 1000), (int)(v % 1000));
	case 2:
		if (!g->n_consts || v > 1 << 30)
			break;
		c = &g->c[g_below(g, g->n_consts)];
		HIT(g, const_used);
		if (c->value > v)
			return g_fmt(g, "(%s - %lld)", c->name, (long long)(c->value - v));
		return g_fmt(g, "(%s + %lld)", c->name, (long long)(v - c->value));
	case 3:
	case 4:
	case 5:
		HIT(g, num_hex);
		return g_fmt(g, "0x%llx", (unsigned long long)u);
	}
	return g_fmt(g, "%llu", (unsigned long long)u);
}

const char *g_doc(struct gen *g, const char *indent)
{
	if (!g_chance(g, 5))
		return "";
	HIT(g, doc);
	return g_chance(g, 50) ? g_fmt(g, "%s/// Number %d \"of\" them.\n", indent, g->serial) :
	       g_fmt(g, "%s/// What it is.\n%s/// And more: ü, <&>, \\n, */ .\n", indent, indent);
}

/* ---- constants ---- */

static void constant(struct gen *g)
{
	static const char *const forms[] = {
		"%lld", "(%lld * 3 + 1) / 3", "%lld << 1 >> 1", "%lld | 0", "%lld ^ 0x0", "~~%lld", "%lld & 0xffff",
		"- -%lld", "%lld %% 100000", "%lld * !0", "(%lld + 0 * (5 < 6 && 7 >= 7 || 1 != 2))",
	};
	struct g_const *c = &g->c[g->n_consts];
	int form = (int)g_below(g, sizeof(forms) / sizeof(*forms) + 2);

	c->name = g_plain_name(g, "k");
	c->value = g_below(g, 60000);
	HIT(g, const_item);
	if (form >= (int)(sizeof(forms) / sizeof(*forms))) {
		HIT(g, const_cond);
		c->text = g_fmt(g, "%d > 2 ? %lld : 7", (int)g_in(g, 3, 9), (long long)c->value);
	} else {
		if (form)
			HIT(g, const_expr);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
		c->text = arena_printf(g->a, forms[form], (long long)c->value);
#pragma GCC diagnostic pop
	}
	g->n_consts++;
	fprintf(g->out, "const %s = %s;\n", c->name, c->text);
}

/* ---- device, target ---- */

static void device_match(struct gen *g)
{
	static const char *const lines[] = {
		"devlink \"fw.app\" \"1.*\"", "firmware \"1.[0-4]*\"", "serial \"00-1b-?\"", "bus \"0000:03:00.0\"",
		"default",
	};

	HIT(g, device_match);
	fprintf(g->out, "\tmatch %s;\n", lines[g_below(g, 5)]);
}

static void device(struct gen *g)
{
	fprintf(g->out, "%sdevice %s {\n\tdriver \"%s\";\n\tfirmware \"1.%u\";\n\tprefix \"%s\";\n", g_doc(g, ""),
		g->prefix, g->prefix, g_below(g, 100), g->prefix);
	if (g_chance(g, 30))
		device_match(g);
	if (g_chance(g, 30))
		fprintf(g->out, "\tlicense \"GPL-2.0\";\n");
	if (g_chance(g, 50))
		fprintf(g->out, "\ttarget tcam_generic;\n");
	fprintf(g->out, "}\n");
	if (g_chance(g, 20)) {
		HIT(g, comment);
		fprintf(g->out, "// a comment\n/* another\n one */\n");
	}
}

static void target(struct gen *g)
{
	uint32_t steps = 64;
	bool loops;

	if (!g->big_target) {
		HIT(g, target_builtin);
		return;
	}
	HIT(g, target_item);
	if (g_chance(g, 15)) {
		HIT(g, target_steps);
		steps = g_in(g, 1, 4);
	}
	loops = g->options || g->sub.stack;
	for (int i = 0; i < g->n_states; i++)
		loops |= g->st[i].in_loop;
	if (!loops)
		HIT(g, target_no_loops);
	fprintf(g->out, "target tcam_generic {\n\trows 60000; states 4000;\n\tloops %s; steps %u;\n"
		"\tkey %u bytes reach 128;\n\tadvance arithmetic;\n\twrites 64 per row;\n\tmetadata 252 bytes;\n",
		loops ? "yes" : "no", steps, g_in(g, g->key_bytes > 2 ? g->key_bytes : 2, 16));
	if (g_chance(g, 30)) {
		HIT(g, target_registers);
		fprintf(g->out, "\tregisters 512 bits; flags 64;\n\tclassify 20000 rows;\n");
	}
	fprintf(g->out, "}\n");
}

/* ---- all ---- */

char *gen_description(uint64_t seed, enum gen_kind kind, const char *prefix, uint32_t counts[GEN_COVER_N])
{
	struct arena *a = arena_new();
	struct gen *g = arena_new_of(a, struct gen);
	char *text = NULL;
	size_t size;

	g->a = a;
	g->rng = seed * 0x2545f4914f6cdd1d + kind;
	g->kind = kind;
	g->prefix = prefix;
	g->counts = counts;
	g->big_target = g_chance(g, 70);
	g->out = open_memstream(&text, &size);
	if (!g->out)
		abort();
	fprintf(g->out, "mdesc 1;\n");
	device(g);
	for (int i = (int)g_below(g, 5); i > 0; i--)
		constant(g);
	g_types(g);
	if (kind & GEN_PARSER)
		g_headers(g);
	g_sources(g);
	if (kind & GEN_PARSER) {
		g_errors(g);
		g_registers(g);
		g_subparser(g);
		g_classes(g);
		g_graph(g);
	}
	g_layouts(g);
	g_views(g);
	if (kind & GEN_PARSER) {
		g_parser(g);
		target(g);
	}
	fclose(g->out);
	arena_free(a);
	return text;
}

int gen_report(const uint32_t counts[GEN_COVER_N], unsigned kinds)
{
	int missing = 0, seen = 0;

	for (int i = 0; i < GEN_COVER_N; i++) {
		if (!(gen_constructs[i].kinds & kinds))
			continue;
		seen++;
		if (!counts[i]) {
			missing++;
			printf("not ok covers: %s\n# no random description has it\n", gen_constructs[i].text);
		}
	}
	if (!missing)
		printf("ok every one of %d constructs is covered\n", seen);
	return missing;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What hardware would know besides the packet, in software: what the loader has set,
 * what the driver answers where it is asked, or a stand-in, as in `mdesc run`: for a
 * time (a source with a unit of time) the clock, for a hash (by its name) one of
 * addresses and ports, else 0. All of a packet's are sampled once.
 */
#include <inttypes.h>

#include "xdp.h"

static const struct { const char *unit; uint32_t ns; } times[] = {
	{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
};

static uint32_t time_unit(const struct mdc_source *s)
{
	for (size_t i = 0; s->unit && i < sizeof(times) / sizeof(*times); i++)
		if (!strcmp(s->unit, times[i].unit))
			return times[i].ns;
	return 0;
}

uint32_t xdp_source_kind(const struct mdc_source *s)
{
	if (s->is_ptr)
		return MDESC_XDP_SOURCE_ZERO;
	if (time_unit(s))
		return MDESC_XDP_SOURCE_TIME;
	if (strstr(s->name, "hash"))
		return MDESC_XDP_SOURCE_HASH;
	if (!strstr(s->name, "vlan"))
		return MDESC_XDP_SOURCE_ZERO;
	return strstr(s->name, "proto") || strstr(s->name, "tpid") ? MDESC_XDP_SOURCE_VLAN_PROTO :
	       MDESC_XDP_SOURCE_VLAN_TCI;
}

/* Whether a source of this kind is used; of @rows or (-1) anywhere. */
static bool uses(const struct xdp_gen *g, uint32_t kind, int rows)
{
	for (uint32_t i = 0; i < g->m->n_sources; i++)
		if (g->source_used[i] && xdp_source_kind(g->m->sources[i]) == kind &&
		    (rows < 0 || g->source_in_rows[i] == rows))
			return true;
	return false;
}

/* The one source of this kind, which is sampled where it is needed. */
static bool is_single(const struct xdp_gen *g, uint32_t kind, int rows)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->m->n_sources; i++)
		n += g->source_used[i] && xdp_source_kind(g->m->sources[i]) == kind && g->source_in_rows[i] == rows;
	return n == 1;
}

static bool uses_vlan(const struct xdp_gen *g, int rows)
{
	return uses(g, MDESC_XDP_SOURCE_VLAN_TCI, rows) || uses(g, MDESC_XDP_SOURCE_VLAN_PROTO, rows);
}

void xdp_put_config(struct xdp_gen *g)
{
	uint32_t n = g->m->n_sources;

	out_puts(g->out, "/* Set before the program is loaded. */\n"
		 "struct mdesc_xdp_source {\n\tu64 value;\n\tu32 flags;\n\tu32 kind;\n};\n\n"
		 "struct mdesc_xdp_config {\n\tu32 flags;\n\tu32 source_count;\n");
	if (n)
		out_printf(g->out, "\tstruct mdesc_xdp_source source[%u];\n", n);
	out_printf(g->out, "};\n\n"
		   "enum { USE_TIMESTAMP = %u, USE_HASH = %u, USE_VLAN_TAG = %u, COUNT = %u, ALL_SET = %u,\n"
		   "       SOURCE_SET = %u };\n\n"
		   "volatile const struct mdesc_xdp_config mdesc_config SEC(\".rodata\") = {\n"
		   "\t.source_count = %u,\n", MDESC_XDP_USE_TIMESTAMP, MDESC_XDP_USE_HASH, MDESC_XDP_USE_VLAN_TAG,
		   MDESC_XDP_COUNT, MDESC_XDP_ALL_SET, MDESC_XDP_SOURCE_SET, n);
	for (uint32_t i = 0; i < n; i++)
		out_printf(g->out, "\t.source[%u].kind = %u,	/* %s */\n", i, xdp_source_kind(g->m->sources[i]),
			   g->m->sources[i]->name);
	out_puts(g->out, "};\n\n"
		 "/* Where it is: so it need not be remembered over calls. */\n"
		 "#define MDESC_CONFIG(p) asm volatile(\"%0 = mdesc_config ll\" : \"=r\"(p))\n\n");
}

/* A function of the kernel's that asks the driver; elsewhere than in bound programs it must not even stand. */
static void put_kfunc(struct xdp_gen *g, const char *name, const char *args, const char *plain)
{
	out_printf(g->out, "#ifndef MDESC_UNBOUND\n"
		   "extern int %s(const struct xdp_md *ctx, %s) __weak SEC(\".ksyms\");\n"
		   "#else\n"
		   "#define %s(ctx, %s) (-1)\n"
		   "#endif\n\n", name, args, name, plain);
}

static void put_time(struct xdp_gen *g)
{
	put_kfunc(g, "bpf_xdp_metadata_rx_timestamp", "u64 *timestamp", "t");
	out_puts(g->out, "static __always_inline u64 mdesc_time(struct xdp_md *ctx, const int bound)\n{\n"
		 "\tu64 t = 0;\n\n"
		 "\tif (bound && (mdesc_config.flags & USE_TIMESTAMP) &&\n"
		 "\t    !bpf_xdp_metadata_rx_timestamp(ctx, &t) && t)\n"	/* 0: it does not know */
		 "\t\treturn t;\n"
		 "\treturn bpf_ktime_get_ns();\n}\n\n");
}

static void put_hash(struct xdp_gen *g)
{
	out_puts(g->out, xdp_text_hash);
	out_puts(g->out, "enum xdp_rss_hash_type { XDP_RSS_TYPE_NONE = 0 };\n\n");
	put_kfunc(g, "bpf_xdp_metadata_rx_hash", "u32 *hash, enum xdp_rss_hash_type *type", "h, t");
	out_puts(g->out, "static __always_inline u64 mdesc_hash_of(struct xdp_md *ctx, int far, const int bound,\n"
		 "\t\t\t\t\t const int here)\n{\n"
		 "\tenum xdp_rss_hash_type type = 0;\n"
		 "\tu32 hash = 0;\n\n"
		 "\tif (bound && (mdesc_config.flags & USE_HASH) &&\n"
		 "\t    !bpf_xdp_metadata_rx_hash(ctx, &hash, &type))\n"
		 "\t\treturn hash;\n"
		 "\treturn here && !far ? mdesc_hash_here(ctx, 0) : mdesc_hash(ctx, far);\n}\n\n");
}

void xdp_put_source_functions(struct xdp_gen *g)
{
	if (uses(g, MDESC_XDP_SOURCE_TIME, -1))
		put_time(g);
	if (uses(g, MDESC_XDP_SOURCE_HASH, -1))
		put_hash(g);
	if (uses_vlan(g, -1))
		put_kfunc(g, "bpf_xdp_metadata_rx_vlan_tag", "u16 *proto, u16 *tci", "p, t");
}

/* Whether one that is not set is asked for. */
static void put_asks(struct xdp_gen *g, const char *name, uint32_t kind, uint32_t kind2, bool rows)
{
	const char *text = "";

	for (uint32_t i = 0; i < g->m->n_sources; i++) {
		uint32_t k = xdp_source_kind(g->m->sources[i]);

		if (g->source_used[i] && g->source_in_rows[i] == rows && (k == kind || k == kind2))
			text = arena_printf(g->arena, "%s%s!(config->source[%u].flags & SOURCE_SET)", text,
					    *text ? " || " : "", i);
	}
	xdp_line(g, "if (%s)", text);
	xdp_line(g, "%s", name);
}

static const char *masked(struct xdp_gen *g, const struct mdc_source *s, const char *v)
{
	if (s->bits >= 64)
		return v;
	return arena_printf(g->arena, "%s & %#" PRIx64, v, (UINT64_C(1) << s->bits) - 1);
}

/* Before the parser has begun there is one way here only: then a call would cost more than the hash. */
static const char *hash_call(const struct xdp_gen *g)
{
	return g->sampling_early ? "mdesc_hash_of(ctx, far, bound, 1)" : "mdesc_hash_of(ctx, far, bound, 0)";
}

static void put_source(struct xdp_gen *g, uint32_t i)
{
	const struct mdc_source *s = g->m->sources[i];
	bool single = is_single(g, xdp_source_kind(s), g->source_in_rows[i]);
	const char *v = "0";

	switch (xdp_source_kind(s)) {
	case MDESC_XDP_SOURCE_TIME:
		v = single ? "mdesc_time(ctx, bound)" : "now";
		if (time_unit(s) != 1)
			v = arena_printf(g->arena, "%s / %u", v, time_unit(s));
		break;
	case MDESC_XDP_SOURCE_HASH:
		v = single ? hash_call(g) : "hash";
		break;
	case MDESC_XDP_SOURCE_VLAN_TCI:
		v = "tci";
		break;
	case MDESC_XDP_SOURCE_VLAN_PROTO:
		v = "BE(16, proto)";
		break;
	}
	xdp_line(g, "if (config->source[%u].flags & SOURCE_SET)", i);
	xdp_line(g, "\tv->src%u = %s;", i,
		 masked(g, s, arena_printf(g->arena, "config->source[%u].value", i)));
	xdp_line(g, "else");
	xdp_line(g, "\tv->src%u = %s;", i, masked(g, s, arena_printf(g->arena, "(%s)", v)));
}

void xdp_put_set_sources(struct xdp_gen *g)
{
	for (uint32_t i = 0; i < g->m->n_sources; i++)
		if (g->source_used[i])
			xdp_line(g, "v->src%u = %s;", i, masked(g, g->m->sources[i],
				 arena_printf(g->arena, "config->source[%u].value", i)));
}

void xdp_put_sources(struct xdp_gen *g, bool rows)
{
	xdp_line(g, "{");
	xdp_line(g, "volatile const struct mdesc_xdp_config *config = &mdesc_config;\n");
	xdp_line(g, "asm(\"\" : \"+r\"(config));\t/* its address once is enough */");
	if (uses(g, MDESC_XDP_SOURCE_TIME, rows) && !is_single(g, MDESC_XDP_SOURCE_TIME, rows)) {
		xdp_line(g, "u64 now = 0;");
		put_asks(g, "now = mdesc_time(ctx, bound);", MDESC_XDP_SOURCE_TIME, MDESC_XDP_SOURCE_TIME, rows);
	}
	if (uses(g, MDESC_XDP_SOURCE_HASH, rows) && !is_single(g, MDESC_XDP_SOURCE_HASH, rows)) {
		xdp_line(g, "u64 hash = 0;");
		put_asks(g, arena_printf(g->arena, "hash = %s;", hash_call(g)), MDESC_XDP_SOURCE_HASH,
			 MDESC_XDP_SOURCE_HASH, rows);
	}
	if (uses_vlan(g, rows)) {
		xdp_line(g, "u16 proto = 0, tci = 0;");
		put_asks(g, "if (bound && (mdesc_config.flags & USE_VLAN_TAG) && "
			 "bpf_xdp_metadata_rx_vlan_tag(ctx, &proto, &tci)) proto = tci = 0;",
			 MDESC_XDP_SOURCE_VLAN_TCI, MDESC_XDP_SOURCE_VLAN_PROTO, rows);
	}
	for (uint32_t i = 0; i < g->m->n_sources; i++)
		if (g->source_used[i] && g->source_in_rows[i] == rows)
			put_source(g, i);
	xdp_line(g, "}");
}

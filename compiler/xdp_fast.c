/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The function around a fast walker: room in front of the packet, sources, the
 * walk, the hand-over. What a packet pays is registers kept over calls, so the
 * usual way makes no call between making room and handing on: sources that are all
 * set are read there, others are sampled aside, and what they go to is looked up
 * again afterwards. Each way writes what it has sampled by itself.
 */
#include "xdp.h"

static void put_extent(struct xdp_gen *g)
{
	xdp_line(g, "data = (const u8 *)(long)ctx->data;");
	xdp_line(g, "data_end = (const u8 *)(long)ctx->data_end;");
	xdp_line(g, "total = frags ? bpf_xdp_get_buff_len(ctx) : (u64)(data_end - data);");
	xdp_line(g, "far = frags && total > (u64)(data_end - data);");
}

/* Where the metadata goes; what has to be known again after each call. */
static void put_place(struct xdp_gen *g)
{
	xdp_line(g, "m = (u8 *)(long)ctx->data_meta;");
	xdp_line(g, "if (UNLIKELY(m + %u > (u8 *)(long)ctx->data)) goto no_room;", g->meta_max);
}

static void put_sampled(struct xdp_gen *g)
{
	g->sampling_early = true;
	xdp_put_sources(g, true);
	xdp_put_sources(g, false);
	g->sampling_early = false;
}

static void put_early_sources(struct xdp_gen *g)
{
	bool used = false;

	for (uint32_t i = 0; i < g->m->n_sources; i++)
		used |= g->source_used[i];
	if (!used) {
		xdp_put_early(g);
		return;
	}
	xdp_line(g, "MDESC_CONFIG(config);");
	xdp_line(g, "if (LIKELY(config->flags & ALL_SET)) {");
	xdp_put_set_sources(g);
	xdp_put_early(g);
	xdp_line(g, "asm volatile(\"\" ::: \"memory\");\t/* not to be made one with what follows */");
	xdp_line(g, "} else {");
	put_extent(g);
	put_sampled(g);
	put_place(g);
	xdp_put_early(g);
	xdp_line(g, "}");
}

/* In front of the packet from the begin, or, where layouts have different sizes, when the parser has stopped. */
static void put_begin(struct xdp_gen *g)
{
	out_puts(g->out,
		 "static __always_inline int mdesc_write(struct xdp_md *ctx, const int frags, const int bound)\n{\n"
		 "\tstruct mdesc_vars vars = { 0 }, *v = &vars;\n"
		 "\tvolatile const struct mdesc_xdp_config *config;\n"
		 "\tconst u8 *data, *data_end;\n"
		 "\tu64 total;\n"
		 "\tint did, far;\n"
		 "\tu8 *m;\n");
	if (!g->one_size) {
		out_puts(g->out, "\tstruct mdesc_kept *k;\n"
			 "\tu32 zero = 0;\n\n"
			 "\tk = bpf_map_lookup_elem(&mdesc_scratch, &zero);\n"
			 "\tif (!k)\n\t\tgoto no_room;\n"
			 "\tm = k->meta;\n");
		return;
	}
	out_printf(g->out,
		   "\n\tif (UNLIKELY(bpf_xdp_adjust_meta(ctx, (int)((long)ctx->data - (long)ctx->data_meta) - %u)))\n"
		   "\t\tgoto no_room;\n", g->meta_max);
	put_place(g);
}

static void put_end(struct xdp_gen *g)
{
	out_puts(g->out,
		 "\tif (did != MDESC_STOP) {\n"
		 "\t\tif (frags)\n"
		 "\t\t\treturn mdesc_thorough(ctx, total, frags, 1, bound);\n"
		 "\t\tgoto none;\n"
		 "\t}\n");
	if (!g->one_size)
		out_puts(g->out, "\tif (mdesc_put(ctx, m, v->layout))\n"
			 "\t\tgoto none;\n");
	out_puts(g->out, "\treturn mdesc_hand_on(ctx, v->error, LAYOUT0 + v->layout);\n"
		 "no_room:\n");
	if (g->has_drop)
		out_puts(g->out, "\ttotal = frags ? bpf_xdp_get_buff_len(ctx) : "
			 "(u64)((long)ctx->data_end - (long)ctx->data);\n"
			 "\treturn mdesc_thorough(ctx, total, frags, 0, bound);\n");
	out_puts(g->out, "none:\n"
		 "\tmdesc_strip(ctx);\n"
		 "\treturn mdesc_hand_on(ctx, 0, NO_METADATA);\n}\n\n");
}

void xdp_put_fast(struct xdp_gen *g)
{
	put_begin(g);
	if (g->early) {
		put_early_sources(g);
	} else {
		put_extent(g);
		xdp_put_sources(g, true);
		for (uint32_t at = 0; at < g->meta_max; at += 8)
			xdp_line(g, "put_le%u(m + %u, 0);", g->meta_max - at < 8 ? 4 : 8, at);
	}
	if (g->early)
		put_extent(g);	/* not to be kept while sources are sampled */
	out_puts(g->out, "\tdid = mdesc_walk_fast(ctx, v, m, data, data_end, total);\n");
	if (g->has_drop)
		out_puts(g->out, "\tif (did == MDESC_DROP) {\n"
			 "\t\tmdesc_count(0, DROPPED);\n"
			 "\t\treturn XDP_DROP;\n"
			 "\t}\n");
	out_puts(g->out, "\tif (did == MDESC_STOP) {\n");
	if (!g->early)
		xdp_put_sources(g, false);
	out_puts(g->out,
		 "\t\tdid = mdesc_rules_fast(ctx, v, m, data, data_end, total);\n"
		 "\t}\n");
	put_end(g);
}

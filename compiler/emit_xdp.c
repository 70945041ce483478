/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The writer in software: takes the model, gives one C file for clang's BPF target
 * that includes nothing. Its programs do to a packet what the tables of the image
 * do, to the byte; format.h tells what else there is for a loader.
 */
#include "describe.h"
#include "emit_common.h"
#include "passes.h"
#include "xdp.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.0.0"
#endif

#define ROUNDS_MAX	8192	/* of a loop, more than which the verifier should not have to follow */

/* ---- the rows ---- */

/* A machine without limits of its own: what it does to a packet is the device's doing. */
static const struct mdc_rows *own_rows(struct mdc_ctx *ctx, const struct mdc_model *m)
{
	struct mdc_model *own = arena_new_of(ctx->arena, struct mdc_model);

	*own = *m;
	own->target = (struct mdc_target){
		.name = m->target.name, .loops = true, .arithmetic = true, .rows = UINT32_MAX, .states = UINT32_MAX,
		.steps = m->target.steps, .key_bytes = MDESC_FMT_KEY_MAX, .reach = INT16_MAX,
		.writes = UINT16_MAX, .metadata_bytes = MDESC_FMT_META_MAX,
		.register_bits = 8 * MDESC_FMT_REGS_MAX, .flags = 8 * MDESC_FMT_REGS_MAX, .class_rows = UINT32_MAX,
		.lookups = MDESC_FMT_KEY_MAX, .lookup_bytes = 1, .loc = m->target.loc,
	};
	return mdc_lower(ctx, own);
}

/* ---- the file ---- */

static void put_top(struct xdp_gen *g)
{
	const struct mdc_device *d = &g->m->device;

	out_puts(g->out, "/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */\n"
		 "/*\n * Made by mdescc " PACKAGE_VERSION ": an XDP program that parses packets and writes metadata\n"
		 " * in front of them");
	if (d->name)
		out_printf(g->out, ", as %s does", mdc_plain_comment(g->arena, d->name));
	out_puts(g->out, ". Change the description, not this file.\n *\n"
		 " *\tclang -target bpf -O2 -g -c FILE.xdp.c -o FILE.xdp.o\n */\n");
	out_puts(g->out, xdp_text_begin);
}

static void put_maps(struct xdp_gen *g)
{
	out_printf(g->out,
		   "/* The user's program. */\n"
		   "struct {\n"
		   "\t__uint(type, BPF_MAP_TYPE_PROG_ARRAY);\n"
		   "\t__uint(max_entries, 1);\n"
		   "\t__uint(key_size, 4);\n"
		   "\t__uint(value_size, 4);\n"
		   "} mdesc_next SEC(\".maps\");\n\n"
		   "enum { PACKETS, TRUNCATED, ERRORS, DROPPED, NO_METADATA, NO_PROGRAM, LAYOUT0, COUNTERS = %u };\n\n"
		   "struct mdesc_counts {\n\tu64 n[COUNTERS];\n};\n\n"
		   "struct {\n"
		   "\t__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);\n"
		   "\t__uint(max_entries, 1);\n"
		   "\t__type(key, u32);\n"
		   "\t__type(value, struct mdesc_counts);\n"
		   "} mdesc_counters SEC(\".maps\");\n\n", MDESC_XDP_LAYOUT0 + g->m->n_metadata);
}

static void put_kept(struct xdp_gen *g)
{
	out_puts(g->out, "/* What is remembered of a packet, by the processor that has it. */\n"
		 "struct mdesc_kept {\n"
		 "\tu64 total;\n"
		 "\tu64 cur;\n");
	xdp_put_vars(g, XDP_THOROUGH);
	out_printf(g->out, "\tu32 at;\n"
		   "\tu8 meta[%u];\n"
		   "} __attribute__((aligned(8)));\n\n"
		   "struct {\n"
		   "\t__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);\n"
		   "\t__uint(max_entries, 1);\n"
		   "\t__type(key, u32);\n"
		   "\t__type(value, struct mdesc_kept);\n"
		   "} mdesc_scratch SEC(\".maps\");\n\n", (g->meta_max + 15) / 8 * 8);
	out_puts(g->out,
		 "static __always_inline void mdesc_clear(struct mdesc_kept *k)\n{\n"
		 "#pragma clang loop unroll(full)\n"
		 "\tfor (u32 i = 0; i < sizeof(*k) / 8; i++) {\n"
		 "\t\t((any64 *)k)[i] = 0;\n"
		 "\t\tasm volatile(\"\" ::: \"memory\");\t/* no call of memset() */\n"
		 "\t}\n}\n\n"
		 "/* The cursor by way of memory: the verifier need not look at each value that it can have here. */\n"
		 "static __always_inline u64 mdesc_again(struct mdesc_kept *v, u64 cur)\n{\n"
		 "\tv->cur = cur;\n"
		 "\tasm volatile(\"\" ::: \"memory\");\n"
		 "\treturn v->cur;\n}\n\n");
	out_printf(g->out, "/* How far from its begin a packet can be read directly. */\n"
		   "#define MDESC_CURSOR_MAX %#x\n\n", XDP_CURSOR_MAX);
}

/* ---- what goes around the walkers ---- */

static void put_hand_on(struct xdp_gen *g)
{
	out_puts(g->out,
		 "/* One more of a kind: what is not counted for each packet. */\n"
		 "static __noinline void mdesc_note(u64 what)\n{\n"
		 "\tstruct mdesc_counts *c;\n"
		 "\tu32 zero = 0;\n\n"
		 "\tc = bpf_map_lookup_elem(&mdesc_counters, &zero);\n"
		 "\tif (c && what < COUNTERS)\n"
		 "\t\tc->n[what]++;\n}\n\n"
		 "static __always_inline void mdesc_count(u64 error, u64 what)\n{\n"
		 "\tstruct mdesc_counts *c;\n"
		 "\tu32 zero;\n\n"
		 "\tif (error && (mdesc_config.flags & COUNT))\n"
		 "\t\tmdesc_note(error == 1 ? TRUNCATED : ERRORS);\n"
		 "\tif (!(mdesc_config.flags & COUNT))\n"
		 "\t\treturn;\n"
		 "\tzero = 0;\n"
		 "\tc = bpf_map_lookup_elem(&mdesc_counters, &zero);\n"
		 "\tif (!c || what >= COUNTERS)\n"
		 "\t\treturn;\n"
		 "\tc->n[PACKETS]++;\n"
		 "\tc->n[what]++;\n}\n\n"
		 "/* Takes away what is in front of the packet. */\n"
		 "static __always_inline void mdesc_strip(struct xdp_md *ctx)\n{\n"
		 "\tbpf_xdp_adjust_meta(ctx, (int)((long)ctx->data - (long)ctx->data_meta));\n}\n\n"
		 "static __always_inline int mdesc_hand_on(struct xdp_md *ctx, u64 error, u64 what)\n{\n"
		 "\tvolatile const struct mdesc_xdp_config *config;\n\n"
		 "\tmdesc_count(error, what);\n"
		 "\tbpf_tail_call(ctx, &mdesc_next, 0);\n"
		 "\tMDESC_CONFIG(config);\n"
		 "\tif (config->flags & COUNT)\n"
		 "\t\tmdesc_note(NO_PROGRAM);\n"
		 "\tmdesc_strip(ctx);\n"
		 "\treturn XDP_PASS;\n}\n\n"
		 "/* Makes room in front of the packet, instead of what is there. */\n"
		 "static __always_inline int mdesc_room(struct xdp_md *ctx, const int size, u8 **m)\n{\n"
		 "\tif (bpf_xdp_adjust_meta(ctx, (int)((long)ctx->data - (long)ctx->data_meta) - size))\n"
		 "\t\treturn -1;\n"
		 "\t*m = (u8 *)(long)ctx->data_meta;\n"
		 "\treturn *m + size > (u8 *)(long)ctx->data ? -1 : 0;\n}\n\n"
		 "static __always_inline int mdesc_place(struct xdp_md *ctx, const u8 *meta, const int size)\n{\n"
		 "\tu8 *m;\n\n"
		 "\tif (mdesc_room(ctx, size, &m))\n"
		 "\t\treturn -1;\n"
		 "#pragma unroll\n"
		 "\tfor (int i = 0; i < size / 4; i++)\n"
		 "\t\t((any32 *)m)[i] = ((const any32 *)meta)[i];\n"
		 "\treturn 0;\n}\n\n");
	out_puts(g->out, "static __always_inline int mdesc_put(struct xdp_md *ctx, const u8 *meta, u64 layout)\n{\n");
	for (uint32_t i = 0; !g->one_size && i < g->m->n_metadata; i++)
		if (g->layouts[i])
			xdp_line(g, "if (layout == %u) return mdesc_place(ctx, meta, %u);", i, g->m->layouts[i]->size);
	if (g->one_size)
		xdp_line(g, "return mdesc_place(ctx, meta, %u);", g->meta_max);
	else
		xdp_line(g, "return -1;");
	out_puts(g->out, "}\n\n");
}

/* One walk with all in a map, however often it has to be taken up. */
static void put_run(struct xdp_gen *g)
{
	uint32_t rounds = !g->has_loop ? 1 : g->m->target.steps < ROUNDS_MAX ? g->m->target.steps + 2 : ROUNDS_MAX;
	const char *names[] = { "mdesc_walk", "mdesc_rules" };

	out_puts(g->out, "static __always_inline int mdesc_run(struct xdp_md *ctx, struct mdesc_kept *v, u64 total, "
		 "int far,\n\t\t\t\t     const int bound)\n{\n"
		 "\tint did, rounds = 0;\n\n"
		 "\tmdesc_clear(v);\n"
		 "\tv->total = total;\n");
	xdp_put_sources(g, true);
	if (g->has_loop)
		out_puts(g->out, "again:\n");
	if (g->fast)
		out_printf(g->out, "\tdid = %s_far(ctx, v);\n", names[0]);
	else
		out_printf(g->out, "\tdid = far ? %s_far(ctx, v) : %s(ctx, v);\n", names[0], names[0]);
	if (g->has_loop)
		out_printf(g->out, "\tif (did == MDESC_GO_ON && ++rounds < %u) {\n"
			   "\t\tMDESC_BACK(again);\n"
			   "\t\treturn MDESC_AGAIN;\n\t}\n", rounds);
	out_printf(g->out, "\tif (did == MDESC_GO_ON) {\n"
		   "\t\tv->error = %u;\n"
		   "\t\tdid = MDESC_STOP;\n\t}\n"
		   "\tif (did != MDESC_STOP)\n"
		   "\t\treturn did;\n", MDESC_ERR_STEPS);
	xdp_put_sources(g, false);
	if (g->fast)
		out_printf(g->out, "\treturn %s_far(ctx, v);\n}\n\n", names[1]);
	else
		out_printf(g->out, "\treturn far ? %s_far(ctx, v) : %s(ctx, v);\n}\n\n", names[1], names[1]);
}

/* The whole of it, by way of a map. */
static void put_thorough(struct xdp_gen *g)
{
	put_run(g);
	out_puts(g->out,
		 "static __always_inline int mdesc_thorough(struct xdp_md *ctx, u64 total, const int frags,\n"
		 "\t\t\t\t\t  const int room, const int bound)\n{\n"
		 "\tstruct mdesc_kept *k;\n"
		 "\tu32 zero = 0;\n"
		 "\tint did;\n\n"
		 "\tk = bpf_map_lookup_elem(&mdesc_scratch, &zero);\n"
		 "\tif (!k) {\n"
		 "\t\tmdesc_strip(ctx);\n"
		 "\t\treturn mdesc_hand_on(ctx, 0, NO_METADATA);\n"
		 "\t}\n");
	if (g->fast)
		out_puts(g->out, "\tdid = mdesc_run(ctx, k, total, 1, bound);\n");
	else
		out_puts(g->out, "\tdid = mdesc_run(ctx, k, total, 0, bound);\n"
			 "\tif (frags && did == MDESC_AGAIN)\n"
			 "\t\tdid = mdesc_run(ctx, k, total, 1, bound);\n");
	out_puts(g->out,
		 "\tif (did == MDESC_DROP) {\n"
		 "\t\tmdesc_count(0, DROPPED);\n"
		 "\t\treturn XDP_DROP;\n"
		 "\t}\n"
		 "\tif (did != MDESC_STOP || !room || mdesc_put(ctx, k->meta, k->layout)) {\n"
		 "\t\tmdesc_strip(ctx);\n"
		 "\t\treturn mdesc_hand_on(ctx, 0, NO_METADATA);\n"
		 "\t}\n"
		 "\treturn mdesc_hand_on(ctx, k->error, LAYOUT0 + k->layout);\n}\n\n");
}

static void put_programs(struct xdp_gen *g)
{
	if (g->fast)
		xdp_put_fast(g);
	else
		out_puts(g->out,
			 "static __always_inline int mdesc_write(struct xdp_md *ctx, const int frags,\n"
			 "\t\t\t\t       const int bound)\n{\n"
			 "\treturn mdesc_thorough(ctx, frags ? bpf_xdp_get_buff_len(ctx) :\n"
			 "\t\t\t      (u64)((long)ctx->data_end - (long)ctx->data), frags, 1, bound);\n}\n\n");
	out_puts(g->out,
		 "SEC(\"xdp\") int " MDESC_XDP_PROGRAM "(struct xdp_md *ctx)\n{\n"
		 "\treturn mdesc_write(ctx, 0, 0);\n}\n\n"
		 "SEC(\"xdp.frags\") int " MDESC_XDP_PROGRAM_FRAGS "(struct xdp_md *ctx)\n{\n"
		 "\treturn mdesc_write(ctx, 1, 0);\n}\n\n"
		 "#ifndef MDESC_UNBOUND\n"
		 "SEC(\"xdp\") int " MDESC_XDP_BOUND "(struct xdp_md *ctx)\n{\n\treturn mdesc_write(ctx, 0, 1);\n}\n\n"
		 "SEC(\"xdp.frags\") int " MDESC_XDP_BOUND_FRAGS "(struct xdp_md *ctx)\n{\n"
		 "\treturn mdesc_write(ctx, 1, 1);\n}\n#endif\n\n"
		 "char _license[] SEC(\"license\") = \"GPL\";\n");
}

int mdc_emit_xdp(struct mdc_ctx *ctx, const struct mdc_model *m, const struct mdc_rows *rows, struct out *out)
{
	struct xdp_gen g = { .ctx = ctx, .arena = ctx->arena, .m = m, .out = out };

	g.rows = ctx->opt.target ? rows : own_rows(ctx, m);
	if (!g.rows || !xdp_plan(&g))
		return -1;
	g.fast = xdp_cost_fits(&g);
	g.early = g.fast && g.one_size && g.n_layouts == 1 && !g.has_drop;
	xdp_find_known(&g);
	xdp_find_stored(&g);
	xdp_find_rounds(&g);
	xdp_find_points(&g);
	put_top(&g);
	xdp_put_config(&g);
	put_maps(&g);
	put_kept(&g);
	if (g.fast) {
		out_puts(out, "struct mdesc_vars {\n");
		xdp_put_vars(&g, XDP_FAST);
		out_puts(out, "};\n\n");
	}
	xdp_put_source_functions(&g);
	if (g.fast)
		xdp_put_walker(&g, XDP_FAST);
	else
		xdp_put_walker(&g, XDP_THOROUGH);
	xdp_put_walker(&g, XDP_FRAGS);
	put_hand_on(&g);
	put_thorough(&g);
	put_programs(&g);
	return 0;
}

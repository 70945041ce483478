/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A walker: a function in which each state is a label. Its rows are comparisons in
 * their order, and each row ends in a jump. In a fast walker a loop of few rounds
 * stands there once for each, and zeros of the metadata that nothing has stored to
 * are written where the parser ends.
 */
#include <inttypes.h>
#include <string.h>

#include "rows_graph.h"
#include "xdp.h"

/* ---- ways out ---- */

static const char *stop_label(const struct xdp_gen *g)
{
	return g->pending ? "undo" : "stop";
}

static const char *fail_label(const struct xdp_fail *f)
{
	return f->undo ? "undo" : f->clean ? "clean" : "fail";
}

/* In a fast walker each error has a place of its own, so that nothing is set before a check. */
static const char *fail_of(struct xdp_gen *g, uint32_t error, bool undo)
{
	struct xdp_fail f = { error, undo, g->clean && !undo };
	size_t i = 0;

	while (i < g->fails.n && (g->fails.p[i].error != error || g->fails.p[i].undo != undo ||
				  g->fails.p[i].clean != f.clean))
		i++;
	if (i == g->fails.n)
		*vec_push(g->arena, &g->fails) = f;
	return arena_printf(g->arena, "goto %s_%u;", fail_label(&f), error);
}

const char *xdp_stop(struct xdp_gen *g, int error)
{
	if (g->kind != XDP_FAST)
		return arena_printf(g->arena, "{ v->error = %d; goto %s; }", error, stop_label(g));
	return fail_of(g, (uint32_t)error, g->pending);
}

const char *xdp_short(struct xdp_gen *g)
{
	if (!g->at)	/* it was there when it was recorded; what a second look finds is another matter */
		return "return MDESC_AGAIN;";
	if (g->kind == XDP_FRAGS)
		return xdp_stop(g, MDESC_ERR_TRUNCATED);
	return g->pending ? "goto outside_undo;" : g->clean ? "goto outside_clean;" : "goto outside;";
}

static void put_next(struct xdp_gen *g, const struct mdesc_fmt_next *next);

/* Into a state that stands there once for each round; behind the last it is the way out beyond its limit. */
static void put_next_round(struct xdp_gen *g, const struct mdesc_fmt_next *next)
{
	uint32_t round = g->at && g->at->state == next->state ? g->round + 1 : 0;

	if (round < g->rounds[next->state])
		xdp_line(g, "goto S%u_%u_%u;", next->state, next->keys, round);
	else
		put_next(g, &g->rows->states[next->state].f.otherwise);
}

static void put_next(struct xdp_gen *g, const struct mdesc_fmt_next *next)
{
	uint32_t code = next->verdict == MDESC_REJECT ? next->code : 0;
	const struct xdp_entry *to;

	if (next->flags & MDESC_NEXT_LEAVE)
		xdp_put_leave(g);
	switch (next->verdict) {
	case MDESC_DROP:
		xdp_line(g, "return MDESC_DROP;");
		return;
	case MDESC_GO:
		to = xdp_entry_of(g, next->state, next->keys);
		if (g->clean && to->stored)
			xdp_put_zeros(g, NULL);
		if (g->kind == XDP_FAST && g->rounds[next->state])
			put_next_round(g, next);
		else if (!g->at || to->order > g->at->order)
			xdp_line(g, "goto S%u_%u;", next->state, next->keys);
		else if (g->kind == XDP_FAST)
			xdp_line(g, "{ MDESC_BACK(S%u_%u); return MDESC_AGAIN; }", next->state, next->keys);
		else
			xdp_line(g, "{ v->at = %u; v->cur = cur; return MDESC_GO_ON; }",
				 (uint32_t)(to - g->entries.p));
		return;
	default:
		if (g->kind != XDP_FAST)
			xdp_line(g, "{ v->error = %u; goto stop; }", code);
		else	/* it is 0 until something fails */
			xdp_line(g, "%s", code ? fail_of(g, code, false) : g->clean ? "goto clean;" : "goto stop;");
	}
}

/* ---- rows ---- */

/* What rows that hold change is kept as it is before the first of them. */
static void each_undone(struct xdp_gen *g, bool back)
{
	const char *it;

#define KEEP(name) (it = (name), xdp_line(g, back ? "v->%s = v->h%s;" : "v->h%s = v->%s;", it, it))
	for (uint32_t i = 0; i < g->m->parser.n_instances; i++)
		if (g->headers[i].count && g->headers[i].undone)
			KEEP(arena_printf(g->arena, "n%u", i));
	for (size_t i = 0; i < g->slots.n; i++) {
		const struct xdp_slot *s = &g->slots.p[i];
		const char *name = xdp_slot_name(g, s->header, s->elem);

		if (!s->undone)
			continue;
		if (s->off)
			KEEP(arena_printf(g->arena, "o%s", name));
		if (s->len)
			KEEP(arena_printf(g->arena, "l%s", name));
		if (s->known)
			KEEP(arena_printf(g->arena, "k%s", name));
		if (s->here)
			KEEP(arena_printf(g->arena, "p%s", name));
	}
	for (uint32_t i = 0; g->marks_undone && i < g->marks.n; i++)
		KEEP(arena_printf(g->arena, "w%u", i));
	if (g->layout_undone)
		KEEP("layout");
#undef KEEP
	for (uint32_t i = 0; i < sizeof(g->meta_undone); i++) {
		if (g->meta_undone[i] && back)
			xdp_line(g, "put_le4(m + %u, v->hm%u);", 4 * i, i);
		else if (g->meta_undone[i])
			xdp_line(g, "v->hm%u = get_le4(m + %u);", i, 4 * i);
	}
}

/* Registers that the row sets change when it is committed; those that are held already have begun to. */
static void each_set(struct xdp_gen *g, const struct mdesc_fmt_row *r, bool commit)
{
	bool *set = arena_array(g->arena, bool, g->m->parser.n_registers + 1);
	bool hold = r->flags & MDESC_ROW_HOLD;

	for (uint32_t i = r->op_first; i < r->op_first + r->op_count; i++)
		if (g->rows->ops[i].op == MDESC_OP_SET || g->rows->ops[i].op == MDESC_OP_RAISE)
			set[xdp_register_at(g, g->rows->ops[i].bit)] = true;
	for (uint32_t i = 0; i < g->m->parser.n_registers; i++) {
		bool held = g->reg_held[i];

		if (!commit && ((hold && !g->pending && held) || (!hold && set[i] && !(g->pending && held))))
			xdp_line(g, "v->s%u = v->r%u;", i, i);
		if (commit && !hold && (set[i] || (g->pending && held)))
			xdp_line(g, "v->r%u = v->s%u;", i, i);
	}
}

/* All that the row does but for the way out. */
static void put_action(struct xdp_gen *g, const struct mdesc_fmt_row *r)
{
	g->row = r;
	if ((r->flags & MDESC_ROW_HOLD) && !g->pending)
		each_undone(g, false);
	each_set(g, r, false);
	xdp_put_record(g, r, xdp_reads_own(g, r));
	if (r->layout != MDESC_FMT_NONE16)
		xdp_line(g, "v->layout = %u;", r->layout);
	if (g->clean && xdp_stores(g, r)) {
		xdp_put_zeros(g, r);
		g->clean = false;
	}
	xdp_put_ops(g, r->op_first, r->op_count);
	each_set(g, r, true);
	if (r->flags & MDESC_ROW_WITHIN)
		xdp_put_within(g, r);
	g->row = NULL;
}

static void put_row(struct xdp_gen *g, const struct mdesc_fmt_row *r)
{
	bool clean = g->clean;

	if (!(r->flags & MDESC_ROW_ABORT)) {
		put_action(g, r);
		put_next(g, &r->next);
		g->clean = clean;
		return;
	}
	xdp_put_checks(g, r);
	xdp_line(g, "%s", xdp_stop(g, r->next.code));
}

static bool same_action(const struct mdesc_fmt_row *a, const struct mdesc_fmt_row *b, bool same_next)
{
	struct mdesc_fmt_row x = *a, y = *b;

	x.flags &= ~MDESC_ROW_DEFAULT;
	y.flags &= ~MDESC_ROW_DEFAULT;
	if (!same_next)
		x.next = y.next;
	return !memcmp(&x.flags, &y.flags, sizeof(x) - offsetof(struct mdesc_fmt_row, flags));
}

/* All rows do the same, but for where they go, and one of them matches. */
static bool has_one_action(const struct xdp_gen *g, uint32_t state)
{
	const struct mdesc_fmt_row *first = xdp_row_of(g, state, 0);
	uint32_t n = g->n_rows_of[state];

	if (!rg_matches_all(xdp_row_of(g, state, n - 1)) || (first->flags & MDESC_ROW_ABORT))
		return false;
	for (uint32_t i = 1; i < n; i++)
		if (!same_action(first, xdp_row_of(g, state, i), false))
			return false;
	return true;
}

static bool are_disjoint(const struct mdesc_fmt_row *a, const struct mdesc_fmt_row *b)
{
	for (uint32_t i = 0; i < MDESC_FMT_KEY_MAX; i++)
		if ((a->key_value[i] ^ b->key_value[i]) & a->key_mask[i] & b->key_mask[i])
			return true;
	return false;
}

/*
 * The rows in an order to compare in. In a loop those that go round again stand second,
 * as the last comes but once; the compiler is kept from an order of its own, at @fixed.
 */
static const struct mdesc_fmt_row **order_rows(struct xdp_gen *g, const struct xdp_entry *e, uint32_t fixed[2])
{
	uint32_t n = g->n_rows_of[e->state], second = 1, to;
	const struct mdesc_fmt_row **rows = arena_alloc(g->arena, (n + 1) * sizeof(*rows)), *r;

	for (uint32_t i = 0; i < n; i++)
		rows[i] = xdp_row_of(g, e->state, i);
	fixed[0] = fixed[1] = 0;
	if (g->kind != XDP_FAST || !g->rounds[e->state])
		return rows;
	while (second < n && same_action(rows[0], rows[second], true))
		second++;
	to = second;
	for (uint32_t i = second; i < n; i++) {
		bool moves = rows[i]->next.verdict == MDESC_GO && rows[i]->next.state == e->state;

		for (uint32_t k = to; moves && k < i; k++)
			moves = are_disjoint(rows[k], rows[i]);
		if (!moves)
			continue;
		r = rows[i];
		memmove(&rows[to + 1], &rows[to], (i - to) * sizeof(*rows));
		rows[to++] = r;
	}
	if (to > second) {
		fixed[0] = second;
		fixed[1] = to;
	}
	return rows;
}

static void put_rows(struct xdp_gen *g, const struct xdp_entry *e, const struct xdp_key *key)
{
	uint32_t n = g->n_rows_of[e->state], fixed[2];
	const struct mdesc_fmt_row **rows = order_rows(g, e, fixed);
	bool one = n && has_one_action(g, e->state);

	if (one)
		put_action(g, rows[0]);
	for (uint32_t i = 0, same; i < n; i += same) {
		const struct mdesc_fmt_row *r = rows[i];
		const char *when = xdp_condition(g, key, r);

		for (same = 1; i + same < n && same_action(r, rows[i + same], true); same++)
			when = arena_printf(g->arena, "%s ||\n\t    %s", when, xdp_condition(g, key, rows[i + same]));
		for (uint32_t k = 0; i && (i == fixed[0] || i == fixed[1]) && k < key->n_words; k++)
			xdp_line(g, "asm volatile(\"\" : \"+r\"(k%u));", k);
		if (rg_matches_all(rows[i + same - 1]))
			xdp_line(g, "{");
		else
			xdp_line(g, "if (%s) {", when);
		if (one)
			put_next(g, &r->next);
		else
			put_row(g, r);
		xdp_line(g, "}");
		if (rg_matches_all(rows[i + same - 1]))
			return;
	}
	xdp_line(g, "%s", xdp_stop(g, MDESC_ERR_NO_MATCH));
}

/* ---- states ---- */

static void put_entry_counts(struct xdp_gen *g, const struct xdp_entry *e)
{
	const struct mdesc_fmt_state *s = &g->rows->states[e->state].f;
	const char *count;

	if (g->count_steps && !s->flags)
		xdp_line(g, "if (++v->steps > %u) %s", g->m->target.steps, xdp_stop(g, MDESC_ERR_STEPS));
	if (!s->max || (g->kind == XDP_FAST && g->rounds[e->state]))
		return;
	count = s->counter ? arena_printf(g->arena, "v->r%u", s->counter - 1) :
		arena_printf(g->arena, "v->e%u", e->state);
	xdp_line(g, "if (%s >= %u) {", count, s->max);
	put_next(g, &s->otherwise);
	xdp_line(g, "}");
	xdp_line(g, "%s++;", count);
}

static void put_entry(struct xdp_gen *g, const struct xdp_entry *e)
{
	struct xdp_key key;

	g->at = e;
	g->pending = xdp_is_pending(g, e->state);
	g->clean = g->kind == XDP_FAST && g->lazy && !e->stored;
	if (g->kind == XDP_FAST && g->rounds[e->state])
		out_printf(g->out, "S%u_%u_%u:	/* %s */\n", e->state, e->keys, g->round,
			   g->rows->states[e->state].name);
	else
		out_printf(g->out, "S%u_%u:	/* %s */\n", e->state, e->keys, g->rows->states[e->state].name);
	xdp_line(g, "{");
	if (g->kind != XDP_FAST && (e->ways > 1 || e->back))
		xdp_line(g, "cur = mdesc_again(v, cur);");
	if (g->kind == XDP_THOROUGH)
		xdp_line(g, "if (cur > MDESC_CURSOR_MAX) %s", xdp_short(g));
	put_entry_counts(g, e);
	xdp_find_key(g, e, &key);
	xdp_put_key(g, e, &key);
	put_rows(g, e, &key);
	xdp_line(g, "}");
}

static void put_rounds(struct xdp_gen *g, const struct xdp_entry *e)
{
	uint32_t n = g->kind == XDP_FAST ? g->rounds[e->state] : 0;

	for (g->round = 0; g->round < (n ? n : 1); g->round++)
		put_entry(g, e);
}

/* ---- the walker ---- */

static void put_begin(struct xdp_gen *g)
{
	if (g->kind == XDP_FAST) {
		xdp_line(g, xdp_points(g) ? "const u8 *cp = data;" : "u64 cur = 0;");
		for (uint32_t i = 0; i < g->m->parser.n_instances; i++) {
			if (g->headers[i].kept)
				xdp_line(g, "const u8 *q%u = 0;", i);
			if (xdp_is_counted_up(g, i))
				xdp_line(g, "asm volatile(\"\" : \"+r\"(v->n%u));", i);
		}
		return;
	}
	xdp_line(g, "u64 cur, total;\n"
		 "\tu8 *m;\n");
	xdp_line(g, "asm volatile(\"\" : \"+r\"(ctx), \"+r\"(v));\t/* each caller passes both */");
	xdp_line(g, "if (!v) return MDESC_AGAIN;");
	xdp_line(g, "m = v->meta;");
	if (g->kind == XDP_THOROUGH)
		xdp_line(g, "const u8 *const data = (const u8 *)(long)ctx->data;\n"
			 "\tconst u8 *const data_end = (const u8 *)(long)ctx->data_end;");
	xdp_line(g, "total = v->total;\n"
		 "\tcur = v->cur;");
}

/* Where a walker begins: at the start, or where the last one went back to. */
static void put_start(struct xdp_gen *g)
{
	g->at = NULL;
	g->clean = g->kind == XDP_FAST && g->lazy;
	if (g->kind == XDP_FAST || !g->has_loop) {
		put_next(g, &g->rows->start);
		return;
	}
	for (size_t i = 1; i < g->entries.n; i++)
		if (g->entries.p[i].back)
			xdp_line(g, "if (v->at == %zu) goto S%u_%u;", i, g->entries.p[i].state, g->entries.p[i].keys);
	put_next(g, &g->rows->start);
}

/* Where a packet ends early, or the part of it that can be read directly does. */
static void put_outside(struct xdp_gen *g, const char *kind, bool undo, bool clean)
{
	g->clean = clean;
	out_printf(g->out, "outside%s:\n", kind);
	xdp_line(g, "if (total > (u64)(data_end - data)) return MDESC_AGAIN;");
	if (g->kind == XDP_FAST)
		xdp_line(g, "%s", fail_of(g, MDESC_ERR_TRUNCATED, undo));
	else
		xdp_line(g, "v->error = %d;\n\tgoto %s;", MDESC_ERR_TRUNCATED, undo ? "undo" : "stop");
	g->clean = false;
}

/* The compiler would set errors early, for the case, if it saw what they are. */
static void put_fails(struct xdp_gen *g, bool undo, bool clean)
{
	for (size_t i = 0; i < g->fails.n; i++) {
		const struct xdp_fail *f = &g->fails.p[i];

		if (f->undo != undo || f->clean != clean)
			continue;
		out_printf(g->out, "%s_%u:\n", fail_label(f), f->error);
		xdp_line(g, "v->error = %u;\n\tasm volatile(\"\" : \"+r\"(v->error));\n\tgoto %s;", f->error,
			 undo ? "undo" : clean ? "clean" : "stop");
	}
}

static void put_end(struct xdp_gen *g)
{
	bool lazy = g->kind == XDP_FAST && g->lazy;

	g->clean = false;
	if (g->kind != XDP_FRAGS && g->has_hold)
		put_outside(g, "_undo", true, false);
	if (lazy)
		put_outside(g, "_clean", false, true);
	if (g->kind != XDP_FRAGS)
		put_outside(g, "", false, false);
	put_fails(g, true, false);
	if (g->has_hold) {
		out_puts(g->out, "undo:\n");
		each_undone(g, true);
	}
	if (g->has_hold && g->kind == XDP_FAST)
		out_puts(g->out, "\tgoto stop;\n");
	put_fails(g, false, false);
	if (lazy) {
		put_fails(g, false, true);
		out_puts(g->out, "clean:\n");
		xdp_put_zeros(g, NULL);
	}
	out_puts(g->out, "stop:\n\treturn MDESC_STOP;\n}\n\n");
	g->fails.n = 0;
}

/* The head of mdesc_@name, for the kind that is made. */
static void put_head(struct xdp_gen *g, const char *name)
{
	const char *far = g->kind == XDP_FRAGS ? "_far" : "";

	if (g->kind == XDP_FAST)
		out_printf(g->out, "static __always_inline int mdesc_%s_fast(struct xdp_md *ctx, struct mdesc_vars *v, "
			   "u8 *m,\n\t\t\t\t\t%*sconst u8 *data, const u8 *data_end, u64 total)\n{\n",
			   name, (int)strlen(name) - 1, "");
	else
		out_printf(g->out, "int mdesc_%s%s(struct xdp_md *ctx, struct mdesc_kept *v);\n"
			   "__noinline int mdesc_%s%s(struct xdp_md *ctx, struct mdesc_kept *v)\n{\n",
			   name, far, name, far);
}

static void put_walk(struct xdp_gen *g)
{
	put_head(g, "walk");
	put_begin(g);
	put_start(g);
	/* in their order, so that the text runs forward */
	for (uint32_t order = 0; order < g->entries.n; order++)
		for (size_t i = 0; i < g->entries.n; i++)
			if (g->entries.p[i].order == order)
				put_rounds(g, &g->entries.p[i]);
	g->at = NULL;
	put_end(g);
}

static void put_rules(struct xdp_gen *g)
{
	put_head(g, "rules");
	g->at = NULL;
	if (g->kind != XDP_FAST)
		put_begin(g);
	for (uint32_t i = 0; i < g->m->parser.n_classes; i++)
		xdp_put_class(g, i);
	for (uint32_t i = 0; i < g->m->n_metadata; i++) {
		if (!g->layouts[i] || !g->rows->layout_op_count[i])
			continue;
		xdp_line(g, g->n_layouts > 1 ? "if (v->layout == %u) {" : "{", i);
		if (g->early && g->kind == XDP_FAST)
			xdp_put_late(g, i);
		else
			xdp_put_ops(g, g->rows->layout_op_first[i], g->rows->layout_op_count[i]);
		xdp_line(g, "}");
	}
	out_puts(g->out, "\treturn MDESC_STOP;\n}\n\n");
}

void xdp_put_walker(struct xdp_gen *g, enum xdp_kind kind)
{
	g->kind = kind;
	put_walk(g);
	put_rules(g);
}

/* ---- what is remembered ---- */

static void put_var(struct xdp_gen *g, enum xdp_kind kind, const char *type, const char *name, bool undone)
{
	type = kind == XDP_FAST ? "u64" : type;
	xdp_line(g, "%s %s;", type, name);
	if (undone)
		xdp_line(g, "%s h%s;", type, name);
}

void xdp_put_vars(struct xdp_gen *g, enum xdp_kind kind)
{
#define NAME(...) arena_printf(g->arena, __VA_ARGS__)
	for (uint32_t i = 0; i < g->m->n_sources; i++)
		if (g->source_used[i])
			put_var(g, kind, "u64", NAME("src%u", i), false);
	for (uint32_t i = 0; i < g->m->parser.n_registers; i++) {
		put_var(g, kind, "u64", NAME("r%u", i), false);
		put_var(g, kind, "u64", NAME("s%u", i), false);
	}
	for (uint32_t i = 0; i < g->m->parser.n_classes; i++)
		put_var(g, kind, "u64", NAME("c%u", i), false);
	put_var(g, kind, "u32", "lim", false);
	put_var(g, kind, "u32", "steps", false);
	put_var(g, kind, "u32", "error", false);
	put_var(g, kind, "u32", "layout", g->layout_undone);
	for (uint32_t i = 0; i < g->m->parser.n_instances; i++)
		if (g->headers[i].count)
			put_var(g, kind, "u32", NAME("n%u", i), g->headers[i].undone);
	for (size_t i = 0; i < g->slots.n; i++) {
		const struct xdp_slot *s = &g->slots.p[i];
		const char *name = xdp_slot_name(g, s->header, s->elem);

		if (s->off)
			put_var(g, kind, "u32", NAME("o%s", name), s->undone);
		if (s->len)
			put_var(g, kind, "u32", NAME("l%s", name), s->undone);
		if (s->known)
			put_var(g, kind, "u32", NAME("k%s", name), s->undone);
		if (s->here)
			put_var(g, kind, "u8", NAME("p%s", name), s->undone);
	}
	for (uint32_t i = 0; i < g->rows->n_states; i++)
		if (g->rows->states[i].f.max && !g->rows->states[i].f.counter)
			put_var(g, kind, "u32", NAME("e%u", i), false);
	for (uint32_t i = 0; i < g->marks.n; i++)
		put_var(g, kind, "u8", NAME("w%u", i), g->marks_undone);
	for (uint32_t i = 0; i < sizeof(g->meta_undone); i++)
		if (g->meta_undone[i])
			put_var(g, kind, "u32", NAME("hm%u", i), false);
#undef NAME
}

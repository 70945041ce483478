/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A walker: a function in which each state is a label. What a state compares is
 * read into a few numbers, its rows are comparisons in their order, and each row
 * ends in a jump. Where the packet ends early, and all that could match would find
 * the same, one check serves the key and the header.
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

/* In a fast walker each error has a place of its own, so that nothing is set before a check. */
static const char *fail_of(struct xdp_gen *g, uint32_t error, bool undo)
{
	struct xdp_fail *f;
	size_t i = 0;

	while (i < g->fails.n && (g->fails.p[i].error != error || g->fails.p[i].undo != undo))
		i++;
	if (i == g->fails.n) {
		f = vec_push(g->arena, &g->fails);
		*f = (struct xdp_fail){ error, undo };
	}
	return arena_printf(g->arena, "goto %s_%u;", undo ? "undo" : "fail", error);
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
	return g->pending ? "goto outside_undo;" : "goto outside;";
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
		if (!g->at || to->order > g->at->order)
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
			xdp_line(g, "%s", code ? fail_of(g, code, false) : "goto stop;");
	}
}

/* ---- keys ---- */

/* Bytes of a key that are read as one number. */
struct word {
	uint32_t first, n;	/* in the key set */
	bool compared;
	bool raw;		/* as it lies in memory: what it is compared with is turned instead */
};

struct key {
	const struct mdesc_fmt_keys *k;
	uint32_t need;
	struct word words[MDESC_FMT_KEY_MAX];
	uint32_t n_words;
	int lo, hi;		/* of the packet's bytes: the first, and behind the last */
	bool packet, all_needed;
};

static bool goes_on(const struct mdesc_fmt_keys *k, uint32_t i, uint32_t first)
{
	if (k->kind[i] != k->kind[first] || k->index[i] != k->index[first] || k->elem[i] != k->elem[first])
		return false;
	return (k->kind[i] == MDESC_SLOT_PACKET || k->kind[i] == MDESC_SLOT_HEADER) && i - first < 8 &&
	       k->off[i] == k->off[first] + (int)(i - first);
}

static void find_words(const struct xdp_gen *g, const struct xdp_entry *e, struct key *key)
{
	const struct mdesc_fmt_keys *k = &g->rows->keys[e->keys];

	*key = (struct key){ .k = k, .need = g->rows->states[e->state].f.key_need, .lo = INT16_MAX, .hi = INT16_MIN,
			     .all_needed = true };
	for (uint32_t i = 0; i < k->count; i++) {
		struct word *w = key->n_words ? &key->words[key->n_words - 1] : NULL;

		if (w && goes_on(k, i, w->first))
			w->n++;
		else
			key->words[key->n_words++] = (struct word){ i, 1, false, false };
		for (uint32_t r = 0; r < g->n_rows_of[e->state]; r++)
			key->words[key->n_words - 1].compared |=
				g->rows->rows[g->rows_of[e->state][r]].f.key_mask[i] != 0;
		if (k->kind[i] != MDESC_SLOT_PACKET)
			continue;
		key->packet = true;
		key->lo = k->off[i] < key->lo ? k->off[i] : key->lo;
		key->hi = k->off[i] + 1 > key->hi ? k->off[i] + 1 : key->hi;
		key->all_needed &= key->need >> i & 1;
	}
}

static const char *register_byte(struct xdp_gen *g, uint32_t byte)
{
	const struct mdc_parser *p = &g->m->parser;
	const char *text = "0";

	for (uint32_t i = 0; i < p->n_registers; i++) {
		int by = (int)p->registers[i]->bit - (int)(8 * byte);

		if (by > -(int)p->registers[i]->bits && by < 8)
			text = arena_printf(g->arena, "%s | v->r%u %s %d", text, i, by < 0 ? ">>" : "<<",
					    by < 0 ? -by : by);
	}
	return arena_printf(g->arena, "((%s) & 0xff)", text);
}

/* What is no byte of the packet. */
static const char *other_byte(struct xdp_gen *g, const struct mdesc_fmt_keys *k, uint32_t i)
{
	switch (k->kind[i]) {
	case MDESC_SLOT_REGISTER:
		return register_byte(g, (uint32_t)k->off[i]);
	case MDESC_SLOT_SOURCE:
		return arena_printf(g->arena, "(v->src%u >> %d & 0xff)", k->index[i], 8 * k->off[i]);
	default: /* MDESC_SLOT_REMAINING */
		return !g->has_limit ? "0" :
		       arena_printf(g->arena, "(v->lim ? (v->lim - cur) >> %d & 0xff : 0)", k->off[i] ? 0 : 8);
	}
}

/* Those of a recorded header. */
static void put_header_word(struct xdp_gen *g, const struct key *key, uint32_t idx)
{
	const struct word *w = &key->words[idx];
	const struct mdesc_fmt_keys *k = key->k;
	uint32_t header = k->index[w->first], need = key->need >> w->first & ((1u << w->n) - 1);
	const char *name = arena_printf(g->arena, "of%u", idx);

	if ((uint32_t)k->off[w->first] + w->n <= xdp_known(g, header)) {
		name = arena_printf(g->arena, "q%u", header);
		xdp_line(g, "k%u = %s;", idx, xdp_load(g, name, (uint32_t)k->off[w->first], w->n));
		return;
	}
	xdp_line(g, "if (%s) {", xdp_present(g, header, k->elem[w->first]));
	xdp_put_reach(g, name, arena_printf(g->arena, "v->o%s", xdp_slot_name(g, header, k->elem[w->first])),
		      (uint32_t)k->off[w->first] + w->n, xdp_short(g));
	xdp_line(g, "k%u = %s;", idx, xdp_load(g, name, (uint32_t)k->off[w->first], w->n));
	xdp_line(g, need ? "} else %s" : "}", xdp_stop(g, MDESC_ERR_TRUNCATED));
}

/* All words of the packet, which are known to be there; in a @loose key others may be read byte by byte. */
static void put_packet_words(struct xdp_gen *g, struct key *key, bool loose)
{
	for (uint32_t i = 0; i < key->n_words; i++) {
		struct word *w = &key->words[i];

		if (!w->compared || key->k->kind[w->first] != MDESC_SLOT_PACKET)
			continue;
		w->raw = !loose && g->kind != XDP_FRAGS && (w->n == 2 || w->n == 4 || w->n == 8);
		if (w->raw)
			xdp_line(g, "k%u = *(const any%u *)(p + %d);", i, 8 * w->n, key->k->off[w->first]);
		else
			xdp_line(g, "k%u = %s;", i, xdp_load(g, "p", (uint32_t)key->k->off[w->first], w->n));
	}
}

/* One byte that may lie outside, into the word k@word. */
static void put_packet_byte(struct xdp_gen *g, const struct key *key, uint32_t word, uint32_t i)
{
	const char *outside = key->need >> i & 1 ? xdp_stop(g, MDESC_ERR_TRUNCATED) : "{ }";

	xdp_line(g, "k%u <<= 8;", word);
	xdp_line(g, "{");
	xdp_line(g, "const u64 place = cur%+d;", key->k->off[i]);
	if (g->at->limited)	/* behind it are zeros; what is before the packet is no large number */
		xdp_line(g, "if (v->lim && (s64)place >= (s64)(u64)v->lim) { } else");
	xdp_line(g, "if (place >= total) %s else {", outside);
	if (g->kind != XDP_FRAGS)
		xdp_line(g, "if (place > MDESC_CURSOR_MAX) %s", xdp_short(g));
	xdp_put_reach(g, "byte", "place", 1, xdp_short(g));
	xdp_line(g, "k%u |= %s;", word, xdp_load(g, "byte", 0, 1));
	xdp_line(g, "} }");
}

static void put_packet_bytes(struct xdp_gen *g, const struct key *key)
{
	for (uint32_t i = 0; i < key->n_words; i++) {
		const struct word *w = &key->words[i];

		for (uint32_t b = w->first; key->k->kind[w->first] == MDESC_SLOT_PACKET && b < w->first + w->n; b++)
			put_packet_byte(g, key, i, b);
	}
}

/* The packet's part of the key, where some of it need not be there. */
static void put_loose_key(struct xdp_gen *g, struct key *key)
{
	if (key->lo < 0) {
		put_packet_bytes(g, key);
		return;
	}
	if (g->kind == XDP_FRAGS)
		xdp_line(g, "const u64 p = cur;");
	else
		xdp_line(g, "const u8 *const p = mdesc_at(data, cur);");
	xdp_line(g, "if (p + %d <= %s%s) {", key->hi, g->kind == XDP_FRAGS ? "total" : "data_end",
		 !g->at->limited ? "" :
		 arena_printf(g->arena, " && (!v->lim || cur + %d <= v->lim)", key->hi));
	put_packet_words(g, key, true);
	xdp_line(g, "} else {");
	put_packet_bytes(g, key);
	xdp_line(g, "}");
}

static const struct mdesc_fmt_row *row_of(const struct xdp_gen *g, uint32_t state, uint32_t i)
{
	return &g->rows->rows[g->rows_of[state][i]].f;
}

/* Whether every packet that comes here finds a row, and all rows record the same header of some bytes. */
static bool has_one_header(const struct xdp_gen *g, uint32_t state)
{
	const struct mdesc_fmt_row *first = row_of(g, state, 0);
	uint32_t n = g->n_rows_of[state];
	uint8_t kind;

	if (!n || first->header == MDESC_FMT_NONE16 || !rg_matches_all(row_of(g, state, n - 1)))
		return false;
	kind = g->headers[first->header].f.kind;
	for (uint32_t i = 0; i < n; i++)
		if (row_of(g, state, i)->header != first->header)
			return false;
	return kind == MDESC_KIND_HEADER || kind == MDESC_KIND_PEEK;
}

/* Makes sure of the key's bytes and maybe the header's, and reads the key. */
static void put_key(struct xdp_gen *g, const struct xdp_entry *e, struct key *key)
{
	bool one = has_one_header(g, e->state), strict = key->all_needed && key->lo >= 0;
	uint32_t fixed = one ? g->headers[row_of(g, e->state, 0)->header].f.fixed : 0;
	uint32_t hi = key->packet && key->hi > 0 ? (uint32_t)key->hi : 0, n = fixed > hi ? fixed : hi;

	g->checked = 0;
	for (uint32_t i = 0; i < key->n_words; i++)
		xdp_line(g, "u64 k%u = 0;", i);
	if (strict && e->limited && one && fixed >= hi && n) {
		xdp_line(g, "if (%scur + %u > v->lim) %s", e->unlimited ? "v->lim && " : "", fixed,
			 xdp_stop(g, MDESC_ERR_BAD_LENGTH));
	} else if (!strict || e->limited) {
		if (key->packet)
			put_loose_key(g, key);
		n = 0;
	}
	if (n) {
		xdp_put_reach(g, "p", "cur", n, xdp_short(g));
		g->checked = n;
		if (key->packet)
			put_packet_words(g, key, false);
	}
	for (uint32_t i = 0; i < key->n_words; i++) {
		uint32_t first = key->words[i].first;

		if (key->k->kind[first] == MDESC_SLOT_HEADER)
			put_header_word(g, key, i);
		else if (key->k->kind[first] != MDESC_SLOT_PACKET && key->words[i].compared)
			xdp_line(g, "k%u = %s;", i, other_byte(g, key->k, first));
	}
}

/* ---- rows ---- */

static const char *compared(struct xdp_gen *g, const struct word *w, uint64_t n)
{
	if (!w->raw)
		return arena_printf(g->arena, "%#" PRIx64, n);
	return arena_printf(g->arena, "BE(%u, %#" PRIx64 ")", 8 * w->n, n);
}

/* "k0 == 0x800 && (k1 & 0xf) == 5"; "1" where all matches. */
static const char *condition(struct xdp_gen *g, const struct key *key, const struct mdesc_fmt_row *r)
{
	const char *text = "";

	for (uint32_t i = 0; i < key->n_words; i++) {
		const struct word *w = &key->words[i];
		uint64_t value = 0, mask = 0, all = 0;

		for (uint32_t b = w->first; b < w->first + w->n; b++) {
			value = value << 8 | r->key_value[b];
			mask = mask << 8 | r->key_mask[b];
			all = all << 8 | 0xff;
		}
		if (mask == all)
			text = arena_printf(g->arena, "%s%sk%u == %s", text, *text ? " && " : "", i,
					    compared(g, w, value));
		else if (mask)
			text = arena_printf(g->arena, "%s%s(k%u & %s) == %s", text, *text ? " && " : "", i,
					    compared(g, w, mask), compared(g, w, value));
	}
	if (strstr(text, "&&"))
		return arena_printf(g->arena, "(%s)", text);
	return *text ? text : "1";
}

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
	xdp_put_ops(g, r->op_first, r->op_count);
	each_set(g, r, true);
	if (r->flags & MDESC_ROW_WITHIN)
		xdp_put_within(g, r);
	g->row = NULL;
}

static void put_row(struct xdp_gen *g, const struct mdesc_fmt_row *r)
{
	if (!(r->flags & MDESC_ROW_ABORT)) {
		put_action(g, r);
		put_next(g, &r->next);
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
	const struct mdesc_fmt_row *first = row_of(g, state, 0);
	uint32_t n = g->n_rows_of[state];

	if (!rg_matches_all(row_of(g, state, n - 1)) || (first->flags & MDESC_ROW_ABORT))
		return false;
	for (uint32_t i = 1; i < n; i++)
		if (!same_action(first, row_of(g, state, i), false))
			return false;
	return true;
}

static void put_rows(struct xdp_gen *g, const struct xdp_entry *e, const struct key *key)
{
	uint32_t n = g->n_rows_of[e->state];
	bool one = n && has_one_action(g, e->state);

	if (one)
		put_action(g, row_of(g, e->state, 0));
	for (uint32_t i = 0, same; i < n; i += same) {
		const struct mdesc_fmt_row *r = row_of(g, e->state, i);
		const char *when = condition(g, key, r);

		for (same = 1; i + same < n && same_action(r, row_of(g, e->state, i + same), true); same++)
			when = arena_printf(g->arena, "%s ||\n\t    %s", when,
					    condition(g, key, row_of(g, e->state, i + same)));
		if (rg_matches_all(row_of(g, e->state, i + same - 1)))
			xdp_line(g, "{");
		else
			xdp_line(g, "if (%s) {", when);
		if (one)
			put_next(g, &r->next);
		else
			put_row(g, r);
		xdp_line(g, "}");
		if (rg_matches_all(row_of(g, e->state, i + same - 1)))
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
	if (!s->max)
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
	struct key key;

	g->at = e;
	g->pending = xdp_is_pending(g, e->state);
	out_printf(g->out, "S%u_%u:	/* %s */\n", e->state, e->keys,
		   g->rows->states[e->state].name);
	xdp_line(g, "{");
	if (g->kind != XDP_FAST && (e->ways > 1 || e->back))
		xdp_line(g, "cur = mdesc_again(v, cur);");
	if (g->kind == XDP_THOROUGH)
		xdp_line(g, "if (cur > MDESC_CURSOR_MAX) %s", xdp_short(g));
	put_entry_counts(g, e);
	find_words(g, e, &key);
	put_key(g, e, &key);
	put_rows(g, e, &key);
	xdp_line(g, "}");
}

/* ---- the walker ---- */

static void put_begin(struct xdp_gen *g)
{
	if (g->kind == XDP_FAST) {
		xdp_line(g, "u64 cur = 0;");
		for (uint32_t i = 0; i < g->m->parser.n_instances; i++)
			if (g->headers[i].kept)
				xdp_line(g, "const u8 *q%u = 0;", i);
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
static void put_outside(struct xdp_gen *g, bool undo)
{
	const char *to = undo ? "undo" : "stop";

	out_printf(g->out, "outside%s:\n", undo ? "_undo" : "");
	xdp_line(g, "if (total > (u64)(data_end - data)) return MDESC_AGAIN;");
	if (g->kind == XDP_FAST)
		xdp_line(g, "%s", fail_of(g, MDESC_ERR_TRUNCATED, undo));
	else
		xdp_line(g, "v->error = %d;\n\tgoto %s;", MDESC_ERR_TRUNCATED, to);
}

/* The compiler would set errors early, for the case, if it saw what they are. */
static void put_fails(struct xdp_gen *g, bool undo)
{
	for (size_t i = 0; i < g->fails.n; i++) {
		const struct xdp_fail *f = &g->fails.p[i];

		if (f->undo != undo)
			continue;
		out_printf(g->out, "%s_%u:\n", undo ? "undo" : "fail", f->error);
		xdp_line(g, "v->error = %u;\n\tasm volatile(\"\" : \"+r\"(v->error));\n\tgoto %s;", f->error,
			 undo ? "undo" : "stop");
	}
}

static void put_end(struct xdp_gen *g)
{
	if (g->kind != XDP_FRAGS && g->has_hold)
		put_outside(g, true);
	if (g->kind != XDP_FRAGS)
		put_outside(g, false);
	put_fails(g, true);
	if (g->has_hold) {
		out_puts(g->out, "undo:\n");
		each_undone(g, true);
	}
	if (g->has_hold && g->kind == XDP_FAST)
		out_puts(g->out, "\tgoto stop;\n");
	put_fails(g, false);
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
				put_entry(g, &g->entries.p[i]);
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

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What a state compares: the bytes of its key are read into a few numbers, which
 * rows are comparisons of. Takes a label and its rows. Where all of a key must be
 * there, one check serves the key and the header, and numbers are compared as they
 * lie in memory; else bytes outside are zeros, one by one.
 */
#include <inttypes.h>
#include <string.h>

#include "rows_graph.h"
#include "xdp.h"

/* Whether the key is read at once: all of it must be there, and nothing but the packet's end limits it. */
static bool is_strict(const struct xdp_entry *e, const struct xdp_key *key)
{
	return key->all_needed && key->lo >= 0 && !e->limited;
}

static bool goes_on(const struct mdesc_fmt_keys *k, uint32_t i, uint32_t first)
{
	if (k->kind[i] != k->kind[first] || k->index[i] != k->index[first] || k->elem[i] != k->elem[first])
		return false;
	return (k->kind[i] == MDESC_SLOT_PACKET || k->kind[i] == MDESC_SLOT_HEADER) && i - first < 8 &&
	       k->off[i] == k->off[first] + (int)(i - first);
}

/* Of 3, 5, 6 or 7 bytes no number is made, but of each part that is one load. */
static void split_words(struct xdp_key *key)
{
	for (uint32_t i = 0; i < key->n_words; i++) {
		struct xdp_word w = key->words[i];
		uint32_t part = w.n >= 4 ? 4 : w.n >= 2 ? 2 : 1;

		if (key->k->kind[w.first] != MDESC_SLOT_PACKET || w.n == 8 || w.n == part)
			continue;
		memmove(&key->words[i + 1], &key->words[i], (key->n_words++ - i) * sizeof(w));
		key->words[i].n = part;
		key->words[i + 1].first += part;
		key->words[i + 1].n -= part;
	}
}

void xdp_find_key(const struct xdp_gen *g, const struct xdp_entry *e, struct xdp_key *key)
{
	const struct mdesc_fmt_keys *k = &g->rows->keys[e->keys];

	*key = (struct xdp_key){ .k = k, .need = g->rows->states[e->state].f.key_need, .lo = INT16_MAX, .hi = INT16_MIN,
			     .all_needed = true };
	for (uint32_t i = 0; i < k->count; i++) {
		struct xdp_word *w = key->n_words ? &key->words[key->n_words - 1] : NULL;

		if (w && goes_on(k, i, w->first))
			w->n++;
		else
			key->words[key->n_words++] = (struct xdp_word){ i, 1, false, false };
		if (k->kind[i] != MDESC_SLOT_PACKET)
			continue;
		key->packet = true;
		key->lo = k->off[i] < key->lo ? k->off[i] : key->lo;
		key->hi = k->off[i] + 1 > key->hi ? k->off[i] + 1 : key->hi;
		key->all_needed &= key->need >> i & 1;
	}
	if (is_strict(e, key) && g->kind != XDP_FRAGS)
		split_words(key);
	for (uint32_t i = 0; i < key->n_words; i++) {
		struct xdp_word *w = &key->words[i];

		for (uint32_t b = w->first; b < w->first + w->n; b++)
			for (uint32_t r = 0; r < g->n_rows_of[e->state]; r++)
				w->compared |= g->rows->rows[g->rows_of[e->state][r]].f.key_mask[b] != 0;
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
static void put_header_word(struct xdp_gen *g, const struct xdp_key *key, uint32_t idx)
{
	const struct xdp_word *w = &key->words[idx];
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
static void put_packet_words(struct xdp_gen *g, struct xdp_key *key, bool loose)
{
	for (uint32_t i = 0; i < key->n_words; i++) {
		struct xdp_word *w = &key->words[i];

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
static void put_packet_byte(struct xdp_gen *g, const struct xdp_key *key, uint32_t word, uint32_t i)
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

static void put_packet_bytes(struct xdp_gen *g, const struct xdp_key *key)
{
	for (uint32_t i = 0; i < key->n_words; i++) {
		const struct xdp_word *w = &key->words[i];

		for (uint32_t b = w->first; key->k->kind[w->first] == MDESC_SLOT_PACKET && b < w->first + w->n; b++)
			put_packet_byte(g, key, i, b);
	}
}

/* The packet's part of the key, where some of it need not be there. */
static void put_loose_key(struct xdp_gen *g, struct xdp_key *key)
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

/* Whether every packet that comes here finds a row, and all rows record the same header of some bytes. */
static bool has_one_header(const struct xdp_gen *g, uint32_t state)
{
	const struct mdesc_fmt_row *first = xdp_row_of(g, state, 0);
	uint32_t n = g->n_rows_of[state];
	uint8_t kind;

	if (!n || first->header == MDESC_FMT_NONE16 || !rg_matches_all(xdp_row_of(g, state, n - 1)))
		return false;
	kind = g->headers[first->header].f.kind;
	for (uint32_t i = 0; i < n; i++)
		if (xdp_row_of(g, state, i)->header != first->header)
			return false;
	return kind == MDESC_KIND_HEADER || kind == MDESC_KIND_PEEK;
}

void xdp_put_key(struct xdp_gen *g, const struct xdp_entry *e, struct xdp_key *key)
{
	bool one = has_one_header(g, e->state), strict = key->all_needed && key->lo >= 0;
	uint32_t fixed = one ? g->headers[xdp_row_of(g, e->state, 0)->header].f.fixed : 0;
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

/* ---- comparisons ---- */

static const char *compared(struct xdp_gen *g, const struct xdp_word *w, uint64_t n)
{
	if (!w->raw)
		return arena_printf(g->arena, "%#" PRIx64, n);
	return arena_printf(g->arena, "BE(%u, %#" PRIx64 ")", 8 * w->n, n);
}

const char *xdp_condition(struct xdp_gen *g, const struct xdp_key *key, const struct mdesc_fmt_row *r)
{
	const char *text = "";

	for (uint32_t i = 0; i < key->n_words; i++) {
		const struct xdp_word *w = &key->words[i];
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

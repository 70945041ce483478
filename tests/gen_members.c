/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Members of structs, unions and layouts. Keeps C's layout along the way (the
 * generator must know where pins can be and when metadata is full), and gives
 * every member of a description a name of its own.
 */
#include "gen_priv.h"

struct g_type *g_new_struct(struct gen *g, bool is_union, bool packed)
{
	struct g_type *t = arena_new_of(g->a, struct g_type);

	t->kind = is_union ? G_UNION : G_STRUCT;
	t->packed = packed;
	t->align = 1;
	return t;
}

struct g_member *g_member(struct gen *g)
{
	struct g_member *m = arena_new_of(g->a, struct g_member);

	m->bits = -1;
	m->pin = -1;
	return m;
}

/* ---- layout ---- */

static uint64_t round_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

static uint32_t member_size(const struct g_member *m)
{
	uint32_t n = m->type ? m->type->size : m->reserved;

	return n * (m->count ? m->count : 1) * (m->count2 ? m->count2 : 1);
}

/* Puts a member at its place and the struct's size right. */
void g_add(struct g_type *t, struct g_member *m)
{
	uint32_t align = t->packed || !m->type ? 1 : m->type->align;
	uint64_t at = t->pos, size, unit;

	if (m->bits >= 0) {
		unit = m->type->size * 8ull;
		if (m->pin >= 0)
			at = (uint64_t)m->pin * 8;
		else if (!m->bits || (!t->packed && at / unit != (at + (uint64_t)m->bits - 1) / unit))
			at = round_up(at, unit);
		size = (uint64_t)m->bits;
		if (!m->name)
			align = 1;
	} else {
		at = m->pin >= 0 ? (uint64_t)m->pin * 8 : round_up(at, align * 8ull);
		size = member_size(m) * 8ull;
	}
	m->at = at;
	if (t->kind == G_UNION) {
		if (size > t->pos)
			t->pos = size;
		t->pos = round_up(t->pos, 8);
	} else {
		t->pos = at + size;
	}
	if (align > t->align)
		t->align = align;
	t->size = (uint32_t)(round_up(t->pos, t->align * 8ull) / 8);
	if (m->type && g_strip(m->type)->has_tagged)
		t->has_tagged = true;
	if (m->type && m->inline_type && m->type->has_tagged)
		t->has_tagged = true;
	t->m[t->n++] = m;
}

/* ---- kinds of members ---- */

static struct g_type *builtin(struct gen *g, uint32_t first, uint32_t n)
{
	struct g_type *t = arena_new_of(g->a, struct g_type);

	*t = g_builtins[first + g_below(g, n)];
	return t;
}

static struct g_type *named(struct gen *g, unsigned kinds)
{
	struct g_type *t;

	for (int tries = 8; tries > 0 && g->n_types; tries--) {
		t = g->t[g_below(g, g->n_types)];
		if (kinds >> t->kind & 1)
			return t;
	}
	return NULL;
}

static void note_scalar(struct gen *g, const struct g_type *t)
{
	if (t->kind == G_BOOL)
		HIT(g, bool_type);
	else if (t->kind == G_MAC)
		HIT(g, mac);
	else if (t->kind == G_ENUM)
		HIT(g, enum_member);
	else if (t->kind == G_STRUCT || t->kind == G_UNION)
		HIT(g, member_struct);
	else if (t->order == G_BE)
		HIT(g, be);
	else if (t->order == G_LE)
		HIT(g, le);
	else if (t->order == G_RAW)
		HIT(g, raw);
	else if (t->is_signed)
		HIT(g, host_signed);
	else
		HIT(g, host_unsigned);
}

void g_attributes(struct gen *g, struct g_member *m)
{
	if (g_chance(g, 8)) {
		HIT(g, unit);
		m->unit = g_chance(g, 50) ? "ns" : "byte";
	}
	if (g_chance(g, 4)) {
		HIT(g, deprecated);
		m->attr = " deprecated \"use \\\"another\\\"\"";
	}
	m->doc = g_doc(g, "\t");
}

void g_pin(struct gen *g, struct g_type *t, struct g_member *m)
{
	uint64_t align = t->packed ? 1 : m->type ? m->type->align : 1;
	uint64_t at = round_up(t->pos, align * 8) / 8;

	if (t->kind == G_UNION || !g_chance(g, 8))
		return;
	HIT(g, pin);
	if ((g->kind & GEN_LAYOUT) && g_chance(g, 50)) {
		at += align * g_in(g, 1, 3);
		HIT(g, pin_gap);
	}
	if (t->packed && m->type && at % m->type->align)
		HIT(g, pin_odd);
	m->pin = (int64_t)at;
	if (!m->type)
		HIT(g, reserved_pin);
}

static void scalar(struct gen *g, struct g_type *t)
{
	struct g_member *m = g_member(g);

	m->type = g_chance(g, 30) ? named(g, 1u << G_ENUM | 1u << G_TYPEDEF) : NULL;
	if (!m->type)
		m->type = builtin(g, 0, 18);
	m->name = g_name(g, "m");
	note_scalar(g, g_strip(m->type));
	g_attributes(g, m);
	g_pin(g, t, m);
	g_add(t, m);
}

static void pointer(struct gen *g, struct g_type *t)
{
	struct g_type *to = named(g, 1u << G_STRUCT);
	struct g_member *m = g_member(g);

	if (!to || to->kind != G_STRUCT)
		return;
	m->type = arena_new_of(g->a, struct g_type);
	*m->type = (struct g_type){ .kind = G_PTR, .name = to->name, .to = to, .size = 8, .align = 8, .bits = 64 };
	m->name = g_name(g, "p");
	HIT(g, member_pointer);
	if ((g->kind & GEN_LAYOUT) && g_chance(g, 15)) {
		HIT(g, array_pointer);
		m->count = g_in(g, 1, 3);
	}
	g_attributes(g, m);
	g_add(t, m);
}

static void array(struct gen *g, struct g_type *t)
{
	struct g_member *m = g_member(g);
	uint32_t c = g_below(g, 10);

	if (c < 4)
		m->type = builtin(g, 0, 1);
	else if (c < 6)
		m->type = named(g, 1u << G_STRUCT | 1u << G_ENUM);
	else if (c == 6 && (g->kind & GEN_LAYOUT))
		m->type = builtin(g, 17, 1);
	if (!m->type)
		m->type = builtin(g, 0, 17);
	m->name = g_name(g, "a");
	m->count = g_in(g, 1, m->type->size > 8 ? 2 : 8);
	if ((g->kind & GEN_LAYOUT) && g_chance(g, 15)) {
		HIT(g, array_2d);
		m->count2 = g_in(g, 1, 3);
	}
	HIT(g, array);
	if (m->type->kind == G_STRUCT)
		HIT(g, array_struct);
	if (m->type->kind == G_MAC)
		HIT(g, array_mac);
	if (m->type->size == 1 && m->type->kind == G_INT && !m->type->is_signed)
		HIT(g, array_u8);
	g_attributes(g, m);
	g_pin(g, t, m);
	g_add(t, m);
}

static void bitfield(struct gen *g, struct g_type *t)
{
	struct g_member *m = g_member(g);
	struct g_type *e = g_chance(g, 25) ? named(g, 1u << G_ENUM) : NULL;

	m->name = g_name(g, "b");
	if (e && e->order == G_HOST) {
		m->type = e;
		for (m->bits = 1; !g_fits(e, (uint32_t)m->bits);)
			m->bits++;
		HIT(g, bitfield_enum);
	} else if (g_chance(g, 10)) {
		m->type = builtin(g, 16, 1);
		m->bits = 1;
		HIT(g, bitfield_bool);
	} else {
		m->type = builtin(g, 0, 8);
		m->bits = (int)g_in(g, m->type->is_signed ? 2 : 1, m->type->bits);
		if (m->type->is_signed)
			HIT(g, bitfield_signed);
	}
	HIT(g, bitfield);
	g_attributes(g, m);
	g_add(t, m);
	if (t->kind == G_STRUCT && g_chance(g, 15)) {
		m = g_member(g);
		m->type = builtin(g, 0, 4);
		m->bits = (g->kind & GEN_LAYOUT) && g_chance(g, 20) ? 0 : (int)g_in(g, 1, m->type->bits);
		if (m->bits)
			HIT(g, bitfield_unnamed);
		else
			HIT(g, bitfield_zero);
		g_add(t, m);
	}
}

static void reserved(struct gen *g, struct g_type *t)
{
	struct g_member *m = g_member(g);

	m->reserved = g_in(g, 1, 5);
	HIT(g, reserved);
	g_pin(g, t, m);
	if (m->pin >= 0 && !(g->kind & GEN_LAYOUT))
		m->pin = -1;
	g_add(t, m);
}

static void aggregate(struct gen *g, struct g_type *t, int depth)
{
	bool layout = g->kind & GEN_LAYOUT;
	bool is_union = g_chance(g, 45), anonymous = g_chance(g, 40);
	struct g_type *in = g_new_struct(g, is_union, layout && g_chance(g, 15));
	struct g_member *m = g_member(g);

	g_body(g, in, (int)g_in(g, 1, 3), depth + 1, 16);
	if (in->packed)
		HIT(g, inline_packed);
	m->type = in;
	m->inline_type = true;
	if (anonymous && is_union)
		HIT(g, inline_anon_union);
	else if (anonymous)
		HIT(g, inline_anon_struct);
	else if (is_union)
		HIT(g, inline_union);
	else
		HIT(g, inline_struct);
	if (!anonymous) {
		m->name = g_plain_name(g, "s");
		if (layout && g_chance(g, 30)) {
			m->behind = true;
			HIT(g, inline_behind);
			if (!in->has_tagged && g_chance(g, 50)) {
				m->count = g_in(g, 1, 3);
				HIT(g, inline_array);
			}
		}
	}
	m->doc = g_doc(g, "\t");
	g_add(t, m);
}

static void struct_member(struct gen *g, struct g_type *t)
{
	struct g_member *m = g_member(g);

	m->type = named(g, 1u << G_STRUCT | 1u << G_UNION);
	if (!m->type)
		return;
	m->name = g_name(g, "s");
	HIT(g, member_struct);
	g_attributes(g, m);
	m->unit = NULL;
	g_pin(g, t, m);
	g_add(t, m);
}

/* One member more, or several that belong together. */
void g_any_member(struct gen *g, struct g_type *t, int depth)
{
	uint32_t c = g_below(g, 100);

	if (c < 34)
		scalar(g, t);
	else if (c < 44)
		array(g, t);
	else if (c < 58)
		bitfield(g, t);
	else if (c < 66)
		g_word(g, t);
	else if (c < 70)
		pointer(g, t);
	else if (c < 75 && t->kind == G_STRUCT)
		reserved(g, t);
	else if (c < 81)
		struct_member(g, t);
	else if (c < 90 && depth < 2)
		aggregate(g, t, depth);
	else if (depth < 3 && t->kind == G_STRUCT)
		g_tagged(g, t, depth);
	else
		scalar(g, t);
}

/* Up to @members more, as long as the struct stays within @max_bytes; at least one. */
void g_body(struct gen *g, struct g_type *t, int members, int depth, uint32_t max_bytes)
{
	uint32_t counts[GEN_COVER_N];

	while (members-- > 0 && t->n < 40) {
		struct g_type before = *t;

		memcpy(counts, g->counts, sizeof(counts));
		g_any_member(g, t, depth);
		if (t->size > max_bytes) {
			*t = before;
			memcpy(g->counts, counts, sizeof(counts));
		}
	}
	if (!t->size) {
		struct g_member *m = g_member(g);

		m->type = builtin(g, 0, 1);
		m->name = g_plain_name(g, "m");
		g_add(t, m);
	}
	g_computed(g, t);
}

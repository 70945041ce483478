/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Operations as C: each LOAD begins a block of its own, which is left where what
 * it works on is not valid. Loads and stores are constant numbers of bytes at
 * constant places; the C compiler makes one instruction of what it can.
 */
#include <inttypes.h>

#include "xdp.h"

static uint64_t ones(uint32_t bits)
{
	return bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;
}

static const char *number(struct xdp_gen *g, uint64_t n)
{
	return arena_printf(g->arena, n < 10 ? "%" PRIu64 : n >> 31 ? "%#" PRIx64 "ull" : "%#" PRIx64, n);
}

/* ---- loads ---- */

const char *xdp_load(struct xdp_gen *g, const char *base, uint32_t from, uint32_t bytes)
{
	if (g->kind == XDP_FRAGS)
		return arena_printf(g->arena, "mdesc_far(ctx, %s + %u, %u)", base, from, bytes);
	return arena_printf(g->arena, "be%u(%s + %u)", bytes, base, from);
}

void xdp_put_reach(struct xdp_gen *g, const char *name, const char *off, uint32_t bytes, const char *fail)
{
	if (g->kind == XDP_FRAGS) {
		xdp_line(g, "const u64 %s = %s;", name, off);
		xdp_line(g, "if (%s + %u > total) %s", name, bytes, fail);
		return;
	}
	if (g->kind == XDP_THOROUGH && strcmp(off, "cur")) {
		xdp_line(g, "if ((u64)(%s) > MDESC_CURSOR_MAX) %s", off, fail);
		xdp_line(g, "const u8 *const %s = mdesc_at(data, (%s) & 0xffff);", name, off);
	} else if (xdp_points(g) && !strcmp(off, "cur")) {
		xdp_line(g, "const u8 *const %s = cp;", name);
	} else {
		xdp_line(g, "const u8 *const %s = mdesc_at(data, %s);", name, off);
	}
	xdp_line(g, "if (%s + %u > data_end) %s", name, bytes, fail);
}

/* Bits of a header, whose bytes are at @base, as a number. */
static const char *packet_bits(struct xdp_gen *g, const struct mdesc_fmt_op *o, const char *base)
{
	uint32_t from = o->bit / 8, bytes = (o->bit % 8 + o->width + 7u) / 8, shift = 8 * bytes - o->bit % 8 - o->width;
	const char *v;

	if (bytes == 9)		/* 64 bits or a few less that don't begin with a byte */
		v = arena_printf(g->arena, "(%s << %u | %s >> %u)", xdp_load(g, base, from, 8), 8 - shift,
				 xdp_load(g, base, from + 8, 1), shift);
	else if (shift)
		v = arena_printf(g->arena, "(%s >> %u)", xdp_load(g, base, from, bytes), shift);
	else
		v = xdp_load(g, base, from, bytes);
	if (o->width < 64 && (o->bit % 8 || bytes == 9))
		v = arena_printf(g->arena, "(%s & %s)", v, number(g, ones(o->width)));
	if (o->order == MDESC_ORDER_LE && o->width > 8)
		v = arena_printf(g->arena, "(__builtin_bswap64(%s) >> %u)", v, 64 - o->width);
	return v;
}

/* ---- operands ---- */

uint32_t xdp_register_at(const struct xdp_gen *g, uint32_t bit)
{
	const struct mdc_parser *p = &g->m->parser;
	uint32_t i = 0;

	while (i + 1 < p->n_registers &&
	       (bit < p->registers[i]->bit || bit >= p->registers[i]->bit + p->registers[i]->bits))
		i++;
	return i;
}

static const char *register_bits(struct xdp_gen *g, const struct mdesc_fmt_op *o)
{
	uint32_t idx = xdp_register_at(g, o->bit), lo = o->bit - g->m->parser.registers[idx]->bit;
	const char *v = arena_printf(g->arena, "v->r%u", idx);

	if (lo)
		v = arena_printf(g->arena, "(%s >> %u)", v, lo);
	if (lo + o->width < g->m->parser.registers[idx]->bits)
		v = arena_printf(g->arena, "(%s & %s)", v, number(g, ones(o->width)));
	return v;
}

/* Of a header; what leaves the block where it is not recorded goes first. */
static const char *header_operand(struct xdp_gen *g, const struct mdesc_fmt_op *o, uint32_t n)
{
	bool own = xdp_is_own(g, g->row, o);
	const char *slot, *name;

	if (o->operand == MDESC_OPERAND_PRESENT)
		return own ? "1" : arena_printf(g->arena, "(u64)(%s)", xdp_present(g, o->index, o->elem));
	if (own)
		return o->operand == MDESC_OPERAND_OFFSET ? "place" : o->operand == MDESC_OPERAND_LENGTH ? "len" :
		       packet_bits(g, o, "own");
	slot = xdp_slot_name(g, o->index, o->elem);
	xdp_line(g, "if (!(%s)) break;", xdp_present(g, o->index, o->elem));
	if (o->operand == MDESC_OPERAND_OFFSET)
		return arena_printf(g->arena, xdp_points(g) ? "(u64)(q%s - data)" : "v->o%s", slot);
	if (o->operand == MDESC_OPERAND_LENGTH)
		return arena_printf(g->arena, "v->l%s", slot);
	if ((o->bit + o->width + 7u) / 8 <= xdp_known(g, o->index))
		return packet_bits(g, o, arena_printf(g->arena, "q%u", o->index));
	name = arena_printf(g->arena, "at%u", n);
	xdp_put_reach(g, name, arena_printf(g->arena, "v->o%s", slot), (o->bit + o->width + 7) / 8, xdp_short(g));
	return packet_bits(g, o, name);
}

static const char *operand(struct xdp_gen *g, const struct mdesc_fmt_op *o, uint32_t n)
{
	switch (o->operand) {
	case MDESC_OPERAND_CONST:
		return number(g, o->imm);
	case MDESC_OPERAND_SOURCE:
		return arena_printf(g->arena, "v->src%u", o->index);
	case MDESC_OPERAND_COUNT:
		return arena_printf(g->arena, "v->n%u", o->index);
	case MDESC_OPERAND_PKTLEN:
		return "(total & 0xffff)";
	case MDESC_OPERAND_ERROR:
		return "v->error";
	case MDESC_OPERAND_REMAINING:
		xdp_line(g, g->has_limit ? "if (!v->lim) break;" : "break;");
		return g->has_limit ? "(v->lim - cur)" : "0";
	case MDESC_OPERAND_CLASS:
		return arena_printf(g->arena, "v->c%u", o->index);
	case MDESC_OPERAND_REGISTER:
		return register_bits(g, o);
	case MDESC_OPERAND_TRUNCATED:
		return arena_printf(g->arena, "(u64)(v->error == %u)", MDESC_ERR_TRUNCATED);
	default:
		return header_operand(g, o, n);
	}
}

/* ---- stores ---- */

static bool has_function(uint32_t bytes)
{
	return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

/* Marks whose bits a rule's store meets; by byte of its container the bits that each spares it. */
struct spared {
	uint32_t mark;
	uint8_t mask[9];
	bool all;
};

static uint32_t find_spared(struct xdp_gen *g, const struct mdesc_fmt_op *o, struct spared *list)
{
	uint8_t mine[9], its[9];
	uint32_t n = 0;

	xdp_store_mask(o->order, o->bytes, o->width, o->shift, mine);
	for (uint32_t i = 0; !g->row && i < g->marks.n; i++) {
		const struct xdp_mark *m = &g->marks.p[i];
		bool meets = false, all = true;

		xdp_store_mask(m->order, m->bytes, m->width, m->shift, its);
		for (uint32_t b = 0; b < o->bytes; b++) {
			int64_t at = (int64_t)o->bit / 8 + b - m->bit / 8;
			uint8_t bits = at >= 0 && at < m->bytes ? its[at] & mine[b] : 0;

			list[n].mask[b] = bits;
			meets |= bits;
			all &= bits == mine[b];
		}
		list[n].mark = i;
		list[n].all = all;
		n += meets;
	}
	return n;
}

/* Byte by byte. */
static void store_bytes(struct xdp_gen *g, const struct mdesc_fmt_op *o, const struct spared *list, uint32_t n)
{
	uint8_t mask[9];

	xdp_store_mask(o->order, o->bytes, o->width, o->shift, mask);
	xdp_line(g, "a &= %s;", number(g, ones(o->width)));
	for (uint32_t i = 0; i < o->bytes; i++) {
		uint32_t at = o->order >= MDESC_ORDER_BE ? o->bytes - 1u - i : i, to = o->bit / 8 + at;
		int by = (int)(8 * i) - (int)o->shift;

		if (!mask[at])
			continue;
		xdp_line(g, "{");
		xdp_line(g, "u8 mask = %#x;", mask[at]);
		for (uint32_t k = 0; k < n; k++)
			if (list[k].mask[at])
				xdp_line(g, "if (v->w%u) mask &= (u8)~%#x;", list[k].mark, list[k].mask[at]);
		xdp_line(g, "m[%u] = (m[%u] & ~mask) | ((u8)(a %s %d) & mask);", to, to, by < 0 ? "<<" : ">>",
			 by < 0 ? -by : by);
		xdp_line(g, "}");
	}
}

static void put_store(struct xdp_gen *g, const struct mdesc_fmt_op *o)
{
	const char *order = o->order >= MDESC_ORDER_BE ? "be" : "le";
	bool whole = !o->shift && o->width == 8 * o->bytes;
	struct spared *list = arena_array(g->arena, struct spared, g->marks.n + 1);
	uint32_t n = find_spared(g, o, list), at = o->bit / 8;
	uint64_t mask = ones(o->width) << o->shift;
	int mark = g->row ? xdp_mark_of(g, o) : -1;

	for (uint32_t i = 0; i < n; i++) {
		if (!list[i].all)
			continue;
		xdp_line(g, "if (v->w%u) break;", list[i].mark);
		list[i--] = list[--n];
	}
	if (n || !has_function(o->bytes))
		store_bytes(g, o, list, n);
	else if (whole)
		xdp_line(g, "put_%s%u(m + %u, a);", order, o->bytes, at);
	else
		xdp_line(g, "put_%s%u(m + %u, (get_%s%u(m + %u) & ~%s) | ((a << %u) & %s));", order, o->bytes, at,
			 order, o->bytes, at, number(g, mask), o->shift, number(g, mask));
	if (mark >= 0)
		xdp_line(g, "v->w%d = 1;", mark);
}

static void put_set(struct xdp_gen *g, const struct mdesc_fmt_op *o)
{
	uint32_t idx = xdp_register_at(g, o->bit), lo = o->bit - g->m->parser.registers[idx]->bit;
	uint64_t mask = ones(o->width) << lo;

	if (o->op == MDESC_OP_RAISE)
		xdp_line(g, "if (a & 1) v->s%u = 1;", idx);
	else
		xdp_line(g, "v->s%u = (v->s%u & ~%s) | ((a << %u) & %s);", idx, idx, number(g, mask), lo,
			 number(g, mask));
}

static void put_key(struct xdp_gen *g, const struct mdesc_fmt_op *o)
{
	uint32_t word = o->bit / 64, lo = o->bit % 64;

	xdp_line(g, "k%u |= (a & %s) << %u;", word, number(g, ones(o->width)), lo);
	if (lo + o->width > 64)
		xdp_line(g, "k%u |= (a & %s) >> %u;", word + 1, number(g, ones(o->width)), 64 - lo);
}

/* ---- lists ---- */

static void put_op(struct xdp_gen *g, const struct mdesc_fmt_op *o, uint32_t n)
{
	switch (o->op) {
	case MDESC_OP_ADD:
		xdp_line(g, "a += %s;", operand(g, o, n));
		break;
	case MDESC_OP_SUB:
		xdp_line(g, "a -= %s;", operand(g, o, n));
		break;
	case MDESC_OP_AND:
		xdp_line(g, "a &= %s;", number(g, o->imm));
		break;
	case MDESC_OP_SHL:
		xdp_line(g, "a <<= %u;", (unsigned int)o->imm);
		break;
	case MDESC_OP_SHR:
		xdp_line(g, "a >>= %u;", (unsigned int)o->imm);
		break;
	case MDESC_OP_EQ:
		xdp_line(g, "a = a == %s;", number(g, o->imm));
		break;
	case MDESC_OP_STORE:
		put_store(g, o);
		break;
	case MDESC_OP_KEY:
		put_key(g, o);
		break;
	default:
		put_set(g, o);
	}
}

void xdp_put_ops(struct xdp_gen *g, uint32_t first, uint32_t count)
{
	const struct mdesc_fmt_op *ops = count ? &g->rows->ops[first] : NULL;

	for (uint32_t i = 0, n; i < count; i += n) {
		const char *v;

		xdp_line(g, "do {");
		v = operand(g, &ops[i], i);
		xdp_line(g, "u64 a = %s;", v);
		for (n = 1; i + n < count && ops[i + n].op != MDESC_OP_LOAD; n++)
			put_op(g, &ops[i + n], i + n);
		xdp_line(g, "} while (0);");
	}
}

bool xdp_reads_own(const struct xdp_gen *g, const struct mdesc_fmt_row *r)
{
	for (uint32_t i = r->op_first; i < r->op_first + r->op_count; i++) {
		const struct mdesc_fmt_op *o = &g->rows->ops[i];

		if (o->op <= MDESC_OP_SUB && o->operand == MDESC_OPERAND_PACKET && xdp_is_own(g, r, o))
			return true;
	}
	return false;
}

/* ---- classifications ---- */

static uint64_t key_word(const uint8_t *bytes)
{
	uint64_t n = 0;

	for (int i = 7; i >= 0; i--)
		n = n << 8 | bytes[i];
	return n;
}

void xdp_put_class(struct xdp_gen *g, uint32_t idx)
{
	const struct mdc_class_table *t = &g->rows->classes[idx];

	xdp_line(g, "{");
	xdp_line(g, "u64 k0 = 0, k1 = 0;");
	xdp_put_ops(g, t->op_first, t->op_count);
	for (uint32_t i = 0; i < t->row_count; i++) {
		const struct mdesc_fmt_class_row *r = &g->rows->class_lines[t->row_first + i].f;
		uint64_t m0 = key_word(r->mask), m1 = key_word(r->mask + 8);

		xdp_line(g, "%sif ((k0 & %s) == %s && (k1 & %s) == %s) v->c%u = %s;", i ? "else " : "", number(g, m0),
			 number(g, key_word(r->value)), number(g, m1), number(g, key_word(r->value + 8)), idx,
			 number(g, r->result));
	}
	xdp_line(g, "%sv->c%u = %s;", t->row_count ? "else " : "", idx,
		 number(g, g->m->parser.classes[idx]->otherwise));
	xdp_line(g, "}");
}

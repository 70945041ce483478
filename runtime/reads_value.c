/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * One instruction: takes what registers and stack slots can hold before it, gives
 * what they can hold after it, and notes which bytes of the metadata it reads.
 * Pointers are followed through additions, the stack and the difference of
 * data and data_meta; where one goes where it cannot be followed, all is read.
 */
#include <string.h>

#include "core_flow.h"
#include "reads.h"

/* Of atomic operations. */
#define FETCH		0x01
#define COMPARE_EXCHANGE 0xf1
#define LOAD_ACQUIRE	0x100

/* Of xdp_md. */
enum { CTX_DATA = 0, CTX_DATA_META = 8, CTX_FIELD = 4 };

static const char mixed[] = "it has one pointer for the metadata and for other memory";
static const struct rv other = { .kind = RV_OTHER };

static struct rv number(int64_t n)
{
	return (struct rv){ .kind = RV_NUMBER, .lo = n, .hi = n };
}

static void give_up(struct rv_at *at, const char *why)
{
	if (!at->reads->why)
		at->reads->why = why;
}

/* Pointers that lead to the metadata. */
static bool leads_there(const struct rv *v)
{
	return v->kind == RV_CTX || rv_is_meta(v) || v->kind == RV_MIXED;
}

/* ---- what is read ---- */

static void read_from(struct reads *r, bool *set, int64_t lo, int64_t hi, bool backwards)
{
	int64_t i;

	if (lo < -READS_BYTES || hi > READS_BYTES) {
		r->all = true;
		return;
	}
	for (i = lo; i < hi; i++)
		if (backwards && i < 0)
			set[-i - 1] = true;
		else if (!backwards && i >= 0 && i < READS_BYTES)
			set[i] = true;
}

/* @bytes bytes at @v and @off, wherever in its range. */
static void note_read(struct rv_at *at, const struct rv *v, int64_t off, int64_t bytes)
{
	struct reads *r = at->reads;

	if (v->kind == RV_MOVED)
		r->all = true;
	else if (v->kind == RV_BEGIN)
		read_from(r, r->from_begin, v->lo + off, v->hi + off + bytes, false);
	else if (v->kind == RV_END)
		read_from(r, r->from_end, v->lo + off, v->hi + off + bytes, true);
}

/* All from there on. */
static void note_read_on(struct rv_at *at, const struct rv *v)
{
	if (v->kind == RV_BEGIN)
		note_read(at, v, 0, READS_BYTES - v->hi);
	else if (v->kind == RV_END)
		note_read(at, v, 0, v->hi < 0 ? -v->hi : 0);
	else
		note_read(at, v, 0, 1);
}

bool reads_any(const struct reads *r, uint32_t size, uint32_t at, uint32_t bytes)
{
	uint32_t i;

	if (r->why || r->all || size > READS_BYTES || bytes > size || at > size - bytes)
		return true;
	for (i = at; i < at + bytes; i++)
		if (r->from_begin[i] || r->from_end[size - 1 - i])
			return true;
	return false;
}

/* ---- joining ---- */

static bool same(const struct rv *a, const struct rv *b)
{
	return a->kind == b->kind && a->vague == b->vague && a->lo == b->lo && a->hi == b->hi;
}

/* Offsets of either; not known, where they are too many. */
static void join_offsets(struct rv *to, const struct rv *from, bool widen)
{
	if (widen && (from->lo < to->lo || from->hi > to->hi)) {
		to->lo = -READS_ANYWHERE;
		to->hi = READS_ANYWHERE;
	}
	to->lo = from->lo < to->lo ? from->lo : to->lo;
	to->hi = from->hi > to->hi ? from->hi : to->hi;
}

static bool is_plain(const struct rv *v)
{
	return v->kind == RV_OTHER || v->kind == RV_NUMBER || v->kind == RV_LENGTH || v->kind == RV_LENGTH_HIGH ||
	       v->kind == RV_DATA;
}

bool rv_join(struct rv *to, const struct rv *from, bool widen)
{
	struct rv was = *to;

	if (from->kind == RV_NONE || same(to, from))
		return false;
	if (to->kind == RV_NONE) {
		*to = *from;
	} else if (is_plain(to) && is_plain(from)) {
		*to = other;
	} else if (is_plain(from)) {
		to->vague = true;
	} else if (is_plain(to)) {
		*to = *from;
		to->vague = true;
	} else if (to->kind == from->kind && rv_is_meta(to)) {
		join_offsets(to, from, widen);
		to->vague |= from->vague;
	} else if (to->kind == RV_STACK && from->kind == RV_STACK) {
		*to = (struct rv){ .kind = RV_STACK, .vague = true };
	} else if (rv_is_meta(to) && rv_is_meta(from)) {
		*to = (struct rv){ .kind = RV_MOVED, .vague = true };
	} else {
		*to = (struct rv){ .kind = RV_MIXED, .vague = true };
	}
	return !same(to, &was);
}

/* ---- arithmetic ---- */

static bool fold(uint8_t op, bool is64, uint64_t a, uint64_t b, uint64_t *r)
{
	uint32_t bits = is64 ? 63 : 31;

	if (!is64) {
		a = (uint32_t)a;
		b = (uint32_t)b;
	}
	switch (op) {
	case BPF_ADD: *r = a + b; break;
	case BPF_SUB: *r = a - b; break;
	case BPF_MUL: *r = a * b; break;
	case BPF_OR: *r = a | b; break;
	case BPF_AND: *r = a & b; break;
	case BPF_XOR: *r = a ^ b; break;
	case BPF_LSH: *r = a << (b & bits); break;
	case BPF_RSH: *r = a >> (b & bits); break;
	case BPF_ARSH: *r = is64 ? (uint64_t)((int64_t)a >> (b & bits)) : (uint64_t)((int32_t)a >> (b & bits)); break;
	default: return false;
	}
	if (!is64)
		*r = (uint32_t)*r;
	return true;
}

/* A pointer, or a length, and a number that may be known. */
static struct rv moved_by(struct rv p, const struct rv *by, int sign)
{
	bool known = by->kind == RV_NUMBER && by->lo >= -READS_ANYWHERE && by->lo <= READS_ANYWHERE;

	if (known) {
		p.lo += sign * by->lo;
		p.hi += sign * by->lo;
	}
	known &= p.lo >= -READS_ANYWHERE && p.hi <= READS_ANYWHERE;
	if (known)
		return p;
	if (!rv_is_meta(&p) && p.kind != RV_STACK)
		return other;
	p.vague = true;
	p.lo = p.kind == RV_STACK ? 0 : -READS_ANYWHERE;
	p.hi = p.kind == RV_STACK ? 0 : READS_ANYWHERE;
	return p;
}

/* The metadata's begin and its length are its end. */
static struct rv add(const struct rv *a, const struct rv *b)
{
	if (b->kind > a->kind) {
		const struct rv *c = a;

		a = b;
		b = c;
	}
	if ((a->kind == RV_BEGIN || a->kind == RV_MOVED) && b->kind == RV_LENGTH)
		return (struct rv){ .kind = RV_END, .lo = a->lo + b->lo, .hi = a->hi + b->lo };
	return moved_by(*a, b, 1);
}

static struct rv subtract(const struct rv *a, const struct rv *b)
{
	/* Where the program has moved it, too: both are of the same moment. */
	if (a->kind == RV_DATA && (b->kind == RV_BEGIN || b->kind == RV_MOVED) && b->lo == b->hi && !b->vague)
		return (struct rv){ .kind = RV_LENGTH, .lo = a->lo - b->lo };
	if (rv_is_meta(b) || b->kind == RV_CTX || b->kind == RV_DATA || b->kind == RV_STACK)
		return other;	/* a distance */
	return moved_by(*a, b, -1);
}

/* Old compilers cut a number to 32 bits by two shifts. The verifier has seen that no length is so long. */
static bool is_cut(uint8_t op, bool is64, const struct rv *a, const struct rv *b, struct rv *r)
{
	*r = *a;
	if (!is64 || b->kind != RV_NUMBER || b->lo != 32)
		return false;
	if (op == BPF_LSH && a->kind == RV_LENGTH)
		r->kind = RV_LENGTH_HIGH;
	else if ((op == BPF_RSH || op == BPF_ARSH) && a->kind == RV_LENGTH_HIGH)
		r->kind = RV_LENGTH;
	else
		return false;
	return true;
}

static struct rv binary(struct rv_at *at, uint8_t op, bool is64, const struct rv *a, const struct rv *b)
{
	bool length = a->kind == RV_LENGTH && b->kind == RV_NUMBER;
	struct rv cut;
	uint64_t r;

	if (a->kind == RV_NUMBER && b->kind == RV_NUMBER && fold(op, is64, (uint64_t)a->lo, (uint64_t)b->lo, &r))
		return number((int64_t)r);
	if (is_cut(op, is64, a, b, &cut))
		return cut;
	if (a->kind == RV_MIXED || b->kind == RV_MIXED)
		give_up(at, mixed);
	if ((a->kind == RV_CTX && b->kind != RV_NUMBER) || (b->kind == RV_CTX && a->kind != RV_NUMBER))
		give_up(at, "it computes with the context's address");
	if (op == BPF_ADD && (is64 || length))
		return add(a, b);
	if (op == BPF_SUB && (is64 || length))
		return subtract(a, b);
	if (leads_there(a) || leads_there(b))
		give_up(at, "it computes with the metadata's address");
	if (a->kind == RV_STACK)
		return (struct rv){ .kind = RV_STACK, .vague = true };
	return other;
}

static struct rv move(struct rv_at *at, const struct bpf_insn *insn, bool is64, const struct rv *src)
{
	if (src->kind == RV_NUMBER && !insn->off)
		return is64 ? *src : number((uint32_t)src->lo);
	if (is64 && !insn->off)
		return *src;
	if (src->kind == RV_LENGTH && !insn->off)
		return *src;
	if (leads_there(src))
		give_up(at, "it computes with the metadata's address");
	return other;
}

static void step_alu(struct rv_at *at, const struct bpf_insn *insn, struct rv_state *st)
{
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	uint8_t op = BPF_OP(insn->code);
	struct rv *dst = &st->reg[insn->dst_reg], src = number(insn->imm);

	if (BPF_SRC(insn->code) == BPF_X && op != BPF_NEG && op != BPF_END)
		src = st->reg[insn->src_reg];
	if (op == BPF_MOV)
		*dst = move(at, insn, is64, &src);
	else if (op != BPF_NEG && op != BPF_END && !insn->off)
		*dst = binary(at, op, is64, dst, &src);
	else if (leads_there(dst) || leads_there(&src))
		give_up(at, "it computes with the metadata's address");
	else
		*dst = other;
}

/* ---- memory ---- */

static uint32_t width(const struct bpf_insn *insn)
{
	static const uint8_t bytes[] = { 4, 2, 1, 8 };

	return bytes[BPF_SIZE(insn->code) >> 3];
}

/* The whole slot that an access means; READS_SLOTS: none. */
static uint32_t slot_of(const struct rv *base, int64_t off, uint32_t bytes)
{
	off += base->lo + 8 * READS_SLOTS;
	return !base->vague && bytes == 8 && off >= 0 && off < 8 * READS_SLOTS && !(off & 7) ? (uint32_t)off / 8 :
	       READS_SLOTS;
}

static bool holds_any(const struct rv_state *st)
{
	uint32_t i;

	for (i = 0; i < READS_SLOTS; i++)
		if (leads_there(&st->slot[i]))
			return true;
	return false;
}

static struct rv load_ctx(const struct rv_state *st, int64_t off)
{
	if (off >= CTX_DATA_META && off < CTX_DATA_META + CTX_FIELD)
		return (struct rv){ .kind = st->moved ? RV_MOVED : RV_BEGIN };
	if (off >= CTX_DATA && off < CTX_DATA + CTX_FIELD)
		return (struct rv){ .kind = RV_DATA };
	return other;
}

static struct rv load(struct rv_at *at, const struct rv *base, int64_t off, uint32_t bytes, const struct rv_state *st)
{
	uint32_t slot;

	switch (base->kind) {
	case RV_CTX:
		return load_ctx(st, base->lo + off);
	case RV_BEGIN:
	case RV_MOVED:
	case RV_END:
		note_read(at, base, off, bytes);
		return other;
	case RV_STACK:
		slot = slot_of(base, off, bytes);
		if (slot < READS_SLOTS)
			return st->slot[slot];
		if (base->vague && holds_any(st))
			give_up(at, "it keeps the metadata's address in an array");
		return other;
	case RV_MIXED:
		give_up(at, mixed);
		return other;
	default:
		return other;
	}
}

/* What memory of the stack holds now is not known. Addresses stay: the verifier knows where they are. */
static void forget_numbers(struct rv_state *st)
{
	uint32_t i;

	for (i = 0; i < READS_SLOTS; i++)
		if (!leads_there(&st->slot[i]) && st->slot[i].kind != RV_STACK)
			st->slot[i] = other;
}

static void store(struct rv_at *at, const struct rv *base, int64_t off, uint32_t bytes, const struct rv *value,
		  struct rv_state *st)
{
	uint32_t slot = slot_of(base, off, bytes), i;
	int64_t from = base->lo + off + 8 * READS_SLOTS;

	if (base->kind == RV_STACK && slot < READS_SLOTS) {
		st->slot[slot] = *value;
		return;
	}
	if (base->kind == RV_MIXED)
		give_up(at, mixed);
	if (leads_there(value))
		give_up(at, "it stores the metadata's address");
	if (base->kind != RV_STACK)
		return;
	if (base->vague || from < 0 || from + bytes > 8 * READS_SLOTS) {
		forget_numbers(st);
		return;
	}
	for (i = (uint32_t)from / 8; i <= ((uint32_t)from + bytes - 1) / 8; i++)
		if (!leads_there(&st->slot[i]))
			st->slot[i] = other;
}

static void step_store(struct rv_at *at, const struct bpf_insn *insn, struct rv_state *st)
{
	struct rv value = number(insn->imm), *base = &st->reg[insn->dst_reg];
	bool atomic = BPF_CLASS(insn->code) == BPF_STX && BPF_MODE(insn->code) != BPF_MEM;

	if (BPF_CLASS(insn->code) == BPF_STX)
		value = st->reg[insn->src_reg];
	if (atomic && insn->imm == LOAD_ACQUIRE) {
		*base = load(at, &value, insn->off, width(insn), st);
		return;
	}
	if (!atomic) {
		store(at, base, insn->off, width(insn), &value, st);
		return;
	}
	if (leads_there(&value) || (insn->imm == COMPARE_EXCHANGE && leads_there(&st->reg[0])))
		give_up(at, "it stores the metadata's address");
	load(at, base, insn->off, width(insn), st);
	store(at, base, insn->off, width(insn), &other, st);
	if (insn->imm == COMPARE_EXCHANGE)
		st->reg[0] = other;
	else if (insn->imm & FETCH)
		st->reg[insn->src_reg] = other;
}

/* ---- calls ---- */

/* Helpers that take the context and give nothing of what is in front of the packet. */
static bool takes_ctx(int32_t helper)
{
	static const int32_t known[] = {
		BPF_FUNC_perf_event_output, BPF_FUNC_xdp_adjust_head, BPF_FUNC_xdp_adjust_meta,
		BPF_FUNC_xdp_adjust_tail, BPF_FUNC_fib_lookup, BPF_FUNC_sk_lookup_tcp, BPF_FUNC_sk_lookup_udp,
		BPF_FUNC_skc_lookup_tcp, 163 /* check_mtu */, 188 /* xdp_get_buff_len */, 189 /* xdp_load_bytes */,
		190 /* xdp_store_bytes */,
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] == helper)
			return true;
	return false;
}

/* (to, size, from) */
static bool reads_memory(int32_t helper)
{
	return helper == BPF_FUNC_probe_read || helper == BPF_FUNC_probe_read_kernel;
}

void rv_hand_over(struct rv_at *at, struct rv_state *st)
{
	bool stack = false;
	uint32_t i;

	for (i = 1; i <= 5; i++)
		stack |= st->reg[i].kind == RV_STACK || st->reg[i].kind == RV_MIXED;
	if (stack && holds_any(st))
		give_up(at, "it hands memory to a function that may hold the metadata's address");
	if (stack)
		forget_numbers(st);
}

/* A length from before means nothing any more. */
void rv_moved(struct rv_state *st)
{
	uint32_t i;

	st->moved = true;
	for (i = 0; i < 11; i++)
		if (st->reg[i].kind == RV_LENGTH || st->reg[i].kind == RV_LENGTH_HIGH)
			st->reg[i] = other;
	for (i = 0; i < READS_SLOTS; i++)
		if (st->slot[i].kind == RV_LENGTH || st->slot[i].kind == RV_LENGTH_HIGH)
			st->slot[i] = other;
}

/* A helper that is given an address of the metadata reads on from there, or just so many bytes. */
static void note_helper(struct rv_at *at, const struct bpf_insn *insn, struct rv_state *st)
{
	uint32_t i;

	for (i = 1; i <= flow_helper_args(insn); i++) {
		const struct rv *v = &st->reg[i];

		if (v->kind == RV_MIXED)
			give_up(at, mixed);
		if (v->kind == RV_CTX && !takes_ctx(insn->imm))
			give_up(at, insn->imm == BPF_FUNC_tail_call ? "it makes tail calls, and what these lead to is "
				"not known" : "it hands the context to a helper that may read all");
		if (!rv_is_meta(v))
			continue;
		if (reads_memory(insn->imm) && i == 3 && st->reg[2].kind == RV_NUMBER && st->reg[2].lo >= 0 &&
		    st->reg[2].lo <= READS_BYTES)
			note_read(at, v, 0, st->reg[2].lo);
		else
			note_read_on(at, v);
	}
	if (insn->imm == BPF_FUNC_xdp_adjust_meta)
		at->calls |= RV_CALLS_ADJUST_META;
	if (insn->imm == BPF_FUNC_xdp_adjust_head)
		at->calls |= RV_CALLS_ADJUST_HEAD;
	if (insn->imm == BPF_FUNC_xdp_adjust_meta)
		rv_moved(st);
}

/* Helpers that call a function of the program. */
static bool calls_back(int32_t helper)
{
	return helper == 164 || helper == 170 || helper == 180 || helper == 181 || helper == 209;
}

static void step_call(struct rv_at *at, const struct bpf_insn *insn, struct rv_state *st)
{
	uint32_t i;

	if (insn->src_reg || calls_back(insn->imm))
		rv_hand_over(at, st);
	if (!insn->src_reg) {
		note_helper(at, insn, st);
	} else {
		for (i = 1; i <= 5; i++)
			if (leads_there(&st->reg[i]))
				give_up(at, "it hands the metadata's address, or the context, to a function of the "
					"kernel");
	}
	for (i = 1; i <= 5; i++)
		if (st->reg[i].kind == RV_STACK) {
			forget_numbers(st);
			break;
		}
	for (i = 0; i <= 5; i++)
		st->reg[i] = other;
}

/* ---- one instruction ---- */

void rv_step(struct rv_at *at, const struct bpf_insn *insn, struct rv_state *st)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		step_alu(at, insn, st);
		return;
	case BPF_LD:
		if (insn->code != (BPF_LD | BPF_IMM | BPF_DW))
			give_up(at, "it has an instruction that is not known");
		else if (insn->src_reg)
			st->reg[insn->dst_reg] = other;
		else
			st->reg[insn->dst_reg] = number((int64_t)((uint64_t)(uint32_t)insn[1].imm << 32 |
								  (uint32_t)insn->imm));
		return;
	case BPF_LDX:
		st->reg[insn->dst_reg] = load(at, &st->reg[insn->src_reg], insn->off, width(insn), st);
		return;
	case BPF_ST:
	case BPF_STX:
		step_store(at, insn, st);
		return;
	default:
		if (BPF_OP(insn->code) == BPF_CALL)
			step_call(at, insn, st);
	}
}

/* ---- branches ---- */

int rv_branch(const struct bpf_insn *insn, const struct rv_state *st)
{
	const struct rv imm = number(insn->imm), *a = &st->reg[insn->dst_reg], *b = &imm;

	if (BPF_SRC(insn->code) == BPF_X)
		b = &st->reg[insn->src_reg];
	if (a->kind != RV_NUMBER || b->kind != RV_NUMBER)
		return -1;
	return flow_compare(insn, (uint64_t)a->lo, (uint64_t)b->lo);
}

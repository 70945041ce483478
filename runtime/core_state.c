/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * One instruction: takes what is known of registers and stack before it, gives
 * what is known after it. Constants are followed as the verifier does, through
 * arithmetic, branches and spilled registers, never further; everything else
 * becomes unknown.
 */
#include <string.h>

#include "core_flow.h"

#define BPF_JCOND_OP	0xe0	/* may_goto */
#define BPF_MEMSX_MODE	0x80

static const struct av unknown = { .kind = AV_UNKNOWN };

static struct av constant(int64_t num, uint8_t flags)
{
	return (struct av){ .kind = AV_CONST, .num = num, .flags = flags };
}

static struct av tainted(uint8_t flags)
{
	return (struct av){ .kind = AV_UNKNOWN, .flags = flags & AV_TAINT };
}

void flow_entry(const struct flow_code *c, struct flow_state *st)
{
	uint32_t i;

	memset(st, 0, sizeof(*st));
	for (i = 0; i < 10; i++)
		st->reg[i] = tainted(AV_TAINT);
	if (c->o->funcs[c->func].is_prog)
		st->reg[1] = (struct av){ .kind = AV_PTR, .region = CORE_CTX };
	st->reg[10] = (struct av){ .kind = AV_PTR, .region = CORE_STACK, .flags = AV_FIXED };
	for (i = 0; i < FLOW_SLOTS; i++)
		st->slot[i] = tainted(AV_TAINT);
}

/* ---- arithmetic ---- */

static bool fold64(uint8_t op, uint64_t a, uint64_t b, uint64_t *r)
{
	switch (op) {
	case BPF_ADD: *r = a + b; return true;
	case BPF_SUB: *r = a - b; return true;
	case BPF_MUL: *r = a * b; return true;
	case BPF_DIV: *r = b ? a / b : 0; return true;
	case BPF_MOD: *r = b ? a % b : a; return true;
	case BPF_OR: *r = a | b; return true;
	case BPF_AND: *r = a & b; return true;
	case BPF_XOR: *r = a ^ b; return true;
	case BPF_LSH: *r = a << (b & 63); return true;
	case BPF_RSH: *r = a >> (b & 63); return true;
	case BPF_ARSH: *r = (uint64_t)((int64_t)a >> (b & 63)); return true;
	case BPF_NEG: *r = -a; return true;
	default: return false;
	}
}

static bool fold32(uint8_t op, uint32_t a, uint32_t b, uint64_t *r)
{
	uint64_t wide;

	switch (op) {
	case BPF_LSH: *r = (uint32_t)(a << (b & 31)); return true;
	case BPF_RSH: *r = a >> (b & 31); return true;
	case BPF_ARSH: *r = (uint32_t)((int32_t)a >> (b & 31)); return true;
	}
	if (!fold64(op, a, b, &wide))
		return false;
	*r = (uint32_t)wide;
	return true;
}

/* A pointer moved by something. */
static struct av move_ptr(struct av p, const struct av *by, uint8_t op)
{
	p.flags |= by->flags & AV_TAINT;
	p.flags &= ~AV_NOT_ZERO;
	if (by->kind == AV_CONST && (p.flags & AV_FIXED))
		p.num = op == BPF_ADD ? p.num + by->num : p.num - by->num;
	else
		p.flags &= ~AV_FIXED;
	if (p.num > 1 << 20 || p.num < -(1 << 20))
		p.flags &= ~AV_FIXED;
	return p;
}

static struct av binary(uint8_t op, bool is64, const struct av *a, const struct av *b)
{
	uint8_t flags = (a->flags | b->flags) & AV_TAINT;
	uint64_t r;

	if (a->kind == AV_CONST && b->kind == AV_CONST &&
	    (is64 ? fold64(op, a->num, b->num, &r) : fold32(op, a->num, b->num, &r)))
		return constant((int64_t)r, flags);
	if (is64 && a->kind == AV_PTR && b->kind != AV_PTR && (op == BPF_ADD || op == BPF_SUB))
		return move_ptr(*a, b, op);
	if (is64 && b->kind == AV_PTR && a->kind != AV_PTR && op == BPF_ADD)
		return move_ptr(*b, a, op);
	if (op == BPF_AND && ((a->kind == AV_CONST && !a->num) || (b->kind == AV_CONST && !b->num)))
		return constant(0, flags);
	return tainted(a->kind == AV_RELOCATED || b->kind == AV_RELOCATED ? AV_TAINT : flags);
}

static void step_alu(const struct bpf_insn *insn, struct flow_state *st, const struct av *imm)
{
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	uint8_t op = BPF_OP(insn->code);
	struct av *dst = &st->reg[insn->dst_reg], src = *imm;

	if (BPF_SRC(insn->code) == BPF_X && op != BPF_NEG)
		src = st->reg[insn->src_reg];
	if (op == BPF_END || insn->off) {	/* swaps; signed forms of others */
		*dst = tainted(dst->flags | src.flags);
		return;
	}
	if (op != BPF_MOV) {
		*dst = binary(op, is64, dst, &src);
		return;
	}
	if (!is64 && src.kind == AV_CONST)
		src.num = (uint32_t)src.num;
	else if (!is64 && src.kind != AV_RELOCATED)
		src = tainted(src.flags);
	*dst = src;
}

/* ---- memory ---- */

static uint32_t width(const struct bpf_insn *insn)
{
	static const uint8_t bytes[] = { 4, 2, 1, 8 };

	return bytes[BPF_SIZE(insn->code) >> 3];
}

/* The slot at an offset from the frame pointer; FLOW_SLOTS: none. */
static uint32_t slot_at(int64_t off)
{
	return off < 0 && off >= -8 * FLOW_SLOTS ? (uint32_t)((off + 8 * FLOW_SLOTS) / 8) : FLOW_SLOTS;
}

static void forget_slots(struct flow_state *st, uint32_t first, uint32_t end)
{
	for (; first < end && first < FLOW_SLOTS; first++)
		st->slot[first] = tainted(AV_TAINT);
}

static struct av load(const struct bpf_insn *insn, const struct av *base, const struct flow_state *st)
{
	int64_t off = base->num + insn->off;

	if (base->kind != AV_PTR)
		return unknown;
	switch (base->region) {
	case CORE_CTX:
		/* data and data_meta of xdp_md, and of __sk_buff; the ends count as packet, too. */
		if (width(insn) == 4 && (insn->off == 0 || insn->off == 4 || insn->off == 8 ||
					 insn->off == 76 || insn->off == 80 || insn->off == 140))
			return (struct av){ .kind = AV_PTR, .region = CORE_PACKET };
		return unknown;
	case CORE_STACK:
		if ((base->flags & AV_FIXED) && width(insn) == 8 && !(off & 7) && slot_at(off) < FLOW_SLOTS &&
		    BPF_MODE(insn->code) == BPF_MEM)
			return st->slot[slot_at(off)];
		return tainted(AV_TAINT);
	default:
		return tainted(base->flags & AV_DATA ? AV_TAINT : 0);
	}
}

static void store(const struct bpf_insn *insn, const struct av *value, struct flow_state *st)
{
	const struct av *base = &st->reg[insn->dst_reg];
	int64_t off = base->num + insn->off;
	uint32_t first, last;

	if (base->kind == AV_PTR && base->region != CORE_STACK)
		return;
	if (base->kind != AV_PTR || !(base->flags & AV_FIXED)) {
		forget_slots(st, 0, FLOW_SLOTS);
		return;
	}
	first = slot_at(off);
	last = slot_at(off + width(insn) - 1);
	if (first == FLOW_SLOTS || last == FLOW_SLOTS)
		return;
	forget_slots(st, first, last + 1);
	if (width(insn) == 8 && !(off & 7) && BPF_MODE(insn->code) == BPF_MEM)
		st->slot[first] = *value;
}

static void step_store(const struct bpf_insn *insn, struct flow_state *st)
{
	struct av value = constant(insn->imm, 0);

	if (BPF_CLASS(insn->code) == BPF_STX)
		value = st->reg[insn->src_reg];
	store(insn, &value, st);
	if (BPF_CLASS(insn->code) == BPF_STX && BPF_MODE(insn->code) != BPF_MEM) {
		st->reg[insn->src_reg] = unknown;	/* atomics may fetch */
		st->reg[0] = unknown;
	}
}

/* ---- calls ---- */

uint32_t flow_helper_args(const struct bpf_insn *insn)
{
	static const uint8_t args[] = {
		[1] = 2, [2] = 4, [3] = 2, [4] = 3, [5] = 0, [7] = 0, [8] = 0, [12] = 3, [14] = 0, [15] = 0,
		[16] = 2, [23] = 2, [25] = 5, [26] = 4, [28] = 5, [44] = 2, [45] = 3, [51] = 3, [54] = 2,
		[65] = 2, [69] = 4, [107] = 4, [112] = 3, [113] = 3, [114] = 3, [115] = 3, [125] = 0, [130] = 4,
		[131] = 3, [132] = 2, [133] = 2, [156] = 4, [160] = 0, [181] = 4, [189] = 4, [190] = 4,
	};
	/* Helpers without arguments, among those whose entry is 0. */
	static const uint8_t none[] = { 5, 7, 8, 14, 15, 125, 160 };
	uint32_t i;

	if (insn->src_reg || insn->imm <= 0 || insn->imm >= (int)sizeof(args))
		return 5;
	for (i = 0; i < sizeof(none); i++)
		if (insn->imm == none[i])
			return 0;
	return args[insn->imm] ? args[insn->imm] : 5;
}

/* Helpers that give a pointer to a map's value, or to a record of the program's own. */
static bool gives_own(const struct bpf_insn *insn)
{
	if (insn->src_reg)
		return false;
	switch (insn->imm) {
	case BPF_FUNC_map_lookup_elem:
	case BPF_FUNC_ringbuf_reserve:
	case BPF_FUNC_sk_storage_get:
	case 156:	/* task_storage_get */
	case 195:	/* map_lookup_percpu_elem */
		return true;
	default:
		return false;
	}
}

static void step_call(const struct bpf_insn *insn, struct flow_state *st)
{
	uint32_t i, first = FLOW_SLOTS;

	for (i = 1; i <= flow_helper_args(insn); i++) {
		const struct av *r = &st->reg[i];

		if (r->kind != AV_PTR || r->region != CORE_STACK)
			continue;
		/* It may write from there on upwards; another function anywhere. */
		if ((r->flags & AV_FIXED) && insn->src_reg != BPF_PSEUDO_CALL && slot_at(r->num) < first)
			first = slot_at(r->num);
		else if (!(r->flags & AV_FIXED) || insn->src_reg == BPF_PSEUDO_CALL)
			first = 0;
	}
	forget_slots(st, first, FLOW_SLOTS);
	for (i = 1; i <= 5; i++)
		st->reg[i] = unknown;
	st->reg[0] = insn->src_reg == BPF_PSEUDO_CALL ? tainted(AV_TAINT) : unknown;
	if (gives_own(insn))
		st->reg[0] = (struct av){ .kind = AV_PTR, .region = CORE_OWN };
}

/* ---- one instruction ---- */

/* A 64-bit number, or the address of a map or of global variables. */
static struct av wide_imm(const struct flow_code *c, uint32_t sec, uint32_t pc)
{
	const struct bpf_insn *insn = &c->insns[pc];
	const struct core_sec *s = &c->o->secs[sec];
	uint32_t sym = s->syms[pc];

	if (sym && c->o->syms[sym].what == CORE_SYM_DATA)
		return (struct av){ .kind = AV_PTR, .region = CORE_OWN, .flags = AV_DATA };
	if (sym || insn->src_reg || pc + 1 >= s->n)
		return tainted(AV_TAINT);
	return constant((int64_t)((uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm), 0);
}

void flow_step(const struct flow_code *c, uint32_t pc, struct flow_state *st)
{
	uint32_t sec = c->o->funcs[c->func].sec, relo = c->o->secs[sec].relo_at[pc];
	const struct bpf_insn *insn = &c->insns[pc];
	struct av imm = constant(insn->imm, 0);

	if (insn->dst_reg > 10 || insn->src_reg > 10)
		return;		/* the verifier refuses that */
	if (relo != CORE_NONE && (c->symbolic || (c->open && c->open[relo])))
		imm = (struct av){ .kind = AV_RELOCATED, .relo = relo, .flags = AV_TAINT };
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		step_alu(insn, st, &imm);
		return;
	case BPF_LD:
		if (!flow_is_ldimm64(insn)) {	/* packet access of old */
			st->reg[0] = unknown;
			return;
		}
		st->reg[insn->dst_reg] = imm.kind == AV_RELOCATED ? imm : wide_imm(c, sec, pc);
		return;
	case BPF_LDX:
		st->reg[insn->dst_reg] = load(insn, &st->reg[insn->src_reg], st);
		return;
	case BPF_ST:
	case BPF_STX:
		step_store(insn, st);
		return;
	default:
		if (BPF_OP(insn->code) == BPF_CALL)
			step_call(insn, st);
		return;
	}
}

enum flow_kind flow_kind(const struct bpf_insn *insn, uint32_t pc, int64_t *target)
{
	uint8_t class = BPF_CLASS(insn->code);

	if (class != BPF_JMP && class != BPF_JMP32)
		return FLOW_NEXT;
	*target = (int64_t)pc + 1 + insn->off;
	switch (BPF_OP(insn->code)) {
	case BPF_CALL:
		return FLOW_NEXT;
	case BPF_EXIT:
		return FLOW_END;
	case BPF_JA:
		if (class == BPF_JMP32)
			*target = (int64_t)pc + 1 + insn->imm;
		return FLOW_JUMP;
	default:
		return FLOW_BRANCH;
	}
}

/* ---- branches ---- */

static int compare64(uint8_t op, uint64_t a, uint64_t b)
{
	int64_t x = (int64_t)a, y = (int64_t)b;

	switch (op) {
	case BPF_JEQ: return a == b;
	case BPF_JNE: return a != b;
	case BPF_JGT: return a > b;
	case BPF_JGE: return a >= b;
	case BPF_JLT: return a < b;
	case BPF_JLE: return a <= b;
	case BPF_JSET: return (a & b) != 0;
	case BPF_JSGT: return x > y;
	case BPF_JSGE: return x >= y;
	case BPF_JSLT: return x < y;
	case BPF_JSLE: return x <= y;
	default: return -1;
	}
}

int flow_compare(const struct bpf_insn *insn, uint64_t a, uint64_t b)
{
	uint8_t op = BPF_OP(insn->code);

	if (BPF_CLASS(insn->code) == BPF_JMP)
		return compare64(op, a, b);
	if (op == BPF_JSGT || op == BPF_JSGE || op == BPF_JSLT || op == BPF_JSLE)
		return compare64(op, (int64_t)(int32_t)a, (int64_t)(int32_t)b);
	return compare64(op, (uint32_t)a, (uint32_t)b);
}

static void operands(const struct bpf_insn *insn, const struct flow_state *st, struct av *a, struct av *b)
{
	*a = *b = unknown;
	if (insn->dst_reg > 10 || insn->src_reg > 10)
		return;
	*a = st->reg[insn->dst_reg];
	*b = BPF_SRC(insn->code) == BPF_X ? st->reg[insn->src_reg] : constant(insn->imm, 0);
}

int flow_branch(const struct bpf_insn *insn, const struct flow_state *st, bool use_not_zero)
{
	uint8_t op = BPF_OP(insn->code);
	struct av a, b;

	operands(insn, st, &a, &b);
	if (op == BPF_JCOND_OP)
		return -1;
	if (a.kind == AV_CONST && b.kind == AV_CONST)
		return flow_compare(insn, a.num, b.num);
	if (use_not_zero && (a.flags & AV_NOT_ZERO) && b.kind == AV_CONST && !b.num &&
	    BPF_CLASS(insn->code) == BPF_JMP && (op == BPF_JEQ || op == BPF_JNE))
		return op == BPF_JNE;
	return -1;
}

bool flow_tainted(const struct bpf_insn *insn, const struct flow_state *st)
{
	struct av a, b;

	operands(insn, st, &a, &b);
	return ((a.flags | b.flags) & AV_TAINT) || BPF_OP(insn->code) == BPF_JCOND_OP;
}

void flow_refine(const struct bpf_insn *insn, struct flow_state *st, bool taken)
{
	uint8_t op = BPF_OP(insn->code);
	struct av a, b;

	if (BPF_CLASS(insn->code) != BPF_JMP || (op != BPF_JEQ && op != BPF_JNE))
		return;
	operands(insn, st, &a, &b);
	if (a.kind == AV_CONST || b.kind != AV_CONST || insn->dst_reg > 9)
		return;
	if ((op == BPF_JEQ) == taken)
		st->reg[insn->dst_reg] = constant(b.num, a.flags & AV_TAINT);
	else if (!b.num)
		st->reg[insn->dst_reg].flags |= AV_NOT_ZERO;
}

/* ---- joining paths ---- */

static bool is_null(const struct av *v)
{
	return v->kind == AV_CONST && !v->num;
}

/* A pointer or NULL is a pointer that may be NULL. */
static bool join_one(struct av *to, const struct av *from)
{
	struct av was = *to;
	uint8_t common = to->flags & from->flags & (AV_FIXED | AV_NOT_ZERO);
	uint8_t any = (to->flags | from->flags) & (AV_TAINT | AV_DATA);

	if (from->kind == AV_NONE)
		return false;
	if (to->kind == AV_NONE) {
		*to = *from;
		return true;
	}
	if (to->kind == from->kind && to->region == from->region && to->relo == from->relo &&
	    (to->num == from->num || to->kind == AV_PTR)) {
		if (to->num != from->num)
			common &= ~AV_FIXED;
		to->flags = common | any;
		if (!(common & AV_FIXED) && to->kind == AV_PTR)
			to->num = 0;
	} else if (is_null(to) && from->kind == AV_PTR) {
		*to = *from;
		to->flags &= ~(AV_FIXED | AV_NOT_ZERO);
		to->flags |= any;
		to->num = 0;
	} else if (is_null(from) && to->kind == AV_PTR) {
		to->flags = (to->flags & ~(AV_FIXED | AV_NOT_ZERO)) | any;
		to->num = 0;
	} else {
		*to = tainted(any);
	}
	return to->kind != was.kind || to->flags != was.flags || to->num != was.num;
}

bool flow_join(struct flow_state *to, const struct flow_state *from)
{
	bool changed = false;
	uint32_t i;

	for (i = 0; i < 11; i++)
		changed |= join_one(&to->reg[i], &from->reg[i]);
	for (i = 0; i < FLOW_SLOTS; i++)
		changed |= join_one(&to->slot[i], &from->slot[i]);
	return changed;
}

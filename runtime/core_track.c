/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Where one relocation's value goes: takes a relocated load, or an instruction
 * that makes an address, and follows registers and stack slots that may hold
 * what came of it, on all paths. Gives how many bits of it count, whether it is
 * swapped or shifted, and how many bytes are copied from the address. Where it
 * cannot be followed any more it says so, and the worst is to be assumed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core_flow.h"

#define PLACES		(11 + FLOW_SLOTS)
/* What a place may hold, as bits: */
#define HOLDS_VALUE	1	/* what was loaded */
#define HOLDS_SWAPPED	2
#define HOLDS_SHIFTED	4	/* shifted to the left, to be shifted back by as many bits */
#define HOLDS_OFFSET	8	/* the relocated number itself */
#define HOLDS_ADDR	16
#define DELTA_ANY	INT32_MIN

struct place {
	uint8_t holds;
	uint8_t shift;		/* HOLDS_SHIFTED */
	int32_t delta;		/* HOLDS_ADDR: bytes behind the field; DELTA_ANY: unknown */
};

struct places {
	struct place at[PLACES];
};

struct track {
	const struct core_object *o;
	const struct core_func *f;
	const struct core_sec *sec;
	const struct flow_note *notes;
	struct core_use *use;
	uint32_t relo;
	uint32_t bits;		/* of the local field */
	struct core_budget *budget;
	struct places **before;	/* by instruction of the function; NULL: nothing held */
	uint32_t *todo, todo_n;
	bool *queued;
};

static const struct flow_note *note_at(const struct track *t, uint32_t pc)
{
	return &t->notes[pc - t->f->first];
}

/* ---- uses of a value ---- */

static void use_bits(struct track *t, const struct place *p, uint32_t bits)
{
	if (!(p->holds & (HOLDS_VALUE | HOLDS_SWAPPED | HOLDS_SHIFTED)))
		return;
	if (p->holds & HOLDS_VALUE)
		t->use->swaps |= USE_PLAIN;
	if (p->holds & HOLDS_SHIFTED && bits > 64u - p->shift)
		bits = 64 - p->shift;
	if (bits > t->use->bits)
		t->use->bits = bits;
}

static bool holds_value(const struct place *p)
{
	return p->holds & (HOLDS_VALUE | HOLDS_SWAPPED | HOLDS_SHIFTED);
}

static uint32_t bits_of(uint64_t mask)
{
	return mask ? 64 - __builtin_clzll(mask) : 0;
}

/* Whether a shift is by a number that a relocation sets. */
static bool shift_relocated(const struct track *t, uint32_t pc, const struct bpf_insn *insn)
{
	uint32_t relo = t->sec->relo_at[pc];

	if (BPF_SRC(insn->code) == BPF_X && note_at(t, pc)->kind == AV_RELOCATED)
		relo = note_at(t, pc)->relo;
	return relo != CORE_NONE && (t->o->relos[relo].kind == BPF_CORE_FIELD_LSHIFT_U64 ||
				     t->o->relos[relo].kind == BPF_CORE_FIELD_RSHIFT_U64);
}

static void shift_value(struct track *t, uint32_t pc, const struct bpf_insn *insn, struct place *p)
{
	bool left = BPF_OP(insn->code) == BPF_LSH, is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	bool imm = BPF_SRC(insn->code) == BPF_K;

	if (shift_relocated(t, pc, insn)) {
		t->use->shifted = true;
		if (p->holds & HOLDS_SWAPPED)
			t->use->swaps |= USE_SWAP_64;
	} else if (left && imm && is64 && insn->imm > 0 && insn->imm < 64 &&
		   !(p->holds & HOLDS_SHIFTED)) {
		p->holds |= HOLDS_SHIFTED;
		p->shift = insn->imm;
		return;
	} else if (!left && imm && is64 && (p->holds & HOLDS_SHIFTED) && insn->imm >= p->shift) {
		use_bits(t, p, 64 - p->shift);
	} else if (!left && imm && (p->holds & HOLDS_SHIFTED)) {
		use_bits(t, p, 64 - p->shift);
	} else {
		use_bits(t, p, is64 ? 64 : 32);
	}
	p->holds = 0;
}

static void swap_value(struct track *t, const struct bpf_insn *insn, struct place *p)
{
	bool to_le = BPF_CLASS(insn->code) == BPF_ALU && BPF_SRC(insn->code) == BPF_TO_LE;

	if (to_le) {	/* on this machine: cuts */
		use_bits(t, p, insn->imm);
		p->holds = 0;
		return;
	}
	t->use->swaps |= insn->imm == 16 ? USE_SWAP_16 : insn->imm == 32 ? USE_SWAP_32 : USE_SWAP_64;
	p->holds = HOLDS_SWAPPED;
}

/* ---- arithmetic ---- */

static void alu_value(struct track *t, uint32_t pc, const struct bpf_insn *insn, struct place *p)
{
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64, imm = BPF_SRC(insn->code) == BPF_K;

	switch (BPF_OP(insn->code)) {
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		shift_value(t, pc, insn, p);
		return;
	case BPF_END:
		swap_value(t, insn, p);
		return;
	case BPF_AND:
		if (imm && insn->imm >= 0) {
			use_bits(t, p, bits_of(insn->imm));
			break;
		}
		/* fallthrough */
	default:
		use_bits(t, p, is64 ? 64 : 32);
	}
	p->holds = 0;
}

static int32_t add_delta(int32_t delta, int64_t by)
{
	int64_t sum = delta + by;

	if (delta == DELTA_ANY || sum > 1 << 24 || sum < -(1 << 24))
		return DELTA_ANY;
	return sum;
}

static void alu_addr(const struct bpf_insn *insn, struct place *p)
{
	uint8_t op = BPF_OP(insn->code);

	if ((op != BPF_ADD && op != BPF_SUB) || BPF_CLASS(insn->code) != BPF_ALU64)
		p->holds &= ~HOLDS_ADDR;
	else if (BPF_SRC(insn->code) == BPF_K)
		p->delta = add_delta(p->delta, op == BPF_ADD ? insn->imm : -(int64_t)insn->imm);
	else
		p->delta = DELTA_ANY;
}

/* A relocated offset becomes an address where it is added to a pointer. */
static void add_offset(struct track *t, uint32_t pc, struct place *p)
{
	p->holds = HOLDS_ADDR;
	p->delta = 0;
	if (note_at(t, pc)->kind == AV_PTR)
		t->use->region = note_at(t, pc)->region;
}

static void step_mov(struct track *t, const struct bpf_insn *insn, struct places *s)
{
	struct place *dst = &s->at[insn->dst_reg];

	if (BPF_SRC(insn->code) == BPF_K) {
		dst->holds = 0;
		return;
	}
	*dst = s->at[insn->src_reg];
	if (BPF_CLASS(insn->code) == BPF_ALU64 && !insn->off)
		return;
	/* Cut to 32 bits, or to fewer with its sign: if that is all the field was, no more is used. */
	if (holds_value(dst))
		use_bits(t, dst, insn->off ? (uint32_t)insn->off : 32);
	if (insn->off || t->bits >= 32)
		dst->holds = 0;
}

static void step_alu(struct track *t, uint32_t pc, const struct bpf_insn *insn, struct places *s)
{
	struct place *dst = &s->at[insn->dst_reg], src = { 0 };
	uint8_t op = BPF_OP(insn->code);

	if (op == BPF_MOV) {
		step_mov(t, insn, s);
		return;
	}
	if (BPF_SRC(insn->code) == BPF_X && op != BPF_END && op != BPF_NEG)
		src = s->at[insn->src_reg];
	use_bits(t, &src, BPF_CLASS(insn->code) == BPF_ALU64 ? 64 : 32);
	if (src.holds & HOLDS_OFFSET && op == BPF_ADD) {
		add_offset(t, pc, dst);
		return;
	}
	if (dst->holds & HOLDS_OFFSET && op == BPF_ADD) {
		add_offset(t, pc, dst);
		return;
	}
	if (src.holds & HOLDS_ADDR && op == BPF_ADD) {
		*dst = (struct place){ .holds = HOLDS_ADDR, .delta = DELTA_ANY };
		return;
	}
	if (dst->holds & HOLDS_ADDR)
		alu_addr(insn, dst);
	else if (holds_value(dst))
		alu_value(t, pc, insn, dst);
	else
		dst->holds = 0;
}

/* ---- memory ---- */

static uint32_t width(const struct bpf_insn *insn)
{
	static const uint8_t bytes[] = { 4, 2, 1, 8 };

	return bytes[BPF_SIZE(insn->code) >> 3];
}

/* The slot that an access through the frame pointer means; PLACES: none. */
static uint32_t frame_slot(const struct bpf_insn *insn, uint8_t base)
{
	int off = insn->off + 8 * FLOW_SLOTS;

	return base == 10 && off >= 0 && off < 8 * FLOW_SLOTS && !(off & 7) && width(insn) == 8 ?
	       11 + (uint32_t)off / 8 : PLACES;
}

static void note_touch(struct core_use *u, uint32_t pc, uint32_t end)
{
	uint32_t i;

	for (i = 0; i < u->touch_n && i < USE_TOUCHES; i++)
		if (u->touches[i].pc == pc) {
			if (end > u->touches[i].end)
				u->touches[i].end = end;
			return;
		}
	if (i < USE_TOUCHES) {
		u->touches[i].pc = pc;
		u->touches[i].end = end;
	}
	u->touch_n++;
}

static void touch(struct track *t, uint32_t pc, const struct bpf_insn *insn, const struct place *base)
{
	int64_t end = (int64_t)base->delta + insn->off + width(insn);

	if (!(base->holds & HOLDS_ADDR) || t->sec->relo_at[pc] != CORE_NONE)
		return;
	t->use->touched = true;
	if (base->delta == DELTA_ANY || end < 0 || end > UINT32_MAX)
		end = 0;	/* an index: which bytes, nobody knows */
	if (end > t->use->touch_end)
		t->use->touch_end = end;
	note_touch(t->use, pc, end);
}

static void step_load(struct track *t, uint32_t pc, const struct bpf_insn *insn, struct places *s)
{
	uint32_t slot = frame_slot(insn, insn->src_reg);

	touch(t, pc, insn, &s->at[insn->src_reg]);
	use_bits(t, &s->at[insn->src_reg], 64);
	if (slot < PLACES)
		s->at[insn->dst_reg] = s->at[slot];
	else
		s->at[insn->dst_reg].holds = 0;
}

static void step_store(struct track *t, uint32_t pc, const struct bpf_insn *insn, struct places *s)
{
	uint32_t slot = frame_slot(insn, insn->dst_reg);
	struct place value = { 0 };

	if (BPF_CLASS(insn->code) == BPF_STX)
		value = s->at[insn->src_reg];
	touch(t, pc, insn, &s->at[insn->dst_reg]);
	use_bits(t, &s->at[insn->dst_reg], 64);
	if (slot < PLACES) {
		s->at[slot] = value;
		return;
	}
	use_bits(t, &value, width(insn) * 8);
	if (value.holds & (HOLDS_ADDR | HOLDS_OFFSET))
		t->use->escapes = true;
}

/* ---- calls ---- */

static void copy(struct track *t, const struct flow_note *size)
{
	struct core_use *u = t->use;

	if (size->kind == AV_RELOCATED) {
		u->copied_by_size = true;
		return;
	}
	if (size->kind != AV_CONST || size->num < 0 || size->num > UINT32_MAX) {
		u->escapes = true;
		return;
	}
	if (!u->copied || size->num < u->copy_min)
		u->copy_min = size->num;
	if (!u->copied || size->num > u->copy_max)
		u->copy_max = size->num;
	u->copied = true;
}

/* probe_read() and its kin: (to, size, from). */
static bool is_probe_read(const struct bpf_insn *insn)
{
	return !insn->src_reg && (insn->imm == BPF_FUNC_probe_read || insn->imm == BPF_FUNC_probe_read_user ||
				  insn->imm == BPF_FUNC_probe_read_kernel);
}

static void step_call(struct track *t, uint32_t pc, const struct bpf_insn *insn, struct places *s)
{
	uint32_t i;

	for (i = 1; i <= flow_helper_args(insn); i++) {
		struct place *p = &s->at[i];

		use_bits(t, p, 64);
		if (!(p->holds & (HOLDS_ADDR | HOLDS_OFFSET)))
			continue;
		if (is_probe_read(insn) && i != 2 && (p->delta == 0 || p->delta == DELTA_ANY))
			copy(t, note_at(t, pc));
		else
			t->use->escapes = true;
	}
	for (i = 0; i <= 5; i++)
		s->at[i].holds = 0;
}

/* ---- one instruction ---- */

/* What the relocated instruction itself gives. */
static void begin(struct track *t, uint32_t pc, const struct bpf_insn *insn, struct places *s)
{
	const struct flow_note *n = note_at(t, pc);
	struct place *dst = &s->at[insn->dst_reg];

	switch (BPF_CLASS(insn->code)) {
	case BPF_LDX:
		*dst = (struct place){ .holds = HOLDS_VALUE };
		t->use->region = n->region;
		return;
	case BPF_ST:
	case BPF_STX:
		t->use->region = n->region;
		return;
	case BPF_ALU:
	case BPF_ALU64:
		if (BPF_OP(insn->code) == BPF_ADD) {
			*dst = (struct place){ .holds = HOLDS_ADDR };
			t->use->region = n->region;
			return;
		}
		if (BPF_OP(insn->code) == BPF_MOV)
			*dst = (struct place){ .holds = HOLDS_OFFSET };
		return;
	default:
		if (flow_is_ldimm64(insn))
			*dst = (struct place){ .holds = HOLDS_OFFSET };
	}
}

static void step_jump(struct track *t, const struct bpf_insn *insn, struct places *s)
{
	uint32_t bits = BPF_CLASS(insn->code) == BPF_JMP ? 64 : 32;

	/* Programs return 32 bits, functions 64. */
	if (BPF_OP(insn->code) == BPF_EXIT)
		use_bits(t, &s->at[0], t->f->is_prog ? 32 : 64);
	if (BPF_OP(insn->code) == BPF_EXIT && s->at[0].holds & (HOLDS_ADDR | HOLDS_OFFSET))
		t->use->escapes = true;
	if (BPF_OP(insn->code) == BPF_EXIT || BPF_OP(insn->code) == BPF_JA)
		return;
	use_bits(t, &s->at[insn->dst_reg], bits);
	if (BPF_SRC(insn->code) == BPF_X)
		use_bits(t, &s->at[insn->src_reg], bits);
}

static void step(struct track *t, uint32_t pc, struct places *s)
{
	const struct bpf_insn *insn = &t->sec->insns[pc];

	if (insn->dst_reg > 10 || insn->src_reg > 10)
		return;
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		step_alu(t, pc, insn, s);
		break;
	case BPF_LDX:
		step_load(t, pc, insn, s);
		break;
	case BPF_ST:
	case BPF_STX:
		step_store(t, pc, insn, s);
		break;
	case BPF_LD:
		s->at[flow_is_ldimm64(insn) ? insn->dst_reg : 0].holds = 0;
		break;
	default:
		if (BPF_CLASS(insn->code) == BPF_JMP && BPF_OP(insn->code) == BPF_CALL)
			step_call(t, pc, insn, s);
		else
			step_jump(t, insn, s);
	}
	if (pc == t->o->relos[t->relo].insn)
		begin(t, pc, insn, s);
}

/* ---- all paths ---- */

static bool holds_any(const struct places *s)
{
	uint32_t i;

	for (i = 0; i < PLACES; i++)
		if (s->at[i].holds)
			return true;
	return false;
}

static bool join(struct places *to, const struct places *from)
{
	bool changed = false;
	uint32_t i;

	for (i = 0; i < PLACES; i++) {
		struct place *a = &to->at[i];
		const struct place *b = &from->at[i];
		struct place was = *a;

		if (!b->holds)
			continue;
		if (!a->holds) {
			*a = *b;
			changed = true;
			continue;
		}
		a->holds |= b->holds;
		if (a->delta != b->delta)
			a->delta = DELTA_ANY;
		if (a->shift > b->shift)
			a->shift = b->shift;
		changed |= a->holds != was.holds || a->delta != was.delta || a->shift != was.shift;
	}
	return changed;
}

static int go(struct track *t, int64_t pc, const struct places *s)
{
	uint32_t at = (uint32_t)(pc - t->f->first);

	if (pc < t->f->first || at >= t->f->n || !holds_any(s))
		return 0;
	if (!t->before[at]) {
		t->before[at] = malloc(sizeof(*s));
		if (!t->before[at])
			return -ENOMEM;
		*t->before[at] = *s;
	} else if (!join(t->before[at], s)) {
		return 0;
	}
	if (!t->queued[at]) {
		t->queued[at] = true;
		t->todo[t->todo_n++] = at;
	}
	return 0;
}

/* From one instruction on, as long as there is one way only. */
static int follow(struct track *t, uint32_t at)
{
	struct places s = *t->before[at];
	uint32_t pc = t->f->first + at;
	int64_t target = 0;
	enum flow_kind kind;
	int rc;

	for (;;) {
		if (!t->budget->left)
			return -E2BIG;
		t->budget->left--;
		kind = flow_kind(&t->sec->insns[pc], pc, &target);
		step(t, pc, &s);
		pc += 1 + flow_is_ldimm64(&t->sec->insns[pc]);
		if (kind != FLOW_NEXT)
			break;
		if (pc - t->f->first >= t->f->n || !holds_any(&s))
			return 0;
		/* Where another path has been before, both go on together. */
		if (t->before[pc - t->f->first])
			return go(t, pc, &s);
	}
	if (kind == FLOW_END)
		return 0;
	rc = go(t, target, &s);
	return rc || kind == FLOW_JUMP ? rc : go(t, pc, &s);
}

/* Bits of the field as the program knows it, for what cuts to as many. */
static uint32_t local_bits(const struct core_object *o, const struct core_relo *r)
{
	const struct bpf_insn *insn = &o->secs[r->sec].insns[r->insn];

	return BPF_CLASS(insn->code) == BPF_LDX ? width(insn) * 8 : 64;
}

int core_track(const struct core_object *o, uint32_t relo, const struct flow_note *notes,
	       struct core_budget *budget, struct core_use *use)
{
	const struct core_relo *r = &o->relos[relo];
	struct track t = {
		.o = o, .f = &o->funcs[r->func], .sec = &o->secs[r->sec], .notes = notes, .use = use,
		.relo = relo, .bits = local_bits(o, r), .budget = budget,
	};
	uint32_t at = r->insn - t.f->first, i;
	int rc = -ENOMEM;

	memset(use, 0, sizeof(*use));
	t.before = calloc(t.f->n, sizeof(*t.before));
	t.todo = calloc(t.f->n, sizeof(*t.todo));
	t.queued = calloc(t.f->n, sizeof(*t.queued));
	if (t.before && t.todo && t.queued)
		t.before[at] = calloc(1, sizeof(**t.before));
	if (t.before && t.before[at]) {
		t.todo[t.todo_n++] = at;
		t.queued[at] = true;
		rc = 0;
	}
	while (!rc && t.todo_n) {
		at = t.todo[--t.todo_n];
		t.queued[at] = false;
		rc = follow(&t, at);
	}
	for (i = 0; t.before && i < t.f->n; i++)
		free(t.before[i]);
	free(t.before);
	free(t.todo);
	free(t.queued);
	return rc;
}

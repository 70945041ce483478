/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * All instructions of a program and of the functions that it calls: goes over them
 * until what registers and slots can hold does not change any more; each read on the
 * way is noted. Calls are followed by what all callers hand over together. Code
 * behind branches that relocations have decided is not reached.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core_flow.h"
#include "reads.h"

#define NONE		UINT32_MAX
#define WIDEN_AFTER	16	/* visits of a block */

/* A function: what it returns, whatever it is called with. */
struct func {
	uint32_t first;
	bool returns, moves;
	struct rv value;
};

struct block {
	uint32_t first;
	uint32_t visits;
	bool reached, queued;
	struct rv_state st;
};

struct flow {
	const struct bpf_insn *insns;
	uint32_t n;
	uint32_t *block_of;		/* by instruction that begins one; else NONE */
	uint32_t *func_of;		/* likewise */
	struct block *blocks;
	uint32_t block_n;
	struct func *funcs;		/* by first instruction */
	uint32_t func_n;
	uint32_t *todo, todo_n;
	struct rv_at at;
};

static const struct rv other = { .kind = RV_OTHER };

/* ---- what there is ---- */

static bool is_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
}

/* The function that an instruction calls or takes the address of; NONE: it does neither. */
static uint32_t callee(const struct flow *f, uint32_t pc)
{
	const struct bpf_insn *insn = &f->insns[pc];
	int64_t to = (int64_t)pc + 1 + insn->imm;
	bool address = flow_is_ldimm64(insn) && insn->src_reg == BPF_PSEUDO_FUNC;

	return (is_call(insn) || address) && to >= 0 && to < f->n ? (uint32_t)to : NONE;
}

static void mark(struct flow *f, uint32_t *set, int64_t pc)
{
	if (pc >= 0 && pc < f->n)
		set[pc] = 0;
}

/* Calls begin a block, so that they can be taken up again. */
static void mark_all(struct flow *f)
{
	int64_t target = 0;
	uint32_t pc;

	memset(f->block_of, 0xff, f->n * sizeof(*f->block_of));
	memset(f->func_of, 0xff, f->n * sizeof(*f->func_of));
	mark(f, f->block_of, 0);
	mark(f, f->func_of, 0);
	for (pc = 0; pc < f->n; pc++) {
		const struct bpf_insn *insn = &f->insns[pc];
		enum flow_kind kind = flow_kind(insn, pc, &target);
		uint32_t func = callee(f, pc);

		if (func != NONE) {
			mark(f, f->block_of, func);
			mark(f, f->func_of, func);
		}
		if (is_call(insn))
			mark(f, f->block_of, pc);
		if (kind == FLOW_JUMP || kind == FLOW_BRANCH)
			mark(f, f->block_of, target);
		if (kind != FLOW_NEXT)
			mark(f, f->block_of, (int64_t)pc + 1);
		pc += flow_is_ldimm64(insn);
	}
}

static int make(struct flow *f)
{
	uint32_t pc;

	f->block_of = calloc(f->n, sizeof(*f->block_of));
	f->func_of = calloc(f->n, sizeof(*f->func_of));
	if (!f->block_of || !f->func_of)
		return -ENOMEM;
	mark_all(f);
	for (pc = 0; pc < f->n; pc++) {
		if (!f->block_of[pc])
			f->block_of[pc] = f->block_n++;
		if (!f->func_of[pc])
			f->func_of[pc] = f->func_n++;
	}
	if (f->block_n > FLOW_BLOCKS_MAX)
		return -E2BIG;
	f->blocks = calloc(f->block_n, sizeof(*f->blocks));
	f->funcs = calloc(f->func_n, sizeof(*f->funcs));
	f->todo = calloc(f->block_n, sizeof(*f->todo));
	if (!f->blocks || !f->funcs || !f->todo)
		return -ENOMEM;
	for (pc = 0; pc < f->n; pc++) {
		if (f->block_of[pc] != NONE)
			f->blocks[f->block_of[pc]].first = pc;
		if (f->func_of[pc] != NONE)
			f->funcs[f->func_of[pc]].first = pc;
	}
	return 0;
}

static struct func *func_at(struct flow *f, uint32_t pc)
{
	uint32_t i = f->func_n;

	while (i > 1 && f->funcs[i - 1].first > pc)
		i--;
	return &f->funcs[i - 1];
}

/* ---- from block to block ---- */

static void queue(struct flow *f, uint32_t b)
{
	if (f->blocks[b].queued)
		return;
	f->blocks[b].queued = true;
	f->todo[f->todo_n++] = b;
}

static void go_to(struct flow *f, int64_t pc, const struct rv_state *st)
{
	struct block *b;
	bool changed, widen;
	uint32_t i;

	if (pc < 0 || pc >= f->n || f->block_of[pc] == NONE)
		return;
	b = &f->blocks[f->block_of[pc]];
	changed = !b->reached || (st->moved && !b->st.moved);
	widen = b->visits > WIDEN_AFTER;
	b->reached = true;
	b->st.moved |= st->moved;
	for (i = 0; i < 11; i++)
		changed |= rv_join(&b->st.reg[i], &st->reg[i], widen);
	for (i = 0; i < READS_SLOTS; i++)
		changed |= rv_join(&b->st.slot[i], &st->slot[i], widen);
	if (!changed)
		return;
	b->visits++;
	queue(f, f->block_of[pc]);
}

/* A function as it is entered, with arguments of @from or with any. */
static void enter(struct flow *f, uint32_t pc, const struct rv_state *from)
{
	struct rv_state st = { .moved = from && from->moved };
	uint32_t i;

	for (i = 0; i < 10; i++)
		st.reg[i] = other;
	for (i = 1; from && i <= 5; i++)
		if (from->reg[i].kind != RV_NONE && from->reg[i].kind != RV_STACK)
			st.reg[i] = from->reg[i];
	st.reg[10] = (struct rv){ .kind = RV_STACK };
	for (i = 0; i < READS_SLOTS; i++)
		st.slot[i] = other;
	go_to(f, pc, &st);
}

/* True: it comes back, as far as is known. */
static bool call(struct flow *f, uint32_t pc, struct rv_state *st)
{
	uint32_t to = callee(f, pc), i;
	struct func *func;

	if (to == NONE || f->func_of[to] == NONE)
		return false;
	rv_hand_over(&f->at, st);
	enter(f, to, st);
	func = &f->funcs[f->func_of[to]];
	if (!func->returns)
		return false;
	st->reg[0] = func->value;
	for (i = 1; i <= 5; i++)
		st->reg[i] = other;
	if (func->moves)
		rv_moved(st);
	return true;
}

static void leave(struct flow *f, uint32_t pc, const struct rv_state *st)
{
	struct func *func = func_at(f, pc);
	bool changed = !func->returns || (st->moved && !func->moves);
	struct rv value = st->reg[0].kind == RV_STACK ? other : st->reg[0];

	changed |= rv_join(&func->value, &value, true);
	func->returns = true;
	func->moves |= st->moved;
	for (pc = 0; changed && pc < f->n; pc++) {
		if (is_call(&f->insns[pc]) && callee(f, pc) == func->first && f->blocks[f->block_of[pc]].reached)
			queue(f, f->block_of[pc]);
		pc += flow_is_ldimm64(&f->insns[pc]);
	}
}

/* One instruction that does not jump. True: what follows is reached. */
static bool step(struct flow *f, uint32_t pc, struct rv_state *st)
{
	const struct bpf_insn *insn = &f->insns[pc];

	if (is_call(insn))
		return call(f, pc, st);
	if (flow_is_ldimm64(insn) && callee(f, pc) != NONE)
		enter(f, callee(f, pc), NULL);
	rv_step(&f->at, insn, st);
	return true;
}

static void run_block(struct flow *f, const struct block *b)
{
	struct rv_state st = b->st;
	uint32_t pc = b->first;
	int64_t target = 0;
	int taken;

	for (;;) {
		const struct bpf_insn *insn = &f->insns[pc];

		switch (flow_kind(insn, pc, &target)) {
		case FLOW_END:
			leave(f, pc, &st);
			return;
		case FLOW_JUMP:
			if (BPF_SRC(insn->code) == BPF_X)
				f->at.reads->why = "it jumps to where a table says";
			go_to(f, target, &st);
			return;
		case FLOW_BRANCH:
			taken = rv_branch(insn, &st);
			if (taken != 0)
				go_to(f, target, &st);
			if (taken != 1)
				go_to(f, (int64_t)pc + 1, &st);
			return;
		case FLOW_NEXT:
			if (!step(f, pc, &st))
				return;
			pc += 1 + flow_is_ldimm64(insn);
			if (pc >= f->n)
				return;
			if (f->block_of[pc] != NONE) {
				go_to(f, pc, &st);
				return;
			}
		}
	}
}

static void run(struct flow *f)
{
	struct rv_state entry = { .reg[1] = { .kind = RV_CTX } };
	struct block *b;

	enter(f, 0, &entry);
	while (f->todo_n && !f->at.reads->why) {
		b = &f->blocks[f->todo[--f->todo_n]];
		b->queued = false;
		run_block(f, b);
	}
	/* What was metadata could be made part of the packet. */
	if ((f->at.calls & RV_CALLS_ADJUST_META) && (f->at.calls & RV_CALLS_ADJUST_HEAD) && !f->at.reads->why)
		f->at.reads->why = "it moves the begin of the metadata and of the packet";
}

/* What no verifier takes. */
static bool is_sound(const struct bpf_insn *insns, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (insns[i].dst_reg > 10 || insns[i].src_reg > 10 || (i + 1 == n && flow_is_ldimm64(&insns[i])))
			return false;
	return true;
}

int reads_find(const struct bpf_insn *insns, size_t n, struct reads *r)
{
	struct flow f = { .insns = insns, .n = (uint32_t)n, .at = { .reads = r } };
	int rc = n && n <= CORE_INSN_MAX ? make(&f) : -E2BIG;

	if (!rc && is_sound(insns, n))
		run(&f);
	else if (!rc)
		r->why = "it has an instruction that is not known";
	else if (rc == -E2BIG && !r->why)
		r->why = "it is too large to be looked through";
	free(f.block_of);
	free(f.func_of);
	free(f.blocks);
	free(f.funcs);
	free(f.todo);
	return rc == -E2BIG ? 0 : rc;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What is known at each instruction of a function: takes its code, goes over it
 * until nothing changes, then visits each instruction that is reached. With
 * relocated numbers as unknowns this tells, once for an object, what becomes of
 * what its relocations read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core_flow.h"
#include "image.h"

#define TRACK_BUDGET	(32u << 20)	/* instructions looked at, for all relocations of an object */

struct run {
	const struct flow_code *c;
	uint32_t first, n;		/* of the function, in its section */
	uint32_t *block_of;		/* by instruction: its block if it begins one, else CORE_NONE */
	uint32_t *starts;
	uint32_t block_n;
	struct flow_state *states;	/* at the beginning of each block */
	bool *reached, *queued;
	uint32_t *todo, todo_n;
};

/* ---- blocks ---- */

static bool inside(const struct run *r, int64_t pc)
{
	return pc >= r->first && pc < (int64_t)r->first + r->n;
}

static int mark_start(struct run *r, int64_t pc)
{
	if (!inside(r, pc) || r->block_of[pc - r->first] != CORE_NONE)
		return 0;
	if (r->block_n == FLOW_BLOCKS_MAX)
		return -E2BIG;
	r->block_of[pc - r->first] = r->block_n++;
	return 0;
}

static int find_blocks(struct run *r)
{
	uint32_t i;
	int rc;

	for (i = 0; i < r->n; i++)
		r->block_of[i] = CORE_NONE;
	rc = mark_start(r, r->first);
	for (i = 0; i < r->n && !rc; i++) {
		const struct bpf_insn *insn = &r->c->insns[r->first + i];
		int64_t target = 0;
		enum flow_kind kind = flow_kind(insn, r->first + i, &target);

		if (kind == FLOW_JUMP || kind == FLOW_BRANCH)
			rc = mark_start(r, target);
		if (kind != FLOW_NEXT && !rc)
			rc = mark_start(r, (int64_t)r->first + i + 1);
		i += flow_is_ldimm64(insn);
	}
	return rc;
}

/* ---- the fixed point ---- */

static void flow_into(struct run *r, int64_t pc, const struct flow_state *st)
{
	uint32_t b;

	if (!inside(r, pc))
		return;
	b = r->block_of[pc - r->first];
	/* Into the middle of a 64-bit number: the verifier refuses that. */
	if (b == CORE_NONE)
		return;
	if (!r->reached[b]) {
		r->reached[b] = true;
		r->states[b] = *st;
	} else if (!flow_join(&r->states[b], st)) {
		return;
	}
	if (!r->queued[b]) {
		r->queued[b] = true;
		r->todo[r->todo_n++] = b;
	}
}

/* From one block on to those behind it; @visit NULL: only that. */
static void run_block(struct run *r, uint32_t b, flow_visit visit, void *ctx)
{
	struct flow_state st = r->states[b], other;
	uint32_t pc = r->starts[b];
	int64_t target = 0;
	int taken;

	for (;;) {
		const struct bpf_insn *insn = &r->c->insns[pc];
		enum flow_kind kind = flow_kind(insn, pc, &target);

		if (visit)
			visit(ctx, pc, &st);
		if (kind == FLOW_NEXT) {
			flow_step(r->c, pc, &st);
			pc += 1 + flow_is_ldimm64(insn);
			if (!inside(r, pc))
				return;
			if (r->block_of[pc - r->first] == CORE_NONE)
				continue;
			target = pc;
		}
		if (visit || kind == FLOW_END)
			return;
		if (kind != FLOW_BRANCH) {
			flow_into(r, target, &st);
			return;
		}
		taken = flow_branch(insn, &st, false);
		other = st;
		flow_refine(insn, &st, true);
		flow_refine(insn, &other, false);
		if (taken != 0)
			flow_into(r, target, &st);
		if (taken != 1)
			flow_into(r, (int64_t)pc + 1, &other);
		return;
	}
}

static int alloc_run(struct run *r)
{
	uint32_t n = r->block_n, i;

	r->starts = calloc(n, sizeof(*r->starts));
	r->states = calloc(n, sizeof(*r->states));
	r->reached = calloc(n, sizeof(*r->reached));
	r->queued = calloc(n, sizeof(*r->queued));
	r->todo = calloc(n, sizeof(*r->todo));
	if (!r->starts || !r->states || !r->reached || !r->queued || !r->todo)
		return -ENOMEM;
	for (i = 0; i < r->n; i++)
		if (r->block_of[i] != CORE_NONE)
			r->starts[r->block_of[i]] = r->first + i;
	return 0;
}

static void free_run(struct run *r)
{
	free(r->block_of);
	free(r->starts);
	free(r->states);
	free(r->reached);
	free(r->queued);
	free(r->todo);
}

int flow_run(const struct flow_code *c, flow_visit visit, void *ctx)
{
	const struct core_func *f = &c->o->funcs[c->func];
	struct run r = { .c = c, .first = f->first, .n = f->n };
	struct flow_state entry;
	uint32_t b;
	int rc;

	r.block_of = malloc((size_t)r.n * sizeof(*r.block_of));
	rc = r.block_of ? find_blocks(&r) : -ENOMEM;
	if (!rc)
		rc = alloc_run(&r);
	if (!rc) {
		flow_entry(c, &entry);
		flow_into(&r, r.first, &entry);
	}
	while (!rc && r.todo_n) {
		b = r.todo[--r.todo_n];
		r.queued[b] = false;
		run_block(&r, b, NULL, NULL);
	}
	for (b = 0; b < r.block_n && !rc; b++)
		if (r.reached[b])
			run_block(&r, b, visit, ctx);
	free_run(&r);
	return rc;
}

/* ---- uses ---- */

struct noting {
	const struct flow_code *c;
	struct flow_note *notes;
	uint32_t first;
};

static struct flow_note note_of(const struct av *v)
{
	return (struct flow_note){ .kind = v->kind, .flags = v->flags, .relo = v->relo, .num = v->num,
				   .region = v->kind == AV_PTR ? v->region : CORE_UNKNOWN };
}

/* Keeps the operand that core_track() will ask for. */
static void note(void *ctx, uint32_t pc, const struct flow_state *st)
{
	struct noting *nt = ctx;
	const struct bpf_insn *insn = &nt->c->insns[pc];
	struct flow_note *to = &nt->notes[pc - nt->first];
	uint32_t reg = insn->dst_reg;

	if (insn->dst_reg > 10 || insn->src_reg > 10)
		return;
	switch (BPF_CLASS(insn->code)) {
	case BPF_LDX:
		reg = insn->src_reg;
		break;
	case BPF_ALU:
	case BPF_ALU64:
		/* Of an addition the pointer; else the number on the right. */
		if (BPF_SRC(insn->code) == BPF_X && st->reg[insn->dst_reg].kind != AV_PTR)
			reg = insn->src_reg;
		if (BPF_SRC(insn->code) == BPF_X && BPF_OP(insn->code) != BPF_ADD)
			reg = insn->src_reg;
		break;
	case BPF_JMP:
		if (BPF_OP(insn->code) == BPF_CALL)
			reg = 2;
		break;
	}
	*to = note_of(&st->reg[reg]);
}

static int track_func(struct core_object *o, uint32_t func, const uint32_t *relos, uint32_t n,
		      struct core_budget *budget)
{
	const struct core_func *f = &o->funcs[func];
	struct flow_code c = { .o = o, .func = func, .insns = o->secs[f->sec].insns, .symbolic = true };
	struct noting nt = { .c = &c, .first = f->first };
	uint32_t i;
	int rc;

	nt.notes = calloc(f->n, sizeof(*nt.notes));
	rc = nt.notes ? flow_run(&c, note, &nt) : -ENOMEM;
	for (i = 0; i < n && (!rc || rc == -E2BIG); i++) {
		struct core_use *use = &o->uses[relos[i]];

		use->lost = true;
		if (rc == -E2BIG)
			continue;
		rc = core_track(o, relos[i], nt.notes, budget, use);
		if (rc == -E2BIG) {
			use->lost = true;
			rc = 0;
		}
	}
	free(nt.notes);
	return rc == -E2BIG ? 0 : rc;
}

/* What loads, stores and additions of addresses do matters; numbers only where these use them. */
static bool is_tracked(const struct core_relo *r)
{
	return r->kind == BPF_CORE_FIELD_BYTE_OFFSET && r->func != CORE_NONE;
}

static int compare_u32(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Relocations by function: those of one together. */
static int compare_pairs(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return x[0] == y[0] ? compare_u32(&x[1], &y[1]) : compare_u32(&x[0], &y[0]);
}

int core_flow(struct core_object *o, struct mdesc_error *err)
{
	struct core_budget budget = { .left = TRACK_BUDGET };
	uint32_t (*pairs)[2] = calloc(o->relo_n + 1, sizeof(*pairs));
	uint32_t *relos = calloc(o->relo_n + 1, sizeof(*relos));
	uint32_t i, k, n = 0;
	int rc = 0;

	o->uses = calloc(o->relo_n + 1, sizeof(*o->uses));
	if (!pairs || !relos || !o->uses)
		rc = -ENOMEM;
	for (i = 0; i < o->relo_n && !rc; i++)
		if (is_tracked(&o->relos[i])) {
			pairs[n][0] = o->relos[i].func;
			pairs[n++][1] = i;
		}
	if (!rc)
		qsort(pairs, n, sizeof(*pairs), compare_pairs);
	for (i = 0; i < n && !rc; i = k) {
		for (k = i; k < n && pairs[k][0] == pairs[i][0]; k++)
			relos[k - i] = pairs[k][1];
		rc = track_func(o, pairs[i][0], relos, k - i, &budget);
	}
	free(pairs);
	free(relos);
	return rc ? error_set(err, ENOMEM, MDESC_CLASS_SYSTEM, "not enough memory") : 0;
}

/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Which instructions the verifier comes to: takes programs with all relocations
 * patched in, gives for each instruction whether it may be reached at all, and
 * whether it surely is, because a path leads there on which every branch depends
 * on what nobody can know before the program runs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core_flow.h"

#define STEPS_MAX	200000u	/* of the search for sure paths, in one function */
#define PATHS_MAX	256u	/* branches that wait */
#define SEEN_BITS	14

struct reach {
	const struct core_object *o;
	struct bpf_insn *const *insns;
	uint8_t *const *reach;
	const uint8_t *open;
	uint8_t *funcs;			/* by function: REACH_* */
	struct flow_code code;
};

/* Functions that an instruction leads to are as reached as it is. True: one is more so than before. */
static bool enter_callee(struct reach *r, uint32_t sec, uint32_t pc, uint8_t how)
{
	uint32_t f = core_refers_to(r->o, sec, pc);

	if (f == CORE_NONE || (r->funcs[f] & how) == how)
		return false;
	r->funcs[f] |= how;
	return true;
}

/* ---- what may be reached ---- */

static void mark(void *ctx, uint32_t pc, const struct flow_state *st)
{
	struct reach *r = ctx;

	(void)st;
	r->reach[r->o->funcs[r->code.func].sec][pc] |= REACH_MAYBE;
}

/* Where nothing can be said, all may be. */
static void mark_all(struct reach *r, const struct core_func *f)
{
	uint32_t i;

	for (i = 0; i < f->n; i++)
		r->reach[f->sec][f->first + i] |= REACH_MAYBE;
}

/* ---- what surely is ---- */

struct path {
	uint32_t pc;
	struct flow_state st;
};

struct search {
	struct reach *r;
	const struct core_func *f;
	uint32_t steps;
	struct path *paths;
	uint32_t n;
	uint64_t *seen;		/* hashes of branches taken with the same state */
};

static uint64_t hash_state(uint32_t pc, const struct flow_state *st)
{
	const uint8_t *p = (const uint8_t *)st;
	uint64_t h = 14695981039346656037u ^ pc;
	uint64_t word;
	size_t i;

	for (i = 0; i + sizeof(word) <= sizeof(*st); i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		h = (h ^ word) * 1099511628211u;
		h ^= h >> 29;
	}
	return h ? h : 1;
}

/* Whether a path was here with the same state; a table that forgets only costs time. */
static bool seen_before(struct search *s, uint32_t pc, const struct flow_state *st)
{
	uint64_t h = hash_state(pc, st);
	uint64_t *slot = &s->seen[h >> (64 - SEEN_BITS)];

	if (*slot == h)
		return true;
	*slot = h;
	return false;
}

static void push(struct search *s, int64_t pc, const struct flow_state *st)
{
	if (s->n == PATHS_MAX || pc < s->f->first || pc >= (int64_t)s->f->first + s->f->n ||
	    seen_before(s, pc, st))
		return;
	s->paths[s->n].pc = pc;
	s->paths[s->n++].st = *st;
}

/* One path, until it ends or depends on what the verifier may know. */
static void walk(struct search *s, uint32_t pc, struct flow_state *st)
{
	const struct bpf_insn *insns = s->r->code.insns;
	struct flow_state other;
	int64_t target = 0;
	int taken;

	while (pc - s->f->first < s->f->n && s->steps++ < STEPS_MAX) {
		const struct bpf_insn *insn = &insns[pc];

		s->r->reach[s->f->sec][pc] |= REACH_SURE;
		switch (flow_kind(insn, pc, &target)) {
		case FLOW_END:
			return;
		case FLOW_NEXT:
			/* Also behind one that is refused: then what follows is refused, too, once that is mended. */
			flow_step(&s->r->code, pc, st);
			pc += 1 + flow_is_ldimm64(insn);
			continue;
		case FLOW_JUMP:
			push(s, target, st);
			return;
		case FLOW_BRANCH:
			taken = flow_branch(insn, st, true);
			if (taken < 0 && flow_tainted(insn, st))
				return;
			other = *st;
			flow_refine(insn, st, true);
			flow_refine(insn, &other, false);
			if (taken != 0)
				push(s, target, st);
			if (taken != 1)
				push(s, (int64_t)pc + 1, &other);
			return;
		}
	}
}

static int search_sure(struct reach *r, const struct core_func *f)
{
	struct search s = { .r = r, .f = f };
	struct path *one = malloc(sizeof(*one));
	int rc = -ENOMEM;

	s.paths = malloc(PATHS_MAX * sizeof(*s.paths));
	s.seen = calloc((size_t)1 << SEEN_BITS, sizeof(*s.seen));
	if (s.paths && s.seen && one) {
		memset(one, 0, sizeof(*one));
		flow_entry(&r->code, &one->st);
		push(&s, f->first, &one->st);
		while (s.n && s.steps < STEPS_MAX) {
			*one = s.paths[--s.n];
			walk(&s, one->pc, &one->st);
		}
		rc = 0;
	}
	free(s.paths);
	free(s.seen);
	free(one);
	return rc;
}

/* ---- functions ---- */

static int reach_func(struct reach *r, uint32_t func)
{
	const struct core_func *f = &r->o->funcs[func];
	int rc;

	r->code = (struct flow_code){ .o = r->o, .func = func, .insns = r->insns[f->sec],
				      .open = r->open };
	rc = flow_run(&r->code, mark, r);
	if (rc == -E2BIG) {
		mark_all(r, f);
		return 0;
	}
	return rc || !(r->funcs[func] & REACH_SURE) ? rc : search_sure(r, f);
}

/* Goes on to what a function calls from where it is reached. True: some is reached now that was not. */
static bool enter_callees(struct reach *r, uint32_t func)
{
	const struct core_func *f = &r->o->funcs[func];
	bool more = false;
	uint32_t pc;

	for (pc = f->first; pc < f->first + f->n; pc++)
		if (r->reach[f->sec][pc])
			more |= enter_callee(r, f->sec, pc, r->reach[f->sec][pc]);
	return more;
}

int core_reach(const struct core_object *o, struct bpf_insn *const *insns, const uint8_t *open,
	       uint8_t *const *reach)
{
	struct reach r = { .o = o, .insns = insns, .open = open, .reach = reach };
	uint8_t *done = calloc(o->func_n + 1, 1);
	bool more = true;
	uint32_t i, rounds;
	int rc = 0;

	r.funcs = calloc(o->func_n + 1, 1);
	if (!r.funcs || !done)
		rc = -ENOMEM;
	for (i = 0; i < o->func_n && !rc; i++) {
		if (o->funcs[i].is_prog)
			r.funcs[i] = REACH_MAYBE | REACH_SURE;
		else if (o->funcs[i].is_global && o->funcs[i].used)
			r.funcs[i] = REACH_MAYBE;	/* kernels before 6.8 look at all of them */
	}
	/* Each function is looked at once for each way in which it is reached. */
	for (rounds = 0; more && !rc && rounds < 64; rounds++) {
		more = false;
		for (i = 0; i < o->func_n && !rc; i++) {
			if (done[i] == r.funcs[i])
				continue;
			done[i] = r.funcs[i];
			rc = reach_func(&r, i);
			if (!rc)
				more |= enter_callees(&r, i);
		}
	}
	/* Calls nested more deeply than the verifier takes. */
	for (i = 0; more && i < o->func_n && !rc; i++)
		mark_all(&r, &o->funcs[i]);
	free(r.funcs);
	free(done);
	return rc;
}

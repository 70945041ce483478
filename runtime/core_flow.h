/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What programs do, as far as check needs it.
 *
 *   core_state.c: registers and stack before and after one instruction
 *   core_flow.c: the same for all instructions of a function, until nothing changes
 *   core_track.c: where what one relocation reads goes to
 *   core_reach.c: which instructions are reached once all are patched
 *
 * States are an over-estimate: a register that is said to be 5 is 5 on every
 * path. Nothing is said about programs that are too large (FLOW_BLOCKS_MAX).
 */
#ifndef MDESC_CORE_FLOW_H
#define MDESC_CORE_FLOW_H

#include "core.h"

#define FLOW_BLOCKS_MAX	20000u
#define FLOW_SLOTS	64	/* of 8 bytes, down from the frame pointer */

/* What memory a pointer leads to. */
enum core_region {
	CORE_UNKNOWN,
	CORE_CTX,
	CORE_PACKET,	/* and metadata */
	CORE_STACK,
	CORE_OWN,	/* a map's values, global variables */
};

enum av_kind { AV_NONE, AV_UNKNOWN, AV_CONST, AV_RELOCATED, AV_PTR };

#define AV_TAINT	1	/* the verifier may know more: an argument, from the stack, constant data, open */
#define AV_FIXED	2	/* AV_PTR to the stack: @num is the offset from the frame pointer */
#define AV_NOT_ZERO	4
#define AV_DATA		8	/* AV_PTR to global variables, which may be constants */

/* What is known of a register or slot. */
struct av {
	uint8_t kind;
	uint8_t region;		/* AV_PTR */
	uint8_t flags;
	uint8_t zero;		/* states are hashed: no gaps */
	uint32_t relo;		/* AV_RELOCATED: a number that this relocation sets */
	int64_t num;
};

struct flow_state {
	struct av reg[11];
	struct av slot[FLOW_SLOTS];
};

/* A function's code: the object's own, or a patched copy of it. */
struct flow_code {
	const struct core_object *o;
	uint32_t func;
	const struct bpf_insn *insns;	/* of the whole section */
	bool symbolic;			/* relocated numbers are AV_RELOCATED, not what they are now */
	const uint8_t *open;		/* or of these relocations, by index; NULL: none */
};

/* ---- core_state.c ---- */

void flow_entry(const struct flow_code *c, struct flow_state *st);
/* Goes on behind the instruction at @pc, which is no jump. */
void flow_step(const struct flow_code *c, uint32_t pc, struct flow_state *st);
/* Whether a conditional jump is taken: 1, 0, -1: it may be. */
int flow_branch(const struct bpf_insn *insn, const struct flow_state *st, bool use_not_zero);
/* The same, of one whose operands are these. */
int flow_compare(const struct bpf_insn *insn, uint64_t a, uint64_t b);
/* What is known once it was taken, or not. */
void flow_refine(const struct bpf_insn *insn, struct flow_state *st, bool taken);
/* Whether what a jump depends on is more than the verifier may know, too. */
bool flow_tainted(const struct bpf_insn *insn, const struct flow_state *st);
/* Adds what is known on another path. True: @to has changed. */
bool flow_join(struct flow_state *to, const struct flow_state *from);

enum flow_kind { FLOW_NEXT, FLOW_JUMP, FLOW_BRANCH, FLOW_END };

/* How an instruction ends, and where a jump leads to. */
enum flow_kind flow_kind(const struct bpf_insn *insn, uint32_t pc, int64_t *target);

static inline bool flow_is_ldimm64(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* Registers that a helper is called with. */
uint32_t flow_helper_args(const struct bpf_insn *insn);

/* ---- core_flow.c ---- */

typedef void (*flow_visit)(void *ctx, uint32_t pc, const struct flow_state *st);

/*
 * Visits every instruction that is reached, with what is known before it. 0, or
 * -E2BIG where nothing can be said, -ENOMEM. @pc is an index in the section.
 */
int flow_run(const struct flow_code *c, flow_visit visit, void *ctx);

#define USE_TOUCHES	16

/* What becomes of what a relocation reads or points to. */
struct core_use {
	uint8_t region;		/* enum core_region: of the struct that it accesses */
	bool lost;		/* it cannot be followed */
	/* of a load: */
	uint8_t bits;		/* how many of its bits count */
	uint8_t swaps;		/* USE_SWAP_* */
	bool shifted;		/* by a number of bits that is relocated, too */
	/* of an address: */
	bool copied;		/* by a helper, as many bytes: */
	uint32_t copy_min, copy_max;
	bool copied_by_size;	/* as many as a relocation says */
	bool touched;		/* by plain loads and stores, up to this byte: */
	uint32_t touch_end;
	uint32_t touch_n;	/* how often; more than USE_TOUCHES: not all are here */
	struct {
		uint32_t pc, end;
	} touches[USE_TOUCHES];
	bool escapes;
};

#define USE_SWAP_16	1
#define USE_SWAP_32	2
#define USE_SWAP_64	4
#define USE_PLAIN	8	/* used without a swap */

/* Fills @o->uses. 0 or -ENOMEM. */
int core_flow(struct core_object *o, struct mdesc_error *err);

/* ---- core_track.c ---- */

/* A note on an instruction, of its operand that matters: size of a copy, number of a shift. */
struct flow_note {
	uint8_t kind;		/* enum av_kind */
	uint8_t region;		/* of a load's or store's base, of a called helper's second argument */
	uint8_t flags;
	uint32_t relo;
	int64_t num;
};

/* Follows relocation @relo through its function, whose notes are given by instruction of the function. */
int core_track(const struct core_object *o, uint32_t relo, const struct flow_note *notes, struct core_budget *budget,
	       struct core_use *use);

/* ---- core_reach.c ---- */

/* By instruction of each section: */
#define REACH_MAYBE	1	/* the verifier may come here */
#define REACH_SURE	2	/* it does, or has refused the program before */

/*
 * @insns: of each section, patched. @open: by relocation, that nobody knows its
 * number. @reach: of each section, zeroed. 0 or -ENOMEM.
 */
int core_reach(const struct core_object *o, struct bpf_insn *const *insns, const uint8_t *open,
	       uint8_t *const *reach);

#endif /* MDESC_CORE_FLOW_H */

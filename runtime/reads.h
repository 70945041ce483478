/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Which bytes of the metadata an XDP program can read, told from its instructions.
 *
 *   reads_value.c   registers and stack slots, before and after one instruction
 *   reads_flow.c    the same for all functions of a program, until nothing changes
 *
 * Takes a program as the kernel gets it, with all relocations done. What it gives
 * is an over-estimate: a byte that is not there is read on no path. Whatever cannot
 * be followed makes it all bytes, with the reason. It stands on what the verifier
 * has made sure of before: memory in front of a packet can be reached through
 * the context's data_meta only, and a pointer is nowhere but in registers, in
 * whole slots of the stack, and where this gives up. (A program that turns addresses
 * into numbers, to read them as kernel memory later, is not seen through.)
 */
#ifndef MDESC_READS_H
#define MDESC_READS_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names.h"

#define READS_BYTES	256	/* of metadata, no kernel has more */

struct reads {
	const char *why;		/* all bytes can be: "it ..."; NULL: only these */
	bool all;			/* all bytes can be, by an offset that is not known */
	bool from_begin[READS_BYTES];	/* byte i behind data_meta, as the writer has left it */
	bool from_end[READS_BYTES];	/* byte i + 1 in front of the packet */
};

/* Adds what the program reads. 0 or -ENOMEM. */
int reads_find(const struct bpf_insn *insns, size_t n, struct reads *r);
/* Whether one of @bytes bytes at @at of metadata of @size bytes is read. */
bool reads_any(const struct reads *r, uint32_t size, uint32_t at, uint32_t bytes);

/* ---- for the two files ---- */

#define READS_SLOTS	64	/* of 8 bytes, down from the frame pointer */
#define READS_ANYWHERE	4096	/* an offset that is not known is within +- this */

/*
 * What a register or slot can hold. From CTX on, but for DATA, it is this, or, if it is
 * vague, anything that comes before CTX: a pointer that may be NULL is a pointer.
 */
enum rv_kind {
	RV_NONE,		/* no path leads here */
	RV_OTHER,
	RV_NUMBER,		/* just @lo */
	RV_LENGTH,		/* of the metadata, and @lo */
	RV_LENGTH_HIGH,		/* the same, shifted to the left by 32 bits */
	RV_CTX,			/* the context, and @lo */
	RV_DATA,		/* where the packet begins, and @lo */
	RV_STACK,		/* of this function: the frame pointer, and @lo */
	RV_BEGIN,		/* where the metadata begins, and @lo to @hi */
	RV_MOVED,		/* the same, after the program has moved it */
	RV_END,			/* where the packet begins, and @lo to @hi */
	RV_MIXED,		/* one of several of these: that can only be kept, not be used */
};

struct rv {
	uint8_t kind;
	bool vague;		/* it may be something else; STACK: or elsewhere */
	int64_t lo, hi;
};

struct rv_state {
	bool moved;		/* the metadata begins elsewhere */
	struct rv reg[11];
	struct rv slot[READS_SLOTS];
};

static inline bool rv_is_meta(const struct rv *v)
{
	return v->kind >= RV_BEGIN && v->kind <= RV_END;
}

/* What a program calls, as far as it matters. */
enum rv_calls {
	RV_CALLS_ADJUST_META	= 1u << 0,
	RV_CALLS_ADJUST_HEAD	= 1u << 1,
};

/* The function at hand: @why is set where it cannot be followed. */
struct rv_at {
	struct reads *reads;
	uint32_t calls;		/* RV_CALLS_* */
};

/* Goes on behind an instruction that neither jumps nor calls a function of the program. */
void rv_step(struct rv_at *at, const struct bpf_insn *insn, struct rv_state *st);
/* Before a call of a function of the program, or of a helper that calls one. */
void rv_hand_over(struct rv_at *at, struct rv_state *st);
/* The program has moved the metadata's begin. */
void rv_moved(struct rv_state *st);
/* Whether a conditional jump is taken: 1, 0, -1: it may be. */
int rv_branch(const struct bpf_insn *insn, const struct rv_state *st);
/* Adds what can be on another path; @widen: offsets that differ are not known any more. True: @to has changed. */
bool rv_join(struct rv *to, const struct rv *from, bool widen);

#endif /* MDESC_READS_H */

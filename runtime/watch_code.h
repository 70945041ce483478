/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The kernel's instructions, for the files that write the tap down: each function
 * adds one of them. What does not fit is counted only.
 */
#ifndef MDESC_WATCH_CODE_H
#define MDESC_WATCH_CODE_H

#include <stddef.h>
#include <stdint.h>

#include <linux/bpf.h>

enum { CODE_MAX = 4096 };

/* COUNTS: the value of the counters' map on this processor; LEN: bytes of metadata. */
enum { R0, R1, R2, R3, R4, R5, CTX, COUNTS, REC, LEN, FP };

struct code {
	struct bpf_insn v[CODE_MAX];
	int n;
};

static inline void put(struct code *c, int code, int dst, int src, int off, int imm)
{
	if (c->n < CODE_MAX)
		c->v[c->n] = (struct bpf_insn){ .code = (uint8_t)code, .dst_reg = (uint8_t)(dst & 15),
						.src_reg = (uint8_t)(src & 15), .off = (int16_t)off, .imm = imm };
	c->n++;
}

static inline void mov(struct code *c, int dst, int src)
{
	put(c, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static inline void mov_imm(struct code *c, int dst, int imm)
{
	put(c, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
}

static inline void mov_imm64(struct code *c, int dst, uint64_t imm)
{
	put(c, BPF_LD | BPF_DW | BPF_IMM, dst, 0, 0, (int)(uint32_t)imm);
	put(c, 0, 0, 0, 0, (int)(uint32_t)(imm >> 32));
}

static inline void alu(struct code *c, int op, int dst, int src)
{
	put(c, BPF_ALU64 | op | BPF_X, dst, src, 0, 0);
}

static inline void alu_imm(struct code *c, int op, int dst, int imm)
{
	put(c, BPF_ALU64 | op | BPF_K, dst, 0, 0, imm);
}

static inline void load(struct code *c, int size, int dst, int src, size_t off)
{
	put(c, BPF_LDX | BPF_MEM | size, dst, src, (int)off, 0);
}

static inline void store(struct code *c, int size, int dst, size_t off, int src)
{
	put(c, BPF_STX | BPF_MEM | size, dst, src, (int)off, 0);
}

static inline void call(struct code *c, int fn)
{
	put(c, BPF_JMP | BPF_CALL, 0, 0, 0, fn);
}

static inline void map(struct code *c, int dst, int fd)
{
	put(c, BPF_LD | BPF_DW | BPF_IMM, dst, BPF_PSEUDO_MAP_FD, 0, fd);
	put(c, 0, 0, 0, 0, 0);
}

/* A jump forward whose end comes later: here() of what it returns. */
static inline int jump_if(struct code *c, int op, int dst, int imm)
{
	put(c, BPF_JMP | op | BPF_K, dst, 0, 0, imm);
	return c->n - 1;
}

static inline void here(struct code *c, int jump)
{
	if (c->n <= CODE_MAX)
		c->v[jump].off = (int16_t)(c->n - jump - 1);
}

#endif /* MDESC_WATCH_CODE_H */

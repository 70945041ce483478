/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The tap as the kernel's instructions: takes its maps, gives a loaded XDP program.
 * It is small and is written down here, so that no compiler is needed and nothing
 * has to be found on the machine that it runs on.
 *
 * For each packet: count it; copy its metadata and first bytes into a record of the
 * ring buffer, or count it as missed where that is full; run the program in the
 * map's slot. Where there is none: take the metadata off, and pass. Nothing of the
 * packet is changed before.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "watch.h"

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS	(1U << 5)
#endif

enum { CODE_MAX = 160, FN_XDP_LOAD_BYTES = 189 };	/* BPF_FUNC_xdp_load_bytes: newer than Debian 12's headers */

struct code {
	struct bpf_insn v[CODE_MAX];
	int n;
};

static void put(struct code *c, uint8_t code, int dst, int src, int off, int imm)
{
	if (c->n < CODE_MAX)
		c->v[c->n] = (struct bpf_insn){ .code = code, .dst_reg = (uint8_t)(dst & 15),
						.src_reg = (uint8_t)(src & 15), .off = (int16_t)off, .imm = imm };
	c->n++;
}

static void mov(struct code *c, int dst, int src)
{
	put(c, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void mov_imm(struct code *c, int dst, int imm)
{
	put(c, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
}

static void alu(struct code *c, int op, int dst, int src)
{
	put(c, (uint8_t)(BPF_ALU64 | op | BPF_X), dst, src, 0, 0);
}

static void add_imm(struct code *c, int dst, int imm)
{
	put(c, BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm);
}

static void load(struct code *c, int size, int dst, int src, size_t off)
{
	put(c, (uint8_t)(BPF_LDX | BPF_MEM | size), dst, src, (int)off, 0);
}

static void store(struct code *c, int size, int dst, size_t off, int src)
{
	put(c, (uint8_t)(BPF_STX | BPF_MEM | size), dst, src, (int)off, 0);
}

static void call(struct code *c, int fn)
{
	put(c, BPF_JMP | BPF_CALL, 0, 0, 0, fn);
}

static void map(struct code *c, int dst, int fd)
{
	put(c, BPF_LD | BPF_DW | BPF_IMM, dst, BPF_PSEUDO_MAP_FD, 0, fd);
	put(c, 0, 0, 0, 0, 0);
}

/* A jump forward whose end comes later: here_() of what it returns. */
static int jump_if(struct code *c, int op, int dst, int imm)
{
	put(c, (uint8_t)(BPF_JMP | op | BPF_K), dst, 0, 0, imm);
	return c->n - 1;
}

static void here(struct code *c, int jump)
{
	if (c->n <= CODE_MAX)
		c->v[jump].off = (int16_t)(c->n - jump - 1);
}

enum { R0, R1, R2, R3, R4, R5, CTX, COUNTS, REC, LEN, FP };

/* COUNTS: the value of the counters' map, on this processor. */
static int code_counters(struct code *c, const struct watch_maps *maps)
{
	int none;

	mov(c, CTX, R1);
	mov_imm(c, R1, 0);
	store(c, BPF_W, FP, (size_t)-4, R1);
	mov(c, R2, FP);
	add_imm(c, R2, -4);
	map(c, R1, maps->counters);
	call(c, BPF_FUNC_map_lookup_elem);
	none = jump_if(c, BPF_JEQ, R0, 0);
	mov(c, COUNTS, R0);
	load(c, BPF_DW, R1, COUNTS, 8 * WATCH_SEEN);
	add_imm(c, R1, 1);
	store(c, BPF_DW, COUNTS, 8 * WATCH_SEEN, R1);
	return none;
}

/* LEN: bytes from register @from to @to, at most @max; into the record at @off. */
static void code_length(struct code *c, int from, int to, int max, size_t off)
{
	int fits;

	mov(c, LEN, to);
	alu(c, BPF_SUB, LEN, from);
	fits = jump_if(c, BPF_JLE, LEN, max);
	mov_imm(c, LEN, max);
	here(c, fits);
	store(c, BPF_W, REC, off, LEN);
}

static void code_copy(struct code *c, unsigned int bytes)
{
	int none;

	call(c, BPF_FUNC_ktime_get_ns);
	store(c, BPF_DW, REC, offsetof(struct watch_record, time), R0);
	load(c, BPF_W, R2, CTX, offsetof(struct xdp_md, data));
	load(c, BPF_W, R3, CTX, offsetof(struct xdp_md, data_meta));
	load(c, BPF_W, R4, CTX, offsetof(struct xdp_md, data_end));
	mov(c, R5, R4);
	alu(c, BPF_SUB, R5, R2);
	store(c, BPF_W, REC, offsetof(struct watch_record, length), R5);
	code_length(c, R3, R2, WATCH_META_MAX, offsetof(struct watch_record, meta_size));
	mov(c, R1, REC);
	add_imm(c, R1, offsetof(struct watch_record, meta));
	mov(c, R2, LEN);
	call(c, BPF_FUNC_probe_read_kernel);
	mov_imm(c, R1, 0);
	store(c, BPF_W, REC, offsetof(struct watch_record, caught), R1);
	if (!bytes)
		return;
	load(c, BPF_W, R2, CTX, offsetof(struct xdp_md, data));
	load(c, BPF_W, R4, CTX, offsetof(struct xdp_md, data_end));
	code_length(c, R2, R4, (int)bytes, offsetof(struct watch_record, caught));
	none = jump_if(c, BPF_JEQ, LEN, 0);
	mov(c, R1, CTX);
	mov_imm(c, R2, 0);
	mov(c, R3, REC);
	add_imm(c, R3, offsetof(struct watch_record, bytes));
	mov(c, R4, LEN);
	call(c, FN_XDP_LOAD_BYTES);
	here(c, none);
}

/* The program in the slot; without one, as if there were no writer. */
static void code_end(struct code *c, const struct watch_maps *maps)
{
	int none;

	mov(c, R1, CTX);
	map(c, R2, maps->after);
	mov_imm(c, R3, 0);
	call(c, BPF_FUNC_tail_call);
	load(c, BPF_W, R2, CTX, offsetof(struct xdp_md, data));
	load(c, BPF_W, R3, CTX, offsetof(struct xdp_md, data_meta));
	alu(c, BPF_SUB, R2, R3);
	none = jump_if(c, BPF_JSLE, R2, 0);
	mov(c, R1, CTX);
	call(c, BPF_FUNC_xdp_adjust_meta);
	here(c, none);
	mov_imm(c, R0, XDP_PASS);
	put(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

int watch_program(const struct watch_maps *maps, unsigned int bytes, bool frags)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_XDP,
		    .prog_flags = frags ? BPF_F_XDP_HAS_FRAGS : 0);
	struct code c = { .n = 0 };
	int no_counters, full, done, fd;

	no_counters = code_counters(&c, maps);
	map(&c, R1, maps->ring);
	mov_imm(&c, R2, (int)(sizeof(struct watch_record) + bytes + 7) & ~7);
	mov_imm(&c, R3, 0);
	call(&c, BPF_FUNC_ringbuf_reserve);
	full = jump_if(&c, BPF_JEQ, R0, 0);
	mov(&c, REC, R0);
	code_copy(&c, bytes);
	mov(&c, R1, REC);
	mov_imm(&c, R2, BPF_RB_NO_WAKEUP);	/* to wake the reader costs more than all the rest */
	call(&c, BPF_FUNC_ringbuf_submit);
	done = jump_if(&c, BPF_JA, 0, 0);
	here(&c, full);
	load(&c, BPF_DW, R1, COUNTS, 8 * WATCH_MISSED);
	add_imm(&c, R1, 1);
	store(&c, BPF_DW, COUNTS, 8 * WATCH_MISSED, R1);
	here(&c, done);
	here(&c, no_counters);
	code_end(&c, maps);
	if (c.n > CODE_MAX)
		return -E2BIG;
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "mdesc_tap", "Dual BSD/GPL", c.v, (size_t)c.n, &opts);
	return fd < 0 ? -errno : fd;
}

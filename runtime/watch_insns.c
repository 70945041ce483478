/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The tap as the kernel's instructions: takes its maps, gives a loaded XDP program.
 * It is small and is written down here, so that no compiler is needed and nothing
 * has to be found on the machine that it runs on.
 *
 * For each packet: count it; look whether it is wanted; copy its metadata and first bytes into a record of the
 * ring buffer, or count it as missed where that is full; run the program in the
 * map's slot. Where there is none: take the metadata off, and pass. Nothing of the
 * packet is changed before.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "watch.h"
#include "watch_code.h"

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS	(1U << 5)
#endif

enum { FN_XDP_LOAD_BYTES = 189 };	/* BPF_FUNC_xdp_load_bytes: newer than Debian 12's headers */

static int code_counters(struct code *c, const struct watch_maps *maps)
{
	int none;

	mov(c, CTX, R1);
	mov_imm(c, R1, 0);
	store(c, BPF_W, FP, (size_t)-4, R1);
	mov(c, R2, FP);
	alu_imm(c, BPF_ADD, R2, -4);
	map(c, R1, maps->counters);
	call(c, BPF_FUNC_map_lookup_elem);
	none = jump_if(c, BPF_JEQ, R0, 0);
	mov(c, COUNTS, R0);
	load(c, BPF_DW, R1, COUNTS, 8 * WATCH_SEEN);
	alu_imm(c, BPF_ADD, R1, 1);
	store(c, BPF_DW, COUNTS, 8 * WATCH_SEEN, R1);
	return none;
}

/* LEN: bytes from register @from to @to, at most @max. */
static void code_length(struct code *c, int from, int to, int max)
{
	int fits;

	mov(c, LEN, to);
	alu(c, BPF_SUB, LEN, from);
	fits = jump_if(c, BPF_JLE, LEN, max);
	mov_imm(c, LEN, max);
	here(c, fits);
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
	code_length(c, R3, R2, WATCH_META_MAX);
	store(c, BPF_W, REC, offsetof(struct watch_record, meta_size), LEN);
	mov(c, R1, REC);
	alu_imm(c, BPF_ADD, R1, offsetof(struct watch_record, meta));
	mov(c, R2, LEN);
	call(c, BPF_FUNC_probe_read_kernel);
	mov_imm(c, R1, 0);
	store(c, BPF_W, REC, offsetof(struct watch_record, caught), R1);
	if (!bytes)
		return;
	load(c, BPF_W, R2, CTX, offsetof(struct xdp_md, data));
	load(c, BPF_W, R4, CTX, offsetof(struct xdp_md, data_end));
	code_length(c, R2, R4, (int)bytes);
	store(c, BPF_W, REC, offsetof(struct watch_record, caught), LEN);
	none = jump_if(c, BPF_JEQ, LEN, 0);
	mov(c, R1, CTX);
	mov_imm(c, R2, 0);
	mov(c, R3, REC);
	alu_imm(c, BPF_ADD, R3, offsetof(struct watch_record, bytes));
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

/* The metadata into the scratch area, so that it ends where that does; R1: whether it is wanted. */
static bool code_wanted(struct code *c, const struct watch_wanted *w)
{
	int before = c->n;

	load(c, BPF_W, R2, CTX, offsetof(struct xdp_md, data));
	load(c, BPF_W, R3, CTX, offsetof(struct xdp_md, data_meta));
	code_length(c, R3, R2, WATCH_META_MAX);
	mov_imm(c, R2, WATCH_META_MAX);
	alu(c, BPF_SUB, R2, LEN);
	mov(c, R1, COUNTS);
	alu_imm(c, BPF_ADD, R1, WATCH_META_END - WATCH_META_MAX);
	alu(c, BPF_ADD, R1, R2);
	mov(c, R2, LEN);
	call(c, BPF_FUNC_probe_read_kernel);
	if (watch_filter(c, w->filter, w->reader))
		return true;
	c->n = before;
	return false;
}

static void code_record(struct code *c, const struct watch_maps *maps, unsigned int bytes)
{
	int full, done;

	map(c, R1, maps->ring);
	mov_imm(c, R2, (int)(sizeof(struct watch_record) + bytes + 7) & ~7);
	mov_imm(c, R3, 0);
	call(c, BPF_FUNC_ringbuf_reserve);
	full = jump_if(c, BPF_JEQ, R0, 0);
	mov(c, REC, R0);
	code_copy(c, bytes);
	mov(c, R1, REC);
	mov_imm(c, R2, BPF_RB_NO_WAKEUP);	/* to wake the reader costs more than all the rest */
	call(c, BPF_FUNC_ringbuf_submit);
	done = jump_if(c, BPF_JA, 0, 0);
	here(c, full);
	load(c, BPF_DW, R1, COUNTS, 8 * WATCH_MISSED);
	alu_imm(c, BPF_ADD, R1, 1);
	store(c, BPF_DW, COUNTS, 8 * WATCH_MISSED, R1);
	here(c, done);
}

static int load_tap(const struct watch_maps *maps, unsigned int bytes, const struct watch_kind *kind,
		    const struct watch_wanted *wanted)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = kind->dispatched ? 0 : BPF_XDP,
		    .prog_flags = kind->frags && !kind->dispatched ? BPF_F_XDP_HAS_FRAGS : 0);
	struct code *c = calloc(1, sizeof(*c));
	int no_counters, not_wanted = -1, fd;

	if (!c)
		return -ENOMEM;
	no_counters = code_counters(c, maps);
	if (wanted && code_wanted(c, wanted))
		not_wanted = jump_if(c, BPF_JEQ, R1, 0);
	code_record(c, maps, bytes);
	if (not_wanted >= 0)
		here(c, not_wanted);
	here(c, no_counters);
	code_end(c, maps);
	errno = E2BIG;
	fd = c->n > CODE_MAX ? -1 :
	     bpf_prog_load(BPF_PROG_TYPE_XDP, WATCH_TAP, "Dual BSD/GPL", c->v, (size_t)c->n, &opts);
	fd = fd < 0 ? -errno : fd;
	free(c);
	return fd;
}

/* A filter that the kernel does not take, such as one that is too long, is left to who reads the records. */
int watch_program(const struct watch_maps *maps, unsigned int bytes, const struct watch_kind *kind,
		  const struct watch_wanted *wanted)
{
	int fd = wanted && wanted->filter ? load_tap(maps, bytes, kind, wanted) : -E2BIG;

	return fd < 0 ? load_tap(maps, bytes, kind, NULL) : fd;
}

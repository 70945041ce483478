/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * used_random COUNT [SEED]: random XDP programs that read metadata through registers,
 * the stack, joins of paths, functions and helpers, by offsets from its begin and
 * from its end; what they read becomes their verdict. reads_find() says which bytes
 * a program can read; in the kernel the others may be anything, and the verdict stays.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "../runtime/reads.h"
#include "fuzz.h"
#include "tap.h"

enum { META = 32, PACKET = 64, INSNS = 4000, SLOTS = 4, EXITS = 400 };
enum { R0, R1, R2, R3, R4, R5, CTX, SUM, R8, R9, FP };

/* What a register or slot is while a program is made: nothing that may be used, a number, or metadata. */
struct held {
	enum { UNUSABLE, NUMBER, META_AT } kind;
	int from, room;		/* META_AT: of bytes before and behind it that may be read */
};

struct made {
	uint64_t state;
	struct bpf_insn code[INSNS];
	int n, exits[EXITS], exit_n;
	struct held reg[10], slot[SLOTS];
	int byte;		/* that the function reads */
	bool calls;
	int calls_at[EXITS], call_n;
};

static uint32_t below(struct made *m, uint32_t n)
{
	return (uint32_t)((fuzz_next(&m->state) >> 33) % n);
}

static void put(struct made *m, uint8_t code, int dst, int src, int off, int imm)
{
	if (m->n < INSNS)
		m->code[m->n++] = (struct bpf_insn){ .code = code, .dst_reg = (uint8_t)dst & 15,
						     .src_reg = (uint8_t)src & 15, .off = (int16_t)off, .imm = imm };
}

static void mov(struct made *m, int dst, int src)
{
	put(m, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void add(struct made *m, int dst, int n)
{
	put(m, BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, n);
}

/* Ends the program where @dst is greater than @src. */
static void leave_above(struct made *m, int dst, int src)
{
	if (m->exit_n < EXITS)
		m->exits[m->exit_n++] = m->n;
	put(m, BPF_JMP | BPF_JGT | BPF_X, dst, src, 0, 0);
}

/* One of the registers that hold such a thing; -1: none does. */
static int one_of(struct made *m, int kind)
{
	static const int regs[] = { R0, R1, R2, R4, R5, R8, R9 };
	uint32_t first = below(m, 7), i;

	for (i = 0; i < 7; i++)
		if (kind < 0 || (int)m->reg[regs[(first + i) % 7]].kind == kind)
			return regs[(first + i) % 7];
	return -1;
}

/* ---- steps ---- */

static void take(struct made *m, int reg)
{
	put(m, BPF_ALU64 | BPF_MUL | BPF_K, SUM, 0, 0, 33);
	put(m, BPF_ALU64 | BPF_ADD | BPF_X, SUM, reg, 0, 0);
}

static void load(struct made *m)
{
	static const uint8_t sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	int base = one_of(m, META_AT), dst = one_of(m, -1);
	uint32_t width = below(m, 4);
	int bytes = 1 << width, all;

	if (base < 0)
		return;
	all = m->reg[base].from + m->reg[base].room;
	if (all < bytes)
		return;
	put(m, BPF_LDX | BPF_MEM | sizes[width], dst, base,
	    (int)below(m, (uint32_t)(all - bytes + 1)) - m->reg[base].from, 0);
	m->reg[dst] = (struct held){ .kind = NUMBER };
	take(m, dst);
}

static void copy(struct made *m)
{
	int src = one_of(m, META_AT), dst = one_of(m, -1);

	if (src < 0 || src == dst)
		return;
	mov(m, dst, src);
	m->reg[dst] = m->reg[src];
}

static void shift(struct made *m)
{
	int reg = one_of(m, META_AT), n;

	if (reg < 0)
		return;
	n = (int)below(m, (uint32_t)(m->reg[reg].from + m->reg[reg].room + 1)) - m->reg[reg].from;
	add(m, reg, n);
	m->reg[reg].from += n;
	m->reg[reg].room -= n;
}

static void spill(struct made *m)
{
	int reg = one_of(m, below(m, 4) ? META_AT : NUMBER), slot = (int)below(m, SLOTS);

	if (reg < 0)
		return;
	put(m, BPF_STX | BPF_MEM | BPF_DW, FP, reg, -8 * (slot + 1), 0);
	m->slot[slot] = m->reg[reg];
}

static void fill(struct made *m)
{
	int reg = one_of(m, -1), slot = (int)below(m, SLOTS);

	if (m->slot[slot].kind == UNUSABLE)
		return;
	put(m, BPF_LDX | BPF_MEM | BPF_DW, reg, FP, -8 * (slot + 1), 0);
	m->reg[reg] = m->slot[slot];
}

/* R3: where the packet begins. */
static void find_data(struct made *m)
{
	put(m, BPF_LDX | BPF_MEM | BPF_W, R3, CTX, 0, 0);
}

static void from_begin(struct made *m, int dst, int test)
{
	put(m, BPF_LDX | BPF_MEM | BPF_W, dst, CTX, 8, 0);
	mov(m, test, dst);
	add(m, test, META);
	leave_above(m, test, R3);
	m->reg[dst] = (struct held){ .kind = META_AT, .room = META };
	m->reg[test].kind = UNUSABLE;
}

/* As mdesc_bpf.h does it. */
static void from_end(struct made *m, int dst, int front)
{
	int size = 1 + (int)below(m, META);

	put(m, BPF_LDX | BPF_MEM | BPF_W, dst, CTX, 8, 0);
	mov(m, front, R3);
	put(m, BPF_ALU64 | BPF_SUB | BPF_X, front, dst, 0, 0);
	add(m, front, -size);
	if (m->exit_n < EXITS)
		m->exits[m->exit_n++] = m->n;
	put(m, BPF_JMP | BPF_JGT | BPF_K, front, 0, 0, 252);
	put(m, BPF_ALU64 | BPF_ADD | BPF_X, dst, front, 0, 0);
	mov(m, front, dst);
	add(m, front, size);
	leave_above(m, front, R3);
	m->reg[dst] = (struct held){ .kind = META_AT, .room = size };
	m->reg[front].kind = UNUSABLE;
}

static void find_again(struct made *m)
{
	int dst = one_of(m, -1), other = one_of(m, -1);

	if (dst == other)
		return;
	if (below(m, 2))
		from_begin(m, dst, other);
	else
		from_end(m, dst, other);
}

static void after_call(struct made *m)
{
	int i;

	for (i = R1; i <= R5; i++)
		m->reg[i].kind = UNUSABLE;
	m->reg[R0] = (struct held){ .kind = NUMBER };
	find_data(m);
}

static void call(struct made *m)
{
	int reg = one_of(m, META_AT);

	if (reg < 0 || m->reg[reg].room <= m->byte || m->call_n == EXITS)
		return;
	mov(m, R1, reg);
	m->calls_at[m->call_n++] = m->n;
	put(m, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0);
	m->calls = true;
	after_call(m);
	take(m, R0);
}

static void probe(struct made *m)
{
	int reg = one_of(m, META_AT), n = (int)below(m, 9);

	if (reg < 0 || m->reg[reg].room < n || !n)
		return;
	put(m, BPF_ST | BPF_MEM | BPF_DW, FP, 0, -64, 0);
	mov(m, R3, reg);
	mov(m, R1, FP);
	add(m, R1, -64);
	put(m, BPF_ALU64 | BPF_MOV | BPF_K, R2, 0, 0, n);
	put(m, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel);
	after_call(m);
	put(m, BPF_LDX | BPF_MEM | BPF_DW, R0, FP, -64, 0);
	take(m, R0);
}

static void steps(struct made *m, uint32_t count, int depth);

static void join(struct held *to, const struct held *from)
{
	if (to->kind != from->kind) {
		to->kind = UNUSABLE;
		return;
	}
	to->from = to->from < from->from ? to->from : from->from;
	to->room = to->room < from->room ? to->room : from->room;
}

/* Some steps that are done or not; or, as both know, never. */
static void branch(struct made *m, int depth)
{
	struct held reg[10], slot[SLOTS];
	int at, number = one_of(m, NUMBER), i;
	bool never = below(m, 3) == 0;

	if (depth > 3 || number < 0)
		return;
	if (never)
		put(m, BPF_ALU64 | BPF_MOV | BPF_K, number, 0, 0, (int)below(m, 100));
	memcpy(reg, m->reg, sizeof(reg));
	memcpy(slot, m->slot, sizeof(slot));
	at = m->n;
	put(m, never ? BPF_JMP | BPF_JLT | BPF_K : BPF_JMP | BPF_JSET | BPF_K, number, 0, 0, never ? 100 :
	    1 << below(m, 8));
	steps(m, 1 + below(m, 6), depth + 1);
	m->code[at].off = (int16_t)(m->n - at - 1);
	for (i = 0; i < 10; i++)
		join(&m->reg[i], &reg[i]);
	for (i = 0; i < SLOTS; i++)
		join(&m->slot[i], &slot[i]);
}

static void steps(struct made *m, uint32_t count, int depth)
{
	while (count-- && m->n < INSNS - 200) {
		switch (below(m, 12)) {
		case 0: case 1: load(m); break;
		case 2: copy(m); break;
		case 3: case 4: shift(m); break;
		case 5: spill(m); break;
		case 6: fill(m); break;
		case 7: find_again(m); break;
		case 8: call(m); break;
		case 9: probe(m); break;
		default: branch(m, depth);
		}
	}
}

/* ---- a program ---- */

static void make(struct made *m, uint64_t seed)
{
	int i;

	memset(m, 0, sizeof(*m));
	m->state = (seed + 1) * 0x9e3779b97f4a7c15u;
	fuzz_next(&m->state);
	m->byte = (int)below(m, META);
	mov(m, CTX, R1);
	put(m, BPF_ALU64 | BPF_MOV | BPF_K, SUM, 0, 0, 0);
	find_data(m);
	from_begin(m, R8, R4);
	m->reg[CTX].kind = m->reg[SUM].kind = m->reg[R3].kind = UNUSABLE;
	steps(m, 8 + below(m, 40), 0);
	for (i = 0; i < m->exit_n; i++)
		m->code[m->exits[i]].off = (int16_t)(m->n - m->exits[i] - 1);
	mov(m, R0, SUM);
	put(m, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	for (i = 0; i < m->call_n; i++)
		m->code[m->calls_at[i]].imm = m->n - m->calls_at[i] - 1;
	if (m->calls) {
		put(m, BPF_LDX | BPF_MEM | BPF_B, R0, R1, m->byte, 0);
		put(m, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	}
}

static int verdict(int fd, const uint8_t *bytes, uint32_t *ret)
{
	struct xdp_md ctx = { .data = META, .data_end = META + PACKET };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = bytes, .data_size_in = META + PACKET, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx));

	if (bpf_prog_test_run_opts(fd, &opts))
		return -errno;
	*ret = opts.retval;
	return 0;
}

struct total {
	unsigned int made, taken, told, said, felt;
};

/* 0; 1: a byte that is said not to be read is; -errno. */
static int prove(struct made *m, int fd, const struct reads *r, struct total *t)
{
	uint8_t bytes[META + PACKET];
	uint32_t one, two;
	bool felt[META] = { 0 };
	int round, i, rc;

	for (round = 0; round < 4; round++) {
		for (i = 0; i < META + PACKET; i++)
			bytes[i] = (uint8_t)below(m, 256);
		rc = verdict(fd, bytes, &one);
		for (i = 0; i < META && !rc; i++) {
			bytes[i] ^= (uint8_t)(1 + below(m, 255));
			rc = verdict(fd, bytes, &two);
			felt[i] |= one != two;
			one = two;
		}
		if (rc)
			return rc;
	}
	for (i = 0; i < META; i++) {
		t->said += reads_any(r, META, (uint32_t)i, 1);
		t->felt += felt[i];
		if (felt[i] && !reads_any(r, META, (uint32_t)i, 1))
			return 1;
	}
	return 0;
}

static int one(struct made *m, uint64_t seed, struct reads *r, struct total *t)
{
	int fd, rc;

	make(m, seed);
	t->made++;
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "used_random", "GPL", m->code, (size_t)m->n, NULL);
	if (fd < 0)
		return errno == EPERM ? -EPERM : 0;
	t->taken++;
	memset(r, 0, sizeof(*r));
	rc = reads_find(m->code, (size_t)m->n, r);
	if (!rc && !r->why && !r->all) {
		t->told++;
		rc = prove(m, fd, r, t);
	}
	close(fd);
	return rc;
}

/* What is no program at all: whatever is said of it, it is said. */
static bool garbage(struct made *m, uint64_t seed, struct reads *r)
{
	static const uint8_t codes[] = {
		0xbf, 0xb7, 0x07, 0x0f, 0x1f, 0x61, 0x79, 0x7b, 0x63, 0x85, 0x95, 0x05, 0x15, 0x2d, 0x18, 0x71, 0xdb,
		0x67,
	};
	int i;

	m->state = (seed + 1) * 0x9e3779b97f4a7c15u;
	m->n = 1 + (int)below(m, 60);
	for (i = 0; i < m->n; i++)
		m->code[i] = (struct bpf_insn){
			.code = below(m, 20) ? codes[below(m, sizeof(codes))] : (uint8_t)below(m, 256),
			.dst_reg = below(m, 400) ? below(m, 11) & 15 : 15, .src_reg = below(m, 11) & 15,
			.off = (int16_t)(below(m, 5) ? below(m, 62) - 2 : below(m, 65536)),
			.imm = (int)(below(m, 4) ? below(m, 60) : below(m, UINT32_MAX)),
		};
	memset(r, 0, sizeof(*r));
	return !reads_find(m->code, (size_t)m->n, r);
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1, i;
	uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 100;
	struct made *m = malloc(sizeof(*m));
	struct reads *r = malloc(sizeof(*r));
	struct total t = { 0 };
	int rc = 0;

	for (i = 0; m && r && i < count && !rc; i++)
		rc = one(m, seed + i, r, &t);
	tap(m && r && !rc, "random_programs", "seed %llu: %s", (unsigned long long)(seed + i - 1),
	    rc < 0 ? strerror(-rc) : "a byte is read that is said not to be");
	printf("# %u programs, %u taken by the kernel, of %u is told what they read: %u bytes, of which %u matter\n",
	       t.made, t.taken, t.told, t.said, t.felt);
	tap(t.taken * 2 >= t.made && t.told * 4 >= t.taken * 3, "random_programs_are_understood", "see above");
	tap(t.felt * 2 >= t.said, "random_programs_read_what_is_said", "see above");
	for (i = 0; m && r && i < 10 * count && garbage(m, seed + i, r); i++)
		;
	tap(i == 10 * count, "garbage", "seed %llu", (unsigned long long)(seed + i));
	free(m);
	free(r);
	return tap_status();
}

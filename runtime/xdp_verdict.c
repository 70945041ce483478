/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * What the user's program decides, counted: takes a program that libbpf has opened
 * and not loaded, and has each end of its main function lead to a few instructions
 * behind it, which count the verdict and return it. These stand behind all that the
 * object's relocations and types speak of, so libbpf does the rest as always. A
 * packet's way through programs that call each other's tails ends once. Also what
 * was counted, and what an update takes along.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "xdp.h"

#define JUMP_MAX	32767	/* instructions that a jump leads over */

/* The map's entries: what programs returned; what writers that were replaced decided themselves. */
enum { BY_PROGRAM, BY_WRITERS, ENTRIES };

enum { R0, R1, R2, KEPT = 6, FP = 10 };

/* ---- the instructions ---- */

int xdp_verdict_code(const struct bpf_insn *from, size_t n, int map, struct bpf_insn *to)
{
	const struct bpf_insn count[XDP_VERDICT_CODE] = {
		{ .code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = KEPT, .src_reg = R0 },
		{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = FP, .off = -4, .imm = BY_PROGRAM },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = R2, .src_reg = FP },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = R2, .imm = -4 },
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = R1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ .code = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = R0, .off = 8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = R1, .src_reg = KEPT },
		{ .code = BPF_JMP | BPF_JLT | BPF_K, .dst_reg = R1, .off = 1, .imm = MDESC_VERDICT_OTHER },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = R1, .imm = MDESC_VERDICT_OTHER },
		{ .code = BPF_ALU64 | BPF_LSH | BPF_K, .dst_reg = R1, .imm = 3 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_X, .dst_reg = R0, .src_reg = R1 },
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = R1, .src_reg = R0 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = R1, .imm = 1 },
		{ .code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = R0, .src_reg = R1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = R0, .src_reg = KEPT },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const uint8_t wide = BPF_LD | BPF_DW | BPF_IMM;		/* of two instructions, the second is a number */
	size_t i, next = n, last = n;

	memcpy(to, from, n * sizeof(*to));
	memcpy(to + n, count, sizeof(count));
	/* From the last end to the first: to the counting, or, where that is too far, to an end further on. */
	for (i = n; i-- > 0; ) {
		if (to[i].code != (BPF_JMP | BPF_EXIT) || (i && from[i - 1].code == wide))
			continue;
		if (next - i - 1 > JUMP_MAX)
			next = last;
		if (next - i - 1 > JUMP_MAX)
			return -E2BIG;
		to[i] = (struct bpf_insn) { .code = BPF_JMP | BPF_JA, .off = (int16_t)(next - i - 1) };
		last = i;
	}
	return 0;
}

int xdp_verdict_insert(struct bpf_program *prog, int map)
{
	size_t n = bpf_program__insn_cnt(prog);
	struct bpf_insn *code = calloc(n + XDP_VERDICT_CODE, sizeof(*code));
	int rc = code ? xdp_verdict_code(bpf_program__insns(prog), n, map, code) : -ENOMEM;

	if (!rc)
		rc = bpf_program__set_insns(prog, code, n + XDP_VERDICT_CODE);
	free(code);
	return rc;
}

/* ---- the map ---- */

int xdp_verdict_map(int old)
{
	int fd = old >= 0 ? dup(old) :
		 bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "mdesc_verdicts", 4, 8 * MDESC_VERDICTS, ENTRIES, NULL);

	return fd < 0 ? -errno : fd;
}

/* One entry of one number for each processor and verdict, to be freed; NULL with errno. */
static uint64_t *read_entry(int fd, uint32_t key, int *cpus)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);
	uint64_t *all;

	*cpus = libbpf_num_possible_cpus();
	if (*cpus < 0) {
		errno = -*cpus;
		return NULL;
	}
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return NULL;
	if (info.type != BPF_MAP_TYPE_PERCPU_ARRAY || info.value_size != 8 * MDESC_VERDICTS) {
		errno = EBADMSG;
		return NULL;
	}
	all = calloc((size_t)*cpus, 8 * MDESC_VERDICTS);
	if (all && bpf_map_lookup_elem(fd, &key, all)) {
		free(all);
		return NULL;
	}
	return all;
}

static int sum_up(int fd, uint64_t *verdicts)
{
	uint32_t key;
	int cpus, i;

	for (key = 0; key < ENTRIES; key++) {
		uint64_t *all = read_entry(fd, key, &cpus);

		if (!all)
			return -errno;
		for (i = 0; i < cpus * MDESC_VERDICTS; i++)
			verdicts[i % MDESC_VERDICTS] += all[i];
		free(all);
	}
	return 0;
}

/* ---- what was counted ---- */

const char *xdp_verdict_why_not(const struct xdp_info *info)
{
	return info->flags & XDP_INFO_VERDICTS ? "" :
	       info->flags & XDP_INFO_NO_VERDICTS ? "asked for" :
	       info->flags & XDP_INFO_GIVEN ? "the program was loaded by somebody else" :
	       "the kernel does not take the program together with the counting";
}

int mdesc_attachment__verdicts(const struct mdesc_attachment *att, uint64_t *verdicts, size_t count)
{
	uint64_t all[MDESC_VERDICTS] = { 0 }, writer[MDESC_XDP_LAYOUT0];
	int fd, rc;

	if (!(att->info->flags & XDP_INFO_VERDICTS))
		return -ENODATA;
	fd = xdp_pins_get(att->pins.dir, att->pins.gen, "verdicts");
	if (fd < 0)
		return fd;
	rc = sum_up(fd, all);
	close(fd);
	if (!rc)
		rc = mdesc_attachment__counters(att, writer, MDESC_XDP_LAYOUT0);
	if (rc < 0)
		return rc;
	all[MDESC_VERDICT_DROP] += writer[MDESC_XDP_DROPPED];
	all[MDESC_VERDICT_PASS] += writer[MDESC_XDP_NO_PROGRAM];
	if (count > MDESC_VERDICTS)
		count = MDESC_VERDICTS;
	memcpy(verdicts, all, count * sizeof(*verdicts));
	return (int)count;
}

/* ---- over an update ---- */

static bool decided(const struct mdesc_attachment *old, uint64_t *writer)
{
	return mdesc_attachment__counters(old, writer, MDESC_XDP_LAYOUT0) == MDESC_XDP_LAYOUT0 &&
	       (writer[MDESC_XDP_DROPPED] || writer[MDESC_XDP_NO_PROGRAM]);
}

void xdp_verdict_carry(const struct mdesc_attachment *old)
{
	uint64_t writer[MDESC_XDP_LAYOUT0], *all;
	uint32_t key = BY_WRITERS;
	int cpus, fd;

	/* Most writers decide nothing. Of one that does, the last packets are waited for. */
	if (!decided(old, writer))
		return;
	syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	decided(old, writer);
	fd = xdp_pins_get(old->pins.dir, old->pins.gen, "verdicts");
	all = fd < 0 ? NULL : read_entry(fd, key, &cpus);
	if (all) {
		all[MDESC_VERDICT_DROP] += writer[MDESC_XDP_DROPPED];
		all[MDESC_VERDICT_PASS] += writer[MDESC_XDP_NO_PROGRAM];
		bpf_map_update_elem(fd, &key, all, BPF_ANY);
	}
	free(all);
	if (fd >= 0)
		close(fd);
}

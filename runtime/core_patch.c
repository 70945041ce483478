/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Instructions as libbpf patches them: takes a resolved relocation and its
 * instruction, changes it, and says what was changed. What libbpf refuses to
 * patch makes the object fail to load, whether or not the code is reached; what
 * it poisons is refused by the verifier, if that comes to it.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "core.h"

static int refuse(struct core_res *res, enum core_why why, int rc)
{
	res->why = why;
	res->rc = rc;
	return rc;
}

static bool is_ldimm64(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static void poison_one(struct bpf_insn *insn)
{
	*insn = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = CORE_POISON };
}

static int poison(struct bpf_insn *insn, uint32_t left, struct core_patch *patch)
{
	if (is_ldimm64(insn) && left)
		poison_one(insn + 1);
	poison_one(insn);
	patch->what = CORE_PATCH_POISON;
	return 0;
}

static uint32_t width_bytes(const struct bpf_insn *insn)
{
	switch (BPF_SIZE(insn->code)) {
	case BPF_DW:
		return 8;
	case BPF_W:
		return 4;
	case BPF_H:
		return 2;
	default:
		return 1;
	}
}

static int width_code(uint32_t bytes)
{
	switch (bytes) {
	case 8:
		return BPF_DW;
	case 4:
		return BPF_W;
	case 2:
		return BPF_H;
	case 1:
		return BPF_B;
	default:
		return -1;
	}
}

static int patch_imm(struct bpf_insn *insn, struct core_res *res, struct core_patch *patch)
{
	if (BPF_SRC(insn->code) != BPF_K)
		return refuse(res, CORE_WHY_INSN, -EINVAL);
	if (res->validate && (uint64_t)(int64_t)insn->imm != res->orig)
		return refuse(res, CORE_WHY_INSN, -EINVAL);
	patch->what = CORE_PATCH_IMM;
	patch->from = (uint64_t)(int64_t)insn->imm;
	patch->to = res->val;
	insn->imm = (int32_t)res->val;
	return 0;
}

static int patch_access(struct bpf_insn *insn, uint32_t left, struct core_res *res,
			struct core_patch *patch)
{
	int code;

	if (res->validate && (uint64_t)(int64_t)insn->off != res->orig)
		return refuse(res, CORE_WHY_INSN, -EINVAL);
	if (res->val > SHRT_MAX)
		return refuse(res, CORE_WHY_RANGE, -ERANGE);
	if (res->bad_width)
		return poison(insn, left, patch);
	patch->what = CORE_PATCH_OFF;
	patch->from = (uint64_t)(int64_t)insn->off;
	patch->to = res->val;
	insn->off = (int16_t)res->val;
	if (res->size == res->orig_size)
		return 0;
	patch->size_from = res->orig_size;
	patch->size_to = res->size;
	code = width_code(res->size);
	if (width_bytes(insn) != res->orig_size || code < 0)
		return refuse(res, CORE_WHY_WIDTH, -EINVAL);
	insn->code = BPF_MODE(insn->code) | code | BPF_CLASS(insn->code);
	return 0;
}

static int patch_imm64(struct bpf_insn *insn, uint32_t left, struct core_res *res,
		       struct core_patch *patch)
{
	uint64_t imm;

	if (!is_ldimm64(insn) || !left || insn[0].src_reg || insn[0].off || insn[1].code ||
	    insn[1].dst_reg || insn[1].src_reg || insn[1].off)
		return refuse(res, CORE_WHY_INSN, -EINVAL);
	imm = (uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32;
	if (res->validate && imm != res->orig)
		return refuse(res, CORE_WHY_INSN, -EINVAL);
	patch->what = CORE_PATCH_IMM64;
	patch->from = imm;
	patch->to = res->val;
	insn[0].imm = (int32_t)res->val;
	insn[1].imm = (int32_t)(res->val >> 32);
	return 0;
}

int core_patch(struct bpf_insn *insn, uint32_t left, struct core_res *res, struct core_patch *patch)
{
	memset(patch, 0, sizeof(*patch));
	if (res->rc)
		return res->rc;
	if (res->poison)
		return poison(insn, left, patch);
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return patch_imm(insn, res, patch);
	case BPF_LDX:
	case BPF_ST:
	case BPF_STX:
		return patch_access(insn, left, res, patch);
	case BPF_LD:
		return patch_imm64(insn, left, res, patch);
	default:
		return refuse(res, CORE_WHY_INSN, -EINVAL);
	}
}

// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//
// Exits 0 if this process may load an XDP program, 1 if not.

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

int main(void)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "have_bpf", "GPL", insns, sizeof(insns) / sizeof(insns[0]), NULL);

	if (fd < 0) {
		printf("%s\n", strerror(errno));
		return 1;
	}
	return 0;
}

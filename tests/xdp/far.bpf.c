// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// A program so long that no jump leads from its first end to behind its last one. As verdict.bpf.c, it decides what the
// packet asks for: XDP_DROP at its first end, XDP_TX at the second, which is half way, all others at the last. With
// TOO_FAR there is no second.

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
__attribute__((naked)) int far(struct xdp_md *ctx)
{
	asm volatile("r2 = *(u32 *)(r1 + 0)\n"
		     "r3 = *(u32 *)(r1 + 4)\n"
		     "r0 = 2\n"
		     "r4 = r2\n"
		     "r4 += 34\n"
		     "if r4 > r3 goto 1f\n"
		     "r0 = *(u8 *)(r2 + 29)\n"
		     "if r0 != 1 goto 1f\n"
		     "exit\n"
		     "1:\n"
		     ".rept 20000\n"
		     "r5 = 0\n"
		     ".endr\n"
#ifndef TOO_FAR
		     "if r0 != 3 goto 2f\n"
		     "exit\n"
		     "2:\n"
#endif
		     ".rept 20000\n"
		     "r5 = 0\n"
		     ".endr\n"
		     "exit\n");
}

char _license[] SEC("license") = "GPL";

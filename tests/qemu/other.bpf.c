// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Another program in libxdp's dispatcher: it drops the test's packets whose source address ends in 9.

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int other(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	return data + 34 <= end && data[23] == 253 && data[29] == 9 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";

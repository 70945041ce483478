// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// A program that decides what a packet of the test (IPv4, in protocol 253) asks for by the last byte of its source
// address, and comes to that in the way that the byte before names: by itself, through functions of all kinds, and by
// tail calls, of which one finds nobody. With FRAGS, for packets in fragments.

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#ifdef FRAGS
#define XDP "xdp.frags"
#else
#define XDP "xdp"
#endif

enum { ITSELF, TAIL_CALL, STATIC, GLOBAL, LOOP, NOBODY };

int last(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, int (struct xdp_md *));
} tails SEC(".maps") = { .values = { [1] = (void *)&last } };

static inline int byte(struct xdp_md *ctx, int at)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 34 > end || data[12] != 8 || data[13] || data[23] != 253)
		return -1;
	return data[at];
}

static __attribute__((noinline)) int by_static(struct xdp_md *ctx)
{
	return byte(ctx, 29);
}

__attribute__((noinline)) int by_global(struct xdp_md *ctx)
{
	return byte(ctx, 29);
}

static long one_more(__u32 i, void *ctx)
{
	*(int *)ctx += 1;
	return 0;
}

SEC(XDP)
int last(struct xdp_md *ctx)
{
	return byte(ctx, 29);
}

SEC(XDP)
int verdict(struct xdp_md *ctx)
{
	int n = 0;

	switch (byte(ctx, 28)) {
	case -1:
		return XDP_PASS;
	case TAIL_CALL:
		bpf_tail_call(ctx, &tails, 1);
		return XDP_ABORTED;
	case STATIC:
		return by_static(ctx);
	case GLOBAL:
		return by_global(ctx);
	case LOOP:
		bpf_loop(byte(ctx, 29) & 7, one_more, &n, 0);
		return n;
	case NOBODY:
		bpf_tail_call(ctx, &tails, 0);
		break;
	}
	return byte(ctx, 29);
}

char _license[] SEC("license") = "GPL";

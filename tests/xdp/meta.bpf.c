// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// A program that keeps the metadata of the last packets of the test (in IPv4's protocol 253) in its .bss, and drops
// these. For other interfaces (with REDIRECT, an interface's number): one that sends its packets out through that one,
// and one at TC that gives packets that go out the VLAN tag that they ask for by a byte of their source address.

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__u32 n;
	__u32 meta[64][6];
} kept;

SEC("xdp")
int keep(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 *meta = (void *)(long)ctx->data_meta, i;

	if (data + 34 > end || data[12] != 8 || data[13] || data[23] != 253)
		return XDP_PASS;
	if ((void *)(meta + 6) > (void *)data)
		return XDP_ABORTED;
	i = kept.n & 63;
	__builtin_memcpy(kept.meta[i], meta, sizeof(kept.meta[i]));
	kept.n++;
	return XDP_DROP;
}

#ifdef REDIRECT
SEC("xdp")
int redirect(struct xdp_md *ctx)
{
	return bpf_redirect(REDIRECT, 0);
}

SEC("tc")
int push(struct __sk_buff *skb)
{
	__u8 way = 0;

	bpf_skb_load_bytes(skb, 28, &way, 1);
	if (way == 1)
		bpf_skb_vlan_push(skb, __builtin_bswap16(0x8100), 0xa064);
	else if (way == 2)
		bpf_skb_vlan_push(skb, __builtin_bswap16(0x88a8), 0x07d0);
	return 0;
}
#endif

char _license[] SEC("license") = "GPL";

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Programs on a real path: `path` (for fragments with -DFRAGS) sends every packet with the metadata that is in front
// of it to user space, and then the packet on its way; `at_tc` and `at_peer` send the metadata that is still in front
// of it at TC and on the other end of the interface that it was redirected to.

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <mdesc/mdesc_bpf.h>
#include "path.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 26);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

struct {
	__u32 way;
	__u32 lost;		/* records that found no room */
} state;

static __always_inline void put_meta(struct path_record *r, void *meta, void *data)
{
	r->meta_len = data - meta;
	for (int i = 0; i < PATH_META / 4; i++) {
		__u32 *p = (__u32 *)meta + i;

		if ((void *)(p + 1) > data)
			break;
		r->meta[i] = *p;
	}
}

#define PUT_PACKET(ctx, room, bytes) do {						\
	struct path_record *r = bpf_ringbuf_reserve(&records, sizeof(*r) + (room), 0);	\
	__u32 n = (bytes);								\
											\
	if (!r) {									\
		__sync_fetch_and_add(&state.lost, 1);					\
		break;									\
	}										\
	r->where = PATH_XDP;								\
	r->len = n;									\
	put_meta(r, (void *)(long)(ctx)->data_meta, (void *)(long)(ctx)->data);		\
	n--;										\
	__mdesc_opaque(n);								\
	n = (n & ((room) - 1)) + 1;							\
	r->copied = bpf_xdp_load_bytes(ctx, 0, r + 1, n) ? 0 : n;			\
	bpf_ringbuf_submit(r, 0);							\
} while (0)

static __always_inline int look(struct xdp_md *ctx, __u32 len)
{
	if (len <= PATH_SHORT)
		PUT_PACKET(ctx, PATH_SHORT, len);
	else
		PUT_PACKET(ctx, PATH_LONG, len);
	switch (state.way) {
	case PATH_STRIP: return mdesc_pass(ctx);
	case PATH_CPU: return bpf_redirect_map(&cpus, 0, XDP_DROP);
	case PATH_DEV: return bpf_redirect_map(&ports, 0, XDP_DROP);
	default: return XDP_PASS;
	}
}

#ifdef FRAGS
SEC("xdp.frags")
#else
SEC("xdp")
#endif
int path(struct xdp_md *ctx)
{
	return look(ctx, bpf_xdp_get_buff_len(ctx));
}

#ifdef SEEN
static __always_inline void put_seen(__u32 where, void *meta, void *data)
{
	struct path_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	if (!r) {
		__sync_fetch_and_add(&state.lost, 1);
		return;
	}
	r->where = where;
	r->len = r->copied = 0;
	put_meta(r, meta, data);
	bpf_ringbuf_submit(r, 0);
}

SEC("tc")
int at_tc(struct __sk_buff *skb)
{
	put_seen(PATH_TC, (void *)(long)skb->data_meta, (void *)(long)skb->data);
	return TC_ACT_OK;
}

SEC("xdp")
int at_peer(struct xdp_md *ctx)
{
	put_seen(PATH_PEER, (void *)(long)ctx->data_meta, (void *)(long)ctx->data);
	return XDP_DROP;
}
#endif

char _license[] SEC("license") = "GPL";

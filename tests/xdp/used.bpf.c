// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Programs that read metadata of mynic 1.4 in many ways: used_cases.c knows which bytes each of them reads, or why that
// cannot be told. What they read they write down, so that a byte that is said not to be read can be proved not to be.
// -DNO_TAIL_CALLS: without the one that makes them, for which all are loaded. -DSOCKETS, -DCPUS: the same `neither` in
// an object that hands packets on to others.

#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#include "mynic/mynic-1.4.h"

#define __noinline __attribute__((noinline))

__u64 got[8];

static __always_inline struct mynic_metadata *find(struct xdp_md *ctx)
{
	return mdesc_meta_layout(ctx, struct mynic_metadata, MYNIC_METADATA_LAYOUT_ID);
}

// The program NAME: `m` is the metadata, if it is there.
#define PROGRAM(name, body)						\
	SEC("xdp") int name(struct xdp_md *ctx)				\
	{								\
		struct mynic_metadata *m = find(ctx);			\
									\
		if (!m)							\
			return XDP_ABORTED;				\
		body;							\
		return XDP_PASS;					\
	}

// Verdicts tell what was there: drop something, tx nothing.
#define SEEN(value) ((value) ? XDP_DROP : XDP_TX)

PROGRAM(neither, got[0] = MDESC_LOAD(m, pkt_type))

#ifdef SOCKETS

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

SEC("xdp")
int to_socket(struct xdp_md *ctx)
{
	return bpf_redirect_map(&sockets, 0, XDP_PASS);
}

#elif defined(CPUS)

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpf_cpumap_val);
} cpus SEC(".maps");

SEC("xdp")
int to_cpu(struct xdp_md *ctx)
{
	return bpf_redirect_map(&cpus, 0, XDP_PASS);
}

#else

struct mynic_metadata___later {
	__u64 timestamp;
	__u64 not_yet;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u16);
	__type(value, __u64);
} hashes SEC(".maps");

PROGRAM(time, return SEEN(MDESC_LOAD(m, timestamp)))
PROGRAM(hash, return SEEN(MDESC_LOAD(m, hash)))
PROGRAM(hash_read, got[0] = MDESC_READ(m, hash))
PROGRAM(exists, if (MDESC_HAS(m, timestamp)) got[0]++)
PROGRAM(strips, got[0] = MDESC_LOAD(m, pkt_type); return mdesc_pass(ctx))
PROGRAM(probed, got[0] = BPF_CORE_READ(m, hash))

// Behind a branch that the relocations decide.
PROGRAM(later,
	if (MDESC_HAS((struct mynic_metadata___later *)m, not_yet))
		got[0] = MDESC_LOAD((struct mynic_metadata___later *)m, timestamp))

// From data_meta on, or from the end, without CO-RE.
SEC("xdp")
int fixed(struct xdp_md *ctx)
{
	unsigned char *m = (void *)(long)ctx->data_meta;

	if (m + 32 > (unsigned char *)(long)ctx->data)
		return XDP_ABORTED;
	return SEEN(*(__u64 *)m);
}

SEC("xdp")
int fixed_hash(struct xdp_md *ctx)
{
	__u32 size = ctx->data - ctx->data_meta;
	unsigned char *m = (void *)(long)ctx->data_meta;

	if (size != 32 || m + 32 > (unsigned char *)(long)ctx->data)
		return XDP_ABORTED;
	return SEEN(*(__u16 *)(m + 24));
}

SEC("xdp")
int view(struct xdp_md *ctx)
{
	struct xdp_rx_meta *m = mdesc_rx_meta(ctx);
	__u64 t = 0;

	if (!mdesc_rx_timestamp(m, &t))
		return XDP_ABORTED;
	return SEEN(t);
}

// As a whole.
PROGRAM(copies,
	__u64 *from = (void *)m;
	for (int i = 0; i < 4; i++)
		got[i] = ((volatile __u64 *)from)[i])

// By a number that the packet has.
SEC("xdp")
int counted(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *m = (void *)(long)ctx->data_meta;
	__u32 i;

	if (data + 1 > (unsigned char *)(long)ctx->data_end)
		return XDP_PASS;
	i = data[0] & 7;
	m += i;
	if (m + 1 > data)
		return XDP_PASS;
	got[0] = *m;
	return XDP_PASS;
}

// In functions: of the program's own, and of one that the verifier looks at by itself.
static __noinline int own(struct xdp_md *ctx, struct mynic_metadata *m)
{
	return (__u16)MDESC_LOAD(m, hash) + (int)ctx->ingress_ifindex;
}

PROGRAM(in_own, got[0] = bpf_get_smp_processor_id(); got[0] = 0; got[1] = own(ctx, m))

__noinline int whole(struct xdp_md *ctx)
{
	struct mynic_metadata *m = find(ctx);

	return m && MDESC_LOAD(m, timestamp);
}

SEC("xdp")
int in_whole(struct xdp_md *ctx)
{
	return SEEN(whole(ctx));
}

static __noinline struct mynic_metadata *get(struct xdp_md *ctx)
{
	return find(ctx);
}

SEC("xdp")
int returned(struct xdp_md *ctx)
{
	struct mynic_metadata *m = get(ctx);

	return m ? SEEN(MDESC_LOAD(m, hash)) : XDP_ABORTED;
}

// Through the stack: no register is left.
PROGRAM(spilled,
	__asm__ volatile("" ::: "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9");
	got[0] = MDESC_LOAD(m, hash);
	__asm__ volatile("" ::: "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9");
	got[1] = MDESC_LOAD(m, pkt_type))

// By a helper, from there on; and by an atomic operation.
PROGRAM(as_key, got[0] = !!bpf_map_lookup_elem(&hashes, (void *)m + 24))
PROGRAM(added, got[0] = MDESC_LOAD(m, pkt_type); *(__u64 *)m = 0)

// Something of its own in front: the rest is where it was, from the end.
SEC("xdp")
int in_front(struct xdp_md *ctx)
{
	struct mynic_metadata *m;

	if (bpf_xdp_adjust_meta(ctx, -8))
		return XDP_ABORTED;
	m = find(ctx);
	return m ? SEEN(MDESC_LOAD(m, hash)) : XDP_ABORTED;
}

// What cannot be followed.
#ifndef NO_TAIL_CALLS
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} calls SEC(".maps");

PROGRAM(calls_tail, bpf_tail_call(ctx, &calls, 0))
#endif

SEC("xdp")
int moved(struct xdp_md *ctx)
{
	unsigned char *m;

	if (bpf_xdp_adjust_meta(ctx, -8))
		return XDP_ABORTED;
	m = (void *)(long)ctx->data_meta;
	if (m + 16 > (unsigned char *)(long)ctx->data)
		return XDP_ABORTED;
	got[0] = *(__u64 *)(m + 8);
	return XDP_PASS;
}

SEC("xdp")
int unwraps(struct xdp_md *ctx)
{
	unsigned char *data;

	if (bpf_xdp_adjust_meta(ctx, (int)(ctx->data - ctx->data_meta)) || bpf_xdp_adjust_head(ctx, -32))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	if (data + 8 > (unsigned char *)(long)ctx->data_end)
		return XDP_ABORTED;
	got[0] = *(__u64 *)data;
	return XDP_PASS;
}

struct together {
	struct xdp_md *ctx;
	__u64 sum;
};

static __noinline int by_memory(struct together *t)
{
	struct mynic_metadata *m = find(t->ctx);

	if (m)
		t->sum += MDESC_LOAD(m, timestamp);
	return 0;
}

SEC("xdp")
int in_memory(struct xdp_md *ctx)
{
	struct together t = { .ctx = ctx };

	by_memory(&t);
	return SEEN(t.sum);
}

static long by_loop(__u32 i, struct together *t)
{
	return by_memory(t);
}

SEC("xdp")
int in_loop(struct xdp_md *ctx)
{
	struct together t = { .ctx = ctx };

	bpf_loop(2, by_loop, &t, 0);
	return SEEN(t.sum);
}

#endif

char _license[] SEC("license") = "GPL";

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Programs that load on the new firmware and read something else.
#include "prog.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cnic_meta);
} kept SEC(".maps");

SEC("xdp") int wide(struct xdp_md *ctx) { BEGIN; __u32 v = m->wide; OUT(v); }
SEC("xdp") int small(struct xdp_md *ctx) { BEGIN; __u16 v = m->small; OUT(v); }
SEC("xdp") int wide_sum(struct xdp_md *ctx) { BEGIN; __u32 v = m->wide; OUT((__u64)v + m->stay); }
SEC("xdp") int wide_times(struct xdp_md *ctx) { BEGIN; __u32 v = m->wide; OUT((__u64)v * 8 + 1); }
SEC("xdp") int core_read(struct xdp_md *ctx) { BEGIN; OUT(BPF_CORE_READ(m, wide)); }
SEC("xdp") int core_read_small(struct xdp_md *ctx) { BEGIN; OUT(BPF_CORE_READ(m, small)); }
SEC("xdp") int ntohs(struct xdp_md *ctx) { BEGIN; OUT(bpf_ntohs(m->port)); }
SEC("xdp") int htons_compared(struct xdp_md *ctx) { BEGIN; OUT(m->port == bpf_htons(80)); }
SEC("xdp") int bit_field(struct xdp_md *ctx) { BEGIN; OUT(m->bits_b); }
SEC("xdp") int bit_field_low(struct xdp_md *ctx) { BEGIN; OUT(m->bits_a); }
SEC("xdp") int bit_field_beside(struct xdp_md *ctx) { BEGIN; OUT(m->rest); }
SEC("xdp") int sign(struct xdp_md *ctx) { BEGIN; OUT((__s64)m->sign); }
SEC("xdp") int core_read_sign(struct xdp_md *ctx) { BEGIN; OUT((__s64)BPF_CORE_READ(m, sign)); }
SEC("xdp") int core_read_temp(struct xdp_md *ctx) { BEGIN; OUT((__s64)BPF_CORE_READ(m, temp)); }
SEC("xdp") int neutral(struct xdp_md *ctx) { BEGIN; OUT(m->neutral); }
SEC("xdp") int neutral_read(struct xdp_md *ctx) { BEGIN; OUT(MDESC_READ(m, neutral)); }
SEC("xdp") int core_read_neutral(struct xdp_md *ctx) { BEGIN; OUT(BPF_CORE_READ(m, neutral)); }
SEC("xdp") int now_host(struct xdp_md *ctx) { BEGIN; OUT(bpf_ntohl(m->hash)); }
SEC("xdp") int now_host_be(struct xdp_md *ctx) { BEGIN; OUT(MDESC_BE(m, hash)); }
SEC("xdp") int compared(struct xdp_md *ctx) { BEGIN; __u16 v = m->small; OUT(v == 0x9b9a); }
SEC("xdp") int ntohs_masked(struct xdp_md *ctx) { BEGIN; OUT(bpf_ntohs(m->port) & 0xfff); }
SEC("xdp") int nested(struct xdp_md *ctx) { BEGIN; __u16 v = m->in.b; OUT(v); }
SEC("xdp") int type_id(struct xdp_md *ctx) { BEGIN; OUT(bpf_core_type_id_kernel(struct cnic_meta)); }

__u64 seen;
SEC("xdp") int global(struct xdp_md *ctx) { BEGIN; __u32 v = m->wide; seen = v; OUT(seen); }

SEC("xdp") int core_read_into(struct xdp_md *ctx)
{
	__u32 v = 0;
	BEGIN;

	BPF_CORE_READ_INTO(&v, m, wide);
	OUT(v);
}

SEC("xdp") int probe(struct xdp_md *ctx)
{
	__u32 v = 0;
	BEGIN;

	bpf_probe_read_kernel(&v, sizeof(v), __builtin_preserve_access_index(&m->wide));
	OUT(v);
}

/* One access is right, the other is not. */
SEC("xdp") int both_ways(struct xdp_md *ctx)
{
	BEGIN;

	OUT(MDESC_READ(m, wide) - MDESC_READ(m, wide) + BPF_CORE_READ(m, wide));
}

SEC("xdp") int copy_struct(struct xdp_md *ctx)
{
	struct { __u16 a, b; } in = { 0 };
	BEGIN;

	bpf_probe_read_kernel(&in, sizeof(in), &m->in);
	OUT(in.b);
}

SEC("xdp") int address(struct xdp_md *ctx)
{
	const __u8 *p;
	BEGIN;

	p = m->addr;
	__asm__ volatile("" : "+r"(p));
	OUT((__u64)p[0] << 8 | p[5]);
}

SEC("xdp") int list(struct xdp_md *ctx)
{
	const __u16 *p;
	BEGIN;

	p = m->list;
	__asm__ volatile("" : "+r"(p));
	OUT(p[1]);
}

SEC("xdp") int map_value(struct xdp_md *ctx)
{
	struct cnic_meta *v;
	BEGIN;

	v = bpf_map_lookup_elem(&kept, &zero);
	if (!v)
		return XDP_ABORTED;
	v->moved = m->stay;
	OUT(*(__u32 *)((char *)v + __builtin_offsetof(struct cnic_meta, moved)));
}

SEC("xdp") int local(struct xdp_md *ctx)
{
	struct cnic_meta v = { 0 };
	BEGIN;

	__asm__ volatile("" : : "r"(&v) : "memory");
	*(__u32 *)((char *)&v + __builtin_offsetof(struct cnic_meta, moved)) = m->stay;
	__asm__ volatile("" : : "r"(&v) : "memory");
	OUT(v.moved);
}

/* Behind a call: the value is spilled, or kept in a saved register. */
SEC("xdp") int wide_late(struct xdp_md *ctx)
{
	__u32 v;
	BEGIN;

	v = m->wide;
	if (!bpf_ktime_get_ns())
		return XDP_ABORTED;
	OUT(v);
}

static __attribute__((noinline)) __u64 read_wide(struct cnic_meta *m)
{
	__u32 v = m->wide;

	return v;
}

SEC("xdp") int in_function(struct xdp_md *ctx) { BEGIN; OUT(read_wide(m)); }

SEC("xdp") int store(struct xdp_md *ctx)
{
	BEGIN;

	m->small = *o;
	OUT(0);
}

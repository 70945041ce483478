// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Programs that read right on the new firmware, or do without what it lacks.
#include "prog.h"

SEC("xdp") int stays(struct xdp_md *ctx) { BEGIN; OUT(m->stay); }
SEC("xdp") int moved(struct xdp_md *ctx) { BEGIN; OUT(m->moved); }
SEC("xdp") int narrower(struct xdp_md *ctx) { BEGIN; OUT(m->big); }
SEC("xdp") int bits_stay(struct xdp_md *ctx) { BEGIN; OUT(MDESC_READ(m, flags)); }
SEC("xdp") int be_stays(struct xdp_md *ctx) { BEGIN; OUT(bpf_ntohl(m->tunnel)); }
SEC("xdp") int be_stays_raw(struct xdp_md *ctx) { BEGIN; OUT(m->tunnel == bpf_htonl(0xd6d7d8d9)); }
SEC("xdp") int load(struct xdp_md *ctx) { BEGIN; OUT(MDESC_LOAD(m, wide)); }
SEC("xdp") int load_small(struct xdp_md *ctx) { BEGIN; OUT(MDESC_LOAD(m, small)); }
SEC("xdp") int read(struct xdp_md *ctx) { BEGIN; OUT(MDESC_READ(m, wide)); }
SEC("xdp") int read_signed(struct xdp_md *ctx) { BEGIN; OUT(MDESC_READ(m, temp)); }
SEC("xdp") int read_sign_changed(struct xdp_md *ctx) { BEGIN; OUT(MDESC_READ(m, sign)); }
SEC("xdp") int big_endian(struct xdp_md *ctx) { BEGIN; OUT(MDESC_BE(m, port)); }
SEC("xdp") int bits(struct xdp_md *ctx) { BEGIN; OUT(MDESC_READ(m, bits_b)); }
SEC("xdp") int bits_libbpf(struct xdp_md *ctx) { BEGIN; OUT(BPF_CORE_READ_BITFIELD(m, bits_b)); }
SEC("xdp") int bits_probed(struct xdp_md *ctx) { BEGIN; OUT(BPF_CORE_READ_BITFIELD_PROBED(m, bits_b)); }
SEC("xdp") int follow(struct xdp_md *ctx) { BEGIN; OUT(MDESC_FOLLOW(m, wide)); }
SEC("xdp") int follow_bits(struct xdp_md *ctx) { BEGIN; OUT(MDESC_FOLLOW(m, bits_b)); }
SEC("xdp") int core_read_stays(struct xdp_md *ctx) { BEGIN; OUT(BPF_CORE_READ(m, stay)); }
SEC("xdp") int core_read_moved(struct xdp_md *ctx) { BEGIN; OUT(BPF_CORE_READ(m, moved)); }
SEC("xdp") int or_else(struct xdp_md *ctx) { BEGIN; OUT(MDESC_LOAD_OR(m, gone, 7)); }
SEC("xdp") int enum_moved(struct xdp_md *ctx) { BEGIN; OUT(bpf_core_enum_value(enum cnic_kind, CNIC_KIND_RED)); }
SEC("xdp") int enum_or(struct xdp_md *ctx) { BEGIN; OUT(MDESC_IS_OF(m->stay, enum cnic_kind, CNIC_KIND_GONE)); }
SEC("xdp") int type_size(struct xdp_md *ctx) { BEGIN; OUT(bpf_core_type_size(struct cnic_inner)); }
SEC("xdp") int element(struct xdp_md *ctx) { BEGIN; OUT(m->addr[3]); }
/* Only the low half, on purpose. */
SEC("xdp") int cut(struct xdp_md *ctx) { BEGIN; OUT((__u32)MDESC_LOAD(m, wide)); }
SEC("xdp") int masked(struct xdp_md *ctx) { BEGIN; OUT(MDESC_LOAD(m, small) & 0xffff); }

/* Cut by where it is stored: the low half, as a __u32 has it. */
SEC("xdp") int cut_by_store(struct xdp_md *ctx) { BEGIN; *(__u32 *)o = m->wide; ((__u32 *)o)[1] = 0; return XDP_PASS; }
SEC("xdp") int masked_plain(struct xdp_md *ctx) { BEGIN; OUT(m->wide & 0xff); }

SEC("xdp") int copy(struct xdp_md *ctx)
{
	__u8 addr[6];
	__u64 n = 0;
	BEGIN;

	MDESC_COPY(addr, m, addr);
	for (int i = 0; i < 6; i++)
		n = n << 8 | addr[i];
	OUT(n);
}

SEC("xdp") int probe_by_size(struct xdp_md *ctx)
{
	__u64 v = 0;
	BEGIN;

	if (bpf_core_field_size(m->wide) <= sizeof(v))
		bpf_probe_read_kernel(&v, bpf_core_field_size(m->wide), &m->wide);
	OUT(v);
}

SEC("xdp") int by_size(struct xdp_md *ctx)
{
	BEGIN;

	if (bpf_core_field_size(m->wide) == 4)
		OUT(m->wide);
	OUT(MDESC_LOAD(m, wide));
}

SEC("xdp") int guarded(struct xdp_md *ctx)
{
	BEGIN;

	if (bpf_core_field_exists(m->gone))
		OUT(m->gone);
	OUT(7);
}

SEC("xdp") int guarded_type(struct xdp_md *ctx)
{
	BEGIN;

	if (bpf_core_type_exists(struct cnic_gone))
		OUT(((struct cnic_gone *)m)->a);
	OUT(7);
}

SEC("xdp") int guarded_late(struct xdp_md *ctx)
{
	_Bool has = bpf_core_field_exists(struct cnic_meta, gone);
	__u64 now = bpf_ktime_get_ns();
	BEGIN;

	if (!now)
		OUT(1);
	if (has)
		OUT(m->gone);
	OUT(7);
}

static __attribute__((noinline)) int read_gone(struct cnic_meta *m)
{
	return m->gone;
}

SEC("xdp") int guarded_call(struct xdp_md *ctx)
{
	BEGIN;

	if (bpf_core_field_exists(m->gone))
		OUT(read_gone(m));
	OUT(7);
}

/* The address of a struct that is longer now, whose members are relocated. */
SEC("xdp") int inner_address(struct xdp_md *ctx)
{
	struct cnic_inner *in;
	BEGIN;

	in = &m->in;
	OUT(MDESC_LOAD(in, b));
}

/* ---- right, and reported all the same ---- */

/* All bits are wanted; the instructions are those of a __u32 in between. */
SEC("xdp") int false_u64(struct xdp_md *ctx) { BEGIN; OUT(m->wide); }
#define MY_LOAD(field) MDESC_LOAD(m, field)
SEC("xdp") int false_own_macro(struct xdp_md *ctx) { BEGIN; OUT(MY_LOAD(wide)); }

/* Read into a buffer as large as the new struct. */
SEC("xdp") int false_buffer(struct xdp_md *ctx)
{
	struct {
		struct cnic_meta m;
		__u8 more[64];
	} tmp = { 0 };
	BEGIN;

	if (bpf_core_type_size(struct cnic_meta) <= sizeof(tmp))
		bpf_probe_read_kernel(&tmp, bpf_core_type_size(struct cnic_meta), m);
	OUT(tmp.m.moved);
}

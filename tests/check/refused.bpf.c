// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Programs that do not load on the new firmware.
#include "prog.h"

const volatile __u32 wanted = 1;

SEC("xdp") int field(struct xdp_md *ctx) { BEGIN; OUT(m->gone); }
SEC("xdp") int type(struct xdp_md *ctx) { BEGIN; OUT(((struct cnic_gone *)m)->a); }
SEC("xdp") int enumerator(struct xdp_md *ctx) { BEGIN; OUT(bpf_core_enum_value(enum cnic_kind, CNIC_KIND_GONE)); }
SEC("xdp") int beyond(struct xdp_md *ctx) { BEGIN; OUT(m->addr[5]); }
SEC("xdp") int signed_width(struct xdp_md *ctx) { BEGIN; OUT(m->temp); }
SEC("xdp") int core_read_gone(struct xdp_md *ctx) { BEGIN; OUT(BPF_CORE_READ(m, gone)); }
SEC("xdp") int size_gone(struct xdp_md *ctx) { BEGIN; OUT(bpf_core_field_size(m->gone)); }

/* A load from the array as a whole: libbpf before 1.6 looks at the array's size, and refuses. */
SEC("xdp") int array_load(struct xdp_md *ctx)
{
	BEGIN;

	OUT(*(__u32 *)__builtin_preserve_access_index(&m->addr));
}

/* The guard asks for something else. */
SEC("xdp") int wrong_guard(struct xdp_md *ctx)
{
	BEGIN;

	if (bpf_core_field_exists(m->stay))
		OUT(m->gone);
	OUT(7);
}

SEC("xdp") int packet_guard(struct xdp_md *ctx)
{
	BEGIN;

	if (m->stay & 1)
		OUT(m->gone);
	OUT(7);
}

static __attribute__((noinline)) int read_gone(struct cnic_meta *m)
{
	return m->gone;
}

SEC("xdp") int call(struct xdp_md *ctx) { BEGIN; OUT(read_gone(m)); }

/* Constant data decides: the verifier knows it, mdesc does not. */
SEC("xdp") int constant(struct xdp_md *ctx)
{
	BEGIN;

	if (wanted == 1)
		OUT(m->gone);
	OUT(7);
}

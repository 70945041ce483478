/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs of the corpus begin with: the metadata, and a place for what was read. */
#ifndef CHECK_PROG_H
#define CHECK_PROG_H

#include <linux/bpf.h>
#include <stddef.h>
#include <mdesc/mdesc_bpf.h>
#include <bpf/bpf_endian.h>
#include "nic.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} out SEC(".maps");

/* BEGIN: m is the metadata, o the place for the result. OUT(x): all 64 bits of it. */
#define BEGIN_OF(type)								\
	__u32 zero = 0;								\
	__u64 *o = bpf_map_lookup_elem(&out, &zero);				\
	struct type *m;								\
	if (!o)									\
		return XDP_ABORTED;						\
	m = mdesc_meta_first(ctx, struct type);					\
	__mdesc_opaque(m);	/* clang would test one and use another */	\
	if (!m)									\
		return XDP_ABORTED
#define BEGIN BEGIN_OF(cnic_meta)
#define OUT(x) do { *o = (x); return XDP_PASS; } while (0)

char _license[] SEC("license") = "GPL";

#endif /* CHECK_PROG_H */

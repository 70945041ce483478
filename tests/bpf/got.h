/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the programs of the tests put what they read, in the order in which traps.c expects it. */
#ifndef GOT_H
#define GOT_H

#define GOT_MAX 32
#define GOT_ABSENT 0xabababababababULL	/* a field that the running hardware lacks */

struct got {
	__u64 n;
	__u64 v[GOT_MAX];
};

#ifdef __bpf__
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct got);
} out SEC(".maps");

static inline struct got *got_start(void)
{
	__u32 zero = 0;
	struct got *g = bpf_map_lookup_elem(&out, &zero);

	if (g)
		g->n = 0;
	return g;
}

#define GOT(g, i, value) ({ (g)->v[i] = (value); (g)->n = (i) + 1; })
#endif

#endif /* GOT_H */

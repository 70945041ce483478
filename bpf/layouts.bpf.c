// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Dispatch on layout ids, ignoring unknown ones.
 *
 * The last four bytes of the metadata say which layout it is. One program may know layouts of several devices and
 * profiles (include all their headers): those that the running hardware lacks cost nothing, their branches are removed
 * at load. What it does not know it leaves alone, and so will what firmware adds later.
 */
#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#include "mynic/mynic-1.4.h"
#include "seen.h"

static inline int mynic(struct xdp_md *ctx, struct seen *s)
{
	struct mynic_metadata *m = mdesc_meta(ctx, struct mynic_metadata);

	if (!m)
		return mdesc_pass(ctx);
	s->packets++;
	s->timestamp = mynic_metadata_timestamp_get(m);
	s->hash = mynic_metadata_hash_get(m);
	return mdesc_pass(ctx);
}

SEC("xdp")
int layouts(struct xdp_md *ctx)
{
	__u32 id = mdesc_layout_id(ctx); /* 0: no metadata */
	struct seen *s = seen();

	if (!s)
		return mdesc_pass(ctx);
	if (MDESC_LAYOUT_IS(id, MYNIC_METADATA_LAYOUT_ID))
		return mynic(ctx, s);
	/* else if (MDESC_LAYOUT_IS(id, OTHERNIC_SHORT_LAYOUT_ID)) return othernic(ctx, s); */
	s->others++;
	return mdesc_pass(ctx);
}

char _license[] SEC("license") = "Dual BSD/GPL";

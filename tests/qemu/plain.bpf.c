// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A program that cannot do without the metadata: where nothing is known of it, it is not loaded.
#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#include "mynic/mynic-1.4.h"
#include "seen.h"

SEC("xdp")
int plain(struct xdp_md *ctx)
{
	struct mynic_metadata *m = mdesc_meta(ctx, struct mynic_metadata);
	struct seen *s = seen();

	if (!s || !m)
		return XDP_DROP;
	s->timestamp = m->timestamp;
	s->hash = m->hash;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";

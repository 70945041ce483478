// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Timestamp, hash and type by explicit macros.
 *
 * Without the attribute, the header's structs are ordinary ones, and only what goes through a macro is relocated. This
 * is for those who want to see in the source what follows the hardware. MDESC_LOAD_OR also says what to take where the
 * running hardware has no such field, in which case a plain access would make the load fail.
 */
#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#define MDESC_NO_PRESERVE_ACCESS_INDEX
#include "mynic/mynic-1.4.h"
#include "seen.h"

SEC("xdp")
int meta_core(struct xdp_md *ctx)
{
	struct mynic_metadata *m;
	struct seen *s = seen();

	if (!s)
		return mdesc_pass(ctx);
	/* Size and layout in one go. */
	m = mdesc_meta_layout(ctx, struct mynic_metadata, MYNIC_METADATA_LAYOUT_ID);
	if (!m) {
		s->others++;
		return mdesc_pass(ctx);
	}
	s->packets++;
	s->timestamp = MDESC_LOAD(m, timestamp);
	s->hash = MDESC_LOAD_OR(m, hash, 0);
	s->type = MDESC_LOAD_OR(m, pkt_type, 0);
	return mdesc_pass(ctx);
}

char _license[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Timestamp, hash and type as plain C members.
 *
 * The structs of a generated header carry preserve_access_index, so an access to a member is relocated when the program
 * is loaded: to the place, and for unsigned integers to the width, that the field has on the running hardware.
 */
#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#include "mynic/mynic-1.4.h"
#include "seen.h"

SEC("xdp")
int meta_members(struct xdp_md *ctx)
{
	struct mynic_metadata *m = mdesc_meta(ctx, struct mynic_metadata);
	struct seen *s = seen();

	if (!s)
		return mdesc_pass(ctx);
	/* Firmware can change under a running program, so look at every packet's layout. */
	if (!m || !MDESC_LAYOUT_IS(m->layout_id, MYNIC_METADATA_LAYOUT_ID)) {
		s->others++;
		return mdesc_pass(ctx);
	}
	s->packets++;
	s->timestamp = m->timestamp;
	/* Into 64 bits: this hash has 16 bits in firmware 1.4, but 32 in 2.0. */
	s->hash = m->hash;
	s->type = m->pkt_type;
	return mdesc_pass(ctx);
}

char _license[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Timestamp, hash and VLAN tag by the names that all vendors share: no vendor's header is included.
 *
 * Each function tells whether the running hardware knows the value for this packet; what it does not know is removed
 * from the program at load. Open it once for each NIC, since each has its own offsets.
 */
#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#include "seen.h"

SEC("xdp")
int view(struct xdp_md *ctx)
{
	struct xdp_rx_meta *m = mdesc_rx_meta(ctx);
	struct seen *s = seen();
	__u64 timestamp;
	__u32 hash;
	__u16 tci;

	if (!s)
		return mdesc_pass(ctx);
	if (!m) {
		s->others++;
		return mdesc_pass(ctx);
	}
	s->packets++;
	s->has = 0;
	if (mdesc_rx_timestamp(m, &timestamp)) {
		s->timestamp = timestamp;
		s->has |= 1;
	}
	if (mdesc_rx_hash(m, &hash)) {
		s->hash = hash;
		s->has |= 2;
	}
	if (mdesc_rx_vlan_tci(m, &tci)) {
		s->type = tci;
		s->has |= 4;
	}
	return mdesc_pass(ctx);
}

char _license[] SEC("license") = "Dual BSD/GPL";

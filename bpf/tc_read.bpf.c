// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Metadata at TC: what XDP_PASS left in front of the packet is at the skb's data_meta, and is read like there.
 *
 * The XDP program before it must return XDP_PASS and not mdesc_pass(), which strips metadata. Keeping it has a price:
 * packets whose metadata differs are not merged by GRO. Here the packet gets a priority by the hash that the hardware
 * computed, so that a flow stays in one band of a qdisc; unknown layouts are left alone.
 */
#include <linux/bpf.h>
#include <mdesc/mdesc_bpf.h>
#include "mynic/mynic-1.4.h"
#include "seen.h"

SEC("tc")
int tc_read(struct __sk_buff *skb)
{
	struct mynic_metadata *m;
	struct seen *s = seen();

	if (!s)
		return -1; /* TC_ACT_UNSPEC: as if this program were not there */
	m = mdesc_meta_layout(skb, struct mynic_metadata, MYNIC_METADATA_LAYOUT_ID);
	if (!m) {
		s->others++;
		return -1;
	}
	s->packets++;
	s->timestamp = mynic_metadata_timestamp_get(m);
	s->hash = mynic_metadata_hash_get(m);
	s->type = mynic_metadata_pkt_type_get(m);
	skb->priority = 1 + s->hash % 3;
	return -1;
}

char _license[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Swivel on the union's tag: a packet filter that drops UDP over either version of IP and never looks at the packet.
 *
 * MDESC_IS compares with the value that the enumerator has on the running hardware. What that hardware has and this
 * program's header did not (a new arm of the union) is simply none of the known ones.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <mdesc/mdesc_bpf.h>
#include "mynic/mynic-1.4.h"
#include "seen.h"

SEC("xdp")
int swivel(struct xdp_md *ctx)
{
	struct mynic_metadata *m;
	struct seen *s = seen();
	__u64 type;

	if (!s)
		return mdesc_pass(ctx);
	m = mdesc_meta_layout(ctx, struct mynic_metadata, MYNIC_METADATA_LAYOUT_ID);
	if (!m) {
		s->others++;
		return mdesc_pass(ctx);
	}
	s->packets++;
	s->type = SEEN_OTHER;
	s->address = 0;
	s->protocol = 0;
	s->l4_offset = 0;

	type = mynic_metadata_pkt_type_get(m);
	if (MDESC_IS(type, MYNIC_PKT_TYPE_IPV4)) {
		s->type = SEEN_IPV4;
		s->address = mynic_metadata_l3_v4_saddr_get(m); /* swapped */
		s->protocol = mynic_metadata_l3_v4_protocol_get(m);
		s->l4_offset = mynic_metadata_l3_v4_l4_offset_get(m);
	} else if (MDESC_IS(type, MYNIC_PKT_TYPE_IPV6)) {
		s->type = SEEN_IPV6;
		s->protocol = mynic_metadata_l3_v6_next_header_get(m);
		s->l4_offset = mynic_metadata_l3_v6_l4_offset_get(m);
	} else if (MDESC_IS(type, MYNIC_PKT_TYPE_ARP)) {
		s->type = SEEN_ARP;
		s->address = mynic_metadata_l3_arp_sender_ip_get(m);
	}
	if (s->protocol == IPPROTO_UDP)
		return XDP_DROP;
	return mdesc_pass(ctx);
}

char _license[] SEC("license") = "Dual BSD/GPL";
